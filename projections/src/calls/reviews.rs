//! Reviews of how well calls were handled, with their points and what became of them.

use crate::{Keys, ReadModel, Row, Rows, Table, Unappliable, table, wall};
use chrono::NaiveDate;
use domain::calls::AgentCard;
use domain::calls::review::{Marks, ReviewContent, ReviewEvent, ReviewStatus, ReviewType, Reviewer};
use domain::{CallId, Fact, Instant, LocationId, Personal, QaReviewId, TenantId, Text, UserId};
use eventlog::{Position, Recorded};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// All reviews.
pub struct Reviews;

/// A review. The columns are explained in `migrations/read/reviews.sql`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReviewRow {
    pub tenant_id: TenantId,
    pub review_id: QaReviewId,
    pub call_id: Option<CallId>,
    pub agent_id: UserId,
    pub agent_email: Option<String>,
    pub agent_name: Option<String>,
    pub location_id: Option<LocationId>,
    pub location_name: Option<String>,
    pub team: Option<String>,
    pub reviewer_id: UserId,
    pub reviewer_email: Option<String>,
    pub reviewer_name: Option<String>,
    pub review_date: NaiveDate,
    pub review_type: ReviewType,
    pub greeting_professionalism: Option<u8>,
    pub active_listening: Option<u8>,
    pub problem_resolution: Option<u8>,
    pub product_knowledge: Option<u8>,
    pub communication_clarity: Option<u8>,
    pub empathy_patience: Option<u8>,
    pub call_control: Option<u8>,
    pub closing_effectiveness: Option<u8>,
    pub total_score: u32,
    pub percentage_score: Decimal,
    pub strengths_observed: Option<String>,
    pub improvement_areas: Option<String>,
    pub specific_coaching_points: Option<String>,
    pub recognition_worthy: bool,
    pub action_items_required: Vec<String>,
    pub follow_up_review_needed: bool,
    pub follow_up_date: Option<NaiveDate>,
    pub additional_training_recommended: Vec<String>,
    pub review_status: ReviewStatus,
    pub status_before: Option<ReviewStatus>,
    pub completed_at: Option<Instant>,
    pub agent_discussion_date: Option<NaiveDate>,
    pub discussion_notes: Option<String>,
    pub agent_acknowledgment: bool,
    pub agent_comment: Option<String>,
    pub dispute_reason: Option<String>,
    pub dispute_outcome: Option<String>,
    pub dispute_answer: Option<String>,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub version: i64,
    pub position: Position,
    pub event_id: Uuid,
}

/// The primary key of a review.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ReviewKey {
    pub tenant_id: TenantId,
    pub review_id: QaReviewId,
}

impl ReviewKey {
    fn of(event: &Recorded) -> Self {
        Self { tenant_id: event.stream.tenant, review_id: QaReviewId(event.stream.id) }
    }
}

impl Row for ReviewRow {
    const TABLE: &'static str = "reviews";
    const KEY: &'static [&'static str] = &["tenant_id", "review_id"];
    type Key = ReviewKey;

    fn key(&self) -> ReviewKey {
        ReviewKey { tenant_id: self.tenant_id, review_id: self.review_id }
    }
}

impl ReadModel for Reviews {
    const NAME: &'static str = "reviews";
    const VERSION: i32 = 2;
    const CATEGORIES: &'static [&'static str] = &["review"];
    const SQL: &'static str = include_str!("../../../migrations/read/reviews.sql");
    const WALLS: &'static [(&'static str, &'static str)] = &[("reviews", wall::REVIEWS)];

    fn tables() -> Vec<Box<dyn Table>> {
        vec![table::<ReviewRow>()]
    }

    fn keys(event: &Recorded, fact: &Fact, keys: &mut Keys<'_>) {
        if let Fact::Review(_) = fact {
            keys.want::<ReviewRow>(ReviewKey::of(event));
        }
    }

    fn evolve(rows: &mut Rows, event: &Recorded, fact: &Fact) -> Result<(), Unappliable> {
        let Fact::Review(fact) = fact else { return Ok(()) };
        if let ReviewEvent::Drafted { agent, reviewer, content } = fact {
            let mut row = ReviewRow::new(event, agent, reviewer, content);
            row.say(content);
            return rows.put(row);
        }
        let key = ReviewKey::of(event);
        if let ReviewEvent::Disposed { .. } = fact {
            return rows.remove::<ReviewRow>(&key);
        }
        let row = rows.must::<ReviewRow>(&key)?;
        row.apply(fact, event.occurred_at);
        row.updated_at = event.occurred_at;
        row.version = event.version;
        row.position = event.position;
        row.event_id = event.event_id;
        Ok(())
    }
}

