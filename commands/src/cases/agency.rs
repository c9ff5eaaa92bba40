//! Everything that may be asked about an agency.

use crate::{Command, Error, On, Work};
use domain::cases::agency::{Agency, AgencyDetails};
use domain::cases::customer::given;
use domain::organization::role::Permission;
use domain::{Amount, Email, Link, Personal, Text};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Registers an agency; it may be given cases at once.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegisterAgency {
    pub name: Text<255>,
    #[serde(default)]
    pub contact_person: Option<Text<255>>,
    #[serde(default)]
    pub email: Option<Email>,
    #[serde(default)]
    pub phone: Option<Text<64>>,
    #[serde(default)]
    pub website_url: Option<Link>,
    /// How many cases it may have at once.
    #[serde(default = "hundred")]
    pub max_capacity: u32,
    #[serde(default)]
    pub min_debt_amount: Amount,
    /// `null` or absent: no upper limit.
    #[serde(default)]
    pub max_debt_amount: Option<Amount>,
}

fn hundred() -> u32 {
    100
}

impl Command for RegisterAgency {
    const NAME: &'static str = "RegisterAgency";
    const MAY: Permission = Permission::ManageAgencies;
    const ON: On = On::New;
    const EXAMPLE: &'static str = r#"{"name":"Swift Debt Solutions","contactPerson":"Maria Keller","email":"desk@swift.example","maxCapacity":50,"minDebtAmount":100,"maxDebtAmount":50000}"#;
    type Target = Agency;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let details = AgencyDetails {
            name: self.name.clone(),
            contact_person: self.contact_person.clone().map(Personal::new),
            email: self.email.clone().map(Personal::new),
            phone: self.phone.clone().map(Personal::new),
            website_url: self.website_url.clone(),
            max_capacity: self.max_capacity,
            min_debt_amount: self.min_debt_amount,
            max_debt_amount: self.max_debt_amount,
        };
        work.change::<Agency>(on, |agency, _| agency.register(details)).await?;
        Ok(())
    }
}

/// Changes an agency's details; absent stays, `null` clears.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct UpdateAgency {
    pub name: Option<Text<255>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub contact_person: Option<Option<Text<255>>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub email: Option<Option<Email>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub phone: Option<Option<Text<64>>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub website_url: Option<Option<Link>>,
    pub max_capacity: Option<u32>,
    pub min_debt_amount: Option<Amount>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub max_debt_amount: Option<Option<Amount>>,
    pub is_active: Option<bool>,
}

impl Command for UpdateAgency {
    const NAME: &'static str = "UpdateAgency";
    const MAY: Permission = Permission::ManageAgencies;
    const EXAMPLE: &'static str = r#"{"maxCapacity":80,"maxDebtAmount":null}"#;
    type Target = Agency;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let known = work.load::<Agency>(on).await?.details()?.clone();
        let personal = |new: &Option<Option<_>>, old| new.clone().map_or(old, |new| new.map(Personal::new));
        let details = AgencyDetails {
            name: self.name.clone().unwrap_or(known.name),
            contact_person: personal(&self.contact_person, known.contact_person),
            email: self.email.clone().map_or(known.email, |new| new.map(Personal::new)),
            phone: self.phone.clone().map_or(known.phone, |new| new.map(Personal::new)),
            website_url: self.website_url.clone().unwrap_or(known.website_url),
            max_capacity: self.max_capacity.unwrap_or(known.max_capacity),
            min_debt_amount: self.min_debt_amount.unwrap_or(known.min_debt_amount),
            max_debt_amount: self.max_debt_amount.unwrap_or(known.max_debt_amount),
        };
        work.change::<Agency>(on, |agency, _| agency.update(details)).await?;
        if let Some(active) = self.is_active {
            work.change::<Agency>(on, |agency, _| agency.set_active(active)).await?;
        }
        Ok(())
    }
}

/// Makes an active agency inactive, and an inactive one active (E.E13).
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToggleAgency {}

impl Command for ToggleAgency {
    const NAME: &'static str = "ToggleAgency";
    const MAY: Permission = Permission::ManageAgencies;
    const EXAMPLE: &'static str = "{}";
    type Target = Agency;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        work.change::<Agency>(on, |agency, _| agency.toggle()).await?;
        Ok(())
    }
}
