//! A call as its record shows it, from its first leg through everything that people say of it later.

use crate::Row;
use chrono::NaiveDate;
use domain::calls::AgentCard;
use domain::calls::call::{CallChanges, CallEvent, CallFacts, CallPriority, CallStatus, CallType, Category};
use domain::calls::call::{Direction, FollowUp, FollowUpType, Outcome, WrapUp};
use domain::{CallId, CampaignId, Instant, LocationId, Personal, SourceId, TenantId, Text, UserId};
use eventlog::{Position, Recorded};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A call. The columns are explained in `migrations/read/call_records.sql`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallRow {
    pub tenant_id: TenantId,
    pub call_id: CallId,
    pub call_key: String,
    pub source_id: SourceId,
    pub location_id: Option<LocationId>,
    pub location_name: Option<String>,
    pub team: Option<String>,
    pub queue_name: Option<String>,
    pub agent_extension: Option<String>,
    pub agent_id: Option<UserId>,
    pub agent_email: Option<String>,
    pub agent_name: Option<String>,
    pub caller_number: Option<String>,
    pub caller_name: Option<String>,
    pub called_number: Option<String>,
    pub call_direction: Direction,
    pub call_type: Option<CallType>,
    pub call_start_time: Instant,
    pub call_answer_time: Option<Instant>,
    pub call_end_time: Option<Instant>,
    pub day: NaiveDate,
    pub hour: u8,
    pub ring_seconds: Option<i64>,
    pub talk_seconds: Option<i64>,
    pub service_level_seconds: u32,
    pub call_status: CallStatus,
    pub call_outcome: Option<Outcome>,
    pub customer_satisfaction_score: Option<u8>,
    pub quality_score: Option<Decimal>,
    pub patient_mrn: Option<String>,
    pub appointment_scheduled: bool,
    pub appointment_date: Option<NaiveDate>,
    pub appointment_type: Option<String>,
    pub provider_requested: Option<String>,
    pub first_call_resolution: bool,
    pub escalation_required: bool,
    pub escalation_reason: Option<String>,
    pub escalated_to: Option<UserId>,
    pub complaint_call: bool,
    pub follow_up_required: bool,
    pub follow_up_type: Option<FollowUpType>,
    pub follow_up_date: Option<NaiveDate>,
    pub follow_up_notes: Option<String>,
    pub follow_up_done: bool,
    pub recording_available: bool,
    pub recording_reference: Option<String>,
    pub recording_seconds: Option<u32>,
    pub recording_reviewed: bool,
    pub recording_score: Option<u8>,
    pub compliance_notes: Option<String>,
    pub after_call_work_seconds: u32,
    pub hold_time_seconds: u32,
    pub transfer_count: u32,
    pub campaign_id: Option<CampaignId>,
    pub call_priority: CallPriority,
    pub categorised: Option<Category>,
    pub tags: Vec<String>,
    pub wrapped_up: bool,
    pub held: bool,
    pub hold_reason: Option<String>,
    pub legs: u32,
    pub rule: String,
    pub missed_by: Vec<UserId>,
    pub missed_at: Vec<MissedAt>,
    pub search: String,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub version: i64,
    pub position: Position,
}

/// Who was rung and did not answer, and where they worked then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissedAt {
    pub agent: UserId,
    pub location: Option<LocationId>,
    pub team: Option<String>,
}

/// The primary key of a call.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct CallRowKey {
    pub tenant_id: TenantId,
    pub call_id: CallId,
}

impl CallRowKey {
    pub(crate) fn of(event: &Recorded) -> Self {
        Self { tenant_id: event.stream.tenant, call_id: CallId(event.stream.id) }
    }
}

impl Row for CallRow {
    const TABLE: &'static str = "calls";
    const KEY: &'static [&'static str] = &["tenant_id", "call_id"];
    type Key = CallRowKey;

    fn key(&self) -> CallRowKey {
        CallRowKey { tenant_id: self.tenant_id, call_id: self.call_id }
    }
}

