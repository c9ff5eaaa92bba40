//! What calls come to: by agent and day, and by hour, queue and direction. A call that changes is taken out and put in anew.

use super::call_row::{CallRow, MissedAt};
use crate::cases::scaled;
use crate::{Keys, Row, Rows, Unappliable};
use chrono::NaiveDate;
use domain::calls::call::{CallFacts, CallStatus, Direction};
use domain::{LocationId, TenantId, UserId};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The calls of an agent on a day. The columns are explained in `migrations/read/call_records.sql`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgentDay {
    pub tenant_id: TenantId,
    pub agent_id: UserId,
    pub day: NaiveDate,
    pub location_id: LocationId,
    pub team: String,
    pub calls: i64,
    pub inbound: i64,
    pub outbound: i64,
    pub answered: i64,
    pub missed: i64,
    pub abandoned: i64,
    pub transferred: i64,
    pub voicemail: i64,
    pub talk_seconds: i64,
    pub ring_seconds: i64,
    pub hold_seconds: i64,
    pub acw_seconds: i64,
    pub appointments: i64,
    pub resolved_first: i64,
    pub complaints: i64,
    pub escalations: i64,
    pub follow_ups: i64,
    pub handled_appointments: i64,
    pub handled_resolved: i64,
    pub handled_complaints: i64,
    pub handled_escalations: i64,
    pub satisfaction_sum: i64,
    pub satisfaction_count: i64,
    pub quality_sum: Decimal,
    pub quality_count: i64,
}

/// The primary key of an agent's day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct AgentDayKey {
    pub tenant_id: TenantId,
    pub agent_id: UserId,
    pub day: NaiveDate,
    /// Nil for no place in particular.
    pub location_id: LocationId,
    /// Empty for no team.
    pub team: String,
}

impl Row for AgentDay {
    const TABLE: &'static str = "agent_days";
    const KEY: &'static [&'static str] = &["tenant_id", "agent_id", "day", "location_id", "team"];
    type Key = AgentDayKey;

    fn key(&self) -> AgentDayKey {
        let Self { tenant_id, agent_id, day, location_id, ref team, .. } = *self;
        AgentDayKey { tenant_id, agent_id, day, location_id, team: team.clone() }
    }
}

/// The calls of an hour. The columns are explained in `migrations/read/call_records.sql`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallHour {
    pub tenant_id: TenantId,
    pub day: NaiveDate,
    pub hour: u8,
    pub location_id: LocationId,
    pub queue_name: String,
    pub call_direction: Direction,
    pub calls: i64,
    pub answered: i64,
    pub completed: i64,
    pub missed: i64,
    pub abandoned: i64,
    pub transferred: i64,
    pub voicemail: i64,
    pub wait_in_target: i64,
    pub talk_seconds: i64,
    pub ring_seconds: i64,
    pub hold_seconds: i64,
    pub acw_seconds: i64,
    pub appointments: i64,
    pub resolved_first: i64,
    pub complaints: i64,
    pub escalations: i64,
    pub follow_ups: i64,
    pub handled_appointments: i64,
    pub handled_resolved: i64,
    pub handled_complaints: i64,
    pub handled_escalations: i64,
    pub satisfaction_sum: i64,
    pub satisfaction_count: i64,
    pub quality_sum: Decimal,
    pub quality_count: i64,
}

/// The primary key of an hour.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct CallHourKey {
    pub tenant_id: TenantId,
    pub day: NaiveDate,
    pub hour: u8,
    pub location_id: LocationId,
    pub queue_name: String,
    pub call_direction: Direction,
}

impl Row for CallHour {
    const TABLE: &'static str = "call_hours";
    const KEY: &'static [&'static str] = &["tenant_id", "day", "hour", "location_id", "queue_name", "call_direction"];
    type Key = CallHourKey;

    fn key(&self) -> CallHourKey {
        let Self { tenant_id, day, hour, location_id, ref queue_name, call_direction, .. } = *self;
        CallHourKey { tenant_id, day, hour, location_id, queue_name: queue_name.clone(), call_direction }
    }
}

