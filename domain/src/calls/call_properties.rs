//! Random lives of calls, telephone systems and records in quarantine: no panic, no field beyond its limits, nothing unreadable, and
//! nothing said of what is gone.

use crate::aggregate::fold;
use crate::calls::call::*;
use crate::calls::cdr::{Field, KeyField};
use crate::calls::held_record::{HeldRaw, HeldRecord, HeldRecordEvent};
use crate::calls::source::{Source, SourceChanges, SourceDetails, SourceEvent};
use crate::calls::{AgentCard, LocalDay};
use crate::event::{decode, encode};
use crate::{Aggregate, Decision, Instant, LocationId, Personal, SourceId, Text, UserId};
use chrono::NaiveDate;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use rust_decimal::Decimal;
use uuid::Uuid;

fn read_back<E: serde::Serialize + serde::de::DeserializeOwned>(event: &E) -> E {
    let stored = encode(event).unwrap();
    decode(&stored.name, &stored.body).unwrap()
}

fn text<const MAX: usize>() -> impl Strategy<Value = Text<MAX>> {
    "[\\PC\n\t\"\\\\]{1,12}".prop_filter_map("blank", |words| Text::try_from(words).ok())
}

fn instant() -> impl Strategy<Value = Instant> {
    (0..2_000i64).prop_map(|n| Instant::from_timestamp_micros(1_709_391_600_000_000 + n * 499_999).unwrap())
}

fn day() -> impl Strategy<Value = NaiveDate> {
    (0..800u64).prop_map(|n| NaiveDate::default() + chrono::Days::new(n * 31))
}

fn leg() -> impl Strategy<Value = Leg> {
    let ids = (0..3u128, 0..6u128);
    let times = (instant(), option::of(instant()), option::of(instant()));
    let party = || {
        let kind = select(&[None, Some(PartyKind::Extension), Some(PartyKind::External), Some(PartyKind::Queue)][..]);
        (kind, option::of(text()), option::of(text())).prop_map(|(kind, dn, number)| Party {
            kind,
            dn,
            number: number.map(Personal::new),
            name: None,
        })
    };
    (ids, times, party(), party(), party(), option::of(text()), 0..28u8).prop_map(
        |((key, print), (started_at, answered_at, ended_at), from, to, last, why, filled)| Leg {
            key: Uuid::from_u128(key),
            // Another content has another print, whatever leg it is of.
            print: Uuid::from_u128(key * 100 + print),
            history_id: None,
            call_id: None,
            started_at,
            answered_at,
            ended_at,
            stated_seconds: None,
            from,
            to,
            last,
            dialled: None,
            reason_terminated: why.clone(),
            reason_changed: why,
            bill: Billing::default(),
            chain: None,
            polled: vec![],
            filled,
        },
    )
}

fn facts_of(legs: &mut dyn Iterator<Item = &Leg>, known: bool) -> Option<CallFacts> {
    use crate::calls::cdr::legs::{Setting, facts};
    let who = |_: &Text<64>, _: Instant| {
        known.then(|| AgentCard {
            user: UserId(Uuid::from_u128(7)),
            email: Personal::new("a@example.com".try_into().unwrap()),
            name: Personal::new("A".try_into().unwrap()),
            location: Some(LocationId(Uuid::from_u128(8))),
            location_name: None,
            team: None,
        })
    };
    let day_of = |at: Instant| LocalDay { day: at.date_naive(), hour: 0 };
    facts(legs, &Setting { who: &who, day_of: &day_of, location: None })
}

fn wrap_up() -> impl Strategy<Value = WrapUp> {
    let words = (option::of(select(CallType::ALL)), option::of(select(Outcome::ALL)), option::of(select(CallPriority::ALL)));
    let marks = (option::of(0..8u8), option::of(any::<u8>()), any::<bool>(), any::<bool>(), 0..100_000u32, 0..100_000u32);
    let more = (option::of(text()), option::of((option::of(day()), option::of(text()))), vec(text(), 0..4));
    (words, marks, more).prop_map(
        |((call_type, outcome, priority), (satisfaction, quality, first, complaint, after, hold), (mrn, appointment, tags))| {
            WrapUp {
                call_type,
                outcome,
                priority,
                customer_satisfaction_score: satisfaction,
                quality_score: quality,
                patient_mrn: mrn.map(Personal::new),
                appointment: appointment.map(|(date, kind)| Appointment { date, kind }),
                first_call_resolution: first,
                complaint,
                after_call_work_seconds: after,
                hold_seconds: hold,
                tags,
                ..WrapUp::default()
            }
        },
    )
}

