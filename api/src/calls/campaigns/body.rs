//! A campaign as it is written in requests and answers.

use crate::calls::today;
use crate::error::Error;
use crate::paged::Part;
use crate::params::{PageLimit, PageNumber, Skip};
use crate::who::Names;
use chrono::{DateTime, NaiveDate, Utc};
use domain::calls::campaign::{CampaignStatus, CampaignType, PriorityLevel};
use domain::calls::formulas::{CAMPAIGN_CONVERSION, Figure};
use domain::{Actor, CampaignId, UserId};
use projections::Viewer;
use projections::calls::campaign_queries::CampaignFilter;
use projections::calls::campaigns::{AssignedAgent, CampaignCallRow, CampaignRow};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// A campaign (B.T6).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Campaign {
    pub id: Uuid,
    #[schema(example = "Spring check-ups")]
    pub campaign_name: String,
    #[schema(value_type = String, example = "outbound_appointments")]
    pub campaign_type: CampaignType,
    pub start_date: NaiveDate,
    pub end_date: NaiveDate,
    /// planned, active, paused, completed or cancelled.
    #[schema(value_type = String, example = "active")]
    pub campaign_status: CampaignStatus,
    /// What was said when it was paused, completed or cancelled.
    pub status_reason: Option<String>,
    #[schema(example = "Patients not seen for a year")]
    pub target_audience: String,
    #[schema(example = 400)]
    pub target_call_count: Option<u32>,
    #[schema(value_type = Option<f64>, example = 12.5)]
    pub target_conversion_rate: Option<Decimal>,
    pub assigned_agents: Vec<CampaignAgent>,
    #[schema(value_type = String, example = "normal")]
    pub priority_level: PriorityLevel,
    /// Whose calls are counted: everybody's, or one's own.
    #[schema(example = "everybody")]
    pub calls_of: &'static str,
    /// Calls logged.
    #[schema(example = 120)]
    pub calls_attempted: i64,
    /// Of these, the ones in which somebody was spoken with.
    #[schema(example = 80)]
    pub calls_completed: i64,
    /// Of these, the ones that served the purpose.
    #[schema(example = 12)]
    pub successful_outcomes: i64,
    /// Successes in per cent of the completed calls.
    #[schema(value_type = Object, example = json!({"formula": "campaign.conversion@1", "value": 15.00}))]
    pub conversion_rate: Figure,
    pub call_script: Option<String>,
    pub talking_points: Vec<String>,
    pub required_documentation: Vec<String>,
    pub training_materials: Vec<String>,
    pub campaign_notes: Option<String>,
    /// `user:<id>`, `process:<name>` or `operator`.
    #[schema(value_type = String, example = "operator")]
    pub created_by: Actor,
    #[schema(example = "Ada Lovelace")]
    pub created_by_name: Option<String>,
    pub managed_by: Option<Uuid>,
    pub managed_by_name: Option<String>,
    pub started_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    #[serde(skip)]
    pub version: i64,
}

/// Somebody who calls for a campaign, as they were when they were assigned.
#[derive(Debug, Serialize, ToSchema)]
pub struct CampaignAgent {
    id: Uuid,
    #[schema(example = "ada@example.com")]
    email: Option<String>,
    #[schema(example = "Ada Lovelace")]
    name: Option<String>,
    team: Option<String>,
}

impl From<AssignedAgent> for CampaignAgent {
    fn from(agent: AssignedAgent) -> Self {
        Self { id: agent.agent_id.0, email: agent.email, name: agent.name, team: agent.team }
    }
}

impl Campaign {
    /// A campaign with the numbers of the calls that this viewer sees.
    pub fn of(row: CampaignRow, names: &Names, viewer: &Viewer) -> Self {
        let manager = row.managed_by.map(Actor::User);
        Self {
            id: row.campaign_id.0,
            campaign_name: row.name,
            campaign_type: row.campaign_type,
            start_date: row.start_date,
            end_date: row.end_date,
            campaign_status: row.status,
            status_reason: row.reason,
            target_audience: row.target_audience,
            target_call_count: row.target_call_count,
            target_conversion_rate: row.target_conversion_rate,
            assigned_agents: row.agents.into_iter().map(CampaignAgent::from).collect(),
            priority_level: row.priority_level,
            calls_of: calls_of(viewer),
            calls_attempted: row.calls_attempted,
            calls_completed: row.calls_completed,
            successful_outcomes: row.successful_outcomes,
            conversion_rate: CAMPAIGN_CONVERSION.figure(row.successful_outcomes, row.calls_completed),
            call_script: row.call_script,
            talking_points: row.talking_points,
            required_documentation: row.required_documentation,
            training_materials: row.training_materials,
            campaign_notes: row.notes,
            created_by_name: names.of(&row.created_by),
            created_by: row.created_by,
            managed_by: row.managed_by.map(|UserId(id)| id),
            managed_by_name: manager.and_then(|manager| names.of(&manager)),
            started_at: row.started_at,
            ended_at: row.ended_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        }
    }
}

