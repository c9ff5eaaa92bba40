//! Every deadline of every case is on record once, dated when it passed, and before anything that happened to the case later.

use super::{Complaint, Kind};
use chrono::{DateTime, TimeDelta, Utc};
use domain::StreamId;
use eventlog::Recorded;
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// A deadline that passed so recently may still be on its way to the log.
const SLACK: TimeDelta = TimeDelta::seconds(2);

/// What is to be said of deadlines.
#[derive(Debug, Default, PartialEq)]
pub struct Deadlines {
    pub complaints: Vec<Complaint>,
    /// Deadlines that are due and not on record yet.
    pub unrecorded: Vec<Complaint>,
}

/// The window of a running case, and which of its deadlines are on record.
#[derive(Clone, Copy)]
struct Window {
    at_risk_at: DateTime<Utc>,
    due_at: DateTime<Utc>,
    at_risk: bool,
    breached: bool,
    running: bool,
}

/// Judged by the windows that openings, reopenings and changes of priority recorded. `now`: by a clock that is right.
pub fn check(events: &[Recorded], now: DateTime<Utc>) -> Deadlines {
    let mut said = Deadlines::default();
    let mut windows: HashMap<&StreamId, Window> = HashMap::new();
    let mut importing: HashSet<Uuid> = HashSet::new();
    for event in events {
        match event.name.as_str() {
            "tenant.import_began" => drop(importing.insert(event.stream.tenant.0)),
            "tenant.import_ended" => drop(importing.remove(&event.stream.tenant.0)),
            name if event.stream.category == "case" => {
                let before = windows.get(&event.stream).copied();
                let (after, complaint) = follow(before, name, event);
                windows.extend(after.map(|window| (&event.stream, window)));
                said.complaints.extend(complaint.map(|what| Kind::Deadline.says(format!("position {}: {what}", event.position))));
            }
            _ => {}
        }
    }
    let running = windows.into_iter().filter(|(case, window)| window.running && !importing.contains(&case.tenant.0));
    for (case, window) in running {
        let due = [(window.at_risk, window.at_risk_at, "at risk"), (window.breached, window.due_at, "breached")];
        let due = due.into_iter().filter(|(recorded, at, _)| !recorded && *at < now - SLACK);
        said.unrecorded
            .extend(due.map(|(_, at, what)| Kind::Deadline.says(format!("{case} was {what} at {at}, and nobody noted it"))));
    }
    said
}

/// The window after an event, and what is wrong with the event.
fn follow(before: Option<Window>, name: &str, event: &Recorded) -> (Option<Window>, Option<String>) {
    let at = event.occurred_at;
    let Some(window) = before else { return (opened(event), None) };
    let noted = |already: bool, due: DateTime<Utc>| match () {
        () if already => Some(format!("{name} for the second time in one window")),
        () if !window.running => Some(format!("{name} though the case had ended")),
        () if at != due => Some(format!("{name} dated {at} instead of {due}")),
        () => None,
    };
    match name {
        "case.sla_at_risk" => (Some(Window { at_risk: true, ..window }), noted(window.at_risk, window.at_risk_at)),
        "case.sla_breached" => (Some(Window { breached: true, ..window }), noted(window.breached, window.due_at)),
        _ => {
            let late = window.running && (at >= window.at_risk_at && !window.at_risk || at > window.due_at && !window.breached);
            let complaint = late.then(|| format!("{name} at {at} came before a deadline that had passed by then"));
            let running = !matches!(name, "case.completed" | "case.closed" | "case.deleted") && window.running;
            (opened(event).or(Some(Window { running, ..window })), complaint)
        }
    }
}

/// The window that an event opens.
fn opened(event: &Recorded) -> Option<Window> {
    let body: Value = serde_json::from_slice(&event.body).ok()?;
    let instant = |field: &str| body["sla"][field].as_str()?.parse().ok();
    let (at_risk_at, due_at) = (instant("at_risk_at")?, instant("due_at")?);
    Some(Window { at_risk_at, due_at, at_risk: false, breached: false, running: true })
}

#[cfg(test)]
mod tests {
    use super::super::story::Story;
    use super::*;
    use serde_json::json;

    fn at(minutes: i64) -> DateTime<Utc> {
        Story::start() + TimeDelta::minutes(minutes)
    }

    /// A case opened at minute 0 that is at risk from minute 60 and breached after minute 100, and what else happened.
    fn case(events: &[(&str, i64)], now: i64) -> String {
        let mut story = Story::default();
        let window = json!({ "sla": { "at_risk_at": at(60), "due_at": at(100) } });
        story.record_at("open", "case.opened", &window, at(0));
        for (name, minute) in events {
            let again = json!({ "sla": { "at_risk_at": at(minute + 60), "due_at": at(minute + 100) } });
            story.record_at("k", name, if *name == "case.reopened" { &again } else { &Value::Null }, at(*minute));
        }
        let said = check(&story.events, at(now));
        said.complaints.into_iter().chain(said.unrecorded).map(|complaint| complaint.what).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn each_once_and_dated_when_it_passed() {
        let both = [("case.sla_at_risk", 60), ("case.sla_breached", 100)];
        assert_eq!(case(&both, 200), "");
        assert_eq!(case(&[], 30), "", "not due yet");
        assert!(case(&[], 70).contains("was at risk at"));
        assert!(case(&both[..1], 200).contains("was breached at"));
        assert!(case(&[both[0], both[0]], 70).contains("for the second time"));
        assert!(case(&[("case.sla_at_risk", 61)], 70).contains("dated"));
    }

    #[test]
    fn deadlines_come_before_what_happened_later() {
        assert!(case(&[("case.accepted", 70), ("case.sla_at_risk", 60)], 80).contains("came before a deadline"));
        assert_eq!(case(&[("case.sla_at_risk", 60), ("case.accepted", 70)], 80), "");
    }

    #[test]
    fn an_ended_case_has_no_deadlines_and_a_reopened_one_has_new_ones() {
        assert_eq!(case(&[("case.completed", 50)], 200), "");
        assert!(case(&[("case.completed", 50), ("case.sla_at_risk", 60)], 200).contains("though the case had ended"));
        let lives = [("case.sla_at_risk", 60), ("case.completed", 70), ("case.reopened", 80)];
        assert_eq!(case(&lives, 100), "");
        assert!(case(&lives, 150).contains("was at risk at"));
    }
}
