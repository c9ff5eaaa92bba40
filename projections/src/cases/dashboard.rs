//! The dashboard: what happened on each day, counted in the company's own time zone.

use crate::cases::{scaled, sla_board::TenantKey};
use crate::{Keys, ReadModel, Row, Rows, Table, Unappliable, table};
use chrono::{Days, NaiveDate};
use chrono_tz::Tz;
use domain::cases::case::CaseEvent;
use domain::cases::policy::PolicyEvent;
use domain::{Fact, Instant, TenantId};
use eventlog::Recorded;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The dashboard's days.
pub struct Dashboard;

/// In which time zone a company counts its days.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DashboardZones {
    pub tenant_id: TenantId,
    pub zones: Vec<DatedZone>,
}

/// A time zone from an instant on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatedZone {
    pub version: u32,
    pub from: Instant,
    pub timezone: String,
}

impl Row for DashboardZones {
    const TABLE: &'static str = "dashboard_zones";
    const KEY: &'static [&'static str] = &["tenant_id"];
    type Key = TenantKey;

    fn key(&self) -> TenantKey {
        TenantKey { tenant_id: self.tenant_id }
    }
}

impl DashboardZones {
    /// The day of an instant in the zone in force at it. The zone of version 1 has always been in force; without any it is UTC.
    pub(crate) fn day(known: Option<&Self>, at: Instant) -> NaiveDate {
        let zones = known.map_or(&[][..], |row| &row.zones);
        let in_force = zones.iter().rev().find(|zone| zone.from <= at);
        let zone = in_force.or_else(|| zones.iter().find(|zone| zone.version == 1));
        let zone: Tz = zone.and_then(|zone| zone.timezone.parse().ok()).unwrap_or(Tz::UTC);
        at.with_timezone(&zone).date_naive()
    }
}

/// What happened to cases on a day. The columns are explained in `migrations/read/dashboard.sql`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DashboardDay {
    pub tenant_id: TenantId,
    pub day: NaiveDate,
    pub opened: i64,
    pub assigned: i64,
    pub accepted: i64,
    pub rejected: i64,
    pub delayed: i64,
    pub resumed: i64,
    pub escalated: i64,
    pub completed: i64,
    pub closed: i64,
    pub reopened: i64,
    pub deleted: i64,
    pub at_risk: i64,
    pub breached: i64,
    pub payments: i64,
}

/// The primary key of a day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct DayKey {
    pub tenant_id: TenantId,
    pub day: NaiveDate,
}

impl Row for DashboardDay {
    const TABLE: &'static str = "dashboard_days";
    const KEY: &'static [&'static str] = &["tenant_id", "day"];
    type Key = DayKey;

    fn key(&self) -> DayKey {
        DayKey { tenant_id: self.tenant_id, day: self.day }
    }
}

/// The amounts of a day in one currency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DashboardAmount {
    pub tenant_id: TenantId,
    pub day: NaiveDate,
    pub currency: String,
    /// Overdue amounts of the cases opened.
    pub opened: Decimal,
    pub paid: Decimal,
}

/// The primary key of the amounts of a day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct AmountKey {
    pub tenant_id: TenantId,
    pub day: NaiveDate,
    pub currency: String,
}

impl Row for DashboardAmount {
    const TABLE: &'static str = "dashboard_amounts";
    const KEY: &'static [&'static str] = &["tenant_id", "day", "currency"];
    type Key = AmountKey;

    fn key(&self) -> AmountKey {
        AmountKey { tenant_id: self.tenant_id, day: self.day, currency: self.currency.clone() }
    }
}

/// The currency, the overdue amount opened and the amount paid that an event reports.
fn amounts(fact: &CaseEvent) -> Option<(String, Decimal, Decimal)> {
    match fact {
        CaseEvent::Opened { overdue, .. } => Some((overdue.currency.to_string(), overdue.amount.value(), Decimal::ZERO)),
        CaseEvent::PaymentReceived { amount, currency, .. } => Some((currency.to_string(), Decimal::ZERO, amount.value())),
        _ => None,
    }
}

impl ReadModel for Dashboard {
    const NAME: &'static str = "dashboard";
    const VERSION: i32 = 2;
    const CATEGORIES: &'static [&'static str] = &["case", "policy"];
    const SQL: &'static str = include_str!("../../../migrations/read/dashboard.sql");

    fn tables() -> Vec<Box<dyn Table>> {
        vec![table::<DashboardZones>(), table::<DashboardDay>(), table::<DashboardAmount>()]
    }

    fn keys(event: &Recorded, fact: &Fact, keys: &mut Keys<'_>) {
        let tenant_id = event.stream.tenant;
        if let Fact::Case(_) | Fact::Policy(_) = fact {
            keys.want::<DashboardZones>(TenantKey { tenant_id });
        }
        let Fact::Case(fact) = fact else { return };
        let amounts = amounts(fact);
        // Which of these days it is depends on the zone, which only `evolve` knows.
        let today = event.occurred_at.date_naive();
        for day in [today.pred_opt(), Some(today), today.succ_opt()].into_iter().flatten() {
            keys.want::<DashboardDay>(DayKey { tenant_id, day });
            if let Some((currency, _, _)) = &amounts {
                keys.want::<DashboardAmount>(AmountKey { tenant_id, day, currency: currency.clone() });
            }
        }
    }

    fn evolve(rows: &mut Rows, event: &Recorded, fact: &Fact) -> Result<(), Unappliable> {
        let tenant_id = event.stream.tenant;
        if let Fact::Policy(fact) = fact {
            let row = rows.or_new(&TenantKey { tenant_id }, || DashboardZones { tenant_id, zones: vec![] })?;
            match fact {
                PolicyEvent::Published { version, from, values } => {
                    row.zones.push(DatedZone { version: *version, from: *from, timezone: values.timezone.clone() });
                }
                PolicyEvent::Withdrawn { version } => row.zones.retain(|zone| zone.version != *version),
                PolicyEvent::Restated(_) | PolicyEvent::RestatementUndone { .. } => {}
            }
        }
        let Fact::Case(fact) = fact else { return Ok(()) };
        let day = DashboardZones::day(rows.get::<DashboardZones>(&TenantKey { tenant_id })?, event.occurred_at);
        if let Some((currency, opened, paid)) = amounts(fact) {
            let key = AmountKey { tenant_id, day, currency: currency.clone() };
            let zero = Decimal::ZERO;
            let row = rows.or_new(&key, || DashboardAmount { tenant_id, day, currency, opened: zero, paid: zero })?;
            row.opened = scaled(row.opened + opened, 2);
            row.paid = scaled(row.paid + paid, 2);
        }
        let row = rows.or_new(&DayKey { tenant_id, day }, || DashboardDay::quiet(tenant_id, day))?;
        if let Some(counter) = row.counter(fact) {
            *counter += 1;
        }
        Ok(())
    }
}

