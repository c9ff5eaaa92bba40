//! `call.legs@1`: the facts of a call from its legs, the same in whatever order their records came in.
//!
//! - **Direction** is that of the first leg (least start): from a line outside it is inbound; to one, outbound; else internal.
//! - **Answered** is a leg with a time of answer that somebody had: a person's telephone or somebody outside. A queue, a ring group, a
//!   menu or a voicemail box that picks up has answered nobody. The call was answered when the first such leg was.
//! - **Agent** is the last person who answered; on an outbound call, who dialled. Where a leg's `final` is somebody else than its
//!   `to`, `to` answered before only if the record says that it was replaced (`reason-changed` = `Replaced…`).
//! - **Ended** is the last end of all legs, unknown while an answered leg has none.
//! - **Transfers** are how often the call went from one who had answered to another.
//! - **Status**: answered → `completed`, or `transferred` if there was a transfer; else `voicemail` if it reached a voicemail box; else
//!   `abandoned` if it came from outside, waited in a queue, ring group or menu and its last record says the caller hung up
//!   (`reason-terminated` ends in `BySrc`); else `missed`.
//! - **Missed by**: whose telephone rang, or whom a queue polled, and who never answered this call.
//! - **Location** is the agent's, else that of the telephone system.

use super::times::between;
use crate::calls::call::{CallFacts, CallStatus, Direction, Leg, Party, PartyKind};
use crate::calls::{AgentCard, LocalDay};
use crate::{Instant, LocationId, Text};
use std::collections::{BTreeMap, BTreeSet};

/// The rule's name, as it stands in every call's facts.
pub const RULE: &str = "call.legs@1";

/// What has to be known besides the legs.
pub struct Setting<'s> {
    /// Who held an extension at an instant.
    pub who: &'s dyn Fn(&Text<64>, Instant) -> Option<AgentCard>,
    /// Day and hour in the reporting zone.
    pub day_of: &'s dyn Fn(Instant) -> LocalDay,
    /// Where the telephone system stands.
    pub location: Option<(LocationId, Text<255>)>,
}

/// Somebody who had the call: a telephone within, or somebody outside.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Answerer {
    Extension(Text<64>),
    Outside(Option<String>),
}

/// The facts that follow from the legs; `None` where there is none.
pub fn facts(legs: &mut dyn Iterator<Item = &Leg>, setting: &Setting<'_>) -> Option<CallFacts> {
    let mut legs: Vec<&Leg> = legs.collect();
    legs.sort_by_key(|leg| (leg.started_at, leg.key));
    let (first, last) = (*legs.first()?, *legs.last()?);

    let mut answered: Vec<&Leg> = legs.iter().copied().filter(|leg| !answerers(leg).is_empty()).collect();
    answered.sort_by_key(|leg| (leg.answered_at, leg.started_at, leg.key));
    let mut had: Vec<(Answerer, Option<Instant>)> = vec![];
    for (who, at) in answered.iter().flat_map(|leg| answerers(leg).into_iter().map(|who| (who, leg.answered_at))) {
        if had.last().is_none_or(|(before, _)| *before != who) {
            had.push((who, at));
        }
    }

    let direction = direction(first);
    let answered_at = answered.first().and_then(|leg| leg.answered_at);
    let open = answered.iter().any(|leg| leg.ended_at.is_none());
    let ended_at = legs.iter().filter_map(|leg| leg.ended_at).max().filter(|_| !open);
    let transfer_count = had.len().saturating_sub(1) as u32;

    let dialled_from = first.from.extension().filter(|_| direction == Direction::Outbound).map(|dn| (dn, first.started_at));
    let spoke = had.iter().rev().find_map(|(who, at)| match who {
        Answerer::Extension(extension) => Some((extension.clone(), at.unwrap_or(first.started_at))),
        Answerer::Outside(_) => None,
    });
    let at_work = dialled_from.or(spoke);
    let agent = at_work.as_ref().and_then(|(extension, at)| (setting.who)(extension, *at));
    let (missed_extensions, missed_by) = missed(&legs, &had, agent.as_ref(), setting);

    let (location, location_name) = match (&agent, &setting.location) {
        (Some(AgentCard { location: Some(location), location_name, .. }), _) => (Some(*location), location_name.clone()),
        (_, Some((location, name))) => (Some(*location), Some(name.clone())),
        _ => (None, None),
    };
    let queue = legs.iter().flat_map(|leg| [&leg.to, &leg.last, &leg.from]).find(|party| party.is(PartyKind::Queue));

    Some(CallFacts {
        rule: RULE.to_owned(),
        direction,
        status: match answered_at {
            Some(_) if transfer_count > 0 => CallStatus::Transferred,
            Some(_) => CallStatus::Completed,
            None => unanswered(&legs, last, direction),
        },
        queue_name: queue.and_then(name_of),
        agent,
        extension: at_work.map(|(extension, _)| extension),
        caller_number: first.from.shown_number(),
        caller_name: first.from.name.clone(),
        called_number: first.dialled.clone().or_else(|| first.to.shown_number()),
        started_at: first.started_at,
        answered_at,
        ended_at,
        local: (setting.day_of)(first.started_at),
        ring_seconds: answered_at.map(|at| between(first.started_at, at)),
        talk_seconds: answered_at.zip(ended_at).map(|(answered, ended)| between(answered, ended)),
        transfer_count,
        location,
        location_name,
        missed_by,
        missed_extensions,
        legs: legs.len() as u32,
    })
}

