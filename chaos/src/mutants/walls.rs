//! Two companies are read side by side, and Docket's own processes read all of them in between, over the same few connections.

use super::PATIENCE;
use crate::http::{once, request};
use crate::oracle::walls::{Listener, foreign};
use crate::row::Row;
use crate::stage::Stage;
use crate::world::{Setup, World};
use crate::{Outcome, oracle};
use futures::future::join_all;
use std::net::Ipv4Addr;
use uuid::Uuid;

/// So many look at the same time, so often.
const AT_ONCE: usize = 12;
const TIMES: usize = 10;

pub async fn play(stage: &mut Stage) -> Outcome<Row> {
    let listener = Listener::start((Ipv4Addr::LOCALHOST, stage.cluster.port()).into()).await?;
    let mut world = stage.world(&Setup { through: Some(listener.address.port()), ..Setup::default() }).await?;
    world.load.start();
    world.load.more(200, PATIENCE).await;
    world.load.stop(PATIENCE).await;
    let events = oracle::events(&world.database_url).await?;
    for _ in 0..TIMES {
        for (tenant, shown) in join_all((0..AT_ONCE).map(|nth| shown(&world, nth))).await.into_iter().flatten() {
            world.row.broken.extend(foreign(&events, tenant, &shown).into_iter().map(|complaint| complaint.what));
        }
        match listener.look().await {
            Some(complaints) => world.row.broken.extend(complaints.into_iter().map(|complaint| complaint.what)),
            None => return Err("no connection could be asked what it sees".into()),
        }
    }
    world.row.rounds += 1;
    world.judge().await?;
    world.close().await
}

/// What one of the companies is shown.
async fn shown(world: &World, nth: usize) -> Outcome<(Uuid, serde_json::Value)> {
    let tenant = world.companies[nth % world.companies.len()].tenant;
    let (token, acting) = (format!("Bearer {}", world.desk.token()), tenant.to_string());
    let headers = [("Authorization", token.as_str()), ("Docket-Tenant", acting.as_str())];
    let shown = once(world.servers[0].address, &request("GET", "/api/v1/cases?limit=100", &headers, "")).await?;
    Ok((tenant, shown))
}
