//! Debt cases, the agencies that collect them, and the policies by which both are judged.

pub mod agency;
pub mod case;
pub mod customer;
pub mod numbers;
pub mod policy;
pub mod portal;
pub mod recovery;
pub mod score;
pub mod sla;

#[cfg(test)]
mod properties;