/// How many calls there are of a kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallCount {
    pub tenant_id: TenantId,
    pub location_id: LocationId,
    pub queue_name: String,
    pub call_direction: Direction,
    pub call_status: CallStatus,
    pub calls: i64,
}

/// The primary key of a counter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct CallCountKey {
    pub tenant_id: TenantId,
    pub location_id: LocationId,
    pub queue_name: String,
    pub call_direction: Direction,
    pub call_status: CallStatus,
}

impl Row for CallCount {
    const TABLE: &'static str = "call_counts";
    const KEY: &'static [&'static str] = &["tenant_id", "location_id", "queue_name", "call_direction", "call_status"];
    type Key = CallCountKey;

    fn key(&self) -> CallCountKey {
        let Self { tenant_id, location_id, ref queue_name, call_direction, call_status, .. } = *self;
        CallCountKey { tenant_id, location_id, queue_name: queue_name.clone(), call_direction, call_status }
    }
}

/// The rows in which a call counts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Places {
    hour: CallHourKey,
    agent: Option<AgentDayKey>,
    missed: Vec<AgentDayKey>,
}

/// A call as it counts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Counted {
    places: Places,
    call: Call,
}

/// What of a call is added up.
#[derive(Clone, Debug, PartialEq)]
struct Call {
    direction: Direction,
    status: CallStatus,
    talk_seconds: Option<i64>,
    ring_seconds: i64,
    hold_seconds: i64,
    acw_seconds: i64,
    in_target: bool,
    appointment: bool,
    resolved_first: bool,
    complaint: bool,
    escalated: bool,
    follow_up: bool,
    satisfaction: Option<i64>,
    quality: Option<Decimal>,
}

impl Call {
    /// Whether somebody talked in it.
    fn is_handled(&self) -> bool {
        self.talk_seconds.is_some()
    }
}

impl Places {
    /// Where a call counts of which its legs say this.
    pub(crate) fn of_facts(tenant_id: TenantId, facts: &CallFacts) -> Self {
        let missed: Vec<MissedAt> = facts.missed_by.iter().map(MissedAt::of).collect();
        let team = facts.agent.as_ref().and_then(|agent| agent.team.as_ref()).map(ToString::to_string);
        Self::of(
            (tenant_id, facts.local.day, facts.local.hour, facts.location),
            facts.queue_name.as_ref().map(ToString::to_string),
            facts.direction,
            facts.agent.as_ref().map(|agent| (agent.user, team)),
            &missed,
        )
    }

    fn of_row(row: &CallRow) -> Self {
        Self::of(
            (row.tenant_id, row.day, row.hour, row.location_id),
            row.queue_name.clone(),
            row.call_direction,
            row.agent_id.map(|agent| (agent, row.team.clone())),
            &row.missed_at,
        )
    }

    fn of(
        (tenant_id, day, hour, location): (TenantId, NaiveDate, u8, Option<LocationId>),
        queue: Option<String>,
        call_direction: Direction,
        agent: Option<(UserId, Option<String>)>,
        missed: &[MissedAt],
    ) -> Self {
        let of_agent = |agent_id: UserId, location: Option<LocationId>, team: Option<String>| AgentDayKey {
            tenant_id,
            agent_id,
            day,
            location_id: location.unwrap_or_default(),
            team: team.unwrap_or_default(),
        };
        // Whoever was rung twice and took it in the end did not miss it.
        let taken_by = agent.as_ref().map(|(agent, _)| *agent);
        let missed = missed.iter().filter(|missed| Some(missed.agent) != taken_by);
        Self {
            hour: CallHourKey {
                tenant_id,
                day,
                hour,
                location_id: location.unwrap_or_default(),
                queue_name: queue.unwrap_or_default(),
                call_direction,
            },
            agent: agent.map(|(agent, team)| of_agent(agent, location, team)),
            missed: missed.map(|missed| of_agent(missed.agent, missed.location.or(location), missed.team.clone())).collect(),
        }
    }

    /// The counter of calls of its kind that have this status.
    fn counter(&self, call_status: CallStatus) -> CallCountKey {
        let CallHourKey { tenant_id, location_id, queue_name, call_direction, .. } = self.hour.clone();
        CallCountKey { tenant_id, location_id, queue_name, call_direction, call_status }
    }

