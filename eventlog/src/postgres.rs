//! The log that lasts: kept in PostgreSQL, written by one task that gathers what arrives and commits it together.
//!
//! Callers only wait on a channel: whoever stops waiting cannot leave a connection in the middle of a transaction, and what
//! was handed over is recorded all the same.

mod announcer;
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
    Connection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::{
    runtime::Handle,
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

/// How long to wait for a connection. Who waits longer learns late that the database is away, and later still that it is back.
const CONNECTION: Duration = Duration::from_secs(5);
/// A connection that was used so lately is taken to be alive without asking.
const ALIVE: Duration = Duration::from_secs(1);

/// A pool of at most so many connections.
pub fn pool_of(max: u32) -> PgPoolOptions {
    let pool = PgPoolOptions::new().max_connections(max).acquire_timeout(CONNECTION).test_before_acquire(false);
    pool.before_acquire(|conn, meta| {
        Box::pin(async move {
            if meta.idle_for > ALIVE {
                conn.ping().await?;
            }
            Ok(true)
        })
    })
}

/// A pool whose connections have taken on a role that owns nothing, for example [`APP_ROLE`].
pub async fn pool(options: PgConnectOptions, role: &str, max: u32) -> Result<PgPool, sqlx::Error> {
    pool_of(max).connect_with(as_role(options, role)).await
}

/// The log in PostgreSQL, as one process sees it.
pub struct PostgresLog {
    queue: mpsc::Sender<Item>,
    reader: PgPool,
    changes: Arc<watch::Sender<Position>>,
    listener: AbortHandle,
    /// Where reading is done. A connection lives on one runtime and must not be left in the middle of an answer, while whoever
    /// asks may be on a thread of the HTTP server, or gone.
    home: Handle,
}

impl PostgresLog {
    /// Opens the log of a migrated database: one connection to append, one to listen, and the given pool to read.
    pub async fn open(connect: PgConnectOptions, reader_pool: PgPool) -> Result<PostgresLog, sqlx::Error> {
        #[cfg(feature = "chaos")]
        crate::chaos::plant(&connect).await?;
        let head = reader::head(&reader_pool).await?;
        let changes = Arc::new(watch::Sender::new(head.position));
        let connect = as_role(connect, APP_ROLE);
        let (news, unheard) = watch::channel(head.position);
        let opening = Committer::open(connect.clone().application_name("docket committer"), changes.clone(), news);
        let queue = committer_thread(opening).await?;
        // Ends by itself when the committer has ended.
        tokio::spawn(announcer::tell(reader_pool.clone(), unheard));
        let listening = listener::follow(connect.application_name("docket listener"), changes.clone());
        let listener = tokio::spawn(listening).abort_handle();
        Ok(PostgresLog { queue, reader: reader_pool, changes, listener, home: Handle::current() })
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
        let pool = self.reader.clone();
        self.at_home(async move { reader::read(&pool, after, limit).await }).await
    }

    pub(crate) async fn read_streams(&self, streams: &[(StreamId, i64)]) -> Result<Vec<Recorded>, ReadError> {
        let (pool, streams) = (self.reader.clone(), streams.to_vec());
        self.at_home(async move { reader::read_streams(&pool, &streams).await }).await
    }

    pub(crate) async fn find_all(
        &self,
        tenant: TenantId,
        keys: &[&str],
    ) -> Result<HashMap<String, (Receipt, [u8; 32])>, ReadError> {
        let (pool, keys) = (self.reader.clone(), keys.iter().map(|key| key.to_string()).collect::<Vec<_>>());
        self.at_home(async move { reader::find_all(&pool, tenant, &keys).await }).await
    }

    pub(crate) async fn head(&self) -> Result<Head, ReadError> {
        let pool = self.reader.clone();
        self.at_home(async move { reader::head(&pool).await.map_err(reader::unavailable) }).await
    }

    async fn at_home<T: Send + 'static>(
        &self,
        reading: impl Future<Output = Result<T, ReadError>> + Send + 'static,
    ) -> Result<T, ReadError> {
        self.home.spawn(reading).await.unwrap_or_else(|gone| Err(ReadError::Unavailable(gone.to_string())))
    }

    pub(crate) fn changes(&self) -> watch::Receiver<Position> {
        self.changes.subscribe()
    }
}

/// A thread of its own for the committer, on which everybody waits: nothing else takes its turn there.
///
/// It ends when the queue is closed or nobody holds its other end, and everything in it is done.
async fn committer_thread(
    opening: impl Future<Output = Result<Committer, sqlx::Error>> + Send + 'static,
) -> Result<mpsc::Sender<Item>, sqlx::Error> {
    let (queue, items) = mpsc::channel(QUEUE);
    let (ready, opened) = oneshot::channel();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new().name("committer".into()).spawn(move || {
        runtime.block_on(async {
            match opening.await {
                Ok(committer) => {
                    let _ = ready.send(Ok(()));
                    committer.run(items).await;
                }
                Err(error) => drop(ready.send(Err(error))),
            }
        });
    })?;
    opened.await.unwrap_or(Err(sqlx::Error::WorkerCrashed))?;
    Ok(queue)
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
