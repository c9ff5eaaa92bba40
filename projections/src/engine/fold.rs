//! One batch of events becomes changed rows: load what they need, fold in memory, write what changed.

use super::{error::Error, models::Model, store::Store, tail::Entry};
use crate::model::{Parked, Rows};
use domain::event::Unreadable;
use sqlx::{Connection, PgConnection};

/// A model's rows on their way along the log.
pub struct Fold {
    model: Model,
    store: Store,
    rows: Rows,
    parked: Parked,
    /// Rows kept in memory between batches.
    kept: usize,
    /// Whether memory holds every row there is, so that there is nothing to load.
    whole: bool,
}

impl Fold {
    /// Goes on from what is stored.
    pub async fn resume(model: Model, conn: &mut PgConnection, parked: Parked, kept: usize) -> Result<Self, Error> {
        let store = Store::of(&model, conn).await?;
        Ok(Self { model, store, rows: model.no_rows(), parked, kept, whole: false })
    }

    /// Begins with empty tables.
    pub async fn begin(model: Model, conn: &mut PgConnection, kept: usize) -> Result<Self, Error> {
        Ok(Self { whole: true, ..Self::resume(model, conn, Parked::default(), kept).await? })
    }

    pub fn parked(&self) -> &Parked {
        &self.parked
    }

    /// Takes back, in memory, what a transaction that failed had done.
    pub fn back_to(&mut self, parked: Parked) {
        self.forget();
        self.parked = parked;
    }

    /// The events up to the first one that the model looks at and nobody knows.
    pub fn known<'e>(&self, entries: &'e [Entry]) -> Result<&'e [Entry], Error> {
        let unknown = |entry: &Entry| {
            let concerned = self.model.looks_at(&entry.event) && !self.parked.holds(&entry.event);
            concerned && matches!(entry.fact(), Err(Unreadable::UnknownName(_)))
        };
        match entries.iter().position(unknown) {
            None => Ok(entries),
            Some(0) => {
                let event = &entries[0].event;
                Err(Error::UnknownEvent { position: event.position, name: event.name.clone() })
            }
            Some(nth) => Ok(&entries[..nth]),
        }
    }

    /// Applies events within the transaction that `conn` is in, and answers with the streams parked on the way.
    ///
    /// If an event says what cannot be stored, it is found by applying them one by one. After an error the transaction must
    /// be rolled back and [`Fold::back_to`] called.
    pub async fn apply(&mut self, conn: &mut PgConnection, entries: &[Entry]) -> Result<Parked, Error> {
        let before = self.parked.clone();
        let mut savepoint = conn.begin().await?;
        match self.at_once(&mut savepoint, entries).await {
            Ok(()) => savepoint.commit().await?,
            Err(error) if error.is_about_a_value() => {
                savepoint.rollback().await?;
                self.back_to(before.clone());
                self.one_by_one(conn, entries).await?;
            }
            Err(error) => return Err(error),
        }
        if self.rows.tables().map(|table| table.len()).sum::<usize>() > self.kept {
            self.forget();
        }
        let new = self.parked.0.iter().filter(|(stream, _)| !before.0.contains_key(stream));
        Ok(Parked(new.map(|(stream, why)| (stream.clone(), why.clone())).collect()))
    }

    async fn one_by_one(&mut self, conn: &mut PgConnection, entries: &[Entry]) -> Result<(), Error> {
        for entry in entries {
            let mut savepoint = conn.begin().await?;
            match self.at_once(&mut savepoint, std::slice::from_ref(entry)).await {
                Ok(()) => savepoint.commit().await?,
                Err(error) if error.is_about_a_value() => {
                    savepoint.rollback().await?;
                    self.rows.undo_event();
                    self.parked.park(&entry.event, error);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn at_once(&mut self, conn: &mut PgConnection, entries: &[Entry]) -> Result<(), Error> {
        let mut facts = Vec::with_capacity(entries.len());
        for entry in entries {
            if !self.model.looks_at(&entry.event) || self.parked.holds(&entry.event) {
                continue;
            }
            match entry.fact() {
                Ok(fact) => {
                    (self.model.keys)(&entry.event, fact, &mut self.rows.keys());
                    facts.push((&entry.event, fact));
                }
                Err(unreadable) => self.parked.park(&entry.event, unreadable),
            }
        }
        if self.whole {
            self.rows.tables().for_each(|table| table.all_known());
        } else {
            self.store.load(&mut self.rows, conn).await?;
        }
        for (event, fact) in facts {
            if !self.parked.holds(event) {
                self.model.apply(&mut self.rows, event, fact, &mut self.parked);
            }
        }
        self.store.save(&mut self.rows, conn).await
    }

    fn forget(&mut self) {
        self.rows = self.model.no_rows();
        self.whole = false;
    }
}
