//! How long `docket rebuild` takes to compute what people look at anew.

use crate::Outcome;
use crate::postgres::Database;
use std::path::Path;
use std::process::Stdio;
use std::time::Instant;
use tokio::io::AsyncReadExt;
use tokio::process::Command;

/// Seconds for one read model, or for all of them: from the first word of progress to the end of the program.
pub async fn rebuild(program: &Path, database: &Database, model: Option<&str>) -> Outcome<f64> {
    let mut command = Command::new(program);
    // Progress is all that it then says on standard error.
    command.args(["rebuild", "--log", "warn", "--database-url", &database.url]).args(model);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true).spawn()?;
    let mut progress = child.stderr.take().ok_or("no progress")?;
    let mut said = vec![0; 1];
    progress.read_exact(&mut said).await?;
    let began = Instant::now();
    progress.read_to_end(&mut said).await?;
    match child.wait().await?.success() {
        true => Ok(began.elapsed().as_secs_f64()),
        false => Err(String::from_utf8_lossy(&said).into()),
    }
}
