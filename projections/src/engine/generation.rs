//! The tables of a screen are made, guarded and swapped as one generation; a table in use is never altered.

use super::{checkpoint::Checkpoint, error::Error, models::Model};
use eventlog::Position;
use eventlog::chaos::{Point, passing};
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool};

/// The schema of the generation that is in use.
pub const LIVE: &str = "read";

/// Makes the tables of models that have none yet. For the role that owns the database; several programs may do it at once.
pub async fn set_up(owner: &PgPool, models: &[Model]) -> Result<(), Error> {
    let mut conn = owner.acquire().await?.detach();
    for model in models {
        let mut tx = conn.begin().await?;
        sqlx::query("select pg_advisory_xact_lock(hashtextextended('docket.set_up', 0))").execute(&mut *tx).await?;
        if super::checkpoint::read(&mut tx, model).await?.is_none() {
            let shadow = make(&mut tx, model, 1).await?;
            finish(&mut tx, model, &shadow).await?;
            sqlx::query!(
                "insert into projection.checkpoints (model, generation, version, relations, position, epoch)
                 values ($1, 0, $2, '{}', 0, 0)",
                model.name,
                model.version
            )
            .execute(&mut *tx)
            .await?;
            let nothing = Checkpoint { generation: 0, version: model.version, position: Position::START, epoch: 0 };
            swap(&mut tx, model, &shadow, nothing, Position::START).await?;
        }
        tx.commit().await?;
    }
    Ok(conn.close().await?)
}

/// A generation that is being filled and that nobody sees.
pub struct Shadow {
    pub schema: String,
    /// Statements that make the indexes that it lacks until it is finished.
    indexes: Vec<String>,
}

/// Makes a model's tables, empty, in a schema of their own. What an earlier attempt left behind is dropped.
pub async fn make(conn: &mut PgConnection, model: &Model, generation: i32) -> Result<Shadow, Error> {
    let mut tx = conn.begin().await?;
    let left: Vec<String> = sqlx::query_scalar("select nspname::text from pg_namespace where nspname ~ $1")
        .bind(format!("^shadow_{}_[0-9]+$", model.name))
        .fetch_all(&mut *tx)
        .await?;
    for schema in left {
        run(&mut tx, format!("drop schema {schema} cascade")).await?;
    }
    let schema = format!("shadow_{}_{generation}", model.name);
    run(&mut tx, format!("create schema {schema}; grant usage on schema {schema} to docket_projector")).await?;
    run(&mut tx, format!("set local search_path = {schema}, public")).await?;
    run(&mut tx, model.sql.to_owned()).await?;
    run(&mut tx, format!("grant select, insert, update, delete on all tables in schema {schema} to docket_projector")).await?;
    // On commit `set local` ends by itself, but not if this was a savepoint of a larger transaction.
    run(&mut tx, "set local search_path to default".to_owned()).await?;
    tx.commit().await?;
    Ok(Shadow { schema, indexes: Vec::new() })
}

/// Drops its indexes, but for those that keep keys apart, until it is finished: many rows go in faster without. For the owner.
pub async fn strip(conn: &mut PgConnection, shadow: &mut Shadow) -> Result<(), Error> {
    let indexes: Vec<(String, String)> = sqlx::query_as(
        "select format('%I.%I', c.relnamespace::regnamespace, c.relname), pg_get_indexdef(c.oid)
         from pg_index i join pg_class c on c.oid = i.indexrelid
         where c.relnamespace = $1::regnamespace and not i.indisunique order by c.oid",
    )
    .bind(&shadow.schema)
    .fetch_all(&mut *conn)
    .await?;
    for (name, definition) in indexes {
        run(conn, format!("drop index {name}")).await?;
        shadow.indexes.push(definition);
    }
    Ok(())
}

/// Makes a filled generation fit for use: indexes and row security. For the owner.
pub async fn finish(conn: &mut PgConnection, model: &Model, shadow: &Shadow) -> Result<(), Error> {
    let mut tx = conn.begin().await?;
    run(&mut tx, format!("set local role none; set local search_path = {}, public", shadow.schema)).await?;
    for definition in &shadow.indexes {
        run(&mut tx, definition.clone()).await?;
    }
    for (name, is_table) in relations(&mut tx, &shadow.schema).await? {
        run(&mut tx, if is_table { guarded_table(&name) } else { guarded_view(&name) }).await?;
    }
    for (name, condition) in model.walls {
        run(&mut tx, walled(name, condition)).await?;
    }
    run(&mut tx, "set local search_path to default; set local role to default".to_owned()).await?;
    Ok(tx.commit().await?)
}

/// Lets planner and index-only scans know at once what was filled in. For a connection that is in no transaction.
pub async fn tidy(conn: &mut PgConnection, shadow: &Shadow) -> Result<(), Error> {
    run(conn, "set role none".to_owned()).await?;
    for (name, is_table) in relations(conn, &shadow.schema).await? {
        if is_table {
            let table = format!("{}.\"{name}\"", shadow.schema);
            run(conn, format!("vacuum {table}")).await?;
            analyze(conn, &table).await?;
        }
    }
    run(conn, "set role docket_projector".to_owned()).await
}

/// Tells the planner about a table by a quarter of the usual sample, which is enough to choose an index. PostgreSQL takes its own,
/// larger one later.
async fn analyze(conn: &mut PgConnection, table: &str) -> Result<(), Error> {
    let mut tx = conn.begin().await?;
    run(&mut tx, "set local default_statistics_target = 25".to_owned()).await?;
    run(&mut tx, format!("analyze {table}")).await?;
    Ok(tx.commit().await?)
}

