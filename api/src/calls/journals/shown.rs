//! How a journal is shown.

use chrono::{DateTime, NaiveDate, Utc};
use projections::calls::journal_page::FoundJournal;
use projections::calls::journals::JournalRow;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A journal (B.T2).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Journal)]
pub struct ShownJournal {
    id: Uuid,
    /// The call it is about.
    call_record_id: Uuid,
    /// Whose it is.
    agent_id: Uuid,
    #[schema(example = "ada@example.com")]
    agent_email: Option<String>,
    #[schema(example = "Ada Lovelace")]
    agent_name: Option<String>,
    location_id: Option<Uuid>,
    team: Option<String>,
    #[schema(example = "Asked for an appointment because of a rash")]
    call_summary: Option<String>,
    detailed_notes: Option<String>,
    patient_concern: Option<String>,
    resolution_provided: Option<String>,
    action_items: Vec<String>,
    follow_up_required: bool,
    /// `callback`, `appointment`, `provider_review` or `billing`.
    #[schema(example = "callback")]
    follow_up_type: Option<&'static str>,
    follow_up_date: Option<NaiveDate>,
    follow_up_notes: Option<String>,
    call_tags: Vec<String>,
    department_involved: Vec<String>,
    referral_made: bool,
    referral_type: Option<String>,
    coaching_notes: Option<String>,
    training_opportunities: Vec<String>,
    commendation_worthy: bool,
    improvement_areas: Vec<String>,
    /// `draft`, `submitted`, `reviewed` or `approved`.
    #[schema(example = "submitted")]
    journal_status: &'static str,
    submitted_at: Option<DateTime<Utc>>,
    /// Address of the supervisor.
    #[schema(example = "grace@example.com")]
    reviewed_by: Option<String>,
    reviewed_at: Option<DateTime<Utc>>,
    /// 1 to 100.
    #[schema(example = 85)]
    review_score: Option<u8>,
    approved_at: Option<DateTime<Utc>>,
    /// Why it was given back, while it is worked over.
    returned_reason: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    /// How many events it has; its ETag.
    version: i64,
    /// Where the words stand that were searched for, between `**` and `**`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    headline: Option<String>,
}

impl From<JournalRow> for ShownJournal {
    fn from(row: JournalRow) -> Self {
        Self {
            id: row.journal_id.0,
            call_record_id: row.call_id.0,
            agent_id: row.agent_id.0,
            agent_email: row.agent_email,
            agent_name: row.agent_name,
            location_id: row.location_id.map(|location| location.0),
            team: row.team,
            call_summary: row.call_summary,
            detailed_notes: row.detailed_notes,
            patient_concern: row.patient_concern,
            resolution_provided: row.resolution_provided,
            action_items: row.action_items,
            follow_up_required: row.follow_up_required,
            follow_up_type: row.follow_up_type.map(|kind| kind.word()),
            follow_up_date: row.follow_up_date,
            follow_up_notes: row.follow_up_notes,
            call_tags: row.call_tags,
            department_involved: row.department_involved,
            referral_made: row.referral_made,
            referral_type: row.referral_type,
            coaching_notes: row.coaching_notes,
            training_opportunities: row.training_opportunities,
            commendation_worthy: row.commendation_worthy,
            improvement_areas: row.improvement_areas,
            journal_status: row.journal_status.word(),
            submitted_at: row.submitted_at,
            reviewed_by: row.reviewed_by,
            reviewed_at: row.reviewed_at,
            review_score: row.review_score,
            approved_at: row.approved_at,
            returned_reason: row.returned_reason,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
            headline: None,
        }
    }
}

impl From<FoundJournal> for ShownJournal {
    fn from(FoundJournal { journal, headline }: FoundJournal) -> Self {
        Self { headline, ..journal.into() }
    }
}
