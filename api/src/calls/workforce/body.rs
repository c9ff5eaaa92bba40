//! How shifts are asked for and shown.

use crate::calls::formulas::ShownFigure;
use crate::calls::today;
use crate::error::Error;
use crate::paged::Part;
use crate::params::{PageLimit, PageNumber, Skip};
use crate::shape;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use commands::calls::who::AgentRef;
use domain::calls::formulas::{CALLS_PER_HOUR, CALLS_PER_HOUR_1, Figure, UTILIZATION, UTILIZATION_1};
use domain::calls::shift::{BreakKind, Reported, ShiftStatus};
use domain::{Instant, LocationId, Text, UserId};
use projections::calls::shift_queries::{ShiftCalls, ShiftFilter};
use projections::calls::shifts::ShiftRow;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// A shift, as it was planned and as it was worked.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Shift {
    id: Uuid,
    agent_id: Uuid,
    #[schema(example = "ada@example.com")]
    agent_email: Option<String>,
    #[schema(example = "Ada Lovelace")]
    agent_name: Option<String>,
    location_id: Option<Uuid>,
    #[schema(example = "Wixom")]
    location: Option<String>,
    team: Option<String>,
    shift_date: NaiveDate,
    #[schema(value_type = String, example = "22:00:00")]
    scheduled_start_time: NaiveTime,
    /// At or before the start: on the day after.
    #[schema(value_type = String, example = "06:00:00")]
    scheduled_end_time: NaiveTime,
    /// The zone of the roster's clock.
    #[schema(example = "America/Detroit")]
    timezone: String,
    scheduled_start: DateTime<Utc>,
    scheduled_end: DateTime<Utc>,
    actual_start: Option<DateTime<Utc>>,
    actual_end: Option<DateTime<Utc>>,
    /// Whole minutes, as all of these; the seconds are in `breaks`.
    total_break_time_minutes: i64,
    lunch_break_minutes: i64,
    training_time_minutes: i64,
    meeting_time_minutes: i64,
    breaks: Pauses,
    /// The break that is going on.
    #[schema(value_type = Option<String>, example = "lunch")]
    open_break: Option<BreakKind>,
    open_break_since: Option<DateTime<Utc>>,
    /// Calls that began in the shift and in which somebody talked.
    calls_handled: i64,
    /// Calls that rang in vain at the agent's place on that day.
    calls_missed: i64,
    appointments_scheduled: i64,
    total_talk_time_seconds: i64,
    /// From coming to going, without breaks of any kind.
    total_available_time_seconds: i64,
    total_after_call_work_seconds: i64,
    /// Exact (`@2`).
    #[schema(value_type = ShownFigure)]
    utilization_percentage: Figure,
    /// As the specification writes it (`@1`).
    #[schema(value_type = ShownFigure)]
    utilization_percentage_literal: Figure,
    #[schema(value_type = ShownFigure)]
    calls_per_hour: Figure,
    #[schema(value_type = ShownFigure)]
    calls_per_hour_literal: Figure,
    call_target: Option<u32>,
    appointment_target: Option<u32>,
    #[schema(value_type = Option<f64>, example = 82.5)]
    quality_target: Option<Decimal>,
    tardiness_minutes: i64,
    early_departure_minutes: i64,
    /// `partial`: left more than 30 minutes early, or worked for less than half of the planned time.
    #[schema(value_type = String, example = "completed")]
    shift_status: ShiftStatus,
    shift_notes: Option<String>,
    /// Why nobody came, why it was corrected last, or that it was settled by itself.
    reason: Option<String>,
    /// Its times were set by hand.
    corrected: bool,
    /// What the agent's own telephone counted, as it was handed in.
    #[schema(value_type = Option<Metrics>)]
    reported: Option<Reported>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    /// The instant as of which a running shift is reckoned.
    as_of: DateTime<Utc>,
}

/// Seconds of each kind of break that are over.
#[derive(Debug, Serialize, ToSchema)]
pub struct Pauses {
    #[serde(rename = "break")]
    pause: i64,
    lunch: i64,
    training: i64,
    meeting: i64,
}

