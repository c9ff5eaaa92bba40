//! Records in any order, any number of times, with copies that disagree, and garbage: the same facts, and never a panic.

use super::tests::{layout, reckoned};
use super::*;
use crate::calls::call::{Call, CallEvent, CallFacts, RawRecord, RecordShape};
use crate::event::{decode, encode};
use crate::{Aggregate, Instant};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value};

const START: i64 = 1_709_391_600;

/// The 27 values of a record of call `C1`, in the order of the fields.
fn record() -> impl Strategy<Value = Vec<String>> {
    const KINDS: [&str; 8] = ["Extension", "Line", "Queue", "VMail", "Ring Group", "IVR", "", "Toaster"];
    let party = (select(&KINDS[..]), select(&["101", "102", "103", "199", "10000", "800", "+15551230001", ""][..]));
    let times = (0..600i64, option::of(0..600i64), option::of(0..600i64));
    let why = (
        select(&["TerminatedBySrc", "TerminatedByDst", "NoAnswer", ""][..]),
        select(&["ReplacedDst", "Redirected", "NoAnswer", ""][..]),
    );
    let party = || party.clone();
    (0..4u8, times, party(), party(), party(), why, select(&["", "101;102", "104, 101", "x y"][..])).prop_map(
        |(history, (start, answer, end), from, to, last, why, polled)| {
            let clock = |s: i64| Instant::from_timestamp(START + s, 0).unwrap().format("%Y-%m-%dT%H:%M:%SZ").to_string();
            let answered = answer.map(|after| start + after);
            let ended = end.map(|after| answered.unwrap_or(start) + after);
            let mut values = vec![String::new(); 27];
            let mut set = |field: Field, text: &str| values[field.place()] = text.to_owned();
            set(Field::HistoryId, &history.to_string());
            set(Field::CallId, "C1");
            set(Field::TimeStart, &clock(start));
            set(Field::TimeAnswered, &answered.map(clock).unwrap_or_default());
            set(Field::TimeEnd, &ended.map(clock).unwrap_or_default());
            set(Field::ReasonTerminated, why.0);
            set(Field::ReasonChanged, why.1);
            for (party, [kind, dn, number]) in [
                (from, [Field::FromType, Field::FromDn, Field::FromNo]),
                (to, [Field::ToType, Field::ToDn, Field::ToNo]),
                (last, [Field::FinalType, Field::FinalDn, Field::FinalNumber]),
            ] {
                set(kind, party.0);
                set(dn, party.1);
                set(number, party.1);
            }
            set(Field::MissedQueueCalls, polled);
            values
        },
    )
}

/// Records of one call as they are, earlier copies of some that do not know the end or a reason yet, and an order in which all of
/// them come in, some more than once.
fn deliveries() -> impl Strategy<Value = (Vec<Vec<String>>, Vec<usize>)> {
    let copies = vec((record(), any::<bool>(), any::<bool>()), 1..7).prop_map(|copies| {
        let mut records = vec![];
        for (values, early, unexplained) in copies {
            let mut without = |fields: [Field; 2]| {
                let mut copy = values.clone();
                fields.iter().for_each(|field| copy[field.place()].clear());
                records.push(copy);
            };
            if early {
                without([Field::TimeAnswered, Field::TimeEnd]);
            }
            if unexplained {
                without([Field::ReasonTerminated, Field::FinalType]);
            }
            records.push(values);
        }
        records
    });
    copies.prop_flat_map(|records| {
        let n = records.len();
        let order = vec(0..n, 0..8).prop_map(move |again| again.into_iter().chain(0..n).collect::<Vec<_>>());
        (Just(records), order.prop_shuffle())
    })
}

fn line(values: &[String]) -> String {
    values.iter().map(|value| format!("\"{}\"", value.replace('"', "\"\""))).collect::<Vec<_>>().join(",")
}

fn object(values: &[String]) -> String {
    let fields = Field::ALL.iter().zip(values).map(|(field, value)| (field.word().replace('-', "_"), Value::from(value.clone())));
    Value::Object(fields.collect::<Map<_, _>>()).to_string()
}

/// What the call is after these records came in one by one.
fn recorded(records: &[&Vec<String>]) -> (Call, Vec<CallEvent>) {
    let (mut call, mut events) = (Call::default(), vec![]);
    for (n, values) in records.iter().enumerate() {
        let text = if n % 2 == 0 { line(values) } else { object(values) };
        let cdr = layout().line(&text).unwrap();
        let raw = RawRecord { shape: RecordShape::Line, text: Personal::new(text) };
        let reckon = |legs: &mut dyn Iterator<Item = &Leg>| Some(reckoned(&legs.cloned().collect::<Vec<_>>()));
        for event in call.record(cdr.call_key, layout().source, cdr.leg, raw, reckon).unwrap() {
            call.evolve(&event);
            events.push(event);
        }
    }
    (call, events)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_order_and_any_repetition_give_the_same_facts((records, order) in deliveries()) {
        let (call, events) = recorded(&records.iter().collect::<Vec<_>>());
        let (same, others) = recorded(&order.iter().map(|n| &records[*n]).collect::<Vec<_>>());
        prop_assert_eq!(same.facts(), call.facts());
        prop_assert_eq!(same.legs().collect::<Vec<_>>(), call.legs().collect::<Vec<_>>());
        prop_assert_eq!(others.len(), events.len());
        for event in &events {
            let stored = encode(event).unwrap();
            prop_assert_eq!(&decode::<CallEvent>(&stored.name, &stored.body).unwrap(), event);
        }
    }

    #[test]
    fn facts_hold_together(records in vec(record(), 1..6)) {
        let facts: CallFacts = recorded(&records.iter().collect::<Vec<_>>()).0.facts().unwrap().clone();
        prop_assert_eq!(facts.ring_seconds.is_some(), facts.answered_at.is_some());
        prop_assert_eq!(facts.talk_seconds.is_some(), facts.answered_at.and(facts.ended_at).is_some());
        prop_assert!(facts.ring_seconds.unwrap_or(0) >= 0 && facts.talk_seconds.unwrap_or(0) >= 0);
        let spoke = matches!(facts.status, crate::calls::call::CallStatus::Completed | crate::calls::call::CallStatus::Transferred);
        prop_assert_eq!(spoke, facts.answered_at.is_some());
        prop_assert!(facts.agent.is_none() || facts.extension.is_some());
        if let Some(agent) = &facts.agent {
            prop_assert!(facts.missed_by.iter().all(|card| card.user != agent.user));
        }
    }

    #[test]
    fn a_line_and_an_object_are_the_same_record(values in record()) {
        prop_assert_eq!(layout().line(&line(&values)), layout().json(&object(&values)));
    }

    #[test]
    fn garbage_is_refused_and_never_a_panic(text in "\\PC{0,80}|[\",;\\\\0-9:/\\- \\x00-\\x1f]{0,80}", at in 0..27usize, values in record()) {
        let _ = layout().line(&text);
        let _ = layout().json(&text);
        let mut values = values;
        values[at] = text;
        let _ = (layout().line(&line(&values)), layout().line(&values.join(",")), layout().json(&object(&values)));
    }
}
