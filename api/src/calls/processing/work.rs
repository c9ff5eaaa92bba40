//! The check itself: one at a time in the whole system, and to its end even if nobody waits for it.

use crate::error::Error;
use crate::house::House;
use commands::calls::verification::{BeginVerification, EndVerification};
use commands::{Ask, Principal};
use domain::calls::verification::{Compared, Deviation, DifferingRow, NAMED, Verified};
use domain::{TenantId, Text, UserId};
use projections::{Difference, Model};
use sqlx::{Connection, PgConnection};
use tokio::sync::oneshot;
use uuid::Uuid;

/// Seconds after which it is worth asking again.
const WAIT: u64 = 10;

/// The only right to check: a lock on a connection of its own, which PostgreSQL gives back if this process is gone.
struct Turn(PgConnection);

impl Turn {
    async fn take(house: &House) -> Result<Self, Error> {
        let mut conn = house.app.acquire().await?.detach();
        let taken = sqlx::query_scalar!(r#"select pg_try_advisory_lock(hashtextextended('docket.verification', 0)) as "taken!""#);
        match taken.fetch_one(&mut conn).await? {
            true => Ok(Self(conn)),
            false => {
                conn.close().await?;
                Err(Error::throttled(format!("a check is under way; ask for another in {WAIT} s"), WAIT))
            }
        }
    }

    async fn give_back(self) {
        if let Err(error) = self.0.close().await {
            tracing::debug!(%error, "the connection of a check is gone already");
        }
    }
}

/// Whether any process is checking now.
pub async fn is_under_way(house: &House) -> Result<bool, Error> {
    let held = sqlx::query_scalar!(
        r#"select exists (select from pg_locks l
             where l.locktype = 'advisory' and l.objsubid = 1 and l.granted
               and l.database = (select d.oid from pg_database d where d.datname = current_database())
               and l.classid::bigint << 32 | l.objid::bigint = hashtextextended('docket.verification', 0)) as "held!""#
    );
    Ok(held.fetch_one(&house.app).await?)
}

/// Begins a check, unless one is under way; the answer hears when it is over.
pub async fn begin(
    house: &House,
    tenant: TenantId,
    asked_by: UserId,
    run: Uuid,
    rebuild: bool,
) -> Result<oneshot::Receiver<()>, Error> {
    let turn = Turn::take(house).await?;
    let begun = BeginVerification { run, rebuild, asked_by: Some(asked_by) };
    let ask = Ask::new(begun).key(format!("verification began {run}"));
    if let Err(error) = house.commands.execute(&process(tenant), ask).await {
        turn.give_back().await;
        return Err(error.into());
    }
    let (over, ended) = oneshot::channel();
    let here = house.clone();
    house.spawn(async move {
        bring_to_its_end(&here, tenant, run, rebuild).await;
        turn.give_back().await;
        // Nobody may be waiting any more.
        let _ = over.send(());
    });
    Ok(ended)
}

fn process(tenant: TenantId) -> Principal {
    Principal::process(tenant, "verification")
}

async fn bring_to_its_end(house: &House, tenant: TenantId, run: Uuid, rebuild: bool) {
    let (result, reason) = match check(house, tenant, rebuild).await {
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
    if let Err(error) = house.commands.execute(&process(tenant), ask).await {
        tracing::error!(%tenant, %run, %error, "what a check found cannot be put on record");
    }
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

/// Computes the screens anew if that is wanted, for all companies, and compares every row of this one with what the log says.
async fn check(house: &House, tenant: TenantId, rebuild: bool) -> Result<Verified, projections::engine::Error> {
    let models = projections::calls::models();
    if rebuild {
        // One after the other: each holds as many rows in memory as it may.
        for model in &models {
            projections::rebuild(&house.owner, house.log(), std::slice::from_ref(model), |_, _, _| {}).await?;
        }
    }
    let differences = projections::verify_company(&house.projector, house.log(), &models, tenant).await?;
    Ok(verified(&models, &differences))
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
