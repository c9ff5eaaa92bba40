//! How the call centre's data is doing: whether records come in, are understood, counted, and counted right (B.E39).

use super::processing::checks;
use crate::auth::Caller;
use crate::error::Error;
use crate::face::Enveloped;
use crate::{Answer, House};
use actix_web::web;
use chrono::{DateTime, TimeDelta, Utc};
use domain::calls::verification::{Outcome, Run};
use domain::{Instant, TenantId};
use projections::calls::source_activity::{self, Activity};
use projections::calls::sources;
use projections::{ModelStatus, Viewer};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// A telephone system that sent before and has been silent for so long is no longer heard of.
const SILENT: TimeDelta = TimeDelta::hours(24);
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
}

/// How the call centre's data is doing: screens, telephone systems, quarantine, and the last check of the figures.
#[utoipa::path(get, path = "/api/processing/health-check", tag = "call centre",
    responses((status = 200, body = Enveloped<CallCentreHealth>)))]
pub async fn check(house: web::Data<House>, caller: Caller) -> Result<Answer<CallCentreHealth>, Error> {
    let (tenant, as_of) = (caller.tenant(), house.commands.now());
    let head = house.log().head().await?.position;
    let screens = screens(projections::engine::status(&house.app, house.log()).await.map_err(Error::internal)?);
    let known = look(&house, tenant).await?;
    let verified = checks(&house, tenant).await?;
    let sources = with_activity(known.sources, &known.activity, as_of);
    let last_verification = verified.last_over().and_then(LastVerification::of);
    let reasons = complaints(&screens, &sources, known.waiting, last_verification.as_ref());
    Ok(Answer::ok(CallCentreHealth {
        status: if reasons.is_empty() { "ok" } else { "degraded" },
        reasons,
        as_of,
        position: head.to_i64(),
        screens,
        sources,
        records_in_quarantine: known.waiting,
        last_verification,
    }))
}

/// How much came from where is nobody's secret among those who may ask at all, whatever their reach.
async fn look(house: &House, tenant: TenantId) -> Result<Known, Error> {
    let viewer = Viewer::process();
    let asked = house.reader.as_viewer(tenant, &viewer, move |conn| {
        Box::pin(async move {
            Ok(Known {
                sources: sources::list(conn, tenant).await?,
                activity: source_activity::list(conn, tenant).await?,
                waiting: source_activity::waiting(conn, tenant).await?,
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn screen(lag_events: i64, parked: i64, is_stopped: bool) -> Screen {
        Screen { model: "call_records".into(), lag_events, parked, is_stopped, freshness_p99_ms: None }
    }

    fn source(silent_seconds: Option<i64>) -> SourceHealth {
        SourceHealth { id: Uuid::nil(), name: "Main office".into(), calls: 1, held: 0, last_record_at: None, silent_seconds }
    }

    fn verified(status: &'static str, differing: u32) -> LastVerification {
        LastVerification { id: Uuid::nil(), ended_at: DateTime::UNIX_EPOCH, status, differing }
    }

    #[test]
    fn whatever_is_not_as_it_should_be_is_named() {
        let none: [&str; 0] = [];
        assert_eq!(complaints(&[screen(BEHIND, 0, false)], &[source(None), source(Some(86_400))], 0, None), none);
        assert_eq!(complaints(&[], &[], 0, Some(&verified("finished", 0))), none);
        assert_eq!(complaints(&[screen(0, 0, true)], &[], 0, None), ["call_records has stopped"]);
        assert_eq!(complaints(&[screen(5_001, 2, false)], &[], 0, None), ["call_records is 5001 events behind"]);
        assert_eq!(complaints(&[screen(0, 2, false)], &[], 0, None), ["call_records does not follow 2 things any more"]);
        assert_eq!(complaints(&[], &[source(Some(93_600))], 0, None), ["Main office has sent nothing for 26 hours"]);
        assert_eq!(complaints(&[], &[], 3, None), ["3 records wait in quarantine"]);
        assert_eq!(complaints(&[], &[], 0, Some(&verified("failed", 0))), ["the last check of the figures failed"]);
        let found = complaints(&[], &[], 0, Some(&verified("finished", 4)));
        assert_eq!(found, ["the last check found 4 rows that are not what the log says"]);
    }

    #[test]
    fn the_last_sign_of_life_counts_whether_it_was_understood_or_not() {
        let at = |hour: i64| DateTime::from_timestamp(3_600 * hour, 0).unwrap();
        let activity = |last_call_at, last_held_at| Activity {
            tenant_id: TenantId::SYSTEM,
            source_id: Default::default(),
            calls: 5,
            held: 1,
            last_call_at,
            last_held_at,
        };
        let row = sources::SourceRow {
            tenant_id: TenantId::SYSTEM,
            source_id: Default::default(),
            name: "Main office".into(),
            timezone: "UTC".into(),
            fields: vec![],
            key: Default::default(),
            location_id: None,
            location_name: None,
            base_url: None,
            client_id: None,
            created_at: at(0),
            updated_at: at(0),
            version: 1,
            position: eventlog::Position::START,
        };
        let shown = with_activity(vec![row.clone()], &[activity(Some(at(1)), Some(at(2)))], at(3));
        assert_eq!((shown[0].last_record_at, shown[0].silent_seconds, shown[0].calls), (Some(at(2)), Some(3_600), 5));
        assert_eq!(with_activity(vec![row], &[], at(3))[0].silent_seconds, None);
    }
}
