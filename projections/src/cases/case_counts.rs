//! How many cases there are of each kind and what is owed on them, kept beside the worklist so that its totals need no counting.

use crate::Row;
use crate::cases::sla_board::TenantKey;
use crate::cases::worklist::CaseStatus;
use domain::TenantId;
use domain::cases::{case::Priority, sla::SlaStatus};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How many cases there are of a kind, by their SLA as it is on record: as judged at the completion, or by the last deadline
/// that was noted while the case runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseCount {
    pub tenant_id: TenantId,
    pub status: CaseStatus,
    pub priority: Priority,
    pub on_track: i64,
    pub at_risk: i64,
    pub breached: i64,
}

/// A kind of case that is counted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct CaseCountKey {
    pub tenant_id: TenantId,
    pub status: CaseStatus,
    pub priority: Priority,
}

impl Row for CaseCount {
    const TABLE: &'static str = "case_counts";
    const KEY: &'static [&'static str] = &["tenant_id", "status", "priority"];
    type Key = CaseCountKey;

    fn key(&self) -> CaseCountKey {
        CaseCountKey { tenant_id: self.tenant_id, status: self.status, priority: self.priority }
    }
}

impl CaseCount {
    /// No cases of this kind.
    pub(crate) fn none(CaseCountKey { tenant_id, status, priority }: CaseCountKey) -> Self {
        Self { tenant_id, status, priority, on_track: 0, at_risk: 0, breached: 0 }
    }

    pub(crate) fn of(&mut self, sla: SlaStatus) -> &mut i64 {
        match sla {
            SlaStatus::OnTrack => &mut self.on_track,
            SlaStatus::AtRisk => &mut self.at_risk,
            SlaStatus::Breached => &mut self.breached,
        }
    }

    pub fn cases(&self) -> i64 {
        self.on_track + self.at_risk + self.breached
    }
}

/// Amounts in one currency.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Amounts {
    pub overdue: Decimal,
    pub paid: Decimal,
}

/// What is owed and was paid on all cases of a company, by currency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseAmounts {
    pub tenant_id: TenantId,
    pub amounts: BTreeMap<String, Amounts>,
}

impl Row for CaseAmounts {
    const TABLE: &'static str = "case_amounts";
    const KEY: &'static [&'static str] = &["tenant_id"];
    type Key = TenantKey;

    fn key(&self) -> TenantKey {
        TenantKey { tenant_id: self.tenant_id }
    }
}