/// Something asked of a call.
#[derive(Clone, Debug)]
enum Wish {
    Record(Box<Leg>),
    Attribute(bool),
    Complete(WrapUp),
    Amend(CallChanges),
    Categorize(Category),
    Attach(Text<1000>),
    Review(Option<u8>),
    RemoveRecording,
    Escalate(CallPriority),
    Plan(FollowUp),
    FollowUpDone,
    Hold,
    Release,
    Dispose,
}

fn wish() -> impl Strategy<Value = Wish> {
    let changes = (
        option::of(option::of(select(CallType::ALL))),
        option::of(option::of(0..9u8)),
        option::of(any::<bool>()),
        option::of(vec(text(), 0..3)),
    );
    let changes = changes.prop_map(|(call_type, satisfaction, complaint, tags)| CallChanges {
        call_type,
        customer_satisfaction_score: satisfaction,
        complaint,
        tags,
        ..CallChanges::default()
    });
    let category =
        (option::of(select(CallType::ALL)), vec(text(), 0..60), any::<i32>()).prop_map(|(call_type, tags, weight)| Category {
            formula: "call.categorizer@1".into(),
            call_type,
            outcome: None,
            priority: None,
            tags,
            evidence: Personal::new(vec![Evidence {
                speaks_for: "x".into(),
                found: "y".into(),
                weight: Decimal::new(weight.into(), 3),
            }]),
        });
    let follow_up = (select(FollowUpType::ALL), day(), option::of(text()));
    let follow_up = follow_up.prop_map(|(kind, date, notes)| FollowUp { kind, date, notes: notes.map(Personal::new) });
    prop_oneof![
        6 => leg().prop_map(|leg| Wish::Record(Box::new(leg))),
        1 => any::<bool>().prop_map(Wish::Attribute),
        2 => wrap_up().prop_map(Wish::Complete),
        2 => changes.prop_map(Wish::Amend),
        1 => category.prop_map(Wish::Categorize),
        1 => text().prop_map(Wish::Attach),
        1 => option::of(any::<u8>()).prop_map(Wish::Review),
        1 => Just(Wish::RemoveRecording),
        1 => select(CallPriority::ALL).prop_map(Wish::Escalate),
        1 => follow_up.prop_map(Wish::Plan),
        1 => Just(Wish::FollowUpDone),
        1 => Just(Wish::Hold),
        1 => Just(Wish::Release),
        1 => Just(Wish::Dispose),
    ]
}

fn why() -> Text<1000> {
    "because".try_into().unwrap()
}

fn of_call(call: &Call, wish: Wish) -> Decision<Call> {
    match wish {
        Wish::Record(leg) => {
            let raw = RawRecord { shape: RecordShape::Line, text: Personal::new("raw".into()) };
            call.record("C1".try_into().unwrap(), SourceId(Uuid::nil()), *leg, raw, |legs| facts_of(legs, false))
        }
        Wish::Attribute(known) => call.attribute(|legs| facts_of(legs, known)),
        Wish::Complete(wrap_up) => call.complete(wrap_up),
        Wish::Amend(changes) => call.amend(changes, why()),
        Wish::Categorize(category) => call.categorize(category),
        Wish::Attach(reference) => call.attach_recording(reference, Some(3)),
        Wish::Review(score) => call.review_recording("good".try_into().unwrap(), score),
        Wish::RemoveRecording => call.remove_recording(why()),
        Wish::Escalate(priority) => call.escalate(None, why(), priority),
        Wish::Plan(follow_up) => call.plan_follow_up(follow_up),
        Wish::FollowUpDone => call.follow_up_done(None),
        Wish::Hold => call.hold(why()),
        Wish::Release => call.release(why()),
        Wish::Dispose => call.dispose(why(), None),
    }
}

