//! What may be asked about companies, people and locations.

pub mod location;
pub mod tenant;
pub mod user;
