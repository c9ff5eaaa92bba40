//! `docket ingest`: takes in files of a telephone system's records, once or for as long as they grow.

use super::{Done, within};
use crate::calls::files::{Files, Following, Taken};
use crate::config::Config;
use clap::Subcommand;
use domain::SourceId;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use uuid::Uuid;

/// How often files that may grow are looked at.
const LOOK: Duration = Duration::from_millis(500);
/// How long to wait for a database or a log that does not answer.
const PAUSE: Duration = Duration::from_secs(2);

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

/// Takes files in. A file that ends in the middle of a line or cannot be read makes the exit code 2; the others are taken.
pub async fn ingest(mut config: Config, what: Ingest) -> Done {
    let Ingest::Cdr { paths, source, follow } = what;
    // A server that is running shows what comes in; beside it there is nothing else to do here.
    config.roles.clear();
    within(config, async |house| {
        let files = Files::of(house, SourceId(source)).await?;
        if follow { self::follow(files, paths).await } else { once(&files, &paths).await }
    })
    .await
}

async fn once(files: &Files, paths: &[PathBuf]) -> Done {
    let mut whole = true;
    let mut found = vec![];
    for path in paths {
        match Files::among(path) {
            Ok(inside) => found.extend(inside),
            Err(failed) => {
                whole = false;
                eprintln!("{failed}");
            }
        }
    }
    for path in found {
        match files.take(&path, false).await {
            Ok(taken) => {
                whole &= taken.cut.is_none();
                println!("{}: {}", path.display(), taken.sentence());
                if let Some(cut) = taken.cut {
                    eprintln!("{}: {cut}", path.display());
                }
            }
            Err(failed) if failed.is_of_a_file() => {
                whole = false;
                eprintln!("{failed}");
            }
            Err(failed) => return Err(failed.into()),
        }
    }
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

/// Ends only when it is asked to, or when the source is gone. A file that is away or a database that starts anew is waited for.
async fn follow(files: Files, paths: Vec<PathBuf>) -> Done {
    let mut following = Following::of(files, paths);
    loop {
        let mut pause = LOOK;
        for (path, came) in following.look().await {
            match came {
                Ok(taken) => say(&path, &taken),
                Err(failed) if failed.is_of_a_file() => tracing::warn!(%failed, "a file of records cannot be read for now"),
                Err(failed) if failed.may_pass() => {
                    tracing::warn!(%failed, path = %path.display(), "records wait in their file");
                    pause = PAUSE;
                }
                Err(failed) => return Err(failed.into()),
            }
        }
        tokio::time::sleep(pause).await;
    }
}

fn say(path: &Path, taken: &Taken) {
    if taken.tally.total() > 0 {
        println!("{}: {}", path.display(), taken.sentence());
    }
}
