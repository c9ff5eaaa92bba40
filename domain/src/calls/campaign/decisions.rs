//! What may be decided about a campaign, one function for every wish; none of them changes anything by itself.

use super::{
    Campaign, CampaignChanges, CampaignDetails, CampaignEvent, CampaignOutcome, CampaignRefusal, CampaignStatus, MOST_AGENTS,
    OUTCOME_RULE, Verdict,
};
use crate::calls::{AgentCard, LocalDay};
use crate::{CallId, CampaignId, Decision, Personal, Text, UserId};
use std::collections::BTreeSet;
use uuid::Uuid;

/// A call as it is to be logged. `completed` and `successful` follow from the outcome unless somebody knows better.
#[derive(Clone, Debug, PartialEq)]
pub struct LoggedCall {
    /// When, on the clocks of the call centre.
    pub day: LocalDay,
    pub call: Option<CallId>,
    pub agent: AgentCard,
    pub number: Option<Text<64>>,
    pub outcome: CampaignOutcome,
    pub completed: Option<bool>,
    pub successful: Option<bool>,
    pub notes: Option<Text<2000>>,
}

impl Campaign {
    pub fn create(&self, details: CampaignDetails) -> Decision<Campaign> {
        if self.status != CampaignStatus::Unknown {
            return Err(CampaignRefusal::AlreadyCreated);
        }
        details.check().map(|()| vec![CampaignEvent::Created { details }])
    }

    /// Changes what is given while it is not over; the rest stays.
    pub fn change(&self, changes: CampaignChanges) -> Decision<Campaign> {
        let old = self.open("changed")?;
        let changes = changes.beyond(old);
        changes.clone().over(old).check()?;
        Ok(if changes == CampaignChanges::default() { vec![] } else { vec![CampaignEvent::Changed { changes }] })
    }

    /// From now on these agents and nobody else.
    pub fn assign(&self, agents: Vec<AgentCard>) -> Decision<Campaign> {
        self.open("assigned")?;
        let named: BTreeSet<UserId> = agents.iter().map(|card| card.user).collect();
        match () {
            () if agents.len() > MOST_AGENTS => Err(CampaignRefusal::TooManyAgents),
            () if named.len() < agents.len() => Err(CampaignRefusal::AgentTwice),
            () if named == *self.agents => Ok(vec![]),
            () => Ok(vec![CampaignEvent::AgentsAssigned { agents }]),
        }
    }

    pub fn start(&self) -> Decision<Campaign> {
        self.at(&[CampaignStatus::Planned], "started").map(|()| vec![CampaignEvent::Started {}])
    }

    pub fn pause(&self, reason: Option<Text<1000>>) -> Decision<Campaign> {
        self.at(&[CampaignStatus::Active], "paused").map(|()| vec![CampaignEvent::Paused { reason }])
    }

    pub fn resume(&self) -> Decision<Campaign> {
        self.at(&[CampaignStatus::Paused], "resumed").map(|()| vec![CampaignEvent::Resumed {}])
    }

    pub fn complete(&self, notes: Option<Text<1000>>) -> Decision<Campaign> {
        let running = [CampaignStatus::Active, CampaignStatus::Paused];
        self.at(&running, "completed").map(|()| vec![CampaignEvent::Completed { notes }])
    }

    pub fn cancel(&self, reason: Text<1000>) -> Decision<Campaign> {
        self.open("cancelled").map(|_| vec![CampaignEvent::Cancelled { reason }])
    }

    /// Logs a call of one of its agents while it is active.
    pub fn log(&self, id: CampaignId, logged: LoggedCall) -> Decision<Campaign> {
        self.at(&[CampaignStatus::Active], "called for")?;
        let details = self.details()?;
        if !self.is_assigned(logged.agent.user) {
            return Err(CampaignRefusal::NotAssigned);
        }
        let judged = logged.outcome.judged(details.campaign_type);
        let completed = logged.completed.unwrap_or(judged.completed);
        let successful = logged.successful.unwrap_or(judged.successful && completed);
        if successful && !completed {
            return Err(CampaignRefusal::SuccessWithoutCall);
        }
        let verdict = Verdict { completed, successful };
        Ok(vec![CampaignEvent::CallLogged {
            log: Uuid::new_v5(&id.0, format!("call {}", self.logged).as_bytes()),
            day: logged.day,
            call: logged.call,
            agent: logged.agent,
            number: logged.number.map(Personal::new),
            outcome: logged.outcome,
            rule: if verdict == judged { OUTCOME_RULE.into() } else { "as_said".into() },
            completed,
            successful,
            notes: logged.notes.map(Personal::new),
        }])
    }

    /// Whether this agent calls for it.
    pub fn is_assigned(&self, agent: UserId) -> bool {
        self.agents.contains(&agent)
    }

    /// Those who call for it.
    pub fn agents(&self) -> &BTreeSet<UserId> {
        &self.agents
    }

    /// What is known of it, also when it is over.
    pub fn details(&self) -> Result<&CampaignDetails, CampaignRefusal> {
        self.details.as_deref().ok_or(CampaignRefusal::Unknown)
    }

    pub fn status(&self) -> CampaignStatus {
        self.status
    }

    fn open(&self, asked: &'static str) -> Result<&CampaignDetails, CampaignRefusal> {
        self.at(&[CampaignStatus::Planned, CampaignStatus::Active, CampaignStatus::Paused], asked)?;
        self.details()
    }

    fn at(&self, fit: &[CampaignStatus], asked: &'static str) -> Result<(), CampaignRefusal> {
        match self.status {
            CampaignStatus::Unknown => Err(CampaignRefusal::Unknown),
            status if fit.contains(&status) => Ok(()),
            status => Err(CampaignRefusal::WrongState { state: status.word(), asked, allowed: status.allowed() }),
        }
    }
}
