//! What may be decided about a review.

use super::{MarkChanges, Marks, Review, ReviewContent, ReviewEvent, ReviewRefusal, ReviewStatus, ReviewType, Reviewer};
use crate::calls::AgentCard;
use crate::calls::calendar::{calendar_day, optional_day};
use crate::cases::customer::given;
use crate::{CallId, Decision, Personal, Text, UserId};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// A new review.
#[derive(Clone, Debug)]
pub struct Draft {
    pub agent: AgentCard,
    pub reviewer: Reviewer,
    pub content: ReviewContent,
}

/// What shall be different in a draft; what is absent stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DraftChanges {
    pub review_date: Option<NaiveDate>,
    pub review_type: Option<ReviewType>,
    pub marks: Option<MarkChanges>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub strengths_observed: Option<Option<Text<5000>>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub improvement_areas: Option<Option<Text<5000>>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub specific_coaching_points: Option<Option<Text<5000>>>,
    pub recognition_worthy: Option<bool>,
    pub action_items_required: Option<Vec<Text<500>>>,
    pub follow_up_review_needed: Option<bool>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub follow_up_date: Option<Option<NaiveDate>>,
    pub additional_training_recommended: Option<Vec<Text<500>>>,
}

impl DraftChanges {
    fn over(self, old: &ReviewContent) -> ReviewContent {
        let old = old.clone();
        ReviewContent {
            call: old.call,
            review_date: self.review_date.unwrap_or(old.review_date),
            review_type: self.review_type.unwrap_or(old.review_type),
            marks: self.marks.map_or(old.marks.clone(), |marks| old.marks.with(&marks)),
            strengths_observed: self.strengths_observed.unwrap_or(old.strengths_observed),
            improvement_areas: self.improvement_areas.unwrap_or(old.improvement_areas),
            specific_coaching_points: self.specific_coaching_points.unwrap_or(old.specific_coaching_points),
            recognition_worthy: self.recognition_worthy.unwrap_or(old.recognition_worthy),
            action_items_required: self.action_items_required.unwrap_or(old.action_items_required),
            follow_up_review_needed: self.follow_up_review_needed.unwrap_or(old.follow_up_review_needed),
            follow_up_date: self.follow_up_date.unwrap_or(old.follow_up_date),
            additional_training_recommended: self.additional_training_recommended.unwrap_or(old.additional_training_recommended),
        }
    }
}

impl ReviewContent {
    /// A review that says nothing yet.
    pub fn about(call: Option<CallId>, review_date: NaiveDate, review_type: ReviewType) -> Self {
        Self {
            call,
            review_date,
            review_type,
            marks: Marks::default(),
            strengths_observed: None,
            improvement_areas: None,
            specific_coaching_points: None,
            recognition_worthy: false,
            action_items_required: vec![],
            follow_up_review_needed: false,
            follow_up_date: None,
            additional_training_recommended: vec![],
        }
    }

    /// The same with what is given in its place.
    pub fn with(&self, changes: DraftChanges) -> Self {
        changes.over(self)
    }

    /// `today` by the clocks of the reporting zone. Whoever works east of it may have the day after already.
    fn check(&self, today: NaiveDate) -> Result<(), ReviewRefusal> {
        self.marks.check()?;
        calendar_day("reviewDate", self.review_date)?;
        optional_day("followUpDate", self.follow_up_date)?;
        if self.review_date > today.succ_opt().unwrap_or(today) {
            return Err(ReviewRefusal::InFuture { field: "reviewDate" });
        }
        match self.follow_up_date.is_some() == self.follow_up_review_needed {
            true => Ok(()),
            false => Err(ReviewRefusal::FollowUp { field: "followUpDate" }),
        }
    }
}

impl Review {
    pub fn draft(&self, draft: Draft, today: NaiveDate) -> Decision<Review> {
        let Draft { agent, reviewer, content } = draft;
        if self.agent.is_some() || self.disposed {
            return Err(ReviewRefusal::AlreadyDrafted);
        }
        if agent.user == reviewer.user {
            return Err(ReviewRefusal::OwnWork);
        }
        content.check(today)?;
        Ok(vec![ReviewEvent::Drafted { agent, reviewer, content }])
    }

    pub fn change(&self, changes: DraftChanges, today: NaiveDate) -> Decision<Review> {
        let known = self.in_state(&[ReviewStatus::Draft])?;
        let content = known.with(changes);
        content.check(today)?;
        Ok(if content == *known { vec![] } else { vec![ReviewEvent::Changed { content }] })
    }

    pub fn complete(&self) -> Decision<Review> {
        let known = self.in_state(&[ReviewStatus::Draft])?;
        match known.marks.total() {
            0 => Err(ReviewRefusal::NoPoints),
            total => Ok(vec![ReviewEvent::Completed { total }]),
        }
    }

    pub fn discuss(&self, on: NaiveDate, notes: Option<Text<5000>>) -> Decision<Review> {
        self.in_state(&[ReviewStatus::Completed])?;
        calendar_day("on", on)?;
        Ok(vec![ReviewEvent::Discussed { on, notes: notes.map(Personal::new) }])
    }

    /// Only the agent can say that they took note of it.
    pub fn acknowledge(&self, who: Option<UserId>, comment: Option<Text<5000>>) -> Decision<Review> {
        self.by_the_agent(who)?;
        self.in_state(&[ReviewStatus::Completed, ReviewStatus::DiscussedWithAgent])?;
        Ok(match self.acknowledged {
            true => vec![],
            false => vec![ReviewEvent::Acknowledged { comment: comment.map(Personal::new) }],
        })
    }

    pub fn dispute(&self, who: Option<UserId>, reason: Text<5000>) -> Decision<Review> {
        self.by_the_agent(who)?;
        self.in_state(&[ReviewStatus::Completed, ReviewStatus::DiscussedWithAgent])?;
        Ok(vec![ReviewEvent::Disputed { reason: Personal::new(reason) }])
    }

    /// Ends a dispute: with other points where the agent is right, without where not. Points that are as they were uphold it.
    pub fn resolve(&self, who: Option<UserId>, marks: Option<&MarkChanges>, reason: Text<5000>) -> Decision<Review> {
        let known = self.in_state(&[ReviewStatus::Disputed])?;
        if who.is_some() && who == self.agent.as_ref().map(|agent| agent.user) {
            return Err(ReviewRefusal::OwnDispute);
        }
        let (was, reason) = (known.marks.clone(), Personal::new(reason));
        let marks = marks.map_or(was.clone(), |marks| was.with(marks));
        marks.check()?;
        if marks.total() == 0 {
            return Err(ReviewRefusal::NothingLeft);
        }
        Ok(match marks == was {
            true => vec![ReviewEvent::Upheld { reason }],
            false => vec![ReviewEvent::Corrected { total: marks.total(), marks, was, reason }],
        })
    }

    /// Keeps it no longer, whatever its state.
    pub fn dispose(&self, reason: Text<1000>) -> Decision<Review> {
        self.known().map(|_| vec![ReviewEvent::Disposed { reason }])
    }

    fn by_the_agent(&self, who: Option<UserId>) -> Result<(), ReviewRefusal> {
        let (agent, _) = self.known()?;
        if who == Some(agent.user) { Ok(()) } else { Err(ReviewRefusal::NotTheirs) }
    }

    fn in_state(&self, states: &[ReviewStatus]) -> Result<&ReviewContent, ReviewRefusal> {
        let (_, content) = self.known()?;
        if states.contains(&self.status) { Ok(content) } else { Err(ReviewRefusal::InState { state: self.status }) }
    }
}
