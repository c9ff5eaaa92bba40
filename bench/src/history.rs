//! Histories brought in by `docket import`, each into a fresh database, with an eye on the memory it takes.

use crate::company::Company;
use crate::docket::program;
use crate::plan::Plan;
use crate::postgres::Server;
use crate::{Outcome, process};
use std::io::Write;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::process::Command;

/// Lines and events a second, and the most memory it ever had, in MiB.
pub struct Import {
    pub per_second: f64,
    pub events: f64,
    pub peak: f64,
}

/// Runs the command as people do. The figure is its own, taken from the first line to the last answer; what people look at
/// is computed after that.
pub async fn import(server: &Server, plan: &Plan, file: &Path) -> Outcome<Import> {
    let database = server.database("import").await?;
    let mut command = Command::new(program(plan)?);
    command.args(["import", "--tenant", "bench", "--database-url", &database.url]).arg(file);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true).spawn()?;
    let id = child.id().ok_or("it has ended")?;
    let watching = tokio::spawn(async move {
        let mut peak = 0.0;
        // The peak only grows, so the last look before the end says it.
        while let Ok(memory) = process::memory_of(id) {
            peak = memory.peak;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        peak
    });
    let (mut stdout, mut stderr) = (child.stdout.take().ok_or("no output")?, child.stderr.take().ok_or("no output")?);
    let (mut said, mut complaints) = (String::new(), String::new());
    tokio::try_join!(stdout.read_to_string(&mut said), stderr.read_to_string(&mut complaints))?;
    if !child.wait().await?.success() || !said.contains(", 0 refused") {
        return Err(format!("the import is not whole: {said}{complaints}").into());
    }
    let per_second = said.split_once('(').and_then(|(_, rest)| rest.split_once(" lines/s")?.0.parse().ok());
    let per_second: f64 = per_second.ok_or_else(|| format!("no figure in: {said}"))?;
    let lines: f64 =
        said.split_once(" lines in ").and_then(|(before, _)| before.rsplit(' ').next()?.parse().ok()).ok_or("no lines")?;
    let events = database.number("select last_position from log.head").await? as f64;
    server.drop(database).await?;
    Ok(Import { per_second, events: events / lines * per_second, peak: watching.await? })
}

/// Writes a made-up history that is ten times as long as the help desk's at the usual size of the large database.
pub fn write_long(plan: &Plan, file: &Path) -> Outcome<()> {
    let company = Company::with_cases(plan.large * 37 / 100);
    let mut file = std::io::BufWriter::new(std::fs::File::create(file)?);
    let begin = chrono::DateTime::from_timestamp(1_577_836_800, 0).ok_or("no such time")?;
    let stages = (0..company.cohorts()).flat_map(|cohort| company.stages(cohort)).flatten();
    for (n, mut command) in (0..).zip(company.registrations().into_iter().chain(stages)) {
        command["key"] = format!("made-{n}").into();
        command["at"] = (begin + chrono::Duration::seconds(n)).to_rfc3339().into();
        writeln!(file, "{command}")?;
    }
    Ok(file.flush()?)
}
