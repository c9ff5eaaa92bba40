//! Two servers are restarted one after the other, politely, while everybody goes on working.

use crate::Outcome;
use crate::row::Row;
use crate::stage::Stage;
use crate::world::{Setup, World};
use std::time::{Duration, Instant};

/// A server finishes what was begun within this time (its own limit is 20 s).
const DRAINED: Duration = Duration::from_secs(30);
const STARTED: Duration = Duration::from_secs(20);

pub async fn run(stage: &mut Stage, rounds: usize) -> Outcome<Row> {
    let setup = Setup { servers: 2, ..Setup::default() };
    let mut slowest = Duration::ZERO;
    let fault = async |world: &mut World| {
        let before = world.load.seen();
        let began = Instant::now();
        for n in 0..world.servers.len() {
            let asked = Instant::now();
            world.servers[n].term()?;
            let status = world.servers[n].wait_exit(DRAINED).await?;
            slowest = slowest.max(asked.elapsed());
            if !status.success() {
                world.row.broken.push(format!("a server that was asked to stop ended with {status}"));
            }
            world.servers[n].start()?;
            world.servers[n].answering(STARTED).await?;
            // Both must work before the next one goes.
            world.load.more(10, STARTED).await;
        }
        let after = world.load.seen();
        if after.cut > before.cut {
            world.row.broken.push(format!("{} accepted requests were never answered", after.cut - before.cut));
        }
        if let Some(fault) = after.faults.get(before.faults.len()) {
            world.row.broken.push(format!("{} × 5xx, the first: {fault}", after.faults.len() - before.faults.len()));
        }
        Ok(began)
    };
    let mut row = stage.rounds(rounds, &setup, fault).await?;
    row.notes.push(format!("the slowest server took {:.2} s to finish and stop", slowest.as_secs_f64()));
    Ok(row)
}
