//! The sums of calls: which table knows the answer, and how each sum is written there.

use super::{Dimension, Groups, Question, among, seen, time};
use crate::Viewer;
use domain::TenantId;
use domain::calls::measures::{Measure, Source, Sums};
use domain::organization::role::Reach;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use sqlx::{PgConnection, Postgres, QueryBuilder, Row};

/// Where calls are added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// All calls by hour, location, queue and direction.
    Hours,
    /// The calls of known agents by day, location and team.
    AgentDays,
    /// One by one.
    Calls,
}

impl Table {
    fn name(self) -> &'static str {
        match self {
            Table::Hours => "call_hours",
            Table::AgentDays => "agent_days",
            Table::Calls => "calls",
        }
    }
}

/// The smallest table that knows the answer, of those that show whoever looks their part of it.
pub fn table(question: &Question, viewer: &Viewer) -> Table {
    let own = viewer.reach == Reach::Own;
    match (question.by_call(), question.by_queue(), question.by_agent() || own) {
        (true, ..) | (_, true, true) => Table::Calls,
        (_, false, true) => Table::AgentDays,
        (_, _, false) => Table::Hours,
    }
}

/// The same where it matters who took a call.
pub fn table_of_agents(question: &Question) -> Table {
    if question.by_call() || question.by_queue() { Table::Calls } else { Table::AgentDays }
}

/// A sum, and how it is written in each table that has it.
struct Column {
    put: fn(&mut Sums, Decimal),
    hours: Option<&'static str>,
    agent_days: Option<&'static str>,
    calls: Option<&'static str>,
}

impl Column {
    fn sql(&self, table: Table) -> Option<&'static str> {
        match table {
            Table::Hours => self.hours,
            Table::AgentDays => self.agent_days,
            Table::Calls => self.calls,
        }
    }

    /// Whether a measure is made of it: a measure's sums are linear in what they are made of.
    fn is_of(&self, measure: Measure) -> bool {
        let mut one = Sums::default();
        (self.put)(&mut one, Decimal::ONE);
        measure.parts(&one) != (Decimal::ZERO, Decimal::ZERO)
    }
}

macro_rules! columns {
    ($($field:ident: $hours:expr, $agent_days:expr, $calls:expr;)*) => {
        &[$(Column {
            put: |sums, value| sums.$field += value.to_i64().unwrap_or(i64::MAX),
            hours: $hours,
            agent_days: $agent_days,
            calls: $calls,
        }),*]
    };
}

