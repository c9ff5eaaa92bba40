//! What agents and teams shall reach. What was reached is no column: it is reckoned when somebody asks.

use crate::{Keys, ReadModel, Row, Rows, Table, Unappliable, table, wall};
use chrono::NaiveDate;
use domain::calls::goal::{GoalEvent, GoalStatus, Period, Plan, Subject, Targets};
use domain::{Fact, GoalId, Instant, LocationId, TenantId, UserId};
use eventlog::{Position, Recorded};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// All goals.
pub struct Goals;

/// A goal. The columns are explained in `migrations/read/goals.sql`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GoalRow {
    pub tenant_id: TenantId,
    pub goal_id: GoalId,
    pub subject: Whose,
    pub agent_id: Option<UserId>,
    pub agent_email: Option<String>,
    pub agent_name: Option<String>,
    pub location_id: Option<LocationId>,
    pub location_name: Option<String>,
    pub team: Option<String>,
    pub goal_period: Period,
    pub period_start_date: NaiveDate,
    pub period_end_date: NaiveDate,
    pub calls_per_day: Option<Decimal>,
    pub talk_time_percentage: Option<Decimal>,
    pub first_call_resolution: Option<Decimal>,
    pub customer_satisfaction: Option<Decimal>,
    pub appointment_conversion: Option<Decimal>,
    pub quality_score: Option<Decimal>,
    pub total_goals: u8,
    pub development_areas: Vec<String>,
    pub coaching_focus: Option<String>,
    pub improvement_plan: Option<String>,
    pub recognition_earned: Vec<String>,
    pub goal_status: GoalStatus,
    pub status_reason: Option<String>,
    pub revisions: i64,
    pub revision_reason: Option<String>,
    pub created_by: Option<UserId>,
    pub last_reviewed_at: Option<Instant>,
    pub reviewed_by: Option<UserId>,
    pub review_note: Option<String>,
    pub completed_at: Option<Instant>,
    pub reached_at: Option<Instant>,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub version: i64,
    pub position: Position,
    pub event_id: Uuid,
}

/// Whether a goal is one person's or a team's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    Agent,
    Team,
}

/// The primary key of a goal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct GoalKey {
    pub tenant_id: TenantId,
    pub goal_id: GoalId,
}

impl GoalKey {
    fn of(event: &Recorded) -> Self {
        Self { tenant_id: event.stream.tenant, goal_id: GoalId(event.stream.id) }
    }
}

impl Row for GoalRow {
    const TABLE: &'static str = "goals";
    const KEY: &'static [&'static str] = &["tenant_id", "goal_id"];
    type Key = GoalKey;

    fn key(&self) -> GoalKey {
        GoalKey { tenant_id: self.tenant_id, goal_id: self.goal_id }
    }
}

impl ReadModel for Goals {
    const NAME: &'static str = "goals";
    const VERSION: i32 = 2;
    const CATEGORIES: &'static [&'static str] = &["goal"];
    const SQL: &'static str = include_str!("../../../migrations/read/goals.sql");
    const WALLS: &'static [(&'static str, &'static str)] = &[("goals", wall::GOALS)];

    fn tables() -> Vec<Box<dyn Table>> {
        vec![table::<GoalRow>()]
    }

    fn keys(event: &Recorded, fact: &Fact, keys: &mut Keys<'_>) {
        if let Fact::Goal(_) = fact {
            keys.want::<GoalRow>(GoalKey::of(event));
        }
    }

    fn evolve(rows: &mut Rows, event: &Recorded, fact: &Fact) -> Result<(), Unappliable> {
        let Fact::Goal(fact) = fact else { return Ok(()) };
        if let GoalEvent::Set { subject, period, from, until, targets, plan, by } = fact {
            let mut row = GoalRow::new(event, subject, *period, (*from, *until), *by);
            row.aim(targets);
            row.plan(plan);
            return rows.put(row);
        }
        let key = GoalKey::of(event);
        if let GoalEvent::Disposed { .. } = fact {
            return rows.remove::<GoalRow>(&key);
        }
        let row = rows.must::<GoalRow>(&key)?;
        row.apply(fact, event.occurred_at);
        row.updated_at = event.occurred_at;
        row.version = event.version;
        row.position = event.position;
        row.event_id = event.event_id;
        Ok(())
    }
}

