//! What agents and teams shall reach, and how far they have come (B.E20–B.E23). Actuals are reckoned, never typed in.

mod achievement;
mod body;
mod columns;

pub use achievement::{__path_achievement, __path_explain, achievement, explain};
pub use body::*;

use super::data::Data;
use super::whom::whom;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{Body, Circumstances, Id, Params};
use crate::face::Enveloped;
use crate::paged::Paged;
use crate::{Answer, House};
use actix_web::web;
use commands::calls::goal::{SetGoal, SetTeamGoal, UpdateGoal};
use commands::{Ask, Command};
use domain::GoalId;
use projections::calls::goal_queries::{self as queries, Reached};
use projections::calls::goals::GoalRow;

type AgentGoal = Data<SetGoal>;
type TeamGoal = Data<SetTeamGoal>;
type GoalUpdate = Data<UpdateGoal>;

/// The goals one sees with what was reached, the latest first: one's own, those one set, and those of one's locations.
#[utoipa::path(get, path = "/api/goals", tag = "goals", params(WantedGoals),
    responses((status = 200, body = Enveloped<Paged<Goal>>)))]
pub async fn list(house: web::Data<House>, caller: Caller, wanted: Params<WantedGoals>) -> Result<Answer<Paged<Goal>>, Error> {
    let mut wanted = wanted.0;
    let agent = whom(&house, &caller, wanted.agent.take()).await?;
    let (filter, part) = wanted.read(agent)?;
    let (tenant, viewer, page, now) = (caller.tenant(), caller.viewer(), part.page(), house.commands.now());
    let seen = viewer.clone();
    let found = house.reader.as_viewer(tenant, &viewer, move |conn| {
        Box::pin(async move {
            let found = queries::list(conn, tenant, &seen, &filter, page).await?;
            let reached = queries::reached(conn, tenant, &seen, &found.rows, now).await?;
            Ok((found, reached))
        })
    });
    let (found, reached) = found.await?;
    let mut reached = reached.into_iter();
    Ok(Answer::ok(part.shown(found, |row| Goal::of(row, &reached.next().unwrap_or_default(), now))))
}

/// A goal with what was reached.
#[utoipa::path(get, path = "/api/goals/{id}", tag = "goals", params(("id" = Uuid, Path, description = "The goal.")),
    responses((status = 200, body = Enveloped<Goal>)))]
pub async fn show(house: web::Data<House>, caller: Caller, id: Id) -> Result<Answer<Goal>, Error> {
    let (row, reached) = card(&house, &caller, GoalId(id.0)).await?.ok_or_else(|| Error::missing("goal"))?;
    let version = row.version;
    Ok(Answer::ok(Goal::of(row, &reached, house.commands.now())).version(version))
}

/// Set what an agent shall reach in a day, week, month or quarter (B.E20). There is one goal for both at most.
#[utoipa::path(post, path = "/api/goals/set", tag = "goals", request_body = AgentGoal,
    responses((status = 201, body = Enveloped<GoalKept>)))]
pub async fn set(
    house: web::Data<House>,
    caller: Caller,
    circumstances: Circumstances,
    body: Body<AgentGoal>,
) -> Result<Answer<GoalKept>, Error> {
    set_new(house, caller, circumstances, body.0.0).await
}

/// Set what all agents of a location, or of one team there, shall reach together (B.E23).
#[utoipa::path(post, path = "/api/goals/team-goals", tag = "goals", request_body = TeamGoal,
    responses((status = 201, body = Enveloped<GoalKept>)))]
pub async fn set_team(
    house: web::Data<House>,
    caller: Caller,
    circumstances: Circumstances,
    body: Body<TeamGoal>,
) -> Result<Answer<GoalKept>, Error> {
    set_new(house, caller, circumstances, body.0.0).await
}

/// Change a goal (B.E21): targets for a reason, how to get there, where it stands, that somebody looked at it. What was reached
/// cannot be set.
#[utoipa::path(put, path = "/api/goals/{id}/update", tag = "goals", params(("id" = Uuid, Path, description = "The goal.")),
    request_body = GoalUpdate, responses((status = 200, body = Enveloped<GoalKept>)))]
pub async fn update(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<GoalUpdate>,
) -> Result<Answer<GoalKept>, Error> {
    let ask = Ask::new(body.0.0).on(id.0);
    let done = house.execute(&caller.principal, circumstances.of(ask)).await?;
    Ok(Answer::ok(kept(&house, &caller, &done).await).after(&done))
}

async fn set_new(
    house: web::Data<House>,
    caller: Caller,
    circumstances: Circumstances,
    command: impl Command,
) -> Result<Answer<GoalKept>, Error> {
    let done = house.execute(&caller.principal, circumstances.of(Ask::new(command))).await?;
    Ok(Answer::created(kept(&house, &caller, &done).await).after(&done))
}

/// The goal as the screens show it, once they do.
async fn kept(house: &House, caller: &Caller, done: &commands::Answer) -> GoalKept {
    let shown = match house.shows(done).await {
        true => card(house, caller, GoalId(done.id)).await.ok().flatten(),
        false => None,
    };
    let now = house.commands.now();
    GoalKept { id: done.id, goal: shown.map(|(row, reached)| Goal::of(row, &reached, now)) }
}

async fn card(house: &House, caller: &Caller, id: GoalId) -> Result<Option<(GoalRow, Reached)>, Error> {
    let (tenant, viewer, now) = (caller.tenant(), caller.viewer(), house.commands.now());
    let seen = viewer.clone();
    let found = house.reader.as_viewer(tenant, &viewer, move |conn| {
        Box::pin(async move {
            let Some(row) = queries::card(conn, tenant, &seen, id).await? else { return Ok(None) };
            let reached = queries::reached(conn, tenant, &seen, std::slice::from_ref(&row), now).await?.pop();
            Ok(Some((row, reached.unwrap_or_default())))
        })
    });
    Ok(found.await?)
}
