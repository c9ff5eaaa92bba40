//! What is complained of, and what is only shown.

#![allow(clippy::unwrap_used)]
use super::*;
use domain::ReportRunId;
use domain::calls::centre::{CallCentreEvent, CallCentreValues};

fn screen(lag_events: i64, parked: i64, is_stopped: bool) -> Screen {
    Screen { model: "call_records".into(), lag_events, parked, is_stopped, freshness_p99_ms: None }
}

fn source(silent_seconds: Option<i64>) -> SourceHealth {
    SourceHealth {
        id: Uuid::nil(),
        name: "Main office".into(),
        calls: 1,
        held: 0,
        last_record_at: None,
        silent_seconds,
        last_synced_at: None,
        last_sync_failed_at: None,
        sync_failure: None,
    }
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
    let asked = SourceHealth { sync_failure: Some("Users, page 1: it answered 401".into()), ..source(None) };
    let found = complaints(&[], &[asked], 0, None);
    assert_eq!(found, ["Main office could not be asked what it knows: Users, page 1: it answered 401"]);
}

#[test]
fn a_report_that_is_due_and_was_not_made_is_missed_after_a_quarter_of_an_hour() {
    let centre: CallCentre = domain::aggregate::fold(&[CallCentreEvent::Configured { values: CallCentreValues::default() }]);
    let made = |kind, day: &str| MadeReport {
        report_id: ReportRunId::default(),
        kind,
        day: day.parse().unwrap(),
        generated_at: DateTime::UNIX_EPOCH,
    };
    let began = "2026-03-10T12:00:00Z".parse().unwrap();
    let at = |now: &str, made: &[MadeReport]| overdue(&centre, began, now.parse().unwrap(), made);
    let none: [&str; 0] = [];
    assert_eq!(at("2026-03-11T08:14:59Z", &[]), none);
    assert_eq!(at("2026-03-11T08:15:00Z", &[]), ["the daily report of 2026-03-10 was not made"]);
    let all = [made(ReportKind::Daily, "2026-03-10"), made(ReportKind::Daily, "2026-03-11")];
    assert_eq!(at("2026-03-11T08:15:00Z", &all), none);
    assert_eq!(at("2026-03-12T09:00:00Z", &all[1..]), ["the daily report of 2026-03-10 was not made"]);
    let last: Vec<_> = last_reports(&all).into_iter().map(|report| (report.kind, report.day.to_string())).collect();
    assert_eq!(last, [(ReportKind::Daily, "2026-03-11".into())]);
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
        last_synced_at: Some(at(2)),
        last_sync_failed_at: None,
        sync_failure: None,
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
