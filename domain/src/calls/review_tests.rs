//! The rules of a review, one story each.

use super::*;
use crate::testing::{given, round_trips};
use uuid::Uuid;

const AGENT: UserId = UserId(Uuid::from_u128(7));
const BOSS: UserId = UserId(Uuid::from_u128(8));

fn agent() -> AgentCard {
    AgentCard {
        user: AGENT,
        email: Personal::new("ada@example.com".try_into().unwrap()),
        name: Personal::new("Ada Lovelace".try_into().unwrap()),
        location: None,
        location_name: None,
        team: None,
    }
}

fn reviewer(user: UserId) -> Reviewer {
    let email = Personal::new("boss@example.com".try_into().unwrap());
    Reviewer { user, email, name: Personal::new("Grace Hopper".try_into().unwrap()) }
}

fn day(day: &str) -> NaiveDate {
    day.parse().unwrap()
}

fn marks(clarity: u8) -> Marks {
    Marks { communication_clarity: Some(clarity), call_control: Some(3), ..Marks::default() }
}

fn content(marks: Marks) -> ReviewContent {
    ReviewContent { marks, ..ReviewContent::about(None, day("2026-01-15"), ReviewType::Random) }
}

fn drafted() -> ReviewEvent {
    ReviewEvent::Drafted { agent: agent(), reviewer: reviewer(BOSS), content: content(marks(4)) }
}

fn completed() -> Vec<ReviewEvent> {
    vec![drafted(), ReviewEvent::Completed { total: 7 }]
}

fn words() -> Text<5000> {
    "the line was bad".try_into().unwrap()
}

fn disputed() -> ReviewEvent {
    ReviewEvent::Disputed { reason: Personal::new(words()) }
}

#[test]
fn nobody_reviews_themselves_and_points_are_one_to_five() {
    let draft = |user, marks| Draft { agent: agent(), reviewer: reviewer(user), content: content(marks) };
    given::<Review>([]).when(|r| r.draft(draft(BOSS, marks(4)))).then([drafted()]);
    given::<Review>([]).when(|r| r.draft(draft(AGENT, marks(4)))).refused(ReviewRefusal::OwnWork);
    given([drafted()]).when(|r: &Review| r.draft(draft(BOSS, marks(4)))).refused(ReviewRefusal::AlreadyDrafted);
    let field = "marks.communicationClarity";
    given::<Review>([]).when(|r| r.draft(draft(BOSS, marks(6)))).refused(ReviewRefusal::PointsOutOfRange { field });
    let dated = ReviewContent { follow_up_date: Some(day("2026-02-01")), ..content(marks(4)) };
    given::<Review>([])
        .when(|r| r.draft(Draft { agent: agent(), reviewer: reviewer(BOSS), content: dated }))
        .refused(ReviewRefusal::FollowUp { field: "followUpDate" });
}

#[test]
fn a_draft_changes_until_it_is_completed() {
    let changes = || DraftChanges { marks: Some(Marks { call_control: Some(5), ..Marks::default() }), ..Default::default() };
    let changed = content(Marks { call_control: Some(5), ..marks(4) });
    given([drafted()]).when(|r: &Review| r.change(changes())).then([ReviewEvent::Changed { content: changed }]);
    given([drafted()]).when(|r: &Review| r.change(DraftChanges::default())).then([]);
    given([drafted()]).when(|r: &Review| r.complete()).then([ReviewEvent::Completed { total: 7 }]);
    given(completed()).when(|r: &Review| r.change(changes())).refused(ReviewRefusal::InState { state: ReviewStatus::Completed });
    let empty = ReviewEvent::Drafted { agent: agent(), reviewer: reviewer(BOSS), content: content(Marks::default()) };
    given([empty]).when(|r: &Review| r.complete()).refused(ReviewRefusal::NoPoints);
    given::<Review>([]).when(|r| r.complete()).refused(ReviewRefusal::Unknown);
}

