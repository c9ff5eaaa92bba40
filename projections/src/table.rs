//! The rows of one table while they are in memory: as they are now and, where that differs, as they are stored.

use crate::model::Row;
use serde::Serialize;
use std::any::Any;
use std::collections::{BTreeMap, HashMap, hash_map::Entry};
use std::mem::{size_of, take};

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
    /// Whether anything has to be stored.
    fn is_changed(&self) -> bool;
    /// What has to be stored.
    fn changes(&self) -> Result<Changes, serde_json::Error>;
    /// The rows that are not stored in any form, by their keys.
    fn new_rows(&self) -> Box<dyn Iterator<Item = Result<Vec<u8>, serde_json::Error>> + Send + '_>;
    /// Those are stored now.
    fn new_are_stored(&mut self);
    /// All changes are stored now.
    fn stored(&mut self);
    /// The changes cannot be stored: every row is again as it is stored.
    fn back(&mut self);
    /// Forgets rows that were not asked for lately, once those that were take more than so many bytes. All must be stored.
    fn rest(&mut self, most: usize);
    /// About how many bytes the rows take.
    fn bytes(&self) -> usize;
    /// Whether its rows are written once and never looked at again.
    fn is_journal(&self) -> bool;
    /// All present rows as JSON objects by their key.
    fn all(&self) -> Result<BTreeMap<String, serde_json::Value>, serde_json::Error>;
    /// Takes out the row that has the key of this stored one; where they differ, answers with the key, the stored and the own row.
    fn compare(&mut self, stored: &str) -> Result<Option<Differing>, serde_json::Error>;
    /// Key and content of a stored row in the same form as [`Table::all`], for whoever compares again and again.
    fn normal(&self, stored: &str) -> Result<(String, serde_json::Value), serde_json::Error>;
    /// From here on, changes can be taken back one event at a time.
    fn begin_event(&mut self);
    fn undo_event(&mut self);
    fn as_any(&self) -> &dyn Any;
    fn as_any_mut(&mut self) -> &mut dyn Any;
}

/// A key, the row stored under it, and the row that should be.
pub type Differing = (String, serde_json::Value, Option<serde_json::Value>);

/// Arrays of rows, and of the keys of rows to delete; each `None` if there are none.
#[derive(Default)]
pub struct Changes {
    pub inserts: Option<String>,
    pub updates: Option<String>,
    pub deletes: Option<String>,
}

/// An empty table of this kind of row, for [`crate::ReadModel::tables`].
pub fn table<R: Row>() -> Box<dyn Table> {
    Box::new(TableRows::<R> {
        rows: HashMap::new(),
        idle: HashMap::new(),
        asked: Vec::new(),
        touched: HashMap::new(),
        undo: Vec::new(),
    })
}

/// A row that is known, or known not to be there.
type Slot<R> = Option<Box<R>>;

pub(crate) struct TableRows<R: Row> {
    /// Those asked for lately.
    rows: HashMap<R::Key, Slot<R>>,
    /// Those asked for before that, which may be forgotten.
    idle: HashMap<R::Key, Slot<R>>,
    /// Asked for and not looked up yet.
    asked: Vec<R::Key>,
    /// How the rows are stored that were perhaps changed since.
    touched: HashMap<R::Key, Slot<R>>,
    /// How the rows were before the current event.
    undo: Vec<(R::Key, Slot<R>)>,
}

impl<R: Row> TableRows<R> {
    pub(crate) fn want(&mut self, key: R::Key) {
        if let Entry::Vacant(vacant) = self.rows.entry(key) {
            match self.idle.remove(vacant.key()) {
                Some(slot) => drop(vacant.insert(slot)),
                None => {
                    if !R::JOURNAL {
                        self.asked.push(vacant.key().clone());
                    }
                    vacant.insert(None);
                }
            }
        }
    }

    pub(crate) fn get(&self, key: &R::Key) -> Option<Option<&R>> {
        self.rows.get(key).map(Option::as_deref)
    }

    /// The place of a row that is about to change, if it was asked for.
    pub(crate) fn change(&mut self, key: &R::Key) -> Option<&mut Slot<R>> {
        let slot = self.rows.get_mut(key)?;
        if !self.undo.iter().any(|(changed, _)| changed == key) {
            self.undo.push((key.clone(), slot.clone()));
        }
        Some(slot)
    }

