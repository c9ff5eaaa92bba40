//! How many requests are worked on at once: the others wait their turn, and are told to come back if it does not come soon.
//!
//! Each company has a share of the places. As long as nobody else needs little, it may have spare ones too; but a company that
//! asks for very much beside one that asks for little waits for itself, and leaves the machine room to answer the other at once.

use crate::error::Error;
use domain::TenantId;
use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// Places in all. Each request may hold a body of up to 1 MiB, so this bounds the memory too.
const ALL: usize = 256;
/// Places that one company can have at the most: enough to keep the log busy, which commits together what has come meanwhile.
const MOST: usize = 64;
/// Places for each processor that are a company's share, come what may.
const PER_PROCESSOR: usize = 2;
/// How long a company that needs little counts as being there, and one that needed much as needing it.
const THERE: Duration = Duration::from_secs(1);
/// How long to wait for a place. Later the caller may have given up, and work for nobody would keep others waiting.
const TURN: Duration = Duration::from_secs(3);
/// Requests of one company that may wait at the same time; more are turned away at once, which costs hardly anything.
const QUEUE: usize = 1_000;
/// Seconds to stay away for after that, not the same for everybody, or they would all come back at once. Turning people away is
/// work too: the sooner they came back the less would get done.
const AWAY: RangeInclusive<u64> = 5..=15;
/// What has no answer by then gets none but this: whoever waits for a database that says nothing must know where they are.
pub const ANSWER: Duration = Duration::from_secs(10);

/// The places of one process.
pub struct Places {
    share: usize,
    all: Arc<Semaphore>,
    spare: Arc<Semaphore>,
    companies: Mutex<Companies>,
}

#[derive(Default)]
struct Companies {
    known: HashMap<TenantId, Known>,
    /// Who was the last to ask while needing little, and when another one did before.
    last: Option<(TenantId, Instant)>,
    other: Option<Instant>,
}

struct Known {
    company: Arc<Company>,
    /// When it last had more requests here than its share.
    much: Option<Instant>,
}

struct Company {
    share: Arc<Semaphore>,
    /// Requests that are worked on or wait for a place.
    here: AtomicUsize,
}

/// A request's place, given back when it is answered.
pub struct Place {
    _permits: [OwnedSemaphorePermit; 2],
    _here: Here,
}

/// Counts a request for as long as it is here.
struct Here(Arc<Company>);

impl Drop for Here {
    fn drop(&mut self) {
        self.0.here.fetch_sub(1, Ordering::Relaxed);
    }
}

tokio::task_local! {
    static MINE: RefCell<Option<Place>>;
}

/// Does the work of a request on its place.
pub async fn on<T>(place: Option<Place>, work: impl Future<Output = T>) -> T {
    MINE.scope(RefCell::new(place), work).await
}

/// Gives back the place of this very request early: from here on it only waits for others.
pub fn leave() {
    // Outside a request there is none.
    let _ = MINE.try_with(|place| place.take());
}

impl Default for Places {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let share = (PER_PROCESSOR * processors).clamp(4, MOST);
        let semaphore = |places| Arc::new(Semaphore::new(places));
        Self { share, all: semaphore(ALL), spare: semaphore(MOST - share), companies: Mutex::default() }
    }
}

impl Places {
    /// Waits for a place among one's own company's, or a spare one, and then for one among all.
    pub async fn take(&self, company: TenantId) -> Result<Place, Error> {
        let (here, ahead, generous) = self.enter(company);
        if ahead >= MOST + QUEUE {
            return Err(self.away());
        }
        let share = here.0.share.clone();
        let own = async {
            match generous {
                false => share.acquire_owned().await,
                true => tokio::select! {
                    biased;
                    own = share.acquire_owned() => own,
                    spare = self.spare.clone().acquire_owned() => spare,
                },
            }
        };
        let both = async { Ok::<_, tokio::sync::AcquireError>([own.await?, self.all.clone().acquire_owned().await?]) };
        match timeout(TURN, both).await {
            Ok(Ok(permits)) => Ok(Place { _permits: permits, _here: here }),
            _ => Err(self.away()),
        }
    }

    /// Counts the request; says too how many of its company are here before it, and whether it may have a spare place, because
    /// nobody else is there who needs little.
    fn enter(&self, company: TenantId) -> (Here, usize, bool) {
        let now = Instant::now();
        let mut companies = self.companies.lock().unwrap_or_else(PoisonError::into_inner);
        let recently = |at: Option<Instant>| at.is_some_and(|at| now.duration_since(at) <= THERE);
        let new = || Company { share: Arc::new(Semaphore::new(self.share)), here: AtomicUsize::new(0) };
        let known = companies.known.entry(company).or_insert_with(|| Known { company: Arc::new(new()), much: None });
        let here = Here(known.company.clone());
        let ahead = here.0.here.fetch_add(1, Ordering::Relaxed);
        if ahead >= self.share {
            known.much = Some(now);
        }
        let needs_little = !recently(known.much);
        let (same, at) = companies.last.map_or((true, None), |(last, at)| (last == company, Some(at)));
        let other = if same { companies.other } else { at };
        if needs_little {
            (companies.last, companies.other) = (Some((company, now)), other);
        }
        (here, ahead, !recently(other))
    }

