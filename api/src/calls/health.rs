//! How the call centre's data is doing: whether records come in, are understood, counted, and counted right (B.E39).

use super::processing::checks;
use crate::auth::Caller;
use crate::error::Error;
use crate::face::Enveloped;
use crate::{Answer, House};
use actix_web::web;
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use domain::calls::centre::CallCentre;
use domain::calls::report_run::ReportKind;
use domain::calls::verification::{Outcome, Run};
use domain::{Instant, TenantId};
use processes::report_schedule::due;
use projections::calls::scheduled_reports::{self, MadeReport};
use projections::calls::source_activity::{self, Activity};
use projections::calls::sources;
use projections::{ModelStatus, Viewer};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// A telephone system that sent before and has been silent for so long is no longer heard of.
const SILENT: TimeDelta = TimeDelta::hours(24);
/// A report that is due is made within seconds; so long afterwards it is missed.
const LATE: TimeDelta = TimeDelta::minutes(15);
/// So many days back reports are looked for: far enough for the last of a month.
const REPORTS_OF: Days = Days::new(62);
/// So many events behind, a screen shows what was and not what is.
const BEHIND: i64 = 5_000;

/// How the call centre's data is doing.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallCentreHealth {
    /// `ok`, or `degraded` for the reasons named.
    #[schema(example = "ok")]
    status: &'static str,
    reasons: Vec<String>,
    as_of: DateTime<Utc>,
    /// The end of the log.
    #[schema(example = 1042)]
    position: i64,
    /// What people look at in the call centre: how far it follows the log.
    screens: Vec<Screen>,
    sources: Vec<SourceHealth>,
    /// Records that could not be understood and wait for somebody.
    records_in_quarantine: i64,
    /// The last check of the figures against the log.
    last_verification: Option<LastVerification>,
    /// The latest report of each kind that was made, of those about the last weeks.
    last_reports: Vec<LastReport>,
}

/// A read model.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Screen {
    #[schema(example = "call_records")]
    model: String,
    lag_events: i64,
    /// Things it no longer follows.
    parked: i64,
    /// It does not go on.
    is_stopped: bool,
    /// From commit to visible row, 99th percentile.
    freshness_p99_ms: Option<f64>,
}

/// A telephone system, and when it was heard of last.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SourceHealth {
    id: Uuid,
    #[schema(example = "Main office")]
    name: String,
    calls: i64,
    /// Records of it that could not be understood when they came in.
    held: i64,
    last_record_at: Option<DateTime<Utc>>,
    /// How long ago that was.
    silent_seconds: Option<i64>,
    /// When it was asked last what it knows, and answered.
    last_synced_at: Option<DateTime<Utc>>,
    /// When it was asked last and did not answer as it should.
    last_sync_failed_at: Option<DateTime<Utc>>,
    /// What was wrong then, unless it has answered since.
    #[schema(example = "Users, page 1: it answered 401")]
    sync_failure: Option<String>,
}

/// A report that was made.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LastReport {
    id: Uuid,
    /// daily, weekly or monthly.
    #[schema(value_type = String, example = "daily")]
    kind: ReportKind,
    /// The last day it is about.
    day: NaiveDate,
    generated_at: DateTime<Utc>,
}

/// A check of the figures against the log.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LastVerification {
    id: Uuid,
    ended_at: DateTime<Utc>,
    /// `finished` or `failed`.
    #[schema(example = "finished")]
    status: &'static str,
    /// Rows that were not what the log says.
    differing: u32,
}

/// What the database knows of it.
struct Known {
    sources: Vec<sources::SourceRow>,
    activity: Vec<Activity>,
    waiting: i64,
    /// The latest reports, and when the call centre began, if it has.
    reports: Vec<MadeReport>,
    began: Option<Instant>,
}

/// How the call centre's data is doing: screens, telephone systems, quarantine, and the last check of the figures.
#[utoipa::path(get, path = "/api/processing/health-check", tag = "call centre",
    responses((status = 200, body = Enveloped<CallCentreHealth>)))]
pub async fn check(house: web::Data<House>, caller: Caller) -> Result<Answer<CallCentreHealth>, Error> {
    let (tenant, as_of) = (caller.tenant(), house.commands.now());
    let centre = house.commands.recent::<CallCentre>(tenant, tenant).await?;
    let reports_since = centre.day_of(as_of).day.checked_sub_days(REPORTS_OF).unwrap_or(NaiveDate::MIN);
    let head = house.log().head().await?.position;
    let screens = screens(projections::engine::status(&house.app, house.log()).await.map_err(Error::internal)?);
    let known = look(&house, tenant, reports_since).await?;
    let verified = checks(&house, tenant).await?;
    let sources = with_activity(known.sources, &known.activity, as_of);
    let last_verification = verified.last_over().and_then(LastVerification::of);
    let mut reasons = complaints(&screens, &sources, known.waiting, last_verification.as_ref());
    reasons.extend(known.began.into_iter().flat_map(|began| overdue(&centre, began, as_of, &known.reports)));
    Ok(Answer::ok(CallCentreHealth {
        status: if reasons.is_empty() { "ok" } else { "degraded" },
        reasons,
        as_of,
        position: head.to_i64(),
        screens,
        sources,
        records_in_quarantine: known.waiting,
        last_verification,
        last_reports: last_reports(&known.reports),
    }))
}

