//! What may be asked about how a call centre reckons.

use crate::{Command, Error, On, Work};
use domain::calls::centre::{CallCentre, CallCentreChanges};
use domain::organization::role::Permission;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Changes the settings of the call centre; absent stays. What is on record already keeps the day it was given.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConfigureCallCentre(pub CallCentreChanges);

impl Command for ConfigureCallCentre {
    const NAME: &'static str = "ConfigureCallCentre";
    const MAY: Permission = Permission::ConfigureMetrics;
    const ON: On = On::Tenant;
    const EXAMPLE: &'static str =
        r#"{"reportingTimezone":"America/Detroit","serviceLevelSeconds":20,"retention":{"calls":2555}}"#;
    type Target = CallCentre;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        work.change::<CallCentre>(on, |centre, _| centre.configure(self.0.clone())).await?;
        Ok(())
    }
}
