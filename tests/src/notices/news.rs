//! What is news: what happens to cases, in time or when a deadline passes; not what is computed anew, nor history brought in.

use super::{assigned, on_record, only, told, with_receiver};
use crate::client::id;
use crate::house::House;
use crate::receiver::Receiver;
use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

fn opening(priority: &str) -> Value {
    json!({"customer": {"name": "A"}, "overdueAmount": 5, "priority": priority, "autoAssign": false})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_that_passed_is_told_signed_and_once_and_never_again_by_a_replay() {
    let (house, receiver, endpoint, secret) = with_receiver(json!(["sla_at_risk", "sla_breached"])).await;
    let (desk, case) = (&house.admin, Uuid::now_v7());
    let opened = Utc::now() - TimeDelta::days(5);
    desk.at_time(&opened.to_rfc3339(), "OpenCase", case, opening("P1")).await;
    house.settle().await;

    assert_eq!(receiver.types(), ["case.sla_at_risk", "case.sla_breached"]);
    let breach = receiver.taken().into_iter().find(|taken| taken.json()["type"] == "case.sla_breached").unwrap();
    assert!(breach.is_signed_by(&secret), "{breach:?}");
    let (_, elsewhere) = told(desk, &receiver.url, json!(["rejected"])).await;
    assert!(!breach.is_signed_by(&elsewhere), "another endpoint has another secret");
    let (body, shown) = (breach.json(), desk.case(case).await);
    assert_eq!((&body["data"]["case_id"], &body["data"]["case_number"]), (&json!(case), &shown["case_id"]), "{body} {shown}");
    let due = Utc::now() - TimeDelta::days(2);
    let said = body["data"]["due_at"].as_str().unwrap().parse::<chrono::DateTime<Utc>>().unwrap();
    assert!((said - due).abs() < TimeDelta::minutes(1), "{body}");
    assert_eq!(body["timestamp"], body["data"]["due_at"], "it is dated at its deadline");

    let listed = only(desk, &format!("kind=sla_breached&endpoint_id={endpoint}&case_id={case}&state=delivered")).await;
    assert_eq!((&listed["id"], &listed["attempts"]), (&json!(breach.id()), &json!(1)), "{listed}");
    assert_eq!(listed["event_id"], body["data"]["event_id"]);

    // Whatever is computed anew computes no notices.
    let before = on_record(&house).await;
    assert_eq!(before, (2, 2));
    house.settle().await;
    projections::rebuild(&house.rooms().owner, house.rooms().log(), &projections::all(), |_, _, _| {}).await.unwrap();
    house.settle().await;
    house.verify().await;
    assert_eq!(on_record(&house).await, before);
    assert_eq!(receiver.taken().len(), 2);
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assignment_and_a_rejection_are_told_to_those_who_want_to_know() {
    let (house, receiver, ..) = with_receiver(json!(["assigned", "rejected"])).await;
    let others = Receiver::open().await;
    told(&house.admin, &others.url, json!(["rejected"])).await;
    let case = assigned(&house.admin).await;
    house.admin.act(case, "reject", json!({"reason": "no capacity"})).await;
    house.settle().await;
    assert_eq!(receiver.types(), ["case.assigned", "case.rejected"]);
    assert_eq!(others.types(), ["case.rejected"]);
    // They come in no particular order.
    let (taken, theirs) = (receiver.taken(), others.taken());
    let one = taken.iter().find(|notice| notice.json()["type"] == "case.rejected").unwrap();
    let other = &theirs[0];
    assert_eq!(one.json()["data"], other.json()["data"]);
    assert_ne!(one.id(), other.id(), "each endpoint has its own delivery");
    assert_eq!(on_record(&house).await, (2, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_company_switched_off_makes_no_notice() {
    let (house, receiver, ..) = with_receiver(json!(["assigned", "rejected"])).await;
    let desk = &house.admin;
    desk.put("/api/v1/settings/", json!({"notify_assigned": false})).await.ok();
    let case = assigned(desk).await;
    desk.act(case, "reject", json!({"reason": "no capacity"})).await;
    house.settle().await;
    assert_eq!(receiver.types(), ["case.rejected"]);
    desk.put("/api/v1/settings/", json!({"notify_assigned": true})).await.ok();
    assigned(desk).await;
    house.settle().await;
    assert_eq!(receiver.types(), ["case.assigned", "case.rejected"], "what happened meanwhile is not made up for");
}

#[tokio::test(flavor = "multi_thread")]
async fn history_that_is_brought_in_is_no_news() {
    let (house, receiver, ..) = with_receiver(json!(["assigned", "sla_breached", "sla_at_risk", "rejected"])).await;
    let desk = &house.admin;
    desk.done(json!({"command": "BeginImport", "data": {}})).await;
    // The mark lasts from one reading to the next.
    house.settle().await;
    let agency = desk.agency("Past", json!({})).await;
    let case = Uuid::now_v7();
    desk.at_time("2020-01-01T10:00:00Z", "OpenCase", case, opening("P1")).await;
    desk.at_time("2020-02-01T10:00:00Z", "AssignAgency", case, json!({"agencyId": agency})).await;
    desk.at_time("2020-02-02T10:00:00Z", "AcceptCase", case, json!({})).await;
    desk.at_time("2020-02-03T10:00:00Z", "CompleteCase", case, json!({})).await;
    assigned(desk).await;
    house.settle().await;
    assert!(receiver.taken().is_empty(), "{:?}", receiver.types());
    desk.done(json!({"command": "EndImport", "data": {}})).await;
    // Dated back without an import: what happened a day ago is no news either.
    let late = Uuid::now_v7();
    let ago = |hours| (Utc::now() - TimeDelta::hours(hours)).to_rfc3339();
    desk.at_time(&ago(26), "OpenCase", late, opening("P3")).await;
    desk.at_time(&ago(25), "AssignAgency", late, json!({"agencyId": agency})).await;
    house.settle().await;
    assert!(receiver.taken().is_empty(), "{:?}", receiver.types());
    assigned(desk).await;
    house.settle().await;
    assert_eq!(receiver.types(), ["case.assigned"]);
    assert_eq!(on_record(&house).await, (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_only_played_says_so() {
    let house = House::with(|config| {
        config.roles = vec![api::config::Duty::Api, api::config::Duty::Project];
        config.testing = true;
    })
    .await;
    let (desk, receiver) = (&house.admin, Receiver::open().await);
    told(desk, &receiver.url, json!(["assigned", "rejected"])).await;
    let case = assigned(desk).await;
    desk.post(&format!("/api/v1/testing/simulate-rejection/{case}"), json!({})).await.ok();
    house.settle().await;
    let simulated: Vec<_> = receiver.taken().iter().map(|taken| taken.json()).collect();
    let of = |name: &str| simulated.iter().find(|body| body["type"] == name).unwrap()["data"]["simulated"].clone();
    assert_eq!((of("case.assigned"), of("case.rejected")), (json!(false), json!(true)));
    assert_eq!(only(desk, "kind=rejected").await["simulated"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_late_or_is_paused_is_not_told_of_what_was() {
    let house = House::open().await;
    let (desk, receiver) = (&house.admin, Receiver::open().await);
    assigned(desk).await;
    let (endpoint, _) = told(desk, &receiver.url, json!(["assigned"])).await;
    let path = format!("/api/v1/notices/endpoints/{endpoint}");
    let paused = desk.put(&path, json!({"paused": true})).await.ok();
    assert_eq!(paused["status"], "paused", "{paused}");
    assigned(desk).await;
    let resumed = desk.put(&path, json!({"paused": false, "description": "the board"})).await.ok();
    assert_eq!((&resumed["status"], &resumed["description"]), (&json!("active"), &json!("the board")));
    assigned(desk).await;
    let removed = desk.delete(&path).await.ok();
    assert_eq!(removed["status"], "removed");
    assigned(desk).await;
    house.settle().await;
    assert_eq!(on_record(&house).await, (1, 1), "only while it was active");
    // By the time it was to be sent, nobody wanted it any more.
    assert!(receiver.taken().is_empty());
    let skipped = only(desk, "state=skipped").await;
    assert_eq!(skipped["last_error"], "the endpoint was removed");
    desk.get(&path).await.is(404);
    assert_eq!(desk.get("/api/v1/notices/endpoints").await.ok()["total"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_is_sent_to_one_endpoint_and_says_that_it_is_one() {
    let (house, receiver, endpoint, secret) = with_receiver(json!(["sla_breached"])).await;
    let made = house.admin.post(&format!("/api/v1/notices/endpoints/{endpoint}/test"), json!({})).await.is(201);
    assert_eq!((&made["state"], &made["type"]), (&json!("pending"), &json!("notice.test")), "{made}");
    house.settle().await;
    let taken = receiver.taken();
    assert_eq!((taken.len(), taken[0].id()), (1, id(&made).to_string().as_str()));
    assert!(taken[0].is_signed_by(&secret));
    assert_eq!(only(&house.admin, "kind=test").await["state"], "delivered");
}
