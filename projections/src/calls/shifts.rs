//! Shifts as they were planned and as they were worked.

use crate::{Keys, ReadModel, Row, Rows, Table, Unappliable, table, wall};
use chrono::{NaiveDate, NaiveTime};
use domain::calls::shift::{BreakKind, Reported, ShiftEvent, ShiftPlan, ShiftStatus, Worked};
use domain::{Fact, Instant, LocationId, ShiftId, TenantId, UserId};
use eventlog::{Position, Recorded};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The roster and what became of it.
pub struct Shifts;

/// A shift. The columns are explained in `migrations/read/shifts.sql`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShiftRow {
    pub tenant_id: TenantId,
    pub shift_id: ShiftId,
    pub agent_id: UserId,
    pub agent_email: Option<String>,
    pub agent_name: Option<String>,
    pub location_id: Option<LocationId>,
    pub location_name: Option<String>,
    pub team: Option<String>,
    pub shift_date: NaiveDate,
    pub start_time: NaiveTime,
    pub end_time: NaiveTime,
    pub zone: String,
    pub scheduled_start: Instant,
    pub scheduled_end: Instant,
    pub settles_at: Instant,
    pub actual_start: Option<Instant>,
    pub actual_end: Option<Instant>,
    pub break_seconds: i64,
    pub lunch_seconds: i64,
    pub training_seconds: i64,
    pub meeting_seconds: i64,
    pub open_break: Option<BreakKind>,
    pub open_break_since: Option<Instant>,
    pub tardiness_minutes: i64,
    pub early_departure_minutes: i64,
    pub shift_status: ShiftStatus,
    pub call_target: Option<u32>,
    pub appointment_target: Option<u32>,
    pub quality_target: Option<Decimal>,
    pub reported: Option<Reported>,
    pub notes: Option<String>,
    pub reason: Option<String>,
    pub corrected: bool,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub version: i64,
    pub position: Position,
    pub event_id: Uuid,
}

/// The primary key of a shift.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ShiftKey {
    pub tenant_id: TenantId,
    pub shift_id: ShiftId,
}

impl ShiftKey {
    fn of(event: &Recorded) -> Self {
        Self { tenant_id: event.stream.tenant, shift_id: ShiftId(event.stream.id) }
    }
}

impl Row for ShiftRow {
    const TABLE: &'static str = "shifts";
    const KEY: &'static [&'static str] = &["tenant_id", "shift_id"];
    type Key = ShiftKey;

    fn key(&self) -> ShiftKey {
        ShiftKey { tenant_id: self.tenant_id, shift_id: self.shift_id }
    }
}

impl ReadModel for Shifts {
    const NAME: &'static str = "shifts";
    const VERSION: i32 = 2;
    const CATEGORIES: &'static [&'static str] = &["shift"];
    const SQL: &'static str = include_str!("../../../migrations/read/shifts.sql");
    const WALLS: &'static [(&'static str, &'static str)] = &[("shifts", wall::AGENT_AND_LOCATION)];

    fn tables() -> Vec<Box<dyn Table>> {
        vec![table::<ShiftRow>()]
    }

    fn keys(event: &Recorded, fact: &Fact, keys: &mut Keys<'_>) {
        if let Fact::Shift(_) = fact {
            keys.want::<ShiftRow>(ShiftKey::of(event));
        }
    }

    fn evolve(rows: &mut Rows, event: &Recorded, fact: &Fact) -> Result<(), Unappliable> {
        let Fact::Shift(fact) = fact else { return Ok(()) };
        let key = ShiftKey::of(event);
        match fact {
            ShiftEvent::Scheduled { agent, plan } => {
                return rows.put(ShiftRow {
                    agent_id: agent.user,
                    agent_email: agent.email.known().map(ToString::to_string),
                    agent_name: agent.name.known().map(ToString::to_string),
                    location_id: agent.location,
                    location_name: agent.location_name.as_ref().map(ToString::to_string),
                    team: agent.team.as_ref().map(ToString::to_string),
                    ..ShiftRow::new(event, plan)
                });
            }
            ShiftEvent::Withdrawn { .. } | ShiftEvent::Disposed { .. } => return rows.remove::<ShiftRow>(&key),
            _ => {}
        }
        let row = rows.must::<ShiftRow>(&key)?;
        row.apply(fact);
        row.updated_at = event.occurred_at;
        row.version = event.version;
        row.position = event.position;
        row.event_id = event.event_id;
        Ok(())
    }
}

