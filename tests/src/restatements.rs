//! A stretch of the past judged anew: old and new score side by side, explained, and taken back (E.X9, K31).

use crate::client::number;
use crate::house::House;
use chrono::{TimeDelta, Utc};
use rust_decimal::{Decimal, dec};
use serde_json::{Value, json};
use uuid::Uuid;

async fn raw(house: &House, agency: Uuid) -> Decimal {
    house.settle().await;
    number(&house.admin.dca(agency).await["score_1"]["raw"])
}

/// An agency that delayed one case (−3) and rejected another (−5), and settings by which each costs 20 since.
async fn judged() -> (House, Uuid) {
    let house = House::open().await;
    let desk = &house.admin;
    let agency = desk.agency("Swift", json!({})).await;
    let first = desk.working(agency, json!({})).await;
    desk.act(first, "delay", json!({"reason": "holidays"})).await;
    let second = desk.working(agency, json!({})).await;
    desk.act(second, "reject", json!({"reason": "insolvent"})).await;
    let dearer = json!({"delay_penalty_percent": 20, "rejection_penalty_percent": 20});
    assert_eq!(desk.put("/api/v1/settings/", dearer).await.ok()["version"], 2);
    assert_eq!(raw(&house, agency).await, dec!(92));
    (house, agency)
}

