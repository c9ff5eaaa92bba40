//! Stories of a call centre.

mod agents;
mod board;
mod campaigns;
mod presence;
mod processing;
mod retention;
mod row_policies;
mod sync;
