//! Does Docket survive what happens to real servers? Breaks it on purpose, again and again, and prints what that cost.

mod client;
mod cluster;
mod desk;
mod faults;
mod hostile;
mod http;
mod journal;
mod meter;
mod mix;
mod mutants;
mod oracle;
mod plan;
mod proxy;
mod row;
mod server;
mod stage;
mod table;
mod world;

use clap::Parser;
use plan::Plan;
use std::process::ExitCode;

/// What any step comes to; a survival test that cannot go on says why and ends.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[tokio::main]
async fn main() -> ExitCode {
    let run = async { stage::run(Plan::parse().ready()?).await };
    let done = tokio::select! {
        done = run => done,
        // Dropping the run stops every process that it started.
        () = plan::interrupted() => Err("interrupted".into()),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("chaos: {error}");
            ExitCode::FAILURE
        }
    }
}
