//! A report that was made by itself, or when somebody asked for it: one of each kind for each day, kept as it was.

use crate::{Aggregate, Decision, Kind, Refusal, ReportRunId, TenantId};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// What kind of report, by the stretch of time it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportKind {
    /// About one day.
    Daily,
    /// About the seven days up to it.
    Weekly,
    /// About the thirty days up to it.
    Monthly,
}

impl ReportKind {
    pub const ALL: [ReportKind; 3] = [ReportKind::Daily, ReportKind::Weekly, ReportKind::Monthly];

    /// The word under which it is stored and shown.
    pub fn word(self) -> &'static str {
        match self {
            ReportKind::Daily => "daily",
            ReportKind::Weekly => "weekly",
            ReportKind::Monthly => "monthly",
        }
    }

    /// How many days it is about.
    pub fn days(self) -> u64 {
        match self {
            ReportKind::Daily => 1,
            ReportKind::Weekly => 7,
            ReportKind::Monthly => 30,
        }
    }
}

/// What happens to a report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ReportRunEvent {
    /// It was made; `report` is what it said.
    #[serde(rename = "report_run.generated")]
    Generated { kind: ReportKind, day: NaiveDate, from: NaiveDate, to: NaiveDate, timezone: String, report: Value },
}

#[derive(Debug, thiserror::Error, PartialEq)]
pub enum ReportRunRefusal {
    #[error("no such report")]
    Unknown,
}

impl Refusal for ReportRunRefusal {
    fn code(&self) -> &'static str {
        "unknown_report"
    }
    fn kind(&self) -> Kind {
        Kind::Missing
    }
}

/// A report as its decisions see it: whether it was made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReportRun {
    made: bool,
}

impl Aggregate for ReportRun {
    const CATEGORY: &'static str = "report_run";
    type Event = ReportRunEvent;
    type Refusal = ReportRunRefusal;

    fn evolve(&mut self, event: &ReportRunEvent) {
        let ReportRunEvent::Generated { .. } = event;
        self.made = true;
    }
}

impl ReportRun {
    /// The report of a kind and a day, whoever makes it first.
    pub fn id(tenant: TenantId, kind: ReportKind, day: NaiveDate) -> ReportRunId {
        ReportRunId(Uuid::new_v5(&tenant.0, format!("report_run\u{1f}{}\u{1f}{day}", kind.word()).as_bytes()))
    }

    pub fn is_made(&self) -> bool {
        self.made
    }

    /// Keeps it, unless there is one already: what a report said stays said.
    pub fn generate(&self, made: ReportRunEvent) -> Decision<ReportRun> {
        Ok(if self.made { vec![] } else { vec![made] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregate::fold;
    use crate::event::{decode, encode};
    use crate::testing::{given, round_trips};
    use proptest::collection::vec;
    use proptest::prelude::*;
    use serde_json::json;

    fn made(report: Value) -> ReportRunEvent {
        let day = NaiveDate::from_ymd_opt(2026, 3, 2).unwrap();
        ReportRunEvent::Generated { kind: ReportKind::Daily, day, from: day, to: day, timezone: "UTC".into(), report }
    }

    #[test]
    fn a_report_is_made_once() {
        let event = made(json!({"handled": 4, "fcrRate": 71.43}));
        given::<ReportRun>([]).when(|r| r.generate(event.clone())).then([event.clone()]);
        given([event.clone()]).when(|r: &ReportRun| r.generate(made(json!({})))).then([]);
        round_trips("report_run.generated", event);
        let tenant = TenantId(Uuid::from_u128(1));
        let day = NaiveDate::from_ymd_opt(2026, 3, 2).unwrap();
        let ids: std::collections::BTreeSet<_> = ReportKind::ALL.map(|kind| ReportRun::id(tenant, kind, day)).into();
        assert_eq!(ids.len(), 3);
        for kind in ReportKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.word());
        }
    }

    proptest! {
        #[test]
        fn whatever_was_asked_it_is_made_at_most_once_and_reads_back(figures in vec(("[a-z]{1,6}", any::<i64>()), 0..8)) {
            let mut run = ReportRun::default();
            let mut events = Vec::new();
            for (name, value) in figures {
                for event in run.generate(made(json!({name: value}))).unwrap() {
                    let stored = encode(&event).unwrap();
                    prop_assert_eq!(&decode::<ReportRunEvent>(&stored.name, &stored.body).unwrap(), &event);
                    run.evolve(&event);
                    events.push(event);
                }
            }
            prop_assert!(events.len() < 2);
            prop_assert_eq!(fold::<ReportRun>(&events), run);
        }
    }
}
