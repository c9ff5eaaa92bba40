//! The running numbers of a year's cases: `CASE-2026-000123`, one sequence for each tenant and year.

use crate::{Aggregate, Decision, Kind, Refusal, TenantId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What happens to a year's numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum CaseNumbersEvent {
    /// The next number was given to a case.
    #[serde(rename = "case_numbers.issued")]
    Issued { year: i32, number: u64 },
}

#[derive(Debug, thiserror::Error, PartialEq)]
pub enum CaseNumbersRefusal {
    #[error("no case numbers are left in this year")]
    Exhausted,
}

impl Refusal for CaseNumbersRefusal {
    fn code(&self) -> &'static str {
        "case_numbers_exhausted"
    }
    fn kind(&self) -> Kind {
        Kind::Taken { field: "case_number" }
    }
}

/// The last number issued.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CaseNumbers {
    last: u64,
}

impl Aggregate for CaseNumbers {
    const CATEGORY: &'static str = "case_numbers";
    type Event = CaseNumbersEvent;
    type Refusal = CaseNumbersRefusal;

    fn evolve(&mut self, event: &CaseNumbersEvent) {
        let CaseNumbersEvent::Issued { number, .. } = event;
        self.last = (*number).max(self.last);
    }
}

impl CaseNumbers {
    /// The id of a year's sequence in a tenant.
    pub fn id(tenant: TenantId, year: i32) -> Uuid {
        Uuid::new_v5(&tenant.0, format!("case_numbers\u{1f}{year}").as_bytes())
    }

    /// Issues the next number.
    pub fn issue(&self, year: i32) -> Decision<CaseNumbers> {
        let number = self.last.checked_add(1).ok_or(CaseNumbersRefusal::Exhausted)?;
        Ok(vec![CaseNumbersEvent::Issued { year, number }])
    }
}

/// A number as people read it.
pub fn written(year: i32, number: u64) -> String {
    format!("CASE-{year:04}-{number:06}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{given, round_trips};

    #[test]
    fn numbers_follow_each_other() {
        let first = CaseNumbersEvent::Issued { year: 2026, number: 1 };
        given::<CaseNumbers>([]).when(|n| n.issue(2026)).then([first.clone()]);
        given([first.clone()]).when(|n: &CaseNumbers| n.issue(2026)).then([CaseNumbersEvent::Issued { year: 2026, number: 2 }]);
        assert_eq!(written(2026, 123), "CASE-2026-000123");
        round_trips("case_numbers.issued", first);
    }
}
