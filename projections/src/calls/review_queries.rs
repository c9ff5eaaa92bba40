//! Questions about reviews: which there are, and who has had how many of them in a month.

use super::reviews::ReviewRow;
use crate::Viewer;
use crate::page::{Listing, Page};
use chrono::NaiveDate;
use domain::calls::review::ReviewStatus;
use domain::{CallId, LocationId, QaReviewId, TenantId, UserId};
use sqlx::PgConnection;
use sqlx::types::Json;

/// Which reviews are wanted; what is absent does not matter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReviewFilter {
    pub agent: Option<UserId>,
    pub status: Option<ReviewStatus>,
    pub call: Option<CallId>,
    pub from: Option<NaiveDate>,
    /// The last day.
    pub until: Option<NaiveDate>,
}

/// The reviews of a month that an agent has had, and how they did in them.
#[derive(Clone, Debug, PartialEq)]
pub struct Quota {
    pub agent_id: UserId,
    pub agent_email: Option<String>,
    pub agent_name: Option<String>,
    pub location_id: Option<LocationId>,
    pub location_name: Option<String>,
    pub team: Option<String>,
    pub drafts: i64,
    pub completed: i64,
    /// Sum of their points.
    pub points: i64,
}

/// The reviews that somebody sees, the latest first: of themselves, by themselves, and those of their locations.
pub async fn list(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    filter: &ReviewFilter,
    page: Page,
) -> sqlx::Result<Listing<ReviewRow>> {
    let (everything, locations) = (viewer.everything(), viewer.locations());
    let (status, call) = (filter.status.map(ReviewStatus::word), filter.call.map(|call| call.0));
    let total = sqlx::query_scalar!(
        r#"select count(*) as "n!" from reviews
           where tenant_id = $1 and ($2 or agent_id = $3 or reviewer_id = $3 or location_id = any($4))
             and ($5::uuid is null or agent_id = $5)
             and ($6::text is null or review_status = $6) and ($7::uuid is null or call_id = $7)
             and ($8::date is null or review_date >= $8) and ($9::date is null or review_date <= $9)"#,
        tenant.0,
        everything,
        viewer.user,
        &locations,
        filter.agent.map(|agent| agent.0),
        status,
        call,
        filter.from,
        filter.until,
    );
    let total = total.fetch_one(&mut *conn).await?;
    let (offset, limit) = page.bounds();
    let rows = sqlx::query_scalar!(
        r#"select to_json(r) as "review!: Json<ReviewRow>" from reviews r
           where tenant_id = $1 and ($2 or agent_id = $3 or reviewer_id = $3 or location_id = any($4))
             and ($5::uuid is null or agent_id = $5)
             and ($6::text is null or review_status = $6) and ($7::uuid is null or call_id = $7)
             and ($8::date is null or review_date >= $8) and ($9::date is null or review_date <= $9)
           order by review_date desc, created_at desc, review_id offset $10 limit $11"#,
        tenant.0,
        everything,
        viewer.user,
        &locations,
        filter.agent.map(|agent| agent.0),
        status,
        call,
        filter.from,
        filter.until,
        offset,
        limit,
    );
    let rows = rows.fetch_all(conn).await?.into_iter().map(|row| row.0).collect();
    Ok(Listing { rows, total, next: None })
}

/// A review, if whoever looks sees it.
pub async fn card(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    review: QaReviewId,
) -> sqlx::Result<Option<ReviewRow>> {
    let found = sqlx::query_scalar!(
        r#"select to_json(r) as "review!: Json<ReviewRow>" from reviews r
           where tenant_id = $1 and review_id = $2 and ($3 or agent_id = $4 or reviewer_id = $4 or location_id = any($5))"#,
        tenant.0,
        review.0,
        viewer.everything(),
        viewer.user,
        &viewer.locations(),
    );
    Ok(found.fetch_optional(conn).await?.map(|row| row.0))
}

/// The agents whom somebody sees, those with the fewest reviews in these days first.
pub async fn quota(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    (from, until): (NaiveDate, NaiveDate),
    page: Page,
) -> sqlx::Result<Listing<Quota>> {
    let (everything, locations) = (viewer.everything(), viewer.locations());
    let total = sqlx::query_scalar!(
        r#"select count(*) as "n!" from agents
           where tenant_id = $1 and is_active and ($2 or agent_id = $3 or location_id = any($4))"#,
        tenant.0,
        everything,
        viewer.user,
        &locations,
    );
    let total = total.fetch_one(&mut *conn).await?;
    let (offset, limit) = page.bounds();
    let found = sqlx::query!(
        r#"select a.agent_id, a.email, a.name, a.location_id, a.location_name, a.team,
                  done.drafts as "drafts!", done.completed as "completed!", done.points as "points!"
           from agents a
           cross join lateral (
             select count(*) filter (where r.review_status = 'draft') as drafts,
                    count(*) filter (where r.review_status <> 'draft') as completed,
                    coalesce(sum(r.total_score) filter (where r.review_status <> 'draft'), 0)::bigint as points
             from reviews r
             where r.tenant_id = $1 and r.agent_id = a.agent_id and r.review_date between $5 and $6
               and ($2 or r.agent_id = $3 or r.reviewer_id = $3 or r.location_id = any($4))) done
           where a.tenant_id = $1 and a.is_active and ($2 or a.agent_id = $3 or a.location_id = any($4))
           order by done.completed, a.name, a.agent_id offset $7 limit $8"#,
        tenant.0,
        everything,
        viewer.user,
        &locations,
        from,
        until,
        offset,
        limit,
    );
    let rows = found.fetch_all(conn).await?.into_iter().map(|row| Quota {
        agent_id: UserId(row.agent_id),
        agent_email: row.email,
        agent_name: row.name,
        location_id: row.location_id.map(LocationId),
        location_name: row.location_name,
        team: row.team,
        drafts: row.drafts,
        completed: row.completed,
        points: row.points,
    });
    Ok(Listing { rows: rows.collect(), total, next: None })
}
