//! What shifts are measured by: of each shift the two sums that a figure is made of, and the same over many of them.

use super::shift_queries::ShiftCalls;
use super::shifts::ShiftRow;
use domain::Instant;
use domain::calls::formulas::{
    ADHERENCE, ATTENDANCE, CALLS_PER_HOUR, CALLS_PER_HOUR_1, Figure, Formula, PUNCTUALITY, TALK_SHARE, UTILIZATION, UTILIZATION_1,
};
use domain::calls::shift::ShiftStatus;
use serde::{Deserialize, Serialize};

/// A figure about shifts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ShiftMeasure {
    Utilization,
    CallsPerHour,
    TalkShare,
    Attendance,
    Punctuality,
    Adherence,
}

impl ShiftMeasure {
    pub const ALL: [ShiftMeasure; 6] = [
        ShiftMeasure::Utilization,
        ShiftMeasure::CallsPerHour,
        ShiftMeasure::TalkShare,
        ShiftMeasure::Attendance,
        ShiftMeasure::Punctuality,
        ShiftMeasure::Adherence,
    ];

    /// What it is reckoned by; as the specification writes it if `literal` and there are two versions.
    pub fn formula(self, literal: bool) -> &'static Formula {
        match (self, literal) {
            (ShiftMeasure::Utilization, true) => &UTILIZATION_1,
            (ShiftMeasure::Utilization, false) => &UTILIZATION,
            (ShiftMeasure::CallsPerHour, true) => &CALLS_PER_HOUR_1,
            (ShiftMeasure::CallsPerHour, false) => &CALLS_PER_HOUR,
            (ShiftMeasure::TalkShare, _) => &TALK_SHARE,
            (ShiftMeasure::Attendance, _) => &ATTENDANCE,
            (ShiftMeasure::Punctuality, _) => &PUNCTUALITY,
            (ShiftMeasure::Adherence, _) => &ADHERENCE,
        }
    }

    /// Points and counts of a shift; none where it does not count.
    pub fn of(self, shift: &ShiftRow, calls: ShiftCalls, now: Instant) -> Option<(i64, i64)> {
        let begun = shift.actual_start.is_some();
        let absent = shift.shift_status == ShiftStatus::Absent;
        let available = || shift.available_seconds(now);
        match self {
            ShiftMeasure::Utilization => begun.then(|| (calls.talk_seconds + calls.acw_seconds, available())),
            ShiftMeasure::CallsPerHour => begun.then(|| (calls.handled, available())),
            ShiftMeasure::TalkShare => begun.then(|| (calls.talk_seconds, available())),
            ShiftMeasure::Attendance => (begun || absent).then_some((absent.into(), 1)),
            ShiftMeasure::Punctuality => begun.then_some(((shift.tardiness_minutes > 0).into(), 1)),
            ShiftMeasure::Adherence => missed_seconds(shift).map(|missed| (missed, planned_seconds(shift))),
        }
    }
}

fn planned_seconds(shift: &ShiftRow) -> i64 {
    (shift.scheduled_end - shift.scheduled_start).num_seconds()
}

/// Seconds of the plan in which nobody was there; none while the shift is not over.
fn missed_seconds(shift: &ShiftRow) -> Option<i64> {
    if shift.shift_status == ShiftStatus::Absent {
        return Some(planned_seconds(shift));
    }
    let (start, end) = shift.actual_start.zip(shift.actual_end)?;
    let late = (start.min(shift.scheduled_end) - shift.scheduled_start).num_seconds().max(0);
    let early = (shift.scheduled_end - end.max(shift.scheduled_start)).num_seconds().max(0);
    Some((late + early).min(planned_seconds(shift)))
}

/// What shifts come to together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ShiftSums {
    pub shifts: i64,
    pub worked_seconds: i64,
    pub available_seconds: i64,
    pub calls_handled: i64,
    pub talk_seconds: i64,
    pub acw_seconds: i64,
    pub training_seconds: i64,
    sums: [(i64, i64); 6],
}

impl ShiftSums {
    pub fn add(&mut self, shift: &ShiftRow, calls: ShiftCalls, now: Instant) {
        self.shifts += 1;
        self.worked_seconds += shift.worked_seconds(now);
        self.available_seconds += shift.available_seconds(now);
        self.calls_handled += calls.handled;
        self.talk_seconds += calls.talk_seconds;
        self.acw_seconds += calls.acw_seconds;
        self.training_seconds += shift.training_seconds;
        for (sums, measure) in self.sums.iter_mut().zip(ShiftMeasure::ALL) {
            let (points, counts) = measure.of(shift, calls, now).unwrap_or_default();
            *sums = (sums.0 + points, sums.1 + counts);
        }
    }

