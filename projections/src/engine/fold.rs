//! One batch of events becomes changed rows: load what they need, and fold in memory.

use super::{error::Error, models::Model, store::Store, tail::Entry};
use crate::model::{Parked, Rows};
use crate::table::Changes;
use domain::StreamId;
use domain::event::Unreadable;
use eventlog::chaos::{Mutant, planted};
use sqlx::PgConnection;
use std::sync::Arc;

/// A model's rows on their way along the log.
pub struct Fold {
    pub model: Model,
    pub store: Store,
    pub rows: Rows,
    parked: Parked,
    /// Parked since the last storing.
    new: Vec<StreamId>,
    /// Whether memory holds every row there is, so that there is nothing to load.
    pub whole: bool,
    /// About how many bytes of rows each table keeps in memory, twice: those asked for lately and those before.
    keep: usize,
}

impl Fold {
    /// Goes on from what is stored.
    pub async fn resume(model: Model, conn: &mut PgConnection, parked: Parked, keep: usize) -> Result<Self, Error> {
        let store = Store::of(&model, conn).await?;
        Ok(Self { model, store, rows: model.no_rows(), parked, new: Vec::new(), whole: false, keep })
    }

    /// Begins with empty tables.
    pub async fn begin(model: Model, conn: &mut PgConnection, keep: usize) -> Result<Self, Error> {
        Ok(Self { whole: true, ..Self::resume(model, conn, Parked::default(), keep).await? })
    }

    /// The streams that it does not follow.
    pub fn parked(&self) -> &Parked {
        &self.parked
    }

    /// Those of them that are not written down yet.
    pub fn newly_parked(&self) -> Parked {
        let with_reason = |stream: &StreamId| self.parked.0.get_key_value(stream);
        Parked(self.new.iter().filter_map(with_reason).map(|(stream, why)| (stream.clone(), why.clone())).collect())
    }

    /// The events up to the first one that the model looks at and nobody knows.
    pub fn known<'e>(&self, entries: &'e [Arc<Entry>]) -> Result<&'e [Arc<Entry>], Error> {
        let unknown = |entry: &Arc<Entry>| {
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

    /// Applies events in memory; whatever they need is loaded first.
    pub async fn apply(&mut self, conn: &mut PgConnection, entries: &[Arc<Entry>]) -> Result<(), Error> {
        let mut facts = Vec::with_capacity(entries.len());
        for entry in entries {
            if !self.model.looks_at(&entry.event) || self.parked.holds(&entry.event) {
                continue;
            }
            match entry.fact() {
                Ok(fact) => {
                    (self.model.keys)(&entry.event, fact, &mut self.rows.keys());
                    facts.push((entry, fact));
                }
                Err(unreadable) => self.park(entry, unreadable),
            }
        }
        self.load(conn).await?;
        for (entry, fact) in &facts {
            (self.model.keys_by_rows)(&mut self.rows, &entry.event, fact);
        }
        self.load(conn).await?;
        for (entry, fact) in facts {
            if self.parked.holds(&entry.event) {
                continue;
            }
            if let Err(reason) = self.model.apply(&mut self.rows, &entry.event, fact) {
                self.park(entry, reason);
            }
        }
        self.rows.begin_event();
        Ok(())
    }

    /// Looks up what was asked for.
    async fn load(&mut self, conn: &mut PgConnection) -> Result<(), Error> {
        match self.whole {
            true => self.rows.tables().for_each(|table| table.all_known()),
            false => self.store.load(&mut self.rows, conn).await?,
        }
        Ok(())
    }

    /// Follows the event's stream no longer.
    pub fn park(&mut self, entry: &Entry, reason: impl ToString) {
        if !planted(Mutant::SilentPoison) && !self.parked.holds(&entry.event) {
            self.new.push(entry.event.stream.clone());
            self.parked.park(&entry.event, reason);
        }
    }

    /// Whether anything has to be stored.
    pub fn has_news(&mut self) -> bool {
        !self.new.is_empty() || self.rows.tables().any(|table| table.is_changed())
    }

    /// What has to be stored, table by table in the model's order.
    pub fn changes(&mut self) -> Result<Vec<Changes>, serde_json::Error> {
        self.rows.tables().map(|table| table.changes()).collect()
    }

    /// Rows and parked streams are stored now; those that were not asked for lately may be forgotten.
    pub fn stored(&mut self) {
        self.new.clear();
        for table in self.rows.tables() {
            table.stored();
            self.whole &= table.bytes() <= self.keep;
            table.rest(self.keep);
        }
    }

    /// Takes back, in memory, whatever is not stored.
    pub fn back(&mut self) {
        self.rows.tables().for_each(|table| table.back());
        for stream in self.new.drain(..) {
            self.parked.0.remove(&stream);
        }
    }

    /// Knows nothing any more but these parked streams: a transaction was rolled back that had stored something.
    pub fn forget(&mut self, parked: Parked) {
        self.rows = self.model.no_rows();
        self.parked = parked;
        self.new.clear();
        self.whole = false;
    }
}
