//! What calls, shifts and reviews come to over some days, split by whatever is asked for: the sums that all figures are made of.
//!
//! Sums are taken from the smallest table that knows the answer: hours, then agents' days, then the calls one by one. Every piece
//! of SQL stands here or beside it and is chosen by a word of a closed list; what people write is only ever bound.

mod call_columns;
pub mod call_sources;
pub mod digest;
pub mod evidence;
pub mod names;
pub mod people;
pub mod shift_sources;

use crate::Viewer;
use chrono::NaiveDate;
use domain::calls::measures::{Measure, Source, Sums};
use domain::organization::role::Reach;
use domain::{Instant, TenantId};
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// By what figures can be split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Dimension {
    Agent,
    Location,
    Team,
    Queue,
    Direction,
    CallType,
    Status,
    Outcome,
    Priority,
    Campaign,
    Hour,
    Weekday,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl Dimension {
    pub const ALL: [Dimension; 17] = [
        Dimension::Agent,
        Dimension::Location,
        Dimension::Team,
        Dimension::Queue,
        Dimension::Direction,
        Dimension::CallType,
        Dimension::Status,
        Dimension::Outcome,
        Dimension::Priority,
        Dimension::Campaign,
        Dimension::Hour,
        Dimension::Weekday,
        Dimension::Day,
        Dimension::Week,
        Dimension::Month,
        Dimension::Quarter,
        Dimension::Year,
    ];

    /// The word under which it is asked for and shown.
    pub fn word(self) -> &'static str {
        match self {
            Dimension::Agent => "agent",
            Dimension::Location => "location",
            Dimension::Team => "team",
            Dimension::Queue => "queue",
            Dimension::Direction => "direction",
            Dimension::CallType => "callType",
            Dimension::Status => "status",
            Dimension::Outcome => "outcome",
            Dimension::Priority => "priority",
            Dimension::Campaign => "campaign",
            Dimension::Hour => "hour",
            Dimension::Weekday => "weekday",
            Dimension::Day => "day",
            Dimension::Week => "week",
            Dimension::Month => "month",
            Dimension::Quarter => "quarter",
            Dimension::Year => "year",
        }
    }
}

/// Over which days, and of what; an empty list means all.
#[derive(Clone, Debug, PartialEq)]
pub struct Slice {
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub agents: Vec<Uuid>,
    pub locations: Vec<Uuid>,
    pub teams: Vec<String>,
    pub queues: Vec<String>,
    pub directions: Vec<String>,
    pub call_types: Vec<String>,
    pub statuses: Vec<String>,
    pub outcomes: Vec<String>,
    pub priorities: Vec<String>,
    pub campaigns: Vec<Uuid>,
    /// Hours of the day, 0 to 23.
    pub hours: Vec<i16>,
    /// Days of the week; Monday is 1.
    pub weekdays: Vec<i32>,
    /// Only what has nothing of these: no location, team, queue, type, outcome or campaign.
    pub without: BTreeSet<Dimension>,
    /// Only calls of which it is known who took or made them, as reports by agent or team count.
    pub of_agents: bool,
}

impl Slice {
    /// Everything on these days.
    pub fn days(from: NaiveDate, to: NaiveDate) -> Self {
        let none = Vec::new;
        Self {
            from,
            to,
            agents: vec![],
            locations: vec![],
            teams: none(),
            queues: none(),
            directions: none(),
            call_types: none(),
            statuses: none(),
            outcomes: none(),
            priorities: none(),
            campaigns: vec![],
            hours: vec![],
            weekdays: vec![],
            without: BTreeSet::new(),
            of_agents: false,
        }
    }

    /// What is narrowed besides the days.
    fn narrowed(&self) -> BTreeSet<Dimension> {
        let lists = [
            (Dimension::Agent, self.agents.is_empty()),
            (Dimension::Location, self.locations.is_empty()),
            (Dimension::Team, self.teams.is_empty()),
            (Dimension::Queue, self.queues.is_empty()),
            (Dimension::Direction, self.directions.is_empty()),
            (Dimension::CallType, self.call_types.is_empty()),
            (Dimension::Status, self.statuses.is_empty()),
            (Dimension::Outcome, self.outcomes.is_empty()),
            (Dimension::Priority, self.priorities.is_empty()),
            (Dimension::Campaign, self.campaigns.is_empty()),
            (Dimension::Hour, self.hours.is_empty()),
            (Dimension::Weekday, self.weekdays.is_empty()),
        ];
        let named = lists.into_iter().filter(|(_, empty)| !empty).map(|(dimension, _)| dimension);
        named.chain(self.without.iter().copied()).collect()
    }
}

/// What is asked: some measures, split by some dimensions, over a slice.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    pub measures: Vec<Measure>,
    pub dimensions: Vec<Dimension>,
    pub slice: Slice,
}

/// A combination that has no answer, and why.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{} {why}", measure.word())]
pub struct Unanswerable {
    pub measure: Measure,
    pub why: &'static str,
}

/// What a group is: one word for each dimension; `None` where there is nothing (no agent, no queue).
pub type Group = Vec<Option<String>>;

