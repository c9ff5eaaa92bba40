//! Who works in a team: how many, how long they have done so, who did anything on some days, and who was talked with about a review.

use super::shift_sources::dimension;
use super::{Group, Question, among, seen};
use crate::Viewer;
use crate::calls::agents::AgentRow;
use crate::calls::goal_queries::{self, GoalFilter};
use crate::calls::goals::GoalRow;
use crate::page::Page;
use chrono::NaiveDate;
use domain::calls::goal::Target;
use domain::calls::goal::targets::met;
use domain::{Instant, TenantId, UserId};
use sqlx::types::Json;
use sqlx::{PgConnection, Postgres, QueryBuilder, Row};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// How many goals are looked at in one go.
const AT_ONCE: i64 = 1_000;

/// An agent, and the event after which they are as they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    pub agent: AgentRow,
    pub event_id: Option<Uuid>,
}

/// A talk with an agent about a review.
#[derive(Clone, Debug, PartialEq)]
pub struct Talk {
    pub review_id: Uuid,
    pub event_id: Uuid,
    pub position: i64,
    pub on: NaiveDate,
}

/// The agents whom somebody sees, as they are now, by their ids. Where they work now is not asked for: what was recorded of them counts
/// where they worked then.
pub async fn people(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    question: &Question,
) -> sqlx::Result<Vec<Person>> {
    let slice = &question.slice;
    let found = sqlx::query!(
        r#"select to_json(a) as "agent!: Json<AgentRow>", e.event_id as "event_id?"
           from agents a left join log.events e on e.position = a.position and e.tenant_id = a.tenant_id
           where a.tenant_id = $1 and ($2 or a.agent_id = $3 or a.location_id = any($4))
             and (cardinality($5::uuid[]) = 0 or a.agent_id = any($5))
           order by a.agent_id"#,
        tenant.0,
        viewer.everything(),
        viewer.user,
        &viewer.locations(),
        &slice.agents,
    );
    let found = found.fetch_all(conn).await?;
    Ok(found.into_iter().map(|row| Person { agent: row.agent.0, event_id: row.event_id }).collect())
}

/// The agents who handled a call or began a shift, for each group.
pub async fn active(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    question: &Question,
) -> sqlx::Result<BTreeMap<Group, BTreeSet<Uuid>>> {
    let mut query = QueryBuilder::<Postgres>::new("select ");
    for by in &question.dimensions {
        query.push(dimension(*by).unwrap_or("null::text")).push(", ");
    }
    query.push(
        "array_agg(distinct t.agent_id) from (
           select agent_id, nullif(location_id, '00000000-0000-0000-0000-000000000000') as location_id, nullif(team, '') as team, day
             from agent_days where answered > 0 and tenant_id = ",
    );
    query.push_bind(tenant.0);
    query.push(
        " union all select agent_id, location_id, team, shift_date from shifts where actual_start is not null and tenant_id = ",
    );
    query.push_bind(tenant.0).push(") t where t.day between ").push_bind(question.slice.from);
    query.push(" and ").push_bind(question.slice.to);
    seen(&mut query, viewer, Some("t.agent_id"));
    among(&mut query, "t.agent_id", &question.slice.agents);
    among(&mut query, "t.location_id", &question.slice.locations);
    among(&mut query, "t.team", &question.slice.teams);
    group_by(&mut query, question);
    let mut found = BTreeMap::new();
    for row in query.build().fetch_all(conn).await? {
        let split = question.dimensions.len();
        let group = (0..split).map(|nth| row.try_get(nth)).collect::<sqlx::Result<Group>>()?;
        let agents: Option<Vec<Uuid>> = row.try_get(split)?;
        found.insert(group, agents.unwrap_or_default().into_iter().collect());
    }
    Ok(found)
}

