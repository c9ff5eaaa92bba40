//! How far goals are reached over a stretch of days (B.E22), and every reason for a figure.

use super::body::Goal;
use crate::auth::Caller;
use crate::calls::explained::{ExplainedFigure, MOST_TERMS, too_many};
use crate::calls::formulas::ShownFigure;
use crate::calls::today;
use crate::calls::whom::whom;
use crate::error::Error;
use crate::extract::{Id, Params};
use crate::face::Enveloped;
use crate::{Answer, House};
use actix_web::web;
use chrono::{DateTime, NaiveDate, Utc};
use domain::calls::formulas::{Figure, GOAL_ACHIEVEMENT, TEAM_GOAL_ACHIEVEMENT};
use domain::calls::goal::{Period, Target};
use domain::explain::Term;
use domain::{GoalId, LocationId};
use projections::Page;
use projections::calls::goal_queries::{self as queries, GoalFilter};
use projections::calls::goal_terms;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Whose goals, and when.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedAchievement {
    /// An e-mail address or an id.
    #[serde(alias = "agentEmail", alias = "agentId")]
    agent: Option<String>,
    #[param(value_type = Option<Uuid>)]
    location_id: Option<LocationId>,
    team: Option<String>,
    #[param(value_type = Option<String>)]
    period: Option<Period>,
    /// Goals whose time has a day in common with these days; today if nothing is said.
    from: Option<NaiveDate>,
    /// The last day.
    to: Option<NaiveDate>,
}

/// How far goals are reached. Goals that rest do not count.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Achievement {
    from: NaiveDate,
    to: NaiveDate,
    as_of: DateTime<Utc>,
    /// How many goals there are in these days. All of them are reckoned; at most 100, the latest, are shown.
    total: i64,
    /// Targets met of all that are set.
    #[schema(value_type = ShownFigure)]
    achievement_percentage: Figure,
    agents_with_goals: u32,
    /// Those who meet every target of all their goals.
    agents_meeting_goals: u32,
    #[schema(value_type = ShownFigure)]
    team_goal_achievement_rate: Figure,
    goals: Vec<Goal>,
}

/// How many goals are shown, and reckoned at once.
const SHOWN: u32 = 100;

/// Targets met and set, and whether each agent meets all of theirs.
#[derive(Default)]
struct Tally {
    met: u32,
    set: u32,
    agents: BTreeMap<Uuid, bool>,
}

impl Tally {
    fn add(&mut self, goal: &Goal) {
        let (met, set) = goal.tally();
        self.met += met;
        self.set += set;
        if let Some(agent) = goal.agent() {
            *self.agents.entry(agent).or_insert(true) &= met == set;
        }
    }
}

/// How far the goals one sees are reached.
#[utoipa::path(get, path = "/api/goals/achievement", tag = "goals", params(WantedAchievement),
    responses((status = 200, body = Enveloped<Achievement>)))]
pub async fn achievement(
    house: web::Data<House>,
    caller: Caller,
    wanted: Params<WantedAchievement>,
) -> Result<Answer<Achievement>, Error> {
    let WantedAchievement { agent, location_id, team, period, from, to } = wanted.0;
    let (tenant, viewer, now) = (caller.tenant(), caller.viewer(), house.commands.now());
    let (_, today) = today::centre(&house, tenant).await?;
    let (from, to) = today::days(from.or(to), to, today, 0)?;
    let agent = whom(&house, &caller, agent).await?;
    let filter = GoalFilter {
        agent,
        location: location_id,
        team,
        period,
        from: Some(from),
        until: Some(to),
        in_force: true,
        ..GoalFilter::default()
    };
    let seen = viewer.clone();
    let found = house.reader.as_viewer(tenant, &viewer, move |conn| {
        Box::pin(async move {
            let (mut total, mut shown, mut tally) = (0, Vec::new(), Tally::default());
            for number in 1.. {
                let found = queries::list(conn, tenant, &seen, &filter, Page::number(number, SHOWN)).await?;
                let reached = queries::reached(conn, tenant, &seen, &found.rows, now).await?;
                let last = found.rows.len() < SHOWN as usize;
                let goals = found.rows.into_iter().zip(&reached).map(|(row, reached)| Goal::of(row, reached, now));
                let goals: Vec<Goal> = goals.collect();
                goals.iter().for_each(|goal| tally.add(goal));
                if number == 1 {
                    (total, shown) = (found.total, goals);
                }
                if last {
                    break;
                }
            }
            Ok((total, shown, tally))
        })
    });
    let (total, goals, Tally { met, set, agents }) = found.await?;
    let (with, meeting) = (agents.len() as u32, agents.values().filter(|all| **all).count() as u32);
    Ok(Answer::ok(Achievement {
        from,
        to,
        as_of: now,
        total,
        achievement_percentage: GOAL_ACHIEVEMENT.figure(met, set),
        agents_with_goals: with,
        agents_meeting_goals: meeting,
        team_goal_achievement_rate: TEAM_GOAL_ACHIEVEMENT.figure(meeting, with),
        goals,
    }))
}

/// Which figure of a goal.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedReason {
    /// `callsPerDay` (if nothing is said), `talkTimePercentage`, `firstCallResolution`, `customerSatisfaction`,
    /// `appointmentConversion` or `qualityScore`.
    #[param(value_type = Option<String>, example = "callsPerDay")]
    figure: Option<Target>,
}

/// Why a figure of a goal is what it is: every call, shift or review, and the sum to do again.
#[utoipa::path(get, path = "/api/goals/{id}/explain", tag = "goals",
    params(("id" = Uuid, Path, description = "The goal."), WantedReason),
    responses((status = 200, body = Enveloped<ExplainedFigure>)))]
pub async fn explain(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    wanted: Params<WantedReason>,
) -> Result<Answer<ExplainedFigure>, Error> {
    let (tenant, viewer, now, figure) =
        (caller.tenant(), caller.viewer(), house.commands.now(), wanted.0.figure.unwrap_or(Target::CallsPerDay));
    let seen = viewer.clone();
    let found = house.reader.as_viewer(tenant, &viewer, move |conn| {
        Box::pin(async move {
            let Some(goal) = queries::card(conn, tenant, &seen, GoalId(id.0)).await? else { return Ok(None) };
            goal_terms::of(conn, tenant, &seen, &goal, figure, now, MOST_TERMS + 1).await.map(Some)
        })
    });
    let terms: Vec<Term> = found.await?.ok_or_else(|| Error::missing("goal"))?;
    if terms.len() as i64 > MOST_TERMS {
        return Err(too_many());
    }
    Ok(Answer::ok(ExplainedFigure::of(figure.word(), figure.formula(), terms)))
}
