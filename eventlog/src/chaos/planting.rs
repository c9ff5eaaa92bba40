//! Mistakes that lie in the database: its functions are rewritten at the start, in a build for `./dev chaos` only.
//!
//! The migrations stay what they are. What is put in place of a line is looked for first, so that a mistake that can no longer
//! be planted ends the start instead of passing for one that was survived.

use super::{Mutant, planted};
use crate::{Append, AppendError, Receipt};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};

/// The whole of `log.receipt` when keys stand in a table of their own.
const KEYS: &str = "
create table if not exists log.keys (
  tenant_id uuid, command_key text, category text, stream_id uuid, version bigint, position bigint, recorded_at timestamptz,
  event_id uuid, fingerprint bytea, primary key (tenant_id, command_key));
grant select, insert on log.keys to docket_app;
create or replace function log.receipt(tenant uuid, key text)
returns table (category text, stream_id uuid, version bigint, \"position\" bigint, recorded_at timestamptz, event_id uuid, fingerprint bytea)
language plpgsql stable as $$
begin
  return query select k.category, k.stream_id, k.version, k.position, k.recorded_at, k.event_id, k.fingerprint from log.keys k
    where k.tenant_id = receipt.tenant and k.command_key = receipt.key;
end $$";

/// Rewrites what the planted mistake changes. For the owner of the database, before anybody appends.
pub async fn plant(options: &PgConnectOptions) -> Result<(), sqlx::Error> {
    if !planted(Mutant::NoTurn) && !planted(Mutant::KeyOutside) {
        return Ok(());
    }
    let mut connection = options.connect().await?;
    let mut tx = connection.begin().await?;
    // Two servers may start at once.
    sqlx::query("select pg_advisory_xact_lock(hashtextextended('docket.plant', 0))").execute(&mut *tx).await?;
    if planted(Mutant::NoTurn) {
        rewrite(&mut tx, "log.append", "perform from log.turn for update;", "null /* planted */;").await?;
    }
    if planted(Mutant::KeyOutside) {
        rewrite(&mut tx, "log.place", "b.fingerprint, b.body", "null::bytea /* planted */, b.body").await?;
        sqlx::raw_sql(KEYS).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    connection.close().await
}

async fn rewrite(connection: &mut PgConnection, function: &str, line: &str, instead: &str) -> Result<(), sqlx::Error> {
    let text: String =
        sqlx::query_scalar("select pg_get_functiondef($1::regproc)").bind(function).fetch_one(&mut *connection).await?;
    if text.contains(instead) {
        return Ok(());
    }
    if !text.contains(line) {
        return Err(sqlx::Error::Protocol(format!("{function} no longer says {line:?}: the mistake cannot be planted")));
    }
    sqlx::raw_sql(AssertSqlSafe(text.replace(line, instead))).execute(connection).await?;
    Ok(())
}

/// Writes down the keys of what was just recorded: a statement, and a transaction, of their own.
pub async fn keep_keys(
    connection: &mut PgConnection,
    batch: &[Append],
    verdicts: &[Result<Receipt, AppendError>],
) -> Result<(), sqlx::Error> {
    for (append, receipt) in batch.iter().zip(verdicts).filter_map(|(append, verdict)| Some((append, verdict.as_ref().ok()?))) {
        let first = append.streams.iter().find_map(|stream| stream.events.first());
        sqlx::query("insert into log.keys values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing")
            .bind(append.tenant.0)
            .bind(&append.key)
            .bind(receipt.stream.category.as_ref())
            .bind(receipt.stream.id)
            .bind(receipt.version)
            .bind(receipt.position.to_i64())
            .bind(receipt.recorded_at)
            .bind(first.map(|event| event.id))
            .bind(append.fingerprint.as_slice())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
