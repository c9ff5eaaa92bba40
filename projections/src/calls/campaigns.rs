//! Campaigns: what each is for, who calls for it, how far it is, and every call that was logged.

use crate::{Keys, ReadModel, Row, Rows, Table, Unappliable, table, wall};
use chrono::NaiveDate;
use domain::calls::AgentCard;
use domain::calls::campaign::{
    CampaignChanges, CampaignDetails, CampaignEvent, CampaignOutcome, CampaignStatus, CampaignType, PriorityLevel,
};
use domain::{Actor, CallId, CampaignId, Fact, Instant, LocationId, TenantId, Text, UserId};
use eventlog::{Position, Recorded};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

mod links;

pub use links::{LogsOfCall, LogsOfCallKey};

/// The campaigns of a company and their calls.
pub struct Campaigns;

/// A campaign. The columns are explained in `migrations/read/campaigns.sql`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CampaignRow {
    pub tenant_id: TenantId,
    pub campaign_id: CampaignId,
    pub name: String,
    pub campaign_type: CampaignType,
    pub start_date: NaiveDate,
    pub end_date: NaiveDate,
    pub status: CampaignStatus,
    pub reason: Option<String>,
    pub target_audience: String,
    pub target_call_count: Option<u32>,
    pub target_conversion_rate: Option<Decimal>,
    pub agents: Vec<AssignedAgent>,
    pub assigned_agents: Vec<UserId>,
    pub priority_level: PriorityLevel,
    pub calls_attempted: i64,
    pub calls_completed: i64,
    pub successful_outcomes: i64,
    pub call_script: Option<String>,
    pub talking_points: Vec<String>,
    pub required_documentation: Vec<String>,
    pub training_materials: Vec<String>,
    pub notes: Option<String>,
    pub created_by: Actor,
    pub managed_by: Option<UserId>,
    pub started_at: Option<Instant>,
    pub ended_at: Option<Instant>,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub version: i64,
    pub position: Position,
}

/// An agent as they were when they were assigned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AssignedAgent {
    pub agent_id: UserId,
    pub email: Option<String>,
    pub name: Option<String>,
    pub location_id: Option<LocationId>,
    pub team: Option<String>,
}

/// A call that was logged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CampaignCallRow {
    pub tenant_id: TenantId,
    pub campaign_id: CampaignId,
    pub log_id: Uuid,
    pub call_id: Option<CallId>,
    pub agent_id: UserId,
    pub agent_email: Option<String>,
    pub agent_name: Option<String>,
    pub location_id: Option<LocationId>,
    pub location_name: Option<String>,
    pub team: Option<String>,
    pub number: Option<String>,
    pub outcome: CampaignOutcome,
    pub rule: String,
    pub completed: bool,
    pub successful: bool,
    pub notes: Option<String>,
    pub day: NaiveDate,
    pub occurred_at: Instant,
    pub event_id: Uuid,
    pub position: Position,
}

/// The primary key of a campaign.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct CampaignKey {
    pub tenant_id: TenantId,
    pub campaign_id: CampaignId,
}

/// The primary key of a logged call.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct CampaignCallKey {
    pub tenant_id: TenantId,
    pub campaign_id: CampaignId,
    pub log_id: Uuid,
}

impl CampaignKey {
    fn of(event: &Recorded) -> Self {
        Self { tenant_id: event.stream.tenant, campaign_id: CampaignId(event.stream.id) }
    }
}

impl Row for CampaignRow {
    const TABLE: &'static str = "campaigns";
    const KEY: &'static [&'static str] = &["tenant_id", "campaign_id"];
    type Key = CampaignKey;

    fn key(&self) -> CampaignKey {
        CampaignKey { tenant_id: self.tenant_id, campaign_id: self.campaign_id }
    }
}

impl Row for CampaignCallRow {
    const TABLE: &'static str = "campaign_calls";
    const KEY: &'static [&'static str] = &["tenant_id", "campaign_id", "log_id"];
    type Key = CampaignCallKey;

    fn key(&self) -> CampaignCallKey {
        CampaignCallKey { tenant_id: self.tenant_id, campaign_id: self.campaign_id, log_id: self.log_id }
    }
}

