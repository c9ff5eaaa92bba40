//! A month in the life of a collections desk, made up by rule: the same seed gives the same month, case by case.

use super::people::{AGENCIES, Temper, debtor};
use chrono::TimeDelta;
use commands::Ask;
use commands::cases::case::{
    AcceptCase, AssignAgency, CloseCase, CompleteCase, DelayCase, EscalateCase, OpenCase, RecordPayment, RejectCase, ReopenCase,
    ResumeCase,
};
use domain::cases::case::Priority;
use domain::cases::customer::{Customer, SocialLinks};
use domain::{AgencyId, Amount, Email, Instant, TenantId, Text};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rust_decimal::Decimal;
use uuid::Uuid;

/// Reasons people give.
const REJECTED: &[&str] = &["debtor is insolvent", "address unknown", "amount is disputed", "outside our region"];
const DELAYED: &[&str] = &["waiting for documents", "debtor on holiday", "instalment plan agreed", "legal review"];
const ESCALATED: &[&str] = &["debtor threatens legal action", "third broken promise", "manager asked for a report"];

/// A wish and the business time at which it is made.
pub struct Step {
    pub at: Instant,
    pub ask: Ask,
}

/// All steps of `cases` cases opened over the `days` before `until`, in the order of their time; none is later than `until`.
pub fn month(
    tenant: TenantId,
    agencies: &[AgencyId],
    seed: u64,
    cases: usize,
    days: i64,
    until: Instant,
) -> Result<Vec<Step>, String> {
    let mut luck = StdRng::seed_from_u64(seed);
    let mut steps = Vec::new();
    for n in 0..cases {
        let ago = TimeDelta::seconds(days * 86_400 * (cases - n) as i64 / cases as i64);
        let opened = at_work(until - ago + TimeDelta::seconds(luck.random_range(0..3_600)));
        let id = Uuid::new_v5(&tenant.0, format!("demo case {n}").as_bytes());
        let mut life = Life { id, n, at: opened, until, steps: Vec::new(), luck: &mut luck };
        life.live(agencies)?;
        steps.append(&mut life.steps);
    }
    steps.sort_by_key(|step| step.at);
    Ok(steps)
}

/// Office hours are from 7 to 19; what falls into the night is done in the morning.
fn at_work(at: Instant) -> Instant {
    use chrono::Timelike;
    match at.hour() {
        0..7 => at + TimeDelta::hours(7),
        19.. => at - TimeDelta::hours(5),
        _ => at,
    }
}

/// One case's life, as it is being made up.
struct Life<'l> {
    id: Uuid,
    n: usize,
    at: Instant,
    until: Instant,
    steps: Vec<Step>,
    luck: &'l mut StdRng,
}

