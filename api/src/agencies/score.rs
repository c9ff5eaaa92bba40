//! The scores of an agency as of any instant, and every reason for them.

use super::{Points, find};
use crate::auth::Caller;
use crate::extract::{Id, Params};
use crate::params::AsOf;
pub use crate::settings::ScoreFormula;
use crate::{Answer, Error, House};
use actix_web::web;
use chrono::{DateTime, Utc};
use domain::cases::score::{SCORE_1, SCORE_2_DAYS};
use domain::explain::{Arithmetic, Explanation, Term};
use domain::{AgencyId, Instant};
use projections::cases::agency_directory::card;
use projections::cases::agency_explained;
use projections::cases::agency_score::{Formula, scores};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// As of when.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ScoreMoment {
    /// The instant of business time as of which the score is asked; now if absent.
    #[param(value_type = DateTime<Utc>, required = false, example = "2026-03-01T00:00:00Z")]
    at: Option<AsOf>,
}

/// An agency's scores as of an instant.
#[derive(Debug, Serialize, ToSchema)]
pub struct Score {
    pub agency_id: Uuid,
    pub as_of: DateTime<Utc>,
    /// The score by the formula that the settings in force at that instant name.
    #[schema(value_type = f64, example = 120)]
    pub performance_score: Decimal,
    /// That formula.
    #[schema(example = "agency.score@1")]
    pub formula: &'static str,
    /// By `agency.score@1`, over all history up to the instant.
    pub score_1: Points,
    /// By `agency.score@2`, over the days of the window up to the instant; two decimals.
    #[schema(value_type = f64, example = 104.25)]
    pub score_2: Decimal,
    /// How many days `agency.score@2` looks back.
    #[schema(example = 90)]
    pub window_days: i64,
    #[schema(example = 48)]
    pub total_cases_completed: i64,
    #[schema(example = 3)]
    pub total_cases_rejected: i64,
    #[schema(example = 2)]
    pub total_delays: i64,
    #[schema(example = 21)]
    pub quick_completions: i64,
    #[schema(example = 14)]
    pub slow_days: i64,
    #[schema(example = 4)]
    pub at_risk_completions: i64,
    #[schema(example = 1)]
    pub breached_completions: i64,
    #[schema(example = 20736000)]
    pub processing_seconds: i64,
    /// Mean days from assignment to completion; `null` without completions.
    #[schema(value_type = Option<f64>, example = 5.00)]
    pub avg_completion_time_days: Option<Decimal>,
}

/// The scores of an agency, by both formulas, as of any instant.
#[utoipa::path(get, path = "/api/v1/dcas/{id}/score", tag = "agencies",
    params(("id" = uuid::Uuid, Path, description = "The agency."), ScoreMoment), responses((status = 200, body = Score)))]
pub async fn score(house: web::Data<House>, caller: Caller, id: Id, moment: Params<ScoreMoment>) -> Result<Answer<Score>, Error> {
    let at = moment.0.at.map(AsOf::reckoned);
    let as_of = at.unwrap_or_else(|| house.commands.now());
    let (row, score) = find(&house, caller.tenant(), AgencyId(id.0), at).await?.ok_or_else(|| Error::missing("agency"))?;
    let tally = &score.tally;
    Ok(Answer::ok(Score {
        agency_id: row.agency_id.0,
        as_of,
        performance_score: score.performance,
        formula: score.formula,
        score_1: Points { raw: score.raw(), value: score.score_1 },
        score_2: score.score_2,
        window_days: SCORE_2_DAYS,
        total_cases_completed: tally.completed,
        total_cases_rejected: tally.rejected,
        total_delays: tally.delays,
        quick_completions: tally.quick,
        slow_days: tally.slow_days,
        at_risk_completions: tally.at_risk,
        breached_completions: tally.breached,
        processing_seconds: tally.processing_seconds,
        avg_completion_time_days: score.average_days(),
    }))
}

