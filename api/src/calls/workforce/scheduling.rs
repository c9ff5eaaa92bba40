//! Who is on the roster, and how many people and calls each hour has (B.E32).

use super::body::Shift;
use crate::auth::Caller;
use crate::calls::formulas::ShownFigure;
use crate::calls::today;
use crate::error::Error;
use crate::extract::Params;
use crate::face::Enveloped;
use crate::{Answer, House};
use actix_web::web;
use chrono::{DateTime, Days, NaiveDate, Utc};
use domain::calls::coverage::{Presence, cover};
use domain::calls::formulas::{FORECAST, Figure};
use domain::calls::hours::{Hour, hours_of};
use domain::{Instant, LocationId};
use projections::calls::shift_queries::{self as queries, ShiftFilter};
use projections::calls::shifts::ShiftRow;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::{IntoParams, ToSchema};

/// The most days that are shown at once.
const MOST_DAYS: i64 = 31;
/// The most shifts that are shown at once; of more than these hours would be counted wrongly.
const MOST_SHIFTS: i64 = 10_000;
/// How many weeks a forecast looks back.
const WEEKS: u64 = 4;

/// Which part of the roster.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedRoster {
    /// The first day; today if it is not said.
    from: Option<NaiveDate>,
    /// The last day; six days later if it is not said, and 31 days at most.
    to: Option<NaiveDate>,
    #[param(value_type = Option<Uuid>)]
    location_id: Option<LocationId>,
    /// Of the shifts; calls belong to no team before somebody takes them, so all are counted.
    team: Option<String>,
}

/// Part of the roster, with its hours.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Roster {
    from: NaiveDate,
    to: NaiveDate,
    /// The zone by whose clocks days and hours are told apart.
    #[schema(example = "America/Detroit")]
    timezone: String,
    as_of: DateTime<Utc>,
    shifts: Vec<Shift>,
    /// One entry for each hour: 23 or 25 on the days on which clocks change.
    coverage: Vec<HourCover>,
}

/// An hour of a day.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HourCover {
    day: NaiveDate,
    /// What the clock shows when it begins.
    #[schema(example = 8)]
    hour: u8,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    /// Agents with a part of the hour on their roster.
    scheduled_agents: usize,
    scheduled_minutes: i64,
    /// Agents who were there for a part of it; breaks are not taken off.
    present_agents: usize,
    present_minutes: i64,
    /// Calls that began in it.
    calls: i64,
    /// How many are to be expected.
    #[schema(value_type = ShownFigure)]
    forecast: Figure,
}

/// The roster with its coverage by hour.
#[utoipa::path(get, path = "/api/workforce/scheduling", tag = "workforce", params(WantedRoster),
    responses((status = 200, body = Enveloped<Roster>)))]
pub async fn scheduling(house: web::Data<House>, caller: Caller, wanted: Params<WantedRoster>) -> Result<Answer<Roster>, Error> {
    let WantedRoster { from, to, location_id, team } = wanted.0;
    let (tenant, viewer, now) = (caller.tenant(), caller.viewer(), house.commands.now());
    let (centre, today) = today::centre(&house, tenant).await?;
    let from = today::day("from", from)?.unwrap_or(today);
    let to = today::day("to", to)?.or_else(|| from.checked_add_days(Days::new(6))).unwrap_or(from);
    if from > to || (to - from).num_days() >= MOST_DAYS {
        return Err(Error::invalid("to", format!("must not be before from, and at most {MOST_DAYS} days are shown")));
    }
    let days: Vec<NaiveDate> = from.iter_days().take_while(|day| *day <= to).collect();
    let hours: Vec<Hour> = days.iter().flat_map(|day| hours_of(*day, centre.zone())).collect();
    let past: Vec<NaiveDate> = days.iter().flat_map(|day| weeks_before(*day, today)).chain(days.iter().copied()).collect();
    // A night that began the day before reaches into the first hours.
    let filter = ShiftFilter { location: location_id, team, from: from.pred_opt(), until: Some(to), ..ShiftFilter::default() };
    let (seen, doubled) = (viewer.clone(), doubled(&hours));
    let found = house.reader.as_viewer(tenant, &viewer, move |conn| {
        Box::pin(async move {
            let shifts = queries::all(conn, tenant, &seen, &filter, MOST_SHIFTS + 1).await?;
            let calls = queries::calls_of(conn, tenant, &seen, &shifts, now).await?;
            let by_hour = queries::calls_by_hour(conn, tenant, &seen, location_id, &past).await?;
            let mut exact = HashMap::new();
            for hour in doubled {
                let counted = queries::calls_between(conn, tenant, &seen, location_id, (hour.from, hour.until)).await?;
                exact.insert(hour.from, counted);
            }
            Ok((shifts, calls, by_hour, exact))
        })
    });
    let (shifts, calls, by_hour, exact) = found.await?;
    few_enough(shifts.len())?;
    let presences: Vec<Presence> = shifts.iter().map(|shift| presence(shift, now)).collect();
    let coverage = hours.iter().map(|hour| {
        let cover = cover(hour, &presences);
        let counted = |day| by_hour.get(&(day, hour.hour)).copied().unwrap_or(0);
        let before: i64 = weeks_before(hour.day, today).map(counted).sum();
        HourCover {
            day: hour.day,
            hour: hour.hour,
            starts_at: hour.from,
            ends_at: hour.until,
            scheduled_agents: cover.planned_agents,
            scheduled_minutes: cover.planned_seconds / 60,
            present_agents: cover.present_agents,
            present_minutes: cover.present_seconds / 60,
            calls: exact.get(&hour.from).copied().unwrap_or_else(|| counted(hour.day)),
            forecast: FORECAST.figure(before, WEEKS),
        }
    });
    let coverage = coverage.collect();
    let timezone = centre.values().reporting_timezone.clone();
    let shifts = shifts.into_iter().filter(|shift| shift.shift_date >= from).map(|shift| {
        let calls = calls.get(&shift.shift_id).copied().unwrap_or_default();
        Shift::of(shift, calls, now)
    });
    Ok(Answer::ok(Roster { from, to, timezone, as_of: now, shifts: shifts.collect(), coverage }))
}

