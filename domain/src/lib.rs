//! What is true in Docket: the rules of calls, conversations, cases and the people who work them, as plain functions.
//!
//! Nothing here reads a clock, rolls a die, waits or touches a disk: time and actor come in with the [`Stamp`], and a
//! decision answers with the events that follow from it or with the named reason why not.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod aggregate;
pub mod calls;
pub mod cases;
pub mod event;
pub mod explain;
pub mod fact;
pub mod ids;
pub mod money;
pub mod notices;
pub mod organization;
pub mod personal;
pub mod refusal;
pub mod reservation;
pub mod stamp;
pub mod testing;
pub mod text;

pub use aggregate::{Aggregate, Dated, Decision};
pub use fact::Fact;
pub use ids::*;
pub use money::{Amount, Currency, Money};
pub use personal::Personal;
pub use refusal::{Kind, Refusal};
pub use stamp::{Actor, Cause, Stamp};
pub use text::{Email, Link, Text};

/// An instant, always UTC.
pub type Instant = chrono::DateTime<chrono::Utc>;

/// The log keeps microseconds; what is decided must not know more than what is kept.
pub fn micros(at: Instant) -> Instant {
    Instant::from_timestamp_micros(at.timestamp_micros()).unwrap_or(at)
}
