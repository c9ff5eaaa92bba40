//! The server that keeps the read models freezes, somebody computes them anew meanwhile, and then it wakes: what is done is done.

use super::PATIENCE;
use crate::Outcome;
use crate::row::Row;
use crate::stage::Stage;
use crate::world::{Setup, World};
use serde_json::json;

const PAYMENTS: usize = 12;

pub async fn play(stage: &mut Stage) -> Outcome<Row> {
    let mut world = stage.world(&Setup { servers: 2, ..Setup::default() }).await?;
    // The second one keeps the read models, and has just begun: what it does not remember it looks up.
    world.load.start();
    world.load.more(100, PATIENCE).await;
    world.load.stop(PATIENCE).await;
    for (n, duties) in [(0, "api"), (1, "api,project,process")] {
        world.servers[n].kill()?;
        world.servers[n].set("DOCKET_ROLES", duties);
        world.servers[n].start()?;
        world.servers[n].answering(PATIENCE).await?;
    }
    pay(&world, "before").await?;
    world.lag(PATIENCE).await?;
    world.servers[1].pause()?;
    let rebuilt = meanwhile(&world).await;
    world.servers[1].resume()?;
    rebuilt?;
    pay(&world, "after").await?;
    world.row.rounds += 1;
    world.judge().await?;
    world.close().await
}

/// Work goes on, and all of it is in the read models when they are computed anew.
async fn meanwhile(world: &World) -> Outcome<()> {
    for nth in 0..PAYMENTS {
        pay(world, &format!("meanwhile {nth}")).await?;
    }
    let (status, said) = world.servers[0].tool(&["rebuild"], &[]).await?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("the read models cannot be computed anew: {said}").into()),
    }
}

async fn pay(world: &World, reference: &str) -> Outcome<()> {
    let company = &world.companies[0];
    for case in &company.shared {
        world.ask(0, 0, "RecordPayment", *case, json!({ "amount": 10, "reference": reference }), None).await?;
    }
    Ok(())
}
