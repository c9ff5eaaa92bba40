//! Receivers that fail: they are tried again under the same id, never followed elsewhere, and left alone when they say so.

use super::{assigned, on_record, only, time_passes, told, with_receiver};
use crate::client::id;
use crate::house::House;
use crate::receiver::{Does, Receiver};
use chrono::{DateTime, TimeDelta, Utc};
use processes::Duty;
use processes::notices::delivering::Deliverer;
use processes::notices::reading::NoticeReader;
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Instant;

#[tokio::test(flavor = "multi_thread")]
async fn it_is_tried_again_under_the_same_id_until_it_has_arrived() {
    let (house, receiver, _, secret) = with_receiver(json!(["assigned"])).await;
    let elsewhere = Receiver::open().await;
    let moved: &'static str = format!("Location: {}\r\n", elsewhere.url).leak();
    receiver.next([
        Does::Answer(500, ""),
        Does::HangUp,
        Does::Answer(302, moved),
        Does::Answer(307, moved),
        Does::Answer(429, "Retry-After: 0\r\n"),
        Does::Answer(404, ""),
        Does::BreakOff,
    ]);
    assigned(&house.admin).await;
    house.settle().await;
    let taken = receiver.taken();
    assert_eq!(taken.len(), 7, "an answer that breaks off after its 200 is a 200");
    assert!(taken.iter().all(|again| again.id() == taken[0].id() && again.body == taken[0].body && again.is_signed_by(&secret)));
    assert!(elsewhere.taken().is_empty(), "redirections are not followed");
    let listed = only(&house.admin, "state=delivered").await;
    assert_eq!((&listed["attempts"], &listed["last_error"]), (&json!(7), &json!(null)), "{listed}");
    assert_eq!(on_record(&house).await, (1, 1));
    receiver.next([Does::Endless]);
    assigned(&house.admin).await;
    house.settle().await;
    assert_eq!(receiver.taken().len(), 8, "a body without an end is not read to its end");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_hangs_is_given_up_in_time_and_keeps_nobody_else_waiting() {
    let house = House::with(|config| {
        config.roles = vec![api::config::Duty::Api, api::config::Duty::Project];
        config.notices_retry_ms = 3_600_000;
        config.notices_timeout_ms = 2_000;
    })
    .await;
    let (hanging, well) = (Receiver::open().await, Receiver::open().await);
    hanging.always(Does::Silence);
    let (endpoint, _) = told(&house.admin, &hanging.url, json!(["assigned"])).await;
    told(&house.admin, &well.url, json!(["assigned"])).await;
    for _ in 0..12 {
        assigned(&house.admin).await;
    }
    let rooms = house.rooms();
    NoticeReader::new(rooms.notices.clone()).step().await.unwrap();
    let mut deliverer = Deliverer::new(rooms.notices.clone());
    let began = Instant::now();
    while well.taken().len() < 12 {
        deliverer.step().await.unwrap();
        assert!(began.elapsed().as_secs() < 10, "one that hangs keeps others waiting");
    }
    assert!(hanging.taken().len() <= 8, "never more than eight at once to one endpoint");
    house.settle().await;
    while deliverer.step().await.unwrap() > 0 {}
    let waiting = house.admin.get(&format!("/api/v1/notices?endpoint_id={endpoint}")).await.ok();
    for item in waiting["items"].as_array().unwrap() {
        assert_eq!((&item["state"], &item["last_error"]), (&json!("pending"), &json!("it did not answer in time")), "{item}");
    }
    hanging.always(Does::Answer(204, ""));
    time_passes(&house).await;
    house.settle().await;
    let ids: BTreeSet<_> = hanging.taken().iter().map(|taken| taken.id().to_owned()).collect();
    assert_eq!((ids.len(), hanging.taken().len()), (12, 24));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_for_patience_gets_it() {
    let house = House::with(|config| {
        config.roles = vec![api::config::Duty::Api, api::config::Duty::Project];
        config.notices_retry_ms = 5_000;
    })
    .await;
    let receiver = Receiver::open().await;
    told(&house.admin, &receiver.url, json!(["assigned"])).await;
    let waits = |item: &serde_json::Value| {
        let next: DateTime<Utc> = item["next_attempt_at"].as_str().expect("it is pending").parse().unwrap();
        (next - Utc::now()).num_seconds()
    };
    receiver.next([Does::Answer(503, "Retry-After: 7200\r\n")]);
    assigned(&house.admin).await;
    house.settle().await;
    let wait = waits(&only(&house.admin, "state=pending").await);
    assert!((7_190..=7_200).contains(&wait), "{wait}");
    let date = (Utc::now() + TimeDelta::hours(3)).format("Retry-After: %a, %d %b %Y %H:%M:%S GMT\r\n").to_string();
    receiver.next([Does::Answer(429, date.leak())]);
    time_passes(&house).await;
    house.settle().await;
    let wait = waits(&only(&house.admin, "state=pending").await);
    assert!((10_790..=10_800).contains(&wait), "{wait}");
    receiver.next([Does::Answer(503, "Retry-After: 99999999\r\n")]);
    time_passes(&house).await;
    house.settle().await;
    let wait = waits(&only(&house.admin, "state=pending").await);
    assert!(wait <= 86_400, "never more than a day: {wait}");
    receiver.next([Does::Answer(500, "Retry-After: 7200\r\n")]);
    time_passes(&house).await;
    house.settle().await;
    let item = only(&house.admin, "state=pending").await;
    assert!((230..=370).contains(&waits(&item)), "the fourth pause is five minutes, a fifth more or less: {item}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_gone_is_told_nothing_more_until_somebody_says_so() {
    let (house, receiver, endpoint, _) = with_receiver(json!(["assigned"])).await;
    let (desk, path) = (&house.admin, format!("/api/v1/notices/endpoints/{endpoint}"));
    receiver.next([Does::Answer(410, "")]);
    assigned(desk).await;
    house.settle().await;
    let shown = desk.get(&path).await.ok();
    assert_eq!((&shown["status"], &shown["reason"]), (&json!("disabled"), &json!("it answered 410: it is gone")), "{shown}");
    let gone = only(desk, "state=failed").await;
    assigned(desk).await;
    house.settle().await;
    assert_eq!(receiver.taken().len(), 1);
    let resumed = desk.put(&path, json!({"paused": false})).await.ok();
    assert_eq!((&resumed["status"], &resumed["reason"]), (&json!("active"), &json!(null)));
    let again = desk.post(&format!("/api/v1/notices/{}/redeliver", id(&gone)), json!({})).await.ok();
    assert_eq!((&again["state"], &again["attempts"]), (&json!("pending"), &json!(0)));
    house.settle().await;
    let taken = receiver.taken();
    assert_eq!((taken.len(), taken[0].id()), (2, taken[1].id()));
    assert_eq!(only(desk, "state=delivered").await["id"], gone["id"]);
    house.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_eleven_attempts_it_is_given_up_and_after_ten_of_those_the_endpoint_is() {
    let (house, receiver, endpoint, _) = with_receiver(json!(["assigned"])).await;
    receiver.always(Does::Answer(500, ""));
    let desk = &house.admin;
    assigned(desk).await;
    house.settle().await;
    let failed = only(desk, "state=failed").await;
    assert_eq!((&failed["attempts"], &failed["last_error"]), (&json!(11), &json!("it answered 500")), "{failed}");
    assert_eq!(receiver.taken().len(), 11);
    for _ in 0..9 {
        assigned(desk).await;
        house.settle().await;
    }
    let shown = desk.get(&format!("/api/v1/notices/endpoints/{endpoint}")).await.ok();
    assert_eq!(shown["status"], "disabled", "{shown}");
    assert!(shown["reason"].as_str().unwrap().contains("10 notices in a row"), "{shown}");
    let story = desk.get("/api/v1/audit-logs?action=endpoint.disabled").await.ok();
    assert_eq!(story["items"][0]["actor"], "process:deliverer", "{story}");
    let ready = house.anyone.get("/ready").await.is(200);
    assert_eq!(ready["notices"]["failed"], 10, "{ready}");
    let metrics = house.anyone.get("/metrics").await;
    assert!(metrics.text().contains("docket_notices_pending"), "{}", metrics.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_server_had_begun_another_one_tries_again() {
    let house = House::with(|config| {
        config.roles = vec![api::config::Duty::Api, api::config::Duty::Project];
        config.notices_timeout_ms = 10_000;
    })
    .await;
    let receiver = Receiver::open().await;
    told(&house.admin, &receiver.url, json!(["assigned"])).await;
    receiver.next([Does::Silence]);
    assigned(&house.admin).await;
    let notices = &house.rooms().notices;
    NoticeReader::new(notices.clone()).step().await.unwrap();
    let mut killed = Deliverer::new(notices.clone());
    while receiver.taken().is_empty() {
        killed.step().await.unwrap();
    }
    drop(killed);
    // While its lease lasts nobody else tries.
    house.settle().await;
    assert_eq!(receiver.taken().len(), 1);
    time_passes(&house).await;
    house.settle().await;
    let taken = receiver.taken();
    assert_eq!((taken.len(), taken[0].id()), (2, taken[1].id()));
    assert_eq!(only(&house.admin, "state=delivered").await["attempts"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_share_the_work_and_double_nothing() {
    let (house, receiver, ..) = with_receiver(json!(["assigned"])).await;
    let mut config = house.rooms().config.clone();
    config.roles = vec![];
    let second = api::House::open(config).await.unwrap();
    let desk = &house.admin;
    let agency = desk.agency("Large", json!({"max_capacity": 1000})).await;
    for _ in 0..60 {
        let case = id(&desk.open_case(json!({})).await);
        desk.act(case, "assign", json!({"dca_id": agency})).await;
    }
    let work = async |notices: processes::notices::Notices| {
        let (mut reader, mut deliverer) = (NoticeReader::new(notices.clone()), Deliverer::new(notices));
        for _ in 0..40 {
            reader.step().await.unwrap();
            while deliverer.step().await.unwrap() > 0 {}
        }
    };
    tokio::join!(work(house.rooms().notices.clone()), work(second.notices.clone()));
    second.close().await;
    let ids: BTreeSet<_> = receiver.taken().iter().map(|taken| taken.id().to_owned()).collect();
    assert_eq!((ids.len(), receiver.taken().len()), (60, 60));
    assert_eq!(on_record(&house).await, (60, 60));
}
