//! Deadlines: a passed one is a fact, dated at the instant it passed, whoever was awake then.

use crate::client::word;
use crate::house::House;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

fn time(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

fn opening(priority: &str) -> Value {
    json!({"customer": {"name": "Late Payer"}, "overdueAmount": 100, "priority": priority, "autoAssign": false})
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_puts_what_passed_on_record_dated_at_the_due_instants() {
    let house = House::open().await;
    let (late, risky) = (Uuid::now_v7(), Uuid::now_v7());
    let now = Utc::now();
    let text = |at: DateTime<Utc>| at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    let opened = (now - TimeDelta::days(10)).to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    house.admin.at_time(&opened, "OpenCase", late, opening("P1")).await;
    house.admin.at_time(&text(now - TimeDelta::days(6)), "OpenCase", risky, opening("P2")).await;
    house.settle().await;

    assert_eq!(house.story_of(late).await, ["case.opened", "case.sla_at_risk", "case.sla_breached"]);
    assert_eq!(house.story_of(risky).await, ["case.opened", "case.sla_at_risk"]);
    let history = house.history(late).await;
    let opened: DateTime<Utc> = opened.parse().unwrap();
    assert_eq!(time(&history[1]["at"]) - opened, TimeDelta::minutes(3 * 24 * 60 * 8 / 10));
    assert_eq!(time(&history[2]["at"]) - opened, TimeDelta::days(3));
    assert!(time(&history[2]["recorded_at"]) >= now, "the log says when it heard of it");
    assert_eq!(history[2]["who"]["actor"], "process:sla_clock");

    let (late, risky) = (house.admin.case(late).await, house.admin.case(risky).await);
    assert_eq!((word(&late["sla_status"]), word(&risky["sla_status"])), ("breached".into(), "at_risk".into()));
    let listed = house.admin.get("/api/v1/cases/?sla_status=Breached").await.ok();
    assert_eq!((&listed["total"], &listed["items"][0]["id"]), (&json!(1), &late["id"]));
    house.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_settles_what_passed_before_it_decides_and_the_clock_adds_nothing() {
    let house = House::open().await;
    let desk = &house.admin;
    let (agency, case) = (desk.agency("Swift", json!({})).await, Uuid::now_v7());
    let opened = (Utc::now() - TimeDelta::days(5)).to_rfc3339();
    desk.at_time(&opened, "OpenCase", case, opening("P1")).await;
    desk.act(case, "assign", json!({"dca_id": agency})).await;
    house.settle().await;
    assert_eq!(house.story_of(case).await, ["case.opened", "case.sla_at_risk", "case.sla_breached", "case.assigned"]);
    desk.act(case, "accept", json!({})).await;
    desk.act(case, "complete", json!({})).await;
    // The completion is judged, a reopening begins a new window.
    house.settle().await;
    assert_eq!(desk.dca(agency).await["breached_completions"], 1);
    let reopened = desk.act(case, "reopen", json!({})).await;
    assert_eq!(word(&reopened["sla_status"]), "on_track");
    house.settle().await;
    house.verify().await;
}
