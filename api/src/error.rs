//! Every "no" of the HTTP interface: one error type, whatever the face that shows it.

use actix_web::{HttpResponse, ResponseError, http::StatusCode};
use domain::{Kind as RefusalKind, Refusal};
use serde::Serialize;
use std::borrow::Cow;

/// What went wrong, by the status that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Malformed,
    Unauthenticated,
    Forbidden,
    Missing,
    Method,
    Conflict,
    Stale,
    TooLarge,
    TooSlow,
    UnsupportedMedia,
    Invalid,
    Throttled,
    Internal,
    Gateway,
    Unavailable,
}

impl Kind {
    /// The status; the hub face alone answers invalid fields with 400.
    pub fn status(self) -> StatusCode {
        match self {
            Kind::Malformed => StatusCode::BAD_REQUEST,
            Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
            Kind::Forbidden => StatusCode::FORBIDDEN,
            Kind::Missing => StatusCode::NOT_FOUND,
            Kind::Method => StatusCode::METHOD_NOT_ALLOWED,
            Kind::Conflict => StatusCode::CONFLICT,
            Kind::Stale => StatusCode::PRECONDITION_FAILED,
            Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Kind::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Kind::UnsupportedMedia => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Kind::Throttled => StatusCode::TOO_MANY_REQUESTS,
            Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Kind::Gateway => StatusCode::BAD_GATEWAY,
            Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The word for programs, unless a refusal brings its own.
    pub fn code(self) -> &'static str {
        match self {
            Kind::Malformed => "BAD_REQUEST",
            Kind::Unauthenticated => "UNAUTHENTICATED",
            Kind::Forbidden => "FORBIDDEN",
            Kind::Missing => "NOT_FOUND",
            Kind::Method => "METHOD_NOT_ALLOWED",
            Kind::Conflict => "CONFLICT",
            Kind::Stale => "VERSION_MISMATCH",
            Kind::TooLarge => "PAYLOAD_TOO_LARGE",
            Kind::TooSlow => "REQUEST_TIMEOUT",
            Kind::UnsupportedMedia => "UNSUPPORTED_MEDIA_TYPE",
            Kind::Invalid => "VALIDATION_ERROR",
            Kind::Throttled => "TOO_MANY_REQUESTS",
            Kind::Internal => "INTERNAL_ERROR",
            Kind::Gateway => "BAD_GATEWAY",
            Kind::Unavailable => "UNAVAILABLE",
        }
    }
}

/// Which field broke which rule, or which state forbids it and what it allows.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Details {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The rule again, under the name that specification A gives it (A.V3).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed: Option<Vec<String>>,
}

/// An answer that is not what was asked for.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    pub kind: Kind,
    pub code: Cow<'static, str>,
    pub message: String,
    pub details: Option<Box<Details>>,
    /// Seconds after which it may be tried again.
    pub retry_after: Option<u64>,
    /// The methods that the path does know.
    pub allow: Option<String>,
}