/// The extensions whose holders have to be known before `facts` can be asked, each with the instants it matters at.
pub fn extensions(legs: &mut dyn Iterator<Item = &Leg>) -> BTreeSet<Text<64>> {
    legs.flat_map(|leg| {
        let parties = [&leg.from, &leg.to, &leg.last].into_iter().filter_map(Party::extension);
        parties.chain(leg.polled.iter().cloned()).collect::<Vec<_>>()
    })
    .collect()
}

fn direction(first: &Leg) -> Direction {
    let outside = first.to.is(PartyKind::External) || first.last.is(PartyKind::External);
    match first.from.kind {
        Some(PartyKind::External) => Direction::Inbound,
        None if !outside => Direction::Inbound,
        _ if outside => Direction::Outbound,
        _ => Direction::Internal,
    }
}

/// Those who had this leg, in their order.
fn answerers(leg: &Leg) -> Vec<Answerer> {
    if leg.answered_at.is_none() {
        return vec![];
    }
    let final_is_other = !leg.last.is_nobody() && !same(&leg.last, &leg.to);
    match final_is_other {
        false => answerer(&leg.to).into_iter().collect(),
        true if replaced(leg) => answerer(&leg.to).into_iter().chain(answerer(&leg.last)).collect(),
        true => answerer(&leg.last).into_iter().collect(),
    }
}

fn answerer(party: &Party) -> Option<Answerer> {
    match party.kind {
        Some(PartyKind::Extension) => party.extension().map(Answerer::Extension),
        Some(PartyKind::External) | None => {
            let number = party.shown_number().and_then(|number| number.known().map(|number| number.as_str().to_owned()));
            Some(Answerer::Outside(number))
        }
        Some(_) => None,
    }
}

fn replaced(leg: &Leg) -> bool {
    leg.reason_changed.as_ref().is_some_and(|why| why.as_str().to_ascii_lowercase().starts_with("replaced"))
}

/// The same end of a leg, by whatever of it is known on both sides.
fn same(one: &Party, other: &Party) -> bool {
    match (&one.dn, &other.dn) {
        (Some(one), Some(other)) => one == other,
        _ => one.number == other.number,
    }
}

fn unanswered(legs: &[&Leg], last: &Leg, direction: Direction) -> CallStatus {
    let touches = |kinds: &[PartyKind]| {
        legs.iter().any(|leg| [&leg.to, &leg.last].iter().any(|party| party.kind.is_some_and(|kind| kinds.contains(&kind))))
    };
    let hung_up = last.reason_terminated.as_ref().is_some_and(|why| why.as_str().to_ascii_lowercase().ends_with("bysrc"));
    if touches(&[PartyKind::Voicemail]) {
        CallStatus::Voicemail
    } else if direction == Direction::Inbound && hung_up && touches(&[PartyKind::Queue, PartyKind::RingGroup, PartyKind::Menu]) {
        CallStatus::Abandoned
    } else {
        CallStatus::Missed
    }
}

/// The extensions that rang or were polled in vain, and who held them then.
fn missed(
    legs: &[&Leg],
    had: &[(Answerer, Option<Instant>)],
    agent: Option<&AgentCard>,
    setting: &Setting<'_>,
) -> (Vec<Text<64>>, Vec<AgentCard>) {
    // In order of time, so that the first instant at which it rang decides who held it.
    let mut rang: BTreeMap<Text<64>, Instant> = BTreeMap::new();
    for leg in legs {
        let ends = [&leg.to, &leg.last].into_iter().filter_map(Party::extension);
        for extension in ends.chain(leg.polled.iter().cloned()) {
            rang.entry(extension).or_insert(leg.started_at);
        }
    }
    let spoke = |extension: &Text<64>| had.iter().any(|(who, _)| *who == Answerer::Extension(extension.clone()));
    let caller = |extension: &Text<64>| legs.first().and_then(|leg| leg.from.extension()).as_ref() == Some(extension);
    let missed: Vec<(Text<64>, Instant)> = rang.into_iter().filter(|(ext, _)| !spoke(ext) && !caller(ext)).collect();
    let mut people: BTreeSet<_> = agent.map(|agent| agent.user).into_iter().collect();
    for (who, at) in had {
        if let Answerer::Extension(extension) = who {
            let at = at.unwrap_or_default();
            people.extend((setting.who)(extension, at).map(|card| card.user));
        }
    }
    let cards = missed.iter().filter_map(|(extension, at)| (setting.who)(extension, *at));
    let cards = cards.filter(|card| people.insert(card.user)).collect();
    (missed.into_iter().map(|(extension, _)| extension).collect(), cards)
}

fn name_of(party: &Party) -> Option<Text<255>> {
    // A queue's name is the company's own word, not a person's.
    let name = party.name.as_ref().and_then(|name| name.known().cloned());
    name.or_else(|| party.dn.as_ref().and_then(|dn| Text::try_from(dn.as_str()).ok()))
}
