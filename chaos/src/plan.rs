//! What of the survival test is to be run, how often, and by which throw of the dice.

use crate::Outcome;
use clap::Parser;
use eventlog::chaos::Mutant;
use rand::{SeedableRng, rngs::StdRng};
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use std::sync::Arc;

/// The mutants of a smoke: those that show soonest.
const SMOKE: [Mutant; 3] = [Mutant::KeyOutside, Mutant::SilentPoison, Mutant::SessionTenant];

/// Breaks Docket on purpose and judges what is left.
#[derive(Clone, Parser)]
pub struct Plan {
    /// The program, built with the feature `chaos` (./dev chaos builds it).
    #[arg(long, default_value = "target/chaos/docket")]
    pub docket: PathBuf,
    /// As many rounds of each fault as the issue asks for, and all mutants; without it a few of each.
    #[arg(long)]
    pub full: bool,
    /// The same seed gives the same schedule. Not given: a random one, which is printed.
    #[arg(long)]
    seed: Option<u64>,
    /// Only these faults (see the first column of the table); `mutants` for the mutants.
    #[arg(long, value_delimiter = ',', value_name = "ROW")]
    pub only: Vec<String>,
    /// So many rounds of each fault instead.
    #[arg(long)]
    pub rounds: Option<usize>,
    /// Write the table into this file too, as Markdown.
    #[arg(long, value_name = "FILE")]
    pub markdown: Option<PathBuf>,
}

impl Plan {
    /// With a seed, and a program that is there.
    pub fn ready(mut self) -> Outcome<Self> {
        self.docket = std::path::absolute(&self.docket)?;
        if !self.docket.exists() {
            return Err(format!("{} is not there; ./dev chaos builds it", self.docket.display()).into());
        }
        self.seed.get_or_insert_with(rand::random);
        Ok(self)
    }

    pub fn seed(&self) -> u64 {
        self.seed.unwrap_or_default()
    }

    /// The dice of one fault: its schedule does not depend on which others are run.
    pub fn dice(&self, of: &str) -> StdRng {
        let mut hash = Sha256::new();
        hash.update(self.seed().to_be_bytes());
        hash.update(of);
        StdRng::from_seed(hash.finalize().into())
    }

    /// Where servers and clients leave what is worth reading after a failure: beside the program.
    pub fn folder(&self) -> PathBuf {
        self.docket.with_file_name("worlds")
    }

    /// Whether this row was asked for.
    pub fn wants(&self, row: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|name| name == row)
    }

    /// Whether mutants were asked for, all of them or some by name.
    pub fn wants_mutants(&self) -> bool {
        self.wants("mutants") || Mutant::ALL.iter().any(|mutant| self.wants(mutant.name()))
    }

    /// The plan with the names of the mutants to be played: a smoke that names none plays a few.
    pub fn for_mutants(&self) -> Arc<Self> {
        let few = self.only.is_empty() && !self.full;
        let names = if few { SMOKE.map(|mutant| mutant.name().to_owned()).to_vec() } else { self.only.clone() };
        Arc::new(Self { only: names, ..self.clone() })
    }
}

/// Ctrl-C or TERM.
pub async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        }
        Err(_) => drop(tokio::signal::ctrl_c().await),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    fn thrown(arguments: &[&str], row: &str) -> u64 {
        Plan::parse_from([&["chaos"], arguments].concat()).dice(row).random()
    }

    #[test]
    fn the_same_seed_throws_the_same_for_a_row_whatever_else_is_played() {
        let alone = thrown(&["--seed", "7", "--only", "kill"], "kill");
        assert_eq!(alone, thrown(&["--seed", "7", "--full"], "kill"));
        assert_ne!(alone, thrown(&["--seed", "8"], "kill"));
        assert_ne!(alone, thrown(&["--seed", "7"], "crash"));
    }
}
