//! The rules of a shift, one story each.

use super::*;
use crate::testing::{given, round_trips};
use crate::{Personal, aggregate::fold};

const DAY: &str = "2026-01-15";

fn at(time: &str) -> Instant {
    format!("{DAY}T{time}Z").parse().unwrap()
}

fn agent() -> AgentCard {
    AgentCard {
        user: UserId(Uuid::from_u128(7)),
        email: Personal::new("ada@example.com".try_into().unwrap()),
        name: Personal::new("Ada Lovelace".try_into().unwrap()),
        location: None,
        location_name: None,
        team: None,
    }
}

fn planned(day: &str, start: &str, end: &str) -> ShiftPlan {
    let (start, end) = (start.parse().unwrap(), end.parse().unwrap());
    let targets = ShiftTargets { calls: Some(40), ..Default::default() };
    Roster { day: day.parse().unwrap(), start, end, targets, notes: None }.plan(chrono_tz::UTC).unwrap()
}

/// From 08:00 to 16:00.
fn plan() -> ShiftPlan {
    planned(DAY, "08:00:00", "16:00:00")
}

fn scheduled() -> ShiftEvent {
    ShiftEvent::Scheduled { agent: agent(), plan: plan() }
}

fn started(time: &str, tardiness_minutes: i64) -> ShiftEvent {
    ShiftEvent::Started { at: at(time), tardiness_minutes }
}

fn worked(status: ShiftStatus, start: &str, end: &str, late: i64, early: i64, breaks: Breaks) -> Worked {
    let (started_at, ended_at) = (at(start), Some(at(end)));
    Worked { status, started_at, ended_at, breaks, tardiness_minutes: late, early_departure_minutes: early }
}

fn ended(worked: Worked) -> ShiftEvent {
    ShiftEvent::Ended { worked, reported: None, notes: None, reason: None }
}

fn reason() -> Text<1000> {
    "the clock had stopped".try_into().unwrap()
}

#[test]
fn there_is_one_shift_for_an_agent_and_a_day() {
    given::<Shift>([]).when(|s| s.schedule(agent(), plan(), &[])).then([scheduled()]);
    given([scheduled()]).when(|s: &Shift| s.schedule(agent(), plan(), &[])).then([]);
    given([scheduled()])
        .when(|s: &Shift| s.schedule(agent(), planned(DAY, "09:00:00", "17:00:00"), &[]))
        .refused(ShiftRefusal::AlreadyScheduled { day: DAY.parse().unwrap() });
    let later = planned(DAY, "09:00:00", "17:00:00");
    given([scheduled(), ShiftEvent::Withdrawn { reason: None }])
        .when(|s: &Shift| s.schedule(agent(), later.clone(), &[]))
        .then([ShiftEvent::Scheduled { agent: agent(), plan: later.clone() }]);
    given([scheduled()])
        .when(|s: &Shift| s.reschedule(later.clone(), &[]))
        .then([ShiftEvent::Rescheduled { plan: later.clone() }]);
    given([scheduled(), started("08:00:00", 0)])
        .when(|s: &Shift| s.reschedule(later, &[]))
        .refused(ShiftRefusal::InState { state: ShiftStatus::Active });
}

#[test]
fn nobody_is_at_two_shifts_at_once() {
    let night = ShiftEvent::Scheduled { agent: agent(), plan: planned("2026-01-14", "22:00:00", "08:30:00") };
    let (night, gone): (Shift, Shift) =
        (fold(std::slice::from_ref(&night)), fold(&[night, ShiftEvent::Withdrawn { reason: None }]));
    given::<Shift>([])
        .when(|s| s.schedule(agent(), plan(), &[&night]))
        .refused(ShiftRefusal::Overlapping { day: "2026-01-14".parse().unwrap() });
    given::<Shift>([]).when(|s| s.schedule(agent(), plan(), &[&gone])).then([scheduled()]);
    let after = planned(DAY, "08:30:00", "16:00:00");
    given::<Shift>([])
        .when(|s| s.schedule(agent(), after.clone(), &[&night]))
        .then([ShiftEvent::Scheduled { agent: agent(), plan: after }]);
}

