//! Instants and lengths as telephone systems write them.

use crate::{Instant, micros};
use chrono::{DateTime, Datelike, MappedLocalTime, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;

const WALL: [&str; 3] = ["%Y/%m/%d %H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"];
const WITH_OFFSET: [&str; 3] = ["%Y-%m-%d %H:%M:%S%.f%:z", "%Y/%m/%d %H:%M:%S%.f%:z", "%Y-%m-%d %H:%M:%S%.f %:z"];

/// What a time may mean: one instant, or two in the hour that comes twice when clocks are set back. Never none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Readings {
    pub first: Instant,
    pub second: Option<Instant>,
}

impl Readings {
    /// In their order.
    pub fn all(self) -> impl Iterator<Item = Instant> {
        [Some(self.first), self.second].into_iter().flatten()
    }

    /// The first that is not before `earliest`, or else the last.
    pub fn since(self, earliest: Instant) -> Instant {
        self.all().find(|at| *at >= earliest).unwrap_or(self.second.unwrap_or(self.first))
    }
}

/// What a time may mean: RFC 3339, or the time of a clock in `zone`.
pub fn readings(text: &str, zone: Tz) -> Result<Readings, &'static str> {
    let known = DateTime::parse_from_rfc3339(text)
        .or_else(|error| WITH_OFFSET.iter().find_map(|f| DateTime::parse_from_str(text, f).ok()).ok_or(error))
        .map(|at| at.with_timezone(&Utc));
    let (first, second) = match known {
        Ok(at) => (at, None),
        Err(_) => {
            let wall = WALL.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
            let wall = wall.ok_or("must be a time such as 2024/03/02 14:05:09 or 2024-03-02T14:05:09Z")?;
            match zone.from_local_datetime(&wall) {
                MappedLocalTime::Single(at) => (at.with_timezone(&Utc), None),
                MappedLocalTime::Ambiguous(first, second) => {
                    (first.with_timezone(&Utc), Some(micros(second.with_timezone(&Utc))))
                }
                MappedLocalTime::None => return Err("is a time that was left out when clocks were set forward"),
            }
        }
    };
    match first.year() {
        1990..=2199 => Ok(Readings { first: micros(first), second }),
        _ => Err("must be between the years 1990 and 2199"),
    }
}

/// A length in whole seconds: `189`, `00:03:09`, `1.02:03:04` (days first) or with a fraction, which is cut off.
pub fn seconds(text: &str) -> Option<u32> {
    let whole = match text.split_once(':') {
        None => text.split_once('.').map_or(text, |(whole, fraction)| if digits(fraction) { whole } else { text }),
        Some(_) => text,
    };
    if digits(whole) {
        return whole.parse().ok();
    }
    let mut parts = text.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    let (days, hours) = hours.split_once('.').unwrap_or(("0", hours));
    let seconds = seconds.split_once('.').map_or(seconds, |(whole, _)| whole);
    let number = |text: &str| digits(text).then(|| text.parse::<u32>().ok()).flatten();
    let (days, hours, minutes, seconds) = (number(days)?, number(hours)?, number(minutes)?, number(seconds)?);
    if parts.next().is_some() || minutes > 59 || seconds > 59 {
        return None;
    }
    days.checked_mul(24)?.checked_add(hours)?.checked_mul(3600)?.checked_add(minutes * 60 + seconds)
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Whole seconds between two instants, half a second rounded away from zero, as B.F1 and B.F2 have it.
pub fn between(from: Instant, to: Instant) -> i64 {
    let micros = (to - from).num_microseconds().unwrap_or(i64::MAX);
    (micros / 1_000_000).saturating_add((micros % 1_000_000) / 500_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn instant(text: &str, zone: Tz, earliest: Option<Instant>) -> Result<Instant, &'static str> {
        readings(text, zone).map(|may| earliest.map_or(may.first, |earliest| may.since(earliest)))
    }

    #[test]
    fn a_time_is_read_in_the_zone_of_its_source() {
        let detroit = chrono_tz::America::Detroit;
        for text in [
            "2024/03/02 14:05:09",
            "2024-03-02 14:05:09",
            "2024-03-02T14:05:09",
            "2024-03-02T19:05:09Z",
            "2024-03-02 20:05:09+01:00",
        ] {
            assert_eq!(instant(text, detroit, None), Ok(at("2024-03-02T19:05:09Z")), "{text}");
        }
        assert_eq!(instant("2024-03-02 14:05:09.1234567", Tz::UTC, None), Ok(at("2024-03-02T14:05:09.123456Z")));
        for bad in [
            "",
            "yesterday",
            "2024-13-02 14:05:09",
            "2024-03-02",
            "0001-01-01 00:00:00",
            "9999-01-01 00:00:00",
            "2024-02-30 00:00:00",
        ] {
            assert!(instant(bad, Tz::UTC, None).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_hour_that_comes_twice_and_the_one_that_is_left_out() {
        let detroit = chrono_tz::America::Detroit;
        let first = instant("2024-11-03 01:50:00", detroit, None).unwrap();
        assert_eq!(first, at("2024-11-03T05:50:00Z"));
        assert_eq!(instant("2024-11-03 01:10:00", detroit, Some(first)), Ok(at("2024-11-03T06:10:00Z")));
        assert!(instant("2024-03-10 02:30:00", detroit, None).is_err());
    }

    #[test]
    fn lengths_in_every_spelling() {
        let read = |text: &str| seconds(text);
        assert_eq!([read("189"), read("00:03:09"), read("00:03:09.9"), read("189.4")], [Some(189); 4]);
        assert_eq!(read("1.02:03:04"), Some(93_784));
        for bad in ["", "-1", "1:2", "00:60:00", "00:00:60", "a:b:c", "1:2:3:4", "99999999999", "4294967295.00:00:00", "1.x"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn half_a_second_is_rounded_away_from_zero() {
        let start = at("2024-03-02T14:05:09Z");
        let plus = |micros| between(start, start + chrono::TimeDelta::microseconds(micros));
        assert_eq!([plus(0), plus(499_999), plus(500_000), plus(1_500_000), plus(2_499_999)], [0, 0, 1, 2, 2]);
        assert_eq!([plus(-499_999), plus(-500_000), plus(-1_500_000)], [0, -1, -2]);
    }
}