const COLUMNS: &[Column] = columns! {
    calls: Some("sum(t.calls)"), Some("sum(t.calls)"), Some("count(*)");
    inbound: Some("sum(t.calls) filter (where t.call_direction = 'inbound')"), Some("sum(t.inbound)"),
        Some("count(*) filter (where t.call_direction = 'inbound')");
    outbound: Some("sum(t.calls) filter (where t.call_direction = 'outbound')"), Some("sum(t.outbound)"),
        Some("count(*) filter (where t.call_direction = 'outbound')");
    handled: Some("sum(t.answered)"), Some("sum(t.answered)"), Some("count(t.talk_seconds)");
    missed: Some("sum(t.missed)"), Some("sum(t.missed)"), Some("count(*) filter (where t.call_status = 'missed')");
    abandoned: Some("sum(t.abandoned)"), Some("sum(t.abandoned)"), Some("count(*) filter (where t.call_status = 'abandoned')");
    transferred: Some("sum(t.transferred)"), Some("sum(t.transferred)"),
        Some("count(*) filter (where t.call_status = 'transferred')");
    voicemail: Some("sum(t.voicemail)"), Some("sum(t.voicemail)"), Some("count(*) filter (where t.call_status = 'voicemail')");
    talk_seconds: Some("sum(t.talk_seconds)"), Some("sum(t.talk_seconds)"), Some("sum(t.talk_seconds)");
    ring_seconds: Some("sum(t.ring_seconds)"), Some("sum(t.ring_seconds)"), Some("sum(t.ring_seconds)");
    hold_seconds: Some("sum(t.hold_seconds)"), Some("sum(t.hold_seconds)"), Some("sum(t.hold_time_seconds)");
    acw_seconds: Some("sum(t.acw_seconds)"), Some("sum(t.acw_seconds)"), Some("sum(t.after_call_work_seconds)");
    appointments: Some("sum(t.appointments)"), Some("sum(t.appointments)"), Some("count(*) filter (where t.appointment_scheduled)");
    resolved_first: Some("sum(t.resolved_first)"), Some("sum(t.resolved_first)"),
        Some("count(*) filter (where t.first_call_resolution)");
    complaints: Some("sum(t.complaints)"), Some("sum(t.complaints)"), Some("count(*) filter (where t.complaint_call)");
    escalations: Some("sum(t.escalations)"), Some("sum(t.escalations)"), Some("count(*) filter (where t.escalation_required)");
    follow_ups: Some("sum(t.follow_ups)"), Some("sum(t.follow_ups)"), Some("count(*) filter (where t.follow_up_required)");
    satisfaction_sum: Some("sum(t.satisfaction_sum)"), Some("sum(t.satisfaction_sum)"), Some("sum(t.customer_satisfaction_score)");
    satisfaction_count: Some("sum(t.satisfaction_count)"), Some("sum(t.satisfaction_count)"),
        Some("count(t.customer_satisfaction_score)");
    quality_count: Some("sum(t.quality_count)"), Some("sum(t.quality_count)"), Some("count(t.quality_score)");
    inbound_in_target: Some("sum(t.wait_in_target) filter (where t.call_direction = 'inbound')"), None,
        Some("count(*) filter (where t.call_direction = 'inbound' and t.ring_seconds <= t.service_level_seconds)");
    inbound_abandoned: Some("sum(t.abandoned) filter (where t.call_direction = 'inbound')"), None,
        Some("count(*) filter (where t.call_direction = 'inbound' and t.call_status = 'abandoned')");
    agent_handled: None, Some("sum(t.answered)"), None;
    agent_days: None, Some("count(distinct (t.agent_id, t.day)) filter (where t.answered > 0)"), None;
};

/// The one sum that is no whole number.
const QUALITY: Column = Column {
    put: |sums, value| sums.quality_sum += value,
    hours: Some("sum(t.quality_sum)"),
    agent_days: Some("sum(t.quality_sum)"),
    calls: Some("sum(t.quality_score)"),
};

/// How a dimension is written in a table that knows it.
fn dimension(table: Table, dimension: Dimension) -> Option<&'static str> {
    const NOWHERE: &str = "nullif(t.location_id, '00000000-0000-0000-0000-000000000000')::text";
    match (dimension, table) {
        (Dimension::Location, Table::Calls) => Some("t.location_id::text"),
        (Dimension::Location, _) => Some(NOWHERE),
        (Dimension::Agent, Table::AgentDays | Table::Calls) => Some("t.agent_id::text"),
        (Dimension::Team, Table::AgentDays) => Some("nullif(t.team, '')"),
        (Dimension::Team, Table::Calls) => Some("t.team"),
        (Dimension::Queue, Table::Hours) => Some("nullif(t.queue_name, '')"),
        (Dimension::Queue, Table::Calls) => Some("t.queue_name"),
        (Dimension::Direction, Table::Hours | Table::Calls) => Some("t.call_direction"),
        (Dimension::Hour, Table::Hours | Table::Calls) => Some("t.hour::text"),
        (Dimension::CallType, Table::Calls) => Some("t.call_type"),
        (Dimension::Status, Table::Calls) => Some("t.call_status"),
        (Dimension::Outcome, Table::Calls) => Some("t.call_outcome"),
        (Dimension::Priority, Table::Calls) => Some("t.call_priority"),
        (Dimension::Campaign, Table::Calls) => Some("t.campaign_id::text"),
        (by_time, _) => time(by_time),
    }
}

