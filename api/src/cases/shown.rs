//! A case as specification E shows it: facts of the debt, who collects it, where it stands and what may be done next.

use chrono::{DateTime, Utc};
use domain::cases::case::{Assignment, Priority, Status};
use domain::cases::recovery::{RecoveryFacts, recovery_1};
use domain::explain::{Arithmetic, Term};
use domain::{Amount, Instant};
use projections::cases::worklist::{CaseRow, CaseStatus};
use projections::cases::worklist_page::CaseCard;
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A debt case.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Case)]
pub struct ShownCase {
    pub id: Uuid,
    /// The number by which people call it.
    #[schema(example = "CASE-2026-000123")]
    pub case_id: String,
    #[schema(example = "John Doe")]
    pub customer_name: Option<String>,
    #[schema(example = "john@example.com")]
    pub customer_email: Option<String>,
    #[schema(example = "+1 555 0100")]
    pub customer_phone: Option<String>,
    pub customer_address: Option<String>,
    pub customer_social_media_facebook: Option<String>,
    pub customer_social_media_twitter: Option<String>,
    pub customer_social_media_instagram: Option<String>,
    pub customer_social_media_linkedin: Option<String>,
    #[schema(value_type = f64, example = 15000.00)]
    pub overdue_amount: Decimal,
    #[schema(example = "USD")]
    pub currency: String,
    #[schema(value_type = f64, example = 250.00)]
    pub amount_paid: Decimal,
    /// What is still owed.
    #[schema(value_type = f64, example = 14750.00)]
    pub balance: Decimal,
    /// What was paid beyond what is owed.
    #[schema(value_type = f64, example = 0.00)]
    pub credit: Decimal,
    #[schema(example = 45)]
    pub ageing_days: u32,
    /// `open`, `assigned`, `in_progress`, `delayed`, `completed` or `closed`.
    #[schema(example = "in_progress")]
    pub status: &'static str,
    #[schema(value_type = String, example = "P1")]
    pub priority: Priority,
    pub sla_due_date: DateTime<Utc>,
    /// From this instant on it is at risk.
    pub sla_at_risk_date: DateTime<Utc>,
    /// `On Track`, `At Risk` or `Breached`: as judged at the completion, or at this moment.
    #[schema(example = "On Track")]
    pub sla_status: &'static str,
    /// The agency in charge.
    pub dca_id: Option<Uuid>,
    #[schema(example = "Swift Debt Solutions")]
    pub dca_name: Option<String>,
    /// Why this agency, or why none.
    #[schema(example = "best score 105.00, 3 active cases")]
    pub allocation_reason: Option<String>,
    /// Docket looks for an agency by itself.
    pub auto_assign: bool,
    pub assigned_at: Option<DateTime<Utc>>,
    pub completed_at: Option<DateTime<Utc>>,
    /// What came of it.
    pub outcome: Option<String>,
    /// How likely it is to be recovered, 0 to 100, as estimated at the opening.
    #[schema(value_type = f64, example = 64.50)]
    pub ai_recovery_score: Decimal,
    /// The terms of that estimate.
    #[schema(value_type = Vec<Object>, example = json!([{"reason": "amount", "points": 10, "counts": 0, "detail": "15000.00 overdue"}]))]
    pub ai_recovery_explanation: Vec<Term>,
    /// 0 if nobody asked for more attention.
    pub escalation_level: u32,
    pub escalation_reason: Option<String>,
    /// The agencies that gave it back.
    pub rejected_by: Vec<Uuid>,
    pub document_links: Vec<String>,
    pub notes: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// The ETag.
    #[schema(example = 4)]
    pub version: i64,
    /// The commands that this state allows.
    #[schema(example = json!(["CompleteCase", "DelayCase", "RejectCase", "UpdateCase", "EscalateCase", "RecordPayment"]))]
    pub allowed_actions: Vec<&'static str>,
}

