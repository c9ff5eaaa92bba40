//! Letting go of what was kept long enough: proposed by the house, decided by a person, and then carried out (B.N7).
//!
//! States: proposed → approved → carried out, or proposed → refused.

use super::centre::Retention;
use crate::{Aggregate, Decision, Instant, Kind, Refusal, TenantId, Text, UserId};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

/// The most things in one proposal: somebody shall be able to look them through, and an event must stay small.
pub const MOST: usize = 1_000;

/// What happens to a proposal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum DisposalEvent {
    /// These are older than they have to be kept.
    #[serde(rename = "disposal.proposed")]
    Proposed {
        kind: Disposable,
        /// They are from days before this one.
        before: NaiveDate,
        /// How many were due in all; these are the oldest of them.
        count: u64,
        things: Vec<Uuid>,
    },
    /// Somebody agreed.
    #[serde(rename = "disposal.approved")]
    Approved { by: Option<UserId> },
    /// Somebody did not. They are proposed again later.
    #[serde(rename = "disposal.refused")]
    Refused { by: Option<UserId>, reason: Text<1000> },
    /// They are gone.
    #[serde(rename = "disposal.carried_out")]
    CarriedOut {
        disposed: u32,
        /// What must be kept by now, and was.
        kept: Vec<Kept>,
    },
}

/// Something that was not disposed of, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    pub id: Uuid,
    pub reason: Text<1000>,
}

/// What can be let go of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disposable {
    Calls,
    /// The recordings of calls, each named by its call.
    Recordings,
    Journals,
    /// Records in quarantine, which hold what calls hold and are kept as long.
    HeldRecords,
    Shifts,
    Goals,
    Reviews,
}

impl Disposable {
    pub const ALL: [Disposable; 7] = [
        Disposable::Calls,
        Disposable::Recordings,
        Disposable::Journals,
        Disposable::HeldRecords,
        Disposable::Shifts,
        Disposable::Goals,
        Disposable::Reviews,
    ];

    /// For how many days its kind is kept.
    pub fn days(self, kept: &Retention) -> u32 {
        match self {
            Disposable::Calls | Disposable::HeldRecords => kept.calls,
            Disposable::Recordings => kept.recordings,
            Disposable::Journals => kept.journals,
            Disposable::Shifts | Disposable::Goals | Disposable::Reviews => kept.performance,
        }
    }

    /// The word under which it is stored and shown.
    pub fn word(self) -> &'static str {
        match self {
            Disposable::Calls => "calls",
            Disposable::Recordings => "recordings",
            Disposable::Journals => "journals",
            Disposable::HeldRecords => "held_records",
            Disposable::Shifts => "shifts",
            Disposable::Goals => "goals",
            Disposable::Reviews => "reviews",
        }
    }
}

#[derive(Debug, thiserror::Error, PartialEq)]
pub enum DisposalRefusal {
    #[error("no such proposal")]
    Unknown,
    #[error("this was proposed already")]
    AlreadyProposed,
    #[error("things must be from 1 to {MOST}, none of them twice, and not more than count")]
    Size,
    #[error("a proposal that is {state} cannot be {asked}; allowed now: {}", allowed.join(", "))]
    WrongState { state: &'static str, asked: &'static str, allowed: Vec<&'static str> },
    #[error("disposed and kept must not be more than were proposed")]
    Sum,
}

impl Refusal for DisposalRefusal {
    fn code(&self) -> &'static str {
        match self {
            DisposalRefusal::Unknown => "unknown_proposal",
            DisposalRefusal::AlreadyProposed => "already_proposed",
            DisposalRefusal::Size => "too_few_or_too_many",
            DisposalRefusal::WrongState { .. } => "wrong_state",
            DisposalRefusal::Sum => "wrong_sum",
        }
    }
    fn kind(&self) -> Kind {
        match self {
            DisposalRefusal::Unknown => Kind::Missing,
            DisposalRefusal::AlreadyProposed => Kind::Taken { field: "things" },
            DisposalRefusal::Size => Kind::Invalid { field: "things" },
            DisposalRefusal::WrongState { state, allowed, .. } => Kind::Conflict { state, allowed: allowed.clone() },
            DisposalRefusal::Sum => Kind::Invalid { field: "kept" },
        }
    }
}

/// Where a proposal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisposalStatus {
    Proposed,
    Approved,
    Refused,
    CarriedOut,
}

impl DisposalStatus {
    pub const ALL: [DisposalStatus; 4] =
        [DisposalStatus::Proposed, DisposalStatus::Approved, DisposalStatus::Refused, DisposalStatus::CarriedOut];

