//! What may be decided about a journal, one function for every wish; none of them changes anything by itself.

use super::content::{check, few};
use super::{Journal, JournalChanges, JournalEvent, JournalMarks, JournalRefusal, JournalStatus, JournalWords};
use super::{MarkChanges, Remarks, Reviewer, WordChanges, Written};
use crate::calls::AgentCard;
use crate::{CallId, Decision, Personal, Text};

impl Journal {
    /// Writes it down, as a draft unless it is submitted at once.
    pub fn write(
        &self,
        call: CallId,
        agent: AgentCard,
        words: JournalWords,
        marks: JournalMarks,
        submit: bool,
    ) -> Decision<Journal> {
        if self.ever {
            return Err(JournalRefusal::AlreadyWritten);
        }
        check(&words, &marks)?;
        let written = JournalEvent::Written { call, agent, words: Personal::new(words), marks };
        Ok([written].into_iter().chain(submit.then_some(JournalEvent::Submitted {})).collect())
    }

    /// Changes a draft. What is the same already is not recorded again.
    pub fn change(&self, changes: JournalChanges) -> Decision<Journal> {
        let written = self.written()?;
        if self.status != JournalStatus::Draft {
            return Err(self.refused("changed"));
        }
        let Some(old) = written.words.known() else { return Err(JournalRefusal::Unknown) };
        let (words, marks) = changes.over(old, &written.marks);
        check(&words, &marks)?;
        let words = WordChanges::between(old, &words).map(Personal::new);
        let marks = MarkChanges::between(&written.marks, &marks);
        Ok(if words.is_some() || marks.is_some() { vec![JournalEvent::Changed { words, marks }] } else { vec![] })
    }

    /// Hands it in.
    pub fn submit(&self) -> Decision<Journal> {
        self.written()?;
        match self.status {
            JournalStatus::Draft => Ok(vec![JournalEvent::Submitted {}]),
            _ => Err(self.refused("submitted")),
        }
    }

    /// Rates it; until it is approved it may be rated anew. The same rating again changes nothing.
    pub fn review(&self, by: Reviewer, remarks: Remarks) -> Decision<Journal> {
        self.written()?;
        few("trainingOpportunities", remarks.training_opportunities.len())?;
        few("improvementAreas", remarks.improvement_areas.len())?;
        match self.status {
            JournalStatus::Reviewed if self.remarks.as_ref() == Some(&remarks) => Ok(vec![]),
            JournalStatus::Submitted | JournalStatus::Reviewed => Ok(vec![JournalEvent::Reviewed { by, remarks }]),
            _ => Err(self.refused("reviewed")),
        }
    }

    /// Lets it stand.
    pub fn approve(&self, by: Reviewer) -> Decision<Journal> {
        self.written()?;
        match self.status {
            JournalStatus::Reviewed => Ok(vec![JournalEvent::Approved { by }]),
            _ => Err(self.refused("approved")),
        }
    }

    /// Gives it back to be worked over.
    pub fn give_back(&self, by: Reviewer, reason: Text<1000>) -> Decision<Journal> {
        self.written()?;
        match self.status {
            JournalStatus::Submitted | JournalStatus::Reviewed => {
                Ok(vec![JournalEvent::Returned { by, reason: Personal::new(reason) }])
            }
            _ => Err(self.refused("returned")),
        }
    }

    /// Keeps it no longer, whatever its state.
    pub fn dispose(&self, reason: String) -> Decision<Journal> {
        self.written().map(|_| vec![JournalEvent::Disposed { reason }])
    }

    /// Whose it is, as they were when they wrote it.
    pub fn agent(&self) -> Result<&AgentCard, JournalRefusal> {
        self.written().map(|written| &written.agent)
    }

    /// The call it is about.
    pub fn call(&self) -> Result<CallId, JournalRefusal> {
        self.written().map(|written| written.call)
    }

    /// What stands in it.
    pub fn content(&self) -> Result<(&Personal<JournalWords>, &JournalMarks), JournalRefusal> {
        self.written().map(|written| (&written.words, &written.marks))
    }

    pub fn status(&self) -> JournalStatus {
        self.status
    }

    fn written(&self) -> Result<&Written, JournalRefusal> {
        self.written.as_deref().ok_or(JournalRefusal::Unknown)
    }

    fn refused(&self, asked: &'static str) -> JournalRefusal {
        JournalRefusal::WrongState { state: self.status.word(), asked, allowed: self.status.allowed() }
    }
}
