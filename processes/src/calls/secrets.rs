//! How a telephone system proves that it is the one, and how Docket proves itself to it.

use crate::notices::signature::{Secret, is_shown, is_signed};
use domain::{Instant, SourceId, TenantId};
use sqlx::PgPool;

/// How far a sender's clock may be from ours.
const WINDOW_SECONDS: i64 = 300;

/// The secrets of all telephone systems, in the vault.
#[derive(Clone)]
pub struct SourceSecrets(PgPool);

/// What a request proves itself with.
#[derive(Clone, Debug, PartialEq)]
pub enum Proof<'r> {
    /// A signature over id, time and body (Standard Webhooks).
    Signed { id: &'r str, timestamp: &'r str, signature: &'r str },
    /// The secret itself.
    Shown(&'r str),
}

/// A telephone system that proved itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proven {
    pub tenant: TenantId,
    pub source: SourceId,
}

impl Proof<'_> {
    /// A signature counts for a while only, so that a request that somebody recorded cannot be played again for ever.
    pub fn is_timely(&self, now: Instant) -> bool {
        match self {
            Proof::Shown(_) => true,
            Proof::Signed { .. } => {
                let at = self.signed_at().map(|at| at.timestamp());
                at.is_some_and(|seconds| now.timestamp().abs_diff(seconds) <= WINDOW_SECONDS.unsigned_abs())
            }
        }
    }

    /// When it was signed, as its sender says.
    pub fn signed_at(&self) -> Option<Instant> {
        let Proof::Signed { timestamp, .. } = self else { return None };
        let digits = timestamp.bytes().all(|byte| byte.is_ascii_digit());
        timestamp.parse().ok().filter(|_| digits).and_then(|seconds| Instant::from_timestamp(seconds, 0))
    }

    fn fits(&self, secret: &Secret, body: &[u8]) -> bool {
        match self {
            Proof::Signed { id, timestamp, signature } => is_signed(secret, signature, id, timestamp, body),
            Proof::Shown(text) => is_shown(secret, text),
        }
    }
}

impl SourceSecrets {
    /// On connections of the role `docket_app`.
    pub fn new(pool: PgPool) -> Self {
        Self(pool)
    }

    /// Makes the first secret of a telephone system, unless it has one already: then it stays unsaid.
    pub async fn begin(&self, tenant: TenantId, source: SourceId) -> Result<Option<Secret>, sqlx::Error> {
        let secret = Secret::fresh();
        let made = sqlx::query!(
            "insert into vault.source_secrets (tenant_id, source_id, secret, made_at) values ($1, $2, $3, clock_timestamp())
             on conflict (tenant_id, source_id) where until is null do nothing",
            tenant.0,
            source.0,
            secret.bytes(),
        );
        Ok((made.execute(&self.0).await?.rows_affected() > 0).then_some(secret))
    }

