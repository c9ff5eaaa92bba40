//! Facts about a person, kept apart from business facts so that they can be sealed and forgotten.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A personal fact. A fold must work without it, and logs never print it.
///
/// It is stored as `{"plain": …}`; a sealed form can stand beside it without changing what is already written.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Personal<T> {
    plain: T,
}

impl<T> Personal<T> {
    pub fn new(plain: T) -> Self {
        Self { plain }
    }

    /// The fact itself, where it is still known.
    pub fn known(&self) -> Option<&T> {
        Some(&self.plain)
    }
}

impl<T> fmt::Debug for Personal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Personal(…)")
    }
}
