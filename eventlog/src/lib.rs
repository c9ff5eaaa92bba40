//! How Docket remembers: one log of everything that happened, in one order, that nobody can change afterwards.
//!
//! Appends are serialised and batched, so the order of positions is the order of commits and there is never a hole to
//! skip over. Everything a caller hands in or gets back is in this file; [`postgres`] keeps the log in PostgreSQL,
//! [`memory`] keeps it in memory for tests, and both pass the same conformance suite.

mod admissible;
pub mod chaos;
pub mod leaf;
pub mod memory;
pub mod postgres;

use domain::{Actor, Cause, Instant, StreamId, TenantId};
use serde::{Deserialize, Serialize};
use std::{collections::HashMap, fmt, str::FromStr, sync::Arc};
use uuid::Uuid;

/// A place in the log. Ordered and opaque: only an adapter knows that PostgreSQL's are dense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Position(i64);

impl Position {
    /// Before the first event.
    pub const START: Position = Position(0);

    /// The position as the databases and JSON bodies write it.
    pub fn to_i64(self) -> i64 {
        self.0
    }

    /// A position read back from where it was written.
    pub fn from_i64(written: i64) -> Self {
        Position(written)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Position {
    type Err = std::num::ParseIntError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Position)
    }
}

/// An event about to be recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEvent {
    /// UUIDv7, made at the edge.
    pub id: Uuid,
    /// The stored name, for example `case.rejected`.
    pub name: String,
    /// The version of the body's shape, 1 unless said otherwise.
    pub schema: i16,
    /// Business time.
    pub occurred_at: Instant,
    /// The exact bytes of the JSON body.
    pub body: Vec<u8>,
}

/// What one append adds to one stream, which must be at `expected` (0: it must not exist yet).
#[derive(Clone, Debug, PartialEq)]
pub struct StreamAppend {
    pub stream: StreamId,
    pub expected: i64,
    pub events: Vec<NewEvent>,
}

/// All that follows from one command: over all its streams it is recorded as a whole or not at all.
///
/// Positions follow the order of `streams` and, within them, of `events`. The first event bears key and fingerprint. There is
/// at least one event, and no stream stands twice.
#[derive(Clone, Debug, PartialEq)]
pub struct Append {
    /// The tenant among whose keys `key` is unique.
    pub tenant: TenantId,
    pub key: String,
    /// SHA-256 of the command as it was asked, so that the same key with another body is noticed.
    pub fingerprint: [u8; 32],
    pub actor: Actor,
    pub cause: Cause,
    pub streams: Vec<StreamAppend>,
}

/// The lasting trace of an append, from which the first answer to its command can be given again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The stream of the first event: what the command was about.
    pub stream: StreamId,
    /// The version of that stream after the append.
    pub version: i64,
    /// The position of the append's last event.
    pub position: Position,
    pub recorded_at: Instant,
    /// True if an earlier append with this key and fingerprint gave it.
    pub replayed: bool,
}

/// Why an append was not recorded. Nothing of it was.
#[derive(Clone, Debug, thiserror::Error, PartialEq)]
pub enum AppendError {
    #[error("{stream} is no longer at version {expected}")]
    Conflict { stream: StreamId, expected: i64 },
    #[error("the key {key:?} was used for another command")]
    KeyReused { key: String },
    #[error("the log cannot be written: {0}")]
    Unavailable(String),
}

/// An event as it is remembered.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    pub position: Position,
    pub stream: StreamId,
    /// 1, 2, 3 … within its stream.
    pub version: i64,
    pub event_id: Uuid,
    pub name: String,
    pub schema: i16,
    /// The log's own time, never earlier than that of the event before.
    pub recorded_at: Instant,
    /// Business time.
    pub occurred_at: Instant,
    pub actor: Actor,
    pub cause: Cause,
    pub key: String,
    pub body: Vec<u8>,
    /// SHA-256 leaf of the canonical record (see [`leaf`]).
    pub leaf: [u8; 32],
}

