//! Events that tell of a call, a journal or a recording: whoever is shown what such an event says has looked at that thing (B.R4).

use domain::calls::access::Seen;
use projections::organization::audit_trail::AuditEntry;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Events by this beginning of their name say where a recording is found, and how it was rated.
const OF_A_RECORDING: &str = "call.recording_";

/// Whether somebody is told what an event says: of recordings only those who may listen to them.
pub fn are_told(action: &str, listens: bool) -> bool {
    listens || !action.starts_with(OF_A_RECORDING)
}

/// What an event about this thing tells of; nothing if it tells of no call, journal or recording.
pub fn told_of(category: &str, id: Uuid, action: &str, facts: &Value, listens: bool) -> Option<(Seen, Uuid)> {
    match category {
        "call" if listens && action.starts_with(OF_A_RECORDING) => Some((Seen::Recording, id)),
        "call" => Some((Seen::Call, id)),
        "journal" => Some((Seen::Journal, id)),
        // The number that was called and what came of it; the record that became part of a call.
        "campaign" | "held_record" => Some((Seen::Call, facts.get("call")?.as_str()?.parse().ok()?)),
        _ => None,
    }
}

/// Things by their kind, each once.
pub type Told = BTreeMap<Seen, BTreeSet<Uuid>>;

/// All that some entries of the audit trail tell of.
pub fn told_in(entries: &[AuditEntry], listens: bool) -> Told {
    let of = |entry: &AuditEntry| told_of(&entry.category, entry.aggregate_id, &entry.action, &entry.body, listens);
    gathered(entries.iter().filter_map(of))
}

/// Each thing once.
pub fn gathered(told: impl IntoIterator<Item = (Seen, Uuid)>) -> Told {
    let mut all = Told::new();
    for (what, id) in told {
        all.entry(what).or_default().insert(id);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_event_tells_of_the_call_that_it_names_and_of_a_recording_to_those_who_listen() {
        let (thing, call) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let of = |category, action, listens| told_of(category, thing, action, &json!({"call": call}), listens);
        assert_eq!(of("call", "call.recorded", true), Some((Seen::Call, thing)));
        assert_eq!(of("call", "call.recording_attached", true), Some((Seen::Recording, thing)));
        assert_eq!(of("call", "call.recording_attached", false), Some((Seen::Call, thing)));
        assert_eq!(of("journal", "journal.written", true), Some((Seen::Journal, thing)));
        assert_eq!(of("campaign", "campaign.call_logged", true), Some((Seen::Call, call)));
        assert_eq!(of("held_record", "held_record.replayed", true), Some((Seen::Call, call)));
        assert_eq!(of("case", "case.opened", true), None);
        assert_eq!(told_of("campaign", thing, "campaign.started", &json!({}), true), None);
        assert!(are_told("call.recorded", false) && are_told("call.recording_removed", true));
        assert!(!are_told("call.recording_attached", false));
    }
}
