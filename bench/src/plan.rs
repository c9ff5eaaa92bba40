//! What shall be measured, for how long, and on what: the options of `./dev bench`.

use clap::{Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

/// The options, and the one thing this program does besides measuring.
#[derive(Parser)]
#[command(version, about = "Measures Docket beside its peers and the limits of its PostgreSQL.")]
pub struct Arguments {
    #[command(flatten)]
    pub plan: Plan,
    #[command(subcommand)]
    pub role: Option<Role>,
}

#[derive(Subcommand)]
pub enum Role {
    /// Serves as a peer on the database that --server names. The benchmark starts itself so.
    #[command(hide = true)]
    Peer { kind: Kind },
}

/// What people write instead of Docket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    Crud,
    Cqrs,
}

/// A part of the table that can be measured by itself, together with what it is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// One-event commands over HTTP, beside both peers.
    Commands,
    /// The same without read models in that process.
    ApiOnly,
    /// Our load generator beside wrk.
    Wrk,
    /// What PostgreSQL's own pgbench reaches.
    Limits,
    /// NDJSON batches of 500.
    Batches,
    /// `docket import` of the help desk's history, and of one ten times as long.
    Import,
    /// Commit to visible row.
    Freshness,
    /// Screens over a large database beside writes.
    Reads,
    /// Memory of `docket serve` once it has seen the large database.
    Memory,
    /// Read models computed anew from the large database.
    Rebuild,
    /// Throughput with a full log and with an empty one.
    FullLog,
}

/// Measures Docket beside its peers and the limits of its PostgreSQL.
#[derive(Clone, Parser)]
pub struct Plan {
    /// URL of a superuser of a PostgreSQL that nobody else uses now (./dev bench starts one).
    #[arg(long, env = "DOCKET_TEST_SERVER", hide_env_values = true)]
    pub server: String,
    /// The program `docket` to measure; otherwise the one beside this program.
    #[arg(long, env = "DOCKET_PROGRAM")]
    pub docket: Option<PathBuf>,
    /// Only these parts, with what they are compared with.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PART,…")]
    pub only: Vec<Part>,
    /// How often the figures that can be interleaved are taken, one after the other; the table shows medians.
    #[arg(long, default_value_t = 3)]
    pub rounds: usize,
    /// Seconds that such a figure takes in each round. 99th percentiles of waiting take four times as long.
    #[arg(long, default_value_t = 3.0)]
    pub seconds: f64,
    /// Cases that commands are sent to.
    #[arg(long, default_value_t = 10_000)]
    pub cases: usize,
    /// Cases of the large database; each has ten events.
    #[arg(long, default_value_t = 100_000)]
    pub large: usize,
    /// Events of the full log.
    #[arg(long, default_value_t = 5_000_000)]
    pub full: i64,
    /// The history to import.
    #[arg(long, env = "DOCKET_BENCH_HISTORY", default_value = "../shared/data/helpdesk.commands.ndjson.gz")]
    pub history: PathBuf,
    /// Leave the databases behind for whoever wants to look at them.
    #[arg(long)]
    pub keep: bool,
    /// Write the table there too.
    #[arg(long, value_name = "FILE")]
    pub markdown: Option<PathBuf>,
    /// One short round of everything, to see that it runs; its figures say little.
    #[arg(long)]
    pub quick: bool,
}

impl Plan {
    /// With `--quick` carried out.
    pub fn settled(mut self) -> Self {
        if self.quick {
            (self.rounds, self.seconds) = (1, 1.0);
            self.cases = self.cases.min(2_000);
            self.large = self.large.min(2_000);
            self.full = self.full.min(100_000);
        }
        self
    }

    pub fn wants(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }

    pub fn wants_any(&self, parts: &[Part]) -> bool {
        parts.iter().any(|part| self.wants(*part))
    }

    /// For a figure that is an amount of work in a time.
    pub fn lasting(&self) -> Duration {
        Duration::from_secs_f64(self.seconds)
    }

    /// For a figure that is the slowest hundredth of many.
    pub fn long(&self) -> Duration {
        self.lasting() * 4
    }
}