#[test]
fn tardiness_is_whole_minutes_and_starts_with_the_first() {
    for (time, late) in [("07:30:00", 0), ("08:00:59", 0), ("08:01:00", 1), ("09:30:30", 90)] {
        given([scheduled()]).when(|s: &Shift| s.start(at(time), &[])).then([started(time, late)]);
    }
    let refused =
        |at: &str| given([scheduled()]).when(|s: &Shift| s.start(at.parse().unwrap(), &[])).refused(ShiftRefusal::NotNow);
    refused("2026-01-14T19:59:59Z");
    refused("2026-01-15T16:00:00Z");
}

#[test]
fn nobody_comes_to_a_second_shift_before_they_left_the_first() {
    let night = ShiftEvent::Scheduled { agent: agent(), plan: planned("2026-01-14", "22:00:00", "06:00:00") };
    let began = ShiftEvent::Started { at: "2026-01-14T22:00:00Z".parse().unwrap(), tardiness_minutes: 0 };
    let open: Shift = fold(&[night.clone(), began.clone()]);
    let mut over = open.clone();
    for event in open.end("2026-01-15T06:00:00Z".parse().unwrap(), None, None).unwrap() {
        over.evolve(&event);
    }
    let day = "2026-01-14".parse().unwrap();
    given([scheduled()]).when(|s: &Shift| s.start(at("08:00:00"), &[&open])).refused(ShiftRefusal::StillAtWork { day });
    given([scheduled()]).when(|s: &Shift| s.start(at("08:00:00"), &[&over])).then([started("08:00:00", 0)]);
}

#[test]
fn what_nobody_settled_settles_itself_as_planned_four_hours_after_its_end() {
    let (before, then) = (at("19:59:59"), at("20:00:00"));
    let none = Breaks::default();
    let settled = |worked: Worked| {
        let reason = Some("nobody said when it ended; it was settled by itself".try_into().unwrap());
        ShiftEvent::Ended { worked, reported: None, notes: None, reason }
    };
    let absent = ShiftEvent::MarkedAbsent { reason: "nobody began it or said why; it was settled by itself".try_into().ok() };
    given([scheduled()]).when(|s: &Shift| s.settle_by_itself(before)).then([]);
    given([scheduled()]).when(|s: &Shift| s.settle_by_itself(then)).then([absent.clone()]);
    given([scheduled(), absent]).when(|s: &Shift| s.settle_by_itself(then)).then([]);
    given::<Shift>([]).when(|s| s.settle_by_itself(then)).then([]);
    let begun = [scheduled(), started("08:05:00", 5)];
    let as_planned = worked(ShiftStatus::Completed, "08:05:00", "16:00:00", 5, 0, none);
    given(begun.clone()).when(|s: &Shift| s.settle_by_itself(before)).then([]);
    given(begun.clone()).when(|s: &Shift| s.settle_by_itself(then)).then([settled(as_planned.clone())]);
    given([scheduled(), started("08:05:00", 5), ended(as_planned)]).when(|s: &Shift| s.settle_by_itself(then)).then([]);

    // A break that nobody ended lasts until the planned end, and one that began after it shows that the agent was still there.
    let on_break = |since: &str| ShiftEvent::BreakBegan { kind: BreakKind::Break, at: at(since) };
    let over = |since: &str, until: &str, seconds| ShiftEvent::BreakEnded {
        kind: BreakKind::Break,
        began_at: at(since),
        at: at(until),
        seconds,
    };
    let history = [&begun[..], &[on_break("15:30:00")]].concat();
    let paused = worked(ShiftStatus::Completed, "08:05:00", "16:00:00", 5, 0, Breaks { pause: 1800, ..none });
    given(history).when(|s: &Shift| s.settle_by_itself(then)).then([over("15:30:00", "16:00:00", 1800), settled(paused)]);
    let history = [&begun[..], &[on_break("16:30:00"), over("16:30:00", "16:40:00", 600)]].concat();
    let late = worked(ShiftStatus::Completed, "08:05:00", "16:40:00", 5, 0, Breaks { pause: 600, ..none });
    given(history).when(|s: &Shift| s.settle_by_itself(then)).then([settled(late)]);
}

