//! How many cases there are of each kind, kept beside the worklist so that its totals need no counting.

use crate::Row;
use crate::cases::worklist::CaseStatus;
use domain::TenantId;
use domain::cases::case::Priority;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A counted case's SLA: it still runs, or it was judged at the completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CountedSla {
    Running,
    OnTrack,
    AtRisk,
    Breached,
}

/// Amounts in one currency.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Amounts {
    pub overdue: Decimal,
    pub paid: Decimal,
}

/// How many cases there are of a kind, and their amounts by currency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseCount {
    pub tenant_id: TenantId,
    pub status: CaseStatus,
    pub priority: Priority,
    pub sla: CountedSla,
    pub cases: i64,
    pub amounts: BTreeMap<String, Amounts>,
}

/// A kind of case that is counted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct CaseCountKey {
    pub tenant_id: TenantId,
    pub status: CaseStatus,
    pub priority: Priority,
    pub sla: CountedSla,
}

impl Row for CaseCount {
    const TABLE: &'static str = "case_counts";
    const KEY: &'static [&'static str] = &["tenant_id", "status", "priority", "sla"];
    type Key = CaseCountKey;

    fn key(&self) -> CaseCountKey {
        CaseCountKey { tenant_id: self.tenant_id, status: self.status, priority: self.priority, sla: self.sla }
    }
}
