//! Questions about goals: which there are, and what calls, shifts and reviews come to in their time.

use super::goals::GoalRow;
use crate::Viewer;
use crate::page::{Listing, Page};
use chrono::NaiveDate;
use domain::calls::goal::targets::met;
use domain::calls::goal::{GoalStatus, Period, Target, Targets};
use domain::{GoalId, Instant, LocationId, TenantId, UserId};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

/// Which goals are wanted; what is absent does not matter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GoalFilter {
    pub agent: Option<UserId>,
    pub location: Option<LocationId>,
    pub team: Option<String>,
    pub period: Option<Period>,
    pub status: Option<GoalStatus>,
    /// Whose time has a day in common with these.
    pub from: Option<NaiveDate>,
    pub until: Option<NaiveDate>,
    /// Without those that rest.
    pub in_force: bool,
    /// Those of persons (`true`) or of teams (`false`).
    pub of_agents: Option<bool>,
}

/// What somebody's time comes to, as two sums for each figure that a goal may aim at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reached {
    handled: i64,
    agent_days: i64,
    resolved_first: i64,
    appointments: i64,
    satisfaction: (i64, i64),
    marks: (i64, i64),
    talk_seconds: i64,
    available_seconds: i64,
}

impl Reached {
    /// The points and the counts of what a target is measured by.
    pub fn sums(&self, target: Target) -> (Decimal, Decimal) {
        let of = |points: i64, counts: i64| (points.into(), counts.into());
        match target {
            Target::CallsPerDay => of(self.handled, self.agent_days),
            Target::TalkTimePercentage => of(self.talk_seconds, self.available_seconds),
            Target::FirstCallResolution => of(self.resolved_first, self.handled),
            Target::CustomerSatisfaction => of(self.satisfaction.0, self.satisfaction.1),
            Target::AppointmentConversion => of(self.appointments, self.handled),
            Target::QualityScore => of(self.marks.0, self.marks.1),
        }
    }

    /// How many of the targets that are set are met, and how many are set.
    pub fn tally(&self, targets: &Targets) -> (u32, u32) {
        targets.set().fold((0, 0), |(so_far, set), (target, value)| {
            let (points, counts) = self.sums(target);
            let actual = target.formula().of(points, counts).ok().flatten();
            (so_far + u32::from(met(actual, value)), set + 1)
        })
    }
}

/// The goals that somebody sees, the latest first: their own, those they set, and those of their locations.
pub async fn list(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    filter: &GoalFilter,
    page: Page,
) -> sqlx::Result<Listing<GoalRow>> {
    let (everything, locations) = (viewer.everything(), viewer.locations());
    let location = filter.location.map(|location| location.0);
    let (period, status) = (filter.period.map(Period::word), filter.status.map(GoalStatus::word));
    let total = sqlx::query_scalar!(
        r#"select count(*) as "n!" from goals
           where tenant_id = $1 and ($2 or agent_id = $3 or created_by = $3 or location_id = any($4))
             and ($5::uuid is null or agent_id = $5)
             and ($6::uuid is null or location_id = $6) and ($7::text is null or team = $7)
             and ($8::text is null or goal_period = $8) and ($9::text is null or goal_status = $9)
             and ($10::date is null or period_end_date >= $10) and ($11::date is null or period_start_date <= $11)
             and (not $12 or goal_status <> 'paused') and ($13::bool is null or (agent_id is not null) = $13)"#,
        tenant.0,
        everything,
        viewer.user,
        &locations,
        filter.agent.map(|agent| agent.0),
        location,
        filter.team,
        period,
        status,
        filter.from,
        filter.until,
        filter.in_force,
        filter.of_agents,
    );
    let total = total.fetch_one(&mut *conn).await?;
    let (offset, limit) = page.bounds();
    let rows = sqlx::query_scalar!(
        r#"select to_json(g) as "goal!: Json<GoalRow>" from goals g
           where tenant_id = $1 and ($2 or agent_id = $3 or created_by = $3 or location_id = any($4))
             and ($5::uuid is null or agent_id = $5)
             and ($6::uuid is null or location_id = $6) and ($7::text is null or team = $7)
             and ($8::text is null or goal_period = $8) and ($9::text is null or goal_status = $9)
             and ($10::date is null or period_end_date >= $10) and ($11::date is null or period_start_date <= $11)
             and (not $12 or goal_status <> 'paused') and ($13::bool is null or (agent_id is not null) = $13)
           order by period_start_date desc, subject, agent_name, team, goal_id offset $14 limit $15"#,
        tenant.0,
        everything,
        viewer.user,
        &locations,
        filter.agent.map(|agent| agent.0),
        location,
        filter.team,
        period,
        status,
        filter.from,
        filter.until,
        filter.in_force,
        filter.of_agents,
        offset,
        limit,
    );
    let rows = rows.fetch_all(conn).await?.into_iter().map(|row| row.0).collect();
    Ok(Listing { rows, total, next: None })
}

