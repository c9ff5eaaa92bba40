//! What the house says by itself about agents and goals: that somebody could do with coaching, that a goal was reached.

use super::people::agent_card;
use super::who::AgentRef;
use crate::{Command, Error, On, Work};
use chrono::NaiveDate;
use domain::UserId;
use domain::calls::goal::Goal;
use domain::calls::suggestion::{Reason, Suggestion};
use domain::organization::role::Permission;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Says that an agent could do with coaching; `on` is the id that follows from the agent and the week.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuggestCoaching {
    pub agent: UserId,
    /// The Monday on which it is said.
    pub week: NaiveDate,
    /// The days that were looked at.
    pub from: NaiveDate,
    pub until: NaiveDate,
    /// Name and version of the list of rules.
    pub rules: String,
    /// The worst first.
    pub reasons: Vec<Reason>,
}

impl Command for SuggestCoaching {
    const NAME: &'static str = "SuggestCoaching";
    const MAY: Permission = Permission::RunProcesses;
    const ON: On = On::New;
    const EXAMPLE: &'static str = r#"{"agent":"0190a5d2-0000-7000-8000-000000000001","week":"2026-03-02","from":"2026-01-31","until":"2026-03-01",
        "rules":"coaching.rules@1","reasons":[{"rule":"low_quality","says":"reviews come to less than 70 per cent of the points","value":62.5,"threshold":70,"of":3}]}"#;
    type Target = Suggestion;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        if on != Suggestion::id(work.stamp().tenant, self.agent, self.week) {
            return Err(Error::Invalid { field: "on".into(), rule: "must follow from the agent and the week".into() });
        }
        let agent = agent_card(&AgentRef::Id(self.agent), work).await?;
        let (days, rules, reasons) = ((self.from, self.until), self.rules.clone(), self.reasons.clone());
        work.change::<Suggestion>(on, |suggestion, _| suggestion.suggest(agent, self.week, days, rules, reasons)).await?;
        Ok(())
    }
}

/// Puts on record that a goal was reached in its time.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoteGoalReached {
    /// So many targets were met.
    pub met: u32,
    /// Of so many that are set.
    pub set: u32,
}

impl Command for NoteGoalReached {
    const NAME: &'static str = "NoteGoalReached";
    const MAY: Permission = Permission::RunProcesses;
    const EXAMPLE: &'static str = r#"{"met":2,"set":2}"#;
    type Target = Goal;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        work.change::<Goal>(on, |goal, _| goal.reach(self.met, self.set)).await?;
        Ok(())
    }
}