impl CallRow {
    /// A call of which the first record came in.
    pub(crate) fn recorded(
        event: &Recorded,
        call_key: &Text<255>,
        source: SourceId,
        facts: &CallFacts,
        service_level_seconds: u32,
    ) -> Self {
        let mut row = Self {
            tenant_id: event.stream.tenant,
            call_id: CallId(event.stream.id),
            call_key: call_key.to_string(),
            source_id: source,
            location_id: None,
            location_name: None,
            team: None,
            queue_name: None,
            agent_extension: None,
            agent_id: None,
            agent_email: None,
            agent_name: None,
            caller_number: None,
            caller_name: None,
            called_number: None,
            call_direction: facts.direction,
            call_type: None,
            call_start_time: facts.started_at,
            call_answer_time: None,
            call_end_time: None,
            day: facts.local.day,
            hour: facts.local.hour,
            ring_seconds: None,
            talk_seconds: None,
            service_level_seconds,
            call_status: facts.status,
            call_outcome: None,
            customer_satisfaction_score: None,
            quality_score: None,
            patient_mrn: None,
            appointment_scheduled: false,
            appointment_date: None,
            appointment_type: None,
            provider_requested: None,
            first_call_resolution: false,
            escalation_required: false,
            escalation_reason: None,
            escalated_to: None,
            complaint_call: false,
            follow_up_required: false,
            follow_up_type: None,
            follow_up_date: None,
            follow_up_notes: None,
            follow_up_done: false,
            recording_available: false,
            recording_reference: None,
            recording_seconds: None,
            recording_reviewed: false,
            recording_score: None,
            compliance_notes: None,
            after_call_work_seconds: 0,
            hold_time_seconds: 0,
            transfer_count: 0,
            campaign_id: None,
            call_priority: CallPriority::Normal,
            categorised: None,
            tags: vec![],
            wrapped_up: false,
            held: false,
            hold_reason: None,
            legs: 0,
            rule: String::new(),
            missed_by: vec![],
            missed_at: vec![],
            search: String::new(),
            created_at: event.occurred_at,
            updated_at: event.occurred_at,
            version: event.version,
            position: event.position,
        };
        row.describe(facts);
        row.search = row.searched();
        row
    }

    /// The same after something happened to it.
    pub(crate) fn follow(&mut self, event: &Recorded, fact: &CallEvent) {
        match fact {
            CallEvent::LegAdded { facts, .. }
            | CallEvent::LegCorrected { facts, .. }
            | CallEvent::Attributed { facts, .. }
            | CallEvent::Recorded { facts, .. } => self.describe(facts),
            CallEvent::Completed { wrap_up } => {
                self.said(wrap_up);
                self.wrapped_up = true;
            }
            CallEvent::Amended { changes, .. } => self.change(changes),
            CallEvent::Categorized { category, applied } => {
                self.categorised = Some(category.clone());
                self.change(applied);
            }
            CallEvent::RecordingAttached { reference, seconds } => {
                self.recording_available = true;
                self.recording_reference = Some(reference.to_string());
                self.recording_seconds = *seconds;
            }
            CallEvent::RecordingReviewed { score, .. } => {
                self.recording_reviewed = true;
                self.recording_score = *score;
            }
            CallEvent::RecordingRemoved { .. } => {
                self.recording_available = false;
                self.recording_reference = None;
                self.recording_seconds = None;
            }
            CallEvent::Escalated { to, reason, priority } => {
                self.escalation_required = true;
                self.escalation_reason = Some(reason.to_string());
                self.escalated_to = *to;
                self.call_priority = *priority;
            }
            CallEvent::FollowUpPlanned { follow_up } => self.plan(follow_up),
            CallEvent::FollowUpDone { .. } => self.follow_up_done = true,
            CallEvent::Held { reason } => {
                self.held = true;
                self.hold_reason = Some(reason.to_string());
            }
            CallEvent::HoldReleased { .. } => {
                self.held = false;
                self.hold_reason = None;
            }
            CallEvent::Disposed { .. } => {}
        }
        self.search = self.searched();
        self.updated_at = event.occurred_at;
        self.version = event.version;
        self.position = event.position;
    }

    fn describe(&mut self, facts: &CallFacts) {
        let agent = facts.agent.as_ref();
        self.location_id = facts.location;
        self.location_name = facts.location_name.as_ref().map(ToString::to_string);
        self.team = agent.and_then(|agent| agent.team.as_ref()).map(ToString::to_string);
        self.queue_name = facts.queue_name.as_ref().map(ToString::to_string);
        self.agent_extension = facts.extension.as_ref().map(ToString::to_string);
        self.agent_id = agent.map(|agent| agent.user);
        self.agent_email = agent.and_then(|agent| agent.email.known()).map(ToString::to_string);
        self.agent_name = agent.and_then(|agent| agent.name.known()).map(ToString::to_string);
        self.caller_number = shown(facts.caller_number.as_ref());
        self.caller_name = shown(facts.caller_name.as_ref());
        self.called_number = shown(facts.called_number.as_ref());
        self.call_direction = facts.direction;
        self.call_start_time = facts.started_at;
        self.call_answer_time = facts.answered_at;
        self.call_end_time = facts.ended_at;
        self.day = facts.local.day;
        self.hour = facts.local.hour;
        self.ring_seconds = facts.ring_seconds;
        self.talk_seconds = facts.talk_seconds;
        self.call_status = facts.status;
        self.transfer_count = facts.transfer_count;
        self.legs = facts.legs;
        self.rule.clone_from(&facts.rule);
        self.missed_by = facts.missed_by.iter().map(|agent| agent.user).collect();
        self.missed_at = facts.missed_by.iter().map(MissedAt::of).collect();
    }

