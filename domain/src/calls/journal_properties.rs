//! Random lives of journals: whatever is asked in whatever order, the states hold and every event can be read back.

use super::tests::card;
use super::*;
use crate::aggregate::fold;
use crate::calls::call::FollowUpType;
use crate::event::{decode, encode};
use crate::{Decision, Text};
use chrono::{Days, NaiveDate};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use uuid::Uuid;

fn text<const MAX: usize>() -> impl Strategy<Value = Text<MAX>> {
    "[\\PC\n\t\"\\\\]{1,12}".prop_filter_map("blank", |words| Text::try_from(words).ok())
}

fn date() -> impl Strategy<Value = NaiveDate> {
    (0..40_000u64).prop_map(|days| NaiveDate::default() + Days::new(days))
}

fn kind() -> impl Strategy<Value = FollowUpType> {
    select(FollowUpType::ALL)
}

fn words() -> impl Strategy<Value = JournalWords> {
    (text(), option::of(text()), option::of(text()), option::of(text()), vec(text(), 0..3), option::of(text())).prop_map(
        |(call_summary, detailed_notes, patient_concern, resolution_provided, action_items, follow_up_notes)| JournalWords {
            call_summary,
            detailed_notes,
            patient_concern,
            resolution_provided,
            action_items,
            follow_up_notes,
        },
    )
}

fn marks() -> impl Strategy<Value = JournalMarks> {
    let followed = (any::<bool>(), option::of(kind()), option::of(date()));
    (followed, vec(text(), 0..3), vec(text(), 0..3), any::<bool>(), option::of(text())).prop_map(
        |((follow_up_required, follow_up_type, follow_up_date), call_tags, department_involved, referral_made, referral_type)| {
            JournalMarks {
                follow_up_required,
                follow_up_type,
                follow_up_date,
                call_tags,
                department_involved,
                referral_made,
                referral_type,
            }
        },
    )
}

fn changes() -> impl Strategy<Value = JournalChanges> {
    let words =
        (option::of(text()), option::of(option::of(text())), option::of(vec(text(), 0..3)), option::of(option::of(text())));
    let marks = (option::of(any::<bool>()), option::of(option::of(kind())), option::of(option::of(date())));
    let rest = (option::of(vec(text(), 0..3)), option::of(any::<bool>()), option::of(option::of(text())));
    (words, marks, rest).prop_map(|(words, marks, rest)| JournalChanges {
        words: WordChanges {
            call_summary: words.0,
            detailed_notes: words.1,
            action_items: words.2,
            follow_up_notes: words.3,
            ..WordChanges::default()
        },
        marks: MarkChanges {
            follow_up_required: marks.0,
            follow_up_type: marks.1,
            follow_up_date: marks.2,
            call_tags: rest.0,
            referral_made: rest.1,
            referral_type: rest.2,
            ..MarkChanges::default()
        },
    })
}

fn remarks() -> impl Strategy<Value = Remarks> {
    (1..=100i64, option::of(text()), vec(text(), 0..3), any::<bool>()).prop_map(
        |(points, notes, training_opportunities, commendation_worthy)| Remarks {
            score: points.try_into().unwrap(),
            coaching_notes: notes.map(Personal::new),
            training_opportunities,
            commendation_worthy,
            improvement_areas: vec![],
        },
    )
}

fn reviewer() -> impl Strategy<Value = Reviewer> {
    (option::of(any::<u128>()), option::of(text())).prop_map(|(user, name)| Reviewer {
        user: user.map(|id| UserId(Uuid::from_u128(id))),
        email: None,
        name: name.map(Personal::new),
    })
}

/// Any event of a journal with any content, also such as no decision would give.
fn event() -> impl Strategy<Value = JournalEvent> {
    prop_oneof![
        (any::<u128>(), words(), marks()).prop_map(|(call, words, marks)| JournalEvent::Written {
            call: CallId(Uuid::from_u128(call)),
            agent: card(),
            words: Personal::new(words),
            marks
        }),
        changes().prop_map(|JournalChanges { words, marks }| JournalEvent::Changed {
            words: Some(Personal::new(words)),
            marks: Some(marks)
        }),
        Just(JournalEvent::Submitted {}),
        (reviewer(), remarks()).prop_map(|(by, remarks)| JournalEvent::Reviewed { by, remarks }),
        reviewer().prop_map(|by| JournalEvent::Approved { by }),
        (reviewer(), text()).prop_map(|(by, reason)| JournalEvent::Returned { by, reason: Personal::new(reason) }),
        "\\PC{0,12}".prop_map(|reason| JournalEvent::Disposed { reason }),
    ]
}

