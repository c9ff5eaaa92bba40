//! Stories of a call centre.

mod access;
mod agents;
mod board;
mod campaigns;
mod desk;
mod journals;
mod goals;
mod presence;
mod processing;
mod records;
mod retention;
mod row_policies;
mod sync;
mod qa;
mod workforce;
