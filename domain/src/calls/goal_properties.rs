//! Random lives of goals: states move as they may, there is always a target, and every event can be read back.

use super::{read_back, text, user};
use crate::aggregate::fold;
use crate::calls::goal::{Goal, GoalEvent, GoalStatus, Period, Plan, PlanChanges, Subject, Targets};
use crate::{Aggregate, Decision, LocationId, UserId};
use chrono::NaiveDate;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use rust_decimal::Decimal;
use uuid::Uuid;

fn targets() -> impl Strategy<Value = Targets> {
    let value = || option::of((-100..20_000i64, 0..4u32).prop_map(|(digits, scale)| Decimal::new(digits, scale)));
    (value(), value(), value()).prop_map(|(calls_per_day, customer_satisfaction, quality_score)| Targets {
        calls_per_day,
        customer_satisfaction,
        quality_score,
        ..Targets::default()
    })
}

fn changes() -> impl Strategy<Value = PlanChanges> {
    (option::of(vec(text(), 0..3)), option::of(option::of(text()))).prop_map(|(development_areas, coaching_focus)| PlanChanges {
        development_areas,
        coaching_focus,
        ..PlanChanges::default()
    })
}

fn subject() -> impl Strategy<Value = Subject> {
    (text(), option::of(text())).prop_map(|(location_name, team)| Subject::Team {
        location: LocationId(Uuid::from_u128(1)),
        location_name,
        team,
    })
}

#[derive(Clone, Debug)]
enum Ask {
    Set(Subject, Period, NaiveDate, Targets, Option<UserId>),
    Change(PlanChanges),
    Revise(Targets),
    Pause,
    Resume,
    Complete,
    Note,
    Reach(u32),
    Dispose,
}

fn ask() -> impl Strategy<Value = Ask> {
    let period = select(&[Period::Daily, Period::Weekly, Period::Monthly, Period::Quarterly][..]);
    let day = (-1000..4_000_000i32).prop_filter_map("off the calendar", NaiveDate::from_num_days_from_ce_opt);
    let day = prop_oneof![1 => day, 4 => Just(NaiveDate::from_ymd_opt(2026, 6, 1).unwrap())];
    prop_oneof![
        4 => (subject(), period, day, targets(), option::of(user()))
            .prop_map(|(subject, period, day, targets, by)| Ask::Set(subject, period, day, targets, by)),
        2 => changes().prop_map(Ask::Change),
        2 => targets().prop_map(Ask::Revise),
        2 => Just(Ask::Pause),
        2 => Just(Ask::Resume),
        1 => Just(Ask::Complete),
        1 => Just(Ask::Note),
        1 => (0..4u32).prop_map(Ask::Reach),
        1 => Just(Ask::Dispose),
    ]
}

fn decide(goal: &Goal, ask: Ask) -> Decision<Goal> {
    match ask {
        Ask::Set(subject, period, day, targets, by) => goal.set(subject, period, day, targets, Plan::default(), by),
        Ask::Change(changes) => goal.change(changes),
        Ask::Revise(targets) => goal.revise(targets, "for a reason".try_into().unwrap()),
        Ask::Pause => goal.pause(None),
        Ask::Resume => goal.resume(),
        Ask::Complete => goal.complete(None),
        Ask::Note => goal.note_review(None, None),
        Ask::Reach(met) => goal.reach(met, met),
        Ask::Dispose => goal.dispose("kept long enough".try_into().unwrap()),
    }
}

/// The states an event may lead to from a state.
fn leads_to(from: GoalStatus, event: &GoalEvent) -> &'static [GoalStatus] {
    use GoalStatus::*;
    match (event, from) {
        (GoalEvent::Set { .. }, Active) => &[Active],
        (GoalEvent::Revised { .. }, Active | Revised) => &[Revised],
        (GoalEvent::Revised { .. }, Paused) => &[Paused],
        (GoalEvent::Paused { .. }, Active | Revised) => &[Paused],
        (GoalEvent::Resumed {}, Paused) => &[Active, Revised],
        (GoalEvent::Completed { .. }, Active | Revised | Paused) => &[Completed],
        (GoalEvent::Reached { .. }, Active) => &[Active],
        (GoalEvent::Reached { .. }, Revised) => &[Revised],
        (GoalEvent::Disposed { .. }, _) => &[Active],
        (GoalEvent::Changed { .. } | GoalEvent::Reviewed { .. }, Active) => &[Active],
        (GoalEvent::Changed { .. } | GoalEvent::Reviewed { .. }, Revised) => &[Revised],
        (GoalEvent::Changed { .. } | GoalEvent::Reviewed { .. }, Paused) => &[Paused],
        (GoalEvent::Changed { .. } | GoalEvent::Reviewed { .. }, Completed) => &[Completed],
        _ => &[],
    }
}

proptest! {
    #[test]
    fn a_goal_moves_only_as_its_states_allow(asks in vec(ask(), 1..30)) {
        let (mut goal, mut history): (Goal, Vec<GoalEvent>) = Default::default();
        for ask in asks {
            for event in decide(&goal, ask).unwrap_or_default() {
                prop_assert_eq!(&read_back(&event), &event);
                let from = goal.status();
                goal.evolve(&event);
                prop_assert!(leads_to(from, &event).contains(&goal.status()), "{:?} after {:?}", event, from);
                history.push(event);
            }
            if goal.subject().is_ok() {
                prop_assert!(goal.targets().set().next().is_some());
                prop_assert!(goal.targets().set().all(|(_, value)| value > Decimal::ZERO));
            }
        }
        prop_assert_eq!(fold::<Goal>(&history), goal);
    }
}
