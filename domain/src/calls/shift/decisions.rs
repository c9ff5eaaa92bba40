//! What may be decided about a shift.

use super::work::whole_minutes;
use super::{AgentCard, BreakKind, Breaks, Reported, Shift, ShiftEvent, ShiftPlan, ShiftRefusal, ShiftStatus, Worked};
use crate::{Decision, Instant, Text};
use chrono::{NaiveDate, TimeDelta};

/// Nobody comes this much too early: it is another day's shift that they mean.
const TOO_EARLY: TimeDelta = TimeDelta::hours(12);

impl Shift {
    /// Puts it on the roster. The same plan again changes nothing.
    pub fn schedule(&self, agent: AgentCard, plan: ShiftPlan, neighbours: &[&Shift]) -> Decision<Shift> {
        match self.known() {
            Ok((_, known)) if *known == plan => return Ok(vec![]),
            Ok((_, known)) => return Err(ShiftRefusal::AlreadyScheduled { day: known.day }),
            Err(_) => free(&plan, neighbours)?,
        }
        Ok(vec![ShiftEvent::Scheduled { agent, plan }])
    }

    /// Changes times, targets or notes, while nobody came yet.
    pub fn reschedule(&self, plan: ShiftPlan, neighbours: &[&Shift]) -> Decision<Shift> {
        let (_, known) = self.in_state(&[ShiftStatus::Scheduled])?;
        if *known == plan {
            return Ok(vec![]);
        }
        free(&plan, neighbours)?;
        Ok(vec![ShiftEvent::Rescheduled { plan }])
    }

    /// The agent comes. Whoever has not ended their shift of the day before or after is still there.
    pub fn start(&self, at: Instant, neighbours: &[&Shift]) -> Decision<Shift> {
        let (_, plan) = self.in_state(&[ShiftStatus::Scheduled])?;
        if !self.may_start(at) {
            return Err(ShiftRefusal::NotNow);
        }
        if let Some(day) = neighbours.iter().find_map(|other| other.running_day()) {
            return Err(ShiftRefusal::StillAtWork { day });
        }
        Ok(vec![ShiftEvent::Started { at, tardiness_minutes: whole_minutes(plan.from, at) }])
    }

    /// Whether this is the shift that somebody means who comes at this instant.
    pub fn may_start(&self, at: Instant) -> bool {
        let near = |plan: &ShiftPlan| plan.from - TOO_EARLY <= at && at < plan.until;
        self.status == ShiftStatus::Scheduled && self.known().is_ok_and(|(_, plan)| near(plan))
    }

    /// Its day, if it is going on.
    fn running_day(&self) -> Option<NaiveDate> {
        let (_, plan) = self.known().ok().filter(|_| self.status == ShiftStatus::Active)?;
        Some(plan.day)
    }

    pub fn begin_break(&self, kind: BreakKind, at: Instant) -> Decision<Shift> {
        self.in_state(&[ShiftStatus::Active])?;
        match self.open_break {
            Some((open, _)) if open == kind => Ok(vec![]),
            Some((open, _)) => Err(ShiftRefusal::OnBreak { kind: open }),
            None => Ok(vec![ShiftEvent::BreakBegan { kind, at }]),
        }
    }

    pub fn end_break(&self, at: Instant) -> Decision<Shift> {
        self.in_state(&[ShiftStatus::Active])?;
        self.break_ended(at).map(|event| vec![event]).ok_or(ShiftRefusal::NotOnBreak)
    }

    /// The agent goes; a break that is going on ends with it.
    pub fn end(&self, at: Instant, reported: Option<Reported>, notes: Option<Text<2000>>) -> Decision<Shift> {
        let (worked, last_break) = self.ended_at(at)?;
        let ended = ShiftEvent::Ended { worked, reported, notes, reason: None };
        Ok(last_break.into_iter().chain([ended]).collect())
    }

    /// Settles what nobody settled, [`LEFT_OPEN`](super::work::LEFT_OPEN) after its end: whoever came is taken to have gone as
    /// planned, or when they last gave a sign of being there after that; whoever did not was absent. A correction may follow.
    pub fn settle_by_itself(&self, at: Instant) -> Decision<Shift> {
        let Some((_, plan)) = self.known().ok().filter(|(_, plan)| plan.settles_at() <= at) else { return Ok(vec![]) };
        match self.status {
            ShiftStatus::Scheduled => {
                Ok(vec![ShiftEvent::MarkedAbsent { reason: by_itself("nobody began it or said why; it was settled by itself") }])
            }
            ShiftStatus::Active => {
                let signs = [self.back_at, self.open_break.map(|(_, since)| since)].into_iter().flatten();
                let began = self.worked.as_ref().map(|worked| worked.started_at + TimeDelta::seconds(worked.breaks.total()));
                let end = signs.chain(began).fold(plan.until, Instant::max);
                let (worked, last_break) = self.ended_at(end)?;
                let reason = by_itself("nobody said when it ended; it was settled by itself");
                let ended = ShiftEvent::Ended { worked, reported: None, notes: None, reason };
                Ok(last_break.into_iter().chain([ended]).collect())
            }
            _ => Ok(vec![]),
        }
    }