    fn away(&self) -> Error {
        let seconds = rand::random_range(AWAY);
        let error = match self.all.available_permits() {
            0 => Error::unavailable(format!("more is asked for than can be done at the moment; wait {seconds} s")),
            _ => Error::throttled(format!("your company asks for more at once than its share; wait {seconds} s"), seconds),
        };
        Error { retry_after: Some(seconds), ..error }
    }

    /// Forgets companies that ask for nothing at the moment.
    pub fn sweep(&self) {
        let mut companies = self.companies.lock().unwrap_or_else(PoisonError::into_inner);
        companies.known.retain(|_, known| Arc::strong_count(&known.company) > 1);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::error::Kind;
    use uuid::Uuid;

    fn company() -> TenantId {
        TenantId(Uuid::now_v7())
    }

    async fn taken(places: &Places, company: TenantId, number: usize) -> Vec<Place> {
        let mut taken = Vec::new();
        for _ in 0..number {
            taken.push(places.take(company).await.unwrap());
        }
        taken
    }

    async fn refused(places: &Places, company: TenantId) -> Kind {
        let error = places.take(company).await.err().unwrap();
        assert!(error.retry_after.is_some_and(|seconds| AWAY.contains(&seconds)));
        error.kind
    }

    #[tokio::test]
    async fn whoever_is_alone_takes_more_and_then_waits_for_itself_alone() {
        let (places, noisy, quiet) = (Places::default(), company(), company());
        let mut held = taken(&places, noisy, MOST).await;
        assert_eq!(refused(&places, noisy).await, Kind::Throttled);
        held.extend(taken(&places, quiet, places.share).await);
        // Whoever waits gets the next place that becomes free.
        let (waited, ()) = tokio::join!(places.take(noisy), async { drop(held.remove(0)) });
        assert!(waited.is_ok());
    }

    #[tokio::test]
    async fn beside_one_that_needs_little_everybody_has_their_share_and_no_more() {
        let (places, noisy, quiet) = (Places::default(), company(), company());
        drop(taken(&places, quiet, 1).await);
        let held = taken(&places, noisy, places.share).await;
        assert_eq!(refused(&places, noisy).await, Kind::Throttled);
        drop(held);
        // Later the quiet one is gone (that took a second), and the noisy one has all it can have.
        assert_eq!(taken(&places, noisy, MOST).await.len(), MOST);
    }

    #[tokio::test]
    async fn two_that_both_need_much_share_what_is_spare() {
        let (places, one, other) = (Places::default(), company(), company());
        let mut held = taken(&places, one, places.share).await;
        held.extend(taken(&places, other, places.share).await);
        tokio::time::sleep(THERE).await;
        for _ in 0..(MOST - places.share) / 2 {
            held.extend(taken(&places, one, 1).await);
            held.extend(taken(&places, other, 1).await);
        }
        assert_eq!(held.len(), MOST + places.share);
    }

    #[tokio::test]
    async fn whoever_comes_to_a_queue_that_is_too_long_is_turned_away_at_once() {
        let (places, company) = (Places::default(), company());
        let _held = taken(&places, company, MOST).await;
        let queue = futures::future::join_all((0..QUEUE).map(|_| places.take(company)));
        let late = async {
            tokio::task::yield_now().await;
            let began = Instant::now();
            assert_eq!(refused(&places, company).await, Kind::Throttled);
            began.elapsed()
        };
        let (waited, at_once) = tokio::join!(queue, late);
        assert!(waited.iter().all(Result::is_err) && at_once < TURN / 2);
    }

    #[tokio::test]
    async fn when_all_places_are_taken_nobody_gets_one_and_none_is_lost() {
        let places = Places::default();
        let mut held = Vec::new();
        while held.len() < ALL {
            held.extend(taken(&places, company(), places.share).await);
        }
        let late = company();
        assert_eq!(refused(&places, late).await, Kind::Unavailable);
        drop(held);
        assert_eq!(taken(&places, late, places.share).await.len(), places.share);
        places.sweep();
        assert_eq!(places.companies.lock().unwrap().known.len(), 0);
    }

    #[tokio::test]
    async fn whoever_only_waits_gives_their_place_to_others() {
        let (places, company) = (Places::default(), company());
        let mut held = taken(&places, company, MOST - 1).await;
        let last = places.take(company).await.unwrap();
        on(Some(last), async {
            leave();
            held.extend(taken(&places, company, 1).await);
        })
        .await;
        assert_eq!(held.len(), MOST);
    }
}
