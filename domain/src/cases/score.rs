//! How well an agency works: two formulas over the same facts, both with every reason on the table.

use crate::cases::{policy::PolicyValues, sla::SlaStatus};
use crate::explain::{Arithmetic, Explanation, Field, Term};
use rust_decimal::{Decimal, dec};
use serde::{Deserialize, Serialize};

/// `agency.score@1`: 100 + rewards − penalties over all history, clamped to 0…120 (E.F1).
pub const SCORE_1: &str = "agency.score@1";
/// `agency.score@2`: 100 + 10 × points per handled case over 90 days, no event below −10, clamped alike, two decimals.
pub const SCORE_2: &str = "agency.score@2";
/// How many days of business time `agency.score@2` looks back: the window is (asked − 90 days, asked].
pub const SCORE_2_DAYS: i64 = 90;
/// In `agency.score@2` no single event counts below this.
pub const SCORE_2_FLOOR: Decimal = dec!(-10);

/// What an agency did with a case, as far as a score cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "deed")]
pub enum Deed {
    /// It completed the case: whole days from the assignment in force, and how the SLA stood.
    Completed {
        days: i64,
        sla: SlaStatus,
    },
    Rejected,
    Delayed,
}

/// A reason and its points under one version of the policy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Points {
    pub reason: &'static str,
    pub points: Decimal,
}

impl Deed {
    /// A deed that counts as a handled case in `agency.score@2`.
    pub fn handles(self) -> bool {
        !matches!(self, Deed::Delayed)
    }

    /// Completed within the policy's days for a quick completion.
    pub fn quick(self, policy: &PolicyValues) -> bool {
        matches!(self, Deed::Completed { days, .. } if days <= i64::from(policy.quick_completion_days))
    }

    /// Whole days of processing over the policy's threshold.
    pub fn slow_days(self, policy: &PolicyValues) -> i64 {
        match self {
            Deed::Completed { days, .. } => (days - i64::from(policy.processing_threshold_days)).max(0),
            _ => 0,
        }
    }

    /// The reasons and points of this deed under a policy; the first is the deed itself, so there is always one.
    pub fn points(self, policy: &PolicyValues) -> Vec<Points> {
        let of = |reason, points: Decimal| Points { reason, points };
        match self {
            Deed::Rejected => vec![of("rejection", -policy.rejection_penalty_percent)],
            Deed::Delayed => vec![of("delay", -policy.delay_penalty_percent)],
            Deed::Completed { sla, .. } => {
                let mut all = vec![of("completion", dec!(0))];
                if self.quick(policy) {
                    all.push(of("quick_completion", policy.quick_completion_reward));
                }
                if self.slow_days(policy) > 0 {
                    all.push(of("slow_processing", -policy.processing_penalty_per_day * Decimal::from(self.slow_days(policy))));
                }
                match sla {
                    SlaStatus::OnTrack => {}
                    SlaStatus::AtRisk => all.push(of("completed_at_risk", -policy.at_risk_penalty_percent)),
                    SlaStatus::Breached => all.push(of("completed_breached", -policy.breach_penalty_percent)),
                }
                all
            }
        }
    }

    /// All points of this deed together.
    pub fn total(self, policy: &PolicyValues) -> Decimal {
        self.points(policy).iter().map(|p| p.points).sum()
    }
}

/// The score from the terms of all history.
pub fn score_1(terms: Vec<Term>) -> Explanation {
    let sum = Arithmetic::Sum { field: Field::Points, per: None, at_least: None };
    let of = vec![Arithmetic::Add { of: vec![Arithmetic::Value { value: dec!(100) }, sum] }];
    Explanation::new(SCORE_1, terms, Arithmetic::Clamp { min: dec!(0), max: dec!(120), of })
}

