//! What happened to a call, event by event: when, who, what, in words.

use crate::calls::accesses::facts;
use crate::cases::history::{Happening, Who};
use crate::who::Names;
use domain::calls::call::{CallChanges, CallEvent, CallFacts};
use domain::event::decode;
use projections::organization::audit_trail::AuditEntry;

/// An entry of the audit trail as people read it. Where a recording is found stays with those who may listen to recordings.
pub fn happening(entry: AuditEntry, names: &Names, listens: bool) -> Happening {
    let fact = serde_json::to_vec(&entry.body).ok().and_then(|body| decode::<CallEvent>(&entry.action, &body).ok());
    let told = facts::are_told(&entry.action, listens);
    Happening {
        position: entry.position.to_i64(),
        version: entry.version,
        event_id: entry.event_id,
        at: entry.occurred_at,
        recorded_at: entry.recorded_at,
        who: Who { name: names.of(&entry.actor), actor: entry.actor.to_string() },
        in_words: fact.map_or_else(|| entry.action.clone(), |fact| in_words(&fact)),
        what: entry.action,
        cause: entry.cause,
        details: if told { entry.body } else { serde_json::Value::Null },
    }
}

fn in_words(fact: &CallEvent) -> String {
    match fact {
        CallEvent::Recorded { facts, .. } => format!("recorded: {}", facts_in_words(facts)),
        CallEvent::LegAdded { facts, .. } => format!("another leg came in: {}", facts_in_words(facts)),
        CallEvent::LegCorrected { facts, .. } => format!("another copy of a leg came in: {}", facts_in_words(facts)),
        CallEvent::Attributed { agent: Some(_), .. } => "it became known who took it".into(),
        CallEvent::Attributed { agent: None, .. } => "nobody is known to have taken it any more".into(),
        CallEvent::Completed { wrap_up } => {
            let outcome = wrap_up.outcome.map_or("nothing in particular", |outcome| outcome.word());
            format!("its agent wrapped it up: {outcome}")
        }
        CallEvent::Amended { changes, reason } => format!("changed: {} ({reason})", changed(changes)),
        CallEvent::Categorized { category, applied } => {
            let kind = category.call_type.map_or("no type", |kind| kind.word());
            format!("{} made {kind} of it; taken over: {}", category.formula, changed(applied))
        }
        CallEvent::RecordingAttached { .. } => "a recording was attached".into(),
        CallEvent::RecordingReviewed { score: Some(score), .. } => format!("the recording was rated {score}"),
        CallEvent::RecordingReviewed { score: None, .. } => "the recording was listened to".into(),
        CallEvent::RecordingRemoved { reason } => format!("the recording was removed: {reason}"),
        CallEvent::Escalated { reason, priority, .. } => format!("escalated as {}: {reason}", priority.word()),
        CallEvent::FollowUpPlanned { follow_up } => format!("{} planned for {}", follow_up.kind.word(), follow_up.date),
        CallEvent::FollowUpDone { .. } => "what was planned was done".into(),
        CallEvent::Held { reason } => format!("has to be kept: {reason}"),
        CallEvent::HoldReleased { reason } => format!("need not be kept any longer: {reason}"),
        CallEvent::Disposed { reason, .. } => format!("disposed of: {reason}"),
    }
}

fn facts_in_words(facts: &CallFacts) -> String {
    let CallFacts { direction, status, legs, .. } = facts;
    let talk = facts.talk_seconds.map(|seconds| format!(", {seconds} s of talk")).unwrap_or_default();
    format!("{}, {}, {legs} legs{talk}", direction.word(), status.word())
}

/// The names of what changed.
fn changed(changes: &CallChanges) -> String {
    let value = serde_json::to_value(changes).unwrap_or_default();
    let names: Vec<&str> = value.as_object().into_iter().flat_map(|fields| fields.iter()).filter_map(named).collect();
    if names.is_empty() { "nothing".into() } else { names.join(", ") }
}

fn named<'v>((name, value): (&'v String, &'v serde_json::Value)) -> Option<&'v str> {
    // A field that may only be set and not cleared is `null` where it stays.
    let settable = ["firstCallResolution", "complaint", "afterCallWorkSeconds", "holdSeconds", "tags"];
    (!value.is_null() || !settable.contains(&name.as_str())).then_some(name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_named() {
        let changes = CallChanges { complaint: Some(true), outcome: Some(None), ..CallChanges::default() };
        let amended = CallEvent::Amended { changes, reason: "misheard".try_into().unwrap_or_else(|_| unreachable!()) };
        assert_eq!(in_words(&amended), "changed: complaint, outcome (misheard)");
        assert_eq!(changed(&CallChanges::default()), "nothing");
    }
}
