//! What a screen is made of: rows that each event changes by a rule, and nothing else.
//!
//! A read model is a pure fold per key. It says which rows an event needs and what becomes of them; where the rows are kept,
//! how they are loaded and stored is the engine's business alone.

use domain::Fact;
use eventlog::Recorded;
use serde::{Serialize, de::DeserializeOwned};
use std::any::{Any, TypeId};
use std::collections::{BTreeMap, BTreeSet, HashMap, hash_map::Entry};
use std::fmt::Debug;
use std::hash::Hash;

/// A row of a read-model table. Its serde fields are the table's columns, one to one.
pub trait Row: Serialize + DeserializeOwned + Clone + PartialEq + Debug + Send + Sync + 'static {
    /// The table in `migrations/read/`, without a schema.
    const TABLE: &'static str;
    /// Its primary-key columns; the fields of `Key` bear the same names.
    const KEY: &'static [&'static str];
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

    /// Its tables, empty.
    fn tables() -> Vec<Box<dyn Table>>;
    /// Every row this event needs.
    fn keys(event: &Recorded, fact: &Fact, keys: &mut Keys<'_>);
    /// What becomes of them. Pure: no clock, no random source, no network.
    fn evolve(rows: &mut Rows, event: &Recorded, fact: &Fact) -> Result<(), Unappliable>;
}

/// The rows of one model that are in memory: those of a batch, or all of them in an independent fold.
pub struct Rows {
    tables: HashMap<TypeId, Box<dyn Table>>,
}

/// Takes down which rows an event needs.
pub struct Keys<'r>(&'r mut Rows);

impl Keys<'_> {
    pub fn want<R: Row>(&mut self, key: R::Key) {
        if let Some(table) = self.0.table_mut::<R>()
            && let Entry::Vacant(slot) = table.slots.entry(key)
        {
            table.asked.push(slot.key().clone());
            slot.insert(Slot { stored: None, now: None });
        }
    }
}

impl Rows {
    /// No rows yet, in these tables.
    pub fn of(tables: Vec<Box<dyn Table>>) -> Self {
        Self { tables: tables.into_iter().map(|table| (table.row_type(), table)).collect() }
    }

    /// The place where `keys()` writes what it needs.
    pub fn keys(&mut self) -> Keys<'_> {
        Keys(self)
    }

    /// The row, if there is one.
    pub fn get<R: Row>(&self, key: &R::Key) -> Result<Option<&R>, Unappliable> {
        let slot = self.table::<R>().and_then(|table| table.slots.get(key));
        slot.map(|slot| slot.now.as_ref()).ok_or_else(|| not_asked_for::<R>(key))
    }

    /// The row to change, if there is one.
    pub fn get_mut<R: Row>(&mut self, key: &R::Key) -> Result<Option<&mut R>, Unappliable> {
        let Some(table) = self.table_mut::<R>() else { return Err(not_asked_for::<R>(key)) };
        table.remember(key);
        let slot = table.slots.get_mut(key).ok_or_else(|| not_asked_for::<R>(key))?;
        Ok(slot.now.as_mut())
    }

    /// The row to change, which must be there.
    pub fn must<R: Row>(&mut self, key: &R::Key) -> Result<&mut R, Unappliable> {
        let missing = Unappliable::NoRow { table: R::TABLE, key: format!("{key:?}") };
        self.get_mut::<R>(key)?.ok_or(missing)
    }

    /// The row to change, made first if it is not there.
    pub fn or_new<R: Row>(&mut self, key: &R::Key, new: impl FnOnce() -> R) -> Result<&mut R, Unappliable> {
        let Some(table) = self.table_mut::<R>() else { return Err(not_asked_for::<R>(key)) };
        table.remember(key);
        let slot = table.slots.get_mut(key).ok_or_else(|| not_asked_for::<R>(key))?;
        Ok(slot.now.get_or_insert_with(new))
    }

    /// Puts a row in, or in the place of the one that was there.
    pub fn put<R: Row>(&mut self, row: R) -> Result<(), Unappliable> {
        let key = row.key();
        let Some(table) = self.table_mut::<R>() else { return Err(not_asked_for::<R>(&key)) };
        table.remember(&key);
        let slot = table.slots.get_mut(&key).ok_or_else(|| not_asked_for::<R>(&key))?;
        slot.now = Some(row);
        Ok(())
    }

    /// Takes the row out, if it is there.
    pub fn remove<R: Row>(&mut self, key: &R::Key) -> Result<(), Unappliable> {
        let Some(table) = self.table_mut::<R>() else { return Err(not_asked_for::<R>(key)) };
        table.remember(key);
        let slot = table.slots.get_mut(key).ok_or_else(|| not_asked_for::<R>(key))?;
        slot.now = None;
        Ok(())
    }

    /// Every table, for the engine.
    pub fn tables(&mut self) -> impl Iterator<Item = &mut Box<dyn Table>> {
        self.tables.values_mut()
    }

    /// From here on, changes can be taken back with [`Rows::undo_event`].
    pub fn begin_event(&mut self) {
        self.tables().for_each(|table| table.begin_event());
    }

    /// Takes back what the current event changed so far.
    pub fn undo_event(&mut self) {
        self.tables().for_each(|table| table.undo_event());
    }

    fn table<R: Row>(&self) -> Option<&TableRows<R>> {
        let table: &dyn Any = self.tables.get(&TypeId::of::<R>())?.as_any();
        table.downcast_ref()
    }

    fn table_mut<R: Row>(&mut self) -> Option<&mut TableRows<R>> {
        self.tables.get_mut(&TypeId::of::<R>())?.as_any_mut().downcast_mut()
    }
}