/// How much came from where is nobody's secret among those who may ask at all, whatever their reach.
async fn look(house: &House, tenant: TenantId, reports_since: NaiveDate) -> Result<Known, Error> {
    let viewer = Viewer::process();
    let asked = house.reader.as_viewer(tenant, &viewer, move |conn| {
        Box::pin(async move {
            Ok(Known {
                sources: sources::list(conn, tenant).await?,
                activity: source_activity::list(conn, tenant).await?,
                waiting: source_activity::waiting(conn, tenant).await?,
                reports: scheduled_reports::made_since(conn, tenant, reports_since).await?,
                began: scheduled_reports::began(conn, tenant).await?,
            })
        })
    });
    Ok(asked.await?)
}

fn screens(all: Vec<ModelStatus>) -> Vec<Screen> {
    let ours: Vec<_> = projections::calls::models().iter().map(|model| model.name).collect();
    let ours = all.into_iter().filter(|status| ours.contains(&status.name.as_str()));
    let screen = |status: ModelStatus| Screen {
        model: status.name,
        lag_events: status.lag_events,
        parked: status.parked,
        is_stopped: status.stopped.is_some(),
        freshness_p99_ms: status.freshness_p99_ms,
    };
    ours.map(screen).collect()
}

fn with_activity(sources: Vec<sources::SourceRow>, activity: &[Activity], as_of: Instant) -> Vec<SourceHealth> {
    let heard: BTreeMap<_, _> = activity.iter().map(|activity| (activity.source_id, activity)).collect();
    let shown = |source: sources::SourceRow| {
        let activity = heard.get(&source.source_id);
        let last = activity.and_then(|activity| activity.last_call_at.max(activity.last_held_at));
        SourceHealth {
            id: source.source_id.0,
            name: source.name,
            calls: activity.map_or(0, |activity| activity.calls),
            held: activity.map_or(0, |activity| activity.held),
            last_record_at: last,
            silent_seconds: last.map(|last| (as_of - last).num_seconds().max(0)),
            last_synced_at: activity.and_then(|activity| activity.last_synced_at),
            last_sync_failed_at: activity.and_then(|activity| activity.last_sync_failed_at),
            sync_failure: activity.and_then(|activity| activity.sync_failure.clone()),
        }
    };
    sources.into_iter().map(shown).collect()
}

impl LastVerification {
    fn of(run: &Run) -> Option<Self> {
        let (status, ended_at, differing) = match run.outcome.as_ref()? {
            Outcome::Ended { at, result } => ("finished", *at, result.differing),
            Outcome::Failed { at, .. } => ("failed", *at, 0),
        };
        Some(Self { id: run.id, ended_at, status, differing })
    }
}

/// What is not as it should be.
fn complaints(screens: &[Screen], sources: &[SourceHealth], waiting: i64, verified: Option<&LastVerification>) -> Vec<String> {
    let mut complaints = Vec::new();
    for Screen { model, lag_events, parked, is_stopped, .. } in screens {
        match () {
            () if *is_stopped => complaints.push(format!("{model} has stopped")),
            () if *lag_events > BEHIND => complaints.push(format!("{model} is {lag_events} events behind")),
            () if *parked > 0 => complaints.push(format!("{model} does not follow {parked} things any more")),
            () => {}
        }
    }
    for source in sources {
        if let Some(silent) = source.silent_seconds.filter(|silent| *silent > SILENT.num_seconds()) {
            complaints.push(format!("{} has sent nothing for {} hours", source.name, silent / 3_600));
        }
        if let Some(failure) = &source.sync_failure {
            complaints.push(format!("{} could not be asked what it knows: {failure}", source.name));
        }
    }
    if waiting > 0 {
        complaints.push(format!("{waiting} records wait in quarantine"));
    }
    match verified {
        Some(LastVerification { status: "failed", .. }) => complaints.push("the last check of the figures failed".into()),
        Some(LastVerification { differing: rows @ 1.., .. }) => {
            complaints.push(format!("the last check found {rows} rows that are not what the log says"));
        }
        _ => {}
    }
    complaints
}

/// The reports that should have been made for a while.
fn overdue(centre: &CallCentre, began: Instant, as_of: Instant, made: &[MadeReport]) -> Vec<String> {
    let due = due(centre, began, as_of - LATE).into_iter();
    let missing = due.filter(|(kind, day)| !made.iter().any(|made| (made.kind, made.day) == (*kind, *day)));
    missing.map(|(kind, day)| format!("the {} report of {day} was not made", kind.word())).collect()
}

/// The latest of each kind.
fn last_reports(made: &[MadeReport]) -> Vec<LastReport> {
    let latest = |kind| made.iter().filter(move |made| made.kind == kind).max_by_key(|made| made.day);
    let shown =
        |made: &MadeReport| LastReport { id: made.report_id.0, kind: made.kind, day: made.day, generated_at: made.generated_at };
    ReportKind::ALL.into_iter().filter_map(latest).map(shown).collect()
}

#[cfg(test)]
#[path = "health_tests.rs"]
mod tests;