impl GoalRow {
    fn new(event: &Recorded, subject: &Subject, period: Period, days: (NaiveDate, NaiveDate), by: Option<UserId>) -> Self {
        let (agent_id, location_id) = subject.reach();
        let (whose, agent, location_name, team) = match subject {
            Subject::Agent { agent } => (Whose::Agent, Some(agent), agent.location_name.as_ref(), agent.team.as_ref()),
            Subject::Team { location_name, team, .. } => (Whose::Team, None, Some(location_name), team.as_ref()),
        };
        Self {
            tenant_id: event.stream.tenant,
            goal_id: GoalId(event.stream.id),
            subject: whose,
            agent_id,
            agent_email: agent.and_then(|agent| agent.email.known()).map(ToString::to_string),
            agent_name: agent.and_then(|agent| agent.name.known()).map(ToString::to_string),
            location_id,
            location_name: location_name.map(ToString::to_string),
            team: team.map(ToString::to_string),
            goal_period: period,
            period_start_date: days.0,
            period_end_date: days.1,
            calls_per_day: None,
            talk_time_percentage: None,
            first_call_resolution: None,
            customer_satisfaction: None,
            appointment_conversion: None,
            quality_score: None,
            total_goals: 0,
            development_areas: vec![],
            coaching_focus: None,
            improvement_plan: None,
            recognition_earned: vec![],
            goal_status: GoalStatus::Active,
            status_reason: None,
            revisions: 0,
            revision_reason: None,
            created_by: by,
            last_reviewed_at: None,
            reviewed_by: None,
            review_note: None,
            completed_at: None,
            reached_at: None,
            created_at: event.occurred_at,
            updated_at: event.occurred_at,
            version: event.version,
            position: event.position,
            event_id: event.event_id,
        }
    }

    /// Its targets as the rules know them.
    pub fn targets(&self) -> Targets {
        Targets {
            calls_per_day: self.calls_per_day,
            talk_time_percentage: self.talk_time_percentage,
            first_call_resolution: self.first_call_resolution,
            customer_satisfaction: self.customer_satisfaction,
            appointment_conversion: self.appointment_conversion,
            quality_score: self.quality_score,
        }
    }

    fn aim(&mut self, targets: &Targets) {
        self.calls_per_day = targets.calls_per_day;
        self.talk_time_percentage = targets.talk_time_percentage;
        self.first_call_resolution = targets.first_call_resolution;
        self.customer_satisfaction = targets.customer_satisfaction;
        self.appointment_conversion = targets.appointment_conversion;
        self.quality_score = targets.quality_score;
        self.total_goals = targets.set().count() as u8;
    }

    fn plan(&mut self, plan: &Plan) {
        let texts = |texts: &[domain::Text<255>]| texts.iter().map(ToString::to_string).collect();
        self.development_areas = texts(&plan.development_areas);
        self.coaching_focus = plan.coaching_focus.as_ref().map(ToString::to_string);
        self.improvement_plan = plan.improvement_plan.as_ref().map(ToString::to_string);
        self.recognition_earned = texts(&plan.recognition_earned);
    }