#[test]
fn a_shift_ends_completed_or_partial() {
    for (start, end, status, late, early) in [
        ("08:00:00", "16:05:00", ShiftStatus::Completed, 0, 0),
        ("08:00:00", "15:30:00", ShiftStatus::Completed, 0, 30),
        ("08:00:00", "15:29:00", ShiftStatus::Partial, 0, 31),
        ("12:00:00", "16:00:00", ShiftStatus::Completed, 240, 0),
        ("12:00:01", "16:00:00", ShiftStatus::Partial, 240, 0),
    ] {
        given([scheduled(), started(start, late)]).when(|s: &Shift| s.end(at(end), None, None)).then([ended(worked(
            status,
            start,
            end,
            late,
            early,
            Breaks::default(),
        ))]);
    }
}

#[test]
fn breaks_are_no_available_time_and_end_with_the_shift() {
    let lunch = ShiftEvent::BreakBegan { kind: BreakKind::Lunch, at: at("12:00:00") };
    let over = ShiftEvent::BreakEnded { kind: BreakKind::Lunch, began_at: at("12:00:00"), at: at("12:30:00"), seconds: 1800 };
    let history = [scheduled(), started("08:00:00", 0), lunch.clone()];
    given(history[..2].to_vec()).when(|s: &Shift| s.begin_break(BreakKind::Lunch, at("12:00:00"))).then([lunch]);
    given(history.clone()).when(|s: &Shift| s.begin_break(BreakKind::Lunch, at("12:10:00"))).then([]);
    given(history.clone())
        .when(|s: &Shift| s.begin_break(BreakKind::Meeting, at("12:10:00")))
        .refused(ShiftRefusal::OnBreak { kind: BreakKind::Lunch });
    given(history.clone()).when(|s: &Shift| s.end_break(at("12:30:00"))).then([over.clone()]);
    given(history[..2].to_vec()).when(|s: &Shift| s.end_break(at("12:30:00"))).refused(ShiftRefusal::NotOnBreak);
    let all = Breaks { lunch: 1800, ..Breaks::default() };
    let whole = worked(ShiftStatus::Partial, "08:00:00", "12:30:00", 0, 210, all);
    assert_eq!((whole.seconds(at("20:00:00")), whole.available_seconds(at("20:00:00"))), (16_200, 14_400));
    given(history).when(|s: &Shift| s.end(at("12:30:00"), None, None)).then([over, ended(whole)]);
}

#[test]
fn whoever_was_absent_may_turn_out_to_have_worked() {
    let absent = ShiftEvent::MarkedAbsent { reason: None };
    given([scheduled()]).when(|s: &Shift| s.mark_absent(None)).then([absent.clone()]);
    given([scheduled(), absent.clone()]).when(|s: &Shift| s.mark_absent(None)).then([]);
    given([scheduled(), absent.clone()])
        .when(|s: &Shift| s.start(at("08:00:00"), &[]))
        .refused(ShiftRefusal::InState { state: ShiftStatus::Absent });
    let breaks = Breaks { pause: 600, ..Breaks::default() };
    let now = at("18:00:00");
    given([scheduled(), absent])
        .when(|s: &Shift| s.correct(now, Some(at("08:02:00")), Some(at("16:00:00")), Some(breaks), reason()))
        .then([ShiftEvent::Corrected {
            worked: worked(ShiftStatus::Completed, "08:02:00", "16:00:00", 2, 0, breaks),
            was: None,
            reason: reason(),
        }]);
}

