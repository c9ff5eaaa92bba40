//! What a company is told of without asking, and where it wants to be told.

pub mod endpoint;
pub mod kind;

#[cfg(test)]
mod properties;
