//! Questions about shifts: which there are, and what calls came to while they were worked.

use super::shifts::ShiftRow;
use crate::Viewer;
use crate::page::{Listing, Page};
use chrono::NaiveDate;
use domain::calls::shift::ShiftStatus;
use domain::{CallId, Instant, LocationId, ShiftId, TenantId, UserId};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use sqlx::types::Json;
use std::collections::HashMap;
use uuid::Uuid;

/// Which shifts are wanted; what is absent does not matter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ShiftFilter {
    pub agent: Option<UserId>,
    pub location: Option<LocationId>,
    pub team: Option<String>,
    pub from: Option<NaiveDate>,
    /// The last day.
    pub until: Option<NaiveDate>,
    pub status: Option<ShiftStatus>,
}

/// What the calls of a shift come to: those that its agent took or made from coming to going.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShiftCalls {
    /// Those in which somebody talked.
    pub handled: i64,
    /// Those that rang at their place on the shift's day and that they did not take. Calls that others took are not theirs to see,
    /// so these are counted by day.
    pub missed: i64,
    pub talk_seconds: i64,
    pub acw_seconds: i64,
    pub appointments: i64,
    pub quality_sum: Decimal,
    pub quality_count: i64,
}

/// The shifts that somebody sees, the latest first.
pub async fn list(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    filter: &ShiftFilter,
    page: Page,
) -> sqlx::Result<Listing<ShiftRow>> {
    let (everything, locations) = (viewer.everything(), viewer.locations());
    let (location, status) = (filter.location.map(|location| location.0), filter.status.map(ShiftStatus::word));
    let total = sqlx::query_scalar!(
        r#"select count(*) as "n!" from shifts
           where tenant_id = $1 and ($2 or agent_id = $3 or location_id = any($4))
             and ($5::uuid is null or agent_id = $5)
             and ($6::uuid is null or location_id = $6) and ($7::text is null or team = $7)
             and ($8::date is null or shift_date >= $8) and ($9::date is null or shift_date <= $9)
             and ($10::text is null or shift_status = $10)"#,
        tenant.0,
        everything,
        viewer.user,
        &locations,
        filter.agent.map(|agent| agent.0),
        location,
        filter.team,
        filter.from,
        filter.until,
        status,
    );
    let total = total.fetch_one(&mut *conn).await?;
    let (offset, limit) = page.bounds();
    let rows = sqlx::query_scalar!(
        r#"select to_json(s) as "shift!: Json<ShiftRow>" from shifts s
           where tenant_id = $1 and ($2 or agent_id = $3 or location_id = any($4))
             and ($5::uuid is null or agent_id = $5)
             and ($6::uuid is null or location_id = $6) and ($7::text is null or team = $7)
             and ($8::date is null or shift_date >= $8) and ($9::date is null or shift_date <= $9)
             and ($10::text is null or shift_status = $10)
           order by shift_date desc, scheduled_start desc, shift_id offset $11 limit $12"#,
        tenant.0,
        everything,
        viewer.user,
        &locations,
        filter.agent.map(|agent| agent.0),
        location,
        filter.team,
        filter.from,
        filter.until,
        status,
        offset,
        limit,
    );
    let rows = rows.fetch_all(conn).await?.into_iter().map(|row| row.0).collect();
    Ok(Listing { rows, total, next: None })
}

/// All the shifts that somebody sees, in their order, at most so many.
pub async fn all(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    filter: &ShiftFilter,
    most: i64,
) -> sqlx::Result<Vec<ShiftRow>> {
    let rows = sqlx::query_scalar!(
        r#"select to_json(s) as "shift!: Json<ShiftRow>" from shifts s
           where tenant_id = $1 and ($2 or agent_id = $3 or location_id = any($4))
             and ($5::uuid is null or agent_id = $5)
             and ($6::uuid is null or location_id = $6) and ($7::text is null or team = $7)
             and ($8::date is null or shift_date >= $8) and ($9::date is null or shift_date <= $9)
             and ($10::text is null or shift_status = $10)
           order by scheduled_start, agent_name, shift_id limit $11"#,
        tenant.0,
        viewer.everything(),
        viewer.user,
        &viewer.locations(),
        filter.agent.map(|agent| agent.0),
        filter.location.map(|location| location.0),
        filter.team,
        filter.from,
        filter.until,
        filter.status.map(ShiftStatus::word),
        most,
    );
    Ok(rows.fetch_all(conn).await?.into_iter().map(|row| row.0).collect())
}

