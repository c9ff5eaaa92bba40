//! A review of how well somebody handled a call: eight categories of one to five points, what came of talking about it, and who
//! disagreed (B.T7, B.W5).
//!
//! States: draft → completed → discussed_with_agent; completed and discussed ⇄ disputed. A dispute is resolved by a correction or by
//! upholding what was said, and leads back to where it came from.

mod decisions;
pub mod marks;

pub use decisions::{Draft, DraftChanges};
pub use marks::{Category, MarkChanges, Marks};

use super::AgentCard;
use super::calendar::CalendarRefusal;
use crate::{Aggregate, CallId, Email, Kind, Personal, Refusal, Text, UserId};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// What happens to a review.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(clippy::large_enum_variant, reason = "events live briefly, and most of them are drafts")]
pub enum ReviewEvent {
    /// Somebody began to review.
    #[serde(rename = "review.drafted")]
    Drafted { agent: AgentCard, reviewer: Reviewer, content: ReviewContent },
    /// The draft is now this.
    #[serde(rename = "review.changed")]
    Changed { content: ReviewContent },
    /// It counts from now on.
    #[serde(rename = "review.completed")]
    Completed { total: u32 },
    /// It was talked about with the agent.
    #[serde(rename = "review.discussed")]
    Discussed { on: NaiveDate, notes: Option<Personal<Text<5000>>> },
    /// The agent has taken note of it.
    #[serde(rename = "review.acknowledged")]
    Acknowledged { comment: Option<Personal<Text<5000>>> },
    /// The agent disagrees.
    #[serde(rename = "review.disputed")]
    Disputed { reason: Personal<Text<5000>> },
    /// The dispute was right: these are the points.
    #[serde(rename = "review.corrected")]
    Corrected { marks: Marks, was: Marks, total: u32, reason: Personal<Text<5000>> },
    /// The dispute was not right.
    #[serde(rename = "review.upheld")]
    Upheld { reason: Personal<Text<5000>> },
    /// It was kept long enough, or its call was.
    #[serde(rename = "review.disposed")]
    Disposed { reason: Text<1000> },
}

/// Who reviews.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reviewer {
    pub user: UserId,
    pub email: Personal<Email>,
    pub name: Personal<Text<255>>,
}

/// Why a call was reviewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewType {
    Random,
    Targeted,
    ComplaintFollowUp,
    NewAgent,
    Coaching,
}

impl ReviewType {
    pub fn word(self) -> &'static str {
        match self {
            ReviewType::Random => "random",
            ReviewType::Targeted => "targeted",
            ReviewType::ComplaintFollowUp => "complaint_follow_up",
            ReviewType::NewAgent => "new_agent",
            ReviewType::Coaching => "coaching",
        }
    }
}

/// Everything a review says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReviewContent {
    #[serde(default)]
    pub call: Option<CallId>,
    pub review_date: NaiveDate,
    pub review_type: ReviewType,
    #[serde(default)]
    pub marks: Marks,
    #[serde(default)]
    pub strengths_observed: Option<Text<5000>>,
    #[serde(default)]
    pub improvement_areas: Option<Text<5000>>,
    #[serde(default)]
    pub specific_coaching_points: Option<Text<5000>>,
    #[serde(default)]
    pub recognition_worthy: bool,
    #[serde(default)]
    pub action_items_required: Vec<Text<500>>,
    #[serde(default)]
    pub follow_up_review_needed: bool,
    #[serde(default)]
    pub follow_up_date: Option<NaiveDate>,
    #[serde(default)]
    pub additional_training_recommended: Vec<Text<500>>,
}

/// Where a review stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewStatus {
    #[default]
    Draft,
    Completed,
    DiscussedWithAgent,
    Disputed,
}

impl ReviewStatus {
    pub fn word(self) -> &'static str {
        match self {
            ReviewStatus::Draft => "draft",
            ReviewStatus::Completed => "completed",
            ReviewStatus::DiscussedWithAgent => "discussed_with_agent",
            ReviewStatus::Disputed => "disputed",
        }
    }

    /// The commands that it allows.
    pub fn allows(self) -> &'static [&'static str] {
        match self {
            ReviewStatus::Draft => &["ChangeReview", "CompleteReview"],
            ReviewStatus::Completed => &["DiscussReview", "AcknowledgeReview", "DisputeReview"],
            ReviewStatus::DiscussedWithAgent => &["AcknowledgeReview", "DisputeReview"],
            ReviewStatus::Disputed => &["ResolveDispute"],
        }
    }
}

