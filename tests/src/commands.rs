//! The generic route, versions, keys and positions: how programs ask for things and know what came of it.

use crate::client::{id, number};
use crate::house::House;
use rust_decimal::dec;
use serde_json::{Value, json};
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn one_command_many_commands_and_lines_are_answered_each_for_itself() {
    let house = House::open().await;
    let desk = &house.admin;
    let case = Uuid::now_v7();
    let open = json!({"key": "k-1", "command": "OpenCase", "on": case,
        "data": {"customer": {"name": "A"}, "overdueAmount": 10.10, "priority": "P1", "autoAssign": false}});
    let one = desk.command(open.clone()).await;
    assert_eq!((id(&one.ok()["data"]), &one.body()["data"]["version"]), (case, &json!(1)));
    let pay = |key: &str, amount: Value| json!({"key": key, "command": "RecordPayment", "on": case, "data": {"amount": amount}});
    let many = desk
        .command(json!([open, pay("k-2", json!("1.10")), pay("k-3", json!(0)), {"command": "Dance"}, pay("k-2", json!(2))]))
        .await
        .ok();
    let items = many["data"].as_array().unwrap();
    let told: Vec<_> = items.iter().map(|item| (item["ok"] == true, item["error"]["status"].as_u64())).collect();
    assert_eq!(told, [(true, None), (true, None), (false, Some(422)), (false, Some(422)), (false, Some(409))], "{many}");
    assert_eq!((&items[0]["replayed"], &items[2]["error"]["field"]), (&json!(true), &json!("amount")));

    let lines = format!("{}\n\n{{broken\n{}\n", pay("k-4", json!(1)), pay("k-5", json!(1)));
    let answer = desk.send("POST", "/api/commands", Some("application/x-ndjson"), lines).await;
    answer.is(200);
    let told: Vec<Value> = answer.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(told.iter().map(|item| item["ok"] == true).collect::<Vec<_>>(), [true, false, true], "{told:?}");
    house.settle().await;
    assert_eq!(number(&desk.case(case).await["amount_paid"]), dec!(3.10));
    let menu = desk.get("/api/commands").await.ok();
    assert_eq!(menu["data"].as_array().unwrap().len(), commands::MENU.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_saw_an_older_version_is_told_and_nothing_changes() {
    let house = House::open().await;
    let desk = &house.admin;
    let case = id(&desk.open_case(json!({})).await);
    let path = format!("/api/v1/cases/{case}");
    let seen = desk.get(&path).await.header("etag").unwrap();
    let first = desk.with("If-Match", &seen).put(&path, json!({"notes": "mine"})).await;
    assert_ne!((first.is(200), first.header("etag")), (Value::Null, Some(seen.clone())));
    let events = house.events().await;
    desk.with("If-Match", &seen).put(&path, json!({"notes": "theirs"})).await.is(412);
    desk.with("If-Match", "three").put(&path, json!({"notes": "theirs"})).await.is(422);
    assert_eq!((house.events().await, &desk.case(case).await["notes"]), (events, &json!("mine")));
    desk.with("If-Match", "*").put(&path, json!({"notes": "anyhow"})).await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_gives_the_first_answer_again_and_refuses_another_body() {
    let house = House::open().await;
    let keyed = house.admin.with("Idempotency-Key", "new-case-1");
    let body = json!({"customer_name": "A", "overdue_amount": 5, "priority": "P1", "auto_assign": false});
    let first = keyed.post("/api/v1/cases/", body.clone()).await;
    let again = keyed.post("/api/v1/cases/", body).await;
    assert_eq!((id(&first.is(201)), first.position()), (id(&again.is(201)), again.position()));
    let other = keyed.post("/api/v1/cases/", json!({"customer_name": "B", "overdue_amount": 5, "priority": "P1"})).await;
    assert_eq!(other.status, 409, "{}", other.text());
    // Keys belong to a company: another one's are of no concern.
    let foreign = house.foreign().await;
    let theirs = json!({"customer_name": "C", "overdue_amount": 5, "priority": "P1", "auto_assign": false});
    foreign.admin.with("Idempotency-Key", "new-case-1").post("/api/v1/cases/", theirs).await.is(201);
    house.settle().await;
    assert_eq!(house.admin.get("/api/v1/cases/").await.ok()["total"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_waits_for_the_position_it_names() {
    let house = House::open().await;
    for n in 1..=5 {
        let done = house
            .admin
            .command(json!({"command": "OpenCase",
            "data": {"customer": {"name": "A"}, "overdueAmount": 1, "priority": "P1", "autoAssign": false}}))
            .await;
        done.is(200);
        let listed = house.admin.with("Docket-Min-Position", done.position()).get("/api/v1/cases/").await.is(200);
        assert_eq!(listed["total"], n, "one reads one's own writes");
    }
    let head = house.events().await;
    house.admin.with("Docket-Min-Position", head + 1000).get("/api/v1/cases/").await.is(412);
    house.admin.with("Docket-Min-Position", "soon").get("/api/v1/cases/").await.is(422);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_those_who_may_import_history_date_commands_back() {
    let house = House::open().await;
    let worker = house.client(domain::organization::role::Role::CaseWorker).await;
    let open = |at: &str| {
        json!({"command": "OpenCase", "at": at,
        "data": {"customer": {"name": "A"}, "overdueAmount": 1, "priority": "P1", "autoAssign": false}})
    };
    worker.command(open("2020-01-01T00:00:00Z")).await.is(403);
    house.admin.command(open("2020-01-01T00:00:00Z")).await.is(200);
    let events = house.events().await;
    for at in ["1969-12-31T23:59:59Z", "2100-01-01T00:00:00Z", "yesterday"] {
        let refused = house.admin.command(open(at)).await;
        assert!(refused.status == 422 && refused.text().contains("at"), "{at}: {} {}", refused.status, refused.text());
    }
    assert_eq!(house.events().await, events);
}
