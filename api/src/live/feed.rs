//! The end of the log as all who listen share it: one of them reads on for everybody, and only while somebody listens.
//!
//! Everybody takes from it what comes after their own position, so nobody can miss or hear anything twice. Whoever is too slow
//! for what is kept here reads the log for themselves until they are back.

use super::news::News;
use eventlog::{Log, Position, ReadError};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, sleep_until, timeout_at};

/// How many events somebody takes at a time.
const HANDFUL: usize = 128;
/// How many are read at a time, and kept for those who are a little behind.
const BATCH: usize = 1_000;
const KEPT: usize = 4 * BATCH;
/// The pause between two readings: all who listen are woken by each.
const BREATH: Duration = Duration::from_millis(20);
/// A hint about new events may get lost, so look by oneself now and then.
const POLL: Duration = Duration::from_millis(500);
/// How many may read the log for themselves at once. After a restart all come back from the same place.
const BEHIND: usize = 4;

/// The shared end of the log.
pub struct Feed {
    log: Log,
    recent: Mutex<Recent>,
    end: watch::Sender<Position>,
    /// Whoever reads for all, and when that was done last.
    turn: tokio::sync::Mutex<Instant>,
    behind: Semaphore,
}

/// Consecutive events.
#[derive(Default)]
struct Recent {
    after: Position,
    news: VecDeque<Arc<News>>,
}

impl Recent {
    fn end(&self) -> Position {
        self.news.back().map_or(self.after, |last| last.position())
    }

    fn after(&self, position: Position) -> Vec<Arc<News>> {
        let from = self.news.partition_point(|news| news.position() <= position);
        self.news.range(from..).take(HANDFUL).cloned().collect()
    }
}

impl Feed {
    pub fn of(log: Log) -> Self {
        let (end, turn) = (watch::Sender::default(), tokio::sync::Mutex::new(Instant::now()));
        Self { log, recent: Mutex::default(), end, turn, behind: Semaphore::new(BEHIND) }
    }

    /// Some events after this position, as soon as there are any.
    pub async fn after(&self, position: Position) -> Result<Vec<Arc<News>>, ReadError> {
        let mut end = self.end.subscribe();
        loop {
            {
                let recent = self.recent();
                if recent.after <= position && position < recent.end() {
                    return Ok(recent.after(position));
                }
            }
            if self.recent().after > position {
                return self.read_alone(position).await;
            }
            // The sender is `self`, so this cannot fail.
            let read = async { drop(end.wait_for(|end| *end > position).await) };
            tokio::select! {
                () = read => {}
                mut last = self.turn.lock() => self.read_on(position, &mut last).await?,
            }
        }
    }

    async fn read_alone(&self, position: Position) -> Result<Vec<Arc<News>>, ReadError> {
        let _permit = self.behind.acquire().await;
        metrics::counter!("docket_live_catch_ups_total").increment(1);
        Ok(self.log.read(position, HANDFUL).await?.into_iter().map(|event| Arc::new(News::of(event))).collect())
    }

    /// Reads once there is something to read, or it is time to look.
    async fn read_on(&self, position: Position, last: &mut Instant) -> Result<(), ReadError> {
        let from = {
            let mut recent = self.recent();
            if position > recent.end() {
                // Nobody has listened for a while.
                *recent = Recent { after: position, ..Recent::default() };
            }
            recent.end()
        };
        let mut changes = self.log.changes();
        // An error says that the log is closed; then it is time alone that passes.
        let closed = timeout_at(*last + POLL, changes.wait_for(|end| *end > from)).await.is_ok_and(|hint| hint.is_err());
        if closed {
            sleep_until(*last + POLL).await;
        }
        sleep_until(*last + BREATH).await;
        *last = Instant::now();
        let events = self.log.read(from, BATCH).await?;
        let mut recent = self.recent();
        recent.news.extend(events.into_iter().map(|event| Arc::new(News::of(event))));
        while recent.news.len() > KEPT {
            recent.after = recent.news.pop_front().map_or(recent.after, |first| first.position());
        }
        let end = recent.end();
        drop(recent);
        self.end.send_replace(end);
        Ok(())
    }

    fn recent(&self) -> MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
