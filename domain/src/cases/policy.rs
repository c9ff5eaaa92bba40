//! The settings by which cases are judged, as dated versions: a number keeps the version in force at its time.

use crate::{Aggregate, Decision, Instant, Kind, Refusal, Text};
use rust_decimal::{Decimal, dec};
use serde::{Deserialize, Serialize};

/// What happens to a tenant's policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum PolicyEvent {
    /// A new version of the settings is in force from this instant on.
    #[serde(rename = "policy.published")]
    Published { version: u32, from: Instant, values: PolicyValues },
}

/// How dark or light a tenant's screens are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThemeMode {
    Light,
    Dark,
    System,
}

/// All settings of a tenant (E.T5, E.X1, E.X5). Days are calendar days of 24 hours; penalties and rewards are score points.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyValues {
    pub p1_sla_days: u32,
    pub p2_sla_days: u32,
    pub p3_sla_days: u32,
    /// Part of the SLA window after which a case is at risk, above 0 and at most 1 (E.X5: 0.8).
    pub at_risk_fraction: Decimal,
    /// Days of processing after which every further day costs points.
    pub processing_threshold_days: u32,
    pub processing_penalty_per_day: Decimal,
    pub delay_penalty_percent: Decimal,
    pub at_risk_penalty_percent: Decimal,
    pub breach_penalty_percent: Decimal,
    pub rejection_penalty_percent: Decimal,
    /// A completion within this many days earns the reward.
    pub quick_completion_days: u32,
    pub quick_completion_reward: Decimal,
    /// Which formula is shown as `performance_score`: `agency.score@1` or `agency.score@2`.
    pub score_formula: String,
    pub theme_primary_color: Text<32>,
    pub theme_secondary_color: Text<32>,
    pub theme_mode: ThemeMode,
    /// IANA name of the zone in which days are counted for dashboards (K23).
    pub timezone: String,
    pub ai_assignment_enabled: bool,
}

impl Default for PolicyValues {
    fn default() -> Self {
        let color = |text: &str| Text::try_from(text).unwrap_or_else(|_| unreachable!("a constant"));
        Self {
            p1_sla_days: 3,
            p2_sla_days: 7,
            p3_sla_days: 14,
            at_risk_fraction: dec!(0.8),
            processing_threshold_days: 10,
            processing_penalty_per_day: dec!(2),
            delay_penalty_percent: dec!(3),
            at_risk_penalty_percent: dec!(5),
            breach_penalty_percent: dec!(5),
            rejection_penalty_percent: dec!(5),
            quick_completion_days: 5,
            quick_completion_reward: dec!(5),
            score_formula: "agency.score@1".into(),
            theme_primary_color: color("#4D148C"),
            theme_secondary_color: color("#FF6600"),
            theme_mode: ThemeMode::Light,
            timezone: "UTC".into(),
            ai_assignment_enabled: true,
        }
    }
}

/// The settings a person changes; what is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PolicyChanges {
    pub p1_sla_days: Option<u32>,
    pub p2_sla_days: Option<u32>,
    pub p3_sla_days: Option<u32>,
    pub at_risk_fraction: Option<Decimal>,
    pub processing_threshold_days: Option<u32>,
    pub processing_penalty_per_day: Option<Decimal>,
    pub delay_penalty_percent: Option<Decimal>,
    pub at_risk_penalty_percent: Option<Decimal>,
    pub breach_penalty_percent: Option<Decimal>,
    pub rejection_penalty_percent: Option<Decimal>,
    pub quick_completion_days: Option<u32>,
    pub quick_completion_reward: Option<Decimal>,
    pub score_formula: Option<String>,
    pub theme_primary_color: Option<Text<32>>,
    pub theme_secondary_color: Option<Text<32>>,
    pub theme_mode: Option<ThemeMode>,
    pub timezone: Option<String>,
    pub ai_assignment_enabled: Option<bool>,
}

#[derive(Debug, thiserror::Error, PartialEq)]
pub enum PolicyRefusal {
    #[error("{field} {rule}")]
    OutOfRange { field: &'static str, rule: &'static str },
    #[error("a version of the settings from {from} is in force already; a change cannot be dated before it")]
    OlderThanCurrent { from: Instant },
}

