//! Stories of a call centre.

mod access;
mod agents;
mod attribution;
mod board;
mod campaigns;
mod desk;
mod goals;
mod ingest;
mod journals;
mod presence;
mod processing;
mod qa;
mod records;
mod retention;
mod row_policies;
mod sync;
mod workforce;
mod ground;
mod performance;
mod presence;
mod reports;
