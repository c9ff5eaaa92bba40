//! Why a screen's numbers cannot be computed at the moment.

use eventlog::{Position, ReadError};

/// Why the engine does not go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Log(#[from] ReadError),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error("a row is not what the read model's type says: {0}")]
    Row(#[from] serde_json::Error),
    #[error("the event at {position} bears the name {name:?}, which this program does not know")]
    UnknownEvent { position: Position, name: String },
    #[error("someone else has taken over")]
    Overtaken,
    #[error("the tables were made by version {stored} of the rules, this program has version {ours}")]
    OtherVersion { stored: i32, ours: i32 },
    #[error("the read model {0} has not been set up")]
    NotSetUp(String),
}

impl Error {
    /// True if the same attempt may succeed a moment later without anybody doing anything.
    pub fn passes(&self) -> bool {
        match self {
            Error::Overtaken | Error::Log(ReadError::Unavailable(_)) => true,
            Error::Database(sqlx::Error::Database(refusal)) => {
                // Connection lost, transaction rolled back, resources, operator intervention, a lock not had, system error.
                let code = refusal.code().unwrap_or_default();
                ["08", "40", "53", "55", "57", "58"].iter().any(|class| code.starts_with(class))
            }
            Error::Database(error) => {
                use sqlx::Error::{Io, PoolClosed, PoolTimedOut, Protocol, Tls, WorkerCrashed};
                matches!(error, Io(_) | PoolClosed | PoolTimedOut | Protocol(_) | Tls(_) | WorkerCrashed)
            }
            _ => false,
        }
    }

    /// True if what an event said cannot be stored: a value too large, a key too long, a rule of the table broken.
    pub fn is_about_a_value(&self) -> bool {
        let Error::Database(sqlx::Error::Database(refusal)) = self else { return false };
        let code = refusal.code().unwrap_or_default();
        ["21", "22", "23", "54"].iter().any(|class| code.starts_with(class))
    }

    /// True if a lock was not had in time or two waited for each other.
    pub fn is_about_a_lock(&self) -> bool {
        let Error::Database(sqlx::Error::Database(refusal)) = self else { return false };
        matches!(refusal.code().as_deref(), Some("55P03" | "40P01"))
    }
}
