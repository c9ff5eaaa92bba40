//! What people look at: read models folded from the log, kept in PostgreSQL, and always recomputable.

pub mod cases;
pub mod engine;
pub mod model;
pub mod organization;
pub mod reader;

pub use engine::{Difference, Engine, Model, ModelStatus, Progress, rebuild, set_up, verify};
pub use model::{Keys, ReadModel, Row, Rows, Table, Unappliable, table};
pub use reader::Reader;

/// Every read model there is.
pub fn all() -> Vec<Model> {
    vec![]
}
