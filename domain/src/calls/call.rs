//! A call: what the telephone system's records say of it, leg by leg, and what people say of it afterwards.
//!
//! States: recorded → completed (wrapped up by its agent) → disposed; records may come at any time and in any order.

use super::calendar::CalendarRefusal;
use crate::calls::AgentCard;
use crate::{Aggregate, CallId, Kind, LocationId, Personal, Refusal, SourceId, TenantId, Text, UserId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

mod decisions;
mod facts;
mod words;
mod wrap_up;

pub use facts::{Billing, CallFacts, Leg, Party, RawRecord};
pub use words::{CallPriority, CallStatus, CallType, Direction, FollowUpType, Outcome, PartyKind, RecordShape};
pub use wrap_up::{Appointment, CallChanges, Category, Evidence, FollowUp, WrapUp};

/// What happens to a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(clippy::large_enum_variant, reason = "events live briefly, and a record is the most frequent of them")]
pub enum CallEvent {
    /// The first record of the call came in.
    #[serde(rename = "call.recorded")]
    Recorded { call_key: Text<255>, source: SourceId, leg: Leg, raw: RawRecord, facts: CallFacts },
    /// Another leg of it came in.
    #[serde(rename = "call.leg_added")]
    LegAdded { leg: Leg, raw: RawRecord, facts: CallFacts, was: CallFacts },
    /// Another copy of a leg came in that says something else. The fuller copy counts, so the facts may be what they were.
    #[serde(rename = "call.leg_corrected")]
    LegCorrected { leg: Leg, raw: RawRecord, facts: CallFacts, was: CallFacts },
    /// It became known who its people were.
    #[serde(rename = "call.attributed")]
    Attributed { agent: Option<AgentCard>, facts: CallFacts, was: CallFacts },
    /// Its agent said what it was about and what came of it.
    #[serde(rename = "call.completed")]
    Completed { wrap_up: WrapUp },
    /// What was said of it is now this; only what changed is named.
    #[serde(rename = "call.amended")]
    Amended { changes: CallChanges, reason: Text<1000> },
    /// The categoriser looked at it. `applied` is what nobody had said otherwise and is therefore true of the call from now on.
    #[serde(rename = "call.categorized")]
    Categorized { category: Category, applied: CallChanges },
    /// There is a recording of it.
    #[serde(rename = "call.recording_attached")]
    RecordingAttached { reference: Text<1000>, seconds: Option<u32> },
    /// Somebody listened to the recording.
    #[serde(rename = "call.recording_reviewed")]
    RecordingReviewed { notes: Personal<Text<10_000>>, score: Option<u8> },
    /// The recording is gone.
    #[serde(rename = "call.recording_removed")]
    RecordingRemoved { reason: Text<1000> },
    /// It needs somebody with more say.
    #[serde(rename = "call.escalated")]
    Escalated { to: Option<UserId>, reason: Text<1000>, priority: CallPriority },
    /// Something is still to be done; it replaces what was planned before.
    #[serde(rename = "call.follow_up_planned")]
    FollowUpPlanned { follow_up: FollowUp },
    /// It was done.
    #[serde(rename = "call.follow_up_done")]
    FollowUpDone { notes: Option<Personal<Text<10_000>>> },
    /// It must be kept, however old it gets.
    #[serde(rename = "call.held")]
    Held { reason: Text<1000> },
    /// It need not be kept any longer than others.
    #[serde(rename = "call.hold_released")]
    HoldReleased { reason: Text<1000> },
    /// It was kept as long as it had to be: nobody sees it any more.
    #[serde(rename = "call.disposed")]
    Disposed { reason: Text<1000>, proposal: Option<Uuid> },
}

#[derive(Debug, thiserror::Error, PartialEq)]
pub enum CallRefusal {
    #[error("no such call")]
    Unknown,
    #[error("a call that is {state} cannot be {asked}; allowed now: {}", allowed.join(", "))]
    WrongState { state: &'static str, asked: &'static str, allowed: Vec<&'static str> },
    #[error("{field} {rule}")]
    OutOfRange { field: &'static str, rule: &'static str },
    #[error("the call must be kept: {reason}")]
    OnHold { reason: String },
    #[error(transparent)]
    Calendar(#[from] CalendarRefusal),
}

impl Refusal for CallRefusal {
    fn code(&self) -> &'static str {
        match self {
            CallRefusal::Unknown => "unknown_call",
            CallRefusal::WrongState { .. } => "wrong_state",
            CallRefusal::OutOfRange { .. } => "out_of_range",
            CallRefusal::OnHold { .. } => "on_hold",
            CallRefusal::Calendar(refusal) => refusal.code(),
        }
    }
    fn kind(&self) -> Kind {
        match self {
            CallRefusal::Unknown => Kind::Missing,
            CallRefusal::WrongState { state, allowed, .. } => Kind::Conflict { state, allowed: allowed.clone() },
            CallRefusal::OutOfRange { field, .. } => Kind::Invalid { field },
            CallRefusal::OnHold { .. } => Kind::Conflict { state: "held", allowed: vec!["ReleaseCall"] },
            CallRefusal::Calendar(refusal) => refusal.kind(),
        }
    }
}

/// A call as its decisions see it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Call {
    known: Option<Arc<Known>>,
    disposed: bool,
}

#[derive(Clone, Debug, PartialEq)]
struct Known {
    source: SourceId,
    /// The copy of each leg that counts.
    legs: BTreeMap<Uuid, Leg>,
    /// The prints of all copies that ever came in, so that one that comes again changes nothing.
    seen: BTreeSet<Uuid>,
    facts: CallFacts,
    said: WrapUp,
    completed: bool,
    recording: Option<Text<1000>>,
    follow_up: Option<FollowUp>,
    follow_up_done: bool,
    escalated: Option<(Option<UserId>, CallPriority)>,
    hold: Option<Text<1000>>,
}

impl Aggregate for Call {
    const CATEGORY: &'static str = "call";
    type Event = CallEvent;
    type Refusal = CallRefusal;

    fn evolve(&mut self, event: &CallEvent) {
        if let CallEvent::Recorded { source, leg, facts, .. } = event {
            self.known.get_or_insert_with(|| Arc::new(Known::new(*source, facts.clone())));
            self.disposed = false;
            self.take(leg, facts);
            return;
        }
        if matches!(event, CallEvent::Disposed { .. }) {
            self.disposed = true;
            self.known = None;
            return;
        }
        if let CallEvent::LegAdded { leg, facts, .. } | CallEvent::LegCorrected { leg, facts, .. } = event {
            self.take(leg, facts);
            return;
        }
        let Some(known) = self.known.as_mut().map(Arc::make_mut) else { return };
        match event {
            CallEvent::Attributed { facts, .. } => known.facts = facts.clone(),
            CallEvent::Completed { wrap_up } => {
                known.said = wrap_up.clone();
                known.completed = true;
            }
            CallEvent::Amended { changes, .. } | CallEvent::Categorized { applied: changes, .. } => {
                known.said = known.said.with(changes);
            }
            CallEvent::RecordingAttached { reference, .. } => known.recording = Some(reference.clone()),
            CallEvent::RecordingRemoved { .. } => known.recording = None,
            CallEvent::Escalated { to, priority, .. } => known.escalated = Some((*to, *priority)),
            CallEvent::FollowUpPlanned { follow_up } => {
                known.follow_up = Some(follow_up.clone());
                known.follow_up_done = false;
            }
            CallEvent::FollowUpDone { .. } => known.follow_up_done = true,
            CallEvent::Held { reason } => known.hold = Some(reason.clone()),
            CallEvent::HoldReleased { .. } => known.hold = None,
            CallEvent::RecordingReviewed { .. }
            | CallEvent::Recorded { .. }
            | CallEvent::LegAdded { .. }
            | CallEvent::LegCorrected { .. }
            | CallEvent::Disposed { .. } => {}
        }
    }
}

impl Known {
    fn new(source: SourceId, facts: CallFacts) -> Self {
        Self {
            source,
            legs: BTreeMap::new(),
            seen: BTreeSet::new(),
            facts,
            said: WrapUp::default(),
            completed: false,
            recording: None,
            follow_up: None,
            follow_up_done: false,
            escalated: None,
            hold: None,
        }
    }
}

impl Call {
    /// The same call of the same telephone system has the same id, whoever records it first.
    pub fn id(tenant: TenantId, source: SourceId, call_key: &str) -> CallId {
        CallId(Uuid::new_v5(&tenant.0, format!("call\u{1f}{source}\u{1f}{call_key}").as_bytes()))
    }

    /// What its legs say, while the call is kept.
    pub fn facts(&self) -> Result<&CallFacts, CallRefusal> {
        self.known.as_ref().map(|known| &known.facts).ok_or(CallRefusal::Unknown)
    }

    /// What people said of it.
    pub fn said(&self) -> Result<&WrapUp, CallRefusal> {
        self.known.as_ref().map(|known| &known.said).ok_or(CallRefusal::Unknown)
    }

    /// Whose it is and where: who may see it follows from that.
    pub fn belongs_to(&self) -> Result<(Option<UserId>, Option<LocationId>), CallRefusal> {
        self.facts().map(|facts| (facts.agent.as_ref().map(|agent| agent.user), facts.location))
    }

    /// Whether it was kept long enough and is gone.
    pub fn is_disposed(&self) -> bool {
        self.disposed
    }

    /// The telephone system it came from.
    pub fn source(&self) -> Result<SourceId, CallRefusal> {
        self.known.as_ref().map(|known| known.source).ok_or(CallRefusal::Unknown)
    }

    /// The copies of its legs that count.
    pub fn legs(&self) -> impl Iterator<Item = &Leg> {
        self.known.iter().flat_map(|known| known.legs.values())
    }

    fn take(&mut self, leg: &Leg, facts: &CallFacts) {
        let Some(known) = self.known.as_mut().map(Arc::make_mut) else { return };
        known.seen.insert(leg.print);
        known.facts = facts.clone();
        match known.legs.get(&leg.key) {
            Some(old) if old.outweighs(leg) => {}
            _ => {
                known.legs.insert(leg.key, leg.clone());
            }
        }
    }
}

impl Leg {
    /// Of two copies that disagree, the one counts that knows more: ended later, answered later, more fields filled in; else the
    /// greater print, only so that the order of arrival does not matter.
    pub fn outweighs(&self, other: &Leg) -> bool {
        let weight = |leg: &Leg| (leg.ended_at, leg.answered_at, leg.filled, leg.print);
        weight(self) > weight(other)
    }
}
