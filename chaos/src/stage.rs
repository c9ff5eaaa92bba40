//! Where faults are caused: a PostgreSQL, dice, and fresh worlds to break.

use crate::cluster::Cluster;
use crate::faults::{LINES, Lane, Line};
use crate::plan::Plan;
use crate::row::Row;
use crate::table::Table;
use crate::world::{Setup, World};
use crate::{Outcome, mutants};
use eventlog::chaos::Mutant;
use rand::rngs::StdRng;
use std::sync::Arc;
use std::time::Instant;

/// Rounds in one world. Judging costs as much as there is on the log, so a long row is played in several worlds.
const ROUNDS: usize = 20;
/// Worlds that may die under a row before it is given up.
const DEATHS: usize = 3;

/// All that a fault needs.
pub struct Stage {
    pub plan: Arc<Plan>,
    pub cluster: Arc<Cluster>,
    pub name: &'static str,
    pub dice: StdRng,
    /// The mistake that all servers of this stage have.
    pub mutant: Option<Mutant>,
    worlds: usize,
}

impl Stage {
    pub fn new(plan: &Arc<Plan>, cluster: &Arc<Cluster>, name: &'static str, mutant: Option<Mutant>) -> Self {
        let dice = plan.dice(&format!("{name} {}", mutant.map_or("", Mutant::name)));
        Self { plan: plan.clone(), cluster: cluster.clone(), name, dice, mutant, worlds: 0 }
    }

    /// A fresh world with its servers running and its clients waiting.
    pub async fn world(&mut self, setup: &Setup) -> Outcome<World> {
        let cluster = self.cluster.clone();
        self.world_on(cluster, setup).await
    }

    /// The same on another PostgreSQL.
    pub async fn world_on(&mut self, cluster: Arc<Cluster>, setup: &Setup) -> Outcome<World> {
        self.worlds += 1;
        let mutant = self.mutant.map_or(String::new(), |mutant| format!("_{}", mutant.name()));
        let name = format!("{}{mutant}_{}", self.name, self.worlds);
        World::open(&self.plan, cluster, &name, &mut self.dice, setup, self.mutant).await
    }

    /// So many rounds of one fault, in fresh worlds every now and then. A world that dies is a broken promise.
    pub async fn rounds(
        &mut self,
        rounds: usize,
        setup: &Setup,
        mut fault: impl AsyncFnMut(&mut World) -> Outcome<Instant>,
    ) -> Outcome<Row> {
        let (mut row, mut deaths) = (Row::default(), 0);
        while row.rounds < rounds && deaths < DEATHS {
            self.cluster.running().await?;
            let mut world = self.world(setup).await?;
            for _ in 0..ROUNDS.min(rounds - row.rounds) {
                if let Err(error) = world.round(&mut fault).await {
                    world.row.rounds += 1;
                    world.row.broken.push(error.to_string());
                    deaths += 1;
                    break;
                }
            }
            row.add(world.close().await?);
        }
        Ok(row)
    }
}

/// Runs what the plan asks for, prints the table, and says whether every promise was kept and every mistake caught.
pub async fn run(plan: Plan) -> Outcome<bool> {
    let plan = Arc::new(plan);
    eprintln!("seed {}", plan.seed());
    let began = Instant::now();
    let (busy, patient) = tokio::try_join!(lane(&plan, Lane::Busy), lane(&plan, Lane::Patient))?;
    let alone = lane(&plan, Lane::Alone).await?;
    let mut table = Table::new(&plan);
    for line in LINES {
        if let Some((_, row)) = busy.rows.iter().chain(&patient.rows).chain(&alone.rows).find(|(name, _)| *name == line.name) {
            table.line(line, row);
        }
    }
    table.mutants(&patient.mutants);
    table.print(began.elapsed())?;
    Ok(table.is_sound())
}

/// What came of the rows of one lane.
#[derive(Default)]
struct Played {
    rows: Vec<(&'static str, Row)>,
    mutants: Vec<mutants::Verdict>,
}

/// Plays the rows of one lane, one after the other, on a PostgreSQL of its own.
async fn lane(plan: &Arc<Plan>, lane: Lane) -> Outcome<Played> {
    let mut played = Played::default();
    let lines: Vec<&Line> = LINES.iter().filter(|line| line.lane == lane && plan.wants(line.name)).collect();
    let mutants = lane == Lane::Patient && plan.wants_mutants();
    if lines.is_empty() && !mutants {
        return Ok(played);
    }
    let cluster = Arc::new(Cluster::create(&std::env::temp_dir(), lane.name()).await?);
    for line in lines {
        let rounds = plan.rounds.unwrap_or(if plan.full { line.full } else { line.smoke });
        if rounds == 0 {
            continue;
        }
        eprintln!("{} × {}: {}", rounds, line.name, line.what);
        let began = Instant::now();
        let mut stage = Stage::new(plan, &cluster, line.name, None);
        // A row that cannot even be played is told of in the table; the others are played all the same.
        let row = (line.run)(&mut stage, rounds)
            .await
            .unwrap_or_else(|error| Row { broken: vec![error.to_string()], ..Row::default() });
        row.broken.iter().take(5).for_each(|broken| eprintln!("  broken: {broken}"));
        eprintln!("  {:.0} s", began.elapsed().as_secs_f64());
        played.rows.push((line.name, row));
    }
    if mutants {
        played.mutants = mutants::hunt(&plan.for_mutants(), &cluster).await?;
    }
    Ok(played)
}