/// The end of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    pub position: Position,
    pub recorded_at: Instant,
}

/// Why the log could not be read.
#[derive(Clone, Debug, thiserror::Error, PartialEq)]
pub enum ReadError {
    #[error("the log has a hole: after {after} comes {found}")]
    Hole { after: Position, found: Position },
    #[error("the log cannot be read: {0}")]
    Unavailable(String),
}

/// The log, wherever it is kept. Cheap to clone.
#[derive(Clone)]
pub struct Log(Keeper);

#[derive(Clone)]
enum Keeper {
    Postgres(Arc<postgres::PostgresLog>),
    Memory(Arc<memory::MemoryLog>),
}

impl From<postgres::PostgresLog> for Log {
    fn from(log: postgres::PostgresLog) -> Self {
        Log(Keeper::Postgres(Arc::new(log)))
    }
}

impl From<memory::MemoryLog> for Log {
    fn from(log: memory::MemoryLog) -> Self {
        Log(Keeper::Memory(Arc::new(log)))
    }
}

impl Log {
    /// Records one append, or says why not. Returning `Ok` means committed; the caller may go away without undoing it.
    pub async fn append(&self, append: Append) -> Result<Receipt, AppendError> {
        let mut receipts = self.append_all(vec![append]).await;
        receipts.pop().unwrap_or_else(|| Err(AppendError::Unavailable("no verdict came back".into())))
    }

    /// Records several appends in this order, each with its own verdict; a later one may build on an earlier one's versions.
    ///
    /// One that fails takes with it those that expect what it would have written, and no others.
    pub async fn append_all(&self, appends: Vec<Append>) -> Vec<Result<Receipt, AppendError>> {
        match &self.0 {
            Keeper::Postgres(log) => log.append_all(appends).await,
            Keeper::Memory(log) => log.append_all(appends),
        }
    }

    /// Up to `limit` events after `after`, in order and without a hole.
    pub async fn read(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, ReadError> {
        match &self.0 {
            Keeper::Postgres(log) => log.read(after, limit).await,
            Keeper::Memory(log) => log.read(after, limit),
        }
    }

    /// The events of several streams, each from after the version named beside it; by stream as asked, each in order.
    pub async fn read_streams(&self, streams: &[(StreamId, i64)]) -> Result<Vec<Recorded>, ReadError> {
        match &self.0 {
            Keeper::Postgres(log) => log.read_streams(streams).await,
            Keeper::Memory(log) => log.read_streams(streams),
        }
    }

    /// The receipt of the command that bore this key, with its fingerprint.
    pub async fn find(&self, tenant: TenantId, key: &str) -> Result<Option<(Receipt, [u8; 32])>, ReadError> {
        Ok(self.find_all(tenant, &[key]).await?.remove(key))
    }

    /// The same for many keys at once; those that were never used are not in it.
    pub async fn find_all(&self, tenant: TenantId, keys: &[&str]) -> Result<HashMap<String, (Receipt, [u8; 32])>, ReadError> {
        match &self.0 {
            Keeper::Postgres(log) => log.find_all(tenant, keys).await,
            Keeper::Memory(log) => log.find_all(tenant, keys),
        }
    }

    /// The end of the log.
    pub async fn head(&self) -> Result<Head, ReadError> {
        match &self.0 {
            Keeper::Postgres(log) => log.head().await,
            Keeper::Memory(log) => log.head(),
        }
    }

    /// A hint that something was appended, here or by another process. A follower also polls at least every 500 ms.
    pub fn changes(&self) -> tokio::sync::watch::Receiver<Position> {
        match &self.0 {
            Keeper::Postgres(log) => log.changes(),
            Keeper::Memory(log) => log.changes(),
        }
    }

    /// Takes no more appends, and returns when those taken have their verdicts. Reading goes on.
    pub async fn close(&self) {
        if let Keeper::Postgres(log) = &self.0 {
            log.close().await;
        }
    }
}
