//! The journals of calls: what agents wrote down, where it stands, and what supervisors made of it.

use crate::{Keys, ReadModel, Row, Rows, Table, Unappliable, table, wall};
use chrono::NaiveDate;
use domain::calls::call::FollowUpType;
use domain::calls::journal::{JournalEvent, JournalMarks, JournalStatus, JournalWords, Remarks, Reviewer};
use domain::{CallId, Fact, Instant, JournalId, LocationId, Personal, TenantId, Text, UserId};
use eventlog::{Position, Recorded};
use serde::{Deserialize, Serialize};

/// The journals of calls.
pub struct Journals;

/// A journal. The columns are explained in `migrations/read/journals.sql`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JournalRow {
    pub tenant_id: TenantId,
    pub journal_id: JournalId,
    pub call_id: CallId,
    pub agent_id: UserId,
    pub agent_email: Option<String>,
    pub agent_name: Option<String>,
    pub location_id: Option<LocationId>,
    pub team: Option<String>,
    pub call_summary: Option<String>,
    pub detailed_notes: Option<String>,
    pub patient_concern: Option<String>,
    pub resolution_provided: Option<String>,
    pub action_items: Vec<String>,
    pub follow_up_required: bool,
    pub follow_up_type: Option<FollowUpType>,
    pub follow_up_date: Option<NaiveDate>,
    pub follow_up_notes: Option<String>,
    pub call_tags: Vec<String>,
    pub department_involved: Vec<String>,
    pub referral_made: bool,
    pub referral_type: Option<String>,
    pub coaching_notes: Option<String>,
    pub training_opportunities: Vec<String>,
    pub commendation_worthy: bool,
    pub improvement_areas: Vec<String>,
    pub journal_status: JournalStatus,
    pub submitted_at: Option<Instant>,
    pub reviewed_by: Option<String>,
    pub reviewer_id: Option<UserId>,
    pub reviewed_at: Option<Instant>,
    pub review_score: Option<u8>,
    pub approved_at: Option<Instant>,
    pub returned_reason: Option<String>,
    pub search: String,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub version: i64,
    pub position: Position,
}

/// The primary key of a journal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct JournalKey {
    pub tenant_id: TenantId,
    pub journal_id: JournalId,
}

impl JournalKey {
    fn of(event: &Recorded) -> Self {
        Self { tenant_id: event.stream.tenant, journal_id: JournalId(event.stream.id) }
    }
}

impl Row for JournalRow {
    const TABLE: &'static str = "journals";
    const KEY: &'static [&'static str] = &["tenant_id", "journal_id"];
    type Key = JournalKey;

    fn key(&self) -> JournalKey {
        JournalKey { tenant_id: self.tenant_id, journal_id: self.journal_id }
    }
}

impl ReadModel for Journals {
    const NAME: &'static str = "journals";
    const VERSION: i32 = 1;
    const CATEGORIES: &'static [&'static str] = &["journal"];
    const SQL: &'static str = include_str!("../../../migrations/read/journals.sql");
    const WALLS: &'static [(&'static str, &'static str)] = &[("journals", wall::AGENT_OR_TEAMWIDE)];

    fn tables() -> Vec<Box<dyn Table>> {
        vec![table::<JournalRow>()]
    }

    fn keys(event: &Recorded, fact: &Fact, keys: &mut Keys<'_>) {
        if let Fact::Journal(_) = fact {
            keys.want::<JournalRow>(JournalKey::of(event));
        }
    }

    fn evolve(rows: &mut Rows, event: &Recorded, fact: &Fact) -> Result<(), Unappliable> {
        let Fact::Journal(fact) = fact else { return Ok(()) };
        let key = JournalKey::of(event);
        match fact {
            JournalEvent::Disposed { .. } => return rows.remove::<JournalRow>(&key),
            JournalEvent::Written { .. } => {
                rows.put(JournalRow::written(event, fact).ok_or_else(|| Unappliable::Other("no writing".into()))?)?;
            }
            _ => {}
        }
        rows.must::<JournalRow>(&key)?.follow(event, fact);
        Ok(())
    }
}

