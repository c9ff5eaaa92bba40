//! Why a figure of a report is what it is: every call, shift or review that counts, and the sum to do again.

use super::asked::{Granularity, Listed, Period, agents_named, ids, word};
use crate::auth::Caller;
use crate::calls::explained::{ExplainedFigure, MOST_TERMS, too_many};
use crate::error::Error;
use crate::extract::Params;
use crate::face::Enveloped;
use crate::{Answer, House};
use actix_web::web;
use chrono::NaiveDate;
use domain::calls::call::{CallPriority, CallStatus, CallType, Direction, Outcome};
use domain::calls::measures::Measure;
use domain::organization::role::Reach;
use projections::calls::figures::{Dimension, Question, Slice, evidence};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

/// Which figure, over which days and of what.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedExplanation {
    /// The name of a figure in a report.
    #[param(value_type = String, example = "fcrRate")]
    figure: Measure,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    /// E-mail addresses or ids of agents, with commas between.
    #[param(value_type = Option<String>, max_length = 4000)]
    agent: Option<String>,
    /// Ids of locations, with commas between.
    #[param(value_type = Option<String>, max_length = 4000)]
    location_id: Option<Listed<Uuid>>,
    #[param(min_length = 1, max_length = 64, pattern = "^[^\\x00]*[^\\x00\\s][^\\x00]*$")]
    team: Option<String>,
    #[param(min_length = 1, max_length = 255, pattern = "^[^\\x00]*[^\\x00\\s][^\\x00]*$")]
    queue: Option<String>,
    #[param(value_type = Option<String>)]
    direction: Option<Direction>,
    #[param(value_type = Option<String>)]
    call_type: Option<CallType>,
    #[param(value_type = Option<String>)]
    status: Option<CallStatus>,
    #[param(value_type = Option<String>)]
    outcome: Option<Outcome>,
    #[param(value_type = Option<String>)]
    priority: Option<CallPriority>,
    campaign_id: Option<Uuid>,
    /// Only calls that began in this hour of the day, 0 to 23.
    #[param(minimum = 0, maximum = 23, example = 9)]
    hour: Option<i16>,
    /// Only this day of every week; Monday is 1.
    #[param(minimum = 1, maximum = 7, example = 1)]
    weekday: Option<i32>,
    /// Only what has none of these, as the rows of a report in which they are `null`: location, team, queue, callType, outcome, campaign,
    /// with commas between.
    #[param(value_type = Option<String>, example = "queue")]
    without: Option<Listed<Blank>>,
    /// Only calls of known agents, as reports by agent or team count them.
    of_agents: Option<bool>,
    /// Does not matter here: a figure is explained over all of its days.
    #[serde(rename = "granularity")]
    _granularity: Option<Granularity>,
}

/// Something of which a call, a shift or a review may have none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Blank(Dimension);

impl std::str::FromStr for Blank {
    type Err = ();
    fn from_str(word: &str) -> Result<Self, ()> {
        use Dimension::*;
        [Location, Team, Queue, CallType, Outcome, Campaign].into_iter().find(|known| known.word() == word).map(Blank).ok_or(())
    }
}

impl WantedExplanation {
    fn check(&self) -> Result<(), Error> {
        word("team", self.team.as_ref())?;
        word("queue", self.queue.as_ref())?;
        match (self.hour, self.weekday) {
            (Some(hour), _) if !(0..=23).contains(&hour) => Err(Error::invalid("hour", "must be from 0 to 23")),
            (_, Some(day)) if !(1..=7).contains(&day) => Err(Error::invalid("weekday", "must be from 1 (Monday) to 7")),
            _ => Ok(()),
        }
    }
}

/// Why a figure of a report is what it is: every call, shift or review that counts, and the sum to do again.
///
/// Asked with the days and filters of the figure. Figures of more than 10,000 calls are explained in parts.
#[utoipa::path(get, path = "/api/reports/explain", tag = "reports of calls", params(WantedExplanation),
    responses((status = 200, body = Enveloped<ExplainedFigure>)))]
pub async fn explain(
    house: web::Data<House>,
    caller: Caller,
    wanted: Params<WantedExplanation>,
) -> Result<Answer<ExplainedFigure>, Error> {
    let wanted = wanted.0;
    let period = Period::read(&house, &caller, wanted.from, wanted.to).await?;
    wanted.check()?;
    let one = |word: Option<&'static str>| word.map(str::to_owned).into_iter().collect();
    let slice = Slice {
        agents: agents_named(&house, &caller, wanted.agent.as_deref()).await?,
        locations: ids("locationId", wanted.location_id.unwrap_or_default().0)?,
        teams: wanted.team.into_iter().collect(),
        queues: wanted.queue.into_iter().collect(),
        directions: one(wanted.direction.map(Direction::word)),
        call_types: one(wanted.call_type.map(CallType::word)),
        statuses: one(wanted.status.map(CallStatus::word)),
        outcomes: one(wanted.outcome.map(Outcome::word)),
        priorities: one(wanted.priority.map(CallPriority::word)),
        campaigns: ids("campaignId", wanted.campaign_id.into_iter().collect())?,
        hours: wanted.hour.into_iter().collect(),
        weekdays: wanted.weekday.into_iter().collect(),
        without: wanted.without.unwrap_or_default().0.into_iter().map(|blank| blank.0).collect(),
        of_agents: wanted.of_agents.unwrap_or_default(),
        ..Slice::days(period.from, period.to)
    };
    Ok(Answer::ok(explained(&house, &caller, wanted.figure, slice).await?))
}

/// A figure over a slice with everything it comes from.
pub async fn explained(house: &House, caller: &Caller, measure: Measure, slice: Slice) -> Result<ExplainedFigure, Error> {
    let question = Question { measures: vec![measure], dimensions: vec![], slice };
    question.check().map_err(|no| Error::invalid("figure", no.to_string()))?;
    let (tenant, viewer, now) = (caller.tenant(), caller.viewer(), house.commands.now());
    if measure == Measure::Missed && viewer.reach == Reach::Own {
        return Err(Error::invalid(
            "figure",
            "missed counts calls that others took, which only whoever looks after others may see",
        ));
    }
    let seen = viewer.clone();
    let terms = house.reader.as_viewer(tenant, &viewer, move |conn| {
        Box::pin(async move { evidence::terms(conn, tenant, &seen, &question, measure, now, MOST_TERMS).await })
    });
    let terms = terms.await?.ok_or_else(too_many)?;
    Ok(ExplainedFigure::of(measure.word(), measure.formula(), terms))
}
