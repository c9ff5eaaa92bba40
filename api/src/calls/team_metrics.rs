//! What teams come to, place by place and day by day (B.E6, B.T5), and every reason for a figure.

use super::explained::{ExplainedFigure, MOST_TERMS, too_many};
use super::reports::asked::{Granularity, Period, WantedReport, agents_named};
use super::reports::explain::explained;
use super::reports::shown::{Figures, Heading, ReportRow, shown};
use super::team_figures::{Crew, TeamFigure};
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::Params;
use crate::face::Enveloped;
use crate::{Answer, House};
use actix_web::web;
use chrono::NaiveDate;
use domain::calls::measures::Measure;
use projections::calls::figures::names::Names;
use projections::calls::figures::{self, Dimension, Group, Groups, Question, Slice, people};
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
    #[param(max_length = 64, pattern = "^[^\\x00]*$")]
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
    let question = |dimensions| Question { measures: TeamFigure::measures(), dimensions, slice: slice.clone() };
    let (split, whole) = (question(dimensions.clone()), question(vec![]));
    let (tenant, viewer, now) = (caller.tenant(), caller.viewer(), house.commands.now());
    let seen = viewer.clone();
    let asked = house.reader.as_viewer(tenant, &viewer, move |conn| {
        Box::pin(async move {
            let position = figures::position(conn).await?;
            let mut crews = Vec::with_capacity(2);
            for question in [split, whole] {
                crews.push(Crew {
                    groups: figures::groups(conn, tenant, &seen, &question, now).await?,
                    people: people::people(conn, tenant, &seen, &question).await?,
                    active: people::active(conn, tenant, &seen, &question).await?,
                    talks: people::talks(conn, tenant, &seen, &question).await?,
                    aims: people::aims(conn, tenant, &seen, &question, now).await?,
                });
            }
            let known = crews.first().map(|crew| crew.known()).unwrap_or_default();
            let named: Groups = known.into_iter().map(|group| (group, Default::default())).collect();
            let first = [Dimension::Location, Dimension::Team];
            Ok((crews, Names::of(conn, tenant, &first, &named).await?, position))
        })
    });
    let (crews, names, position) = asked.await?;
    let mut heading = Heading::of(&period, &viewer, &[], now, position);
    heading.formulas = TeamFigure::ALL.iter().map(|figure| (figure.word(), figure.formula().name)).collect();
    let row = |crew: &Crew, group: &Group| ReportRow {
        group: shown(&dimensions, group, &names),
        figures: crew.figures(group, granularity, &period),
    };
    let rows = crews.first().map(|crew| crew.known().iter().map(|group| row(crew, group)).collect()).unwrap_or_default();
    let totals = crews.get(1).map(|crew| crew.figures(&Group::new(), Granularity::Whole, &period)).unwrap_or_default();
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
    let slice = Slice {
        agents: agents_named(&house, &caller, agent.as_deref()).await?,
        locations: location_id.into_iter().collect(),
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
    let crew = house.reader.as_viewer(tenant, &viewer, move |conn| {
        Box::pin(async move {
            Ok(Crew {
                groups: Groups::new(),
                people: people::people(conn, tenant, &seen, &question).await?,
                active: people::active(conn, tenant, &seen, &question).await?,
                talks: people::talks(conn, tenant, &seen, &question).await?,
                aims: people::aims(conn, tenant, &seen, &question, now).await?,
            })
        })
    });
    let terms = crew.await?.terms(figure, &period);
    if terms.len() as i64 > MOST_TERMS {
        return Err(too_many());
    }
    Ok(Answer::ok(ExplainedFigure::of(figure.word(), figure.formula(), terms)))
}
