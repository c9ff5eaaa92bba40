//! Who works when: planned by a pattern, and worked with the small delays of real life.

use super::cast::{AGENTS, ZONE, id};
use super::wish::{By, Wish, wish};
use chrono::{Datelike, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use domain::calls::shift::Shift;
use domain::{Instant, TenantId};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::json;

/// A shift on the roster, and how it went.
#[derive(Clone, Debug)]
pub struct Stint {
    pub agent: usize,
    pub day: NaiveDate,
    pub from: Instant,
    pub until: Instant,
    /// When they came and go; nothing if they stayed at home.
    pub came: Option<(Instant, Instant)>,
    pub lunch: (Instant, Instant),
}

impl Stint {
    /// Whether they take calls at this instant, and for a while.
    pub fn takes_calls(&self, at: Instant) -> bool {
        let at_lunch = at + TimeDelta::minutes(15) > self.lunch.0 && at < self.lunch.1;
        !at_lunch && self.came.is_some_and(|(from, until)| from <= at && at + TimeDelta::minutes(15) < until)
    }
}

/// All shifts that begin on these days. The same days give the same shifts, however often they are asked for.
pub fn stints(first: NaiveDate, days: u64) -> Vec<Stint> {
    let dates: Vec<NaiveDate> = (0..days).filter_map(|n| first.checked_add_days(Days::new(n))).collect();
    dates.iter().flat_map(|day| (0..AGENTS.len()).filter_map(|agent| stint(agent, *day))).collect()
}

fn stint(agent: usize, day: NaiveDate) -> Option<Stint> {
    let works = &AGENTS[agent];
    if works.off.contains(&day.weekday()) {
        return None;
    }
    let [start, end, lunch] = works.hours;
    let from = instant(day, start)?;
    let next = day.succ_opt()?;
    let after = |time: (u32, u32)| instant(if time < start { next } else { day }, time);
    let (until, lunch) = (after(end)?, after(lunch)?);
    // What happens on a day follows from the day, not from when the company was filled.
    let mut luck = StdRng::seed_from_u64(day.num_days_from_ce() as u64 * 10 + agent as u64);
    let late = match luck.random_range(0..12) {
        0 => luck.random_range(6..25),
        _ => luck.random_range(-6..1),
    };
    let early = if luck.random_range(0..15) == 0 { luck.random_range(20..50) } else { luck.random_range(-3..1) };
    let ill = luck.random_range(0..28) == 0;
    let came = (from + TimeDelta::minutes(late), until - TimeDelta::minutes(early));
    Some(Stint { agent, day, from, until, came: (!ill).then_some(came), lunch: (lunch, lunch + TimeDelta::minutes(30)) })
}

/// The instant of a time on the clocks of the centre.
fn instant(day: NaiveDate, (hour, minute): (u32, u32)) -> Option<Instant> {
    let local = day.and_hms_opt(hour, minute, 0)?;
    ZONE.from_local_datetime(&local).earliest().map(|at| at.with_timezone(&Utc))
}

/// Everything that is asked about a shift by `now`: planning it days ahead, coming, pausing, going.
pub fn wishes(tenant: TenantId, stint: &Stint, now: Instant) -> Result<Vec<Wish>, String> {
    let Stint { agent, day, from, until, came, lunch } = stint;
    let on = Shift::id(tenant, id(tenant, AGENTS[*agent].email), *day);
    let clock = |(hour, minute): (u32, u32)| NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or_default();
    let [start, end, _] = AGENTS[*agent].hours;
    let mut wishes = Vec::new();
    let mut ask = |by: By, at: Instant, name: &str, data: serde_json::Value| -> Result<(), String> {
        if at <= now {
            let key = format!("demo shift {agent} {day} {}", wishes.len());
            wishes.push(wish(by, at, key, name, on, data)?);
        }
        Ok(())
    };
    let plan = json!({"agent": id(tenant, AGENTS[*agent].email), "date": day, "startTime": clock(start), "endTime": clock(end),
        "callTarget": 18, "appointmentTarget": 5, "qualityTarget": 80});
    ask(By::Manager, (*from - TimeDelta::days(8)).min(now), "ScheduleShift", plan)?;
    match came {
        Some((came, went)) => {
            let me = By::Agent(*agent);
            ask(me, *came, "StartShift", json!({}))?;
            ask(me, lunch.0, "BeginBreak", json!({"kind": "lunch"}))?;
            ask(me, lunch.1, "EndBreak", json!({}))?;
            ask(me, *went, "EndShift", json!({}))?;
        }
        None if *until <= now => ask(By::Manager, *until, "MarkAbsent", json!({"reason": "ill"}))?,
        None => {}
    }
    Ok(wishes)
}
