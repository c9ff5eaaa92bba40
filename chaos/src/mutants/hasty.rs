//! The way to PostgreSQL is long, and clients go away while their requests are being worked on.

use super::PATIENCE;
use crate::Outcome;
use crate::http::request;
use crate::proxy::{Network, Proxy, Way};
use crate::row::Row;
use crate::stage::Stage;
use crate::world::{Setup, World};
use futures::future::join_all;
use rand::Rng;
use serde_json::json;
use std::net::Ipv4Addr;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::sleep;

const HASTY: usize = 16;
const TIMES: usize = 10;
/// One way, one message.
const ROAD: Duration = Duration::from_millis(20);
/// So many messages a request takes, at most.
const MESSAGES: f64 = 4.0;

pub async fn play(stage: &mut Stage) -> Outcome<Row> {
    let proxy = Proxy::start((Ipv4Addr::LOCALHOST, stage.cluster.port()).into()).await?;
    let mut world = stage.world(&Setup { through: Some(proxy.address.port()), ..Setup::default() }).await?;
    proxy.set(Network { up: Way::Delay(ROAD, Duration::ZERO), ..Network::default() });
    for time in 0..TIMES {
        let stays: Vec<Duration> = (0..HASTY).map(|_| ROAD.mul_f64(world.dice.random_range(0.0..MESSAGES))).collect();
        join_all(stays.into_iter().enumerate().map(|(nth, stay)| ask_and_go(&world, time * HASTY + nth, stay))).await;
    }
    proxy.clear();
    world.row.rounds += 1;
    // What they left behind shows before anybody else comes along and tidies up by accident.
    world.judge().await?;
    // Whoever stays is served, and what they are told is so.
    world.load.start();
    if !world.load.more(50, PATIENCE).await {
        world.row.broken.push(format!("after many went away the others are not served within {PATIENCE:?}"));
    }
    world.load.stop(PATIENCE).await;
    world.judge().await?;
    world.close().await
}

/// Asks for a payment to be recorded and hangs up after a while, whether or not there was an answer.
async fn ask_and_go(world: &World, nth: usize, stay: Duration) {
    let company = &world.companies[nth % world.companies.len()];
    let (key, data) = (format!("hasty {nth}"), json!({ "amount": nth + 1, "reference": format!("hasty {nth}") }));
    let case = company.shared[nth % company.shared.len()];
    world.journal.sending(0, &key, "RecordPayment", company.tenant, case, &data);
    let body = json!({ "key": key, "command": "RecordPayment", "on": case, "data": data }).to_string();
    let (token, tenant) = (format!("Bearer {}", world.desk.token()), company.tenant.to_string());
    let headers = [("Authorization", token.as_str()), ("Docket-Tenant", tenant.as_str())];
    let Ok(mut stream) = TcpStream::connect(world.servers[0].address).await else { return };
    // Without a word: the other side learns of it by a reset.
    let _ = stream.set_zero_linger();
    let _ = stream.write_all(&request("POST", "/api/commands", &headers, &body)).await;
    sleep(stay).await;
}
