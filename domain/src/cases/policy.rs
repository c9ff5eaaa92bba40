//! The settings by which cases are judged, as dated versions: a number keeps the version in force at its time.

pub mod values;

pub use values::{PolicyChanges, PolicyValues, ThemeMode};

use crate::{Aggregate, Decision, Instant, Kind, Refusal, Text, micros};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// How many days ahead a version of the settings may be dated.
const FARTHEST: TimeDelta = TimeDelta::days(3650);

/// What happens to a tenant's policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum PolicyEvent {
    /// A new version of the settings is in force from this instant on.
    #[serde(rename = "policy.published")]
    Published { version: u32, from: Instant, values: PolicyValues },
    /// A version that was not in force yet never will be.
    #[serde(rename = "policy.withdrawn")]
    Withdrawn { version: u32 },
    /// What agencies did in a stretch of the past is judged by another version of the settings than the one in force then.
    #[serde(rename = "policy.restated")]
    Restated(Restatement),
    /// A restatement holds no longer.
    #[serde(rename = "policy.restatement_undone")]
    RestatementUndone { restatement: u32, reason: Text<500> },
}

/// A stretch of the past that is judged by another version of the settings (E.X9, K31).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Restatement {
    /// 1, 2, 3 … for each tenant.
    pub restatement: u32,
    /// Its first instant.
    pub from: Instant,
    /// The first instant after it.
    pub until: Instant,
    pub version: u32,
    pub reason: Text<500>,
}

#[derive(Debug, thiserror::Error, PartialEq)]
pub enum PolicyRefusal {
    #[error("{field} {rule}")]
    OutOfRange { field: &'static str, rule: &'static str },
    #[error("a version of the settings from {from} is in force already; a change cannot be dated before it")]
    OlderThanCurrent { from: Instant },
    #[error("version {version} of the settings is waiting to be in force from {from}; withdraw it first")]
    Scheduled { version: u32, from: Instant },
    #[error("in_force_from must lie in the future, by at most ten years")]
    NotAhead,
    #[error("no version of the settings is waiting to be in force")]
    NothingScheduled,
    #[error("there is no version {version} of the settings")]
    UnknownVersion { version: u32 },
    #[error("from must not lie before 1970")]
    TooEarly,
    #[error("until must be later than from")]
    EmptyRange,
    #[error("until must not lie in the future")]
    NotPast,
    #[error("no such restatement")]
    UnknownRestatement,
}

impl Refusal for PolicyRefusal {
    fn code(&self) -> &'static str {
        match self {
            PolicyRefusal::OutOfRange { .. } => "out_of_range",
            PolicyRefusal::OlderThanCurrent { .. } => "older_than_current",
            PolicyRefusal::Scheduled { .. } => "scheduled",
            PolicyRefusal::NotAhead => "not_ahead",
            PolicyRefusal::NothingScheduled => "nothing_scheduled",
            PolicyRefusal::UnknownVersion { .. } => "unknown_version",
            PolicyRefusal::TooEarly => "too_early",
            PolicyRefusal::EmptyRange => "empty_range",
            PolicyRefusal::NotPast => "not_past",
            PolicyRefusal::UnknownRestatement => "unknown_restatement",
        }
    }
    fn kind(&self) -> Kind {
        match self {
            PolicyRefusal::OutOfRange { field, .. } => Kind::Invalid { field },
            PolicyRefusal::OlderThanCurrent { .. } => Kind::Invalid { field: "at" },
            PolicyRefusal::Scheduled { .. } => Kind::Conflict { state: "scheduled", allowed: vec!["WithdrawSettings"] },
            PolicyRefusal::NotAhead => Kind::Invalid { field: "in_force_from" },
            PolicyRefusal::NothingScheduled => {
                Kind::Conflict { state: "in_force", allowed: vec!["ChangeSettings", "ResetSettings"] }
            }
            PolicyRefusal::UnknownVersion { .. } => Kind::Invalid { field: "version" },
            PolicyRefusal::TooEarly => Kind::Invalid { field: "from" },
            PolicyRefusal::EmptyRange | PolicyRefusal::NotPast => Kind::Invalid { field: "until" },
            PolicyRefusal::UnknownRestatement => Kind::Missing,
        }
    }
}

/// One version of the settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PolicyVersion {
    pub version: u32,
    pub from: Instant,
    pub values: PolicyValues,
}