fn not_asked_for<R: Row>(key: &R::Key) -> Unappliable {
    Unappliable::NotAskedFor { table: R::TABLE, key: format!("{key:?}") }
}

/// An empty table of this kind of row, for [`ReadModel::tables`].
pub fn table<R: Row>() -> Box<dyn Table> {
    Box::new(TableRows::<R> { slots: HashMap::new(), asked: Vec::new(), touched: BTreeSet::new(), undo: Vec::new() })
}

struct TableRows<R: Row> {
    slots: HashMap<R::Key, Slot<R>>,
    /// Asked for and not looked up yet.
    asked: Vec<R::Key>,
    /// Perhaps changed since it was stored: so that a batch of one event does not compare every row in memory.
    touched: BTreeSet<R::Key>,
    undo: Vec<(R::Key, Option<R>)>,
}

/// A row as it is stored and as it is now.
#[derive(Clone, Debug)]
struct Slot<R> {
    stored: Option<R>,
    now: Option<R>,
}

impl<R: Row> TableRows<R> {
    fn remember(&mut self, key: &R::Key) {
        if let Some(slot) = self.slots.get(key) {
            self.undo.push((key.clone(), slot.now.clone()));
            self.touched.insert(key.clone());
        }
    }

    fn changed(&self) -> impl Iterator<Item = (&R::Key, &Slot<R>)> {
        let touched = self.touched.iter().filter_map(|key| self.slots.get_key_value(key));
        touched.filter(|(_, slot)| slot.now != slot.stored)
    }
}

/// What the engine does with a table without knowing its rows. All texts are JSON.
pub trait Table: Send + Sync {
    fn name(&self) -> &'static str;
    fn key_columns(&self) -> &'static [&'static str];
    /// An array of the key objects that are asked for and not known yet; `None` if there are none.
    fn unknown_keys(&self) -> Result<Option<String>, serde_json::Error>;
    /// Takes in a stored row that was asked for.
    fn load(&mut self, row: &str) -> Result<(), serde_json::Error>;
    /// All rows asked for have been looked up: those not loaded are not there.
    fn all_known(&mut self);
    /// Arrays of the rows to upsert and of the keys to delete, each `None` if empty.
    fn changes(&self) -> Result<(Option<String>, Option<String>), serde_json::Error>;
    /// The changes are stored now.
    fn stored(&mut self);
    /// Forgets all rows but the changed ones (bounds memory).
    fn forget(&mut self);
    fn len(&self) -> usize;
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// All present rows as JSON objects by their key, for comparing with what is stored.
    fn all(&self) -> Result<BTreeMap<String, serde_json::Value>, serde_json::Error>;
    /// A stored row, read into its type and written again in the same form as [`Table::all`]: key and object.
    fn normal(&self, row: &str) -> Result<(String, serde_json::Value), serde_json::Error>;
    fn begin_event(&mut self);
    fn undo_event(&mut self);
    fn row_type(&self) -> TypeId;
    fn as_any(&self) -> &dyn Any;
    fn as_any_mut(&mut self) -> &mut dyn Any;
}

impl<R: Row> Table for TableRows<R> {
    fn name(&self) -> &'static str {
        R::TABLE
    }

    fn key_columns(&self) -> &'static [&'static str] {
        R::KEY
    }

    fn unknown_keys(&self) -> Result<Option<String>, serde_json::Error> {
        array(self.asked.iter())
    }

    fn load(&mut self, row: &str) -> Result<(), serde_json::Error> {
        let row: R = serde_json::from_str(row)?;
        self.slots.insert(row.key(), Slot { stored: Some(row.clone()), now: Some(row) });
        Ok(())
    }

    fn all_known(&mut self) {
        self.asked.clear();
    }

    fn changes(&self) -> Result<(Option<String>, Option<String>), serde_json::Error> {
        let upserts = array(self.changed().filter_map(|(_, slot)| slot.now.as_ref()))?;
        let deletes = array(self.changed().filter(|(_, slot)| slot.now.is_none()).map(|(key, _)| key))?;
        Ok((upserts, deletes))
    }

    fn stored(&mut self) {
        for key in std::mem::take(&mut self.touched) {
            if let Some(slot) = self.slots.get_mut(&key)
                && slot.now != slot.stored
            {
                slot.stored = slot.now.clone();
            }
        }
    }

    fn forget(&mut self) {
        let touched = &self.touched;
        self.slots.retain(|key, slot| slot.now != slot.stored && touched.contains(key));
        self.asked.clear();
    }

    fn len(&self) -> usize {
        self.slots.len()
    }

    fn all(&self) -> Result<BTreeMap<String, serde_json::Value>, serde_json::Error> {
        let present = self.slots.values().filter_map(|slot| slot.now.as_ref());
        present.map(|row| Ok((serde_json::to_string(&row.key())?, serde_json::to_value(row)?))).collect()
    }

    fn normal(&self, row: &str) -> Result<(String, serde_json::Value), serde_json::Error> {
        let row: R = serde_json::from_str(row)?;
        Ok((serde_json::to_string(&row.key())?, serde_json::to_value(&row)?))
    }

    fn begin_event(&mut self) {
        self.undo.clear();
    }

    fn undo_event(&mut self) {
        while let Some((key, before)) = self.undo.pop() {
            if let Some(slot) = self.slots.get_mut(&key) {
                slot.now = before;
            }
        }
    }

    fn row_type(&self) -> TypeId {
        TypeId::of::<R>()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}

fn array<T: Serialize>(items: impl Iterator<Item = T>) -> Result<Option<String>, serde_json::Error> {
    let items: Vec<T> = items.collect();
    if items.is_empty() { Ok(None) } else { serde_json::to_string(&items).map(Some) }
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
