//! `docket ingest`: takes in files of a telephone system's records, once or for as long as they grow.

use super::{Done, within};
use crate::calls::files::{Files, Taken};
use crate::config::Config;
use clap::Subcommand;
use domain::SourceId;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use uuid::Uuid;

/// How often files that may grow are looked at.
const LOOK: Duration = Duration::from_millis(500);

/// What can be taken in.
#[derive(Subcommand)]
pub enum Ingest {
    /// Call detail records of 3CX, a line each (.gz or plain). What was taken is remembered: a run that was cut off goes on there.
    Cdr {
        /// Files, or folders of files.
        #[arg(required = true, value_name = "FILE|DIR")]
        paths: Vec<PathBuf>,
        /// The telephone system (source) they come from.
        #[arg(long)]
        source: Uuid,
        /// Go on with whatever is added to them, until asked to stop.
        #[arg(long)]
        follow: bool,
    },
}

/// Takes files in. A file that ends in the middle of a line makes the exit code 2.
pub async fn ingest(mut config: Config, what: Ingest) -> Done {
    let Ingest::Cdr { paths, source, follow } = what;
    // A server that is running shows what comes in; beside it there is nothing else to do here.
    config.roles.clear();
    within(config, async |house| {
        let files = Files::of(house, SourceId(source)).await?;
        loop {
            let mut whole = true;
            for path in Files::among(&paths)? {
                let taken = files.take(&path, follow).await?;
                whole &= taken.cut.is_none();
                say(&path, &taken, follow);
            }
            match (follow, whole) {
                (true, _) => tokio::time::sleep(LOOK).await,
                (false, true) => return Ok(ExitCode::SUCCESS),
                (false, false) => return Ok(ExitCode::from(2)),
            }
        }
    })
    .await
}

fn say(path: &std::path::Path, taken: &Taken, follow: bool) {
    if !follow || taken.tally.total() > 0 {
        println!("{}: {}", path.display(), taken.sentence());
    }
    if let Some(cut) = taken.cut.as_ref().filter(|_| !follow) {
        eprintln!("{}: {cut}", path.display());
    }
}
