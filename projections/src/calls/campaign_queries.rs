//! What people ask about campaigns: which there are, what one is about, its calls, and how it does.

use super::campaigns::{CampaignCallRow, CampaignRow};
use crate::Viewer;
use crate::page::{Listing, Page, containing};
use chrono::NaiveDate;
use domain::calls::campaign::{CampaignStatus, CampaignType};
use domain::{CampaignId, TenantId};
use eventlog::Position;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

/// Which campaigns are wanted; what is absent does not matter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CampaignFilter {
    pub campaign: Option<CampaignId>,
    pub campaign_type: Option<CampaignType>,
    pub status: Option<CampaignStatus>,
    pub agent: Option<Uuid>,
    /// Campaigns that run on or after this day, and on or before that one.
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
    /// Found in name or audience.
    pub text: Option<String>,
}

impl CampaignFilter {
    fn type_word(&self) -> Option<String> {
        let word = serde_json::to_value(self.campaign_type).ok()?;
        word.as_str().map(str::to_owned)
    }

    fn status_word(&self) -> Option<&'static str> {
        self.status.map(CampaignStatus::word)
    }
}

/// The campaigns that somebody sees, the latest first, with the numbers of the calls they see.
pub async fn list(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    filter: &CampaignFilter,
    page: Page,
) -> sqlx::Result<Listing<CampaignRow>> {
    let pattern = filter.text.as_deref().map(containing);
    let total = sqlx::query_scalar!(
        r#"select count(*) as "n!" from campaigns
           where tenant_id = $1 and ($2 or $3 = any(assigned_agents))
             and ($4::uuid is null or campaign_id = $4) and ($5::text is null or campaign_type = $5)
             and ($6::text is null or status = $6) and ($7::uuid is null or $7 = any(assigned_agents))
             and ($8::date is null or end_date >= $8) and ($9::date is null or start_date <= $9)
             and ($10::text is null or name ilike $10 or target_audience ilike $10)"#,
        tenant.0,
        viewer.everything(),
        viewer.user,
        filter.campaign.map(|id| id.0),
        filter.type_word(),
        filter.status_word(),
        filter.agent,
        filter.from,
        filter.to,
        pattern,
    );
    let total = total.fetch_one(&mut *conn).await?;
    let (offset, limit) = page.bounds();
    let rows = sqlx::query_scalar!(
        r#"select to_json(c) as "campaign!: Json<CampaignRow>" from campaigns c
           where tenant_id = $1 and ($2 or $3 = any(assigned_agents))
             and ($4::uuid is null or campaign_id = $4) and ($5::text is null or campaign_type = $5)
             and ($6::text is null or status = $6) and ($7::uuid is null or $7 = any(assigned_agents))
             and ($8::date is null or end_date >= $8) and ($9::date is null or start_date <= $9)
             and ($10::text is null or name ilike $10 or target_audience ilike $10)
           order by start_date desc, campaign_id offset $11 limit $12"#,
        tenant.0,
        viewer.everything(),
        viewer.user,
        filter.campaign.map(|id| id.0),
        filter.type_word(),
        filter.status_word(),
        filter.agent,
        filter.from,
        filter.to,
        pattern,
        offset,
        limit,
    );
    let mut rows: Vec<CampaignRow> = rows.fetch_all(&mut *conn).await?.into_iter().map(|row| row.0).collect();
    only_own(conn, tenant, viewer, &mut rows).await?;
    Ok(Listing { rows, total, next: None })
}

/// For whoever does not see all calls: how many of their own there are in the place of everybody's.
async fn only_own(conn: &mut PgConnection, tenant: TenantId, viewer: &Viewer, rows: &mut [CampaignRow]) -> sqlx::Result<()> {
    if viewer.everything() || rows.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = rows.iter().map(|row| row.campaign_id.0).collect();
    let tallies = tallies(conn, tenant, viewer, &ids, (None, None)).await?;
    for row in rows {
        let own = || tallies.iter().filter(|tally| tally.campaign_id == row.campaign_id);
        let (attempted, completed) = (own().map(|tally| tally.attempted).sum(), own().map(|tally| tally.completed).sum());
        let successful = own().map(|tally| tally.successful).sum();
        (row.calls_attempted, row.calls_completed, row.successful_outcomes) = (attempted, completed, successful);
    }
    Ok(())
}

