//! Checks of a call centre's figures: everything computed once more from the log and compared with what people look at (B.W8).
//!
//! A company has one history of them. Only one check is under way at a time; one that was never brought to its end, because its
//! server stopped, is over when the next one begins.

use crate::{Aggregate, Decision, Instant, Kind, Refusal, Text, UserId};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use uuid::Uuid;

/// What happens to the checks of a company.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum VerificationEvent {
    /// One began.
    #[serde(rename = "verification.began")]
    Began {
        run: Uuid,
        /// The screens are computed anew before they are compared.
        rebuild: bool,
        /// Who wanted it; nobody in particular if Docket did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        asked_by: Option<UserId>,
        at: Instant,
    },
    /// It came to its end.
    #[serde(rename = "verification.ended")]
    Ended { run: Uuid, result: Verified, at: Instant },
    /// It could not be brought to its end.
    #[serde(rename = "verification.failed")]
    Failed { run: Uuid, reason: Text<1000>, at: Instant },
}

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Verified {
    /// The read models that were compared.
    pub models: Vec<Compared>,
    /// How many rows of the company are not what the log says.
    pub differing: u32,
    /// The first of them. What they hold is left out: it may be about somebody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<DifferingRow>,
}

/// A read model that was compared with the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    pub model: String,
    pub version: u32,
    /// Rows of the company that are not what the log says.
    pub differing: u32,
}

/// A row that is not what the log says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DifferingRow {
    pub model: String,
    pub table: String,
    /// Its primary key as JSON.
    pub key: String,
    pub what: Deviation,
}

/// How a row differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deviation {
    /// The log says that there is one, and there is none.
    Missing,
    /// There is one, and the log knows nothing of it.
    Surplus,
    /// It says something else.
    Different,
}

#[derive(Debug, thiserror::Error, PartialEq)]
pub enum VerificationRefusal {
    #[error("no such run")]
    Unknown,
    #[error("this run is over")]
    Over,
}

impl Refusal for VerificationRefusal {
    fn code(&self) -> &'static str {
        match self {
            VerificationRefusal::Unknown => "unknown_run",
            VerificationRefusal::Over => "run_over",
        }
    }
    fn kind(&self) -> Kind {
        match self {
            VerificationRefusal::Unknown => Kind::Missing,
            VerificationRefusal::Over => Kind::Conflict { state: "over", allowed: vec![] },
        }
    }
}

/// How many checks can still be looked up.
pub const REMEMBERED: usize = 50;
/// How many differing rows are named.
pub const NAMED: usize = 100;

/// The checks of a company, as far as they are remembered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verifications {
    runs: VecDeque<Run>,
}

/// One check.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    pub id: Uuid,
    pub rebuild: bool,
    pub asked_by: Option<UserId>,
    pub began_at: Instant,
    pub outcome: Option<Outcome>,
}

/// How a check came to its end.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    Ended { at: Instant, result: Verified },
    Failed { at: Instant, reason: Text<1000> },
}

impl Aggregate for Verifications {
    const CATEGORY: &'static str = "verification";
    type Event = VerificationEvent;
    type Refusal = VerificationRefusal;

    fn evolve(&mut self, event: &VerificationEvent) {
        match event {
            VerificationEvent::Began { run, rebuild, asked_by, at } => {
                let run = Run { id: *run, rebuild: *rebuild, asked_by: *asked_by, began_at: *at, outcome: None };
                self.runs.push_back(run);
                if self.runs.len() > REMEMBERED {
                    self.runs.pop_front();
                }
            }
            VerificationEvent::Ended { run, result, at } => {
                self.end(*run, Outcome::Ended { at: *at, result: result.clone() });
            }
            VerificationEvent::Failed { run, reason, at } => self.end(*run, Outcome::Failed { at: *at, reason: reason.clone() }),
        }
    }
}

impl Verifications {
    /// The check of this id, if it is remembered.
    pub fn run(&self, id: Uuid) -> Option<&Run> {
        self.runs.iter().find(|run| run.id == id)
    }

    /// The check that began last.
    pub fn last(&self) -> Option<&Run> {
        self.runs.back()
    }

    /// The last check that came to an end.
    pub fn last_over(&self) -> Option<&Run> {
        self.runs.iter().rev().find(|run| run.outcome.is_some())
    }

    /// Begins a check; the same one begins once.
    pub fn begin(&self, run: Uuid, rebuild: bool, asked_by: Option<UserId>, at: Instant) -> Decision<Verifications> {
        Ok(match self.run(run) {
            Some(_) => vec![],
            None => vec![VerificationEvent::Began { run, rebuild, asked_by, at }],
        })
    }

