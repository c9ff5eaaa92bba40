//! Whose telephone a number of the house was, and when.

use crate::{Aggregate, Decision, Instant, Kind, Refusal, TenantId, Text, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The number of a telephone in the house, for example `101`.
pub type Number = Text<32>;

/// What happens to an extension.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ExtensionEvent {
    /// It is this person's from then on; without an instant, as long as anybody can remember.
    #[serde(rename = "extension.assigned")]
    Assigned { number: Number, user: UserId, from: Option<Instant> },
    /// It is nobody's from then on.
    #[serde(rename = "extension.released")]
    Released { user: UserId, until: Instant },
}

#[derive(Debug, thiserror::Error, PartialEq)]
pub enum ExtensionRefusal {
    #[error("extension {number} belongs to another agent")]
    TakenByAnother { number: Number },
    #[error("extension {number} changed hands after that (from)")]
    ChangedLater { number: Number },
}

impl Refusal for ExtensionRefusal {
    fn code(&self) -> &'static str {
        match self {
            ExtensionRefusal::TakenByAnother { .. } => "extension_taken",
            ExtensionRefusal::ChangedLater { .. } => "changed_later",
        }
    }
    fn kind(&self) -> Kind {
        match self {
            ExtensionRefusal::TakenByAnother { .. } => Kind::Taken { field: "extension" },
            ExtensionRefusal::ChangedLater { .. } => Kind::Invalid { field: "from" },
        }
    }
}

/// An extension: who held it from when on, oldest first. A record of a call may come late and is about who held it then.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Extension {
    holders: Vec<(Option<Instant>, Option<UserId>)>,
}

impl Aggregate for Extension {
    const CATEGORY: &'static str = "extension";
    type Event = ExtensionEvent;
    type Refusal = ExtensionRefusal;

    fn evolve(&mut self, event: &ExtensionEvent) {
        self.holders.push(match event {
            ExtensionEvent::Assigned { user, from, .. } => (*from, Some(*user)),
            ExtensionEvent::Released { until, .. } => (Some(*until), None),
        });
    }
}

impl Extension {
    /// The id of the stream of this number in this company.
    pub fn id(tenant: TenantId, number: &str) -> Uuid {
        Uuid::new_v5(&tenant.0, format!("extension\u{1f}{number}").as_bytes())
    }

    /// Whose it is now.
    pub fn holder(&self) -> Option<UserId> {
        self.holders.last().and_then(|(_, user)| *user)
    }

    /// Whose it was at an instant.
    pub fn holder_at(&self, at: Instant) -> Option<UserId> {
        self.holders.iter().rev().find(|(from, _)| from.is_none_or(|from| from <= at)).and_then(|(_, user)| *user)
    }

    /// Gives it to somebody. Its first holder has always had it, because a directory is usually written long after the telephones were.
    pub fn assign(&self, number: Number, user: UserId, from: Instant) -> Decision<Extension> {
        match self.holder() {
            Some(holder) if holder == user => Ok(vec![]),
            Some(_) => Err(ExtensionRefusal::TakenByAnother { number }),
            None if self.holders.is_empty() => Ok(vec![ExtensionEvent::Assigned { number, user, from: None }]),
            None => self.in_order(from, &number).map(|()| vec![ExtensionEvent::Assigned { number, user, from: Some(from) }]),
        }
    }

    /// Takes it from whoever has it.
    pub fn release(&self, number: &Number, user: UserId, until: Instant) -> Decision<Extension> {
        match self.holder() == Some(user) {
            true => self.in_order(until, number).map(|()| vec![ExtensionEvent::Released { user, until }]),
            false => Ok(vec![]),
        }
    }

    fn in_order(&self, at: Instant, number: &Number) -> Result<(), ExtensionRefusal> {
        let last = self.holders.last().and_then(|(from, _)| *from);
        match last.is_some_and(|last| at < last) {
            true => Err(ExtensionRefusal::ChangedLater { number: number.clone() }),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{given, round_trips};

    fn user(n: u128) -> UserId {
        UserId(Uuid::from_u128(n))
    }

    fn at(day: u32) -> Instant {
        format!("2026-01-{day:02}T00:00:00Z").parse().unwrap()
    }

    fn number() -> Number {
        "101".try_into().unwrap()
    }

    #[test]
    fn an_extension_is_one_persons_at_a_time() {
        let first = ExtensionEvent::Assigned { number: number(), user: user(1), from: None };
        let released = ExtensionEvent::Released { user: user(1), until: at(10) };
        let second = ExtensionEvent::Assigned { number: number(), user: user(2), from: Some(at(12)) };
        given::<Extension>([]).when(|e| e.assign(number(), user(1), at(3))).then([first.clone()]);
        given([first.clone()]).when(|e: &Extension| e.assign(number(), user(1), at(4))).then([]);
        given([first.clone()])
            .when(|e: &Extension| e.assign(number(), user(2), at(4)))
            .refused(ExtensionRefusal::TakenByAnother { number: number() });
        given([first.clone()]).when(|e: &Extension| e.release(&number(), user(1), at(10))).then([released.clone()]);
        let history = [first, released];
        given(history.clone()).when(|e: &Extension| e.assign(number(), user(2), at(12))).then([second.clone()]);
        given(history.clone())
            .when(|e: &Extension| e.assign(number(), user(2), at(9)))
            .refused(ExtensionRefusal::ChangedLater { number: number() });
        let held: Extension = crate::aggregate::fold(&[&history[..], std::slice::from_ref(&second)].concat());
        let holders = [at(1), at(9), at(10), at(11), at(12)].map(|at| held.holder_at(at));
        assert_eq!(holders, [Some(user(1)), Some(user(1)), None, None, Some(user(2))]);
        round_trips("extension.assigned", second);
    }
}
