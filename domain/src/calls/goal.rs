//! What an agent or a team shall reach in a day, week, month or quarter, and how to get there (B.T4, B.W4).
//!
//! Only targets are on record. What was reached is reckoned from calls, shifts and reviews whenever somebody looks, and never typed in.

pub mod period;
pub mod targets;

pub use period::Period;
pub use targets::{Target, TargetChanges, Targets};

use super::AgentCard;
use crate::cases::customer::given;
use crate::{Aggregate, Decision, GoalId, Kind, LocationId, Refusal, TenantId, Text, UserId};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What happens to a goal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(clippy::large_enum_variant, reason = "events live briefly, and most of them are new goals")]
pub enum GoalEvent {
    /// Somebody shall reach this.
    #[serde(rename = "goal.set")]
    Set { subject: Subject, period: Period, from: NaiveDate, until: NaiveDate, targets: Targets, plan: Plan, by: Option<UserId> },
    /// How to get there is now this.
    #[serde(rename = "goal.changed")]
    Changed { plan: Plan },
    /// Other targets hold for the whole period.
    #[serde(rename = "goal.revised")]
    Revised { targets: Targets, was: Targets, reason: Text<1000> },
    /// It does not count for the time being.
    #[serde(rename = "goal.paused")]
    Paused { reason: Option<Text<1000>> },
    /// It counts again.
    #[serde(rename = "goal.resumed")]
    Resumed {},
    /// It is settled.
    #[serde(rename = "goal.completed")]
    Completed { note: Option<Text<2000>> },
    /// Somebody looked at it with those it is about.
    #[serde(rename = "goal.reviewed")]
    Reviewed { note: Option<Text<2000>>, by: Option<UserId> },
    /// Its time is over, and all targets that are set were met.
    #[serde(rename = "goal.reached")]
    Reached { met: u32, set: u32 },
    /// It was kept long enough.
    #[serde(rename = "goal.disposed")]
    Disposed { reason: Text<1000> },
}

/// Who shall reach it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
#[allow(clippy::large_enum_variant, reason = "there is one in each goal")]
pub enum Subject {
    Agent {
        agent: AgentCard,
    },
    /// All agents of a location, or those of one team there.
    Team {
        location: LocationId,
        location_name: Text<255>,
        team: Option<Text<64>>,
    },
}

impl Subject {
    /// Whose it is and where they work, for whoever asks who may see it.
    pub fn reach(&self) -> (Option<UserId>, Option<LocationId>) {
        match self {
            Subject::Agent { agent } => (Some(agent.user), agent.location),
            Subject::Team { location, .. } => (None, Some(*location)),
        }
    }

    fn key(&self) -> String {
        match self {
            Subject::Agent { agent } => format!("agent\u{1f}{}", agent.user),
            Subject::Team { location, team, .. } => {
                format!("team\u{1f}{location}\u{1f}{}", team.as_ref().map_or("", Text::as_str))
            }
        }
    }
}

/// How to get there (B.T4).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Plan {
    pub development_areas: Vec<Text<255>>,
    pub coaching_focus: Option<Text<2000>>,
    pub improvement_plan: Option<Text<5000>>,
    pub recognition_earned: Vec<Text<255>>,
}

/// What shall be different in a plan; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PlanChanges {
    pub development_areas: Option<Vec<Text<255>>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub coaching_focus: Option<Option<Text<2000>>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub improvement_plan: Option<Option<Text<5000>>>,
    pub recognition_earned: Option<Vec<Text<255>>>,
}

impl Plan {
    pub fn with(&self, changes: PlanChanges) -> Plan {
        Plan {
            development_areas: changes.development_areas.unwrap_or_else(|| self.development_areas.clone()),
            coaching_focus: changes.coaching_focus.unwrap_or_else(|| self.coaching_focus.clone()),
            improvement_plan: changes.improvement_plan.unwrap_or_else(|| self.improvement_plan.clone()),
            recognition_earned: changes.recognition_earned.unwrap_or_else(|| self.recognition_earned.clone()),
        }
    }
}

