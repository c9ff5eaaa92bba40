//! How many cases there are of each kind and what is owed on them, kept beside the worklist so that its totals need no counting.

use crate::Row;
use crate::cases::sla_board::TenantKey;
use crate::cases::worklist::CaseStatus;
use crate::cases::worklist_page::{CaseFilter, word};
use domain::cases::{case::Priority, sla::SlaStatus};
use domain::{Instant, TenantId};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, types::Json};
use std::{collections::BTreeMap, ops::Add};

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

/// The counters of all kinds of cases that there are.
pub(crate) async fn counts(conn: &mut PgConnection, tenant: TenantId) -> sqlx::Result<Vec<CaseCount>> {
    let found = sqlx::query_scalar!(
        r#"select to_json(c) as "count!: Json<CaseCount>" from case_counts c where tenant_id = $1"#,
        tenant.0,
    );
    Ok(found.fetch_all(conn).await?.into_iter().map(|count| count.0).collect())
}

/// How many cases stand where in their SLA windows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SlaCounts {
    pub on_track: i64,
    pub at_risk: i64,
    pub breached: i64,
}

impl SlaCounts {
    pub fn of(&self, sla: SlaStatus) -> i64 {
        match sla {
            SlaStatus::OnTrack => self.on_track,
            SlaStatus::AtRisk => self.at_risk,
            SlaStatus::Breached => self.breached,
        }
    }
}

impl SlaCounts {
    /// What is on record.
    pub(crate) fn on_record<'c>(counts: impl Iterator<Item = &'c CaseCount>) -> Self {
        let one = |count: &CaseCount| Self { on_track: count.on_track, at_risk: count.at_risk, breached: count.breached };
        counts.map(one).fold(Self::default(), Self::add)
    }

    /// Where the running cases of a filter stand, if so many of them came to be at risk or due and nobody has noted it yet.
    pub(crate) fn running(counts: &[CaseCount], filter: &CaseFilter, at_risk: i64, due: i64) -> Self {
        let recorded = Self::on_record(counts.iter().filter(|count| filter.holds(count) && count.status.runs()));
        let (on_track, breached) = (recorded.on_track - at_risk, recorded.breached + due);
        let at_risk = recorded.on_track + recorded.at_risk + recorded.breached - on_track - breached;
        Self { on_track, at_risk, breached }
    }
}

impl Add for SlaCounts {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            on_track: self.on_track + other.on_track,
            at_risk: self.at_risk + other.at_risk,
            breached: self.breached + other.breached,
        }
    }
}

/// Where the running cases of a status and a priority stand at `now`: as is on record, but for those whose deadline has passed
/// since. The SLA clock keeps these few, and they alone have to be looked up.
pub(crate) async fn running(
    conn: &mut PgConnection,
    tenant: TenantId,
    filter: &CaseFilter,
    counts: &[CaseCount],
    now: Instant,
) -> sqlx::Result<SlaCounts> {
    let passed = sqlx::query!(
        r#"select
             (select count(*) from cases
              where tenant_id = $1 and sla_judged is null and sla_recorded is null and at_risk_at <= $2
                and ($3::text is null or status = $3) and ($4::text is null or priority = $4)) as "at_risk!",
             (select count(*) from cases
              where tenant_id = $1 and sla_judged is null and sla_recorded is distinct from 'breached' and due_at < $2
                and ($3::text is null or status = $3) and ($4::text is null or priority = $4)) as "due!""#,
        tenant.0,
        now,
        filter.status.map(CaseStatus::word),
        filter.priority.map(word),
    );
    let passed = passed.fetch_one(conn).await?;
    Ok(SlaCounts::running(counts, filter, passed.at_risk, passed.due))
}

/// The SLA status of a running case: at risk from the one instant on, breached strictly after the other.
pub(crate) fn sla_at(at_risk_at: Instant, due_at: Instant, now: Instant) -> SlaStatus {
    match now {
        now if now > due_at => SlaStatus::Breached,
        now if now >= at_risk_at => SlaStatus::AtRisk,
        _ => SlaStatus::OnTrack,
    }
}