impl ShiftRow {
    fn new(event: &Recorded, plan: &ShiftPlan) -> Self {
        let mut row = Self {
            tenant_id: event.stream.tenant,
            shift_id: ShiftId(event.stream.id),
            agent_id: UserId::default(),
            agent_email: None,
            agent_name: None,
            location_id: None,
            location_name: None,
            team: None,
            shift_date: plan.day,
            start_time: plan.start,
            end_time: plan.end,
            zone: String::new(),
            scheduled_start: plan.from,
            scheduled_end: plan.until,
            settles_at: plan.settles_at(),
            actual_start: None,
            actual_end: None,
            break_seconds: 0,
            lunch_seconds: 0,
            training_seconds: 0,
            meeting_seconds: 0,
            open_break: None,
            open_break_since: None,
            tardiness_minutes: 0,
            early_departure_minutes: 0,
            shift_status: ShiftStatus::Scheduled,
            call_target: None,
            appointment_target: None,
            quality_target: None,
            reported: None,
            notes: None,
            reason: None,
            corrected: false,
            created_at: event.occurred_at,
            updated_at: event.occurred_at,
            version: event.version,
            position: event.position,
            event_id: event.event_id,
        };
        row.plan(plan);
        row
    }

    fn apply(&mut self, fact: &ShiftEvent) {
        match fact {
            ShiftEvent::Rescheduled { plan } => self.plan(plan),
            ShiftEvent::Started { at, tardiness_minutes } => {
                self.shift_status = ShiftStatus::Active;
                self.actual_start = Some(*at);
                self.tardiness_minutes = *tardiness_minutes;
            }
            ShiftEvent::BreakBegan { kind, at } => {
                self.open_break = Some(*kind);
                self.open_break_since = Some(*at);
            }
            ShiftEvent::BreakEnded { kind, seconds, .. } => {
                *self.seconds_of(*kind) += seconds;
                (self.open_break, self.open_break_since) = (None, None);
            }
            ShiftEvent::Ended { worked, reported, notes, reason } => {
                self.worked(worked);
                self.reported.clone_from(reported);
                if let Some(notes) = notes {
                    self.notes = Some(notes.to_string());
                }
                if let Some(reason) = reason {
                    self.reason = Some(reason.to_string());
                }
            }
            ShiftEvent::MarkedAbsent { reason } => {
                self.shift_status = ShiftStatus::Absent;
                self.reason = reason.as_ref().map(ToString::to_string);
            }
            ShiftEvent::Corrected { worked, reason, .. } => {
                self.worked(worked);
                self.corrected = true;
                self.reason = Some(reason.to_string());
            }
            ShiftEvent::Scheduled { .. } | ShiftEvent::Withdrawn { .. } | ShiftEvent::Disposed { .. } => {}
        }
    }

    fn plan(&mut self, plan: &ShiftPlan) {
        self.start_time = plan.start;
        self.end_time = plan.end;
        self.zone.clone_from(&plan.zone);
        self.scheduled_start = plan.from;
        self.scheduled_end = plan.until;
        self.settles_at = plan.settles_at();
        self.call_target = plan.targets.calls;
        self.appointment_target = plan.targets.appointments;
        self.quality_target = plan.targets.quality;
        self.notes = plan.notes.as_ref().map(ToString::to_string);
    }

    fn worked(&mut self, worked: &Worked) {
        self.shift_status = worked.status;
        self.actual_start = Some(worked.started_at);
        self.actual_end = worked.ended_at;
        self.break_seconds = worked.breaks.pause;
        self.lunch_seconds = worked.breaks.lunch;
        self.training_seconds = worked.breaks.training;
        self.meeting_seconds = worked.breaks.meeting;
        self.tardiness_minutes = worked.tardiness_minutes;
        self.early_departure_minutes = worked.early_departure_minutes;
        (self.open_break, self.open_break_since) = (None, None);
    }

