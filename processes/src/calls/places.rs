//! How many telephone systems may be connected at once, and who makes room when all places are taken.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// The places for connections.
#[derive(Clone)]
pub(super) struct Places {
    most: usize,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Default)]
struct Taken {
    next: u64,
    by: HashMap<u64, Guest>,
}

/// Whoever is forgotten here is over.
struct Guest {
    heard: Instant,
    _stays: oneshot::Sender<()>,
}

/// The place of one connection.
#[derive(Clone)]
pub(super) struct Place {
    taken: Arc<Mutex<Taken>>,
    number: u64,
}

/// A place that was found for a connection.
pub(super) struct Seated<F> {
    pub place: Place,
    /// Comes when the place is gone: the connection is to be broken then.
    pub over: F,
    /// How long the one had been silent that made room.
    pub broken: Option<Duration>,
}

impl Places {
    pub fn new(most: usize) -> Self {
        Self { most, taken: Arc::default() }
    }

    /// A place; if there is none left, the connection that was silent longest loses its own. That is one whose other end is gone,
    /// if there is such a one; a telephone system that has something to say must not be kept out by it.
    pub fn take(&self) -> Seated<impl Future<Output = ()> + use<>> {
        let (stays, over) = oneshot::channel();
        let mut taken = lock(&self.taken);
        let mut broken = None;
        if taken.by.len() >= self.most
            && let Some((number, heard)) =
                taken.by.iter().map(|(number, guest)| (*number, guest.heard)).min_by_key(|by| (by.1, by.0))
        {
            taken.by.remove(&number);
            broken = Some(heard.elapsed());
        }
        let number = taken.next;
        taken.next += 1;
        taken.by.insert(number, Guest { heard: Instant::now(), _stays: stays });
        let place = Place { taken: self.taken.clone(), number };
        // An error means that the other half was let go of, which is the word that is waited for.
        Seated { place, over: async move { drop(over.await) }, broken }
    }
}

impl Place {
    /// Something came over this connection.
    pub fn was_heard(&self) {
        if let Some(guest) = lock(&self.taken).by.get_mut(&self.number) {
            guest.heard = Instant::now();
        }
    }

    /// Gives the place back, which breaks a connection that is still there. Whether it had not been given back already.
    pub fn leave(&self) -> bool {
        lock(&self.taken).by.remove(&self.number).is_some()
    }
}

fn lock(taken: &Mutex<Taken>) -> MutexGuard<'_, Taken> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_was_silent_longest_makes_room() {
        let places = Places::new(2);
        let (first, second) = (places.take(), places.take());
        assert_eq!((first.broken, second.broken), (None, None));
        tokio::time::sleep(Duration::from_millis(5)).await;
        first.place.was_heard();
        assert!(places.take().broken >= Some(Duration::from_millis(5)));
        second.over.await;
        assert!(!second.place.leave() && first.place.leave());
        first.over.await;
        assert_eq!(places.take().broken, None, "there was a place left");
    }
}