/// The score from the terms of the 90 days up to the instant asked about.
pub fn score_2(terms: Vec<Term>) -> Explanation {
    let value = |value| Arithmetic::Value { value };
    let points = Arithmetic::Sum { field: Field::Points, per: Some("event"), at_least: Some(SCORE_2_FLOOR) };
    let handled = Arithmetic::Sum { field: Field::Counts, per: None, at_least: None };
    let rate = Arithmetic::Divide {
        of: vec![
            Arithmetic::Multiply { of: vec![value(dec!(10)), points] },
            Arithmetic::Max { of: vec![value(dec!(1)), handled] },
        ],
    };
    let clamped =
        Arithmetic::Clamp { min: dec!(0), max: dec!(120), of: vec![Arithmetic::Add { of: vec![value(dec!(100)), rate] }] };
    Explanation::new(SCORE_2, terms, Arithmetic::Round { digits: 2, of: vec![clamped] })
}

/// `agency.score@1` where the sum of points is known already.
pub fn score_1_of(points: Decimal) -> Decimal {
    (dec!(100) + points).clamp(dec!(0), dec!(120))
}

/// `agency.score@2` where the floored sum of points and the number of handled cases are known already.
pub fn score_2_of(points: Decimal, handled: i64) -> Decimal {
    let rate = dec!(10) * points / Decimal::from(handled.max(1));
    crate::explain::rounded((dec!(100) + rate).clamp(dec!(0), dec!(120)), 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn terms(deeds: &[Deed]) -> Vec<Term> {
        let policy = PolicyValues::default();
        let mut terms = Vec::new();
        for (n, deed) in deeds.iter().enumerate() {
            for (i, p) in deed.points(&policy).into_iter().enumerate() {
                terms.push(Term {
                    reason: p.reason.into(),
                    points: p.points,
                    counts: Decimal::from(u8::from(i == 0 && deed.handles())),
                    event_id: Some(Uuid::from_u128(n as u128)),
                    position: None,
                    occurred_at: None,
                    case_id: None,
                    policy_version: Some(1),
                    about: None,
                    detail: None,
                });
            }
        }
        terms
    }

    fn done(days: i64, sla: SlaStatus) -> Deed {
        Deed::Completed { days, sla }
    }

    #[test]
    fn the_golden_example_of_the_specification_comes_to_100() {
        // E.F2: 10 completed (6 quick, 2 normal, 2 at 15 days), 1 rejection, 0 delays, 1 at risk, 0 breached.
        let on_track = SlaStatus::OnTrack;
        let mut deeds = vec![done(3, on_track); 5];
        deeds.push(done(5, SlaStatus::AtRisk));
        deeds.extend([done(6, on_track), done(10, on_track), done(15, on_track), done(15, on_track), Deed::Rejected]);
        assert_eq!(score_1(terms(&deeds)).value, dec!(100));
    }

    #[test]
    fn the_score_stays_between_0_and_120() {
        assert_eq!(score_1(terms(&[done(1, SlaStatus::OnTrack); 24])).value, dec!(120));
        assert_eq!(score_1(terms(&[Deed::Rejected; 30])).value, dec!(0));
        assert_eq!(score_1(terms(&[])).value, dec!(100));
        assert_eq!(score_2(terms(&[])).value.to_string(), "100.00");
    }

    #[test]
    fn the_second_score_is_per_handled_case_and_no_event_weighs_more_than_ten() {
        // 40 days: −60 −5 counts as −10; a delay adds points but handles nothing: (−10 + 5 − 3) × 10 / 2 = −40.
        let deeds = [done(40, SlaStatus::Breached), done(2, SlaStatus::OnTrack), Deed::Delayed];
        assert_eq!(score_2(terms(&deeds)).value, dec!(60.00));
        assert_eq!(score_2_of(dec!(-8), 2), dec!(60.00));
    }

    #[test]
    fn the_edges_of_quick_and_slow_are_whole_days() {
        let policy = PolicyValues::default();
        assert!(done(5, SlaStatus::OnTrack).quick(&policy) && !done(6, SlaStatus::OnTrack).quick(&policy));
        assert_eq!(done(10, SlaStatus::OnTrack).slow_days(&policy), 0);
        assert_eq!(done(11, SlaStatus::Breached).total(&policy), dec!(-7));
    }
}
