//! How appends travel to the database: one row per event, in one array, and one verdict per append back.

use crate::{Append, AppendError, Position, Receipt};
use domain::{Instant, StreamId, TenantId};
use sqlx::{
    FromRow, Postgres, Type,
    postgres::{PgHasArrayType, PgTypeInfo},
};
use uuid::Uuid;

/// A row of the composite type `log.incoming` (migrations/0001_log.sql), field for field.
#[derive(sqlx::Encode)]
pub(super) struct Incoming<'a> {
    append: i32,
    tenant: Uuid,
    category: &'a str,
    stream: Uuid,
    version: i64,
    event: Option<Uuid>,
    name: Option<&'a str>,
    schema: Option<i16>,
    occurred_at: Option<Instant>,
    actor: &'a str,
    cause: Option<Uuid>,
    key: &'a str,
    fingerprint: Option<&'a [u8]>,
    body: Option<&'a [u8]>,
}

impl Type<Postgres> for Incoming<'_> {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("log.incoming")
    }
}

impl PgHasArrayType for Incoming<'_> {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::array_of("log.incoming")
    }
}

/// The rows of a batch. `actors` are the batch's actors as they are written, which the rows borrow.
pub(super) fn rows<'a>(batch: &'a [Append], actors: &'a [String]) -> Vec<Incoming<'a>> {
    let mut rows = Vec::with_capacity(batch.len() * 2);
    for ((number, append), actor) in (0..).zip(batch).zip(actors) {
        let row = |stream: &'a StreamId, version| Incoming {
            append: number,
            tenant: stream.tenant.0,
            category: &stream.category,
            stream: stream.id,
            version,
            event: None,
            name: None,
            schema: None,
            occurred_at: None,
            actor,
            cause: append.cause,
            key: &append.key,
            fingerprint: None,
            body: None,
        };
        let first = rows.len();
        for one in &append.streams {
            rows.extend((one.expected + 1..).zip(&one.events).map(|(version, event)| Incoming {
                event: Some(event.id),
                name: Some(&event.name),
                schema: Some(event.schema),
                occurred_at: Some(event.occurred_at),
                body: Some(&event.body),
                ..row(&one.stream, version)
            }));
        }
        // Streams that are only expected to be where they are come last: the first row is the first event's.
        rows.extend(append.streams.iter().filter(|one| one.events.is_empty()).map(|one| row(&one.stream, one.expected + 1)));
        rows[first].fingerprint = Some(&append.fingerprint);
    }
    rows
}

/// What `log.append` says of one append, or of all of them at once.
#[derive(FromRow)]
pub(super) struct Verdict {
    append: i32,
    outcome: String,
    stream_tenant: Option<Uuid>,
    category: Option<String>,
    stream_id: Option<Uuid>,
    version: Option<i64>,
    event_id: Option<Uuid>,
    position: Option<i64>,
    recorded_at: Option<Instant>,
}

/// The callers' answers. `again` says the batch was sent before without an answer, so what is there may be its own.
pub(super) fn verdicts(
    mut rows: Vec<Verdict>,
    batch: &[Append],
    again: bool,
) -> Result<Vec<Result<Receipt, AppendError>>, sqlx::Error> {
    if let [Verdict { outcome, position: Some(last), recorded_at: Some(recorded_at), .. }] = rows.as_slice()
        && outcome == "all"
    {
        return Ok(receipts(batch, *last, *recorded_at));
    }
    rows.sort_by_key(|row| row.append);
    if rows.len() != batch.len() {
        return Err(sqlx::Error::Protocol(format!("{} appends got {} verdicts", batch.len(), rows.len())));
    }
    Ok(rows.into_iter().zip(batch).map(|(row, append)| row.answer(append, again)).collect())
}

/// The receipts of a batch that was recorded as a whole, up to this position.
fn receipts(batch: &[Append], last: i64, recorded_at: Instant) -> Vec<Result<Receipt, AppendError>> {
    let events = |append: &Append| append.streams.iter().map(|one| one.events.len() as i64).sum::<i64>();
    let mut position = last - batch.iter().map(events).sum::<i64>();
    let receipt = |append: &Append| {
        position += events(append);
        let written = append.streams.iter().find(|one| !one.events.is_empty());
        let written = written.ok_or_else(|| AppendError::Unavailable("an append without events was recorded".into()))?;
        Ok(Receipt {
            stream: written.stream.clone(),
            version: written.expected + written.events.len() as i64,
            position: Position::from_i64(position),
            recorded_at,
            replayed: false,
        })
    };
    batch.iter().map(receipt).collect()
}

impl Verdict {
    fn answer(self, append: &Append, again: bool) -> Result<Receipt, AppendError> {
        let incomplete = || AppendError::Unavailable("the database gave half a verdict".into());
        let written = append.streams.iter().find(|one| !one.events.is_empty()).ok_or_else(incomplete)?;
        let named = match (self.stream_tenant, self.category, self.stream_id) {
            (Some(tenant), Some(category), Some(id)) => {
                Some(StreamId { tenant: TenantId(tenant), category: category.into(), id })
            }
            _ => None,
        };
        let receipt = |stream, version: Option<i64>, replayed| {
            Ok(Receipt {
                stream,
                version: version.ok_or_else(incomplete)?,
                position: self.position.map(Position::from_i64).ok_or_else(incomplete)?,
                recorded_at: self.recorded_at.ok_or_else(incomplete)?,
                replayed,
            })
        };
        match self.outcome.as_str() {
            "appended" => receipt(written.stream.clone(), Some(written.expected + written.events.len() as i64), false),
            "replayed" => {
                let own = again && self.event_id == written.events.first().map(|event| event.id);
                receipt(named.ok_or_else(incomplete)?, self.version, !own)
            }
            "key_reused" => Err(AppendError::KeyReused { key: append.key.clone() }),
            "conflict" => Err(AppendError::Conflict {
                stream: named.ok_or_else(incomplete)?,
                expected: self.version.ok_or_else(incomplete)?,
            }),
            other => Err(AppendError::Unavailable(format!("the database gave the verdict {other:?}"))),
        }
    }
}
