//! Who was shown a call, a journal or a recording is on record, whichever way it was shown (B.R4).

use super::desk::Desk;
use crate::client::Client;
use crate::house::House;
use domain::organization::role::Role;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;
use uuid::Uuid;

/// Who was shown what by which route, once at least so many looks are on the list.
async fn looks(auditor: &Client, call: Uuid, at_least: usize) -> BTreeSet<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    for _ in 0..100 {
        let listed = auditor.get(&format!("/api/call-records/{call}/accesses?limit=100")).await.ok();
        let items = listed["data"]["items"].as_array().unwrap();
        if items.len() >= at_least {
            return items.iter().map(|item| (text(&item["userId"]), text(&item["what"]), text(&item["route"]))).collect();
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{at_least} looks were not noted within ten seconds");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_of_being_shown_a_call_is_noted_and_being_shown_nothing_is_not() {
    let house = House::open().await;
    let desk = Desk::open(&house).await;
    let site = desk.site("Wixom").await;
    let (ada, bob) = (desk.agent("ada", site, "101").await, desk.agent("bob", site, "102").await);
    let (grace, auditor) = (desk.supervisor("grace", &[site]).await, desk.person("aud", Role::Auditor).await);
    let call = desk.answered("K-1", "2026-03-02T14:00:00Z", "101", 12, 189).await;
    desk.by.done(json!({"command": "AttachRecording", "on": call, "data": {"reference": "a.wav"}})).await;
    house.settle().await;

    ada.client.get("/api/call-records").await.is(200);
    ada.client.get(&format!("/api/call-records/{call}")).await.is(200);
    ada.client.get(&format!("/api/call-records/{call}/history")).await.is(200);
    let journal = desk.journal(&ada.client, call, "Wants a refund").await;
    house.settle().await;
    ada.client.post("/api/call-processing/analyze", json!({"callRecordId": call, "dryRun": true})).await.is(200);
    grace.client.get(&format!("/api/call-records/{call}/recording")).await.is(200);
    grace.client.get("/api/journals/search?q=refund").await.is(200);
    grace.client.get(&format!("/api/call-journals/{journal}")).await.is(200);
    grace.client.post(&format!("/api/call-records/{call}/escalate"), json!({"reason": "x"})).await.is(200);
    // Bob sees neither, in whichever way he asks, so there is nothing to note.
    bob.client.get("/api/call-records").await.is(200);
    bob.client.get(&format!("/api/call-records/{call}")).await.is(404);
    bob.client.get("/api/journals/search?q=refund").await.is(200);

    let noted = looks(&auditor.client, call, 10).await;
    let by = |who: Uuid, what: &str, route: &str| (who.to_string(), what.to_owned(), route.to_owned());
    let expected = BTreeSet::from([
        by(ada.id, "call", "GET /api/call-records"),
        by(ada.id, "call", "GET /api/call-records/{id}"),
        by(ada.id, "call", "GET /api/call-records/{id}/history"),
        by(ada.id, "journal", "POST /api/call-journals"),
        by(ada.id, "call", "POST /api/call-processing/analyze"),
        by(ada.id, "journal", "POST /api/call-processing/analyze"),
        by(grace.id, "recording", "GET /api/call-records/{id}/recording"),
        by(grace.id, "journal", "GET /api/journals/search"),
        by(grace.id, "journal", "GET /api/call-journals/{id}"),
        by(grace.id, "call", "POST /api/call-records/{id}/escalate"),
        by(grace.id, "recording", "POST /api/call-records/{id}/escalate"),
    ]);
    assert_eq!(noted, expected);
    ada.client.get(&format!("/api/call-records/{call}/accesses")).await.is(403);
    house.is_healthy().await;
}
