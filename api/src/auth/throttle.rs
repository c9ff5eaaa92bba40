//! How often one may guess: ten failed sign-ins within half an hour close the door for half an hour.

use crate::{auth::Vault, error::Error};
use domain::Instant;
use sha2::{Digest, Sha256};

/// Failures that are still looked at.
const ALLOWED: i32 = 10;

/// One try at signing in. It counts as failed from the start, so that many at once cannot slip through together.
#[derive(Debug)]
pub struct Attempt {
    account: Vec<u8>,
    address: Vec<u8>,
}

impl Vault {
    /// Begins a try; an error (429) if there were too many for this account or from this address.
    pub async fn attempt(&self, email: &str, address: &str, now: Instant) -> Result<Attempt, Error> {
        let hash = |text: &str| Sha256::digest(text.trim().to_lowercase()).to_vec();
        let attempt = Attempt { account: hash(email), address: hash(address) };
        for (scope, key) in [("address", &attempt.address), ("account", &attempt.account)] {
            let counted = sqlx::query!(
                r#"insert into vault.login_failures as f (scope, key, failures, first_at) values ($1, $2, 1, $3)
                   on conflict (scope, key) do update set
                     failures = case when f.until > $3 then f.failures + 1
                                     when f.until <= $3 or f.first_at < $3 - interval '30 minutes' then 1
                                     else f.failures + 1 end,
                     first_at = case when f.until > $3 then f.first_at
                                     when f.until <= $3 or f.first_at < $3 - interval '30 minutes' then $3
                                     else f.first_at end,
                     until = case when f.until > $3 then f.until
                                  when f.until <= $3 or f.first_at < $3 - interval '30 minutes' then null
                                  when f.failures + 1 >= $4 then $3 + interval '30 minutes' end
                   returning failures, until"#,
                scope,
                key,
                now,
                ALLOWED,
            )
            .fetch_one(self.pool())
            .await?;
            if counted.failures > ALLOWED {
                let wait = counted.until.map_or(1, |until| (until - now).num_seconds() + 1);
                return Err(Error::throttled("too many failed sign-ins; wait half an hour", wait as u64));
            }
        }
        Ok(attempt)
    }

    /// It was the right password: the account starts anew, and the address gets this try back.
    pub async fn succeeded(&self, attempt: &Attempt) -> Result<(), Error> {
        sqlx::query!("delete from vault.login_failures where scope = 'account' and key = $1", attempt.account)
            .execute(self.pool())
            .await?;
        sqlx::query!(
            "update vault.login_failures set failures = failures - 1, until = case when failures - 1 >= $2 then until end
             where scope = 'address' and key = $1",
            attempt.address,
            ALLOWED,
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// It was not looked at after all: both get this try back.
    pub async fn not_tried(&self, attempt: &Attempt) -> Result<(), Error> {
        sqlx::query!(
            "update vault.login_failures set failures = failures - 1, until = case when failures - 1 >= $3 then until end
             where (scope, key) in (('address', $1::bytea), ('account', $2::bytea)) and failures > 0",
            attempt.address,
            attempt.account,
            ALLOWED,
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }
}
