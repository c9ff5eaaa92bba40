//! Who looked at which calls, journals and recordings: looking is put on record as changing is (B.R4).
//!
//! A stream of its own for each person and hour, so that a look at a call does not change the call and no stream grows for ever.

use crate::{Aggregate, Decision, Instant, Kind, Refusal, TenantId, Text, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The most things that one event names: a page has at most a hundred, and what is put on record together must stay a small event.
pub const MOST: usize = 1_000;

/// What happens when somebody looks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum AccessEvent {
    /// They were shown these.
    #[serde(rename = "access.noted")]
    Noted { user: UserId, entries: Vec<Look> },
}

/// One answer in which somebody was shown something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Look {
    pub what: Seen,
    /// The things that were in it, a recording by its call.
    pub ids: Vec<Uuid>,
    /// By which route of the interface.
    pub route: Text<255>,
    pub at: Instant,
}

/// What may be looked at that not everybody may look at unnoticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    Call,
    Journal,
    Recording,
}

impl Seen {
    pub const ALL: [Seen; 3] = [Seen::Call, Seen::Journal, Seen::Recording];

    /// The word under which it is stored and shown.
    pub fn word(self) -> &'static str {
        match self {
            Seen::Call => "call",
            Seen::Journal => "journal",
            Seen::Recording => "recording",
        }
    }
}

#[derive(Debug, thiserror::Error, PartialEq)]
pub enum AccessRefusal {
    #[error("entries must name from 1 to {MOST} things, and each entry at least one")]
    Size,
    #[error("entries must all lie in the hour of the first one")]
    OtherHour,
}

impl Refusal for AccessRefusal {
    fn code(&self) -> &'static str {
        match self {
            AccessRefusal::Size => "too_few_or_too_many",
            AccessRefusal::OtherHour => "other_hour",
        }
    }
    fn kind(&self) -> Kind {
        Kind::Invalid { field: "entries" }
    }
}

/// What one person looked at within an hour. Nothing that is decided here depends on what they looked at before.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Access {}

impl Aggregate for Access {
    const CATEGORY: &'static str = "access";
    type Event = AccessEvent;
    type Refusal = AccessRefusal;

    fn evolve(&mut self, _: &AccessEvent) {}
}

impl Access {
    /// The stream of a person and an hour of the clock (UTC).
    pub fn id(tenant: TenantId, user: UserId, at: Instant) -> Uuid {
        Uuid::new_v5(&tenant.0, format!("access\u{1f}{user}\u{1f}{}", hour(at)).as_bytes())
    }

    /// Puts on record what somebody was shown.
    pub fn note(&self, user: UserId, entries: Vec<Look>) -> Decision<Access> {
        let things: usize = entries.iter().map(|look| look.ids.len()).sum();
        if !(1..=MOST).contains(&things) || entries.iter().any(|look| look.ids.is_empty()) {
            return Err(AccessRefusal::Size);
        }
        let first = entries.first().map(|look| hour(look.at));
        match entries.iter().all(|look| Some(hour(look.at)) == first) {
            true => Ok(vec![AccessEvent::Noted { user, entries }]),
            false => Err(AccessRefusal::OtherHour),
        }
    }
}

/// Hours since 1970.
fn hour(at: Instant) -> i64 {
    at.timestamp().div_euclid(3_600)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{given, round_trips};
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    const USER: UserId = UserId(Uuid::from_u128(7));

    fn look(minute: u32, things: u128) -> Look {
        Look {
            what: Seen::Call,
            ids: (0..things).map(Uuid::from_u128).collect(),
            route: "GET /api/call-records".try_into().unwrap(),
            at: format!("2026-01-05T09:{minute:02}:00Z").parse().unwrap(),
        }
    }

    #[test]
    fn what_was_shown_is_on_record_hour_by_hour() {
        let noted = AccessEvent::Noted { user: USER, entries: vec![look(0, 2), look(59, 1)] };
        given([noted.clone()]).when(|a: &Access| a.note(USER, vec![look(0, 2), look(59, 1)])).then([noted.clone()]);
        let later = Look { at: "2026-01-05T10:00:00Z".parse().unwrap(), ..look(0, 1) };
        given::<Access>([]).when(|a| a.note(USER, vec![look(59, 1), later.clone()])).refused(AccessRefusal::OtherHour);
        for bad in [vec![], vec![look(1, 1), look(2, 0)], vec![look(1, 500), look(2, 501)]] {
            given::<Access>([]).when(|a| a.note(USER, bad)).refused(AccessRefusal::Size);
        }
        let tenant = TenantId(Uuid::from_u128(1));
        let id = |at: Instant| Access::id(tenant, USER, at);
        assert_eq!(id(look(0, 1).at), id(look(59, 1).at));
        assert_ne!(id(look(0, 1).at), id(later.at));
        assert_ne!(id(later.at), Access::id(tenant, UserId(Uuid::from_u128(8)), later.at));
        assert_ne!(id(later.at), Access::id(TenantId(Uuid::from_u128(2)), USER, later.at));
        round_trips("access.noted", noted);
    }

    fn any_look() -> impl Strategy<Value = Look> {
        let ids = vec((0..9u128).prop_map(Uuid::from_u128), 0..400);
        let at = (-90_000_000_000i64..90_000_000_000).prop_map(|micros| Instant::from_timestamp_micros(micros).unwrap());
        (select(&Seen::ALL[..]), ids, "[\\PC\"\\\\]{1,20}", at)
            .prop_filter_map("blank", |(what, ids, route, at)| Some(Look { what, ids, route: route.try_into().ok()?, at }))
    }

    proptest! {
        #[test]
        fn whatever_is_noted_is_small_names_something_and_can_be_read_back(entries in vec(any_look(), 0..5)) {
            let Ok(events) = Access::default().note(USER, entries.clone()) else { return Ok(()) };
            let [AccessEvent::Noted { entries: noted, .. }] = &events[..] else { panic!("{events:?}") };
            prop_assert_eq!(noted, &entries);
            let tenant = TenantId(Uuid::from_u128(1));
            let streams: std::collections::BTreeSet<_> = noted.iter().map(|look| Access::id(tenant, USER, look.at)).collect();
            prop_assert_eq!(streams.len(), 1);
            prop_assert!(noted.iter().all(|look| !look.ids.is_empty()));
            prop_assert!(noted.iter().map(|look| look.ids.len()).sum::<usize>() <= MOST);
            let stored = crate::event::encode(&events[0]).unwrap();
            prop_assert_eq!(&crate::event::decode::<AccessEvent>(&stored.name, &stored.body).unwrap(), &events[0]);
        }
    }
}
