//! Everything that happened can be found again: who, when, what, why.

use crate::client::id;
use crate::house::House;
use domain::organization::role::Role;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_case_tells_its_history_with_names_and_reasons() {
    let house = House::open().await;
    let worker = house.client(Role::CaseWorker).await;
    let me = worker.get("/api/v1/auth/me").await.ok();
    let agency = house.admin.agency("Swift", json!({})).await;
    let case = id(&worker.open_case(json!({})).await);
    worker.act(case, "assign", json!({"dca_id": agency})).await;
    worker.act(case, "reject", json!({"reason": "debtor is insolvent"})).await;
    house.settle().await;
    let history = house.history(case).await;
    let versions: Vec<_> = history.iter().map(|event| event["version"].as_i64().unwrap()).collect();
    assert_eq!(versions, [1, 2, 3]);
    assert_eq!(history[2]["who"]["actor"], json!(format!("user:{}", me["id"].as_str().unwrap())));
    assert_eq!(history[2]["who"]["name"], me["full_name"]);
    assert!(history[2]["in_words"].as_str().unwrap().contains("debtor is insolvent"), "{}", history[2]);
    assert!(history[2]["in_words"].as_str().unwrap().contains("Swift"), "{}", history[2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_trail_is_searched_and_filtered() {
    let house = House::open().await;
    let desk = &house.admin;
    let case = id(&desk.open_case(json!({"customer_name": "Needle Debtor"})).await);
    let other = id(&desk.open_case(json!({})).await);
    desk.act(other, "payments", json!({"amount": 5})).await;
    house.settle().await;
    let total = async |query: &str| desk.get(&format!("/api/v1/audit-logs?{query}")).await.ok()["total"].as_i64().unwrap();
    let me = desk.get("/api/v1/auth/me").await.ok();
    assert_eq!(total("action=case.opened").await, 2);
    assert_eq!(total(&format!("aggregate_id={case}")).await, 1);
    assert_eq!(total("action=case.payment_received&category=case").await, 1);
    assert_eq!(total(&format!("action=case.opened&user_id={}", me["id"].as_str().unwrap())).await, 2);
    assert_eq!(total("action=case.opened&to=2020-01-01T00:00:00Z").await, 0);
    assert_eq!(total("action=case.opened&from=2020-01-01T00:00:00Z").await, 2);
    assert_eq!(total("action=case.opened&search=needle").await, 1);
    assert!(total("action=user.logged_in").await >= 1, "who came in is on record too");
    let page = desk.get("/api/v1/audit-logs?limit=2").await.ok();
    assert_eq!(page["items"].as_array().unwrap().len(), 2, "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_category_is_paged_through_over_all_its_actions() {
    let house = House::open().await;
    let desk = &house.admin;
    let agency = desk.agency("Swift", json!({})).await;
    let case = desk.working(agency, json!({})).await;
    for amount in [1, 2] {
        desk.act(case, "payments", json!({"amount": amount})).await;
    }
    desk.open_case(json!({})).await;
    house.settle().await;
    let all = ["case.opened", "case.payment_received", "case.payment_received", "case.accepted", "case.assigned", "case.opened"];
    for by in ["page=", "cursor="] {
        let (mut seen, mut place) = (Vec::new(), "1".to_owned());
        for page in 2.. {
            let start = if by == "cursor=" && page == 2 { String::new() } else { format!("&{by}{place}") };
            let found = desk.get(&format!("/api/v1/audit-logs?category=case&limit=2{start}")).await.ok();
            assert_eq!(found["total"], 6, "{found}");
            seen.extend(found["items"].as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap().to_owned()));
            let Some(next) = found["next"].as_str() else { break };
            place = if by == "page=" { page.to_string() } else { next.to_owned() };
        }
        assert_eq!(seen, all, "{by}");
    }
    let me = desk.get("/api/v1/auth/me").await.ok()["id"].as_str().unwrap().to_owned();
    let mine = desk.get(&format!("/api/v1/audit-logs?category=case&user_id={me}&to=2020-01-01T00:00:00Z")).await.ok();
    assert_eq!((&mine["total"], &mine["items"]), (&json!(0), &json!([])));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_company_never_sees_anothers_trail() {
    let house = House::open().await;
    let foreign = house.foreign().await;
    house.admin.open_case(json!({})).await;
    house.settle().await;
    let theirs = foreign.admin.get("/api/v1/audit-logs?action=case.opened").await.ok();
    assert_eq!(theirs["total"], 1, "{theirs}");
    let ours = house.admin.get(&format!("/api/v1/audit-logs?aggregate_id={}", foreign.case)).await.ok();
    assert_eq!(ours["total"], 0);
}
