//! Why a figure of a goal is what it is: the calls, shifts or reviews of its time, one by one.

use super::goals::GoalRow;
use super::shift_queries::{self, ShiftFilter};
use crate::Viewer;
use domain::calls::goal::Target;
use domain::explain::Term;
use domain::{Instant, TenantId};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use std::collections::BTreeSet;

/// The reasons for a figure of a goal, as far as whoever looks sees them, at most so many.
pub async fn of(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    goal: &GoalRow,
    figure: Target,
    now: Instant,
    most: i64,
) -> sqlx::Result<Vec<Term>> {
    match figure {
        Target::QualityScore => reviews(conn, tenant, viewer, goal, most).await,
        Target::TalkTimePercentage => shifts(conn, tenant, viewer, goal, now, most).await,
        _ => calls(conn, tenant, viewer, goal, figure, most).await,
    }
}

/// Whose and which: an agent's wherever they worked, a team's only what was done in the team.
fn scope(goal: &GoalRow) -> (Option<uuid::Uuid>, Option<uuid::Uuid>, Option<String>) {
    match goal.agent_id {
        Some(agent) => (Some(agent.0), None, None),
        None => (None, goal.location_id.map(|location| location.0), goal.team.clone()),
    }
}

async fn calls(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    goal: &GoalRow,
    figure: Target,
    most: i64,
) -> sqlx::Result<Vec<Term>> {
    let (agent, location, team) = scope(goal);
    let asked = figure == Target::CustomerSatisfaction;
    let found = sqlx::query!(
        r#"select call_id, agent_id as "agent_id!", position, call_start_time, day, first_call_resolution, appointment_scheduled,
                  customer_satisfaction_score, talk_seconds
           from calls
           where tenant_id = $1 and day between $2 and $3 and agent_id is not null
             and (case when $4 then customer_satisfaction_score is not null else talk_seconds is not null end)
             and ($5::uuid is null or agent_id = $5) and ($6::uuid is null or location_id = $6) and ($7::text is null or team = $7)
             and ($8 or agent_id = $9 or location_id = any($10))
           order by call_start_time, call_id limit $11"#,
        tenant.0,
        goal.period_start_date,
        goal.period_end_date,
        asked,
        agent,
        location,
        team,
        viewer.everything(),
        viewer.user,
        &viewer.locations(),
        most,
    );
    let mut days = BTreeSet::new();
    let found = found.fetch_all(conn).await?.into_iter().map(|row| {
        let handled = row.talk_seconds.is_some();
        let among_handled = |yes: bool| i64::from(handled && yes);
        let (points, counts) = match figure {
            // An agent's day counts with its first call.
            Target::CallsPerDay => (i64::from(handled), i64::from(handled && days.insert((row.agent_id, row.day)))),
            Target::FirstCallResolution => (among_handled(row.first_call_resolution), handled.into()),
            Target::AppointmentConversion => (among_handled(row.appointment_scheduled), handled.into()),
            _ => (row.customer_satisfaction_score.unwrap_or(0).into(), 1),
        };
        Term {
            position: Some(row.position),
            occurred_at: Some(row.call_start_time),
            about: Some(row.call_id),
            detail: Some(format!("a call of {}", row.day)),
            ..Term::of("call", points.into(), counts.into())
        }
    });
    Ok(found.collect())
}

async fn reviews(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    goal: &GoalRow,
    most: i64,
) -> sqlx::Result<Vec<Term>> {
    let (agent, location, team) = scope(goal);
    let found = sqlx::query!(
        r#"select review_id, event_id, position, updated_at, review_date, total_score
           from reviews
           where tenant_id = $1 and review_date between $2 and $3 and review_status <> 'draft'
             and ($4::uuid is null or agent_id = $4) and ($5::uuid is null or location_id = $5) and ($6::text is null or team = $6)
             and ($7 or agent_id = $8 or reviewer_id = $8 or location_id = any($9))
           order by review_date, review_id limit $10"#,
        tenant.0,
        goal.period_start_date,
        goal.period_end_date,
        agent,
        location,
        team,
        viewer.everything(),
        viewer.user,
        &viewer.locations(),
        most,
    );
    let found = found.fetch_all(conn).await?.into_iter().map(|row| Term {
        event_id: Some(row.event_id),
        position: Some(row.position),
        occurred_at: Some(row.updated_at),
        about: Some(row.review_id),
        detail: Some(format!("a review of {}", row.review_date)),
        ..Term::of("review", row.total_score.into(), Decimal::from(40))
    });
    Ok(found.collect())
}

async fn shifts(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    goal: &GoalRow,
    now: Instant,
    most: i64,
) -> sqlx::Result<Vec<Term>> {
    let (agent, location, team) = scope(goal);
    let filter = ShiftFilter {
        agent: agent.map(domain::UserId),
        location: location.map(domain::LocationId),
        team,
        from: Some(goal.period_start_date),
        until: Some(goal.period_end_date),
        status: None,
    };
    let shifts = shift_queries::all(conn, tenant, viewer, &filter, most).await?;
    let calls = shift_queries::calls_of(conn, tenant, viewer, &shifts, now).await?;
    let worked = shifts.into_iter().filter(|shift| shift.actual_start.is_some()).map(|shift| {
        let calls = calls.get(&shift.shift_id).copied().unwrap_or_default();
        Term {
            event_id: Some(shift.event_id),
            position: Some(shift.position.to_i64()),
            occurred_at: Some(shift.updated_at),
            about: Some(shift.shift_id.0),
            detail: Some(format!("the shift of {}", shift.shift_date)),
            ..Term::of("shift", calls.talk_seconds.into(), shift.available_seconds(now).into())
        }
    });
    Ok(worked.collect())
}
