//! What a figure is made of, one by one: every call, shift or review with what it brings, and the event it comes from.

use super::Question;
use super::call_sources::{self, Table};
use super::shift_sources::{self, OF_REVIEW, OF_SHIFT};
use crate::Viewer;
use chrono::NaiveDate;
use domain::calls::measures::{Measure, Source, Sums};
use domain::explain::Term;
use domain::organization::role::Reach;
use domain::{Instant, TenantId};
use rust_decimal::Decimal;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Postgres, QueryBuilder, Row};
use std::collections::BTreeSet;
use uuid::Uuid;

/// The terms of one figure, oldest first; `None` if more than so many calls, shifts or reviews would have to be looked at. What the
/// question splits by does not matter.
pub async fn terms(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    question: &Question,
    measure: Measure,
    now: Instant,
    most: i64,
) -> sqlx::Result<Option<Vec<Term>>> {
    let question = &Question { measures: vec![measure], dimensions: vec![], slice: question.slice.clone() };
    match measure.source() {
        Source::Calls | Source::Queues | Source::Agents => calls(conn, tenant, viewer, question, measure, most).await,
        Source::Shifts => shifts(conn, tenant, viewer, question, measure, now, most).await,
        Source::Reviews => reviews(conn, tenant, viewer, question, measure, most).await,
    }
}

/// Calls that a measure might be made of; others need not be read.
fn concerned(measure: Measure) -> &'static str {
    match measure {
        Measure::Missed => "t.call_status = 'missed'",
        Measure::Abandoned => "t.call_status = 'abandoned'",
        Measure::Transferred => "t.call_status = 'transferred'",
        Measure::Voicemail => "t.call_status = 'voicemail'",
        Measure::Inbound | Measure::ServiceLevel | Measure::AbandonmentRate => "t.call_direction = 'inbound'",
        Measure::Outbound => "t.call_direction = 'outbound'",
        Measure::Calls => "true",
        Measure::AppointmentsScheduled => "t.appointment_scheduled",
        Measure::ResolvedFirst => "t.first_call_resolution",
        Measure::Complaints => "t.complaint_call",
        Measure::Escalations => "t.escalation_required",
        Measure::FollowUps => "t.follow_up_required",
        Measure::Handled => "t.talk_seconds is not null",
        Measure::CallsPerAgentDay => "t.talk_seconds is not null and t.agent_id is not null",
        Measure::AverageQuality => "t.quality_score is not null",
        Measure::AverageSatisfaction => "t.customer_satisfaction_score is not null",
        _ => "true",
    }
}

const CALL: &str = "select t.call_id, t.position, t.call_start_time, e.event_id, t.call_direction, t.call_status, t.talk_seconds,
    t.ring_seconds, t.service_level_seconds, t.hold_time_seconds, t.after_call_work_seconds, t.appointment_scheduled,
    t.first_call_resolution, t.complaint_call, t.escalation_required, t.follow_up_required, t.customer_satisfaction_score,
    t.quality_score, t.agent_id, t.day
  from calls t left join log.events e on e.position = t.position and e.tenant_id = t.tenant_id
  where t.tenant_id = ";

async fn calls(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    question: &Question,
    measure: Measure,
    most: i64,
) -> sqlx::Result<Option<Vec<Term>>> {
    // An agent's missed calls are also those that rang at their place and that somebody else took.
    let rung = measure == Measure::Missed && (question.by_agent() || call_sources::table(question, viewer) == Table::AgentDays);
    if rung {
        return missed(conn, tenant, viewer, question, most).await;
    }
    let mut query = QueryBuilder::<Postgres>::new(CALL);
    query.push_bind(tenant.0).push(" and ").push(concerned(measure));
    let table = if measure.source() == Source::Agents {
        call_sources::table_of_agents(question)
    } else {
        call_sources::table(question, viewer)
    };
    if table == Table::AgentDays {
        query.push(" and t.agent_id is not null");
    }
    // The calls are read as the table of the sums shows them, whichever that is.
    call_sources::narrow_calls(&mut query, viewer, question, table);
    query.push(" order by t.call_start_time, t.call_id limit ").push_bind(most + 1);
    let mut days = BTreeSet::new();
    let mut terms = Vec::new();
    let found = query.build().fetch_all(conn).await?;
    if found.len() as i64 > most {
        return Ok(None);
    }
    for row in found {
        let sums = of_call(&row, &mut days)?;
        terms.extend(term(&row, "call", row.try_get("call_start_time")?, row.try_get("call_id")?, measure, &sums)?);
    }
    Ok(Some(terms))
}

