//! How each sum of calls, and each thing that they are split by, is written in each table that knows it.

use super::{Dimension, Question, time};
use domain::calls::measures::{Measure, Source, Sums};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use sqlx::Row;
use sqlx::postgres::PgRow;

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
    pub(super) fn name(self) -> &'static str {
        match self {
            Table::Hours => "call_hours",
            Table::AgentDays => "agent_days",
            Table::Calls => "calls",
        }
    }
}

/// A sum, and how it is written in each table that has it.
pub(super) struct Column {
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
    handled_appointments: Some("sum(t.handled_appointments)"), Some("sum(t.handled_appointments)"),
        Some("count(t.talk_seconds) filter (where t.appointment_scheduled)");
    handled_resolved: Some("sum(t.handled_resolved)"), Some("sum(t.handled_resolved)"),
        Some("count(t.talk_seconds) filter (where t.first_call_resolution)");
    handled_complaints: Some("sum(t.handled_complaints)"), Some("sum(t.handled_complaints)"),
        Some("count(t.talk_seconds) filter (where t.complaint_call)");
    handled_escalations: Some("sum(t.handled_escalations)"), Some("sum(t.handled_escalations)"),
        Some("count(t.talk_seconds) filter (where t.escalation_required)");
    satisfaction_sum: Some("sum(t.satisfaction_sum)"), Some("sum(t.satisfaction_sum)"), Some("sum(t.customer_satisfaction_score)");
    satisfaction_count: Some("sum(t.satisfaction_count)"), Some("sum(t.satisfaction_count)"),
        Some("count(t.customer_satisfaction_score)");
    quality_count: Some("sum(t.quality_count)"), Some("sum(t.quality_count)"), Some("count(t.quality_score)");
    inbound_in_target: Some("sum(t.wait_in_target) filter (where t.call_direction = 'inbound')"), None,
        Some("count(*) filter (where t.call_direction = 'inbound' and t.ring_seconds <= t.service_level_seconds)");
    inbound_abandoned: Some("sum(t.abandoned) filter (where t.call_direction = 'inbound')"), None,
        Some("count(*) filter (where t.call_direction = 'inbound' and t.call_status = 'abandoned')");
};

/// The one sum that is no whole number.
const QUALITY: Column = Column {
    put: |sums, value| sums.quality_sum += value,
    hours: Some("sum(t.quality_sum)"),
    agent_days: Some("sum(t.quality_sum)"),
    calls: Some("sum(t.quality_score)"),
};

/// How a dimension is written in a table that knows it.
pub(super) fn dimension(table: Table, dimension: Dimension) -> Option<&'static str> {
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

/// The column itself by which a dimension is told apart, which is cheaper than its words; those are written of it once a group.
pub(super) fn key(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Agent => "t.agent_id",
        Dimension::Location => "t.location_id",
        Dimension::Team => "t.team",
        Dimension::Queue => "t.queue_name",
        Dimension::Direction => "t.call_direction",
        Dimension::CallType => "t.call_type",
        Dimension::Status => "t.call_status",
        Dimension::Outcome => "t.call_outcome",
        Dimension::Priority => "t.call_priority",
        Dimension::Campaign => "t.campaign_id",
        Dimension::Hour => "t.hour",
        Dimension::Weekday => "extract(isodow from t.day)::integer",
        Dimension::Day => "t.day",
        Dimension::Week => "date_trunc('week', t.day::timestamp)::date",
        Dimension::Month => "date_trunc('month', t.day::timestamp)::date",
        Dimension::Quarter => "date_trunc('quarter', t.day::timestamp)::date",
        Dimension::Year => "date_trunc('year', t.day::timestamp)::date",
    }
}

/// Which sums of this table the measures of calls need.
pub(super) fn columns(question: &Question, table: Table) -> Vec<(&'static Column, &'static str)> {
    let of_calls = |measure: &&Measure| matches!(measure.source(), Source::Calls | Source::Queues);
    let measures: Vec<Measure> = question.measures.iter().filter(of_calls).copied().collect();
    let needed = |column: &&Column| measures.iter().any(|measure| column.is_of(*measure));
    let all = COLUMNS.iter().chain([&QUALITY]).filter(needed);
    all.filter_map(|column| column.sql(table).map(|sql| (column, sql))).collect()
}

/// Puts the sums of a row, which begin after the dimensions, where they belong.
pub(super) fn put(row: &PgRow, split: usize, columns: &[(&Column, &'static str)], sums: &mut Sums) -> sqlx::Result<()> {
    for (nth, (column, _)) in columns.iter().enumerate() {
        let value: Option<Decimal> = row.try_get(split + nth)?;
        (column.put)(sums, value.unwrap_or_default());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_knows_all_that_measures_are_made_of() {
        let of = |sources: &[Source]| Measure::ALL.iter().filter(|m| sources.contains(&m.source())).copied().collect::<Vec<_>>();
        for (table, sources) in [
            (Table::Hours, &[Source::Calls, Source::Queues][..]),
            (Table::AgentDays, &[Source::Calls]),
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
