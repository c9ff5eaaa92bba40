//! What a call centre is told of: a check of its figures that failed, a goal that was reached, somebody who could do with coaching.
//!
//! It names agents and figures, and never a caller.

use domain::Fact;
use domain::calls::AgentCard;
use domain::calls::goal::{GoalEvent, Subject};
use domain::calls::suggestion::{Reason, SuggestionEvent};
use domain::calls::verification::VerificationEvent;
use domain::notices::kind::NoticeKind;
use uuid::Uuid;

/// The most characters of a sentence.
const LONGEST: usize = 1_000;

/// What is told.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Told {
    pub kind: NoticeKind,
    /// The check, the goal or the agent.
    pub subject: Uuid,
    pub summary: String,
}

/// What an event of a call centre is told as, if it is told at all. `stream` is what it happened to, `first` how that began.
pub(super) fn told(fact: &Fact, stream: Uuid, first: Option<&[u8]>) -> Option<Told> {
    let (kind, subject, summary) = match fact {
        Fact::Verification(VerificationEvent::Ended { run, result, .. }) if result.differing > 0 => {
            let rows = result.differing;
            let says = format!("The check of the call centre's figures found {rows} rows that are not what the log says");
            (NoticeKind::VerificationFailed, *run, says)
        }
        Fact::Verification(VerificationEvent::Failed { run, reason, .. }) => {
            (NoticeKind::VerificationFailed, *run, format!("The check of the call centre's figures failed: {reason}"))
        }
        Fact::Goal(GoalEvent::Reached { set, .. }) => {
            let Ok(Fact::Goal(goal)) = Fact::read("goal.set", first?) else { return None };
            (NoticeKind::GoalReached, stream, reached(&goal, *set)?)
        }
        Fact::Suggestion(SuggestionEvent::Suggested { agent, reasons, .. }) => {
            let reasons: Vec<String> = reasons.iter().map(reason).collect();
            let says = format!("{} could do with coaching: {}", name(agent), reasons.join("; "));
            (NoticeKind::CoachingDue, agent.user.0, says)
        }
        _ => return None,
    };
    Some(Told { kind, subject, summary: summary.chars().take(LONGEST).collect() })
}

fn reached(goal: &GoalEvent, set: u32) -> Option<String> {
    let GoalEvent::Set { subject, period, from, until, .. } = goal else { return None };
    let who = match subject {
        Subject::Agent { agent } => name(agent),
        Subject::Team { location_name, team: Some(team), .. } => format!("{team} at {location_name}"),
        Subject::Team { location_name, team: None, .. } => location_name.to_string(),
    };
    let targets = if set == 1 { "the target".to_owned() } else { format!("all {set} targets") };
    Some(format!("{who} reached {targets} of the {} goal from {from} to {until}", period.word()))
}

fn name(agent: &AgentCard) -> String {
    match (agent.name.known(), agent.email.known()) {
        (Some(name), Some(email)) => format!("{name} ({email})"),
        (Some(name), None) => name.to_string(),
        (None, Some(email)) => email.to_string(),
        (None, None) => format!("Agent {}", agent.user),
    }
}

fn reason(reason: &Reason) -> String {
    match reason.value {
        Some(value) => format!("{} ({})", reason.says, value.normalize()),
        None => reason.says.clone(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use domain::calls::goal::{Period, Plan, Targets};
    use domain::calls::verification::Verified;
    use domain::event::encode;
    use domain::{Instant, Personal, UserId};

    fn ada() -> AgentCard {
        AgentCard {
            user: UserId(Uuid::from_u128(7)),
            email: Personal::new("ada@example.com".try_into().unwrap()),
            name: Personal::new("Ada Lovelace".try_into().unwrap()),
            location: None,
            location_name: None,
            team: None,
        }
    }

    #[test]
    fn a_check_is_told_of_if_it_failed_or_found_something() {
        let ended = |differing| {
            let result = Verified { differing, ..Verified::default() };
            Fact::Verification(VerificationEvent::Ended { run: Uuid::from_u128(5), result, at: Instant::default() })
        };
        assert_eq!(told(&ended(0), Uuid::nil(), None), None);
        let found = told(&ended(3), Uuid::nil(), None).unwrap();
        assert_eq!((found.kind, found.subject), (NoticeKind::VerificationFailed, Uuid::from_u128(5)));
        assert!(found.summary.contains("found 3 rows"), "{}", found.summary);
        let reason = "the database is away".try_into().unwrap();
        let failed = VerificationEvent::Failed { run: Uuid::from_u128(5), reason, at: Instant::default() };
        let failed = told(&Fact::Verification(failed), Uuid::nil(), None).unwrap();
        assert!(failed.summary.ends_with("failed: the database is away"), "{}", failed.summary);
    }

    #[test]
    fn a_goal_is_told_of_with_whose_it_is() {
        let day = |text: &str| text.parse().unwrap();
        let set = GoalEvent::Set {
            subject: Subject::Agent { agent: ada() },
            period: Period::Weekly,
            from: day("2026-03-02"),
            until: day("2026-03-08"),
            targets: Targets::default(),
            plan: Plan::default(),
            by: None,
        };
        let first = encode(&set).unwrap().body;
        let reached = Fact::Goal(GoalEvent::Reached { met: 2, set: 2 });
        let said = told(&reached, Uuid::from_u128(9), Some(&first)).unwrap();
        assert_eq!((said.kind, said.subject), (NoticeKind::GoalReached, Uuid::from_u128(9)));
        let expected = "Ada Lovelace (ada@example.com) reached all 2 targets of the weekly goal from 2026-03-02 to 2026-03-08";
        assert_eq!(said.summary, expected);
        assert_eq!(told(&reached, Uuid::from_u128(9), None), None, "nobody knows whose it is");
        assert_eq!(told(&Fact::Goal(set), Uuid::from_u128(9), None), None);
    }

    #[test]
    fn a_reminder_says_why() {
        let says = "reviews come to less than 70 per cent of the points".to_owned();
        let one = Reason { rule: "low_quality".into(), says, value: "62.50".parse().ok(), threshold: 70.into(), of: 3 };
        let (week, from, until) = ("2026-03-02".parse().unwrap(), Default::default(), Default::default());
        let suggested = |reasons| {
            let rules = "coaching.rules@1".into();
            let event = SuggestionEvent::Suggested { agent: ada(), week, from, until, rules, reasons };
            told(&Fact::Suggestion(event), Uuid::from_u128(1), None).unwrap()
        };
        let said = suggested(vec![one.clone()]);
        assert_eq!((said.kind, said.subject), (NoticeKind::CoachingDue, Uuid::from_u128(7)));
        let expected =
            "Ada Lovelace (ada@example.com) could do with coaching: reviews come to less than 70 per cent of the points (62.5)";
        assert_eq!(said.summary, expected);
        assert_eq!(suggested(vec![one; 50]).summary.chars().count(), LONGEST);
    }
}
