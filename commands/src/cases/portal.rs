//! What is put on record at the door of the customer portal.

use crate::{Command, Error, Work};
use domain::cases::case::{Case, Status};
use domain::cases::portal::{Portal, PortalEvent};
use domain::organization::role::Permission;
use domain::{Personal, Text};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Puts on record that a debtor came to see a case, or was refused (K10).
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NoteVisit {
    pub what: Visit,
    #[serde(default)]
    pub address: Option<Text<64>>,
}

/// What happened at the door.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visit {
    SignedIn,
    Refused,
}

impl Command for NoteVisit {
    const NAME: &'static str = "NoteVisit";
    const MAY: Permission = Permission::RunProcesses;
    const EXAMPLE: &'static str = r#"{"what":"signed_in","address":"192.0.2.7"}"#;
    type Target = Portal;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let there = !matches!(work.load::<Case>(on).await?.status(), Status::Unopened | Status::Deleted);
        let address = self.address.as_ref().map(|address| Personal::new(address.to_string()));
        let event = match self.what {
            Visit::SignedIn => PortalEvent::SignedIn { address },
            Visit::Refused => PortalEvent::Refused { address },
        };
        work.change::<Portal>(on, |portal, _| portal.note(there, event)).await?;
        Ok(())
    }
}
