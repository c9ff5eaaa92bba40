//! Reports that make themselves, made now if somebody asks for it (B.E37).

use super::reports::asked::Period;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{Body, Id, Params};
use crate::face::Enveloped;
use crate::paged::{Paged, Part};
use crate::params::{PageLimit, PageNumber, Skip};
use crate::{Answer, House};
use actix_web::web;
use chrono::{DateTime, NaiveDate, Utc};
use commands::Principal;
use domain::ReportRunId;
use domain::calls::centre::CallCentre;
use domain::calls::report_run::ReportKind;
use domain::organization::role::{Permission, Reach};
use processes::report_schedule::{NotMade, ReportMaker, latest_day};
use projections::calls::scheduled_reports::{self as queries, ScheduledReport};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Duration;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// How long the screens may take to show what is on the log when a report is asked for.
const PATIENCE: Duration = Duration::from_secs(2);

/// A report as it was made.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeptReport {
    id: Uuid,
    /// daily, weekly or monthly.
    #[schema(value_type = String, example = "daily")]
    kind: ReportKind,
    from: NaiveDate,
    to: NaiveDate,
    #[schema(example = "America/Detroit")]
    timezone: String,
    generated_at: DateTime<Utc>,
    /// `process:report_schedule` or `user:<id>`.
    #[schema(example = "process:report_schedule")]
    generated_by: String,
    /// Totals, teams and agents, and the formulas of all figures.
    #[schema(value_type = Object)]
    report: Value,
}

impl From<ScheduledReport> for KeptReport {
    fn from(row: ScheduledReport) -> Self {
        Self {
            id: row.report_id.0,
            kind: row.kind,
            from: row.from_day,
            to: row.day,
            timezone: row.timezone,
            generated_at: row.generated_at,
            generated_by: row.actor.to_string(),
            report: row.report,
        }
    }
}

/// Which reports are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedKept {
    #[param(value_type = Option<String>, example = "daily")]
    kind: Option<ReportKind>,
    #[param(value_type = Option<u32>, minimum = 1, maximum = 1_000_000)]
    page: Option<PageNumber>,
    #[param(value_type = Option<u32>, minimum = 0, maximum = 100_000_000)]
    skip: Option<Skip>,
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    limit: Option<PageLimit>,
}

/// A report that shall be made.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"kind": "daily", "day": "2026-03-02"}))]
pub struct ReportToMake {
    /// daily, weekly or monthly; daily if absent.
    #[schema(value_type = Option<String>)]
    kind: Option<ReportKind>,
    /// The last day it is about; if absent, the latest whose reports are due. Reports of a day are due on the day after, at the hour
    /// of the reports: until then records of it may come in, and what a report says is kept as it is.
    day: Option<NaiveDate>,
}

/// What became of it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReportMade {
    id: Uuid,
    /// It was there already, and stays what it said.
    unchanged: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    report: Option<KeptReport>,
}

/// Make a report now (B.E37), unless there is one of its kind and day already. For those who see all of the company: a report that is
/// kept says everything about everybody, and is kept for good as whoever asked first had it made. Whoever looks after some locations
/// has `POST /api/reports/custom` and the reports beside it for theirs.
#[utoipa::path(post, path = "/api/processing/generate-reports", tag = "processing", request_body = ReportToMake,
    responses((status = 200, body = Enveloped<ReportMade>)))]
pub async fn make(house: web::Data<House>, caller: Caller, body: Body<ReportToMake>) -> Result<Answer<ReportMade>, Error> {
    if caller.principal.reach != Reach::Tenant {
        return Err(Error::forbidden("your role does not allow this"));
    }
    let centre = house.commands.recent::<CallCentre>(caller.tenant(), caller.tenant()).await?;
    let latest = latest_day(&centre, house.commands.now()).ok_or_else(|| Error::internal("the calendar has no yesterday"))?;
    let (kind, day) = (body.0.kind.unwrap_or(ReportKind::Daily), body.0.day.unwrap_or(latest));
    if day > latest {
        let hour = centre.values().report_time.format("%H:%M");
        return Err(Error::invalid("day", format!("must be over, and it must be {hour} on the day after")));
    }
    Period::read(&house, &caller, Some(day), Some(day)).await?;
    let _ticket = house.limits.tickets.take(caller.tenant())?;
    // In the name of the person, who could not put a report on record that says something else.
    let who = Principal { permissions: BTreeSet::from([Permission::RunProcesses]), ..caller.principal.clone() };
    let here = house.clone();
    let work = async move {
        let maker = ReportMaker::new(here.commands.clone(), here.reader.clone(), here.progress.clone());
        maker.make(&who, kind, day, PATIENCE).await.map_err(|error| match error {
            NotMade::Behind => Error::unavailable("the screens do not show yet what is on the log; try again"),
            NotMade::Database(error) => error.into(),
            NotMade::Log(error) => error.into(),
            NotMade::Refused(error) => error.into(),
        })
    };
    let done = house.finish(work).await?;
    let report = match house.shows(&done).await {
        true => card(&house, &caller, ReportRunId(done.id)).await?,
        false => None,
    };
    let unchanged = done.unchanged;
    Ok(Answer::ok(ReportMade { id: done.id, unchanged, report: report.map(KeptReport::from) }).after(&done))
}

/// The reports that were made, the latest first; for those who see all of the company.
#[utoipa::path(get, path = "/api/reports/scheduled", tag = "reports of calls", params(WantedKept),
    responses((status = 200, body = Enveloped<Paged<KeptReport>>)))]
pub async fn list(
    house: web::Data<House>,
    caller: Caller,
    wanted: Params<WantedKept>,
) -> Result<Answer<Paged<KeptReport>>, Error> {
    let WantedKept { kind, page, skip, limit } = wanted.0;
    let part = Part::<i64>::read(page, skip, limit, None)?;
    let (tenant, viewer, page) = (caller.tenant(), caller.viewer(), part.page());
    let seen = viewer.clone();
    let found = house
        .reader
        .as_viewer(tenant, &viewer, move |conn| Box::pin(async move { queries::list(conn, tenant, &seen, kind, page).await }));
    Ok(Answer::ok(part.shown(found.await?, KeptReport::from)))
}

/// A report that was made.
#[utoipa::path(get, path = "/api/reports/scheduled/{id}", tag = "reports of calls",
    params(("id" = Uuid, Path, description = "The report.")), responses((status = 200, body = Enveloped<KeptReport>)))]
pub async fn show(house: web::Data<House>, caller: Caller, id: Id) -> Result<Answer<KeptReport>, Error> {
    let row = card(&house, &caller, ReportRunId(id.0)).await?.ok_or_else(|| Error::missing("report"))?;
    let version = row.version;
    Ok(Answer::ok(KeptReport::from(row)).version(version))
}

async fn card(house: &House, caller: &Caller, id: ReportRunId) -> Result<Option<ScheduledReport>, Error> {
    let (tenant, viewer) = (caller.tenant(), caller.viewer());
    let seen = viewer.clone();
    let found = house
        .reader
        .as_viewer(tenant, &viewer, move |conn| Box::pin(async move { queries::card(conn, tenant, &seen, id).await }));
    Ok(found.await?)
}
