//! What a company is told of as it happens: a deadline comes near, passes, a case is given out, a case comes back; and in its call
//! centre, a check of the figures that failed, a goal that was reached, somebody who could do with coaching.

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
    /// The call centre's figures are not what the log says, or nobody could find out.
    VerificationFailed,
    /// All targets of a goal were met in its time.
    GoalReached,
    /// The rules have something to say of an agent's weeks.
    CoachingDue,
}

impl NoticeKind {
    pub const ALL: [NoticeKind; 7] = [
        NoticeKind::SlaAtRisk,
        NoticeKind::SlaBreached,
        NoticeKind::Assigned,
        NoticeKind::Rejected,
        NoticeKind::VerificationFailed,
        NoticeKind::GoalReached,
        NoticeKind::CoachingDue,
    ];

    /// The word under which it is stored and chosen.
    pub fn word(self) -> &'static str {
        match self {
            NoticeKind::SlaAtRisk => "sla_at_risk",
            NoticeKind::SlaBreached => "sla_breached",
            NoticeKind::Assigned => "assigned",
            NoticeKind::Rejected => "rejected",
            NoticeKind::VerificationFailed => "verification_failed",
            NoticeKind::GoalReached => "goal_reached",
            NoticeKind::CoachingDue => "coaching_due",
        }
    }

    /// The kind of this word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Whether it is about a case.
    pub fn is_of_a_case(self) -> bool {
        !matches!(self, NoticeKind::VerificationFailed | NoticeKind::GoalReached | NoticeKind::CoachingDue)
    }

    /// What this event of a case is told as, if it is told at all.
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
    fn only_four_things_are_told_of_a_case() {
        assert_eq!(NoticeKind::ALL.into_iter().filter(|kind| kind.is_of_a_case()).count(), 4);
        let agency = AgencyId::default();
        let rejected = CaseEvent::Rejected { agency, assigned_at: Default::default(), reason: "full".into() };
        assert_eq!(NoticeKind::of(&rejected), Some(NoticeKind::Rejected));
        assert_eq!(NoticeKind::of(&CaseEvent::Accepted { agency }), None);
    }
}
