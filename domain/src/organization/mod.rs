//! Who is here: companies, the people who sign in, where they sit, and what they may do.

pub mod location;
pub mod role;
pub mod tenant;
pub mod user;

#[cfg(test)]
mod properties;
