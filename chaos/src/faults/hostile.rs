//! People who mean harm, or know no better, beside people who work.

use crate::Outcome;
use crate::hostile::{Attack, IDLE, allow_files, memory};
use crate::meter::{Meter, Pace};
use crate::row::Row;
use crate::stage::Stage;
use crate::world::{Setup, World};
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// Those who work: so many, with so many commands a second.
const OTHERS: (u32, f64) = (32, 200.0);
/// How long, before and after an attack, it is looked at what is usual.
const USUAL: Duration = Duration::from_secs(5);
/// What the server's memory may grow by.
const GROWTH: u64 = 256 << 20;
/// By how much the slowest answers of those who work may get slower.
const SLOWER: f64 = 2.0;

pub async fn run(stage: &mut Stage, rounds: usize) -> Outcome<Row> {
    let mut world = stage.world(&Setup { clients: 0, ..Setup::default() }).await?;
    let files = allow_files(std::process::id(), IDLE + 1_000)?;
    let pid = world.servers[0].pid().ok_or("no server")?;
    let files = files.min(allow_files(pid, IDLE + 1_000)?);
    let mut others = Meter::open(&world, &[0, 1], 1).await?;
    let pace = |lasting| Pace { clients: OTHERS.0, rate: Some(OTHERS.1), lasting };
    others.run(pace(USUAL / 2)).await?;
    for attack in Attack::ALL.into_iter().cycle().take(rounds) {
        if attack == Attack::IdleSockets && files <= IDLE {
            world.row.notes.push(format!("{}: skipped, only {files} files may be open here", attack.name()));
            continue;
        }
        let before = others.run(pace(USUAL)).await?;
        let held = memory(pid)?;
        let (address, token) = (world.servers[0].address, world.desk.token());
        let lasting = attack.lasting();
        let highest = highest_memory(pid, lasting);
        let (seen, beside, highest) = tokio::join!(attack.run(address, &token, lasting), others.run(pace(lasting)), highest);
        let (seen, beside, highest) = (seen?, beside?, highest?);
        let after = others.run(pace(USUAL)).await?;
        let usual = (before.p99() + after.p99()) / 2;
        let growth = highest.saturating_sub(held);
        let slower = beside.p99().as_secs_f64() / usual.as_secs_f64().max(1e-9);
        world.row.notes.push(format!(
            "{}: {seen}; memory {} MiB + {} MiB; others' p99 {usual:.1?} otherwise, {:.1?} during ({slower:.1} ×)",
            attack.name(),
            held >> 20,
            growth >> 20,
            beside.p99(),
        ));
        let mut broken = |what: String| world.row.broken.push(format!("{}: {what}", attack.name()));
        if growth > GROWTH {
            broken(format!("the server took {} MiB more", growth >> 20));
        }
        if slower > SLOWER {
            broken(format!("others' p99 became {slower:.1} × as long"));
        }
        if beside.failures() + beside.turned_away > 0 {
            broken(format!("others were not served: {:?}", beside.statuses));
        }
        if let Some((rid, times)) = seen.0.iter().find(|(rid, _)| !attack.may_end(**rid)) {
            broken(format!("{times} ended with {rid:?}"));
        }
        world.row.rounds += 1;
        world.judge().await?;
    }
    answers_at_once(&mut world).await?;
    world.close().await
}

/// The most that a process holds in memory meanwhile.
async fn highest_memory(pid: u32, lasting: Duration) -> Outcome<u64> {
    let mut highest = 0;
    let watching = async {
        loop {
            highest = memory(pid)?.max(highest);
            sleep(Duration::from_millis(50)).await;
        }
    };
    // It ends by itself only if the server is gone.
    match timeout(lasting, watching).await {
        Ok(gone) => gone,
        Err(_) => Ok(highest),
    }
}

/// After everything, whoever comes is served.
async fn answers_at_once(world: &mut World) -> Outcome<()> {
    if timeout(Duration::from_secs(2), world.servers[0].answering(Duration::from_secs(2))).await.is_err() {
        world.row.broken.push("after all attacks the server does not answer within 2 s".into());
    }
    Ok(())
}