impl ReadModel for Campaigns {
    const NAME: &'static str = "campaigns";
    const VERSION: i32 = 2;
    const CATEGORIES: &'static [&'static str] = &["campaign", "call"];
    const SQL: &'static str = include_str!("../../../migrations/read/campaigns.sql");
    const WALLS: &'static [(&'static str, &'static str)] =
        &[("campaigns", wall::ASSIGNED), ("campaign_calls", wall::AGENT_ONLY), ("campaign_logs_of_calls", wall::EVERYTHING)];

    fn tables() -> Vec<Box<dyn Table>> {
        vec![table::<CampaignRow>(), table::<CampaignCallRow>(), table::<LogsOfCall>()]
    }

    fn keys(event: &Recorded, fact: &Fact, keys: &mut Keys<'_>) {
        if let Some(key) = LogsOfCallKey::of(event, fact) {
            keys.want::<LogsOfCall>(key);
        }
        let Fact::Campaign(fact) = fact else { return };
        let CampaignKey { tenant_id, campaign_id } = CampaignKey::of(event);
        if let CampaignEvent::CallLogged { log, .. } = fact {
            keys.want::<CampaignCallRow>(CampaignCallKey { tenant_id, campaign_id, log_id: *log });
        }
        keys.want::<CampaignRow>(CampaignKey { tenant_id, campaign_id });
    }

    /// A call that goes does not say for which campaigns it was logged; the link does.
    fn keys_by_rows(rows: &mut Rows, event: &Recorded, fact: &Fact) {
        let Fact::Call(_) = fact else { return };
        let Some(key) = LogsOfCallKey::of(event, fact) else { return };
        let logs = rows.get::<LogsOfCall>(&key).ok().flatten().map(LogsOfCall::keys).unwrap_or_default();
        logs.into_iter().for_each(|log| rows.keys().want::<CampaignCallRow>(log));
    }

    fn evolve(rows: &mut Rows, event: &Recorded, fact: &Fact) -> Result<(), Unappliable> {
        let link = LogsOfCallKey::of(event, fact);
        let Fact::Campaign(fact) = fact else { return link.map_or(Ok(()), |link| links::forget(rows, &link)) };
        let key = CampaignKey::of(event);
        if let CampaignEvent::Created { details } = fact {
            return rows.put(CampaignRow::created(event, details));
        }
        if let Some(call) = CampaignCallRow::of(event, fact) {
            if let Some(link) = link {
                rows.or_new::<LogsOfCall>(&link, || LogsOfCall::none(&link))?.add(&call);
            }
            rows.put(call)?;
        }
        let row = rows.must::<CampaignRow>(&key)?;
        match fact {
            CampaignEvent::Created { .. } => {}
            CampaignEvent::Changed { changes } => row.change(changes),
            CampaignEvent::AgentsAssigned { agents } => {
                row.assigned_agents = agents.iter().map(|card| card.user).collect();
                row.agents = agents.iter().map(AssignedAgent::of).collect();
            }
            CampaignEvent::Started {} => row.turn(CampaignStatus::Active, None, event),
            CampaignEvent::Paused { reason } => row.turn(CampaignStatus::Paused, reason.as_ref(), event),
            CampaignEvent::Resumed {} => row.turn(CampaignStatus::Active, None, event),
            CampaignEvent::Completed { notes } => row.turn(CampaignStatus::Completed, notes.as_ref(), event),
            CampaignEvent::Cancelled { reason } => row.turn(CampaignStatus::Cancelled, Some(reason), event),
            CampaignEvent::CallLogged { completed, successful, .. } => {
                row.calls_attempted += 1;
                row.calls_completed += i64::from(*completed);
                row.successful_outcomes += i64::from(*successful);
            }
        }
        row.updated_at = event.occurred_at;
        row.version = event.version;
        row.position = event.position;
        Ok(())
    }
}