/// The goals in force whose time ended within these days and of which it is not on record that they were reached, the oldest first.
pub async fn over(conn: &mut PgConnection, tenant: TenantId, first: NaiveDate, last: NaiveDate) -> sqlx::Result<Vec<GoalRow>> {
    let rows = sqlx::query_scalar!(
        r#"select to_json(g) as "goal!: Json<GoalRow>" from goals g
           where tenant_id = $1 and period_end_date between $2 and $3 and reached_at is null
             and goal_status in ('active', 'revised')
           order by period_end_date, goal_id limit 1000"#,
        tenant.0,
        first,
        last,
    );
    Ok(rows.fetch_all(conn).await?.into_iter().map(|row| row.0).collect())
}

/// A goal, if whoever looks sees it.
pub async fn card(conn: &mut PgConnection, tenant: TenantId, viewer: &Viewer, goal: GoalId) -> sqlx::Result<Option<GoalRow>> {
    let found = sqlx::query_scalar!(
        r#"select to_json(g) as "goal!: Json<GoalRow>" from goals g
           where tenant_id = $1 and goal_id = $2 and ($3 or agent_id = $4 or created_by = $4 or location_id = any($5))"#,
        tenant.0,
        goal.0,
        viewer.everything(),
        viewer.user,
        &viewer.locations(),
    );
    Ok(found.fetch_optional(conn).await?.map(|row| row.0))
}

/// What the time of each of these goals comes to, in their order, as far as whoever looks sees it.
///
/// Calls count by day, reviews by the day they were made, and talk against the available time of the shifts in which it was.
pub async fn reached(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    goals: &[GoalRow],
    now: Instant,
) -> sqlx::Result<Vec<Reached>> {
    look(conn, tenant, viewer, goals, now, &vec![true; goals.len()]).await
}

/// The same as far as it matters to the targets that are set: where nobody set how much is to be talked, the calls of the shifts are not
/// looked up.
pub async fn reached_of_targets(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    goals: &[GoalRow],
    now: Instant,
) -> sqlx::Result<Vec<Reached>> {
    let talks: Vec<bool> = goals.iter().map(|goal| goal.talk_time_percentage.is_some()).collect();
    look(conn, tenant, viewer, goals, now, &talks).await
}

