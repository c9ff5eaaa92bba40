//! A server is killed in the middle of its work and started again at once, as a supervisor does it.

use crate::Outcome;
use crate::row::Row;
use crate::stage::Stage;
use crate::world::{Setup, World};
use std::time::Instant;

pub async fn run(stage: &mut Stage, rounds: usize) -> Outcome<Row> {
    let fault = async |world: &mut World| {
        let killed = Instant::now();
        world.servers[0].kill()?;
        world.servers[0].start()?;
        Ok(killed)
    };
    stage.rounds(rounds, &Setup::default(), fault).await
}