/// Adds the sums that measures of these sources need, taken from this table.
pub(super) async fn add(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    question: &Question,
    table: Table,
    sources: &[Source],
    groups: &mut Groups,
) -> sqlx::Result<()> {
    let measures: Vec<Measure> = question.measures.iter().copied().filter(|m| sources.contains(&m.source())).collect();
    let needed = |column: &&Column| measures.iter().any(|measure| column.is_of(*measure));
    let columns: Vec<(&Column, &'static str)> =
        COLUMNS.iter().chain([&QUALITY]).filter(needed).filter_map(|column| column.sql(table).map(|sql| (column, sql))).collect();
    let mut query = QueryBuilder::<Postgres>::new("select ");
    for by in &question.dimensions {
        query.push(dimension(table, *by).unwrap_or("null::text")).push(", ");
    }
    for (_, sql) in &columns {
        query.push(*sql).push("::numeric, ");
    }
    query.push("count(*) from ").push(table.name()).push(" t where t.tenant_id = ").push_bind(tenant.0);
    narrow(&mut query, viewer, question, table);
    for nth in 1..=question.dimensions.len() {
        query.push(if nth == 1 { " group by " } else { ", " }).push(nth);
    }
    for row in query.build().fetch_all(conn).await? {
        let split = question.dimensions.len();
        let rows: i64 = row.try_get(split + columns.len())?;
        if rows == 0 {
            continue;
        }
        let group = (0..split).map(|nth| row.try_get(nth)).collect::<sqlx::Result<_>>()?;
        let sums = groups.entry(group).or_default();
        for (nth, (column, _)) in columns.iter().enumerate() {
            let value: Option<Decimal> = row.try_get(split + nth)?;
            (column.put)(sums, value.unwrap_or_default());
        }
    }
    Ok(())
}

/// Days on which agents handled calls, counted from the calls one by one. In two steps: to sort a million calls by agent and day would
/// take twice as long.
pub(super) async fn add_agent_days(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    question: &Question,
    groups: &mut Groups,
) -> sqlx::Result<()> {
    let split = question.dimensions.len();
    let mut query = QueryBuilder::<Postgres>::new("select ");
    for nth in 1..=split {
        query.push("x.d").push(nth).push(", ");
    }
    query.push("sum(x.handled)::numeric, count(*)::numeric from (select ");
    for (nth, by) in question.dimensions.iter().enumerate() {
        query.push(dimension(Table::Calls, *by).unwrap_or("null::text")).push(" as d").push(nth + 1).push(", ");
    }
    query.push("t.agent_id, t.day, count(*) as handled from calls t where t.tenant_id = ").push_bind(tenant.0);
    query.push(" and t.talk_seconds is not null and t.agent_id is not null");
    narrow(&mut query, viewer, question, Table::Calls);
    query.push(" group by ");
    for nth in 1..=split {
        query.push(nth).push(", ");
    }
    query.push("t.agent_id, t.day) x");
    for nth in 1..=split {
        query.push(if nth == 1 { " group by " } else { ", " }).push(nth);
    }
    for row in query.build().fetch_all(conn).await? {
        let group = (0..split).map(|nth| row.try_get(nth)).collect::<sqlx::Result<_>>()?;
        let sums = groups.entry(group).or_default();
        let number = |nth| row.try_get::<Option<Decimal>, _>(nth).map(|n| n.and_then(|n| n.to_i64()).unwrap_or_default());
        sums.agent_handled += number(split)?;
        sums.agent_days += number(split + 1)?;
    }
    Ok(())
}

/// The days, whose calls, and which, in this table.
pub(super) fn narrow(query: &mut QueryBuilder<Postgres>, viewer: &Viewer, question: &Question, table: Table) {
    bounds(query, viewer, question, table);
    among(query, "t.location_id", &question.slice.locations);
    if table != Table::Hours {
        of_people(query, question);
    }
    if table != Table::AgentDays {
        of_queues(query, question);
    }
    if table == Table::Calls {
        of_calls(query, question);
    }
}

/// The same calls one by one that another table shows added up.
pub(super) fn narrow_calls(query: &mut QueryBuilder<Postgres>, viewer: &Viewer, question: &Question, table: Table) {
    bounds(query, viewer, question, table);
    among(query, "t.location_id", &question.slice.locations);
    of_people(query, question);
    of_queues(query, question);
    of_calls(query, question);
}

fn bounds(query: &mut QueryBuilder<Postgres>, viewer: &Viewer, question: &Question, table: Table) {
    query.push(" and t.day between ").push_bind(question.slice.from).push(" and ").push_bind(question.slice.to);
    let of_agents = question.by_agent() || viewer.reach == Reach::Own || table == Table::AgentDays;
    seen(query, viewer, (of_agents && table != Table::Hours).then_some("t.agent_id"));
    if question.by_agent() && table == Table::Calls {
        query.push(" and t.agent_id is not null");
    }
}

fn of_people(query: &mut QueryBuilder<Postgres>, question: &Question) {
    among(query, "t.agent_id", &question.slice.agents);
    among(query, "t.team", &question.slice.teams);
}

fn of_queues(query: &mut QueryBuilder<Postgres>, question: &Question) {
    among(query, "t.queue_name", &question.slice.queues);
    among(query, "t.call_direction", &question.slice.directions);
}

fn of_calls(query: &mut QueryBuilder<Postgres>, question: &Question) {
    let slice = &question.slice;
    among(query, "t.call_type", &slice.call_types);
    among(query, "t.call_status", &slice.statuses);
    among(query, "t.call_outcome", &slice.outcomes);
    among(query, "t.call_priority", &slice.priorities);
    among(query, "t.campaign_id", &slice.campaigns);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calls::figures::Slice;
    use chrono::NaiveDate;
    use std::collections::BTreeSet;

    fn by(dimensions: &[Dimension]) -> Question {
        let day = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
        Question { measures: vec![Measure::Calls], dimensions: dimensions.to_vec(), slice: Slice::days(day, day) }
    }

    fn viewer(reach: Reach) -> Viewer {
        Viewer { user: uuid::Uuid::from_u128(7), reach }
    }

    #[test]
    fn the_smallest_table_that_knows_the_answer_is_asked() {
        use Dimension::*;
        let (all, own) = (viewer(Reach::Tenant), viewer(Reach::Own));
        for (dimensions, expected) in [
            (&[][..], Table::Hours),
            (&[Location, Day, Queue, Hour, Weekday, Direction], Table::Hours),
            (&[Agent, Week], Table::AgentDays),
            (&[Team], Table::AgentDays),
            (&[Team, Queue], Table::Calls),
            (&[CallType], Table::Calls),
        ] {
            assert_eq!(table(&by(dimensions), &all), expected, "{dimensions:?}");
        }
        assert_eq!((table(&by(&[]), &own), table(&by(&[Hour]), &own)), (Table::AgentDays, Table::Calls));
        assert_eq!((table_of_agents(&by(&[Location])), table_of_agents(&by(&[Hour]))), (Table::AgentDays, Table::Calls));
    }

    #[test]
    fn a_table_that_is_asked_knows_every_dimension_and_every_sum() {
        for one in Dimension::ALL {
            for other in Dimension::ALL {
                let question = by(&[one, other]);
                for reach in [Reach::Tenant, Reach::Own, Reach::Locations(BTreeSet::new())] {
                    let table = table(&question, &viewer(reach));
                    assert!([one, other].iter().all(|d| dimension(table, *d).is_some()), "{one:?} {other:?} {table:?}");
                }
                assert!(dimension(table_of_agents(&question), one).is_some());
            }
        }
        let of = |sources: &[Source]| Measure::ALL.iter().filter(|m| sources.contains(&m.source())).copied().collect::<Vec<_>>();
        for (table, sources) in [
            (Table::Hours, &[Source::Calls, Source::Queues][..]),
            (Table::AgentDays, &[Source::Calls, Source::Agents]),
            (Table::Calls, &[Source::Calls, Source::Queues]),
        ] {
            for measure in of(sources) {
                let columns: Vec<_> = COLUMNS.iter().chain([&QUALITY]).filter(|column| column.is_of(measure)).collect();
                assert!(!columns.is_empty(), "{measure:?} is made of nothing");
                assert!(columns.iter().all(|column| column.sql(table).is_some()), "{table:?} does not know {measure:?}");
            }
        }
    }
}