    /// What was worked if it ends at this instant, and the break that ends with it.
    fn ended_at(&self, at: Instant) -> Result<(Worked, Option<ShiftEvent>), ShiftRefusal> {
        let (_, plan) = self.in_state(&[ShiftStatus::Active])?;
        let begun = self.worked.as_ref().ok_or(ShiftRefusal::Unknown)?;
        let last_break = self.break_ended(at);
        let mut breaks = begun.breaks;
        if let Some(ShiftEvent::BreakEnded { kind, seconds, .. }) = &last_break {
            breaks.add(*kind, *seconds);
        }
        Ok((Worked::judged(plan, begun.started_at, Some(at), breaks), last_break))
    }

    pub fn mark_absent(&self, reason: Option<Text<1000>>) -> Decision<Shift> {
        if self.known().is_ok() && self.status == ShiftStatus::Absent {
            return Ok(vec![]);
        }
        self.in_state(&[ShiftStatus::Scheduled])?;
        Ok(vec![ShiftEvent::MarkedAbsent { reason }])
    }

    /// Takes it off the roster, if nobody worked it.
    pub fn withdraw(&self, reason: Option<Text<1000>>) -> Decision<Shift> {
        self.in_state(&[ShiftStatus::Scheduled, ShiftStatus::Absent])?;
        Ok(vec![ShiftEvent::Withdrawn { reason }])
    }

    /// Keeps it no longer, whatever its state.
    pub fn dispose(&self, reason: Text<1000>) -> Decision<Shift> {
        self.known().map(|_| vec![ShiftEvent::Disposed { reason }])
    }

    /// Sets times right by hand; what is absent stays as it was. A break that is going on ends with it, so that no break can come
    /// to more than what was worked. Somebody who was marked absent may turn out to have worked.
    pub fn correct(
        &self,
        now: Instant,
        started_at: Option<Instant>,
        ended_at: Option<Instant>,
        breaks: Option<Breaks>,
        reason: Text<1000>,
    ) -> Decision<Shift> {
        let (_, plan) = self.known()?;
        let was = self.worked.as_ref();
        let ended_at = ended_at.or(was.and_then(|was| was.ended_at));
        // A break that is going on ends when the agent went, and not when somebody sets that right.
        let last_break = self.break_ended(ended_at.map_or(now, |ended| ended.min(now)));
        let impossible = |field, rule| Err(ShiftRefusal::Impossible { field, rule });
        let Some(started_at) = started_at.or(was.map(|was| was.started_at)) else {
            return impossible("actualStart", "is required for a shift that nobody began");
        };
        let mut so_far = was.map(|was| was.breaks).unwrap_or_default();
        if let Some(ShiftEvent::BreakEnded { kind, seconds, .. }) = &last_break {
            so_far.add(*kind, *seconds);
        }
        let breaks = breaks.unwrap_or(so_far);
        let last = ended_at.unwrap_or(now);
        if started_at > now || started_at < plan.from - TimeDelta::days(1) || started_at > plan.until + TimeDelta::days(1) {
            return impossible("actualStart", "must be within a day of the shift and not in the future");
        }
        if last > now || last <= started_at || last - started_at > TimeDelta::days(2) {
            return impossible("actualEnd", "must be after the start, at most two days later, and not in the future");
        }
        if !breaks.possible() || breaks.total() > (last - started_at).num_seconds() {
            return impossible("breaks", "must not be negative, and together not longer than what was worked");
        }
        let worked = Worked::judged(plan, started_at, ended_at, breaks);
        if was.is_some_and(|was| Worked { breaks: so_far, ..was.clone() } == worked) {
            return Ok(vec![]);
        }
        let corrected = ShiftEvent::Corrected { worked, was: was.cloned(), reason };
        Ok(last_break.into_iter().chain([corrected]).collect())
    }

    fn break_ended(&self, at: Instant) -> Option<ShiftEvent> {
        let (kind, began_at) = self.open_break?;
        let at = at.max(began_at);
        Some(ShiftEvent::BreakEnded { kind, began_at, at, seconds: (at - began_at).num_seconds() })
    }

    fn in_state(&self, states: &[ShiftStatus]) -> Result<(&AgentCard, &ShiftPlan), ShiftRefusal> {
        let known = self.known()?;
        if states.contains(&self.status) { Ok(known) } else { Err(ShiftRefusal::InState { state: self.status }) }
    }
}

/// The words that tell what settled itself from what somebody said.
fn by_itself(why: &str) -> Option<Text<1000>> {
    Text::try_from(why.to_owned()).ok()
}

/// Nobody is at two shifts at once; only those of the days around can be at the same time.
fn free(plan: &ShiftPlan, neighbours: &[&Shift]) -> Result<(), ShiftRefusal> {
    let planned = neighbours.iter().filter_map(|shift| shift.known().ok());
    match planned.map(|(_, other)| other).find(|other| other.day != plan.day && other.overlaps(plan)) {
        Some(other) => Err(ShiftRefusal::Overlapping { day: other.day }),
        None => Ok(()),
    }
}
