//! Where a company wants to be told: a web address of its own programs or an e-mail address, and of what.

use crate::notices::kind::NoticeKind;
use crate::{Aggregate, Decision, Email, Kind, Link, Personal, Refusal, Text};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What happens to an endpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum EndpointEvent {
    /// The company wants to be told there.
    #[serde(rename = "endpoint.added")]
    Added { details: EndpointDetails },
    /// Where, of what, or what it is for is now this.
    #[serde(rename = "endpoint.changed")]
    Changed { details: EndpointDetails },
    /// It is told nothing for the time being.
    #[serde(rename = "endpoint.paused")]
    Paused {},
    /// It is told again from now on.
    #[serde(rename = "endpoint.resumed")]
    Resumed {},
    /// Docket stopped telling it: it said that it is gone, or could not be reached for too long.
    #[serde(rename = "endpoint.disabled")]
    Disabled { reason: String },
    /// What is sent there is signed with a new secret; the old one signs too for a day.
    #[serde(rename = "endpoint.secret_rotated")]
    SecretRotated {},
    /// The company no longer wants to be told there.
    #[serde(rename = "endpoint.removed")]
    Removed {},
}

/// A place outside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// A program that takes signed requests.
    Webhook { url: Link },
    /// Somebody's mailbox.
    Email { address: Personal<Email> },
}

/// What is known of an endpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EndpointDetails {
    pub target: Target,
    /// Of what it is told.
    pub kinds: BTreeSet<NoticeKind>,
    pub description: Option<Text<255>>,
}

/// What is to be different; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EndpointChanges {
    pub target: Option<Target>,
    pub kinds: Option<BTreeSet<NoticeKind>>,
    pub description: Option<Option<Text<255>>>,
    /// `true` pauses it, `false` resumes it, whatever stopped it.
    pub paused: Option<bool>,
}

#[derive(Debug, thiserror::Error, PartialEq)]
pub enum EndpointRefusal {
    #[error("no such endpoint")]
    Unknown,
    #[error("an endpoint with this id exists already")]
    AlreadyAdded,
    #[error("kinds must name at least one of sla_at_risk, sla_breached, assigned, rejected")]
    ToldOfNothing,
    #[error("only what is sent to a web address is signed; mail has no secret")]
    NothingToSign,
}

impl Refusal for EndpointRefusal {
    fn code(&self) -> &'static str {
        match self {
            EndpointRefusal::Unknown => "unknown_endpoint",
            EndpointRefusal::AlreadyAdded => "already_added",
            EndpointRefusal::ToldOfNothing => "told_of_nothing",
            EndpointRefusal::NothingToSign => "nothing_to_sign",
        }
    }
    fn kind(&self) -> Kind {
        match self {
            EndpointRefusal::Unknown => Kind::Missing,
            EndpointRefusal::AlreadyAdded => Kind::Taken { field: "id" },
            EndpointRefusal::ToldOfNothing => Kind::Invalid { field: "kinds" },
            EndpointRefusal::NothingToSign => {
                Kind::Conflict { state: "email", allowed: vec!["ChangeEndpoint", "RemoveEndpoint"] }
            }
        }
    }
}

/// Whether an endpoint is told, and if not, why.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Standing {
    #[default]
    Active,
    Paused,
    Disabled {
        reason: String,
    },
}

impl Standing {
    /// The word under which it is shown.
    pub fn word(&self) -> &'static str {
        match self {
            Standing::Active => "active",
            Standing::Paused => "paused",
            Standing::Disabled { .. } => "disabled",
        }
    }
}

/// An endpoint as its decisions see it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Endpoint {
    details: Option<EndpointDetails>,
    standing: Standing,
    ever: bool,
}

impl Aggregate for Endpoint {
    const CATEGORY: &'static str = "endpoint";
    type Event = EndpointEvent;
    type Refusal = EndpointRefusal;

    fn evolve(&mut self, event: &EndpointEvent) {
        self.ever = true;
        match event {
            EndpointEvent::Added { details } | EndpointEvent::Changed { details } => self.details = Some(details.clone()),
            EndpointEvent::Paused {} => self.standing = Standing::Paused,
            EndpointEvent::Resumed {} => self.standing = Standing::Active,
            EndpointEvent::Disabled { reason } => self.standing = Standing::Disabled { reason: reason.clone() },
            EndpointEvent::SecretRotated {} => {}
            EndpointEvent::Removed {} => self.details = None,
        }
    }
}

impl Endpoint {
    pub fn add(&self, details: EndpointDetails) -> Decision<Endpoint> {
        if self.ever {
            return Err(EndpointRefusal::AlreadyAdded);
        }
        details.check().map(|()| vec![EndpointEvent::Added { details }])
    }

    /// Changes what is given; the rest stays.
    pub fn change(&self, changes: EndpointChanges) -> Decision<Endpoint> {
        let known = self.details()?;
        let details = EndpointDetails {
            target: changes.target.unwrap_or_else(|| known.target.clone()),
            kinds: changes.kinds.unwrap_or_else(|| known.kinds.clone()),
            description: changes.description.unwrap_or_else(|| known.description.clone()),
        };
        details.check()?;
        let mut events = if details == *known { vec![] } else { vec![EndpointEvent::Changed { details }] };
        match (changes.paused, &self.standing) {
            (Some(true), Standing::Active) => events.push(EndpointEvent::Paused {}),
            (Some(false), Standing::Paused | Standing::Disabled { .. }) => events.push(EndpointEvent::Resumed {}),
            _ => {}
        }
        Ok(events)
    }

