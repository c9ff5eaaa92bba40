//! What an agent writes down about a call, and what a supervisor makes of it.
//!
//! States: draft → submitted → reviewed → approved; a supervisor may give one that is submitted or reviewed back to be worked over.

use crate::calls::AgentCard;
use crate::calls::calendar::CalendarRefusal;
use crate::{Aggregate, CallId, Email, Kind, Personal, Refusal, Text, UserId};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

mod content;
mod decisions;

pub use content::{JournalChanges, JournalMarks, JournalWords, MarkChanges, Remarks, Score, WordChanges};

/// What happens to a journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(clippy::large_enum_variant, reason = "events live briefly, and a writing is as frequent as any other")]
pub enum JournalEvent {
    /// An agent wrote down what a call was about.
    #[serde(rename = "journal.written")]
    Written { call: CallId, agent: AgentCard, words: Personal<JournalWords>, marks: JournalMarks },
    /// Something in it is now different; only that is named.
    #[serde(rename = "journal.changed")]
    Changed {
        #[serde(skip_serializing_if = "Option::is_none", default)]
        words: Option<Personal<WordChanges>>,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        marks: Option<MarkChanges>,
    },
    /// It is ready to be reviewed.
    #[serde(rename = "journal.submitted")]
    Submitted {},
    /// A supervisor read and rated it.
    #[serde(rename = "journal.reviewed")]
    Reviewed { by: Reviewer, remarks: Remarks },
    /// It stands as it is.
    #[serde(rename = "journal.approved")]
    Approved { by: Reviewer },
    /// A supervisor gave it back to be worked over.
    #[serde(rename = "journal.returned")]
    Returned { by: Reviewer, reason: Personal<Text<1000>> },
    /// It was kept long enough.
    #[serde(rename = "journal.disposed")]
    Disposed { reason: String },
}

/// Whoever reviews, as they were then. A super admin of another company has no card here.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reviewer {
    pub user: Option<UserId>,
    pub email: Option<Personal<Email>>,
    pub name: Option<Personal<Text<255>>>,
}

#[derive(Debug, thiserror::Error, PartialEq)]
pub enum JournalRefusal {
    #[error("no such journal")]
    Unknown,
    #[error("a journal with this id exists already")]
    AlreadyWritten,
    #[error("a journal that is {state} cannot be {asked}; allowed now: {}", allowed.join(", "))]
    WrongState { state: &'static str, asked: &'static str, allowed: Vec<&'static str> },
    #[error("{field} belongs to a follow-up, but followUpRequired is false")]
    NoFollowUp { field: &'static str },
    #[error("referralType belongs to a referral, but referralMade is false")]
    NoReferral,
    #[error("{field} must have at most {most} entries")]
    TooMany { field: &'static str, most: usize },
    #[error(transparent)]
    Calendar(#[from] CalendarRefusal),
}

impl Refusal for JournalRefusal {
    fn code(&self) -> &'static str {
        match self {
            JournalRefusal::Unknown => "unknown_journal",
            JournalRefusal::AlreadyWritten => "already_written",
            JournalRefusal::WrongState { .. } => "wrong_state",
            JournalRefusal::NoFollowUp { .. } => "no_follow_up",
            JournalRefusal::NoReferral => "no_referral",
            JournalRefusal::TooMany { .. } => "too_many",
            JournalRefusal::Calendar(refusal) => refusal.code(),
        }
    }
    fn kind(&self) -> Kind {
        match self {
            JournalRefusal::Unknown => Kind::Missing,
            JournalRefusal::AlreadyWritten => Kind::Taken { field: "id" },
            JournalRefusal::WrongState { state, allowed, .. } => Kind::Conflict { state, allowed: allowed.clone() },
            JournalRefusal::NoFollowUp { field } | JournalRefusal::TooMany { field, .. } => Kind::Invalid { field },
            JournalRefusal::NoReferral => Kind::Invalid { field: "referralType" },
            JournalRefusal::Calendar(refusal) => refusal.kind(),
        }
    }
}

/// Where a journal stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JournalStatus {
    #[default]
    Draft,
    Submitted,
    Reviewed,
    Approved,
}

impl JournalStatus {
    pub const ALL: [JournalStatus; 4] =
        [JournalStatus::Draft, JournalStatus::Submitted, JournalStatus::Reviewed, JournalStatus::Approved];

    /// The word under which it is stored and shown.
    pub fn word(self) -> &'static str {
        match self {
            JournalStatus::Draft => "draft",
            JournalStatus::Submitted => "submitted",
            JournalStatus::Reviewed => "reviewed",
            JournalStatus::Approved => "approved",
        }
    }

    /// The commands this state allows.
    pub fn allowed(self) -> Vec<&'static str> {
        match self {
            JournalStatus::Draft => vec!["ChangeJournal", "SubmitJournal"],
            JournalStatus::Submitted => vec!["ReviewJournal", "ReturnJournal"],
            JournalStatus::Reviewed => vec!["ReviewJournal", "ApproveJournal", "ReturnJournal"],
            JournalStatus::Approved => vec![],
        }
    }
}

/// A journal as its decisions see it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Journal {
    status: JournalStatus,
    /// What is written, while it is kept. Shared, so that an event that leaves it alone costs no copy.
    written: Option<Arc<Written>>,
    remarks: Option<Remarks>,
    ever: bool,
}

#[derive(Clone, Debug, PartialEq)]
struct Written {
    call: CallId,
    agent: AgentCard,
    words: Personal<JournalWords>,
    marks: JournalMarks,
}

impl Aggregate for Journal {
    const CATEGORY: &'static str = "journal";
    type Event = JournalEvent;
    type Refusal = JournalRefusal;

    fn evolve(&mut self, event: &JournalEvent) {
        self.ever = true;
        match event {
            JournalEvent::Written { call, agent, words, marks } => {
                let written = Written { call: *call, agent: agent.clone(), words: words.clone(), marks: marks.clone() };
                self.written = Some(Arc::new(written));
                self.status = JournalStatus::Draft;
            }
            JournalEvent::Changed { words, marks } => {
                let Some(written) = self.written.as_mut().map(Arc::make_mut) else { return };
                if let (Some(old), Some(changes)) = (written.words.known(), words.as_ref().and_then(Personal::known)) {
                    written.words = Personal::new(changes.clone().over(old.clone()));
                }
                if let Some(changes) = marks {
                    written.marks = changes.clone().over(written.marks.clone());
                }
            }
            JournalEvent::Submitted {} => self.status = JournalStatus::Submitted,
            JournalEvent::Reviewed { remarks, .. } => {
                self.status = JournalStatus::Reviewed;
                self.remarks = Some(remarks.clone());
            }
            JournalEvent::Approved { .. } => self.status = JournalStatus::Approved,
            JournalEvent::Returned { .. } => self.status = JournalStatus::Draft,
            JournalEvent::Disposed { .. } => self.written = None,
        }
    }
}

#[cfg(test)]
#[path = "journal_properties.rs"]
mod properties;
#[cfg(test)]
#[path = "journal_tests.rs"]
mod tests;