impl Refusal for PolicyRefusal {
    fn code(&self) -> &'static str {
        match self {
            PolicyRefusal::OutOfRange { .. } => "out_of_range",
            PolicyRefusal::OlderThanCurrent { .. } => "older_than_current",
        }
    }
    fn kind(&self) -> Kind {
        match self {
            PolicyRefusal::OutOfRange { field, .. } => Kind::Invalid { field },
            PolicyRefusal::OlderThanCurrent { .. } => Kind::Invalid { field: "at" },
        }
    }
}

/// One version of the settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PolicyVersion {
    pub version: u32,
    pub from: Instant,
    pub values: PolicyValues,
}

/// A tenant's settings in all their versions, oldest first. A tenant that has published none has the defaults as version 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    versions: Vec<PolicyVersion>,
}

impl Default for Policy {
    fn default() -> Self {
        Self { versions: vec![PolicyVersion { version: 1, from: Instant::MIN_UTC, values: PolicyValues::default() }] }
    }
}

impl Aggregate for Policy {
    const CATEGORY: &'static str = "policy";
    type Event = PolicyEvent;
    type Refusal = PolicyRefusal;

    fn evolve(&mut self, event: &PolicyEvent) {
        let PolicyEvent::Published { version, from, values } = event;
        self.versions.retain(|known| known.version != *version);
        self.versions.push(PolicyVersion { version: *version, from: *from, values: values.clone() });
    }
}

impl Policy {
    /// The version in force at an instant; the first has always been in force.
    pub fn in_force(&self, at: Instant) -> &PolicyVersion {
        self.versions.iter().rev().find(|v| v.from <= at).unwrap_or(&self.versions[0])
    }

    /// The newest version.
    pub fn current(&self) -> &PolicyVersion {
        self.versions.last().unwrap_or(&self.versions[0])
    }

    pub fn versions(&self) -> &[PolicyVersion] {
        &self.versions
    }

    /// The first version of a new tenant, in force from the beginning of time (1970), whenever the tenant joins.
    pub fn begin(&self) -> Decision<Policy> {
        Ok(vec![PolicyEvent::Published { version: 1, from: Instant::UNIX_EPOCH, values: PolicyValues::default() }])
    }

    /// Publishes a new version with these changes, in force from `at`.
    pub fn change(&self, at: Instant, changes: PolicyChanges) -> Decision<Policy> {
        let values = changes.over(self.current().values.clone());
        self.publish(at, values)
    }

    /// Publishes the defaults again as a new version.
    pub fn reset(&self, at: Instant) -> Decision<Policy> {
        self.publish(at, PolicyValues::default())
    }

    fn publish(&self, at: Instant, values: PolicyValues) -> Decision<Policy> {
        let current = self.current();
        values.check()?;
        if at < current.from {
            return Err(PolicyRefusal::OlderThanCurrent { from: current.from });
        }
        if values == current.values {
            return Ok(vec![]);
        }
        Ok(vec![PolicyEvent::Published { version: current.version + 1, from: at, values }])
    }
}

impl PolicyChanges {
    fn over(self, old: PolicyValues) -> PolicyValues {
        PolicyValues {
            p1_sla_days: self.p1_sla_days.unwrap_or(old.p1_sla_days),
            p2_sla_days: self.p2_sla_days.unwrap_or(old.p2_sla_days),
            p3_sla_days: self.p3_sla_days.unwrap_or(old.p3_sla_days),
            at_risk_fraction: self.at_risk_fraction.unwrap_or(old.at_risk_fraction),
            processing_threshold_days: self.processing_threshold_days.unwrap_or(old.processing_threshold_days),
            processing_penalty_per_day: self.processing_penalty_per_day.unwrap_or(old.processing_penalty_per_day),
            delay_penalty_percent: self.delay_penalty_percent.unwrap_or(old.delay_penalty_percent),
            at_risk_penalty_percent: self.at_risk_penalty_percent.unwrap_or(old.at_risk_penalty_percent),
            breach_penalty_percent: self.breach_penalty_percent.unwrap_or(old.breach_penalty_percent),
            rejection_penalty_percent: self.rejection_penalty_percent.unwrap_or(old.rejection_penalty_percent),
            quick_completion_days: self.quick_completion_days.unwrap_or(old.quick_completion_days),
            quick_completion_reward: self.quick_completion_reward.unwrap_or(old.quick_completion_reward),
            score_formula: self.score_formula.unwrap_or(old.score_formula),
            theme_primary_color: self.theme_primary_color.unwrap_or(old.theme_primary_color),
            theme_secondary_color: self.theme_secondary_color.unwrap_or(old.theme_secondary_color),
            theme_mode: self.theme_mode.unwrap_or(old.theme_mode),
            timezone: self.timezone.unwrap_or(old.timezone),
            ai_assignment_enabled: self.ai_assignment_enabled.unwrap_or(old.ai_assignment_enabled),
        }
    }
}