impl CampaignRow {
    fn created(event: &Recorded, details: &CampaignDetails) -> Self {
        let CampaignKey { tenant_id, campaign_id } = CampaignKey::of(event);
        let lines = |lines: &[Text<500>]| lines.iter().map(ToString::to_string).collect();
        Self {
            tenant_id,
            campaign_id,
            name: details.name.to_string(),
            campaign_type: details.campaign_type,
            start_date: details.start_date,
            end_date: details.end_date,
            status: CampaignStatus::Planned,
            reason: None,
            target_audience: details.target_audience.to_string(),
            target_call_count: details.target_call_count,
            target_conversion_rate: details.target_conversion_rate,
            agents: Vec::new(),
            assigned_agents: Vec::new(),
            priority_level: details.priority_level,
            calls_attempted: 0,
            calls_completed: 0,
            successful_outcomes: 0,
            call_script: details.call_script.as_ref().map(ToString::to_string),
            talking_points: lines(&details.talking_points),
            required_documentation: lines(&details.required_documentation),
            training_materials: lines(&details.training_materials),
            notes: details.notes.as_ref().map(ToString::to_string),
            created_by: event.actor.clone(),
            managed_by: details.managed_by,
            started_at: None,
            ended_at: None,
            created_at: event.occurred_at,
            updated_at: event.occurred_at,
            version: event.version,
            position: event.position,
        }
    }

    fn change(&mut self, changes: &CampaignChanges) {
        let CampaignChanges { name, target_audience, call_script, notes, .. } = changes;
        let lines = |lines: &Vec<Text<500>>| lines.iter().map(ToString::to_string).collect::<Vec<_>>();
        put(&mut self.name, name.as_ref().map(ToString::to_string));
        put(&mut self.campaign_type, changes.campaign_type);
        put(&mut self.start_date, changes.start_date);
        put(&mut self.end_date, changes.end_date);
        put(&mut self.target_audience, target_audience.as_ref().map(ToString::to_string));
        put(&mut self.target_call_count, changes.target_call_count);
        put(&mut self.target_conversion_rate, changes.target_conversion_rate);
        put(&mut self.priority_level, changes.priority_level);
        put(&mut self.call_script, call_script.as_ref().map(|script| script.as_ref().map(ToString::to_string)));
        put(&mut self.talking_points, changes.talking_points.as_ref().map(lines));
        put(&mut self.required_documentation, changes.required_documentation.as_ref().map(lines));
        put(&mut self.training_materials, changes.training_materials.as_ref().map(lines));
        put(&mut self.notes, notes.as_ref().map(|notes| notes.as_ref().map(ToString::to_string)));
        put(&mut self.managed_by, changes.managed_by);
    }

    fn turn(&mut self, status: CampaignStatus, reason: Option<&Text<1000>>, event: &Recorded) {
        self.status = status;
        self.reason = reason.map(ToString::to_string);
        match status {
            CampaignStatus::Active => self.started_at = self.started_at.or(Some(event.occurred_at)),
            CampaignStatus::Completed | CampaignStatus::Cancelled => self.ended_at = Some(event.occurred_at),
            CampaignStatus::Unknown | CampaignStatus::Planned | CampaignStatus::Paused => {}
        }
    }
}

fn put<T>(field: &mut T, new: Option<T>) {
    if let Some(new) = new {
        *field = new;
    }
}

impl AssignedAgent {
    fn of(card: &AgentCard) -> Self {
        Self {
            agent_id: card.user,
            email: card.email.known().map(ToString::to_string),
            name: card.name.known().map(ToString::to_string),
            location_id: card.location,
            team: card.team.as_ref().map(ToString::to_string),
        }
    }
}

impl CampaignCallRow {
    fn of(event: &Recorded, fact: &CampaignEvent) -> Option<Self> {
        let CampaignEvent::CallLogged { log, day, call, agent, number, outcome, rule, completed, successful, notes } = fact
        else {
            return None;
        };
        let CampaignKey { tenant_id, campaign_id } = CampaignKey::of(event);
        Some(Self {
            tenant_id,
            campaign_id,
            log_id: *log,
            call_id: *call,
            agent_id: agent.user,
            agent_email: agent.email.known().map(ToString::to_string),
            agent_name: agent.name.known().map(ToString::to_string),
            location_id: agent.location,
            location_name: agent.location_name.as_ref().map(ToString::to_string),
            team: agent.team.as_ref().map(ToString::to_string),
            number: number.as_ref().and_then(|number| number.known()).map(ToString::to_string),
            outcome: *outcome,
            rule: rule.clone(),
            completed: *completed,
            successful: *successful,
            notes: notes.as_ref().and_then(|notes| notes.known()).map(ToString::to_string),
            day: day.day,
            occurred_at: event.occurred_at,
            event_id: event.event_id,
            position: event.position,
        })
    }
}

#[cfg(test)]
#[path = "campaigns_tests.rs"]
mod tests;
