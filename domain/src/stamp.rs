//! Who asks, for whom, when and why: the only way in which time and people reach the rules.

use crate::{Instant, TenantId, UserId};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// Whoever caused a change.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Actor {
    /// A person or a program that signed in.
    User(UserId),
    /// A person playing through what somebody else might do (E.X10, K34): not something that really happened.
    Simulation(UserId),
    /// One of Docket's own processes, by its name.
    Process(String),
    /// Whoever runs the `docket` program on the machine itself.
    Operator,
}

impl Actor {
    /// The person, if it was one, also one who only played somebody else.
    pub fn person(&self) -> Option<UserId> {
        match self {
            Actor::User(id) | Actor::Simulation(id) => Some(*id),
            Actor::Process(_) | Actor::Operator => None,
        }
    }

    pub fn is_simulation(&self) -> bool {
        matches!(self, Actor::Simulation(_))
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Actor::User(id) => write!(f, "user:{id}"),
            Actor::Simulation(id) => write!(f, "simulation:{id}"),
            Actor::Process(name) => write!(f, "process:{name}"),
            Actor::Operator => f.write_str("operator"),
        }
    }
}

impl FromStr for Actor {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("user", id)) => id.parse().map(Actor::User).map_err(|_| format!("no user id in actor {text:?}")),
            Some(("simulation", id)) => id.parse().map(Actor::Simulation).map_err(|_| format!("no user id in actor {text:?}")),
            Some(("process", name)) => Ok(Actor::Process(name.to_owned())),
            None if text == "operator" => Ok(Actor::Operator),
            _ => Err(format!("no actor is written {text:?}")),
        }
    }
}

impl From<Actor> for String {
    fn from(actor: Actor) -> String {
        actor.to_string()
    }
}

impl TryFrom<String> for Actor {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// The event that led to a command, where a process asked for it.
pub type Cause = Option<Uuid>;

/// What every decision knows of its circumstances.
#[derive(Clone, Debug, PartialEq)]
pub struct Stamp {
    pub tenant: TenantId,
    pub actor: Actor,
    /// Business time: now for live work, the past for imported history.
    pub at: Instant,
    /// The key under which the answer to this command is remembered.
    pub key: String,
    pub cause: Cause,
}
