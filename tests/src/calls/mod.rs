//! Stories of a call centre.

mod access;
mod agents;
mod attribution;
mod board;
mod campaigns;
mod contract;
pub mod desk;
mod goals;
mod ground;
mod ingest;
mod journals;
mod looking;
mod performance;
mod presence;
mod processing;
mod qa;
mod records;
mod reminders;
mod reports;
mod retention;
mod row_policies;
mod settled;
mod sync;
mod workforce;
