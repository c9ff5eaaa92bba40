//! The log that lasts: kept in PostgreSQL, written by one task that gathers what arrives and commits it together.
//!
//! Callers only wait on a channel: whoever stops waiting cannot leave a connection in the middle of a transaction, and what
//! was handed over is recorded all the same.

mod committer;
mod incoming;
mod listener;
mod reader;
mod safety;

pub use safety::{NotSafe, refuse_unless_safe};

use crate::{Append, AppendError, Head, Position, ReadError, Receipt, Recorded, admissible};
use committer::{Committer, Item};
use domain::{StreamId, TenantId};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::AbortHandle,
};

/// The role under which the log is read and appended to.
pub const APP_ROLE: &str = "docket_app";

/// Items that may wait for the committer before callers have to wait for a place in the queue.
const QUEUE: usize = 1_024;

/// Options under which a connection takes on a role from its first moment, so that `reset role` leads back to it and no further.
pub fn as_role(options: PgConnectOptions, role: &str) -> PgConnectOptions {
    options.options([("role", role)])
}

/// A pool whose connections have taken on a role that owns nothing, for example [`APP_ROLE`].
pub async fn pool(options: PgConnectOptions, role: &str, max: u32) -> Result<PgPool, sqlx::Error> {
    PgPoolOptions::new().max_connections(max).connect_with(as_role(options, role)).await
}

/// The log in PostgreSQL, as one process sees it.
pub struct PostgresLog {
    queue: mpsc::Sender<Item>,
    reader: PgPool,
    changes: Arc<watch::Sender<Position>>,
    listener: AbortHandle,
}

impl PostgresLog {
    /// Opens the log of a migrated database: one connection to append, one to listen, and the given pool to read.
    pub async fn open(connect: PgConnectOptions, reader_pool: PgPool) -> Result<PostgresLog, sqlx::Error> {
        let head = reader::head(&reader_pool).await?;
        let changes = Arc::new(watch::Sender::new(head.position));
        let connect = as_role(connect, APP_ROLE);
        let committer = Committer::open(connect.clone().application_name("docket committer"), changes.clone()).await?;
        let (queue, items) = mpsc::channel(QUEUE);
        // Ends by itself when the queue is closed or nobody holds its other end, and everything in it is done.
        tokio::spawn(committer.run(items));
        let listening = listener::follow(connect.application_name("docket listener"), changes.clone());
        let listener = tokio::spawn(listening).abort_handle();
        Ok(PostgresLog { queue, reader: reader_pool, changes, listener })
    }

    /// Takes no more appends, and returns when those taken have their verdicts.
    pub async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.queue.send(Item::Close(done)).await.is_ok() {
            // An error says the committer is gone already, which is what is wanted.
            let _ = closed.await;
        }
        self.listener.abort();
    }

    pub(crate) async fn append_all(&self, appends: Vec<Append>) -> Vec<Result<Receipt, AppendError>> {
        let mut verdicts = Vec::with_capacity(appends.len());
        let mut admitted = Vec::with_capacity(appends.len());
        for mut append in appends {
            verdicts.push(admissible::admit(&mut append).err().map(Err));
            if matches!(verdicts.last(), Some(None)) {
                admitted.push(append);
            }
        }
        let mut answers = self.commit(admitted).await.into_iter();
        let silence = || Err(AppendError::Unavailable("no verdict came back".into()));
        verdicts.into_iter().map(|refused| refused.or_else(|| answers.next()).unwrap_or_else(silence)).collect()
    }

    async fn commit(&self, appends: Vec<Append>) -> Vec<Result<Receipt, AppendError>> {
        let count = appends.len();
        let unavailable = |why: &str| vec![Err(AppendError::Unavailable(why.to_owned())); count];
        let (answer, verdicts) = oneshot::channel();
        match self.queue.send(Item::Append(appends, answer)).await {
            Ok(()) => verdicts.await.unwrap_or_else(|_| unavailable("the committer stopped without an answer")),
            Err(_) => unavailable("it is closed"),
        }
    }

    pub(crate) async fn read(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, ReadError> {
        reader::read(&self.reader, after, limit).await
    }

    pub(crate) async fn read_streams(&self, streams: &[(StreamId, i64)]) -> Result<Vec<Recorded>, ReadError> {
        reader::read_streams(&self.reader, streams).await
    }

    pub(crate) async fn find_all(
        &self,
        tenant: TenantId,
        keys: &[&str],
    ) -> Result<HashMap<String, (Receipt, [u8; 32])>, ReadError> {
        reader::find_all(&self.reader, tenant, keys).await
    }

    pub(crate) async fn head(&self) -> Result<Head, ReadError> {
        reader::head(&self.reader).await.map_err(reader::unavailable)
    }

    pub(crate) fn changes(&self) -> watch::Receiver<Position> {
        self.changes.subscribe()
    }
}

impl Drop for PostgresLog {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

/// Moves the hint forward; an older number that arrives late changes nothing.
fn hint(changes: &watch::Sender<Position>, position: Position) {
    changes.send_if_modified(|seen| {
        let newer = position > *seen;
        *seen = position.max(*seen);
        newer
    });
}
