//! Random lives of agents and extensions: one holder at a time, no gap in who somebody was, and every event can be read back.

use super::agent::{Agent, AgentEvent, Profile};
use super::centre::{CallCentre, CallCentreChanges, CallCentreEvent, RetentionChanges};
use super::extension::{Extension, ExtensionEvent, Number};
use super::presence::{Presence, PresenceEvent, PresenceState, Reading};
use crate::aggregate::fold;
use crate::event::{decode, encode};
use crate::{Aggregate, Instant, LocationId, Personal, Text, UserId};
use chrono::{DateTime, NaiveDate};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use rust_decimal::Decimal;
use uuid::Uuid;

fn read_back<E: serde::Serialize + serde::de::DeserializeOwned>(event: &E) -> E {
    let stored = encode(event).unwrap();
    decode(&stored.name, &stored.body).unwrap()
}

fn text<const MAX: usize>() -> impl Strategy<Value = Text<MAX>> {
    "[\\PC\n\t\"\\\\]{1,12}".prop_filter_map("blank", |words| Text::try_from(words).ok())
}

fn user() -> impl Strategy<Value = UserId> {
    (0..3u128).prop_map(|n| UserId(Uuid::from_u128(n)))
}

fn instant() -> impl Strategy<Value = Instant> {
    (0..40_000_000_000i64).prop_map(|micros| DateTime::from_timestamp_micros(micros).unwrap())
}

fn number() -> Number {
    "101".try_into().unwrap()
}

fn profile() -> impl Strategy<Value = Profile> {
    let location = option::of((0..3u128).prop_map(|n| LocationId(Uuid::from_u128(n))));
    let team = option::of(select(&["morning", "evening"][..]).prop_map(|team| team.try_into().unwrap()));
    let hired = option::of((0..40_000i32).prop_map(|day| NaiveDate::from_num_days_from_ce_opt(700_000 + day).unwrap()));
    (text(), location, team, hired).prop_map(|(name, location, team, hired_on)| Profile {
        email: Personal::new("ada@example.com".try_into().unwrap()),
        name: Personal::new(name),
        location,
        location_name: None,
        team,
        extension: Some(number()),
        hired_on,
    })
}

#[derive(Clone, Debug)]
enum AskAgent {
    Enrol(Profile, Instant),
    Change(Profile, Instant),
    Certify(Text<255>, i32),
    Leave,
}

fn ask_agent() -> impl Strategy<Value = AskAgent> {
    prop_oneof![
        3 => (profile(), instant()).prop_map(|(profile, at)| AskAgent::Enrol(profile, at)),
        5 => (profile(), instant()).prop_map(|(profile, at)| AskAgent::Change(profile, at)),
        2 => (text(), 700_000..740_000i32).prop_map(|(name, day)| AskAgent::Certify(name, day)),
        1 => Just(AskAgent::Leave),
    ]
}

#[derive(Clone, Copy, Debug)]
enum AskExtension {
    Assign(UserId, Instant),
    Release(UserId, Instant),
}

fn ask_extension() -> impl Strategy<Value = AskExtension> {
    prop_oneof![
        (user(), instant()).prop_map(|(user, at)| AskExtension::Assign(user, at)),
        (user(), instant()).prop_map(|(user, at)| AskExtension::Release(user, at)),
    ]
}

fn readings() -> impl Strategy<Value = Reading> {
    let call = option::of(select(&["C1", "C2"][..]).prop_map(|key| key.try_into().unwrap()));
    let number = option::of(text().prop_map(Personal::new));
    (select(&PresenceState::ALL[..]), call, number, option::of(text()), instant())
        .prop_map(|(state, call_key, other_number, queue_name, at)| Reading { state, call_key, other_number, queue_name, at })
}

fn changes() -> impl Strategy<Value = CallCentreChanges> {
    let zone = option::of(select(&["UTC", "America/Detroit", "Mars/Base", ""][..]).prop_map(str::to_owned));
    let number = || option::of(prop_oneof![4 => 0..200u32, 1 => any::<u32>()]);
    let target = option::of((any::<i32>(), 0..5u32).prop_map(|(digits, scale)| Decimal::new(digits.into(), scale)));
    (zone, number(), target, number(), number(), any::<bool>()).prop_map(|(zone, seconds, target, quota, days, on)| {
        CallCentreChanges {
            reporting_timezone: zone,
            service_level_seconds: seconds,
            service_level_target: target,
            qa_quota_per_agent: quota,
            report_schedule: Some(on),
            retention: RetentionChanges { calls: days, ..Default::default() },
            ..Default::default()
        }
    })
}

