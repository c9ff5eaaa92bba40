//! The disk under PostgreSQL fills up under load, to the last byte, and is freed again.

use crate::Outcome;
use crate::cluster::{Cluster, words};
use crate::row::Row;
use crate::stage::Stage;
use crate::world::{Setup, World};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Room for PostgreSQL with what two dozen clients write in a few rounds.
const SIZE: &str = "size=900m";
/// How long the disk is full at least, and how long it may take until somebody is told so.
const LASTING: Duration = Duration::from_secs(3);
const PATIENCE: Duration = Duration::from_secs(30);

pub async fn run(stage: &mut Stage, rounds: usize) -> Outcome<Row> {
    let disk = match SmallDisk::mount() {
        Ok(disk) => disk,
        Err(error) => {
            return Ok(Row {
                notes: vec![format!("skipped, no small disk can be mounted (that needs root): {error}")],
                ..Row::default()
            });
        }
    };
    let cluster = Arc::new(Cluster::create(&disk.at, "disk").await?);
    let setup = Setup { clients: 16, restless: true, ..Setup::default() };
    let mut world = stage.world_on(cluster.clone(), &setup).await?;
    let fault = async |world: &mut World| fill(world, &disk.at).await;
    for _ in 0..rounds {
        if let Err(error) = world.round(fault).await {
            world.row.broken.push(error.to_string());
            break;
        }
    }
    world.close().await
}

/// Takes all that is left on the disk, again and again, until clients have been turned away; then frees it.
async fn fill(world: &mut World, disk: &Path) -> Outcome<Instant> {
    let unavailable = |world: &World| world.load.seen().statuses.get(&503).copied().unwrap_or(0);
    let (began, before) = (Instant::now(), unavailable(world));
    let ballast = disk.join("ballast");
    let mut file = File::create(&ballast)?;
    while began.elapsed() < LASTING || unavailable(world) == before {
        while file.write(&[0; 1 << 16]).is_ok_and(|written| written > 0) {}
        sleep(Duration::from_millis(20)).await;
        if began.elapsed() > PATIENCE {
            world.row.broken.push(format!("the disk was full for {PATIENCE:?}, and nobody was told so (503)"));
            break;
        }
    }
    drop(file);
    std::fs::remove_file(&ballast)?;
    // If it could not even write its own log it is down, and somebody starts it again.
    world.cluster.running().await?;
    Ok(Instant::now())
}

/// A disk in memory. Dropped, it is gone.
struct SmallDisk {
    at: PathBuf,
}

impl SmallDisk {
    fn mount() -> Outcome<Self> {
        let at = std::env::temp_dir().join(format!("docket-chaos-disk-{}", std::process::id()));
        std::fs::create_dir_all(&at)?;
        let disk = Self { at };
        words("mount", &["-t", "tmpfs", "-o", SIZE, "tmpfs", &disk.at.display().to_string()])?;
        Ok(disk)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Not mounted, if that was what failed. Lazily, because the last of PostgreSQL's processes may be on its way out.
        let _ = words("umount", &["-l", &self.at.display().to_string()]);
        let _ = std::fs::remove_dir(&self.at);
    }
}
