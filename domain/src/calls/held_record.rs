//! A record that could not be understood: kept as it came with the reason, until it is replayed or somebody says that it is nothing.

use crate::{Aggregate, CallId, Decision, HeldRecordId, Kind, Personal, Refusal, SourceId, TenantId, Text};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What happens to a record in quarantine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum HeldRecordEvent {
    /// It came in and could not be understood.
    #[serde(rename = "held_record.held")]
    Held { source: SourceId, raw: Personal<HeldRaw>, sha256: String, field: String, reason: String },
    /// It became part of a call after all, as it was or corrected.
    #[serde(rename = "held_record.replayed")]
    Replayed {
        call: CallId,
        corrected: Option<Personal<String>>,
        /// The calls of the others, where several records came as one text.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        others: Vec<CallId>,
    },
    /// It is of no use.
    #[serde(rename = "held_record.dismissed")]
    Dismissed { reason: Text<1000> },
    /// It was kept long enough.
    #[serde(rename = "held_record.disposed")]
    Disposed { reason: Text<1000> },
}

/// What came in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeldRaw {
    Text(String),
    /// Bytes that are no text.
    Base64(String),
}

#[derive(Debug, thiserror::Error, PartialEq)]
pub enum HeldRecordRefusal {
    #[error("no such record in quarantine")]
    Unknown,
    #[error("the record was {state} already")]
    Settled { state: &'static str },
    #[error("{rule}")]
    StillFlawed { field: String, rule: String },
    #[error("the call that the record belongs to was kept long enough and is gone; dismiss the record")]
    CallGone,
}

impl Refusal for HeldRecordRefusal {
    fn code(&self) -> &'static str {
        match self {
            HeldRecordRefusal::Unknown => "unknown_record",
            HeldRecordRefusal::Settled { .. } => "settled",
            HeldRecordRefusal::StillFlawed { .. } => "still_flawed",
            HeldRecordRefusal::CallGone => "call_gone",
        }
    }
    fn kind(&self) -> Kind {
        match self {
            HeldRecordRefusal::Unknown => Kind::Missing,
            HeldRecordRefusal::Settled { state } => Kind::Conflict { state, allowed: vec![] },
            HeldRecordRefusal::StillFlawed { .. } => Kind::Invalid { field: "raw" },
            HeldRecordRefusal::CallGone => Kind::Conflict { state: "waiting", allowed: vec!["DismissHeldRecord"] },
        }
    }
}

/// Where a record in quarantine stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Waiting,
    Replayed,
    Dismissed,
}

impl Standing {
    /// The word under which it is stored and shown.
    pub fn word(self) -> &'static str {
        match self {
            Standing::Waiting => "waiting",
            Standing::Replayed => "replayed",
            Standing::Dismissed => "dismissed",
        }
    }
}

/// A record in quarantine as its decisions see it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeldRecord {
    held: Option<(SourceId, Personal<HeldRaw>)>,
    standing: Option<Standing>,
    /// The calls that it became part of.
    calls: Vec<CallId>,
    disposed: bool,
}

impl Aggregate for HeldRecord {
    const CATEGORY: &'static str = "held_record";
    type Event = HeldRecordEvent;
    type Refusal = HeldRecordRefusal;

    fn evolve(&mut self, event: &HeldRecordEvent) {
        match event {
            HeldRecordEvent::Held { source, raw, .. } => {
                self.held = Some((*source, raw.clone()));
                self.standing = Some(Standing::Waiting);
            }
            HeldRecordEvent::Replayed { call, others, .. } => {
                self.standing = Some(Standing::Replayed);
                self.calls = std::iter::once(*call).chain(others.iter().copied()).collect();
            }
            HeldRecordEvent::Dismissed { .. } => self.standing = Some(Standing::Dismissed),
            HeldRecordEvent::Disposed { .. } => *self = HeldRecord { disposed: true, ..HeldRecord::default() },
        }
    }
}

impl HeldRecord {
    /// The same garbage of the same source is the same record, however often it comes.
    pub fn id(tenant: TenantId, source: SourceId, sha256: &str) -> HeldRecordId {
        HeldRecordId(Uuid::new_v5(&tenant.0, format!("held_record\u{1f}{source}\u{1f}{sha256}").as_bytes()))
    }

