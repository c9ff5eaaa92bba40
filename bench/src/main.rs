//! How fast is Docket, and how fast is what people write instead? One run on one machine prints one table.

mod crud;
mod docket;
mod history;
mod http;
mod limits;
mod load;
mod postgres;
mod rounds;
mod table;

use clap::Parser;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// What any step comes to; a benchmark that cannot go on says why and ends.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Measures Docket beside its peers and the limits of its PostgreSQL.
#[derive(Parser)]
pub struct Plan {
    /// URL of a superuser of a PostgreSQL that nobody else uses now (./dev bench starts one).
    #[arg(long, env = "DOCKET_TEST_SERVER", hide_env_values = true)]
    server: String,
    /// Every figure is taken in each round, one after the other; the table shows the medians.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Seconds that each figure takes in each round.
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// Cases that commands are sent to.
    #[arg(long, default_value_t = 10_000)]
    cases: usize,
    /// The history to import.
    #[arg(long, env = "DOCKET_BENCH_HISTORY", default_value = "../shared/data/helpdesk.commands.ndjson.gz")]
    history: PathBuf,
    /// One short round, to see that everything runs.
    #[arg(long)]
    quick: bool,
}

impl Plan {
    fn lasting(&self) -> Duration {
        Duration::from_secs_f64(self.seconds)
    }
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let mut plan = Plan::parse();
    if plan.quick {
        (plan.rounds, plan.seconds, plan.cases) = (1, 1.0, plan.cases.min(2_000));
    }
    let began = Instant::now();
    let server = postgres::Server::new(plan.server.clone());
    let machine = server.machine().await?;
    let busy = postgres::busy().await;
    eprintln!("{machine}");
    let (book, mut notes) = rounds::run(&server, &plan).await?;
    if let (Some(before), Some(after)) = (busy, postgres::busy().await) {
        // Whoever compiles beside a benchmark shall read it in the result.
        notes.push(format!(
            "The machine was {before:.0} % busy with other things just before the run and {after:.0} % just after it."
        ));
    }
    println!(
        "\n{machine}\n{} round(s) of {} s, {} cases, {:.0} s in all\n",
        plan.rounds,
        plan.seconds,
        plan.cases,
        began.elapsed().as_secs_f64()
    );
    book.print(&rounds::LINES);
    println!();
    for note in notes {
        println!("- {note}");
    }
    Ok(())
}
