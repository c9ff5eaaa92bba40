//! The sums of shifts and reviews. Each shift is reckoned once, here, for sums and for explanations alike.

use super::{Dimension, Groups, Question, among, days_and_blanks, seen, time};
use crate::Viewer;
use domain::calls::measures::{Measure, Source, Sums};
use domain::{Instant, TenantId};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Postgres, QueryBuilder, Row};

/// Where a whole number goes.
pub(super) type Put = fn(&mut Sums, i64);

/// What is reckoned of a shift, in the order in which it is selected.
///
/// A shift is due once it began or was marked absent. Missed is what was scheduled and not worked: before coming late, after leaving
/// early, or all of an absence; of a shift that is going on neither is known yet. One that nobody ends is reckoned until it is settled.
pub(super) const OF_SHIFT: [(&str, Put); 16] = [
    ("t.due", |s, n| s.shifts_due += n),
    ("t.absent", |s, n| s.shifts_absent += n),
    ("t.begun", |s, n| s.shifts_begun += n),
    ("t.late", |s, n| s.shifts_late += n),
    ("t.scheduled", |s, n| s.scheduled_seconds += n),
    ("t.missed", |s, n| s.missed_seconds += n),
    ("t.available", |s, n| s.available_seconds += n),
    ("t.break_seconds", |s, n| s.break_seconds += n),
    ("t.lunch_seconds", |s, n| s.lunch_seconds += n),
    ("t.training_seconds", |s, n| s.training_seconds += n),
    ("t.meeting_seconds", |s, n| s.meeting_seconds += n),
    ("t.tardiness_minutes", |s, n| s.tardiness_minutes += n),
    ("t.early_departure_minutes", |s, n| s.early_departure_minutes += n),
    ("t.handled", |s, n| s.shift_handled += n),
    ("t.talk", |s, n| s.shift_talk_seconds += n),
    ("t.acw", |s, n| s.shift_acw_seconds += n),
];

/// How shifts and reviews are split: both know whose they are, where, and on which day.
pub(super) fn dimension(dimension: Dimension) -> Option<&'static str> {
    match dimension {
        Dimension::Agent => Some("t.agent_id::text"),
        Dimension::Location => Some("t.location_id::text"),
        Dimension::Team => Some("t.team"),
        by_time => time(by_time),
    }
}

/// Whether any of these measures needs the calls that began while a shift was worked.
fn needs_calls(measures: &[Measure]) -> bool {
    let calls = Sums { shift_handled: 1, shift_talk_seconds: 1, shift_acw_seconds: 1, ..Sums::default() };
    measures.iter().any(|measure| measure.parts(&calls) != (Decimal::ZERO, Decimal::ZERO))
}

/// Begins with `from`: the shifts of the slice as `t`, reckoned as of `now`.
pub(super) fn from_shifts(
    query: &mut QueryBuilder<Postgres>,
    tenant: TenantId,
    viewer: &Viewer,
    question: &Question,
    now: Instant,
) {
    query.push(
        " from (select s.*, s.shift_date as day, w.*, w.worked - least(w.worked, w.paused) as available,
            case when s.shift_status = 'absent' then w.scheduled
                 else least(w.scheduled, greatest(0, floor(extract(epoch from s.actual_start - s.scheduled_start)))::bigint
                   + greatest(0, floor(extract(epoch from s.scheduled_end - s.actual_end)))::bigint) end as missed, ",
    );
    query.push(match needs_calls(&question.measures) {
        true => "c.handled, c.talk, c.acw",
        false => "0 as handled, 0 as talk, 0 as acw",
    });
    query.push(
        " from (select s.*, (s.actual_start is not null or s.shift_status = 'absent')::int as due,
            (s.shift_status = 'absent')::int as absent, (s.actual_start is not null)::int as begun,
            (s.actual_start is not null and s.tardiness_minutes > 0)::int as late from shifts s where s.tenant_id = ",
    );
    query.push_bind(tenant.0).push(" and s.shift_date between ").push_bind(question.slice.from);
    query.push(" and ").push_bind(question.slice.to).push(") s cross join lateral (select ");
    query.push("coalesce(greatest(0, floor(extract(epoch from coalesce(s.actual_end, least(").push_bind(now);
    query.push(
        ", s.settles_at)) - s.actual_start))), 0)::bigint as worked, s.break_seconds + s.lunch_seconds + s.training_seconds + s.meeting_seconds",
    );
    query
        .push(" + coalesce(greatest(0, floor(extract(epoch from least(")
        .push_bind(now)
        .push(", s.settles_at) - s.open_break_since))), 0)::bigint as paused, ");
    // What is scheduled counts when the shift is over: until then nobody knows how much of it is missed.
    query.push(
        "case when s.actual_end is null and s.shift_status <> 'absent' then 0
              else floor(extract(epoch from s.scheduled_end - s.scheduled_start))::bigint end as scheduled) w",
    );
    if needs_calls(&question.measures) {
        // Each shift's calls by themselves (`offset 0`): a plan made for an empty table would walk through all calls. The end is a
        // `case` because PostgreSQL looks nothing up by a function that row security does not trust, which `coalesce` and `least` are
        // (measured: a year's report took 2.9 s with 20,000 calls before, and 0.2 s with half a million since).
        query.push(
            " cross join lateral (select count(c.talk_seconds) as handled, coalesce(sum(c.talk_seconds), 0) as talk,
                coalesce(sum(c.after_call_work_seconds), 0) as acw
              from (select c.talk_seconds, c.after_call_work_seconds from calls c
                    where c.tenant_id = s.tenant_id and c.agent_id = s.agent_id and c.call_start_time >= s.actual_start
                      and c.call_start_time < case when s.actual_end is not null then s.actual_end when s.settles_at < ",
        );
        query.push_bind(now).push(" then s.settles_at else ").push_bind(now).push(" end offset 0) c) c");
    }
    query.push(" where s.due = 1) t where true");
    narrow(query, viewer, question);
}

