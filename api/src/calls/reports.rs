//! Reports of the call centre (B.E11–B.E15): agents, teams, calls, productivity, and whatever else is put together from closed lists.

pub mod asked;
pub mod custom;
pub mod explain;
pub mod shown;

pub use custom::{__path_custom, custom};
pub use explain::{__path_explain, explain};

use crate::auth::Caller;
use crate::error::Error;
use crate::extract::Params;
use crate::face::Enveloped;
use crate::{Answer, House};
use actix_web::web;
use asked::{Period, WantedAnalytics, WantedReport};
use chrono::{Days, NaiveDate};
use domain::calls::measures::{Measure, Sums};
use projections::calls::figures::{self, Dimension, Groups, Question, Slice, call_sources, names::Names};
use serde::Serialize;
use shown::{Figures, Heading, Report, ReportRow, in_order, marginal, rows, total};
use utoipa::ToSchema;

/// The figures of an agent.
pub const OF_AGENTS: &[Measure] = &[
    Measure::Calls,
    Measure::Inbound,
    Measure::Outbound,
    Measure::Handled,
    Measure::Missed,
    Measure::Transferred,
    Measure::TalkSeconds,
    Measure::HoldSeconds,
    Measure::AfterCallSeconds,
    Measure::AppointmentsScheduled,
    Measure::Complaints,
    Measure::Escalations,
    Measure::FollowUps,
    Measure::FcrRate,
    Measure::ComplaintRate,
    Measure::AppointmentConversion,
    Measure::EscalationRate,
    Measure::AverageSatisfaction,
    Measure::AverageQuality,
    Measure::AverageHandleSeconds,
    Measure::AverageTalkSeconds,
    Measure::AverageAnswerSeconds,
    Measure::CallsPerAgentDay,
    Measure::Utilization,
    Measure::UtilizationLiteral,
    Measure::TalkShare,
    Measure::CallsPerHour,
    Measure::CallsPerHourLiteral,
    Measure::AttendanceRate,
    Measure::PunctualityRate,
    Measure::ScheduleAdherence,
    Measure::Reviews,
    Measure::QaPercentage,
];

/// The figures of calls in general.
const OF_CALLS: &[Measure] = &[
    Measure::Calls,
    Measure::Inbound,
    Measure::Outbound,
    Measure::Handled,
    Measure::Missed,
    Measure::Abandoned,
    Measure::Transferred,
    Measure::Voicemail,
    Measure::ServiceLevel,
    Measure::AbandonmentRate,
    Measure::AverageAnswerSeconds,
    Measure::AverageTalkSeconds,
    Measure::AverageHandleSeconds,
    Measure::FcrRate,
    Measure::ComplaintRate,
    Measure::AppointmentConversion,
    Measure::EscalationRate,
    Measure::AverageSatisfaction,
    Measure::AverageQuality,
];

/// How well time is used.
const OF_TIME: &[Measure] = &[
    Measure::Handled,
    Measure::TalkSeconds,
    Measure::AfterCallSeconds,
    Measure::HoldSeconds,
    Measure::AverageHandleSeconds,
    Measure::CallsPerAgentDay,
    Measure::ShiftsDue,
    Measure::ShiftsAbsent,
    Measure::ShiftsLate,
    Measure::AvailableSeconds,
    Measure::BreakSeconds,
    Measure::LunchSeconds,
    Measure::TrainingSeconds,
    Measure::MeetingSeconds,
    Measure::TardinessMinutes,
    Measure::EarlyDepartureMinutes,
    Measure::Utilization,
    Measure::UtilizationLiteral,
    Measure::TalkShare,
    Measure::CallsPerHour,
    Measure::CallsPerHourLiteral,
    Measure::AttendanceRate,
    Measure::PunctualityRate,
    Measure::ScheduleAdherence,
];

/// The most rows of a report. Whoever wants more asks for a part of them, or for longer stretches of time.
pub const MOST_ROWS: i64 = 10_000;

/// A question answered as of one moment.
pub struct Answered {
    pub groups: Groups,
    /// All of them together.
    pub whole: Sums,
    pub names: Names,
    pub position: i64,
}

/// Asks a question; nothing if it has more rows than `most`, of which no more than that are made.
pub async fn ask(house: &House, caller: &Caller, question: Question, most: i64) -> Result<Option<Answered>, Error> {
    question.check().map_err(|no| Error::invalid("measures", no.to_string()))?;
    let (tenant, viewer, now) = (caller.tenant(), caller.viewer(), house.commands.now());
    let seen = viewer.clone();
    let asked = house.reader.as_viewer(tenant, &viewer, move |conn| {
        Box::pin(async move {
            let position = figures::position(conn).await?;
            let Some(groups) = figures::groups(conn, tenant, &seen, &question, now, most).await? else { return Ok(None) };
            let whole = figures::whole(conn, tenant, &seen, &question, &groups).await?;
            let names = Names::of(conn, tenant, &question.dimensions, &groups).await?;
            Ok(Some(Answered { groups, whole, names, position }))
        })
    });
    Ok(asked.await?)
}

