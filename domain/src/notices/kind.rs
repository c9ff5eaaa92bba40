//! The four things that a company is told of as they happen: a deadline comes near, passes, a case is given out, a case comes back.

use crate::cases::case::CaseEvent;
use serde::{Deserialize, Serialize};

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    SlaAtRisk,
    SlaBreached,
    Assigned,
    Rejected,
}

impl NoticeKind {
    pub const ALL: [NoticeKind; 4] = [NoticeKind::SlaAtRisk, NoticeKind::SlaBreached, NoticeKind::Assigned, NoticeKind::Rejected];

    /// The word under which it is stored and chosen.
    pub fn word(self) -> &'static str {
        match self {
            NoticeKind::SlaAtRisk => "sla_at_risk",
            NoticeKind::SlaBreached => "sla_breached",
            NoticeKind::Assigned => "assigned",
            NoticeKind::Rejected => "rejected",
        }
    }

    /// The kind of this word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// What this event is told as, if it is told at all.
    pub fn of(event: &CaseEvent) -> Option<Self> {
        match event {
            CaseEvent::SlaAtRisk { .. } => Some(NoticeKind::SlaAtRisk),
            CaseEvent::SlaBreached { .. } => Some(NoticeKind::SlaBreached),
            CaseEvent::Assigned { .. } => Some(NoticeKind::Assigned),
            CaseEvent::Rejected { .. } => Some(NoticeKind::Rejected),
            _ => None,
        }
    }

    /// It follows from a deadline: dated at that deadline, however late somebody looked.
    pub fn is_of_a_deadline(self) -> bool {
        matches!(self, NoticeKind::SlaAtRisk | NoticeKind::SlaBreached)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AgencyId;

    #[test]
    fn every_kind_has_a_word_that_leads_back() {
        for kind in NoticeKind::ALL {
            assert_eq!(NoticeKind::of_word(kind.word()), Some(kind));
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{}\"", kind.word()));
        }
        assert_eq!(NoticeKind::of_word("test"), None);
    }

    #[test]
    fn only_four_things_are_told() {
        let agency = AgencyId::default();
        let rejected = CaseEvent::Rejected { agency, assigned_at: Default::default(), reason: "full".into() };
        assert_eq!(NoticeKind::of(&rejected), Some(NoticeKind::Rejected));
        assert_eq!(NoticeKind::of(&CaseEvent::Accepted { agency }), None);
    }
}
