//! What people look at: read models folded from the log, kept in PostgreSQL, and always recomputable.

pub mod cases;
pub mod engine;
pub mod model;
pub mod organization;

pub use model::{Keys, ReadModel, Row, Rows, Table, Unappliable, table};
