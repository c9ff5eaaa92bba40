//! What is said and heard about endpoints and notices.

use crate::shape;
use chrono::{DateTime, Utc};
use domain::cases::customer::given;
use domain::notices::endpoint::{Endpoint as State, Standing, Target};
use domain::notices::kind::NoticeKind;
use domain::{Email, Link, Text};
use processes::notices::ledger::Delivery;
use projections::notices::endpoints::EndpointRow;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;
use uuid::Uuid;

/// What an endpoint can be told of: deadlines and hands of cases, and of the call centre a check of the figures that failed, a goal
/// that was reached, an agent who could do with coaching.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = NoticeKind)]
pub enum KindWord {
    SlaAtRisk,
    SlaBreached,
    Assigned,
    Rejected,
    VerificationFailed,
    GoalReached,
    CoachingDue,
}

impl KindWord {
    pub fn kind(self) -> NoticeKind {
        match self {
            KindWord::SlaAtRisk => NoticeKind::SlaAtRisk,
            KindWord::SlaBreached => NoticeKind::SlaBreached,
            KindWord::Assigned => NoticeKind::Assigned,
            KindWord::Rejected => NoticeKind::Rejected,
            KindWord::VerificationFailed => NoticeKind::VerificationFailed,
            KindWord::GoalReached => NoticeKind::GoalReached,
            KindWord::CoachingDue => NoticeKind::CoachingDue,
        }
    }
}

/// The same, and a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = NoticeWord)]
pub enum NoticeWord {
    SlaAtRisk,
    SlaBreached,
    Assigned,
    Rejected,
    VerificationFailed,
    GoalReached,
    CoachingDue,
    Test,
}

impl NoticeWord {
    pub fn word(self) -> &'static str {
        match self {
            NoticeWord::SlaAtRisk => NoticeKind::SlaAtRisk.word(),
            NoticeWord::SlaBreached => NoticeKind::SlaBreached.word(),
            NoticeWord::Assigned => NoticeKind::Assigned.word(),
            NoticeWord::Rejected => NoticeKind::Rejected.word(),
            NoticeWord::VerificationFailed => NoticeKind::VerificationFailed.word(),
            NoticeWord::GoalReached => NoticeKind::GoalReached.word(),
            NoticeWord::CoachingDue => NoticeKind::CoachingDue.word(),
            NoticeWord::Test => "test",
        }
    }
}

/// How a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DeliveryState)]
pub enum StateWord {
    Pending,
    Delivered,
    Failed,
    Skipped,
}

impl StateWord {
    pub fn word(self) -> &'static str {
        match self {
            StateWord::Pending => "pending",
            StateWord::Delivered => "delivered",
            StateWord::Failed => "failed",
            StateWord::Skipped => "skipped",
        }
    }
}

/// A place outside where the company is told.
#[derive(Debug, Serialize, ToSchema)]
pub struct Endpoint {
    pub id: Uuid,
    /// The web address that takes signed requests, if it is one.
    #[schema(example = "https://desk.example.com/hooks")]
    pub url: Option<String>,
    /// The mailbox, if it is one.
    pub email: Option<String>,
    /// Of what it is told.
    #[schema(value_type = Vec<KindWord>)]
    pub kinds: BTreeSet<NoticeKind>,
    pub description: Option<String>,
    /// `active`, `paused` (by somebody) or `disabled` (by Docket).
    #[schema(example = "active")]
    pub status: String,
    /// Why it was disabled.
    pub reason: Option<String>,
    /// What keeps notices from being sent there as Docket is set up.
    pub warning: Option<String>,
    /// `null` for the moment until the screens show it.
    pub created_at: Option<DateTime<Utc>>,
    pub updated_at: Option<DateTime<Utc>>,
    #[schema(example = 1)]
    pub version: i64,
}

impl Endpoint {
    pub fn of(row: EndpointRow, has_mail: bool) -> Self {
        let warning = warning(row.email.is_some(), has_mail);
        Self {
            id: row.endpoint_id.0,
            url: row.url,
            email: row.email,
            kinds: row.kinds,
            description: row.description,
            status: row.standing,
            reason: row.reason,
            warning,
            created_at: Some(row.created_at),
            updated_at: Some(row.updated_at),
            version: row.version,
        }
    }

    /// As the log has it, where the screens lag behind.
    pub fn of_state(id: Uuid, state: &State, version: i64, has_mail: bool) -> Option<Self> {
        let details = state.details().ok()?;
        let (url, email) = match &details.target {
            Target::Webhook { url } => (Some(url.as_str().to_owned()), None),
            Target::Email { address } => (None, address.known().map(ToString::to_string)),
        };
        let reason = match state.standing() {
            Standing::Disabled { reason } => Some(reason.clone()),
            Standing::Active | Standing::Paused => None,
        };
        let warning = warning(email.is_some(), has_mail);
        let (kinds, description) = (details.kinds.clone(), details.description.as_ref().map(ToString::to_string));
        let status = state.standing().word().to_owned();
        Some(Self { id, url, email, kinds, description, status, reason, warning, created_at: None, updated_at: None, version })
    }
}

fn warning(is_mail: bool, has_mail: bool) -> Option<String> {
    (is_mail && !has_mail).then(|| "no mail server is set up (--smtp-url): what would be sent there is skipped".into())
}

