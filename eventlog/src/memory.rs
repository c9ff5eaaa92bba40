//! A log that is gone when the program ends: the same promises as the lasting one, for tests that want no database.

use crate::{Append, AppendError, Head, Position, ReadError, Receipt, Recorded, StreamAppend, admissible, leaf};
use domain::{Instant, StreamId, TenantId};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};
use tokio::sync::watch;

/// The log in memory.
pub struct MemoryLog {
    written: Mutex<Written>,
    changes: watch::Sender<Position>,
}

#[derive(Default)]
struct Written {
    events: Vec<Recorded>,
    /// Where in `events` each stream's events are, in the order of their versions.
    streams: HashMap<StreamId, Vec<usize>>,
    receipts: HashMap<(TenantId, String), (Receipt, [u8; 32])>,
}

impl Default for MemoryLog {
    fn default() -> Self {
        MemoryLog { written: Mutex::default(), changes: watch::Sender::new(Position::START) }
    }
}

impl MemoryLog {
    pub fn new() -> Self {
        Self::default()
    }

    pub(crate) fn append_all(&self, appends: Vec<Append>) -> Vec<Result<Receipt, AppendError>> {
        let mut written = self.lock();
        let now = written.now();
        let verdicts = appends.into_iter().map(|append| written.append(append, now)).collect();
        let head = written.head().position;
        self.changes.send_if_modified(|seen| std::mem::replace(seen, head) < head);
        verdicts
    }

    pub(crate) fn read(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, ReadError> {
        let from = usize::try_from(after.to_i64()).unwrap_or_default();
        Ok(self.lock().events.iter().skip(from).take(limit).cloned().collect())
    }

    pub(crate) fn read_streams(&self, streams: &[(StreamId, i64)]) -> Result<Vec<Recorded>, ReadError> {
        let written = self.lock();
        let events = streams.iter().flat_map(|(stream, after)| {
            let places = written.streams.get(stream).map(Vec::as_slice).unwrap_or_default();
            places.iter().skip(usize::try_from(*after).unwrap_or_default()).map(|&place| &written.events[place])
        });
        Ok(events.cloned().collect())
    }

    pub(crate) fn find_all(&self, tenant: TenantId, keys: &[&str]) -> Result<HashMap<String, (Receipt, [u8; 32])>, ReadError> {
        let written = self.lock();
        let found = keys.iter().filter_map(|key| {
            let (receipt, fingerprint) = written.receipts.get(&(tenant, (*key).to_owned())).cloned()?;
            Some(((*key).to_owned(), (Receipt { replayed: true, ..receipt }, fingerprint)))
        });
        Ok(found.collect())
    }

    pub(crate) fn head(&self) -> Result<Head, ReadError> {
        Ok(self.lock().head())
    }

    pub(crate) fn changes(&self) -> watch::Receiver<Position> {
        self.changes.subscribe()
    }

    /// A thread that panicked while it held the lock wrote nothing by halves: `append` checks before it changes anything.
    fn lock(&self) -> MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Written {
    fn head(&self) -> Head {
        match self.events.last() {
            Some(last) => Head { position: last.position, recorded_at: last.recorded_at },
            None => Head { position: Position::START, recorded_at: Instant::UNIX_EPOCH },
        }
    }

    /// The log's time: the clock's, in microseconds, and never earlier than before.
    fn now(&self) -> Instant {
        use chrono::SubsecRound;
        chrono::Utc::now().trunc_subsecs(6).max(self.head().recorded_at)
    }

    fn version(&self, stream: &StreamId) -> i64 {
        self.streams.get(stream).map_or(0, |places| places.len() as i64)
    }

    fn append(&mut self, mut append: Append, now: Instant) -> Result<Receipt, AppendError> {
        admissible::admit(&mut append)?;
        match self.receipts.get(&(append.tenant, append.key.clone())) {
            Some((receipt, seen)) if *seen == append.fingerprint => return Ok(Receipt { replayed: true, ..receipt.clone() }),
            Some(_) => return Err(AppendError::KeyReused { key: append.key }),
            None => {}
        }
        if let Some(StreamAppend { stream, expected, .. }) =
            append.streams.iter().find(|stream| self.version(&stream.stream) != stream.expected)
        {
            return Err(AppendError::Conflict { stream: stream.clone(), expected: *expected });
        }
        let mut first = None;
        for StreamAppend { stream, expected, events } in append.streams {
            if events.is_empty() {
                continue;
            }
            first.get_or_insert_with(|| (stream.clone(), expected + events.len() as i64));
            for (version, event) in (expected + 1..).zip(events) {
                let mut recorded = Recorded {
                    position: Position::from_i64(self.events.len() as i64 + 1),
                    stream: stream.clone(),
                    version,
                    event_id: event.id,
                    name: event.name,
                    schema: event.schema,
                    recorded_at: now,
                    occurred_at: event.occurred_at,
                    actor: append.actor.clone(),
                    cause: append.cause,
                    key: append.key.clone(),
                    body: event.body,
                    leaf: [0; 32],
                };
                recorded.leaf = leaf::leaf(&recorded);
                self.streams.entry(stream.clone()).or_default().push(self.events.len());
                self.events.push(recorded);
            }
        }
        let Some((stream, version)) = first else {
            return Err(AppendError::Unavailable("an append without events is never recorded".into()));
        };
        let receipt = Receipt { stream, version, position: self.head().position, recorded_at: now, replayed: false };
        self.receipts.insert((append.tenant, append.key), (receipt.clone(), append.fingerprint));
        Ok(receipt)
    }
}