/// The talks about reviews, for each group, by the day of the talk.
pub async fn talks(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    question: &Question,
) -> sqlx::Result<BTreeMap<Group, Vec<Talk>>> {
    let mut query = QueryBuilder::<Postgres>::new("select ");
    for by in &question.dimensions {
        query.push(dimension(*by).unwrap_or("null::text")).push(", ");
    }
    query.push("t.review_id, t.event_id, t.position, t.day from (select r.*, r.agent_discussion_date as day from reviews r where r.tenant_id = ");
    query.push_bind(tenant.0).push(") t where t.day between ").push_bind(question.slice.from);
    query.push(" and ").push_bind(question.slice.to);
    seen(&mut query, viewer, Some("t.agent_id"));
    among(&mut query, "t.agent_id", &question.slice.agents);
    among(&mut query, "t.location_id", &question.slice.locations);
    among(&mut query, "t.team", &question.slice.teams);
    query.push(" order by t.day, t.review_id");
    let mut found: BTreeMap<Group, Vec<Talk>> = BTreeMap::new();
    for row in query.build().fetch_all(conn).await? {
        let split = question.dimensions.len();
        let group = (0..split).map(|nth| row.try_get(nth)).collect::<sqlx::Result<Group>>()?;
        found.entry(group).or_default().push(Talk {
            review_id: row.try_get(split)?,
            event_id: row.try_get(split + 1)?,
            position: row.try_get(split + 2)?,
            on: row.try_get(split + 3)?,
        });
    }
    Ok(found)
}

fn group_by(query: &mut QueryBuilder<Postgres>, question: &Question) {
    for nth in 1..=question.dimensions.len() {
        query.push(if nth == 1 { " group by " } else { ", " }).push(nth);
    }
}

/// A goal of an agent that is in force, and whether all its targets are met as of now.
#[derive(Clone, Debug, PartialEq)]
pub struct Aim {
    pub agent_id: UserId,
    pub location: Option<Uuid>,
    pub team: Option<String>,
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub met: bool,
    pub event_id: Uuid,
    pub position: i64,
}

/// The goals of agents whose time has a day in common with the slice. A goal that is paused is not in force.
pub async fn aims(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    question: &Question,
    now: Instant,
) -> sqlx::Result<Vec<Aim>> {
    let slice = &question.slice;
    let filter = GoalFilter { from: Some(slice.from), until: Some(slice.to), in_force: true, ..GoalFilter::default() };
    let mut found = Vec::new();
    for nth in 0.. {
        let page = Page { offset: nth * AT_ONCE, limit: AT_ONCE };
        let page = goal_queries::list(conn, tenant, viewer, &filter, page).await?;
        let last = (page.rows.len() as i64) < AT_ONCE;
        let among = |ids: &[Uuid], id: Option<Uuid>| ids.is_empty() || id.is_some_and(|id| ids.contains(&id));
        let goals: Vec<GoalRow> = page
            .rows
            .into_iter()
            .filter(|goal| goal.agent_id.is_some())
            .filter(|goal| among(&slice.agents, goal.agent_id.map(|agent| agent.0)))
            .filter(|goal| among(&slice.locations, goal.location_id.map(|location| location.0)))
            .filter(|goal| slice.teams.is_empty() || goal.team.as_ref().is_some_and(|team| slice.teams.contains(team)))
            .collect();
        let reached = goal_queries::reached_of_targets(conn, tenant, viewer, &goals, now).await?;
        found.extend(goals.iter().zip(reached).filter_map(|(goal, reached)| {
            let actual = |target: Target| {
                let (points, counts) = reached.sums(target);
                target.formula().of(points, counts).ok().flatten()
            };
            Some(Aim {
                agent_id: goal.agent_id?,
                location: goal.location_id.map(|location| location.0),
                team: goal.team.clone(),
                from: goal.period_start_date,
                to: goal.period_end_date,
                met: goal.targets().set().all(|(target, value)| met(actual(target), value)),
                event_id: goal.event_id,
                position: goal.position.to_i64(),
            })
        }));
        if last {
            break;
        }
    }
    Ok(found)
}
