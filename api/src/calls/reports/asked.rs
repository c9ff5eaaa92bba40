//! What reports are asked with: over which days, of whom and what, and split by which stretch of time.

use crate::auth::Caller;
use crate::error::Error;
use crate::house::House;
use chrono::{Days, NaiveDate};
use domain::calls::call::Direction;
use domain::calls::centre::CallCentre;
use projections::calls::agents;
use projections::calls::figures::{Dimension, Slice};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// The days of a report if nobody says: so many up to today.
const USUAL_DAYS: u64 = 30;
/// The most days of a report: a little more than are kept.
const MOST_DAYS: i64 = 2_600;

/// How long the stretches are by which a report is split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Granularity {
    /// Not split at all.
    Whole,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl Granularity {
    pub fn dimension(self) -> Option<Dimension> {
        match self {
            Granularity::Whole => None,
            Granularity::Day => Some(Dimension::Day),
            Granularity::Week => Some(Dimension::Week),
            Granularity::Month => Some(Dimension::Month),
            Granularity::Quarter => Some(Dimension::Quarter),
            Granularity::Year => Some(Dimension::Year),
        }
    }
}

/// Words or ids with commas between.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed<T>(pub Vec<T>);

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: std::str::FromStr> Deserialize<'de> for Listed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let read = |word: &str| {
            word.trim().parse().map_err(|_| D::Error::custom("must be ids, or words of its list, with commas between"))
        };
        let all: Vec<T> = text.split(',').map(read).collect::<Result<_, _>>()?;
        if all.len() > 100 { Err(D::Error::custom("must name at most 100")) } else { Ok(Self(all)) }
    }
}

/// Over which days and of whom a report is; what is absent does not matter.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct WantedReport {
    /// The first day in the reporting time zone; 30 days before the last if absent.
    #[param(value_type = Option<NaiveDate>, example = "2026-03-01")]
    pub from: Option<NaiveDate>,
    /// The last day; today if absent.
    #[param(value_type = Option<NaiveDate>, example = "2026-03-31")]
    pub to: Option<NaiveDate>,
    /// E-mail addresses or ids of agents, with commas between.
    #[param(value_type = Option<String>, max_length = 4000, example = "ada@example.com")]
    pub agent: Option<String>,
    /// Ids of locations, with commas between.
    #[param(value_type = Option<String>, max_length = 4000)]
    pub location_id: Option<Listed<Uuid>>,
    #[param(min_length = 1, max_length = 64, pattern = "^[^\\x00]*[^\\x00\\s][^\\x00]*$", example = "morning")]
    pub team: Option<String>,
    /// By which stretches of time it is split; weeks begin on Mondays.
    pub granularity: Option<Granularity>,
}

/// The same for reports about calls in general.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct WantedAnalytics {
    /// The first day in the reporting time zone; 30 days before the last if absent.
    #[param(value_type = Option<NaiveDate>, example = "2026-03-01")]
    from: Option<NaiveDate>,
    /// The last day; today if absent.
    #[param(value_type = Option<NaiveDate>, example = "2026-03-31")]
    to: Option<NaiveDate>,
    /// Ids of locations, with commas between.
    #[param(value_type = Option<String>, max_length = 4000)]
    location_id: Option<Listed<Uuid>>,
    #[param(min_length = 1, max_length = 255, pattern = "^[^\\x00]*[^\\x00\\s][^\\x00]*$", example = "8000")]
    queue: Option<String>,
    #[param(value_type = Option<String>, example = "inbound")]
    direction: Option<Direction>,
    /// By which stretches of time the series is split; days if absent.
    granularity: Option<Granularity>,
}

/// The days of a report and the zone by which they are told apart.
#[derive(Clone, Debug)]
pub struct Period {
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub timezone: String,
}

impl Period {
    /// The days that are asked for, or the usual ones.
    pub async fn read(house: &House, caller: &Caller, from: Option<NaiveDate>, to: Option<NaiveDate>) -> Result<Self, Error> {
        let tenant = caller.tenant();
        let centre = house.commands.recent::<CallCentre>(tenant, tenant).await?;
        let to = to.unwrap_or_else(|| centre.day_of(house.commands.now()).day);
        let from = from.unwrap_or_else(|| to.checked_sub_days(Days::new(USUAL_DAYS - 1)).unwrap_or(to));
        let within = |day: NaiveDate| (1970..=9_998).contains(&chrono::Datelike::year(&day));
        match () {
            () if !within(from) => Err(Error::invalid("from", "must be a day from 1970 to 9998")),
            () if !within(to) => Err(Error::invalid("to", "must be a day from 1970 to 9998")),
            () if to < from => Err(Error::invalid("to", "must not be before from")),
            () if (to - from).num_days() >= MOST_DAYS => {
                Err(Error::invalid("from", format!("must be at most {MOST_DAYS} days before to")))
            }
            () => Ok(Self { from, to, timezone: centre.values().reporting_timezone.clone() }),
        }
    }
}

