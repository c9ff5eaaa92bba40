//! The proof of a screen: everything computed once more from the log alone, and compared row by row with what is stored.

use super::{checkpoint, error::Error, models::Model};
use crate::model::{Parked, Rows};
use crate::table::Table;
use domain::TenantId;
use domain::event::Unreadable;
use eventlog::{Log, Position};
use futures::TryStreamExt;
use serde::Serialize;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool};
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
    verify_rows(projector, log, models, None).await
}

/// The same for the rows of one company, in models whose tables all say whose a row is.
pub async fn verify_company(projector: &PgPool, log: &Log, models: &[Model], tenant: TenantId) -> Result<Vec<Difference>, Error> {
    verify_rows(projector, log, models, Some(tenant)).await
}

async fn verify_rows(
    projector: &PgPool,
    log: &Log,
    models: &[Model],
    tenant: Option<TenantId>,
) -> Result<Vec<Difference>, Error> {
    let mut differences = Vec::new();
    let mut conn = projector.acquire().await?.detach();
    super::as_projector(&mut conn, super::generation::LIVE).await?;
    for model in models {
        let (rows, parked) = (model.no_rows(), Parked::default());
        let mut fresh = Fresh { model, tenant, rows, parked, position: Position::START };
        // Most of the work comes first, so that nobody who swaps tables has to wait for it.
        let near = checkpoint::read(&mut conn, model).await?.ok_or_else(|| Error::NotSetUp(model.name.to_owned()))?;
        fresh.fold_to(log, near.position).await?;
        // Checkpoint and rows of one and the same moment, which begins once nobody can swap the tables any more.
        let mut tx = conn.begin_with("begin isolation level repeatable read, read only").await?;
        let tables: Vec<&str> = fresh.rows.tables().map(|table| table.name()).collect();
        let lock = format!("lock table {} in access share mode", tables.join(", "));
        sqlx::raw_sql(AssertSqlSafe(lock)).execute(&mut *tx).await?;
        let live = checkpoint::read(&mut tx, model).await?.ok_or_else(|| Error::NotSetUp(model.name.to_owned()))?;
        if live.version != model.version {
            return Err(Error::OtherVersion { stored: live.version, ours: model.version });
        }
        fresh.fold_to(log, live.position).await?;
        for table in fresh.rows.tables() {
            compare(&mut tx, model, table.as_mut(), tenant, &mut differences).await?;
        }
        tx.commit().await?;
    }
    conn.close().await?;
    Ok(differences)
}

/// A model as it should be at a position.
struct Fresh<'m> {
    model: &'m Model,
    /// Whose events alone are looked at.
    tenant: Option<TenantId>,
    rows: Rows,
    parked: Parked,
    position: Position,
}

impl Fresh<'_> {
    async fn fold_to(&mut self, log: &Log, end: Position) -> Result<(), Error> {
        while self.position < end {
            let mut events = log.read(self.position, BATCH).await?;
            events.truncate(events.partition_point(|event| event.position <= end));
            let Some(last) = events.last() else { break };
            self.position = last.position;
            events.retain(|event| self.tenant.is_none_or(|tenant| event.stream.tenant == tenant));
            self.model.fold(&mut self.rows, &events, &mut self.parked).map_err(|unreadable| match unreadable {
                Unreadable::UnknownName(name) => Error::UnknownEvent { position: self.position, name },
                Unreadable::Body { source, .. } => Error::Row(source),
            })?;
        }
        Ok(())
    }
}

async fn compare(
    conn: &mut PgConnection,
    model: &Model,
    table: &mut dyn Table,
    tenant: Option<TenantId>,
    differences: &mut Vec<Difference>,
) -> Result<(), Error> {
    let name = table.name();
    let mut differ = |key, stored, fresh| differences.push(Difference { model: model.name, table: name, key, stored, fresh });
    let whose = tenant.map_or_else(String::new, |tenant| format!(" where tenant_id = '{tenant}'"));
    let sql = format!("select to_json(t)::text from {name} t{whose}");
    let mut rows = sqlx::query_scalar::<_, String>(AssertSqlSafe(sql)).fetch(conn);
    while let Some(row) = rows.try_next().await? {
        if let Some((key, stored, fresh)) = table.compare(&row)? {
            differ(key, Some(stored), fresh);
        }
    }
    for (key, fresh) in table.all()? {
        differ(key, None, Some(fresh));
    }
    Ok(())
}
