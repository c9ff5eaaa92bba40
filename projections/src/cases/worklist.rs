//! The worklist: every case with its customer, amounts, deadlines and agency, to be filtered, sorted and opened as a card.

use crate::cases::case_counts::{Amounts, CaseAmounts, CaseCount, CaseCountKey};
use crate::cases::{scaled, sla_board::TenantKey};
use crate::{Keys, ReadModel, Rows, Table, Unappliable, table};
use domain::cases::case::{CaseEvent, Priority};
use domain::cases::sla::SlaStatus;
use domain::{Fact, TenantId};
use eventlog::Recorded;
use rust_decimal::Decimal;
use std::collections::BTreeMap;

pub use crate::cases::case_row::{CaseActivity, CaseKey, CaseRow, CaseStatus};

/// The worklist and the case card.
pub struct Worklist;

impl ReadModel for Worklist {
    const NAME: &'static str = "worklist";
    const VERSION: i32 = 4;
    const CATEGORIES: &'static [&'static str] = &["case"];
    const SQL: &'static str = include_str!("../../../migrations/read/worklist.sql");

    fn tables() -> Vec<Box<dyn Table>> {
        vec![table::<CaseRow>(), table::<CaseActivity>(), table::<CaseCount>(), table::<CaseAmounts>()]
    }

    fn keys(event: &Recorded, fact: &Fact, keys: &mut Keys<'_>) {
        let Fact::Case(fact) = fact else { return };
        let (key, tenant_id) = (CaseKey::of(event), event.stream.tenant);
        keys.want::<CaseActivity>(key.clone());
        keys.want::<CaseAmounts>(TenantKey { tenant_id });
        if let CaseEvent::PaymentReceived { .. } = fact {
            return;
        }
        keys.want::<CaseRow>(key);
        // What the case was before is not told by the event, so all kinds are asked for: there are only eighteen.
        for status in CaseStatus::ALL {
            for priority in [Priority::P1, Priority::P2, Priority::P3] {
                keys.want::<CaseCount>(CaseCountKey { tenant_id, status, priority });
            }
        }
    }

    fn evolve(rows: &mut Rows, event: &Recorded, fact: &Fact) -> Result<(), Unappliable> {
        let Fact::Case(fact) = fact else { return Ok(()) };
        let (key, tenant_id) = (CaseKey::of(event), event.stream.tenant);
        if let CaseEvent::PaymentReceived { amount, currency, .. } = fact {
            let activity = rows.must::<CaseActivity>(&key)?;
            activity.follow(event);
            activity.amount_paid = scaled(activity.amount_paid + amount.value(), 2);
            return add(rows, tenant_id, currency.as_str(), Decimal::ZERO, amount.value());
        }
        let before = Counted::now(rows, &key)?;
        if let CaseEvent::Deleted { .. } = fact {
            rows.remove::<CaseRow>(&key)?;
            rows.remove::<CaseActivity>(&key)?;
        } else if let Some(opened) = CaseRow::opened(event, fact) {
            rows.put(opened)?;
            rows.put(CaseActivity::beginning(event))?;
        } else {
            rows.must::<CaseRow>(&key)?.follow(fact);
            rows.must::<CaseActivity>(&key)?.follow(event);
        }
        let after = Counted::now(rows, &key)?;
        if before != after {
            before.map_or(Ok(()), |before| before.count(rows, -1))?;
            after.map_or(Ok(()), |after| after.count(rows, 1))?;
        }
        Ok(())
    }
}

/// What of a case is counted.
#[derive(PartialEq)]
struct Counted {
    kind: CaseCountKey,
    sla: SlaStatus,
    currency: String,
    overdue: Decimal,
    paid: Decimal,
}

impl Counted {
    fn now(rows: &Rows, key: &CaseKey) -> Result<Option<Self>, Unappliable> {
        let (case, activity) = (rows.get::<CaseRow>(key)?, rows.get::<CaseActivity>(key)?);
        Ok(case.zip(activity).map(|(case, activity)| Self {
            kind: CaseCountKey { tenant_id: case.tenant_id, status: case.status, priority: case.priority },
            sla: case.sla_judged.or(case.sla_recorded).unwrap_or(SlaStatus::OnTrack),
            currency: case.currency.clone(),
            overdue: case.overdue_amount,
            paid: activity.amount_paid,
        }))
    }

    fn count(self, rows: &mut Rows, by: i64) -> Result<(), Unappliable> {
        let (kind, times) = (self.kind, Decimal::from(by));
        *rows.or_new(&kind, || CaseCount::none(kind.clone()))?.of(self.sla) += by;
        add(rows, kind.tenant_id, &self.currency, self.overdue * times, self.paid * times)
    }
}

fn add(rows: &mut Rows, tenant_id: TenantId, currency: &str, overdue: Decimal, paid: Decimal) -> Result<(), Unappliable> {
    let none = || CaseAmounts { tenant_id, amounts: BTreeMap::new() };
    let sums = &mut rows.or_new(&TenantKey { tenant_id }, none)?.amounts;
    if !sums.contains_key(currency) {
        sums.insert(currency.to_owned(), Amounts::default());
    }
    if let Some(sums) = sums.get_mut(currency) {
        sums.overdue = scaled(sums.overdue + overdue, 2);
        sums.paid = scaled(sums.paid + paid, 2);
    }
    Ok(())
}

#[cfg(test)]
#[path = "worklist_tests.rs"]
mod tests;
