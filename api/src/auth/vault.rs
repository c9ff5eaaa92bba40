//! The vault: what must never stand in the log, because it must be possible to change and forget it.

use crate::error::Error;
use domain::{Instant, TenantId, UserId};
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use std::fmt::Write;
use uuid::Uuid;

/// Days a session lives without being renewed.
pub const SESSION_DAYS: i64 = 30;

/// Passwords, keys and sessions in PostgreSQL. Every change is one statement, so a caller who goes away leaves nothing half done.
#[derive(Clone)]
pub struct Vault(PgPool);

/// A session that was begun or renewed.
#[derive(Debug, PartialEq, Eq)]
pub struct Session {
    pub user: UserId,
    pub tenant: TenantId,
    /// The token for the next renewal; only its hash is kept.
    pub refresh_token: String,
}

impl Vault {
    /// On connections of the role `docket_app`.
    pub fn new(pool: PgPool) -> Self {
        Self(pool)
    }

    pub(super) fn pool(&self) -> &PgPool {
        &self.0
    }

    /// The key of this name, made at the first asking; several processes get the same one.
    pub async fn secret(&self, name: &str) -> Result<Vec<u8>, sqlx::Error> {
        let fresh: [u8; 32] = rand::random();
        sqlx::query!("insert into vault.secrets (name, value) values ($1, $2) on conflict do nothing", name, &fresh[..])
            .execute(&self.0)
            .await?;
        sqlx::query_scalar!("select value from vault.secrets where name = $1", name).fetch_one(&self.0).await
    }

    /// Puts a new key in the place of the one of this name, for the role that owns the database: programs that run go on with the
    /// old one. The names that there are, if this is none of them.
    pub async fn rotate(owner: &PgPool, name: &str) -> Result<Result<(), Vec<String>>, sqlx::Error> {
        let fresh: [u8; 32] = rand::random();
        let changed = sqlx::query!("update vault.secrets set value = $2 where name = $1", name, &fresh[..]);
        if changed.execute(owner).await?.rows_affected() > 0 {
            return Ok(Ok(()));
        }
        Ok(Err(sqlx::query_scalar!("select name from vault.secrets order by name").fetch_all(owner).await?))
    }

    /// Keeps a new password's hash, and ends the sessions begun with the old one.
    pub async fn keep_password(&self, tenant: TenantId, user: UserId, hash: &str, now: Instant) -> Result<(), Error> {
        sqlx::query!(
            "with ended as (update vault.refresh_tokens set revoked_at = $4 where user_id = $1 and revoked_at is null)
             insert into vault.credentials (user_id, tenant_id, password_hash, changed_at) values ($1, $2, $3, $4)
             on conflict (user_id) do update set password_hash = excluded.password_hash, changed_at = excluded.changed_at",
            user.0,
            tenant.0,
            hash,
            now,
        )
        .execute(&self.0)
        .await?;
        Ok(())
    }

    /// Keeps the hash for an account that is about to be created; false if there is one already.
    pub async fn keep_first_password(&self, tenant: TenantId, user: UserId, hash: &str, now: Instant) -> Result<bool, Error> {
        let kept = sqlx::query!(
            "insert into vault.credentials (user_id, tenant_id, password_hash, changed_at) values ($1, $2, $3, $4)
             on conflict (user_id) do nothing",
            user.0,
            tenant.0,
            hash,
            now,
        );
        Ok(kept.execute(&self.0).await?.rows_affected() > 0)
    }

    /// Forgets the password of an account that was not created after all.
    pub async fn forget_password(&self, user: UserId) -> Result<(), Error> {
        sqlx::query!("delete from vault.credentials where user_id = $1", user.0).execute(&self.0).await?;
        Ok(())
    }

    /// The hash of a person's password, if they have one.
    pub async fn password_hash(&self, user: UserId) -> Result<Option<String>, Error> {
        let hash = sqlx::query_scalar!("select password_hash from vault.credentials where user_id = $1", user.0);
        Ok(hash.fetch_optional(&self.0).await?)
    }

    /// Begins a session.
    pub async fn begin_session(&self, tenant: TenantId, user: UserId, now: Instant) -> Result<Session, Error> {
        let token = random_token();
        sqlx::query!(
            "insert into vault.refresh_tokens (hash, family, user_id, tenant_id, expires_at) values ($1, $2, $3, $4, $5)",
            hash(&token),
            Uuid::now_v7(),
            user.0,
            tenant.0,
            now + chrono::Days::new(SESSION_DAYS as u64),
        )
        .execute(&self.0)
        .await?;
        Ok(Session { user, tenant, refresh_token: token })
    }

    /// Renews a session: the token is used up and another takes its place. One that was used before ends the whole session.
    pub async fn renew_session(&self, token: &str, now: Instant) -> Result<Session, Error> {
        let next = random_token();
        let renewed = sqlx::query!(
            r#"with used as (
                 update vault.refresh_tokens set used_at = $3
                 where hash = $1 and used_at is null and revoked_at is null and expires_at > $3
                 returning family, user_id, tenant_id)
               insert into vault.refresh_tokens (hash, family, user_id, tenant_id, expires_at)
               select $2, family, user_id, tenant_id, $4 from used
               returning user_id, tenant_id"#,
            hash(token),
            hash(&next),
            now,
            now + chrono::Days::new(SESSION_DAYS as u64),
        )
        .fetch_optional(&self.0)
        .await?;
        match renewed {
            Some(row) => Ok(Session { user: UserId(row.user_id), tenant: TenantId(row.tenant_id), refresh_token: next }),
            None => {
                self.end_session(token, now).await?;
                Err(Error::unauthenticated("the session has ended; sign in again"))
            }
        }
    }

    /// Ends the session that this token belongs to, with all its tokens; says whose it was, if it was still going on.
    pub async fn end_session(&self, token: &str, now: Instant) -> Result<Option<(TenantId, UserId)>, Error> {
        let ended = sqlx::query!(
            "update vault.refresh_tokens set revoked_at = $2
             where revoked_at is null and family = (select family from vault.refresh_tokens where hash = $1)
             returning tenant_id, user_id",
            hash(token),
            now,
        )
        .fetch_all(&self.0)
        .await?;
        Ok(ended.first().map(|row| (TenantId(row.tenant_id), UserId(row.user_id))))
    }

    /// Ends all sessions of a person.
    pub async fn end_sessions(&self, user: UserId, now: Instant) -> Result<(), Error> {
        sqlx::query!("update vault.refresh_tokens set revoked_at = $2 where user_id = $1 and revoked_at is null", user.0, now)
            .execute(&self.0)
            .await?;
        Ok(())
    }

    /// Forgets what is over.
    pub async fn sweep(&self, now: Instant) -> Result<(), Error> {
        sqlx::query!("delete from vault.refresh_tokens where expires_at < $1", now).execute(&self.0).await?;
        sqlx::query!(
            "delete from vault.login_failures where first_at < $1::timestamptz - interval '1 hour' and coalesce(until < $1, true)",
            now
        )
        .execute(&self.0)
        .await?;
        Ok(())
    }
}

/// 256 random bits, as text.
fn random_token() -> String {
    rand::random::<[u8; 32]>().iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token).to_vec()
}