/// The calls that rang at somebody's place and that they did not take. Nobody misses a call that they make themselves.
async fn missed(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    question: &Question,
    most: i64,
) -> sqlx::Result<Option<Vec<Term>>> {
    let mut query = QueryBuilder::<Postgres>::new(
        "select t.call_id, t.position, t.call_start_time, e.event_id from
          (select c.call_id, c.position, c.call_start_time, c.tenant_id, c.day, (m ->> 'agent')::uuid as agent_id,
               coalesce((m ->> 'location')::uuid, c.location_id) as location_id, m ->> 'team' as team
             from calls c cross join lateral jsonb_array_elements(c.missed_at) m
             where c.missed_by <> '{}' and c.agent_id is distinct from (m ->> 'agent')::uuid) t
         left join log.events e on e.position = t.position and e.tenant_id = t.tenant_id where t.tenant_id = ",
    );
    query.push_bind(tenant.0);
    call_sources::narrow(&mut query, viewer, question, Table::AgentDays);
    query.push(" order by t.call_start_time, t.call_id limit ").push_bind(most + 1);
    let one = Sums { missed: 1, ..Sums::default() };
    let mut terms = Vec::new();
    let found = query.build().fetch_all(&mut *conn).await?;
    if found.len() as i64 > most {
        return Ok(None);
    }
    for row in found {
        terms.extend(term(&row, "call", row.try_get("call_start_time")?, row.try_get("call_id")?, Measure::Missed, &one)?);
    }
    if matches!(viewer.reach, Reach::Locations(_)) {
        let seen = terms.len();
        terms.extend(unseen(conn, tenant, viewer, question, seen).await?);
    }
    Ok(Some(terms))
}

/// Calls that rang where one looks and that somebody took where one does not: they count, and one may not see them.
async fn unseen(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    question: &Question,
    seen: usize,
) -> sqlx::Result<Option<Term>> {
    let mut query =
        QueryBuilder::<Postgres>::new("select coalesce(sum(t.missed), 0)::bigint from agent_days t where t.tenant_id = ");
    query.push_bind(tenant.0);
    call_sources::narrow(&mut query, viewer, question, Table::AgentDays);
    let all: i64 = query.build_query_scalar().fetch_one(conn).await?;
    let unseen = all - seen as i64;
    Ok((unseen > 0).then(|| Term {
        detail: Some("rang here and were taken where you do not look".into()),
        ..Term::of("calls", unseen.into(), Decimal::ZERO)
    }))
}

/// What one call brings to every sum.
fn of_call(row: &PgRow, days: &mut BTreeSet<(Uuid, NaiveDate)>) -> sqlx::Result<Sums> {
    let one = |name: &str| row.try_get::<bool, _>(name).map(i64::from);
    let number = |name: &str| row.try_get::<Option<i32>, _>(name).map(|number| number.map(i64::from));
    let (direction, status): (String, String) = (row.try_get("call_direction")?, row.try_get("call_status")?);
    let (talk, ring): (Option<i64>, Option<i64>) = (row.try_get("talk_seconds")?, row.try_get("ring_seconds")?);
    let within = number("service_level_seconds")?;
    let satisfaction: Option<i16> = row.try_get("customer_satisfaction_score")?;
    let quality: Option<Decimal> = row.try_get("quality_score")?;
    let (agent, day): (Option<Uuid>, NaiveDate) = (row.try_get("agent_id")?, row.try_get("day")?);
    let handled = i64::from(talk.is_some());
    let inbound = i64::from(direction == "inbound");
    let is = |word: &str| i64::from(status == word);
    let in_target = ring.zip(within).is_some_and(|(ring, within)| ring <= within);
    let by_agent = if agent.is_some() { handled } else { 0 };
    let first_of_day = by_agent == 1 && agent.is_some_and(|agent| days.insert((agent, day)));
    let (appointments, resolved_first) = (one("appointment_scheduled")?, one("first_call_resolution")?);
    let (complaints, escalations) = (one("complaint_call")?, one("escalation_required")?);
    Ok(Sums {
        calls: 1,
        inbound,
        outbound: i64::from(direction == "outbound"),
        handled,
        missed: is("missed"),
        abandoned: is("abandoned"),
        transferred: is("transferred"),
        voicemail: is("voicemail"),
        talk_seconds: talk.unwrap_or_default(),
        ring_seconds: ring.unwrap_or_default(),
        hold_seconds: number("hold_time_seconds")?.unwrap_or_default(),
        acw_seconds: number("after_call_work_seconds")?.unwrap_or_default(),
        appointments,
        resolved_first,
        complaints,
        escalations,
        follow_ups: one("follow_up_required")?,
        handled_appointments: handled * appointments,
        handled_resolved: handled * resolved_first,
        handled_complaints: handled * complaints,
        handled_escalations: handled * escalations,
        satisfaction_sum: satisfaction.map(i64::from).unwrap_or_default(),
        satisfaction_count: i64::from(satisfaction.is_some()),
        quality_sum: quality.unwrap_or_default(),
        quality_count: i64::from(quality.is_some()),
        agent_handled: by_agent,
        agent_days: i64::from(first_of_day),
        inbound_in_target: inbound * i64::from(in_target),
        inbound_abandoned: inbound * is("abandoned"),
        ..Sums::default()
    })
}