/// A campaign, if whoever looks sees it, with the numbers of the calls they see.
pub async fn card(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    campaign: CampaignId,
) -> sqlx::Result<Option<CampaignRow>> {
    let found = sqlx::query_scalar!(
        r#"select to_json(c) as "campaign!: Json<CampaignRow>" from campaigns c
           where tenant_id = $1 and campaign_id = $2 and ($3 or $4 = any(assigned_agents))"#,
        tenant.0,
        campaign.0,
        viewer.everything(),
        viewer.user,
    );
    let mut found: Vec<CampaignRow> = found.fetch_optional(&mut *conn).await?.into_iter().map(|row| row.0).collect();
    only_own(conn, tenant, viewer, &mut found).await?;
    Ok(found.pop())
}

/// The calls logged for a campaign that somebody sees, the latest first; `before` goes on where an earlier page ended.
pub async fn calls(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    campaign: CampaignId,
    page: Page,
    before: Option<Position>,
) -> sqlx::Result<Listing<CampaignCallRow>> {
    let total = sqlx::query_scalar!(
        r#"select count(*) as "n!" from campaign_calls
           where tenant_id = $1 and campaign_id = $2 and ($3 or agent_id = $4)"#,
        tenant.0,
        campaign.0,
        viewer.everything(),
        viewer.user,
    );
    let total = total.fetch_one(&mut *conn).await?;
    let (offset, limit) = page.bounds();
    let rows = sqlx::query_scalar!(
        r#"select to_json(c) as "call!: Json<CampaignCallRow>" from campaign_calls c
           where tenant_id = $1 and campaign_id = $2 and ($3 or agent_id = $4) and ($5::bigint is null or position < $5)
           order by position desc offset $6 limit $7"#,
        tenant.0,
        campaign.0,
        viewer.everything(),
        viewer.user,
        before.map(Position::to_i64),
        if before.is_some() { 0 } else { offset },
        limit + 1,
    );
    let mut rows: Vec<CampaignCallRow> = rows.fetch_all(conn).await?.into_iter().map(|row| row.0).collect();
    let more = rows.len() as i64 > limit;
    rows.truncate(usize::try_from(limit).unwrap_or_default());
    let next = rows.last().filter(|_| more).map(|last| last.position.to_string());
    Ok(Listing { rows, total, next })
}

/// So many calls of an agent for a campaign came out so.
#[derive(Clone, Debug, PartialEq)]
pub struct Tally {
    pub campaign_id: CampaignId,
    pub agent_id: Uuid,
    pub agent_email: Option<String>,
    pub agent_name: Option<String>,
    pub outcome: String,
    pub attempted: i64,
    pub completed: i64,
    pub successful: i64,
}

/// What came of the calls that somebody sees, made for these campaigns on these days.
pub async fn tallies(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    campaigns: &[Uuid],
    days: (Option<NaiveDate>, Option<NaiveDate>),
) -> sqlx::Result<Vec<Tally>> {
    let found = sqlx::query!(
        r#"select campaign_id, agent_id, outcome, max(agent_email) as agent_email, max(agent_name) as agent_name,
             count(*) as "attempted!", count(*) filter (where completed) as "completed!",
             count(*) filter (where successful) as "successful!"
           from campaign_calls
           where tenant_id = $1 and campaign_id = any($2) and ($3 or agent_id = $4)
             and ($5::date is null or day >= $5) and ($6::date is null or day <= $6)
           group by campaign_id, agent_id, outcome order by campaign_id, agent_id, outcome"#,
        tenant.0,
        campaigns,
        viewer.everything(),
        viewer.user,
        days.0,
        days.1,
    );
    let found = found.fetch_all(conn).await?;
    let tally = found.into_iter().map(|row| Tally {
        campaign_id: CampaignId(row.campaign_id),
        agent_id: row.agent_id,
        agent_email: row.agent_email,
        agent_name: row.agent_name,
        outcome: row.outcome,
        attempted: row.attempted,
        completed: row.completed,
        successful: row.successful,
    });
    Ok(tally.collect())
}

/// The calls behind the figures of a campaign, oldest first, at most so many.
pub async fn evidence(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    campaign: CampaignId,
    days: (Option<NaiveDate>, Option<NaiveDate>),
    most: i64,
) -> sqlx::Result<Vec<CampaignCallRow>> {
    let found = sqlx::query_scalar!(
        r#"select to_json(c) as "call!: Json<CampaignCallRow>" from campaign_calls c
           where tenant_id = $1 and campaign_id = $2 and ($3 or agent_id = $4)
             and ($5::date is null or day >= $5) and ($6::date is null or day <= $6)
           order by position limit $7"#,
        tenant.0,
        campaign.0,
        viewer.everything(),
        viewer.user,
        days.0,
        days.1,
        most,
    );
    Ok(found.fetch_all(conn).await?.into_iter().map(|row| row.0).collect())
}
