//! The call centre's settings as the log has them: which day it is there, and what its quotas are.

use crate::House;
use crate::error::Error;
use actix_web::web;
use chrono::NaiveDate;
use domain::TenantId;
use domain::calls::calendar::in_calendar;
use domain::calls::centre::CallCentre;
use std::sync::Arc;

/// The settings, and the day it is by them.
pub async fn centre(house: &web::Data<House>, tenant: TenantId) -> Result<(Arc<CallCentre>, NaiveDate), Error> {
    let here = House::clone(house);
    let read = async move { Ok(here.commands.state::<CallCentre>(tenant, tenant).await?.0) };
    let centre = house.finish(read).await?;
    let today = centre.day_of(house.commands.now()).day;
    Ok((centre, today))
}

/// A day as it was asked for; one that no table can hold is refused.
pub fn day(field: &'static str, day: Option<NaiveDate>) -> Result<Option<NaiveDate>, Error> {
    match day.is_none_or(in_calendar) {
        true => Ok(day),
        false => Err(Error::invalid(field, "must be a day from 1970 to 9998")),
    }
}

/// A stretch of days as it was asked for: up to today, and so many days before that, where nothing is said.
pub fn days(
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    today: NaiveDate,
    usual: u64,
) -> Result<(NaiveDate, NaiveDate), Error> {
    let (from, to) = (day("from", from)?, day("to", to)?);
    let to = to.unwrap_or_else(|| from.map_or(today, |from| from.max(today)));
    let from = from.or_else(|| to.checked_sub_days(chrono::Days::new(usual))).unwrap_or(to);
    match from <= to {
        true => Ok((from, to)),
        false => Err(Error::invalid("from", "must not be after to")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn days_end_today_unless_it_is_said() {
        let day = |day: &str| day.parse::<NaiveDate>().unwrap();
        let asked = |from: Option<&str>, to: Option<&str>| days(from.map(day), to.map(day), day("2026-03-08"), 30);
        assert_eq!(asked(None, None).unwrap(), (day("2026-02-06"), day("2026-03-08")));
        assert_eq!(asked(Some("2026-03-01"), None).unwrap(), (day("2026-03-01"), day("2026-03-08")));
        assert_eq!(asked(Some("2026-04-01"), None).unwrap(), (day("2026-04-01"), day("2026-04-01")));
        assert_eq!(asked(None, Some("2026-01-31")).unwrap(), (day("2026-01-01"), day("2026-01-31")));
        assert!(asked(Some("2026-03-02"), Some("2026-03-01")).is_err());
        assert!(asked(Some("0000-01-01"), None).is_err() && asked(None, Some("+10000-01-01")).is_err());
    }
}
