//! The proof of a screen: everything computed once more from the log alone, and compared row by row with what is stored.

use super::{checkpoint, error::Error, models::Model};
use crate::model::{Parked, Rows, Table};
use domain::event::Unreadable;
use eventlog::{Log, Position};
use futures::TryStreamExt;
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;
use sqlx::{AssertSqlSafe, PgConnection, PgPool};
use std::fmt;

const BATCH: usize = 5_000;

/// A row that is not what the log says. `None`: there is no such row.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    pub model: &'static str,
    pub table: &'static str,
    pub key: String,
    pub stored: Option<Value>,
    pub fresh: Option<Value>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = |row: &Option<Value>| row.as_ref().map_or("no row".to_owned(), Value::to_string);
        write!(f, "{} {} {}: stored {}, fresh {}", self.model, self.table, self.key, row(&self.stored), row(&self.fresh))
    }
}

/// Folds the log afresh in memory up to each model's checkpoint, without any SQL, and names every row that differs.
pub async fn verify(projector: &PgPool, log: &Log, models: &[Model]) -> Result<Vec<Difference>, Error> {
    let mut differences = Vec::new();
    let mut conn = projector.acquire().await?.detach();
    super::as_projector(&mut conn, super::generation::LIVE).await?;
    for model in models {
        // Checkpoint and rows of one and the same moment, which begins once nobody can swap the tables any more.
        let mut tx = sqlx::Connection::begin_with(&mut conn, "begin isolation level repeatable read, read only").await?;
        let mut rows = model.no_rows();
        let tables: Vec<&str> = rows.tables().map(|table| table.name()).collect();
        let lock = format!("lock table {} in access share mode", tables.join(", "));
        sqlx::raw_sql(AssertSqlSafe(lock)).execute(&mut *tx).await?;
        let live = checkpoint::read(&mut tx, model).await?.ok_or_else(|| Error::NotSetUp(model.name.to_owned()))?;
        if live.version != model.version {
            return Err(Error::OtherVersion { stored: live.version, ours: model.version });
        }
        fresh(log, model, &mut rows, live.position).await?;
        for table in rows.tables() {
            compare(&mut tx, model, table.as_ref(), &mut differences).await?;
        }
        tx.commit().await?;
    }
    sqlx::Connection::close(conn).await?;
    Ok(differences)
}

async fn fresh(log: &Log, model: &Model, rows: &mut Rows, end: Position) -> Result<(), Error> {
    let (mut parked, mut position) = (Parked::default(), Position::START);
    while position < end {
        let mut events = log.read(position, BATCH).await?;
        events.truncate(events.partition_point(|event| event.position <= end));
        let Some(last) = events.last() else { break };
        position = last.position;
        model.fold(rows, &events, &mut parked).map_err(|unreadable| match unreadable {
            Unreadable::UnknownName(name) => Error::UnknownEvent { position, name },
            Unreadable::Body { source, .. } => Error::Row(source),
        })?;
    }
    Ok(())
}

async fn compare(
    conn: &mut PgConnection,
    model: &Model,
    table: &dyn Table,
    differences: &mut Vec<Difference>,
) -> Result<(), Error> {
    let mut fresh = table.all()?;
    let difference = |key, stored, fresh| Difference { model: model.name, table: table.name(), key, stored, fresh };
    let sql = format!("select to_json(t)::text from {} t", table.name());
    let mut stored = sqlx::query_scalar::<_, String>(AssertSqlSafe(sql)).fetch(conn);
    while let Some(row) = stored.try_next().await? {
        let (key, row) = table.normal(&row)?;
        match fresh.remove(&key) {
            Some(fresh) if same(&row, &fresh) => {}
            fresh => differences.push(difference(key, Some(row), fresh)),
        }
    }
    differences.extend(fresh.into_iter().map(|(key, row)| difference(key, None, Some(row))));
    Ok(())
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
