//! The sums of calls: which table knows the answer, and how it is asked.

pub use super::call_columns::Table;

use super::call_columns::{Column, columns, dimension, key, put};
use super::{Dimension, Groups, Question, among, days_and_blanks, seen};
use crate::Viewer;
use domain::TenantId;
use domain::organization::role::Reach;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use sqlx::{PgConnection, Postgres, QueryBuilder, Row};

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

/// Begins with `select`: the dimensions, the sums, and how many rows they are taken from.
fn select(question: &Question, table: Table, columns: &[(&Column, &'static str)]) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::<Postgres>::new("select ");
    for by in &question.dimensions {
        query.push(dimension(table, *by).unwrap_or("null::text")).push(", ");
    }
    for (_, sql) in columns {
        query.push(*sql).push("::numeric, ");
    }
    query.push("count(*)");
    query
}

fn from(query: &mut QueryBuilder<Postgres>, tenant: TenantId, viewer: &Viewer, question: &Question, table: Table) {
    query.push(" from ").push(table.name()).push(" t where t.tenant_id = ").push_bind(tenant.0);
    narrow(query, viewer, question, table);
}

/// Adds the sums that measures of calls need.
pub(super) async fn add(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    question: &Question,
    most: i64,
    groups: &mut Groups,
) -> sqlx::Result<()> {
    let table = table(question, viewer);
    let columns = columns(question, table);
    let mut query = select(question, table, &columns);
    from(&mut query, tenant, viewer, question, table);
    let split = question.dimensions.len();
    for (nth, by) in question.dimensions.iter().enumerate() {
        query.push(if nth == 0 { " group by " } else { ", " }).push(key(*by));
    }
    query.push(" limit ").push_bind(most.saturating_add(1));
    for row in query.build().fetch_all(conn).await? {
        if row.try_get::<i64, _>(split + columns.len())? == 0 {
            continue;
        }
        let group = (0..split).map(|nth| row.try_get(nth)).collect::<sqlx::Result<_>>()?;
        put(&row, split, &columns, groups.entry(group).or_default())?;
    }
    Ok(())
}

/// The sums of calls split in several ways, each by itself, from one reading of their table. The question's dimensions are those of
/// all sets together; each stands in one set, and no set is empty.
pub async fn spread(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    question: &Question,
    sets: &[Vec<Dimension>],
) -> sqlx::Result<Vec<Groups>> {
    let table = table(question, viewer);
    let columns = columns(question, table);
    let mut query = select(question, table, &columns);
    let split = question.dimensions.len();
    // By its first dimension it is seen to which set a row belongs.
    for set in sets {
        query.push(", grouping(").push(set.first().map_or("t.tenant_id", |first| key(*first))).push(") = 0");
    }
    from(&mut query, tenant, viewer, question, table);
    query.push(" group by grouping sets (");
    for (nth, set) in sets.iter().enumerate() {
        query.push(if nth == 0 { "(" } else { ", (" });
        for (nth, by) in set.iter().enumerate() {
            query.push(if nth == 0 { "" } else { ", " }).push(key(*by));
        }
        query.push(")");
    }
    query.push(")");
    let mut found = vec![Groups::new(); sets.len()];
    for row in query.build().fetch_all(conn).await? {
        for (nth, set) in sets.iter().enumerate() {
            if !row.try_get::<bool, _>(split + columns.len() + 1 + nth)? {
                continue;
            }
            let place = |by: &Dimension| question.dimensions.iter().position(|known| known == by).unwrap_or_default();
            let group = set.iter().map(|by| row.try_get(place(by))).collect::<sqlx::Result<_>>()?;
            put(&row, split, &columns, found[nth].entry(group).or_default())?;
        }
    }
    Ok(found)
}

/// Days on which agents handled calls. In two steps: to sort a million calls, or all days of all agents, by agent and day would
/// take twice as long.
pub(super) async fn add_agent_days(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    question: &Question,
    table: Table,
    most: i64,
    groups: &mut Groups,
) -> sqlx::Result<()> {
    let split = question.dimensions.len();
    let mut query = QueryBuilder::<Postgres>::new("select ");
    for nth in 1..=split {
        query.push("x.d").push(nth).push(", ");
    }
    query.push("sum(x.handled)::numeric, count(*)::numeric from (select ");
    for (nth, by) in question.dimensions.iter().enumerate() {
        query.push(dimension(table, *by).unwrap_or("null::text")).push(" as d").push(nth + 1).push(", ");
    }
    query.push("t.agent_id, t.day, ").push(if table == Table::Calls { "count(*)" } else { "sum(t.answered)" });
    query.push(" as handled from ").push(table.name()).push(" t where t.tenant_id = ").push_bind(tenant.0);
    query.push(match table {
        Table::Calls => " and t.talk_seconds is not null and t.agent_id is not null",
        _ => " and t.answered > 0",
    });
    narrow(&mut query, viewer, question, table);
    query.push(" group by ");
    for nth in 1..=split {
        query.push(nth).push(", ");
    }
    query.push("t.agent_id, t.day) x");
    for nth in 1..=split {
        query.push(if nth == 1 { " group by " } else { ", " }).push(nth);
    }
    query.push(" limit ").push_bind(most.saturating_add(1));
    for row in query.build().fetch_all(conn).await? {
        let number = |nth| row.try_get::<Option<Decimal>, _>(nth).map(|n| n.and_then(|n| n.to_i64()).unwrap_or_default());
        let (handled, days) = (number(split)?, number(split + 1)?);
        if days == 0 {
            continue;
        }
        let group = (0..split).map(|nth| row.try_get(nth)).collect::<sqlx::Result<_>>()?;
        let sums = groups.entry(group).or_default();
        sums.agent_handled += handled;
        sums.agent_days += days;
    }
    Ok(())
}

/// The days, whose calls, and which, in this table.
pub(super) fn narrow(query: &mut QueryBuilder<Postgres>, viewer: &Viewer, question: &Question, table: Table) {
    bounds(query, viewer, question, table);
    among(query, "t.location_id", &question.slice.locations);
    days_and_blanks(query, &question.slice);
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
    days_and_blanks(query, &question.slice);
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
    among(query, "t.hour", &question.slice.hours);
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
    use domain::calls::measures::Measure;
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
    fn a_table_that_is_asked_knows_every_dimension() {
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
    }
}
