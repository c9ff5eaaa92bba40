//! PostgreSQL is away for so long that everybody has given up waiting; nobody restarts anything.

use crate::Outcome;
use crate::cluster::Mode;
use crate::row::Row;
use crate::stage::Stage;
use crate::world::{Recovered, Setup, World};
use std::time::{Duration, Instant};

pub async fn run(stage: &mut Stage, rounds: usize) -> Outcome<Row> {
    let away = Duration::from_secs(if stage.plan.full { 120 } else { 10 });
    let setup = Setup { recovered: Recovered::CaughtUp, ..Setup::default() };
    let fault = async |world: &mut World| {
        world.cluster.stop(Mode::Fast).await?;
        tokio::time::sleep(away).await;
        world.cluster.start().await?;
        Ok(Instant::now())
    };
    stage.rounds(rounds, &setup, fault).await
}
