//! What the telephones are doing: told over HTTP, shown to those who look after whoever sits at them.

use super::agents::{agent, site};
use crate::house::{House, PASSWORD};
use base64::{Engine, prelude::BASE64_STANDARD};
use domain::organization::role::Role;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

const PATH: &str = "/api/3cx/agent-status";

fn said(extension: &str, state: &str, at: &str) -> Value {
    json!({"extension": extension, "state": state, "at": at})
}

fn states(body: &Value) -> Vec<(String, String)> {
    let word = |item: &Value, name: &str| item[name].as_str().unwrap().to_owned();
    body["data"]["items"].as_array().unwrap().iter().map(|item| (word(item, "extension"), word(item, "state"))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(extension, state)| ((*extension).to_owned(), (*state).to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn telephones_are_shown_as_was_said_last_to_those_who_look_after_them() {
    let house = House::open().await;
    let (wixom, plymouth) = (site(&house, "Wixom").await, site(&house, "Plymouth").await);
    let (ada, as_ada) = agent(&house, "ada", wixom, "101").await;
    agent(&house, "bob", plymouth, "102").await;
    let boss = house.person(&house.admin, "boss@example.com", Role::Supervisor).await;
    house.admin.post(&format!("/api/locations/{wixom}/staff"), json!({"userId": boss})).await.ok();
    let as_boss = house.signed_in("boss@example.com", PASSWORD).await;
    let manager = house.client(Role::Manager).await;

    let morning = json!({"agents": [
        {"extension": "101", "state": "Talking", "callId": "C-1", "queueName": "Appointments", "otherNumber": "+15551230001",
         "at": "2026-01-05T08:00:10Z"},
        said("102", "available", "2026-01-05T08:00:00Z"),
        said("1000", "dnd", "2026-01-05T08:00:00Z"),
    ]});
    let taken = manager.post(PATH, morning.clone()).await.is(200);
    assert_eq!((&taken["data"]["changed"], &taken["data"]["refused"]), (&json!(3), &json!(0)), "{taken}");
    house.settle().await;
    let all = manager.get(PATH).await.ok();
    assert_eq!(states(&all), pairs(&[("101", "on_call"), ("102", "available"), ("1000", "dnd")]));
    let busy = &all["data"]["items"][0];
    assert_eq!((&busy["agentId"], &busy["agentEmail"]), (&json!(ada), &json!("ada@example.com")), "{busy}");
    assert_eq!(
        (&busy["callId"], &busy["queueName"], &busy["location"]),
        (&json!("C-1"), &json!("Appointments"), &json!("Wixom"))
    );
    assert_eq!((&busy["since"], &busy["otherNumber"]), (&json!("2026-01-05T08:00:10Z"), &json!("+15551230001")));
    let since: chrono::DateTime<chrono::Utc> = busy["since"].as_str().unwrap().parse().unwrap();
    let age = busy["ageSeconds"].as_i64().unwrap();
    assert!(((chrono::Utc::now() - since).num_seconds() - age).abs() < 60, "{age}");

    // Who looks after Wixom sees Wixom; who looks after nobody sees nothing.
    assert_eq!(states(&as_boss.get(PATH).await.ok()), pairs(&[("101", "on_call")]));
    as_ada.get(PATH).await.is(403);
    as_ada.post(PATH, morning.clone()).await.is(403);
    house.anyone.post(PATH, morning.clone()).await.is(401);
    let filtered = |query: String| {
        let manager = manager.clone();
        async move { states(&manager.get(&format!("{PATH}?{query}")).await.ok()) }
    };
    assert_eq!(filtered("state=available".into()).await, pairs(&[("102", "available")]));
    assert_eq!(filtered(format!("locationId={wixom}")).await, pairs(&[("101", "on_call")]));
    assert_eq!(filtered("team=morning&limit=1&page=2".into()).await, pairs(&[("102", "available")]));
    assert_eq!(filtered("team=evening".into()).await, pairs(&[]));

    // The same again, and what is older, is no news.
    let events = house.events().await;
    let again = manager.post(PATH, morning).await.is(200);
    assert_eq!(again["data"]["unchanged"], 3, "{again}");
    let late = json!({"agents": [said("101", "available", "2026-01-05T08:00:05Z")]});
    assert_eq!(manager.post(PATH, late).await.is(200)["data"]["unchanged"], 1);
    assert_eq!(house.events().await, events, "nothing was put on record");
    house.verify().await;
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_is_refused_for_each_telephone_or_by_its_field() {
    let house = House::open().await;
    let mixed = json!({"agents": [
        said("101", "dancing", "2026-01-05T08:00:00Z"),
        said("102", "available", "2999-01-01T00:00:00Z"),
        said("103", "away", "2026-01-05T08:00:00Z"),
        said("103", "offline", "2026-01-05T08:00:01Z"),
    ]});
    let taken = house.admin.post(PATH, mixed).await.is(200)["data"].clone();
    let outcomes: Vec<&str> = taken["items"].as_array().unwrap().iter().map(|item| item["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["refused", "refused", "changed", "changed"], "{taken}");
    assert!(taken["items"][0]["reason"].as_str().unwrap().contains("dancing is not known"), "{taken}");
    assert!(taken["items"][1]["reason"].as_str().unwrap().contains("must not be in the future"), "{taken}");
    house.settle().await;
    assert_eq!(states(&house.admin.get(PATH).await.ok()), pairs(&[("103", "offline")]));
    for (bad, field) in [
        (json!({"agents": []}), "agents"),
        (json!({}), "agents"),
        (json!({"agents": [{"extension": "", "state": "away"}]}), "agents[0].extension"),
        (json!({"agents": [{"extension": "1", "state": "away", "mood": "good"}]}), "agents[0].mood"),
        (json!({"agents": [{"extension": "1", "state": "away", "at": "noon"}]}), "agents[0].at"),
        (
            json!({"agents": (0..1001).map(|n| json!({"extension": n.to_string(), "state": "away"})).collect::<Vec<_>>()}),
            "agents",
        ),
    ] {
        let refused = house.admin.post(PATH, bad).await.is(422);
        assert_eq!(refused["error"]["details"]["field"], field, "{refused}");
    }
    house.admin.send("POST", PATH, Some("text/plain"), "101,away").await.is(415);
    let unknown = house.admin.get(&format!("{PATH}?state=dancing")).await.is(422);
    assert_eq!(unknown["error"]["details"]["field"], "state", "{unknown}");
    let nowhere = format!("{PATH}?source={}", uuid::Uuid::now_v7());
    let told = house.admin.post(&nowhere, json!({"agents": [{"extension": "101", "state": "away"}]})).await.is(200);
    assert!(told["data"]["items"][0]["reason"].as_str().unwrap().contains("no such source"), "{told}");
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_telephone_system_tells_by_its_secret() {
    let house = House::open().await;
    let added = house.admin.post("/api/3cx/sources", json!({"name": "Main office"})).await.is(201);
    let (source, secret) = (added["data"]["id"].clone(), added["data"]["secret"].as_str().unwrap().to_owned());
    let path = format!("{PATH}?source={}", source.as_str().unwrap());
    let told = json!({"agents": [said("101", "away", "2026-01-05T08:00:00Z")]});
    house.anyone.with("X-Webhook-Secret", "whsec_wrong").post(&path, told.clone()).await.is(401);
    house
        .anyone
        .with("X-Webhook-Secret", &secret)
        .post(&format!("{PATH}?source={}", uuid::Uuid::now_v7()), told.clone())
        .await
        .is(401);
    let taken = house.anyone.with("X-Webhook-Secret", &secret).post(&path, told).await.is(200);
    assert_eq!(taken["data"]["changed"], 1, "{taken}");
    house.settle().await;
    let shown = house.admin.get(PATH).await.ok();
    assert_eq!((states(&shown), &shown["data"]["items"][0]["sourceId"]), (pairs(&[("101", "away")]), &source));
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_signed_is_as_old_as_its_signature() {
    let house = House::open().await;
    let added = house.admin.post("/api/3cx/sources", json!({"name": "Main office"})).await.is(201);
    let path = format!("{PATH}?source={}", added["data"]["id"].as_str().unwrap());
    let key = BASE64_STANDARD.decode(added["data"]["secret"].as_str().unwrap().trim_start_matches("whsec_")).unwrap();
    let now = chrono::Utc::now().timestamp();
    let tells = async |at: i64, state: &str| {
        let body = json!({"agents": [{"extension": "101", "state": state}]});
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        mac.update(format!("msg-{state}.{at}.{body}").as_bytes());
        let signature = format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()));
        let system = house.anyone.with("webhook-id", format!("msg-{state}")).with("webhook-timestamp", at);
        system.with("webhook-signature", signature).post(&path, body).await.is(200)["data"]["changed"].clone()
    };
    assert_eq!(tells(now - 100, "away").await, 1);
    assert_eq!(tells(now - 50, "available").await, 1);
    assert_eq!(tells(now - 100, "away").await, 0, "played again, it is older than what is known");
    house.settle().await;
    assert_eq!(states(&house.admin.get(PATH).await.ok()), pairs(&[("101", "available")]));
    house.is_healthy().await;
}
