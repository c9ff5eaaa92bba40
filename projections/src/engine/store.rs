//! How rows get from the database into memory and back: for each table one statement to load, one to upsert, one to delete.

use super::{error::Error, models::Model};
use crate::model::{Rows, Table};
use sqlx::{AssertSqlSafe, PgConnection};
use std::collections::HashMap;

/// The statements for the tables of one model, in whichever schema comes first on the connection's path.
pub struct Store(HashMap<&'static str, Statements>);

struct Statements {
    load: String,
    upsert: String,
    delete: String,
}

impl Store {
    /// Looks up the columns of the model's tables.
    pub async fn of(model: &Model, conn: &mut PgConnection) -> Result<Self, Error> {
        let mut statements = HashMap::new();
        for table in (model.tables)() {
            let columns: Vec<String> = sqlx::query_scalar(
                "select attname::text from pg_attribute
                 where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum",
            )
            .bind(table.name())
            .fetch_all(&mut *conn)
            .await?;
            statements.insert(table.name(), Statements::of(table.as_ref(), &columns));
        }
        Ok(Self(statements))
    }

    /// Fetches the rows that were asked for.
    pub async fn load(&self, rows: &mut Rows, conn: &mut PgConnection) -> Result<(), Error> {
        for table in rows.tables() {
            if let (Some(keys), Some(statements)) = (table.unknown_keys()?, self.0.get(table.name())) {
                let load = sqlx::query_scalar(AssertSqlSafe(statements.load.as_str())).bind(keys);
                let found: Vec<String> = load.fetch_all(&mut *conn).await?;
                found.iter().try_for_each(|row| table.load(row))?;
            }
            table.all_known();
        }
        Ok(())
    }

    /// Writes what changed. Deletes come first: a new row may take over the unique name of one that goes.
    pub async fn save(&self, rows: &mut Rows, conn: &mut PgConnection) -> Result<(), Error> {
        for table in rows.tables() {
            let (upserts, deletes) = table.changes()?;
            if let Some(statements) = self.0.get(table.name()) {
                for (sql, json) in [(&statements.delete, deletes), (&statements.upsert, upserts)] {
                    if let Some(json) = json {
                        sqlx::query(AssertSqlSafe(sql.as_str())).bind(json).execute(&mut *conn).await?;
                    }
                }
            }
        }
        rows.tables().for_each(|table| table.stored());
        Ok(())
    }
}

impl Statements {
    fn of(table: &dyn Table, columns: &[String]) -> Self {
        let name = table.name();
        let quoted = |column: &str| format!("\"{column}\"");
        let keys: Vec<String> = table.key_columns().iter().map(|column| quoted(column)).collect();
        let columns: Vec<String> = columns.iter().map(|column| quoted(column)).collect();
        let changes = columns.iter().filter(|column| !keys.contains(column));
        let changes: Vec<String> = changes.map(|column| format!("{column} = excluded.{column}")).collect();
        let (keys, all) = (keys.join(", "), columns.join(", "));
        let wanted = format!("({keys}) in (select {keys} from json_populate_recordset(null::{name}, $1::json))");
        let on_conflict = if changes.is_empty() { "nothing".into() } else { format!("update set {}", changes.join(", ")) };
        Self {
            load: format!("select to_json(r)::text from (select {all} from {name} where {wanted}) r"),
            upsert: format!(
                "insert into {name} ({all}) select {all} from json_populate_recordset(null::{name}, $1::json) \
                 on conflict ({keys}) do {on_conflict}"
            ),
            delete: format!("delete from {name} where {wanted}"),
        }
    }
}
