//! Computes a screen anew from the first event on, beside the one in use, and puts it in its place when it has caught up.

use super::{checkpoint, error::Error, fold::Fold, generation, models::Model, tail::Entry};
use eventlog::{Log, Position};
use sqlx::{Connection, PgConnection, PgPool};
use std::time::Duration;

const BATCH: usize = 5_000;
const ROWS_KEPT: usize = 200_000;
const ATTEMPTS_TO_SWAP: u32 = 100;

/// Fills new generations of these models, one after the other, for the role that owns the database. Until the moment of its
/// swap each goes on being read and followed as it was; parked streams are taken up again. `progress` hears the model, how far
/// it is, and the end of the log.
pub async fn rebuild(
    owner: &PgPool,
    log: &Log,
    models: &[Model],
    progress: impl Fn(&'static str, Position, Position) + Send + Sync,
) -> Result<(), Error> {
    for model in models {
        let mut conn = owner.acquire().await?.detach();
        let lock = format!("docket.rebuild.{}", model.name);
        sqlx::query("select pg_advisory_lock(hashtextextended($1, 0))").bind(lock).execute(&mut conn).await?;
        let live = checkpoint::read(&mut conn, model).await?.ok_or_else(|| Error::NotSetUp(model.name.to_owned()))?;
        let shadow = generation::make(&mut conn, model, live.generation + 1).await?;
        super::as_projector(&mut conn, &shadow).await?;
        let fold = Fold::begin(*model, &mut conn, ROWS_KEPT).await?;
        let mut filling = Filling { model, log, conn, fold, position: Position::START };
        filling.run(&shadow, &progress).await?;
        // Closing it gives the lock back too.
        filling.conn.close().await?;
        tracing::info!(model = model.name, version = model.version, position = %filling.position, "rebuilt");
    }
    Ok(())
}

struct Filling<'r> {
    model: &'r Model,
    log: &'r Log,
    conn: PgConnection,
    fold: Fold,
    position: Position,
}

impl Filling<'_> {
    async fn run(&mut self, shadow: &str, progress: impl Fn(&'static str, Position, Position)) -> Result<(), Error> {
        for attempt in 1.. {
            self.catch_up(&progress).await?;
            let (position, parked) = (self.position, self.fold.parked().clone());
            match self.swap(shadow).await {
                Err(error) if error.is_about_a_lock() && attempt < ATTEMPTS_TO_SWAP => {
                    // Somebody reads for long: let them, and try again. What the transaction folded was rolled back.
                    self.position = position;
                    self.fold.back_to(parked);
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                outcome => return outcome,
            }
        }
        Ok(())
    }

    async fn catch_up(&mut self, progress: impl Fn(&'static str, Position, Position)) -> Result<(), Error> {
        let end = self.log.head().await?.position;
        progress(self.model.name, self.position, end);
        while self.position < end {
            let entries = self.next().await?;
            let Some(last) = entries.last() else { break };
            let mut tx = self.conn.begin().await?;
            self.fold.apply(&mut tx, &entries).await?;
            tx.commit().await?;
            self.position = last.event.position;
            progress(self.model.name, self.position, end.max(self.position));
        }
        Ok(())
    }

    async fn swap(&mut self, shadow: &str) -> Result<(), Error> {
        let mut tx = self.conn.begin().await?;
        let live = checkpoint::hold(&mut tx, self.model).await?;
        while self.position < live.position {
            let entries = read(self.log, &self.fold, self.position).await?;
            let Some(last) = entries.last() else { break };
            self.fold.apply(&mut tx, &entries).await?;
            self.position = last.event.position;
        }
        checkpoint::unpark_all(&mut tx, self.model).await?;
        checkpoint::park(&mut tx, self.model, self.fold.parked()).await?;
        // Well below deadlock_timeout, so that of two who wait for each other it is never the reader who is ended.
        sqlx::raw_sql("set local role none; set local lock_timeout = '300ms'").execute(&mut *tx).await?;
        generation::swap(&mut tx, self.model, shadow, live, self.position).await?;
        Ok(tx.commit().await?)
    }

    async fn next(&self) -> Result<Vec<Entry>, Error> {
        read(self.log, &self.fold, self.position).await
    }
}

async fn read(log: &Log, fold: &Fold, after: Position) -> Result<Vec<Entry>, Error> {
    let mut entries: Vec<Entry> = log.read(after, BATCH).await?.into_iter().map(Entry::new).collect();
    let known = fold.known(&entries)?.len();
    entries.truncate(known);
    Ok(entries)
}