    fn seconds_of(&mut self, kind: BreakKind) -> &mut i64 {
        match kind {
            BreakKind::Break => &mut self.break_seconds,
            BreakKind::Lunch => &mut self.lunch_seconds,
            BreakKind::Training => &mut self.training_seconds,
            BreakKind::Meeting => &mut self.meeting_seconds,
        }
    }

    /// When the agent went, or until when a running shift is reckoned: `now`, but no later than it will be settled by itself.
    pub fn until(&self, now: Instant) -> Instant {
        self.actual_end.unwrap_or(now.min(self.settles_at))
    }

    /// Whole seconds from coming to going, or until `now`; 0 if nobody came.
    pub fn worked_seconds(&self, now: Instant) -> i64 {
        let Some(start) = self.actual_start else { return 0 };
        (self.until(now) - start).num_seconds().max(0)
    }

    /// Whole seconds of breaks of any kind, with the one that is going on.
    pub fn paused_seconds(&self, now: Instant) -> i64 {
        let open = self.open_break_since.map_or(0, |since| (self.until(now) - since).num_seconds().max(0));
        self.break_seconds + self.lunch_seconds + self.training_seconds + self.meeting_seconds + open
    }

    /// Whole seconds in which they could take calls.
    pub fn available_seconds(&self, now: Instant) -> i64 {
        (self.worked_seconds(now) - self.paused_seconds(now)).max(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::story::{Story, TENANT};
    use domain::Personal;
    use domain::calls::AgentCard;
    use domain::calls::shift::{Breaks, Roster, Shift, ShiftTargets};

    const AGENT: UserId = UserId(Uuid::from_u128(7));

    fn at(time: &str) -> Instant {
        format!("2026-01-15T{time}Z").parse().unwrap()
    }

    fn plan(end: &str) -> ShiftPlan {
        let day = NaiveDate::from_ymd_opt(2026, 1, 15).unwrap();
        let (start, end) = ("08:00:00".parse().unwrap(), end.parse().unwrap());
        let targets = ShiftTargets { calls: Some(40), appointments: None, quality: Some("82.5".parse().unwrap()) };
        Roster { day, start, end, targets, notes: Some("inventory".try_into().unwrap()) }.plan(chrono_tz::UTC).unwrap()
    }

    fn scheduled() -> ShiftEvent {
        let agent = AgentCard {
            user: AGENT,
            email: Personal::new("ada@example.com".try_into().unwrap()),
            name: Personal::new("Ada Lovelace".try_into().unwrap()),
            location: Some(LocationId(Uuid::from_u128(9))),
            location_name: Some("Wixom".try_into().unwrap()),
            team: Some("morning".try_into().unwrap()),
        };
        ShiftEvent::Scheduled { agent, plan: plan("16:00:00") }
    }

    fn row(story: &Story) -> Option<ShiftRow> {
        let shift_id = Shift::id(TENANT, AGENT, NaiveDate::from_ymd_opt(2026, 1, 15).unwrap());
        story.rows::<Shifts>().get::<ShiftRow>(&ShiftKey { tenant_id: TENANT, shift_id }).unwrap().cloned()
    }

    #[test]
    fn a_shift_is_shown_as_planned_and_as_worked() {
        let id = Shift::id(TENANT, AGENT, NaiveDate::from_ymd_opt(2026, 1, 15).unwrap()).0;
        let mut story = Story::default();
        story.add(0, "shift", id, scheduled());
        story.add(1, "shift", id, ShiftEvent::Rescheduled { plan: plan("15:00:00") });
        story.add(2, "shift", id, ShiftEvent::Started { at: at("08:04:00"), tardiness_minutes: 4 });
        story.add(2, "shift", id, ShiftEvent::BreakBegan { kind: BreakKind::Lunch, at: at("12:00:00") });
        let open = row(&story).unwrap();
        assert_eq!((open.end_time.to_string().as_str(), open.shift_status), ("15:00:00", ShiftStatus::Active));
        assert_eq!((open.paused_seconds(at("12:10:00")), open.available_seconds(at("12:10:00"))), (600, 14_160));
        let (began_at, over) = (at("12:00:00"), at("12:30:00"));
        story.add(2, "shift", id, ShiftEvent::BreakEnded { kind: BreakKind::Lunch, began_at, at: over, seconds: 1800 });
        let worked = Worked {
            status: ShiftStatus::Completed,
            started_at: at("08:04:00"),
            ended_at: Some(at("15:00:00")),
            breaks: Breaks { lunch: 1800, ..Breaks::default() },
            tardiness_minutes: 4,
            early_departure_minutes: 0,
        };
        let reported = Some(Reported { calls_handled: Some(31), ..Reported::default() });
        story.add(3, "shift", id, ShiftEvent::Ended { worked: worked.clone(), reported, notes: None, reason: None });
        let ended = row(&story).unwrap();
        assert_eq!((ended.lunch_seconds, ended.open_break, ended.notes.as_deref()), (1800, None, Some("inventory")));
        assert_eq!((ended.available_seconds(at("23:00:00")), ended.version), (23_160, 6));
        let was = Some(worked.clone());
        let worked = Worked { breaks: Breaks::default(), ..worked };
        let reason = "no lunch".try_into().unwrap();
        story.add(4, "shift", id, ShiftEvent::Corrected { worked, was, reason });
        let corrected = row(&story).unwrap();
        assert_eq!((corrected.lunch_seconds, corrected.corrected, corrected.reported.is_some()), (0, true, true));
    }

    #[test]
    fn a_shift_that_nobody_ends_grows_until_it_is_settled_and_says_so() {
        let id = Shift::id(TENANT, AGENT, NaiveDate::from_ymd_opt(2026, 1, 15).unwrap()).0;
        let mut story = Story::default();
        story.add(0, "shift", id, scheduled());
        story.add(0, "shift", id, ShiftEvent::Started { at: at("08:00:00"), tardiness_minutes: 0 });
        story.add(0, "shift", id, ShiftEvent::BreakBegan { kind: BreakKind::Break, at: at("19:00:00") });
        let open = row(&story).unwrap();
        assert_eq!(open.settles_at, at("20:00:00"));
        let at_eight = (open.worked_seconds(at("20:00:00")), open.paused_seconds(at("20:00:00")));
        assert_eq!((at_eight, open.worked_seconds(at("19:30:00"))), ((43_200, 3_600), 41_400));
        let later = at("23:00:00") + chrono::TimeDelta::days(9);
        assert_eq!((open.worked_seconds(later), open.paused_seconds(later)), at_eight);
        let worked = Worked {
            status: ShiftStatus::Completed,
            started_at: at("08:00:00"),
            ended_at: Some(at("19:00:00")),
            breaks: Breaks::default(),
            tardiness_minutes: 0,
            early_departure_minutes: 0,
        };
        let reason = Some("it was settled by itself".try_into().unwrap());
        story.add(1, "shift", id, ShiftEvent::Ended { worked, reported: None, notes: None, reason });
        let settled = row(&story).unwrap();
        assert_eq!((settled.reason.as_deref(), settled.notes.as_deref()), (Some("it was settled by itself"), Some("inventory")));
    }

    #[test]
    fn what_is_off_the_roster_is_gone_until_it_is_planned_again() {
        let id = Shift::id(TENANT, AGENT, NaiveDate::from_ymd_opt(2026, 1, 15).unwrap()).0;
        let mut story = Story::default();
        story.add(0, "shift", id, scheduled());
        story.add(0, "shift", id, ShiftEvent::MarkedAbsent { reason: Some("ill".try_into().unwrap()) });
        let absent = row(&story).unwrap();
        assert_eq!((absent.shift_status, absent.reason.as_deref()), (ShiftStatus::Absent, Some("ill")));
        story.add(1, "shift", id, ShiftEvent::Withdrawn { reason: None });
        assert_eq!(row(&story), None);
        story.add(2, "shift", id, scheduled());
        assert_eq!(row(&story).unwrap().shift_status, ShiftStatus::Scheduled);
        story.add(3, "shift", id, ShiftEvent::Disposed { reason: "kept long enough".try_into().unwrap() });
        assert_eq!(row(&story), None);
    }
}
