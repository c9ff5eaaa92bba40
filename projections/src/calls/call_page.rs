//! A page of the records of calls: which are wanted, how many there are in all, and the record of one.

use super::call_row::CallRow;
use super::call_totals::total;
use crate::Viewer;
use crate::page::{Listing, Page};
use chrono::{Days, NaiveDate, NaiveTime};
use domain::calls::call::{CallPriority, CallStatus, CallType, Direction, Outcome};
use domain::organization::role::Reach;
use domain::{CallId, CampaignId, Instant, LocationId, TenantId, UserId};
use sqlx::types::Json;
use sqlx::{PgConnection, Postgres, QueryBuilder};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// Among how many calls, the newest, that bear the words a search looks for whatever else is wanted.
pub const SEARCHED: i32 = 1_000;

/// An end of a stretch of time: a whole day on the clocks of the reporting zone, or an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    Day(NaiveDate),
    At(Instant),
}

/// What is to be done after a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FollowUpState {
    /// Nothing was to be done.
    None,
    /// Something was to be done, whether or not it was.
    Any,
    Open,
    Done,
}

/// Which calls are wanted; what is absent does not matter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CallFilter {
    pub agent: Option<UserId>,
    /// The same by their address, in small letters.
    pub agent_email: Option<String>,
    pub location: Option<LocationId>,
    /// The same by the name of a location that is in use, in small letters.
    pub location_name: Option<String>,
    pub queue: Option<String>,
    pub direction: Option<Direction>,
    pub call_type: Option<CallType>,
    pub status: Option<CallStatus>,
    pub outcome: Option<Outcome>,
    pub priority: Option<CallPriority>,
    /// From here on.
    pub from: Option<Bound>,
    /// Up to here: a day is the last one, an instant is the first that is too late.
    pub until: Option<Bound>,
    pub campaign: Option<CampaignId>,
    pub follow_up: Option<FollowUpState>,
    pub escalated: Option<bool>,
    pub complaint: Option<bool>,
    pub recording: Option<bool>,
    pub journal: Option<bool>,
    pub held: Option<bool>,
    /// Begins of words of numbers, names, ids and tags.
    pub text: Option<String>,
}

/// Where a page ended: when its last call began, and which it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallCursor {
    began: Instant,
    call_id: CallId,
}

impl fmt::Display for CallCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}~{}", self.began.timestamp_micros(), self.call_id)
    }
}

impl FromStr for CallCursor {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (began, call_id) = text.split_once('~')?;
            let began = Instant::from_timestamp_micros(began.parse().ok()?)?;
            Some(Self { began, call_id: call_id.parse().ok()? })
        };
        read().ok_or("must be a cursor that an earlier page gave")
    }
}

/// A page of the calls that somebody sees, the newest first unless `oldest_first`; and whether there are more than were counted.
pub async fn page(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    filter: &CallFilter,
    oldest_first: bool,
    page: Page,
    after: Option<CallCursor>,
) -> sqlx::Result<(Listing<CallRow>, bool)> {
    let Some(filter) = by_id(conn, tenant, filter).await? else {
        return Ok((Listing { rows: vec![], total: 0, next: None }, false));
    };
    let (rows, next) = rows(conn, tenant, viewer, &filter, oldest_first, page, after).await?;
    let (total, more) = total(conn, tenant, viewer, &filter).await?;
    Ok((Listing { rows, total, next }, more))
}

/// The filter with ids for names, which the indexes know; nothing if nobody or nowhere is called so.
async fn by_id(conn: &mut PgConnection, tenant: TenantId, filter: &CallFilter) -> sqlx::Result<Option<CallFilter>> {
    let mut filter = filter.clone();
    if let Some(email) = filter.agent_email.take() {
        let found =
            sqlx::query_scalar!("select user_id from people where tenant_id = $1 and lower(email) = $2 limit 1", tenant.0, email);
        match found.fetch_optional(&mut *conn).await? {
            Some(agent) => filter.agent = Some(UserId(agent)),
            None => return Ok(None),
        }
    }
    if let Some(name) = filter.location_name.take() {
        let found = sqlx::query_scalar!(
            "select location_id from locations where tenant_id = $1 and lower(name) = $2 limit 1",
            tenant.0,
            name
        );
        match found.fetch_optional(&mut *conn).await? {
            Some(location) => filter.location = Some(LocationId(location)),
            None => return Ok(None),
        }
    }
    Ok(Some(filter))
}

