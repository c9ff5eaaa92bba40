//! What may be asked about notices.

pub mod endpoint;
