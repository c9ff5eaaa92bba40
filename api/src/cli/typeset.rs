//! `docket typeset`: reads a report's JSON and writes its pages. The server starts it for every report; nobody else has to.

use super::Done;
use ::reports::Kind;
use std::io::{Read, Write};
use std::process::ExitCode;

/// From standard input to standard output.
pub fn typeset(kind: Kind) -> Done {
    let mut report = Vec::new();
    std::io::stdin().lock().read_to_end(&mut report)?;
    let pages = ::reports::typeset(kind, &report)?;
    let mut out = std::io::stdout().lock();
    out.write_all(&pages)?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}
