//! What may be asked about calls and the people who take them.

pub mod access;
pub mod agent;
pub mod call;
pub mod centre;
pub mod disposal;
pub mod goal;
mod people;
pub mod presence;
pub mod record;
pub mod review;
pub mod shift;
pub mod source;

pub mod campaign;
mod directory;
pub mod verification;
pub mod who;