    /// Puts it into quarantine; once it has been there, it stays what it is.
    pub fn hold(&self, source: SourceId, raw: HeldRaw, sha256: String, field: String, reason: String) -> Decision<HeldRecord> {
        match self.is_known() {
            true => Ok(vec![]),
            false => Ok(vec![HeldRecordEvent::Held { source, raw: Personal::new(raw), sha256, field, reason }]),
        }
    }

    /// What waits: where it came from and how it reads.
    pub fn waiting(&self) -> Result<(SourceId, Option<&HeldRaw>), HeldRecordRefusal> {
        let (source, raw) = self.held.as_ref().ok_or(HeldRecordRefusal::Unknown)?;
        match self.standing {
            Some(Standing::Waiting) | None => Ok((*source, raw.known())),
            Some(settled) => Err(HeldRecordRefusal::Settled { state: settled.word() }),
        }
    }

    /// Whether it was in quarantine before, whatever became of it.
    pub fn is_known(&self) -> bool {
        self.held.is_some() || self.disposed
    }

    /// Keeps it no longer, whatever became of it.
    pub fn dispose(&self, reason: Text<1000>) -> Decision<HeldRecord> {
        match self.held {
            Some(_) => Ok(vec![HeldRecordEvent::Disposed { reason }]),
            None => Err(HeldRecordRefusal::Unknown),
        }
    }

    /// The calls that it became part of, if it has.
    pub fn calls(&self) -> &[CallId] {
        &self.calls
    }

    /// It became part of a call, or of several if it was several records.
    pub fn replay(&self, call: CallId, others: Vec<CallId>, corrected: Option<String>) -> Decision<HeldRecord> {
        self.waiting()?;
        Ok(vec![HeldRecordEvent::Replayed { call, corrected: corrected.map(Personal::new), others }])
    }

    pub fn dismiss(&self, reason: Text<1000>) -> Decision<HeldRecord> {
        match self.standing {
            Some(Standing::Dismissed) => Ok(vec![]),
            _ => self.waiting().map(|_| vec![HeldRecordEvent::Dismissed { reason }]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{given, round_trips};

    fn held() -> HeldRecordEvent {
        HeldRecordEvent::Held {
            source: SourceId(Uuid::from_u128(1)),
            raw: Personal::new(HeldRaw::Text("1,2".into())),
            sha256: "ab".into(),
            field: "line".into(),
            reason: "must have 27 fields, has 2".into(),
        }
    }

    #[test]
    fn garbage_is_kept_once_and_settled_once() {
        let again = |held: &HeldRecord| {
            held.hold(
                SourceId(Uuid::from_u128(1)),
                HeldRaw::Text("1,2".into()),
                "ab".into(),
                "line".into(),
                "must have 27 fields, has 2".into(),
            )
        };
        let call = CallId(Uuid::from_u128(2));
        let replayed = HeldRecordEvent::Replayed { call, corrected: None, others: vec![] };
        let why = || Text::try_from("a test").unwrap();
        let dismissed = HeldRecordEvent::Dismissed { reason: why() };
        given::<HeldRecord>([]).when(again).then([held()]);
        given([held()]).when(again).then([]);
        given([held(), dismissed.clone()]).when(again).then([]);
        given([held()]).when(|h: &HeldRecord| h.replay(call, vec![], None)).then([replayed.clone()]);
        given([held()]).when(|h: &HeldRecord| h.dismiss(why())).then([dismissed.clone()]);
        given([held(), dismissed]).when(|h: &HeldRecord| h.dismiss(why())).then([]);
        given([held(), replayed.clone()])
            .when(|h: &HeldRecord| h.dismiss(why()))
            .refused(HeldRecordRefusal::Settled { state: "replayed" });
        given::<HeldRecord>([]).when(|h| h.replay(call, vec![], None)).refused(HeldRecordRefusal::Unknown);
        let disposed = HeldRecordEvent::Disposed { reason: why() };
        given([held(), replayed.clone()]).when(|h: &HeldRecord| h.dispose(why())).then([disposed.clone()]);
        given([held(), disposed.clone()]).when(|h: &HeldRecord| h.dispose(why())).refused(HeldRecordRefusal::Unknown);
        given([held(), disposed.clone()]).when(|h: &HeldRecord| h.replay(call, vec![], None)).refused(HeldRecordRefusal::Unknown);
        given([held(), disposed.clone()]).when(again).then([]);
        round_trips("held_record.disposed", disposed);
        round_trips("held_record.held", held());
        round_trips("held_record.replayed", replayed);
    }
}