impl Life<'_> {
    fn live(&mut self, agencies: &[AgencyId]) -> Result<(), String> {
        let opening = opening(self.n, self.luck)?;
        let owed = opening.overdue_amount;
        self.step(opening);
        let mut tries = 0;
        loop {
            tries += 1;
            let Some((agency, temper)) = self.choose(agencies, owed) else { return Ok(()) };
            self.later(1, 8);
            self.step(AssignAgency { agency_id: agency, reason: Some(Text::try_from("chosen by the desk")?) });
            self.later(1, 20);
            if tries < 3 && self.chance(temper.rejects) {
                let reason = self.one_of(REJECTED)?;
                self.step(RejectCase { reason });
                continue;
            }
            self.step(AcceptCase {});
            self.work(temper, owed)?;
            if !self.chance(4) {
                return Ok(());
            }
            self.later(24, 72);
            self.step(ReopenCase { reason: Some(Text::try_from("payment bounced")?) });
        }
    }

    fn work(&mut self, temper: &Temper, owed: Amount) -> Result<(), String> {
        if self.chance(8) {
            self.later(4, 30);
            let reason = self.one_of(ESCALATED)?;
            self.step(EscalateCase { level: None, reason });
        }
        if self.chance(temper.delays) {
            self.later(6, 40);
            let reason = self.one_of(DELAYED)?;
            self.step(DelayCase { reason });
            self.later(20, 96);
            self.step(ResumeCase {});
        }
        if self.chance(65) {
            self.later(8, 48);
            let share = Decimal::from(self.luck.random_range(20..=100)) / Decimal::from(100);
            let amount = Amount::try_from((owed.value() * share).round_dp(2).max(Decimal::ONE))?;
            self.step(RecordPayment {
                amount,
                currency: None,
                reference: Some(Text::try_from(format!("transfer {}", 40_000 + self.n))?),
            });
        }
        self.later(8 * temper.days, 34 * temper.days);
        self.step(CompleteCase { outcome: Some(Text::try_from("settled with the debtor")?) });
        if self.chance(80) {
            self.later(2, 40);
            self.step(CloseCase {});
        }
        Ok(())
    }

    /// An agency whose range holds the amount; good ones are asked more often.
    fn choose(&mut self, agencies: &[AgencyId], owed: Amount) -> Option<(AgencyId, &'static Temper)> {
        let fits = |temper: &Temper| {
            let owed = owed.value();
            owed >= Decimal::from(temper.min) && temper.max.is_none_or(|max| owed <= Decimal::from(max))
        };
        let fitting: Vec<_> = agencies.iter().copied().zip(AGENCIES).filter(|(_, temper)| fits(temper)).collect();
        let weight = |temper: &Temper| 24 / temper.days.max(1);
        let mut lot = self.luck.random_range(0..fitting.iter().map(|(_, t)| weight(t)).sum::<u32>().max(1));
        for (agency, temper) in fitting {
            match lot.checked_sub(weight(temper)) {
                Some(rest) => lot = rest,
                None => return Some((agency, temper)),
            }
        }
        None
    }

    /// Takes a step down, unless it lies in the future.
    fn step(&mut self, command: impl commands::AnyCommand + 'static) {
        if self.at <= self.until {
            let key = format!("demo-{}-{}", self.n, self.steps.len());
            self.steps.push(Step { at: self.at, ask: Ask::new(command).on(self.id).key(key).at(self.at) });
        }
    }

    fn later(&mut self, least_hours: u32, most_hours: u32) {
        let minutes = self.luck.random_range(least_hours * 60..=most_hours * 60);
        self.at = self.at.max(at_work(self.at + TimeDelta::minutes(i64::from(minutes))));
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.luck.random_range(0..100) < percent
    }

    fn one_of(&mut self, reasons: &[&str]) -> Result<Text<1000>, String> {
        Text::try_from(reasons[self.luck.random_range(0..reasons.len())])
    }
}

/// The opening of the n-th made-up case.
pub fn opening(n: usize, luck: &mut StdRng) -> Result<OpenCase, String> {
    let (name, email) = debtor(n);
    let cents = match luck.random_range(0..10) {
        0..5 => luck.random_range(5_000..100_000),
        5..8 => luck.random_range(100_000..800_000),
        _ => luck.random_range(800_000..4_000_000),
    };
    let priority = match luck.random_range(0..10) {
        0..2 => Priority::P1,
        2..6 => Priority::P2,
        _ => Priority::P3,
    };
    Ok(OpenCase {
        case_number: None,
        customer: Customer {
            name: Text::try_from(name)?,
            email: Some(Email::try_from(email)?),
            phone: Some(Text::try_from(format!("+1 555 {:04}", n % 10_000))?),
            address: None,
            social: SocialLinks::default(),
        },
        overdue_amount: Amount::try_from(Decimal::new(cents, 2))?,
        currency: Default::default(),
        ageing_days: luck.random_range(10..240),
        priority,
        notes: None,
        documents: vec![],
        auto_assign: false,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_month() {
        let agencies: Vec<AgencyId> = (1..=6).map(|n| AgencyId(Uuid::from_u128(n))).collect();
        let until = Instant::from_timestamp(1_790_000_000, 0).unwrap();
        let month = |seed| month(TenantId(Uuid::from_u128(9)), &agencies, seed, 50, 30, until).unwrap();
        let told = |steps: Vec<Step>| steps.iter().map(|s| format!("{} {:?}", s.at, s.ask)).collect::<Vec<_>>();
        assert_eq!(told(month(7)), told(month(7)));
        assert_ne!(told(month(7)), told(month(8)));
        assert!(month(7).iter().all(|step| step.at <= until));
        assert!(month(7).is_sorted_by_key(|step| step.at));
    }
}
