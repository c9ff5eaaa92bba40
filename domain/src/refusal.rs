//! Why a wish was not granted, said so that a person can do something about it.

use std::error::Error;

/// What kind of "no" it is; every face of the API turns it into its own status and body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// There is no such thing (a foreign tenant's thing is no such thing either).
    Missing,
    /// A field breaks a rule.
    Invalid { field: &'static str },
    /// The thing is in a state that does not allow it; these commands it allows.
    Conflict { state: &'static str, allowed: Vec<&'static str> },
    /// A limit is reached or a name is taken.
    Taken { field: &'static str },
}

/// A named reason why not, one enum for each aggregate. Its `Display` is a sentence for the person who asked.
pub trait Refusal: Error + Send + Sync + 'static {
    /// A stable word for programs, for example `assigned_elsewhere`.
    fn code(&self) -> &'static str;
    fn kind(&self) -> Kind;
}
