//! What a notice says: as JSON to a program, as a few lines to a person.

use domain::notices::kind::NoticeKind;
use domain::{AgencyId, CaseId, Instant};
use serde::Serialize;
use uuid::Uuid;

/// A notice with all that it says.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    /// None: a test, which tells of nothing.
    pub kind: Option<NoticeKind>,
    pub event: Uuid,
    pub case: Option<CaseId>,
    pub case_number: Option<String>,
    pub agency: Option<AgencyId>,
    pub due_at: Option<Instant>,
    pub occurred_at: Instant,
    pub position: Option<i64>,
    /// Somebody played it through; it did not happen.
    pub simulated: bool,
    /// What it is about if not a case: the check, the goal or the agent.
    pub subject: Option<Uuid>,
    /// What it says then.
    pub summary: Option<String>,
}

#[derive(Serialize)]
struct Body<'m> {
    r#type: String,
    timestamp: Instant,
    data: Data<'m>,
}

#[derive(Serialize)]
struct Data<'m> {
    event_id: Uuid,
    case_id: Option<CaseId>,
    case_number: Option<&'m str>,
    agency_id: Option<AgencyId>,
    due_at: Option<Instant>,
    occurred_at: Instant,
    position: Option<i64>,
    simulated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<&'m str>,
}

/// The name by which a program knows what it is told: that of the event.
pub(crate) fn type_of(kind: Option<NoticeKind>) -> String {
    match kind {
        None => "notice.test".into(),
        Some(NoticeKind::VerificationFailed) => "verification.failed".into(),
        Some(NoticeKind::GoalReached) => "goal.reached".into(),
        Some(NoticeKind::CoachingDue) => "coaching.suggested".into(),
        Some(of_a_case) => format!("case.{}", of_a_case.word()),
    }
}

impl Message {
    /// The same bytes at each attempt.
    pub fn body(&self) -> Vec<u8> {
        let Self { kind, event, case, case_number, agency, due_at, occurred_at, position, simulated, subject, summary } = self;
        let data = Data {
            event_id: *event,
            case_id: *case,
            case_number: case_number.as_deref(),
            agency_id: *agency,
            due_at: *due_at,
            occurred_at: *occurred_at,
            position: *position,
            simulated: *simulated,
            subject_id: *subject,
            summary: summary.as_deref(),
        };
        let body = Body { r#type: type_of(*kind), timestamp: *occurred_at, data };
        serde_json::to_vec(&body).unwrap_or_else(|_| unreachable!("words and numbers"))
    }

    /// One line without line breaks, whatever a case's number holds: it becomes a header.
    pub fn subject(&self) -> String {
        let number = self.case_number.as_deref().unwrap_or("?");
        let line = match self.kind {
            Some(NoticeKind::SlaAtRisk) => format!("Case {number} is about to breach its SLA"),
            Some(NoticeKind::SlaBreached) => format!("Case {number} breached its SLA"),
            Some(NoticeKind::Assigned) => format!("Case {number} was assigned to an agency"),
            Some(NoticeKind::Rejected) => format!("Case {number} was rejected by its agency"),
            Some(NoticeKind::VerificationFailed | NoticeKind::GoalReached | NoticeKind::CoachingDue) => {
                self.summary.clone().unwrap_or_default()
            }
            None => "A test: notices from Docket arrive here".into(),
        };
        let line = if self.simulated { format!("[played] {line}") } else { line };
        line.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect()
    }

    pub fn text(&self) -> String {
        let time = |at: Instant| at.format("%Y-%m-%d %H:%M UTC").to_string();
        let mut lines = vec![format!("{}.", self.subject()), String::new()];
        if self.simulated {
            lines.push("Somebody played this through; it did not really happen.".into());
        }
        lines.push(format!("When:    {}", time(self.occurred_at)));
        if let Some(due) = self.due_at {
            lines.push(format!("Due:     {}", time(due)));
        }
        if let Some(case) = self.case {
            let agency = self.agency.map_or_else(|| "none".to_owned(), |agency| agency.to_string());
            lines.push(format!("Agency:  {agency}"));
            lines.push(String::new());
            lines.push("To find it, search the cases in Docket for its number, or ask for".into());
            lines.push(format!("GET /api/v1/cases/{case}"));
        }
        if let (Some(kind), Some(subject)) = (self.kind, self.subject) {
            // The subject has room for the beginning only.
            lines.extend(self.summary.iter().map(|said| format!("What:    {said}.")));
            let path = match kind {
                NoticeKind::GoalReached => format!("/api/goals/{subject}/explain"),
                NoticeKind::CoachingDue => format!("/api/qa/coaching-opportunities?agent={subject}"),
                _ => format!("/api/processing/calculate-kpis/{subject}"),
            };
            lines.extend([String::new(), format!("To see more, ask for GET {path}")]);
        }
        lines.push(String::new());
        lines.push("Which notices come here is set under /api/v1/notices/endpoints.".into());
        lines.join("\r\n")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn message(number: &str) -> Message {
        Message {
            kind: Some(NoticeKind::SlaBreached),
            event: Uuid::from_u128(1),
            case: Some(CaseId(Uuid::from_u128(2))),
            case_number: Some(number.into()),
            agency: None,
            due_at: Instant::from_timestamp(1_767_225_600, 0),
            occurred_at: Instant::from_timestamp(1_767_225_600, 0).unwrap(),
            position: Some(7),
            simulated: false,
            subject: None,
            summary: None,
        }
    }

    #[test]
    fn a_program_is_told_the_name_of_the_event_and_its_facts() {
        let body: serde_json::Value = serde_json::from_slice(&message("CASE-2024-001").body()).unwrap();
        assert_eq!((&body["type"], &body["data"]["case_number"]), (&"case.sla_breached".into(), &"CASE-2024-001".into()));
        assert_eq!((&body["timestamp"], &body["data"]["position"]), (&"2026-01-01T00:00:00Z".into(), &7.into()));
    }

    #[test]
    fn what_is_not_about_a_case_says_it_in_a_sentence_and_where_to_see_more() {
        let told = Message {
            kind: Some(NoticeKind::GoalReached),
            case: None,
            case_number: None,
            due_at: None,
            subject: Some(Uuid::from_u128(3)),
            summary: Some("Ada reached the target".into()),
            ..message("")
        };
        let body: serde_json::Value = serde_json::from_slice(&told.body()).unwrap();
        assert_eq!((&body["type"], &body["data"]["summary"]), (&"goal.reached".into(), &"Ada reached the target".into()));
        assert_eq!(body["data"]["subject_id"], Uuid::from_u128(3).to_string());
        assert_eq!(told.subject(), "Ada reached the target");
        assert!(told.text().contains(&format!("GET /api/goals/{}/explain", Uuid::from_u128(3))), "{}", told.text());
        let of_a_case: serde_json::Value = serde_json::from_slice(&message("CASE-1").body()).unwrap();
        assert!(of_a_case["data"].get("summary").is_none(), "cases are told of as ever");
    }

    #[test]
    fn a_number_that_holds_a_line_break_makes_no_header() {
        let subject = message("X\r\nBcc: all@example.com").subject();
        assert_eq!(subject, "Case X  Bcc: all@example.com breached its SLA");
        assert_eq!(message("CASE-2024-001").subject(), "Case CASE-2024-001 breached its SLA");
        let played = Message { simulated: true, ..message("CASE-2024-001") };
        assert!(played.subject().starts_with("[played] ") && played.text().contains("did not really happen"));
        assert!(message("CASE-2024-001").text().contains("Due:     2026-01-01 00:00 UTC"));
    }
}
