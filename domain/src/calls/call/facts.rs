//! What a telephone system said: a leg as its record tells it, and the facts of a call that follow from all of its legs.

use super::words::{CallStatus, Direction, PartyKind, RecordShape};
use crate::calls::{AgentCard, LocalDay};
use crate::{Instant, LocationId, Personal, Text};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A record as it came in, kept for ever beside what was understood of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RawRecord {
    pub shape: RecordShape,
    pub text: Personal<String>,
}

/// One leg of a call: what one record says, all 27 fields of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Leg {
    /// Follows from the fields that say which leg it is; the same in every copy of the record.
    pub key: Uuid,
    /// Follows from all fields; another one under the same key is a correction.
    pub print: Uuid,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history_id: Option<Text<255>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<Text<255>>,
    pub started_at: Instant,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<Instant>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Instant>,
    /// The length the telephone system states; figures are derived from the times instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stated_seconds: Option<u32>,
    pub from: Party,
    pub to: Party,
    /// Who had the call in the end, where that is not `to`.
    #[serde(rename = "final")]
    pub last: Party,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dialled: Option<Personal<Text<255>>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason_terminated: Option<Text<255>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason_changed: Option<Text<255>>,
    #[serde(default, skip_serializing_if = "Billing::is_empty")]
    pub bill: Billing,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<Personal<Text<4000>>>,
    /// Extensions that a queue rang and that did not answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub polled: Vec<Text<64>>,
    /// How many of the 27 fields are filled in: of two copies that disagree, the fuller one counts.
    pub filled: u8,
}

/// Somebody or something at one end of a leg.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Party {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<PartyKind>,
    /// Its number within the telephone system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dn: Option<Text<64>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<Personal<Text<255>>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Personal<Text<255>>>,
}

/// What the telephone system reckons a leg to have cost, in its own words.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Billing {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Text<255>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Text<255>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Text<255>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Text<255>>,
}

impl Billing {
    pub fn is_empty(&self) -> bool {
        *self == Billing::default()
    }
}

/// What follows from all legs of a call under a named rule (B.T1).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallFacts {
    /// The rule and its version, for example `call.legs@1`.
    pub rule: String,
    pub direction: Direction,
    pub status: CallStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_name: Option<Text<255>>,
    /// The last person who answered; on an outbound call, who dialled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<AgentCard>,
    /// The agent's extension, also where nobody is known to hold it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<Text<64>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller_number: Option<Personal<Text<255>>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller_name: Option<Personal<Text<255>>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub called_number: Option<Personal<Text<255>>>,
    pub started_at: Instant,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<Instant>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Instant>,
    /// Day and hour of the start in the reporting zone.
    pub local: LocalDay,
    /// B.F1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ring_seconds: Option<i64>,
    /// B.F2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub talk_seconds: Option<i64>,
    pub transfer_count: u32,
    /// The agent's location at the start of the call, else that of the telephone system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<LocationId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location_name: Option<Text<255>>,
    /// Who was rung and did not answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missed_by: Vec<AgentCard>,
    /// The extensions that were rung and did not answer, whoever holds them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missed_extensions: Vec<Text<64>>,
    pub legs: u32,
}
