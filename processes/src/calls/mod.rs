//! How records of calls come in from telephone systems, over whichever wire, and what is done about them afterwards without being asked.

pub mod attribution;
pub mod intake;
pub mod lines;
pub mod listener;
pub mod secrets;

mod places;

use commands::Commands;
use sqlx::PgPool;

/// All that is needed to hear from telephone systems. Cheap to clone.
#[derive(Clone)]
pub struct Telephony {
    pub intake: intake::Intake,
    pub secrets: secrets::SourceSecrets,
}

impl Telephony {
    /// On connections of the role `docket_app`.
    pub fn new(commands: Commands, pool: PgPool) -> Self {
        Self { intake: intake::Intake::new(commands), secrets: secrets::SourceSecrets::new(pool) }
    }
}