/// Begins with `from`: the reviews of the slice that count as `t`. A draft does not count yet.
pub(super) fn from_reviews(query: &mut QueryBuilder<Postgres>, tenant: TenantId, viewer: &Viewer, question: &Question) {
    query.push(" from (select r.*, r.review_date as day from reviews r where r.tenant_id = ").push_bind(tenant.0);
    query.push(" and r.review_status <> 'draft' and r.review_date between ").push_bind(question.slice.from);
    query.push(" and ").push_bind(question.slice.to).push(") t where true");
    narrow(query, viewer, question);
}

fn narrow(query: &mut QueryBuilder<Postgres>, viewer: &Viewer, question: &Question) {
    seen(query, viewer, Some("t.agent_id"));
    among(query, "t.agent_id", &question.slice.agents);
    among(query, "t.location_id", &question.slice.locations);
    among(query, "t.team", &question.slice.teams);
    days_and_blanks(query, &question.slice);
}

fn split(query: &mut QueryBuilder<Postgres>, question: &Question) {
    for by in &question.dimensions {
        query.push(dimension(*by).unwrap_or("null::text")).push(", ");
    }
}

fn group_by(query: &mut QueryBuilder<Postgres>, question: &Question) {
    for nth in 1..=question.dimensions.len() {
        query.push(if nth == 1 { " group by " } else { ", " }).push(nth);
    }
}

/// The question without what is not of this source.
fn only(question: &Question, source: Source) -> Question {
    let measures = question.measures.iter().copied().filter(|measure| measure.source() == source).collect();
    Question { measures, ..question.clone() }
}

pub(super) async fn add_shifts(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    question: &Question,
    now: Instant,
    most: i64,
    groups: &mut Groups,
) -> sqlx::Result<()> {
    let question = &only(question, Source::Shifts);
    let mut query = QueryBuilder::<Postgres>::new("select ");
    split(&mut query, question);
    for (sql, _) in OF_SHIFT {
        query.push("sum(").push(sql).push(")::numeric, ");
    }
    query.push("count(*)");
    from_shifts(&mut query, tenant, viewer, question, now);
    group_by(&mut query, question);
    query.push(" limit ").push_bind(most.saturating_add(1));
    let found = query.build().fetch_all(conn).await?;
    put(found, question, &OF_SHIFT, groups)
}

pub(super) const OF_REVIEW: [(&str, Put); 2] = [("1", |s, n| s.reviews += n), ("t.total_score", |s, n| s.review_points += n)];

pub(super) async fn add_reviews(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    question: &Question,
    most: i64,
    groups: &mut Groups,
) -> sqlx::Result<()> {
    let question = &only(question, Source::Reviews);
    let mut query = QueryBuilder::<Postgres>::new("select ");
    split(&mut query, question);
    for (sql, _) in OF_REVIEW {
        query.push("sum(").push(sql).push(")::numeric, ");
    }
    query.push("count(*)");
    from_reviews(&mut query, tenant, viewer, question);
    group_by(&mut query, question);
    query.push(" limit ").push_bind(most.saturating_add(1));
    let found = query.build().fetch_all(conn).await?;
    put(found, question, &OF_REVIEW, groups)
}

fn put(found: Vec<PgRow>, question: &Question, columns: &[(&str, Put)], groups: &mut Groups) -> sqlx::Result<()> {
    let split = question.dimensions.len();
    for row in found {
        if row.try_get::<i64, _>(split + columns.len())? == 0 {
            continue;
        }
        let group = (0..split).map(|nth| row.try_get(nth)).collect::<sqlx::Result<_>>()?;
        let sums = groups.entry(group).or_default();
        for (nth, (_, put)) in columns.iter().enumerate() {
            let value: Option<Decimal> = row.try_get(split + nth)?;
            put(sums, value.and_then(|value| value.to_i64()).unwrap_or_default());
        }
    }
    Ok(())
}