/// Something asked of a journal.
#[derive(Clone, Debug)]
enum Asked {
    Write(JournalWords, JournalMarks, bool),
    Change(Box<JournalChanges>),
    Submit,
    Review(Remarks),
    Approve,
    GiveBack,
    Dispose,
}

fn asked() -> impl Strategy<Value = Asked> {
    prop_oneof![
        2 => (words(), marks(), any::<bool>()).prop_map(|(words, marks, submit)| Asked::Write(words, marks, submit)),
        4 => changes().prop_map(|changes| Asked::Change(Box::new(changes))),
        3 => Just(Asked::Submit),
        3 => remarks().prop_map(Asked::Review),
        2 => Just(Asked::Approve),
        2 => Just(Asked::GiveBack),
        1 => prop::bool::weighted(0.1).prop_map(|gone| if gone { Asked::Dispose } else { Asked::Submit }),
    ]
}

fn decide(journal: &Journal, asked: Asked) -> Decision<Journal> {
    let by = Reviewer::default();
    match asked {
        Asked::Write(words, marks, submit) => journal.write(CallId(Uuid::from_u128(1)), card(), words, marks, submit),
        Asked::Change(changes) => journal.change(*changes),
        Asked::Submit => journal.submit(),
        Asked::Review(remarks) => journal.review(by, remarks),
        Asked::Approve => journal.approve(by),
        Asked::GiveBack => journal.give_back(by, "once more".try_into().unwrap()),
        Asked::Dispose => journal.dispose("kept long enough".into()),
    }
}

/// Whether this may happen to a journal in this state, and where it leads.
fn leads_to(state: Option<JournalStatus>, event: &JournalEvent) -> Option<Option<JournalStatus>> {
    use JournalStatus::*;
    match (event, state) {
        (JournalEvent::Written { .. }, None) => Some(Some(Draft)),
        (JournalEvent::Changed { .. }, Some(Draft)) => Some(Some(Draft)),
        (JournalEvent::Submitted {}, Some(Draft)) => Some(Some(Submitted)),
        (JournalEvent::Reviewed { .. }, Some(Submitted | Reviewed)) => Some(Some(Reviewed)),
        (JournalEvent::Approved { .. }, Some(Reviewed)) => Some(Some(Approved)),
        (JournalEvent::Returned { .. }, Some(Submitted | Reviewed)) => Some(Some(Draft)),
        (JournalEvent::Disposed { .. }, Some(_)) => Some(None),
        _ => None,
    }
}

fn read_back(event: &JournalEvent) -> JournalEvent {
    let stored = encode(event).unwrap();
    decode(&stored.name, &stored.body).unwrap()
}

proptest! {
    #[test]
    fn a_journal_moves_only_as_its_states_allow(asks in vec(asked(), 0..30)) {
        let mut journal = Journal::default();
        let mut disposed = false;
        for ask in asks {
            for event in decide(&journal, ask).unwrap_or_default() {
                prop_assert!(!disposed, "nothing happens to what is no longer kept");
                let before = journal.content().is_ok().then(|| journal.status());
                let after = leads_to(before, &event);
                journal.evolve(&event);
                prop_assert_eq!(Some(journal.content().is_ok().then(|| journal.status())), after);
                disposed = matches!(event, JournalEvent::Disposed { .. });
                prop_assert_eq!(read_back(&event), event);
            }
            if let Ok((words, marks)) = journal.content() {
                let dated = marks.follow_up_date.is_some() || words.known().unwrap().follow_up_notes.is_some();
                prop_assert!(marks.follow_up_required || !dated);
                prop_assert!(marks.referral_made || marks.referral_type.is_none());
            }
        }
    }

    #[test]
    fn any_history_of_a_journal_folds_and_reads_back(events in vec(event(), 0..12), asks in vec(asked(), 0..4)) {
        let journal: Journal = fold(&events);
        for ask in asks {
            let _ = decide(&journal, ask);
        }
        for event in &events {
            prop_assert_eq!(&read_back(event), event);
        }
    }
}
