//! Computes screens anew from the first event on, beside those in use: the log is read once for all of them.

use super::filling::Filling;
use super::tail::{self, Entry};
use super::{error::Error, models::Model};
use eventlog::{Log, Position, ReadError};
use futures::future::join_all;
use sqlx::PgPool;
use std::sync::Arc;
use tokio::{sync::mpsc, task::JoinSet};

/// How many events are read at a time.
pub const BATCH: usize = 5_000;
/// How many readings may wait for a screen that is slower than the reader.
const AHEAD: usize = 2;

/// Consecutive events, shared by all who fold them, and the end of the log.
pub type Batch = (Arc<Vec<Arc<Entry>>>, Position);

/// Fills new generations of these models side by side, for the role that owns the database. Until the moment of its swap each
/// goes on being read and followed as it was; parked streams are taken up again. If one cannot be filled, the others are.
/// `progress` hears the model, how far it is, and the end of the log.
pub async fn rebuild(
    owner: &PgPool,
    log: &Log,
    models: &[Model],
    progress: impl Fn(&'static str, Position, Position) + Send + Sync,
) -> Result<(), Error> {
    let mut models = models.to_vec();
    // Whoever else fills some of these takes their locks in the same order.
    models.sort_by_key(|model| model.name);
    let mut fillings = Vec::new();
    for model in &models {
        fillings.push(Filling::begin(owner, log.clone(), *model).await?);
    }
    let end = log.head().await?.position;
    let (feeds, readings): (Vec<_>, Vec<_>) = models.iter().map(|_| mpsc::channel(AHEAD)).unzip();
    // Ended when it is dropped, with whoever dropped this.
    let mut reader = JoinSet::new();
    reader.spawn(feed(log.clone(), end, models, feeds));
    let mut filled = Vec::new();
    for (filling, readings) in fillings.into_iter().zip(readings) {
        filled.push(filling.run(readings, &progress));
    }
    join_all(filled).await.into_iter().collect()
}

/// Reads the log up to `end` for all models, and decodes what any of them looks at. If that fails, each goes on reading by itself.
async fn feed(log: Log, end: Position, models: Vec<Model>, feeds: Vec<mpsc::Sender<Batch>>) -> Result<(), ReadError> {
    let mut after = Position::START;
    while after < end && feeds.iter().any(|feed| !feed.is_closed()) {
        let entries = tail::read(&log, after, BATCH).await?;
        let Some(last) = entries.last() else { break };
        after = last.event.position;
        for entry in &entries {
            if models.iter().any(|model| model.looks_at(&entry.event)) {
                // Read here, beside the folding; whoever folds finds it done.
                let _ = entry.fact();
            }
        }
        let batch = (Arc::new(entries), end.max(after));
        for feed in &feeds {
            // An error says that this model goes another way, or none.
            let _ = feed.send(batch.clone()).await;
        }
    }
    Ok(())
}
