//! A campaign: agents who call people for a purpose between two days, and what came of each call.
//!
//! States: planned → active ⇄ paused, active or paused → completed, and cancelled from each of these but completed.

use super::calendar::CalendarRefusal;
use crate::calls::{AgentCard, LocalDay};
use crate::{Aggregate, CallId, Kind, Personal, Refusal, Text, UserId};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

mod decisions;
mod details;
mod outcome;

pub use decisions::LoggedCall;
pub use details::{CampaignChanges, CampaignDetails};
pub use outcome::{CampaignOutcome, OUTCOME_RULE, Verdict};

/// The most agents that may be assigned.
pub const MOST_AGENTS: usize = 500;

/// What a campaign is for (B.T6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CampaignType {
    OutboundAppointments,
    FollowUp,
    SatisfactionSurvey,
    Retention,
}

/// How much it matters beside others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PriorityLevel {
    Urgent,
    High,
    #[default]
    Normal,
    Low,
}

/// What happens to a campaign.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(clippy::large_enum_variant, reason = "events live briefly")]
pub enum CampaignEvent {
    /// It was planned.
    #[serde(rename = "campaign.created")]
    Created { details: CampaignDetails },
    /// Some of what is known of it changed; only what changed is named.
    #[serde(rename = "campaign.changed")]
    Changed { changes: CampaignChanges },
    /// These agents, and nobody else, call for it from now on.
    #[serde(rename = "campaign.agents_assigned")]
    AgentsAssigned { agents: Vec<AgentCard> },
    /// Calls may be logged from now on.
    #[serde(rename = "campaign.started")]
    Started {},
    /// It rests.
    #[serde(rename = "campaign.paused")]
    Paused { reason: Option<Text<1000>> },
    /// It goes on.
    #[serde(rename = "campaign.resumed")]
    Resumed {},
    /// It has come to its end.
    #[serde(rename = "campaign.completed")]
    Completed { notes: Option<Text<1000>> },
    /// It was given up.
    #[serde(rename = "campaign.cancelled")]
    Cancelled { reason: Text<1000> },
    /// Somebody was called, or it was tried.
    #[serde(rename = "campaign.call_logged")]
    CallLogged {
        log: Uuid,
        /// The day and hour on the call centre's clocks.
        day: LocalDay,
        call: Option<CallId>,
        agent: AgentCard,
        number: Option<Personal<Text<64>>>,
        outcome: CampaignOutcome,
        /// The rule by which it counts as completed and successful, for example `campaign.outcome@1`.
        rule: String,
        completed: bool,
        successful: bool,
        notes: Option<Personal<Text<2000>>>,
    },
}

