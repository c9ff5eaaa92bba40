//! Days and instants in query strings: `2026-03-01` is a whole day on the clocks of the reporting zone.

use crate::params::AsOf;
use chrono::{NaiveDate, NaiveTime, TimeDelta};
use chrono_tz::Tz;
use domain::Instant;
use projections::calls::call_page::Bound;
use serde::{Deserialize, Deserializer, de::Error as _, de::IntoDeserializer};

/// A day or an instant, as somebody writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct When(pub Bound);

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if let Ok(day) = text.parse::<NaiveDate>() {
            return match (1970..=9999).contains(&chrono::Datelike::year(&day)) {
                true => Ok(Self(Bound::Day(day))),
                false => Err(D::Error::custom("must not be before 1970 or after 9999")),
            };
        }
        let rule = || D::Error::custom("must be a day such as 2026-03-01 or an instant such as 2026-03-01T09:30:00Z");
        let at = AsOf::deserialize(IntoDeserializer::<serde::de::value::Error>::into_deserializer(text)).map_err(|_| rule())?;
        Ok(Self(Bound::At(at.reckoned())))
    }
}

impl When {
    /// The instant at which it begins.
    pub fn begins(self, zone: Tz) -> Instant {
        match self.0 {
            Bound::At(at) => at,
            Bound::Day(day) => midnight(day, zone),
        }
    }

    /// The first instant after it; for an instant, itself.
    pub fn ends(self, zone: Tz) -> Instant {
        match self.0 {
            Bound::At(at) => at,
            Bound::Day(day) => midnight(day.succ_opt().unwrap_or(day), zone),
        }
    }
}

/// When a day begins. Where clocks are put forward at midnight, it begins when they have been.
fn midnight(day: NaiveDate, zone: Tz) -> Instant {
    let local = day.and_time(NaiveTime::MIN);
    let first = (0..4).find_map(|quarters| (local + TimeDelta::minutes(30 * quarters)).and_local_timezone(zone).earliest());
    first.map_or_else(|| local.and_utc(), |at| at.to_utc())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::extract::params;

    #[derive(Debug, Deserialize)]
    struct Question {
        from: When,
    }

    #[test]
    fn a_day_is_a_day_in_the_zone() {
        let asked = |text: &str| params::<Question>(text).map(|question| question.from);
        let day = asked("from=2026-03-08").unwrap();
        let ends = (day.begins(Tz::America__Detroit).to_rfc3339(), day.ends(Tz::America__Detroit).to_rfc3339());
        assert_eq!(ends, ("2026-03-08T05:00:00+00:00".into(), "2026-03-09T04:00:00+00:00".into()), "23 hours: clocks go forward");
        let at = asked("from=2026-03-08T01:00:00%2B01:00").unwrap();
        assert_eq!(at.begins(Tz::Asia__Tokyo).to_rfc3339(), "2026-03-08T00:00:00+00:00");
        // In Beirut clocks go forward at midnight.
        let gap = asked("from=2022-03-27").unwrap();
        assert_eq!(gap.begins(Tz::Asia__Beirut).to_rfc3339(), "2022-03-26T22:00:00+00:00");
        for bad in ["from=yesterday", "from=0001-01-01", "from="] {
            assert!(asked(bad).is_err(), "{bad}");
        }
    }
}
