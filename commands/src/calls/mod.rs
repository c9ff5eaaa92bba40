//! What may be asked about calls and the people who take them.

pub mod agent;
pub mod centre;
pub mod presence;
