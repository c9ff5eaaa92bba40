//! One screen on its way from the first event to the moment at which it takes the place of the one in use.

use super::generation::{self, Shadow};
use super::rebuild::{BATCH, Batch};
use super::{checkpoint, copy, error::Error, fold::Fold, models::Model, step, tail};
use eventlog::{Log, Position};
use sqlx::{Connection, PgConnection, PgPool};
use std::time::Duration;
use tokio::sync::mpsc;

/// About how many bytes of rows are held in memory before they are stored, and kept there afterwards.
const HELD: usize = 192 << 20;
const KEPT: usize = 48 << 20;
/// The same for rows that nobody will ask for again.
const HELD_OF_A_JOURNAL: usize = 8 << 20;
const ATTEMPTS_TO_SWAP: u32 = 100;

/// A generation while it is filled.
pub struct Filling {
    model: Model,
    log: Log,
    conn: PgConnection,
    shadow: Shadow,
    fold: Fold,
    position: Position,
}

impl Filling {
    /// Makes the new tables. Waits while somebody else fills the same model.
    pub async fn begin(owner: &PgPool, log: Log, model: Model) -> Result<Self, Error> {
        let mut conn = owner.acquire().await?.detach();
        let lock = format!("docket.rebuild.{}", model.name);
        sqlx::query("select pg_advisory_lock(hashtextextended($1, 0))").bind(lock).execute(&mut conn).await?;
        let live = checkpoint::read(&mut conn, &model).await?.ok_or_else(|| Error::NotSetUp(model.name.to_owned()))?;
        let mut shadow = generation::make(&mut conn, &model, live.generation + 1).await?;
        generation::strip(&mut conn, &mut shadow).await?;
        super::as_follower(&mut conn, &shadow.schema).await?;
        let fold = Fold::begin(model, &mut conn, KEPT).await?;
        Ok(Self { model, log, conn, shadow, fold, position: Position::START })
    }

    /// Fills the tables with these readings and with what comes after them, and swaps them in.
    pub async fn run(
        mut self,
        readings: mpsc::Receiver<Batch>,
        progress: impl Fn(&'static str, Position, Position),
    ) -> Result<(), Error> {
        match self.in_memory(readings, &progress).await {
            // Some event says what cannot be stored, and only somebody who stores event by event can tell which.
            Err(error) if error.is_about_a_value() => self.start_over().await?,
            filled => filled?,
        }
        self.catch_up(&progress).await?;
        generation::finish(&mut self.conn, &self.model, &self.shadow).await?;
        generation::tidy(&mut self.conn, &self.shadow).await?;
        for attempt in 1.. {
            self.catch_up(&progress).await?;
            let (position, parked) = (self.position, self.fold.parked().clone());
            match self.swap().await {
                Err(error) if error.is_about_a_lock() && attempt < ATTEMPTS_TO_SWAP => {
                    // Somebody reads for long: let them, and try again. What the transaction folded was rolled back.
                    self.position = position;
                    self.fold.forget(parked);
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                outcome => {
                    outcome?;
                    break;
                }
            }
        }
        tracing::info!(model = self.model.name, version = self.model.version, position = %self.position, "rebuilt");
        // Closing it gives the lock back too.
        Ok(self.conn.close().await?)
    }

    /// Folds in memory, and stores only what no longer fits there or is complete.
    async fn in_memory(
        &mut self,
        mut readings: mpsc::Receiver<Batch>,
        progress: impl Fn(&'static str, Position, Position),
    ) -> Result<(), Error> {
        while let Some((entries, end)) = readings.recv().await {
            let mut rest = entries.as_slice();
            while !rest.is_empty() {
                let known = self.fold.known(rest)?;
                self.fold.apply(&mut self.conn, known).await?;
                rest = &rest[known.len()..];
            }
            self.position = entries.last().map_or(self.position, |last| last.event.position);
            self.store(false).await?;
            progress(self.model.name, self.position, end);
        }
        self.store(true).await
    }

    async fn store(&mut self, all: bool) -> Result<(), Error> {
        let held: usize = self.fold.rows.tables().map(|table| table.bytes()).sum();
        let all = all || held > HELD || !self.fold.whole;
        for (table, statements) in self.fold.rows.tables().zip(self.fold.store.tables()) {
            if all || table.is_journal() && table.bytes() > HELD_OF_A_JOURNAL {
                copy::new_rows(&mut self.conn, table.as_mut(), statements).await?;
                statements.save(&table.changes()?, &mut self.conn).await?;
                table.stored();
            }
        }
        if all {
            self.fold.stored();
        }
        Ok(())
    }

    async fn start_over(&mut self) -> Result<(), Error> {
        let parked = Default::default();
        self.fold.store.empty(&mut self.conn).await?;
        self.fold.forget(parked);
        self.position = Position::START;
        Ok(())
    }

    /// Follows the log to its end, a transaction for each batch.
    async fn catch_up(&mut self, progress: impl Fn(&'static str, Position, Position)) -> Result<(), Error> {
        let end = self.log.head().await?.position;
        progress(self.model.name, self.position, end);
        while self.position < end {
            let mut tx = self.conn.begin().await?;
            let Some(position) = next(&self.log, &mut self.fold, self.position, &mut tx).await? else { break };
            tx.commit().await?;
            self.position = position;
            progress(self.model.name, self.position, end.max(self.position));
        }
        Ok(())
    }

    async fn swap(&mut self) -> Result<(), Error> {
        let mut tx = self.conn.begin().await?;
        sqlx::raw_sql("set local role none; set local lock_timeout = '10s'").execute(&mut *tx).await?;
        generation::hold_off_vacuum(&mut tx, &self.model).await?;
        // Well below deadlock_timeout, so that of two who wait for each other it is never the reader who is ended. The tables
        // before the checkpoint, as whoever follows the log takes them.
        sqlx::raw_sql("set local lock_timeout = '300ms'").execute(&mut *tx).await?;
        generation::lock(&mut tx, &self.model).await?;
        let live = checkpoint::hold(&mut tx, &self.model).await?;
        sqlx::raw_sql("set local role docket_projector").execute(&mut *tx).await?;
        while self.position < live.position {
            let Some(position) = next(&self.log, &mut self.fold, self.position, &mut tx).await? else { break };
            self.position = position;
        }
        checkpoint::unpark_all(&mut tx, &self.model).await?;
        checkpoint::park(&mut tx, self.model.name, self.fold.parked()).await?;
        sqlx::raw_sql("set local role none").execute(&mut *tx).await?;
        generation::swap(&mut tx, &self.model, &self.shadow, live, self.position).await?;
        Ok(tx.commit().await?)
    }
}

/// Stores what the next events come to, within the transaction that `conn` is in; answers with the last one's position.
async fn next(log: &Log, fold: &mut Fold, after: Position, conn: &mut PgConnection) -> Result<Option<Position>, Error> {
    let entries = tail::read(log, after, BATCH).await?;
    let entries = fold.known(&entries)?;
    fold.apply(conn, entries).await?;
    let changes = fold.changes()?;
    step::save(conn, fold, &changes, entries).await?;
    fold.stored();
    Ok(entries.last().map(|last| last.event.position))
}
