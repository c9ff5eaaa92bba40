//! Playing through what agencies might do: only where it is offered, never in production, and always marked (E.X10, K34).

use crate::client::{Client, id, number};
use crate::house::{House, PASSWORD};
use domain::organization::role::Role;
use rust_decimal::dec;
use serde_json::json;

async fn offering() -> House {
    House::with(|config| {
        config.roles = vec![api::config::Duty::Api, api::config::Duty::Project];
        config.testing = true;
    })
    .await
}

/// A company of its own for this use, and its admin.
async fn company(house: &House, name: &str, environment: &str) -> Client {
    let asked = json!({"name": name, "maxUsers": 9, "environment": environment});
    let company = house.admin.post("/api/companies", asked).await.is(201);
    assert_eq!(company["environment"], environment);
    let inside = house.admin.with("Docket-Tenant", id(&company));
    let address = format!("boss-{environment}@example.com");
    house.person(&inside, &address, Role::CompanyAdmin).await;
    house.signed_in(&address, PASSWORD).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_played_counts_like_the_real_thing_and_is_marked() {
    let house = offering().await;
    let desk = &house.admin;
    let agency = desk.agency("Swift", json!({})).await;
    let case = id(&desk.open_case(json!({"auto_assign": false})).await);
    let assign = json!({"case_id": case, "status": "assigned", "dca_id": agency});
    assert_eq!(desk.post("/api/v1/testing/update-status", assign).await.ok()["status"], "assigned");
    let accepted = desk.post(&format!("/api/v1/testing/simulate-acceptance/{case}"), json!({})).await.ok();
    assert_eq!(accepted["status"], "in_progress");
    let delayed = desk.post(&format!("/api/v1/testing/simulate-delay/{case}"), json!({"reason": "holidays"})).await.ok();
    assert_eq!(delayed["status"], "delayed");
    let resumed = json!({"case_id": case, "status": "In Progress"});
    assert_eq!(desk.post("/api/v1/testing/update-status", resumed).await.ok()["status"], "in_progress");
    let rejected = desk.post(&format!("/api/v1/testing/simulate-rejection/{case}"), json!({})).await.ok();
    assert_eq!((&rejected["status"], &rejected["rejected_by"]), (&json!("open"), &json!([agency])));
    house.settle().await;
    assert_eq!(number(&desk.dca(agency).await["score_1"]["raw"]), dec!(92));

    let trail = desk.get(&format!("/api/v1/audit-logs?aggregate_id={case}")).await.ok();
    let played: Vec<_> = trail["items"].as_array().unwrap().iter().filter(|entry| entry["simulated"] == true).collect();
    assert_eq!(played.len(), 5, "{trail}");
    let actor = played[0]["actor"].as_str().unwrap();
    assert!(actor.starts_with("simulation:") && played[0]["user_id"].is_string(), "{actor}");
    let by_actor = desk.get(&format!("/api/v1/audit-logs?actor={actor}")).await.ok();
    assert_eq!(by_actor["total"], 7, "with the place that the agency took and freed");
    let cases = desk.get("/api/v1/testing/cases").await.ok();
    let agencies = desk.get("/api/v1/testing/dcas").await.ok();
    assert_eq!((&cases["total"], &agencies["items"][0]["total_delays"]), (&json!(1), &json!(1)));
    house.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_a_person_could_do_is_played() {
    let house = offering().await;
    let desk = &house.admin;
    let case = id(&desk.open_case(json!({"auto_assign": false})).await);
    let events = house.events().await;
    for (status, code) in
        [("completed", 409), ("delayed", 409), ("closed", 409), ("in_progress", 409), ("assigned", 422), ("gone", 422)]
    {
        let refused = desk.post("/api/v1/testing/update-status", json!({"case_id": case, "status": status})).await;
        assert_eq!(refused.status, code, "{status}: {}", refused.text());
    }
    desk.post(&format!("/api/v1/testing/simulate-delay/{case}"), json!({})).await.is(409);
    assert_eq!(house.events().await, events);
    let worker = house.client(Role::CaseWorker).await;
    worker.post(&format!("/api/v1/testing/simulate-delay/{case}"), json!({})).await.is(403);
    let escalated = json!({"case_id": case, "status": "escalated", "reason": "the chairman called"});
    assert_eq!(desk.post("/api/v1/testing/update-status", escalated).await.ok()["escalation_level"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_played_where_it_is_not_offered_nor_in_production() {
    let house = House::open().await;
    let case = id(&house.admin.open_case(json!({})).await);
    house.admin.post(&format!("/api/v1/testing/simulate-delay/{case}"), json!({})).await.is(404);
    house.admin.get("/api/v1/testing/cases").await.is(404);

    let house = offering().await;
    let boss = company(&house, "Real Money Ltd", "production").await;
    let events = house.events().await;
    boss.get("/api/v1/testing/cases").await.is(403);
    boss.post("/api/v1/testing/reset", json!({"confirm": "Real Money Ltd"})).await.is(403);
    let companies = house.admin.get("/api/companies?search=Real").await.ok();
    let path = format!("/api/companies/{}", id(&companies[0]));
    let back = house.admin.patch(&path, json!({"environment": "sandbox"})).await;
    assert!(back.status == 400 && back.text().contains("environment"), "{} {}", back.status, back.text());
    assert_eq!(house.events().await, events);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_is_wiped_and_nothing_else_is() {
    let house = offering().await;
    let boss = company(&house, "Play Ltd", "sandbox").await;
    let agency = boss.agency("Swift", json!({})).await;
    boss.working(agency, json!({})).await;
    let assigned = id(&boss.open_case(json!({"auto_assign": false})).await);
    boss.act(assigned, "assign", json!({"dca_id": agency})).await;
    boss.put("/api/v1/settings/", json!({"p1_sla_days": 1})).await.ok();
    let kept = id(&house.admin.open_case(json!({})).await);
    house.settle().await;

    let unsure = boss.post("/api/v1/testing/reset", json!({"confirm": "Play"})).await;
    assert!(unsure.status == 422 && unsure.text().contains("confirm"), "{}", unsure.text());
    house.admin.post("/api/v1/testing/reset", json!({"confirm": "default"})).await.is(403);
    let wiped = boss.post("/api/v1/testing/reset", json!({"confirm": "Play Ltd"})).await.ok();
    assert_eq!(wiped, json!({"deleted_cases": 2, "left_cases": 0, "deactivated_dcas": 1, "settings_version": 3}));
    house.settle().await;
    assert_eq!(boss.get("/api/v1/cases/").await.ok()["total"], 0);
    let rests = boss.dca(agency).await;
    assert_eq!(
        (&rests["is_active"], &rests["total_cases_rejected"]),
        (&json!(false), &json!(1)),
        "only what it worked on comes back"
    );
    assert_eq!(boss.get("/api/v1/settings/").await.ok()["p1_sla_days"], 3);
    let trail = boss.get("/api/v1/audit-logs?action=case.deleted").await.ok();
    assert_eq!((&trail["total"], &trail["items"][0]["simulated"]), (&json!(2), &json!(true)));
    house.admin.get(&format!("/api/v1/cases/{kept}")).await.ok();
    let again = boss.post("/api/v1/testing/reset", json!({"confirm": "Play Ltd"})).await.ok();
    assert_eq!((&again["deleted_cases"], &again["settings_version"]), (&json!(0), &json!(3)));
    house.verify().await;
}
