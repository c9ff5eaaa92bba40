//! Keeps what people look at in step with the log: follows it, computes it anew when the rules change, and proves it.
//!
//! At boot [`set_up`] makes the tables, then [`Engine::start`] follows the log with one worker per read model. Several
//! programs may run engines on one database: of all workers for a model one leads.

mod checkpoint;
mod copy;
mod error;
mod filling;
mod fold;
mod generation;
mod models;
mod progress;
mod rebuild;
mod status;
mod step;
mod store;
mod tail;
mod verify;
mod worker;

pub use error::Error;
pub use generation::set_up;
pub use models::{Model, model};
pub use progress::Progress;
pub use rebuild::rebuild;
pub use status::{ModelStatus, lag, status};
pub use verify::{Difference, verify, verify_company};

use eventlog::{Log, Position};
use sqlx::{AssertSqlSafe, PgConnection, PgPool};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::{sync::watch, task::JoinHandle};

/// The workers of this process.
pub struct Engine {
    log: Log,
    pool: PgPool,
    progress: Progress,
    stopping: watch::Sender<bool>,
    workers: Mutex<Vec<JoinHandle<()>>>,
}

impl Engine {
    /// Follows the log for these models, on the current runtime. `owner` (the role that owns the database) makes and swaps
    /// tables when a model's version has changed; all else happens as `docket_projector`. Each worker has a connection of its
    /// own besides the pools'.
    pub fn start(log: Log, owner: PgPool, projector: PgPool, models: Vec<Model>) -> Engine {
        let stopping = watch::Sender::new(false);
        let progress = Progress::of(projector.clone(), &models);
        let tail = Arc::new(tail::Tail::of(log.clone(), progress.wanted()));
        let work = |model| {
            let worker = worker::Worker {
                model,
                tail: tail.clone(),
                owner: owner.clone(),
                projector: projector.clone(),
                progress: progress.clone(),
                stopping: stopping.subscribe(),
            };
            tokio::spawn(worker.run())
        };
        let workers = Mutex::new(models.into_iter().map(work).collect());
        Engine { log, pool: projector, progress, stopping, workers }
    }

    /// How far the models are, for whoever wants to wait for them.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Waits until every model that is not stopped reflects all that is on the log now; false if that takes over a minute.
    pub async fn settle(&self) -> bool {
        match self.log.head().await {
            Ok(head) => self.progress.wait_for_live(head.position, Duration::from_secs(60)).await,
            Err(_) => false,
        }
    }

    /// Waits until all models reflect the log up to this position; false if they do not in time or one is stopped short of it.
    pub async fn wait_for(&self, position: Position, timeout: Duration) -> bool {
        self.progress.wait_for(position, timeout).await
    }

    /// How all models are doing, whichever process computes them.
    pub async fn status(&self) -> Result<Vec<ModelStatus>, Error> {
        status(&self.pool, &self.log).await
    }

    /// Lets every worker finish its batch and ends them.
    pub async fn shutdown(&self) {
        self.stopping.send_replace(true);
        let workers = self.workers.lock().map(|mut workers| std::mem::take(&mut *workers)).unwrap_or_default();
        futures::future::join_all(workers).await;
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.stopping.send_replace(true);
    }
}

/// Makes a connection of one's own fit for folding rows in this schema. Rows can be computed again, so a commit need not wait
/// for the disk: checkpoint and rows are lost together or not at all.
async fn as_projector(conn: &mut PgConnection, schema: &str) -> Result<(), Error> {
    let session = format!(
        "set role docket_projector; set search_path = {schema}, public; set timezone = 'UTC'; set jit = off;
         set synchronous_commit = off"
    );
    sqlx::raw_sql(AssertSqlSafe(session)).execute(conn).await?;
    Ok(())
}

/// The same for storing batch after batch: every row is found by its primary key, be the table empty or large, so a statement is
/// planned once and for all.
async fn as_follower(conn: &mut PgConnection, schema: &str) -> Result<(), Error> {
    as_projector(conn, schema).await?;
    let pinned = "set plan_cache_mode = force_generic_plan; set enable_seqscan = off; set enable_hashjoin = off;
                  set enable_mergejoin = off";
    sqlx::raw_sql(pinned).execute(conn).await?;
    Ok(())
}