impl Shift {
    pub fn of(row: ShiftRow, calls: ShiftCalls, now: Instant) -> Self {
        let available = row.available_seconds(now);
        let busy = calls.talk_seconds + calls.acw_seconds;
        Self {
            total_available_time_seconds: available,
            utilization_percentage: UTILIZATION.figure(busy, available),
            utilization_percentage_literal: UTILIZATION_1.figure(busy, available),
            calls_per_hour: CALLS_PER_HOUR.figure(calls.handled, available),
            calls_per_hour_literal: CALLS_PER_HOUR_1.figure(calls.handled, available),
            id: row.shift_id.0,
            agent_id: row.agent_id.0,
            agent_email: row.agent_email,
            agent_name: row.agent_name,
            location_id: row.location_id.map(|location| location.0),
            location: row.location_name,
            team: row.team,
            shift_date: row.shift_date,
            scheduled_start_time: row.start_time,
            scheduled_end_time: row.end_time,
            timezone: row.zone,
            scheduled_start: row.scheduled_start,
            scheduled_end: row.scheduled_end,
            actual_start: row.actual_start,
            actual_end: row.actual_end,
            total_break_time_minutes: row.break_seconds / 60,
            lunch_break_minutes: row.lunch_seconds / 60,
            training_time_minutes: row.training_seconds / 60,
            meeting_time_minutes: row.meeting_seconds / 60,
            breaks: Pauses {
                pause: row.break_seconds,
                lunch: row.lunch_seconds,
                training: row.training_seconds,
                meeting: row.meeting_seconds,
            },
            open_break: row.open_break,
            open_break_since: row.open_break_since,
            calls_handled: calls.handled,
            calls_missed: calls.missed,
            appointments_scheduled: calls.appointments,
            total_talk_time_seconds: calls.talk_seconds,
            total_after_call_work_seconds: calls.acw_seconds,
            call_target: row.call_target,
            appointment_target: row.appointment_target,
            quality_target: row.quality_target,
            tardiness_minutes: row.tardiness_minutes,
            early_departure_minutes: row.early_departure_minutes,
            shift_status: row.shift_status,
            shift_notes: row.notes,
            reason: row.reason,
            corrected: row.corrected,
            reported: row.reported,
            created_at: row.created_at,
            updated_at: row.updated_at,
            as_of: now,
        }
    }
}

/// What became of a shift.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShiftKept {
    pub id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub shift: Option<Shift>,
}

/// Which shifts are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedShifts {
    /// An e-mail address or an id.
    #[serde(alias = "agentEmail", alias = "agentId")]
    pub(super) agent: Option<String>,
    #[param(value_type = Option<Uuid>)]
    location_id: Option<LocationId>,
    team: Option<String>,
    from: Option<NaiveDate>,
    /// The last day.
    to: Option<NaiveDate>,
    #[param(value_type = Option<String>)]
    status: Option<ShiftStatus>,
    #[param(value_type = Option<u32>, minimum = 1)]
    page: Option<PageNumber>,
    #[param(value_type = Option<u32>, minimum = 0)]
    skip: Option<Skip>,
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    limit: Option<PageLimit>,
}

impl WantedShifts {
    /// The same for the read model, about this agent if one is named.
    pub fn read(self, agent: Option<UserId>) -> Result<(ShiftFilter, Part<i64>), Error> {
        let Self { agent: _, location_id, team, from, to, status, page, skip, limit } = self;
        let (from, to) = (today::day("from", from)?, today::day("to", to)?);
        let part = Part::read(page, skip, limit, None)?;
        Ok((ShiftFilter { agent, location: location_id, team, from, until: to, status }, part))
    }
}

/// Which shift begins; without a word of it one's own whose time it is.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(example = json!({}))]
pub struct ShiftToStart {
    pub shift_id: Option<Uuid>,
    /// By e-mail address or id, for whoever does it in an agent's place.
    #[serde(alias = "agentEmail", alias = "agentId")]
    #[schema(value_type = Option<String>)]
    pub agent: Option<AgentRef>,
}

/// Which shift ends, and what the agent's own telephone counted.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(example = json!({"metrics": {"callsHandled": 41, "totalTalkTimeSeconds": 14400}, "notes": "quiet"}))]
pub struct ShiftToEnd {
    pub shift_id: Option<Uuid>,
    #[serde(alias = "agentEmail", alias = "agentId")]
    #[schema(value_type = Option<String>)]
    pub agent: Option<AgentRef>,
    /// Shown beside what the calls say, and never in its place.
    #[schema(value_type = Option<Metrics>)]
    pub metrics: Option<Reported>,
    #[schema(schema_with = shape::text_or_null::<2000>, required = false)]
    pub notes: Option<Text<2000>>,
}

/// What the agent's own telephone counted of a shift.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", as = ShiftMetrics)]
#[allow(dead_code, reason = "it describes the domain's own, which knows nothing of descriptions")]
pub struct Metrics {
    calls_handled: Option<u32>,
    calls_missed: Option<u32>,
    total_talk_time_seconds: Option<u32>,
    total_available_time_seconds: Option<u32>,
    total_after_call_work_seconds: Option<u32>,
}
