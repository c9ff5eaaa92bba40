//! What was answered against what is on the log: a yes stands there exactly once as asked, a no not at all, and nothing else does.

use super::{Complaint, Kind};
use crate::journal::{Fate, Wish};
use domain::Actor;
use eventlog::Recorded;
use rust_decimal::Decimal;
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// Every wish against the events that bear its key, and every event against those who may have asked for it.
pub fn check(events: &[Recorded], wishes: &[Wish]) -> Vec<Complaint> {
    let mut by_key = by_key(events);
    let mut complaints: Vec<Complaint> =
        wishes.iter().flat_map(|wish| kept(wish, &by_key.remove(wish.key.as_str()).unwrap_or_default())).collect();
    for (key, events) in by_key {
        complaints.extend(repeated(&events).map(|what| Kind::Doubled.says(format!("{key:?}: {what}"))));
        let nobodys = events.iter().filter(|event| !is_dockets_own(event));
        complaints.extend(nobodys.map(|event| {
            Kind::Phantom.says(format!(
                "nobody asked for {} by {} under the key {key:?} (position {})",
                event.name, event.actor, event.position
            ))
        }));
    }
    complaints
}

/// The events that bear each key, in the order of the log.
pub fn by_key(events: &[Recorded]) -> HashMap<&str, Vec<&Recorded>> {
    let mut by_key: HashMap<&str, Vec<&Recorded>> = HashMap::new();
    events.iter().for_each(|event| by_key.entry(event.key.as_str()).or_default().push(event));
    by_key
}

fn kept(wish: &Wish, events: &[&Recorded]) -> Vec<Complaint> {
    let named = format!("{} {:?}", wish.command, wish.key);
    let mut complaints = Vec::new();
    match &wish.fate {
        Fate::Refused { status, code } if !events.is_empty() => {
            complaints.push(Kind::Phantom.says(format!("{named} was refused ({status} {code}) and is on the log")));
        }
        Fate::Ok { unchanged: true, .. } if !events.is_empty() => {
            complaints.push(Kind::Phantom.says(format!("{named} was said to change nothing and is on the log")));
        }
        Fate::Ok { unchanged: false, .. } if events.is_empty() => {
            complaints.push(Kind::Lost.says(format!("{named} was acknowledged and is not on the log")));
        }
        Fate::Ok { id, version, position, unchanged: false, .. } => {
            let last = events.last().map(|event| event.position.to_i64());
            let reached = events.iter().filter(|event| event.stream.id == *id).map(|event| event.version).max();
            if *position != last || Some(*version) != reached {
                let answer = format!("version {version} at position {position:?}");
                complaints.push(Kind::Lost.says(format!("{named} was acknowledged as {answer} and is {reached:?} at {last:?}")));
            }
        }
        _ => {}
    }
    if !events.is_empty() {
        complaints.extend(repeated(events).map(|what| Kind::Doubled.says(format!("{named}: {what}"))));
        complaints.extend(not_as_asked(wish, events).map(|what| Kind::Phantom.says(format!("{named}: {what}"))));
    }
    complaints
}

/// What one command leaves stands side by side, and the same does not happen to the same thing twice. (Only numbers are passed
/// over in one go, when somebody brought them along for cases of their own.)
fn repeated(events: &[&Recorded]) -> Option<String> {
    let apart = events.windows(2).find(|pair| pair[1].position.to_i64() != pair[0].position.to_i64() + 1);
    if let Some(pair) = apart {
        return Some(format!("stands at position {} and again at {}", pair[0].position, pair[1].position));
    }
    let mut seen = HashSet::new();
    let again = events.iter().filter(|event| event.name != "case_numbers.issued");
    let again = again.into_iter().find(|event| !seen.insert((&event.stream, event.name.as_str())));
    again.map(|event| format!("{} happened twice, again at position {}", event.name, event.position))
}

/// In the right company, to the right thing, and with every word and number that was asked for.
fn not_as_asked(wish: &Wish, events: &[&Recorded]) -> Option<String> {
    if let Some(event) = events.iter().find(|event| event.stream.tenant.0 != wish.tenant) {
        return Some(format!("position {} is on record for the company {}", event.position, event.stream.tenant));
    }
    if !events.iter().any(|event| event.stream.id == wish.on) {
        return Some(format!("none of what is on the log happened to {}", wish.on));
    }
    let bodies: Vec<Value> = events.iter().filter_map(|event| serde_json::from_slice(&event.body).ok()).collect();
    let mut stored = Vec::new();
    bodies.iter().for_each(|body| said(body, &mut stored));
    let mut asked = Vec::new();
    said(&wish.data, &mut asked);
    asked
        .into_iter()
        .find(|asked| !stored.iter().any(|stored| same(asked, stored)))
        .map(|asked| format!("{asked} is not on the log"))
}

/// The words and numbers in a JSON value.
fn said<'v>(value: &'v Value, into: &mut Vec<&'v Value>) {
    match value {
        Value::String(_) | Value::Number(_) => into.push(value),
        Value::Array(values) => values.iter().for_each(|value| said(value, into)),
        Value::Object(fields) => fields.values().for_each(|value| said(value, into)),
        Value::Null | Value::Bool(_) => {}
    }
}

/// Equal, however the digits are written.
fn same(one: &Value, other: &Value) -> bool {
    let number = |value: &Value| match value {
        Value::Number(number) => Decimal::from_str_exact(&number.to_string()).ok(),
        Value::String(text) => Decimal::from_str_exact(text).ok(),
        _ => None,
    };
    one == other || matches!((number(one), number(other)), (Some(one), Some(other)) if one == other)
}

