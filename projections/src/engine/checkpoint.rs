//! How far a screen follows the log, and the things it no longer follows: one row each, moved with the screen's own rows.

use super::{error::Error, models::Model};
use crate::model::Parked;
use domain::{Instant, StreamId, TenantId};
use eventlog::Position;
use eventlog::chaos::{Mutant, planted};
use sqlx::{AssertSqlSafe, PgConnection};

/// A model's place in the log, and whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Checkpoint {
    pub generation: i32,
    pub version: i32,
    pub position: Position,
    pub epoch: i64,
}

/// Where the model stands; none before it is set up.
pub async fn read(conn: &mut PgConnection, model: &Model) -> Result<Option<Checkpoint>, Error> {
    let row =
        sqlx::query!("select generation, version, position, epoch from projection.checkpoints where model = $1", model.name);
    Ok(row.fetch_optional(conn).await?.map(|row| Checkpoint {
        generation: row.generation,
        version: row.version,
        position: Position::from_i64(row.position),
        epoch: row.epoch,
    }))
}

/// Holds the model where it stands until the end of the transaction.
pub async fn hold(conn: &mut PgConnection, model: &Model) -> Result<Checkpoint, Error> {
    sqlx::query!("select from projection.checkpoints where model = $1 for update", model.name).execute(&mut *conn).await?;
    read(conn, model).await?.ok_or_else(|| Error::NotSetUp(model.name.to_owned()))
}

/// Takes the model over, if its tables were made by this program's version of the rules: every earlier worker can no longer
/// move the checkpoint.
pub async fn claim(conn: &mut PgConnection, model: &Model) -> Result<Checkpoint, Error> {
    sqlx::query!(
        "update projection.checkpoints set epoch = epoch + 1 where model = $1 and version = $2",
        model.name,
        model.version
    )
    .execute(&mut *conn)
    .await?;
    let now = read(conn, model).await?.ok_or_else(|| Error::NotSetUp(model.name.to_owned()))?;
    match now.version == model.version {
        true => Ok(now),
        false => Err(Error::OtherVersion { stored: now.version, ours: model.version }),
    }
}

/// Moves the checkpoint if it is where this worker left it: model, position, epoch, new position, freshness; answers with the
/// database's time.
pub fn advance_sql() -> String {
    let unmoved = match planted(Mutant::NoCompareAndSet) {
        false => "position = $2 and epoch = $3",
        true => "$2::bigint >= 0 and $3::bigint >= 0",
    };
    format!(
        "update projection.checkpoints set position = $4, freshness_p99_ms = $5, stopped = null, updated_at = clock_timestamp() \
         where model = $1 and {unmoved} returning updated_at"
    )
}

/// How many parameters that has.
pub const ADVANCE_PARAMETERS: usize = 5;

/// A move of the checkpoint.
#[derive(Clone, Copy)]
pub struct Advance {
    pub model: &'static str,
    pub from: Checkpoint,
    pub to: Position,
    pub freshness_p99_ms: Option<f64>,
}

impl Advance {
    /// Moves the checkpoint with a statement that begins with [`advance_sql`] and goes on with these texts.
    pub async fn with(self, conn: &mut PgConnection, sql: &str, texts: &[&str]) -> Result<Instant, Error> {
        let mut query = sqlx::query_scalar(AssertSqlSafe(sql))
            .bind(self.model)
            .bind(self.from.position.to_i64())
            .bind(self.from.epoch)
            .bind(self.to.to_i64())
            .bind(self.freshness_p99_ms);
        for text in texts {
            query = query.bind(*text);
        }
        query.fetch_optional(conn).await?.ok_or(Error::Overtaken)
    }

    /// Moves the checkpoint and nothing else.
    pub async fn alone(self, conn: &mut PgConnection) -> Result<Instant, Error> {
        self.with(conn, &advance_sql(), &[]).await
    }
}

/// Leaves a note why the model does not go on.
pub async fn stop(conn: &mut PgConnection, model: &Model, reason: &str) -> Result<(), Error> {
    let note = sqlx::query!(
        "update projection.checkpoints set stopped = $2, updated_at = clock_timestamp()
         where model = $1 and stopped is distinct from $2",
        model.name,
        reason
    );
    note.execute(conn).await?;
    Ok(())
}

/// The streams that the model no longer follows.
pub async fn parked(conn: &mut PgConnection, model: &Model) -> Result<Parked, Error> {
    let rows = sqlx::query!(
        "select tenant_id, category, stream_id, position, reason from projection.parked_streams where model = $1",
        model.name
    );
    let parked = rows.fetch_all(conn).await?.into_iter().map(|row| {
        let stream = StreamId { tenant: TenantId(row.tenant_id), category: row.category.into(), id: row.stream_id };
        (stream, (Position::from_i64(row.position), row.reason))
    });
    Ok(Parked(parked.collect()))
}

/// Writes down newly parked streams.
pub async fn park(conn: &mut PgConnection, model: &str, parked: &Parked) -> Result<(), Error> {
    for (stream, (position, reason)) in &parked.0 {
        tracing::error!(model, tenant = %stream.tenant, %stream, %position, reason, "stream parked");
        sqlx::query!(
            "insert into projection.parked_streams (model, tenant_id, category, stream_id, position, reason)
             values ($1, $2, $3, $4, $5, $6)",
            model,
            stream.tenant.0,
            stream.category.as_ref(),
            stream.id,
            position.to_i64(),
            // PostgreSQL's text holds no NUL, which a reason may quote.
            reason.replace('\0', "\u{fffd}")
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Follows all streams again.
pub async fn unpark_all(conn: &mut PgConnection, model: &Model) -> Result<(), Error> {
    sqlx::query!("delete from projection.parked_streams where model = $1", model.name).execute(conn).await?;
    Ok(())
}
