//! What is older than it has to be kept, of every kind: what nobody has proposed to let go of yet (B.N7).
//!
//! What must be kept is not due, nor is what stands in a proposal that waits, was approved, or was refused a short while ago.

use chrono::NaiveDate;
use domain::calls::disposal::Disposable;
use domain::{Instant, TenantId};
use sqlx::PgConnection;
use uuid::Uuid;

/// How far back one looks.
#[derive(Clone, Debug, PartialEq)]
pub struct Due {
    pub kind: Disposable,
    /// From days before this one.
    pub before: NaiveDate,
    /// By the clocks of this zone, an IANA name.
    pub zone: String,
    /// What was refused before then may be proposed again.
    pub refused_before: Instant,
}

/// How many things are due in all, and so many of them, the oldest first.
pub async fn due(conn: &mut PgConnection, tenant: TenantId, due: &Due, limit: u32) -> sqlx::Result<(u64, Vec<Uuid>)> {
    let (count, things) = match due.kind {
        Disposable::Calls => calls(conn, tenant, due, limit).await?,
        Disposable::Recordings => recordings(conn, tenant, due, limit).await?,
        Disposable::Journals => journals(conn, tenant, due, limit).await?,
        Disposable::HeldRecords => held_records(conn, tenant, due, limit).await?,
        Disposable::Shifts => shifts(conn, tenant, due, limit).await?,
        Disposable::Goals => goals(conn, tenant, due, limit).await?,
        Disposable::Reviews => reviews(conn, tenant, due, limit).await?,
    };
    Ok((u64::try_from(count).unwrap_or_default(), things))
}

async fn calls(conn: &mut PgConnection, tenant: TenantId, due: &Due, limit: u32) -> sqlx::Result<(i64, Vec<Uuid>)> {
    let found = sqlx::query!(
        r#"with due as materialized (
             select call_id as id, call_start_time as at from calls c
             where tenant_id = $1 and day < $2 and not held and not exists (
               select from disposal_things t join disposals d using (tenant_id, disposal_id)
               where t.tenant_id = $1 and t.thing_id = c.call_id and d.kind = 'calls'
                 and (d.status in ('proposed', 'approved') or d.status = 'refused' and d.decided_at >= $3)))
           select (select count(*) from due) as "count!",
             coalesce((select array_agg(id order by at, id) from (select id, at from due order by at, id limit $4) f), '{}') as "things!""#,
        tenant.0,
        due.before,
        due.refused_before,
        i64::from(limit),
    );
    let found = found.fetch_one(conn).await?;
    Ok((found.count, found.things))
}

async fn recordings(conn: &mut PgConnection, tenant: TenantId, due: &Due, limit: u32) -> sqlx::Result<(i64, Vec<Uuid>)> {
    let found = sqlx::query!(
        r#"with due as materialized (
             select call_id as id, call_start_time as at from calls c
             where tenant_id = $1 and day < $2 and recording_available and not held and not exists (
               select from disposal_things t join disposals d using (tenant_id, disposal_id)
               where t.tenant_id = $1 and t.thing_id = c.call_id
                 and (d.kind = 'recordings' and (d.status in ('proposed', 'approved') or d.status = 'refused' and d.decided_at >= $3)
                   or d.kind = 'calls' and d.status = 'approved')))
           select (select count(*) from due) as "count!",
             coalesce((select array_agg(id order by at, id) from (select id, at from due order by at, id limit $4) f), '{}') as "things!""#,
        tenant.0,
        due.before,
        due.refused_before,
        i64::from(limit),
    );
    let found = found.fetch_one(conn).await?;
    Ok((found.count, found.things))
}

/// A journal must be kept while its call must.
async fn journals(conn: &mut PgConnection, tenant: TenantId, due: &Due, limit: u32) -> sqlx::Result<(i64, Vec<Uuid>)> {
    let found = sqlx::query!(
        r#"with due as materialized (
             select journal_id as id, created_at as at from journals j
             where tenant_id = $1 and created_at < ($2::date::timestamp at time zone $5)
               and not exists (select from calls c where c.tenant_id = $1 and c.call_id = j.call_id and c.held)
               and not exists (
                 select from disposal_things t join disposals d using (tenant_id, disposal_id)
                 where t.tenant_id = $1 and t.thing_id = j.journal_id and d.kind = 'journals'
                   and (d.status in ('proposed', 'approved') or d.status = 'refused' and d.decided_at >= $3)))
           select (select count(*) from due) as "count!",
             coalesce((select array_agg(id order by at, id) from (select id, at from due order by at, id limit $4) f), '{}') as "things!""#,
        tenant.0,
        due.before,
        due.refused_before,
        i64::from(limit),
        due.zone,
    );
    let found = found.fetch_one(conn).await?;
    Ok((found.count, found.things))
}

/// Records in quarantine, whatever became of them, by when they came in. One that became part of a call must be kept while that must.
async fn held_records(conn: &mut PgConnection, tenant: TenantId, due: &Due, limit: u32) -> sqlx::Result<(i64, Vec<Uuid>)> {
    let found = sqlx::query!(
        r#"with due as materialized (
             select held_id as id, held_at as at from held_records h
             where tenant_id = $1 and held_at < ($2::date::timestamp at time zone $5)
               and not exists (select from calls c where c.tenant_id = $1 and c.call_id = h.call_id and c.held)
               and not exists (
                 select from disposal_things t join disposals d using (tenant_id, disposal_id)
                 where t.tenant_id = $1 and t.thing_id = h.held_id and d.kind = 'held_records'
                   and (d.status in ('proposed', 'approved') or d.status = 'refused' and d.decided_at >= $3)))
           select (select count(*) from due) as "count!",
             coalesce((select array_agg(id order by at, id) from (select id, at from due order by at, id limit $4) f), '{}') as "things!""#,
        tenant.0,
        due.before,
        due.refused_before,
        i64::from(limit),
        due.zone,
    );
    let found = found.fetch_one(conn).await?;
    Ok((found.count, found.things))
}

