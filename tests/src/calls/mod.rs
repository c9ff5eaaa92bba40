//! Stories of a call centre.

mod agents;
mod campaigns;
mod presence;
mod retention;
mod sync;
