//! When a shift shall be worked: times as people write them on a roster, and the instants they are in the reporting zone.

use super::ShiftRefusal;
use super::work::LEFT_OPEN;
use crate::calls::calendar::{CalendarRefusal, calendar_day, clock_time};
use crate::{Instant, Text};
use chrono::{Days, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A shift as it is put on the roster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShiftPlan {
    /// The day on which it begins, on the clocks of the zone.
    pub day: NaiveDate,
    pub start: NaiveTime,
    /// At or before `start`: on the day after.
    pub end: NaiveTime,
    /// The reporting zone in force when it was planned; a later change of the zone moves no shift.
    pub zone: String,
    pub from: Instant,
    pub until: Instant,
    #[serde(default)]
    pub targets: ShiftTargets,
    #[serde(default)]
    pub notes: Option<Text<2000>>,
}

/// What shall be reached in a shift (B.T3).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ShiftTargets {
    pub calls: Option<u32>,
    pub appointments: Option<u32>,
    /// Per cent of a review, 0 to 100.
    pub quality: Option<Decimal>,
}

/// What is asked of a plan: everything that its instants follow from.
#[derive(Clone, Debug, PartialEq)]
pub struct Roster {
    pub day: NaiveDate,
    pub start: NaiveTime,
    pub end: NaiveTime,
    pub targets: ShiftTargets,
    pub notes: Option<Text<2000>>,
}

impl Roster {
    /// The plan with its instants in this zone. On the days on which clocks change a night is an hour longer or shorter.
    pub fn plan(self, zone: Tz) -> Result<ShiftPlan, ShiftRefusal> {
        let Roster { day, start, end, targets, notes } = self;
        let day = calendar_day("date", day)?;
        let (start, end) = (clock_time("startTime", start)?, clock_time("endTime", end)?);
        let next = || day.checked_add_days(Days::new(1)).ok_or(CalendarRefusal::Day { field: "date" });
        let last = if end <= start { next()? } else { day };
        let (from, until) = (instant_of(zone, day.and_time(start)), instant_of(zone, last.and_time(end)));
        if until <= from {
            return Err(ShiftRefusal::NoTime);
        }
        if targets.quality.is_some_and(|quality| !quality_fits(quality)) {
            return Err(ShiftRefusal::QualityOutOfRange);
        }
        Ok(ShiftPlan { day, start, end, zone: zone.name().to_owned(), from, until, targets, notes })
    }
}

fn quality_fits(quality: Decimal) -> bool {
    (Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(&quality) && quality.normalize().scale() <= 2
}

impl ShiftPlan {
    /// The seconds that are to be worked.
    pub fn seconds(&self) -> i64 {
        (self.until - self.from).num_seconds()
    }

    /// The zone in which it was planned; `None` should it have vanished from the library.
    pub fn zone(&self) -> Option<Tz> {
        self.zone.parse().ok()
    }

    /// The instant at which it is settled by itself, if nobody has done so.
    pub fn settles_at(&self) -> Instant {
        self.until + LEFT_OPEN
    }

    /// Whether both want the agent at the same time.
    pub fn overlaps(&self, other: &ShiftPlan) -> bool {
        self.from < other.until && other.from < self.until
    }
}

/// The instant of a time on the wall. Of one that comes twice it is the first; one that is skipped is as much later as was skipped.
pub fn instant_of(zone: Tz, local: NaiveDateTime) -> Instant {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at.with_timezone(&Utc),
        LocalResult::None => {
            // No zone ever skipped more than a day.
            let before = (1..=25).map(TimeDelta::hours).find_map(|back| {
                let known = zone.from_local_datetime(&local.checked_sub_signed(back)?).latest()?;
                known.with_timezone(&Utc).checked_add_signed(back)
            });
            before.unwrap_or_else(|| local.and_utc())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DETROIT: Tz = chrono_tz::America::Detroit;

    fn roster(day: &str, start: &str, end: &str) -> Roster {
        Roster {
            day: day.parse().unwrap(),
            start: start.parse().unwrap(),
            end: end.parse().unwrap(),
            targets: ShiftTargets::default(),
            notes: None,
        }
    }

    #[track_caller]
    fn planned(day: &str, start: &str, end: &str, from: &str, until: &str, hours: i64) {
        let plan = roster(day, start, end).plan(DETROIT).unwrap();
        assert_eq!((plan.from, plan.until), (from.parse().unwrap(), until.parse().unwrap()), "{day} {start} {end}");
        assert_eq!(plan.seconds(), hours * 3600);
    }

    #[test]
    fn a_shift_lasts_as_long_as_its_night_does() {
        planned("2026-01-15", "08:00:00", "16:00:00", "2026-01-15T13:00:00Z", "2026-01-15T21:00:00Z", 8);
    }

    #[test]
    fn nights_cross_midnight_and_the_days_of_23_and_25_hours() {
        planned("2026-01-15", "22:00:00", "06:00:00", "2026-01-16T03:00:00Z", "2026-01-16T11:00:00Z", 8);
        // 2026-03-08 has 23 hours: two o'clock is skipped.
        planned("2026-03-07", "22:00:00", "06:00:00", "2026-03-08T03:00:00Z", "2026-03-08T10:00:00Z", 7);
        planned("2026-03-08", "00:00:00", "00:00:00", "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z", 23);
        planned("2026-03-08", "02:30:00", "08:30:00", "2026-03-08T07:30:00Z", "2026-03-08T12:30:00Z", 5);
        // 2026-11-01 has 25: one o'clock comes twice, and a shift means the first.
        planned("2026-10-31", "22:00:00", "06:00:00", "2026-11-01T02:00:00Z", "2026-11-01T11:00:00Z", 9);
        planned("2026-11-01", "00:00:00", "00:00:00", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z", 25);
        planned("2026-11-01", "01:30:00", "03:30:00", "2026-11-01T05:30:00Z", "2026-11-01T08:30:00Z", 3);
    }

    #[test]
    fn what_takes_no_time_or_is_off_the_calendar_is_no_shift() {
        // 02:30 is skipped and becomes 03:30, which is after 03:15.
        assert_eq!(roster("2026-03-08", "02:30:00", "03:15:00").plan(DETROIT), Err(ShiftRefusal::NoTime));
        for (day, start, end, refused) in [
            ("1969-12-31", "08:00:00", "09:00:00", CalendarRefusal::Day { field: "date" }),
            ("+10000-01-01", "08:00:00", "09:00:00", CalendarRefusal::Day { field: "date" }),
            ("2026-01-15", "08:00:00", "23:59:60", CalendarRefusal::Time { field: "endTime" }),
            ("2026-01-15", "08:00:00.5", "09:00:00", CalendarRefusal::Time { field: "startTime" }),
        ] {
            assert_eq!(roster(day, start, end).plan(DETROIT), Err(refused.into()), "{day} {start} {end}");
        }
        for (quality, fits) in [("100", true), ("100.01", false), ("82.505", false), ("0", true), ("-1", false)] {
            let targets = ShiftTargets { quality: Some(quality.parse().unwrap()), ..Default::default() };
            let asked = Roster { targets, ..roster("2026-01-15", "08:00:00", "09:00:00") };
            assert_eq!(asked.plan(DETROIT).is_ok(), fits, "{quality}");
        }
    }

    #[test]
    fn a_day_that_a_zone_skipped_is_the_next() {
        // Samoa had no 30 December 2011.
        let local = "2011-12-30T12:00:00".parse().unwrap();
        assert_eq!(instant_of(chrono_tz::Pacific::Apia, local), "2011-12-30T22:00:00Z".parse::<Instant>().unwrap());
    }
}