/// Whose calls are counted for somebody.
pub(super) fn calls_of(viewer: &Viewer) -> &'static str {
    if viewer.everything() { "everybody" } else { "oneself" }
}

/// What became of a campaign.
#[derive(Debug, Serialize, ToSchema)]
pub struct CampaignKept {
    pub id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub campaign: Option<Campaign>,
}

/// A call that was logged for a campaign.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CampaignCall {
    id: Uuid,
    call_id: Option<Uuid>,
    agent_id: Uuid,
    agent_email: Option<String>,
    agent_name: Option<String>,
    location_id: Option<Uuid>,
    location: Option<String>,
    team: Option<String>,
    #[schema(example = "+1 734 555 0100")]
    number: Option<String>,
    #[schema(example = "appointment_scheduled")]
    outcome: &'static str,
    /// By what it counts as completed and successful; `as_said` where somebody knew better.
    #[schema(example = "campaign.outcome@1")]
    rule: String,
    completed: bool,
    successful: bool,
    notes: Option<String>,
    /// The day in the reporting time zone.
    day: NaiveDate,
    at: DateTime<Utc>,
}

impl From<CampaignCallRow> for CampaignCall {
    fn from(row: CampaignCallRow) -> Self {
        Self {
            id: row.log_id,
            call_id: row.call_id.map(|id| id.0),
            agent_id: row.agent_id.0,
            agent_email: row.agent_email,
            agent_name: row.agent_name,
            location_id: row.location_id.map(|id| id.0),
            location: row.location_name,
            team: row.team,
            number: row.number,
            outcome: row.outcome.word(),
            rule: row.rule,
            completed: row.completed,
            successful: row.successful,
            notes: row.notes,
            day: row.day,
            at: row.occurred_at,
        }
    }
}

/// Which campaigns are wanted; what is absent does not matter.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedCampaigns {
    #[param(value_type = Option<String>, example = "follow_up")]
    campaign_type: Option<CampaignType>,
    #[param(value_type = Option<String>, example = "active")]
    status: Option<CampaignStatus>,
    /// Somebody who calls for it, by the id of their account.
    agent_id: Option<Uuid>,
    /// Those that end on this day or later.
    from: Option<NaiveDate>,
    /// Those that begin on this day or earlier.
    to: Option<NaiveDate>,
    /// Found in name or audience.
    #[param(max_length = 255, pattern = "^[^\\x00]*$")]
    search: Option<String>,
    #[param(value_type = Option<u32>, minimum = 1, maximum = 1_000_000)]
    page: Option<PageNumber>,
    #[param(value_type = Option<u32>, minimum = 0, maximum = 100_000_000)]
    skip: Option<Skip>,
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    limit: Option<PageLimit>,
}

impl WantedCampaigns {
    pub(super) fn read(self) -> Result<(CampaignFilter, Part<i64>), Error> {
        if self.search.as_ref().is_some_and(|text| text.chars().count() > 255) {
            return Err(Error::invalid("search", "must have at most 255 characters"));
        }
        let (from, to) = (today::day("from", self.from)?, today::day("to", self.to)?);
        let part = Part::read(self.page, self.skip, self.limit, None)?;
        let filter = CampaignFilter {
            campaign: None,
            campaign_type: self.campaign_type,
            status: self.status,
            agent: self.agent_id,
            from,
            to,
            text: self.search,
        };
        Ok((filter, part))
    }
}

/// Which part of the calls is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedCampaignCalls {
    #[param(value_type = Option<u32>, minimum = 1, maximum = 1_000_000)]
    pub(super) page: Option<PageNumber>,
    #[param(value_type = Option<u32>, minimum = 0, maximum = 100_000_000)]
    pub(super) skip: Option<Skip>,
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    pub(super) limit: Option<PageLimit>,
    /// Instead of `page`: the `next` of an earlier page.
    #[param(pattern = "^[0-9]{1,18}$")]
    pub(super) cursor: Option<String>,
}

/// Which campaigns' performance is wanted, and over which days.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedPerformance {
    pub(super) campaign_id: Option<Uuid>,
    #[param(value_type = Option<String>, example = "follow_up")]
    pub(super) campaign_type: Option<CampaignType>,
    #[param(value_type = Option<String>, example = "active")]
    pub(super) status: Option<CampaignStatus>,
    /// Calls from this day of the reporting zone on.
    pub(super) from: Option<NaiveDate>,
    /// Calls up to this day.
    pub(super) to: Option<NaiveDate>,
}

impl WantedPerformance {
    pub(super) fn filter(&self) -> Result<CampaignFilter, Error> {
        in_order(self.from, self.to)?;
        Ok(CampaignFilter {
            campaign: self.campaign_id.map(CampaignId),
            campaign_type: self.campaign_type,
            status: self.status,
            ..Default::default()
        })
    }
}

/// Days of which the first must not be after the last.
pub(super) fn in_order(from: Option<NaiveDate>, to: Option<NaiveDate>) -> Result<(), Error> {
    match (today::day("from", from)?, today::day("to", to)?) {
        (Some(from), Some(to)) if to < from => Err(Error::invalid("to", "must not be before from")),
        _ => Ok(()),
    }
}