async fn look(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    goals: &[GoalRow],
    now: Instant,
    talks: &[bool],
) -> sqlx::Result<Vec<Reached>> {
    let agents: Vec<Option<Uuid>> = goals.iter().map(|goal| goal.agent_id.map(|agent| agent.0)).collect();
    // What is an agent's counts wherever they worked; a team's is what was done in the team.
    let of_team = |goal: &GoalRow| goal.agent_id.is_none();
    let locations: Vec<Option<Uuid>> =
        goals.iter().map(|goal| goal.location_id.filter(|_| of_team(goal)).map(|location| location.0)).collect();
    let teams: Vec<Option<String>> = goals.iter().map(|goal| goal.team.clone().filter(|_| of_team(goal))).collect();
    let from: Vec<NaiveDate> = goals.iter().map(|goal| goal.period_start_date).collect();
    let until: Vec<NaiveDate> = goals.iter().map(|goal| goal.period_end_date).collect();
    let found = sqlx::query!(
        r#"select calls.handled as "handled!", calls.agent_days as "agent_days!", calls.resolved as "resolved!",
                  calls.appointments as "appointments!", calls.satisfied as "satisfied!", calls.asked as "asked!",
                  marks.points as "points!", marks.most as "most!", shifts.talk as "talk!", shifts.available as "available!"
           from unnest($2::uuid[], $3::uuid[], $4::text[], $5::date[], $6::date[], $11::bool[]) with ordinality
             as g (agent, location, team, first, last, talks, nth)
           cross join lateral (
             select coalesce(sum(d.handled), 0)::bigint as handled, count(*) filter (where d.handled > 0) as agent_days,
                    coalesce(sum(d.resolved), 0)::bigint as resolved, coalesce(sum(d.appointments), 0)::bigint as appointments,
                    coalesce(sum(d.satisfied), 0)::bigint as satisfied, coalesce(sum(d.asked), 0)::bigint as asked
             from (select sum(d.answered) as handled, sum(d.handled_resolved) as resolved,
                     sum(d.handled_appointments) as appointments, sum(d.satisfaction_sum) as satisfied,
                     sum(d.satisfaction_count) as asked
                   from agent_days d
                   where d.tenant_id = $1 and d.day between g.first and g.last and (g.agent is null or d.agent_id = g.agent)
                     and (g.location is null or d.location_id = g.location) and (g.team is null or d.team = g.team)
                     and ($7 or d.agent_id = $8 or d.location_id = any($9))
                   group by d.agent_id, d.day) d) calls
           cross join lateral (
             select coalesce(sum(r.total_score), 0)::bigint as points, 40 * count(*) as most
             from reviews r
             where r.tenant_id = $1 and r.review_date between g.first and g.last and r.review_status <> 'draft'
               and (g.agent is null or r.agent_id = g.agent)
               and (g.location is null or r.location_id = g.location) and (g.team is null or r.team = g.team)
               and ($7 or r.agent_id = $8 or r.reviewer_id = $8 or r.location_id = any($9))) marks
           cross join lateral (
             select coalesce(sum(taken.talk), 0)::bigint as talk,
                    coalesce(sum(greatest(0,
                      floor(extract(epoch from coalesce(s.actual_end, least($10, s.settles_at)) - s.actual_start))
                        - s.break_seconds - s.lunch_seconds - s.training_seconds - s.meeting_seconds
                        - greatest(0, floor(extract(epoch from least($10, s.settles_at) - s.open_break_since))))), 0)::bigint as available
             from shifts s
             cross join lateral (
               select sum(c.talk_seconds) as talk
               -- The end as a `case`: with `coalesce` row security lets no index be used (figures/shift_sources.rs).
               from (select c.talk_seconds from calls c where c.tenant_id = $1 and c.agent_id = s.agent_id
                       and c.call_start_time >= s.actual_start
                       and c.call_start_time < case when s.actual_end is not null then s.actual_end
                                                    when s.settles_at < $10 then s.settles_at else $10 end
                       and ($7 or c.agent_id = $8 or c.location_id = any($9)) offset 0) c) taken
             where g.talks and s.tenant_id = $1 and s.shift_date between g.first and g.last and s.actual_start is not null
               and (g.agent is null or s.agent_id = g.agent)
               and (g.location is null or s.location_id = g.location) and (g.team is null or s.team = g.team)
               and ($7 or s.agent_id = $8 or s.location_id = any($9))) shifts
           order by g.nth"#,
        tenant.0,
        &agents as &[Option<Uuid>],
        &locations as &[Option<Uuid>],
        &teams as &[Option<String>],
        &from,
        &until,
        viewer.everything(),
        viewer.user,
        &viewer.locations(),
        now,
        talks,
    );
    let found = found.fetch_all(conn).await?.into_iter().map(|row| Reached {
        handled: row.handled,
        agent_days: row.agent_days,
        resolved_first: row.resolved,
        appointments: row.appointments,
        satisfaction: (row.satisfied, row.asked),
        marks: (row.points, row.most),
        talk_seconds: row.talk,
        available_seconds: row.available,
    });
    Ok(found.collect())
}
