//! What the dashboard says: totals as of now, the last days, and the cases that came in last.

use crate::cases::agency_score::mean_performance;
use crate::cases::agency_scores::ScorePolicy;
use crate::cases::case_counts::{Amounts, CaseAmounts, CaseCount, SlaCounts};
use crate::cases::dashboard::{DashboardAmount, DashboardDay, DashboardZones, days_up_to};
use crate::cases::worklist::{CaseActivity, CaseRow, CaseStatus};
use crate::cases::worklist_page::{CaseCard, CaseFilter};
use chrono::NaiveDate;
use domain::cases::case::Priority;
use domain::{Instant, TenantId};
use eventlog::Position;
use rust_decimal::Decimal;
use sqlx::PgConnection;
use sqlx::types::Json;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

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
    /// The mean `performance_score` of the active agencies, two decimals; `None` without any.
    pub mean_performance: Option<Decimal>,
    /// The last days, oldest first, without a gap; the last is today in the company's time zone.
    pub days: Vec<StatsDay>,
    /// The position of the log that all of it reflects.
    pub position: Position,
}

/// A day of the series.
#[derive(Clone, Debug, PartialEq)]
pub struct StatsDay {
    pub counts: DashboardDay,
    /// Overdue amounts opened and amounts paid on this day, by currency.
    pub amounts: BTreeMap<String, Amounts>,
}

/// The dashboard of a company at `now`, with so many days: one question, of one moment. Only a company that judges its agencies by
/// their last thirty days is asked about these besides.
pub async fn stats(conn: &mut PgConnection, tenant: TenantId, now: Instant, days: u32) -> sqlx::Result<Stats> {
    // Which day it is there depends on the company's time zone, which is part of the answer: a day more at either end holds it.
    let today = now.date_naive();
    let first = days_up_to(today, days + 1).next().unwrap_or(today);
    let found = sqlx::query!(
        r#"select
             (select json_agg(c) from case_counts c where c.tenant_id = $1) as "counts: Json<Vec<CaseCount>>",
             (select count(*) from cases
              where tenant_id = $1 and sla_judged is null and sla_recorded is null and at_risk_at <= $2) as "at_risk!",
             (select count(*) from cases
              where tenant_id = $1 and sla_judged is null and sla_recorded is distinct from 'breached' and due_at < $2) as "due!",
             (select to_json(a) from case_amounts a where a.tenant_id = $1) as "amounts: Json<CaseAmounts>",
             (select count(*) from agencies where tenant_id = $1) as "agencies!",
             (select json_agg(json_build_array(a.agency_id, coalesce(s.points, 0)))
              from agencies a left join agency_scores s on s.tenant_id = a.tenant_id and s.agency_id = a.agency_id
              where a.tenant_id = $1 and a.is_active) as "active: Json<Vec<(Uuid, Decimal)>>",
             (select to_json(p) from agency_score_policies p where p.tenant_id = $1) as "policy: Json<ScorePolicy>",
             (select to_json(z) from dashboard_zones z where z.tenant_id = $1) as "zones: Json<DashboardZones>",
             (select json_agg(d) from dashboard_days d
              where d.tenant_id = $1 and d.day between $3 and $4) as "days: Json<Vec<DashboardDay>>",
             (select json_agg(a) from dashboard_amounts a
              where a.tenant_id = $1 and a.day between $3 and $4) as "paid: Json<Vec<DashboardAmount>>",
             (select min(position) from projection.checkpoints
              where model in ('worklist', 'agency_directory', 'agency_scores', 'dashboard')) as "position!""#,
        tenant.0,
        now,
        first,
        today.succ_opt().unwrap_or(today),
    );
    let found = found.fetch_one(&mut *conn).await?;
    let counted = found.counts.map(|counts| counts.0).unwrap_or_default();
    let sla_running = SlaCounts::running(&counted, &CaseFilter::default(), found.at_risk, found.due);
    let mut by_status: BTreeMap<_, _> = CaseStatus::ALL.map(|status| (status, 0)).into();
    let mut by_priority: BTreeMap<_, _> = [Priority::P1, Priority::P2, Priority::P3].map(|priority| (priority, 0)).into();
    for count in &counted {
        *by_status.entry(count.status).or_default() += count.cases();
        *by_priority.entry(count.priority).or_default() += count.cases();
    }
    let mut amounts = found.amounts.map(|row| row.0.amounts).unwrap_or_default();
    // No currency of which nothing is left.
    amounts.retain(|_, sums| !sums.overdue.is_zero() || !sums.paid.is_zero());
    let active = found.active.map(|active| active.0).unwrap_or_default();
    let today = DashboardZones::day(found.zones.as_deref(), now);
    let known = found.days.map(|days| days.0).unwrap_or_default();
    let paid = found.paid.map(|paid| paid.0).unwrap_or_default();
    Ok(Stats {
        cases: by_status.values().sum(),
        by_status,
        by_priority,
        sla: sla_running + SlaCounts::on_record(counted.iter().filter(|count| !count.status.runs())),
        sla_running,
        amounts,
        agencies: found.agencies,
        active_agencies: i64::try_from(active.len()).unwrap_or(i64::MAX),
        mean_performance: mean_performance(conn, tenant, found.policy.as_deref(), &active, now).await?,
        days: series(tenant, today, days, known, paid),
        position: Position::from_i64(found.position),
    })
}

/// So many days up to today, with those on which nothing happened.
fn series(tenant: TenantId, today: NaiveDate, days: u32, known: Vec<DashboardDay>, paid: Vec<DashboardAmount>) -> Vec<StatsDay> {
    let mut known: HashMap<_, _> = known.into_iter().map(|day| (day.day, day)).collect();
    let mut amounts: HashMap<_, BTreeMap<_, _>> = HashMap::new();
    for amount in paid {
        let sums = Amounts { overdue: amount.opened, paid: amount.paid };
        amounts.entry(amount.day).or_default().insert(amount.currency, sums);
    }
    let day = |day| StatsDay {
        counts: known.remove(&day).unwrap_or_else(|| DashboardDay::quiet(tenant, day)),
        amounts: amounts.remove(&day).unwrap_or_default(),
    };
    days_up_to(today, days).map(day).collect()
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
