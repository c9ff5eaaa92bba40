//! The rules of journals, one by one: what each state allows, and what is recorded when it is done.

use super::*;
use crate::calls::call::FollowUpType;
use crate::testing::given;
use uuid::Uuid;

pub(super) fn card() -> AgentCard {
    AgentCard {
        user: UserId(Uuid::from_u128(7)),
        email: Personal::new("ada@example.com".try_into().unwrap()),
        name: Personal::new("Ada".try_into().unwrap()),
        location: None,
        location_name: None,
        team: None,
    }
}

fn words(summary: &str) -> JournalWords {
    JournalWords {
        call_summary: summary.try_into().unwrap(),
        detailed_notes: None,
        patient_concern: None,
        resolution_provided: None,
        action_items: vec![],
        follow_up_notes: None,
    }
}

fn call() -> CallId {
    CallId(Uuid::from_u128(1))
}

fn written() -> JournalEvent {
    JournalEvent::Written { call: call(), agent: card(), words: Personal::new(words("rash")), marks: JournalMarks::default() }
}

fn by() -> Reviewer {
    Reviewer { user: Some(UserId(Uuid::from_u128(8))), ..Reviewer::default() }
}

fn remarks(points: i64) -> Remarks {
    Remarks {
        score: points.try_into().unwrap(),
        coaching_notes: None,
        training_opportunities: vec![],
        commendation_worthy: false,
        improvement_areas: vec![],
    }
}

fn reviewed(points: i64) -> JournalEvent {
    JournalEvent::Reviewed { by: by(), remarks: remarks(points) }
}

fn wrong(status: JournalStatus, asked: &'static str) -> JournalRefusal {
    JournalRefusal::WrongState { state: status.word(), asked, allowed: status.allowed() }
}

#[test]
fn a_journal_goes_from_draft_to_approved() {
    given::<Journal>([]).when(|j| j.write(call(), card(), words("rash"), JournalMarks::default(), false)).then([written()]);
    given::<Journal>([])
        .when(|j| j.write(call(), card(), words("rash"), JournalMarks::default(), true))
        .then([written(), JournalEvent::Submitted {}]);
    given([written()]).when(|j: &Journal| j.submit()).then([JournalEvent::Submitted {}]);
    let submitted = [written(), JournalEvent::Submitted {}];
    given(submitted.clone()).when(|j: &Journal| j.review(by(), remarks(80))).then([reviewed(80)]);
    let seen = [written(), JournalEvent::Submitted {}, reviewed(80)];
    given(seen.clone()).when(|j: &Journal| j.review(by(), remarks(80))).then([]);
    given(seen.clone()).when(|j: &Journal| j.review(by(), remarks(81))).then([reviewed(81)]);
    given(seen.clone()).when(|j: &Journal| j.approve(by())).then([JournalEvent::Approved { by: by() }]);
    let reason: Text<1000> = "no concern is named".try_into().unwrap();
    let returned = JournalEvent::Returned { by: by(), reason: Personal::new(reason.clone()) };
    given(submitted).when(|j: &Journal| j.give_back(by(), reason)).then([returned.clone()]);
    given(seen.into_iter().chain([returned])).when(|j: &Journal| j.submit()).then([JournalEvent::Submitted {}]);
}

#[test]
fn what_a_state_does_not_allow_is_refused_and_says_what_it_does() {
    let approved = || [written(), JournalEvent::Submitted {}, reviewed(80), JournalEvent::Approved { by: by() }];
    given([written()]).when(|j: &Journal| j.review(by(), remarks(1))).refused(wrong(JournalStatus::Draft, "reviewed"));
    given([written()]).when(|j: &Journal| j.approve(by())).refused(wrong(JournalStatus::Draft, "approved"));
    given([written(), JournalEvent::Submitted {}])
        .when(|j: &Journal| j.change(JournalChanges::default()))
        .refused(wrong(JournalStatus::Submitted, "changed"));
    given([written(), JournalEvent::Submitted {}])
        .when(|j: &Journal| j.approve(by()))
        .refused(wrong(JournalStatus::Submitted, "approved"));
    given(approved()).when(|j: &Journal| j.submit()).refused(wrong(JournalStatus::Approved, "submitted"));
    given(approved()).when(|j: &Journal| j.review(by(), remarks(2))).refused(wrong(JournalStatus::Approved, "reviewed"));
    given(approved())
        .when(|j: &Journal| j.give_back(by(), "no".try_into().unwrap()))
        .refused(wrong(JournalStatus::Approved, "returned"));
    given::<Journal>([]).when(|j| j.submit()).refused(JournalRefusal::Unknown);
    let gone = [written(), JournalEvent::Disposed { reason: "kept long enough".into() }];
    given(gone.clone()).when(|j: &Journal| j.submit()).refused(JournalRefusal::Unknown);
    given(gone)
        .when(|j: &Journal| j.write(call(), card(), words("again"), JournalMarks::default(), false))
        .refused(JournalRefusal::AlreadyWritten);
}

