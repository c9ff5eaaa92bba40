//! A person's shift on a day: how it was planned, when they came, paused and went, and what that makes of it (B.T3, B.W3).
//!
//! States: scheduled → active → completed or partial; scheduled → absent; scheduled or absent → withdrawn → scheduled again.
//! A correction sets times by hand and judges the shift anew. What nobody ended or began is settled by itself some hours after its end.

mod decisions;
pub mod plan;
pub mod work;

pub use plan::{Roster, ShiftPlan, ShiftTargets, instant_of};
pub use work::{BreakKind, Breaks, LEFT_OPEN, Reported, ShiftStatus, Worked};

use super::AgentCard;
use super::calendar::CalendarRefusal;
use crate::{Aggregate, Instant, Kind, Refusal, ShiftId, TenantId, Text, UserId};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What happens to a shift.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(clippy::large_enum_variant, reason = "events live briefly, and most of them are planned shifts")]
pub enum ShiftEvent {
    /// It was put on the roster.
    #[serde(rename = "shift.scheduled")]
    Scheduled { agent: AgentCard, plan: ShiftPlan },
    /// Times, targets or notes are now these.
    #[serde(rename = "shift.rescheduled")]
    Rescheduled { plan: ShiftPlan },
    /// The agent came.
    #[serde(rename = "shift.started")]
    Started { at: Instant, tardiness_minutes: i64 },
    /// They stopped taking calls for a while.
    #[serde(rename = "shift.break_began")]
    BreakBegan { kind: BreakKind, at: Instant },
    /// They take calls again.
    #[serde(rename = "shift.break_ended")]
    BreakEnded { kind: BreakKind, began_at: Instant, at: Instant, seconds: i64 },
    /// The agent went.
    #[serde(rename = "shift.ended")]
    Ended {
        worked: Worked,
        /// What the agent's own telephone counted; shown beside what the calls say, and never in its place.
        #[serde(default)]
        reported: Option<Reported>,
        #[serde(default)]
        notes: Option<Text<2000>>,
        /// Why, if it was settled by itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Text<1000>>,
    },
    /// Nobody came.
    #[serde(rename = "shift.marked_absent")]
    MarkedAbsent { reason: Option<Text<1000>> },
    /// It is off the roster.
    #[serde(rename = "shift.withdrawn")]
    Withdrawn { reason: Option<Text<1000>> },
    /// Somebody set the times right by hand.
    #[serde(rename = "shift.corrected")]
    Corrected { worked: Worked, was: Option<Worked>, reason: Text<1000> },
    /// It was kept long enough.
    #[serde(rename = "shift.disposed")]
    Disposed { reason: Text<1000> },
}

#[derive(Debug, thiserror::Error, PartialEq)]
pub enum ShiftRefusal {
    #[error("no such shift")]
    Unknown,
    #[error("the agent has a shift on {day} already")]
    AlreadyScheduled { day: NaiveDate },
    #[error("the agent's shift of {day} is at the same time")]
    Overlapping { day: NaiveDate },
    #[error("endTime must be after startTime on the clocks of that day")]
    NoTime,
    #[error(transparent)]
    Calendar(#[from] CalendarRefusal),
    #[error("qualityTarget must be from 0 to 100 with at most two decimals")]
    QualityOutOfRange,
    #[error("a shift can be started from twelve hours before its time until its end")]
    NotNow,
    #[error("the agent's shift of {day} has not ended")]
    StillAtWork { day: NaiveDate },
    #[error("the shift is {state}", state = state.word())]
    InState { state: ShiftStatus },
    #[error("the agent is on a {kind} already", kind = kind.word())]
    OnBreak { kind: BreakKind },
    #[error("the agent is not on a break")]
    NotOnBreak,
    #[error("{field} {rule}")]
    Impossible { field: &'static str, rule: &'static str },
}

impl Refusal for ShiftRefusal {
    fn code(&self) -> &'static str {
        match self {
            ShiftRefusal::Unknown => "unknown_shift",
            ShiftRefusal::AlreadyScheduled { .. } => "already_scheduled",
            ShiftRefusal::Overlapping { .. } => "overlapping_shift",
            ShiftRefusal::NoTime => "no_time",
            ShiftRefusal::Calendar(refusal) => refusal.code(),
            ShiftRefusal::QualityOutOfRange => "quality_out_of_range",
            ShiftRefusal::NotNow => "not_now",
            ShiftRefusal::StillAtWork { .. } => "still_at_work",
            ShiftRefusal::InState { .. } => "not_in_this_state",
            ShiftRefusal::OnBreak { .. } => "on_break",
            ShiftRefusal::NotOnBreak => "not_on_break",
            ShiftRefusal::Impossible { .. } => "impossible_times",
        }
    }
    fn kind(&self) -> Kind {
        let conflict = |state, allowed: &[&'static str]| Kind::Conflict { state, allowed: allowed.to_vec() };
        match self {
            ShiftRefusal::Unknown => Kind::Missing,
            ShiftRefusal::AlreadyScheduled { .. } => Kind::Taken { field: "date" },
            ShiftRefusal::Overlapping { .. } => Kind::Taken { field: "startTime" },
            ShiftRefusal::NoTime => Kind::Invalid { field: "endTime" },
            ShiftRefusal::Calendar(refusal) => refusal.kind(),
            ShiftRefusal::QualityOutOfRange => Kind::Invalid { field: "qualityTarget" },
            ShiftRefusal::NotNow => conflict("scheduled", &["RescheduleShift", "MarkAbsent", "CorrectShift", "WithdrawShift"]),
            ShiftRefusal::StillAtWork { .. } => conflict("scheduled", &["EndShift", "CorrectShift"]),
            ShiftRefusal::InState { state } => conflict(state.word(), state.allows()),
            ShiftRefusal::OnBreak { .. } => conflict("on_break", &["EndBreak", "EndShift", "CorrectShift"]),
            ShiftRefusal::NotOnBreak => conflict("active", ShiftStatus::Active.allows()),
            ShiftRefusal::Impossible { field, .. } => Kind::Invalid { field },
        }
    }
}

/// A shift as its decisions see it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shift {
    agent: Option<AgentCard>,
    plan: Option<ShiftPlan>,
    status: ShiftStatus,
    worked: Option<Worked>,
    open_break: Option<(BreakKind, Instant)>,
    /// When the last break that is over ended: the agent was there then.
    back_at: Option<Instant>,
}

