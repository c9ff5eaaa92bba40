//! How long a case may take: its window, and whether it is on track, at risk or breached at an instant.

use crate::Instant;
use crate::cases::{case::Priority, policy::PolicyVersion};
use chrono::TimeDelta;
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde::{Deserialize, Serialize};

/// Where a case stands in its SLA window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlaStatus {
    OnTrack,
    AtRisk,
    Breached,
}

impl SlaStatus {
    /// The word specification E shows: `On Track`, `At Risk`, `Breached`.
    pub fn shown(self) -> &'static str {
        match self {
            SlaStatus::OnTrack => "On Track",
            SlaStatus::AtRisk => "At Risk",
            SlaStatus::Breached => "Breached",
        }
    }

    /// The word under which it is stored.
    pub fn stored(self) -> &'static str {
        match self {
            SlaStatus::OnTrack => "on_track",
            SlaStatus::AtRisk => "at_risk",
            SlaStatus::Breached => "breached",
        }
    }
}

/// The window of a case (E.F3): it starts at the opening and again at every reopening.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlaWindow {
    pub started_at: Instant,
    pub at_risk_at: Instant,
    pub due_at: Instant,
    /// The version of the policy that set it.
    pub policy: u32,
}

impl SlaWindow {
    /// The window of a case of this priority that starts at `started_at` under this policy.
    pub fn starting(started_at: Instant, priority: Priority, policy: &PolicyVersion) -> Self {
        let values = &policy.values;
        let days = match priority {
            Priority::P1 => values.p1_sla_days,
            Priority::P2 => values.p2_sla_days,
            Priority::P3 => values.p3_sla_days,
        };
        let seconds = i64::from(days) * 86_400;
        let at_risk =
            (Decimal::from(seconds * 1_000_000) * values.at_risk_fraction).trunc().to_i64().unwrap_or(seconds * 1_000_000);
        Self {
            started_at,
            at_risk_at: started_at + TimeDelta::microseconds(at_risk),
            due_at: started_at + TimeDelta::seconds(seconds),
            policy: policy.version,
        }
    }

    /// At risk from the at-risk instant on; breached strictly after the due instant.
    pub fn status_at(&self, at: Instant) -> SlaStatus {
        if at > self.due_at {
            SlaStatus::Breached
        } else if at >= self.at_risk_at {
            SlaStatus::AtRisk
        } else {
            SlaStatus::OnTrack
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::policy::Policy;
    use chrono::{Days, TimeZone};

    #[test]
    fn the_window_follows_the_priority_and_its_edges_are_exact() {
        let start = chrono::Utc.with_ymd_and_hms(2026, 2, 27, 12, 0, 0).unwrap();
        let policy = Policy::default();
        for (priority, days) in [(Priority::P1, 3), (Priority::P2, 7), (Priority::P3, 14)] {
            let window = SlaWindow::starting(start, priority, policy.current());
            assert_eq!(window.due_at, start + Days::new(days));
            assert_eq!(window.at_risk_at, start + TimeDelta::seconds(days as i64 * 86_400 * 4 / 5));
            let tick = TimeDelta::microseconds(1);
            assert_eq!(window.status_at(window.at_risk_at - tick), SlaStatus::OnTrack);
            assert_eq!(window.status_at(window.at_risk_at), SlaStatus::AtRisk);
            assert_eq!(window.status_at(window.due_at), SlaStatus::AtRisk);
            assert_eq!(window.status_at(window.due_at + tick), SlaStatus::Breached);
        }
    }
}
