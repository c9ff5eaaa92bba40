//! The program `docket`: one for everything, from serving to proving.

use clap::Parser;
use std::process::ExitCode;

/// Requests are many small allocations on several threads, which the system's allocator is slow at (measured: a tenth of the CPU).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    api::cli::run(api::cli::Arguments::parse()).await
}
