//! Automatic assignment: the best agency with room, never one that gave the case back, and a reason when there is none.

use crate::client::{Client, id, word};
use crate::house::House;
use serde_json::{Value, json};
use uuid::Uuid;

async fn waiting(desk: &Client, amount: i64) -> Uuid {
    id(&desk.open_case(json!({"auto_assign": true, "overdue_amount": amount})).await)
}

/// Somebody who finished a case quickly has 105 points.
async fn praised(desk: &Client, name: &str) -> Uuid {
    let agency = desk.agency(name, json!({})).await;
    let case = desk.working(agency, json!({})).await;
    desk.act(case, "complete", json!({})).await;
    agency
}

#[tokio::test(flavor = "multi_thread")]
async fn the_best_score_goes_first_then_the_lowest_load_then_the_name() {
    let house = House::open().await;
    let desk = &house.admin;
    desk.agency("Aardvark", json!({})).await;
    let (zulu, yankee) = (praised(desk, "Zulu").await, praised(desk, "Yankee").await);
    house.settle().await;

    let first = waiting(desk, 100).await;
    house.settle().await;
    let shown = desk.case(first).await;
    assert_eq!((word(&shown["status"]), &shown["dca_id"]), ("assigned".into(), &json!(yankee)), "equal score and load: the name");
    assert!(shown["allocation_reason"].as_str().unwrap().contains("agency.score@1"), "{shown}");
    let second = waiting(desk, 100).await;
    house.settle().await;
    assert_eq!(desk.case(second).await["dca_id"], json!(zulu), "equal score: the lower load");
    let history = house.history(second).await;
    let assigned = history.iter().find(|event| event["what"] == "case.assigned").unwrap();
    assert_eq!(
        (&assigned["who"]["actor"], &assigned["cause"]),
        (&json!("process:auto_assignment"), &history[0]["event_id"]),
        "{assigned}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_amount_that_nobody_takes_falls_back_to_any_agency_with_room() {
    let house = House::open().await;
    let desk = &house.admin;
    let small = desk.agency("Small debts", json!({"max_debt_amount": 50})).await;
    let case = waiting(desk, 5000).await;
    house.settle().await;
    let shown = desk.case(case).await;
    assert_eq!(shown["dca_id"], json!(small));
    assert!(shown["allocation_reason"].as_str().unwrap().contains("fallback"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_case_goes_to_another_agency_and_never_back() {
    let house = House::open().await;
    let desk = &house.admin;
    let (alpha, beta) = (desk.agency("Alpha", json!({})).await, desk.agency("Beta", json!({})).await);
    let case = waiting(desk, 100).await;
    house.settle().await;
    assert_eq!(desk.case(case).await["dca_id"], json!(alpha));
    desk.act(case, "reject", json!({"reason": "no capacity"})).await;
    house.settle().await;
    let shown = desk.case(case).await;
    assert_eq!((&shown["dca_id"], &shown["rejected_by"]), (&json!(beta), &json!([alpha])));
    desk.act(case, "reject", json!({"reason": "nor we"})).await;
    house.settle().await;
    let shown = desk.case(case).await;
    assert_eq!((word(&shown["status"]), &shown["dca_id"]), ("open".into(), &Value::Null));
    assert!(shown["allocation_reason"].as_str().unwrap().contains("gave it back"), "{shown}");
    // Somebody new may have it.
    let gamma = desk.agency("Gamma", json!({})).await;
    house.settle().await;
    assert_eq!(desk.case(case).await["dca_id"], json!(gamma));
    house.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_agency_the_case_stays_open_and_says_why_once() {
    let house = House::open().await;
    let desk = &house.admin;
    let case = waiting(desk, 100).await;
    house.settle().await;
    let shown = desk.case(case).await;
    assert_eq!(word(&shown["status"]), "open");
    assert_eq!(shown["allocation_reason"], "no active agency has room");
    let before = house.events().await;
    house.settle().await;
    assert_eq!(house.events().await, before, "saying it again is no event");
}

#[tokio::test(flavor = "multi_thread")]
async fn switched_off_it_rests_until_it_is_switched_on() {
    let house = House::open().await;
    let desk = &house.admin;
    let agency = desk.agency("Alpha", json!({})).await;
    desk.put("/api/v1/settings/", json!({"ai_assignment_enabled": false})).await.ok();
    let case = waiting(desk, 100).await;
    house.settle().await;
    assert_eq!(word(&desk.case(case).await["status"]), "open");
    desk.put("/api/v1/settings/", json!({"ai_assignment_enabled": true})).await.ok();
    house.settle().await;
    assert_eq!(desk.case(case).await["dca_id"], json!(agency));
}