impl JournalRow {
    fn written(event: &Recorded, fact: &JournalEvent) -> Option<Self> {
        let JournalEvent::Written { call, agent, words, marks } = fact else { return None };
        let mut row = Self {
            tenant_id: event.stream.tenant,
            journal_id: JournalId(event.stream.id),
            call_id: *call,
            agent_id: agent.user,
            agent_email: agent.email.known().map(ToString::to_string),
            agent_name: agent.name.known().map(ToString::to_string),
            location_id: agent.location,
            team: agent.team.as_ref().map(ToString::to_string),
            call_summary: None,
            detailed_notes: None,
            patient_concern: None,
            resolution_provided: None,
            action_items: vec![],
            follow_up_required: false,
            follow_up_type: None,
            follow_up_date: None,
            follow_up_notes: None,
            call_tags: vec![],
            department_involved: vec![],
            referral_made: false,
            referral_type: None,
            coaching_notes: None,
            training_opportunities: vec![],
            commendation_worthy: false,
            improvement_areas: vec![],
            journal_status: JournalStatus::Draft,
            submitted_at: None,
            reviewed_by: None,
            reviewer_id: None,
            reviewed_at: None,
            review_score: None,
            approved_at: None,
            returned_reason: None,
            search: String::new(),
            created_at: event.occurred_at,
            updated_at: event.occurred_at,
            version: event.version,
            position: event.position,
        };
        words.known().into_iter().for_each(|words| row.say(words));
        row.mark(marks);
        row.search = row.searched();
        Some(row)
    }

    fn follow(&mut self, event: &Recorded, fact: &JournalEvent) {
        match fact {
            JournalEvent::Changed { words, marks } => {
                if let Some((words, old)) = words.as_ref().and_then(Personal::known).zip(self.said()) {
                    self.say(&words.clone().over(old));
                }
                if let Some(marks) = marks {
                    self.mark(&marks.clone().over(self.marked()));
                }
                self.search = self.searched();
            }
            JournalEvent::Submitted {} => {
                self.journal_status = JournalStatus::Submitted;
                self.submitted_at = Some(event.occurred_at);
                self.returned_reason = None;
            }
            JournalEvent::Reviewed { by, remarks } => {
                self.journal_status = JournalStatus::Reviewed;
                self.remark(by, remarks, event.occurred_at);
            }
            JournalEvent::Approved { .. } => {
                self.journal_status = JournalStatus::Approved;
                self.approved_at = Some(event.occurred_at);
            }
            JournalEvent::Returned { reason, .. } => {
                self.journal_status = JournalStatus::Draft;
                self.submitted_at = None;
                self.returned_reason = reason.known().map(ToString::to_string);
            }
            JournalEvent::Written { .. } | JournalEvent::Disposed { .. } => {}
        }
        self.updated_at = event.occurred_at;
        self.version = event.version;
        self.position = event.position;
    }

    fn say(&mut self, words: &JournalWords) {
        self.call_summary = Some(words.call_summary.to_string());
        self.detailed_notes = words.detailed_notes.as_ref().map(ToString::to_string);
        self.patient_concern = words.patient_concern.as_ref().map(ToString::to_string);
        self.resolution_provided = words.resolution_provided.as_ref().map(ToString::to_string);
        self.action_items = all(&words.action_items);
        self.follow_up_notes = words.follow_up_notes.as_ref().map(ToString::to_string);
    }

    /// The words as the rules know them; none once they are forgotten.
    fn said(&self) -> Option<JournalWords> {
        Some(JournalWords {
            call_summary: again(self.call_summary.as_ref())?,
            detailed_notes: again(self.detailed_notes.as_ref()),
            patient_concern: again(self.patient_concern.as_ref()),
            resolution_provided: again(self.resolution_provided.as_ref()),
            action_items: self.action_items.iter().filter_map(|item| again(Some(item))).collect(),
            follow_up_notes: again(self.follow_up_notes.as_ref()),
        })
    }

    fn mark(&mut self, marks: &JournalMarks) {
        self.follow_up_required = marks.follow_up_required;
        self.follow_up_type = marks.follow_up_type;
        self.follow_up_date = marks.follow_up_date;
        self.call_tags = all(&marks.call_tags);
        self.department_involved = all(&marks.department_involved);
        self.referral_made = marks.referral_made;
        self.referral_type = marks.referral_type.as_ref().map(ToString::to_string);
    }

    fn marked(&self) -> JournalMarks {
        JournalMarks {
            follow_up_required: self.follow_up_required,
            follow_up_type: self.follow_up_type,
            follow_up_date: self.follow_up_date,
            call_tags: self.call_tags.iter().filter_map(|tag| again(Some(tag))).collect(),
            department_involved: self.department_involved.iter().filter_map(|name| again(Some(name))).collect(),
            referral_made: self.referral_made,
            referral_type: again(self.referral_type.as_ref()),
        }
    }

    fn remark(&mut self, by: &Reviewer, remarks: &Remarks, at: Instant) {
        self.reviewed_by = by.email.as_ref().and_then(Personal::known).map(ToString::to_string);
        self.reviewer_id = by.user;
        self.reviewed_at = Some(at);
        self.review_score = Some(remarks.score.value());
        self.coaching_notes = remarks.coaching_notes.as_ref().and_then(Personal::known).map(ToString::to_string);
        self.training_opportunities = all(&remarks.training_opportunities);
        self.commendation_worthy = remarks.commendation_worthy;
        self.improvement_areas = all(&remarks.improvement_areas);
    }

