//! What may be asked about telephones: to take down what one of them is doing.

use crate::{Command, Error, On, Work};
use domain::calls::agent::Agent;
use domain::calls::extension::{Extension, Number};
use domain::calls::presence::{Presence, PresenceState, Reading};
use domain::calls::source::Source;
use domain::organization::role::Permission;
use domain::{Instant, Personal, SourceId, StreamId, TenantId, Text, micros};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Takes down what a telephone is doing, for whoever holds it. What is known already, and what is older, changes nothing.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NotePresence {
    pub extension: Number,
    pub state: PresenceState,
    /// The telephone system that says so.
    #[serde(default)]
    pub source_id: Option<SourceId>,
    /// The call it is in, by the telephone system's own name for it.
    #[serde(default)]
    pub call_key: Option<Text<255>>,
    #[serde(default)]
    pub other_number: Option<Text<255>>,
    #[serde(default)]
    pub queue_name: Option<Text<255>>,
    /// When it began to do so; now if it is not said.
    #[serde(default)]
    pub at: Option<Instant>,
}

impl NotePresence {
    /// The telephone's own id, which follows from its number.
    pub fn id(&self, tenant: TenantId) -> Uuid {
        Presence::id(tenant, self.extension.as_str())
    }
}

impl Command for NotePresence {
    const NAME: &'static str = "NotePresence";
    const MAY: Permission = Permission::IngestCalls;
    const ON: On = On::New;
    const EXAMPLE: &'static str = r#"{"extension":"101","state":"on_call","callKey":"C-17","queueName":"Appointments"}"#;
    type Target = Presence;

    fn reads(&self, tenant: TenantId, _on: Uuid) -> Vec<StreamId> {
        let extension = Extension::id(tenant, self.extension.as_str());
        let source = self.source_id.map(|source| StreamId::of::<Source>(tenant, source));
        let telephone = [StreamId::of::<Presence>(tenant, self.id(tenant)), StreamId::of::<Extension>(tenant, extension)];
        telephone.into_iter().chain(source).collect()
    }

    async fn decide(&self, _on: Uuid, work: &mut Work) -> Result<(), Error> {
        let (tenant, now) = (work.stamp().tenant, work.stamp().at);
        let at = micros(self.at.unwrap_or(now));
        if let Some(source) = self.source_id {
            let known = work.load::<Source>(source).await?;
            let unknown = |_| Error::Invalid { field: "sourceId".into(), rule: "there is no such source".into() };
            known.details().map_err(unknown)?;
        }
        let extension = work.load::<Extension>(Extension::id(tenant, self.extension.as_str())).await?;
        // Whose it is now, not when it began: what is said last of a telephone is about whoever sits there, and a telephone
        // system that gave it to somebody else in the middle of a call told us of both at the same time.
        let agent = match extension.holder_at(now) {
            Some(holder) => work.load::<Agent>(holder).await?.card_at(now),
            None => None,
        };
        let reading = Reading {
            state: self.state,
            call_key: self.call_key.clone(),
            other_number: self.other_number.clone().map(Personal::new),
            queue_name: self.queue_name.clone(),
            at,
        };
        let (extension, source) = (self.extension.clone(), self.source_id);
        work.change::<Presence>(self.id(tenant), |known, _| known.note(extension, source, agent, reading, now)).await?;
        Ok(())
    }
}
