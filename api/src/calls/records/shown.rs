//! How a call is shown.

use chrono::{DateTime, NaiveDate, Utc};
use domain::calls::call::{Leg, Party};
use domain::{Personal, Text};
use projections::calls::call_row::CallRow;
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A call (B.T1).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CallRecord)]
pub struct ShownCall {
    pub(super) id: Uuid,
    /// The telephone system's own id of the call.
    #[schema(example = "00000187C8F11A9F_187")]
    call_id: String,
    source_id: Uuid,
    #[schema(example = "Ann Arbor")]
    location: Option<String>,
    location_id: Option<Uuid>,
    #[schema(example = "morning")]
    team: Option<String>,
    #[schema(example = "Appointments")]
    queue_name: Option<String>,
    #[schema(example = "101")]
    agent_extension: Option<String>,
    agent_id: Option<Uuid>,
    #[schema(example = "ada@example.com")]
    agent_email: Option<String>,
    #[schema(example = "Ada Lovelace")]
    agent_name: Option<String>,
    #[schema(example = "+15551230001")]
    caller_number: Option<String>,
    caller_name: Option<String>,
    called_number: Option<String>,
    /// `inbound`, `outbound` or `internal`.
    #[schema(example = "inbound")]
    call_direction: &'static str,
    /// `appointment`, `prescription`, `billing`, `general` or `follow_up`.
    #[schema(example = "appointment")]
    call_type: Option<&'static str>,
    call_start_time: DateTime<Utc>,
    call_answer_time: Option<DateTime<Utc>>,
    call_end_time: Option<DateTime<Utc>>,
    /// The day it began on, in the reporting zone.
    day: NaiveDate,
    /// Seconds until it was answered (`call.ring_seconds@1`).
    #[schema(example = 12)]
    ring_duration_seconds: Option<i64>,
    /// Seconds from the answer to the end (`call.talk_seconds@1`).
    #[schema(example = 189)]
    talk_duration_seconds: Option<i64>,
    /// `completed`, `missed`, `abandoned`, `transferred` or `voicemail`.
    #[schema(example = "completed")]
    call_status: &'static str,
    /// `appointment_scheduled`, `information_provided`, `transfer_required` or `callback_scheduled`.
    #[schema(example = "appointment_scheduled")]
    call_outcome: Option<&'static str>,
    #[schema(example = 5)]
    customer_satisfaction_score: Option<u8>,
    #[schema(value_type = Option<f64>, example = 90)]
    quality_score: Option<Decimal>,
    patient_mrn: Option<String>,
    appointment_scheduled: bool,
    appointment_date: Option<NaiveDate>,
    appointment_type: Option<String>,
    provider_requested: Option<String>,
    first_call_resolution: bool,
    escalation_required: bool,
    escalation_reason: Option<String>,
    escalated_to: Option<Uuid>,
    complaint_call: bool,
    follow_up_required: bool,
    /// `callback`, `appointment`, `provider_review` or `billing`.
    #[schema(example = "callback")]
    follow_up_type: Option<&'static str>,
    follow_up_date: Option<NaiveDate>,
    follow_up_notes: Option<String>,
    follow_up_done: bool,
    recording_available: bool,
    /// Where the recording is found, for those who may listen to recordings.
    recording_url: Option<String>,
    recording_reviewed: bool,
    compliance_notes: Option<String>,
    after_call_work_seconds: u32,
    hold_time_seconds: u32,
    transfer_count: u32,
    campaign_id: Option<Uuid>,
    /// `urgent`, `high`, `normal` or `low`.
    #[schema(example = "normal")]
    call_priority: &'static str,
    tags: Vec<String>,
    /// Its agent said what came of it.
    wrapped_up: bool,
    /// It must be kept, however old it gets.
    held: bool,
    hold_reason: Option<String>,
    /// How many legs are on record.
    #[schema(example = 1)]
    legs: u32,
    /// Name and version of the rule by which they were read.
    #[schema(example = "call.legs@1")]
    rule: String,
    /// Agents who were rung and did not answer.
    missed_by: Vec<Uuid>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    /// How many events it has; its ETag.
    version: i64,
}

impl ShownCall {
    /// The call, if it says where its recording is found.
    pub(super) fn recording(&self) -> Option<Uuid> {
        self.recording_url.as_ref().map(|_| self.id)
    }

