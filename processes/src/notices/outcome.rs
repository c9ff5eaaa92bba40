//! What came of an attempt at a delivery.

use std::time::Duration;

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// The receiver has it.
    Delivered,
    /// Not yet; it is tried again.
    Later { why: String, asked: Option<Duration> },
    /// It never will be.
    Refused(String),
    /// The receiver wants nothing any more.
    Gone(String),
    /// It is not to be sent at all.
    Skipped(String),
}

impl Outcome {
    pub fn later(why: impl Into<String>) -> Self {
        Outcome::Later { why: why.into(), asked: None }
    }
}
