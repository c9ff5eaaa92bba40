//! Everything that may be asked about a tenant's settings.

use crate::{Command, Error, On, Work};
use domain::cases::policy::{Policy, PolicyChanges};
use domain::organization::role::Permission;
use domain::{Instant, Text};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Publishes a new version of the settings with these changes, in force from now on or from the future instant they name.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChangeSettings(pub PolicyChanges);

impl Command for ChangeSettings {
    const NAME: &'static str = "ChangeSettings";
    const MAY: Permission = Permission::ManageSettings;
    const ON: On = On::Tenant;
    const IN_ORDER: bool = false;
    const EXAMPLE: &'static str = r#"{"p1_sla_days":2,"score_formula":"agency.score@2"}"#;
    type Target = Policy;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        own(on, work)?;
        work.change::<Policy>(on, |policy, stamp| policy.change(stamp.at, self.0.clone())).await?;
        Ok(())
    }
}

/// Publishes the defaults as a new version.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResetSettings {}

impl Command for ResetSettings {
    const NAME: &'static str = "ResetSettings";
    const MAY: Permission = Permission::ManageSettings;
    const ON: On = On::Tenant;
    const IN_ORDER: bool = false;
    const EXAMPLE: &'static str = "{}";
    type Target = Policy;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        own(on, work)?;
        work.change::<Policy>(on, |policy, stamp| policy.reset(stamp.at)).await?;
        Ok(())
    }
}

/// Takes back the newest version of the settings, which must not be in force yet.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WithdrawSettings {}

impl Command for WithdrawSettings {
    const NAME: &'static str = "WithdrawSettings";
    const MAY: Permission = Permission::ManageSettings;
    const ON: On = On::Tenant;
    const IN_ORDER: bool = false;
    const EXAMPLE: &'static str = "{}";
    type Target = Policy;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        own(on, work)?;
        work.change::<Policy>(on, |policy, stamp| policy.withdraw(stamp.at)).await?;
        Ok(())
    }
}

/// Has what agencies did in a stretch of the past judged by another version of the settings (E.X9, K31).
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestateScores {
    /// The first instant of the stretch, and the first after it.
    pub from: Instant,
    pub until: Instant,
    /// The version of the settings to judge by.
    pub version: u32,
    pub reason: Text<500>,
}

impl Command for RestateScores {
    const NAME: &'static str = "RestateScores";
    const MAY: Permission = Permission::ManageSettings;
    const ON: On = On::Tenant;
    const IN_ORDER: bool = false;
    const EXAMPLE: &'static str =
        r#"{"from":"2026-02-01T00:00:00Z","until":"2026-03-01T00:00:00Z","version":2,"reason":"agreed with the agencies"}"#;
    type Target = Policy;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        own(on, work)?;
        let restate = |policy: &Policy, stamp: &domain::Stamp| {
            policy.restate(stamp.at, self.from, self.until, self.version, self.reason.clone())
        };
        work.change::<Policy>(on, restate).await?;
        Ok(())
    }
}

/// Takes a restatement back: what it covered is judged as if it had never been.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UndoRestatement {
    /// Its number.
    pub restatement: u32,
    pub reason: Text<500>,
}

impl Command for UndoRestatement {
    const NAME: &'static str = "UndoRestatement";
    const MAY: Permission = Permission::ManageSettings;
    const ON: On = On::Tenant;
    const IN_ORDER: bool = false;
    const EXAMPLE: &'static str = r#"{"restatement":1,"reason":"not agreed after all"}"#;
    type Target = Policy;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        own(on, work)?;
        work.change::<Policy>(on, |policy, _| policy.undo_restatement(self.restatement, self.reason.clone())).await?;
        Ok(())
    }
}

/// A tenant has one policy, filed under the tenant's own id.
fn own(on: Uuid, work: &Work) -> Result<(), Error> {
    match on == work.stamp().tenant.0 {
        true => Ok(()),
        false => Err(Error::Invalid { field: "on".into(), rule: "must be absent or the id of your own tenant".into() }),
    }
}
