//! The call centre over HTTP (specification B): agents, calls and how they are judged.

pub mod accesses;
pub mod agents;
pub mod analysis;
pub mod board;
pub(crate) mod bound;
pub mod campaigns;
pub mod centre;
pub mod data;
pub mod explained;
pub mod files;
pub mod formulas;
pub mod goals;
pub mod health;
pub mod journals;
pub mod presence;
pub mod processing;
pub mod qa;
pub mod quarantine;
pub mod records;
pub mod retention;
pub mod sources;
pub mod sync;
pub mod today;
pub mod webhook;
pub mod workforce;
