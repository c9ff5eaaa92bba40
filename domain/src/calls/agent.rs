//! An agent of the call centre: where they work, in which team, on which telephone, and what they were certified for.

use super::AgentCard;
use super::calendar::{CalendarRefusal, calendar_day, optional_day};
use super::extension::Number;
use crate::{Aggregate, Decision, Email, Instant, Kind, LocationId, Personal, Refusal, Text, UserId};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What happens to an agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum AgentEvent {
    /// Somebody takes calls from now on; calls from before count as theirs too, if the telephone was theirs.
    #[serde(rename = "agent.enrolled")]
    Enrolled { user: UserId, profile: Profile },
    /// From then on this is how they work.
    #[serde(rename = "agent.changed")]
    Changed { profile: Profile, from: Instant },
    /// They passed an examination.
    #[serde(rename = "agent.certified")]
    Certified { name: Text<255>, on: NaiveDate, location: Option<LocationId>, team: Option<Text<64>> },
    /// They take no calls any more.
    #[serde(rename = "agent.left")]
    Left {},
}

/// How an agent works.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    pub email: Personal<Email>,
    pub name: Personal<Text<255>>,
    #[serde(default)]
    pub location: Option<LocationId>,
    #[serde(default)]
    pub location_name: Option<Text<255>>,
    #[serde(default)]
    pub team: Option<Text<64>>,
    #[serde(default)]
    pub extension: Option<Number>,
    /// Since when they have done this work; B.T5 averages it.
    #[serde(default)]
    pub hired_on: Option<NaiveDate>,
}

#[derive(Debug, thiserror::Error, PartialEq)]
pub enum AgentRefusal {
    #[error("no such agent")]
    Unknown,
    #[error("this user is an agent already")]
    AlreadyEnrolled,
    #[error("the agent has left; enrol them again")]
    HasLeft,
    #[error("from must not be before the change of {last}")]
    ChangedLater { last: Instant },
    #[error("they are certified for {name} already")]
    AlreadyCertified { name: Text<255> },
    #[error(transparent)]
    Calendar(#[from] CalendarRefusal),
}

impl Refusal for AgentRefusal {
    fn code(&self) -> &'static str {
        match self {
            AgentRefusal::Unknown => "unknown_agent",
            AgentRefusal::AlreadyEnrolled => "already_enrolled",
            AgentRefusal::HasLeft => "has_left",
            AgentRefusal::ChangedLater { .. } => "changed_later",
            AgentRefusal::AlreadyCertified { .. } => "already_certified",
            AgentRefusal::Calendar(refusal) => refusal.code(),
        }
    }
    fn kind(&self) -> Kind {
        match self {
            AgentRefusal::Unknown => Kind::Missing,
            AgentRefusal::AlreadyEnrolled => Kind::Taken { field: "userId" },
            AgentRefusal::HasLeft => Kind::Conflict { state: "left", allowed: vec!["EnrolAgent"] },
            AgentRefusal::ChangedLater { .. } => Kind::Invalid { field: "from" },
            AgentRefusal::AlreadyCertified { .. } => Kind::Taken { field: "name" },
            AgentRefusal::Calendar(refusal) => refusal.kind(),
        }
    }
}

/// An agent as decisions see them: how they worked from when on, oldest first. A record of a call may come late.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Agent {
    user: Option<UserId>,
    profiles: Vec<(Option<Instant>, Profile)>,
    active: bool,
    certified: BTreeSet<String>,
}

impl Aggregate for Agent {
    const CATEGORY: &'static str = "agent";
    type Event = AgentEvent;
    type Refusal = AgentRefusal;

    fn evolve(&mut self, event: &AgentEvent) {
        match event {
            AgentEvent::Enrolled { user, profile } => {
                self.user = Some(*user);
                // Whoever comes back: what they were in between is what they were last.
                if self.profiles.is_empty() {
                    self.profiles.push((None, profile.clone()));
                }
                self.active = true;
            }
            AgentEvent::Changed { profile, from } => self.profiles.push((Some(*from), profile.clone())),
            AgentEvent::Certified { name, .. } => {
                self.certified.insert(name.as_str().to_lowercase());
            }
            AgentEvent::Left {} => self.active = false,
        }
    }
}

impl Agent {
    /// How they work now.
    pub fn profile(&self) -> Result<&Profile, AgentRefusal> {
        self.profiles.last().map(|(_, profile)| profile).ok_or(AgentRefusal::Unknown)
    }

    /// They take calls.
    pub fn is_active(&self) -> bool {
        self.active
    }

    /// The agent as they are now.
    pub fn card(&self) -> Result<AgentCard, AgentRefusal> {
        let profile = self.profile()?;
        self.user.map(|user| card(user, profile)).ok_or(AgentRefusal::Unknown)
    }

    /// The agent as they were at an instant.
    pub fn card_at(&self, at: Instant) -> Option<AgentCard> {
        let then = self.profiles.iter().rev().find(|(from, _)| from.is_none_or(|from| from <= at));
        then.and_then(|(_, profile)| self.user.map(|user| card(user, profile)))
    }

    pub fn enrol(&self, user: UserId, profile: Profile, at: Instant) -> Decision<Agent> {
        if self.active {
            return Err(AgentRefusal::AlreadyEnrolled);
        }
        optional_day("hiredOn", profile.hired_on)?;
        let enrolled = AgentEvent::Enrolled { user, profile: profile.clone() };
        Ok(match self.profiles.last() {
            Some((_, known)) if *known != profile => vec![enrolled, AgentEvent::Changed { profile, from: at }],
            _ => vec![enrolled],
        })
    }

