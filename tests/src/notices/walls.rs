//! Who may not: other companies, machines of the inside, and whoever does not know the secret.

use super::{assigned, only, told, with_receiver};
use crate::client::id;
use crate::house::House;
use api::config::Duty;
use serde_json::json;
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn a_new_secret_signs_at_once_and_the_old_one_for_a_day() {
    let (house, receiver, endpoint, old) = with_receiver(json!(["assigned"])).await;
    let path = format!("/api/v1/notices/endpoints/{endpoint}/rotate-secret");
    let key = house.admin.with("Idempotency-Key", "rotate-1");
    let rotated = key.post(&path, json!({})).await.ok();
    let new = rotated["secret"].as_str().unwrap().to_owned();
    assert_ne!(new, old);
    assert_eq!(key.post(&path, json!({})).await.ok()["secret"], json!(null), "the same again makes no third one");
    assigned(&house.admin).await;
    house.settle().await;
    let taken = &receiver.taken()[0];
    assert!(taken.is_signed_by(&new) && taken.is_signed_by(&old), "{taken:?}");
    let a_day = "update vault.endpoint_secrets set until = clock_timestamp() where until is not null";
    sqlx::query(a_day).execute(&house.rooms().owner).await.unwrap();
    assigned(&house.admin).await;
    house.settle().await;
    let taken = &receiver.taken()[1];
    assert!(taken.is_signed_by(&new) && !taken.is_signed_by(&old), "{taken:?}");
    // No secret stands in the log.
    for secret in [old, new] {
        let found: i64 =
            sqlx::query_scalar("select count(*) from log.events where convert_from(body, 'UTF8') like '%' || $1 || '%'")
                .bind(secret.trim_start_matches("whsec_"))
                .fetch_one(&house.rooms().owner)
                .await
                .unwrap();
        assert_eq!(found, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_was_never_shown_a_secret_is_signed_all_the_same() {
    let (house, receiver, ..) = with_receiver(json!(["rejected"])).await;
    let quiet = json!({"command": "AddEndpoint", "data": {"url": receiver.url, "kinds": ["assigned"]}});
    let endpoint = house.admin.done(quiet).await;
    assigned(&house.admin).await;
    house.settle().await;
    assert!(receiver.taken()[0].headers["webhook-signature"].starts_with("v1,"));
    let rotated = house.admin.post(&format!("/api/v1/notices/endpoints/{endpoint}/rotate-secret"), json!({})).await.ok();
    assigned(&house.admin).await;
    house.settle().await;
    assert!(receiver.taken()[1].is_signed_by(rotated["secret"].as_str().unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_companys_endpoints_and_notices_are_not_there() {
    let (house, receiver, endpoint, _) = with_receiver(json!(["assigned"])).await;
    let foreign = house.foreign().await;
    assigned(&house.admin).await;
    assigned(&foreign.admin).await;
    house.settle().await;
    assert_eq!(receiver.taken().len(), 1, "nobody is told of another company's cases");
    let notice = id(&only(&house.admin, "state=delivered").await);
    let path = format!("/api/v1/notices/endpoints/{endpoint}");
    let they = &foreign.admin;
    they.get(&path).await.is(404);
    they.put(&path, json!({"paused": true})).await.is(404);
    they.delete(&path).await.is(404);
    they.post(&format!("{path}/rotate-secret"), json!({})).await.is(404);
    they.post(&format!("{path}/test"), json!({})).await.is(404);
    they.post(&format!("/api/v1/notices/{notice}/redeliver"), json!({})).await.is(404);
    assert_eq!(they.get("/api/v1/notices").await.ok()["total"], 0);
    assert_eq!(they.get("/api/v1/notices/endpoints").await.ok()["total"], 0);
    // The second wall: rows of others are hidden from a connection that names a company.
    let mut tx = house.rooms().app.begin().await.unwrap();
    let named = format!("set local docket.tenant = '{}'", foreign.tenant);
    sqlx::query(sqlx::AssertSqlSafe(named)).execute(&mut *tx).await.unwrap();
    let seen: i64 = sqlx::query_scalar("select count(*) from outbox.deliveries").fetch_one(&mut *tx).await.unwrap();
    assert_eq!(seen, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn machines_of_the_inside_are_refused_when_added_and_when_sent_to() {
    let house = House::with(|config| {
        config.roles = vec![Duty::Api, Duty::Project];
        config.notices_allow = vec![];
        config.notices_retry_ms = 3_600_000;
    })
    .await;
    let (desk, receiver) = (&house.admin, crate::receiver::Receiver::open().await);
    let inside = [
        receiver.url.as_str(),
        "http://localhost/",
        "http://127.1/",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "https://192.168.1.1/",
        "http://100.64.0.1/",
        "http://0.0.0.0/",
    ];
    for url in inside {
        let refused = desk.post("/api/v1/notices/endpoints", json!({"url": url})).await;
        assert_eq!(refused.status, 422, "{url}: {}", refused.text());
        assert!(
            refused.text().contains("url: must not lead to a machine that only Docket's own network reaches"),
            "{}",
            refused.text()
        );
    }
    for url in ["ftp://example.com/", "https://me:pw@example.com/", "http://no-such-host.invalid/"] {
        let refused = desk.post("/api/v1/notices/endpoints", json!({"url": url})).await;
        assert!(refused.status == 422 && refused.text().contains("url"), "{url}: {}", refused.text());
    }
    // By a way that does not look, and under a name that leads inside only when it is looked up: it is looked up at each attempt.
    let port = receiver.url.rsplit(':').next().unwrap();
    for url in [receiver.url.clone(), format!("http://localhost:{port}")] {
        desk.done(json!({"command": "AddEndpoint", "data": {"url": url}})).await;
    }
    assigned(desk).await;
    house.settle().await;
    assert!(receiver.taken().is_empty());
    let listed = desk.get("/api/v1/notices?state=pending").await.ok();
    assert_eq!(listed["total"], 2, "{listed}");
    for item in listed["items"].as_array().unwrap() {
        assert!(item["last_error"].as_str().unwrap().contains("must not lead to a machine"), "{item}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_an_endpoint_is_named_by_field_and_rule() {
    let (house, receiver, endpoint, _) = with_receiver(json!(["assigned"])).await;
    let desk = &house.admin;
    let url = &receiver.url;
    for (body, field) in [
        (json!({}), "url"),
        (json!({"url": url, "email": "a@example.com"}), "url"),
        (json!({"url": "example.com"}), "url"),
        (json!({"url": url, "kinds": []}), "kinds"),
        (json!({"url": url, "kinds": ["everything"]}), "kinds"),
        (json!({"email": "a,b@example.com"}), "email"),
        (json!({"url": url, "secret": "whsec_mine"}), "secret"),
    ] {
        let refused = desk.post("/api/v1/notices/endpoints", body.clone()).await;
        assert!(refused.status == 422 && refused.text().contains(field), "{body}: {} {}", refused.status, refused.text());
    }
    desk.get("/api/v1/notices?state=lost").await.is(422);
    desk.get("/api/v1/notices?endpoint_id=7").await.is(422);
    desk.post(&format!("/api/v1/notices/{}/redeliver", Uuid::now_v7()), json!({})).await.is(404);
    let (mine, _) = told(desk, url, json!(["rejected"])).await;
    assert_ne!(mine, endpoint);
    let stale = desk.with("If-Match", "\"7\"").put(&format!("/api/v1/notices/endpoints/{mine}"), json!({"paused": true})).await;
    stale.is(412);
}
