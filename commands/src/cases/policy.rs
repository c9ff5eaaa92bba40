//! Everything that may be asked about a tenant's settings.

use crate::{Command, Error, On, Work};
use domain::cases::policy::{Policy, PolicyChanges};
use domain::organization::role::Permission;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Publishes a new version of the settings with these changes, in force from now on.
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

/// A tenant has one policy, filed under the tenant's own id.
fn own(on: Uuid, work: &Work) -> Result<(), Error> {
    match on == work.stamp().tenant.0 {
        true => Ok(()),
        false => Err(Error::Invalid { field: "on".into(), rule: "must be absent or the id of your own tenant".into() }),
    }
}