    /// Asks for the rows. The counters of all statuses are asked for: there are only five.
    pub(crate) fn want(self, keys: &mut Keys<'_>) {
        CallStatus::ALL.iter().for_each(|status| keys.want::<CallCount>(self.counter(*status)));
        keys.want::<CallHour>(self.hour);
        self.agent.into_iter().chain(self.missed).for_each(|key| keys.want::<AgentDay>(key));
    }
}

impl Counted {
    pub(crate) fn of(row: &CallRow) -> Self {
        let call = Call {
            direction: row.call_direction,
            status: row.call_status,
            talk_seconds: row.talk_seconds,
            ring_seconds: row.ring_seconds.unwrap_or(0),
            hold_seconds: row.hold_time_seconds.into(),
            acw_seconds: row.after_call_work_seconds.into(),
            in_target: row.in_target(),
            appointment: row.appointment_scheduled,
            resolved_first: row.first_call_resolution,
            complaint: row.complaint_call,
            escalated: row.escalation_required,
            follow_up: row.follow_up_required,
            satisfaction: row.customer_satisfaction_score.map(i64::from),
            quality: row.quality_score,
        };
        Self { places: Places::of_row(row), call }
    }

    /// The rows in which it counts.
    pub(crate) fn places(self) -> Places {
        self.places
    }

    /// Counts it `by` times: 1 puts it in, -1 takes it out. What comes to nothing is no row.
    pub(crate) fn count(self, rows: &mut Rows, by: i64) -> Result<(), Unappliable> {
        let counter = self.places.counter(self.call.status);
        let Self { places: Places { hour, agent, missed }, call } = self;
        let CallCountKey { tenant_id, location_id, queue_name, call_direction, call_status } = counter.clone();
        let none = || CallCount { tenant_id, location_id, queue_name, call_direction, call_status, calls: 0 };
        let counted = rows.or_new(&counter, none)?;
        counted.calls += by;
        if counted.calls == 0 {
            rows.remove::<CallCount>(&counter)?;
        }
        let of_hour = rows.or_new(&hour, || CallHour::none(&hour))?;
        of_hour.add(&call, by);
        if *of_hour == CallHour::none(&hour) {
            rows.remove::<CallHour>(&hour)?;
        }
        for key in &missed {
            AgentDay::change(rows, key, |day| day.missed += by)?;
        }
        match agent {
            Some(key) => AgentDay::change(rows, &key, |day| day.add(&call, by)),
            None => Ok(()),
        }
    }
}

impl AgentDay {
    fn none(key: &AgentDayKey) -> Self {
        let AgentDayKey { tenant_id, agent_id, day, location_id, team } = key.clone();
        Self {
            tenant_id,
            agent_id,
            day,
            location_id,
            team,
            calls: 0,
            inbound: 0,
            outbound: 0,
            answered: 0,
            missed: 0,
            abandoned: 0,
            transferred: 0,
            voicemail: 0,
            talk_seconds: 0,
            ring_seconds: 0,
            hold_seconds: 0,
            acw_seconds: 0,
            appointments: 0,
            resolved_first: 0,
            complaints: 0,
            escalations: 0,
            follow_ups: 0,
            handled_appointments: 0,
            handled_resolved: 0,
            handled_complaints: 0,
            handled_escalations: 0,
            satisfaction_sum: 0,
            satisfaction_count: 0,
            quality_sum: scaled(Decimal::ZERO, 2),
            quality_count: 0,
        }
    }

    fn change(rows: &mut Rows, key: &AgentDayKey, change: impl FnOnce(&mut Self)) -> Result<(), Unappliable> {
        let day = rows.or_new(key, || Self::none(key))?;
        change(day);
        if *day == Self::none(key) { rows.remove::<Self>(key) } else { Ok(()) }
    }

