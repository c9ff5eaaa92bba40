//! The list of all screens, each as the engine sees it: a name, tables, and the rules by which events change rows.

use crate::model::{Keys, Parked, ReadModel, Rows, Unappliable};
use crate::table::Table;
use domain::{Fact, event::Unreadable};
use eventlog::Recorded;

/// A read model whose row types have been forgotten, so that models of all kinds stand in one list.
#[derive(Clone, Copy)]
pub struct Model {
    pub name: &'static str,
    pub version: i32,
    pub categories: &'static [&'static str],
    pub sql: &'static str,
    /// Tables whose rows not everybody in the company sees, with the condition.
    pub walls: &'static [(&'static str, &'static str)],
    pub tables: fn() -> Vec<Box<dyn Table>>,
    pub keys: fn(&Recorded, &Fact, &mut Keys<'_>),
    pub keys_by_rows: fn(&mut Rows, &Recorded, &Fact),
    pub evolve: fn(&mut Rows, &Recorded, &Fact) -> Result<(), Unappliable>,
}

/// The read model `M` for the engine's list.
pub fn model<M: ReadModel>() -> Model {
    Model {
        name: M::NAME,
        version: M::VERSION,
        categories: M::CATEGORIES,
        sql: M::SQL,
        walls: M::WALLS,
        tables: M::tables,
        keys: M::keys,
        keys_by_rows: M::keys_by_rows,
        evolve: M::evolve,
    }
}

impl Model {
    /// Whether it looks at the streams of this event's category.
    pub fn looks_at(&self, event: &Recorded) -> bool {
        self.categories.is_empty() || self.categories.contains(&event.stream.category.as_ref())
    }

    /// Its tables without any rows.
    pub fn no_rows(&self) -> Rows {
        Rows::of((self.tables)())
    }

    /// Applies one event to rows that are all in memory, or nothing of it.
    pub fn apply(&self, rows: &mut Rows, event: &Recorded, fact: &Fact) -> Result<(), Unappliable> {
        rows.begin_event();
        (self.evolve)(rows, event, fact).inspect_err(|_| rows.undo_event())
    }

    /// Folds events into rows kept in memory only, see [`crate::model::fold`].
    pub fn fold(&self, rows: &mut Rows, events: &[Recorded], parked: &mut Parked) -> Result<(), Unreadable> {
        for event in events.iter().filter(|event| self.looks_at(event)) {
            if parked.holds(event) {
                continue;
            }
            match Fact::read(&event.name, &event.body) {
                Ok(fact) => {
                    (self.keys)(event, &fact, &mut rows.keys());
                    rows.tables().for_each(|table| table.all_known());
                    (self.keys_by_rows)(rows, event, &fact);
                    rows.tables().for_each(|table| table.all_known());
                    if let Err(reason) = self.apply(rows, event, &fact) {
                        parked.park(event, reason);
                    }
                }
                Err(Unreadable::UnknownName(name)) => return Err(Unreadable::UnknownName(name)),
                Err(unreadable) => parked.park(event, unreadable),
            }
        }
        Ok(())
    }
}
