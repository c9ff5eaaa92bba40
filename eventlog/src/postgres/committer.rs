//! The one writer of a process: takes whatever has arrived, commits it together, and tells each caller what became of it.
//!
//! While one batch is being committed the next one gathers in the queue, so batches grow with the load and nobody waits when
//! there is none.

use super::{hint, incoming};
use crate::chaos::{Mutant, Point, passing, planted};
use crate::{Append, AppendError, Position, Receipt, admissible::weight};
use sqlx::{ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::{Instant, sleep, timeout},
};

/// Appends that are sent in one call.
const BATCH: usize = 512;
/// Bytes of bodies after which a batch takes no more.
const HEAVY: usize = 8 << 20;
/// A call without an answer for so long counts as a lost connection.
const SILENCE: Duration = Duration::from_secs(30);
/// How long callers wait for a database that cannot be reached, before anything was sent.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a batch is followed up whose outcome is not known. Callers that then ask again with the same key still get the truth.
const PERSISTENCE: Duration = Duration::from_secs(60);

type Verdicts = Vec<Result<Receipt, AppendError>>;

pub(super) enum Item {
    Append(Vec<Append>, oneshot::Sender<Verdicts>),
    Close(oneshot::Sender<()>),
}

pub(super) struct Committer {
    options: PgConnectOptions,
    connection: Option<PgConnection>,
    changes: Arc<watch::Sender<Position>>,
    /// What is yet to be told to other processes.
    news: watch::Sender<Position>,
}

impl Committer {
    /// `changes` is for followers in this process, `news` for whoever tells the others.
    pub async fn open(
        options: PgConnectOptions,
        changes: Arc<watch::Sender<Position>>,
        news: watch::Sender<Position>,
    ) -> Result<Self, sqlx::Error> {
        // Plans made while the log is empty, and kept, would otherwise scan all of it for ever.
        let options = options.options([("plan_cache_mode", "force_generic_plan"), ("enable_seqscan", "off"), ("jit", "off")]);
        let options = match planted(Mutant::AsynchronousCommit) {
            true => options.options([("synchronous_commit", "off")]),
            false => options,
        };
        let connection = Some(options.connect().await?);
        Ok(Committer { options, connection, changes, news })
    }

    pub async fn run(mut self, mut queue: mpsc::Receiver<Item>) {
        let mut closing = Vec::new();
        while let Some(first) = queue.recv().await {
            let mut appends = Vec::new();
            let mut waiting = Vec::new();
            let mut bytes = 0;
            let mut next = Some(first);
            while let Some(item) = next {
                match item {
                    Item::Append(some, answer) => {
                        waiting.push((some.len(), answer));
                        bytes += some.iter().map(weight).sum::<usize>();
                        appends.extend(some);
                    }
                    Item::Close(done) => {
                        queue.close();
                        closing.push(done);
                    }
                }
                let full = appends.len() >= BATCH || bytes >= HEAVY;
                next = if full { None } else { queue.try_recv().ok() };
            }
            let mut verdicts = Vec::with_capacity(appends.len());
            let mut rest = appends.as_slice();
            while !rest.is_empty() {
                let (batch, later) = rest.split_at(load(rest));
                verdicts.extend(self.commit(batch).await);
                rest = later;
            }
            let mut verdicts = verdicts.into_iter();
            for (count, answer) in waiting {
                // Whoever went away does not undo what is committed.
                let _ = answer.send(verdicts.by_ref().take(count).collect());
            }
            if planted(Mutant::AnswerFirst)
                && let Some(connection) = &mut self.connection
            {
                let _ = sqlx::raw_sql("commit").execute(connection).await;
            }
        }
        if let Some(connection) = self.connection {
            let _ = connection.close().await;
        }
        for done in closing {
            let _ = done.send(());
        }
    }

    /// Records a batch, however often the connection is lost meanwhile: the keys keep anything from being recorded twice.
    async fn commit(&mut self, batch: &[Append]) -> Verdicts {
        let started = Instant::now();
        metrics::histogram!("docket_append_batch_size").record(batch.len() as f64);
        passing(Point::BeforeAppend);
        let verdicts = match self.deliver(batch).await {
            Ok(verdicts) => verdicts,
            // PostgreSQL took offence at something in one of them; alone, it fails alone.
            Err(Fault::Refused(_)) if batch.len() > 1 => {
                let mut verdicts = Vec::with_capacity(batch.len());
                for one in batch.chunks(1) {
                    let alone = self.deliver(one).await;
                    verdicts.extend(alone.unwrap_or_else(|fault| vec![Err(AppendError::Unavailable(fault.to_string()))]));
                }
                verdicts
            }
            Err(fault) => {
                tracing::error!(%fault, appends = batch.len(), "the log could not be written");
                vec![Err(AppendError::Unavailable(fault.to_string())); batch.len()]
            }
        };
        metrics::histogram!("docket_append_seconds").record(started.elapsed().as_secs_f64());
        let conflicts = verdicts.iter().filter(|verdict| matches!(verdict, Err(AppendError::Conflict { .. }))).count();
        metrics::counter!("docket_append_conflicts_total").increment(conflicts as u64);
        if let Some(newest) = verdicts.iter().flatten().map(|receipt| receipt.position).max() {
            hint(&self.changes, newest);
            hint(&self.news, newest);
        }
        verdicts
    }