/// A new endpoint, and the secret by which what is sent there is signed: this is the only time it is shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewEndpoint {
    #[serde(flatten)]
    pub endpoint: Endpoint,
    /// `null` for a mailbox, and where an earlier answer to the same key showed it.
    #[schema(example = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDazfHpMbyWoc=")]
    pub secret: Option<String>,
}

/// A new secret: this is the only time it is shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewSecret {
    pub id: Uuid,
    /// `null` where an earlier answer to the same key showed it.
    #[schema(example = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDazfHpMbyWoc=")]
    pub secret: Option<String>,
}

/// All endpoints of the company.
#[derive(Debug, Serialize, ToSchema)]
pub struct EndpointList {
    pub items: Vec<Endpoint>,
    #[schema(example = 1)]
    pub total: usize,
}

/// An endpoint that is no more.
#[derive(Debug, Serialize, ToSchema)]
pub struct RemovedEndpoint {
    pub id: Uuid,
    #[schema(example = "removed")]
    pub status: &'static str,
}

/// A web address or an e-mail address, one of the two, and of what it is told.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "team.lead@example.com", "kinds": ["sla_breached", "rejected"]}))]
pub struct EndpointToAdd {
    /// A UUID of your own; one is made if there is none.
    pub id: Option<Uuid>,
    #[serde(default)]
    #[schema(schema_with = shape::link_or_null, required = false)]
    pub url: Option<Link>,
    #[serde(default)]
    #[schema(schema_with = shape::email_or_null, required = false)]
    pub email: Option<Email>,
    /// All kinds if absent.
    #[serde(default)]
    #[schema(required = false, min_items = 1)]
    pub kinds: Option<BTreeSet<KindWord>>,
    #[serde(default)]
    #[schema(schema_with = shape::text_or_null::<255>, required = false)]
    pub description: Option<Text<255>>,
}

/// What shall be different; what is absent stays, a `null` description is cleared.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kinds": ["sla_breached"], "paused": false}))]
pub struct EndpointChange {
    #[serde(default)]
    #[schema(schema_with = shape::link_or_null, required = false)]
    pub url: Option<Link>,
    #[serde(default)]
    #[schema(schema_with = shape::email_or_null, required = false)]
    pub email: Option<Email>,
    #[serde(default)]
    #[schema(required = false, min_items = 1)]
    pub kinds: Option<BTreeSet<KindWord>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(schema_with = shape::text_or_null::<255>, required = false)]
    pub description: Option<Option<Text<255>>>,
    /// `true` pauses it; `false` resumes it, whatever stopped it.
    #[serde(default)]
    pub paused: Option<bool>,
}

/// A notice to one endpoint, and how its delivery stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct Notice {
    /// What the receiver knows it by: `webhook-id`, and in the Message-ID of a mail.
    pub id: Uuid,
    pub endpoint_id: Uuid,
    /// The event it tells of; a test has one of its own that is nowhere else.
    pub event_id: Uuid,
    #[schema(example = "sla_breached")]
    pub kind: String,
    /// As the receiver reads it.
    #[schema(example = "case.sla_breached")]
    pub r#type: String,
    pub case_id: Option<Uuid>,
    #[schema(example = "CASE-2024-001")]
    pub case_number: Option<String>,
    pub dca_id: Option<Uuid>,
    /// What it is about if not a case: the check of the figures, the goal, or the agent.
    pub subject_id: Option<Uuid>,
    /// What it says then.
    #[schema(example = "Ada Lovelace (ada@example.com) reached all 2 targets of the weekly goal from 2026-03-02 to 2026-03-08")]
    pub summary: Option<String>,
    pub due_at: Option<DateTime<Utc>>,
    pub occurred_at: DateTime<Utc>,
    /// When the notice was made.
    pub recorded_at: DateTime<Utc>,
    /// Place of the event in the log.
    pub position: Option<i64>,
    /// It did not really happen: somebody played it through.
    pub simulated: bool,
    #[schema(value_type = StateWord)]
    pub state: String,
    /// How often it was tried.
    pub attempts: i32,
    /// When it is tried next, while it is pending.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// What went wrong last, or why it was skipped.
    #[schema(example = "it answered 500")]
    pub last_error: Option<String>,
    /// When it arrived.
    pub delivered_at: Option<DateTime<Utc>>,
}

impl From<Delivery> for Notice {
    fn from(row: Delivery) -> Self {
        Self {
            r#type: row.type_of(),
            next_attempt_at: (row.state == "pending").then_some(row.next_at),
            delivered_at: row.settled_at.filter(|_| row.state == "delivered"),
            id: row.id,
            endpoint_id: row.endpoint_id,
            event_id: row.event_id,
            kind: row.kind,
            case_id: row.case_id,
            case_number: row.case_number,
            dca_id: row.agency_id,
            subject_id: row.subject_id,
            summary: row.summary,
            due_at: row.due_at,
            occurred_at: row.occurred_at,
            recorded_at: row.recorded_at,
            position: row.position,
            simulated: row.simulated,
            state: row.state,
            attempts: row.attempts,
            last_error: row.last_error,
        }
    }
}
