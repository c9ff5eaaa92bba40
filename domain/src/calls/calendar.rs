//! Days and times that somebody writes down: a day that every calendar and every table can hold, and a time on the clock in whole seconds.

use crate::{Kind, Refusal};
use chrono::{Datelike, NaiveDate, NaiveTime, Timelike};

#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq)]
pub enum CalendarRefusal {
    #[error("{field} must be a day from 1970 to 9998")]
    Day { field: &'static str },
    #[error("{field} must be a time from 00:00:00 to 23:59:59 in whole seconds")]
    Time { field: &'static str },
}

impl Refusal for CalendarRefusal {
    fn code(&self) -> &'static str {
        match self {
            CalendarRefusal::Day { .. } => "day_out_of_range",
            CalendarRefusal::Time { .. } => "time_out_of_range",
        }
    }
    fn kind(&self) -> Kind {
        let (CalendarRefusal::Day { field } | CalendarRefusal::Time { field }) = self;
        Kind::Invalid { field }
    }
}

/// Whether it is a day that can be reckoned with: the log begins in 1970, and nothing around the last day overflows.
pub fn in_calendar(day: NaiveDate) -> bool {
    (1970..=9998).contains(&day.year())
}

/// The day that is to go on record, if [`in_calendar`]. A table that cannot hold a day would stop a screen for everybody.
pub fn calendar_day(field: &'static str, day: NaiveDate) -> Result<NaiveDate, CalendarRefusal> {
    if in_calendar(day) { Ok(day) } else { Err(CalendarRefusal::Day { field }) }
}

/// The same where a day may be left out.
pub fn optional_day(field: &'static str, day: Option<NaiveDate>) -> Result<(), CalendarRefusal> {
    day.map_or(Ok(()), |day| calendar_day(field, day).map(|_| ()))
}

/// The time of day that is to go on record. A leap second is kept as more than a second's fractions, and a table would make it
/// 24:00:00, which no clock shows.
pub fn clock_time(field: &'static str, time: NaiveTime) -> Result<NaiveTime, CalendarRefusal> {
    if time.nanosecond() == 0 { Ok(time) } else { Err(CalendarRefusal::Time { field }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_one_that_every_table_can_hold() {
        for (day, fits) in [
            ("1969-12-31", false),
            ("1970-01-01", true),
            ("9998-12-31", true),
            ("9999-01-01", false),
            ("+10000-01-01", false),
            ("0000-01-01", false),
            ("-0044-03-15", false),
        ] {
            let known = calendar_day("hiredOn", day.parse().unwrap());
            assert_eq!(known.is_ok(), fits, "{day}");
        }
        assert_eq!(optional_day("hiredOn", None), Ok(()));
        assert_eq!(optional_day("hiredOn", Some(NaiveDate::MAX)), Err(CalendarRefusal::Day { field: "hiredOn" }));
    }

    #[test]
    fn a_time_is_one_that_a_clock_shows() {
        for (time, fits) in [("23:59:59", true), ("00:00:00", true), ("23:59:60", false), ("08:00:00.5", false)] {
            assert_eq!(clock_time("endTime", time.parse().unwrap()).is_ok(), fits, "{time}");
        }
    }
}
