//! What people look at about notices.

pub mod endpoints;
