//! Follows the log for one screen: a batch of events at a time, rows and checkpoint together.

use super::checkpoint::{self, Advance, Checkpoint};
use super::tail::{BATCH, Tail};
use super::{error::Error, fold::Fold, generation, models::Model, progress::Progress, rebuild::rebuild, status::lag, step};
use domain::Instant;
use eventlog::Position;
use eventlog::chaos::{Mutant, planted};
use sqlx::{Connection, PgConnection, PgPool};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant as Clock};
use tokio::sync::watch;

/// A hint about new events may get lost, so look by oneself now and then.
const POLL: Duration = Duration::from_millis(500);
/// How often the checkpoint of a model is stored while nothing happens that changes it.
const UNCONCERNED: Duration = Duration::from_millis(100);
/// How often to try again what will not succeed until somebody does something.
const RETRY_STOPPED: Duration = Duration::from_secs(3);
/// How long events may lie about before another worker takes the leading one's place: it may hang, or be frozen with its machine.
const LEASE: Duration = Duration::from_secs(5);
/// How often to ask whether the leading worker is gone.
const RETRY_LEADING: Duration = Duration::from_millis(500);
/// About how many bytes of rows each table keeps in memory, twice: those asked for lately and those before.
const KEPT: usize = 4 << 20;
const SAMPLES: usize = 1_000;
/// After so many events PostgreSQL takes a new look at tables that grew. Later it looks by itself often enough.
const GROWN: [usize; 4] = [500, 2_000, 8_000, 32_000];

/// One model's worker in this process. Of all processes' workers for a model one leads, the others stand by.
pub struct Worker {
    pub model: Model,
    pub tail: Arc<Tail>,
    pub owner: PgPool,
    pub projector: PgPool,
    pub progress: Progress,
    pub stopping: watch::Receiver<bool>,
}

impl Worker {
    /// Works until the engine shuts down.
    pub async fn run(mut self) {
        let mut freshness = Freshness::default();
        while !*self.stopping.borrow() {
            let Err(error) = self.lead(&mut freshness).await else { continue };
            if error.passes() {
                tracing::warn!(model = self.model.name, %error, "interrupted");
                self.pause(RETRY_LEADING).await;
            } else {
                tracing::error!(model = self.model.name, %error, "stopped");
                self.note(&error).await;
                self.pause(RETRY_STOPPED).await;
            }
        }
    }

