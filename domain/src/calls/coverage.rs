//! How many people an hour has: those who are on the roster for it, and those who were there.

use super::hours::Hour;
use crate::{Instant, UserId};
use std::collections::BTreeSet;

/// When somebody was to be there, and when they were.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Presence {
    pub agent: UserId,
    pub planned: (Instant, Instant),
    pub present: Option<(Instant, Instant)>,
}

/// The people of an hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cover {
    /// Agents with a part of the hour on their roster.
    pub planned_agents: usize,
    pub planned_seconds: i64,
    /// Agents who were there for a part of it; breaks are not taken off.
    pub present_agents: usize,
    pub present_seconds: i64,
}

/// The people of an hour among these shifts.
pub fn cover(hour: &Hour, shifts: &[Presence]) -> Cover {
    let (mut planned, mut present) = (BTreeSet::new(), BTreeSet::new());
    let mut cover = Cover::default();
    for shift in shifts {
        let seconds = hour.seconds_of(shift.planned.0, shift.planned.1);
        if seconds > 0 {
            planned.insert(shift.agent);
            cover.planned_seconds += seconds;
        }
        let seconds = shift.present.map_or(0, |(from, until)| hour.seconds_of(from, until));
        if seconds > 0 {
            present.insert(shift.agent);
            cover.present_seconds += seconds;
        }
    }
    Cover { planned_agents: planned.len(), present_agents: present.len(), ..cover }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calls::hours::hours_of;
    use crate::calls::shift::{Roster, ShiftTargets};
    use uuid::Uuid;

    const DETROIT: chrono_tz::Tz = chrono_tz::America::Detroit;

    fn night(agent: u128, day: &str) -> Presence {
        let roster = Roster {
            day: day.parse().unwrap(),
            start: "22:00:00".parse().unwrap(),
            end: "06:00:00".parse().unwrap(),
            targets: ShiftTargets::default(),
            notes: None,
        };
        let plan = roster.plan(DETROIT).unwrap();
        Presence { agent: UserId(Uuid::from_u128(agent)), planned: (plan.from, plan.until), present: None }
    }

    /// How many are planned in each hour of a day.
    fn planned(day: &str, shifts: &[Presence]) -> (Vec<usize>, i64) {
        let covers: Vec<Cover> = hours_of(day.parse().unwrap(), DETROIT).iter().map(|hour| cover(hour, shifts)).collect();
        (covers.iter().map(|cover| cover.planned_agents).collect(), covers.iter().map(|cover| cover.planned_seconds).sum())
    }

    #[test]
    fn nights_cover_the_hours_that_their_day_has() {
        let (spring, seconds) = planned("2026-03-08", &[night(1, "2026-03-07")]);
        assert_eq!((spring.len(), spring.iter().sum::<usize>(), seconds), (23, 5, 5 * 3600), "two o'clock is skipped");
        let (autumn, seconds) = planned("2026-11-01", &[night(1, "2026-10-31")]);
        assert_eq!((autumn.len(), autumn.iter().sum::<usize>(), seconds), (25, 7, 7 * 3600), "one o'clock comes twice");
        let (usual, seconds) = planned("2026-01-16", &[night(1, "2026-01-15"), night(2, "2026-01-15"), night(1, "2026-01-16")]);
        assert_eq!((usual[0], usual[5], usual[6], usual[22], seconds), (2, 2, 0, 1, 14 * 3600));
    }

    #[test]
    fn whoever_is_there_twice_in_an_hour_is_one() {
        let hour = hours_of("2026-01-15".parse().unwrap(), chrono_tz::UTC)[8];
        let at = |time: &str| format!("2026-01-15T{time}Z").parse::<Instant>().unwrap();
        let of = |agent: u128, from: &str, until: &str| Presence {
            agent: UserId(Uuid::from_u128(agent)),
            planned: (at(from), at(until)),
            present: Some((at(from), at("08:45:00"))),
        };
        let shifts = [of(1, "00:00:00", "08:15:00"), of(1, "08:30:00", "16:00:00"), of(2, "08:00:00", "16:00:00")];
        let found = cover(&hour, &shifts);
        assert_eq!((found.planned_agents, found.planned_seconds), (2, 900 + 1800 + 3600));
        assert_eq!((found.present_agents, found.present_seconds), (2, 2700 + 900 + 2700));
    }
}