/// What Docket does without being asked: the first company, its processes, and whatever comes of signing in.
fn is_dockets_own(event: &Recorded) -> bool {
    let name = event.name.as_str();
    let deadline = matches!(name, "case.sla_at_risk" | "case.sla_breached");
    match &event.actor {
        Actor::Operator => true,
        Actor::Process(process) => match (process.as_str(), name) {
            ("sla_clock", _) => deadline && event.key.starts_with(&format!("sla_clock {} ", event.stream.id)),
            ("auto_assignment", "case.assigned" | "agency.place_taken") => event.key.starts_with("auto_assignment "),
            ("auto_assignment", "case.left_unassigned") => true,
            ("attribution", "call.attributed") => event.key.starts_with(&format!("attribution {} ", event.stream.id)),
            ("auto_assignment", _) => deadline,
            ("customer_portal", _) => event.stream.category == "portal",
            ("sign_in", _) => event.stream.category == "user",
            _ => false,
        },
        Actor::User(_) | Actor::Simulation(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::story::Story;
    use super::*;

    /// The kinds and words of complaints about three payments after something was done to what is on record of them.
    fn after(change: impl Fn(&mut Story)) -> Vec<Complaint> {
        let mut story = Story::default();
        (1..=3).for_each(|n| story.pay(&format!("k{n}"), n));
        change(&mut story);
        check(&story.events, &story.wishes)
    }

    fn only(kind: Kind, word: &str, complaints: Vec<Complaint>) {
        assert!(complaints.len() == 1 && complaints[0].kind == kind && complaints[0].what.contains(word), "{complaints:?}");
    }

    #[test]
    fn a_history_that_was_kept_gives_no_reason_to_complain() {
        assert_eq!(after(|_| ()), []);
        let unknown = |story: &mut Story| story.wishes[0].fate = Fate::Unknown;
        assert_eq!(after(unknown), [], "what was not answered may be on the log");
        let in_vain = |story: &mut Story| {
            story.wishes[2].fate = Fate::Unknown;
            story.events.pop();
        };
        assert_eq!(after(in_vain), [], "and may be missing");
    }

    #[test]
    fn a_yes_that_is_missing_is_lost() {
        only(Kind::Lost, "is not on the log", after(|story| drop(story.events.pop())));
    }

    #[test]
    fn a_yes_elsewhere_than_was_said_is_lost() {
        let moved = |story: &mut Story| story.wishes[0].fate = Story::yes(story.case, 1, 9);
        only(Kind::Lost, "was acknowledged as", after(moved));
        let another = |story: &mut Story| story.wishes[0].fate = Story::yes(story.case, 7, 1);
        only(Kind::Lost, "was acknowledged as", after(another));
    }

    #[test]
    fn what_stands_twice_is_doubled_side_by_side_or_apart() {
        let again = |story: &mut Story| {
            let fate = story.wishes[2].fate.clone();
            story.record("k3", "case.payment_received", &story.wishes[2].data.clone());
            story.wishes[2].fate = match fate {
                Fate::Ok { id, .. } => Story::yes(id, 4, 4),
                other => other,
            };
        };
        only(Kind::Doubled, "happened twice", after(again));
        let apart = |story: &mut Story| {
            story.record("k1", "case.payment_received", &story.wishes[0].data.clone());
            story.wishes[0].fate = Fate::Unknown;
        };
        only(Kind::Doubled, "and again at 4", after(apart));
    }

    #[test]
    fn a_no_and_a_nothing_changed_leave_nothing() {
        let refused = |story: &mut Story| story.wishes[1].fate = Fate::Refused { status: 409, code: "wrong_state".into() };
        only(Kind::Phantom, "was refused (409 wrong_state)", after(refused));
        let unchanged = |story: &mut Story| {
            story.wishes[1].fate = Fate::Ok { id: story.case, version: 2, position: None, unchanged: true, replayed: false };
        };
        only(Kind::Phantom, "change nothing", after(unchanged));
    }

    #[test]
    fn what_nobody_asked_for_is_a_phantom_unless_it_is_dockets_own() {
        only(Kind::Phantom, "nobody asked", after(|story| drop(story.wishes.pop())));
        let clock = |story: &mut Story| {
            let key = format!("sla_clock {} 7", story.case);
            story.record(&key, "case.sla_at_risk", &Value::Null);
            story.by_process("sla_clock");
        };
        assert_eq!(after(clock), []);
        let wrong = |story: &mut Story| {
            story.record("sla_clock of another", "case.sla_at_risk", &Value::Null);
            story.by_process("sla_clock");
        };
        only(Kind::Phantom, "nobody asked", after(wrong));
    }

    #[test]
    fn what_is_on_the_log_is_what_was_asked_for() {
        let other_sum = |story: &mut Story| story.wishes[0].data["amount"] = 99.into();
        only(Kind::Phantom, "99 is not on the log", after(other_sum));
        let other_word = |story: &mut Story| story.wishes[0].data["reference"] = "another".into();
        only(Kind::Phantom, "\"another\" is not on the log", after(other_word));
        let other_digits = |story: &mut Story| story.wishes[0].data["amount"] = "1.00".into();
        assert_eq!(after(other_digits), []);
        only(Kind::Phantom, "for the company", after(|story| story.wishes[0].tenant = uuid::Uuid::nil()));
        let elsewhere = after(|story| story.wishes[0].on = uuid::Uuid::nil());
        only(Kind::Phantom, "happened to", elsewhere);
    }
}