/// A shift, if whoever looks sees it.
pub async fn card(conn: &mut PgConnection, tenant: TenantId, viewer: &Viewer, shift: ShiftId) -> sqlx::Result<Option<ShiftRow>> {
    let found = sqlx::query_scalar!(
        r#"select to_json(s) as "shift!: Json<ShiftRow>" from shifts s
           where tenant_id = $1 and shift_id = $2 and ($3 or agent_id = $4 or location_id = any($5))"#,
        tenant.0,
        shift.0,
        viewer.everything(),
        viewer.user,
        &viewer.locations(),
    );
    Ok(found.fetch_optional(conn).await?.map(|row| row.0))
}

/// What the calls of these shifts come to, as of an instant; a shift that nobody began has none.
///
/// A call belongs to the shift in which it began. Each shift is looked up by itself (`offset 0`), so that a plan made for an empty
/// table does not walk through all calls.
pub async fn calls_of(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    shifts: &[ShiftRow],
    now: Instant,
) -> sqlx::Result<HashMap<ShiftId, ShiftCalls>> {
    let worked: Vec<_> = shifts.iter().filter_map(|shift| shift.actual_start.map(|began| (shift, began))).collect();
    let ids: Vec<Uuid> = worked.iter().map(|(shift, _)| shift.shift_id.0).collect();
    let agents: Vec<Uuid> = worked.iter().map(|(shift, _)| shift.agent_id.0).collect();
    let began: Vec<Instant> = worked.iter().map(|(_, began)| *began).collect();
    let ended: Vec<Instant> = worked.iter().map(|(shift, _)| shift.until(now)).collect();
    let days: Vec<NaiveDate> = worked.iter().map(|(shift, _)| shift.shift_date).collect();
    let found = sqlx::query!(
        r#"select s.shift_id as "shift_id!", taken.handled as "handled!", missed.missed as "missed!",
                  taken.talk as "talk!", taken.acw as "acw!", taken.appointments as "appointments!",
                  taken.quality as "quality!", taken.rated as "rated!"
           from unnest($2::uuid[], $3::uuid[], $4::timestamptz[], $5::timestamptz[], $9::date[]) as s (shift_id, agent_id, began, ended, day)
           cross join lateral (
             select count(*) filter (where c.talk_seconds is not null) as handled,
                    coalesce(sum(c.talk_seconds), 0)::bigint as talk,
                    coalesce(sum(c.after_call_work_seconds), 0)::bigint as acw,
                    count(*) filter (where c.appointment_scheduled) as appointments,
                    coalesce(sum(c.quality_score), 0) as quality, count(c.quality_score) as rated
             from (select * from calls c where c.tenant_id = $1 and c.agent_id = s.agent_id
                     and c.call_start_time >= s.began and c.call_start_time < s.ended
                     and ($6 or c.agent_id = $7 or c.location_id = any($8)) offset 0) c) taken
           cross join lateral (
             select coalesce(sum(d.missed), 0)::bigint as missed from agent_days d
             where d.tenant_id = $1 and d.agent_id = s.agent_id and d.day = s.day
               and ($6 or d.agent_id = $7 or d.location_id = any($8))) missed"#,
        tenant.0,
        &ids,
        &agents,
        &began,
        &ended,
        viewer.everything(),
        viewer.user,
        &viewer.locations(),
        &days,
    );
    let found = found.fetch_all(conn).await?.into_iter().map(|row| {
        let calls = ShiftCalls {
            handled: row.handled,
            missed: row.missed,
            talk_seconds: row.talk,
            acw_seconds: row.acw,
            appointments: row.appointments,
            quality_sum: row.quality,
            quality_count: row.rated,
        };
        (ShiftId(row.shift_id), calls)
    });
    Ok(found.collect())
}

