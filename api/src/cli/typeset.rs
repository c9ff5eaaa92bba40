//! `docket typeset`: reads a report's JSON and writes its pages. The server starts it for every report; nobody else has to.

use super::Done;
use ::reports::Kind;
use std::io::{Read, Write};
use std::process::ExitCode;

/// From standard input to standard output.
pub fn typeset(kind: Kind) -> Done {
    step_back();
    let mut report = Vec::new();
    std::io::stdin().lock().read_to_end(&mut report)?;
    let pages = ::reports::typeset(kind, &report)?;
    let mut out = std::io::stdout().lock();
    out.write_all(&pages)?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// The desk goes before paper: others get the processors first, and if memory runs out it is this process that has to go. Where
/// that cannot be said, it is left unsaid.
fn step_back() {
    let _ = rustix::process::nice(10);
    let _ = std::fs::write("/proc/self/oom_score_adj", "900");
}
