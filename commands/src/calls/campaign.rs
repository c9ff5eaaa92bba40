//! Everything that may be asked about campaigns.

use super::who::AgentRef;
use crate::{Command, Error, On, Work};
use chrono::NaiveDate;
use domain::calls::call::{Call, CallChanges};
use domain::calls::campaign::{
    Campaign, CampaignChanges, CampaignDetails, CampaignOutcome, CampaignRefusal, CampaignType, LoggedCall, PriorityLevel,
};
use domain::calls::centre::CallCentre;
use domain::cases::customer::given;
use domain::organization::role::Permission;
use domain::organization::user::User;
use domain::reservation::Reservation;
use domain::{CallId, CampaignId, StreamId, Text, UserId};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Plans a campaign, with its agents or without.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateCampaign {
    pub campaign_name: Text<255>,
    pub campaign_type: CampaignType,
    pub start_date: NaiveDate,
    pub end_date: NaiveDate,
    pub target_audience: Text<2000>,
    #[serde(default)]
    pub target_call_count: Option<u32>,
    #[serde(default)]
    pub target_conversion_rate: Option<Decimal>,
    #[serde(default)]
    pub assigned_agents: Vec<AgentRef>,
    #[serde(default)]
    pub priority_level: PriorityLevel,
    #[serde(default)]
    pub call_script: Option<Text<10_000>>,
    #[serde(default)]
    pub talking_points: Vec<Text<500>>,
    #[serde(default)]
    pub required_documentation: Vec<Text<500>>,
    #[serde(default)]
    pub training_materials: Vec<Text<500>>,
    #[serde(default)]
    pub campaign_notes: Option<Text<10_000>>,
    #[serde(default)]
    pub managed_by: Option<UserId>,
}

impl Command for CreateCampaign {
    const NAME: &'static str = "CreateCampaign";
    const MAY: Permission = Permission::ManageCampaigns;
    const ON: On = On::New;
    const EXAMPLE: &'static str = r#"{"campaignName":"Spring check-ups","campaignType":"outbound_appointments",
        "startDate":"2026-03-01","endDate":"2026-03-31","targetAudience":"Patients not seen for a year","targetCallCount":400}"#;
    type Target = Campaign;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        known_person(self.managed_by, work).await?;
        let details = CampaignDetails {
            name: self.campaign_name.clone(),
            campaign_type: self.campaign_type,
            start_date: self.start_date,
            end_date: self.end_date,
            target_audience: self.target_audience.clone(),
            target_call_count: self.target_call_count,
            target_conversion_rate: self.target_conversion_rate,
            priority_level: self.priority_level,
            call_script: self.call_script.clone(),
            talking_points: self.talking_points.clone(),
            required_documentation: self.required_documentation.clone(),
            training_materials: self.training_materials.clone(),
            notes: self.campaign_notes.clone(),
            managed_by: self.managed_by,
        };
        work.change::<Campaign>(on, |campaign, _| campaign.create(details)).await?;
        match self.assigned_agents.is_empty() {
            true => Ok(()),
            false => assign(&self.assigned_agents, "assignedAgents", on, work).await,
        }
    }
}

/// Changes a campaign that is not over; absent stays, `null` clears.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ChangeCampaign {
    pub campaign_name: Option<Text<255>>,
    pub campaign_type: Option<CampaignType>,
    pub start_date: Option<NaiveDate>,
    pub end_date: Option<NaiveDate>,
    pub target_audience: Option<Text<2000>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub target_call_count: Option<Option<u32>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub target_conversion_rate: Option<Option<Decimal>>,
    pub priority_level: Option<PriorityLevel>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub call_script: Option<Option<Text<10_000>>>,
    pub talking_points: Option<Vec<Text<500>>>,
    pub required_documentation: Option<Vec<Text<500>>>,
    pub training_materials: Option<Vec<Text<500>>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub campaign_notes: Option<Option<Text<10_000>>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub managed_by: Option<Option<UserId>>,
}

