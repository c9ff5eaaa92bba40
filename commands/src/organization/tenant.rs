//! Everything that may be asked about a company.

use crate::{Command, Error, On, Work};
use domain::cases::policy::Policy;
use domain::organization::role::Permission;
use domain::organization::tenant::{Environment, Tenant, TenantDetails};
use domain::{StreamId, TenantId, Text};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Sets up a company with its first settings (D.E10).
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegisterCompany {
    pub name: Text<255>,
    #[serde(default)]
    pub subscription_plan: Option<Text<64>>,
    #[serde(default)]
    pub is_active: Option<bool>,
    /// How many active users it may have (5 unless said otherwise).
    #[serde(default)]
    pub max_users: Option<u32>,
    /// How many conversation channels it may have (3 unless said otherwise).
    #[serde(default)]
    pub max_channels: Option<u32>,
    /// Whether its data is real (unsaid unless said).
    #[serde(default)]
    pub environment: Option<Environment>,
}

impl Command for RegisterCompany {
    const NAME: &'static str = "RegisterCompany";
    const MAY: Permission = Permission::ManageCompanies;
    const ON: On = On::New;
    const EXAMPLE: &'static str = r#"{"name":"Acme Collections","subscriptionPlan":"basic","maxUsers":5,"maxChannels":3}"#;
    type Target = Tenant;

    /// A company's history belongs to the company, not to whoever set it up.
    fn stream(_: TenantId, on: Uuid) -> StreamId {
        StreamId::of::<Tenant>(TenantId(on), on)
    }

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let company = TenantId(on);
        let details = TenantDetails {
            name: self.name.clone(),
            subscription_plan: match &self.subscription_plan {
                Some(plan) => plan.clone(),
                None => Text::try_from("basic").map_err(|rule| Error::Invalid { field: "subscriptionPlan".into(), rule })?,
            },
            is_active: self.is_active.unwrap_or(true),
            max_users: self.max_users.unwrap_or(5),
            max_channels: self.max_channels.unwrap_or(3),
            environment: self.environment,
        };
        work.change_stream::<Tenant>(StreamId::of::<Tenant>(company, company), |tenant, _| tenant.register(details)).await?;
        work.change_stream::<Policy>(StreamId::of::<Policy>(company, company), |policy, _| policy.begin()).await?;
        Ok(())
    }
}

/// Changes a company; what is absent stays (D.E11).
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct UpdateCompany {
    pub name: Option<Text<255>>,
    pub subscription_plan: Option<Text<64>>,
    pub is_active: Option<bool>,
    pub max_users: Option<u32>,
    pub max_channels: Option<u32>,
    pub environment: Option<Environment>,
}

impl Command for UpdateCompany {
    const NAME: &'static str = "UpdateCompany";
    const MAY: Permission = Permission::ManageCompanies;
    const EXAMPLE: &'static str = r#"{"maxUsers":25}"#;
    type Target = Tenant;

    /// A company's history belongs to the company, not to whoever set it up.
    fn stream(_: TenantId, on: Uuid) -> StreamId {
        StreamId::of::<Tenant>(TenantId(on), on)
    }

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let company = StreamId::of::<Tenant>(TenantId(on), on);
        let known = work.load_stream::<Tenant>(company.clone()).await?.details()?.clone();
        let details = TenantDetails {
            name: self.name.clone().unwrap_or(known.name),
            subscription_plan: self.subscription_plan.clone().unwrap_or(known.subscription_plan),
            is_active: self.is_active.unwrap_or(known.is_active),
            max_users: self.max_users.unwrap_or(known.max_users),
            max_channels: self.max_channels.unwrap_or(known.max_channels),
            environment: self.environment.or(known.environment),
        };
        work.change_stream::<Tenant>(company, |tenant, _| tenant.update(details)).await?;
        Ok(())
    }
}

/// Says that a history is about to be imported: until it is in, the house does nothing to this tenant by itself.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BeginImport {}

impl Command for BeginImport {
    const NAME: &'static str = "BeginImport";
    const MAY: Permission = Permission::ImportHistory;
    const ON: On = On::Tenant;
    const EXAMPLE: &'static str = "{}";
    type Target = Tenant;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        work.change::<Tenant>(on, |tenant, _| tenant.begin_import()).await?;
        Ok(())
    }
}

/// Says that the import is through; deadlines and automatic assignment run again.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndImport {}

impl Command for EndImport {
    const NAME: &'static str = "EndImport";
    const MAY: Permission = Permission::ImportHistory;
    const ON: On = On::Tenant;
    const EXAMPLE: &'static str = "{}";
    type Target = Tenant;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        work.change::<Tenant>(on, |tenant, _| tenant.end_import()).await?;
        Ok(())
    }
}
