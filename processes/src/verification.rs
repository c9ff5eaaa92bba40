//! Whether what people look at is what the log says: checked once a day for every call centre, and whenever somebody asks (B.W8).
//!
//! One check at a time in the whole system, and each to its end even if nobody waits for it.

mod daily;

pub use daily::{DailyCheck, due};

use commands::calls::verification::{BeginVerification, EndVerification};
use commands::{Ask, Commands, Principal};
use domain::calls::verification::{Compared, Deviation, DifferingRow, NAMED, Verifications, Verified};
use domain::{TenantId, Text, UserId};
use projections::{Difference, Model};
use sqlx::{Connection, PgConnection, PgPool};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tracing::Instrument;
use uuid::Uuid;

/// Checks call centres. Cheap to clone.
#[derive(Clone)]
pub struct Checker {
    commands: Commands,
    /// As `docket_app`, for the turn.
    app: PgPool,
    /// As `docket_projector`, who reads all rows.
    projector: PgPool,
    /// As whoever owns the database, for screens that are computed anew.
    owner: PgPool,
    runtime: Handle,
}

/// Why a check did not begin.
#[derive(Debug, thiserror::Error)]
pub enum NotBegun {
    #[error("a check is under way")]
    UnderWay,
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Refused(#[from] commands::Error),
}

/// The only right to check: a lock on a connection of its own, which PostgreSQL gives back if this process is gone.
struct Turn(PgConnection);

impl Turn {
    async fn take(app: &PgPool) -> Result<Self, NotBegun> {
        let mut conn = app.acquire().await?.detach();
        let taken = sqlx::query_scalar!(r#"select pg_try_advisory_lock(hashtextextended('docket.verification', 0)) as "taken!""#);
        match taken.fetch_one(&mut conn).await? {
            true => Ok(Self(conn)),
            false => {
                conn.close().await?;
                Err(NotBegun::UnderWay)
            }
        }
    }

    async fn give_back(self) {
        if let Err(error) = self.0.close().await {
            tracing::debug!(%error, "the connection of a check is gone already");
        }
    }
}

impl Checker {
    /// Called on the runtime on which checks shall go on.
    pub fn new(commands: Commands, app: PgPool, projector: PgPool, owner: PgPool) -> Self {
        Self { commands, app, projector, owner, runtime: Handle::current() }
    }

    /// Whether any process is checking now.
    pub async fn is_under_way(&self) -> Result<bool, sqlx::Error> {
        let held = sqlx::query_scalar!(
            r#"select exists (select from pg_locks l
                 where l.locktype = 'advisory' and l.objsubid = 1 and l.granted
                   and l.database = (select d.oid from pg_database d where d.datname = current_database())
                   and l.classid::bigint << 32 | l.objid::bigint = hashtextextended('docket.verification', 0)) as "held!""#
        );
        held.fetch_one(&self.app).await
    }

    /// Begins a check, unless one is under way; the answer hears when it is over. `asked_by` is nobody where Docket wants it.
    pub async fn begin(
        &self,
        tenant: TenantId,
        asked_by: Option<UserId>,
        run: Uuid,
        rebuild: bool,
    ) -> Result<oneshot::Receiver<()>, NotBegun> {
        let turn = Turn::take(&self.app).await?;
        let begun = BeginVerification { run, rebuild, asked_by };
        let ask = Ask::new(begun).key(format!("verification began {run}"));
        let begun = match self.commands.execute(&process(tenant), ask).await {
            // One that was begun before is brought to its end if whoever began it is gone, and left alone if it has one.
            Ok(answer) if answer.replayed => self.is_open(tenant, run).await,
            Ok(_) => Ok(true),
            Err(error) => Err(error),
        };
        let (over, ended) = oneshot::channel();
        match begun {
            Ok(true) => {}
            Ok(false) => {
                turn.give_back().await;
                return Ok(ended);
            }
            Err(error) => {
                turn.give_back().await;
                return Err(error.into());
            }
        }
        let here = self.clone();
        let work = async move {
            here.bring_to_its_end(tenant, run, rebuild).await;
            turn.give_back().await;
            // Nobody may be waiting any more.
            let _ = over.send(());
        };
        self.runtime.spawn(work.in_current_span());
        Ok(ended)
    }

