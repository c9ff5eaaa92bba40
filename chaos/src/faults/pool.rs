//! Others take every connection that PostgreSQL has, or hold a lock behind which all of Docket's own connections queue up.

use crate::Outcome;
use crate::row::Row;
use crate::stage::Stage;
use crate::world::{Setup, World};
use sqlx::{Connection, PgConnection};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio::time::sleep;

/// More clients than the largest pool has connections.
const CLIENTS: u32 = 40;
/// How long it lasts: longer than anybody should have to wait for a "try again later".
const LASTING: Duration = Duration::from_secs(12);
/// Sessions that try to take whatever connection is free.
const GREEDY: usize = 8;

pub async fn run(stage: &mut Stage, rounds: usize) -> Outcome<Row> {
    let setup = Setup { clients: CLIENTS, ..Setup::default() };
    let mut nth = 0;
    let fault = async |world: &mut World| {
        let unavailable = |world: &World| world.load.seen().statuses.get(&503).copied().unwrap_or(0);
        let before = unavailable(world);
        nth += 1;
        let what = if nth % 2 == 1 { "no connection was left" } else { "the log was locked" };
        if nth % 2 == 1 {
            take_all(world).await?
        } else {
            lock(world).await?
        }
        let over = Instant::now();
        if unavailable(world) == before {
            world.row.broken.push(format!("{what} for {LASTING:?}, and nobody was told so (503)"));
        }
        Ok(over)
    };
    stage.rounds(rounds, &setup, fault).await
}

/// Takes all connections, Docket's included, and keeps them for a while.
async fn take_all(world: &World) -> Outcome<()> {
    let mut admin = PgConnection::connect(&world.cluster.superuser()).await?;
    let url = world.cluster.superuser();
    let mut greedy: JoinSet<()> = (0..GREEDY)
        .map(|_| {
            let url = url.clone();
            async move {
                let mut held = Vec::new();
                loop {
                    match PgConnection::connect(&url).await {
                        Ok(conn) => held.push(conn),
                        Err(_) => sleep(Duration::from_millis(2)).await,
                    }
                }
            }
        })
        .collect();
    let began = Instant::now();
    while began.elapsed() < LASTING {
        // What Docket loses somebody else has before it comes back.
        let expel = "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name like 'docket%'";
        sqlx::query_scalar::<_, i64>(expel).fetch_one(&mut admin).await?;
        sleep(Duration::from_millis(100)).await;
    }
    greedy.shutdown().await;
    // Their connections are closed with them, but PostgreSQL needs a moment to notice.
    world.cluster.accepting(Duration::from_secs(10)).await?;
    Ok(admin.close().await?)
}

/// Holds the log so that nothing can be read from it or added to it.
async fn lock(world: &World) -> Outcome<()> {
    let mut conn = PgConnection::connect(&world.database_url).await?;
    let mut held = conn.begin().await?;
    sqlx::raw_sql("lock table log.events in access exclusive mode").execute(&mut *held).await?;
    sleep(LASTING).await;
    held.rollback().await?;
    Ok(conn.close().await?)
}