    /// Makes a new secret; the old one counts too for a day.
    pub async fn rotate(&self, tenant: TenantId, source: SourceId) -> Result<Secret, sqlx::Error> {
        let secret = Secret::fresh();
        let mut tx = self.0.begin().await?;
        sqlx::query!(
            "delete from vault.source_secrets where tenant_id = $1 and source_id = $2 and until < clock_timestamp()",
            tenant.0,
            source.0
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!(
            "update vault.source_secrets set until = clock_timestamp() + interval '24 hours'
             where tenant_id = $1 and source_id = $2 and until is null",
            tenant.0,
            source.0
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!(
            "insert into vault.source_secrets (tenant_id, source_id, secret, made_at) values ($1, $2, $3, clock_timestamp())
             on conflict (tenant_id, source_id) where until is null
             do update set secret = excluded.secret, made_at = excluded.made_at",
            tenant.0,
            source.0,
            secret.bytes(),
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(secret)
    }

    /// Forgets all that is kept of a telephone system that was removed.
    pub async fn forget(&self, tenant: TenantId, source: SourceId) -> Result<(), sqlx::Error> {
        sqlx::query!("delete from vault.source_secrets where tenant_id = $1 and source_id = $2", tenant.0, source.0)
            .execute(&self.0)
            .await?;
        sqlx::query!("delete from vault.source_keys where tenant_id = $1 and source_id = $2", tenant.0, source.0)
            .execute(&self.0)
            .await?;
        Ok(())
    }

    /// Whose secret fits, if anybody's does. Without a name it must be the only telephone system there is.
    pub async fn prove(&self, source: Option<SourceId>, proof: &Proof<'_>, body: &[u8]) -> Result<Option<Proven>, sqlx::Error> {
        let named = source.map(|source| source.0);
        let known = sqlx::query!(
            "select tenant_id, source_id, secret from vault.source_secrets
             where ($1::uuid is null or source_id = $1) and (until is null or until > clock_timestamp()) order by made_at desc
             limit 1000",
            named
        );
        let known = known.fetch_all(&self.0).await?;
        let first = known.first().map(|row| (row.tenant_id, row.source_id));
        let only = known.iter().all(|row| Some((row.tenant_id, row.source_id)) == first);
        if named.is_none() && !only {
            return Ok(None);
        }
        let fitting = known.into_iter().find(|row| proof.fits(&Secret::of(row.secret.clone()), body));
        Ok(fitting.map(|row| Proven { tenant: TenantId(row.tenant_id), source: SourceId(row.source_id) }))
    }

    /// The company whose telephone system this is. Two companies may have chosen the same id; then neither is named.
    pub async fn tenant(&self, source: SourceId) -> Result<Option<TenantId>, sqlx::Error> {
        let found = sqlx::query_scalar!("select distinct tenant_id from vault.source_secrets where source_id = $1", source.0);
        let found = found.fetch_all(&self.0).await?;
        Ok(<[_; 1]>::try_from(found).ok().map(|[tenant]| TenantId(tenant)))
    }

    /// Keeps the key by which the telephone system answers, or forgets it.
    pub async fn keep_key(&self, tenant: TenantId, source: SourceId, key: Option<&str>) -> Result<(), sqlx::Error> {
        let change = match key {
            Some(key) => sqlx::query!(
                "insert into vault.source_keys (tenant_id, source_id, key) values ($1, $2, $3)
                 on conflict (tenant_id, source_id) do update set key = excluded.key",
                tenant.0,
                source.0,
                key
            ),
            None => sqlx::query!("delete from vault.source_keys where tenant_id = $1 and source_id = $2", tenant.0, source.0),
        };
        change.execute(&self.0).await?;
        Ok(())
    }

    /// The key by which the telephone system answers.
    pub async fn key(&self, tenant: TenantId, source: SourceId) -> Result<Option<String>, sqlx::Error> {
        let found =
            sqlx::query_scalar!("select key from vault.source_keys where tenant_id = $1 and source_id = $2", tenant.0, source.0);
        found.fetch_optional(&self.0).await
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_signature_counts_for_five_minutes() {
        let now: Instant = "2026-01-05T08:00:00Z".parse().unwrap();
        let signed = |timestamp: &str| Proof::Signed { id: "a", timestamp, signature: "" }.is_timely(now);
        let at = |offset: i64| (now.timestamp() + offset).to_string();
        assert!(signed(&at(0)) && signed(&at(300)) && signed(&at(-300)));
        assert!(!signed(&at(301)) && !signed(&at(-301)));
        assert!(["", "x", "-1", "+5", "1e9", "99999999999999999999"].iter().all(|odd| !signed(odd)));
        assert!(Proof::Shown("x").is_timely(now));
        let signed_at = |timestamp: &str| Proof::Signed { id: "a", timestamp, signature: "" }.signed_at();
        assert_eq!((signed_at(&at(-7)), Proof::Shown("x").signed_at()), (Some(now - chrono::TimeDelta::seconds(7)), None));
    }
}