    /// Sends a batch until there is an answer. A batch whose answer got lost is sent again: what it recorded the first time is
    /// found by its key, under the same lock that orders all appends, so also after the lost call has come to its own end.
    async fn deliver(&mut self, batch: &[Append]) -> Result<Verdicts, Fault> {
        let started = Instant::now();
        let mut again = false;
        let mut pause = Duration::from_millis(20);
        loop {
            let fault = match self.connected().await {
                Ok(connection) => match timeout(SILENCE, send(connection, batch, again)).await {
                    Ok(Ok(verdicts)) => return Ok(verdicts),
                    Ok(Err(error)) if !outcome_unknown(&error) => return Err(Fault::Refused(error)),
                    Ok(Err(error)) => {
                        again = true;
                        error
                    }
                    Err(_) => {
                        again = true;
                        sqlx::Error::Protocol("no answer came within 30 s".into())
                    }
                },
                Err(error) => error,
            };
            self.connection = None;
            tracing::warn!(%fault, again, "the connection that writes the log was lost");
            if started.elapsed() > if again { PERSISTENCE } else { PATIENCE } {
                return Err(if again { Fault::Unknown(fault) } else { Fault::Unreachable(fault) });
            }
            sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(1));
        }
    }

    async fn connected(&mut self) -> Result<&mut PgConnection, sqlx::Error> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => timeout(PATIENCE, self.options.connect())
                .await
                .unwrap_or_else(|_| Err(sqlx::Error::Protocol("no connection came about within 5 s".into())))?,
        };
        Ok(self.connection.insert(connection))
    }
}

/// How many appends from the front travel together: at least one, at most [`BATCH`], and no more than are [`HEAVY`].
fn load(appends: &[Append]) -> usize {
    let mut bytes = 0;
    let light = appends.iter().take(BATCH).take_while(|append| {
        let fits = bytes < HEAVY;
        bytes += weight(append);
        fits
    });
    light.count()
}

/// One call, one transaction. `fetch_all` matters: it ends only when PostgreSQL is ready for the next query, which is after the
/// commit, while the rows themselves arrive before it.
async fn send(connection: &mut PgConnection, batch: &[Append], again: bool) -> Result<Verdicts, sqlx::Error> {
    if planted(Mutant::AnswerFirst) {
        sqlx::raw_sql("commit; begin").execute(&mut *connection).await?;
    }
    let actors: Vec<_> = batch.iter().map(|append| append.actor.to_string()).collect();
    let rows =
        sqlx::query_as("select * from log.append($1)").bind(incoming::rows(batch, &actors)).fetch_all(&mut *connection).await?;
    passing(Point::AfterAppend);
    let verdicts = incoming::verdicts(rows, batch, again)?;
    #[cfg(feature = "chaos")]
    if planted(Mutant::KeyOutside) {
        crate::chaos::keep_keys(connection, batch, &verdicts).await?;
    }
    Ok(verdicts)
}

/// True unless PostgreSQL said itself that the call failed and that this was not for a passing reason.
fn outcome_unknown(error: &sqlx::Error) -> bool {
    match error.as_database_error() {
        Some(refusal) => refusal.code().is_none_or(|code| {
            // Connection trouble, shutdown, cancelled, deadlock or serialisation: send it again.
            code.starts_with("08") || code.starts_with("57") || code.starts_with("40")
        }),
        // Not even sent: a value did not fit its type.
        None => !matches!(error, sqlx::Error::Encode(_) | sqlx::Error::TypeNotFound { .. }),
    }
}

#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("{0}")]
    Refused(sqlx::Error),
    #[error("the database cannot be reached: {0}")]
    Unreachable(sqlx::Error),
    #[error("it is not known whether it was recorded; ask again with the same key: {0}")]
    Unknown(sqlx::Error),
}
