//! How rows get from the database into memory and back: what the engine says in SQL about the tables of one screen.

use super::{checkpoint, error::Error, models::Model};
use crate::model::Rows;
use crate::table::{Changes, Table};
use sqlx::{AssertSqlSafe, PgConnection};
use std::collections::HashMap;

/// The statements for the tables of one model, in whichever schema comes first on the connection's path.
pub struct Store {
    /// In the model's order.
    tables: Vec<Statements>,
    /// Statements that store and move the checkpoint at once, by what they store.
    together: HashMap<Vec<(bool, bool)>, String>,
}

/// A column of a table, and whether it holds JSON.
#[derive(Clone, sqlx::FromRow)]
pub struct Column {
    pub name: String,
    pub json: bool,
}

/// What is said about one table.
pub struct Statements {
    pub name: &'static str,
    pub columns: Vec<Column>,
    keys: Vec<String>,
}

impl Store {
    /// Looks up the columns of the model's tables.
    pub async fn of(model: &Model, conn: &mut PgConnection) -> Result<Self, Error> {
        let mut tables = Vec::new();
        for table in (model.tables)() {
            tables.push(Statements::of(table.as_ref(), conn).await?);
        }
        Ok(Self { tables, together: HashMap::new() })
    }

    /// The tables in the model's order.
    pub fn tables(&self) -> &[Statements] {
        &self.tables
    }

    /// Lets nobody swap the tables until the end of the transaction.
    pub async fn lock(&self, conn: &mut PgConnection) -> Result<(), Error> {
        let names: Vec<&str> = self.tables.iter().map(|table| table.name).collect();
        let sql = format!("lock table {} in row exclusive mode", names.join(", "));
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(conn).await?;
        Ok(())
    }

    /// Fetches the rows that were asked for.
    pub async fn load(&self, rows: &mut Rows, conn: &mut PgConnection) -> Result<(), Error> {
        for (table, statements) in rows.tables().zip(&self.tables) {
            if let Some(keys) = table.unknown_keys()? {
                let sql = statements.load();
                let found: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql)).bind(keys).fetch_all(&mut *conn).await?;
                found.iter().try_for_each(|row| table.load(row))?;
            }
            table.all_known();
        }
        Ok(())
    }

    /// Writes what changed, table by table.
    pub async fn save(&self, changes: &[Changes], conn: &mut PgConnection) -> Result<(), Error> {
        for (changes, table) in changes.iter().zip(&self.tables) {
            table.save(changes, conn).await?;
        }
        Ok(())
    }

    /// Deletes all rows.
    pub async fn empty(&self, conn: &mut PgConnection) -> Result<(), Error> {
        for table in &self.tables {
            sqlx::raw_sql(AssertSqlSafe(format!("delete from {}", table.name))).execute(&mut *conn).await?;
        }
        Ok(())
    }

    /// The statement that moves the checkpoint and, only if it was where it should be, stores inserts and updates: one round
    /// trip that is a transaction of its own. Its parameters are those of [`checkpoint::advance`], then the texts of the changes.
    pub fn together(&mut self, changes: &[Changes]) -> &str {
        let what: Vec<_> = changes.iter().map(|table| (table.inserts.is_some(), table.updates.is_some())).collect();
        let tables = &self.tables;
        self.together.entry(what).or_insert_with_key(|what| {
            let mut sql = format!("with moved as ({})", checkpoint::advance_sql());
            let mut parameter = checkpoint::ADVANCE_PARAMETERS;
            for (table, (inserts, updates)) in tables.iter().zip(what) {
                for (wanted, statement) in [(*updates, Statements::update as fn(&_, _) -> _), (*inserts, Statements::insert)] {
                    if wanted {
                        parameter += 1;
                        let statement: String = statement(table, parameter);
                        sql += &format!(", w{parameter} as ({statement} and exists (select from moved))");
                    }
                }
            }
            sql + " select updated_at from moved"
        })
    }
}

impl Statements {
    async fn of(table: &dyn Table, conn: &mut PgConnection) -> Result<Self, Error> {
        let columns = sqlx::query_as(
            "select attname::text as name, atttypid in ('json'::regtype, 'jsonb'::regtype) as json from pg_attribute
             where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum",
        );
        let columns: Vec<Column> = columns.bind(table.name()).fetch_all(conn).await?;
        let keys = table.key_columns().iter().map(|column| quoted(column)).collect();
        Ok(Self { name: table.name(), columns, keys })
    }

    /// Writes what changed. Deletes come first: a new row may take over the unique name of one that goes.
    pub async fn save(&self, changes: &Changes, conn: &mut PgConnection) -> Result<(), Error> {
        let Changes { deletes, updates, inserts } = changes;
        for (sql, json) in [(self.delete(1), deletes), (self.update(1), updates), (self.insert(1), inserts)] {
            if let Some(json) = json {
                sqlx::query(AssertSqlSafe(sql)).bind(json).execute(&mut *conn).await?;
            }
        }
        Ok(())
    }

    /// Its columns, quoted.
    pub fn all(&self) -> String {
        self.columns.iter().map(|column| quoted(&column.name)).collect::<Vec<_>>().join(", ")
    }

    fn rows(&self, parameter: usize) -> String {
        format!("json_populate_recordset(null::{}, ${parameter}::json)", self.name)
    }

    /// That `t` is the row of the key `r`.
    fn same(&self) -> String {
        self.keys.iter().map(|key| format!("t.{key} = r.{key}")).collect::<Vec<_>>().join(" and ")
    }

    /// Looked up key by key, which `offset 0` holds PostgreSQL to. By which index is another matter: see `generation::look_again`.
    fn load(&self) -> String {
        let (all, name, rows, same) = (self.all(), self.name, self.rows(1), self.same());
        format!("select to_json(f)::text from {rows} r cross join lateral (select {all} from {name} t where {same} offset 0) f")
    }

    fn insert(&self, parameter: usize) -> String {
        let (name, all, rows) = (self.name, self.all(), self.rows(parameter));
        format!("insert into {name} ({all}) select {all} from {rows} where true")
    }

    fn update(&self, parameter: usize) -> String {
        let changes = self.columns.iter().map(|column| quoted(&column.name)).filter(|column| !self.keys.contains(column));
        let changes: Vec<String> = changes.map(|column| format!("{column} = r.{column}")).collect();
        let (name, rows, same) = (self.name, self.rows(parameter), self.same());
        format!("update {name} t set {} from {rows} r where {same}", changes.join(", "))
    }

    fn delete(&self, parameter: usize) -> String {
        format!("delete from {} t using {} r where {}", self.name, self.rows(parameter), self.same())
    }
}

fn quoted(column: &str) -> String {
    format!("\"{column}\"")
}