#[derive(Debug, thiserror::Error, PartialEq)]
pub enum CampaignRefusal {
    #[error("no such campaign")]
    Unknown,
    #[error("a campaign with this id exists already")]
    AlreadyCreated,
    #[error("a campaign that is {state} cannot be {asked}; allowed now: {}", allowed.join(", "))]
    WrongState { state: &'static str, asked: &'static str, allowed: Vec<&'static str> },
    #[error("endDate must not be before startDate")]
    EndsBeforeItBegins,
    #[error("targetConversionRate must be from 0 to 100 with at most two decimals")]
    ConversionOutOfRange,
    #[error("{field} must have at most 50 entries")]
    TooManyEntries { field: &'static str },
    #[error("agents must be at most {MOST_AGENTS}")]
    TooManyAgents,
    #[error("agents must not name anybody twice")]
    AgentTwice,
    #[error("agent is not assigned to this campaign")]
    NotAssigned,
    #[error("successful needs a completed call")]
    SuccessWithoutCall,
    #[error(transparent)]
    Calendar(#[from] CalendarRefusal),
}

impl Refusal for CampaignRefusal {
    fn code(&self) -> &'static str {
        match self {
            CampaignRefusal::Unknown => "unknown_campaign",
            CampaignRefusal::AlreadyCreated => "already_created",
            CampaignRefusal::WrongState { .. } => "wrong_state",
            CampaignRefusal::EndsBeforeItBegins => "ends_before_it_begins",
            CampaignRefusal::ConversionOutOfRange => "conversion_out_of_range",
            CampaignRefusal::TooManyEntries { .. } => "too_many_entries",
            CampaignRefusal::TooManyAgents => "too_many_agents",
            CampaignRefusal::AgentTwice => "agent_twice",
            CampaignRefusal::NotAssigned => "not_assigned",
            CampaignRefusal::SuccessWithoutCall => "success_without_call",
            CampaignRefusal::Calendar(refusal) => refusal.code(),
        }
    }
    fn kind(&self) -> Kind {
        match self {
            CampaignRefusal::Unknown => Kind::Missing,
            CampaignRefusal::AlreadyCreated => Kind::Taken { field: "id" },
            CampaignRefusal::WrongState { state, allowed, .. } => Kind::Conflict { state, allowed: allowed.clone() },
            CampaignRefusal::EndsBeforeItBegins => Kind::Invalid { field: "endDate" },
            CampaignRefusal::ConversionOutOfRange => Kind::Invalid { field: "targetConversionRate" },
            CampaignRefusal::TooManyEntries { field } => Kind::Invalid { field },
            CampaignRefusal::TooManyAgents | CampaignRefusal::AgentTwice => Kind::Invalid { field: "agents" },
            CampaignRefusal::NotAssigned => Kind::Invalid { field: "agent" },
            CampaignRefusal::SuccessWithoutCall => Kind::Invalid { field: "successful" },
            CampaignRefusal::Calendar(refusal) => refusal.kind(),
        }
    }
}

/// Where a campaign stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CampaignStatus {
    #[default]
    #[serde(skip)]
    Unknown,
    Planned,
    Active,
    Paused,
    Completed,
    Cancelled,
}

impl CampaignStatus {
    /// The word under which it is stored and shown.
    pub fn word(self) -> &'static str {
        match self {
            CampaignStatus::Unknown => "unknown",
            CampaignStatus::Planned => "planned",
            CampaignStatus::Active => "active",
            CampaignStatus::Paused => "paused",
            CampaignStatus::Completed => "completed",
            CampaignStatus::Cancelled => "cancelled",
        }
    }

    /// The commands this state allows.
    pub fn allowed(self) -> Vec<&'static str> {
        let open = ["ChangeCampaign", "AssignCampaign", "CancelCampaign"];
        let and = |more: &[&'static str]| [more, &open].concat();
        match self {
            CampaignStatus::Planned => and(&["StartCampaign"]),
            CampaignStatus::Active => and(&["LogCampaignCall", "PauseCampaign", "CompleteCampaign"]),
            CampaignStatus::Paused => and(&["ResumeCampaign", "CompleteCampaign"]),
            CampaignStatus::Unknown | CampaignStatus::Completed | CampaignStatus::Cancelled => vec![],
        }
    }
}

/// A campaign as its decisions see it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Campaign {
    status: CampaignStatus,
    /// Shared, so that a logged call costs no copy of it.
    details: Option<Arc<CampaignDetails>>,
    agents: Arc<BTreeSet<UserId>>,
    /// How many calls were logged; each gets its id from its number.
    logged: u32,
}

impl Aggregate for Campaign {
    const CATEGORY: &'static str = "campaign";
    type Event = CampaignEvent;
    type Refusal = CampaignRefusal;

    fn evolve(&mut self, event: &CampaignEvent) {
        match event {
            CampaignEvent::Created { details } => {
                self.status = CampaignStatus::Planned;
                self.details = Some(Arc::new(details.clone()));
            }
            CampaignEvent::Changed { changes } => {
                if let Some(details) = self.details.as_mut() {
                    *details = Arc::new(changes.clone().over(details));
                }
            }
            CampaignEvent::AgentsAssigned { agents } => {
                self.agents = Arc::new(agents.iter().map(|card| card.user).collect());
            }
            CampaignEvent::Started {} | CampaignEvent::Resumed {} => self.status = CampaignStatus::Active,
            CampaignEvent::Paused { .. } => self.status = CampaignStatus::Paused,
            CampaignEvent::Completed { .. } => self.status = CampaignStatus::Completed,
            CampaignEvent::Cancelled { .. } => self.status = CampaignStatus::Cancelled,
            CampaignEvent::CallLogged { .. } => self.logged = self.logged.saturating_add(1),
        }
    }
}

/// A share of a hundred with at most two decimals.
pub(crate) fn is_percentage(rate: Decimal) -> bool {
    (Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(&rate) && rate.normalize().scale() <= 2
}

/// Whether a stretch of days ends no earlier than it begins.
pub(crate) fn in_order(start: NaiveDate, end: NaiveDate) -> bool {
    start <= end
}

#[cfg(test)]
#[path = "campaign_tests.rs"]
mod tests;
