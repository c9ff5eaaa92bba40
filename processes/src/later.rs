//! Which rows of a to-do list were attempted a moment ago and are left alone for a while.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

/// A note for each row of when it may be attempted again.
pub(crate) struct Later<K>(HashMap<K, Instant>);

impl<K: Eq + Hash> Later<K> {
    pub(crate) fn new() -> Self {
        Self(HashMap::new())
    }

    /// Takes the row if it may be attempted now, and leaves it alone for `pause` from here on.
    pub(crate) fn take(&mut self, row: K, pause: Duration) -> bool {
        let now = Instant::now();
        self.0.retain(|_, until| *until > now);
        match self.0.contains_key(&row) {
            true => false,
            false => {
                self.0.insert(row, now + pause);
                true
            }
        }
    }
}
