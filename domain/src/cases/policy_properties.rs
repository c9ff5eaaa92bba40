//! Random lives of settings: versions are dated, numbered without a gap, and each instant has exactly one in force.

use super::*;
use crate::cases::policy::{PolicyChanges, PolicyEvent, PolicyValues, Restatement};

fn changes() -> impl Strategy<Value = PolicyChanges> {
    let days = || option::of(prop_oneof![6 => 1..30u32, 1 => any::<u32>()]);
    let points = || option::of(prop_oneof![6 => (0..=1000i64).prop_map(|n| Decimal::new(n, 1)), 1 => decimal()]);
    let zone = option::of(prop_oneof![Just("Europe/Rome"), Just("UTC"), Just("Mars/Base")]);
    let formula = option::of(prop_oneof![Just("agency.score@1"), Just("agency.score@2"), Just("agency.score@3")]);
    (days(), days(), points(), points(), zone, formula, option::of(text())).prop_map(
        |(p1_sla_days, quick_completion_days, at_risk_fraction, delay_penalty_percent, zone, formula, color)| PolicyChanges {
            p1_sla_days,
            quick_completion_days,
            at_risk_fraction,
            delay_penalty_percent,
            timezone: zone.map(str::to_owned),
            score_formula: formula.map(str::to_owned),
            theme_primary_color: color,
            ..Default::default()
        },
    )
}

/// What somebody asks for; days are counted from the day of asking.
#[derive(Clone, Debug)]
enum Wish {
    Change(PolicyChanges),
    Schedule(PolicyChanges, i64),
    Reset,
    Withdraw,
    Restate { from: i64, until: i64, version: u32 },
    Undo(u32),
}

fn wish() -> impl Strategy<Value = Wish> {
    prop_oneof![
        4 => changes().prop_map(Wish::Change),
        2 => (changes(), -1..40i64).prop_map(|(changes, ahead)| Wish::Schedule(changes, ahead)),
        1 => Just(Wish::Reset),
        1 => Just(Wish::Withdraw),
        3 => (-60..5i64, -60..5i64, 0..6u32).prop_map(|(from, until, version)| Wish::Restate { from, until, version }),
        1 => (0..4u32).prop_map(Wish::Undo),
    ]
}

fn event() -> impl Strategy<Value = PolicyEvent> {
    let published = (0..9u32, instant(), any::<u32>(), decimal(), text()).prop_map(|(version, from, days, fraction, color)| {
        let mut values = PolicyValues { p1_sla_days: days, at_risk_fraction: fraction, ..Default::default() };
        values.theme_primary_color = color;
        PolicyEvent::Published { version, from, values }
    });
    let restated = (any::<u32>(), instant(), instant(), 0..9u32).prop_map(|(restatement, from, until, version)| {
        PolicyEvent::Restated(Restatement { restatement, from, until, version, reason: "why".try_into().unwrap() })
    });
    prop_oneof![
        4 => published,
        2 => restated,
        1 => (0..9u32).prop_map(|version| PolicyEvent::Withdrawn { version }),
        1 => (0..9u32, text()).prop_map(|(restatement, reason)| PolicyEvent::RestatementUndone { restatement, reason }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn an_instant_has_the_newest_version_dated_before_it(
        begun in proptest::bool::ANY,
        wishes in vec((-2..30i64, wish()), 0..14),
        asked in vec(-5..400i64, 0..8),
    ) {
        let on = |day: i64| DateTime::UNIX_EPOCH + TimeDelta::days(20_000 + day);
        let (mut policy, mut day) = (Policy::default(), 0);
        let begun = if begun { policy.begin().unwrap() } else { vec![] };
        begun.iter().for_each(|event| policy.evolve(event));
        for (days, wish) in wishes {
            day += days;
            let reason = || crate::Text::try_from("why").unwrap();
            let decision = match wish {
                Wish::Change(changes) => policy.change(on(day), changes),
                Wish::Schedule(changes, ahead) => {
                    policy.change(on(day), PolicyChanges { in_force_from: Some(on(day + ahead)), ..changes })
                }
                Wish::Reset => policy.reset(on(day)),
                Wish::Withdraw => policy.withdraw(on(day)),
                Wish::Restate { from, until, version } => {
                    policy.restate(on(day), on(day + from), on(day + until), version, reason())
                }
                Wish::Undo(restatement) => policy.undo_restatement(restatement, reason()),
            };
            for event in decision.unwrap_or_default() {
                prop_assert_eq!(&read_back(&event), &event);
                policy.evolve(&event);
            }
        }
        let versions = policy.versions();
        prop_assert!(versions.is_sorted_by(|a, b| a.version < b.version));
        prop_assert!(versions.is_sorted_by_key(|v| v.from));
        for day in asked {
            let dated = versions.iter().filter(|v| v.from <= on(day)).map(|v| v.version).max();
            prop_assert_eq!(policy.in_force(on(day)).version, dated.unwrap_or(1));
            let over = policy.restatements().iter().filter(|r| r.from <= on(day) && on(day) < r.until).map(|r| r.version).next_back();
            prop_assert_eq!(policy.judging(on(day)).version, over.filter(|v| policy.version(*v).is_some()).unwrap_or(dated.unwrap_or(1)));
        }
    }

    #[test]
    fn any_history_folds_and_can_be_asked_anything(events in vec(event(), 0..12), changes in changes(), at in instant()) {
        let policy: Policy = fold(&events);
        let _ = (policy.judging(at), policy.change(at, changes), policy.reset(at), policy.withdraw(at));
        for event in &events {
            prop_assert_eq!(&read_back(event), event);
        }
    }
}