fn shown<const MAX: usize>(text: Option<&Text<MAX>>) -> Option<String> {
    text.map(ToString::to_string)
}

fn known<const MAX: usize>(text: &Option<Personal<Text<MAX>>>) -> Option<String> {
    shown(text.as_ref().and_then(Personal::known))
}

impl ReviewRow {
    fn new(event: &Recorded, agent: &AgentCard, reviewer: &Reviewer, content: &ReviewContent) -> Self {
        Self {
            tenant_id: event.stream.tenant,
            review_id: QaReviewId(event.stream.id),
            call_id: content.call,
            agent_id: agent.user,
            agent_email: agent.email.known().map(ToString::to_string),
            agent_name: shown(agent.name.known()),
            location_id: agent.location,
            location_name: shown(agent.location_name.as_ref()),
            team: shown(agent.team.as_ref()),
            reviewer_id: reviewer.user,
            reviewer_email: reviewer.email.known().map(ToString::to_string),
            reviewer_name: shown(reviewer.name.known()),
            review_date: content.review_date,
            review_type: content.review_type,
            greeting_professionalism: None,
            active_listening: None,
            problem_resolution: None,
            product_knowledge: None,
            communication_clarity: None,
            empathy_patience: None,
            call_control: None,
            closing_effectiveness: None,
            total_score: 0,
            percentage_score: Decimal::ZERO,
            strengths_observed: None,
            improvement_areas: None,
            specific_coaching_points: None,
            recognition_worthy: false,
            action_items_required: vec![],
            follow_up_review_needed: false,
            follow_up_date: None,
            additional_training_recommended: vec![],
            review_status: ReviewStatus::Draft,
            status_before: None,
            completed_at: None,
            agent_discussion_date: None,
            discussion_notes: None,
            agent_acknowledgment: false,
            agent_comment: None,
            dispute_reason: None,
            dispute_outcome: None,
            dispute_answer: None,
            created_at: event.occurred_at,
            updated_at: event.occurred_at,
            version: event.version,
            position: event.position,
            event_id: event.event_id,
        }
    }

    /// Its points as the rules know them.
    pub fn marks(&self) -> Marks {
        Marks {
            greeting_professionalism: self.greeting_professionalism,
            active_listening: self.active_listening,
            problem_resolution: self.problem_resolution,
            product_knowledge: self.product_knowledge,
            communication_clarity: self.communication_clarity,
            empathy_patience: self.empathy_patience,
            call_control: self.call_control,
            closing_effectiveness: self.closing_effectiveness,
        }
    }

    fn mark(&mut self, marks: &Marks) {
        self.greeting_professionalism = marks.greeting_professionalism;
        self.active_listening = marks.active_listening;
        self.problem_resolution = marks.problem_resolution;
        self.product_knowledge = marks.product_knowledge;
        self.communication_clarity = marks.communication_clarity;
        self.empathy_patience = marks.empathy_patience;
        self.call_control = marks.call_control;
        self.closing_effectiveness = marks.closing_effectiveness;
        self.total_score = marks.total();
        self.percentage_score = marks.percentage();
    }

    fn say(&mut self, content: &ReviewContent) {
        let texts = |texts: &[Text<500>]| texts.iter().map(ToString::to_string).collect();
        self.review_date = content.review_date;
        self.review_type = content.review_type;
        self.mark(&content.marks);
        self.strengths_observed = shown(content.strengths_observed.as_ref());
        self.improvement_areas = shown(content.improvement_areas.as_ref());
        self.specific_coaching_points = shown(content.specific_coaching_points.as_ref());
        self.recognition_worthy = content.recognition_worthy;
        self.action_items_required = texts(&content.action_items_required);
        self.follow_up_review_needed = content.follow_up_review_needed;
        self.follow_up_date = content.follow_up_date;
        self.additional_training_recommended = texts(&content.additional_training_recommended);
    }