    fn searched(&self) -> String {
        let words = [
            &self.call_summary,
            &self.detailed_notes,
            &self.patient_concern,
            &self.resolution_provided,
            &self.follow_up_notes,
            &self.referral_type,
        ];
        let lists = [&self.action_items, &self.call_tags, &self.department_involved];
        let words = words.into_iter().flatten().chain(lists.into_iter().flatten());
        words.map(String::as_str).collect::<Vec<_>>().join("\n")
    }
}

fn all<const MAX: usize>(texts: &[Text<MAX>]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

fn again<const MAX: usize>(text: Option<&String>) -> Option<Text<MAX>> {
    text.and_then(|text| Text::try_from(text.as_str()).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::story::{Story, TENANT, at_day};
    use domain::calls::AgentCard;
    use domain::calls::journal::{MarkChanges, WordChanges};
    use uuid::Uuid;

    const ID: Uuid = Uuid::from_u128(40);

    fn written() -> JournalEvent {
        let agent = AgentCard {
            user: UserId(Uuid::from_u128(7)),
            email: Personal::new("ada@example.com".try_into().unwrap()),
            name: Personal::new("Ada".try_into().unwrap()),
            location: Some(LocationId(Uuid::from_u128(4))),
            location_name: None,
            team: Some("morning".try_into().unwrap()),
        };
        let words = JournalWords {
            call_summary: "Asked about a rash".try_into().unwrap(),
            detailed_notes: Some("Both arms".try_into().unwrap()),
            patient_concern: None,
            resolution_provided: None,
            action_items: vec!["Send the form".try_into().unwrap()],
            follow_up_notes: None,
        };
        let marks = JournalMarks { call_tags: vec!["rash".try_into().unwrap()], ..JournalMarks::default() };
        JournalEvent::Written { call: CallId(Uuid::from_u128(1)), agent, words: Personal::new(words), marks }
    }

    fn row(story: &Story) -> Option<JournalRow> {
        let key = JournalKey { tenant_id: TENANT, journal_id: JournalId(ID) };
        story.rows::<Journals>().get::<JournalRow>(&key).unwrap().cloned()
    }

    #[test]
    fn a_journal_shows_where_it_stands_and_what_was_made_of_it() {
        let by = Reviewer {
            user: Some(UserId(Uuid::from_u128(8))),
            email: Some(Personal::new("grace@example.com".try_into().unwrap())),
            name: None,
        };
        let remarks = Remarks {
            score: 85.try_into().unwrap(),
            coaching_notes: Some(Personal::new("Name the concern".try_into().unwrap())),
            training_opportunities: vec!["Empathy".try_into().unwrap()],
            commendation_worthy: true,
            improvement_areas: vec![],
        };
        let mut story = Story::default();
        story.add(0, "journal", ID, written());
        story.add(1, "journal", ID, JournalEvent::Submitted {});
        let reason = Personal::new("the concern is missing".try_into().unwrap());
        story.add(2, "journal", ID, JournalEvent::Returned { by: by.clone(), reason });
        let returned = row(&story).unwrap();
        assert_eq!(returned.journal_status, JournalStatus::Draft);
        assert_eq!((returned.submitted_at, returned.returned_reason.as_deref()), (None, Some("the concern is missing")));
        let words = WordChanges { patient_concern: Some(Some("Itching".try_into().unwrap())), ..WordChanges::default() };
        let marks = MarkChanges { follow_up_required: Some(true), call_tags: Some(vec![]), ..MarkChanges::default() };
        story.add(3, "journal", ID, JournalEvent::Changed { words: Some(Personal::new(words)), marks: Some(marks) });
        story.add(4, "journal", ID, JournalEvent::Submitted {});
        story.add(5, "journal", ID, JournalEvent::Reviewed { by: by.clone(), remarks });
        story.add(6, "journal", ID, JournalEvent::Approved { by });
        let row = row(&story).unwrap();
        assert_eq!(row.journal_status, JournalStatus::Approved);
        assert_eq!((row.patient_concern.as_deref(), row.detailed_notes.as_deref()), (Some("Itching"), Some("Both arms")));
        assert_eq!((row.follow_up_required, row.call_tags.len(), row.review_score), (true, 0, Some(85)));
        assert_eq!(row.reviewed_by.as_deref(), Some("grace@example.com"));
        assert_eq!((row.reviewed_at, row.approved_at, row.version), (Some(at_day(5)), Some(at_day(6)), 7));
        assert_eq!(row.search, "Asked about a rash\nBoth arms\nItching\nSend the form");
    }

    #[test]
    fn a_journal_that_is_disposed_of_is_gone() {
        let mut story = Story::default();
        story.add(0, "journal", ID, written());
        story.add(1, "journal", ID, JournalEvent::Disposed { reason: "kept long enough".into() });
        assert_eq!(row(&story), None);
    }
}