impl Command for ChangeCampaign {
    const NAME: &'static str = "ChangeCampaign";
    const MAY: Permission = Permission::ManageCampaigns;
    const EXAMPLE: &'static str = r#"{"endDate":"2026-04-15","targetCallCount":600,"campaignNotes":null}"#;
    type Target = Campaign;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        work.load::<Campaign>(on).await?.details()?;
        known_person(self.managed_by.flatten(), work).await?;
        let changes = CampaignChanges {
            name: self.campaign_name.clone(),
            campaign_type: self.campaign_type,
            start_date: self.start_date,
            end_date: self.end_date,
            target_audience: self.target_audience.clone(),
            target_call_count: self.target_call_count,
            target_conversion_rate: self.target_conversion_rate,
            priority_level: self.priority_level,
            call_script: self.call_script.clone(),
            talking_points: self.talking_points.clone(),
            required_documentation: self.required_documentation.clone(),
            training_materials: self.training_materials.clone(),
            notes: self.campaign_notes.clone(),
            managed_by: self.managed_by,
        };
        work.change::<Campaign>(on, |campaign, _| campaign.change(changes)).await?;
        Ok(())
    }
}

/// Says who calls for a campaign from now on: these and nobody else.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssignCampaign {
    pub agents: Vec<AgentRef>,
}

impl Command for AssignCampaign {
    const NAME: &'static str = "AssignCampaign";
    const MAY: Permission = Permission::ManageCampaigns;
    const EXAMPLE: &'static str = r#"{"agents":[]}"#;
    type Target = Campaign;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        work.load::<Campaign>(on).await?.details()?;
        assign(&self.agents, "agents", on, work).await
    }
}

macro_rules! turn {
    ($(#[$doc:meta])* $name:ident, $asked:ident, $example:literal, { $($(#[$attribute:meta])* $field:ident: $kind:ty),* }) => {
        $(#[$doc])*
        #[derive(Debug, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$attribute])* pub $field: $kind,)*
        }

        impl Command for $name {
            const NAME: &'static str = stringify!($name);
            const MAY: Permission = Permission::ManageCampaigns;
            const EXAMPLE: &'static str = $example;
            type Target = Campaign;

            async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
                work.change::<Campaign>(on, |campaign, _| campaign.$asked($(self.$field.clone()),*)).await?;
                Ok(())
            }
        }
    };
}

turn! {
    /// Begins a planned campaign: calls may be logged from now on.
    StartCampaign, start, "{}", {}
}
turn! {
    /// Lets a campaign rest.
    PauseCampaign, pause, r#"{"reason":"holidays"}"#, {#[serde(default)] reason: Option<Text<1000>>}
}
turn! {
    /// Goes on with a campaign that rested.
    ResumeCampaign, resume, "{}", {}
}
turn! {
    /// Brings a campaign to its end.
    CompleteCampaign, complete, r#"{"notes":"target reached"}"#, {#[serde(default)] notes: Option<Text<1000>>}
}
turn! {
    /// Gives a campaign up.
    CancelCampaign, cancel, r#"{"reason":"no budget"}"#, {reason: Text<1000>}
}

/// Logs what came of a call for a campaign: one's own, or anybody's for those who manage campaigns.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LogCampaignCall {
    pub outcome: CampaignOutcome,
    /// The record of the call, if there is one; a call counts for a campaign once.
    #[serde(default)]
    pub call_id: Option<CallId>,
    /// Whoever called; the one who asks if absent.
    #[serde(default)]
    pub agent: Option<AgentRef>,
    #[serde(default)]
    pub number: Option<Text<64>>,
    #[serde(default)]
    pub completed: Option<bool>,
    #[serde(default)]
    pub successful: Option<bool>,
    #[serde(default)]
    pub notes: Option<Text<2000>>,
}

