//! Why a command was not carried out: one list for all commands, which the API turns into status codes and sentences.

use domain::organization::role::Permission;
use domain::{Instant, Kind, Refusal};
use eventlog::{AppendError, ReadError};

/// Why nothing was recorded.
#[derive(Clone, Debug, thiserror::Error, PartialEq)]
pub enum Error {
    #[error("no command is called {0:?}")]
    UnknownCommand(String),
    #[error("{field} {rule}")]
    Invalid { field: String, rule: String },
    #[error("this needs the permission {0:?}")]
    Forbidden(Permission),
    /// The rules said no.
    #[error("{message}")]
    Refused { code: &'static str, kind: Kind, message: String },
    #[error("it is at version {actual}, not at {expected} as you expected")]
    Stale { expected: i64, actual: i64 },
    #[error("the key {key:?} was used for another command")]
    KeyReused { key: String },
    #[error("it is dated {at}, but its last event is dated {last}; events of one thing are recorded in the order of their time")]
    OutOfOrder { at: Instant, last: Instant },
    #[error("too many others are changing the same thing; try again")]
    Busy,
    #[error("the log is not available: {0}")]
    Unavailable(String),
}

impl<R: Refusal> From<R> for Error {
    fn from(refusal: R) -> Self {
        Error::Refused { code: refusal.code(), kind: refusal.kind(), message: refusal.to_string() }
    }
}

impl Error {
    /// The log could not be read.
    pub(crate) fn unread(error: ReadError) -> Self {
        Error::Unavailable(error.to_string())
    }

    /// The log did not take the append.
    pub(crate) fn unwritten(error: AppendError) -> Self {
        match error {
            AppendError::KeyReused { key } => Error::KeyReused { key },
            AppendError::Conflict { .. } => Error::Busy,
            AppendError::Unavailable(why) => Error::Unavailable(why),
        }
    }

    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Error::UnknownCommand(_) => "unknown_command",
            Error::Invalid { .. } => "invalid",
            Error::Forbidden(_) => "forbidden",
            Error::Refused { code, .. } => code,
            Error::Stale { .. } => "stale_version",
            Error::KeyReused { .. } => "key_reused",
            Error::OutOfOrder { .. } => "out_of_order",
            Error::Busy => "busy",
            Error::Unavailable(_) => "unavailable",
        }
    }

    /// There is no such thing, or whoever asks does not reach it.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Error::Refused { kind: Kind::Missing, .. })
    }

    /// The rules, the order or the version said no; what is on record may have to be looked at again before it is final.
    pub(crate) fn depends_on_state(&self) -> bool {
        matches!(self, Error::Refused { .. } | Error::Stale { .. } | Error::OutOfOrder { .. })
    }
}
