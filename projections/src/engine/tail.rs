//! The newest events, read from the log once for all screens, and not more often than does them good.

use domain::{Fact, event::Unreadable};
use eventlog::{Log, Position, ReadError, Recorded};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use tokio::{sync::watch, time::Instant};

/// How many events a worker takes at a time.
pub const BATCH: usize = 2_000;
/// How many are kept for workers that are a little behind.
const KEPT: usize = 4 * BATCH;
/// The pause between two readings: larger batches cost less, and freshness is promised in hundreds of milliseconds.
const BREATH: Duration = Duration::from_millis(20);
/// The pause while somebody waits for what is on its way.
const SHORT_BREATH: Duration = Duration::from_millis(5);

/// An event, and what it says once somebody has asked.
pub struct Entry {
    pub event: Recorded,
    fact: OnceLock<Result<Fact, Unreadable>>,
}

impl Entry {
    pub fn new(event: Recorded) -> Self {
        Self { event, fact: OnceLock::new() }
    }

    pub fn fact(&self) -> Result<&Fact, &Unreadable> {
        self.fact.get_or_init(|| Fact::read(&self.event.name, &self.event.body)).as_ref()
    }
}

/// The log's end as the workers of one process share it: a dozen models cost one reading and one decoding.
pub struct Tail {
    log: Log,
    recent: Mutex<Recent>,
    /// Whoever reads on, and when that was done last.
    turn: tokio::sync::Mutex<Option<Instant>>,
    /// Up to where somebody waits for the read models.
    wanted: watch::Receiver<Position>,
}

/// Consecutive events.
#[derive(Default)]
struct Recent {
    after: Position,
    entries: VecDeque<Arc<Entry>>,
}

impl Recent {
    fn end(&self) -> Position {
        self.entries.back().map_or(self.after, |last| last.event.position)
    }

    fn after(&self, position: Position) -> Vec<Arc<Entry>> {
        let from = self.entries.partition_point(|entry| entry.event.position <= position);
        self.entries.range(from..).take(BATCH).cloned().collect()
    }

    fn extend(&mut self, entries: &[Arc<Entry>]) {
        self.entries.extend(entries.iter().cloned());
        while self.entries.len() > KEPT {
            self.after = self.entries.pop_front().map_or(self.after, |first| first.event.position);
        }
    }
}

impl Tail {
    pub fn of(log: Log, wanted: watch::Receiver<Position>) -> Self {
        Self { log, recent: Mutex::default(), turn: tokio::sync::Mutex::default(), wanted }
    }

    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Some events after this position; none at the end of the log.
    pub async fn after(&self, position: Position) -> Result<Vec<Arc<Entry>>, ReadError> {
        if let Some(known) = self.known(position) {
            return Ok(known);
        }
        // Held while reading, so that those who want the same wait for the one who reads it.
        let mut last = self.turn.lock().await;
        if let Some(known) = self.known(position) {
            return Ok(known);
        }
        if self.recent().after > position {
            // So far behind that nobody else wants the same.
            drop(last);
            return read(&self.log, position, BATCH).await;
        }
        if let Some(last) = *last {
            self.breathe(position, last).await;
        }
        let entries = read(&self.log, position, BATCH).await?;
        *last = (!entries.is_empty()).then(Instant::now);
        let mut recent = self.recent();
        if position > recent.end() {
            *recent = Recent { after: position, ..Recent::default() };
        }
        recent.extend(&entries);
        Ok(entries)
    }

    fn known(&self, position: Position) -> Option<Vec<Arc<Entry>>> {
        let recent = self.recent();
        (recent.after <= position && position < recent.end()).then(|| recent.after(position))
    }

    fn recent(&self) -> MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn breathe(&self, position: Position, last: Instant) {
        let wanted = async {
            tokio::time::sleep_until(last + SHORT_BREATH).await;
            // An error says that nobody can wait any more, and the engine is about to end.
            let _ = self.wanted.clone().wait_for(|wanted| *wanted > position).await;
        };
        let _ = tokio::time::timeout_at(last + BREATH, wanted).await;
    }
}

/// Reads the log without sharing it.
pub async fn read(log: &Log, after: Position, limit: usize) -> Result<Vec<Arc<Entry>>, ReadError> {
    Ok(log.read(after, limit).await?.into_iter().map(|event| Arc::new(Entry::new(event))).collect())
}
