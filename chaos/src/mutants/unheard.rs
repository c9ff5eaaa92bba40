//! One server answers and another keeps the read models, and the news of what was recorded does not get from one to the other.

use super::PATIENCE;
use crate::Outcome;
use crate::cluster::words;
use crate::row::Row;
use crate::stage::Stage;
use crate::world::{Setup, World};
use serde_json::json;
use std::time::Duration;

/// The connection that listens to the log.
const LISTENER: &str = "docket listener";
const TIMES: usize = 5;
/// What is recorded is visible by then, whoever told whom.
const BOUND: Duration = Duration::from_secs(1);

pub async fn play(stage: &mut Stage) -> Outcome<Row> {
    let mut world = stage.world(&Setup { servers: 2, ..Setup::default() }).await?;
    for (n, duties) in [(0, "api"), (1, "api,project,process")] {
        world.servers[n].kill()?;
        world.servers[n].set("DOCKET_ROLES", duties);
        world.servers[n].start()?;
        world.servers[n].answering(PATIENCE).await?;
    }
    world.lag(PATIENCE).await?;
    // The connections stand, and nothing comes: PostgreSQL's processes for them are frozen.
    let listeners: Vec<String> = world.cluster.backends(LISTENER).await?.iter().map(i32::to_string).collect();
    let all = |signal: &str| listeners.iter().try_for_each(|pid| words("kill", &[signal, pid]).map(drop));
    all("-STOP")?;
    let frozen = one_after_the_other(&mut world, false).await;
    all("-CONT")?;
    frozen?;
    // And now they do not stand either.
    one_after_the_other(&mut world, true).await?;
    world.row.rounds += 1;
    world.judge().await?;
    world.close().await
}

/// A command at a time through the first server only: the second one's own commands would tell it of the others'.
async fn one_after_the_other(world: &mut World, torn: bool) -> Outcome<()> {
    for nth in 0..TIMES {
        if torn {
            world.cluster.end(LISTENER).await?;
        }
        let data = json!({ "amount": nth + 1, "reference": format!("unheard {torn} {nth}") });
        let case = world.companies[0].shared[0];
        world.ask(0, 0, "RecordPayment", case, data, None).await?;
        // An error says that it has not become visible at all yet, which is as bad.
        world.lag(BOUND).await?;
    }
    Ok(())
}
