//! What may be asked about the telephone systems that calls come from.

use crate::{Command, Error, On, Work};
use domain::calls::cdr::{Field, KeyField};
use domain::calls::source::{Source, SourceChanges, SourceDetails};
use domain::cases::customer::given;
use domain::organization::location::Location;
use domain::organization::role::Permission;
use domain::{Link, LocationId, Text};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Adds a telephone system. Where nothing is said of it, its lines hold the 27 fields in the order of 3CX.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AddSource {
    pub name: Text<255>,
    #[serde(default = "utc")]
    pub timezone: String,
    #[serde(default)]
    pub fields: Option<Vec<Field>>,
    #[serde(default)]
    pub key: KeyField,
    #[serde(default)]
    pub location_id: Option<LocationId>,
    #[serde(default)]
    pub base_url: Option<Link>,
    /// As whom it is asked for a token, with its key as the secret; without it the key itself is the token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<Text<255>>,
}

fn utc() -> String {
    "UTC".into()
}

impl Command for AddSource {
    const NAME: &'static str = "AddSource";
    const MAY: Permission = Permission::IngestCalls;
    const ON: On = On::New;
    const EXAMPLE: &'static str = r#"{"name":"Main office","timezone":"America/Detroit"}"#;
    type Target = Source;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let site = site(self.location_id, work).await?;
        let (location, location_name) = site.unzip();
        let details = SourceDetails {
            name: self.name.clone(),
            timezone: self.timezone.clone(),
            fields: self.fields.clone().unwrap_or_else(|| Field::ALL.to_vec()),
            key: self.key,
            location,
            location_name,
            base_url: self.base_url.clone(),
            client_id: self.client_id.clone(),
        };
        work.change::<Source>(on, |source, _| source.add(details)).await?;
        Ok(())
    }
}

/// Changes a telephone system; absent stays, `null` clears. What is on record already stays as it was read; that is why how records
/// are read stays as it is once there are some, unless `evenSo` is said.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ChangeSource {
    pub name: Option<Text<255>>,
    pub timezone: Option<String>,
    pub fields: Option<Vec<Field>>,
    pub key: Option<KeyField>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub location_id: Option<Option<LocationId>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub base_url: Option<Option<Link>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub client_id: Option<Option<Text<255>>>,
    /// Also change `timezone`, `fields` or `key` although records are here already: one that comes again will be another call.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub even_so: bool,
}

impl Command for ChangeSource {
    const NAME: &'static str = "ChangeSource";
    const MAY: Permission = Permission::IngestCalls;
    const EXAMPLE: &'static str = r#"{"name":"Main office","key":"historyid"}"#;
    type Target = Source;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let location = match self.location_id {
            Some(location) => Some(site(location, work).await?),
            None => None,
        };
        let changes = SourceChanges {
            name: self.name.clone(),
            timezone: self.timezone.clone(),
            fields: self.fields.clone(),
            key: self.key,
            location,
            base_url: self.base_url.clone(),
            client_id: self.client_id.clone(),
            even_so: self.even_so,
        };
        work.change::<Source>(on, |source, _| source.change(changes)).await?;
        Ok(())
    }
}

/// Takes a telephone system away; its calls stay, and nothing comes in from it any more.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoveSource {}

impl Command for RemoveSource {
    const NAME: &'static str = "RemoveSource";
    const MAY: Permission = Permission::IngestCalls;
    const EXAMPLE: &'static str = "{}";
    type Target = Source;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        work.change::<Source>(on, |source, _| source.remove()).await?;
        Ok(())
    }
}

/// Puts on record that a telephone system has a new secret; the secret itself is kept outside the log.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RotateSourceSecret {}

impl Command for RotateSourceSecret {
    const NAME: &'static str = "RotateSourceSecret";
    const MAY: Permission = Permission::RunProcesses;
    const EXAMPLE: &'static str = "{}";
    type Target = Source;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        work.change::<Source>(on, |source, _| source.rotate_secret()).await?;
        Ok(())
    }
}

async fn site(location: Option<LocationId>, work: &mut Work) -> Result<Option<(LocationId, Text<255>)>, Error> {
    let Some(location) = location else { return Ok(None) };
    let known = work.load::<Location>(location).await?;
    let unknown = |_| Error::Invalid { field: "locationId".into(), rule: "there is no such location".into() };
    known.name().cloned().map(|name| Some((location, name))).map_err(unknown)
}