    /// Whether a check is remembered that has not come to an end.
    async fn is_open(&self, tenant: TenantId, run: Uuid) -> Result<bool, commands::Error> {
        let (checks, _) = self.commands.state::<Verifications>(tenant, tenant).await?;
        Ok(checks.run(run).is_some_and(|run| run.outcome.is_none()))
    }

    async fn bring_to_its_end(&self, tenant: TenantId, run: Uuid, rebuild: bool) {
        let (result, reason) = match self.check(tenant, rebuild).await {
            Ok(result) => {
                metrics::gauge!("docket_verification_differences").set(f64::from(result.differing));
                if result.differing > 0 {
                    tracing::error!(%tenant, %run, rows = result.differing, "what people look at is not what the log says");
                }
                (Some(result), None)
            }
            Err(error) => {
                tracing::error!(%tenant, %run, %error, "a check of the figures failed");
                metrics::counter!("docket_verification_failures_total").increment(1);
                (None, reason(&error))
            }
        };
        let ask = Ask::new(EndVerification { run, result, reason }).key(format!("verification ended {run}"));
        if let Err(error) = self.commands.execute(&process(tenant), ask).await {
            tracing::error!(%tenant, %run, %error, "what a check found cannot be put on record");
        }
    }

    /// Computes the screens anew if that is wanted, for all companies, and compares every row of this one with what the log says.
    async fn check(&self, tenant: TenantId, rebuild: bool) -> Result<Verified, projections::engine::Error> {
        let (models, log) = (projections::calls::models(), self.commands.log());
        if rebuild {
            // One after the other: each holds as many rows in memory as it may.
            for model in &models {
                projections::rebuild(&self.owner, log, std::slice::from_ref(model), |_, _, _| {}).await?;
            }
        }
        let differences = projections::verify_company(&self.projector, log, &models, tenant).await?;
        Ok(verified(&models, &differences))
    }
}

fn process(tenant: TenantId) -> Principal {
    Principal::process(tenant, "verification")
}

/// What may be told of it. Anything else may be about the rows of somebody, and stands in the server's own log.
fn reason(error: &projections::engine::Error) -> Option<Text<1000>> {
    use projections::engine::Error::{NotSetUp, OtherVersion, UnknownEvent};
    let told = match error {
        NotSetUp(_) | OtherVersion { .. } | UnknownEvent { .. } => error.to_string(),
        _ => "the read models could not be compared with the log; the server's log says why".to_owned(),
    };
    told.chars().take(1_000).collect::<String>().try_into().ok()
}

fn verified(models: &[Model], differences: &[Difference]) -> Verified {
    let count = |model: &Model| differences.iter().filter(|difference| difference.model == model.name).count() as u32;
    let compared =
        models.iter().map(|model| Compared { model: model.name.into(), version: model.version as u32, differing: count(model) });
    let named = differences.iter().take(NAMED).map(|difference| DifferingRow {
        model: difference.model.into(),
        table: difference.table.into(),
        key: difference.key.clone(),
        what: match (&difference.stored, &difference.fresh) {
            (None, _) => Deviation::Missing,
            (_, None) => Deviation::Surplus,
            _ => Deviation::Different,
        },
    });
    Verified { models: compared.collect(), differing: differences.len() as u32, differences: named.collect() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn rows_are_named_without_what_they_hold() {
        let row = || Some(json!({"caller_name": "Grace Hopper"}));
        let difference = |stored, fresh| Difference { model: "call_records", table: "calls", key: "{}".into(), stored, fresh };
        let all = [difference(row(), None), difference(row(), row()), difference(None, row())];
        let found = verified(&projections::calls::models(), &all);
        let what: Vec<_> = found.differences.iter().map(|row| row.what).collect();
        assert_eq!(what, [Deviation::Surplus, Deviation::Different, Deviation::Missing]);
        let counted = found.models.iter().find(|model| model.model == "call_records").unwrap();
        assert_eq!((found.differing, counted.differing), (3, 3));
        assert!(!serde_json::to_string(&found).unwrap().contains("Hopper"));
    }
}
