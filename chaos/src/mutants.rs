//! Known mistakes, planted one by one: the survival test is only worth what it catches.
//!
//! Each is played in the smallest trial under which it must show. A trial judges a program with a mistake by the very promises by
//! which all are judged, and it is played without the mistake too: what would accuse the innocent proves nothing.

mod between;
mod crash;
mod dies;
mod hasty;
mod overtaken;
mod poison;
mod undisturbed;
mod unheard;
mod walls;

use crate::Outcome;
use crate::cluster::Cluster;
use crate::plan::Plan;
use crate::row::Row;
use crate::stage::Stage;
use crate::world::World;
use eventlog::chaos::{Mutant, Point};
use futures::future::LocalBoxFuture;
use std::sync::Arc;
use std::time::Duration;

/// How long anything in a trial may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long clients go on asking for an answer: a program that has broken a promise may never give them one.
const ENOUGH: Duration = Duration::from_secs(5);

/// Whether a mistake was noticed, and by what.
pub struct Verdict {
    pub mutant: Mutant,
    /// The trial under which it shows.
    pub by: &'static str,
    /// The first promise that it broke; `None` if nobody noticed, or if the same was said of the program without it.
    pub noticed: Option<String>,
}

/// What brings a mistake to light.
struct Trial {
    name: &'static str,
    play: for<'s> fn(&'s mut Stage) -> LocalBoxFuture<'s, Outcome<Row>>,
    /// A mistake may need some luck to do harm; so often it is played before it counts as not noticed.
    tries: usize,
}

macro_rules! trial {
    ($name:ident, $tries:literal $(, $more:expr)*) => {
        Trial { name: stringify!($name), play: |stage| Box::pin($name::play(stage $(, $more)*)), tries: $tries }
    };
}

fn trial(mutant: Mutant) -> Trial {
    match mutant {
        Mutant::AsynchronousCommit => trial!(crash, 6),
        Mutant::NoTurn => trial!(undisturbed, 2),
        Mutant::CheckpointFirst => trial!(dies, 4, Point::MidProjection),
        Mutant::NoCompareAndSet => trial!(overtaken, 3),
        Mutant::KeyOutside => trial!(dies, 4, Point::AfterAppend),
        Mutant::AnswerFirst => trial!(between, 4),
        Mutant::NoPolling => trial!(unheard, 1),
        Mutant::CancellableBegin => trial!(hasty, 3),
        Mutant::SilentPoison => trial!(poison, 1),
        Mutant::HeadAsCeiling => trial!(undisturbed, 3),
        Mutant::SessionTenant => trial!(walls, 1),
    }
}

/// Plays all trials (or only those of mistakes that the plan names), with their mistakes and without.
pub async fn hunt(plan: &Arc<Plan>, cluster: &Arc<Cluster>) -> Outcome<Vec<Verdict>> {
    let mut verdicts = Vec::new();
    let named = |mutant: &Mutant| plan.only.iter().any(|name| name == mutant.name());
    let any = Mutant::ALL.iter().any(named);
    for mutant in Mutant::ALL.into_iter().filter(|mutant| !any || named(mutant)) {
        let trial = trial(mutant);
        let (tries, guilty) = play(plan, cluster, &trial, Some(mutant), trial.tries).await;
        // What took some luck to find gets as many chances to accuse the innocent.
        let noticed = match play(plan, cluster, &trial, None, tries).await {
            (_, None) => guilty,
            (_, Some(said)) => {
                eprintln!("  {}: the program without the mistake is accused too: {said}", trial.name);
                None
            }
        };
        eprintln!("{} (under {}): {}", mutant.name(), trial.name, noticed.as_deref().unwrap_or("not noticed"));
        verdicts.push(Verdict { mutant, by: trial.name, noticed });
    }
    Ok(verdicts)
}

/// How often it was played, and the first promise that was broken, if one was. A program that does not get through a trial at
/// all has broken one.
async fn play(
    plan: &Arc<Plan>,
    cluster: &Arc<Cluster>,
    trial: &Trial,
    mutant: Option<Mutant>,
    tries: usize,
) -> (usize, Option<String>) {
    let mut stage = Stage::new(plan, cluster, trial.name, mutant);
    for nth in 1..=tries {
        let broken = async {
            cluster.running().await?;
            Ok((trial.play)(&mut stage).await?.broken)
        };
        let broken: Outcome<Vec<String>> = broken.await;
        if let Some(first) = broken.unwrap_or_else(|error| vec![error.to_string()]).into_iter().next() {
            return (nth, Some(first));
        }
    }
    (tries, None)
}

/// One round in a hurry: clients at work, a fault, some more work if that goes, and the judgement.
async fn quick(world: &mut World, fault: impl AsyncFnOnce(&mut World) -> Outcome<()>) -> Outcome<()> {
    world.load.start();
    if !world.load.more(40, PATIENCE).await {
        return Err(world.dead("no command is carried out before the fault").into());
    }
    fault(world).await?;
    // It shows in the judgement if this did not go.
    world.load.more(40, ENOUGH).await;
    world.load.stop(ENOUGH).await;
    world.row.rounds += 1;
    world.judge().await
}
