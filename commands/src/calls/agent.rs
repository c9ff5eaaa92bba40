//! What may be asked about the agents of a call centre. A telephone and the agent who has it change in one append.

use crate::{Command, Error, Work};
use chrono::NaiveDate;
use domain::calls::agent::{Agent, AgentRefusal, Profile};
use domain::calls::extension::{Extension, Number};
use domain::cases::customer::given;
use domain::organization::location::Location;
use domain::organization::role::Permission;
use domain::organization::user::User;
use domain::{Instant, LocationId, Personal, StreamId, Text, UserId, micros};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Lets a user take calls. Where nothing is said of it, they work where they sit. The agent has the id of the user.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct EnrolAgent {
    pub extension: Option<Number>,
    pub location_id: Option<LocationId>,
    pub team: Option<Text<64>>,
    pub hired_on: Option<NaiveDate>,
}

impl Command for EnrolAgent {
    const NAME: &'static str = "EnrolAgent";
    const MAY: Permission = Permission::ManageWorkforce;
    const EXAMPLE: &'static str = r#"{"extension":"101","team":"morning","hiredOn":"2024-03-01"}"#;
    type Target = Agent;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let user = UserId(on);
        let account = work.load::<User>(on).await?;
        let details = account.details()?.clone();
        let location = self.location_id.or(details.location);
        within_reach(location, work)?;
        let full_name = [Some(&details.first_name), details.last_name.as_ref()];
        let full_name =
            full_name.into_iter().flatten().filter_map(Personal::known).map(Text::as_str).collect::<Vec<_>>().join(" ");
        let name = full_name.chars().take(255).collect::<String>().try_into();
        let name = name.map_err(|rule| Error::Invalid { field: "name".into(), rule })?;
        let profile = Profile {
            email: details.email,
            name: Personal::new(name),
            location,
            location_name: name_of(location, work).await?,
            team: self.team.clone(),
            extension: self.extension.clone(),
            hired_on: self.hired_on,
        };
        let at = work.stamp().at;
        work.change::<Agent>(on, |agent, _| agent.enrol(user, profile, at)).await?;
        match &self.extension {
            Some(number) => assign(number, user, at, work).await,
            None => Ok(()),
        }
    }
}

/// Changes how an agent works, from now on or from an earlier instant; absent stays, `null` clears. Name and address follow the
/// user's account.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ChangeAgent {
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub extension: Option<Option<Number>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub location_id: Option<Option<LocationId>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub team: Option<Option<Text<64>>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub hired_on: Option<Option<NaiveDate>>,
    /// Since when; now if it is not said, and never in the future.
    pub from: Option<Instant>,
}

impl Command for ChangeAgent {
    const NAME: &'static str = "ChangeAgent";
    const MAY: Permission = Permission::ManageWorkforce;
    const EXAMPLE: &'static str = r#"{"extension":"102","team":"evening"}"#;
    type Target = Agent;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let user = UserId(on);
        let known = reachable(on, work).await?;
        let from = micros(self.from.unwrap_or(work.stamp().at));
        if from > work.stamp().at {
            return Err(Error::Invalid { field: "from".into(), rule: "must not be in the future".into() });
        }
        let details = work.load::<User>(on).await?.details()?.clone();
        let location = self.location_id.unwrap_or(known.location);
        within_reach(location, work)?;
        let location_name =
            if location == known.location { known.location_name.clone() } else { name_of(location, work).await? };
        let profile = Profile {
            email: details.email,
            location,
            location_name,
            team: self.team.clone().unwrap_or_else(|| known.team.clone()),
            extension: self.extension.clone().unwrap_or_else(|| known.extension.clone()),
            hired_on: self.hired_on.unwrap_or(known.hired_on),
            name: known.name.clone(),
        };
        let (old, new) = (known.extension, profile.extension.clone());
        work.change::<Agent>(on, |agent, _| agent.change(profile, from)).await?;
        if old == new {
            return Ok(());
        }
        if let Some(number) = &old {
            release(number, user, from, work).await?;
        }
        match &new {
            Some(number) => assign(number, user, from, work).await,
            None => Ok(()),
        }
    }
}

/// Puts on record that an agent passed an examination.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertifyAgent {
    pub name: Text<255>,
    pub on: NaiveDate,
}

impl Command for CertifyAgent {
    const NAME: &'static str = "CertifyAgent";
    const MAY: Permission = Permission::ManageWorkforce;
    const EXAMPLE: &'static str = r#"{"name":"HIPAA basics","on":"2026-01-05"}"#;
    type Target = Agent;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        reachable(on, work).await?;
        work.change::<Agent>(on, |agent, _| agent.certify(self.name.clone(), self.on)).await?;
        Ok(())
    }
}

/// Lets somebody take no more calls; their telephone is free for another, their calls stay theirs.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoveAgent {}

impl Command for RemoveAgent {
    const NAME: &'static str = "RemoveAgent";
    const MAY: Permission = Permission::ManageWorkforce;
    const EXAMPLE: &'static str = "{}";
    type Target = Agent;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let known = reachable(on, work).await?;
        work.change::<Agent>(on, |agent, _| agent.leave()).await?;
        let at = work.stamp().at;
        match &known.extension {
            Some(number) => release(number, UserId(on), at, work).await,
            None => Ok(()),
        }
    }
}

/// How the agent works; whoever does not reach them is told that there is no such agent.
async fn reachable(on: Uuid, work: &mut Work) -> Result<Profile, Error> {
    let agent = work.load::<Agent>(on).await?;
    let profile = agent.profile()?;
    match work.who().reaches(Some(UserId(on)), profile.location) {
        true => Ok(profile.clone()),
        false => Err(AgentRefusal::Unknown.into()),
    }
}

/// Nobody puts agents where they have no say.
fn within_reach(location: Option<LocationId>, work: &Work) -> Result<(), Error> {
    match work.who().reaches(None, location) {
        true => Ok(()),
        false => Err(Error::Invalid { field: "locationId".into(), rule: "must be one of your own locations".into() }),
    }
}

async fn name_of(location: Option<LocationId>, work: &mut Work) -> Result<Option<Text<255>>, Error> {
    let Some(location) = location else { return Ok(None) };
    let known = work.load::<Location>(location).await?;
    let unknown = |_| Error::Invalid { field: "locationId".into(), rule: "there is no such location".into() };
    known.name().cloned().map(Some).map_err(unknown)
}

fn stream(number: &Number, work: &Work) -> StreamId {
    let tenant = work.stamp().tenant;
    StreamId::of::<Extension>(tenant, Extension::id(tenant, number.as_str()))
}

async fn assign(number: &Number, user: UserId, from: Instant, work: &mut Work) -> Result<(), Error> {
    work.change_stream::<Extension>(stream(number, work), |held, _| held.assign(number.clone(), user, from)).await?;
    Ok(())
}

async fn release(number: &Number, user: UserId, until: Instant, work: &mut Work) -> Result<(), Error> {
    work.change_stream::<Extension>(stream(number, work), |held, _| held.release(number, user, until)).await?;
    Ok(())
}
