//! A server dies at exactly the moments at which it would hurt most: around an append, and within a read model's batch or swap.

use crate::Outcome;
use crate::row::Row;
use crate::stage::Stage;
use crate::world::{Setup, World};
use eventlog::chaos::Point;
use rand::Rng;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

/// The point is passed at least so often within this time under load.
const PATIENCE: Duration = Duration::from_secs(30);
/// It dies the n-th time it comes by, n from 1 to this.
const TIMES: u32 = 40;
/// So many read models are there to be swapped, at the least.
const SWAPS: u32 = 10;

pub async fn run(stage: &mut Stage, rounds: usize) -> Outcome<Row> {
    let mut points = Point::ALL.iter().copied().cycle();
    let fault = async |world: &mut World| {
        let point = points.next().unwrap_or(Point::BeforeAppend);
        match point {
            Point::MidSwap => rebuild_dies(world).await,
            point => server_dies(world, point).await,
        }
    };
    let mut row = stage.rounds(rounds, &Setup::default(), fault).await?;
    let worst = row.recoveries.iter().zip(Point::ALL.iter().cycle()).max_by_key(|(time, _)| **time);
    row.notes.extend(worst.map(|(time, point)| format!("the slowest recovery was from {}: {time:.2?}", point.name())));
    Ok(row)
}

/// The server itself passes by the point at its daily work.
async fn server_dies(world: &mut World, point: Point) -> Outcome<Instant> {
    let nth = world.dice.random_range(1..=TIMES);
    let server = &mut world.servers[0];
    server.kill()?;
    server.set_once("DOCKET_FAIL_AT", &format!("{}:{nth}", point.name()));
    server.start()?;
    let status = server.wait_exit(PATIENCE).await.map_err(|error| format!("{}: {error}", point.name()))?;
    let died = Instant::now();
    server.start()?;
    died_there(status, point)?;
    Ok(died)
}

/// Somebody computes the read models anew beside the running server, and that program dies as it puts one in its place.
async fn rebuild_dies(world: &mut World) -> Outcome<Instant> {
    let nth = world.dice.random_range(1..=SWAPS);
    let at = format!("{}:{nth}", Point::MidSwap.name());
    let (status, _) = world.servers[0].tool(&["rebuild"], &[("DOCKET_FAIL_AT", &at)]).await?;
    died_there(status, Point::MidSwap)?;
    let died = Instant::now();
    // Whatever it left half-done must not be in the way of the next attempt.
    let (status, said) = world.servers[0].tool(&["rebuild"], &[]).await?;
    match status.success() {
        true => Ok(died),
        false => Err(format!("a rebuild after one that died: {status}: {said}").into()),
    }
}

fn died_there(status: ExitStatus, point: Point) -> Outcome<()> {
    const SIGABRT: i32 = 6;
    match status.signal() {
        Some(SIGABRT) => Ok(()),
        _ => Err(format!("it did not die at {}: {status}", point.name()).into()),
    }
}