    fn apply(&mut self, fact: &ReviewEvent, at: Instant) {
        match fact {
            ReviewEvent::Drafted { .. } | ReviewEvent::Disposed { .. } => {}
            ReviewEvent::Changed { content } => self.say(content),
            ReviewEvent::Completed { .. } => {
                self.review_status = ReviewStatus::Completed;
                self.completed_at = Some(at);
            }
            ReviewEvent::Discussed { on, notes } => {
                self.review_status = ReviewStatus::DiscussedWithAgent;
                self.agent_discussion_date = Some(*on);
                self.discussion_notes = known(notes);
            }
            ReviewEvent::Acknowledged { comment } => {
                self.agent_acknowledgment = true;
                self.agent_comment = known(comment);
            }
            ReviewEvent::Disputed { reason } => {
                self.status_before = Some(self.review_status);
                self.review_status = ReviewStatus::Disputed;
                self.dispute_reason = shown(reason.known());
                (self.dispute_outcome, self.dispute_answer) = (None, None);
            }
            ReviewEvent::Corrected { marks, reason, .. } => {
                self.mark(marks);
                self.settled("corrected", reason);
            }
            ReviewEvent::Upheld { reason } => self.settled("upheld", reason),
        }
    }

    fn settled(&mut self, outcome: &str, reason: &Personal<Text<5000>>) {
        self.review_status = self.status_before.take().unwrap_or(ReviewStatus::Completed);
        self.dispute_outcome = Some(outcome.to_owned());
        self.dispute_answer = shown(reason.known());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::story::{Story, TENANT, at_day};

    #[test]
    fn a_review_is_shown_with_the_points_in_force() {
        let (agent, boss, id) = (UserId(Uuid::from_u128(7)), UserId(Uuid::from_u128(8)), Uuid::from_u128(9));
        let email = || Personal::new("ada@example.com".try_into().unwrap());
        let name = || Personal::new("Ada".try_into().unwrap());
        let card = AgentCard { user: agent, email: email(), name: name(), location: None, location_name: None, team: None };
        let reviewer = Reviewer { user: boss, email: email(), name: name() };
        let day = NaiveDate::from_ymd_opt(2026, 1, 15).unwrap();
        let marks = |n| Marks { call_control: Some(n), active_listening: Some(5), ..Marks::default() };
        let content = ReviewContent { marks: marks(2), ..ReviewContent::about(None, day, ReviewType::Random) };
        let words = || Personal::new("heard again".try_into().unwrap());
        let mut story = Story::default();
        story.add(0, "review", id, ReviewEvent::Drafted { agent: card, reviewer, content: content.clone() });
        let strengths_observed = Some("calm".try_into().unwrap());
        story.add(1, "review", id, ReviewEvent::Changed { content: ReviewContent { strengths_observed, ..content } });
        story.add(2, "review", id, ReviewEvent::Completed { total: 7 });
        story.add(3, "review", id, ReviewEvent::Discussed { on: day, notes: Some(words()) });
        story.add(4, "review", id, ReviewEvent::Disputed { reason: words() });
        let row = |story: &Story| {
            let key = ReviewKey { tenant_id: TENANT, review_id: QaReviewId(id) };
            story.rows::<Reviews>().get::<ReviewRow>(&key).unwrap().unwrap().clone()
        };
        let disputed = row(&story);
        assert_eq!((disputed.review_status, disputed.total_score), (ReviewStatus::Disputed, 7));
        assert_eq!(disputed.strengths_observed.as_deref(), Some("calm"));
        story.add(5, "review", id, ReviewEvent::Corrected { marks: marks(4), was: marks(2), total: 9, reason: words() });
        story.add(6, "review", id, ReviewEvent::Acknowledged { comment: None });
        let settled = row(&story);
        assert_eq!((settled.review_status, settled.total_score), (ReviewStatus::DiscussedWithAgent, 9));
        assert_eq!((settled.percentage_score, settled.dispute_outcome.as_deref()), ("22.5".parse().unwrap(), Some("corrected")));
        assert_eq!((settled.completed_at, settled.agent_acknowledgment), (Some(at_day(2)), true));
        story.add(7, "review", id, ReviewEvent::Disposed { reason: "kept long enough".try_into().unwrap() });
        let key = ReviewKey { tenant_id: TENANT, review_id: QaReviewId(id) };
        assert_eq!(story.rows::<Reviews>().get::<ReviewRow>(&key), Ok(None));
    }
}
