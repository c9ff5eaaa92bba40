//! How well agencies work: every deed of an agency with its points, and the two scores that are drawn from them.

use crate::cases::{scaled, sla_board::TenantKey};
use crate::{Keys, ReadModel, Row, Rows, Table, Unappliable, table};
use chrono::{DurationRound, TimeDelta};
use domain::cases::case::CaseEvent;
use domain::cases::policy::{Policy, PolicyEvent, PolicyVersion, Restatement};
use domain::cases::score::{Deed, SCORE_2_FLOOR};
use domain::cases::sla::SlaStatus;
use domain::{AgencyId, Aggregate, CaseId, Fact, Instant, TenantId};
use eventlog::{Position, Recorded};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The scores of agencies and what they come from.
pub struct AgencyScores;

/// The settings by which a company judges its agencies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScorePolicy {
    pub tenant_id: TenantId,
    /// All published versions, oldest first.
    pub versions: Vec<PolicyVersion>,
    /// The restatements that hold, oldest first.
    pub restatements: Vec<Restatement>,
}

impl Row for ScorePolicy {
    const TABLE: &'static str = "agency_score_policies";
    const KEY: &'static [&'static str] = &["tenant_id"];
    type Key = TenantKey;

    fn key(&self) -> TenantKey {
        TenantKey { tenant_id: self.tenant_id }
    }
}

impl ScorePolicy {
    /// The policy that these versions make; without any, the defaults.
    pub(crate) fn policy(published: Option<&Self>) -> Policy {
        let mut policy = Policy::default();
        let (versions, restatements) = published.map_or((&[][..], &[][..]), |row| (&row.versions, &row.restatements));
        for PolicyVersion { version, from, values } in versions.iter().cloned() {
            policy.evolve(&PolicyEvent::Published { version, from, values });
        }
        for restatement in restatements {
            policy.evolve(&PolicyEvent::Restated(restatement.clone()));
        }
        policy
    }

    fn follow(&mut self, event: &PolicyEvent) {
        match event {
            PolicyEvent::Published { version, from, values } => {
                self.versions.push(PolicyVersion { version: *version, from: *from, values: values.clone() });
            }
            PolicyEvent::Withdrawn { version } => self.versions.retain(|known| known.version != *version),
            PolicyEvent::Restated(restatement) => self.restatements.push(restatement.clone()),
            PolicyEvent::RestatementUndone { restatement, .. } => {
                self.restatements.retain(|known| known.restatement != *restatement);
            }
        }
    }
}

/// All deeds of an agency, counted. The columns are explained in `migrations/read/agency_scores.sql`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgencyTally {
    pub tenant_id: TenantId,
    pub agency_id: AgencyId,
    pub completed: i64,
    pub rejected: i64,
    pub delays: i64,
    pub quick: i64,
    pub slow_days: i64,
    pub at_risk: i64,
    pub breached: i64,
    pub processing_seconds: i64,
    pub points: Decimal,
}

/// The primary key of an agency.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct AgencyKey {
    pub tenant_id: TenantId,
    pub agency_id: AgencyId,
}

impl Row for AgencyTally {
    const TABLE: &'static str = "agency_scores";
    const KEY: &'static [&'static str] = &["tenant_id", "agency_id"];
    type Key = AgencyKey;

    fn key(&self) -> AgencyKey {
        AgencyKey { tenant_id: self.tenant_id, agency_id: self.agency_id }
    }
}

/// One deed of an agency in its account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgencyEntry {
    pub tenant_id: TenantId,
    pub agency_id: AgencyId,
    pub position: Position,
    pub event_id: Uuid,
    pub occurred_at: Instant,
    pub case_id: CaseId,
    pub deed: DeedKind,
    pub days: Option<i64>,
    pub sla: Option<SlaStatus>,
    pub seconds: i64,
    pub policy_version: u32,
    pub quick: bool,
    pub slow_days: i64,
    pub handled: i64,
    pub points: Decimal,
    pub floored: Decimal,
}

/// What an agency did with a case, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeedKind {
    Completed,
    Rejected,
    Delayed,
}

/// The primary key of an entry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct EntryKey {
    pub tenant_id: TenantId,
    pub agency_id: AgencyId,
    pub position: Position,
}

impl Row for AgencyEntry {
    const TABLE: &'static str = "agency_score_entries";
    const KEY: &'static [&'static str] = &["tenant_id", "agency_id", "position"];
    const JOURNAL: bool = true;
    type Key = EntryKey;

    fn key(&self) -> EntryKey {
        EntryKey { tenant_id: self.tenant_id, agency_id: self.agency_id, position: self.position }
    }
}

/// What the deeds of an agency within an hour come to in `agency.score@2`, so that a month need not be added up deed by deed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgencyHour {
    pub tenant_id: TenantId,
    pub agency_id: AgencyId,
    /// Its first instant.
    pub hour: Instant,
    pub handled: i64,
    pub floored: Decimal,
}