async fn shifts(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    question: &Question,
    measure: Measure,
    now: Instant,
    most: i64,
) -> sqlx::Result<Option<Vec<Term>>> {
    let mut query = QueryBuilder::<Postgres>::new("select t.shift_id, t.position, t.event_id, t.scheduled_start, ");
    for (nth, (sql, _)) in OF_SHIFT.iter().enumerate() {
        query.push(if nth == 0 { "array[coalesce(" } else { ", coalesce(" }).push(*sql).push(", 0)::bigint");
    }
    query.push("] as sums");
    shift_sources::from_shifts(&mut query, tenant, viewer, question, now);
    query.push(" order by t.scheduled_start, t.shift_id limit ").push_bind(most + 1);
    let mut terms = Vec::new();
    let found = query.build().fetch_all(conn).await?;
    if found.len() as i64 > most {
        return Ok(None);
    }
    for row in found {
        let sums = of_numbers(row.try_get("sums")?, &OF_SHIFT);
        terms.extend(term(&row, "shift", row.try_get("scheduled_start")?, row.try_get("shift_id")?, measure, &sums)?);
    }
    Ok(Some(terms))
}

async fn reviews(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    question: &Question,
    measure: Measure,
    most: i64,
) -> sqlx::Result<Option<Vec<Term>>> {
    let mut query = QueryBuilder::<Postgres>::new(
        "select t.review_id, t.position, t.event_id, t.completed_at, array[1, t.total_score]::bigint[] as sums",
    );
    shift_sources::from_reviews(&mut query, tenant, viewer, question);
    query.push(" order by t.review_date, t.review_id limit ").push_bind(most + 1);
    let mut terms = Vec::new();
    let found = query.build().fetch_all(conn).await?;
    if found.len() as i64 > most {
        return Ok(None);
    }
    for row in found {
        let sums = of_numbers(row.try_get("sums")?, &OF_REVIEW);
        let at: Option<Instant> = row.try_get("completed_at")?;
        terms.extend(term(&row, "review", at.unwrap_or_default(), row.try_get("review_id")?, measure, &sums)?);
    }
    Ok(Some(terms))
}

fn of_numbers(numbers: Vec<i64>, columns: &[(&str, shift_sources::Put)]) -> Sums {
    let mut sums = Sums::default();
    for (number, (_, put)) in numbers.into_iter().zip(columns) {
        put(&mut sums, number);
    }
    sums
}

/// What one thing brings to the measure; nothing if it does not matter to it.
fn term(row: &PgRow, reason: &str, at: Instant, about: Uuid, measure: Measure, sums: &Sums) -> sqlx::Result<Option<Term>> {
    let (points, counts) = measure.parts(sums);
    if points.is_zero() && counts.is_zero() {
        return Ok(None);
    }
    Ok(Some(Term {
        event_id: row.try_get("event_id")?,
        position: row.try_get("position")?,
        occurred_at: Some(at),
        about: Some(about),
        ..Term::of(reason, points.normalize(), counts)
    }))
}
