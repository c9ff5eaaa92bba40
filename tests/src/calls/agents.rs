//! Who takes the calls: enrolled, moved, seen by those who look after them and by nobody else.

use crate::client::{Client, id};
use crate::house::{House, PASSWORD};
use domain::organization::role::Role;
use serde_json::{Value, json};
use uuid::Uuid;

pub async fn site(house: &House, name: &str) -> Uuid {
    id(&house.admin.post("/api/locations", json!({"name": name, "timezone": "America/Detroit"})).await.is(201)["data"])
}

/// Somebody who takes calls there.
pub async fn agent(house: &House, name: &str, location: Uuid, extension: &str) -> (Uuid, Client) {
    let email = format!("{name}@example.com");
    let user = house.person(&house.admin, &email, Role::Agent).await;
    let body = json!({"userId": user, "locationId": location, "extension": extension, "team": "morning"});
    house.admin.post("/api/agents", body).await.is(201);
    (user, house.signed_in(&email, PASSWORD).await)
}

fn names(body: &Value) -> Vec<&str> {
    body["data"]["items"].as_array().unwrap().iter().map(|agent| agent["email"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_are_seen_by_themselves_by_their_supervisors_and_by_managers() {
    let house = House::open().await;
    let (wixom, plymouth) = (site(&house, "Wixom").await, site(&house, "Plymouth").await);
    let (ada, as_ada) = agent(&house, "ada", wixom, "101").await;
    let (bob, _) = agent(&house, "bob", plymouth, "102").await;
    let boss = house.person(&house.admin, "boss@example.com", Role::Supervisor).await;
    house.admin.post(&format!("/api/locations/{wixom}/staff"), json!({"userId": boss})).await.ok();
    let as_boss = house.signed_in("boss@example.com", PASSWORD).await;
    let manager = house.client(Role::Manager).await;

    assert_eq!(names(&as_ada.get("/api/agents").await.ok()), ["ada@example.com"]);
    assert_eq!(names(&as_boss.get("/api/agents").await.ok()), ["ada@example.com"]);
    assert_eq!(names(&manager.get("/api/agents").await.ok()), ["ada@example.com", "bob@example.com"]);
    as_boss.get(&format!("/api/agents/{bob}")).await.is(404);
    as_boss.put(&format!("/api/agents/{bob}"), json!({"team": "evening"})).await.is(404);
    let elsewhere = as_boss.put(&format!("/api/agents/{ada}"), json!({"locationId": plymouth})).await.is(422);
    assert_eq!(elsewhere["error"]["details"]["field"], "locationId", "{elsewhere}");
    as_boss.put(&format!("/api/agents/{ada}"), json!({"team": "evening"})).await.is(200);
    assert_eq!(as_ada.get(&format!("/api/agents/{ada}")).await.ok()["data"]["team"], "evening");

    house.admin.delete(&format!("/api/locations/{wixom}/staff/{boss}")).await.ok();
    assert!(names(&as_boss.get("/api/agents").await.ok()).is_empty(), "whoever left sees nothing any more");
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_telephone_is_one_agents_at_a_time() {
    let house = House::open().await;
    let wixom = site(&house, "Wixom").await;
    let (ada, _) = agent(&house, "ada", wixom, "101").await;
    let user = house.person(&house.admin, "bob@example.com", Role::Agent).await;
    let taken = house.admin.post("/api/agents", json!({"userId": user, "extension": "101"})).await.is(409);
    assert_eq!(taken["error"]["details"]["field"], "extension", "{taken}");
    house.admin.get(&format!("/api/agents/{user}")).await.is(404);
    house.admin.put(&format!("/api/agents/{ada}"), json!({"extension": null})).await.ok();
    house.admin.post("/api/agents", json!({"userId": user, "extension": "101"})).await.is(201);
    house.admin.post("/api/agents", json!({"userId": user})).await.is(409);
    let later =
        house.admin.put(&format!("/api/agents/{ada}"), json!({"team": "x", "from": "2999-01-01T00:00:00Z"})).await.is(422);
    assert_eq!(later["error"]["details"]["field"], "from", "{later}");
    let passed = json!({"name": "HIPAA basics", "on": "2026-01-05"});
    let shown = house.admin.post(&format!("/api/agents/{ada}/certifications"), passed.clone()).await.is(201);
    assert_eq!(shown["data"]["agent"]["certifications"], json!([passed]));
    house.admin.post(&format!("/api/agents/{ada}/certifications"), passed).await.is(409);
    house.admin.delete(&format!("/api/agents/{ada}")).await.ok();
    house.admin.put(&format!("/api/agents/{ada}"), json!({"team": "x"})).await.is(409);
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_centre_reckons_by_its_own_settings() {
    let house = House::open().await;
    let settings = house.admin.get("/api/call-center/settings").await.ok();
    assert_eq!((&settings["data"]["reportingTimezone"], &settings["data"]["retention"]["calls"]), (&json!("UTC"), &json!(2555)));
    let changed = json!({"reportingTimezone": "America/Detroit", "retention": {"recordings": 90}});
    let shown = house.admin.put("/api/call-center/settings", changed).await.ok();
    assert_eq!(shown["data"]["retention"], json!({"calls": 2555, "recordings": 90, "journals": 2555, "performance": 2555}));
    for (bad, field) in [
        (json!({"reportingTimezone": "Wixom"}), "reportingTimezone"),
        (json!({"serviceLevelSeconds": 0}), "serviceLevelSeconds"),
        (json!({"retention": {"calls": 0}}), "retention.calls"),
        (json!({"reportTime": "25:00:00"}), "reportTime"),
    ] {
        let refused = house.admin.put("/api/call-center/settings", bad).await.is(422);
        assert_eq!(refused["error"]["details"]["field"], field, "{refused}");
    }
    house.client(Role::Supervisor).await.put("/api/call-center/settings", json!({"qaQuotaPerAgent": 3})).await.is(403);
}
