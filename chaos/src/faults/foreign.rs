//! Somebody else leaves a transaction open for a minute: what commits by transaction numbers would stand still behind it.

use crate::Outcome;
use crate::row::Row;
use crate::stage::Stage;
use crate::world::{Setup, World};
use sqlx::{Connection, PgConnection};
use std::time::{Duration, Instant};

/// A read model that is later than this is not late but stuck.
const STUCK: Duration = Duration::from_secs(20);

pub async fn run(stage: &mut Stage, rounds: usize) -> Outcome<Row> {
    let open = Duration::from_secs(if stage.plan.full { 60 } else { 5 });
    let mut row = Row::default();
    for _ in 0..rounds {
        let mut world = stage.world(&Setup::default()).await?;
        world.load.start();
        if let Err(error) = beside_it(&mut world, open).await {
            world.row.broken.push(error.to_string());
        }
        world.load.stop(STUCK).await;
        world.row.rounds += 1;
        world.judge().await?;
        row.add(world.close().await?);
    }
    Ok(row)
}

/// Measures again and again how far the read models are behind, while the transaction is open.
async fn beside_it(world: &mut World, open: Duration) -> Outcome<()> {
    world.load.more(20, STUCK).await;
    let mut foreign = PgConnection::connect(&world.database_url).await?;
    // With a number of its own, a moment that it sees, and a lock on what people look at.
    let begin = "begin isolation level repeatable read; select pg_current_xact_id(); select count(*) from log.events;
                 select count(*) from read.cases";
    sqlx::raw_sql(begin).execute(&mut foreign).await?;
    let began = Instant::now();
    while began.elapsed() < open {
        let lag = world.lag(STUCK).await?;
        world.row.recoveries.push(lag);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    sqlx::raw_sql("commit").execute(&mut foreign).await?;
    Ok(foreign.close().await?)
}
