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

const TODAY: &str = "2026-01-15";

fn words() -> Text<5000> {
    "the line was bad".try_into().unwrap()
}

fn disputed() -> ReviewEvent {
    ReviewEvent::Disputed { reason: Personal::new(words()) }
}

#[test]
fn nobody_reviews_themselves_and_points_are_one_to_five() {
    let draft = |user, marks| Draft { agent: agent(), reviewer: reviewer(user), content: content(marks) };
    given::<Review>([]).when(|r| r.draft(draft(BOSS, marks(4)), day(TODAY))).then([drafted()]);
    given::<Review>([]).when(|r| r.draft(draft(AGENT, marks(4)), day(TODAY))).refused(ReviewRefusal::OwnWork);
    given([drafted()]).when(|r: &Review| r.draft(draft(BOSS, marks(4)), day(TODAY))).refused(ReviewRefusal::AlreadyDrafted);
    let field = "marks.communicationClarity";
    given::<Review>([]).when(|r| r.draft(draft(BOSS, marks(6)), day(TODAY))).refused(ReviewRefusal::PointsOutOfRange { field });
    let dated = ReviewContent { follow_up_date: Some(day("2026-02-01")), ..content(marks(4)) };
    given::<Review>([])
        .when(|r| r.draft(Draft { agent: agent(), reviewer: reviewer(BOSS), content: dated }, day(TODAY)))
        .refused(ReviewRefusal::FollowUp { field: "followUpDate" });
}

#[test]
fn a_review_is_of_a_day_that_has_come_and_that_every_table_can_hold() {
    let of = |review: &str, follow_up: Option<&str>| ReviewContent {
        review_date: day(review),
        follow_up_review_needed: follow_up.is_some(),
        follow_up_date: follow_up.map(day),
        ..content(marks(4))
    };
    let draft = |content| Draft { agent: agent(), reviewer: reviewer(BOSS), content };
    let refused = |content, why| given::<Review>([]).when(|r| r.draft(draft(content), day(TODAY))).refused(why);
    let calendar = |field| ReviewRefusal::Calendar(CalendarRefusal::Day { field });
    refused(of("0000-01-01", None), calendar("reviewDate"));
    refused(of(TODAY, Some("+10000-01-01")), calendar("followUpDate"));
    refused(of("2026-01-17", None), ReviewRefusal::InFuture { field: "reviewDate" });
    let tomorrow = of("2026-01-16", Some("2026-03-01"));
    let drafted_tomorrow = ReviewEvent::Drafted { agent: agent(), reviewer: reviewer(BOSS), content: tomorrow.clone() };
    given::<Review>([]).when(|r| r.draft(draft(tomorrow), day(TODAY))).then([drafted_tomorrow]);
    let later = DraftChanges { review_date: Some(day("2026-01-17")), ..Default::default() };
    given([drafted()]).when(|r: &Review| r.change(later, day(TODAY))).refused(ReviewRefusal::InFuture { field: "reviewDate" });
    given(completed()).when(|r: &Review| r.discuss(NaiveDate::MIN, None)).refused(calendar("on"));
}

#[test]
fn a_draft_changes_until_it_is_completed() {
    let changes =
        || DraftChanges { marks: Some(MarkChanges { call_control: Some(Some(5)), ..Default::default() }), ..Default::default() };
    let changed = content(Marks { call_control: Some(5), ..marks(4) });
    given([drafted()]).when(|r: &Review| r.change(changes(), day(TODAY))).then([ReviewEvent::Changed { content: changed }]);
    given([drafted()]).when(|r: &Review| r.change(DraftChanges::default(), day(TODAY))).then([]);
    let cleared =
        DraftChanges { marks: Some(MarkChanges { call_control: Some(None), ..Default::default() }), ..Default::default() };
    let without = content(Marks { call_control: None, ..marks(4) });
    given([drafted()]).when(|r: &Review| r.change(cleared, day(TODAY))).then([ReviewEvent::Changed { content: without }]);
    given([drafted()]).when(|r: &Review| r.complete()).then([ReviewEvent::Completed { total: 7 }]);
    given(completed())
        .when(|r: &Review| r.change(changes(), day(TODAY)))
        .refused(ReviewRefusal::InState { state: ReviewStatus::Completed });
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
    given(history.clone()).when(|r: &Review| r.resolve(Some(BOSS), Some(&(&marks(4)).into()), words())).then([upheld]);
    given(history.clone()).when(|r: &Review| r.resolve(Some(AGENT), None, words())).refused(ReviewRefusal::OwnDispute);
    let corrected = ReviewEvent::Corrected { marks: marks(5), was: marks(4), total: 8, reason: Personal::new(words()) };
    given(history.clone()).when(|r: &Review| r.resolve(Some(BOSS), Some(&(&marks(5)).into()), words())).then([corrected.clone()]);
    let none = MarkChanges { communication_clarity: Some(None), call_control: Some(None), ..Default::default() };
    given(history.clone()).when(|r: &Review| r.resolve(Some(BOSS), Some(&none), words())).refused(ReviewRefusal::NothingLeft);
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
    given([drafted(), disposed.clone()]).when(|r: &Review| r.draft(draft, day(TODAY))).refused(ReviewRefusal::AlreadyDrafted);
    round_trips("review.disposed", disposed);
}