    fn add(&mut self, call: &Call, by: i64) {
        let one = |yes: bool| if yes { by } else { 0 };
        self.calls += by;
        self.inbound += one(call.direction == Direction::Inbound);
        self.outbound += one(call.direction == Direction::Outbound);
        self.answered += one(call.is_handled());
        // Nobody misses a call that they make themselves; whose telephone rang in vain is told apart.
        self.abandoned += one(call.status == CallStatus::Abandoned);
        self.transferred += one(call.status == CallStatus::Transferred);
        self.voicemail += one(call.status == CallStatus::Voicemail);
        self.talk_seconds += by * call.talk_seconds.unwrap_or(0);
        self.ring_seconds += by * call.ring_seconds;
        self.hold_seconds += by * call.hold_seconds;
        self.acw_seconds += by * call.acw_seconds;
        self.appointments += one(call.appointment);
        self.resolved_first += one(call.resolved_first);
        self.complaints += one(call.complaint);
        self.escalations += one(call.escalated);
        self.follow_ups += one(call.follow_up);
        // A rate among handled calls counts only what was said of these: of a voicemail, too, somebody may complain.
        self.handled_appointments += one(call.appointment && call.is_handled());
        self.handled_resolved += one(call.resolved_first && call.is_handled());
        self.handled_complaints += one(call.complaint && call.is_handled());
        self.handled_escalations += one(call.escalated && call.is_handled());
        self.satisfaction_sum += by * call.satisfaction.unwrap_or(0);
        self.satisfaction_count += one(call.satisfaction.is_some());
        self.quality_sum = scaled(self.quality_sum + Decimal::from(by) * call.quality.unwrap_or_default(), 2);
        self.quality_count += one(call.quality.is_some());
    }
}

impl CallHour {
    fn none(key: &CallHourKey) -> Self {
        let CallHourKey { tenant_id, day, hour, location_id, queue_name, call_direction } = key.clone();
        Self {
            tenant_id,
            day,
            hour,
            location_id,
            queue_name,
            call_direction,
            calls: 0,
            answered: 0,
            completed: 0,
            missed: 0,
            abandoned: 0,
            transferred: 0,
            voicemail: 0,
            wait_in_target: 0,
            talk_seconds: 0,
            ring_seconds: 0,
            hold_seconds: 0,
            acw_seconds: 0,
            appointments: 0,
            resolved_first: 0,
            complaints: 0,
            escalations: 0,
            follow_ups: 0,
            handled_appointments: 0,
            handled_resolved: 0,
            handled_complaints: 0,
            handled_escalations: 0,
            satisfaction_sum: 0,
            satisfaction_count: 0,
            quality_sum: scaled(Decimal::ZERO, 2),
            quality_count: 0,
        }
    }

    fn add(&mut self, call: &Call, by: i64) {
        let one = |yes: bool| if yes { by } else { 0 };
        self.calls += by;
        self.answered += one(call.is_handled());
        self.completed += one(call.status == CallStatus::Completed);
        self.missed += one(call.status == CallStatus::Missed);
        self.abandoned += one(call.status == CallStatus::Abandoned);
        self.transferred += one(call.status == CallStatus::Transferred);
        self.voicemail += one(call.status == CallStatus::Voicemail);
        self.wait_in_target += one(call.in_target);
        self.talk_seconds += by * call.talk_seconds.unwrap_or(0);
        self.ring_seconds += by * call.ring_seconds;
        self.hold_seconds += by * call.hold_seconds;
        self.acw_seconds += by * call.acw_seconds;
        self.appointments += one(call.appointment);
        self.resolved_first += one(call.resolved_first);
        self.complaints += one(call.complaint);
        self.escalations += one(call.escalated);
        self.follow_ups += one(call.follow_up);
        // A rate among handled calls counts only what was said of these: of a voicemail, too, somebody may complain.
        self.handled_appointments += one(call.appointment && call.is_handled());
        self.handled_resolved += one(call.resolved_first && call.is_handled());
        self.handled_complaints += one(call.complaint && call.is_handled());
        self.handled_escalations += one(call.escalated && call.is_handled());
        self.satisfaction_sum += by * call.satisfaction.unwrap_or(0);
        self.satisfaction_count += one(call.satisfaction.is_some());
        self.quality_sum = scaled(self.quality_sum + Decimal::from(by) * call.quality.unwrap_or_default(), 2);
        self.quality_count += one(call.quality.is_some());
    }
}
