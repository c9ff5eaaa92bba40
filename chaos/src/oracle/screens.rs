//! What people look at against a fresh fold of the log, made here without any of the engine's SQL: row by row.

use super::{Complaint, Kind};
use crate::Outcome;
use domain::StreamId;
use eventlog::{Position, Recorded};
use projections::model::Parked;
use projections::{Model, Rows};
use rust_decimal::Decimal;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// All read models, folded so far. What was folded for one judgement is not folded again for the next.
pub struct Screens {
    screens: Vec<Screen>,
    folded: usize,
}

struct Screen {
    model: Model,
    rows: Rows,
    parked: Parked,
}

/// What is to be said of them.
pub struct Said {
    pub complaints: Vec<Complaint>,
    /// Some of it may only be so because they do not show the whole log yet.
    pub behind: bool,
}

impl Screens {
    pub fn empty() -> Self {
        let screen = |model: Model| Screen { rows: model.no_rows(), parked: Parked::default(), model };
        Self { screens: projections::all().into_iter().map(screen).collect(), folded: 0 }
    }

    /// Folds on to the end of these events and compares, all of it as of one moment.
    pub async fn check(&mut self, conn: &mut PgConnection, events: &[Recorded]) -> Outcome<Said> {
        for screen in &mut self.screens {
            screen.model.fold(&mut screen.rows, &events[self.folded..], &mut screen.parked)?;
        }
        self.folded = events.len();
        let head = events.last().map_or(0, |event| event.position.to_i64());
        let mut tx = conn.begin_with("begin isolation level repeatable read, read only").await?;
        // Until the end of this, nobody swaps a table for another.
        let tables = self.screens.iter_mut().flat_map(|screen| screen.rows.tables());
        let tables: Vec<String> = tables.map(|table| format!("read.{}", table.name())).collect();
        let lock = format!("lock table {} in access share mode", tables.join(", "));
        sqlx::raw_sql(AssertSqlSafe(lock)).execute(&mut *tx).await?;
        let mut complaints = places(&mut tx, head).await?;
        let behind = !complaints.is_empty();
        if !behind {
            for screen in &mut self.screens {
                complaints.extend(screen.compare(&mut tx).await?);
            }
        }
        tx.rollback().await?;
        Ok(Said { complaints, behind })
    }
}

/// The read models that do not stand where this log ends. The log may have grown meanwhile; then the next look tells.
async fn places(conn: &mut PgConnection, head: i64) -> Outcome<Vec<Complaint>> {
    let places: Vec<(String, i64, Option<String>)> =
        sqlx::query_as("select model, position, stopped from projection.checkpoints").fetch_all(conn).await?;
    let said = places.into_iter().filter_map(|(model, position, stopped)| match stopped {
        Some(why) => Some(format!("{model} has stopped: {why}")),
        None if position < head => Some(format!("{model} shows the log up to {position} of {head}")),
        None if position > head => Some(format!("{model} shows position {position} of a log that ends at {head}")),
        None => None,
    });
    Ok(said.map(|what| Kind::Screen.says(what)).collect())
}

impl Screen {
    async fn compare(&mut self, conn: &mut PgConnection) -> Outcome<Vec<Complaint>> {
        let parked = "select tenant_id, category, stream_id, position from projection.parked_streams where model = $1";
        let parked: Vec<(uuid::Uuid, String, uuid::Uuid, i64)> =
            sqlx::query_as(parked).bind(self.model.name).fetch_all(&mut *conn).await?;
        let parked = parked.into_iter().map(|(tenant, category, id, position)| {
            let stream = StreamId { tenant: domain::TenantId(tenant), category: category.into(), id };
            (stream, Position::from_i64(position))
        });
        let mut differences = parked_elsewhere(&self.parked, parked.collect());
        for table in self.rows.tables() {
            let mut stored = BTreeMap::new();
            let sql = format!("select to_json(t)::text from read.{} t", table.name());
            for row in sqlx::query_scalar::<_, String>(AssertSqlSafe(sql)).fetch_all(&mut *conn).await? {
                stored.extend([table.normal(&row)?]);
            }
            let different = different(table.all()?, stored);
            differences.extend(different.into_iter().map(|what| format!("{}: {what}", table.name())));
        }
        Ok(differences.into_iter().map(|what| Kind::Screen.says(format!("{}: {what}", self.model.name))).collect())
    }
}

