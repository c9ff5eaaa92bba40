//! What a batch of events came to is stored together with the checkpoint: all of it or nothing.

use super::checkpoint::{self, Advance};
use super::{error::Error, fold::Fold, tail::Entry};
use crate::model::Parked;
use crate::table::Changes;
use domain::Instant;
use eventlog::chaos::{Mutant, Point, passing, planted};
use sqlx::{Connection, PgConnection};
use std::sync::Arc;
use std::time::Instant as Clock;

/// Stores what these events, which `fold` has applied, came to; answers with the database's time at which it is visible.
///
/// After an error the connection and the fold are of no use any more.
pub async fn store(conn: &mut PgConnection, fold: &mut Fold, advance: Advance, entries: &[Arc<Entry>]) -> Result<Instant, Error> {
    let changes = fold.changes()?;
    passing(Point::MidProjection);
    let clock = Clock::now();
    let simple = fold.newly_parked().0.is_empty() && changes.iter().all(|table| table.deletes.is_none());
    let stored = match simple && !planted(Mutant::CheckpointFirst) {
        true => at_once(conn, fold, advance, &changes).await,
        false => carefully(conn, fold, advance, &changes, entries).await,
    };
    let now = match stored {
        Err(error) if simple && error.is_about_a_value() => carefully(conn, fold, advance, &changes, entries).await?,
        stored => stored?,
    };
    fold.stored();
    Ok(now + clock.elapsed())
}

/// In one statement, as nearly always.
async fn at_once(conn: &mut PgConnection, fold: &mut Fold, advance: Advance, changes: &[Changes]) -> Result<Instant, Error> {
    passing(Point::MidCheckpoint);
    let texts: Vec<&str> =
        changes.iter().flat_map(|table| [table.updates.as_deref(), table.inserts.as_deref()]).flatten().collect();
    advance.with(conn, fold.store.together(changes), &texts).await
}

/// In a transaction of several statements. If an event says what cannot be stored, it is found by applying one after the other.
async fn carefully(
    conn: &mut PgConnection,
    fold: &mut Fold,
    advance: Advance,
    changes: &[Changes],
    entries: &[Arc<Entry>],
) -> Result<Instant, Error> {
    if planted(Mutant::CheckpointFirst) {
        let now = advance.alone(conn).await?;
        passing(Point::MidCheckpoint);
        let parked = save(conn, fold, changes, entries).await?;
        checkpoint::park(conn, advance.model, &parked).await?;
        return Ok(now);
    }
    let mut tx = conn.begin().await?;
    // The tables before the checkpoint, as one statement would: whoever swaps generations takes them in the same order.
    fold.store.lock(&mut tx).await?;
    let now = advance.alone(&mut tx).await?;
    passing(Point::MidCheckpoint);
    let parked = save(&mut tx, fold, changes, entries).await?;
    checkpoint::park(&mut tx, advance.model, &parked).await?;
    tx.commit().await?;
    Ok(now)
}

/// Stores changes within the transaction that `conn` is in, or else what these events come to one by one; answers with the
/// streams parked. If the transaction fails later, the fold is of no use any more.
pub async fn save(
    conn: &mut PgConnection,
    fold: &mut Fold,
    changes: &[Changes],
    entries: &[Arc<Entry>],
) -> Result<Parked, Error> {
    let mut savepoint = conn.begin().await?;
    match fold.store.save(changes, &mut savepoint).await {
        Ok(()) => savepoint.commit().await?,
        Err(error) if error.is_about_a_value() => {
            savepoint.rollback().await?;
            fold.back();
            return one_by_one(conn, fold, entries).await;
        }
        Err(error) => return Err(error),
    }
    Ok(fold.newly_parked())
}

async fn one_by_one(conn: &mut PgConnection, fold: &mut Fold, entries: &[Arc<Entry>]) -> Result<Parked, Error> {
    let mut parked = Parked::default();
    for entry in entries {
        fold.apply(conn, std::slice::from_ref(entry)).await?;
        let changes = fold.changes()?;
        let mut savepoint = conn.begin().await?;
        match fold.store.save(&changes, &mut savepoint).await {
            Ok(()) => savepoint.commit().await?,
            Err(error) if error.is_about_a_value() => {
                savepoint.rollback().await?;
                fold.back();
                fold.park(entry, error);
            }
            Err(error) => return Err(error),
        }
        parked.0.extend(fold.newly_parked().0);
        fold.stored();
    }
    Ok(parked)
}
