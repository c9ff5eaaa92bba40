//! What teams come to, place by place and day by day (B.E6, B.T5), and every reason for a figure.

use super::explained::{ExplainedFigure, MOST_TERMS, too_many};
use super::reports::asked::{Granularity, Period, WantedReport, agents_named, ids, word};
use super::reports::explain::explained;
use super::reports::shown::{Figures, Heading, ReportRow, shown};
use super::reports::{MOST_ROWS, too_many_rows};
use super::team_figures::{Crew, TeamFigure};
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::Params;
use crate::face::Enveloped;
use crate::{Answer, House};
use actix_web::web;
use chrono::NaiveDate;
use domain::calls::measures::{Measure, Sums};
use projections::calls::figures::names::Names;
use projections::calls::figures::{self, Dimension, Group, Groups, Question, Slice};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// What teams come to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TeamMetrics {
    #[serde(flatten)]
    heading: Heading,
    /// One for each location, team and stretch of time in which anything happened.
    rows: Vec<ReportRow>,
    totals: Figures,
}

/// Which figure, over which days and of which team.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedTeamReason {
    /// The name of one of the figures.
    #[param(value_type = String, example = "firstCallResolutionRate")]
    figure: TeamFigure,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    /// E-mail addresses or ids of agents, with commas between.
    #[param(value_type = Option<String>, max_length = 4000)]
    agent: Option<String>,
    location_id: Option<Uuid>,
    #[param(min_length = 1, max_length = 64, pattern = "^[^\\x00]*[^\\x00\\s][^\\x00]*$")]
    team: Option<String>,
}

/// What teams come to (B.T5): one row for each location, team and day, or longer stretch, that one sees.
///
/// How many agents there are and for how long they have done this work is as the directory knows it now.
#[utoipa::path(get, path = "/api/team-metrics", tag = "reports of calls", params(WantedReport),
    responses((status = 200, body = Enveloped<TeamMetrics>)))]
pub async fn list(house: web::Data<House>, caller: Caller, wanted: Params<WantedReport>) -> Result<Answer<TeamMetrics>, Error> {
    let (period, slice) = wanted.0.read(&house, &caller).await?;
    let slice = Slice { of_agents: true, ..slice };
    let granularity = wanted.0.granularity.unwrap_or(Granularity::Day);
    let team = [Dimension::Location, Dimension::Team];
    let dimensions: Vec<Dimension> = team.into_iter().chain(granularity.dimension()).collect();
    let question = Question { measures: TeamFigure::measures(), dimensions: dimensions.clone(), slice };
    question.check().map_err(|no| Error::invalid("figure", no.to_string()))?;
    let (tenant, viewer, now) = (caller.tenant(), caller.viewer(), house.commands.now());
    let seen = viewer.clone();
    let asked = house.reader.as_viewer(tenant, &viewer, move |conn| {
        Box::pin(async move {
            let position = figures::position(conn).await?;
            let Some(groups) = figures::groups(conn, tenant, &seen, &question, now, MOST_ROWS).await? else { return Ok(None) };
            let whole = figures::whole(conn, tenant, &seen, &question, &groups).await?;
            let mut crew = Crew::read(conn, tenant, &seen, &question, now).await?;
            crew.groups = groups;
            let named: Groups = crew.known().into_iter().map(|group| (group, Sums::default())).collect();
            let first = [Dimension::Location, Dimension::Team];
            let names = Names::of(conn, tenant, &first, &named).await?;
            Ok(Some((crew, whole, names, position)))
        })
    });
    let (crew, whole, names, position) = asked.await?.ok_or_else(too_many_rows)?;
    let known = crew.known();
    if known.len() as i64 > MOST_ROWS {
        return Err(too_many_rows());
    }
    let mut heading = Heading::of(&period, &viewer, &[], now, position);
    heading.formulas = TeamFigure::ALL.iter().map(|figure| (figure.word(), figure.formula().name)).collect();
    let row = |group: &Group| ReportRow {
        group: shown(&dimensions, group, &names),
        figures: crew.figures(group, granularity, &period),
    };
    let rows = known.iter().map(row).collect();
    let totals = crew.together(whole).figures(&Group::new(), Granularity::Whole, &period);
    Ok(Answer::ok(TeamMetrics { heading, rows, totals }))
}

/// Why a figure of a team is what it is: every call, shift, review or agent that counts, and the sum to do again.
#[utoipa::path(get, path = "/api/team-metrics/explain", tag = "reports of calls", params(WantedTeamReason),
    responses((status = 200, body = Enveloped<ExplainedFigure>)))]
pub async fn explain(
    house: web::Data<House>,
    caller: Caller,
    wanted: Params<WantedTeamReason>,
) -> Result<Answer<ExplainedFigure>, Error> {
    let WantedTeamReason { figure, from, to, agent, location_id, team } = wanted.0;
    let period = Period::read(&house, &caller, from, to).await?;
    word("team", team.as_ref())?;
    let slice = Slice {
        agents: agents_named(&house, &caller, agent.as_deref()).await?,
        locations: ids("locationId", location_id.into_iter().collect())?,
        teams: team.into_iter().collect(),
        of_agents: true,
        ..Slice::days(period.from, period.to)
    };
    if let Some(measure) = figure.measured() {
        let explained = explained(&house, &caller, measure, slice).await?;
        return Ok(Answer::ok(figure.over(explained)));
    }
    let question = Question { measures: vec![Measure::Calls], dimensions: vec![], slice };
    let (tenant, viewer, now) = (caller.tenant(), caller.viewer(), house.commands.now());
    let seen = viewer.clone();
    let crew = house
        .reader
        .as_viewer(tenant, &viewer, move |conn| Box::pin(async move { Crew::read(conn, tenant, &seen, &question, now).await }));
    let terms = crew.await?.terms(figure, &period);
    if terms.len() as i64 > MOST_TERMS {
        return Err(too_many());
    }
    Ok(Answer::ok(ExplainedFigure::of(figure.word(), figure.formula(), terms)))
}