async fn rows(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    filter: &CallFilter,
    oldest_first: bool,
    page: Page,
    after: Option<CallCursor>,
) -> sqlx::Result<(Vec<CallRow>, Option<String>)> {
    let (direction, beyond) = if oldest_first { ("asc", ">") } else { ("desc", "<") };
    let (offset, limit) = page.bounds();
    let mut query = QueryBuilder::<Postgres>::new("select to_json(c) from calls c where ");
    narrow(&mut query, tenant, viewer, filter);
    if let Some(CallCursor { began, call_id }) = after {
        query.push(format_args!(" and (c.call_start_time, c.call_id) {beyond} (")).push_bind(began);
        query.push(", ").push_bind(call_id.0).push(")");
    }
    query.push(format_args!(" order by c.call_start_time {direction}, c.call_id {direction} limit ")).push_bind(limit + 1);
    query.push(" offset ").push_bind(if after.is_some() { 0 } else { offset });
    let found: Vec<Json<CallRow>> = query.build_query_scalar().fetch_all(&mut *conn).await?;
    let mut rows: Vec<CallRow> = found.into_iter().map(|row| row.0).collect();
    let more = rows.len() as i64 > limit;
    rows.truncate(limit as usize);
    let cursor = |last: &CallRow| CallCursor { began: last.call_start_time, call_id: last.call_id }.to_string();
    let next = rows.last().filter(|_| more).map(cursor);
    Ok((rows, next))
}

/// The conditions of the filter on the call `c`, names being ids by now.
pub(super) fn narrow(query: &mut QueryBuilder<Postgres>, tenant: TenantId, viewer: &Viewer, filter: &CallFilter) {
    query.push("c.tenant_id = ").push_bind(tenant.0);
    match &viewer.reach {
        Reach::Tenant => {}
        // Without the other half of the condition, which would keep PostgreSQL from going by the index of agents.
        Reach::Own => drop(query.push(" and c.agent_id = ").push_bind(viewer.user)),
        Reach::Locations(_) => {
            query.push(" and (c.agent_id = ").push_bind(viewer.user);
            query.push(" or c.location_id = any(").push_bind(viewer.locations()).push("))");
        }
    }
    let mut is = |column: &str, word: Option<&str>| {
        if let Some(word) = word {
            query.push(format_args!(" and c.{column} = ")).push_bind(word.to_owned());
        }
    };
    is("queue_name", filter.queue.as_deref());
    is("call_direction", filter.direction.map(Direction::word));
    is("call_type", filter.call_type.map(CallType::word));
    is("call_status", filter.status.map(CallStatus::word));
    is("call_outcome", filter.outcome.map(Outcome::word));
    is("call_priority", filter.priority.map(CallPriority::word));
    let mut names = |column: &str, id: Option<Uuid>| {
        if let Some(id) = id {
            query.push(format_args!(" and c.{column} = ")).push_bind(id);
        }
    };
    names("agent_id", filter.agent.map(Uuid::from));
    names("location_id", filter.location.map(Uuid::from));
    names("campaign_id", filter.campaign.map(Uuid::from));
    let mut whether = |condition: &str, wanted: Option<bool>| match wanted {
        Some(true) => drop(query.push(format_args!(" and {condition}"))),
        Some(false) => drop(query.push(format_args!(" and not ({condition})"))),
        None => {}
    };
    whether("c.escalation_required", filter.escalated);
    whether("c.complaint_call", filter.complaint);
    whether("c.recording_available", filter.recording);
    whether("c.held", filter.held);
    whether("exists (select from journals j where j.tenant_id = c.tenant_id and j.call_id = c.call_id)", filter.journal);
    match filter.follow_up {
        Some(FollowUpState::None) => drop(query.push(" and not c.follow_up_required")),
        Some(FollowUpState::Any) => drop(query.push(" and c.follow_up_required")),
        Some(FollowUpState::Open) => drop(query.push(" and c.follow_up_required and not c.follow_up_done")),
        Some(FollowUpState::Done) => drop(query.push(" and c.follow_up_required and c.follow_up_done")),
        None => {}
    }
    within(query, filter);
    if let Some(text) = &filter.text {
        query.push(" and c.call_id in (select projection.calls_found(").push_bind(text.clone());
        query.push(", ").push_bind(SEARCHED).push("))");
    }
}