/// A tenant's settings in all their versions, oldest first. A tenant that has published none has the defaults as version 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    versions: Vec<PolicyVersion>,
    /// The number of the newest version that was ever published.
    newest: u32,
    /// Those that hold, oldest first.
    restatements: Vec<Restatement>,
    /// How many there ever were.
    restated: u32,
}

impl Default for Policy {
    fn default() -> Self {
        let first = PolicyVersion { version: 1, from: Instant::MIN_UTC, values: PolicyValues::default() };
        Self { versions: vec![first], newest: 1, restatements: vec![], restated: 0 }
    }
}

impl Aggregate for Policy {
    const CATEGORY: &'static str = "policy";
    type Event = PolicyEvent;
    type Refusal = PolicyRefusal;

    fn evolve(&mut self, event: &PolicyEvent) {
        match event {
            PolicyEvent::Published { version, from, values } => {
                self.versions.retain(|known| known.version != *version);
                self.versions.push(PolicyVersion { version: *version, from: *from, values: values.clone() });
                self.newest = self.newest.max(*version);
            }
            // The last one stays whatever history says: there is always something in force.
            PolicyEvent::Withdrawn { version } if self.versions.len() > 1 => {
                self.versions.retain(|known| known.version != *version);
            }
            PolicyEvent::Withdrawn { .. } => {}
            PolicyEvent::Restated(restatement) => {
                self.restated = self.restated.max(restatement.restatement);
                self.restatements.push(restatement.clone());
            }
            PolicyEvent::RestatementUndone { restatement, .. } => {
                self.restatements.retain(|known| known.restatement != *restatement);
            }
        }
    }
}

impl Policy {
    /// The version in force at an instant; the first has always been in force.
    pub fn in_force(&self, at: Instant) -> &PolicyVersion {
        self.versions.iter().rev().find(|v| v.from <= at).unwrap_or(&self.versions[0])
    }

    /// The newest version.
    pub fn current(&self) -> &PolicyVersion {
        self.versions.last().unwrap_or(&self.versions[0])
    }

    pub fn versions(&self) -> &[PolicyVersion] {
        &self.versions
    }

    pub fn version(&self, number: u32) -> Option<&PolicyVersion> {
        self.versions.iter().find(|known| known.version == number)
    }

    /// The restatements that hold, oldest first.
    pub fn restatements(&self) -> &[Restatement] {
        &self.restatements
    }

    /// The newest restatement over an instant, and the version that it names.
    pub fn restated(&self, at: Instant) -> Option<(&Restatement, &PolicyVersion)> {
        let known = self.restatements.iter().rev().find(|known| known.from <= at && at < known.until)?;
        self.version(known.version).map(|version| (known, version))
    }

    /// The version by which a deed of this instant is judged: that of the newest restatement over it, or the one in force then.
    pub fn judging(&self, at: Instant) -> &PolicyVersion {
        self.restated(at).map_or_else(|| self.in_force(at), |(_, version)| version)
    }

    /// The same settings as if a restatement did not hold.
    pub fn without(&self, restatement: u32) -> Policy {
        let mut policy = self.clone();
        policy.restatements.retain(|known| known.restatement != restatement);
        policy
    }

    /// The first version of a new tenant, in force from the beginning of time (1970), whenever the tenant joins.
    pub fn begin(&self) -> Decision<Policy> {
        Ok(vec![PolicyEvent::Published { version: 1, from: Instant::UNIX_EPOCH, values: PolicyValues::default() }])
    }

    /// Publishes a new version with these changes, in force from `at` or from the future instant they name.
    pub fn change(&self, at: Instant, changes: PolicyChanges) -> Decision<Policy> {
        let from = changes.in_force_from.map_or(at, micros);
        if from < at || from - at > FARTHEST {
            return Err(PolicyRefusal::NotAhead);
        }
        let values = changes.over(self.current().values.clone());
        self.publish(at, from, values)
    }

    /// Publishes the defaults again as a new version.
    pub fn reset(&self, at: Instant) -> Decision<Policy> {
        self.publish(at, at, PolicyValues::default())
    }

    fn publish(&self, at: Instant, from: Instant, values: PolicyValues) -> Decision<Policy> {
        let current = self.current();
        values.check()?;
        if from < current.from {
            return Err(match at < current.from && from >= at && self.versions.len() > 1 {
                true => PolicyRefusal::Scheduled { version: current.version, from: current.from },
                false => PolicyRefusal::OlderThanCurrent { from: current.from },
            });
        }
        if values == current.values {
            return Ok(vec![]);
        }
        Ok(vec![PolicyEvent::Published { version: self.newest.saturating_add(1), from, values }])
    }

