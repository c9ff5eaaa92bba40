//! How reviews are asked for and shown.

use crate::calls::formulas::ShownFigure;
use crate::calls::today;
use crate::error::Error;
use crate::paged::Part;
use crate::params::{PageLimit, PageNumber, Skip};
use chrono::{DateTime, NaiveDate, Utc};
use domain::calls::formulas::{Figure, QA_PERCENTAGE};
use domain::calls::review::marks::MOST;
use domain::calls::review::{Marks, ReviewStatus, ReviewType};
use domain::{CallId, UserId};
use projections::calls::review_queries::ReviewFilter;
use projections::calls::reviews::ReviewRow;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// A review of how well somebody handled a call.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Review {
    id: Uuid,
    call_record_id: Option<Uuid>,
    agent_id: Uuid,
    #[schema(example = "ada@example.com")]
    agent_email: Option<String>,
    #[schema(example = "Ada Lovelace")]
    agent_name: Option<String>,
    location_id: Option<Uuid>,
    location: Option<String>,
    team: Option<String>,
    reviewer_id: Uuid,
    reviewer_email: Option<String>,
    reviewer_name: Option<String>,
    review_date: NaiveDate,
    #[schema(value_type = String, example = "random")]
    review_type: ReviewType,
    /// Points of one to five; a category that was left out counts 0.
    #[schema(value_type = ReviewCategories)]
    marks: Marks,
    #[serde(flatten)]
    categories: ReviewCategories,
    /// `qa.total@1`, at most 40.
    #[schema(example = 29)]
    total_score: u32,
    #[schema(value_type = ShownFigure)]
    percentage_score: Figure,
    strengths_observed: Option<String>,
    improvement_areas: Option<String>,
    specific_coaching_points: Option<String>,
    recognition_worthy: bool,
    action_items_required: Vec<String>,
    follow_up_review_needed: bool,
    follow_up_date: Option<NaiveDate>,
    additional_training_recommended: Vec<String>,
    /// `draft`, `completed`, `discussed_with_agent` or `disputed`.
    #[schema(value_type = String, example = "completed")]
    review_status: ReviewStatus,
    completed_at: Option<DateTime<Utc>>,
    agent_discussion_date: Option<NaiveDate>,
    discussion_notes: Option<String>,
    agent_acknowledgment: bool,
    agent_comment: Option<String>,
    dispute_reason: Option<String>,
    /// `corrected` or `upheld`; `null` while a dispute is open or if there was none.
    dispute_outcome: Option<String>,
    dispute_answer: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<ReviewRow> for Review {
    fn from(row: ReviewRow) -> Self {
        Self {
            categories: ReviewCategories::from(&row.marks()),
            marks: row.marks(),
            percentage_score: QA_PERCENTAGE.figure(row.total_score, MOST),
            id: row.review_id.0,
            call_record_id: row.call_id.map(|call| call.0),
            agent_id: row.agent_id.0,
            agent_email: row.agent_email,
            agent_name: row.agent_name,
            location_id: row.location_id.map(|location| location.0),
            location: row.location_name,
            team: row.team,
            reviewer_id: row.reviewer_id.0,
            reviewer_email: row.reviewer_email,
            reviewer_name: row.reviewer_name,
            review_date: row.review_date,
            review_type: row.review_type,
            total_score: row.total_score,
            strengths_observed: row.strengths_observed,
            improvement_areas: row.improvement_areas,
            specific_coaching_points: row.specific_coaching_points,
            recognition_worthy: row.recognition_worthy,
            action_items_required: row.action_items_required,
            follow_up_review_needed: row.follow_up_review_needed,
            follow_up_date: row.follow_up_date,
            additional_training_recommended: row.additional_training_recommended,
            review_status: row.review_status,
            completed_at: row.completed_at,
            agent_discussion_date: row.agent_discussion_date,
            discussion_notes: row.discussion_notes,
            agent_acknowledgment: row.agent_acknowledgment,
            agent_comment: row.agent_comment,
            dispute_reason: row.dispute_reason,
            dispute_outcome: row.dispute_outcome,
            dispute_answer: row.dispute_answer,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// The same points in the fields in which the specification names them (B.T7); `null` where a category was left out.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReviewCategories {
    greeting_professionalism: Option<u8>,
    active_listening: Option<u8>,
    problem_resolution: Option<u8>,
    product_knowledge: Option<u8>,
    communication_clarity: Option<u8>,
    empathy_patience: Option<u8>,
    call_control: Option<u8>,
    closing_effectiveness: Option<u8>,
}

impl From<&Marks> for ReviewCategories {
    fn from(marks: &Marks) -> Self {
        Self {
            greeting_professionalism: marks.greeting_professionalism,
            active_listening: marks.active_listening,
            problem_resolution: marks.problem_resolution,
            product_knowledge: marks.product_knowledge,
            communication_clarity: marks.communication_clarity,
            empathy_patience: marks.empathy_patience,
            call_control: marks.call_control,
            closing_effectiveness: marks.closing_effectiveness,
        }
    }
}

/// What became of a review.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReviewKept {
    pub id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub review: Option<Review>,
}

/// Which reviews are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedReviews {
    #[param(value_type = Option<String>)]
    status: Option<ReviewStatus>,
    #[param(value_type = Option<Uuid>)]
    call_record_id: Option<CallId>,
    from: Option<NaiveDate>,
    /// The last day.
    to: Option<NaiveDate>,
    #[param(value_type = Option<u32>, minimum = 1)]
    page: Option<PageNumber>,
    #[param(value_type = Option<u32>, minimum = 0)]
    skip: Option<Skip>,
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    limit: Option<PageLimit>,
}

impl WantedReviews {
    /// The same for the read model, about this agent if one is named.
    pub fn read(self, agent: Option<UserId>) -> Result<(ReviewFilter, Part<i64>), Error> {
        let Self { status, call_record_id, from, to, page, skip, limit } = self;
        let (from, to) = (today::day("from", from)?, today::day("to", to)?);
        let part = Part::read(page, skip, limit, None)?;
        Ok((ReviewFilter { agent, status, call: call_record_id, from, until: to }, part))
    }
}
