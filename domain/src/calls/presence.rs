//! What somebody's telephone is doing: free, ringing, in a call, away, as its telephone system last said.

use super::AgentCard;
use super::extension::Number;
use crate::{Aggregate, Decision, Instant, Kind, Personal, Refusal, SourceId, TenantId, Text};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a telephone is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PresenceState {
    Available,
    Ringing,
    OnCall,
    WrapUp,
    Away,
    Dnd,
    Offline,
}

impl PresenceState {
    pub const ALL: [PresenceState; 7] = [
        PresenceState::Available,
        PresenceState::Ringing,
        PresenceState::OnCall,
        PresenceState::WrapUp,
        PresenceState::Away,
        PresenceState::Dnd,
        PresenceState::Offline,
    ];

    /// The word under which it is stored and shown.
    pub fn word(self) -> &'static str {
        match self {
            PresenceState::Available => "available",
            PresenceState::Ringing => "ringing",
            PresenceState::OnCall => "on_call",
            PresenceState::WrapUp => "wrap_up",
            PresenceState::Away => "away",
            PresenceState::Dnd => "dnd",
            PresenceState::Offline => "offline",
        }
    }

    /// The state that a telephone system calls by this name, in whatever spelling.
    pub fn named(name: &str) -> Option<PresenceState> {
        let letters: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        Some(match letters.as_str() {
            "available" | "free" | "idle" | "ready" | "loggedin" => PresenceState::Available,
            "ringing" | "alerting" | "routing" | "dialing" | "dialling" => PresenceState::Ringing,
            "talking" | "connected" | "incall" | "oncall" | "busy" | "hold" | "transferring" => PresenceState::OnCall,
            "wrapup" | "aftercallwork" => PresenceState::WrapUp,
            "away" | "outofoffice" | "lunch" | "break" | "businesstrip" | "custom1" | "custom2" => PresenceState::Away,
            "dnd" | "donotdisturb" => PresenceState::Dnd,
            "offline" | "loggedout" | "unregistered" | "unavailable" => PresenceState::Offline,
            _ => return None,
        })
    }
}

/// What happens to a telephone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum PresenceEvent {
    /// Since `reading.at` it is doing something else, or somebody else has it.
    #[serde(rename = "presence.changed")]
    Changed {
        extension: Number,
        /// The telephone system that said so; nobody's if a person did.
        source: Option<SourceId>,
        /// Who held it when it was said.
        agent: Option<AgentCard>,
        reading: Reading,
    },
}

/// What is said of a telephone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    pub state: PresenceState,
    /// The call it is in, by the telephone system's own name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_key: Option<Text<255>>,
    /// Who is at the other end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_number: Option<Personal<Text<255>>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_name: Option<Text<255>>,
    /// When it began to do so.
    pub at: Instant,
}

#[derive(Debug, thiserror::Error, PartialEq)]
pub enum PresenceRefusal {
    #[error("at must not be in the future")]
    NotYet,
    #[error("at must not be before 1970")]
    LongAgo,
}

impl Refusal for PresenceRefusal {
    fn code(&self) -> &'static str {
        match self {
            PresenceRefusal::NotYet => "not_yet",
            PresenceRefusal::LongAgo => "long_ago",
        }
    }
    fn kind(&self) -> Kind {
        Kind::Invalid { field: "at" }
    }
}

/// A telephone as its decisions see it: what was said of it last, and who had it then.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Presence {
    now: Option<(Reading, Option<AgentCard>)>,
}

impl Aggregate for Presence {
    const CATEGORY: &'static str = "presence";
    type Event = PresenceEvent;
    type Refusal = PresenceRefusal;

    fn evolve(&mut self, event: &PresenceEvent) {
        let PresenceEvent::Changed { agent, reading, .. } = event;
        self.now = Some((reading.clone(), agent.clone()));
    }
}

/// Clocks differ a little.
const AHEAD: TimeDelta = TimeDelta::minutes(5);

impl Presence {
    /// The id of the stream of this extension.
    pub fn id(tenant: TenantId, extension: &str) -> Uuid {
        Uuid::new_v5(&tenant.0, format!("presence\u{1f}{extension}").as_bytes())
    }

    /// What was said of it last.
    pub fn reading(&self) -> Option<&Reading> {
        self.now.as_ref().map(|(reading, _)| reading)
    }

    /// Takes down what it is doing. What is older than what is known changes nothing, and neither does what is known already: a
    /// telephone system says the same every few seconds. Of two things said of one instant the later to come in counts.
    pub fn note(
        &self,
        extension: Number,
        source: Option<SourceId>,
        agent: Option<AgentCard>,
        reading: Reading,
        now: Instant,
    ) -> Decision<Presence> {
        if reading.at > now + AHEAD {
            return Err(PresenceRefusal::NotYet);
        }
        if reading.at < Instant::UNIX_EPOCH {
            return Err(PresenceRefusal::LongAgo);
        }
        let news = self.now.as_ref().is_none_or(|(known, holder)| {
            let what = |r: &Reading| (r.state, r.call_key.clone(), r.queue_name.clone());
            reading.at >= known.at && (what(known) != what(&reading) || *holder != agent)
        });
        Ok(if news { vec![PresenceEvent::Changed { extension, source, agent, reading }] } else { vec![] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{given, round_trips};

    fn reading(state: PresenceState, second: u32) -> Reading {
        let at = format!("2026-01-05T08:00:{second:02}Z").parse().unwrap();
        Reading { state, call_key: None, other_number: None, queue_name: None, at }
    }

    fn changed(reading: Reading) -> PresenceEvent {
        PresenceEvent::Changed { extension: "101".try_into().unwrap(), source: Some(SourceId::default()), agent: None, reading }
    }

    #[test]
    fn the_newest_word_counts() {
        let now = "2026-01-05T08:00:30Z".parse().unwrap();
        let busy = reading(PresenceState::OnCall, 10);
        let note = |reading: Reading| {
            move |p: &Presence| p.note("101".try_into().unwrap(), Some(SourceId::default()), None, reading, now)
        };
        given::<Presence>([]).when(note(busy.clone())).then([changed(busy.clone())]);
        given([changed(busy.clone())]).when(note(reading(PresenceState::OnCall, 20))).then([]);
        given([changed(busy.clone())]).when(note(reading(PresenceState::Available, 9))).then([]);
        let free = reading(PresenceState::Available, 10);
        given([changed(busy.clone())]).when(note(free.clone())).then([changed(free.clone())]);
        let next = Reading { call_key: Some("C2".try_into().unwrap()), ..reading(PresenceState::OnCall, 20) };
        given([changed(busy)]).when(note(next.clone())).then([changed(next)]);
        let ahead = Reading { at: "2026-01-05T09:00:00Z".parse().unwrap(), ..free.clone() };
        given::<Presence>([]).when(note(ahead)).refused(PresenceRefusal::NotYet);
        let ancient = Reading { at: "1969-12-31T23:59:59Z".parse().unwrap(), ..free.clone() };
        given::<Presence>([]).when(note(ancient)).refused(PresenceRefusal::LongAgo);
        round_trips("presence.changed", changed(free));
    }

    #[test]
    fn states_are_known_by_many_names() {
        for state in PresenceState::ALL {
            assert_eq!(PresenceState::named(state.word()), Some(state));
            assert_eq!(serde_json::to_value(state).unwrap(), state.word());
        }
        assert_eq!(PresenceState::named("Out of office"), Some(PresenceState::Away));
        assert_eq!(PresenceState::named("Dancing"), None);
    }
}
