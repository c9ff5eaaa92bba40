//! The figures on the dashboard, each as of one moment and one position of the log.

use super::{Days, SlaStanding};
use crate::auth::Caller;
use crate::extract::Params;
use crate::{Answer, Error, House};
use actix_web::web;
use chrono::{DateTime, NaiveDate, Utc};
use domain::Instant;
use domain::cases::case::Priority;
use domain::explain::rounded;
use projections::cases::case_counts::Amounts;
use projections::cases::dashboard_stats::{self, Stats, StatsDay};
use projections::cases::worklist::CaseStatus;
use rust_decimal::{Decimal, dec};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// How many days.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Series {
    /// How many days the series has.
    #[param(value_type = u32, required = false, minimum = 1, maximum = 365, default = 30)]
    days: Option<Days>,
}

/// The dashboard as of a moment.
#[derive(Debug, Serialize, ToSchema)]
pub struct Dashboard {
    #[schema(example = 42)]
    pub total_cases: i64,
    pub cases_by_status: ByStatus,
    pub cases_by_priority: ByPriority,
    /// Running cases as of this moment, completed ones as judged at their completion.
    pub sla: SlaStanding,
    /// Of these, the running ones.
    pub sla_running: SlaStanding,
    /// All that was overdue when the cases came in or was corrected to; `null` where there are several currencies, which are
    /// not added: see `amounts`.
    #[schema(value_type = Option<f64>, example = 630000.00)]
    pub total_overdue_amount: Option<Decimal>,
    /// All that was paid; `null` where there are several currencies.
    #[schema(value_type = Option<f64>, example = 157500.00)]
    pub total_paid: Option<Decimal>,
    /// Paid in percent of overdue, two decimals; `null` where nothing is overdue or there are several currencies.
    #[schema(value_type = Option<f64>, example = 25.00)]
    pub recovery_rate: Option<Decimal>,
    /// The same for each currency.
    pub amounts: Vec<CurrencyAmounts>,
    #[schema(example = 9)]
    pub active_dcas: i64,
    #[schema(example = 12)]
    pub total_dcas: i64,
    /// The mean `performance_score` of the active agencies, two decimals; `null` without any.
    #[schema(value_type = Option<f64>, example = 97.35)]
    pub avg_performance_score: Option<Decimal>,
    /// The last days in the company's time zone, oldest first, without a gap; the last is today.
    pub series: Vec<Day>,
    pub as_of: DateTime<Utc>,
    /// The position of the log that all figures reflect.
    #[schema(example = 4711)]
    pub position: i64,
}

/// Cases by where they stand.
#[derive(Debug, Serialize, ToSchema)]
pub struct ByStatus {
    #[schema(example = 4)]
    pub open: i64,
    #[schema(example = 6)]
    pub assigned: i64,
    #[schema(example = 11)]
    pub in_progress: i64,
    #[schema(example = 2)]
    pub delayed: i64,
    #[schema(example = 14)]
    pub completed: i64,
    #[schema(example = 5)]
    pub closed: i64,
}

/// Cases by how urgent they are.
#[derive(Debug, Serialize, ToSchema)]
#[allow(non_snake_case, reason = "P1 is written so everywhere")]
pub struct ByPriority {
    #[schema(example = 8)]
    pub P1: i64,
    #[schema(example = 20)]
    pub P2: i64,
    #[schema(example = 14)]
    pub P3: i64,
}

/// What is owed and was paid in a currency.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct CurrencyAmounts {
    #[schema(example = "USD")]
    pub currency: String,
    #[schema(value_type = f64, example = 630000.00)]
    pub overdue: Decimal,
    #[schema(value_type = f64, example = 157500.00)]
    pub paid: Decimal,
    /// Paid in percent of overdue, two decimals; `null` where nothing is overdue.
    #[schema(value_type = Option<f64>, example = 25.00)]
    pub recovery_rate: Option<Decimal>,
}

/// What happened on a day.
#[derive(Debug, Serialize, ToSchema)]
pub struct Day {
    pub date: NaiveDate,
    #[schema(example = 3)]
    pub opened: i64,
    #[schema(example = 3)]
    pub assigned: i64,
    #[schema(example = 2)]
    pub accepted: i64,
    #[schema(example = 0)]
    pub rejected: i64,
    #[schema(example = 1)]
    pub delayed: i64,
    #[schema(example = 1)]
    pub resumed: i64,
    #[schema(example = 0)]
    pub escalated: i64,
    #[schema(example = 2)]
    pub completed: i64,
    #[schema(example = 1)]
    pub closed: i64,
    #[schema(example = 0)]
    pub reopened: i64,
    #[schema(example = 0)]
    pub deleted: i64,
    /// Cases that came to be at risk.
    #[schema(example = 1)]
    pub at_risk: i64,
    /// Cases whose SLA was breached.
    #[schema(example = 0)]
    pub breached: i64,
    #[schema(example = 4)]
    pub payments: i64,
    /// What the cases opened on this day owe, and what was paid on it, by currency.
    pub amounts: Vec<DayAmounts>,
}