proptest! {
    #[test]
    fn an_agent_has_always_been_somebody(asks in vec(ask_agent(), 1..20), when in instant()) {
        let (mut agent, mut history): (Agent, Vec<AgentEvent>) = Default::default();
        for ask in asks {
            let decided = match ask {
                AskAgent::Enrol(profile, at) => agent.enrol(UserId(Uuid::from_u128(1)), profile, at),
                AskAgent::Change(profile, from) => agent.change(profile, from),
                AskAgent::Certify(name, day) => agent.certify(name, NaiveDate::from_num_days_from_ce_opt(day).unwrap()),
                AskAgent::Leave => agent.leave(),
            };
            for event in decided.into_iter().flatten() {
                prop_assert_eq!(&read_back(&event), &event);
                agent.evolve(&event);
                history.push(event);
            }
            prop_assert_eq!(agent.card_at(when).is_some(), agent.profile().is_ok());
        }
        prop_assert_eq!(fold::<Agent>(&history), agent);
    }

    #[test]
    fn an_extension_has_one_holder_at_any_time(asks in vec(ask_extension(), 1..20), when in instant()) {
        let (mut extension, mut history): (Extension, Vec<ExtensionEvent>) = Default::default();
        for ask in asks {
            let before = extension.holder_at(when);
            let decided = match ask {
                AskExtension::Assign(user, from) => extension.assign(number(), user, from),
                AskExtension::Release(user, until) => extension.release(&number(), user, until),
            };
            for event in decided.into_iter().flatten() {
                prop_assert_eq!(&read_back(&event), &event);
                if let ExtensionEvent::Assigned { from: Some(since), .. } | ExtensionEvent::Released { until: since, .. } = &event
                    && *since > when
                {
                    extension.evolve(&event);
                    prop_assert_eq!(extension.holder_at(when), before, "what comes later changes nothing before");
                } else {
                    extension.evolve(&event);
                }
                history.push(event);
            }
        }
        prop_assert_eq!(fold::<Extension>(&history), extension);
    }

    #[test]
    fn settings_are_always_such_that_one_can_reckon_by_them(asks in vec(changes(), 1..10), when in instant()) {
        let (mut centre, mut history): (CallCentre, Vec<CallCentreEvent>) = Default::default();
        for ask in asks {
            for event in centre.configure(ask).into_iter().flatten() {
                prop_assert_eq!(&read_back(&event), &event);
                centre.evolve(&event);
                history.push(event);
            }
            prop_assert_eq!(centre.zone().name(), &centre.values().reporting_timezone);
            prop_assert!(centre.values().retention.calls > 0 && centre.values().service_level_seconds > 0);
            prop_assert!(centre.day_of(when).hour < 24);
        }
        prop_assert_eq!(fold::<CallCentre>(&history), centre);
    }

    #[test]
    fn a_telephone_never_goes_back_in_time(asks in vec(readings(), 1..20), now in instant()) {
        let (mut presence, mut history): (Presence, Vec<PresenceEvent>) = Default::default();
        for reading in asks {
            let before = presence.reading().map(|known| known.at);
            let decided = presence.note(number(), None, None, reading.clone(), now);
            let repeated = decided.is_ok() && before.is_none_or(|before| reading.at >= before);
            for event in decided.into_iter().flatten() {
                prop_assert_eq!(&read_back(&event), &event);
                presence.evolve(&event);
                history.push(event);
            }
            let known = presence.reading().map(|known| known.at);
            prop_assert!(known >= before, "what is known only gets newer");
            if repeated {
                prop_assert_eq!(presence.reading().map(|known| (known.state, &known.call_key)), Some((reading.state, &reading.call_key)));
                prop_assert_eq!(presence.note(number(), None, None, reading, now), Ok(vec![]), "the same again is no news");
            }
        }
        prop_assert_eq!(fold::<Presence>(&history), presence);
    }
}

#[path = "goal_properties.rs"]
mod goals;
#[path = "review_properties.rs"]
mod reviews;
#[path = "shift_properties.rs"]
mod shifts;