    /// The rows to be stored by their key: how each is stored, and how it is now.
    fn changed(&self) -> Vec<(&R::Key, Option<&R>, Option<&R>)> {
        let now = |key| self.rows.get(key).and_then(Option::as_deref);
        let touched = self.touched.iter().map(|(key, stored)| (key, stored.as_deref(), now(key)));
        let mut changed: Vec<_> = touched.filter(|(_, stored, now)| stored != now).collect();
        changed.sort_unstable_by_key(|(key, ..)| *key);
        changed
    }
}

impl<R: Row> Table for TableRows<R> {
    fn name(&self) -> &'static str {
        R::TABLE
    }

    fn key_columns(&self) -> &'static [&'static str] {
        R::KEY
    }

    fn unknown_keys(&self) -> Result<Option<String>, serde_json::Error> {
        array(self.asked.iter().collect())
    }

    fn load(&mut self, row: &str) -> Result<(), serde_json::Error> {
        let row: R = serde_json::from_str(row)?;
        self.rows.insert(row.key(), Some(Box::new(row)));
        Ok(())
    }

    fn all_known(&mut self) {
        self.asked.clear();
    }

    fn is_changed(&self) -> bool {
        self.touched.iter().any(|(key, stored)| self.rows.get(key).is_some_and(|now| now != stored))
    }

    fn changes(&self) -> Result<Changes, serde_json::Error> {
        let changed = self.changed();
        let new = changed.iter().filter(|(_, stored, _)| stored.is_none()).filter_map(|(.., now)| *now);
        let other = changed.iter().filter(|(_, stored, _)| stored.is_some()).filter_map(|(.., now)| *now);
        let gone = changed.iter().filter(|(.., now)| now.is_none()).map(|(key, ..)| *key);
        Ok(Changes { inserts: array(new.collect())?, updates: array(other.collect())?, deletes: array(gone.collect())? })
    }

    fn new_rows(&self) -> Box<dyn Iterator<Item = Result<Vec<u8>, serde_json::Error>> + Send + '_> {
        let new = self.changed().into_iter().filter(|(_, stored, _)| stored.is_none());
        Box::new(new.filter_map(|(.., now)| now).map(serde_json::to_vec))
    }

    fn new_are_stored(&mut self) {
        self.touched.retain(|_, stored| stored.is_some());
    }

    fn stored(&mut self) {
        self.undo.clear();
        self.touched.clear();
        if R::JOURNAL {
            self.rows.clear();
        }
    }

    fn back(&mut self) {
        self.begin_event();
        self.rows.extend(take(&mut self.touched));
    }

    fn rest(&mut self, most: usize) {
        if self.rows.len() * room::<R>() > most {
            self.idle = take(&mut self.rows);
        }
    }

    fn bytes(&self) -> usize {
        (self.rows.len() + self.idle.len()) * room::<R>()
    }

    fn is_journal(&self) -> bool {
        R::JOURNAL
    }

    fn all(&self) -> Result<BTreeMap<String, serde_json::Value>, serde_json::Error> {
        let present = self.rows.values().chain(self.idle.values()).filter_map(Option::as_deref);
        present.map(|row| Ok((serde_json::to_string(&row.key())?, serde_json::to_value(row)?))).collect()
    }

    fn compare(&mut self, stored: &str) -> Result<Option<Differing>, serde_json::Error> {
        let stored: R = serde_json::from_str(stored)?;
        match self.rows.remove(&stored.key()).flatten() {
            Some(own) if *own == stored => Ok(None),
            own => {
                let own = own.map(serde_json::to_value).transpose()?;
                Ok(Some((serde_json::to_string(&stored.key())?, serde_json::to_value(stored)?, own)))
            }
        }
    }

    fn normal(&self, stored: &str) -> Result<(String, serde_json::Value), serde_json::Error> {
        let stored: R = serde_json::from_str(stored)?;
        Ok((serde_json::to_string(&stored.key())?, serde_json::to_value(stored)?))
    }

    fn begin_event(&mut self) {
        for (key, before) in self.undo.drain(..) {
            self.touched.entry(key).or_insert(before);
        }
    }

    fn undo_event(&mut self) {
        self.rows.extend(self.undo.drain(..));
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}

