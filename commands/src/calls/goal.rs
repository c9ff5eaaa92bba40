//! What may be asked about goals: set for an agent or a team, revised, paused and settled.

use super::people::{agent_card, reached};
use super::who::AgentRef;
use crate::{Command, Error, On, Work};
use chrono::NaiveDate;
use domain::calls::goal::{Goal, GoalRefusal, Period, Plan, PlanChanges, Subject, TargetChanges, Targets};
use domain::cases::customer::given;
use domain::organization::location::Location;
use domain::organization::role::Permission;
use domain::{LocationId, Text};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Sets what an agent shall reach in a period. There is one goal for both at most; its id follows from them.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetGoal {
    /// By e-mail address or id.
    #[serde(alias = "agentEmail", alias = "agentId")]
    pub agent: AgentRef,
    pub period: Period,
    pub period_start_date: NaiveDate,
    pub targets: Targets,
    #[serde(default)]
    pub plan: PlanChanges,
}

impl Command for SetGoal {
    const NAME: &'static str = "SetGoal";
    const MAY: Permission = Permission::ManageGoals;
    const ON: On = On::New;
    const EXAMPLE: &'static str = r#"{"agent":"ada@example.com","period":"monthly","periodStartDate":"2026-03-01","targets":{"callsPerDay":40,"qualityScore":82.5},"plan":{"coachingFocus":"closing calls"}}"#;
    type Target = Goal;

    async fn decide(&self, _: Uuid, work: &mut Work) -> Result<(), Error> {
        let agent = agent_card(&self.agent, work).await?;
        set(Subject::Agent { agent }, self.period, self.period_start_date, &self.targets, &self.plan, work).await
    }
}

/// Sets what all agents of a location, or of one team there, shall reach together.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetTeamGoal {
    #[serde(alias = "locationId")]
    pub location: LocationId,
    #[serde(default)]
    pub team: Option<Text<64>>,
    pub period: Period,
    pub period_start_date: NaiveDate,
    pub targets: Targets,
    #[serde(default)]
    pub plan: PlanChanges,
}

impl Command for SetTeamGoal {
    const NAME: &'static str = "SetTeamGoal";
    const MAY: Permission = Permission::ManageGoals;
    const ON: On = On::New;
    const EXAMPLE: &'static str = r#"{"location":"0190a5d2-0000-7000-8000-000000000001","team":"morning","period":"weekly","periodStartDate":"2026-03-02","targets":{"firstCallResolution":80}}"#;
    type Target = Goal;

    async fn decide(&self, _: Uuid, work: &mut Work) -> Result<(), Error> {
        let unknown = || Error::Invalid { field: "location".into(), rule: "there is no such location".into() };
        if !work.who().reaches(None, Some(self.location)) {
            return Err(unknown());
        }
        let location_name = work.load::<Location>(self.location).await?.name().map_err(|_| unknown())?.clone();
        let subject = Subject::Team { location: self.location, location_name, team: self.team.clone() };
        set(subject, self.period, self.period_start_date, &self.targets, &self.plan, work).await
    }
}

async fn set(
    subject: Subject,
    period: Period,
    from: NaiveDate,
    targets: &Targets,
    plan: &PlanChanges,
    work: &mut Work,
) -> Result<(), Error> {
    let id = Goal::id(work.stamp().tenant, &subject, period, from);
    let by = work.who().actor.person();
    let (targets, plan) = (targets.clone(), Plan::default().with(plan.clone()));
    work.change::<Goal>(id, |goal, _| goal.set(subject, period, from, targets, plan, by)).await?;
    Ok(())
}

/// Where a goal shall stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GoalState {
    Active,
    Paused,
    Completed,
}

