//! Everything that may be asked about where a company wants to be told.

use crate::{Command, Error, On, Work};
use domain::cases::customer::given;
use domain::notices::endpoint::{Endpoint, EndpointChanges, EndpointDetails, Target};
use domain::notices::kind::NoticeKind;
use domain::organization::role::Permission;
use domain::{Email, Link, Personal, Text};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Adds a web address or an e-mail address where the company wants to be told.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddEndpoint {
    #[serde(default)]
    pub url: Option<Link>,
    #[serde(default)]
    pub email: Option<Email>,
    /// Of what; of everything if absent.
    #[serde(default)]
    pub kinds: Option<BTreeSet<NoticeKind>>,
    #[serde(default)]
    pub description: Option<Text<255>>,
}

impl Command for AddEndpoint {
    const NAME: &'static str = "AddEndpoint";
    const MAY: Permission = Permission::ManageSettings;
    const ON: On = On::New;
    const EXAMPLE: &'static str = r#"{"email":"team.lead@example.com","kinds":["sla_breached","rejected"]}"#;
    type Target = Endpoint;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let required = || Error::Invalid { field: "url".into(), rule: "or email is required".into() };
        let target = target(&self.url, &self.email)?.ok_or_else(required)?;
        let kinds = self.kinds.clone().unwrap_or_else(|| NoticeKind::ALL.into());
        let details = EndpointDetails { target, kinds, description: self.description.clone() };
        work.change::<Endpoint>(on, |endpoint, _| endpoint.add(details)).await?;
        Ok(())
    }
}

/// Changes an endpoint; absent stays, `null` clears. `paused: false` resumes one that was paused or disabled.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ChangeEndpoint {
    pub url: Option<Link>,
    pub email: Option<Email>,
    pub kinds: Option<BTreeSet<NoticeKind>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub description: Option<Option<Text<255>>>,
    pub paused: Option<bool>,
}

impl Command for ChangeEndpoint {
    const NAME: &'static str = "ChangeEndpoint";
    const MAY: Permission = Permission::ManageSettings;
    const EXAMPLE: &'static str = r#"{"kinds":["sla_breached"],"paused":false}"#;
    type Target = Endpoint;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let changes = EndpointChanges {
            target: target(&self.url, &self.email)?,
            kinds: self.kinds.clone(),
            description: self.description.clone(),
            paused: self.paused,
        };
        work.change::<Endpoint>(on, |endpoint, _| endpoint.change(changes)).await?;
        Ok(())
    }
}

/// Takes an endpoint away; what was not delivered yet is not sent any more.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoveEndpoint {}

impl Command for RemoveEndpoint {
    const NAME: &'static str = "RemoveEndpoint";
    const MAY: Permission = Permission::ManageSettings;
    const EXAMPLE: &'static str = "{}";
    type Target = Endpoint;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        work.change::<Endpoint>(on, |endpoint, _| endpoint.remove()).await?;
        Ok(())
    }
}

/// Stops telling an endpoint that is gone or could not be reached for too long.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisableEndpoint {
    pub reason: Text<1000>,
}

impl Command for DisableEndpoint {
    const NAME: &'static str = "DisableEndpoint";
    const MAY: Permission = Permission::RunProcesses;
    const EXAMPLE: &'static str = r#"{"reason":"it answered 410: it is gone"}"#;
    type Target = Endpoint;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        work.change::<Endpoint>(on, |endpoint, _| endpoint.disable(self.reason.to_string())).await?;
        Ok(())
    }
}

/// Puts on record that an endpoint has a new secret; the secret itself is kept outside the log.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RotateEndpointSecret {}

impl Command for RotateEndpointSecret {
    const NAME: &'static str = "RotateEndpointSecret";
    const MAY: Permission = Permission::RunProcesses;
    const EXAMPLE: &'static str = "{}";
    type Target = Endpoint;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        work.change::<Endpoint>(on, |endpoint, _| endpoint.rotate_secret()).await?;
        Ok(())
    }
}

/// The one place that was named, if any was.
fn target(url: &Option<Link>, email: &Option<Email>) -> Result<Option<Target>, Error> {
    match (url, email) {
        (Some(_), Some(_)) => Err(Error::Invalid { field: "url".into(), rule: "and email exclude each other".into() }),
        (Some(url), None) => Ok(Some(Target::Webhook { url: url.clone() })),
        (None, Some(email)) => Ok(Some(Target::Email { address: Personal::new(email.clone()) })),
        (None, None) => Ok(None),
    }
}