/// What came in on a day in a currency.
#[derive(Debug, Serialize, ToSchema)]
pub struct DayAmounts {
    #[schema(example = "USD")]
    pub currency: String,
    /// Overdue amounts of the cases opened.
    #[schema(value_type = f64, example = 12000.00)]
    pub opened: Decimal,
    #[schema(value_type = f64, example = 4100.50)]
    pub paid: Decimal,
}

/// The dashboard: totals as of now, and the last days.
#[utoipa::path(get, path = "/api/v1/dashboard/stats", tag = "dashboard", params(Series),
    responses((status = 200, body = Dashboard)))]
pub async fn stats(house: web::Data<House>, caller: Caller, series: Params<Series>) -> Result<Answer<Dashboard>, Error> {
    let (tenant, now) = (caller.tenant(), house.commands.now());
    let days = series.0.days.map_or(30, |days| days.0);
    let found = house.reader.as_tenant(tenant, move |conn| Box::pin(dashboard_stats::stats(conn, tenant, now, days)));
    let stats = found.await?;
    let position = stats.position;
    Ok(Answer::ok(Dashboard::of(stats, now)).position(position))
}

impl Dashboard {
    fn of(stats: Stats, as_of: Instant) -> Self {
        let status = |status| stats.by_status.get(&status).copied().unwrap_or_default();
        let priority = |priority| stats.by_priority.get(&priority).copied().unwrap_or_default();
        let amounts: Vec<_> = stats.amounts.iter().map(CurrencyAmounts::of).collect();
        let total = match &amounts[..] {
            [] => Some((dec!(0.00), dec!(0.00), None)),
            [one] => Some((one.overdue, one.paid, one.recovery_rate)),
            _ => None,
        };
        Self {
            total_cases: stats.cases,
            cases_by_status: ByStatus {
                open: status(CaseStatus::Open),
                assigned: status(CaseStatus::Assigned),
                in_progress: status(CaseStatus::InProgress),
                delayed: status(CaseStatus::Delayed),
                completed: status(CaseStatus::Completed),
                closed: status(CaseStatus::Closed),
            },
            cases_by_priority: ByPriority { P1: priority(Priority::P1), P2: priority(Priority::P2), P3: priority(Priority::P3) },
            sla: stats.sla.into(),
            sla_running: stats.sla_running.into(),
            total_overdue_amount: total.map(|(overdue, ..)| overdue),
            total_paid: total.map(|(_, paid, _)| paid),
            recovery_rate: total.and_then(|(.., rate)| rate),
            amounts,
            active_dcas: stats.active_agencies,
            total_dcas: stats.agencies,
            avg_performance_score: stats.mean_performance,
            series: stats.days.into_iter().map(Day::from).collect(),
            as_of,
            position: stats.position.to_i64(),
        }
    }
}

impl CurrencyAmounts {
    fn of((currency, amounts): (&String, &Amounts)) -> Self {
        let (overdue, paid) = (rounded(amounts.overdue, 2), rounded(amounts.paid, 2));
        Self { currency: currency.clone(), overdue, paid, recovery_rate: recovery_rate(overdue, paid) }
    }
}

/// Paid in percent of overdue, two decimals.
pub(crate) fn recovery_rate(overdue: Decimal, paid: Decimal) -> Option<Decimal> {
    (!overdue.is_zero()).then(|| rounded(dec!(100) * paid / overdue, 2))
}

impl From<StatsDay> for Day {
    fn from(StatsDay { counts, amounts }: StatsDay) -> Self {
        Self {
            date: counts.day,
            opened: counts.opened,
            assigned: counts.assigned,
            accepted: counts.accepted,
            rejected: counts.rejected,
            delayed: counts.delayed,
            resumed: counts.resumed,
            escalated: counts.escalated,
            completed: counts.completed,
            closed: counts.closed,
            reopened: counts.reopened,
            deleted: counts.deleted,
            at_risk: counts.at_risk,
            breached: counts.breached,
            payments: counts.payments,
            amounts: day_amounts(amounts),
        }
    }
}

fn day_amounts(amounts: BTreeMap<String, Amounts>) -> Vec<DayAmounts> {
    let amount = |(currency, sums): (String, Amounts)| DayAmounts { currency, opened: sums.overdue, paid: sums.paid };
    amounts.into_iter().map(amount).collect()
}
