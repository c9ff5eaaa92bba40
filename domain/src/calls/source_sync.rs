//! When a telephone system was asked what it knows, and what came of it (B.W7).
//!
//! It is a history of its own under the telephone system's id: being asked every quarter of an hour must not change its ETag.

use super::source::SourceRefusal;
use crate::{Aggregate, Decision, Text};
use serde::{Deserialize, Serialize};

/// What came of asking.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SourceSyncEvent {
    /// It answered, and what it said was taken over.
    #[serde(rename = "source_sync.done")]
    Done {
        /// How many users and calls under way it has.
        users: u32,
        calls: u32,
    },
    /// It did not answer as it should, and nothing was taken over.
    #[serde(rename = "source_sync.failed")]
    Failed {
        /// What it was asked for.
        asked: Text<255>,
        why: Text<1000>,
    },
}

/// How a telephone system is asked; no decision depends on how it went before.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceSync;

impl Aggregate for SourceSync {
    const CATEGORY: &'static str = "source_sync";
    type Event = SourceSyncEvent;
    type Refusal = SourceRefusal;

    fn evolve(&mut self, _: &SourceSyncEvent) {}
}

impl SourceSync {
    /// Puts on record what came of asking, each time.
    pub fn note(&self, event: SourceSyncEvent) -> Decision<SourceSync> {
        Ok(vec![event])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{given, round_trips};

    #[test]
    fn each_time_is_put_on_record() {
        let done = SourceSyncEvent::Done { users: 6, calls: 2 };
        let failed =
            SourceSyncEvent::Failed { asked: "Users, page 2".try_into().unwrap(), why: "it answered 500".try_into().unwrap() };
        given([done.clone()]).when(|s: &SourceSync| s.note(done.clone())).then([done.clone()]);
        round_trips("source_sync.done", done);
        round_trips("source_sync.failed", failed);
    }
}