impl DashboardDay {
    /// A day on which nothing happened.
    pub fn quiet(tenant_id: TenantId, day: NaiveDate) -> Self {
        Self {
            tenant_id,
            day,
            opened: 0,
            assigned: 0,
            accepted: 0,
            rejected: 0,
            delayed: 0,
            resumed: 0,
            escalated: 0,
            completed: 0,
            closed: 0,
            reopened: 0,
            deleted: 0,
            at_risk: 0,
            breached: 0,
            payments: 0,
        }
    }

    fn counter(&mut self, fact: &CaseEvent) -> Option<&mut i64> {
        match fact {
            CaseEvent::Opened { .. } => Some(&mut self.opened),
            CaseEvent::Assigned { .. } => Some(&mut self.assigned),
            CaseEvent::Accepted { .. } => Some(&mut self.accepted),
            CaseEvent::Rejected { .. } => Some(&mut self.rejected),
            CaseEvent::Delayed { .. } => Some(&mut self.delayed),
            CaseEvent::Resumed { .. } => Some(&mut self.resumed),
            CaseEvent::Escalated { .. } => Some(&mut self.escalated),
            CaseEvent::Completed { .. } => Some(&mut self.completed),
            CaseEvent::Closed {} => Some(&mut self.closed),
            CaseEvent::Reopened { .. } => Some(&mut self.reopened),
            CaseEvent::Deleted { .. } => Some(&mut self.deleted),
            CaseEvent::SlaAtRisk { .. } => Some(&mut self.at_risk),
            CaseEvent::SlaBreached { .. } => Some(&mut self.breached),
            CaseEvent::PaymentReceived { .. } => Some(&mut self.payments),
            CaseEvent::Updated { .. } | CaseEvent::PriorityChanged { .. } | CaseEvent::LeftUnassigned { .. } => None,
        }
    }
}

/// So many days, the last of them `last`, oldest first.
pub(crate) fn days_up_to(last: NaiveDate, days: u32) -> impl Iterator<Item = NaiveDate> {
    (0..u64::from(days)).rev().filter_map(move |back| last.checked_sub_days(Days::new(back)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::story::{Story, TENANT, at_day};
    use domain::cases::policy::PolicyValues;
    use rust_decimal::dec;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn days_are_counted_in_the_zone_in_force() {
        let mut story = Story::default();
        story.policy(0, 1, PolicyValues { timezone: "America/Detroit".into(), ..Default::default() });
        let payment = |amount: i64| CaseEvent::PaymentReceived {
            amount: Decimal::from(amount).try_into().unwrap(),
            currency: Default::default(),
            reference: None,
        };
        story.case(3, payment(5)).case(3, payment(7));
        story.policy(4, 2, PolicyValues { timezone: "Asia/Tokyo".into(), ..Default::default() });
        story.case(4, payment(1));
        let rows = story.rows::<Dashboard>();
        let day = |text| rows.get::<DashboardDay>(&DayKey { tenant_id: TENANT, day: date(text) }).unwrap();
        // Midnight UTC of 4 January is still the 3rd in Detroit; that of the 5th is the 5th in Tokyo.
        assert_eq!(day("2026-01-03").unwrap().payments, 2);
        assert_eq!(day("2026-01-04"), None);
        assert_eq!(day("2026-01-05").unwrap().payments, 1);
        let key = AmountKey { tenant_id: TENANT, day: date("2026-01-03"), currency: "USD".into() };
        assert_eq!(rows.get::<DashboardAmount>(&key).unwrap().unwrap().paid, dec!(12));
    }

    #[test]
    fn an_opening_counts_with_its_amount() {
        let story = Story::opened(0);
        let rows = story.rows::<Dashboard>();
        let (tenant_id, day) = (TENANT, at_day(0).date_naive());
        assert_eq!(rows.get::<DashboardDay>(&DayKey { tenant_id, day }).unwrap().unwrap().opened, 1);
        let key = AmountKey { tenant_id, day, currency: "USD".into() };
        assert_eq!(rows.get::<DashboardAmount>(&key).unwrap().unwrap().opened.to_string(), "1250.50");
    }

    #[test]
    fn a_series_ends_with_the_day_named() {
        let days: Vec<_> = days_up_to(date("2026-03-01"), 3).collect();
        assert_eq!(days, [date("2026-02-27"), date("2026-02-28"), date("2026-03-01")]);
    }
}
