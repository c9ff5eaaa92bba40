//! One of PostgreSQL's own processes is killed, as the kernel does when memory runs out; all others go down with it.

use crate::Outcome;
use crate::row::Row;
use crate::stage::Stage;
use crate::world::{Setup, World};
use rand::seq::IndexedRandom;
use sqlx::{Connection, PgConnection};
use std::time::{Duration, Instant};

/// PostgreSQL notices within this time, and is back within it.
const PATIENCE: Duration = Duration::from_secs(60);
/// Whose process it is.
const WHOSE: [&str; 6] = [
    "docket committer",
    "docket app",
    "docket reader",
    "docket listener",
    "docket projects worklist",
    "docket projects dashboard",
];

pub async fn run(stage: &mut Stage, rounds: usize) -> Outcome<Row> {
    let fault = async |world: &mut World| {
        let whose = WHOSE.choose(&mut world.dice).copied().unwrap_or_default();
        // Whoever asks for little may have no connection at the moment; whoever writes the log always has one.
        let mut pids = world.cluster.backends(whose).await?;
        pids.extend(world.cluster.backends(WHOSE[0]).await?);
        let pid = *pids.first().ok_or("nobody is connected")?;
        let mut witness = PgConnection::connect(&world.cluster.superuser()).await?;
        world.cluster.kill_backend(pid)?;
        // Every connection ends when PostgreSQL begins to recover; only then does it mean anything that it accepts new ones.
        let asleep = sqlx::query("select pg_sleep(600)").execute(&mut witness);
        if tokio::time::timeout(PATIENCE, asleep).await.is_err() {
            return Err("PostgreSQL did not notice that one of its processes was killed".into());
        }
        world.cluster.accepting(PATIENCE).await?;
        Ok(Instant::now())
    };
    stage.rounds(rounds, &Setup::default(), fault).await
}