/// What is asked for has more rows than a report may have.
pub fn too_many_rows() -> Error {
    let rule = format!("makes more than {MOST_ROWS} rows; ask for longer stretches, fewer days, one team or one location");
    Error::invalid("granularity", rule)
}

/// One report: split by these, with its totals.
pub async fn report(
    house: &House,
    caller: &Caller,
    period: &Period,
    slice: Slice,
    measures: &[Measure],
    dimensions: Vec<Dimension>,
) -> Result<Report, Error> {
    // The totals are those of the same calls as the rows: of known agents, if it is split by them.
    let slice = Slice { of_agents: true, ..slice };
    let question = Question { measures: measures.to_vec(), dimensions: dimensions.clone(), slice };
    let answered = ask(house, caller, question, MOST_ROWS).await?;
    let Answered { groups, whole, names, position } = answered.ok_or_else(too_many_rows)?;
    let heading = Heading::of(period, &caller.viewer(), measures, house.commands.now(), position);
    let rows = rows(&dimensions, &groups, measures, &names);
    Ok(Report { heading, rows, totals: Figures::of(measures, &whole) })
}

/// What agents did: one row for each, and for each stretch of time if they are asked for (B.E11).
#[utoipa::path(get, path = "/api/reports/agent-performance", tag = "reports of calls", params(WantedReport),
    responses((status = 200, body = Enveloped<Report>)))]
pub async fn agent_performance(
    house: web::Data<House>,
    caller: Caller,
    wanted: Params<WantedReport>,
) -> Result<Answer<Report>, Error> {
    by(house, caller, wanted.0, OF_AGENTS, &[Dimension::Agent]).await
}

/// What teams did: one row for each location and team, and for each stretch of time if they are asked for (B.E12).
#[utoipa::path(get, path = "/api/reports/team-performance", tag = "reports of calls", params(WantedReport),
    responses((status = 200, body = Enveloped<Report>)))]
pub async fn team_performance(
    house: web::Data<House>,
    caller: Caller,
    wanted: Params<WantedReport>,
) -> Result<Answer<Report>, Error> {
    by(house, caller, wanted.0, OF_AGENTS, &[Dimension::Location, Dimension::Team]).await
}

/// How well agents' time is used: shifts, breaks, utilization, calls by hour (B.E14).
#[utoipa::path(get, path = "/api/reports/productivity", tag = "reports of calls", params(WantedReport),
    responses((status = 200, body = Enveloped<Report>)))]
pub async fn productivity(
    house: web::Data<House>,
    caller: Caller,
    wanted: Params<WantedReport>,
) -> Result<Answer<Report>, Error> {
    by(house, caller, wanted.0, OF_TIME, &[Dimension::Agent]).await
}

async fn by(
    house: web::Data<House>,
    caller: Caller,
    wanted: WantedReport,
    measures: &[Measure],
    dimensions: &[Dimension],
) -> Result<Answer<Report>, Error> {
    let (period, slice) = wanted.read(&house, &caller).await?;
    let dimensions = dimensions.iter().copied().chain(wanted.stretch()).collect();
    Ok(Answer::ok(report(&house, &caller, &period, slice, measures, dimensions).await?))
}

/// Calls and when, where and how they came.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallAnalytics {
    #[serde(flatten)]
    heading: Heading,
    totals: Figures,
    /// The same over as many days before.
    previous: PreviousFigures,
    /// By stretch of time, without those in which nothing happened; one row of everything if it is not split.
    series: Vec<ReportRow>,
    by_hour: Vec<ReportRow>,
    /// Monday is 1.
    by_weekday: Vec<ReportRow>,
    by_direction: Vec<ReportRow>,
    by_queue: Vec<ReportRow>,
    by_location: Vec<ReportRow>,
    by_status: Vec<ReportRow>,
    by_type: Vec<ReportRow>,
    by_outcome: Vec<ReportRow>,
    by_priority: Vec<ReportRow>,
}

/// Figures over the days before.
#[derive(Debug, Serialize, ToSchema)]
pub struct PreviousFigures {
    from: NaiveDate,
    to: NaiveDate,
    #[serde(flatten)]
    figures: Figures,
}

/// What is added up of calls by their own properties.
const BY_CALL: &[Measure] =
    &[Measure::Calls, Measure::Handled, Measure::TalkSeconds, Measure::AverageTalkSeconds, Measure::FcrRate];

