//! Many at once: the last place goes to one, the last seat goes to one, a key counts once.

use crate::client::id;
use crate::house::House;
use futures::future::join_all;
use serde_json::json;
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn twenty_race_for_the_last_place_of_an_agency_and_one_gets_it() {
    let house = House::open().await;
    let agency = house.admin.agency("Small", json!({"max_capacity": 1})).await;
    let cases = join_all((0..20).map(|_| house.admin.open_case(json!({})))).await;
    let desk = &house.admin;
    let race = cases.iter().map(|case| {
        let path = format!("/api/v1/cases/{}/assign", id(case));
        async move { desk.post(&path, json!({"dca_id": agency})).await }
    });
    let answers = join_all(race).await;
    let count = |status| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!((count(200), count(409)), (1, 19), "{:?}", answers.iter().map(|a| a.status).collect::<Vec<_>>());
    house.settle().await;
    assert_eq!(house.admin.dca(agency).await["active_cases_count"], 1);
    house.is_healthy().await;
    house.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_race_for_the_last_seat_of_a_company_and_one_gets_it() {
    let house = House::open().await;
    let foreign = house.foreign().await;
    house.admin.patch(&format!("/api/companies/{}", foreign.tenant), json!({"maxUsers": 2})).await.ok();
    let boss = &foreign.admin;
    let race = (0..10).map(|n| {
        let person =
            json!({"email": format!("p{n}@elsewhere.example"), "firstName": "P", "role": "agent", "password": "password 1"});
        async move { boss.post("/api/users", person).await }
    });
    let answers = join_all(race).await;
    let count = |status| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!((count(201), count(409)), (1, 9), "{:?}", answers.iter().map(|a| (a.status, a.text())).collect::<Vec<_>>());
    assert!(answers.iter().any(|answer| answer.text().contains("max_users")), "the limit is named");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_sent_by_many_at_once_happens_once() {
    let house = House::open().await;
    let case = id(&house.admin.open_case(json!({})).await);
    let payer = house.admin.with("Idempotency-Key", "payment-1");
    let path = format!("/api/v1/cases/{case}/payments");
    let answers = join_all((0..10).map(|_| payer.post(&path, json!({"amount": "10.00"})))).await;
    assert!(answers.iter().all(|answer| answer.status == 201), "{:?}", answers.iter().map(|a| a.status).collect::<Vec<_>>());
    let positions: std::collections::BTreeSet<_> = answers.iter().map(|answer| answer.header("Docket-Position")).collect();
    assert_eq!(positions.len(), 1, "all get the first answer");
    house.settle().await;
    assert_eq!(house.story_of(case).await, ["case.opened", "case.payment_received"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_who_hang_up_leave_nothing_half_done() {
    let house = House::open().await;
    let mut cases = Vec::new();
    for _ in 0..30 {
        let case = Uuid::now_v7();
        let body = json!({"id": case, "customer_name": "A", "overdue_amount": 1, "priority": "P1", "auto_assign": false});
        let asked = house.admin.clone();
        let request = tokio::spawn(async move { asked.post("/api/v1/cases/", body).await });
        tokio::time::timeout(std::time::Duration::from_millis(rand::random_range(0..6)), async {
            std::future::pending::<()>().await
        })
        .await
        .unwrap_err();
        request.abort();
        cases.push(case);
    }
    house.settle().await;
    house.is_healthy().await;
    let listed = house.admin.get("/api/v1/cases/?limit=100").await.ok();
    assert!(listed["total"].as_i64().unwrap() <= 30);
    for case in cases {
        let reply = house.admin.get(&format!("/api/v1/cases/{case}")).await;
        assert!([200, 404].contains(&reply.status));
    }
    house.verify().await;
}
