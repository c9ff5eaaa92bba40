//! Days, weeks, months and quarters of the calendar, so that no two goals of a kind overlap.

use crate::calls::calendar::in_calendar;
use chrono::{Datelike, Days, Months, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

/// How long a goal's time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    Daily,
    /// Monday to Sunday.
    Weekly,
    Monthly,
    Quarterly,
}

impl Period {
    pub fn word(self) -> &'static str {
        match self {
            Period::Daily => "daily",
            Period::Weekly => "weekly",
            Period::Monthly => "monthly",
            Period::Quarterly => "quarterly",
        }
    }

    pub fn noun(self) -> &'static str {
        match self {
            Period::Daily => "day",
            Period::Weekly => "week (a Monday)",
            Period::Monthly => "month",
            Period::Quarterly => "quarter (January, April, July or October)",
        }
    }

    /// Its last day, if it begins on this one.
    pub fn last_day(self, first: NaiveDate) -> Option<NaiveDate> {
        if !in_calendar(first) {
            return None;
        }
        let begins = match self {
            Period::Daily => true,
            Period::Weekly => first.weekday() == Weekday::Mon,
            Period::Monthly => first.day() == 1,
            Period::Quarterly => first.day() == 1 && first.month0().is_multiple_of(3),
        };
        let next = match self {
            Period::Daily => first.checked_add_days(Days::new(1)),
            Period::Weekly => first.checked_add_days(Days::new(7)),
            Period::Monthly => first.checked_add_months(Months::new(1)),
            Period::Quarterly => first.checked_add_months(Months::new(3)),
        };
        next.filter(|_| begins)?.pred_opt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_begins_with_its_first_day_and_ends_with_its_last() {
        for (period, first, last) in [
            (Period::Daily, "2026-03-08", Some("2026-03-08")),
            (Period::Weekly, "2026-03-02", Some("2026-03-08")),
            (Period::Weekly, "2026-03-03", None),
            (Period::Monthly, "2024-02-01", Some("2024-02-29")),
            (Period::Monthly, "2026-02-02", None),
            (Period::Quarterly, "2026-10-01", Some("2026-12-31")),
            (Period::Quarterly, "2026-11-01", None),
            (Period::Daily, "1969-12-31", None),
        ] {
            let last = last.map(|last| last.parse().unwrap());
            assert_eq!(period.last_day(first.parse().unwrap()), last, "{period:?} {first}");
        }
    }
}
