//! How many calls pass a filter: from counters where there are some, and otherwise counted up to an end.

use super::call_page::{Bound, CallFilter, narrow};
use crate::Viewer;
use chrono::NaiveDate;
use domain::TenantId;
use domain::calls::call::{CallStatus, Direction};
use domain::organization::role::Reach;
use sqlx::{PgConnection, Postgres, QueryBuilder};

/// Counting ends here: to count a million calls takes half a second, and nobody turns that many pages.
pub const COUNTED: i64 = 10_000;

/// What the counters know: no more than this may be asked for.
struct Usual {
    from: Option<NaiveDate>,
    until: Option<NaiveDate>,
}

impl Usual {
    fn of(filter: &CallFilter) -> Option<Self> {
        let CallFilter { location, queue, direction, status, from, until, .. } = filter.clone();
        let usual = CallFilter { location, queue, direction, status, from, until, ..CallFilter::default() };
        let day = |bound: Option<Bound>| match bound {
            Some(Bound::Day(day)) => Some(Some(day)),
            Some(Bound::At(_)) => None,
            None => Some(None),
        };
        Some(Self { from: day(from)?, until: day(until)? }).filter(|_| usual == *filter)
    }
}

/// How many calls pass the filter; true if there are more than that.
pub(super) async fn total(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    filter: &CallFilter,
) -> sqlx::Result<(i64, bool)> {
    match (Usual::of(filter), &viewer.reach) {
        (Some(usual), Reach::Tenant) => Ok((counted(conn, tenant, None, filter, &usual).await?, false)),
        (Some(usual), Reach::Locations(_)) => {
            let there = counted(conn, tenant, Some(viewer), filter, &usual).await?;
            // What they took themselves somewhere else; of that there is little.
            let mut query = QueryBuilder::<Postgres>::new("select count(*) from calls c where ");
            narrow(&mut query, tenant, viewer, filter);
            query.push(" and c.agent_id = ").push_bind(viewer.user);
            query.push(" and (c.location_id is null or c.location_id <> all(").push_bind(viewer.locations()).push("))");
            Ok((there + query.build_query_scalar::<i64>().fetch_one(conn).await?, false))
        }
        _ => {
            let mut query = QueryBuilder::<Postgres>::new("select count(*) from (select from calls c where ");
            narrow(&mut query, tenant, viewer, filter);
            query.push(" limit ").push_bind(COUNTED + 1).push(") c");
            let found: i64 = query.build_query_scalar().fetch_one(conn).await?;
            Ok((found.min(COUNTED), found > COUNTED))
        }
    }
}

/// The sum of the counters, of all locations or of those somebody looks after.
async fn counted(
    conn: &mut PgConnection,
    tenant: TenantId,
    within: Option<&Viewer>,
    filter: &CallFilter,
    usual: &Usual,
) -> sqlx::Result<i64> {
    let dated = usual.from.is_some() || usual.until.is_some();
    let mut query = QueryBuilder::<Postgres>::new("select coalesce(sum(");
    query.push(match filter.status.filter(|_| dated) {
        None => "calls",
        Some(CallStatus::Completed) => "completed",
        Some(CallStatus::Missed) => "missed",
        Some(CallStatus::Abandoned) => "abandoned",
        Some(CallStatus::Transferred) => "transferred",
        Some(CallStatus::Voicemail) => "voicemail",
    });
    query.push("), 0)::bigint from ").push(if dated { "call_hours" } else { "call_counts" });
    query.push(" where tenant_id = ").push_bind(tenant.0);
    if let Some(viewer) = within {
        query.push(" and location_id = any(").push_bind(viewer.locations()).push(")");
    }
    if let Some(location) = filter.location {
        query.push(" and location_id = ").push_bind(location.0);
    }
    if let Some(queue) = &filter.queue {
        query.push(" and queue_name = ").push_bind(queue.clone());
    }
    if let Some(direction) = filter.direction.map(Direction::word) {
        query.push(" and call_direction = ").push_bind(direction);
    }
    if let Some(status) = filter.status.filter(|_| !dated) {
        query.push(" and call_status = ").push_bind(status.word());
    }
    if let Some(from) = usual.from {
        query.push(" and day >= ").push_bind(from);
    }
    if let Some(until) = usual.until {
        query.push(" and day <= ").push_bind(until);
    }
    query.build_query_scalar().fetch_one(conn).await
}