/// What cannot be applied must be set aside, from that very event on, and nothing else may be.
fn parked_elsewhere(fresh: &Parked, mut stored: HashMap<StreamId, Position>) -> Vec<String> {
    let mut said = Vec::new();
    for (stream, (position, why)) in &fresh.0 {
        match stored.remove(stream) {
            Some(from) if from == *position => {}
            Some(from) => said.push(format!("{stream} is set aside from {from} on instead of {position}")),
            None => said.push(format!("{stream} is not set aside, though {position} cannot be applied: {why}")),
        }
    }
    said.extend(stored.into_iter().map(|(stream, from)| format!("{stream} is set aside from {from} on for no reason")));
    said
}

/// Rows that are not the same, by their key.
fn different(mut fresh: BTreeMap<String, Value>, stored: BTreeMap<String, Value>) -> Vec<String> {
    let mut said = Vec::new();
    for (key, stored) in stored {
        match fresh.remove(&key) {
            None => said.push(format!("the row {key} should not be there")),
            Some(fresh) if !same(&fresh, &stored) => said.push(format!("the row {key} differs in {}", columns(&fresh, &stored))),
            Some(_) => {}
        }
    }
    said.extend(fresh.into_keys().map(|key| format!("the row {key} is missing")));
    said
}

fn columns(fresh: &Value, stored: &Value) -> String {
    let names: BTreeSet<&String> = [fresh, stored].into_iter().filter_map(Value::as_object).flat_map(|row| row.keys()).collect();
    let differing = names.into_iter().filter(|name| !same(&fresh[name.as_str()], &stored[name.as_str()]));
    let shown = differing.map(|name| format!("{name} ({} instead of {})", stored[name.as_str()], fresh[name.as_str()]));
    shown.collect::<Vec<_>>().join(", ")
}

/// Equal to the last digit; a column of two decimals may write 10 as 10.00.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            let exact = |number: &serde_json::Number| Decimal::from_str_exact(&number.to_string());
            one == other || matches!((exact(one), exact(other)), (Ok(one), Ok(other)) if one == other)
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len() && one.iter().all(|(name, value)| other.get(name).is_some_and(|other| same(value, other)))
        }
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::super::story::Story;
    use super::*;
    use serde_json::json;

    fn rows(rows: &[(&str, Value)]) -> BTreeMap<String, Value> {
        rows.iter().map(|(key, row)| ((*key).to_owned(), row.clone())).collect()
    }

    #[test]
    fn rows_are_missing_too_many_or_different() {
        let fresh = rows(&[("a", json!({ "n": 10 })), ("b", json!({ "n": 2 }))]);
        let digits: Value = serde_json::from_str(r#"{"n":10.00}"#).unwrap_or_default();
        assert_eq!(different(fresh.clone(), rows(&[("a", digits), ("b", json!({ "n": 2 }))])), Vec::<String>::new());
        let said = different(fresh, rows(&[("b", json!({ "n": 3 })), ("c", json!({ "n": 1 }))]));
        assert_eq!(said, ["the row b differs in n (3 instead of 2)", "the row c should not be there", "the row a is missing"]);
    }

    #[test]
    fn what_is_set_aside_is_what_cannot_be_applied() {
        let mut story = Story::default();
        story.pay("k1", 1);
        let (event, mut fresh) = (&story.events[0], Parked::default());
        fresh.park(event, "no such case");
        let stored = |position| HashMap::from([(event.stream.clone(), Position::from_i64(position))]);
        assert_eq!(parked_elsewhere(&fresh, stored(1)), Vec::<String>::new());
        assert!(parked_elsewhere(&fresh, stored(2))[0].contains("from 2 on instead of 1"));
        assert!(parked_elsewhere(&fresh, HashMap::new())[0].contains("is not set aside"));
        assert!(parked_elsewhere(&Parked::default(), stored(1))[0].contains("for no reason"));
    }
}
