//! Everything that may be asked about a company's locations.

use crate::{Command, Error, On, Work};
use domain::organization::location::Location;
use domain::organization::role::Permission;
use domain::reservation::Reservation;
use domain::{StreamId, Text};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Adds a location under a name the company does not use yet.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddLocation {
    pub name: Text<255>,
    #[serde(default = "utc")]
    pub timezone: String,
}

fn utc() -> String {
    "UTC".into()
}

impl Command for AddLocation {
    const NAME: &'static str = "AddLocation";
    const MAY: Permission = Permission::ManageLocations;
    const ON: On = On::New;
    const EXAMPLE: &'static str = r#"{"name":"Ann Arbor","timezone":"America/Detroit"}"#;
    type Target = Location;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        work.change::<Location>(on, |location, _| location.add(self.name.clone(), self.timezone.clone())).await?;
        take_name(&self.name, on, work).await
    }
}

/// Changes a location's name or time zone.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ChangeLocation {
    pub name: Option<Text<255>>,
    pub timezone: Option<String>,
}

impl Command for ChangeLocation {
    const NAME: &'static str = "ChangeLocation";
    const MAY: Permission = Permission::ManageLocations;
    const EXAMPLE: &'static str = r#"{"name":"Ann Arbor West"}"#;
    type Target = Location;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let old = work.load::<Location>(on).await?.name()?.clone();
        work.change::<Location>(on, |location, _| location.change(self.name.clone(), self.timezone.clone())).await?;
        match &self.name {
            Some(new) if *new != old => {
                release_name(&old, on, work).await?;
                take_name(new, on, work).await
            }
            _ => Ok(()),
        }
    }
}

/// Removes a location from use; its name is free again.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoveLocation {}

impl Command for RemoveLocation {
    const NAME: &'static str = "RemoveLocation";
    const MAY: Permission = Permission::ManageLocations;
    const EXAMPLE: &'static str = "{}";
    type Target = Location;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let name = work.load::<Location>(on).await?.name()?.clone();
        work.change::<Location>(on, |location, _| location.remove()).await?;
        release_name(&name, on, work).await
    }
}

fn reservation(name: &Text<255>, work: &Work) -> StreamId {
    let tenant = work.stamp().tenant;
    StreamId::of::<Reservation>(tenant, Reservation::id(tenant, "location", &name.as_str().to_lowercase()))
}

async fn take_name(name: &Text<255>, on: Uuid, work: &mut Work) -> Result<(), Error> {
    let tenant = work.stamp().tenant;
    let take = |held: &Reservation, _: &_| held.take("location", "name", tenant, on);
    work.change_stream::<Reservation>(reservation(name, work), take).await?;
    Ok(())
}

async fn release_name(name: &Text<255>, on: Uuid, work: &mut Work) -> Result<(), Error> {
    work.change_stream::<Reservation>(reservation(name, work), |held, _| held.release(on)).await?;
    Ok(())
}