/// How many calls began in each hour of these days, for whoever looks after all locations or some.
pub async fn calls_by_hour(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    location: Option<LocationId>,
    days: &[NaiveDate],
) -> sqlx::Result<HashMap<(NaiveDate, u8), i64>> {
    let found = sqlx::query!(
        r#"select day, hour, sum(calls)::bigint as "calls!" from call_hours
           where tenant_id = $1 and day = any($2) and ($3 or location_id = any($4)) and ($5::uuid is null or location_id = $5)
           group by day, hour"#,
        tenant.0,
        days,
        viewer.everything(),
        &viewer.locations(),
        location.map(|location| location.0),
    );
    Ok(found.fetch_all(conn).await?.into_iter().map(|row| ((row.day, row.hour as u8), row.calls)).collect())
}

/// How many calls began in a stretch of time: for the hour that comes twice in autumn, which the hours of a day count as one.
pub async fn calls_between(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    location: Option<LocationId>,
    (from, until): (Instant, Instant),
) -> sqlx::Result<i64> {
    let found = sqlx::query_scalar!(
        r#"select count(*) as "n!" from calls
           where tenant_id = $1 and call_start_time >= $2 and call_start_time < $3
             and ($4 or location_id = any($5)) and ($6::uuid is null or location_id = $6)"#,
        tenant.0,
        from,
        until,
        viewer.everything(),
        &viewer.locations(),
        location.map(|location| location.0),
    );
    found.fetch_one(conn).await
}

/// A shift whose time has been over for long, and that nobody began or ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsettled {
    pub tenant_id: TenantId,
    pub shift_id: ShiftId,
    /// How many events it has.
    pub version: i64,
}

/// What the shift clock has to settle at `now`, over all companies but those that import a history; the longest overdue first.
pub async fn unsettled(conn: &mut PgConnection, now: Instant, limit: u32) -> sqlx::Result<Vec<Unsettled>> {
    let found = sqlx::query!(
        r#"select tenant_id, shift_id, version from shifts s
           where shift_status in ('scheduled', 'active') and settles_at <= $1
             and not exists (select from companies c where c.tenant_id = s.tenant_id and c.importing)
           order by settles_at limit $2"#,
        now,
        i64::from(limit),
    );
    let unsettled = found.fetch_all(conn).await?.into_iter().map(|row| Unsettled {
        tenant_id: TenantId(row.tenant_id),
        shift_id: ShiftId(row.shift_id),
        version: row.version,
    });
    Ok(unsettled.collect())
}

/// A call of a shift.
#[derive(Clone, Debug, PartialEq)]
pub struct CallOfShift {
    pub call_id: CallId,
    pub position: i64,
    pub began: Instant,
    pub calls: ShiftCalls,
}

/// The calls of a shift one by one, in their order.
pub async fn each_call(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    shift: &ShiftRow,
    now: Instant,
    most: i64,
) -> sqlx::Result<Vec<CallOfShift>> {
    let Some(began) = shift.actual_start else { return Ok(Vec::new()) };
    let found = sqlx::query!(
        r#"select call_id, position, call_start_time, talk_seconds, after_call_work_seconds, appointment_scheduled
           from calls
           where tenant_id = $1 and agent_id = $2 and call_start_time >= $3 and call_start_time < $4
             and ($5 or agent_id = $6 or location_id = any($7))
           order by call_start_time, call_id limit $8"#,
        tenant.0,
        shift.agent_id.0,
        began,
        shift.until(now),
        viewer.everything(),
        viewer.user,
        &viewer.locations(),
        most,
    );
    let found = found.fetch_all(conn).await?.into_iter().map(|row| CallOfShift {
        call_id: CallId(row.call_id),
        position: row.position,
        began: row.call_start_time,
        calls: ShiftCalls {
            handled: row.talk_seconds.is_some().into(),
            talk_seconds: row.talk_seconds.unwrap_or(0),
            acw_seconds: row.after_call_work_seconds.into(),
            appointments: row.appointment_scheduled.into(),
            ..ShiftCalls::default()
        },
    });
    Ok(found.collect())
}