impl PolicyValues {
    fn check(&self) -> Result<(), PolicyRefusal> {
        let days = [
            ("p1_sla_days", self.p1_sla_days),
            ("p2_sla_days", self.p2_sla_days),
            ("p3_sla_days", self.p3_sla_days),
            ("processing_threshold_days", self.processing_threshold_days),
            ("quick_completion_days", self.quick_completion_days),
        ];
        for (field, value) in days {
            if !(1..=3650).contains(&value) {
                return Err(PolicyRefusal::OutOfRange { field, rule: "must be from 1 to 3650 days" });
            }
        }
        let points = [
            ("processing_penalty_per_day", self.processing_penalty_per_day),
            ("delay_penalty_percent", self.delay_penalty_percent),
            ("at_risk_penalty_percent", self.at_risk_penalty_percent),
            ("breach_penalty_percent", self.breach_penalty_percent),
            ("rejection_penalty_percent", self.rejection_penalty_percent),
            ("quick_completion_reward", self.quick_completion_reward),
        ];
        for (field, value) in points {
            if value < dec!(0) || value > dec!(100) || value.normalize().scale() > 4 {
                return Err(PolicyRefusal::OutOfRange { field, rule: "must be from 0 to 100 with at most four decimals" });
            }
        }
        if self.at_risk_fraction <= dec!(0) || self.at_risk_fraction > dec!(1) || self.at_risk_fraction.normalize().scale() > 4 {
            let rule = "must be above 0 and at most 1 with at most four decimals";
            return Err(PolicyRefusal::OutOfRange { field: "at_risk_fraction", rule });
        }
        if !["agency.score@1", "agency.score@2"].contains(&self.score_formula.as_str()) {
            return Err(PolicyRefusal::OutOfRange { field: "score_formula", rule: "must be agency.score@1 or agency.score@2" });
        }
        if self.timezone.parse::<chrono_tz::Tz>().is_err() {
            return Err(PolicyRefusal::OutOfRange { field: "timezone", rule: "must be an IANA zone such as Europe/Rome" });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{given, round_trips};
    use chrono::TimeZone;

    fn day(n: u32) -> Instant {
        chrono::Utc.with_ymd_and_hms(2026, 1, n, 0, 0, 0).unwrap()
    }

    fn begun() -> PolicyEvent {
        PolicyEvent::Published { version: 1, from: day(1), values: PolicyValues::default() }
    }

    #[test]
    fn the_first_version_has_always_been_in_force() {
        let mut policy = Policy::default();
        policy.evolve(&begun());
        let changes = PolicyChanges { p1_sla_days: Some(5), ..Default::default() };
        for event in policy.clone().change(day(10), changes).unwrap() {
            policy.evolve(&event);
        }
        assert_eq!(policy.in_force(Instant::UNIX_EPOCH).version, 1);
        assert_eq!(policy.in_force(day(9)).version, 1);
        assert_eq!(policy.in_force(day(10)).version, 2);
        assert_eq!(policy.in_force(day(10)).values.p1_sla_days, 5);
    }

    #[test]
    fn a_change_names_field_and_rule_when_it_is_refused() {
        let refused = |changes: PolicyChanges, field, rule| {
            given([begun()]).when(|p: &Policy| p.change(day(2), changes)).refused(PolicyRefusal::OutOfRange { field, rule });
        };
        refused(PolicyChanges { p1_sla_days: Some(0), ..Default::default() }, "p1_sla_days", "must be from 1 to 3650 days");
        refused(
            PolicyChanges { timezone: Some("Mars/Base".into()), ..Default::default() },
            "timezone",
            "must be an IANA zone such as Europe/Rome",
        );
        given([begun()]).when(|p: &Policy| p.change(day(2), PolicyChanges::default())).then([]);
        given([begun()])
            .when(|p: &Policy| {
                p.change(day(1) - chrono::Days::new(1), PolicyChanges { p1_sla_days: Some(4), ..Default::default() })
            })
            .refused(PolicyRefusal::OlderThanCurrent { from: day(1) });
    }

    #[test]
    fn events_survive_storage() {
        round_trips("policy.published", begun());
    }
}
