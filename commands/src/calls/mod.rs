//! What may be asked about calls and the people who take them.

pub mod access;
pub mod agent;
pub mod call;
pub mod campaign;
pub mod centre;
pub mod disposal;
pub mod goal;
pub mod journal;
pub mod presence;
pub mod record;
pub mod report_run;
pub mod review;
pub mod shift;
pub mod source;
pub mod source_sync;
pub mod suggestion;

mod directory;
pub mod verification;
pub mod who;

mod people;
