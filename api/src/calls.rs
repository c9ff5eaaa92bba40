//! The call centre over HTTP (specification B): agents, calls and how they are judged.

pub mod agents;
pub mod centre;
pub mod presence;