/// Lets the planner know how large the tables in use have become, if they are at least twice what it knows of: plans made for an
/// empty table walk through all rows of a company, and PostgreSQL's own look may be a minute away. For the owner.
pub async fn look_again(owner: &PgPool, model: &Model) -> Result<(), Error> {
    let grown: Vec<String> = sqlx::query_scalar(
        "select c.oid::regclass::text from projection.checkpoints p join pg_class c on c.relname = any(p.relations)
         where p.model = $1 and c.relnamespace = $2::regnamespace and c.relkind = 'r'
           and pg_relation_size(c.oid) >= 2 * greatest(c.relpages, 1) * current_setting('block_size')::bigint",
    )
    .bind(model.name)
    .bind(LIVE)
    .fetch_all(owner)
    .await?;
    let mut conn = owner.acquire().await?;
    for table in grown {
        analyze(&mut conn, &table).await?;
    }
    Ok(())
}

/// Keeps vacuum off the generation in use until the end of the transaction, and nobody else. For the owner.
///
/// PostgreSQL sends its automatic vacuum away from a table that somebody has waited for longer than `deadlock_timeout`; whoever
/// gives up earlier, as [`lock`] has to, would wait for a large table to be vacuumed to its end.
pub async fn hold_off_vacuum(conn: &mut PgConnection, model: &Model) -> Result<(), Error> {
    lock_in(conn, model, "share update exclusive").await
}

/// Lets nobody read or write the generation in use until the end of the transaction. For the owner.
pub async fn lock(conn: &mut PgConnection, model: &Model) -> Result<(), Error> {
    lock_in(conn, model, "access exclusive").await
}

async fn lock_in(conn: &mut PgConnection, model: &Model, mode: &str) -> Result<(), Error> {
    let names: Vec<String> = sqlx::query_scalar(
        "select c.oid::regclass::text from projection.checkpoints p join pg_class c on c.relname = any(p.relations)
         where p.model = $1 and c.relnamespace = $2::regnamespace order by c.oid",
    )
    .bind(model.name)
    .bind(LIVE)
    .fetch_all(&mut *conn)
    .await?;
    match names.is_empty() {
        true => Ok(()),
        false => run(conn, format!("lock table {} in {mode} mode", names.join(", "))).await,
    }
}

/// Puts a generation in the place of the one in use and moves the checkpoint. For the owner, within a transaction.
pub async fn swap(
    conn: &mut PgConnection,
    model: &Model,
    shadow: &Shadow,
    live: Checkpoint,
    position: Position,
) -> Result<(), Error> {
    let schema = &shadow.schema;
    let old = sqlx::query_scalar!("select relations from projection.checkpoints where model = $1", model.name);
    for name in old.fetch_one(&mut *conn).await? {
        run(conn, format!("drop table if exists {LIVE}.\"{name}\" cascade")).await?;
    }
    passing(Point::MidSwap);
    let relations = relations(conn, schema).await?;
    for (name, is_table) in &relations {
        let kind = if *is_table { "table" } else { "view" };
        run(conn, format!("alter {kind} {schema}.\"{name}\" set schema {LIVE}")).await?;
    }
    run(conn, format!("drop schema {schema}")).await?;
    let tables: Vec<String> = relations.into_iter().filter(|(_, is_table)| *is_table).map(|(name, _)| name).collect();
    sqlx::query!(
        "update projection.checkpoints set generation = $2, version = $3, relations = $4, position = $5, epoch = epoch + 1,
           stopped = null, updated_at = clock_timestamp() where model = $1",
        model.name,
        live.generation + 1,
        model.version,
        &tables,
        position.to_i64()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Tables and views of a schema; true for a table.
async fn relations(conn: &mut PgConnection, schema: &str) -> Result<Vec<(String, bool)>, Error> {
    let found = sqlx::query_as(
        "select relname::text, relkind <> 'v' from pg_class
         where relnamespace = $1::regnamespace and relkind in ('r', 'p', 'v') order by oid",
    );
    Ok(found.bind(schema).fetch_all(conn).await?)
}

/// Each setting is read once for a statement (it stands in a subquery of its own): read for every row, it took half of the time of
/// a report over a year of calls.
fn guarded_table(name: &str) -> String {
    let tenant = "tenant_id = (select nullif(current_setting('docket.tenant', true), '')::uuid)";
    let theirs = "tenant_id = (select nullif(log.said('docket.tenant'), '')::uuid)";
    format!(
        "alter table \"{name}\" enable row level security;
         alter table \"{name}\" force row level security;
         create policy projector_writes_all on \"{name}\" to docket_projector using (true) with check (true);
         create policy app_reads_its_tenant on \"{name}\" for select to docket_app
           using ({tenant} or (select current_setting('docket.every_tenant', true) = 'on'));
         create policy people_read_their_tenant on \"{name}\" for select to docket_analyst, docket_auditor using ({theirs});
         grant select on \"{name}\" to docket_app, docket_analyst, docket_auditor;"
    )
}

/// Beside the company, who looks decides what is seen. Restrictive: it takes away from what the other policies allow.
fn walled(name: &str, condition: &str) -> String {
    format!(
        "create policy seen_within_reach on \"{name}\" as restrictive for select to docket_app, docket_analyst, docket_auditor
           using ({condition});"
    )
}

/// A view asks the row security of whoever reads it, not of its owner.
fn guarded_view(name: &str) -> String {
    format!(
        "alter view \"{name}\" set (security_invoker = true);
         grant select on \"{name}\" to docket_app, docket_projector, docket_analyst, docket_auditor;"
    )
}

async fn run(conn: &mut PgConnection, sql: String) -> Result<(), Error> {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(conn).await?;
    Ok(())
}