#[derive(Debug, thiserror::Error, PartialEq)]
pub enum ReviewRefusal {
    #[error("no such review")]
    Unknown,
    #[error("a review with this id exists already")]
    AlreadyDrafted,
    #[error("nobody reviews their own calls")]
    OwnWork,
    #[error("only the agent who was reviewed can do this")]
    NotTheirs,
    #[error("nobody decides a dispute about their own work")]
    OwnDispute,
    #[error("{field} must be from 1 to 5")]
    PointsOutOfRange { field: &'static str },
    #[error("at least one category must have points before a review is completed")]
    NoPoints,
    #[error("{field} must not be in the future")]
    InFuture { field: &'static str },
    #[error("marks must leave points in at least one category")]
    NothingLeft,
    #[error("{field} must be given exactly if a follow-up review is needed")]
    FollowUp { field: &'static str },
    #[error("the review is {state}", state = state.word())]
    InState { state: ReviewStatus },
    #[error(transparent)]
    Calendar(#[from] CalendarRefusal),
}

impl Refusal for ReviewRefusal {
    fn code(&self) -> &'static str {
        match self {
            ReviewRefusal::Unknown => "unknown_review",
            ReviewRefusal::AlreadyDrafted => "already_drafted",
            ReviewRefusal::OwnWork => "own_work",
            ReviewRefusal::NotTheirs => "not_theirs",
            ReviewRefusal::OwnDispute => "own_dispute",
            ReviewRefusal::PointsOutOfRange { .. } => "points_out_of_range",
            ReviewRefusal::NoPoints => "no_points",
            ReviewRefusal::InFuture { .. } => "in_future",
            ReviewRefusal::NothingLeft => "nothing_left",
            ReviewRefusal::FollowUp { .. } => "follow_up_date",
            ReviewRefusal::InState { .. } => "not_in_this_state",
            ReviewRefusal::Calendar(refusal) => refusal.code(),
        }
    }
    fn kind(&self) -> Kind {
        let conflict = |state: ReviewStatus| Kind::Conflict { state: state.word(), allowed: state.allows().to_vec() };
        match self {
            ReviewRefusal::Unknown => Kind::Missing,
            ReviewRefusal::AlreadyDrafted => Kind::Taken { field: "id" },
            ReviewRefusal::OwnWork => Kind::Invalid { field: "agentId" },
            ReviewRefusal::NotTheirs => Kind::Conflict { state: "not_theirs", allowed: vec![] },
            ReviewRefusal::OwnDispute => Kind::Conflict { state: "own_dispute", allowed: vec![] },
            ReviewRefusal::PointsOutOfRange { field } | ReviewRefusal::FollowUp { field } | ReviewRefusal::InFuture { field } => {
                Kind::Invalid { field }
            }
            ReviewRefusal::NothingLeft => Kind::Invalid { field: "marks" },
            ReviewRefusal::NoPoints => conflict(ReviewStatus::Draft),
            ReviewRefusal::InState { state } => conflict(*state),
            ReviewRefusal::Calendar(refusal) => refusal.kind(),
        }
    }
}

/// A review as its decisions see it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Review {
    agent: Option<AgentCard>,
    reviewer: Option<UserId>,
    content: Option<ReviewContent>,
    status: ReviewStatus,
    /// Where a dispute leads back to.
    before: ReviewStatus,
    acknowledged: bool,
    disposed: bool,
}

impl Aggregate for Review {
    const CATEGORY: &'static str = "review";
    type Event = ReviewEvent;
    type Refusal = ReviewRefusal;

    fn evolve(&mut self, event: &ReviewEvent) {
        match event {
            ReviewEvent::Drafted { agent, reviewer, content } => {
                self.agent = Some(agent.clone());
                self.reviewer = Some(reviewer.user);
                self.content = Some(content.clone());
            }
            ReviewEvent::Changed { content } => self.content = Some(content.clone()),
            ReviewEvent::Completed { .. } => self.status = ReviewStatus::Completed,
            ReviewEvent::Discussed { .. } => self.status = ReviewStatus::DiscussedWithAgent,
            ReviewEvent::Acknowledged { .. } => self.acknowledged = true,
            ReviewEvent::Disputed { .. } => {
                self.before = self.status;
                self.status = ReviewStatus::Disputed;
            }
            ReviewEvent::Corrected { marks, .. } => {
                self.status = self.before;
                if let Some(content) = &mut self.content {
                    content.marks = marks.clone();
                }
            }
            ReviewEvent::Upheld { .. } => self.status = self.before,
            ReviewEvent::Disposed { .. } => *self = Review { disposed: true, ..Review::default() },
        }
    }
}

impl Review {
    /// Who was reviewed and what the review says.
    pub fn known(&self) -> Result<(&AgentCard, &ReviewContent), ReviewRefusal> {
        self.agent.as_ref().zip(self.content.as_ref()).ok_or(ReviewRefusal::Unknown)
    }

    /// Who reviews.
    pub fn reviewer(&self) -> Option<UserId> {
        self.reviewer
    }

    pub fn status(&self) -> ReviewStatus {
        self.status
    }
}

#[cfg(test)]
#[path = "review_tests.rs"]
mod tests;
