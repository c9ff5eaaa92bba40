//! Hears when another process has added to the log, so that followers here need not wait for their next look.
//!
//! What it hears is a hint only: a hint may get lost with a connection, and followers look at least every 500 ms anyway.

use super::{hint, reader};
use crate::Position;
use crate::chaos::{Mutant, planted};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
};
use std::{sync::Arc, time::Duration};
use tokio::{sync::watch, time::sleep};

/// Runs until it is aborted.
pub(super) async fn follow(options: PgConnectOptions, changes: Arc<watch::Sender<Position>>) {
    // The listener takes its connection from a pool for good; a second one looks after each interruption.
    let pool = PgPoolOptions::new().max_connections(2).connect_lazy_with(options);
    loop {
        if let Err(error) = listen(&pool, &changes).await {
            tracing::warn!(%error, "the connection that listens to the log was lost");
        }
        sleep(Duration::from_millis(500)).await;
    }
}

async fn listen(pool: &PgPool, changes: &watch::Sender<Position>) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen("docket_log").await?;
    loop {
        // Once after each (re)connection: what happened meanwhile was said to nobody.
        if !planted(Mutant::NoPolling) {
            hint(changes, reader::head(pool).await?.position);
        }
        while let Some(said) = listener.try_recv().await? {
            if let Ok(position) = said.payload().parse() {
                hint(changes, position);
            }
        }
    }
}
