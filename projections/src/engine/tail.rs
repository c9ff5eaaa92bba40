//! The newest events, read from the log once for all screens.

use domain::{Fact, event::Unreadable};
use eventlog::{Log, Position, ReadError, Recorded};
use std::collections::VecDeque;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

/// How many events a worker takes at a time.
pub const BATCH: usize = 500;

const KEPT: usize = 16;

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

/// Events of one reading of the log, from some place on.
pub struct Stretch {
    reading: Arc<Reading>,
    from: usize,
}

impl Deref for Stretch {
    type Target = [Entry];
    fn deref(&self) -> &[Entry] {
        self.reading.entries.get(self.from..).unwrap_or_default()
    }
}

struct Reading {
    after: Position,
    entries: Vec<Entry>,
}

/// The log's end as the workers of one process share it: a dozen models cost one reading and one decoding.
pub struct Tail {
    log: Log,
    readings: tokio::sync::Mutex<VecDeque<Arc<Reading>>>,
}

impl Tail {
    pub fn of(log: Log) -> Self {
        Self { log, readings: tokio::sync::Mutex::default() }
    }

    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Some events after this position; none at the end of the log.
    pub async fn after(&self, position: Position) -> Result<Stretch, ReadError> {
        // Held while reading, so that those who want the same wait for the one who reads it.
        let mut readings = self.readings.lock().await;
        let last = |reading: &Reading| reading.entries.last().map_or(reading.after, |entry| entry.event.position);
        if let Some(reading) = readings.iter().find(|reading| reading.after <= position && position < last(reading)) {
            let from = reading.entries.partition_point(|entry| entry.event.position <= position);
            return Ok(Stretch { reading: reading.clone(), from });
        }
        let events = self.log.read(position, BATCH).await?;
        let reading = Arc::new(Reading { after: position, entries: events.into_iter().map(Entry::new).collect() });
        if !reading.entries.is_empty() {
            readings.push_back(reading.clone());
            if readings.len() > KEPT {
                readings.pop_front();
            }
        }
        Ok(Stretch { reading, from: 0 })
    }
}
