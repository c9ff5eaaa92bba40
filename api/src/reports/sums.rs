//! What many cases come to: how many stand where, what is owed in each currency, and a line for every one of them.

use super::{MOST, said, too_many};
use crate::Error;
use crate::cases::ShownCase;
use crate::dashboard::recovery_rate;
use ::reports::figures::{Amount, Count, Day};
use ::reports::head::{Bar, Tone};
use ::reports::worklist::{CaseLine, Row, Sums};
use domain::{Instant, TenantId};
use projections::Page;
use projections::cases::worklist::CaseStatus;
use projections::cases::worklist_page::{self, CaseFilter, CaseOrder};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use sqlx::PgConnection;
use std::collections::BTreeMap;

const PRIORITIES: [&str; 3] = ["P1", "P2", "P3"];
const SLA: [&str; 3] = ["On Track", "At Risk", "Breached"];

/// Cases with what they come to.
#[derive(Default)]
pub struct Cases {
    pub lines: Vec<CaseLine>,
    /// Cases on track, at risk and breached, by status and by priority.
    kinds: BTreeMap<String, [i64; 3]>,
    amounts: BTreeMap<String, Amounts>,
}

#[derive(Default)]
struct Amounts {
    cases: i64,
    overdue: Decimal,
    paid: Decimal,
    balance: Decimal,
    credit: Decimal,
}

impl Cases {
    /// All cases that pass, in this order, if they are not too many; the worklist's own rows, page by page.
    pub async fn read(
        conn: &mut PgConnection,
        tenant: TenantId,
        filter: &CaseFilter,
        order: CaseOrder,
        now: Instant,
    ) -> sqlx::Result<Result<Self, Error>> {
        let page = || Page::first(u32::try_from(projections::page::MOST).unwrap_or(u32::MAX));
        let first = worklist_page::page(conn, tenant, filter, order, page(), None, now).await?;
        if first.total > MOST {
            return Ok(Err(too_many("cases", "search", first.total)));
        }
        let mut cases = Self::default();
        let (mut rows, mut next) = (first.rows, first.next);
        loop {
            rows.into_iter().for_each(|card| cases.add(ShownCase::at(now, card)));
            let Some(cursor) = next.and_then(|next| next.parse().ok()) else { return Ok(Ok(cases)) };
            (rows, next) = worklist_page::rows(conn, tenant, filter, order, page(), Some(cursor), now).await?;
        }
    }

    fn add(&mut self, case: ShownCase) {
        let priority = format!("{:?}", case.priority);
        let sla = SLA.iter().position(|sla| *sla == case.sla_status).unwrap_or(2);
        for kind in [case.status, &priority] {
            self.kinds.entry(kind.to_owned()).or_default()[sla] += 1;
        }
        let sums = self.amounts.entry(case.currency.clone()).or_default();
        sums.cases += 1;
        sums.overdue += case.overdue_amount;
        sums.paid += case.amount_paid;
        sums.balance += case.balance;
        sums.credit += case.credit;
        self.lines.push(CaseLine {
            number: case.case_id,
            customer: case.customer_name,
            agency: case.dca_name,
            status: said(case.status),
            priority,
            sla: case.sla_status,
            tone: tone(case.sla_status),
            due: Day(case.sla_due_date),
            opened: Day(case.created_at),
            overdue: Amount(case.overdue_amount),
            paid: Amount(case.amount_paid),
            balance: Amount(case.balance),
            currency: case.currency,
        });
    }

    pub fn total(&self) -> Count {
        Count(self.lines.len() as i64)
    }

    pub fn by_status(&self) -> Vec<Bar> {
        CaseStatus::ALL.map(|status| Bar::new(said(status.word()), self.of(status.word()).iter().sum(), Tone::Plain)).into()
    }

    pub fn by_priority(&self) -> Vec<Bar> {
        PRIORITIES.map(|priority| Bar::new(priority, self.of(priority).iter().sum(), Tone::Plain)).into()
    }

    pub fn by_sla(&self) -> Vec<Bar> {
        let of = |nth: usize| PRIORITIES.iter().map(|priority| self.of(priority)[nth]).sum();
        SLA.iter().enumerate().map(|(nth, sla)| Bar::new(*sla, of(nth), tone(sla))).collect()
    }

    /// By status and by priority, each by SLA status.
    pub fn crossed(&self) -> Vec<Row> {
        let row = |word: &str| {
            let [on_track, at_risk, breached] = self.of(word);
            Row { label: said(word), counts: [on_track, at_risk, breached, on_track + at_risk + breached].map(Count) }
        };
        CaseStatus::ALL.iter().map(|status| status.word()).chain(PRIORITIES).map(row).collect()
    }

    /// How many cases of this status or priority are on track, at risk and breached.
    fn of(&self, word: &str) -> [i64; 3] {
        self.kinds.get(word).copied().unwrap_or_default()
    }

    pub fn amounts(&self) -> Vec<Sums> {
        let sums = |(currency, sums): (&String, &Amounts)| {
            let rate = recovery_rate(sums.overdue, sums.paid);
            Sums {
                currency: currency.clone(),
                cases: Count(sums.cases),
                overdue: Amount(sums.overdue),
                paid: Amount(sums.paid),
                balance: Amount(sums.balance),
                credit: Amount(sums.credit),
                share: rate.and_then(|rate| rate.to_f64()).map_or(0.0, |rate| (rate / 100.0).clamp(0.0, 1.0)),
                rate: rate.map(|rate| rate.to_string()),
            }
        };
        self.amounts.iter().map(sums).collect()
    }
}

/// What an SLA status means.
pub fn tone(sla: &str) -> Tone {
    match sla {
        "On Track" => Tone::Good,
        "At Risk" => Tone::Warning,
        _ => Tone::Bad,
    }
}