    /// Takes back the newest version, which must not be in force yet.
    pub fn withdraw(&self, at: Instant) -> Decision<Policy> {
        let current = self.current();
        match current.from > at && self.versions.len() > 1 {
            true => Ok(vec![PolicyEvent::Withdrawn { version: current.version }]),
            false => Err(PolicyRefusal::NothingScheduled),
        }
    }

    /// Has a stretch of the past judged by another version. Of several restatements over an instant the newest counts.
    pub fn restate(&self, at: Instant, from: Instant, until: Instant, version: u32, reason: Text<500>) -> Decision<Policy> {
        self.version(version).ok_or(PolicyRefusal::UnknownVersion { version })?;
        let (from, until) = (micros(from), micros(until));
        if from < Instant::UNIX_EPOCH {
            return Err(PolicyRefusal::TooEarly);
        }
        if until <= from {
            return Err(PolicyRefusal::EmptyRange);
        }
        if until > at {
            return Err(PolicyRefusal::NotPast);
        }
        let newest = self.restatements.last();
        if newest.is_some_and(|known| (known.from, known.until, known.version) == (from, until, version)) {
            return Ok(vec![]);
        }
        let restatement = self.restated.saturating_add(1);
        Ok(vec![PolicyEvent::Restated(Restatement { restatement, from, until, version, reason })])
    }