/// Which score, and as of when.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ScoreQuestion {
    /// The formula; the one that the settings name if absent.
    #[param(value_type = ScoreFormula, required = false, inline)]
    #[serde(default, deserialize_with = "formula")]
    formula: Option<Formula>,
    /// The instant of business time as of which the score is asked; now if absent.
    #[param(value_type = DateTime<Utc>, required = false, example = "2026-03-01T00:00:00Z")]
    at: Option<AsOf>,
}

/// The name of a formula.
pub fn formula<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Formula>, D::Error> {
    String::deserialize(deserializer)?.parse().map(Some).map_err(D::Error::custom)
}

/// A score with everything it comes from: evaluating `arithmetic` over `terms` gives `value`.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExplainedScore {
    pub agency_id: Uuid,
    pub as_of: DateTime<Utc>,
    #[schema(example = "agency.score@1")]
    pub formula: &'static str,
    #[schema(value_type = f64, example = 105)]
    pub value: Decimal,
    /// Every reason with its points and the event it comes from.
    #[schema(value_type = Vec<ScoreTerm>)]
    pub terms: Vec<Term>,
    /// A tree of `value`, `sum` (of a field over the terms, `per` event `at_least` so much), `add`, `multiply`, `divide`, `max`,
    /// `clamp` and `round` (half away from zero).
    #[schema(value_type = Object, example = json!({"op": "clamp", "min": 0, "max": 120, "of": [
        {"op": "add", "of": [{"op": "value", "value": 100}, {"op": "sum", "field": "points"}]}]}))]
    pub arithmetic: Arithmetic,
}

impl ExplainedScore {
    pub fn of(agency: AgencyId, as_of: Instant, explanation: Explanation) -> Self {
        let Explanation { formula, value, terms, arithmetic } = explanation;
        // Points that are whole are shown whole, as in the card.
        let value = if formula == SCORE_1 { value.normalize() } else { value };
        Self { agency_id: agency.0, as_of, formula, value, terms, arithmetic }
    }
}

/// One reason for points.
#[derive(ToSchema)]
#[allow(dead_code, reason = "it describes the domain's term, which knows nothing of descriptions")]
pub struct ScoreTerm {
    /// The rule that gives the points.
    #[schema(example = "quick_completion")]
    reason: String,
    #[schema(example = 5)]
    points: f64,
    /// How often this term counts in the number of handled cases.
    #[schema(example = 0)]
    counts: f64,
    event_id: Uuid,
    /// Where in the log the event stands.
    #[schema(example = 4711)]
    position: i64,
    occurred_at: DateTime<Utc>,
    case_id: Uuid,
    /// The version of the settings by which it was judged.
    #[schema(example = 1)]
    policy_version: u32,
    /// The fact in words.
    #[schema(required = false, example = "3 whole days from assignment to completion, SLA On Track")]
    detail: String,
}

/// Why the score of an agency is what it is: every reason, and the sum to do again.
#[utoipa::path(get, path = "/api/v1/dcas/{id}/score/explain", tag = "agencies",
    params(("id" = uuid::Uuid, Path, description = "The agency."), ScoreQuestion), responses((status = 200, body = ExplainedScore)))]
pub async fn explain(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    question: Params<ScoreQuestion>,
) -> Result<Answer<ExplainedScore>, Error> {
    let (tenant, id, now) = (caller.tenant(), AgencyId(id.0), house.commands.now());
    let at = question.0.at.map(AsOf::reckoned);
    let named = question.0.formula;
    let explained = house.reader.as_tenant(tenant, move |conn| {
        Box::pin(async move {
            if card(conn, tenant, id).await?.is_none() {
                return Ok(None);
            }
            let formula = match named {
                Some(formula) => formula,
                None => {
                    let shown = scores(conn, tenant, &[id], at, now).await?.pop();
                    shown.and_then(|score| score.formula.parse().ok()).unwrap_or(Formula::Score1)
                }
            };
            agency_explained::explain(conn, tenant, id, formula, at, now).await.map(Some)
        })
    });
    let explained = explained.await?.ok_or_else(|| Error::missing("agency"))?;
    Ok(Answer::ok(ExplainedScore::of(id, at.unwrap_or(now), explained)))
}
