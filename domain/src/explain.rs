//! Numbers that explain themselves: a list of terms and the arithmetic that turns them into the number.
//!
//! The explanation comes first and the number is derived from it, so the two cannot disagree. Anybody with the JSON alone can
//! do the sum again; `tests/independent/explain.py` does.

use crate::Instant;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// One reason for points, traced to the event it comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Term {
    /// The rule that gives the points, for example `quick_completion`.
    pub reason: String,
    pub points: Decimal,
    /// How often this term counts in the number of handled things (1 for a completion or a rejection itself).
    pub counts: Decimal,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub event_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub position: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub occurred_at: Option<Instant>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub case_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub policy_version: Option<u32>,
    /// The call, shift or review behind the points.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub about: Option<Uuid>,
    /// The fact behind the points in words, for example `completed on day 3`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub detail: Option<String>,
}

impl Term {
    /// A reason that is traced to no event yet.
    pub fn of(reason: impl Into<String>, points: Decimal, counts: Decimal) -> Self {
        Self {
            reason: reason.into(),
            points,
            counts,
            event_id: None,
            position: None,
            occurred_at: None,
            case_id: None,
            policy_version: None,
            about: None,
            detail: None,
        }
    }
}

/// Which of a term's numbers is summed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    Points,
    Counts,
}

/// The arithmetic over the terms, as a tree.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Arithmetic {
    /// There is nothing to measure: no number at all, which is shown as `null`.
    Nothing,
    Value {
        value: Decimal,
    },
    Add {
        of: Vec<Arithmetic>,
    },
    Multiply {
        of: Vec<Arithmetic>,
    },
    /// The first by the second.
    Divide {
        of: Vec<Arithmetic>,
    },
    Max {
        of: Vec<Arithmetic>,
    },
    Clamp {
        min: Decimal,
        max: Decimal,
        of: Vec<Arithmetic>,
    },
    /// The whole number at or below it.
    Floor {
        of: Vec<Arithmetic>,
    },
    /// Half away from zero.
    Round {
        digits: u32,
        of: Vec<Arithmetic>,
    },
    /// The sum of a field over all terms; per event with a floor: no event's own sum counts below `at_least`.
    Sum {
        field: Field,
        #[serde(skip_serializing_if = "Option::is_none")]
        per: Option<&'static str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        at_least: Option<Decimal>,
    },
}

impl Arithmetic {
    /// The number the tree comes to over `terms`; a division by zero comes to zero, and so does nothing.
    pub fn evaluate(&self, terms: &[Term]) -> Decimal {
        let first = |of: &[Arithmetic]| of.first().map_or(Decimal::ZERO, |node| node.evaluate(terms));
        match self {
            Arithmetic::Nothing => Decimal::ZERO,
            Arithmetic::Value { value } => *value,
            Arithmetic::Add { of } => of.iter().map(|node| node.evaluate(terms)).fold(Decimal::ZERO, Decimal::saturating_add),
            Arithmetic::Multiply { of } => of.iter().map(|node| node.evaluate(terms)).fold(Decimal::ONE, Decimal::saturating_mul),
            Arithmetic::Divide { of } => {
                let by = of.get(1).map_or(Decimal::ONE, |node| node.evaluate(terms));
                first(of).checked_div(by).unwrap_or(Decimal::ZERO)
            }
            Arithmetic::Max { of } => of.iter().map(|node| node.evaluate(terms)).max().unwrap_or(Decimal::ZERO),
            Arithmetic::Clamp { min, max, of } => first(of).clamp(*min, *max),
            Arithmetic::Floor { of } => first(of).floor(),
            Arithmetic::Round { digits, of } => rounded(first(of), *digits),
            Arithmetic::Sum { field, at_least, .. } => sum(terms, *field, *at_least),
        }
    }
}

fn sum(terms: &[Term], field: Field, at_least: Option<Decimal>) -> Decimal {
    let of = |term: &Term| match field {
        Field::Points => term.points,
        Field::Counts => term.counts,
    };
    let Some(floor) = at_least else { return terms.iter().map(of).sum() };
    let mut per_event: BTreeMap<Option<Uuid>, Decimal> = BTreeMap::new();
    for term in terms {
        *per_event.entry(term.event_id).or_default() += of(term);
    }
    per_event.into_values().map(|points| points.max(floor)).sum()
}

/// Rounds half away from zero (K22), keeping exactly `digits` decimals.
pub fn rounded(value: Decimal, digits: u32) -> Decimal {
    let mut value = value.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
    value.rescale(digits);
    value
}

/// A number with everything it comes from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// Name and version of the formula, for example `agency.score@1`.
    pub formula: &'static str,
    pub value: Decimal,
    pub terms: Vec<Term>,
    pub arithmetic: Arithmetic,
}

impl Explanation {
    pub fn new(formula: &'static str, terms: Vec<Term>, arithmetic: Arithmetic) -> Self {
        let value = arithmetic.evaluate(&terms);
        Self { formula, value, terms, arithmetic }
    }
}
