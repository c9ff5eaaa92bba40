//! Agents as people name them: by e-mail address or by id.

use crate::{Error, Work};
use domain::calls::AgentCard;
use domain::calls::agent::Agent;
use domain::reservation::Reservation;
use domain::{Email, UserId};
use serde::{Deserialize, Serialize};

/// An agent by id or by e-mail address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum AgentRef {
    Id(UserId),
    Email(Email),
}

impl TryFrom<String> for AgentRef {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        match text.parse() {
            Ok(id) => Ok(AgentRef::Id(id)),
            Err(_) => Email::try_from(text).map(AgentRef::Email).map_err(|_| "must be an e-mail address or an id".into()),
        }
    }
}

impl From<AgentRef> for String {
    fn from(agent: AgentRef) -> String {
        match agent {
            AgentRef::Id(id) => id.to_string(),
            AgentRef::Email(email) => email.into(),
        }
    }
}

impl AgentRef {
    /// The person, if they belong to the company that asks.
    pub async fn user(&self, work: &mut Work) -> Result<Option<UserId>, Error> {
        match self {
            AgentRef::Id(id) => Ok(Some(*id)),
            AgentRef::Email(email) => {
                let tenant = work.stamp().tenant;
                let held = work.load_stream::<Reservation>(Reservation::of_email(email)).await?;
                Ok(held.holder.filter(|(theirs, _)| *theirs == tenant).map(|(_, user)| UserId(user)))
            }
        }
    }

    /// The agent as they are now; whoever takes no calls is refused under the field's name.
    pub async fn card(&self, field: &str, work: &mut Work) -> Result<AgentCard, Error> {
        let unknown =
            || Error::Invalid { field: field.into(), rule: format!("no agent is known as {}", String::from(self.clone())) };
        let user = self.user(work).await?.ok_or_else(unknown)?;
        let agent = work.load::<Agent>(user).await?;
        match agent.is_active() {
            true => agent.card().map_err(|_| unknown()),
            false => Err(unknown()),
        }
    }
}
