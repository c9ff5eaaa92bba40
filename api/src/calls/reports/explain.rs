//! Why a figure of a report is what it is: every call, shift or review that counts, and the sum to do again.

use super::asked::{Granularity, Listed, Period, agents_named};
use crate::auth::Caller;
use crate::calls::explained::{ExplainedFigure, MOST_TERMS, too_many};
use crate::error::Error;
use crate::extract::Params;
use crate::face::Enveloped;
use crate::{Answer, House};
use actix_web::web;
use chrono::NaiveDate;
use domain::calls::call::{CallPriority, CallStatus, CallType, Direction, Outcome};
use domain::calls::measures::Measure;
use domain::organization::role::Reach;
use projections::calls::figures::{Question, Slice, evidence};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

/// Which figure, over which days and of what.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedExplanation {
    /// The name of a figure in a report.
    #[param(value_type = String, example = "fcrRate")]
    figure: Measure,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    /// E-mail addresses or ids of agents, with commas between.
    #[param(value_type = Option<String>, max_length = 4000)]
    agent: Option<String>,
    /// Ids of locations, with commas between.
    #[param(value_type = Option<String>, max_length = 4000)]
    location_id: Option<Listed<Uuid>>,
    #[param(max_length = 64, pattern = "^[^\\x00]*$")]
    team: Option<String>,
    #[param(max_length = 255, pattern = "^[^\\x00]*$")]
    queue: Option<String>,
    #[param(value_type = Option<String>)]
    direction: Option<Direction>,
    #[param(value_type = Option<String>)]
    call_type: Option<CallType>,
    #[param(value_type = Option<String>)]
    status: Option<CallStatus>,
    #[param(value_type = Option<String>)]
    outcome: Option<Outcome>,
    #[param(value_type = Option<String>)]
    priority: Option<CallPriority>,
    campaign_id: Option<Uuid>,
    /// Only calls of known agents, as reports by agent or team count them.
    of_agents: Option<bool>,
    /// Does not matter here: a figure is explained over all of its days.
    #[serde(rename = "granularity")]
    _granularity: Option<Granularity>,
}

/// Why a figure of a report is what it is: every call, shift or review that counts, and the sum to do again.
///
/// Asked with the days and filters of the figure. Figures of more than 10,000 calls are explained in parts.
#[utoipa::path(get, path = "/api/reports/explain", tag = "reports of calls", params(WantedExplanation),
    responses((status = 200, body = Enveloped<ExplainedFigure>)))]
pub async fn explain(
    house: web::Data<House>,
    caller: Caller,
    wanted: Params<WantedExplanation>,
) -> Result<Answer<ExplainedFigure>, Error> {
    let wanted = wanted.0;
    let period = Period::read(&house, &caller, wanted.from, wanted.to).await?;
    let one = |word: Option<&'static str>| word.map(str::to_owned).into_iter().collect();
    let slice = Slice {
        agents: agents_named(&house, &caller, wanted.agent.as_deref()).await?,
        locations: wanted.location_id.unwrap_or_default().0,
        teams: wanted.team.into_iter().collect(),
        queues: wanted.queue.into_iter().collect(),
        directions: one(wanted.direction.map(Direction::word)),
        call_types: one(wanted.call_type.map(CallType::word)),
        statuses: one(wanted.status.map(CallStatus::word)),
        outcomes: one(wanted.outcome.map(Outcome::word)),
        priorities: one(wanted.priority.map(CallPriority::word)),
        campaigns: wanted.campaign_id.into_iter().collect(),
        of_agents: wanted.of_agents.unwrap_or_default(),
        ..Slice::days(period.from, period.to)
    };
    Ok(Answer::ok(explained(&house, &caller, wanted.figure, slice).await?))
}

/// A figure over a slice with everything it comes from.
pub async fn explained(house: &House, caller: &Caller, measure: Measure, slice: Slice) -> Result<ExplainedFigure, Error> {
    let question = Question { measures: vec![measure], dimensions: vec![], slice };
    question.check().map_err(|no| Error::invalid("figure", no.to_string()))?;
    let (tenant, viewer, now) = (caller.tenant(), caller.viewer(), house.commands.now());
    if measure == Measure::Missed && viewer.reach == Reach::Own {
        return Err(Error::invalid(
            "figure",
            "missed counts calls that others took, which only whoever looks after others may see",
        ));
    }
    let seen = viewer.clone();
    let terms = house.reader.as_viewer(tenant, &viewer, move |conn| {
        Box::pin(async move { evidence::terms(conn, tenant, &seen, &question, measure, now, MOST_TERMS).await })
    });
    let terms = terms.await?.ok_or_else(too_many)?;
    Ok(ExplainedFigure::of(measure.word(), measure.formula(), terms))
}
