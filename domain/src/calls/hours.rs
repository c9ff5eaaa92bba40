//! The hours of a day on the clocks of a zone: 23 or 25 of them on the days on which clocks change.

use super::shift::instant_of;
use crate::Instant;
use chrono::{NaiveDate, NaiveTime, TimeDelta, Timelike};
use chrono_tz::Tz;

/// An hour of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hour {
    pub day: NaiveDate,
    /// What the clock shows when it begins: 0 to 23. In autumn one number comes twice.
    pub hour: u8,
    pub from: Instant,
    pub until: Instant,
}

impl Hour {
    /// Whole seconds of a stretch of time that fall into it.
    pub fn seconds_of(&self, from: Instant, until: Instant) -> i64 {
        (until.min(self.until) - from.max(self.from)).num_seconds().max(0)
    }
}

/// The hours from midnight to midnight, one after the other without a gap.
pub fn hours_of(day: NaiveDate, zone: Tz) -> Vec<Hour> {
    let midnight = |day: NaiveDate| instant_of(zone, day.and_time(NaiveTime::MIN));
    let Some(next) = day.succ_opt() else { return Vec::new() };
    let (mut from, end) = (midnight(day), midnight(next));
    let mut hours = Vec::with_capacity(25);
    while from < end {
        // Where clocks change by half an hour, one hour is cut short so that the next begins with a full one again.
        let past = TimeDelta::minutes(from.with_timezone(&zone).minute().into());
        let until = (from + TimeDelta::hours(1) - past).min(end);
        hours.push(Hour { day, hour: from.with_timezone(&zone).hour() as u8, from, until });
        from = until;
    }
    hours
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(day: &str, zone: Tz) -> Vec<Hour> {
        let hours = hours_of(day.parse().unwrap(), zone);
        assert!(hours.windows(2).all(|pair| pair[0].until == pair[1].from), "without a gap");
        hours
    }

    #[test]
    fn days_have_as_many_hours_as_they_have() {
        let detroit = chrono_tz::America::Detroit;
        for (day, count, numbers) in
            [("2026-03-07", 24, "0 1 2 3 4"), ("2026-03-08", 23, "0 1 3 4 5"), ("2026-11-01", 25, "0 1 1 2 3")]
        {
            let hours = of(day, detroit);
            assert_eq!(hours.len(), count, "{day}");
            let first: Vec<_> = hours.iter().take(5).map(|hour| hour.hour.to_string()).collect();
            assert_eq!(first.join(" "), numbers, "{day}");
            assert!(hours.iter().all(|hour| hour.until - hour.from == TimeDelta::hours(1)));
            assert_eq!(hours.last().unwrap().hour, 23);
        }
        let autumn = of("2026-11-01", detroit);
        assert_eq!(
            (autumn[1].from, autumn[2].from),
            ("2026-11-01T05:00:00Z".parse().unwrap(), "2026-11-01T06:00:00Z".parse().unwrap())
        );
    }

    #[test]
    fn zones_may_change_by_half_an_hour_or_at_midnight() {
        let lord_howe = of("2026-04-05", chrono_tz::Australia::Lord_Howe);
        assert_eq!(lord_howe.iter().map(|hour| (hour.until - hour.from).num_minutes()).sum::<i64>(), 24 * 60 + 30);
        assert_eq!(of("2022-03-27", chrono_tz::Asia::Beirut).len(), 23, "this day began at one o'clock");
        assert_eq!(of("2026-01-01", chrono_tz::Asia::Kathmandu).len(), 24);
    }

    #[test]
    fn what_falls_into_an_hour_is_counted_there_only() {
        let hour = of("2026-01-15", chrono_tz::UTC)[8];
        let at = |time: &str| format!("2026-01-15T{time}Z").parse::<Instant>().unwrap();
        assert_eq!(hour.seconds_of(at("07:30:00"), at("08:15:00")), 900);
        assert_eq!(hour.seconds_of(at("08:50:00"), at("16:00:00")), 600);
        assert_eq!(hour.seconds_of(at("09:00:00"), at("16:00:00")), 0);
        assert_eq!(hour.seconds_of(at("00:00:00"), at("23:00:00")), 3600);
    }
}