/// The primary key of an agency's hour.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct HourKey {
    pub tenant_id: TenantId,
    pub agency_id: AgencyId,
    pub hour: Instant,
}

impl Row for AgencyHour {
    const TABLE: &'static str = "agency_score_hours";
    const KEY: &'static [&'static str] = &["tenant_id", "agency_id", "hour"];
    type Key = HourKey;

    fn key(&self) -> HourKey {
        HourKey { tenant_id: self.tenant_id, agency_id: self.agency_id, hour: self.hour }
    }
}

impl AgencyHour {
    fn quiet(key: &HourKey) -> Self {
        let HourKey { tenant_id, agency_id, hour } = *key;
        Self { tenant_id, agency_id, hour, handled: 0, floored: scaled(Decimal::ZERO, 4) }
    }

    fn add(&mut self, entry: &AgencyEntry) {
        self.handled += entry.handled;
        self.floored = scaled(self.floored + entry.floored, 4);
    }
}

/// The first instant of the hour (UTC) that an instant lies in.
pub(crate) fn hour(at: Instant) -> Instant {
    at.duration_trunc(TimeDelta::hours(1)).unwrap_or(at)
}

/// The deed an event reports, whose it is, and the seconds it took.
fn deed(fact: &Fact) -> Option<(AgencyId, Deed, i64)> {
    match fact {
        Fact::Case(CaseEvent::Completed { agency, assigned_at, completed_at, days, sla, .. }) => {
            let seconds = (*completed_at - *assigned_at).num_seconds();
            Some((*agency, Deed::Completed { days: *days, sla: *sla }, seconds))
        }
        Fact::Case(CaseEvent::Rejected { agency, .. }) => Some((*agency, Deed::Rejected, 0)),
        Fact::Case(CaseEvent::Delayed { agency, .. }) => Some((*agency, Deed::Delayed, 0)),
        _ => None,
    }
}

impl ReadModel for AgencyScores {
    const NAME: &'static str = "agency_scores";
    const VERSION: i32 = 4;
    const CATEGORIES: &'static [&'static str] = &["case", "policy"];
    const SQL: &'static str = include_str!("../../../migrations/read/agency_scores.sql");

    fn tables() -> Vec<Box<dyn Table>> {
        vec![table::<ScorePolicy>(), table::<AgencyTally>(), table::<AgencyEntry>(), table::<AgencyHour>()]
    }

    fn keys(event: &Recorded, fact: &Fact, keys: &mut Keys<'_>) {
        let tenant_id = event.stream.tenant;
        if let Some((agency_id, _, _)) = deed(fact) {
            keys.want::<ScorePolicy>(TenantKey { tenant_id });
            keys.want::<AgencyTally>(AgencyKey { tenant_id, agency_id });
            keys.want::<AgencyEntry>(EntryKey { tenant_id, agency_id, position: event.position });
            keys.want::<AgencyHour>(HourKey { tenant_id, agency_id, hour: hour(event.occurred_at) });
        }
        if let Fact::Policy(_) = fact {
            keys.want::<ScorePolicy>(TenantKey { tenant_id });
        }
    }

    fn evolve(rows: &mut Rows, event: &Recorded, fact: &Fact) -> Result<(), Unappliable> {
        let tenant_id = event.stream.tenant;
        if let Fact::Policy(fact) = fact {
            let none = || ScorePolicy { tenant_id, versions: vec![], restatements: vec![] };
            rows.or_new(&TenantKey { tenant_id }, none)?.follow(fact);
        }
        if let Some((agency_id, deed, seconds)) = deed(fact) {
            let policy = ScorePolicy::policy(rows.get::<ScorePolicy>(&TenantKey { tenant_id })?);
            let entry = AgencyEntry::of(event, agency_id, deed, seconds, policy.in_force(event.occurred_at));
            let nothing = || AgencyTally::nothing(tenant_id, agency_id);
            rows.or_new(&AgencyKey { tenant_id, agency_id }, nothing)?.add(&entry);
            let key = HourKey { tenant_id, agency_id, hour: hour(event.occurred_at) };
            rows.or_new(&key, || AgencyHour::quiet(&key))?.add(&entry);
            rows.put(entry)?;
        }
        Ok(())
    }
}

