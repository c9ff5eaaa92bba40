//! Polling: whoever asks again hears that nothing has changed, as soon as that is certain and only then.

use crate::client::{Client, Reply, id};
use crate::house::House;
use domain::organization::role::Role;
use serde_json::json;
use std::time::Duration;

const PAGES: [&str; 9] = [
    "/api/v1/cases/",
    "/api/v1/cases/?status=open&limit=5",
    "/api/v1/dcas/",
    "/api/v1/dashboard/stats",
    "/api/v1/dashboard/recent-cases",
    "/api/v1/dashboard/sla-board",
    "/api/v1/settings/history",
    "/api/v1/audit-logs",
    "/api/locations",
];

/// Asks until the answer bears a tag: all read models have noted that they are there.
async fn tagged(client: &Client, path: &str) -> (Reply, String) {
    let asking = async {
        loop {
            let reply = client.get(path).await;
            reply.is(200);
            if let Some(tag) = reply.header("etag") {
                return (reply, tag);
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), asking).await.expect("a tag comes")
}

/// Asks whether anything has changed; again if the minute has passed meanwhile, for which nobody can help it.
async fn unchanged(client: &Client, path: &str, verb: &str) -> bool {
    for _ in 0..2 {
        let (_, tag) = tagged(client, path).await;
        let again = client.with("If-None-Match", &tag).send(verb, path, None, "").await;
        if again.status == 304 {
            assert_eq!((again.bytes.len(), again.header("etag")), (0, Some(tag)), "{path}");
            assert!(again.header("docket-position").is_some() && again.header("vary").unwrap().contains("Authorization"));
            return true;
        }
        again.is(200);
    }
    false
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_again_until_something_happens_in_ones_own_company() {
    let house = House::open().await;
    let foreign = house.foreign().await;
    let desk = &house.admin;
    let agency = desk.agency("Swift", json!({})).await;
    let case = desk.working(agency, json!({})).await;
    let of_one = [format!("/api/v1/cases/{case}/recovery-score/explain"), format!("/api/v1/dcas/{agency}/score")];
    let pages: Vec<&str> = PAGES.into_iter().chain(of_one.iter().map(String::as_str)).collect();
    for path in &pages {
        assert!(unchanged(desk, path, "GET").await, "{path}");
        assert!(unchanged(desk, path, "HEAD").await, "{path}");
        assert!(unchanged(&desk.with("Accept-Encoding", "gzip"), path, "GET").await, "{path}");
    }

    // Another company's work changes no tag of a page that depends on events alone, and none of the others within the minute.
    let (_, audit) = tagged(desk, "/api/v1/audit-logs").await;
    foreign.admin.open_case(json!({})).await;
    house.settle().await;
    assert_eq!(tagged(desk, "/api/v1/audit-logs").await.1, audit);
    assert_eq!(desk.with("If-None-Match", &audit).get("/api/v1/audit-logs").await.status, 304);
    for path in &pages {
        assert!(unchanged(desk, path, "GET").await, "{path}");
    }

    // One's own does, at every page, from the moment it is recorded.
    let mut before = Vec::new();
    for path in &pages {
        before.push((path, tagged(desk, path).await.1));
    }
    desk.act(case, "payments", json!({"amount": 1})).await;
    for (path, tag) in before {
        let now = desk.with("If-None-Match", &tag).get(path).await;
        now.is(200);
        assert_ne!(now.header("etag"), Some(tag.clone()), "{path}");
        assert_ne!(tagged(desk, path).await.1, tag, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_changes_no_page_but_those_that_show_who_looked() {
    let house = House::open().await;
    let desk = crate::calls::desk::Desk::open(&house).await;
    let call = desk.answered("1", "2026-01-05T09:00:00Z", "101", 5, 60).await;
    house.settle().await;
    let (_, locations) = tagged(&desk.by, "/api/locations").await;
    let (_, audit) = tagged(&desk.by, "/api/v1/audit-logs?limit=1").await;
    // So many looks that the last change is not among the newest events any more.
    for look in 0..30 {
        desk.by.get(&format!("/api/call-records/{call}")).await.ok();
        if look % 10 == 9 {
            house.settle().await;
        }
        house.rooms().accesses.flush().await;
    }
    house.settle().await;
    assert_eq!(tagged(&desk.by, "/api/locations").await.1, locations);
    assert_eq!(desk.by.with("If-None-Match", &locations).get("/api/locations").await.status, 304);
    let now = desk.by.with("If-None-Match", &audit).get("/api/v1/audit-logs?limit=1").await.is(200);
    assert_eq!(now["items"][0]["action"], "access.noted", "{now}");
    desk.site("Wixom").await;
    desk.by.with("If-None-Match", &locations).get("/api/locations").await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_is_good_for_one_page_and_one_person() {
    let house = House::open().await;
    let (one, other) = (house.client(Role::Supervisor).await, house.client(Role::Supervisor).await);
    let foreign = house.foreign().await;
    house.settle().await;
    let (_, tag) = tagged(&one, "/api/v1/audit-logs").await;
    for (client, path) in [
        (&one, "/api/v1/audit-logs?limit=5"),
        (&one, "/api/v1/settings/history"),
        (&other, "/api/v1/audit-logs"),
        (&foreign.admin, "/api/v1/audit-logs"),
        (&house.admin.with("Docket-Tenant", foreign.tenant), "/api/v1/audit-logs"),
    ] {
        client.with("If-None-Match", &tag).get(path).await.is(200);
        assert_ne!(tagged(client, path).await.1, tag, "{path}");
    }
    assert_eq!(one.with("If-None-Match", format!("\"x\", {tag}")).get("/api/v1/audit-logs").await.status, 304);
    one.with("If-None-Match", "*, nonsense").get("/api/v1/audit-logs").await.is(200);
    // Whoever may not look may not know that nothing has changed either.
    house.client(Role::Staff).await.with("If-None-Match", &tag).get("/api/v1/audit-logs").await.is(403);
    house.anyone.with("If-None-Match", &tag).get("/api/v1/audit-logs").await.is(401);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_stopped_screen_may_not_show_has_no_tag() {
    let house = House::open().await;
    let case = id(&house.admin.open_case(json!({})).await);
    house.settle().await;
    let (_, tag) = tagged(&house.admin, "/api/v1/audit-logs").await;
    // A screen that nobody computes any more; the others go on.
    house.rooms().engine().unwrap().shutdown().await;
    let done = house.admin.command(json!({"command": "RecordPayment", "on": case, "data": {"amount": 1}})).await.ok();
    assert!(done["data"]["position"].is_i64());
    let now = house.admin.with("If-None-Match", &tag).get("/api/v1/audit-logs").await;
    now.is(200);
    assert_eq!(now.header("etag"), None, "something has happened that the page does not show");
    assert!(now.position() < done["data"]["position"].as_i64().unwrap());
}
