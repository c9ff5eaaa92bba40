//! What the categoriser makes of words and facts, by examples and whatever the words are.

use super::*;
use crate::calls::LocalDay;
use crate::calls::call::Direction;
use crate::event::{decode, encode};
use chrono::NaiveDate;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

fn made_of(text: &str) -> (Option<CallType>, Option<Outcome>, Option<CallPriority>, Vec<String>) {
    let category = categorize_1([text], None);
    (category.call_type, category.outcome, category.priority, category.tags.iter().map(ToString::to_string).collect())
}

fn facts(status: CallStatus, transfer_count: u32, talk_seconds: i64) -> CallFacts {
    let day = NaiveDate::from_ymd_opt(2026, 3, 2).unwrap();
    CallFacts {
        rule: "call.legs@1".into(),
        direction: Direction::Inbound,
        status,
        queue_name: None,
        agent: None,
        extension: None,
        caller_number: None,
        caller_name: None,
        called_number: None,
        started_at: day.and_hms_opt(9, 0, 0).unwrap().and_utc(),
        answered_at: None,
        ended_at: None,
        local: LocalDay { day, hour: 9 },
        ring_seconds: None,
        talk_seconds: Some(talk_seconds),
        transfer_count,
        location: None,
        location_name: None,
        missed_by: vec![],
        missed_extensions: vec![],
        legs: 1,
    }
}

#[test]
fn golden_values() {
    use {CallPriority as P, CallType as T, Outcome as O};
    let tags = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>();
    let cases = [
        (
            "New patient, made an appointment for Tuesday",
            Some(T::Appointment),
            Some(O::AppointmentScheduled),
            None,
            tags(&["new_patient"]),
        ),
        (
            "Needs a refill; pharmacy is closed, will call back",
            Some(T::Prescription),
            Some(O::CallbackScheduled),
            None,
            tags(&[]),
        ),
        (
            "Paid the invoice twice, wants a refund. Explained how.",
            Some(T::Billing),
            Some(O::InformationProvided),
            None,
            tags(&["refund"]),
        ),
        ("Chest pain since noon, transferred to the nurse", None, Some(O::TransferRequired), Some(P::Urgent), tags(&[])),
        ("Asked for lab results, no hurry", Some(T::FollowUp), None, Some(P::Low), tags(&[])),
        (
            "Angry, complained that nobody called back. It gets worse.",
            Some(T::FollowUp),
            None,
            Some(P::High),
            tags(&["complaint"]),
        ),
        ("He can't breathe!", None, None, Some(P::Urgent), tags(&[])),
        ("Asked for the opening hours", Some(T::General), None, None, tags(&[])),
        ("", None, None, None, tags(&[])),
    ];
    for (text, call_type, outcome, priority, tags) in cases {
        assert_eq!(made_of(text), (call_type, outcome, priority, tags), "{text}");
    }
}

#[test]
fn what_is_denied_does_not_count() {
    assert_eq!(made_of("This is not urgent").2, Some(CallPriority::Low));
    assert_eq!(made_of("without any pain or fever, no bleeding").2, None);
    assert_eq!(made_of("no appointment").0, None);
    // Only what follows at once is taken back.
    assert_eq!(made_of("no, she wants an appointment").0, Some(CallType::Appointment));
}

#[test]
fn facts_speak_too_and_every_reason_is_kept() {
    let category = categorize_1(["question about parking"], Some(&facts(CallStatus::Transferred, 3, 1000)));
    assert_eq!((category.call_type, category.outcome), (Some(CallType::General), Some(Outcome::TransferRequired)));
    let tags: Vec<_> = category.tags.iter().map(|tag| tag.as_str()).collect();
    assert_eq!(tags, ["long_call", "passed_around"]);
    let found: Vec<_> = category.evidence.known().unwrap().iter().map(|e| (e.speaks_for.as_str(), e.found.as_str())).collect();
    assert_eq!(
        found,
        [
            ("type:general", "parking"),
            ("type:general", "question*"),
            ("outcome:transfer_required", "3 transfers"),
            ("tag:passed_around", "3 transfers"),
            ("tag:long_call", "1000 seconds of talk"),
        ]
    );
    assert!(categorize_1([], Some(&facts(CallStatus::Voicemail, 0, 10))).tags.iter().any(|tag| tag.as_str() == "voicemail"));
}

#[test]
fn no_rule_stands_twice_and_all_are_in_small_letters() {
    let mut seen = BTreeSet::new();
    for rule in RULES {
        assert!(seen.insert((rule.phrase, rule.speaks_for)), "{rule:?}");
        assert_eq!(words(rule.phrase.trim_end_matches('*')).join(" "), rule.phrase.trim_end_matches('*'), "{rule:?}");
        assert!(rule.weight > 0);
    }
}

/// A phrase of the rules or any word at all.
fn bit() -> impl Strategy<Value = String> {
    let phrases: Vec<String> = RULES.iter().map(|rule| rule.phrase.replace('*', "s")).collect();
    prop_oneof![3 => select(phrases), 1 => select(BEFORE).prop_map(str::to_owned), 2 => "\\PC{0,8}"]
}

proptest! {
    #[test]
    fn the_same_words_come_to_the_same_and_what_is_said_is_what_weighs_most(bits in vec(bit(), 0..20)) {
        let text = bits.join(" ");
        let category = categorize_1([text.as_str()], None);
        if text.is_ascii() {
            prop_assert_eq!(&category, &categorize_1([text.to_uppercase().as_str()], None));
        }
        let evidence = category.evidence.known().unwrap();
        let weight = |word: String| evidence.iter().filter(|e| e.speaks_for == word).map(|e| e.weight).sum::<Decimal>();
        let types: Vec<Decimal> = CallType::ALL.iter().map(|kind| weight(For::Type(*kind).word())).collect();
        let most = types.iter().copied().max().unwrap_or_default();
        match category.call_type {
            Some(kind) => prop_assert_eq!(weight(For::Type(kind).word()), most),
            None => prop_assert!(most < Decimal::TWO),
        }
        prop_assert_eq!(category.tags.is_empty(), !evidence.iter().any(|e| e.speaks_for.starts_with("tag:")));
        let stored = encode(&crate::calls::call::CallEvent::Categorized { category: category.clone(), applied: Default::default() }).unwrap();
        let read: crate::calls::call::CallEvent = decode(&stored.name, &stored.body).unwrap();
        let again = crate::calls::call::CallEvent::Categorized { category, applied: Default::default() };
        prop_assert_eq!(read, again);
    }

    #[test]
    fn it_does_not_matter_in_which_text_something_stands(mut texts in vec(bit(), 0..8)) {
        let one = categorize_1(texts.iter().map(String::as_str), None);
        texts.reverse();
        prop_assert_eq!(one, categorize_1(texts.iter().map(String::as_str), None));
    }
}
