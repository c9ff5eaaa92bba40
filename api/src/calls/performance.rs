//! What an agent did over some days (B.E5), and every reason for a figure.

use super::explained::ExplainedFigure;
use super::reports::asked::{Granularity, Period, agent};
use super::reports::explain::explained;
use super::reports::shown::{Figures, Heading, ReportRow, rows};
use super::reports::{Answered, MOST_ROWS, OF_AGENTS, ask, too_many_rows};
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::Params;
use crate::face::Enveloped;
use crate::{Answer, House};
use actix_web::web;
use chrono::NaiveDate;
use domain::UserId;
use domain::calls::measures::Measure;
use projections::calls::agents::{self, AgentRow};
use projections::calls::figures::{Question, Slice};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Over which days, and how it is split.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedDays {
    /// The first day in the reporting time zone; 30 days before the last if absent.
    #[param(value_type = Option<NaiveDate>, example = "2026-03-01")]
    from: Option<NaiveDate>,
    /// The last day; today if absent.
    #[param(value_type = Option<NaiveDate>, example = "2026-03-31")]
    to: Option<NaiveDate>,
    /// By which stretches of time the series is split; days if absent.
    granularity: Option<Granularity>,
}

/// Which figure, and over which days.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedReason {
    /// The name of one of the figures.
    #[param(value_type = String, example = "fcrRate")]
    figure: Measure,
    #[param(value_type = Option<NaiveDate>, example = "2026-03-01")]
    from: Option<NaiveDate>,
    #[param(value_type = Option<NaiveDate>, example = "2026-03-31")]
    to: Option<NaiveDate>,
}

/// What an agent did.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentPerformance {
    agent: PerformingAgent,
    #[serde(flatten)]
    heading: Heading,
    #[serde(flatten)]
    figures: Figures,
    /// The same by stretch of time, without those in which nothing happened.
    series: Vec<ReportRow>,
}

/// The agent as they are now.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PerformingAgent {
    id: Uuid,
    #[schema(example = "ada@example.com")]
    email: Option<String>,
    #[schema(example = "Ada Lovelace")]
    name: Option<String>,
    location_id: Option<Uuid>,
    #[schema(example = "Wixom")]
    location: Option<String>,
    #[schema(example = "morning")]
    team: Option<String>,
}

impl From<AgentRow> for PerformingAgent {
    fn from(row: AgentRow) -> Self {
        Self {
            id: row.agent_id.0,
            email: row.email,
            name: row.name,
            location_id: row.location_id.map(|id| id.0),
            location: row.location_name,
            team: row.team,
        }
    }
}

/// What an agent did (B.E5): one's own, those of one's locations, or anybody's, as far as one sees.
#[utoipa::path(get, path = "/api/agent-performance/{email}", tag = "reports of calls",
    params(("email" = String, Path, description = "The agent's e-mail address or id.", example = "ada@example.com"), WantedDays),
    responses((status = 200, body = Enveloped<AgentPerformance>)))]
pub async fn show(
    house: web::Data<House>,
    caller: Caller,
    path: web::Path<String>,
    wanted: Params<WantedDays>,
) -> Result<Answer<AgentPerformance>, Error> {
    let WantedDays { from, to, granularity } = wanted.0;
    let known = found(&house, &caller, &path).await?;
    let period = Period::read(&house, &caller, from, to).await?;
    let stretch: Vec<_> = granularity.unwrap_or(Granularity::Day).dimension().into_iter().collect();
    let slice = Slice { agents: vec![known.agent_id.0], ..Slice::days(period.from, period.to) };
    let question = Question { measures: OF_AGENTS.to_vec(), dimensions: stretch.clone(), slice };
    let answered = ask(&house, &caller, question, MOST_ROWS).await?;
    let Answered { groups, whole, names, position } = answered.ok_or_else(too_many_rows)?;
    let heading = Heading::of(&period, &caller.viewer(), OF_AGENTS, house.commands.now(), position);
    let series = rows(&stretch, &groups, OF_AGENTS, &names);
    Ok(Answer::ok(AgentPerformance { agent: known.into(), heading, figures: Figures::of(OF_AGENTS, &whole), series }))
}

/// Why a figure of an agent is what it is: every call, shift or review that counts, and the sum to do again.
#[utoipa::path(get, path = "/api/agent-performance/{email}/explain", tag = "reports of calls",
    params(("email" = String, Path, description = "The agent's e-mail address or id.", example = "ada@example.com"), WantedReason),
    responses((status = 200, body = Enveloped<ExplainedFigure>)))]
pub async fn explain(
    house: web::Data<House>,
    caller: Caller,
    path: web::Path<String>,
    wanted: Params<WantedReason>,
) -> Result<Answer<ExplainedFigure>, Error> {
    let WantedReason { figure, from, to } = wanted.0;
    let known = found(&house, &caller, &path).await?;
    let period = Period::read(&house, &caller, from, to).await?;
    let slice = Slice { agents: vec![known.agent_id.0], ..Slice::days(period.from, period.to) };
    Ok(Answer::ok(explained(&house, &caller, figure, slice).await?))
}

/// The agent of this address, if whoever asks reaches them.
async fn found(house: &House, caller: &Caller, named: &str) -> Result<AgentRow, Error> {
    let missing = || Error::missing("agent");
    let id = agent(house, caller, named).await?.ok_or_else(missing)?;
    let (tenant, viewer) = (caller.tenant(), caller.viewer());
    let seen = viewer.clone();
    let card = house
        .reader
        .as_viewer(tenant, &viewer, move |conn| Box::pin(async move { agents::card(conn, tenant, &seen, UserId(id)).await }));
    card.await?.ok_or_else(missing)
}
