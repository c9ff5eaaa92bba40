//! Three times as much is asked for as can be done, and one company is noisy beside another that is quiet.

use crate::Outcome;
use crate::hostile::allow_files;
use crate::meter::{Measured, Meter, Pace};
use crate::row::Row;
use crate::stage::Stage;
use crate::world::{Setup, World};
use std::time::Duration;
use tokio::time::sleep;

/// One round takes so long, all in all. A quarter of it, before and after, shows what is usual.
const ROUND: Duration = Duration::from_secs(20);
/// Clients that together get all that the server can give.
const ENOUGH: u32 = 128;
/// The most clients of an overload.
const CROWD: u32 = 4_000;
/// Clients of a noisy company, none of which ever rests.
const NOISE: u32 = 1_000;
/// What is asked for, of what can be done.
const OVERLOAD: f64 = 3.0;
/// What must still be done of it.
const GOODPUT: f64 = 0.8;
/// The time until they are all there, which is not measured: opening a thousand connections is work of its own.
const COMING: Duration = Duration::from_secs(3);
/// The quiet company's clients, and their commands a second.
const QUIET: (u32, f64) = (16, 60.0);
/// By how much its slowest answers may get slower.
const SLOWER: f64 = 2.0;

/// Rounds are an overload and a noisy company in turn, a pair of them in each world: what was asked for in a world is judged at its
/// end. The machine has moods, so the promises are about the median of the rounds.
pub async fn run(stage: &mut Stage, rounds: usize) -> Outcome<Row> {
    let (mut row, mut shares, mut slower) = (Row::default(), Vec::new(), Vec::new());
    while row.rounds < rounds {
        let mut world = stage.world(&Setup { clients: 0, ..Setup::default() }).await?;
        for process in [Some(std::process::id()), world.servers[0].pid()].into_iter().flatten() {
            allow_files(process, 2 * CROWD as usize)?;
        }
        let mut all = Meter::open(&world, &[0, 1], 1).await?;
        let (mut quiet, mut noisy) = (Meter::open(&world, &[0], 2).await?, Meter::open(&world, &[1], 3).await?);
        // Before anything is measured: plans made, caches filled, connections open.
        all.run(Pace { clients: ENOUGH, rate: None, lasting: ROUND / 8 }).await?;
        shares.push(overload(&mut world, &mut all).await?);
        world.row.rounds += 1;
        if row.rounds + 1 < rounds {
            slower.push(noise(&mut world, &mut quiet, &mut noisy).await?);
            world.row.rounds += 1;
        }
        world.judge().await?;
        row.add(world.close().await?);
    }
    let share = median(shares).unwrap_or(1.0);
    if share < GOODPUT {
        row.broken.push(format!("under overload only {:.0} % of the peak got done", share * 100.0));
    }
    let slower = median(slower).unwrap_or(1.0);
    if slower > SLOWER {
        row.broken.push(format!("the quiet company's p99 became {slower:.1} × as long beside a noisy one"));
    }
    Ok(row)
}

fn median(mut of: Vec<f64>) -> Option<f64> {
    of.sort_by(f64::total_cmp);
    let (lower, upper) = (of.get(of.len().checked_sub(1)? / 2)?, of.get(of.len() / 2)?);
    Some((lower + upper) / 2.0)
}

/// What got done under an overload, as a share of what can be done.
async fn overload(world: &mut World, all: &mut Meter) -> Outcome<f64> {
    let full = Pace { clients: ENOUGH, rate: None, lasting: ROUND / 4 };
    let before = all.run(full).await?;
    let rate = OVERLOAD * before.per_second();
    // As many people as that takes if each asks for something once a second.
    let clients = (rate as u32).clamp(ENOUGH, CROWD);
    let crowd = all.run(Pace { clients, rate: Some(rate), lasting: ROUND / 2 }).await?;
    let after = all.run(full).await?;
    let peak = (before.per_second() + after.per_second()) / 2.0;
    let share = crowd.per_second() / peak;
    world.row.notes.push(format!(
        "overload: {:.0}/s of a peak of {peak:.0}/s ({:.0} %) while {rate:.0}/s were asked for, {} times turned away",
        crowd.per_second(),
        share * 100.0,
        crowd.turned_away,
    ));
    if crowd.turned_away == 0 {
        world.row.broken.push("an overload of three times the peak, and nobody was turned away".into());
    }
    failures(world, &crowd);
    Ok(share)
}

/// How many times as long the slowest answers to a quiet company take beside a noisy one.
async fn noise(world: &mut World, quiet: &mut Meter, noisy: &mut Meter) -> Outcome<f64> {
    let pace = |lasting| Pace { clients: QUIET.0, rate: Some(QUIET.1), lasting };
    let before = quiet.run(pace(ROUND / 4)).await?;
    let crowd = noisy.run(Pace { clients: NOISE, rate: None, lasting: COMING + ROUND / 2 });
    let beside = async {
        sleep(COMING).await;
        quiet.run(pace(ROUND / 2)).await
    };
    let (crowd, beside) = tokio::join!(crowd, beside);
    let (crowd, beside) = (crowd?, beside?);
    let after = quiet.run(pace(ROUND / 4)).await?;
    let usual = (before.p99() + after.p99()) / 2;
    let slower = beside.p99().as_secs_f64() / usual.as_secs_f64().max(1e-9);
    world.row.notes.push(format!(
        "noise: the quiet company's p99 {usual:.1?} alone, {:.1?} beside {NOISE} clients of another ({slower:.1} ×), who got {:.0}/s and \
         were turned away {} times",
        beside.p99(),
        crowd.per_second(),
        crowd.turned_away,
    ));
    if beside.turned_away > 0 {
        world.row.broken.push(format!("the quiet company was turned away {} times", beside.turned_away));
    }
    failures(world, &beside);
    failures(world, &crowd);
    Ok(slower)
}

fn failures(world: &mut World, measured: &Measured) {
    if measured.without_a_word > 0 {
        world.row.broken.push(format!("{} were turned away without Retry-After", measured.without_a_word));
    }
    if measured.failures() > 0 {
        world.row.broken.push(format!(
            "{} requests failed in other ways than they may: {:?}",
            measured.failures(),
            measured.statuses
        ));
    }
}
