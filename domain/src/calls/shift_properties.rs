//! Random lives of shifts: states move as they may, breaks fit into what was worked, and every event can be read back.

use super::{read_back, text, user};
use crate::aggregate::fold;
use crate::calls::AgentCard;
use crate::calls::shift::{BreakKind, Breaks, Roster, Shift, ShiftEvent, ShiftStatus, ShiftTargets};
use crate::{Aggregate, Decision, Instant, Personal};
use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use rust_decimal::Decimal;

fn agent() -> impl Strategy<Value = AgentCard> {
    (user(), text()).prop_map(|(user, name)| AgentCard {
        user,
        email: Personal::new("ada@example.com".try_into().unwrap()),
        name: Personal::new(name),
        location: None,
        location_name: None,
        team: None,
    })
}

fn first() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 1).unwrap()
}

fn roster() -> impl Strategy<Value = Roster> {
    let time = || (0..24u32, select(&[0u32, 15, 30, 45][..])).prop_map(|(h, m)| NaiveTime::from_hms_opt(h, m, 0).unwrap());
    let quality = option::of((-100..20_000i64).prop_map(|cents| Decimal::new(cents, 2)));
    (0..30u64, time(), time(), option::of(any::<u32>()), quality, option::of(text())).prop_map(
        |(day, start, end, calls, quality, notes)| Roster {
            day: first() + Days::new(day),
            start,
            end,
            targets: ShiftTargets { calls, appointments: None, quality },
            notes,
        },
    )
}

fn kind() -> impl Strategy<Value = BreakKind> {
    select(&BreakKind::ALL[..])
}

fn instant() -> impl Strategy<Value = Instant> {
    (0..5_000_000i64).prop_map(|seconds| DateTime::from_timestamp(1_772_000_000 + seconds, 0).unwrap())
}

#[derive(Clone, Debug)]
enum Ask {
    Schedule(AgentCard, Roster),
    Reschedule(Roster),
    Start,
    Settle,
    BeginBreak(BreakKind),
    EndBreak,
    End,
    MarkAbsent,
    Withdraw,
    Dispose,
    Correct(Option<Instant>, Option<Instant>, Option<(i64, i64)>),
}

fn ask() -> impl Strategy<Value = Ask> {
    prop_oneof![
        3 => (agent(), roster()).prop_map(|(agent, roster)| Ask::Schedule(agent, roster)),
        2 => roster().prop_map(Ask::Reschedule),
        6 => Just(Ask::Start),
        2 => Just(Ask::Settle),
        4 => kind().prop_map(Ask::BeginBreak),
        3 => Just(Ask::EndBreak),
        2 => Just(Ask::End),
        1 => Just(Ask::MarkAbsent),
        1 => Just(Ask::Withdraw),
        1 => Just(Ask::Dispose),
        2 => (option::of(instant()), option::of(instant()), option::of((-10..90_000i64, 0..10_000i64)))
            .prop_map(|(start, end, breaks)| Ask::Correct(start, end, breaks)),
    ]
}

fn decide(shift: &Shift, now: Instant, ask: Ask) -> Decision<Shift> {
    let zone = chrono_tz::America::Detroit;
    match ask {
        Ask::Schedule(agent, roster) => shift.schedule(agent, roster.plan(zone)?, &[]),
        Ask::Reschedule(roster) => shift.reschedule(roster.plan(zone)?, &[]),
        Ask::Start => shift.start(now, &[]),
        Ask::Settle => shift.settle_by_itself(now),
        Ask::BeginBreak(kind) => shift.begin_break(kind, now),
        Ask::EndBreak => shift.end_break(now),
        Ask::End => shift.end(now, None, None),
        Ask::MarkAbsent => shift.mark_absent(None),
        Ask::Withdraw => shift.withdraw(None),
        Ask::Dispose => shift.dispose("kept long enough".try_into().unwrap()),
        Ask::Correct(start, end, breaks) => {
            let breaks = breaks.map(|(pause, lunch)| Breaks { pause, lunch, ..Breaks::default() });
            shift.correct(now, start, end, breaks, "by hand".try_into().unwrap())
        }
    }
}

/// The states an event may lead to from a state.
fn leads_to(from: ShiftStatus, event: &ShiftEvent) -> &'static [ShiftStatus] {
    use ShiftStatus::*;
    match (event, from) {
        (ShiftEvent::Scheduled { .. }, Scheduled | Withdrawn) => &[Scheduled],
        (ShiftEvent::Rescheduled { .. }, Scheduled) => &[Scheduled],
        (ShiftEvent::Started { .. }, Scheduled) => &[Active],
        (ShiftEvent::BreakBegan { .. } | ShiftEvent::BreakEnded { .. }, Active) => &[Active],
        (ShiftEvent::Ended { .. }, Active) => &[Completed, Partial],
        (ShiftEvent::MarkedAbsent { .. }, Scheduled) => &[Absent],
        (ShiftEvent::Withdrawn { .. }, Scheduled | Absent) => &[Withdrawn],
        (ShiftEvent::Disposed { .. }, Scheduled | Active | Completed | Absent | Partial) => &[Withdrawn],
        (ShiftEvent::Corrected { .. }, Scheduled | Active | Absent) => &[Active, Completed, Partial],
        (ShiftEvent::Corrected { .. }, Completed | Partial) => &[Completed, Partial],
        _ => &[],
    }
}

proptest! {
    #[test]
    fn a_shift_moves_only_as_its_states_allow(asks in vec((0..200u32, ask()), 1..30)) {
        let (mut shift, mut history): (Shift, Vec<ShiftEvent>) = Default::default();
        let mut now = DateTime::from_timestamp(1_772_000_000, 0).unwrap();
        for (minutes, ask) in asks {
            now += TimeDelta::minutes(minutes.into());
            for event in decide(&shift, now, ask).unwrap_or_default() {
                prop_assert_eq!(&read_back(&event), &event);
                let from = shift.status();
                shift.evolve(&event);
                prop_assert!(leads_to(from, &event).contains(&shift.status()), "{:?} after {:?}", event, from);
                history.push(event);
            }
            if let Some(worked) = shift.worked() {
                prop_assert!(worked.breaks.total() <= worked.seconds(now), "{:?} by {}", worked, now);
                prop_assert!(worked.tardiness_minutes >= 0 && worked.early_departure_minutes >= 0);
                prop_assert!(shift.open_break().is_none() || worked.ended_at.is_none());
            }
        }
        prop_assert_eq!(fold::<Shift>(&history), shift);
    }

    #[test]
    fn a_plan_lasts_a_day_at_most_and_its_instants_read_as_its_times(roster in roster(), zone in select(&["UTC", "America/Detroit", "Australia/Lord_Howe", "Asia/Kathmandu"][..])) {
        let (zone, asked): (chrono_tz::Tz, Roster) = (zone.parse().unwrap(), roster.clone());
        if let Ok(plan) = roster.plan(zone) {
            prop_assert!(0 < plan.seconds() && plan.seconds() <= 25 * 3600);
            prop_assert_eq!(&plan.start, &asked.start);
            let shown = plan.from.with_timezone(&zone).naive_local();
            let skipped = shown - asked.day.and_time(asked.start);
            prop_assert!(skipped == TimeDelta::zero() || skipped == TimeDelta::hours(1) || skipped == TimeDelta::minutes(30));
        }
    }
}