impl Aggregate for Shift {
    const CATEGORY: &'static str = "shift";
    type Event = ShiftEvent;
    type Refusal = ShiftRefusal;

    fn evolve(&mut self, event: &ShiftEvent) {
        match event {
            ShiftEvent::Scheduled { agent, plan } => {
                *self = Shift { agent: Some(agent.clone()), plan: Some(plan.clone()), ..Shift::default() };
                self.status = ShiftStatus::Scheduled;
            }
            ShiftEvent::Rescheduled { plan } => self.plan = Some(plan.clone()),
            ShiftEvent::Started { at, tardiness_minutes } => {
                self.status = ShiftStatus::Active;
                self.worked = Some(Worked::begun(*at, *tardiness_minutes));
            }
            ShiftEvent::BreakBegan { kind, at } => self.open_break = Some((*kind, *at)),
            ShiftEvent::BreakEnded { kind, seconds, at, .. } => {
                self.open_break = None;
                self.back_at = Some(*at);
                if let Some(worked) = &mut self.worked {
                    worked.breaks.add(*kind, *seconds);
                }
            }
            ShiftEvent::Ended { worked, .. } | ShiftEvent::Corrected { worked, .. } => {
                self.status = worked.status;
                self.worked = Some(worked.clone());
                self.open_break = None;
            }
            ShiftEvent::MarkedAbsent { .. } => self.status = ShiftStatus::Absent,
            ShiftEvent::Withdrawn { .. } => self.status = ShiftStatus::Withdrawn,
            ShiftEvent::Disposed { .. } => *self = Shift { status: ShiftStatus::Withdrawn, ..Shift::default() },
        }
    }
}

impl Shift {
    /// The shift of an agent on a day: there is one at most, because its id follows from both (B.T3, K36).
    pub fn id(tenant: TenantId, agent: UserId, day: NaiveDate) -> ShiftId {
        ShiftId(Uuid::new_v5(&tenant.0, format!("shift\u{1f}{agent}\u{1f}{day}").as_bytes()))
    }

    /// Whose it is, and how it is planned, while it is on the roster.
    pub fn known(&self) -> Result<(&AgentCard, &ShiftPlan), ShiftRefusal> {
        match (&self.agent, &self.plan) {
            (Some(agent), Some(plan)) if self.status != ShiftStatus::Withdrawn => Ok((agent, plan)),
            _ => Err(ShiftRefusal::Unknown),
        }
    }

    pub fn status(&self) -> ShiftStatus {
        self.status
    }

    /// The break that is going on, and since when.
    pub fn open_break(&self) -> Option<(BreakKind, Instant)> {
        self.open_break
    }

    /// When the agent came and went.
    pub fn worked(&self) -> Option<&Worked> {
        self.worked.as_ref()
    }
}

#[cfg(test)]
#[path = "shift_tests.rs"]
mod tests;