fn details() -> impl Strategy<Value = SourceDetails> {
    let zone = select(&["UTC", "America/Detroit", "Mars/Base", ""][..]);
    let fields =
        prop_oneof![Just(Field::ALL.to_vec()), subsequence(Field::ALL.to_vec(), 0..27), vec(select(&Field::ALL[..]), 0..5)];
    (text(), zone, fields, select(&[KeyField::CallId, KeyField::HistoryId][..])).prop_map(|(name, zone, fields, key)| {
        SourceDetails {
            name,
            timezone: zone.into(),
            fields,
            key,
            location: None,
            location_name: None,
            base_url: None,
            client_id: None,
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn whatever_is_asked_of_a_call_what_is_recorded_keeps_the_rules(wishes in vec(wish(), 1..40)) {
        let (mut call, mut events, mut held, mut gone, mut recorded) = (Call::default(), vec![], false, false, false);
        for wish in wishes {
            let said_before = call.said().ok().cloned();
            let decided = of_call(&call, wish);
            prop_assert_eq!(decided.as_ref().err() == Some(&CallRefusal::Unknown), decided.is_err() && call.facts().is_err());
            for event in decided.unwrap_or_default() {
                prop_assert!(!gone, "nothing happens to what is gone: {:?}", event);
                match &event {
                    CallEvent::Held { .. } => held = true,
                    CallEvent::HoldReleased { .. } => held = false,
                    CallEvent::Disposed { .. } => {
                        prop_assert!(!held);
                        gone = true;
                    }
                    CallEvent::RecordingRemoved { .. } => {
                        prop_assert!(!held);
                        recorded = false;
                    }
                    CallEvent::RecordingAttached { .. } => {
                        prop_assert!(!(held && recorded), "what must be kept is not replaced");
                        recorded = true;
                    }
                    CallEvent::Categorized { applied, .. } => {
                        let before = said_before.clone().unwrap();
                        prop_assert!(before.call_type.is_none() || applied.call_type.is_none(), "it has no say where a person spoke");
                    }
                    _ => {}
                }
                call.evolve(&event);
                prop_assert_eq!(&read_back(&event), &event);
                events.push(event);
            }
            if let Ok(said) = call.said() {
                prop_assert_eq!(said.check(), Ok(()));
            }
            let copies: usize = call.legs().count();
            prop_assert_eq!(call.facts().map_or(0, |facts| facts.legs as usize), copies);
        }
        prop_assert_eq!(fold::<Call>(&events), call);
    }

    #[test]
    fn any_history_of_a_call_folds(wishes in vec(wish(), 0..20), from in 0..20usize) {
        let mut call = Call::default();
        let mut events = vec![];
        for wish in wishes {
            for event in of_call(&call, wish).unwrap_or_default() {
                call.evolve(&event);
                events.push(event);
            }
        }
        // Also one that lacks its beginning or stands in another order.
        let turn = from.min(events.len().saturating_sub(1));
        events.rotate_left(turn);
        let odd: Call = fold(&events);
        let _ = (odd.allowed(), odd.facts().is_ok(), odd.complete(WrapUp::default()), odd.dispose(why(), None));
        let _: Call = fold(events.iter().skip(1));
    }

    #[test]
    fn a_source_can_always_be_read_by(first in details(), wishes in vec((0..5u8, details()), 0..8)) {
        let mut source = Source::default();
        for (wish, details) in [(0, first)].into_iter().chain(wishes) {
            let decided = match wish {
                0 => source.add(details),
                1 => source.remove(),
                2 => source.rotate_secret(),
                3 => source.hear(),
                _ => source.change(SourceChanges { even_so: true, timezone: Some(details.timezone), fields: Some(details.fields), key: Some(details.key), ..Default::default() }),
            };
            for event in decided.unwrap_or_default() {
                source.evolve(&event);
                prop_assert_eq!(&read_back::<SourceEvent>(&event), &event);
            }
            if let Ok(details) = source.details() {
                let layout = details.layout(SourceId(Uuid::nil()));
                prop_assert!(layout.fields.contains(&Field::TimeStart));
                prop_assert_eq!(layout.zone.name(), details.timezone.as_str());
            }
        }
    }

    #[test]
    fn a_record_in_quarantine_is_settled_once(wishes in vec((0..4u8, "\\PC{0,12}"), 0..12)) {
        let (mut held, mut settled, mut gone) = (HeldRecord::default(), 0, false);
        for (wish, words) in wishes {
            let decided = match wish {
                0 => held.hold(SourceId(Uuid::nil()), HeldRaw::Text(words), "ab".into(), "line".into(), "is odd".into()),
                1 => held.replay(crate::CallId(Uuid::nil()), vec![], Some(words)),
                2 => held.dismiss(why()),
                _ => held.dispose(why()),
            };
            for event in decided.unwrap_or_default() {
                prop_assert!(!gone, "nothing happens to what is gone: {:?}", event);
                gone = matches!(event, HeldRecordEvent::Disposed { .. });
                settled += usize::from(matches!(event, HeldRecordEvent::Replayed { .. } | HeldRecordEvent::Dismissed { .. }));
                held.evolve(&event);
                prop_assert_eq!(&read_back::<HeldRecordEvent>(&event), &event);
            }
        }
        prop_assert!(settled <= 1);
        prop_assert_eq!(held.waiting().is_ok(), held.is_known() && settled == 0 && !gone);
    }
}