/// Calls and trends: totals beside those of the days before, and how calls are spread over hours, queues, types and outcomes
/// (B.E13).
#[utoipa::path(get, path = "/api/reports/call-analytics", tag = "reports of calls", params(WantedAnalytics),
    responses((status = 200, body = Enveloped<CallAnalytics>)))]
pub async fn call_analytics(
    house: web::Data<House>,
    caller: Caller,
    wanted: Params<WantedAnalytics>,
) -> Result<Answer<CallAnalytics>, Error> {
    let (period, slice, granularity) = wanted.0.read(&house, &caller).await?;
    let days = u64::try_from((period.to - period.from).num_days() + 1).unwrap_or(1);
    let before = |day: NaiveDate| day.checked_sub_days(Days::new(days)).unwrap_or(day);
    let previous = Slice { from: before(period.from), to: before(period.to), ..slice.clone() };
    let stretch: Vec<Dimension> = granularity.dimension().into_iter().collect();
    // Each table is gone through once for these days; what is shown by one property alone is added up here.
    let place = vec![Dimension::Location, Dimension::Queue, Dimension::Direction];
    let time = vec![Dimension::Hour, Dimension::Weekday];
    let sets: Vec<_> = [&place, &time, &stretch].into_iter().filter(|set| !set.is_empty()).cloned().collect();
    let kinds = vec![Dimension::Status, Dimension::CallType, Dimension::Outcome, Dimension::Priority];
    let of = |measures: &[Measure], dimensions: &[Dimension], slice: &Slice| Question {
        measures: measures.to_vec(),
        dimensions: dimensions.to_vec(),
        slice: slice.clone(),
    };
    let spread = of(OF_CALLS, &sets.concat(), &slice);
    let (before, by_kind) = (of(OF_CALLS, &[], &previous), of(BY_CALL, &kinds, &slice));
    let (tenant, viewer, now) = (caller.tenant(), caller.viewer(), house.commands.now());
    let seen = viewer.clone();
    let asked = house.reader.as_viewer(tenant, &viewer, move |conn| {
        Box::pin(async move {
            let position = figures::position(conn).await?;
            let spread = call_sources::spread(conn, tenant, &seen, &spread, &sets).await?;
            let mut of_calls = Vec::with_capacity(2);
            for question in [&before, &by_kind] {
                // As many as there are kinds of calls, and that is no more than some hundred.
                of_calls.push(figures::groups(conn, tenant, &seen, question, now, MOST_ROWS).await?.unwrap_or_default());
            }
            let places = Names::of(conn, tenant, &sets[0], spread.first().unwrap_or(&Groups::new())).await?;
            Ok((position, spread, of_calls, places))
        })
    });
    let (position, spread, of_calls, names) = asked.await?;
    let none = Groups::new();
    let (by_place, by_time) = (spread.first().unwrap_or(&none), spread.get(1).unwrap_or(&none));
    let (before, by_kind) = (of_calls.first().unwrap_or(&none), of_calls.get(1).unwrap_or(&none));
    let part = |from: &Groups, all: &[Dimension], nth: usize, measures: &[Measure]| {
        let by = [all[nth]];
        let mut found = rows(&by, &marginal(from, &[nth]), measures, &names);
        in_order(&by, &mut found);
        found
    };
    let series = match spread.get(2) {
        Some(series) => rows(&stretch, series, OF_CALLS, &names),
        None => rows(&[], &marginal(by_time, &[]), OF_CALLS, &names),
    };
    let mut heading = Heading::of(&period, &viewer, OF_CALLS, now, position);
    heading.formulas.extend(BY_CALL.iter().map(|measure| (measure.word(), measure.formula().name)));
    Ok(Answer::ok(CallAnalytics {
        heading,
        totals: Figures::of(OF_CALLS, &total(by_time)),
        previous: PreviousFigures { from: previous.from, to: previous.to, figures: Figures::of(OF_CALLS, &total(before)) },
        series,
        by_location: part(by_place, &place, 0, OF_CALLS),
        by_queue: part(by_place, &place, 1, OF_CALLS),
        by_direction: part(by_place, &place, 2, OF_CALLS),
        by_hour: part(by_time, &time, 0, OF_CALLS),
        by_weekday: part(by_time, &time, 1, OF_CALLS),
        by_status: part(by_kind, &kinds, 0, BY_CALL),
        by_type: part(by_kind, &kinds, 1, BY_CALL),
        by_outcome: part(by_kind, &kinds, 2, BY_CALL),
        by_priority: part(by_kind, &kinds, 3, BY_CALL),
    }))
}
