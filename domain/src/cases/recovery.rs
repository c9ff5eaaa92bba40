//! How likely a debt is to be recovered: a fixed, explained estimate from 0 to 100, no oracle.

use crate::cases::case::Priority;
use crate::explain::{Arithmetic, Explanation, Field, Term};
use crate::money::Amount;
use rust_decimal::{Decimal, dec};

/// `recovery.score@1` (E.F5, K33).
pub const RECOVERY_1: &str = "recovery.score@1";

/// What the estimate is made from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RecoveryFacts {
    pub amount: Amount,
    pub ageing_days: u32,
    pub priority: Priority,
    pub paid: Decimal,
    /// Completions and rejections of the agency in charge; `None` while there is none.
    pub agency: Option<(i64, i64)>,
}

/// Small, young, urgent debts that are partly paid and in good hands score high.
///
/// Amount up to 1,000: 20, 5,000: 15, 20,000: 10, 50,000: 5. Age up to 30 days: 30, 60: 22, 90: 15, 180: 8. Priority P1: 10, P2: 7,
/// P3: 5. Share paid: 25 × paid / owed, at most 25. Agency: 15 × completions / (completions + rejections), 7.5 without history.
pub fn recovery_1(facts: &RecoveryFacts) -> Explanation {
    let step = |value: Decimal, steps: &[(Decimal, Decimal)]| {
        steps.iter().find(|(upto, _)| value <= *upto).map_or(dec!(0), |(_, points)| *points)
    };
    let owed = facts.amount.value();
    let amount = step(owed, &[(dec!(1000), dec!(20)), (dec!(5000), dec!(15)), (dec!(20000), dec!(10)), (dec!(50000), dec!(5))]);
    let age = step(
        Decimal::from(facts.ageing_days),
        &[(dec!(30), dec!(30)), (dec!(60), dec!(22)), (dec!(90), dec!(15)), (dec!(180), dec!(8))],
    );
    let priority = match facts.priority {
        Priority::P1 => dec!(10),
        Priority::P2 => dec!(7),
        Priority::P3 => dec!(5),
    };
    let paid = if owed.is_zero() { dec!(25) } else { dec!(25) * (facts.paid / owed).min(dec!(1)) };
    let agency = match facts.agency {
        Some((completed, rejected)) if completed + rejected > 0 => {
            dec!(15) * Decimal::from(completed) / Decimal::from(completed + rejected)
        }
        _ => dec!(7.5),
    };
    let term = |reason: &str, points: Decimal, detail: String| Term {
        reason: reason.into(),
        points: points.round_dp(6).normalize(),
        counts: dec!(0),
        event_id: None,
        position: None,
        occurred_at: None,
        case_id: None,
        policy_version: None,
        about: None,
        detail: Some(detail),
    };
    let terms = vec![
        term("amount", amount, format!("{owed} overdue")),
        term("ageing", age, format!("{} days old", facts.ageing_days)),
        term("priority", priority, format!("{:?}", facts.priority)),
        term("payment_share", paid, format!("{} of {owed} paid", facts.paid)),
        term(
            "agency_history",
            agency,
            facts.agency.map_or("no agency yet".into(), |(c, r)| format!("{c} completed, {r} rejected")),
        ),
    ];
    let sum = Arithmetic::Sum { field: Field::Points, per: None, at_least: None };
    let clamped = Arithmetic::Clamp { min: dec!(0), max: dec!(100), of: vec![sum] };
    Explanation::new(RECOVERY_1, terms, Arithmetic::Round { digits: 2, of: vec![clamped] })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(amount: Decimal, ageing_days: u32) -> RecoveryFacts {
        let amount = Amount::try_from(amount).unwrap();
        RecoveryFacts { amount, ageing_days, priority: Priority::P2, paid: dec!(0), agency: None }
    }

    #[test]
    fn small_young_debts_are_likelier_than_large_old_ones() {
        assert_eq!(recovery_1(&facts(dec!(800), 10)).value, dec!(64.50));
        assert_eq!(recovery_1(&facts(dec!(80000), 400)).value, dec!(14.50));
    }

    #[test]
    fn payments_and_a_good_agency_raise_it() {
        let paid = RecoveryFacts { paid: dec!(500), agency: Some((3, 1)), ..facts(dec!(1000), 10) };
        assert_eq!(recovery_1(&paid).value, dec!(80.75));
        let overpaid = RecoveryFacts { paid: dec!(5000), ..paid };
        assert_eq!(recovery_1(&overpaid).value, dec!(93.25));
    }
}