/// The sums of every group.
pub type Groups = BTreeMap<Group, Sums>;

impl Question {
    /// All that it splits and narrows by.
    fn touches(&self) -> BTreeSet<Dimension> {
        self.dimensions.iter().copied().chain(self.slice.narrowed()).collect()
    }

    /// Something is asked that only concerns calls of a known agent.
    pub(crate) fn by_agent(&self) -> bool {
        self.slice.of_agents || self.touches().iter().any(|dimension| matches!(dimension, Dimension::Agent | Dimension::Team))
    }

    /// Something is asked that agents' days do not know.
    pub(crate) fn by_queue(&self) -> bool {
        use Dimension::*;
        self.touches().iter().any(|dimension| matches!(dimension, Queue | Direction | Hour))
    }

    /// Something is asked that only the calls themselves know.
    pub(crate) fn by_call(&self) -> bool {
        use Dimension::*;
        self.touches().iter().any(|dimension| matches!(dimension, CallType | Status | Outcome | Priority | Campaign))
    }

    /// Each day of an agent stands in one group at most.
    fn tells_agent_days_apart(&self) -> bool {
        use Dimension::*;
        self.dimensions.iter().all(|by| matches!(by, Agent | Weekday | Day | Week | Month | Quarter | Year))
    }

    fn asks(&self, sources: &[Source]) -> bool {
        self.measures.iter().any(|measure| sources.contains(&measure.source()))
    }

    /// Refuses what has no answer.
    pub fn check(&self) -> Result<(), Unanswerable> {
        let (by_agent, by_queue, by_call) = (self.by_agent(), self.by_queue(), self.by_call());
        for measure in &self.measures {
            let why = match measure.source() {
                Source::Queues if by_agent => "cannot be split or narrowed by agent or team: callers wait for whoever is free",
                Source::Shifts | Source::Reviews if by_queue || by_call => {
                    "can only be split and narrowed by agent, location, team and days"
                }
                Source::Calls if *measure == Measure::Missed && by_agent && (by_queue || by_call) => {
                    "cannot be split or narrowed by agent or team and by a property of the call at once"
                }
                _ => continue,
            };
            return Err(Unanswerable { measure: *measure, why });
        }
        Ok(())
    }
}

/// The sums that the measures need, for each group; groups without anything are not there. `None` if there are more than `most`: no
/// more than that are ever fetched.
pub async fn groups(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    question: &Question,
    now: Instant,
    most: i64,
) -> sqlx::Result<Option<Groups>> {
    let mut groups = Groups::new();
    if question.asks(&[Source::Calls, Source::Queues]) {
        call_sources::add(conn, tenant, viewer, question, most, &mut groups).await?;
    }
    if question.asks(&[Source::Agents]) {
        let table = call_sources::table_of_agents(question);
        call_sources::add_agent_days(conn, tenant, viewer, question, table, most, &mut groups).await?;
    }
    if question.asks(&[Source::Shifts]) {
        shift_sources::add_shifts(conn, tenant, viewer, question, now, most, &mut groups).await?;
    }
    if question.asks(&[Source::Reviews]) {
        shift_sources::add_reviews(conn, tenant, viewer, question, most, &mut groups).await?;
    }
    Ok(Some(groups).filter(|groups| groups.len() as i64 <= most))
}

/// All groups of a question together. Everything adds up but the days of agents, of which one may stand in several groups: those are
/// asked for anew where it may.
pub async fn whole(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    question: &Question,
    groups: &Groups,
) -> sqlx::Result<Sums> {
    let mut whole = Sums::default();
    groups.values().for_each(|sums| whole += sums);
    if question.asks(&[Source::Agents]) && !question.tells_agent_days_apart() {
        let table = call_sources::table_of_agents(question);
        let anew = Question { dimensions: vec![], ..question.clone() };
        let mut days = Groups::new();
        call_sources::add_agent_days(conn, tenant, viewer, &anew, table, 1, &mut days).await?;
        let days = days.into_values().next().unwrap_or_default();
        (whole.agent_handled, whole.agent_days) = (days.agent_handled, days.agent_days);
    }
    Ok(whole)
}

/// The position that all read models have come to, in the transaction in which they are read.
pub async fn position(conn: &mut PgConnection) -> sqlx::Result<i64> {
    sqlx::query_scalar!(r#"select min(position) as "position!" from projection.checkpoints"#).fetch_one(conn).await
}

/// The column of days that a table has, cut to a dimension of time.
pub(crate) fn time(dimension: Dimension) -> Option<&'static str> {
    Some(match dimension {
        Dimension::Weekday => "extract(isodow from t.day)::integer::text",
        Dimension::Day => "t.day::text",
        Dimension::Week => "date_trunc('week', t.day::timestamp)::date::text",
        Dimension::Month => "date_trunc('month', t.day::timestamp)::date::text",
        Dimension::Quarter => "date_trunc('quarter', t.day::timestamp)::date::text",
        Dimension::Year => "date_trunc('year', t.day::timestamp)::date::text",
        _ => return None,
    })
}

