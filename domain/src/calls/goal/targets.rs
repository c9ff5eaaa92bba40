//! The six targets a goal may have, which figure each is measured by, and when it is met (B.F5).

use super::GoalRefusal;
use crate::calls::formulas::{APPOINTMENT_CONVERSION, FCR, Formula, PER_AGENT_DAY, QA_PERCENTAGE, SATISFACTION, TALK_SHARE};
use crate::cases::customer::given;
use crate::explain::rounded;
use rust_decimal::{Decimal, dec};
use serde::{Deserialize, Serialize};

/// What may be aimed at (B.T4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Target {
    CallsPerDay,
    TalkTimePercentage,
    FirstCallResolution,
    CustomerSatisfaction,
    AppointmentConversion,
    QualityScore,
}

impl Target {
    pub const ALL: [Target; 6] = [
        Target::CallsPerDay,
        Target::TalkTimePercentage,
        Target::FirstCallResolution,
        Target::CustomerSatisfaction,
        Target::AppointmentConversion,
        Target::QualityScore,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Target::CallsPerDay => "callsPerDay",
            Target::TalkTimePercentage => "talkTimePercentage",
            Target::FirstCallResolution => "firstCallResolution",
            Target::CustomerSatisfaction => "customerSatisfaction",
            Target::AppointmentConversion => "appointmentConversion",
            Target::QualityScore => "qualityScore",
        }
    }

    /// What it is measured by.
    pub fn formula(self) -> &'static Formula {
        match self {
            Target::CallsPerDay => &PER_AGENT_DAY,
            Target::TalkTimePercentage => &TALK_SHARE,
            Target::FirstCallResolution => &FCR,
            Target::CustomerSatisfaction => &SATISFACTION,
            Target::AppointmentConversion => &APPOINTMENT_CONVERSION,
            Target::QualityScore => &QA_PERCENTAGE,
        }
    }

    fn field(self) -> &'static str {
        match self {
            Target::CallsPerDay => "targets.callsPerDay",
            Target::TalkTimePercentage => "targets.talkTimePercentage",
            Target::FirstCallResolution => "targets.firstCallResolution",
            Target::CustomerSatisfaction => "targets.customerSatisfaction",
            Target::AppointmentConversion => "targets.appointmentConversion",
            Target::QualityScore => "targets.qualityScore",
        }
    }

    fn most(self) -> (Decimal, &'static str) {
        match self {
            Target::CallsPerDay => (dec!(9999.99), "must be above 0 and at most 9999.99, with at most two decimals"),
            Target::CustomerSatisfaction => (dec!(5), "must be above 0 and at most 5, with at most two decimals"),
            _ => (dec!(100), "must be above 0 and at most 100, with at most two decimals"),
        }
    }
}

/// What shall be reached; at least one of the six.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Targets {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calls_per_day: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub talk_time_percentage: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_call_resolution: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_satisfaction: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub appointment_conversion: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quality_score: Option<Decimal>,
}

impl Targets {
    pub fn of(&self, target: Target) -> Option<Decimal> {
        match target {
            Target::CallsPerDay => self.calls_per_day,
            Target::TalkTimePercentage => self.talk_time_percentage,
            Target::FirstCallResolution => self.first_call_resolution,
            Target::CustomerSatisfaction => self.customer_satisfaction,
            Target::AppointmentConversion => self.appointment_conversion,
            Target::QualityScore => self.quality_score,
        }
    }

    /// Those that are set.
    pub fn set(&self) -> impl Iterator<Item = (Target, Decimal)> + '_ {
        Target::ALL.into_iter().filter_map(|target| self.of(target).map(|value| (target, value)))
    }

    pub(super) fn check(&self) -> Result<(), GoalRefusal> {
        if self.set().next().is_none() {
            return Err(GoalRefusal::NoTarget);
        }
        for (target, value) in self.set() {
            let (most, rule) = target.most();
            if value <= Decimal::ZERO || value > most || value.normalize().scale() > 2 {
                return Err(GoalRefusal::OutOfRange { field: target.field(), rule });
            }
        }
        Ok(())
    }
}

/// What shall be different; what is absent stays, `null` takes a target away.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct TargetChanges {
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub calls_per_day: Option<Option<Decimal>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub talk_time_percentage: Option<Option<Decimal>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub first_call_resolution: Option<Option<Decimal>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub customer_satisfaction: Option<Option<Decimal>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub appointment_conversion: Option<Option<Decimal>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub quality_score: Option<Option<Decimal>>,
}

impl Targets {
    /// These with what is given in its place.
    pub fn with(&self, changes: &TargetChanges) -> Targets {
        Targets {
            calls_per_day: changes.calls_per_day.unwrap_or(self.calls_per_day),
            talk_time_percentage: changes.talk_time_percentage.unwrap_or(self.talk_time_percentage),
            first_call_resolution: changes.first_call_resolution.unwrap_or(self.first_call_resolution),
            customer_satisfaction: changes.customer_satisfaction.unwrap_or(self.customer_satisfaction),
            appointment_conversion: changes.appointment_conversion.unwrap_or(self.appointment_conversion),
            quality_score: changes.quality_score.unwrap_or(self.quality_score),
        }
    }
}

/// Whether a figure meets its target: compared as both are shown, with two decimals. What cannot be measured meets nothing.
pub fn met(actual: Option<Decimal>, target: Decimal) -> bool {
    actual.is_some_and(|actual| rounded(actual, 2) >= target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_met_as_it_is_shown() {
        let two_thirds = FCR.of(2, 3).unwrap();
        assert!(met(two_thirds, dec!(66.67)), "66.666… is shown as 66.67");
        assert!(!met(two_thirds, dec!(66.68)));
        assert!(!met(None, dec!(0.01)));
    }

    #[test]
    fn a_goal_aims_at_something_within_reach() {
        let of = |calls: Decimal, satisfaction: Decimal| Targets {
            calls_per_day: Some(calls),
            customer_satisfaction: Some(satisfaction),
            ..Targets::default()
        };
        assert_eq!(Targets::default().check(), Err(GoalRefusal::NoTarget));
        assert_eq!(of(dec!(40), dec!(4.5)).check(), Ok(()));
        assert_eq!(of(dec!(40), dec!(4.5)).set().count(), 2);
        for (calls, satisfaction, wrong) in [
            (dec!(0), dec!(4), "targets.callsPerDay"),
            (dec!(40.005), dec!(4), "targets.callsPerDay"),
            (dec!(40), dec!(5.01), "targets.customerSatisfaction"),
            (dec!(-1), dec!(4), "targets.callsPerDay"),
        ] {
            match of(calls, satisfaction).check() {
                Err(GoalRefusal::OutOfRange { field, .. }) => assert_eq!(field, wrong),
                other => panic!("{other:?}"),
            }
        }
        let names: Vec<_> = Target::ALL.iter().map(|target| target.formula().name).collect();
        assert_eq!(names[0], "calls.per_agent_day@1");
        assert_eq!(serde_json::to_string(&Target::QualityScore).unwrap(), format!("\"{}\"", Target::QualityScore.word()));
    }
}