#[test]
fn it_is_discussed_once_and_the_agent_alone_takes_note_of_it() {
    let discussed = ReviewEvent::Discussed { on: day("2026-01-16"), notes: None };
    given([drafted()])
        .when(|r: &Review| r.discuss(day("2026-01-16"), None))
        .refused(ReviewRefusal::InState { state: ReviewStatus::Draft });
    given(completed()).when(|r: &Review| r.discuss(day("2026-01-16"), None)).then([discussed.clone()]);
    let acknowledged = ReviewEvent::Acknowledged { comment: None };
    let history: Vec<_> = completed().into_iter().chain([discussed]).collect();
    given(history.clone()).when(|r: &Review| r.acknowledge(Some(AGENT), None)).then([acknowledged.clone()]);
    given(history.clone()).when(|r: &Review| r.acknowledge(Some(BOSS), None)).refused(ReviewRefusal::NotTheirs);
    given(history.clone()).when(|r: &Review| r.acknowledge(None, None)).refused(ReviewRefusal::NotTheirs);
    given(history.into_iter().chain([acknowledged])).when(|r: &Review| r.acknowledge(Some(AGENT), None)).then([]);
}

#[test]
fn a_dispute_ends_with_other_points_or_the_same_ones_and_leads_back() {
    let history: Vec<_> = completed().into_iter().chain([disputed()]).collect();
    given(completed()).when(|r: &Review| r.dispute(Some(AGENT), words())).then([disputed()]);
    given(completed()).when(|r: &Review| r.dispute(Some(BOSS), words())).refused(ReviewRefusal::NotTheirs);
    given(history.clone())
        .when(|r: &Review| r.dispute(Some(AGENT), words()))
        .refused(ReviewRefusal::InState { state: ReviewStatus::Disputed });
    let upheld = ReviewEvent::Upheld { reason: Personal::new(words()) };
    given(history.clone()).when(|r: &Review| r.resolve(Some(BOSS), None, words())).then([upheld.clone()]);
    given(history.clone()).when(|r: &Review| r.resolve(Some(BOSS), Some(&marks(4)), words())).then([upheld]);
    given(history.clone()).when(|r: &Review| r.resolve(Some(AGENT), None, words())).refused(ReviewRefusal::OwnDispute);
    let corrected = ReviewEvent::Corrected { marks: marks(5), was: marks(4), total: 8, reason: Personal::new(words()) };
    given(history.clone()).when(|r: &Review| r.resolve(Some(BOSS), Some(&marks(5)), words())).then([corrected.clone()]);
    let review: Review = crate::aggregate::fold(&history.into_iter().chain([corrected]).collect::<Vec<_>>());
    assert_eq!(review.status(), ReviewStatus::Completed);
    assert_eq!(review.known().unwrap().1.marks, marks(5));
}

#[test]
fn events_survive_storage() {
    round_trips("review.drafted", drafted());
    round_trips("review.changed", ReviewEvent::Changed { content: content(marks(1)) });
    round_trips("review.completed", ReviewEvent::Completed { total: 7 });
    round_trips("review.disputed", disputed());
    let reason = Personal::new(words());
    round_trips("review.corrected", ReviewEvent::Corrected { marks: marks(5), was: marks(4), total: 8, reason });
}

#[test]
fn a_review_that_was_kept_long_enough_is_gone_for_good() {
    let why = || Text::<1000>::try_from("kept long enough").unwrap();
    let disposed = ReviewEvent::Disposed { reason: why() };
    given([drafted()]).when(|r: &Review| r.dispose(why())).then([disposed.clone()]);
    given(completed()).when(|r: &Review| r.dispose(why())).then([disposed.clone()]);
    given([drafted(), disposed.clone()]).when(|r: &Review| r.dispose(why())).refused(ReviewRefusal::Unknown);
    given([drafted(), disposed.clone()]).when(|r: &Review| r.complete()).refused(ReviewRefusal::Unknown);
    let draft = Draft { agent: agent(), reviewer: reviewer(BOSS), content: content(marks(4)) };
    given([drafted(), disposed.clone()]).when(|r: &Review| r.draft(draft)).refused(ReviewRefusal::AlreadyDrafted);
    round_trips("review.disposed", disposed);
}