/// Whose rows are seen. Agents' own rows count where it is asked for agents; whoever looks after locations sees, of calls in
/// general, those of their locations, as the table of hours does.
pub(crate) fn seen(query: &mut QueryBuilder<Postgres>, viewer: &Viewer, own: Option<&'static str>) {
    let own = own.filter(|_| viewer.reach != Reach::Tenant);
    match (&viewer.reach, own) {
        (Reach::Tenant, _) => {}
        (Reach::Own, Some(own)) => {
            query.push(" and ").push(own).push(" = ").push_bind(viewer.user);
        }
        (Reach::Own, None) => {
            query.push(" and false");
        }
        (Reach::Locations(_), Some(own)) => {
            query.push(" and (").push(own).push(" = ").push_bind(viewer.user);
            query.push(" or t.location_id = any(").push_bind(viewer.locations()).push("))");
        }
        (Reach::Locations(_), None) => {
            query.push(" and t.location_id = any(").push_bind(viewer.locations()).push(")");
        }
    }
}

/// The days of the week, and where there is to be nothing: either is written alike in every table.
pub(crate) fn days_and_blanks(query: &mut QueryBuilder<Postgres>, slice: &Slice) {
    among(query, "extract(isodow from t.day)::integer", &slice.weekdays);
    for dimension in &slice.without {
        query.push(match dimension {
            Dimension::Location => {
                " and coalesce(t.location_id, '00000000-0000-0000-0000-000000000000') = '00000000-0000-0000-0000-000000000000'"
            }
            Dimension::Team => " and coalesce(t.team, '') = ''",
            Dimension::Queue => " and coalesce(t.queue_name, '') = ''",
            Dimension::CallType => " and t.call_type is null",
            Dimension::Outcome => " and t.call_outcome is null",
            Dimension::Campaign => " and t.campaign_id is null",
            // Of everything else there always is something.
            _ => " and false",
        });
    }
}

/// One of these, if any are named.
pub(crate) fn among<T>(query: &mut QueryBuilder<Postgres>, column: &'static str, named: &[T])
where
    T: Clone + sqlx::Type<Postgres> + for<'q> sqlx::Encode<'q, Postgres> + Send + Sync + 'static,
    Vec<T>: sqlx::Type<Postgres> + for<'q> sqlx::Encode<'q, Postgres>,
{
    if !named.is_empty() {
        query.push(" and ").push(column).push(" = any(").push_bind(named.to_vec()).push(")");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(measures: &[Measure], dimensions: &[Dimension]) -> Question {
        let day = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
        Question { measures: measures.to_vec(), dimensions: dimensions.to_vec(), slice: Slice::days(day, day) }
    }

    #[test]
    fn every_dimension_has_its_own_word() {
        for dimension in Dimension::ALL {
            assert_eq!(serde_json::to_value(dimension).unwrap(), dimension.word());
        }
    }

    #[test]
    fn what_has_no_answer_is_refused_by_the_measure() {
        use Dimension::*;
        let refused = |measure: Measure, dimensions: &[Dimension]| question(&[Measure::Calls, measure], dimensions).check();
        assert!(refused(Measure::ServiceLevel, &[Agent]).is_err_and(|no| no.measure == Measure::ServiceLevel));
        assert!(refused(Measure::ServiceLevel, &[Location, Hour, CallType]).is_ok());
        assert!(refused(Measure::Utilization, &[Agent, Week]).is_ok());
        assert!(refused(Measure::Utilization, &[Queue]).is_err());
        assert!(refused(Measure::QaPercentage, &[Outcome]).is_err());
        assert!(refused(Measure::Missed, &[Agent, Direction]).is_err());
        assert!(refused(Measure::Missed, &[Agent]).is_ok() && refused(Measure::Missed, &[Direction]).is_ok());
        let mut narrowed = question(&[Measure::Utilization], &[]);
        narrowed.slice.queues = vec!["8000".into()];
        assert!(narrowed.check().is_err(), "narrowing is as bad as splitting");
        let mut narrowed = question(&[Measure::Utilization], &[]);
        narrowed.slice.without = BTreeSet::from([Queue]);
        assert!(narrowed.check().is_err() && narrowed.by_queue(), "and so is asking for what has none");
        narrowed.slice.without = BTreeSet::from([Team]);
        narrowed.slice.weekdays = vec![1];
        assert!(narrowed.check().is_ok() && narrowed.by_agent());
        narrowed.slice.hours = vec![9];
        assert!(narrowed.check().is_err());
    }

    #[test]
    fn an_agents_day_stands_in_one_group_or_is_counted_anew() {
        use Dimension::*;
        for apart in [&[][..], &[Agent], &[Agent, Week], &[Day], &[Weekday, Agent]] {
            assert!(question(&[], apart).tells_agent_days_apart(), "{apart:?}");
        }
        for (of_one, by) in [(Location, Agent), (Team, Day), (Queue, Week), (Hour, Agent), (Direction, Year)] {
            assert!(!question(&[], &[of_one, by]).tells_agent_days_apart(), "{of_one:?}");
        }
    }
}