/// Whether all shifts of these days were looked at.
fn few_enough(found: usize) -> Result<(), Error> {
    match found as i64 > MOST_SHIFTS {
        true => Err(Error::invalid("to", format!("there are more than {MOST_SHIFTS} shifts; ask for fewer days"))),
        false => Ok(()),
    }
}

/// The same weekday of the last four weeks that are over, seen from a day that may lie ahead.
fn weeks_before(day: NaiveDate, today: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    let skipped = (day - today).num_days().max(0).unsigned_abs() / 7;
    (1..=WEEKS).filter_map(move |week| day.checked_sub_days(Days::new(7 * (week + skipped))))
}

/// The hours whose number comes twice on their day.
fn doubled(hours: &[Hour]) -> Vec<Hour> {
    let twice = |hour: &&Hour| hours.iter().filter(|other| (other.day, other.hour) == (hour.day, hour.hour)).count() > 1;
    hours.iter().filter(twice).copied().collect()
}

fn presence(shift: &ShiftRow, now: Instant) -> Presence {
    Presence {
        agent: shift.agent_id,
        planned: (shift.scheduled_start, shift.scheduled_end),
        present: shift.actual_start.map(|began| (began, shift.until(now))),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn day(day: &str) -> NaiveDate {
        day.parse().unwrap()
    }

    #[test]
    fn a_forecast_looks_at_weeks_that_are_over() {
        let weeks =
            |of: &str, today: &str| weeks_before(day(of), day(today)).map(|day| day.to_string()).collect::<Vec<_>>().join(" ");
        assert_eq!(weeks("2026-03-08", "2026-03-20"), "2026-03-01 2026-02-22 2026-02-15 2026-02-08");
        assert_eq!(weeks("2026-03-08", "2026-03-08"), "2026-03-01 2026-02-22 2026-02-15 2026-02-08");
        assert_eq!(weeks("2026-03-14", "2026-03-08"), "2026-03-07 2026-02-28 2026-02-21 2026-02-14");
        assert_eq!(weeks("2026-03-15", "2026-03-08"), "2026-03-01 2026-02-22 2026-02-15 2026-02-08", "today is not over");
        assert_eq!(weeks("2026-03-16", "2026-03-08"), "2026-03-02 2026-02-23 2026-02-16 2026-02-09");
    }

    #[test]
    fn what_is_too_much_is_refused_and_never_cut_off() {
        assert!(few_enough(10_000).is_ok());
        assert!(few_enough(10_001).is_err());
    }

    #[test]
    fn only_the_hour_that_comes_twice_is_counted_by_its_instants() {
        let hours = hours_of(day("2026-11-01"), chrono_tz::America::Detroit);
        assert_eq!(doubled(&hours).iter().map(|hour| hour.hour).collect::<Vec<_>>(), [1, 1]);
        assert_eq!(doubled(&hours_of(day("2026-03-08"), chrono_tz::America::Detroit)), []);
    }
}
