//! A server dies at one named point, and those whose answers are lost ask once more under the same key.

use super::{PATIENCE, quick};
use crate::Outcome;
use crate::row::Row;
use crate::stage::Stage;
use crate::world::{Setup, World};
use eventlog::chaos::Point;
use rand::Rng;

pub async fn play(stage: &mut Stage, point: Point) -> Outcome<Row> {
    let mut world = stage.world(&Setup::default()).await?;
    let fault = async |world: &mut World| {
        let nth = world.dice.random_range(5..=40);
        let server = &mut world.servers[0];
        server.kill()?;
        server.set_once("DOCKET_FAIL_AT", &format!("{}:{nth}", point.name()));
        server.start()?;
        server.wait_exit(PATIENCE).await?;
        server.start()
    };
    quick(&mut world, fault).await?;
    world.close().await
}
