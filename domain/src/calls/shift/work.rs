//! What was worked of a shift: when somebody came, paused and went, and how that compares with the plan.

use super::ShiftPlan;
use crate::Instant;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// Where a shift stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShiftStatus {
    #[default]
    Scheduled,
    Active,
    Completed,
    Absent,
    /// Left more than half an hour early, or worked for less than half of the planned time.
    Partial,
    Withdrawn,
}

impl ShiftStatus {
    pub fn word(self) -> &'static str {
        match self {
            ShiftStatus::Scheduled => "scheduled",
            ShiftStatus::Active => "active",
            ShiftStatus::Completed => "completed",
            ShiftStatus::Absent => "absent",
            ShiftStatus::Partial => "partial",
            ShiftStatus::Withdrawn => "withdrawn",
        }
    }

    /// The commands that it allows.
    pub fn allows(self) -> &'static [&'static str] {
        match self {
            ShiftStatus::Scheduled => &["StartShift", "RescheduleShift", "MarkAbsent", "CorrectShift", "WithdrawShift"],
            ShiftStatus::Active => &["BeginBreak", "EndBreak", "EndShift", "CorrectShift"],
            ShiftStatus::Completed | ShiftStatus::Partial => &["CorrectShift"],
            ShiftStatus::Absent => &["CorrectShift", "WithdrawShift"],
            ShiftStatus::Withdrawn => &["ScheduleShift"],
        }
    }
}

/// Why somebody takes no calls for a while (B.T3). None of them counts as available time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BreakKind {
    Break,
    Lunch,
    Training,
    Meeting,
}

impl BreakKind {
    pub const ALL: [BreakKind; 4] = [BreakKind::Break, BreakKind::Lunch, BreakKind::Training, BreakKind::Meeting];

    pub fn word(self) -> &'static str {
        match self {
            BreakKind::Break => "break",
            BreakKind::Lunch => "lunch",
            BreakKind::Training => "training",
            BreakKind::Meeting => "meeting",
        }
    }
}

/// Seconds of each kind of break.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "snake_case", deny_unknown_fields)]
pub struct Breaks {
    #[serde(rename = "break")]
    pub pause: i64,
    pub lunch: i64,
    pub training: i64,
    pub meeting: i64,
}

impl Breaks {
    pub fn add(&mut self, kind: BreakKind, seconds: i64) {
        let of = match kind {
            BreakKind::Break => &mut self.pause,
            BreakKind::Lunch => &mut self.lunch,
            BreakKind::Training => &mut self.training,
            BreakKind::Meeting => &mut self.meeting,
        };
        *of = of.saturating_add(seconds);
    }

    pub fn total(&self) -> i64 {
        [self.pause, self.lunch, self.training, self.meeting].into_iter().fold(0, i64::saturating_add)
    }

    /// None lasted less than no time.
    pub fn possible(&self) -> bool {
        [self.pause, self.lunch, self.training, self.meeting].into_iter().all(|seconds| seconds >= 0)
    }
}

/// What was worked, judged by the plan in force then.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Worked {
    pub status: ShiftStatus,
    pub started_at: Instant,
    #[serde(default)]
    pub ended_at: Option<Instant>,
    #[serde(default)]
    pub breaks: Breaks,
    /// Whole minutes after the planned beginning, 0 if earlier.
    pub tardiness_minutes: i64,
    /// Whole minutes before the planned end, 0 if later or not ended.
    pub early_departure_minutes: i64,
}

/// What the agent's own telephone counted of a shift.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Reported {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calls_handled: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calls_missed: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_talk_time_seconds: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_available_time_seconds: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_after_call_work_seconds: Option<u32>,
}

/// Leaving more minutes early than this makes a shift partial.
const EARLY: i64 = 30;

/// How long after its planned end a shift is left to those who work it; then it is settled by itself.
pub const LEFT_OPEN: TimeDelta = TimeDelta::hours(4);

impl Worked {
    pub(super) fn begun(started_at: Instant, tardiness_minutes: i64) -> Self {
        let (ended_at, breaks) = (None, Breaks::default());
        Self { status: ShiftStatus::Active, started_at, ended_at, breaks, tardiness_minutes, early_departure_minutes: 0 }
    }

    /// These times, judged by a plan.
    pub(super) fn judged(plan: &ShiftPlan, started_at: Instant, ended_at: Option<Instant>, breaks: Breaks) -> Self {
        let tardiness_minutes = whole_minutes(plan.from, started_at);
        let early_departure_minutes = ended_at.map_or(0, |ended| whole_minutes(ended, plan.until));
        let status = match ended_at {
            None => ShiftStatus::Active,
            Some(ended) if early_departure_minutes > EARLY || (ended - started_at) * 2 < plan.until - plan.from => {
                ShiftStatus::Partial
            }
            Some(_) => ShiftStatus::Completed,
        };
        Self { status, started_at, ended_at, breaks, tardiness_minutes, early_departure_minutes }
    }

    /// Whole seconds from coming to going, or until `now`.
    pub fn seconds(&self, now: Instant) -> i64 {
        (self.ended_at.unwrap_or(now) - self.started_at).num_seconds().max(0)
    }

    /// Whole seconds in which they could take calls: what was worked, without breaks of any kind.
    pub fn available_seconds(&self, now: Instant) -> i64 {
        self.seconds(now).saturating_sub(self.breaks.total()).max(0)
    }
}

/// Whole minutes from one instant to a later one; 0 if it is not later.
pub(super) fn whole_minutes(from: Instant, until: Instant) -> i64 {
    (until - from).num_minutes().max(0)
}