    pub fn change(&self, profile: Profile, from: Instant) -> Decision<Agent> {
        let known = self.works()?;
        if *known == profile {
            return Ok(vec![]);
        }
        optional_day("hiredOn", profile.hired_on)?;
        calendar_day("from", from.date_naive())?;
        match self.profiles.last().and_then(|(since, _)| *since) {
            Some(last) if from < last => Err(AgentRefusal::ChangedLater { last }),
            _ => Ok(vec![AgentEvent::Changed { profile, from }]),
        }
    }

    pub fn certify(&self, name: Text<255>, on: NaiveDate) -> Decision<Agent> {
        let profile = self.works()?;
        calendar_day("on", on)?;
        match self.certified.contains(&name.as_str().to_lowercase()) {
            true => Err(AgentRefusal::AlreadyCertified { name }),
            false => Ok(vec![AgentEvent::Certified { name, on, location: profile.location, team: profile.team.clone() }]),
        }
    }

    pub fn leave(&self) -> Decision<Agent> {
        self.profile()?;
        Ok(if self.active { vec![AgentEvent::Left {}] } else { vec![] })
    }

    /// How they work, if they still do.
    fn works(&self) -> Result<&Profile, AgentRefusal> {
        let profile = self.profile()?;
        if self.active { Ok(profile) } else { Err(AgentRefusal::HasLeft) }
    }
}

fn card(user: UserId, profile: &Profile) -> AgentCard {
    let Profile { email, name, location, location_name, team, .. } = profile.clone();
    AgentCard { user, email, name, location, location_name, team }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{given, round_trips};
    use uuid::Uuid;

    const USER: UserId = UserId(Uuid::from_u128(7));

    fn at(day: u32) -> Instant {
        format!("2026-01-{day:02}T00:00:00Z").parse().unwrap()
    }

    fn in_team(team: &str) -> Profile {
        Profile {
            email: Personal::new("ada@example.com".try_into().unwrap()),
            name: Personal::new("Ada Lovelace".try_into().unwrap()),
            location: None,
            location_name: None,
            team: Some(team.try_into().unwrap()),
            extension: Some("101".try_into().unwrap()),
            hired_on: None,
        }
    }

    fn enrolled() -> AgentEvent {
        AgentEvent::Enrolled { user: USER, profile: in_team("morning") }
    }

    #[test]
    fn an_agent_is_what_they_were_at_the_time() {
        let changed = AgentEvent::Changed { profile: in_team("evening"), from: at(10) };
        given([enrolled()]).when(|a: &Agent| a.change(in_team("evening"), at(10))).then([changed.clone()]);
        given([enrolled()]).when(|a: &Agent| a.change(in_team("morning"), at(10))).then([]);
        given([enrolled(), changed.clone()])
            .when(|a: &Agent| a.change(in_team("night"), at(9)))
            .refused(AgentRefusal::ChangedLater { last: at(10) });
        let agent: Agent = crate::aggregate::fold(&[enrolled(), changed.clone()]);
        let team = |at| agent.card_at(at).unwrap().team.unwrap().to_string();
        assert_eq!((team(at(1)), team(at(9)), team(at(10))), ("morning".into(), "morning".into(), "evening".into()));
        round_trips("agent.changed", changed);
        round_trips("agent.enrolled", enrolled());
    }

    #[test]
    fn whoever_left_comes_back_only_by_being_enrolled() {
        let left = [enrolled(), AgentEvent::Left {}];
        given(left.clone()).when(|a: &Agent| a.change(in_team("night"), at(9))).refused(AgentRefusal::HasLeft);
        given(left.clone()).when(|a: &Agent| a.enrol(USER, in_team("morning"), at(9))).then([enrolled()]);
        given([enrolled()]).when(|a: &Agent| a.enrol(USER, in_team("morning"), at(9))).refused(AgentRefusal::AlreadyEnrolled);
        given(left).when(|a: &Agent| a.enrol(USER, in_team("night"), at(9))).then([
            AgentEvent::Enrolled { user: USER, profile: in_team("night") },
            AgentEvent::Changed { profile: in_team("night"), from: at(9) },
        ]);
    }

    #[test]
    fn nobody_is_certified_twice_for_the_same() {
        let on = NaiveDate::from_ymd_opt(2026, 1, 5).unwrap();
        let name = || Text::try_from("HIPAA").unwrap();
        let certified = AgentEvent::Certified { name: name(), on, location: None, team: Some("morning".try_into().unwrap()) };
        given([enrolled()]).when(|a: &Agent| a.certify(name(), on)).then([certified.clone()]);
        given([enrolled(), certified])
            .when(|a: &Agent| a.certify(name(), on))
            .refused(AgentRefusal::AlreadyCertified { name: name() });
        given::<Agent>([]).when(|a| a.leave()).refused(AgentRefusal::Unknown);
    }

    #[test]
    fn days_that_no_table_can_hold_are_refused() {
        let day = |field| AgentRefusal::Calendar(CalendarRefusal::Day { field });
        let hired = Profile { hired_on: Some(NaiveDate::MAX), ..in_team("morning") };
        given::<Agent>([]).when(|a| a.enrol(USER, hired.clone(), at(9))).refused(day("hiredOn"));
        given([enrolled()]).when(|a: &Agent| a.change(hired, at(9))).refused(day("hiredOn"));
        let long_ago: Instant = "0000-01-01T00:00:00Z".parse().unwrap();
        given([enrolled()]).when(|a: &Agent| a.change(in_team("night"), long_ago)).refused(day("from"));
        given([enrolled()]).when(|a: &Agent| a.certify("HIPAA".try_into().unwrap(), NaiveDate::MIN)).refused(day("on"));
    }
}
