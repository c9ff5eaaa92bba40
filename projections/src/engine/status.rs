//! What the health page says about the screens: how far they are, how fresh, and what could not be computed.

use super::error::Error;
use eventlog::{Log, Position};
use serde::Serialize;
use sqlx::PgPool;

/// How a read model is doing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModelStatus {
    pub name: String,
    /// The version of the rules its rows were computed by.
    pub version: i32,
    /// The last event its rows reflect.
    pub position: Position,
    /// Events recorded that its rows do not reflect yet.
    pub lag_events: i64,
    /// Streams it no longer follows.
    pub parked: i64,
    /// Why it does not go on.
    pub stopped: Option<String>,
    /// Milliseconds from commit to visible row, 99th percentile of the last 1,000 batches.
    pub freshness_p99_ms: Option<f64>,
}

/// How all read models are doing, whichever process computes them; for any role that may read the checkpoints.
pub async fn status(pool: &PgPool, log: &Log) -> Result<Vec<ModelStatus>, Error> {
    let rows = sqlx::query!(
        "select c.model, c.version, c.position, c.stopped, c.freshness_p99_ms,
           (select count(*) from projection.parked_streams p where p.model = c.model) as \"parked!\"
         from projection.checkpoints c order by c.model"
    );
    let rows = rows.fetch_all(pool).await?;
    let end = log.head().await?.position;
    Ok(rows
        .into_iter()
        .map(|row| ModelStatus {
            lag_events: lag(Position::from_i64(row.position), end),
            name: row.model,
            version: row.version,
            position: Position::from_i64(row.position),
            parked: row.parked,
            stopped: row.stopped,
            freshness_p99_ms: row.freshness_p99_ms,
        })
        .collect())
}

/// Events between two positions. The one place outside the log's adapter that counts on positions being dense: on another log
/// this would be an estimate, and nothing but a display and a courtesy depend on it.
pub fn lag(position: Position, end: Position) -> i64 {
    (end.to_i64() - position.to_i64()).max(0)
}
