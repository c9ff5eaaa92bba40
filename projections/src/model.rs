//! What a screen is made of: rows that each event changes by a rule, and nothing else.
//!
//! A read model is a pure fold per key. It says which rows an event needs and what becomes of them; where the rows are kept,
//! how they are loaded and stored is the engine's business alone.

use crate::table::{Table, TableRows};
use domain::Fact;
use eventlog::Recorded;
use serde::{Serialize, de::DeserializeOwned};
use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;

/// A row of a read-model table. Its serde fields are the table's columns, one to one.
pub trait Row: Serialize + DeserializeOwned + Clone + PartialEq + Debug + Send + Sync + 'static {
    /// The table in `migrations/read/`, without a schema.
    const TABLE: &'static str;
    /// Its primary-key columns; the fields of `Key` bear the same names.
    const KEY: &'static [&'static str];
    /// Each row is written once, under a key of its own, and never changed: nothing is looked up before, nothing kept after.
    const JOURNAL: bool = false;
    type Key: Serialize + Clone + Eq + Ord + Hash + Debug + Send + Sync + 'static;

    fn key(&self) -> Self::Key;
}

/// Why an event cannot be applied. The engine parks its stream and goes on with the others.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Unappliable {
    #[error("{table} has no row {key} that this event could change")]
    NoRow { table: &'static str, key: String },
    #[error("{table}: the row {key} was not asked for by keys()")]
    NotAskedFor { table: &'static str, key: String },
    #[error("{0}")]
    Other(String),
}

/// One question people ask, answered from the log.
pub trait ReadModel: Send + Sync + 'static {
    /// The screen it is named after; also the name of `migrations/read/<NAME>.sql`.
    const NAME: &'static str;
    /// Raised whenever rows or rules change; the engine then fills a new generation.
    const VERSION: i32;
    /// The categories of streams it looks at (`case`, `agency` …); empty: all.
    const CATEGORIES: &'static [&'static str];
    /// The text of `migrations/read/<NAME>.sql`, which makes its tables in whichever schema comes first on the path.
    const SQL: &'static str;
    /// Tables of which not everybody in the company sees every row, each with the condition under which a row is seen; see
    /// [`crate::wall`].
    const WALLS: &'static [(&'static str, &'static str)] = &[];

    /// Its tables, empty.
    fn tables() -> Vec<Box<dyn Table>>;
    /// Every row this event needs.
    fn keys(event: &Recorded, fact: &Fact, keys: &mut Keys<'_>);
    /// Further rows it needs, which only rows asked for by [`ReadModel::keys`] tell: they are at hand here, as they were before the
    /// batch. What an event of the same batch puts into them, that event has to ask for by itself.
    fn keys_by_rows(_rows: &mut Rows, _event: &Recorded, _fact: &Fact) {}
    /// What becomes of them. Pure: no clock, no random source, no network.
    fn evolve(rows: &mut Rows, event: &Recorded, fact: &Fact) -> Result<(), Unappliable>;
}

/// The rows of one model that are in memory: those of a batch, or all of them in an independent fold.
pub struct Rows {
    /// In the order in which the model lists them.
    tables: Vec<Box<dyn Table>>,
}

/// Takes down which rows an event needs.
pub struct Keys<'r>(&'r mut Rows);

impl Keys<'_> {
    pub fn want<R: Row>(&mut self, key: R::Key) {
        if let Some(table) = self.0.table_mut::<R>() {
            table.want(key);
        }
    }
}

impl Rows {
    /// No rows yet, in these tables.
    pub fn of(tables: Vec<Box<dyn Table>>) -> Self {
        Self { tables }
    }

    /// The place where `keys()` writes what it needs.
    pub fn keys(&mut self) -> Keys<'_> {
        Keys(self)
    }

    /// The row, if there is one.
    pub fn get<R: Row>(&self, key: &R::Key) -> Result<Option<&R>, Unappliable> {
        let table = self.tables.iter().find_map(|table| table.as_any().downcast_ref::<TableRows<R>>());
        table.and_then(|table| table.get(key)).ok_or_else(|| not_asked_for::<R>(key))
    }

    /// The row to change, if there is one.
    pub fn get_mut<R: Row>(&mut self, key: &R::Key) -> Result<Option<&mut R>, Unappliable> {
        self.change::<R>(key).map(Option::as_deref_mut)
    }

    /// The row to change, which must be there.
    pub fn must<R: Row>(&mut self, key: &R::Key) -> Result<&mut R, Unappliable> {
        let missing = || Unappliable::NoRow { table: R::TABLE, key: format!("{key:?}") };
        self.get_mut::<R>(key)?.ok_or_else(missing)
    }

    /// The row to change, made first if it is not there.
    pub fn or_new<R: Row>(&mut self, key: &R::Key, new: impl FnOnce() -> R) -> Result<&mut R, Unappliable> {
        Ok(self.change::<R>(key)?.get_or_insert_with(|| Box::new(new())))
    }

    /// Puts a row in, or in the place of the one that was there.
    pub fn put<R: Row>(&mut self, row: R) -> Result<(), Unappliable> {
        let key = row.key();
        *self.change::<R>(&key)? = Some(Box::new(row));
        Ok(())
    }

    /// Takes the row out, if it is there.
    pub fn remove<R: Row>(&mut self, key: &R::Key) -> Result<(), Unappliable> {
        *self.change::<R>(key)? = None;
        Ok(())
    }

    /// Every table, for the engine.
    pub fn tables(&mut self) -> impl Iterator<Item = &mut Box<dyn Table>> {
        self.tables.iter_mut()
    }

    /// From here on, changes can be taken back with [`Rows::undo_event`].
    pub fn begin_event(&mut self) {
        self.tables().for_each(|table| table.begin_event());
    }

    /// Takes back what the current event changed so far.
    pub fn undo_event(&mut self) {
        self.tables().for_each(|table| table.undo_event());
    }

    fn change<R: Row>(&mut self, key: &R::Key) -> Result<&mut Option<Box<R>>, Unappliable> {
        self.table_mut::<R>().and_then(|table| table.change(key)).ok_or_else(|| not_asked_for::<R>(key))
    }

    fn table_mut<R: Row>(&mut self) -> Option<&mut TableRows<R>> {
        self.tables.iter_mut().find_map(|table| table.as_any_mut().downcast_mut())
    }
}

fn not_asked_for<R: Row>(key: &R::Key) -> Unappliable {
    Unappliable::NotAskedFor { table: R::TABLE, key: format!("{key:?}") }
}

/// Folds events into rows kept in memory only, as tests and the independent check do. Like the engine it parks the streams of
/// events that cannot be applied and skips the rest of them; only an unknown name ends it.
pub fn fold<M: ReadModel>(rows: &mut Rows, events: &[Recorded], parked: &mut Parked) -> Result<(), domain::event::Unreadable> {
    crate::engine::model::<M>().fold(rows, events, parked)
}

/// Streams that a model no longer follows, from the event named beside each.
#[derive(Clone, Debug, Default)]
pub struct Parked(pub HashMap<domain::StreamId, (eventlog::Position, String)>);

impl Parked {
    pub fn holds(&self, event: &Recorded) -> bool {
        self.0.get(&event.stream).is_some_and(|(from, _)| *from <= event.position)
    }

    /// Parks the event's stream from this event on; of two events of a stream the earlier counts.
    pub fn park(&mut self, event: &Recorded, reason: impl ToString) {
        if !self.holds(event) {
            self.0.insert(event.stream.clone(), (event.position, reason.to_string()));
        }
    }
}