impl Error {
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, code: kind.code().into(), message: message.into(), details: None, retry_after: None, allow: None }
    }

    /// It cannot be read at all (400).
    pub fn malformed(message: impl Into<String>) -> Self {
        Self::new(Kind::Malformed, message)
    }

    /// Nobody known asks (401).
    pub fn unauthenticated(message: impl Into<String>) -> Self {
        Self::new(Kind::Unauthenticated, message)
    }

    /// Whoever asks may not (403).
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(Kind::Forbidden, message)
    }

    /// There is no such thing, or it is somebody else's, which is the same answer (404).
    pub fn missing(what: &str) -> Self {
        Self::new(Kind::Missing, format!("no such {what}"))
    }

    /// The path knows only these methods (405).
    pub fn method(allow: impl Into<String>) -> Self {
        Self { allow: Some(allow.into()), ..Self::new(Kind::Method, "this path does not know the method") }
    }

    /// Its state forbids it (409).
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(Kind::Conflict, message)
    }

    /// It is no longer, or not yet, as the caller thinks (412).
    pub fn stale(message: impl Into<String>) -> Self {
        Self::new(Kind::Stale, message)
    }

    /// A field breaks a rule (422).
    pub fn invalid(field: impl Into<String>, rule: impl Into<String>) -> Self {
        let (field, rule) = (field.into(), rule.into());
        let message = if field.is_empty() { rule.clone() } else { format!("{field}: {rule}") };
        let field = (!field.is_empty()).then_some(field);
        let details = Details { field, message: Some(rule.clone()), rule: Some(rule), ..Default::default() };
        Self { details: Some(Box::new(details)), ..Self::new(Kind::Invalid, message) }
    }

    /// Too much, too fast (429).
    pub fn throttled(message: impl Into<String>, retry_after: u64) -> Self {
        Self { retry_after: Some(retry_after.max(1)), ..Self::new(Kind::Throttled, message) }
    }

    /// Another machine that had to be asked did not answer as it should (502): what it was asked for, and what came instead.
    pub fn gateway(asked: impl Into<String>, why: impl Into<String>) -> Self {
        let (field, rule) = (asked.into(), why.into());
        let message = format!("{field}: {rule}");
        let details = Details { field: Some(field), message: Some(rule.clone()), rule: Some(rule), ..Default::default() };
        Self { details: Some(Box::new(details)), ..Self::new(Kind::Gateway, message) }
    }

    /// It will work again soon (503).
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self { retry_after: Some(1), ..Self::new(Kind::Unavailable, message) }
    }

    /// Our own fault (500): said to the log, once, and to nobody else.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "internal error");
        Self::new(Kind::Internal, "something went wrong on our side; the request id names it")
    }

    /// The domain's "no".
    pub fn refused(refusal: &(impl Refusal + ?Sized)) -> Self {
        Self::from_refusal(refusal.kind(), refusal.code(), refusal.to_string())
    }

    /// The domain's "no", taken apart.
    pub fn from_refusal(kind: RefusalKind, code: &str, message: String) -> Self {
        let code = Cow::Owned(code.to_uppercase());
        match kind {
            RefusalKind::Missing => Self::new(Kind::Missing, message),
            RefusalKind::Invalid { field } => {
                let details = Details {
                    field: Some(field.into()),
                    message: Some(message.clone()),
                    rule: Some(message.clone()),
                    ..Default::default()
                };
                Self { details: Some(Box::new(details)), ..Self::new(Kind::Invalid, message) }
            }
            RefusalKind::Conflict { state, allowed } => {
                let allowed = Some(allowed.into_iter().map(str::to_owned).collect());
                let details = Details { state: Some(state.into()), allowed, ..Default::default() };
                Self { code, details: Some(Box::new(details)), ..Self::new(Kind::Conflict, message) }
            }
            RefusalKind::Taken { field } => {
                let details = Details { field: Some(field.into()), rule: Some(message.clone()), ..Default::default() };
                Self { code, details: Some(Box::new(details)), ..Self::new(Kind::Conflict, message) }
            }
        }
    }

    /// What actix itself has to complain of, in our own words.
    pub fn foreign(error: &actix_web::Error) -> Self {
        let status = error.as_response_error().status_code();
        match status {
            StatusCode::NOT_FOUND => Self::missing("path"),
            StatusCode::PAYLOAD_TOO_LARGE => Self::new(Kind::TooLarge, "the body is larger than 1 MiB"),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::new(Kind::UnsupportedMedia, error.to_string()),
            status if status.is_client_error() => Self::malformed(error.to_string()),
            _ => Self::internal(error),
        }
    }
}

/// Faces render errors in the outermost middleware, where the route is known; this is what is left without it.
impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        self.kind.status()
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

/// PostgreSQL ended a statement that took too long.
const STATEMENT_TIMEOUT: &str = "57014";

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        // Connection lost, lack of resources, shut down.
        let passes = |code: &str| ["08", "53", "57P"].iter().any(|class| code.starts_with(class));
        if error.as_database_error().and_then(|refusal| refusal.code()).is_some_and(|code| code == STATEMENT_TIMEOUT) {
            tracing::warn!(%error, "a question took too long");
            return Self::unavailable("this takes too long to look up at the moment; ask for less, or again later");
        }
        let away = match &error {
            sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) | sqlx::Error::PoolClosed => true,
            sqlx::Error::Database(refusal) => refusal.code().is_some_and(|code| passes(&code)),
            _ => false,
        };
        if !away {
            return Self::internal(error);
        }
        tracing::warn!(%error, "the database does not answer");
        Self::unavailable("the database does not answer at the moment")
    }
}

impl From<eventlog::ReadError> for Error {
    fn from(error: eventlog::ReadError) -> Self {
        match error {
            eventlog::ReadError::Unavailable(cause) => {
                tracing::warn!(%cause, "the log cannot be read");
                Self::unavailable("the log cannot be read at the moment")
            }
            hole => Self::internal(hole),
        }
    }
}

impl From<commands::Error> for Error {
    fn from(error: commands::Error) -> Self {
        let (code, message) = (error.code(), error.to_string());
        match error {
            commands::Error::UnknownCommand(_) => Self::invalid("command", message),
            commands::Error::Invalid { field, rule } => Self::invalid(field.strip_prefix("data.").unwrap_or(&field), rule),
            commands::Error::Forbidden(_) => Self::forbidden("your role does not allow this"),
            commands::Error::Refused { code, kind, message } => Self::from_refusal(kind, code, message),
            commands::Error::Stale { .. } => Self::stale(message),
            commands::Error::KeyReused { .. } | commands::Error::OutOfOrder { .. } => {
                Self { code: code.to_uppercase().into(), ..Self::conflict(message) }
            }
            commands::Error::Busy => Self::unavailable(message),
            commands::Error::Unavailable(cause) => {
                tracing::warn!(%cause, "the log does not answer");
                Self::unavailable("the log does not answer at the moment")
            }
        }
    }
}
