//! What somebody's telephone is doing: free, ringing, in a call, away, as its telephone system last said.

use crate::calls::AgentCard;
use crate::{Aggregate, Decision, Instant, Kind, Personal, Refusal, SourceId, TenantId, Text};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a telephone is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PresenceState {
    Available,
    Ringing,
    Talking,
    WrapUp,
    Away,
    DoNotDisturb,
    Offline,
}

impl PresenceState {
    pub const ALL: [PresenceState; 7] = [
        PresenceState::Available,
        PresenceState::Ringing,
        PresenceState::Talking,
        PresenceState::WrapUp,
        PresenceState::Away,
        PresenceState::DoNotDisturb,
        PresenceState::Offline,
    ];

    /// The word under which it is stored and shown.
    pub fn word(self) -> &'static str {
        match self {
            PresenceState::Available => "available",
            PresenceState::Ringing => "ringing",
            PresenceState::Talking => "talking",
            PresenceState::WrapUp => "wrap_up",
            PresenceState::Away => "away",
            PresenceState::DoNotDisturb => "do_not_disturb",
            PresenceState::Offline => "offline",
        }
    }

    /// The state that a telephone system calls by this name, in whatever spelling.
    pub fn named(name: &str) -> Option<PresenceState> {
        let letters: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        Some(match letters.as_str() {
            "available" | "free" | "idle" | "ready" | "loggedin" => PresenceState::Available,
            "ringing" | "alerting" | "routing" | "dialing" | "dialling" => PresenceState::Ringing,
            "talking" | "connected" | "incall" | "oncall" | "busy" | "hold" | "transferring" => PresenceState::Talking,
            "wrapup" | "aftercallwork" => PresenceState::WrapUp,
            "away" | "outofoffice" | "lunch" | "break" | "businesstrip" | "custom1" | "custom2" => PresenceState::Away,
            "dnd" | "donotdisturb" => PresenceState::DoNotDisturb,
            "offline" | "loggedout" | "unregistered" | "unavailable" => PresenceState::Offline,
            _ => return None,
        })
    }
}

/// What happens to a telephone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum PresenceEvent {
    /// Its telephone system says what it is doing since `at`.
    #[serde(rename = "presence.noted")]
    Noted { extension: Text<64>, source: SourceId, agent: Option<AgentCard>, reading: Reading },
}

/// What a telephone system says of a telephone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    pub state: PresenceState,
    /// The call it is in, by the telephone system's own name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<Text<255>>,
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
}

impl Refusal for PresenceRefusal {
    fn code(&self) -> &'static str {
        "not_yet"
    }
    fn kind(&self) -> Kind {
        Kind::Invalid { field: "at" }
    }
}

/// A telephone as its decisions see it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Presence {
    now: Option<(Reading, Option<AgentCard>)>,
}

impl Aggregate for Presence {
    const CATEGORY: &'static str = "presence";
    type Event = PresenceEvent;
    type Refusal = PresenceRefusal;

    fn evolve(&mut self, event: &PresenceEvent) {
        let PresenceEvent::Noted { agent, reading, .. } = event;
        self.now = Some((reading.clone(), agent.clone()));
    }
}

/// Clocks differ a little.
const AHEAD: chrono::TimeDelta = chrono::TimeDelta::minutes(5);

impl Presence {
    /// The id of the stream of this extension.
    pub fn id(tenant: TenantId, extension: &str) -> Uuid {
        Uuid::new_v5(&tenant.0, format!("presence\u{1f}{extension}").as_bytes())
    }

    /// Takes down what it is doing. What is older than what is known, and what is known already, changes nothing.
    pub fn note(
        &self,
        extension: Text<64>,
        source: SourceId,
        agent: Option<AgentCard>,
        reading: Reading,
        now: Instant,
    ) -> Decision<Presence> {
        if reading.at > now + AHEAD {
            return Err(PresenceRefusal::NotYet);
        }
        let news = self.now.as_ref().is_none_or(|(known, holder)| {
            let same = |a: &Reading, b: &Reading| (a.state, &a.call, &a.queue_name) == (b.state, &b.call, &b.queue_name);
            reading.at >= known.at && (!same(known, &reading) || *holder != agent)
        });
        Ok(if news { vec![PresenceEvent::Noted { extension, source, agent, reading }] } else { vec![] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{given, round_trips};

    fn reading(state: PresenceState, second: u32) -> Reading {
        let at = format!("2026-01-05T08:00:{second:02}Z").parse().unwrap();
        Reading { state, call: None, other_number: None, queue_name: None, at }
    }

    fn noted(reading: Reading) -> PresenceEvent {
        PresenceEvent::Noted { extension: "101".try_into().unwrap(), source: SourceId::default(), agent: None, reading }
    }

    #[test]
    fn the_newest_word_counts() {
        let now = "2026-01-05T08:00:30Z".parse().unwrap();
        let talking = reading(PresenceState::Talking, 10);
        let note =
            |reading: Reading| move |p: &Presence| p.note("101".try_into().unwrap(), SourceId::default(), None, reading, now);
        given::<Presence>([]).when(note(talking.clone())).then([noted(talking.clone())]);
        given([noted(talking.clone())]).when(note(reading(PresenceState::Talking, 20))).then([]);
        given([noted(talking.clone())]).when(note(reading(PresenceState::Available, 9))).then([]);
        let free = reading(PresenceState::Available, 11);
        given([noted(talking)]).when(note(free.clone())).then([noted(free.clone())]);
        let later = Reading { at: "2026-01-05T09:00:00Z".parse().unwrap(), ..free.clone() };
        given::<Presence>([]).when(note(later)).refused(PresenceRefusal::NotYet);
        round_trips("presence.noted", noted(free));
    }

    #[test]
    fn states_are_known_by_many_names() {
        for state in PresenceState::ALL {
            assert_eq!(PresenceState::named(state.word()), Some(state));
        }
        assert_eq!(PresenceState::named("Out of office"), Some(PresenceState::Away));
        assert_eq!(PresenceState::named("Dancing"), None);
    }
}
