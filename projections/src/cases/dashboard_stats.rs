//! What the dashboard says: totals as of now, the last days, and the cases that came in last.

use crate::cases::agency_directory::headcount;
use crate::cases::case_counts::{Amounts, CaseAmounts, SlaCounts, counts, running};
use crate::cases::dashboard::{DashboardAmount, DashboardDay, DashboardZones, days_up_to};
use crate::cases::worklist::{CaseActivity, CaseRow, CaseStatus};
use crate::cases::worklist_page::{CaseCard, CaseFilter};
use domain::cases::case::Priority;
use domain::{Instant, TenantId};
use sqlx::PgConnection;
use sqlx::types::Json;
use std::collections::{BTreeMap, HashMap};

/// The dashboard as of an instant.
#[derive(Clone, Debug, PartialEq)]
pub struct Stats {
    pub cases: i64,
    /// Every status, also those without cases.
    pub by_status: BTreeMap<CaseStatus, i64>,
    pub by_priority: BTreeMap<Priority, i64>,
    /// Running cases as of the instant, ended ones as judged at their completion.
    pub sla: SlaCounts,
    /// Of these, the running ones.
    pub sla_running: SlaCounts,
    /// What is owed and was paid, by currency.
    pub amounts: BTreeMap<String, Amounts>,
    pub agencies: i64,
    pub active_agencies: i64,
    /// The last days, oldest first, without a gap; the last is today in the company's time zone.
    pub days: Vec<StatsDay>,
}

/// A day of the series.
#[derive(Clone, Debug, PartialEq)]
pub struct StatsDay {
    pub counts: DashboardDay,
    /// Overdue amounts opened and amounts paid on this day, by currency.
    pub amounts: BTreeMap<String, Amounts>,
}

/// The dashboard of a company at `now`, with so many days.
pub async fn stats(conn: &mut PgConnection, tenant: TenantId, now: Instant, days: u32) -> sqlx::Result<Stats> {
    let counted = counts(conn, tenant).await?;
    let sla_running = running(conn, tenant, &CaseFilter::default(), &counted, now).await?;
    let mut by_status: BTreeMap<_, _> = CaseStatus::ALL.map(|status| (status, 0)).into();
    let mut by_priority: BTreeMap<_, _> = [Priority::P1, Priority::P2, Priority::P3].map(|priority| (priority, 0)).into();
    for count in &counted {
        *by_status.entry(count.status).or_default() += count.cases();
        *by_priority.entry(count.priority).or_default() += count.cases();
    }
    let sla = sla_running + SlaCounts::on_record(counted.iter().filter(|count| !count.status.runs()));
    let amounts = amounts(conn, tenant).await?;
    let (agencies, active_agencies) = headcount(conn, tenant).await?;
    let cases = by_status.values().sum();
    let days = series(conn, tenant, now, days).await?;
    Ok(Stats { cases, by_status, by_priority, sla, sla_running, amounts, agencies, active_agencies, days })
}

/// What is owed and was paid, by currency; no currency of which nothing is left.
async fn amounts(conn: &mut PgConnection, tenant: TenantId) -> sqlx::Result<BTreeMap<String, Amounts>> {
    let found = sqlx::query_scalar!(
        r#"select to_json(a) as "amounts!: Json<CaseAmounts>" from case_amounts a where tenant_id = $1"#,
        tenant.0,
    );
    let mut amounts = found.fetch_optional(conn).await?.map(|row| row.0.amounts).unwrap_or_default();
    amounts.retain(|_, sums| !sums.overdue.is_zero() || !sums.paid.is_zero());
    Ok(amounts)
}

async fn series(conn: &mut PgConnection, tenant: TenantId, now: Instant, days: u32) -> sqlx::Result<Vec<StatsDay>> {
    let zones = sqlx::query_scalar!(
        r#"select to_json(z) as "zones!: Json<DashboardZones>" from dashboard_zones z where tenant_id = $1"#,
        tenant.0,
    );
    let zones = zones.fetch_optional(&mut *conn).await?.map(|zones| zones.0);
    let today = DashboardZones::day(zones.as_ref(), now);
    let first = days_up_to(today, days).next().unwrap_or(today);
    let known = sqlx::query_scalar!(
        r#"select to_json(d) as "day!: Json<DashboardDay>" from dashboard_days d
           where tenant_id = $1 and day between $2 and $3"#,
        tenant.0,
        first,
        today,
    );
    let known = known.fetch_all(&mut *conn).await?.into_iter();
    let mut known: HashMap<_, _> = known.map(|day| (day.0.day, day.0)).collect();
    let paid = sqlx::query_scalar!(
        r#"select to_json(a) as "amount!: Json<DashboardAmount>" from dashboard_amounts a
           where tenant_id = $1 and day between $2 and $3"#,
        tenant.0,
        first,
        today,
    );
    let mut amounts: HashMap<_, BTreeMap<_, _>> = HashMap::new();
    for Json(amount) in paid.fetch_all(conn).await? {
        let sums = Amounts { overdue: amount.opened, paid: amount.paid };
        amounts.entry(amount.day).or_default().insert(amount.currency, sums);
    }
    let day = |day| StatsDay {
        counts: known.remove(&day).unwrap_or_else(|| DashboardDay::quiet(tenant, day)),
        amounts: amounts.remove(&day).unwrap_or_default(),
    };
    Ok(days_up_to(today, days).map(day).collect())
}

/// The cases that came in last, the newest first.
pub async fn recent(conn: &mut PgConnection, tenant: TenantId, limit: u32) -> sqlx::Result<Vec<CaseCard>> {
    let found = sqlx::query!(
        r#"select to_json(c) as "case!: Json<CaseRow>", to_json(s) as "activity!: Json<CaseActivity>", a.name as "agency_name?"
           from (select * from cases where tenant_id = $1 order by created_at desc, case_id desc limit $2) c
           join case_activity s on s.tenant_id = c.tenant_id and s.case_id = c.case_id
           left join agencies a on a.tenant_id = c.tenant_id and a.agency_id = c.agency_id
           order by c.created_at desc, c.case_id desc"#,
        tenant.0,
        i64::from(limit.min(100)),
    );
    let cards = found.fetch_all(conn).await?.into_iter();
    let cards = cards.map(|row| CaseCard { case: row.case.0, activity: row.activity.0, agency_name: row.agency_name });
    Ok(cards.collect())
}