    /// A figure over all of them.
    pub fn figure(&self, measure: ShiftMeasure, literal: bool) -> Figure {
        let found = self.sums.iter().zip(ShiftMeasure::ALL).find(|(_, of)| *of == measure);
        let (points, counts) = found.map(|(sums, _)| *sums).unwrap_or_default();
        measure.formula(literal).figure(points, counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_decimal::{Decimal, dec};
    use serde_json::json;

    fn at(time: &str) -> Instant {
        format!("2026-01-15T{time}Z").parse().unwrap()
    }

    /// A shift from 08:00 to 16:00, worked like this.
    fn shift(status: &str, start: Option<&str>, end: Option<&str>, late: i64) -> ShiftRow {
        let id = uuid::Uuid::from_u128(1);
        let row = json!({"tenant_id": id, "shift_id": id, "agent_id": id, "shift_date": "2026-01-15", "start_time": "08:00:00",
            "end_time": "16:00:00", "zone": "UTC", "scheduled_start": at("08:00:00"), "scheduled_end": at("16:00:00"), "settles_at": at("20:00:00"),
            "actual_start": start.map(at), "actual_end": end.map(at), "break_seconds": 600, "lunch_seconds": 1800,
            "training_seconds": 0, "meeting_seconds": 0, "tardiness_minutes": late, "early_departure_minutes": 0,
            "shift_status": status, "corrected": false, "created_at": at("07:00:00"), "updated_at": at("07:00:00"),
            "version": 1, "position": 1, "event_id": id});
        serde_json::from_value(row).unwrap()
    }

    #[test]
    fn shifts_are_measured_by_what_was_planned_and_what_was_worked() {
        let now = at("18:00:00");
        let calls = ShiftCalls { handled: 12, talk_seconds: 9_000, acw_seconds: 1_800, ..ShiftCalls::default() };
        let mut sums = ShiftSums::default();
        sums.add(&shift("completed", Some("08:06:00"), Some("16:10:00"), 6), calls, now);
        sums.add(&shift("partial", Some("08:00:00"), Some("12:00:00"), 0), ShiftCalls::default(), now);
        sums.add(&shift("absent", None, None, 0), ShiftCalls::default(), now);
        sums.add(&shift("scheduled", None, None, 0), ShiftCalls::default(), now);
        // Available: 29040 − 2400 and 14400 − 2400.
        assert_eq!((sums.shifts, sums.worked_seconds, sums.available_seconds), (4, 43_440, 38_640));
        let value = |measure, literal| sums.figure(measure, literal).value.unwrap();
        assert_eq!(value(ShiftMeasure::Utilization, false), dec!(27.95));
        assert_eq!(value(ShiftMeasure::CallsPerHour, false), dec!(1.12));
        assert_eq!(value(ShiftMeasure::CallsPerHour, true), dec!(1.20), "ten whole hours");
        assert_eq!(value(ShiftMeasure::TalkShare, false), dec!(23.29));
        assert_eq!(value(ShiftMeasure::Attendance, false), dec!(66.67), "what nobody began is not due yet");
        assert_eq!(value(ShiftMeasure::Punctuality, false), dec!(50));
        // Missed 360, 14400 and 28800 of three times 28800.
        assert_eq!(value(ShiftMeasure::Adherence, false), dec!(49.58));
    }

    #[test]
    fn nothing_measured_is_nothing_missed() {
        let sums = ShiftSums::default();
        for (measure, value) in [(ShiftMeasure::Utilization, 0), (ShiftMeasure::Attendance, 100), (ShiftMeasure::Adherence, 100)]
        {
            assert_eq!(sums.figure(measure, false).value, Some(Decimal::from(value)));
        }
        assert_eq!(sums.figure(ShiftMeasure::Punctuality, false).value, None, "nobody was on time where nobody came");
        let running = shift("active", Some("08:00:00"), None, 0);
        assert_eq!(ShiftMeasure::Adherence.of(&running, ShiftCalls::default(), at("10:00:00")), None);
        assert_eq!(ShiftMeasure::Utilization.of(&running, ShiftCalls::default(), at("10:00:00")), Some((0, 4_800)));
    }
}
