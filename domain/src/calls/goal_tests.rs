//! The rules of a goal, one story each.

use super::*;
use crate::testing::{given, round_trips};
use rust_decimal::dec;

fn team() -> Subject {
    let location_name = "Wixom".try_into().unwrap();
    Subject::Team { location: LocationId(Uuid::from_u128(4)), location_name, team: Some("morning".try_into().unwrap()) }
}

fn day(day: &str) -> NaiveDate {
    day.parse().unwrap()
}

fn targets(calls: u32) -> Targets {
    Targets { calls_per_day: Some(calls.into()), quality_score: Some(dec!(82.5)), ..Targets::default() }
}

fn set() -> GoalEvent {
    GoalEvent::Set {
        subject: team(),
        period: Period::Monthly,
        from: day("2026-02-01"),
        until: day("2026-02-28"),
        targets: targets(40),
        plan: Plan::default(),
        by: None,
    }
}

fn reason() -> Text<1000> {
    "two of them are ill".try_into().unwrap()
}

fn asked(goal: &Goal, from: &str, targets: Targets) -> Decision<Goal> {
    goal.set(team(), Period::Monthly, day(from), targets, Plan::default(), None)
}

#[test]
fn there_is_one_goal_for_somebody_and_a_period() {
    given::<Goal>([]).when(|g| asked(g, "2026-02-01", targets(40))).then([set()]);
    given([set()]).when(|g: &Goal| asked(g, "2026-02-01", targets(40))).refused(GoalRefusal::AlreadySet);
    given::<Goal>([])
        .when(|g| asked(g, "2026-02-02", targets(40)))
        .refused(GoalRefusal::NotTheFirstDay { period: Period::Monthly });
    given::<Goal>([]).when(|g| asked(g, "2026-02-01", Targets::default())).refused(GoalRefusal::NoTarget);
    let tenant = TenantId(Uuid::from_u128(1));
    let id = |subject: &Subject, period| Goal::id(tenant, subject, period, day("2026-02-01"));
    let Subject::Team { location, location_name, .. } = team() else { panic!("a team") };
    let whole = Subject::Team { location, location_name, team: None };
    assert_ne!(id(&team(), Period::Monthly), id(&whole, Period::Monthly));
    assert_ne!(id(&team(), Period::Monthly), id(&team(), Period::Daily));
}

#[test]
fn targets_are_revised_for_a_reason_until_the_goal_is_settled() {
    let revised = GoalEvent::Revised { targets: targets(30), was: targets(40), reason: reason() };
    given([set()]).when(|g: &Goal| g.revise(targets(30), reason())).then([revised.clone()]);
    given([set()]).when(|g: &Goal| g.revise(targets(40), reason())).then([]);
    given([set(), GoalEvent::Completed { note: None }])
        .when(|g: &Goal| g.revise(targets(30), reason()))
        .refused(GoalRefusal::InState { state: GoalStatus::Completed });
    let paused = [set(), GoalEvent::Paused { reason: None }, revised];
    given(paused.clone()).when(|g: &Goal| g.resume()).then([GoalEvent::Resumed {}]);
    let resumed: Vec<_> = paused.into_iter().chain([GoalEvent::Resumed {}]).collect();
    assert_eq!(crate::aggregate::fold::<Goal>(&resumed).status(), GoalStatus::Revised);
}

#[test]
fn a_pause_ends_and_a_settled_goal_stays_settled() {
    given([set()]).when(|g: &Goal| g.pause(None)).then([GoalEvent::Paused { reason: None }]);
    given([set(), GoalEvent::Paused { reason: None }]).when(|g: &Goal| g.pause(None)).then([]);
    given([set()]).when(|g: &Goal| g.resume()).then([]);
    let done = GoalEvent::Completed { note: None };
    given([set()]).when(|g: &Goal| g.complete(None)).then([done.clone()]);
    given([set(), done.clone()]).when(|g: &Goal| g.complete(None)).then([]);
    given([set(), done]).when(|g: &Goal| g.pause(None)).refused(GoalRefusal::InState { state: GoalStatus::Completed });
    given::<Goal>([]).when(|g| g.pause(None)).refused(GoalRefusal::Unknown);
}

#[test]
fn a_plan_changes_by_what_is_named() {
    let focus = PlanChanges { coaching_focus: Some(Some("listening".try_into().unwrap())), ..Default::default() };
    let plan = Plan { coaching_focus: Some("listening".try_into().unwrap()), ..Plan::default() };
    given([set()]).when(|g: &Goal| g.change(focus)).then([GoalEvent::Changed { plan: plan.clone() }]);
    let cleared = PlanChanges { coaching_focus: Some(None), ..Default::default() };
    given([set(), GoalEvent::Changed { plan }])
        .when(|g: &Goal| g.change(cleared))
        .then([GoalEvent::Changed { plan: Plan::default() }]);
    given([set()]).when(|g: &Goal| g.change(PlanChanges::default())).then([]);
}

#[test]
fn events_survive_storage() {
    round_trips("goal.set", set());
    round_trips("goal.revised", GoalEvent::Revised { targets: targets(1), was: targets(2), reason: reason() });
    round_trips("goal.paused", GoalEvent::Paused { reason: Some(reason()) });
    round_trips("goal.reviewed", GoalEvent::Reviewed { note: None, by: Some(UserId(Uuid::from_u128(9))) });
}

#[test]
fn a_goal_is_reached_once_and_only_if_all_targets_are() {
    let reached = GoalEvent::Reached { met: 2, set: 2 };
    given([set()]).when(|g: &Goal| g.reach(2, 2)).then([reached.clone()]);
    given([set(), reached.clone()]).when(|g: &Goal| g.reach(2, 2)).then([]);
    for (met, of) in [(1, 2), (1, 1), (3, 3)] {
        given([set()])
            .when(|g: &Goal| g.reach(met, of))
            .refused(GoalRefusal::OutOfRange { field: "met", rule: "must be as many as there are targets" });
    }
    let paused = GoalEvent::Paused { reason: None };
    given([set(), paused]).when(|g: &Goal| g.reach(2, 2)).refused(GoalRefusal::InState { state: GoalStatus::Paused });
    round_trips("goal.reached", reached);
}

#[test]
fn a_goal_that_was_kept_long_enough_is_gone() {
    let disposed = GoalEvent::Disposed { reason: reason() };
    given([set()]).when(|g: &Goal| g.dispose(reason())).then([disposed.clone()]);
    given([set(), disposed.clone()]).when(|g: &Goal| g.dispose(reason())).refused(GoalRefusal::Unknown);
    given([set(), disposed.clone()]).when(|g: &Goal| g.reach(2, 2)).refused(GoalRefusal::Unknown);
    round_trips("goal.disposed", disposed);
}
