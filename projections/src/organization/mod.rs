//! What people look at about companies and their people.

pub mod audit_trail;
pub mod companies;
pub mod locations;
pub mod people;