impl WantedReport {
    /// The period, and the slice with the agents looked up.
    pub async fn read(&self, house: &House, caller: &Caller) -> Result<(Period, Slice), Error> {
        let period = Period::read(house, caller, self.from, self.to).await?;
        if self.team.as_ref().is_some_and(|team| team.chars().count() > 64) {
            return Err(Error::invalid("team", "must have at most 64 characters"));
        }
        word("team", self.team.as_ref())?;
        let slice = Slice {
            agents: agents_named(house, caller, self.agent.as_deref()).await?,
            locations: ids("locationId", self.location_id.clone().unwrap_or_default().0)?,
            teams: self.team.clone().into_iter().collect(),
            ..Slice::days(period.from, period.to)
        };
        Ok((period, slice))
    }

    pub fn stretch(&self) -> Option<Dimension> {
        self.granularity.and_then(Granularity::dimension)
    }
}

impl WantedAnalytics {
    pub async fn read(&self, house: &House, caller: &Caller) -> Result<(Period, Slice, Granularity), Error> {
        let period = Period::read(house, caller, self.from, self.to).await?;
        word("queue", self.queue.as_ref())?;
        let slice = Slice {
            locations: ids("locationId", self.location_id.clone().unwrap_or_default().0)?,
            queues: self.queue.clone().into_iter().collect(),
            directions: self.direction.map(|direction| direction.word().to_owned()).into_iter().collect(),
            ..Slice::days(period.from, period.to)
        };
        Ok((period, slice, self.granularity.unwrap_or(Granularity::Day)))
    }
}

/// A word of a filter, if there is one: an empty one would mean nothing in one table and everything without a queue in another.
pub fn word(field: &str, word: Option<&String>) -> Result<(), Error> {
    match word.is_some_and(|word| word.trim().is_empty()) {
        true => Err(Error::invalid(field, "must not be empty; leave it out for all")),
        false => Ok(()),
    }
}

/// The ids of a filter. The nil id stands for no place in particular in some tables and is none of anything.
pub fn ids(field: &str, ids: Vec<Uuid>) -> Result<Vec<Uuid>, Error> {
    match ids.iter().any(Uuid::is_nil) {
        true => Err(Error::invalid(field, "must not be the nil id")),
        false => Ok(ids),
    }
}

/// The agents that are meant. One that whoever asks does not reach is as one that never was.
pub async fn agents_named(house: &House, caller: &Caller, named: Option<&str>) -> Result<Vec<Uuid>, Error> {
    let Some(named) = named else { return Ok(Vec::new()) };
    let named: Vec<String> = named.split(',').map(|word| word.trim().to_owned()).collect();
    if named.len() > 100 {
        return Err(Error::invalid("agent", "must name at most 100"));
    }
    every_agent(house, caller, "agent", named).await
}

/// The agents of these addresses or ids, all of them looked up at once.
pub async fn every_agent(house: &House, caller: &Caller, field: &'static str, named: Vec<String>) -> Result<Vec<Uuid>, Error> {
    let (tenant, viewer) = (caller.tenant(), caller.viewer());
    let seen = viewer.clone();
    let found = house.reader.as_viewer(tenant, &viewer, move |conn| {
        Box::pin(async move {
            let known = agents::named(conn, tenant, &seen, &named).await?;
            Ok(named.into_iter().zip(known).collect::<Vec<_>>())
        })
    });
    let unknown = |named: &str| Error::invalid(field, format!("no agent is known as {named:.254}"));
    found.await?.into_iter().map(|(named, known)| known.map(|agent| agent.0).ok_or_else(|| unknown(&named))).collect()
}

/// The agent of this address or id, if whoever asks reaches them.
pub async fn agent(house: &House, caller: &Caller, named: &str) -> Result<Option<Uuid>, Error> {
    let (tenant, viewer, named) = (caller.tenant(), caller.viewer(), vec![named.to_owned()]);
    let seen = viewer.clone();
    let found = house
        .reader
        .as_viewer(tenant, &viewer, move |conn| Box::pin(async move { agents::named(conn, tenant, &seen, &named).await }));
    Ok(found.await?.into_iter().next().flatten().map(|agent| agent.0))
}