    fn apply(&mut self, fact: &GoalEvent, at: Instant) {
        match fact {
            GoalEvent::Set { .. } | GoalEvent::Disposed { .. } => {}
            GoalEvent::Reached { .. } => self.reached_at = Some(at),
            GoalEvent::Changed { plan } => self.plan(plan),
            GoalEvent::Revised { targets, reason, .. } => {
                self.aim(targets);
                self.revisions += 1;
                self.revision_reason = Some(reason.to_string());
                if self.goal_status == GoalStatus::Active {
                    self.goal_status = GoalStatus::Revised;
                }
            }
            GoalEvent::Paused { reason } => {
                self.goal_status = GoalStatus::Paused;
                self.status_reason = reason.as_ref().map(ToString::to_string);
            }
            GoalEvent::Resumed {} => {
                self.goal_status = if self.revisions > 0 { GoalStatus::Revised } else { GoalStatus::Active };
                self.status_reason = None;
            }
            GoalEvent::Completed { note } => {
                self.goal_status = GoalStatus::Completed;
                self.status_reason = note.as_ref().map(ToString::to_string);
                self.completed_at = Some(at);
            }
            GoalEvent::Reviewed { note, by } => {
                self.last_reviewed_at = Some(at);
                self.reviewed_by = *by;
                self.review_note = note.as_ref().map(ToString::to_string);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::story::{Story, TENANT, at_day};
    use domain::calls::goal::Goal;

    #[test]
    fn a_goal_is_shown_with_the_targets_in_force() {
        let day = |day: u32| NaiveDate::from_ymd_opt(2026, 2, day).unwrap();
        let subject = Subject::Team {
            location: LocationId(Uuid::from_u128(9)),
            location_name: "Wixom".try_into().unwrap(),
            team: Some("morning".try_into().unwrap()),
        };
        let id = Goal::id(TENANT, &subject, Period::Monthly, day(1));
        let targets = |calls: u32| Targets { calls_per_day: Some(calls.into()), ..Targets::default() };
        let both = Targets { quality_score: Some("82.5".parse().unwrap()), ..targets(40) };
        let by = Some(UserId(Uuid::from_u128(5)));
        let (period, plan) = (Period::Monthly, Plan::default());
        let mut story = Story::default();
        let set = GoalEvent::Set { subject, period, from: day(1), until: day(28), targets: both.clone(), plan, by };
        story.add(0, "goal", id.0, set);
        story.add(1, "goal", id.0, GoalEvent::Paused { reason: "a holiday".try_into().ok() });
        let reason = "two are ill".try_into().unwrap();
        story.add(2, "goal", id.0, GoalEvent::Revised { targets: targets(30), was: both, reason });
        let row = |story: &Story| {
            story.rows::<Goals>().get::<GoalRow>(&GoalKey { tenant_id: TENANT, goal_id: id }).unwrap().unwrap().clone()
        };
        let paused = row(&story);
        assert_eq!((paused.goal_status, paused.total_goals, paused.quality_score), (GoalStatus::Paused, 1, None));
        assert_eq!(
            (paused.status_reason.as_deref(), paused.revision_reason.as_deref()),
            (Some("a holiday"), Some("two are ill"))
        );
        assert_eq!((paused.subject, paused.agent_id, paused.created_by), (Whose::Team, None, by));
        story.add(3, "goal", id.0, GoalEvent::Resumed {});
        story.add(4, "goal", id.0, GoalEvent::Reviewed { note: None, by });
        assert_eq!((row(&story).goal_status, row(&story).status_reason), (GoalStatus::Revised, None));
        story.add(5, "goal", id.0, GoalEvent::Completed { note: "well done".try_into().ok() });
        let done = row(&story);
        assert_eq!((done.goal_status, done.completed_at, done.version), (GoalStatus::Completed, Some(at_day(5)), 6));
        assert_eq!(done.status_reason.as_deref(), Some("well done"));
        assert_eq!((done.last_reviewed_at, done.targets(), done.reached_at), (Some(at_day(4)), targets(30), None));
        story.add(6, "goal", id.0, GoalEvent::Reached { met: 1, set: 1 });
        assert_eq!(row(&story).reached_at, Some(at_day(6)));
        story.add(7, "goal", id.0, GoalEvent::Disposed { reason: "kept long enough".try_into().unwrap() });
        assert_eq!(story.rows::<Goals>().get::<GoalRow>(&GoalKey { tenant_id: TENANT, goal_id: id }), Ok(None));
    }
}