impl AgencyEntry {
    fn of(event: &Recorded, agency_id: AgencyId, deed: Deed, seconds: i64, policy: &PolicyVersion) -> Self {
        let (kind, days, sla) = match deed {
            Deed::Completed { days, sla } => (DeedKind::Completed, Some(days), Some(sla)),
            Deed::Rejected => (DeedKind::Rejected, None, None),
            Deed::Delayed => (DeedKind::Delayed, None, None),
        };
        let points = deed.total(&policy.values);
        Self {
            tenant_id: event.stream.tenant,
            agency_id,
            position: event.position,
            event_id: event.event_id,
            occurred_at: event.occurred_at,
            case_id: CaseId(event.stream.id),
            deed: kind,
            days,
            sla,
            seconds,
            policy_version: policy.version,
            quick: deed.quick(&policy.values),
            slow_days: deed.slow_days(&policy.values),
            handled: i64::from(deed.handles()),
            points: scaled(points, 4),
            floored: scaled(points.max(SCORE_2_FLOOR), 4),
        }
    }

    /// The deed as the rules know it.
    pub fn as_deed(&self) -> Deed {
        Self::deed(self.deed, self.days, self.sla)
    }

    /// The deed of which the account says this.
    pub(crate) fn deed(deed: DeedKind, days: Option<i64>, sla: Option<SlaStatus>) -> Deed {
        match (deed, days, sla) {
            (DeedKind::Completed, Some(days), Some(sla)) => Deed::Completed { days, sla },
            (DeedKind::Delayed, ..) => Deed::Delayed,
            _ => Deed::Rejected,
        }
    }
}

impl AgencyTally {
    /// An agency that did nothing yet.
    pub fn nothing(tenant_id: TenantId, agency_id: AgencyId) -> Self {
        Self {
            tenant_id,
            agency_id,
            completed: 0,
            rejected: 0,
            delays: 0,
            quick: 0,
            slow_days: 0,
            at_risk: 0,
            breached: 0,
            processing_seconds: 0,
            points: scaled(Decimal::ZERO, 4),
        }
    }

    fn add(&mut self, entry: &AgencyEntry) {
        match entry.deed {
            DeedKind::Completed => self.completed += 1,
            DeedKind::Rejected => self.rejected += 1,
            DeedKind::Delayed => self.delays += 1,
        }
        self.quick += i64::from(entry.quick);
        self.slow_days += entry.slow_days;
        self.at_risk += i64::from(entry.sla == Some(SlaStatus::AtRisk));
        self.breached += i64::from(entry.sla == Some(SlaStatus::Breached));
        self.processing_seconds += entry.seconds;
        self.points = scaled(self.points + entry.points, 4);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::story::{AGENCY, Story, TENANT};
    use domain::cases::policy::PolicyValues;
    use rust_decimal::dec;

    fn tally(story: &Story) -> AgencyTally {
        let key = AgencyKey { tenant_id: TENANT, agency_id: AGENCY };
        story.rows::<AgencyScores>().get::<AgencyTally>(&key).unwrap().unwrap().clone()
    }

    #[test]
    fn every_deed_is_counted_with_its_points() {
        let mut story = Story::opened(0);
        story.assigned(0).case(1, CaseEvent::Accepted { agency: AGENCY });
        story.case(2, CaseEvent::Delayed { agency: AGENCY, reason: "holiday".into() });
        story.case(3, CaseEvent::Resumed { agency: AGENCY });
        story.completed(14, 14, SlaStatus::Breached);
        let tally = tally(&story);
        assert_eq!((tally.completed, tally.delays, tally.slow_days, tally.breached), (1, 1, 4, 1));
        assert_eq!(tally.processing_seconds, 14 * 86_400);
        assert_eq!(tally.points, dec!(-16)); // −3 for the delay, −8 for four days, −5 for the breach
    }

    #[test]
    fn a_deed_is_judged_by_the_settings_in_force_at_its_time() {
        let mut story = Story::opened(0);
        story.policy(0, 1, PolicyValues::default());
        story.policy(5, 2, PolicyValues { rejection_penalty_percent: dec!(7.5), ..Default::default() });
        story.assigned(0).rejected(4);
        assert_eq!(tally(&story).points, dec!(-5));
        story.assigned(4).rejected(6);
        assert_eq!(tally(&story).points, dec!(-12.5));
        assert_eq!(tally(&story).points.scale(), 4);
    }

    #[test]
    fn no_event_weighs_more_than_ten_in_the_second_score() {
        let mut story = Story::opened(0);
        story.assigned(0).completed(40, 40, SlaStatus::Breached);
        let rows = story.rows::<AgencyScores>();
        let position = story.last().position;
        let entry = rows.get::<AgencyEntry>(&EntryKey { tenant_id: TENANT, agency_id: AGENCY, position }).unwrap().unwrap();
        assert_eq!((entry.points, entry.floored, entry.handled), (dec!(-65), dec!(-10), 1));
        assert_eq!(entry.as_deed().total(&PolicyValues::default()), dec!(-65));
        let hour = hour(entry.occurred_at);
        let hour = rows.get::<AgencyHour>(&HourKey { tenant_id: TENANT, agency_id: AGENCY, hour }).unwrap().unwrap();
        assert_eq!((hour.floored, hour.handled), (dec!(-10), 1));
    }
}
