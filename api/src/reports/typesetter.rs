//! Typesetting in a process of its own, whose memory goes back to the machine with it.

use crate::error::Error;
use ::reports::Kind;
use actix_web::web::Bytes;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

/// More pages are not read.
const MOST_BYTES: u64 = 64 << 20;

/// The pages of a report, from its JSON, by `docket typeset`, which is ended if it takes longer than it may.
pub async fn typeset(program: Option<&Path>, patience: Duration, kind: Kind, report: Vec<u8>) -> Result<Bytes, Error> {
    let program = program.map_or_else(own, |program| Ok(program.to_owned())).map_err(Error::internal)?;
    let mut command = Command::new(program);
    // It needs nothing of what we know, least of all the way to the database.
    command.arg("typeset").arg(kind.word()).env_clear().kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().map_err(Error::internal)?;
    let (Some(mut stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(Error::internal("the typesetter has no ears or no mouth"));
    };
    let tell = async move {
        // If it does not listen to the end, its exit code says why.
        let _ = stdin.write_all(&report).await;
    };
    let mut pages = Vec::new();
    let work = async {
        let mut listen = stdout.take(MOST_BYTES);
        let (read, ()) = tokio::join!(listen.read_to_end(&mut pages), tell);
        drop(listen);
        read.and(child.wait().await)
    };
    match tokio::time::timeout(patience, work).await {
        Ok(Ok(status)) if status.success() => Ok(Bytes::from(pages)),
        Ok(Ok(status)) => Err(Error::internal(format!("the typesetter ended with {status}"))),
        Ok(Err(error)) => Err(Error::internal(error)),
        Err(_) => Err(Error::unavailable(format!("the report took longer than {} s to typeset", patience.as_secs()))),
    }
}

/// This very program, also when another one has been put in its place on the disk meanwhile.
fn own() -> std::io::Result<PathBuf> {
    if cfg!(target_os = "linux") { Ok(PathBuf::from("/proc/self/exe")) } else { std::env::current_exe() }
}
