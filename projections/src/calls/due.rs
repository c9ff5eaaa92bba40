//! What is older than it has to be kept: calls, recordings and journals that nobody has proposed to let go of yet (B.N7).
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

/// The companies in which records may be due: those that have any, are in use, and are not being filled from a history right now.
pub async fn companies(conn: &mut PgConnection) -> sqlx::Result<Vec<TenantId>> {
    let found = sqlx::query_scalar!(
        r#"select tenant_id from companies c where not importing
             and (exists (select from calls where calls.tenant_id = c.tenant_id)
               or exists (select from journals where journals.tenant_id = c.tenant_id))
           order by tenant_id"#,
    );
    Ok(found.fetch_all(conn).await?.into_iter().map(TenantId).collect())
}
