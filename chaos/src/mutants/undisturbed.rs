//! Two servers at full load on one database, and nobody disturbs them: every request is answered with a yes or a no.

use super::PATIENCE;
use crate::Outcome;
use crate::row::Row;
use crate::stage::Stage;
use crate::world::Setup;

const COMMANDS: u64 = 1_500;

pub async fn play(stage: &mut Stage) -> Outcome<Row> {
    let mut world = stage.world(&Setup { servers: 2, clients: 24, restless: true, ..Setup::default() }).await?;
    world.load.start();
    if !world.load.more(COMMANDS, PATIENCE).await {
        world.row.broken.push(format!("{COMMANDS} commands are not carried out within {PATIENCE:?}"));
    }
    world.load.stop(PATIENCE).await;
    // 0 stands for no answer at all.
    let statuses = world.load.seen().statuses;
    let failed = statuses.iter().filter(|(status, times)| (**status == 0 || **status >= 500) && **times > 0);
    world.row.broken.extend(failed.map(|(status, times)| format!("{times} × {status} though nothing was broken")));
    world.row.rounds += 1;
    world.judge().await?;
    world.close().await
}