    /// The word under which it is stored and shown.
    pub fn word(self) -> &'static str {
        match self {
            DisposalStatus::Proposed => "proposed",
            DisposalStatus::Approved => "approved",
            DisposalStatus::Refused => "refused",
            DisposalStatus::CarriedOut => "carried_out",
        }
    }

    /// The commands this state allows.
    pub fn allowed(self) -> Vec<&'static str> {
        match self {
            DisposalStatus::Proposed => vec!["ApproveDisposal", "RefuseDisposal"],
            DisposalStatus::Approved => vec!["CarryOutDisposal"],
            DisposalStatus::Refused | DisposalStatus::CarriedOut => vec![],
        }
    }
}

/// A proposal as its decisions see it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Disposal {
    proposed: Option<Arc<(Disposable, Vec<Uuid>)>>,
    status: Option<DisposalStatus>,
}

impl Aggregate for Disposal {
    const CATEGORY: &'static str = "disposal";
    type Event = DisposalEvent;
    type Refusal = DisposalRefusal;

    fn evolve(&mut self, event: &DisposalEvent) {
        self.status = Some(match event {
            DisposalEvent::Proposed { kind, things, .. } => {
                self.proposed = Some(Arc::new((*kind, things.clone())));
                DisposalStatus::Proposed
            }
            DisposalEvent::Approved { .. } => DisposalStatus::Approved,
            DisposalEvent::Refused { .. } => DisposalStatus::Refused,
            DisposalEvent::CarriedOut { .. } => DisposalStatus::CarriedOut,
        });
    }
}

impl Disposal {
    /// What begins with the same thing on the same day is the same proposal, whichever server makes it.
    pub fn id(tenant: TenantId, kind: Disposable, before: NaiveDate, first: Uuid) -> Uuid {
        Uuid::new_v5(&tenant.0, format!("disposal\u{1f}{}\u{1f}{before}\u{1f}{first}", kind.word()).as_bytes())
    }

    /// What was proposed, while it is approved and not carried out yet.
    pub fn approved(&self) -> Result<&(Disposable, Vec<Uuid>), DisposalRefusal> {
        self.must_be(DisposalStatus::Approved, "carried out")
    }

    pub fn propose(&self, kind: Disposable, before: NaiveDate, count: u64, things: Vec<Uuid>) -> Decision<Disposal> {
        if self.proposed.is_some() {
            return Err(DisposalRefusal::AlreadyProposed);
        }
        let distinct = things.iter().collect::<BTreeSet<_>>().len();
        match (1..=MOST).contains(&things.len()) && distinct == things.len() && count >= things.len() as u64 {
            true => Ok(vec![DisposalEvent::Proposed { kind, before, count, things }]),
            false => Err(DisposalRefusal::Size),
        }
    }

    pub fn approve(&self, by: Option<UserId>) -> Decision<Disposal> {
        if self.status == Some(DisposalStatus::Approved) {
            return Ok(vec![]);
        }
        self.must_be(DisposalStatus::Proposed, "approved")?;
        Ok(vec![DisposalEvent::Approved { by }])
    }

    pub fn refuse(&self, by: Option<UserId>, reason: Text<1000>) -> Decision<Disposal> {
        self.must_be(DisposalStatus::Proposed, "refused")?;
        Ok(vec![DisposalEvent::Refused { by, reason }])
    }

    /// What came of it. What was neither disposed of nor kept had gone by itself.
    pub fn carry_out(&self, disposed: u32, kept: Vec<Kept>) -> Decision<Disposal> {
        let (_, things) = self.approved()?;
        let named = kept.iter().all(|kept| things.contains(&kept.id));
        match named && disposed as usize + kept.len() <= things.len() {
            true => Ok(vec![DisposalEvent::CarriedOut { disposed, kept }]),
            false => Err(DisposalRefusal::Sum),
        }
    }

    fn must_be(&self, wanted: DisposalStatus, asked: &'static str) -> Result<&(Disposable, Vec<Uuid>), DisposalRefusal> {
        match (&self.proposed, self.status) {
            (Some(proposed), Some(status)) if status == wanted => Ok(proposed),
            (Some(_), Some(status)) => {
                Err(DisposalRefusal::WrongState { state: status.word(), asked, allowed: status.allowed() })
            }
            _ => Err(DisposalRefusal::Unknown),
        }
    }
}

/// What is from a day before this one has been kept for `days` whole days after its own.
pub fn due_before(today: NaiveDate, days: u32) -> NaiveDate {
    today.checked_sub_days(chrono::Days::new(days.into())).unwrap_or(NaiveDate::MIN)
}

/// What was refused before this instant may be proposed again: whoever refuses wants peace for a month, not for ever, which is what
/// legal holds are for.
pub fn proposed_again(now: Instant) -> Instant {
    now.checked_sub_days(chrono::Days::new(30)).unwrap_or(now)
}

#[cfg(test)]
#[path = "disposal_tests.rs"]
mod tests;