    /// A call as those see it who may listen to recordings, or may not.
    pub fn of(row: CallRow, listens: bool) -> Self {
        Self {
            id: row.call_id.0,
            call_id: row.call_key,
            source_id: row.source_id.0,
            location: row.location_name,
            location_id: row.location_id.map(Uuid::from),
            team: row.team,
            queue_name: row.queue_name,
            agent_extension: row.agent_extension,
            agent_id: row.agent_id.map(Uuid::from),
            agent_email: row.agent_email,
            agent_name: row.agent_name,
            caller_number: row.caller_number,
            caller_name: row.caller_name,
            called_number: row.called_number,
            call_direction: row.call_direction.word(),
            call_type: row.call_type.map(|kind| kind.word()),
            call_start_time: row.call_start_time,
            call_answer_time: row.call_answer_time,
            call_end_time: row.call_end_time,
            day: row.day,
            ring_duration_seconds: row.ring_seconds,
            talk_duration_seconds: row.talk_seconds,
            call_status: row.call_status.word(),
            call_outcome: row.call_outcome.map(|outcome| outcome.word()),
            customer_satisfaction_score: row.customer_satisfaction_score,
            quality_score: row.quality_score.map(|score| score.normalize()),
            patient_mrn: row.patient_mrn,
            appointment_scheduled: row.appointment_scheduled,
            appointment_date: row.appointment_date,
            appointment_type: row.appointment_type,
            provider_requested: row.provider_requested,
            first_call_resolution: row.first_call_resolution,
            escalation_required: row.escalation_required,
            escalation_reason: row.escalation_reason,
            escalated_to: row.escalated_to.map(Uuid::from),
            complaint_call: row.complaint_call,
            follow_up_required: row.follow_up_required,
            follow_up_type: row.follow_up_type.map(|kind| kind.word()),
            follow_up_date: row.follow_up_date,
            follow_up_notes: row.follow_up_notes,
            follow_up_done: row.follow_up_done,
            recording_available: row.recording_available,
            recording_url: row.recording_reference.filter(|_| listens),
            recording_reviewed: row.recording_reviewed,
            compliance_notes: row.compliance_notes,
            after_call_work_seconds: row.after_call_work_seconds,
            hold_time_seconds: row.hold_time_seconds,
            transfer_count: row.transfer_count,
            campaign_id: row.campaign_id.map(Uuid::from),
            call_priority: row.call_priority.word(),
            tags: row.tags,
            wrapped_up: row.wrapped_up,
            held: row.held,
            hold_reason: row.hold_reason,
            legs: row.legs,
            rule: row.rule,
            missed_by: row.missed_by.into_iter().map(Uuid::from).collect(),
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        }
    }
}

/// A call with everything that belongs to it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CallRecordCard)]
pub struct CallCard {
    #[serde(flatten)]
    pub(super) call: ShownCall,
    /// The shift of its agent in which it began.
    pub(super) shift_id: Option<Uuid>,
    /// What each of its records says, the earliest first.
    pub(super) leg_records: Vec<ShownLeg>,
    /// The journals about it that one may read, the oldest first.
    pub(super) journal_ids: Vec<Uuid>,
    /// What the categoriser made of it last.
    pub(super) category: Option<super::super::analysis::ShownCategory>,
}

/// A leg of a call, as its record tells it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CallLeg)]
pub struct ShownLeg {
    history_id: Option<String>,
    started_at: DateTime<Utc>,
    answered_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    from: ShownParty,
    to: ShownParty,
    /// Who had the call in the end, where that is somebody else than `to`.
    #[serde(rename = "final")]
    last: ShownParty,
    reason_terminated: Option<String>,
    reason_changed: Option<String>,
    /// Extensions that a queue rang and that did not answer.
    polled: Vec<String>,
}

/// Somebody or something at one end of a leg.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CallParty)]
pub struct ShownParty {
    /// `extension`, `external`, `queue`, `ring_group`, `menu`, `voicemail`, `fax` or `other`.
    #[schema(example = "extension")]
    kind: Option<&'static str>,
    #[schema(example = "101")]
    dn: Option<String>,
    number: Option<String>,
    name: Option<String>,
}

impl From<&Leg> for ShownLeg {
    fn from(leg: &Leg) -> Self {
        let text = |text: &Option<Text<255>>| text.as_ref().map(ToString::to_string);
        Self {
            history_id: text(&leg.history_id),
            started_at: leg.started_at,
            answered_at: leg.answered_at,
            ended_at: leg.ended_at,
            from: (&leg.from).into(),
            to: (&leg.to).into(),
            last: (&leg.last).into(),
            reason_terminated: text(&leg.reason_terminated),
            reason_changed: text(&leg.reason_changed),
            polled: leg.polled.iter().map(ToString::to_string).collect(),
        }
    }
}

impl From<&Party> for ShownParty {
    fn from(party: &Party) -> Self {
        let known = |text: &Option<Personal<Text<255>>>| text.as_ref().and_then(Personal::known).map(ToString::to_string);
        Self {
            kind: party.kind.map(|kind| kind.word()),
            dn: party.dn.as_ref().map(ToString::to_string),
            number: known(&party.number),
            name: known(&party.name),
        }
    }
}