/// Where a goal stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GoalStatus {
    #[default]
    Active,
    Completed,
    /// In force with other targets than at first.
    Revised,
    Paused,
}

impl GoalStatus {
    pub fn word(self) -> &'static str {
        match self {
            GoalStatus::Active => "active",
            GoalStatus::Completed => "completed",
            GoalStatus::Revised => "revised",
            GoalStatus::Paused => "paused",
        }
    }
}

#[derive(Debug, thiserror::Error, PartialEq)]
pub enum GoalRefusal {
    #[error("no such goal")]
    Unknown,
    #[error("there is a goal for this period already")]
    AlreadySet,
    #[error("periodStartDate must be the first day of a {period}", period = period.noun())]
    NotTheFirstDay { period: Period },
    #[error("{field} {rule}")]
    OutOfRange { field: &'static str, rule: &'static str },
    #[error("at least one target must be set")]
    NoTarget,
    #[error("the goal is {state}", state = state.word())]
    InState { state: GoalStatus },
}

impl Refusal for GoalRefusal {
    fn code(&self) -> &'static str {
        match self {
            GoalRefusal::Unknown => "unknown_goal",
            GoalRefusal::AlreadySet => "already_set",
            GoalRefusal::NotTheFirstDay { .. } => "not_the_first_day",
            GoalRefusal::OutOfRange { .. } => "out_of_range",
            GoalRefusal::NoTarget => "no_target",
            GoalRefusal::InState { .. } => "not_in_this_state",
        }
    }
    fn kind(&self) -> Kind {
        match self {
            GoalRefusal::Unknown => Kind::Missing,
            GoalRefusal::AlreadySet => Kind::Taken { field: "periodStartDate" },
            GoalRefusal::NotTheFirstDay { .. } => Kind::Invalid { field: "periodStartDate" },
            GoalRefusal::OutOfRange { field, .. } => Kind::Invalid { field },
            GoalRefusal::NoTarget => Kind::Invalid { field: "targets" },
            GoalRefusal::InState { state } => Kind::Conflict { state: state.word(), allowed: vec!["UpdateGoal"] },
        }
    }
}

/// A goal as its decisions see it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Goal {
    subject: Option<Subject>,
    targets: Targets,
    plan: Plan,
    status: GoalStatus,
    /// What a pause leads back to.
    before: GoalStatus,
    by: Option<UserId>,
    reached: bool,
}

impl Aggregate for Goal {
    const CATEGORY: &'static str = "goal";
    type Event = GoalEvent;
    type Refusal = GoalRefusal;

    fn evolve(&mut self, event: &GoalEvent) {
        match event {
            GoalEvent::Set { subject, targets, plan, by, .. } => {
                self.subject = Some(subject.clone());
                self.targets = targets.clone();
                self.plan = plan.clone();
                self.by = *by;
            }
            GoalEvent::Changed { plan } => self.plan = plan.clone(),
            GoalEvent::Revised { targets, .. } => {
                self.targets = targets.clone();
                let of = if self.status == GoalStatus::Paused { &mut self.before } else { &mut self.status };
                *of = GoalStatus::Revised;
            }
            GoalEvent::Paused { .. } => {
                self.before = self.status;
                self.status = GoalStatus::Paused;
            }
            GoalEvent::Resumed {} => self.status = self.before,
            GoalEvent::Completed { .. } => self.status = GoalStatus::Completed,
            GoalEvent::Reviewed { .. } => {}
            GoalEvent::Reached { .. } => self.reached = true,
            GoalEvent::Disposed { .. } => *self = Goal::default(),
        }
    }
}

impl Goal {
    /// The goal of somebody for a period: there is one at most, because its id follows from both (K36).
    pub fn id(tenant: TenantId, subject: &Subject, period: Period, from: NaiveDate) -> GoalId {
        let name = format!("goal\u{1f}{}\u{1f}{}\u{1f}{from}", subject.key(), period.word());
        GoalId(Uuid::new_v5(&tenant.0, name.as_bytes()))
    }