    /// Becomes the leader and follows the log for as long as it is.
    async fn lead(&mut self, freshness: &mut Freshness) -> Result<(), Error> {
        // Lock and transactions on one connection: whoever loses one loses both.
        let options = self.projector.connect_options().as_ref().clone();
        let options = options.application_name(&format!("docket projects {}", self.model.name));
        let mut conn = PgConnection::connect_with(&options).await?;
        super::as_follower(&mut conn, "read").await?;
        let lock = format!("docket.project.{}", self.model.name);
        let mut idle = (Position::START, Clock::now());
        loop {
            let taken = sqlx::query_scalar("select pg_try_advisory_lock(hashtextextended($1, 0))").bind(&lock);
            if taken.fetch_one(&mut conn).await? {
                break;
            }
            self.pause(RETRY_LEADING).await;
            if *self.stopping.borrow() {
                return Ok(conn.close().await?);
            }
            let at = checkpoint::read(&mut conn, &self.model).await?.map_or(Position::START, |at| at.position);
            if at != idle.0 || at >= self.tail.log().head().await?.position {
                idle = (at, Clock::now());
            } else if idle.1.elapsed() > LEASE {
                self.depose(&lock).await?;
                idle = (at, Clock::now());
            }
        }
        let mut led = false;
        loop {
            let outcome = match checkpoint::claim(&mut conn, &self.model).await {
                // Other rules made these tables, so fill new ones. But if a newer program swapped its own in while this one
                // was leading, the two must not undo each other's work for ever.
                Err(Error::OtherVersion { .. }) if !led => self.refill().await,
                Err(error) => Err(error),
                Ok(claimed) => {
                    led = true;
                    self.follow(&mut conn, claimed, freshness).await
                }
            };
            match outcome {
                Err(Error::Overtaken) => tracing::info!(model = self.model.name, "overtaken, claiming anew"),
                Ok(()) if *self.stopping.borrow() => return Ok(conn.close().await?),
                Ok(()) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Ends the connection of a leading worker that does nothing, and with it its lock and whatever it had begun. Not of one that
    /// said why it stopped, and not of one that fills tables for other rules.
    async fn depose(&self, lock: &str) -> Result<(), Error> {
        let ended = sqlx::query_scalar::<_, bool>(
            "select pg_terminate_backend(l.pid) from pg_locks l
             join projection.checkpoints c on c.model = $2 and c.version = $3 and c.stopped is null
             where l.locktype = 'advisory' and l.granted and l.objsubid = 1
               and l.database = (select oid from pg_database where datname = current_database())
               and (l.classid::bigint << 32 | l.objid::bigint) = hashtextextended($1, 0)",
        );
        let ended = ended.bind(lock).bind(self.model.name).bind(self.model.version).fetch_all(&self.owner).await?;
        if !ended.is_empty() {
            tracing::warn!(model = self.model.name, "the leading worker did nothing for {LEASE:?}; taking its place");
        }
        Ok(())
    }

    async fn refill(&self) -> Result<(), Error> {
        tracing::info!(model = self.model.name, version = self.model.version, "filling a new generation");
        let (mut stopping, models) = (self.stopping.clone(), [self.model]);
        tokio::select! {
            refilled = rebuild(&self.owner, self.tail.log(), &models, |_, _, _| ()) => refilled,
            // What is half filled is dropped at the next attempt.
            _ = stopping.wait_for(|stopping| *stopping) => Ok(()),
        }
    }

    async fn follow(&mut self, conn: &mut PgConnection, mut at: Checkpoint, freshness: &mut Freshness) -> Result<(), Error> {
        let parked = checkpoint::parked(conn, &self.model).await?;
        let mut fold = Fold::resume(self.model, conn, parked, KEPT).await?;
        let mut changes = self.tail.log().changes();
        let since = sqlx::query_scalar!("select clock_timestamp() as \"now!\"").fetch_one(&mut *conn).await?;
        self.progress.reached(self.model.name, at.position);
        let (mut seen, mut stored, mut look) = (at.position, Clock::now(), true);
        let (mut applied, mut grown) = (0, GROWN.iter().peekable());
        while !*self.stopping.borrow() {
            let hint = *changes.borrow_and_update();
            metrics::gauge!("docket_projection_lag_events", "model" => self.model.name).set(lag(seen, hint) as f64);
            let events = if look || hint > seen { self.tail.after(seen).await? } else { Vec::new() };
            let advance = Advance { model: self.model.name, from: at, to: seen, freshness_p99_ms: freshness.p99() };
            let entries = match fold.known(&events) {
                Ok(entries) => entries,
                Err(unknown) => {
                    // Whoever looks why it stopped shall see where.
                    advance.alone(conn).await?;
                    return Err(unknown);
                }
            };
            fold.apply(conn, entries).await?;
            let scanned = entries.last().map_or(seen, |last| last.event.position);
            let to = if planted(Mutant::HeadAsCeiling) { scanned.max(hint) } else { scanned };
            let advance = Advance { to, ..advance };
            if fold.has_news() {
                let visible = step::store(conn, &mut fold, advance, entries).await?;
                // What was recorded before this worker took over says how long nobody worked, not how long the work takes.
                if let Some(oldest) = entries.iter().find(|entry| entry.event.recorded_at >= since) {
                    freshness.note(self.model.name, oldest.event.recorded_at, visible);
                }
                (at.position, stored) = (to, Clock::now());
            } else {
                fold.stored();
                if to > at.position && stored.elapsed() >= UNCONCERNED {
                    advance.alone(conn).await?;
                    (at.position, stored) = (to, Clock::now());
                }
            }
            if to > seen {
                seen = to;
                self.progress.reached(self.model.name, to);
            }
            applied += entries.len();
            if grown.next_if(|grown| applied >= **grown).is_some()
                && let Err(error) = generation::look_again(&self.owner, &self.model).await
            {
                // Without it only the plans are worse.
                tracing::warn!(model = self.model.name, %error, "tables that grew could not be analysed");
            }
            // Hints may get lost, so one also looks where none leads; most of all where so much was found that there may be more.
            look = entries.len() == BATCH;
            if look || *changes.borrow() > seen {
                continue;
            }
            tokio::select! {
                _ = changes.changed() => {}
                () = tokio::time::sleep(UNCONCERNED), if seen > at.position => {}
                () = tokio::time::sleep(POLL), if !planted(Mutant::NoPolling) => look = true,
                _ = self.stopping.changed() => {}
            }
        }
        Ok(())
    }

    async fn note(&self, error: &Error) {
        let noted = async {
            let mut conn = self.projector.acquire().await?;
            checkpoint::stop(&mut conn, &self.model, &error.to_string()).await
        };
        if let Err(error) = noted.await {
            tracing::warn!(model = self.model.name, %error, "the reason cannot be written down");
        }
    }

    async fn pause(&mut self, time: Duration) {
        // An error says the engine is gone, which ends the pause too.
        let _ = tokio::time::timeout(time, self.stopping.wait_for(|stopping| *stopping)).await;
    }
}

/// Times from commit to visible row, the last so many.
#[derive(Default)]
struct Freshness(VecDeque<f64>);

impl Freshness {
    fn note(&mut self, model: &'static str, recorded: Instant, visible: Instant) {
        let seconds = (visible - recorded).as_seconds_f64().max(0.0);
        metrics::histogram!("docket_projection_freshness_seconds", "model" => model).record(seconds);
        if self.0.len() == SAMPLES {
            self.0.pop_front();
        }
        self.0.push_back(seconds * 1_000.0);
    }

    fn p99(&self) -> Option<f64> {
        let mut samples: Vec<f64> = self.0.iter().copied().collect();
        let nth = (samples.len() * 99 / 100).min(samples.len().checked_sub(1)?);
        Some(*samples.select_nth_unstable_by(nth, f64::total_cmp).1)
    }
}