/// Changes a goal, all in one: targets for a reason, how to get there, where it stands, and that somebody looked at it. Absent stays,
/// `null` clears.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct UpdateGoal {
    pub targets: Option<TargetChanges>,
    /// Why the targets change or the goal pauses; only with one of these.
    pub reason: Option<Text<1000>>,
    pub development_areas: Option<Vec<Text<255>>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub coaching_focus: Option<Option<Text<2000>>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub improvement_plan: Option<Option<Text<5000>>>,
    pub recognition_earned: Option<Vec<Text<255>>>,
    pub status: Option<GoalState>,
    /// Somebody looked at it with those it is about.
    pub reviewed: bool,
    /// What is to be said of the review or of how it ended; only with one of these.
    pub note: Option<Text<2000>>,
}

impl UpdateGoal {
    /// What nothing would be made of is refused, and not lost.
    fn check(&self) -> Result<(), Error> {
        let refused = |field: &str, rule: &str| Err(Error::Invalid { field: field.into(), rule: rule.into() });
        if self.note.is_some() && !self.reviewed && self.status != Some(GoalState::Completed) {
            return refused("note", "belongs to a review (reviewed) or to the end of the goal (status completed)");
        }
        if self.reason.is_some() && self.targets.is_none() && self.status != Some(GoalState::Paused) {
            return refused("reason", "belongs to other targets or to a pause (status paused)");
        }
        Ok(())
    }
}

impl Command for UpdateGoal {
    const NAME: &'static str = "UpdateGoal";
    const MAY: Permission = Permission::ManageGoals;
    const EXAMPLE: &'static str = r#"{"targets":{"callsPerDay":35},"reason":"two of them are ill","reviewed":true}"#;
    type Target = Goal;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        self.check()?;
        let by = work.who().actor.person();
        let goal = work.load::<Goal>(on).await?;
        let (whose, location) = goal.subject()?.reach();
        // Whoever set a goal keeps it in sight, also when the agent moves on (B.R3).
        if goal.by().is_none() || goal.by() != by {
            reached(whose, location, work, GoalRefusal::Unknown)?;
        }
        if let Some(changes) = &self.targets {
            let targets = goal.targets().with(changes);
            if targets != *goal.targets() {
                let missing = || Error::Invalid { field: "reason".into(), rule: "is required where targets change".into() };
                let reason = self.reason.clone().ok_or_else(missing)?;
                work.change::<Goal>(on, |goal, _| goal.revise(targets, reason)).await?;
            }
        }
        let plan = PlanChanges {
            development_areas: self.development_areas.clone(),
            coaching_focus: self.coaching_focus.clone(),
            improvement_plan: self.improvement_plan.clone(),
            recognition_earned: self.recognition_earned.clone(),
        };
        work.change::<Goal>(on, |goal, _| goal.change(plan)).await?;
        if self.reviewed {
            work.change::<Goal>(on, |goal, _| goal.note_review(self.note.clone(), by)).await?;
        }
        let state = |goal: &Goal| match self.status {
            None => Ok(vec![]),
            Some(GoalState::Active) => goal.resume(),
            Some(GoalState::Paused) => goal.pause(self.reason.clone()),
            Some(GoalState::Completed) => goal.complete(self.note.clone()),
        };
        work.change::<Goal>(on, |goal, _| state(goal)).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_nothing_would_be_made_of_is_refused() {
        for (asked, field) in [
            (r#"{"note":"well done"}"#, Some("note")),
            (r#"{"note":"well done","status":"active"}"#, Some("note")),
            (r#"{"note":"well done","reviewed":true}"#, None),
            (r#"{"note":"well done","status":"completed"}"#, None),
            (r#"{"reason":"a holiday"}"#, Some("reason")),
            (r#"{"reason":"a holiday","status":"completed"}"#, Some("reason")),
            (r#"{"reason":"a holiday","status":"active"}"#, Some("reason")),
            (r#"{"reason":"a holiday","status":"paused"}"#, None),
            (r#"{"reason":"a holiday","targets":{"callsPerDay":30}}"#, None),
            ("{}", None),
        ] {
            let update: UpdateGoal = serde_json::from_str(asked).unwrap();
            let refused = update.check().err().map(|error| match error {
                Error::Invalid { field, .. } => field,
                other => other.to_string(),
            });
            assert_eq!(refused.as_deref(), field, "{asked}");
        }
    }
}
