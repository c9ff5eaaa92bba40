//! How goals are asked for and shown.

use super::columns::GoalColumns;
use crate::calls::formulas::ShownFigure;
use crate::calls::today;
use crate::error::Error;
use crate::paged::Part;
use crate::params::{PageLimit, PageNumber, Skip};
use chrono::{DateTime, NaiveDate, Utc};
use domain::calls::formulas::{Figure, GOAL_ACHIEVEMENT};
use domain::calls::goal::targets::met;
use domain::calls::goal::{GoalStatus, Period, Target};
use domain::{Instant, LocationId, UserId};
use projections::calls::goal_queries::{GoalFilter, Reached};
use projections::calls::goals::{GoalRow, Whose};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// A goal, and how far it is reached.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Goal {
    id: Uuid,
    /// `agent` or `team`.
    #[schema(value_type = String, example = "agent")]
    subject: Whose,
    agent_id: Option<Uuid>,
    #[schema(example = "ada@example.com")]
    agent_email: Option<String>,
    #[schema(example = "Ada Lovelace")]
    agent_name: Option<String>,
    location_id: Option<Uuid>,
    location: Option<String>,
    team: Option<String>,
    #[schema(value_type = String, example = "monthly")]
    goal_period: Period,
    period_start_date: NaiveDate,
    period_end_date: NaiveDate,
    /// Those that are set, at least one.
    targets: Vec<Aim>,
    #[serde(flatten)]
    columns: GoalColumns,
    /// How many of them are met.
    goals_met: u32,
    total_goals: u32,
    #[schema(value_type = ShownFigure)]
    achievement_percentage: Figure,
    development_areas: Vec<String>,
    coaching_focus: Option<String>,
    improvement_plan: Option<String>,
    recognition_earned: Vec<String>,
    /// `active`, `revised` (in force with other targets than at first), `paused` or `completed`.
    #[schema(value_type = String, example = "active")]
    goal_status: GoalStatus,
    /// What was said when it was paused or settled.
    status_reason: Option<String>,
    /// Why its targets changed last.
    revision_reason: Option<String>,
    created_by: Option<Uuid>,
    last_reviewed_at: Option<DateTime<Utc>>,
    reviewed_by: Option<Uuid>,
    review_note: Option<String>,
    completed_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    /// The instant as of which it is reckoned.
    as_of: DateTime<Utc>,
}

/// A target and what was reached of it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Aim {
    /// `callsPerDay`, `talkTimePercentage`, `firstCallResolution`, `customerSatisfaction`, `appointmentConversion` or `qualityScore`.
    #[schema(value_type = String, example = "callsPerDay")]
    name: Target,
    #[schema(value_type = f64, example = 40)]
    target: Decimal,
    #[schema(value_type = ShownFigure)]
    actual: Figure,
    /// The figure as it is shown is at least the target.
    met: bool,
}

impl Goal {
    pub fn of(row: GoalRow, reached: &Reached, now: Instant) -> Self {
        let aim = |(name, target): (Target, Decimal)| {
            let (points, counts) = reached.sums(name);
            let actual = name.formula().figure(points, counts);
            Aim { name, target, met: met(actual.value, target), actual }
        };
        let targets: Vec<Aim> = row.targets().set().map(aim).collect();
        let columns = GoalColumns::of(&row.targets(), reached);
        let goals_met = targets.iter().filter(|aim| aim.met).count() as u32;
        let total_goals = targets.len() as u32;
        Self {
            id: row.goal_id.0,
            subject: row.subject,
            agent_id: row.agent_id.map(|agent| agent.0),
            agent_email: row.agent_email,
            agent_name: row.agent_name,
            location_id: row.location_id.map(|location| location.0),
            location: row.location_name,
            team: row.team,
            goal_period: row.goal_period,
            period_start_date: row.period_start_date,
            period_end_date: row.period_end_date,
            targets,
            columns,
            goals_met,
            total_goals,
            achievement_percentage: GOAL_ACHIEVEMENT.figure(goals_met, total_goals),
            development_areas: row.development_areas,
            coaching_focus: row.coaching_focus,
            improvement_plan: row.improvement_plan,
            recognition_earned: row.recognition_earned,
            goal_status: row.goal_status,
            status_reason: row.status_reason,
            revision_reason: row.revision_reason,
            created_by: row.created_by.map(|user| user.0),
            last_reviewed_at: row.last_reviewed_at,
            reviewed_by: row.reviewed_by.map(|user| user.0),
            review_note: row.review_note,
            completed_at: row.completed_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
            as_of: now,
        }
    }

    /// Targets met and set.
    pub fn tally(&self) -> (u32, u32) {
        (self.goals_met, self.total_goals)
    }

    /// Whose it is, if it is one person's.
    pub fn agent(&self) -> Option<Uuid> {
        self.agent_id
    }
}

/// What became of a goal.
#[derive(Debug, Serialize, ToSchema)]
pub struct GoalKept {
    pub id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub goal: Option<Goal>,
}

/// Which goals are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedGoals {
    /// An e-mail address or an id.
    #[serde(alias = "agentEmail", alias = "agentId")]
    pub(super) agent: Option<String>,
    #[param(value_type = Option<Uuid>)]
    location_id: Option<LocationId>,
    team: Option<String>,
    #[param(value_type = Option<String>)]
    period: Option<Period>,
    #[param(value_type = Option<String>)]
    status: Option<GoalStatus>,
    /// Whose time has a day in common with these days.
    from: Option<NaiveDate>,
    /// The last day.
    to: Option<NaiveDate>,
    #[param(value_type = Option<u32>, minimum = 1)]
    page: Option<PageNumber>,
    #[param(value_type = Option<u32>, minimum = 0)]
    skip: Option<Skip>,
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    limit: Option<PageLimit>,
}

impl WantedGoals {
    /// The same for the read model, about this agent if one is named.
    pub fn read(self, agent: Option<UserId>) -> Result<(GoalFilter, Part<i64>), Error> {
        let (from, to) = (today::day("from", self.from)?, today::day("to", self.to)?);
        let Self { agent: _, location_id, team, period, status, page, skip, limit, .. } = self;
        let part = Part::read(page, skip, limit, None)?;
        let filter = GoalFilter { agent, location: location_id, team, period, status, from, until: to, ..GoalFilter::default() };
        Ok((filter, part))
    }
}
