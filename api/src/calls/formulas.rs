//! How every figure of the call centre is reckoned, by name and version.

use crate::Answer;
use crate::face::Enveloped;
use domain::calls::formulas::{FORMULAS, Formula};
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;

/// A figure with the formula it comes from.
#[derive(ToSchema)]
#[allow(dead_code, reason = "it describes the domain's figure, which knows nothing of descriptions")]
#[schema(as = Figure)]
pub struct ShownFigure {
    /// Name and version, as in `GET /api/formulas`.
    #[schema(example = "shift.utilization@2")]
    formula: String,
    /// Rounded as it is shown; `null` where there is nothing to measure or the figure does not fit.
    #[schema(value_type = Option<f64>, example = 71.43)]
    value: Option<Decimal>,
    /// Why there is no figure although something was measured.
    #[schema(required = false, nullable = false)]
    error: Option<String>,
}

/// A formula.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Formula)]
pub struct Definition {
    /// What a version says never changes.
    #[schema(example = "shift.utilization@2")]
    name: &'static str,
    says: &'static str,
    /// What is added up as points and, for a ratio, what as counts.
    inputs: &'static [&'static str],
    #[schema(example = "percent")]
    unit: &'static str,
    /// Decimals that are shown; nothing is rounded before.
    #[schema(example = 2)]
    digits: u32,
}

impl From<&Formula> for Definition {
    fn from(formula: &Formula) -> Self {
        let Formula { name, says, inputs, unit, digits, .. } = *formula;
        Self { name, says, inputs, unit, digits }
    }
}

/// Every formula by which the call centre is measured.
#[utoipa::path(get, path = "/api/formulas", tag = "call centre", responses((status = 200, body = Enveloped<Vec<Definition>>)))]
pub async fn list() -> Answer<Vec<Definition>> {
    Answer::ok(FORMULAS.iter().copied().map(Definition::from).collect())
}
