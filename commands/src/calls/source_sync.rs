//! What is put on record when a telephone system was asked what it knows. Only Docket's own processes ask for it.

use crate::{Command, Error, Work};
use domain::Text;
use domain::calls::source::Source;
use domain::calls::source_sync::{SourceSync, SourceSyncEvent};
use domain::organization::role::Permission;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Puts on record what came of asking a telephone system; `on` is the telephone system.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoteSourceSync {
    pub result: SyncResult,
}

/// What came of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SyncResult {
    /// It answered: so many users and calls under way.
    Done { users: u32, calls: u32 },
    /// It did not answer as it should.
    Failed { asked: Text<255>, why: Text<1000> },
}

impl Command for NoteSourceSync {
    const NAME: &'static str = "NoteSourceSync";
    const MAY: Permission = Permission::RunProcesses;
    const EXAMPLE: &'static str = r#"{"result":{"done":{"users":6,"calls":2}}}"#;
    type Target = SourceSync;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        work.load::<Source>(on).await?.details()?;
        let event = match self.result.clone() {
            SyncResult::Done { users, calls } => SourceSyncEvent::Done { users, calls },
            SyncResult::Failed { asked, why } => SourceSyncEvent::Failed { asked, why },
        };
        work.change::<SourceSync>(on, |sync, _| sync.note(event)).await?;
        Ok(())
    }
}