/// About how many bytes a row takes: itself with what its texts hold, its key, and its share of the map.
fn room<R: Row>() -> usize {
    size_of::<R>() * 3 / 2 + size_of::<R::Key>() + 64
}

fn array<T: Serialize>(items: Vec<T>) -> Result<Option<String>, serde_json::Error> {
    if items.is_empty() { Ok(None) } else { serde_json::to_string(&items).map(Some) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rows;
    use crate::cases::case_counts::{CaseCount, CaseCountKey};
    use crate::cases::worklist::CaseStatus;
    use domain::TenantId;
    use domain::cases::case::Priority;
    use uuid::Uuid;

    fn key(tenant: u128) -> CaseCountKey {
        let tenant_id = TenantId(Uuid::from_u128(tenant));
        CaseCountKey { tenant_id, status: CaseStatus::Open, priority: Priority::P1 }
    }

    fn count(tenant: u128, cases: i64) -> CaseCount {
        CaseCount { on_track: cases, ..CaseCount::none(key(tenant)) }
    }

    /// Rows of which one, of tenant 1, is stored.
    fn rows() -> Rows {
        let mut rows = Rows::of(vec![table::<CaseCount>()]);
        for tenant in [1, 2] {
            rows.keys().want::<CaseCount>(key(tenant));
        }
        let stored = serde_json::to_string(&count(1, 5)).unwrap();
        only(&mut rows).load(&stored).unwrap();
        only(&mut rows).all_known();
        rows
    }

    fn only(rows: &mut Rows) -> &mut dyn Table {
        rows.tables().next().unwrap().as_mut()
    }

    #[test]
    fn changes_are_told_apart_by_what_is_stored_and_can_be_taken_back() {
        let mut rows = rows();
        rows.begin_event();
        rows.must::<CaseCount>(&key(1)).unwrap().on_track = 6;
        rows.begin_event();
        rows.must::<CaseCount>(&key(1)).unwrap().on_track = 7;
        rows.put(count(2, 1)).unwrap();
        rows.undo_event();
        assert_eq!(rows.get::<CaseCount>(&key(1)), Ok(Some(&count(1, 6))), "the event before is not undone");
        rows.put(count(2, 2)).unwrap();
        rows.begin_event();
        let changes = only(&mut rows).changes().unwrap();
        assert_eq!(changes.updates, Some(serde_json::to_string(&[count(1, 6)]).unwrap()));
        assert_eq!(changes.inserts, Some(serde_json::to_string(&[count(2, 2)]).unwrap()));
        assert_eq!(changes.deletes, None);

        only(&mut rows).back();
        assert!(!only(&mut rows).is_changed());
        assert_eq!(rows.get::<CaseCount>(&key(1)), Ok(Some(&count(1, 5))));
        assert_eq!(rows.get::<CaseCount>(&key(2)), Ok(None));
        rows.remove::<CaseCount>(&key(1)).unwrap();
        rows.begin_event();
        assert_eq!(only(&mut rows).changes().unwrap().deletes, Some(serde_json::to_string(&[key(1)]).unwrap()));
    }

    #[test]
    fn what_changes_to_and_fro_need_not_be_stored() {
        let mut rows = rows();
        for cases in [6, 5] {
            rows.begin_event();
            rows.must::<CaseCount>(&key(1)).unwrap().on_track = cases;
        }
        rows.begin_event();
        assert!(!only(&mut rows).is_changed());
        assert_eq!(only(&mut rows).changes().unwrap().updates, None);
    }

    #[test]
    fn rows_not_asked_for_lately_are_forgotten_and_asked_for_again() {
        let mut rows = rows();
        let want = |rows: &mut Rows, tenant| {
            rows.keys().want::<CaseCount>(key(tenant));
            let unknown = only(rows).unknown_keys().unwrap();
            only(rows).all_known();
            unknown
        };
        only(&mut rows).rest(0);
        assert_eq!(want(&mut rows, 1), None, "still known, and from now on asked for lately");
        assert_eq!(rows.get::<CaseCount>(&key(1)), Ok(Some(&count(1, 5))));
        only(&mut rows).rest(0);
        assert_eq!(want(&mut rows, 1), None);
        assert_eq!(want(&mut rows, 2), Some(serde_json::to_string(&[key(2)]).unwrap()), "forgotten");
    }
}
