//! Passwords: slow to try out, never kept as they are, and never able to keep anybody else waiting.

use crate::error::Error;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use serde::Deserialize;
use std::fmt;
use std::sync::{Arc, LazyLock};
use tokio::sync::Semaphore;

/// Hashes at a time: more would take the processor from everybody else.
const AT_ONCE: usize = 2;
/// Those who may wait beside them; whoever comes later is told to try again.
const WAITING: usize = 30;

/// A password of 8 to 256 characters, never printed.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Password(String);

impl Password {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A random one, for a first sign-in: 20 characters without those that look alike.
    pub fn random() -> Self {
        const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789";
        Self((0..20).map(|_| LETTERS[rand::random_range(0..LETTERS.len())] as char).collect())
    }
}

impl TryFrom<String> for Password {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        match text.chars().count() {
            8..=256 => Ok(Self(text)),
            _ => Err("must have 8 to 256 characters".into()),
        }
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// The bounded place where passwords are hashed and compared.
#[derive(Clone)]
pub struct Passwords {
    places: Arc<Semaphore>,
    workers: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(AT_ONCE + WAITING)), workers: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

impl Passwords {
    /// The hash to keep.
    pub async fn hash(&self, password: Password) -> Result<String, Error> {
        self.work(move || hash(password.as_str())).await?
    }

    /// Whether it is the one that was kept. Without a kept one it takes as long and says no, so nobody learns who exists.
    pub async fn verify(&self, password: String, kept: Option<String>) -> Result<bool, Error> {
        self.work(move || {
            let known = kept.is_some();
            let kept = kept.as_deref().unwrap_or(&NOBODYS);
            let matches =
                PasswordHash::new(kept).is_ok_and(|kept| argon2id().verify_password(password.as_bytes(), &kept).is_ok());
            known && matches
        })
        .await
    }

    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let busy = || Error::throttled("too many people are signing in at once; try again", 1);
        let place = self.places.clone().try_acquire_owned().map_err(|_| busy())?;
        let worker = self.workers.clone().acquire_owned().await.map_err(Error::internal)?;
        // The permits go along: a caller who goes away does not make room for more work than there is.
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop((place, worker));
            result
        });
        done.await.map_err(Error::internal)
    }
}

/// argon2id with 19 MiB, 2 passes, 1 lane (OWASP's first choice).
fn argon2id() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(19 * 1024, 2, 1, None).unwrap_or_default())
}

fn hash(password: &str) -> Result<String, Error> {
    argon2id().hash_password(password.as_bytes()).map(|hash| hash.to_string()).map_err(Error::internal)
}

static NOBODYS: LazyLock<String> = LazyLock::new(|| hash(Password::random().as_str()).unwrap_or_default());

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn only_the_same_password_opens() {
        let passwords = Passwords::default();
        let password = Password::random();
        let kept = passwords.hash(password.clone()).await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(passwords.verify(password.as_str().to_owned(), Some(kept.clone())).await.unwrap());
        assert!(!passwords.verify("another one".into(), Some(kept)).await.unwrap());
        assert!(!passwords.verify(password.as_str().to_owned(), None).await.unwrap());
        assert!(Password::try_from("short".to_owned()).is_err());
        assert_eq!(format!("{password:?}"), "Password(…)");
    }

    #[tokio::test]
    async fn a_flood_is_turned_away_instead_of_waited_for() {
        let passwords = Passwords { places: Arc::new(Semaphore::new(1)), workers: Arc::new(Semaphore::new(1)) };
        let held = passwords.places.clone().acquire_owned().await.unwrap();
        let error = passwords.verify("guess".into(), None).await.unwrap_err();
        assert_eq!(error.kind, crate::error::Kind::Throttled);
        drop(held);
        assert!(passwords.verify("guess".into(), None).await.is_ok());
    }
}
