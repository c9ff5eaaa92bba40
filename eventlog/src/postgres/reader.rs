//! Reading the log back: in order, without a hole, and never anything that is not committed.

use crate::{Head, Position, ReadError, Receipt, Recorded};
use domain::{Instant, StreamId, TenantId};
use sqlx::{PgPool, Row, postgres::PgRow};
use std::collections::HashMap;
use uuid::Uuid;

pub(super) fn unavailable(error: sqlx::Error) -> ReadError {
    ReadError::Unavailable(error.to_string())
}

pub(super) async fn head(pool: &PgPool) -> Result<Head, sqlx::Error> {
    let (position, recorded_at) = sqlx::query_as("select last_position, last_recorded_at from log.head").fetch_one(pool).await?;
    Ok(Head { position: Position::from_i64(position), recorded_at })
}

pub(super) async fn read(pool: &PgPool, after: Position, limit: usize) -> Result<Vec<Recorded>, ReadError> {
    let after = after.max(Position::START);
    let rows = sqlx::query("select * from log.read($1, $2)")
        .bind(after.to_i64())
        .bind(i32::try_from(limit).unwrap_or(i32::MAX))
        .fetch_all(pool)
        .await
        .map_err(unavailable)?;
    let events = rows.iter().map(recorded).collect::<Result<Vec<_>, _>>()?;
    // Appends are put in order before they get their positions, so a hole is not "not yet there" but damage.
    let mut before = after;
    for event in &events {
        if event.position.to_i64() != before.to_i64() + 1 {
            return Err(ReadError::Hole { after: before, found: event.position });
        }
        before = event.position;
    }
    Ok(events)
}

pub(super) async fn read_streams(pool: &PgPool, streams: &[(StreamId, i64)]) -> Result<Vec<Recorded>, ReadError> {
    let tenants: Vec<Uuid> = streams.iter().map(|(stream, _)| stream.tenant.0).collect();
    let categories: Vec<&str> = streams.iter().map(|(stream, _)| stream.category.as_ref()).collect();
    let ids: Vec<Uuid> = streams.iter().map(|(stream, _)| stream.id).collect();
    let after: Vec<i64> = streams.iter().map(|(_, version)| *version).collect();
    let rows = sqlx::query("select * from log.read_streams($1, $2, $3, $4)")
        .bind(tenants)
        .bind(categories)
        .bind(ids)
        .bind(after)
        .fetch_all(pool)
        .await
        .map_err(unavailable)?;
    rows.iter().map(recorded).collect()
}

pub(super) async fn find_all(
    pool: &PgPool,
    tenant: TenantId,
    keys: &[String],
) -> Result<HashMap<String, (Receipt, [u8; 32])>, ReadError> {
    // No key has a NUL character, and PostgreSQL takes no text with one.
    let keys: Vec<&str> = keys.iter().map(String::as_str).filter(|key| !key.contains('\0')).collect();
    /// Key; category, id and version of the stream; position, time and fingerprint.
    type Row = (String, String, Uuid, i64, i64, Instant, Vec<u8>);
    let found: Vec<Row> = sqlx::query_as(
        "select k.key, r.category, r.stream_id, r.version, r.position, r.recorded_at, r.fingerprint
         from unnest($2::text[]) as k (key) cross join lateral log.receipt($1, k.key) r",
    )
    .bind(tenant.0)
    .bind(keys)
    .fetch_all(pool)
    .await
    .map_err(unavailable)?;
    let receipts = found.into_iter().map(|(key, category, id, version, position, recorded_at, fingerprint)| {
        let stream = StreamId { tenant, category: category.into(), id };
        let receipt = Receipt { stream, version, position: Position::from_i64(position), recorded_at, replayed: true };
        Ok((key, (receipt, hash(fingerprint)?)))
    });
    receipts.collect()
}

/// An event from a row with the columns of `log.events`, in their order: by number, because a follower reads millions.
fn recorded(row: &PgRow) -> Result<Recorded, ReadError> {
    fn column<'r, T: sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>>(
        row: &'r PgRow,
        number: usize,
    ) -> Result<T, ReadError> {
        row.try_get(number).map_err(unavailable)
    }
    Ok(Recorded {
        position: Position::from_i64(column(row, 0)?),
        stream: StreamId { tenant: TenantId(column(row, 1)?), category: column::<String>(row, 2)?.into(), id: column(row, 3)? },
        version: column(row, 4)?,
        event_id: column(row, 5)?,
        name: column(row, 6)?,
        schema: column(row, 7)?,
        recorded_at: column(row, 8)?,
        occurred_at: column(row, 9)?,
        actor: column::<&str>(row, 10)?.parse().map_err(ReadError::Unavailable)?,
        cause: column(row, 11)?,
        key: column(row, 12)?,
        body: column(row, 14)?,
        leaf: hash(column(row, 15)?)?,
    })
}

fn hash(bytes: Vec<u8>) -> Result<[u8; 32], ReadError> {
    bytes.try_into().map_err(|_| ReadError::Unavailable("a hash in the log is not 32 bytes long".into()))
}
