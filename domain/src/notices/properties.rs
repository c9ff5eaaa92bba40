//! Random lives of endpoints: whatever was asked, one that is there is told of something, and every event is read back.

use crate::aggregate::fold;
use crate::event::{decode, encode};
use crate::notices::endpoint::{Endpoint, EndpointChanges, EndpointDetails, EndpointEvent, Standing, Target};
use crate::notices::kind::NoticeKind;
use crate::{Aggregate, Decision, Email, Link, Personal, Text};
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

fn target() -> impl Strategy<Value = Target> {
    prop_oneof![
        "https://[a-z]{1,8}\\.example/[a-z]{0,5}".prop_map(|url| Target::Webhook { url: Link::try_from(url).unwrap() }),
        "[a-z]{1,5}@[a-z]{1,5}\\.example".prop_map(|a| Target::Email { address: Personal::new(Email::try_from(a).unwrap()) }),
    ]
}

fn description() -> impl Strategy<Value = Option<Text<255>>> {
    option::of("[\\PC\n\"\\\\]{1,12}".prop_filter_map("blank", |words| Text::try_from(words).ok()))
}

fn details() -> impl Strategy<Value = EndpointDetails> {
    (target(), btree_set(select(&NoticeKind::ALL[..]), 0..5), description())
        .prop_map(|(target, kinds, description)| EndpointDetails { target, kinds, description })
}

fn changes() -> impl Strategy<Value = EndpointChanges> {
    let kinds = option::of(btree_set(select(&NoticeKind::ALL[..]), 0..5));
    (option::of(target()), kinds, option::of(description()), option::of(any::<bool>()))
        .prop_map(|(target, kinds, description, paused)| EndpointChanges { target, kinds, description, paused })
}

fn event() -> impl Strategy<Value = EndpointEvent> {
    prop_oneof![
        details().prop_map(|details| EndpointEvent::Added { details }),
        details().prop_map(|details| EndpointEvent::Changed { details }),
        Just(EndpointEvent::Paused {}),
        Just(EndpointEvent::Resumed {}),
        "\\PC{0,12}".prop_map(|reason| EndpointEvent::Disabled { reason }),
        Just(EndpointEvent::SecretRotated {}),
        Just(EndpointEvent::Removed {}),
    ]
}

/// Something asked of an endpoint.
#[derive(Clone, Debug)]
enum Asked {
    Add(EndpointDetails),
    Change(EndpointChanges),
    Disable,
    RotateSecret,
    Remove,
}

fn asked() -> impl Strategy<Value = Asked> {
    prop_oneof![
        3 => details().prop_map(Asked::Add),
        6 => changes().prop_map(Asked::Change),
        2 => Just(Asked::Disable),
        1 => Just(Asked::RotateSecret),
        1 => Just(Asked::Remove),
    ]
}

fn of_endpoint(endpoint: &Endpoint, asked: Asked) -> Decision<Endpoint> {
    match asked {
        Asked::Add(details) => endpoint.add(details),
        Asked::Change(changes) => endpoint.change(changes),
        Asked::Disable => endpoint.disable("gone".into()),
        Asked::RotateSecret => endpoint.rotate_secret(),
        Asked::Remove => endpoint.remove(),
    }
}

proptest! {
    #[test]
    fn one_that_is_there_is_told_of_something(asks in vec(asked(), 0..24)) {
        let mut endpoint = Endpoint::default();
        let mut removed = false;
        for ask in asks {
            for event in of_endpoint(&endpoint, ask).unwrap_or_default() {
                prop_assert!(!removed, "nothing happens to what was removed");
                if let EndpointEvent::Resumed {} = event {
                    prop_assert!(*endpoint.standing() != Standing::Active, "what was told all along is not resumed");
                }
                removed = matches!(event, EndpointEvent::Removed {});
                endpoint.evolve(&event);
            }
            prop_assert!(endpoint.details().is_err() || endpoint.details().is_ok_and(|details| !details.kinds.is_empty()));
        }
    }

    #[test]
    fn any_history_of_an_endpoint_folds_and_reads_back(events in vec(event(), 0..12), asks in vec(asked(), 0..4)) {
        let endpoint: Endpoint = fold(&events);
        for ask in asks {
            let _ = of_endpoint(&endpoint, ask);
        }
        for event in &events {
            let stored = encode(event).unwrap();
            prop_assert_eq!(&decode::<EndpointEvent>(&stored.name, &stored.body).unwrap(), event);
        }
    }
}
