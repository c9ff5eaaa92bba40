//! Tells other processes that something was added to the log, apart from adding it and not more often than they can use.

use crate::Position;
use sqlx::PgPool;
use std::time::Duration;
use tokio::{sync::watch, time::sleep};

/// Others hear of changes at most once in this time; the last one is always told.
const PAUSE: Duration = Duration::from_millis(10);

/// Runs until nobody has news any more. What cannot be told is found by the others' own next look.
pub(super) async fn tell(pool: PgPool, mut news: watch::Receiver<Position>) {
    while news.changed().await.is_ok() {
        let position = news.borrow_and_update().to_string();
        let told = sqlx::query("select pg_notify('docket_log', $1)").bind(position).execute(&pool).await;
        if let Err(error) = told {
            tracing::debug!(%error, "other processes could not be told of what is new");
        }
        sleep(PAUSE).await;
    }
}