impl ShownCase {
    /// The card of a case, its SLA as of this instant.
    pub fn at(now: Instant, card: CaseCard) -> Self {
        let (balance, credit) = (card.balance(), card.credit());
        let CaseCard { case, activity, agency_name } = card;
        Self {
            sla_status: case.sla_at(now).shown(),
            credit,
            balance,
            allowed_actions: allowed(&case),
            id: case.case_id.0,
            case_id: case.case_number,
            customer_name: case.customer_name,
            customer_email: case.customer_email,
            customer_phone: case.customer_phone,
            customer_address: case.customer_address,
            customer_social_media_facebook: case.customer_facebook,
            customer_social_media_twitter: case.customer_twitter,
            customer_social_media_instagram: case.customer_instagram,
            customer_social_media_linkedin: case.customer_linkedin,
            overdue_amount: case.overdue_amount,
            currency: case.currency,
            amount_paid: activity.amount_paid,
            ageing_days: case.ageing_days,
            status: case.status.word(),
            priority: case.priority,
            sla_due_date: case.due_at,
            sla_at_risk_date: case.at_risk_at,
            dca_id: case.agency_id.map(Uuid::from),
            dca_name: agency_name,
            allocation_reason: case.allocation_reason,
            auto_assign: case.auto_assign,
            assigned_at: case.assigned_at,
            completed_at: case.completed_at,
            outcome: case.outcome,
            ai_recovery_score: case.recovery_score,
            ai_recovery_explanation: case.recovery_terms,
            escalation_level: case.escalation_level,
            escalation_reason: case.escalation_reason,
            rejected_by: case.rejected_by.into_iter().map(Uuid::from).collect(),
            document_links: case.documents.into_iter().map(String::from).collect(),
            notes: case.notes,
            created_at: case.created_at,
            updated_at: activity.updated_at,
            version: activity.version,
        }
    }
}

/// What may be done with it, by the rules themselves.
fn allowed(case: &CaseRow) -> Vec<&'static str> {
    let assignment =
        Assignment { agency: case.agency_id.unwrap_or_default(), since: case.assigned_at.unwrap_or(case.created_at) };
    let status = match case.status {
        CaseStatus::Open => Status::Open,
        CaseStatus::Assigned => Status::Assigned(assignment),
        CaseStatus::InProgress => Status::InProgress(assignment),
        CaseStatus::Delayed => Status::Delayed(assignment),
        CaseStatus::Completed => Status::Completed,
        CaseStatus::Closed => Status::Closed,
    };
    status.allowed()
}

/// A case that was deleted.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tombstone {
    pub id: Uuid,
    #[schema(example = "deleted")]
    pub status: &'static str,
    #[schema(example = "entered twice")]
    pub reason: String,
    pub version: i64,
}

/// How the recovery score came about: whoever does the sum again from this alone gets the same number.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecoveryExplanation {
    pub id: Uuid,
    #[schema(example = "CASE-2026-000123")]
    pub case_id: String,
    /// Name and version of the formula.
    #[schema(example = "recovery.score@1")]
    pub formula: String,
    #[schema(value_type = f64, example = 64.50)]
    pub value: Decimal,
    #[schema(value_type = Vec<Object>, example = json!([{"reason": "amount", "points": 10, "counts": 0, "detail": "15000.00 overdue"}]))]
    pub terms: Vec<Term>,
    /// The sum over the terms, as a tree.
    #[schema(value_type = Object, example = json!({"op": "round", "digits": 2, "of": [{"op": "clamp", "min": 0, "max": 100, "of": [{"op": "sum", "field": "points"}]}]}))]
    pub arithmetic: Arithmetic,
}

impl From<CaseRow> for RecoveryExplanation {
    fn from(case: CaseRow) -> Self {
        // What is summed up differs from case to case, how it is summed up does not.
        let any = RecoveryFacts {
            amount: Amount::default(),
            ageing_days: 0,
            priority: case.priority,
            paid: Decimal::ZERO,
            agency: None,
        };
        Self {
            id: case.case_id.0,
            case_id: case.case_number,
            formula: case.recovery_formula,
            value: case.recovery_score,
            terms: case.recovery_terms,
            arithmetic: recovery_1(&any).arithmetic,
        }
    }
}