    /// Stops telling it, for a reason that whoever looks after it should read. Paused stays paused: somebody chose that.
    pub fn disable(&self, reason: String) -> Decision<Endpoint> {
        self.details()?;
        Ok(if self.standing == Standing::Active { vec![EndpointEvent::Disabled { reason }] } else { vec![] })
    }

    /// Puts on record that it has a new secret.
    pub fn rotate_secret(&self) -> Decision<Endpoint> {
        match self.details()?.target {
            Target::Webhook { .. } => Ok(vec![EndpointEvent::SecretRotated {}]),
            Target::Email { .. } => Err(EndpointRefusal::NothingToSign),
        }
    }

    pub fn remove(&self) -> Decision<Endpoint> {
        self.details().map(|_| vec![EndpointEvent::Removed {}])
    }

    /// What is known of it, while the company wants it.
    pub fn details(&self) -> Result<&EndpointDetails, EndpointRefusal> {
        self.details.as_ref().ok_or(EndpointRefusal::Unknown)
    }

    pub fn standing(&self) -> &Standing {
        &self.standing
    }
}

impl EndpointDetails {
    fn check(&self) -> Result<(), EndpointRefusal> {
        if self.kinds.is_empty() { Err(EndpointRefusal::ToldOfNothing) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{given, round_trips};

    fn details() -> EndpointDetails {
        let url = Link::try_from("https://desk.example.com/hooks".to_owned()).unwrap();
        EndpointDetails { target: Target::Webhook { url }, kinds: NoticeKind::ALL.into(), description: None }
    }

    fn mail() -> EndpointDetails {
        EndpointDetails { target: Target::Email { address: Personal::new("a@example.com".try_into().unwrap()) }, ..details() }
    }

    fn added() -> EndpointEvent {
        EndpointEvent::Added { details: details() }
    }

    fn paused(paused: bool) -> EndpointChanges {
        EndpointChanges { paused: Some(paused), ..Default::default() }
    }

    #[test]
    fn an_endpoint_is_told_of_something() {
        let nothing = EndpointDetails { kinds: BTreeSet::new(), ..details() };
        given::<Endpoint>([]).when(|e| e.add(nothing)).refused(EndpointRefusal::ToldOfNothing);
        given::<Endpoint>([]).when(|e| e.add(details())).then([added()]);
        given([added()]).when(|e: &Endpoint| e.add(details())).refused(EndpointRefusal::AlreadyAdded);
        given([added(), EndpointEvent::Removed {}]).when(|e: &Endpoint| e.add(details())).refused(EndpointRefusal::AlreadyAdded);
        given([added(), EndpointEvent::Removed {}]).when(|e: &Endpoint| e.remove()).refused(EndpointRefusal::Unknown);
    }

    #[test]
    fn what_stopped_is_told_again_when_somebody_says_so() {
        let disabled = EndpointEvent::Disabled { reason: "gone".into() };
        given([added()]).when(|e: &Endpoint| e.change(paused(true))).then([EndpointEvent::Paused {}]);
        given([added()]).when(|e: &Endpoint| e.change(paused(false))).then([]);
        given([added(), disabled.clone()]).when(|e: &Endpoint| e.change(paused(false))).then([EndpointEvent::Resumed {}]);
        given([added(), disabled.clone()]).when(|e: &Endpoint| e.disable("gone".into())).then([]);
        given([added(), EndpointEvent::Paused {}]).when(|e: &Endpoint| e.disable("gone".into())).then([]);
        given([added()]).when(|e: &Endpoint| e.disable("gone".into())).then([disabled]);
    }

    #[test]
    fn a_change_keeps_what_it_does_not_name() {
        let kinds = BTreeSet::from([NoticeKind::Rejected]);
        let changes = EndpointChanges { kinds: Some(kinds.clone()), ..Default::default() };
        let changed = EndpointEvent::Changed { details: EndpointDetails { kinds, ..details() } };
        given([added()]).when(|e: &Endpoint| e.change(changes)).then([changed]);
        given([added()]).when(|e: &Endpoint| e.change(EndpointChanges::default())).then([]);
    }

    #[test]
    fn only_a_web_address_has_a_secret() {
        given([added()]).when(|e: &Endpoint| e.rotate_secret()).then([EndpointEvent::SecretRotated {}]);
        given([EndpointEvent::Added { details: mail() }])
            .when(|e: &Endpoint| e.rotate_secret())
            .refused(EndpointRefusal::NothingToSign);
    }

    #[test]
    fn events_survive_storage() {
        round_trips("endpoint.added", added());
        round_trips("endpoint.added", EndpointEvent::Added { details: mail() });
        round_trips("endpoint.disabled", EndpointEvent::Disabled { reason: "gone".into() });
    }
}
