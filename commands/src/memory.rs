//! States that were needed a moment ago, kept so that the next command need not read the whole history again.
//!
//! What is remembered here may be out of date (another process may have appended). That is harmless where the log checks the
//! version at the append; a refusal that rests on it is decided again on fresh state before it is given.

use domain::reservation::Reservation;
use domain::{Aggregate, Instant, StreamId};
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

    /// Remembers a state unless a newer one is known. A name that was taken is hardly ever looked at again; to remember it
    /// would cost a place among what is.
    pub fn put(&self, stream: StreamId, remembered: Remembered) {
        if stream.category == Reservation::CATEGORY {
            return;
        }
        let newer = self.0.get(&stream).is_some_and(|(known, _)| known.version > remembered.version);
        if !newer {
            self.0.insert(stream, (remembered, Moment::now()));
        }
    }

    pub fn forget(&self, stream: &StreamId) {
        self.0.remove(stream);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::cases::case::Case;
    use domain::{CaseId, TenantId};
    use uuid::Uuid;

    #[test]
    fn taken_names_take_no_room() {
        let tenant = TenantId(Uuid::from_u128(1));
        let memory = Memory::new(100);
        let state = |version| Remembered { version, last_at: None, state: Arc::new(()) };
        let case = StreamId::of::<Case>(tenant, CaseId(Uuid::from_u128(2)));
        memory.put(case.clone(), state(1));
        let name = StreamId::of::<Reservation>(tenant, Uuid::from_u128(3));
        memory.put(name.clone(), state(1));
        assert!(memory.get(&case).is_some());
        assert!(memory.get(&name).is_none());
    }

    #[test]
    fn an_older_state_never_takes_the_place_of_a_newer_one() {
        let memory = Memory::new(100);
        let stream = StreamId::of::<Case>(TenantId(Uuid::from_u128(1)), CaseId(Uuid::from_u128(2)));
        for version in [3, 2] {
            memory.put(stream.clone(), Remembered { version, last_at: None, state: Arc::new(()) });
        }
        assert_eq!(memory.get(&stream).map(|known| known.version), Some(3));
    }
}
