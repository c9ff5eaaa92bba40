//! PostgreSQL goes down as in a power cut and comes back.

use crate::Outcome;
use crate::cluster::Mode;
use crate::row::Row;
use crate::stage::Stage;
use crate::world::{Setup, World};
use rand::Rng;
use std::time::{Duration, Instant};

pub async fn run(stage: &mut Stage, rounds: usize) -> Outcome<Row> {
    let fault = async |world: &mut World| {
        world.cluster.stop(Mode::Immediate).await?;
        let away = Duration::from_millis(world.dice.random_range(0..1_000));
        tokio::time::sleep(away).await;
        world.cluster.start().await?;
        Ok(Instant::now())
    };
    stage.rounds(rounds, &Setup::default(), fault).await
}
