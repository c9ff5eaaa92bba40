//! Two weeks of calls, made up by rule: the same seed and the same end give the same calls.

use super::cast::{QUEUES, ZONE};
use super::lines::{End, Leg};
use super::roster::Stint;
use super::ways::Way;
use crate::demo::people::debtor;
use chrono::{Datelike, NaiveDate, TimeDelta, TimeZone, Utc};
use domain::Instant;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// A call as it went.
#[derive(Clone, Debug)]
pub struct Made {
    /// The telephone system's own name for it.
    pub key: String,
    pub way: Way,
    pub queue: usize,
    pub began: Instant,
    pub ended: Instant,
    /// Whose it is, if somebody took or made it.
    pub agent: Option<usize>,
    /// The number outside.
    pub number: String,
    pub legs: Vec<Leg>,
}

impl Made {
    pub fn lines(&self) -> impl Iterator<Item = String> + '_ {
        self.legs.iter().enumerate().map(|(n, leg)| leg.line(&self.key, n, self.began))
    }

    /// Somebody within spoke with somebody outside, and has something to say about it.
    pub fn spoken(&self) -> bool {
        self.way.spoken()
    }
}

/// How many of a hundred calls begin in each hour of the day.
const HOURS: [u32; 24] = [1, 1, 1, 1, 1, 2, 4, 6, 7, 7, 7, 6, 6, 6, 7, 7, 6, 6, 5, 5, 4, 3, 2, 2];

/// Seconds after which nobody waits any longer.
const PATIENCE: i64 = 200;

/// `many` calls over these days, none of which ends after `until`.
pub fn calls(seed: u64, first: NaiveDate, days: u64, many: usize, stints: &[Stint], until: Instant) -> Vec<Made> {
    let mut luck = StdRng::seed_from_u64(seed);
    let mut begins: Vec<Instant> = (0..many).filter_map(|_| moment(first, days, &mut luck)).collect();
    begins.sort();
    let mut busy: Vec<Instant> = vec![Instant::UNIX_EPOCH; super::cast::AGENTS.len()];
    let mut made = Vec::new();
    for (n, began) in begins.into_iter().enumerate() {
        let on_duty: Vec<usize> = free(stints, began).collect();
        let mut free: Vec<usize> = on_duty.iter().copied().filter(|agent| busy[*agent] <= began).collect();
        let mut waits = 0;
        if let (true, Some(soonest)) = (free.is_empty(), on_duty.into_iter().min_by_key(|agent| busy[*agent])) {
            waits = (busy[soonest] - began).num_seconds();
            free.extend((waits <= PATIENCE).then_some(soonest));
        }
        let call = call(format!("D{n:05}"), n, began, &free, waits, &mut luck);
        if let Some(agent) = call.agent {
            busy[agent] = call.ended + TimeDelta::seconds(60);
        }
        if call.ended < until - TimeDelta::minutes(5) {
            made.push(call);
        }
    }
    made
}

/// Those whose shift it is.
pub fn free(stints: &[Stint], at: Instant) -> impl Iterator<Item = usize> + '_ {
    stints.iter().filter(move |stint| stint.takes_calls(at)).map(|stint| stint.agent)
}

/// One call that begins now, with those who are free, or will be in so many seconds.
pub fn call(key: String, n: usize, began: Instant, free: &[usize], waits: i64, luck: &mut StdRng) -> Made {
    let way = Way::drawn(free.len(), luck);
    let has = free.get(luck.random_range(0..free.len().max(1))).copied();
    let other = free.iter().copied().find(|other| Some(*other) != has).or(has);
    let queue = match luck.random_range(0..10) {
        0..6 => 0,
        6..8 => 1,
        _ => 2,
    } % QUEUES.len();
    let rings = if luck.random_range(0..6) == 0 { luck.random_range(20..90) } else { luck.random_range(3..20) };
    // Callers wait in the queue for somebody who still speaks with another; who dials has hung up before.
    let dials = matches!(way, Way::Outbound | Way::InVain | Way::Internal);
    let began = if dials { began + TimeDelta::seconds(waits) } else { began };
    let wait = if free.is_empty() || dials { rings } else { rings + waits };
    let talk = luck.random_range(40..300) + if luck.random_range(0..5) == 0 { luck.random_range(0..600) } else { 0 };
    let number = format!("+1734555{:04}", (n * 37) % 9_000 + 1_000);
    let caller = End::Outside { number: number.clone(), name: debtor(n % 700).0 };
    let legs = way.legs(caller, queue, has.unwrap_or_default(), other.unwrap_or_default(), wait, talk);
    let end = legs.iter().map(|leg| leg.end).max().unwrap_or_default();
    let agent = has.filter(|_| way.spoken() || matches!(way, Way::InVain | Way::Internal));
    Made { key, way, queue, began, ended: began + TimeDelta::seconds(end), agent, number, legs }
}

/// Some instant of these days; weekends and nights are quiet.
fn moment(first: NaiveDate, days: u64, luck: &mut StdRng) -> Option<Instant> {
    let day = loop {
        let day = first.checked_add_days(chrono::Days::new(luck.random_range(0..days)))?;
        if day.weekday().number_from_monday() < 6 || luck.random_range(0..10) < 4 {
            break day;
        }
    };
    let mut lot = luck.random_range(0..HOURS.iter().sum::<u32>());
    let hour = HOURS.iter().position(|share| match lot.checked_sub(*share) {
        Some(rest) => {
            lot = rest;
            false
        }
        None => true,
    })?;
    let local = day.and_hms_opt(hour as u32, luck.random_range(0..60), luck.random_range(0..60))?;
    // An hour that the clocks skipped has no calls.
    ZONE.from_local_datetime(&local).earliest().map(|at| at.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::roster::stints;
    use super::*;
    use domain::calls::cdr::{Field, KeyField, Layout};
    use std::collections::BTreeMap;

    #[test]
    fn the_same_seed_gives_the_same_calls_in_every_way_and_every_line_is_a_record() {
        let until = "2026-11-22T15:00:00Z".parse().unwrap();
        let first = NaiveDate::from_ymd_opt(2026, 11, 8).unwrap();
        let stints = stints(first, 15);
        let lines = |seed| -> Vec<String> {
            calls(seed, first, 15, 400, &stints, until).iter().flat_map(|call| call.lines().collect::<Vec<_>>()).collect()
        };
        assert_eq!(lines(7), lines(7));
        assert_ne!(lines(7), lines(8));
        let layout = Layout { source: Default::default(), fields: Field::ALL.to_vec(), zone: ZONE, key: KeyField::CallId };
        for line in lines(7) {
            layout.line(&line).unwrap_or_else(|flaw| panic!("{line}: {flaw:?}"));
        }
        let made = calls(7, first, 15, 1_500, &stints, until);
        let mut ways: BTreeMap<String, usize> = BTreeMap::new();
        for call in &made {
            *ways.entry(format!("{:?}", call.way)).or_default() += 1;
            assert!(call.ended <= until);
        }
        assert_eq!(ways.len(), 11, "{ways:?}");
        for agent in 0..super::super::cast::AGENTS.len() {
            let theirs: Vec<&Made> = made.iter().filter(|call| call.agent == Some(agent)).collect();
            assert!(theirs.len() > 40, "agent {agent} has {}", theirs.len());
            // One may wait in the queue while they still speak with another, so calls may overlap, but they end one after the other.
            assert!(theirs.windows(2).all(|pair| pair[0].ended < pair[1].ended), "nobody speaks with two at once");
        }
    }
}
