//! A figure of the call centre with everything it comes from, so that anybody can do the sum again from the JSON alone.

use crate::error::Error;
use domain::calls::formulas::Formula;
use domain::explain::{Arithmetic, Explanation, Term};
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;

/// The most terms that an explanation has. Figures over more are explained in parts: a month, an agent, a location.
pub const MOST_TERMS: i64 = 10_000;

/// A figure with everything it comes from: evaluating `arithmetic` over `terms` gives `value`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedFigure {
    #[schema(example = "conversionRate")]
    figure: String,
    #[schema(example = "campaign.conversion@1")]
    formula: &'static str,
    /// The formula in a sentence.
    says: &'static str,
    /// Rounded as it is shown; `null` where there is nothing to measure.
    #[schema(value_type = Option<f64>, example = 15.00)]
    value: Option<Decimal>,
    /// Every call, shift or review that counts, with what it brings as `points` and as `counts`, and the event it comes from.
    #[schema(value_type = Vec<Object>)]
    terms: Vec<Term>,
    /// A tree of `value`, `sum` (of a field over the terms), `add`, `multiply`, `divide`, `floor` and `round` (half away from zero),
    /// or `nothing`.
    #[schema(value_type = Object, example = json!({"op": "round", "digits": 2, "of": [{"op": "divide", "of": [
        {"op": "multiply", "of": [{"op": "value", "value": 100}, {"op": "sum", "field": "points"}]},
        {"op": "sum", "field": "counts"}]}]}))]
    arithmetic: Arithmetic,
}

impl ExplainedFigure {
    /// What it is made of.
    pub fn into_terms(self) -> Vec<Term> {
        self.terms
    }

    pub fn of(figure: impl Into<String>, formula: &'static Formula, terms: Vec<Term>) -> Self {
        let Explanation { formula: name, value, terms, arithmetic } = formula.explain(terms);
        let value = (arithmetic != Arithmetic::Nothing).then_some(value);
        Self { figure: figure.into(), formula: name, says: formula.says, value, terms, arithmetic }
    }
}

/// What is asked for has more terms than anybody would read.
pub fn too_many() -> Error {
    let rule = format!("this figure is made of more than {MOST_TERMS} calls; ask for fewer days, one agent or one location");
    Error::invalid("from", rule)
}
