//! Stories of a call centre.

mod agents;
mod presence;
