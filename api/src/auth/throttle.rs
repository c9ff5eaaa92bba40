//! How often one may guess: so many failed sign-ins within a while close the door for as long.

use crate::{auth::Vault, error::Error};
use domain::Instant;
use sha2::{Digest, Sha256};

/// A door, and how often one may guess there.
#[derive(Debug)]
pub struct Door {
    /// The words under which failures are counted: for the account, and for the network address.
    account: &'static str,
    address: &'static str,
    /// Failures that are still looked at.
    tries: i32,
    tries_of_address: i32,
    /// Within so many minutes, and for how many it is closed after that.
    minutes: i32,
}

/// Where the people sign in who work here. A whole office of them may share an address and come at eight in the morning, so an
/// address has more tries than an account; and a try counts as long as it is under way.
pub const STAFF: Door = Door { account: "account", address: "address", tries: 10, tries_of_address: 100, minutes: 30 };
/// Where debtors do: five tries an hour for a case. Many of them may share an address.
pub const PORTAL: Door = Door { account: "portal_case", address: "portal_address", tries: 5, tries_of_address: 30, minutes: 60 };

/// One try at signing in. It counts as failed from the start, so that many at once cannot slip through together.
#[derive(Debug)]
pub struct Attempt {
    door: &'static Door,
    account: Vec<u8>,
    address: Vec<u8>,
}

impl Vault {
    /// Begins a try; an error (429) if there were too many for this account or from this address.
    pub async fn attempt(&self, door: &'static Door, account: &str, address: &str, now: Instant) -> Result<Attempt, Error> {
        let hash = |text: &str| Sha256::digest(text.trim().to_lowercase()).to_vec();
        let attempt = Attempt { door, account: hash(account), address: hash(address) };
        for (scope, key, tries) in
            [(door.address, &attempt.address, door.tries_of_address), (door.account, &attempt.account, door.tries)]
        {
            let counted = sqlx::query!(
                r#"insert into vault.login_failures as f (scope, key, failures, first_at) values ($1, $2, 1, $3)
                   on conflict (scope, key) do update set
                     failures = case when f.until > $3 then f.failures + 1
                                     when f.until <= $3 or f.first_at < $3 - make_interval(mins => $5) then 1
                                     else f.failures + 1 end,
                     first_at = case when f.until > $3 then f.first_at
                                     when f.until <= $3 or f.first_at < $3 - make_interval(mins => $5) then $3
                                     else f.first_at end,
                     until = case when f.until > $3 then f.until
                                  when f.until <= $3 or f.first_at < $3 - make_interval(mins => $5) then null
                                  when f.failures + 1 >= $4 then $3 + make_interval(mins => $5) end
                   returning failures, until"#,
                scope,
                key,
                now,
                tries,
                door.minutes,
            )
            .fetch_one(self.pool())
            .await?;
            if counted.failures > tries {
                let wait = counted.until.map_or(1, |until| (until - now).num_seconds() + 1);
                return Err(Error::throttled(format!("too many failed sign-ins; wait {} minutes", door.minutes), wait as u64));
            }
        }
        Ok(attempt)
    }

    /// It was the right password: the account starts anew, and the address gets this try back.
    pub async fn succeeded(&self, attempt: &Attempt) -> Result<(), Error> {
        sqlx::query!("delete from vault.login_failures where scope = $1 and key = $2", attempt.door.account, attempt.account)
            .execute(self.pool())
            .await?;
        sqlx::query!(
            "update vault.login_failures set failures = failures - 1, until = case when failures - 1 >= $2 then until end
             where scope = $3 and key = $1",
            attempt.address,
            attempt.door.tries_of_address,
            attempt.door.address,
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// It was not looked at after all: both get this try back.
    pub async fn not_tried(&self, attempt: &Attempt) -> Result<(), Error> {
        sqlx::query!(
            "update vault.login_failures set failures = failures - 1, 
               until = case when failures - 1 >= case scope when $3 then $5::integer else $6 end then until end
             where (scope, key) in (($3::text, $1::bytea), ($4, $2::bytea)) and failures > 0",
            attempt.address,
            attempt.account,
            attempt.door.address,
            attempt.door.account,
            attempt.door.tries_of_address,
            attempt.door.tries,
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }
}
