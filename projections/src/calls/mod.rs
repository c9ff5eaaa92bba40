//! What people look at in a call centre.

pub mod agents;