#[test]
fn only_what_is_different_is_recorded() {
    let changes = JournalChanges {
        words: WordChanges { call_summary: Some("rash".try_into().unwrap()), ..WordChanges::default() },
        marks: MarkChanges { referral_made: Some(false), ..MarkChanges::default() },
    };
    given([written()]).when(|j: &Journal| j.change(changes)).then([]);
    let date = chrono::NaiveDate::from_ymd_opt(2026, 3, 2).unwrap();
    let dated = MarkChanges { follow_up_date: Some(Some(date)), ..MarkChanges::default() };
    let recorded =
        JournalEvent::Changed { words: None, marks: Some(MarkChanges { follow_up_required: Some(true), ..dated.clone() }) };
    // Naming a date says that a follow-up is required, and taking that back takes the date along.
    let change = JournalChanges { marks: dated, ..JournalChanges::default() };
    given([written()]).when(|j: &Journal| j.change(change)).then([recorded.clone()]);
    let none = MarkChanges { follow_up_required: Some(false), ..MarkChanges::default() };
    let taken_back = MarkChanges { follow_up_date: Some(None), ..none.clone() };
    given([written(), recorded])
        .when(|j: &Journal| j.change(JournalChanges { marks: none, ..JournalChanges::default() }))
        .then([JournalEvent::Changed { words: None, marks: Some(taken_back) }]);
}

#[test]
fn a_follow_up_that_is_not_required_has_no_date_and_lists_have_an_end() {
    let marks = JournalMarks { follow_up_type: Some(FollowUpType::Billing), ..JournalMarks::default() };
    given::<Journal>([])
        .when(|j| j.write(call(), card(), words("a"), marks, false))
        .refused(JournalRefusal::NoFollowUp { field: "followUpType" });
    let marks = JournalMarks { referral_type: Some("cardiology".try_into().unwrap()), ..JournalMarks::default() };
    given::<Journal>([]).when(|j| j.write(call(), card(), words("a"), marks, false)).refused(JournalRefusal::NoReferral);
    let marks = JournalMarks { call_tags: vec!["tag".try_into().unwrap(); 51], ..JournalMarks::default() };
    given::<Journal>([])
        .when(|j| j.write(call(), card(), words("a"), marks, false))
        .refused(JournalRefusal::TooMany { field: "callTags", most: 50 });
    assert!(Score::try_from(0).is_err() && Score::try_from(101).is_err() && Score::try_from(100).is_ok());
}

#[test]
fn a_follow_up_is_on_a_day_that_every_table_can_hold() {
    let date = Some(chrono::NaiveDate::MAX);
    let marks = JournalMarks { follow_up_required: true, follow_up_date: date, ..JournalMarks::default() };
    let refused = JournalRefusal::Calendar(CalendarRefusal::Day { field: "followUpDate" });
    given::<Journal>([]).when(|j| j.write(call(), card(), words("rash"), marks, false)).refused(refused);
    let marks = MarkChanges { follow_up_date: Some(date), ..MarkChanges::default() };
    let changes = JournalChanges { marks, ..JournalChanges::default() };
    let refused = JournalRefusal::Calendar(CalendarRefusal::Day { field: "followUpDate" });
    given([written()]).when(|j: &Journal| j.change(changes)).refused(refused);
}