    pub fn subject(&self) -> Result<&Subject, GoalRefusal> {
        self.subject.as_ref().ok_or(GoalRefusal::Unknown)
    }

    /// Who set it.
    pub fn by(&self) -> Option<UserId> {
        self.by
    }

    pub fn status(&self) -> GoalStatus {
        self.status
    }

    pub fn targets(&self) -> &Targets {
        &self.targets
    }

    pub fn set(
        &self,
        subject: Subject,
        period: Period,
        from: NaiveDate,
        targets: Targets,
        plan: Plan,
        by: Option<UserId>,
    ) -> Decision<Goal> {
        if self.subject.is_some() {
            return Err(GoalRefusal::AlreadySet);
        }
        let until = period.last_day(from).ok_or(GoalRefusal::NotTheFirstDay { period })?;
        targets.check()?;
        Ok(vec![GoalEvent::Set { subject, period, from, until, targets, plan, by }])
    }

    /// Changes how to get there.
    pub fn change(&self, changes: PlanChanges) -> Decision<Goal> {
        self.subject()?;
        let plan = self.plan.with(changes);
        Ok(if plan == self.plan { vec![] } else { vec![GoalEvent::Changed { plan }] })
    }

    pub fn revise(&self, targets: Targets, reason: Text<1000>) -> Decision<Goal> {
        self.in_state(&[GoalStatus::Active, GoalStatus::Revised, GoalStatus::Paused])?;
        targets.check()?;
        let was = self.targets.clone();
        Ok(if targets == was { vec![] } else { vec![GoalEvent::Revised { targets, was, reason }] })
    }

    pub fn pause(&self, reason: Option<Text<1000>>) -> Decision<Goal> {
        if self.subject.is_some() && self.status == GoalStatus::Paused {
            return Ok(vec![]);
        }
        self.in_state(&[GoalStatus::Active, GoalStatus::Revised])?;
        Ok(vec![GoalEvent::Paused { reason }])
    }

    pub fn resume(&self) -> Decision<Goal> {
        self.in_state(&[GoalStatus::Active, GoalStatus::Revised, GoalStatus::Paused])?;
        Ok(if self.status == GoalStatus::Paused { vec![GoalEvent::Resumed {}] } else { vec![] })
    }

    pub fn complete(&self, note: Option<Text<2000>>) -> Decision<Goal> {
        self.subject()?;
        Ok(if self.status == GoalStatus::Completed { vec![] } else { vec![GoalEvent::Completed { note }] })
    }

    /// Puts on record that somebody looked at it.
    pub fn note_review(&self, note: Option<Text<2000>>, by: Option<UserId>) -> Decision<Goal> {
        self.subject()?;
        Ok(vec![GoalEvent::Reviewed { note, by }])
    }

    /// Puts on record, once, that all of its targets were met while it counted.
    pub fn reach(&self, met: u32, set: u32) -> Decision<Goal> {
        self.in_state(&[GoalStatus::Active, GoalStatus::Revised])?;
        if set as usize != self.targets.set().count() || met != set {
            return Err(GoalRefusal::OutOfRange { field: "met", rule: "must be as many as there are targets" });
        }
        Ok(if self.reached { vec![] } else { vec![GoalEvent::Reached { met, set }] })
    }

    /// Keeps it no longer, whatever its state.
    pub fn dispose(&self, reason: Text<1000>) -> Decision<Goal> {
        self.subject().map(|_| vec![GoalEvent::Disposed { reason }])
    }

    fn in_state(&self, states: &[GoalStatus]) -> Result<(), GoalRefusal> {
        self.subject()?;
        if states.contains(&self.status) { Ok(()) } else { Err(GoalRefusal::InState { state: self.status }) }
    }
}

#[cfg(test)]
#[path = "goal_tests.rs"]
mod tests;
