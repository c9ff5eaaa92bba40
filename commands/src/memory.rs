//! States that were needed a moment ago, kept so that the next command need not read the whole history again.
//!
//! What is remembered here may be out of date (another process may have appended). That is harmless where the log checks the
//! version at the append; a refusal that rests on it is decided again on fresh state before it is given.

use domain::{Instant, StreamId};
use quick_cache::sync::Cache;
use std::any::Any;
use std::sync::Arc;
use std::time::{Duration, Instant as Moment};

/// A state and how far the history behind it goes.
#[derive(Clone)]
pub struct Remembered {
    pub version: i64,
    /// The business time of its last event.
    pub last_at: Option<Instant>,
    pub state: Arc<dyn Any + Send + Sync>,
}

/// The remembered states of one process, each with the moment since which it is known.
pub struct Memory(Cache<StreamId, (Remembered, Moment)>);

impl Memory {
    /// Room for this many states.
    pub fn new(capacity: usize) -> Self {
        Self(Cache::new(capacity))
    }

    pub fn get(&self, stream: &StreamId) -> Option<Remembered> {
        self.0.get(stream).map(|(remembered, _)| remembered)
    }

    /// The state, if it was right at most `age` ago.
    pub fn recent(&self, stream: &StreamId, age: Duration) -> Option<Remembered> {
        self.0.get(stream).filter(|(_, since)| since.elapsed() <= age).map(|(remembered, _)| remembered)
    }

    /// Remembers a state unless a newer one is known.
    pub fn put(&self, stream: StreamId, remembered: Remembered) {
        let newer = self.0.get(&stream).is_some_and(|(known, _)| known.version > remembered.version);
        if !newer {
            self.0.insert(stream, (remembered, Moment::now()));
        }
    }

    pub fn forget(&self, stream: &StreamId) {
        self.0.remove(stream);
    }
}