    /// Puts on record what it found.
    pub fn end_with(&self, run: Uuid, mut result: Verified, at: Instant) -> Decision<Verifications> {
        result.differences.truncate(NAMED);
        self.under_way(run).map(|()| vec![VerificationEvent::Ended { run, result, at }])
    }

    /// Puts on record that it could not be brought to its end.
    pub fn fail(&self, run: Uuid, reason: Text<1000>, at: Instant) -> Decision<Verifications> {
        self.under_way(run).map(|()| vec![VerificationEvent::Failed { run, reason, at }])
    }

    fn under_way(&self, id: Uuid) -> Result<(), VerificationRefusal> {
        match self.run(id).ok_or(VerificationRefusal::Unknown)?.outcome {
            None => Ok(()),
            Some(_) => Err(VerificationRefusal::Over),
        }
    }

    fn end(&mut self, id: Uuid, outcome: Outcome) {
        if let Some(run) = self.runs.iter_mut().find(|run| run.id == id) {
            run.outcome = Some(outcome);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregate::fold;
    use crate::event::{decode, encode};
    use crate::testing::{given, round_trips};
    use proptest::prelude::*;

    fn at(second: i64) -> Instant {
        Instant::from_timestamp(1_700_000_000 + second, 0).unwrap()
    }

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    fn began(n: u128) -> VerificationEvent {
        VerificationEvent::Began { run: id(n), rebuild: false, asked_by: Some(UserId(id(7))), at: at(0) }
    }

    fn found(rows: usize) -> Verified {
        let row = |n: usize| DifferingRow {
            model: "call_records".into(),
            table: "calls".into(),
            key: format!("{{\"n\":{n}}}"),
            what: Deviation::Different,
        };
        let compared = Compared { model: "call_records".into(), version: 1, differing: rows as u32 };
        Verified { models: vec![compared], differing: rows as u32, differences: (0..rows).map(row).collect() }
    }

    #[test]
    fn a_check_begins_once_and_ends_once() {
        given::<Verifications>([]).when(|v| v.begin(id(1), false, Some(UserId(id(7))), at(0))).then([began(1)]);
        given([began(1)]).when(|v: &Verifications| v.begin(id(1), false, None, at(1))).then([]);
        given::<Verifications>([]).when(|v| v.end_with(id(1), found(0), at(1))).refused(VerificationRefusal::Unknown);
        let ended = VerificationEvent::Ended { run: id(1), result: found(2), at: at(1) };
        given([began(1)]).when(|v: &Verifications| v.end_with(id(1), found(2), at(1))).then([ended.clone()]);
        let reason: Text<1000> = "the database is away".try_into().unwrap();
        let failed = VerificationEvent::Failed { run: id(1), reason: reason.clone(), at: at(2) };
        given([began(1), ended.clone()])
            .when(|v: &Verifications| v.fail(id(1), reason, at(2)))
            .refused(VerificationRefusal::Over);
        round_trips("verification.began", began(1));
        round_trips("verification.ended", ended);
        round_trips("verification.failed", failed);
    }

    #[test]
    fn one_that_was_cut_off_is_not_the_last_that_is_over() {
        let ended = VerificationEvent::Ended { run: id(1), result: found(0), at: at(1) };
        let checks: Verifications = fold(&[began(1), ended, began(2)]);
        assert_eq!((checks.last().map(|run| run.id), checks.last_over().map(|run| run.id)), (Some(id(2)), Some(id(1))));
        let many: Vec<_> = (0..60).map(began).collect();
        let checks: Verifications = fold(&many);
        assert_eq!((checks.run(id(9)), checks.run(id(10)).is_some()), (None, true), "old ones are forgotten");
    }

    proptest! {
        #[test]
        fn whatever_is_asked_events_can_be_read_back_and_no_run_ends_twice(asked in proptest::collection::vec((0..3u8, 0..4u128, 0..150usize), 0..40)) {
            let mut checks = Verifications::default();
            let mut over = std::collections::BTreeSet::new();
            for (nth, (what, run, rows)) in asked.into_iter().enumerate() {
                let (run, now) = (id(run), at(nth as i64));
                let decided = match what {
                    0 => checks.begin(run, rows % 2 == 0, None, now),
                    1 => checks.end_with(run, found(rows), now),
                    _ => checks.fail(run, "away".try_into().unwrap(), now),
                };
                for event in decided.unwrap_or_default() {
                    let stored = encode(&event).unwrap();
                    prop_assert_eq!(&decode::<VerificationEvent>(&stored.name, &stored.body).unwrap(), &event);
                    if let VerificationEvent::Ended { run, result, .. } = &event {
                        prop_assert!(result.differences.len() <= NAMED && over.insert(*run));
                    }
                    if let VerificationEvent::Failed { run, .. } = &event {
                        prop_assert!(over.insert(*run));
                    }
                    checks.evolve(&event);
                }
            }
        }
    }
}