fn last_hour(version: u32) -> Value {
    json!({"from": Utc::now() - TimeDelta::hours(1), "until": Utc::now(), "version": version, "reason": "agreed with the agencies"})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restatement_shows_old_and_new_and_can_be_taken_back() {
    let (house, agency) = judged().await;
    let desk = &house.admin;
    let restated = desk.post("/api/v1/settings/restatements", last_hour(2)).await.is(201);
    let shown = &restated["agencies"][0];
    assert_eq!((&restated["restatement"], &shown["dca_name"]), (&json!(1), &json!("Swift")));
    assert_eq!((number(&shown["before"]["score_1"]["raw"]), number(&shown["after"]["score_1"]["raw"])), (dec!(92), dec!(60)));
    // Nobody's case was handled by a delay: −8 × 10 / 1, then −20 counts as −10 for each.
    assert_eq!((number(&shown["before"]["score_2"]), number(&shown["after"]["score_2"])), (dec!(20), dec!(0)));
    assert_eq!(raw(&house, agency).await, dec!(60), "the card follows");
    let stats = desk.get("/api/v1/dashboard/stats").await.ok();
    assert!(stats.to_string().contains("60"), "so does the dashboard: {stats}");

    let address = format!("/api/v1/dcas/{agency}/score/explain");
    let terms = desk.get(&address).await.ok();
    assert_eq!(number(&terms["value"]), dec!(60));
    assert!(terms["terms"].as_array().unwrap().iter().all(|term| term["policy_version"] == 2), "{terms}");
    assert!(terms["terms"][0]["detail"].as_str().unwrap().contains("restatement 1"), "{terms}");
    let twice = desk.get(&format!("/api/v1/settings/restatements/1/explain?dca_id={agency}")).await.ok();
    assert_eq!((number(&twice["before"]["value"]), number(&twice["after"]["value"])), (dec!(92), dec!(60)));
    assert_eq!(twice["before"]["terms"][0]["policy_version"], 1);

    let undone = desk.post("/api/v1/settings/restatements/1/undo", json!({"reason": "not agreed after all"})).await.is(200);
    assert_eq!(undone["undone_because"], "not agreed after all");
    assert_eq!(number(&undone["agencies"][0]["after"]["score_1"]["raw"]), dec!(60), "what it would be is still shown");
    assert_eq!(raw(&house, agency).await, dec!(92), "and nothing is left of it");
    desk.post("/api/v1/settings/restatements/1/undo", json!({"reason": "again"})).await.is(200);

    let known = desk.get("/api/v1/settings/restatements").await.ok();
    assert_eq!((&known["total"], known["items"][0]["undone_at"].is_string()), (&json!(1), true));
    let trail = desk.get("/api/v1/audit-logs?category=policy").await.ok();
    let actions: Vec<_> = trail["items"].as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(actions[..2], ["policy.restatement_undone", "policy.restated"]);
    house.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_lies_in_the_stretch_is_judged_anew() {
    let (house, agency) = judged().await;
    let desk = &house.admin;
    let before = json!({"from": "2020-01-01T00:00:00Z", "until": "2020-02-01T00:00:00Z", "version": 2, "reason": "January"});
    let nothing = desk.post("/api/v1/settings/restatements", before).await.is(201);
    assert_eq!(nothing["agencies"], json!([]));
    assert_eq!(raw(&house, agency).await, dec!(92));
    // The newest restatement over an instant counts, and the one below it again once that is gone.
    desk.post("/api/v1/settings/restatements", last_hour(2)).await.is(201);
    desk.post("/api/v1/settings/restatements", last_hour(1)).await.is(201);
    assert_eq!(raw(&house, agency).await, dec!(92));
    desk.post("/api/v1/settings/restatements/3/undo", json!({"reason": "once is enough"})).await.is(200);
    assert_eq!(raw(&house, agency).await, dec!(60));
    let later = desk.working(agency, json!({})).await;
    desk.act(later, "delay", json!({"reason": "after the stretch"})).await;
    assert_eq!(raw(&house, agency).await, dec!(40), "what comes is judged by the settings in force");
    house.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restatement_out_of_order_is_refused_by_field() {
    let (house, _) = judged().await;
    let events = house.events().await;
    for (field, body) in [
        ("version", json!({"version": 9})),
        ("from", json!({"from": "0001-01-01T00:00:00Z"})),
        ("until", json!({"until": "2001-01-01T00:00:00Z"})),
        ("until", json!({"until": Utc::now() + TimeDelta::days(1)})),
        ("reason", json!({"reason": " "})),
        ("colour", json!({"colour": 1})),
    ] {
        let mut asked = last_hour(2);
        asked.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        let refused = house.admin.post("/api/v1/settings/restatements", asked).await;
        assert!(refused.status == 422 && refused.text().contains(field), "{field}: {} {}", refused.status, refused.text());
    }
    for missing in ["1", "0", "x"] {
        house.admin.get(&format!("/api/v1/settings/restatements/{missing}")).await.is(404);
        house.admin.post(&format!("/api/v1/settings/restatements/{missing}/undo"), json!({"reason": "x"})).await.is(404);
    }
    assert_eq!(house.events().await, events);
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_dated_ahead_wait_and_can_be_withdrawn() {
    let house = House::open().await;
    let desk = &house.admin;
    let from = Utc::now() + TimeDelta::days(7);
    let waiting = desk.put("/api/v1/settings/", json!({"p1_sla_days": 2, "in_force_from": from})).await.ok();
    assert_eq!((&waiting["p1_sla_days"], &waiting["version"]), (&json!(3), &json!(1)), "the old ones are in force");
    assert_eq!(waiting["scheduled"][0]["version"], 2);
    let then = (from + TimeDelta::seconds(1)).to_rfc3339().replace("+00:00", "Z");
    assert_eq!(desk.get(&format!("/api/v1/settings/?at={then}")).await.ok()["p1_sla_days"], 2);
    let case = desk.open_case(json!({"priority": "P1"})).await;
    let due: chrono::DateTime<Utc> = case["sla_due_date"].as_str().unwrap().parse().unwrap();
    assert_eq!((due - Utc::now()).num_hours(), 71, "and judge what comes");

    let refused = desk.put("/api/v1/settings/", json!({"p1_sla_days": 5})).await;
    assert!(refused.status == 409 && refused.text().contains("withdraw it first"), "{}", refused.text());
    desk.put("/api/v1/settings/", json!({"p1_sla_days": 5, "in_force_from": "2020-01-01T00:00:00Z"})).await.is(422);
    let etag = desk.get("/api/v1/settings/").await.header("etag").unwrap();
    desk.with("If-Match", "\"1\"").send("DELETE", "/api/v1/settings/scheduled", None, "").await.is(412);
    let withdrawn = desk.with("If-Match", etag).send("DELETE", "/api/v1/settings/scheduled", None, "").await.is(200);
    assert_eq!(withdrawn["scheduled"], json!([]));
    desk.send("DELETE", "/api/v1/settings/scheduled", None, "").await.is(409);
    let history = desk.get("/api/v1/settings/history").await.ok();
    assert!(history["items"][1]["withdrawn_at"].is_string(), "{history}");
    let changed = desk.put("/api/v1/settings/", json!({"p1_sla_days": 5, "notify_rejected": false})).await.ok();
    assert_eq!((&changed["version"], &changed["notify_rejected"]), (&json!(3), &json!(false)), "no number is given twice");
    house.verify().await;
}