    /// Takes a restatement back; what it covered is judged as if it had never been.
    pub fn undo_restatement(&self, restatement: u32, reason: Text<500>) -> Decision<Policy> {
        if restatement == 0 || restatement > self.restated {
            return Err(PolicyRefusal::UnknownRestatement);
        }
        let holds = self.restatements.iter().any(|known| known.restatement == restatement);
        Ok(if holds { vec![PolicyEvent::RestatementUndone { restatement, reason }] } else { vec![] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{given, round_trips};
    use chrono::TimeZone;

    fn day(n: u32) -> Instant {
        chrono::Utc.with_ymd_and_hms(2026, 1, n, 0, 0, 0).unwrap()
    }

    fn begun() -> PolicyEvent {
        PolicyEvent::Published { version: 1, from: day(1), values: PolicyValues::default() }
    }

    #[test]
    fn the_first_version_has_always_been_in_force() {
        let mut policy = Policy::default();
        policy.evolve(&begun());
        let changes = PolicyChanges { p1_sla_days: Some(5), ..Default::default() };
        for event in policy.clone().change(day(10), changes).unwrap() {
            policy.evolve(&event);
        }
        assert_eq!(policy.in_force(Instant::UNIX_EPOCH).version, 1);
        assert_eq!(policy.in_force(day(9)).version, 1);
        assert_eq!(policy.in_force(day(10)).version, 2);
        assert_eq!(policy.in_force(day(10)).values.p1_sla_days, 5);
    }

    #[test]
    fn a_change_names_field_and_rule_when_it_is_refused() {
        let refused = |changes: PolicyChanges, field, rule| {
            given([begun()]).when(|p: &Policy| p.change(day(2), changes)).refused(PolicyRefusal::OutOfRange { field, rule });
        };
        refused(PolicyChanges { p1_sla_days: Some(0), ..Default::default() }, "p1_sla_days", "must be from 1 to 3650 days");
        refused(
            PolicyChanges { timezone: Some("Mars/Base".into()), ..Default::default() },
            "timezone",
            "must be an IANA zone such as Europe/Rome",
        );
        given([begun()]).when(|p: &Policy| p.change(day(2), PolicyChanges::default())).then([]);
        given([begun()])
            .when(|p: &Policy| {
                p.change(day(1) - chrono::Days::new(1), PolicyChanges { p1_sla_days: Some(4), ..Default::default() })
            })
            .refused(PolicyRefusal::OlderThanCurrent { from: day(1) });
    }

    #[test]
    fn a_colour_is_six_hexadecimal_digits() {
        for wrong in ["red", "#12345", "#GGGGGG", "4D148C", "#4D148C00", "url(x)"] {
            let changes = PolicyChanges { theme_secondary_color: Some(wrong.try_into().unwrap()), ..Default::default() };
            let rule = "must be a colour such as #4D148C";
            given([begun()])
                .when(|p: &Policy| p.change(day(2), changes))
                .refused(PolicyRefusal::OutOfRange { field: "theme_secondary_color", rule });
        }
    }

    fn later(n: u32, p1_sla_days: u32) -> PolicyChanges {
        PolicyChanges { in_force_from: Some(day(n)), p1_sla_days: Some(p1_sla_days), ..Default::default() }
    }

    fn published(version: u32, n: u32, p1_sla_days: u32) -> PolicyEvent {
        PolicyEvent::Published { version, from: day(n), values: PolicyValues { p1_sla_days, ..Default::default() } }
    }

    #[test]
    fn a_version_dated_ahead_waits_and_can_be_withdrawn_until_it_is_in_force() {
        given([begun()]).when(|p: &Policy| p.change(day(2), later(9, 5))).then([published(2, 9, 5)]);
        given([begun()]).when(|p: &Policy| p.change(day(2), later(1, 5))).refused(PolicyRefusal::NotAhead);
        let waiting = [begun(), published(2, 9, 5)];
        let now = PolicyChanges { p1_sla_days: Some(4), ..Default::default() };
        given(waiting.clone())
            .when(|p: &Policy| p.change(day(3), now.clone()))
            .refused(PolicyRefusal::Scheduled { version: 2, from: day(9) });
        given(waiting.clone()).when(|p: &Policy| p.change(day(3), later(12, 6))).then([published(3, 12, 6)]);
        let withdrawn = PolicyEvent::Withdrawn { version: 2 };
        given(waiting.clone()).when(|p: &Policy| p.withdraw(day(8))).then([withdrawn.clone()]);
        given(waiting.clone()).when(|p: &Policy| p.withdraw(day(9))).refused(PolicyRefusal::NothingScheduled);
        given([begun()]).when(|p: &Policy| p.withdraw(Instant::UNIX_EPOCH)).refused(PolicyRefusal::NothingScheduled);
        // A number is never given twice.
        let [begun, published_] = waiting;
        given([begun, published_, withdrawn]).when(|p: &Policy| p.change(day(3), now)).then([published(3, 3, 4)]);
    }

    fn restated(restatement: u32, from: u32, until: u32, version: u32) -> PolicyEvent {
        let (from, until, reason) = (day(from), day(until), "agreed".try_into().unwrap());
        PolicyEvent::Restated(Restatement { restatement, from, until, version, reason })
    }

    #[test]
    fn a_restatement_judges_a_stretch_of_the_past_by_another_version_until_it_is_undone() {
        let restate = |from, until, version| {
            move |p: &Policy| p.restate(day(20), day(from), day(until), version, "agreed".try_into().unwrap())
        };
        let versions = [begun(), published(2, 10, 5)];
        given(versions.clone()).when(restate(2, 9, 2)).then([restated(1, 2, 9, 2)]);
        given(versions.clone()).when(restate(2, 9, 3)).refused(PolicyRefusal::UnknownVersion { version: 3 });
        given(versions.clone()).when(restate(9, 9, 2)).refused(PolicyRefusal::EmptyRange);
        given(versions.clone()).when(restate(2, 21, 2)).refused(PolicyRefusal::NotPast);

        let mut policy = Policy::default();
        let [begun, second] = versions;
        for event in [begun, second, restated(1, 2, 9, 2), restated(2, 8, 12, 1)] {
            policy.evolve(&event);
        }
        let judging = |policy: &Policy| [1, 2, 7, 8, 11, 12].map(|n| policy.judging(day(n)).version);
        assert_eq!(judging(&policy), [1, 2, 2, 1, 1, 2]);
        assert_eq!(policy.restate(day(20), day(8), day(12), 1, "again".try_into().unwrap()), Ok(vec![]));
        let reason: Text<500> = "a mistake".try_into().unwrap();
        for event in policy.clone().undo_restatement(2, reason.clone()).unwrap() {
            policy.evolve(&event);
        }
        assert_eq!(judging(&policy), [1, 2, 2, 2, 2, 2]);
        assert_eq!(policy.undo_restatement(2, reason.clone()), Ok(vec![]));
        assert_eq!(policy.undo_restatement(3, reason), Err(PolicyRefusal::UnknownRestatement));
    }

    #[test]
    fn events_survive_storage() {
        round_trips("policy.published", begun());
        round_trips("policy.withdrawn", PolicyEvent::Withdrawn { version: 2 });
        round_trips("policy.restated", restated(1, 2, 9, 2));
    }
}
