//! Stories of a call centre.

mod agents;
mod board;
mod campaigns;
mod presence;
mod retention;
mod sync;
mod processing;
