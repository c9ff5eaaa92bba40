//! Notices: what a company wants to be told reaches the outside, is recorded once, and is never told again by a replay.

mod failures;
mod mail;
mod news;
mod walls;

use crate::client::{Client, id};
use crate::house::House;
use crate::receiver::Receiver;
use serde_json::{Value, json};
use uuid::Uuid;

/// An endpoint for this address, and its secret.
async fn told(desk: &Client, url: &str, kinds: Value) -> (Uuid, String) {
    let added = desk.post("/api/v1/notices/endpoints", json!({"url": url, "kinds": kinds})).await.is(201);
    (id(&added), added["secret"].as_str().expect("it is shown once").to_owned())
}

/// A house, a program that takes what it is told, and its secret.
async fn with_receiver(kinds: Value) -> (House, Receiver, Uuid, String) {
    let house = House::open().await;
    let receiver = Receiver::open().await;
    let (endpoint, secret) = told(&house.admin, &receiver.url, kinds).await;
    (house, receiver, endpoint, secret)
}

/// A case that somebody gave to an agency just now.
async fn assigned(desk: &Client) -> Uuid {
    let agency = desk.agency(&format!("Agency {}", Uuid::now_v7().simple()), json!({})).await;
    let case = id(&desk.open_case(json!({})).await);
    desk.act(case, "assign", json!({"dca_id": agency})).await;
    case
}

/// The only delivery that passes this filter.
async fn only(desk: &Client, filter: &str) -> Value {
    let listed = desk.get(&format!("/api/v1/notices?{filter}")).await.ok();
    assert_eq!(listed["total"], 1, "{listed}");
    listed["items"][0].clone()
}

/// As if the pause before the next attempt were over.
async fn time_passes(house: &House) {
    let due = "update outbox.deliveries set next_at = clock_timestamp() where state = 'pending'";
    sqlx::query(due).execute(&house.rooms().owner).await.unwrap();
}

/// How many notices and deliveries are on record.
async fn on_record(house: &House) -> (i64, i64) {
    let count = "select (select count(*) from outbox.notices), (select count(*) from outbox.deliveries)";
    sqlx::query_as(count).fetch_one(&house.rooms().owner).await.unwrap()
}
