//! How questions are asked of the read models: in a transaction of their own that sees one tenant and changes nothing.

use crate::Viewer;
use domain::TenantId;
use eventlog::chaos::{Mutant, planted};
use futures::future::BoxFuture;
use sqlx::{AssertSqlSafe, PgConnection, PgPool, postgres::PgConnectOptions};
use std::time::Duration;
use tokio::runtime::Handle;

/// What suits questions over a million rows: their groups fit into memory (with 4 MB a year of calls by kind was sorted on the
/// disk, which took 1.9 s), and compiling them would take longer than it saves.
const SETTINGS: [(&str, &str); 3] = [("search_path", "read,public"), ("work_mem", "32MB"), ("jit", "off")];

/// A pool whose connections have taken on this role (`docket_app`, `docket_analyst` …) and find the read models by name.
pub async fn pool(options: PgConnectOptions, role: &str, max: u32) -> Result<PgPool, sqlx::Error> {
    eventlog::postgres::pool(options.options(SETTINGS), role, max).await
}

/// Asks questions of the read models. Cheap to clone.
///
/// The work runs on the runtime that the reader was made on and not in the caller's future: a handler that is dropped half-way
/// would leave its connection inside a transaction.
#[derive(Clone)]
pub struct Reader {
    pool: PgPool,
    runtime: Handle,
    most: Option<Duration>,
}

impl Reader {
    /// Questions over this pool, see [`pool`]. Called on the multi-threaded runtime on which the questions shall run.
    pub fn new(pool: PgPool) -> Self {
        Self { pool, runtime: Handle::current(), most: None }
    }

    /// The same, with an end to every statement that takes longer than this: PostgreSQL goes on with a question whoever has gone away.
    pub fn at_most(self, most: Duration) -> Self {
        Self { most: Some(most), ..self }
    }

    /// Asks among the rows of one tenant; row security hides all others. All of it sees one moment.
    pub async fn as_tenant<T, F>(&self, tenant: TenantId, ask: F) -> Result<T, sqlx::Error>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut PgConnection) -> BoxFuture<'c, Result<T, sqlx::Error>> + Send + 'static,
    {
        self.ask(format!("set {} docket.tenant = '{tenant}'", scope()), ask).await
    }

    /// Asks among the rows of one tenant that somebody may see (B.R3): the one way to ask about calls and those who take them.
    pub async fn as_viewer<T, F>(&self, tenant: TenantId, viewer: &Viewer, ask: F) -> Result<T, sqlx::Error>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut PgConnection) -> BoxFuture<'c, Result<T, sqlx::Error>> + Send + 'static,
    {
        self.ask(format!("set {} docket.tenant = '{tenant}'; {}", scope(), viewer.settings()), ask).await
    }

    /// Asks among the rows of every tenant: for Docket's own processes and its administrators.
    pub async fn every_tenant<T, F>(&self, ask: F) -> Result<T, sqlx::Error>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut PgConnection) -> BoxFuture<'c, Result<T, sqlx::Error>> + Send + 'static,
    {
        self.ask(format!("set {} docket.every_tenant = 'on'", scope()), ask).await
    }

    async fn ask<T, F>(&self, settings: String, ask: F) -> Result<T, sqlx::Error>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut PgConnection) -> BoxFuture<'c, Result<T, sqlx::Error>> + Send + 'static,
    {
        let pool = self.pool.clone();
        let limit = self.most.map(|most| format!("; set local statement_timeout = {}", most.as_millis())).unwrap_or_default();
        let work = async move {
            // Not `select set_config(…)`, which would fix the moment that is seen before the first table is locked: a new
            // generation swapped in between would show itself half filled. All values are uuids or words of ours.
            let begin = format!("begin isolation level repeatable read, read only; {settings}{limit}");
            let mut tx = pool.begin_with(AssertSqlSafe(begin)).await?;
            let answer = ask(&mut tx).await?;
            tx.commit().await?;
            Ok(answer)
        };
        self.runtime.spawn(work).await.unwrap_or_else(|gone| Err(sqlx::Error::Io(std::io::Error::other(gone))))
    }
}

/// Settings end with the transaction, so that the next question on the connection cannot see by them.
fn scope() -> &'static str {
    if planted(Mutant::SessionTenant) { "session" } else { "local" }
}