#[test]
fn a_correction_keeps_what_it_does_not_name_and_must_be_possible() {
    let breaks = Breaks { pause: 600, ..Breaks::default() };
    let was = worked(ShiftStatus::Completed, "08:00:00", "16:00:00", 0, 0, breaks);
    let history = [scheduled(), started("08:00:00", 0), ended(was.clone())];
    let now = at("18:00:00");
    given(history.clone()).when(|s: &Shift| s.correct(now, None, Some(at("15:00:00")), None, reason())).then([
        ShiftEvent::Corrected {
            worked: worked(ShiftStatus::Partial, "08:00:00", "15:00:00", 0, 60, breaks),
            was: Some(was.clone()),
            reason: reason(),
        },
    ]);
    given(history.clone()).when(|s: &Shift| s.correct(now, None, Some(at("16:00:00")), None, reason())).then([]);
    // A break that was going on ends when the agent went, not when somebody sets it right hours later.
    let on_lunch = [scheduled(), started("08:00:00", 0), ShiftEvent::BreakBegan { kind: BreakKind::Lunch, at: at("12:00:00") }];
    let lunch = Breaks { lunch: 1800, ..Breaks::default() };
    let begun = Worked { status: ShiftStatus::Active, ended_at: None, breaks: Breaks::default(), ..was.clone() };
    given(on_lunch).when(|s: &Shift| s.correct(now, None, Some(at("12:30:00")), None, reason())).then([
        ShiftEvent::BreakEnded { kind: BreakKind::Lunch, began_at: at("12:00:00"), at: at("12:30:00"), seconds: 1800 },
        ShiftEvent::Corrected {
            worked: worked(ShiftStatus::Partial, "08:00:00", "12:30:00", 0, 210, lunch),
            was: Some(begun),
            reason: reason(),
        },
    ]);
    let impossible = |start: Option<&str>, end: Option<&str>, breaks: Option<Breaks>, wrong: &'static str| {
        let state: Shift = fold(&history);
        match state.correct(now, start.map(at), end.map(at), breaks, reason()) {
            Err(ShiftRefusal::Impossible { field, .. }) => assert_eq!(field, wrong),
            other => panic!("{other:?}"),
        }
    };
    impossible(Some("18:00:01"), None, None, "actualStart");
    impossible(None, Some("18:00:01"), None, "actualEnd");
    impossible(None, Some("08:00:00"), None, "actualEnd");
    impossible(None, None, Some(Breaks { lunch: 28_801, ..Breaks::default() }), "breaks");
    impossible(None, None, Some(Breaks { lunch: -1, ..Breaks::default() }), "breaks");
    given([scheduled()])
        .when(|s: &Shift| s.correct(now, None, None, None, reason()))
        .refused(ShiftRefusal::Impossible { field: "actualStart", rule: "is required for a shift that nobody began" });
}

#[test]
fn what_was_worked_is_not_withdrawn() {
    let off = ShiftEvent::Withdrawn { reason: None };
    given([scheduled()]).when(|s: &Shift| s.withdraw(None)).then([off.clone()]);
    given([scheduled(), off]).when(|s: &Shift| s.withdraw(None)).refused(ShiftRefusal::Unknown);
    given([scheduled(), started("08:00:00", 0)])
        .when(|s: &Shift| s.withdraw(None))
        .refused(ShiftRefusal::InState { state: ShiftStatus::Active });
    given::<Shift>([]).when(|s| s.start(at("08:00:00"), &[])).refused(ShiftRefusal::Unknown);
}

#[test]
fn events_survive_storage() {
    let worked = worked(ShiftStatus::Partial, "08:00:00", "12:00:00", 0, 240, Breaks { meeting: 60, ..Breaks::default() });
    round_trips("shift.scheduled", scheduled());
    round_trips("shift.rescheduled", ShiftEvent::Rescheduled { plan: plan() });
    round_trips("shift.started", started("08:00:00", 0));
    round_trips("shift.break_began", ShiftEvent::BreakBegan { kind: BreakKind::Training, at: at("09:00:00") });
    round_trips("shift.ended", ended(worked.clone()));
    round_trips("shift.marked_absent", ShiftEvent::MarkedAbsent { reason: Some(reason()) });
    round_trips("shift.withdrawn", ShiftEvent::Withdrawn { reason: Some(reason()) });
    round_trips("shift.corrected", ShiftEvent::Corrected { was: Some(worked.clone()), worked, reason: reason() });
}

#[test]
fn a_shift_that_was_kept_long_enough_is_gone() {
    let why = || Text::<1000>::try_from("kept long enough").unwrap();
    let disposed = ShiftEvent::Disposed { reason: why() };
    given([scheduled(), started("08:00:00", 0)]).when(|s: &Shift| s.dispose(why())).then([disposed.clone()]);
    given([scheduled(), disposed.clone()]).when(|s: &Shift| s.dispose(why())).refused(ShiftRefusal::Unknown);
    let gone: Shift = fold(&[scheduled(), started("08:00:00", 0), disposed.clone()]);
    assert_eq!((gone.known().is_ok(), gone.worked(), gone.open_break()), (false, None, None));
    round_trips("shift.disposed", disposed);
}