    fn said(&mut self, said: &WrapUp) {
        let said = said.clone();
        self.change(&CallChanges {
            call_type: Some(said.call_type),
            outcome: Some(said.outcome),
            priority: said.priority.map(Some),
            customer_satisfaction_score: Some(said.customer_satisfaction_score),
            quality_score: Some(said.quality_score),
            patient_mrn: Some(said.patient_mrn),
            appointment: Some(said.appointment),
            provider_requested: Some(said.provider_requested),
            first_call_resolution: Some(said.first_call_resolution),
            complaint: Some(said.complaint),
            after_call_work_seconds: Some(said.after_call_work_seconds),
            hold_seconds: Some(said.hold_seconds),
            compliance_notes: Some(said.compliance_notes),
            campaign: Some(said.campaign),
            tags: Some(said.tags),
        });
    }

    fn change(&mut self, changes: &CallChanges) {
        fn set<T: Clone>(here: &mut T, new: &Option<T>) {
            if let Some(new) = new {
                here.clone_from(new);
            }
        }
        let words = |new: &Option<Option<Personal<_>>>| new.as_ref().map(|new| shown(new.as_ref()));
        set(&mut self.call_type, &changes.call_type);
        set(&mut self.call_outcome, &changes.outcome);
        set(&mut self.call_priority, &changes.priority.map(|priority| priority.unwrap_or(CallPriority::Normal)));
        set(&mut self.customer_satisfaction_score, &changes.customer_satisfaction_score);
        set(&mut self.quality_score, &changes.quality_score.map(|score| score.map(Decimal::from)));
        set(&mut self.patient_mrn, &changes.patient_mrn.as_ref().map(|mrn| shown(mrn.as_ref())));
        if let Some(appointment) = &changes.appointment {
            self.appointment_scheduled = appointment.is_some();
            self.appointment_date = appointment.as_ref().and_then(|appointment| appointment.date);
            self.appointment_type =
                appointment.as_ref().and_then(|appointment| appointment.kind.as_ref()).map(ToString::to_string);
        }
        set(&mut self.provider_requested, &words(&changes.provider_requested));
        set(&mut self.first_call_resolution, &changes.first_call_resolution);
        set(&mut self.complaint_call, &changes.complaint);
        set(&mut self.after_call_work_seconds, &changes.after_call_work_seconds);
        set(&mut self.hold_time_seconds, &changes.hold_seconds);
        set(&mut self.compliance_notes, &changes.compliance_notes.as_ref().map(|notes| shown(notes.as_ref())));
        set(&mut self.campaign_id, &changes.campaign);
        set(&mut self.tags, &changes.tags.as_ref().map(|tags| tags.iter().map(ToString::to_string).collect()));
    }

    fn plan(&mut self, follow_up: &FollowUp) {
        self.follow_up_required = true;
        self.follow_up_done = false;
        self.follow_up_type = Some(follow_up.kind);
        self.follow_up_date = Some(follow_up.date);
        self.follow_up_notes = shown(follow_up.notes.as_ref());
    }

    fn searched(&self) -> String {
        let words = [
            Some(&self.call_key),
            self.agent_extension.as_ref(),
            self.agent_email.as_ref(),
            self.agent_name.as_ref(),
            self.caller_number.as_ref(),
            self.caller_name.as_ref(),
            self.called_number.as_ref(),
            self.patient_mrn.as_ref(),
        ];
        let words = words.into_iter().flatten().chain(&self.tags);
        // Words only: the signs in numbers and addresses would be taken for parts of them. `projection.calls_found` does likewise.
        let words = words.map(|word| word.to_lowercase().replace(|letter: char| !letter.is_alphanumeric(), " "));
        words.collect::<Vec<_>>().join(" ")
    }

    /// Whether it was answered as soon as calls were to be answered then.
    pub fn in_target(&self) -> bool {
        self.ring_seconds.is_some_and(|seconds| seconds <= i64::from(self.service_level_seconds))
    }
}

impl MissedAt {
    pub(crate) fn of(agent: &AgentCard) -> Self {
        Self { agent: agent.user, location: agent.location, team: agent.team.as_ref().map(ToString::to_string) }
    }
}

/// A personal text, where it is still known.
fn shown<const MAX: usize>(text: Option<&Personal<Text<MAX>>>) -> Option<String> {
    text.and_then(Personal::known).map(ToString::to_string)
}