impl Command for LogCampaignCall {
    const NAME: &'static str = "LogCampaignCall";
    const MAY: Permission = Permission::WorkCalls;
    const EXAMPLE: &'static str = r#"{"outcome":"appointment_scheduled","number":"+1 734 555 0100"}"#;
    type Target = Campaign;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let asking = work.stamp().actor.person();
        let campaign = work.load::<Campaign>(on).await?;
        campaign.details()?;
        let manages = work.who().may(Permission::ManageCampaigns);
        // To whoever neither manages campaigns nor calls for this one, it is not there (B.X4).
        if !manages && !asking.is_some_and(|person| campaign.is_assigned(person)) {
            return Err(CampaignRefusal::Unknown.into());
        }
        let agent = match (&self.agent, asking) {
            (Some(agent), _) => agent.card("agent", work).await?,
            (None, Some(person)) => AgentRef::Id(person).card("agent", work).await?,
            (None, None) => return Err(Error::Invalid { field: "agent".into(), rule: "is required".into() }),
        };
        if !manages && Some(agent.user) != asking {
            return Err(Error::Invalid { field: "agent".into(), rule: "must be yourself".into() });
        }
        let (tenant, at) = (work.stamp().tenant, work.stamp().at);
        let day = work.load::<CallCentre>(tenant).await?.day_of(at);
        let whose = agent.user;
        let logged = LoggedCall {
            day,
            call: self.call_id,
            agent,
            number: self.number.clone(),
            outcome: self.outcome,
            completed: self.completed,
            successful: self.successful,
            notes: self.notes.clone(),
        };
        work.change::<Campaign>(on, |campaign, _| campaign.log(CampaignId(on), logged)).await?;
        match self.call_id {
            Some(call) => count_once(call, whose, on, work).await,
            None => Ok(()),
        }
    }
}

/// Counts a call of this agent for the campaign, and never twice, whoever logs it. A call out of reach is as one that never was.
async fn count_once(call: CallId, whose: UserId, on: Uuid, work: &mut Work) -> Result<(), Error> {
    let tenant = work.stamp().tenant;
    let unknown = || Error::Invalid { field: "callId".into(), rule: "there is no such call".into() };
    let (agent, location) = work.load::<Call>(call).await?.belongs_to().map_err(|_| unknown())?;
    if !work.who().reaches(agent, location) {
        return Err(unknown());
    }
    if agent != Some(whose) {
        let rule = "must be a call that the agent took or made";
        return Err(Error::Invalid { field: "callId".into(), rule: rule.into() });
    }
    let stream = StreamId::of::<Reservation>(tenant, Reservation::id(tenant, "campaign_call", &format!("{on} {call}")));
    if work.load_stream::<Reservation>(stream.clone()).await?.holder.is_some() {
        return Err(domain::reservation::ReservationRefusal::AlreadyTaken { field: "callId" }.into());
    }
    let take = |held: &Reservation, _: &_| held.take("campaign_call", "callId", tenant, call.0);
    work.change_stream::<Reservation>(stream, take).await?;
    let changes = CallChanges { campaign: Some(Some(CampaignId(on))), ..CallChanges::default() };
    let reason = Text::try_from("logged for the campaign").map_err(Error::Unavailable)?;
    work.change::<Call>(call, |call, _| call.amend(changes, reason)).await?;
    Ok(())
}

async fn assign(agents: &[AgentRef], field: &str, on: Uuid, work: &mut Work) -> Result<(), Error> {
    let mut cards = Vec::with_capacity(agents.len());
    for agent in agents {
        cards.push(agent.card(field, work).await?);
    }
    work.change::<Campaign>(on, |campaign, _| campaign.assign(cards)).await?;
    Ok(())
}

async fn known_person(person: Option<UserId>, work: &mut Work) -> Result<(), Error> {
    let Some(person) = person else { return Ok(()) };
    let unknown = |_| Error::Invalid { field: "managedBy".into(), rule: "there is no such person".into() };
    work.load::<User>(person).await?.details().map(|_| ()).map_err(unknown)
}