/// The stretch of time. No zone is further from UTC than a day, so days are found by the index of instants, in which calls stand in
/// the order wanted; `+ 0` keeps PostgreSQL from going by the index of days and sorting what it finds.
fn within(query: &mut QueryBuilder<Postgres>, filter: &CallFilter) {
    let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
    match filter.from {
        Some(Bound::At(at)) => drop(query.push(" and c.call_start_time >= ").push_bind(at)),
        Some(Bound::Day(day)) => {
            query.push(" and c.day + 0 >= ").push_bind(day);
            let earliest = day.checked_sub_days(Days::new(1)).unwrap_or(day);
            query.push(" and c.call_start_time >= ").push_bind(midnight(earliest));
        }
        None => {}
    }
    match filter.until {
        Some(Bound::At(at)) => drop(query.push(" and c.call_start_time < ").push_bind(at)),
        Some(Bound::Day(day)) => {
            query.push(" and c.day + 0 <= ").push_bind(day);
            let latest = day.checked_add_days(Days::new(2)).unwrap_or(day);
            query.push(" and c.call_start_time < ").push_bind(midnight(latest));
        }
        None => {}
    }
}

/// The record of a call, if somebody sees it.
pub async fn card(conn: &mut PgConnection, tenant: TenantId, viewer: &Viewer, call: CallId) -> sqlx::Result<Option<CallRow>> {
    let found = sqlx::query_scalar!(
        r#"select to_json(c) as "call!: Json<CallRow>" from calls c
           where tenant_id = $1 and call_id = $2 and ($3 or agent_id = $4 or location_id = any($5))"#,
        tenant.0,
        call.0,
        viewer.everything(),
        viewer.user,
        &viewer.locations(),
    );
    Ok(found.fetch_optional(conn).await?.map(|row| row.0))
}

/// The shift of an agent in which something happened to them.
pub async fn shift_at(conn: &mut PgConnection, tenant: TenantId, agent: UserId, at: Instant) -> sqlx::Result<Option<Uuid>> {
    let found = sqlx::query_scalar!(
        "select shift_id from shifts where tenant_id = $1 and agent_id = $2
           and shift_date between ($3::timestamptz at time zone 'UTC')::date - 2 and ($3::timestamptz at time zone 'UTC')::date + 1
           and coalesce(actual_start, scheduled_start) <= $3 and $3 < coalesce(actual_end, scheduled_end)
           and shift_status <> 'absent'
         order by shift_date desc limit 1",
        tenant.0,
        agent.0,
        at,
    );
    found.fetch_optional(conn).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_and_nothing_else_is() {
        let began = Instant::from_timestamp_micros(1_700_000_000_123_456).unwrap();
        let cursor = CallCursor { began, call_id: CallId(Uuid::from_u128(7)) };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for bad in ["", "1", "x~y", "1~2", "99999999999999999999~00000000-0000-0000-0000-000000000007"] {
            assert!(bad.parse::<CallCursor>().is_err(), "{bad}");
        }
    }
}
