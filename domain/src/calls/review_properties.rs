//! Random lives of reviews: states move as they may, points stay from one to five, and every event can be read back.

use super::{read_back, text, user};
use crate::aggregate::fold;
use crate::calls::AgentCard;
use crate::calls::review::{Draft, DraftChanges, Marks, Review, ReviewContent, ReviewEvent, ReviewStatus, ReviewType, Reviewer};
use crate::{Aggregate, Decision, Personal, UserId};
use chrono::NaiveDate;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

fn marks() -> impl Strategy<Value = Marks> {
    let points = || option::of(prop_oneof![8 => 1..=5u8, 1 => any::<u8>()]);
    (points(), points(), points(), points()).prop_map(|(a, b, c, d)| Marks {
        greeting_professionalism: a,
        problem_resolution: b,
        call_control: c,
        closing_effectiveness: d,
        ..Marks::default()
    })
}

fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, 15).unwrap()
}

fn content() -> impl Strategy<Value = ReviewContent> {
    (marks(), option::of(text()), vec(text(), 0..3), any::<bool>()).prop_map(|(marks, strengths, items, again)| ReviewContent {
        marks,
        strengths_observed: strengths,
        action_items_required: items,
        follow_up_review_needed: again,
        follow_up_date: again.then(day),
        ..ReviewContent::about(None, day(), ReviewType::Targeted)
    })
}

fn changes() -> impl Strategy<Value = DraftChanges> {
    (option::of(marks()), option::of(option::of(text())), option::of(any::<bool>())).prop_map(|(marks, areas, again)| {
        DraftChanges {
            marks: marks.as_ref().map(Into::into),
            improvement_areas: areas,
            follow_up_review_needed: again,
            ..DraftChanges::default()
        }
    })
}

#[derive(Clone, Debug)]
enum Ask {
    Draft(UserId, UserId, Box<ReviewContent>),
    Change(Box<DraftChanges>),
    Complete,
    Discuss,
    Acknowledge(UserId),
    Dispute(UserId),
    Resolve(UserId, Option<Marks>),
    Dispose,
}

fn ask() -> impl Strategy<Value = Ask> {
    prop_oneof![
        3 => (user(), user(), content()).prop_map(|(agent, by, content)| Ask::Draft(agent, by, Box::new(content))),
        3 => changes().prop_map(|changes| Ask::Change(Box::new(changes))),
        3 => Just(Ask::Complete),
        2 => Just(Ask::Discuss),
        2 => user().prop_map(Ask::Acknowledge),
        4 => user().prop_map(Ask::Dispute),
        4 => (user(), option::of(marks())).prop_map(|(user, marks)| Ask::Resolve(user, marks)),
        1 => Just(Ask::Dispose),
    ]
}

fn decide(review: &Review, ask: Ask) -> Decision<Review> {
    let words = || "for a reason".try_into().unwrap();
    match ask {
        Ask::Draft(agent, by, content) => {
            let email = Personal::new("ada@example.com".try_into().unwrap());
            let name = Personal::new("Ada".try_into().unwrap());
            let reviewer = Reviewer { user: by, email: email.clone(), name: name.clone() };
            let agent = AgentCard { user: agent, email, name, location: None, location_name: None, team: None };
            review.draft(Draft { agent, reviewer, content: *content }, day())
        }
        Ask::Change(changes) => review.change(*changes, day()),
        Ask::Complete => review.complete(),
        Ask::Discuss => review.discuss(day(), None),
        Ask::Acknowledge(who) => review.acknowledge(Some(who), None),
        Ask::Dispute(who) => review.dispute(Some(who), words()),
        Ask::Resolve(who, marks) => review.resolve(Some(who), marks.as_ref().map(Into::into).as_ref(), words()),
        Ask::Dispose => review.dispose("kept long enough".try_into().unwrap()),
    }
}

/// The states an event may lead to from a state.
fn leads_to(from: ReviewStatus, event: &ReviewEvent) -> &'static [ReviewStatus] {
    use ReviewStatus::*;
    match (event, from) {
        (ReviewEvent::Drafted { .. } | ReviewEvent::Changed { .. }, Draft) => &[Draft],
        (ReviewEvent::Completed { .. }, Draft) => &[Completed],
        (ReviewEvent::Discussed { .. }, Completed) => &[DiscussedWithAgent],
        (ReviewEvent::Acknowledged { .. }, Completed) => &[Completed],
        (ReviewEvent::Acknowledged { .. }, DiscussedWithAgent) => &[DiscussedWithAgent],
        (ReviewEvent::Disputed { .. }, Completed | DiscussedWithAgent) => &[Disputed],
        (ReviewEvent::Corrected { .. } | ReviewEvent::Upheld { .. }, Disputed) => &[Completed, DiscussedWithAgent],
        (ReviewEvent::Disposed { .. }, _) => &[Draft],
        _ => &[],
    }
}

proptest! {
    #[test]
    fn a_review_moves_only_as_its_states_allow(asks in vec(ask(), 1..40)) {
        let (mut review, mut history): (Review, Vec<ReviewEvent>) = Default::default();
        for ask in asks {
            for event in decide(&review, ask).unwrap_or_default() {
                prop_assert_eq!(&read_back(&event), &event);
                let from = review.status();
                review.evolve(&event);
                prop_assert!(leads_to(from, &event).contains(&review.status()), "{:?} after {:?}", event, from);
                history.push(event);
            }
            if let Ok((agent, content)) = review.known() {
                prop_assert!(Some(agent.user) != review.reviewer());
                prop_assert!(content.marks.given().all(|(_, points)| (1..=5).contains(&points)));
                prop_assert!(content.marks.total() <= 40);
                prop_assert_eq!(content.follow_up_date.is_some(), content.follow_up_review_needed);
            }
        }
        prop_assert_eq!(fold::<Review>(&history), review);
    }
}