async fn shifts(conn: &mut PgConnection, tenant: TenantId, due: &Due, limit: u32) -> sqlx::Result<(i64, Vec<Uuid>)> {
    let found = sqlx::query!(
        r#"with due as materialized (
             select shift_id as id, shift_date as at from shifts s
             where tenant_id = $1 and shift_date < $2 and not exists (
               select from disposal_things t join disposals d using (tenant_id, disposal_id)
               where t.tenant_id = $1 and t.thing_id = s.shift_id and d.kind = 'shifts'
                 and (d.status in ('proposed', 'approved') or d.status = 'refused' and d.decided_at >= $3)))
           select (select count(*) from due) as "count!",
             coalesce((select array_agg(id order by at, id) from (select id, at from due order by at, id limit $4) f), '{}') as "things!""#,
        tenant.0,
        due.before,
        due.refused_before,
        i64::from(limit),
    );
    let found = found.fetch_one(conn).await?;
    Ok((found.count, found.things))
}

/// A goal is as old as the last day of its time.
async fn goals(conn: &mut PgConnection, tenant: TenantId, due: &Due, limit: u32) -> sqlx::Result<(i64, Vec<Uuid>)> {
    let found = sqlx::query!(
        r#"with due as materialized (
             select goal_id as id, period_end_date as at from goals g
             where tenant_id = $1 and period_end_date < $2 and not exists (
               select from disposal_things t join disposals d using (tenant_id, disposal_id)
               where t.tenant_id = $1 and t.thing_id = g.goal_id and d.kind = 'goals'
                 and (d.status in ('proposed', 'approved') or d.status = 'refused' and d.decided_at >= $3)))
           select (select count(*) from due) as "count!",
             coalesce((select array_agg(id order by at, id) from (select id, at from due order by at, id limit $4) f), '{}') as "things!""#,
        tenant.0,
        due.before,
        due.refused_before,
        i64::from(limit),
    );
    let found = found.fetch_one(conn).await?;
    Ok((found.count, found.things))
}

/// A review must be kept while the call that it is about must.
async fn reviews(conn: &mut PgConnection, tenant: TenantId, due: &Due, limit: u32) -> sqlx::Result<(i64, Vec<Uuid>)> {
    let found = sqlx::query!(
        r#"with due as materialized (
             select review_id as id, review_date as at from reviews r
             where tenant_id = $1 and review_date < $2
               and not exists (select from calls c where c.tenant_id = $1 and c.call_id = r.call_id and c.held)
               and not exists (
                 select from disposal_things t join disposals d using (tenant_id, disposal_id)
                 where t.tenant_id = $1 and t.thing_id = r.review_id and d.kind = 'reviews'
                   and (d.status in ('proposed', 'approved') or d.status = 'refused' and d.decided_at >= $3)))
           select (select count(*) from due) as "count!",
             coalesce((select array_agg(id order by at, id) from (select id, at from due order by at, id limit $4) f), '{}') as "things!""#,
        tenant.0,
        due.before,
        due.refused_before,
        i64::from(limit),
    );
    let found = found.fetch_one(conn).await?;
    Ok((found.count, found.things))
}

/// What goes with calls: their journals and their reviews.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Belongings {
    pub journals: Vec<Uuid>,
    pub reviews: Vec<Uuid>,
}

/// The journals and reviews of these calls.
pub async fn of_calls(conn: &mut PgConnection, tenant: TenantId, calls: &[Uuid]) -> sqlx::Result<Belongings> {
    let journals = sqlx::query_scalar!(
        "select journal_id from journals where tenant_id = $1 and call_id = any($2) order by journal_id",
        tenant.0,
        calls,
    );
    let journals = journals.fetch_all(&mut *conn).await?;
    let reviews = sqlx::query_scalar!(
        "select review_id from reviews where tenant_id = $1 and call_id = any($2) order by review_id",
        tenant.0,
        calls,
    );
    Ok(Belongings { journals, reviews: reviews.fetch_all(conn).await? })
}

/// The companies in which records may be due: those that have any, are in use, and are not being filled from a history right now.
pub async fn companies(conn: &mut PgConnection) -> sqlx::Result<Vec<TenantId>> {
    let found = sqlx::query_scalar!(
        r#"select tenant_id from companies c where not importing
             and (exists (select from calls where calls.tenant_id = c.tenant_id)
               or exists (select from journals where journals.tenant_id = c.tenant_id)
               or exists (select from held_records where held_records.tenant_id = c.tenant_id)
               or exists (select from shifts where shifts.tenant_id = c.tenant_id)
               or exists (select from goals where goals.tenant_id = c.tenant_id)
               or exists (select from reviews where reviews.tenant_id = c.tenant_id))
           order by tenant_id"#,
    );
    Ok(found.fetch_all(conn).await?.into_iter().map(TenantId).collect())
}
