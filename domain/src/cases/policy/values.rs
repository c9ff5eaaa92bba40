//! What can be set for a company: days, points, colours, zone and switches, each with the range that makes sense.

use super::PolicyRefusal;
use crate::{Instant, Text};
use rust_decimal::{Decimal, dec};
use serde::{Deserialize, Serialize};

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
    /// Which notices are sent (E.X4). All were before these switches existed, and what is on is not stored.
    #[serde(default = "on", skip_serializing_if = "is_on")]
    pub notify_sla_at_risk: bool,
    #[serde(default = "on", skip_serializing_if = "is_on")]
    pub notify_sla_breached: bool,
    #[serde(default = "on", skip_serializing_if = "is_on")]
    pub notify_assigned: bool,
    #[serde(default = "on", skip_serializing_if = "is_on")]
    pub notify_rejected: bool,
}

fn on() -> bool {
    true
}

fn is_on(switch: &bool) -> bool {
    *switch
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
            notify_sla_at_risk: true,
            notify_sla_breached: true,
            notify_assigned: true,
            notify_rejected: true,
        }
    }
}

/// The settings a person changes; what is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PolicyChanges {
    /// From when they are in force: from now on if absent, otherwise a future instant within ten years.
    pub in_force_from: Option<Instant>,
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
    pub notify_sla_at_risk: Option<bool>,
    pub notify_sla_breached: Option<bool>,
    pub notify_assigned: Option<bool>,
    pub notify_rejected: Option<bool>,
}

impl PolicyChanges {
    pub(super) fn over(self, old: PolicyValues) -> PolicyValues {
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
            notify_sla_at_risk: self.notify_sla_at_risk.unwrap_or(old.notify_sla_at_risk),
            notify_sla_breached: self.notify_sla_breached.unwrap_or(old.notify_sla_breached),
            notify_assigned: self.notify_assigned.unwrap_or(old.notify_assigned),
            notify_rejected: self.notify_rejected.unwrap_or(old.notify_rejected),
        }
    }
}

impl PolicyValues {
    pub(super) fn check(&self) -> Result<(), PolicyRefusal> {
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
        for (field, color) in
            [("theme_primary_color", &self.theme_primary_color), ("theme_secondary_color", &self.theme_secondary_color)]
        {
            let digits = color.as_str().strip_prefix('#').unwrap_or_default();
            if digits.len() != 6 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return Err(PolicyRefusal::OutOfRange { field, rule: "must be a colour such as #4D148C" });
            }
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
