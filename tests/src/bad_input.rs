//! Whatever comes in wrong gets its own clear answer, changes nothing, and leaves everything healthy.

use crate::client::{Reply, id, merged};
use crate::house::House;
use domain::organization::role::Role;
use serde_json::{Value, json};
use uuid::Uuid;

const JSON: Option<&str> = Some("application/json");

/// Refused with this status, in E's face, naming these words.
#[track_caller]
fn bare(reply: &Reply, status: u16, words: &[&str]) {
    let body = reply.is(status);
    assert_eq!(
        body.as_object().map(|fields| fields.keys().cloned().collect::<Vec<_>>()),
        Some(vec!["detail".to_owned()]),
        "{body}"
    );
    let detail = body["detail"].as_str().unwrap();
    for word in words {
        assert!(detail.contains(word), "{}: {detail:?} does not name {word:?}", reply.asked);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_cannot_be_read_is_refused_with_its_reason() {
    let house = House::open().await;
    let desk = &house.admin;
    desk.get("/api/v1/cases/").await.is(200);
    let events = house.events().await;
    let post = async |body: Vec<u8>| desk.send("POST", "/api/v1/cases/", JSON, body).await;
    bare(&post(b"{\"customer_name\": \"A\"".to_vec()).await, 400, &["JSON"]);
    bare(&post(b"".to_vec()).await, 400, &["JSON"]);
    bare(&post(b"{\"customer_name\": \"A\", \"overdue_amount\": 1} {}".to_vec()).await, 400, &["JSON"]);
    bare(&post(b"{\"customer_name\": \"\xff\"}".to_vec()).await, 400, &["UTF-8"]);
    bare(&post(format!("{{\"notes\": {}1{}}}", "[".repeat(70), "]".repeat(70)).into_bytes()).await, 400, &["64"]);
    bare(&post(b"{\"customer_name\": \"A\\u0000B\", \"overdue_amount\": 1}".to_vec()).await, 422, &["U+0000"]);
    bare(&post(vec![b' '; (1 << 20) + 1]).await, 413, &["1 MiB"]);
    let wrong_media = desk.send("POST", "/api/v1/cases/", Some("text/plain"), "{}").await;
    bare(&wrong_media, 415, &["application/json"]);
    let large = json!({"customer_name": "A", "overdue_amount": 1, "notes": "x".repeat(10_001)});
    bare(&desk.post("/api/v1/cases/", large).await, 422, &["notes"]);
    bare(&desk.get("/api/v1/cases/?search=%ff").await, 400, &["UTF-8"]);
    assert_eq!(house.events().await, events, "nothing of it happened");
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_breaks_a_rule_is_named_with_the_rule() {
    let house = House::open().await;
    let desk = &house.admin;
    let good = json!({"customer_name": "A", "overdue_amount": 10, "priority": "P1", "auto_assign": false});
    let events = house.events().await;
    for (field, value) in [
        ("colour", json!("red")),
        ("overdue_amount", json!(-1)),
        ("overdue_amount", json!("ten")),
        ("overdue_amount", json!(1.005)),
        ("overdue_amount", json!("99999999999999")),
        ("overdue_amount", Value::Null),
        ("customer_name", json!("  ")),
        ("customer_name", json!(5)),
        ("customer_name", json!("x".repeat(256))),
        ("customer_email", json!("nobody")),
        ("priority", json!("P4")),
        ("ageing_days", json!(-1)),
        ("ageing_days", json!(40_000)),
        ("currency", json!("dollars")),
        ("document_links", json!(["file:///etc/passwd"])),
        ("id", json!("1")),
    ] {
        bare(&desk.post("/api/v1/cases/", merged(good.clone(), json!({ field: value }))).await, 422, &[field]);
    }
    bare(&desk.post("/api/v1/cases/", json!({"priority": "P1"})).await, 422, &["customer_name", "required"]);
    let case = id(&desk.open_case(json!({})).await);
    let path = format!("/api/v1/cases/{case}");
    bare(&desk.post(&format!("{path}/payments"), json!({"amount": 0})).await, 422, &["amount"]);
    bare(&desk.post(&format!("{path}/payments"), json!({"amount": 1, "currency": "EUR"})).await, 422, &["currency", "USD"]);
    bare(&desk.post(&format!("{path}/escalate"), json!({"level": 99, "reason": "x"})).await, 422, &["level"]);
    bare(&desk.post(&format!("{path}/escalate"), json!({})).await, 422, &["reason"]);
    assert_eq!(house.events().await, events + 3, "only the good case: it, its number, the reservation of it");
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_missing_and_what_may_not_be_done_says_what_may() {
    let house = House::open().await;
    let desk = &house.admin;
    let case = id(&desk.open_case(json!({})).await);
    let nowhere = Uuid::now_v7();
    bare(&desk.get(&format!("/api/v1/cases/{nowhere}")).await, 404, &["case"]);
    bare(&desk.get("/api/v1/cases/17").await, 422, &["id", "UUID"]);
    bare(&desk.post(&format!("/api/v1/cases/{nowhere}/accept"), json!({})).await, 404, &["case"]);
    bare(&desk.post(&format!("/api/v1/cases/{case}/assign"), json!({"dca_id": nowhere})).await, 404, &["agency"]);
    bare(&desk.get("/api/v1/nowhere").await, 404, &["path"]);
    let method = desk.delete("/api/v1/cases/").await;
    bare(&method, 405, &[]);
    assert!(method.header("allow").unwrap().contains("GET"));
    for (action, body) in [
        ("accept", json!({})),
        ("reject", json!({"reason": "x"})),
        ("delay", json!({"reason": "x"})),
        ("resume", json!({})),
        ("complete", json!({})),
        ("close", json!({})),
        ("reopen", json!({})),
    ] {
        bare(
            &desk.post(&format!("/api/v1/cases/{case}/{action}"), body.clone()).await,
            409,
            &["open", "AssignAgency", "DeleteCase"],
        );
        let name = format!("{}{}Case", action[..1].to_uppercase(), &action[1..]);
        let generic = desk.command(json!({"command": name, "on": case, "data": body})).await;
        let error = &generic.is(409)["error"];
        assert_eq!((&error["code"], &error["details"]["state"]), (&json!("WRONG_STATE"), &json!("open")));
        assert!(error["details"]["allowed"].as_array().unwrap().contains(&json!("AssignAgency")));
    }
    let twice = desk.post("/api/v1/cases/", json!({"id": case, "customer_name": "A", "overdue_amount": 1})).await;
    bare(&twice, 409, &["id"]);
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_face_says_no_in_its_own_words() {
    let house = House::open().await;
    let desk = &house.admin;
    let envelope = desk.command(json!({"command": "OpenCase", "data": {"customer": {"name": "A"}}})).await;
    let body = envelope.is(422);
    assert_eq!((&body["success"], &body["error"]["code"]), (&json!(false), &json!("VALIDATION_ERROR")), "{body}");
    assert!(body["error"]["details"]["field"].as_str().is_some() && body["error"]["details"]["rule"].is_string(), "{body}");
    assert_eq!(body["requestId"].as_str().map(str::to_owned), envelope.header("x-request-id"));
    assert!(body["timestamp"].is_string());

    let hub = desk.post("/api/users", json!({"email": "nobody", "firstName": "A"})).await.is(400);
    assert_eq!(hub["errors"][0]["field"], "email", "{hub}");
    assert!(hub["errors"][0]["message"].is_string());
    let hub = desk.patch(&format!("/api/users/{}", Uuid::now_v7()), json!({"lastName": "B"})).await.is(404);
    assert_eq!(hub.as_object().unwrap().keys().collect::<Vec<_>>(), ["message"]);
    house.anyone.get("/api/users").await.is(401);
    let limited = house.client(Role::Staff).await.get("/api/users").await.is(403);
    assert_eq!(limited.as_object().unwrap().keys().collect::<Vec<_>>(), ["message"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_bad_requests_at_once_harm_nobody() {
    let house = House::open().await;
    let events = house.events().await;
    let bodies = ["{", "{}", "[]", "null", "\"\\u0000\"", "{\"customer_name\": 1}", "{\"overdue_amount\": 1e400}", "\u{feff}{}"];
    let bad = (0..100).map(|n| {
        let desk = &house.admin;
        async move { desk.send("POST", "/api/v1/cases/", JSON, bodies[n % bodies.len()]).await.status }
    });
    let answers = futures::future::join_all(bad).await;
    assert!(answers.iter().all(|status| [400, 422].contains(status)), "{answers:?}");
    assert_eq!(house.events().await, events);
    house.admin.open_case(json!({})).await;
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_requests_are_told_to_wait() {
    let house = House::with(|config| config.rate_limit = 30).await;
    let mut last = None;
    for _ in 0..40 {
        let reply = house.admin.get("/api/v1/auth/me").await;
        assert!(reply.header("ratelimit-limit").is_some());
        last = Some(reply);
    }
    let refused = last.unwrap();
    bare(&refused, 429, &[]);
    assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
    assert_eq!(refused.header("ratelimit-remaining").as_deref(), Some("0"));
}
