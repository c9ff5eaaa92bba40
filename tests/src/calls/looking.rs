//! Who looked: every answer that shows a call, a journal or a recording is on record, and noting it holds nobody up.

use crate::calls::desk::{Desk, ids};
use crate::client::Client;
use crate::house::House;
use api::config::Duty;
use api::routes::routes;
use domain::organization::role::Role;
use serde_json::{Value, json};
use sqlx::Connection;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use uuid::Uuid;

const MORNING: &str = "2026-01-05T09:00:00Z";

/// Who looked at a call, once everything noted so far can be seen.
async fn looks(house: &House, by: &Client, call: Uuid) -> Vec<Value> {
    house.settle().await;
    let shown = by.get(&format!("/api/call-records/{call}/accesses?limit=100")).await.ok();
    let items = shown["data"]["items"].as_array().unwrap().clone();
    assert_eq!(shown["data"]["total"], items.len(), "{shown}");
    items
}

fn told(looks: &[Value]) -> Vec<(&str, &str)> {
    looks.iter().map(|look| (look["what"].as_str().unwrap(), look["route"].as_str().unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_shown_a_call_is_on_record() {
    let house = House::open().await;
    let desk = Desk::open(&house).await;
    let (wixom, plymouth) = (desk.site("Wixom").await, desk.site("Plymouth").await);
    let ada = desk.agent("ada", wixom, "101").await;
    let boss = desk.supervisor("boss", &[wixom]).await;
    let (auditor, stranger) = (house.client(Role::Auditor).await, desk.supervisor("stranger", &[plymouth]).await);
    let call = desk.answered("1", MORNING, "101", 5, 60).await;
    house.settle().await;
    let path = format!("/api/call-records/{call}");

    stranger.client.get(&path).await.is(404);
    assert!(ids(&stranger.client.get("/api/call-records").await.ok()).is_empty());
    assert!(looks(&house, &auditor, call).await.is_empty(), "who is shown nothing looked at nothing");

    ada.client.get(&path).await.ok();
    assert_eq!(ids(&boss.client.get("/api/call-records").await.ok()), [call]);
    desk.by.done(json!({"command": "AttachRecording", "on": call, "data": {"reference": "1.wav"}})).await;
    house.settle().await;
    boss.client.get(&format!("{path}/recording")).await.ok();
    let journal = desk.journal(&ada.client, call, "asked for an appointment").await;
    house.settle().await;
    boss.client.get(&format!("/api/call-journals/{journal}")).await.ok();

    let seen = looks(&house, &auditor, call).await;
    let expected = [
        ("journal", "GET /api/call-journals/{id}"),
        ("journal", "POST /api/call-journals"),
        ("recording", "GET /api/call-records/{id}/recording"),
        ("call", "GET /api/call-records"),
        ("call", "GET /api/call-records/{id}"),
    ];
    assert_eq!(told(&seen), expected, "{seen:?}");
    let by: Vec<Uuid> = seen.iter().map(|look| look["userId"].as_str().unwrap().parse().unwrap()).collect();
    assert_eq!(by, [boss.id, ada.id, boss.id, boss.id, ada.id]);
    assert!(seen.iter().all(|look| look["userName"].is_string()), "{seen:?}");
    assert_eq!(seen[0]["id"], json!(journal));

    // A page at a time, and the pages are one list.
    let (mut paged, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = auditor.get(&format!("{path}/accesses?limit=2{cursor}")).await.ok()["data"].clone();
        paged.extend(page["items"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(paged, seen);
    for bad in ["cursor=x", "cursor=1", "cursor=1.2", "limit=0", "colour=red"] {
        auditor.get(&format!("{path}/accesses?{bad}")).await.is(422);
    }

    // Who looked is for those who look after the whole company.
    boss.client.get(&format!("{path}/accesses")).await.is(404);
    ada.client.get(&format!("{path}/accesses")).await.is(403);
    auditor.get(&format!("/api/call-records/{}/accesses", Uuid::now_v7())).await.is(404);
    house.is_healthy().await;
    house.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_route_shows_calls_or_journals_without_its_being_noted() {
    let house = House::open().await;
    let desk = Desk::open(&house).await;
    let wixom = desk.site("Wixom").await;
    let ada = desk.agent("ada", wixom, "101").await;
    let call = desk.answered("1", MORNING, "101", 5, 60).await;
    desk.by.done(json!({"command": "AttachRecording", "on": call, "data": {"reference": "1.wav"}})).await;
    house.settle().await;
    let journal = desk.journal(&ada.client, call, "asked for an appointment").await;
    ada.client.post(&format!("/api/call-journals/{journal}/submit"), json!({})).await.ok();
    house.settle().await;
    let covered = ["/api/call-records", "/api/call-journals", "/api/journals"];
    let mut tried = BTreeSet::new();
    for route in routes().iter().filter(|route| route.is_query() && covered.iter().any(|path| route.path.starts_with(path))) {
        // Who looked is no call's content, and only ids are shown with it.
        if route.path.ends_with("/accesses") {
            continue;
        }
        let thing = if route.path.starts_with("/api/call-records") { call } else { journal };
        let path = route.path.replace("{id}", &thing.to_string());
        let path = if path.ends_with("/search") { format!("{path}?q=appointment") } else { path };
        let before = looks(&house, &house.admin, call).await.len();
        let shown = house.admin.get(&path).await.ok();
        assert!(shown.to_string().contains(&thing.to_string()) || route.path.contains("{id}"), "{path} shows nothing: {shown}");
        assert!(looks(&house, &house.admin, call).await.len() > before, "GET {} is not noted", route.path);
        tried.insert(route.path.clone());
    }
    assert!(tried.len() >= 7, "{tried:?}");
}

/// Which of a call's things somebody looked at by which route, after a number of earlier looks.
async fn since(house: &House, call: Uuid, before: usize) -> Vec<(String, String)> {
    let mut seen = looks(house, &house.admin, call).await;
    seen.truncate(seen.len() - before);
    told(&seen).into_iter().map(|(what, route)| (what.to_owned(), route.to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_exports_and_the_live_feed_are_looks_as_well() {
    let house = House::open().await;
    let desk = Desk::open(&house).await;
    let wixom = desk.site("Wixom").await;
    let ada = desk.agent("ada", wixom, "101").await;
    let call = desk.answered("1", MORNING, "101", 5, 60).await;
    let journal = desk.journal(&ada.client, call, "asked for an appointment").await;
    let campaign = json!({"campaignName": "Check-ups", "campaignType": "follow_up", "startDate": "2026-01-01",
        "endDate": "2030-01-31", "targetAudience": "everybody", "assignedAgents": ["ada@example.com"]});
    let campaign = desk.by.done(json!({"command": "CreateCampaign", "data": campaign})).await;
    desk.by.done(json!({"command": "StartCampaign", "on": campaign, "data": {}})).await;
    let logged = json!({"agent": "ada@example.com", "callId": call, "outcome": "declined"});
    desk.by.done(json!({"command": "LogCampaignCall", "on": campaign, "data": logged})).await;
    house.settle().await;
    let mut before = looks(&house, &house.admin, call).await.len();
    let csv = "/api/v1/exports/audit-logs.csv";
    for (path, expected) in [
        (format!("/api/campaigns/{campaign}/calls"), vec![("call", "GET /api/campaigns/{id}/calls")]),
        (format!("{csv}?category=call"), vec![("call", "GET /api/v1/exports/audit-logs.csv")]),
        (format!("{csv}?category=journal"), vec![("journal", "GET /api/v1/exports/audit-logs.csv")]),
        ("/api/v1/audit-logs?category=campaign".into(), vec![("call", "GET /api/v1/audit-logs")]),
        (format!("{csv}?category=location"), vec![]),
    ] {
        assert_eq!(house.admin.get(&path).await.status, 200, "{path}");
        let seen = since(&house, call, before).await;
        before += seen.len();
        let seen: Vec<_> = seen.iter().map(|(what, route)| (what.as_str(), route.as_str())).collect();
        assert_eq!(seen, expected, "{path}");
    }

    // Whoever hears all of it has looked; whoever hears that something happened has not.
    let after = house.events().await;
    let (auditor, analyst) = (house.client(Role::Auditor).await, house.client(Role::Analyst).await);
    let mut feeds = Vec::new();
    for listener in [&auditor, &analyst] {
        feeds.push(listener.open(&format!("/api/live?after={after}&categories=call,journal")).await);
    }
    ada.client.put(&format!("/api/call-journals/{journal}"), json!({"callSummary": "asked for two"})).await.is(200);
    let amended = json!({"command": "AmendCall", "on": call, "data": {"reason": "misheard", "complaint": true}});
    desk.by.done(amended).await;
    for feed in &mut feeds {
        let mut heard = String::new();
        while !heard.contains("call.amended") {
            let chunk = tokio::time::timeout(Duration::from_secs(20), feed.chunk()).await.unwrap().unwrap().unwrap();
            heard.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }
    let seen = since(&house, call, before).await;
    let live: Vec<&str> = seen.iter().filter(|(_, route)| route == "GET /api/live").map(|(what, _)| what.as_str()).collect();
    assert_eq!(BTreeSet::from_iter(live.iter().copied()), BTreeSet::from(["call", "journal"]), "{seen:?}");
    assert_eq!(live.len(), 2, "{seen:?}");
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_recording_is_found_is_told_only_to_those_who_listen_and_noted_when_it_is() {
    let house = House::open().await;
    let desk = Desk::open(&house).await;
    let wixom = desk.site("Wixom").await;
    let boss = desk.supervisor("boss", &[wixom]).await;
    desk.agent("ada", wixom, "101").await;
    let call = desk.answered("1", MORNING, "101", 5, 60).await;
    desk.by.done(json!({"command": "AttachRecording", "on": call, "data": {"reference": "rec-0815.wav"}})).await;
    let after = house.events().await - 1;
    house.settle().await;
    let auditor = house.client(Role::Auditor).await;
    let path = format!("/api/call-records/{call}");
    let audit = "/api/v1/audit-logs?action=call.recording_attached";
    let csv = "/api/v1/exports/audit-logs.csv?action=call.recording_attached";
    let mut before = 0;
    for asked in ["/api/call-records", &path, &format!("{path}/history"), audit, csv] {
        for (client, listens) in [(&auditor, false), (&house.admin, true)] {
            let shown = client.get(asked).await;
            assert_eq!((shown.status, shown.text().contains("rec-0815")), (200, listens), "{asked}: {}", shown.text());
            let seen = since(&house, call, before).await;
            before += seen.len();
            assert_eq!(seen.iter().any(|(what, _)| what == "recording"), listens, "{asked}: {seen:?}");
        }
    }
    for (client, finds) in [(&auditor, 0), (&house.admin, 1)] {
        assert_eq!(client.get("/api/v1/audit-logs?category=call&search=rec-0815").await.ok()["total"], finds);
    }
    before = looks(&house, &house.admin, call).await.len();
    boss.client.get("/api/call-records").await.ok();
    assert!(since(&house, call, before).await.iter().any(|(what, _)| what == "recording"));
    // In the feed nobody is told.
    let mut feed = house.admin.open(&format!("/api/live?after={after}&types=call.recording_attached")).await;
    let mut heard = String::new();
    while !heard.contains("event: call.recording_attached") || !heard.ends_with("\n\n") {
        let chunk = tokio::time::timeout(Duration::from_secs(20), feed.chunk()).await.unwrap().unwrap().unwrap();
        heard.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    assert!(!heard.contains("rec-0815"), "{heard}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_hangs_holds_up_nobody_who_reads_and_no_note_is_lost() {
    let house = House::open().await;
    let desk = Desk::open(&house).await;
    let call = desk.answered("1", MORNING, "101", 5, 60).await;
    house.settle().await;
    let path = format!("/api/call-records/{call}");
    let mut conn = house.rooms().owner.acquire().await.unwrap().detach();
    let mut turn = conn.begin().await.unwrap();
    sqlx::query("select from log.turn for update").execute(&mut *turn).await.unwrap();
    let began = Instant::now();
    for _ in 0..20 {
        desk.by.get(&path).await.ok();
    }
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    turn.rollback().await.unwrap();
    assert_eq!(looks(&house, &desk.by, call).await.len(), 20);
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_leaves_no_look_unrecorded() {
    let house = House::open().await;
    let desk = Desk::open(&house).await;
    let call = desk.answered("1", MORNING, "101", 5, 60).await;
    house.settle().await;
    let config = api::Config { roles: vec![Duty::Api], ..api::Config::for_tests(&house.database_url()) };
    let other = api::start(config).await.unwrap();
    let there = desk.by.at(&other.url());
    for _ in 0..5 {
        there.get(&format!("/api/call-records/{call}")).await.ok();
    }
    other.stop().await;
    assert_eq!(looks(&house, &desk.by, call).await.len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_looked_outlives_the_call() {
    let house = House::open().await;
    let desk = Desk::open(&house).await;
    let wixom = desk.site("Wixom").await;
    let ada = desk.agent("ada", wixom, "101").await;
    let call = desk.answered("1", "2015-03-02T14:00:00Z", "101", 5, 60).await;
    house.settle().await;
    desk.by.get(&format!("/api/call-records/{call}")).await.ok();
    let journal = desk.journal(&ada.client, call, "asked for an appointment").await;
    house.settle().await;
    let dispose_journal = commands::calls::disposal::DisposeJournal { reason: "too old".try_into().unwrap() };
    let dispose = commands::calls::call::DisposeCall { reason: "too old".try_into().unwrap(), proposal: None };
    let who = commands::Principal::process(house.tenant, "story");
    house.commands().execute(&who, commands::Ask::new(dispose_journal).on(journal)).await.unwrap();
    house.commands().execute(&who, commands::Ask::new(dispose).on(call)).await.unwrap();
    house.settle().await;
    desk.by.get(&format!("/api/call-records/{call}")).await.is(404);
    let expected = [("journal", "POST /api/call-journals"), ("call", "GET /api/call-records/{id}")];
    assert_eq!(told(&looks(&house, &desk.by, call).await), expected);
}
