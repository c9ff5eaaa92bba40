//! PostgreSQL crashes at a moment at which somebody has just been told yes.

use super::quick;
use crate::Outcome;
use crate::cluster::Mode;
use crate::row::Row;
use crate::stage::Stage;
use crate::world::{Setup, World};

pub async fn play(stage: &mut Stage) -> Outcome<Row> {
    let mut world = stage.world(&Setup { restless: true, ..Setup::default() }).await?;
    let fault = async |world: &mut World| {
        world.cluster.stop(Mode::Immediate).await?;
        world.cluster.start().await
    };
    quick(&mut world, fault).await?;
    world.close().await
}
