//! What the house puts on record about those who look.

use crate::{Command, Error, Work};
use domain::UserId;
use domain::calls::access::{Access, AccessRefusal, Look};
use domain::organization::role::Permission;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Puts on record what somebody was shown within an hour; `on` is the stream of that person and hour.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoteAccesses {
    pub user: UserId,
    pub entries: Vec<Look>,
}

impl Command for NoteAccesses {
    const NAME: &'static str = "NoteAccesses";
    const MAY: Permission = Permission::RunProcesses;
    const EXAMPLE: &'static str = r#"{"user":"0190a5d2-0000-7000-8000-000000000001","entries":[{"what":"call",
        "ids":["0190a5d2-0000-7000-8000-000000000002"],"route":"GET /api/call-records/{id}","at":"2026-01-05T09:00:00Z"}]}"#;
    type Target = Access;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let first = self.entries.first().ok_or(AccessRefusal::Size)?;
        if on != Access::id(work.stamp().tenant, self.user, first.at) {
            return Err(Error::Invalid { field: "on".into(), rule: "must be the stream of this person and hour".into() });
        }
        work.change::<Access>(on, |access, _| access.note(self.user, self.entries.clone())).await?;
        Ok(())
    }
}
