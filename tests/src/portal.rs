//! The customer portal: a debtor sees their own case and nothing else, and nobody guesses their way in (E.E26, E.E27).

use crate::client::{Reply, id, number};
use crate::house::House;
use rust_decimal::dec;
use serde_json::json;

const PHONE: &str = "+1 (555) 0100-77";

async fn sign_in(house: &House, case: &str, phone: &str) -> Reply {
    house.anyone.post("/api/v1/customer/auth", json!({"case_id": case, "phone": phone})).await
}

/// A case with this number in the first company.
async fn with_case(number: &str) -> House {
    let house = House::open().await;
    let agency = house
        .admin
        .agency("Swift", json!({"email": "desk@swift.example", "phone": "+1 555 0199", "contact_person": "Sam Swift"}))
        .await;
    let opening =
        json!({"case_id": number, "customer_name": "John Doe", "customer_phone": PHONE, "overdue_amount": 1000, "notes": "lies"});
    let case = house.admin.working(agency, opening).await;
    house.admin.act(case, "payments", json!({"amount": 250, "reference": "bank"})).await;
    house.settle().await;
    house
}

#[tokio::test(flavor = "multi_thread")]
async fn a_debtor_sees_how_the_case_stands_what_is_paid_and_whom_to_call() {
    let house = with_case("CASE-2024-001").await;
    let session = sign_in(&house, "CASE-2024-001", "001 555 010077").await.ok();
    assert_eq!((&session["token_type"], &session["expires_in"]), (&json!("bearer"), &json!(1800)));
    let debtor = house.anyone.bearing(session["access_token"].as_str().unwrap());
    let mut case = debtor.get("/api/v1/customer/case").await.ok();
    assert_eq!(number(&case["payment_progress"]), dec!(25));
    assert_eq!((number(&case["balance"]), number(&case["payments"][0]["amount"])), (dec!(750), dec!(250)));
    assert_eq!((&case["dca"]["phone"], &case["dca"]["contact_person"]), (&json!("+1 555 0199"), &json!("Sam Swift")));
    assert!(!case.to_string().contains("lies"), "what the desk writes to itself is not shown: {case}");
    // The golden body: exactly these fields.
    let fields: Vec<_> = case.as_object_mut().unwrap().keys().cloned().collect();
    let golden = "amount_paid balance case_id completed_at created_at credit currency customer_name dca overdue_amount payment_progress payments sla_due_date sla_status status updated_at";
    let mut sorted = fields.clone();
    sorted.sort();
    assert_eq!(sorted.join(" "), golden);

    // Nothing else is in reach, and nobody else comes in here.
    for path in ["/api/v1/cases/", "/api/v1/auth/me", "/api/v1/dashboard/stats", "/api/v1/audit-logs", "/api/v1/settings/"] {
        debtor.get(path).await.is(401);
    }
    house.admin.get("/api/v1/customer/case").await.is(401);
    house.anyone.get("/api/v1/customer/case").await.is(401);

    let case = id(&house.admin.get("/api/v1/cases/?limit=1").await.ok()["items"][0]);
    let before = house.admin.get(&format!("/api/v1/cases/{case}")).await.header("etag");
    let trail = house.admin.get(&format!("/api/v1/audit-logs?aggregate_id={case}&category=portal")).await.ok();
    assert_eq!((&trail["total"], &trail["items"][0]["action"]), (&json!(1), &json!("portal.signed_in")));
    sign_in(&house, "CASE-2024-001", PHONE).await.ok();
    assert_eq!(house.admin.get(&format!("/api/v1/cases/{case}")).await.header("etag"), before, "a look changes nothing");

    // What is gone is gone for its debtor too.
    house.admin.act(case, "delay", json!({"reason": "holidays"})).await;
    house.admin.delete(&format!("/api/v1/cases/{case}")).await.ok();
    house.settle().await;
    debtor.get("/api/v1/customer/case").await.is(404);
    sign_in(&house, "CASE-2024-001", PHONE).await.is(401);
    house.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_case_and_a_wrong_phone_get_the_same_answer() {
    let house = with_case("CASE-2024-002").await;
    let body = |reply: Reply| (reply.status, reply.text());
    let wrong = body(sign_in(&house, "CASE-2024-002", "+1 555 010078").await);
    assert_eq!(wrong.0, 401);
    assert_eq!(body(sign_in(&house, "CASE-1999-999", PHONE).await), wrong);
    assert_eq!(body(sign_in(&house, "CASE-2024-002", "555 010077").await), wrong, "part of the number is not enough");
    let elsewhere = json!({"case_id": "CASE-2024-002", "phone": PHONE, "company_id": uuid::Uuid::now_v7()});
    assert_eq!(body(house.anyone.post("/api/v1/customer/auth", elsewhere).await), wrong);
    for (field, asked) in [
        ("phone", json!({"case_id": "CASE-2024-002", "phone": "x"})),
        ("phone", json!({"case_id": "CASE-2024-002"})),
        ("case_id", json!({"case_id": " ", "phone": PHONE})),
        ("pin", json!({"case_id": "CASE-2024-002", "phone": PHONE, "pin": 1})),
    ] {
        let refused = house.anyone.post("/api/v1/customer/auth", asked).await;
        assert!(refused.status == 422 && refused.text().contains(field), "{field}: {} {}", refused.status, refused.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_guesses_gets_five_tries_an_hour() {
    let house = with_case("CASE-2024-003").await;
    // For a case that is not there it is the same.
    for n in 0..5 {
        sign_in(&house, "CASE-0000-000", &format!("+1 555 {n:07}")).await.is(401);
    }
    sign_in(&house, "CASE-0000-000", PHONE).await.is(429);
    let storm = (0..20).map(|n| {
        let phone = format!("+1 555 {n:07}");
        let house = &house;
        async move { sign_in(house, "case-2024-003", &phone).await.status }
    });
    let answers = futures::future::join_all(storm).await;
    let looked_at = answers.iter().filter(|status| **status == 401).count();
    assert_eq!((looked_at, answers.iter().filter(|status| **status == 429).count()), (5, 15), "{answers:?}");
    let closed = sign_in(&house, "CASE-2024-003", PHONE).await;
    assert_eq!(closed.status, 429, "not even the right phone opens it now");
    let wait: u64 = closed.header("retry-after").unwrap().parse().unwrap();
    assert!((3500..=3601).contains(&wait), "{wait}");
    // Nor does one address guess its way through many cases; who works here is not kept waiting by any of it.
    for n in 0..10 {
        sign_in(&house, &format!("CASE-0000-{n:03}"), PHONE).await;
    }
    sign_in(&house, "CASE-0000-999", PHONE).await.is(429);
    let password = house.admin_password.as_str();
    house.anyone.sign_in(api::bootstrap::ADMIN, password).await.is(200);
}
