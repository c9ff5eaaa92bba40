//! What may be asked about cases, agencies and the settings by which they are judged.

pub mod agency;
pub mod case;
pub mod policy;
pub mod portal;
