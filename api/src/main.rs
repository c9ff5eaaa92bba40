//! The program `docket`: one for everything, from serving to proving.

use clap::Parser;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    api::cli::run(api::cli::Arguments::parse()).await
}
