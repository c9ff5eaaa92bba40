//! Random lives of settings: versions are dated, numbered without a gap, and each instant has exactly one in force.

use super::*;
use crate::cases::policy::{PolicyChanges, PolicyEvent, PolicyValues};

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

fn event() -> impl Strategy<Value = PolicyEvent> {
    (0..9u32, instant(), any::<u32>(), decimal(), text()).prop_map(|(version, from, days, fraction, color)| {
        let mut values = PolicyValues { p1_sla_days: days, at_risk_fraction: fraction, ..Default::default() };
        values.theme_primary_color = color;
        PolicyEvent::Published { version, from, values }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn an_instant_has_the_newest_version_dated_before_it(
        begun in proptest::bool::ANY,
        changes in vec((-2..30i64, option::weighted(0.9, changes())), 0..12),
        asked in vec(-5..400i64, 0..8),
    ) {
        let on = |day: i64| DateTime::UNIX_EPOCH + TimeDelta::days(20_000 + day);
        let (mut policy, mut day) = (Policy::default(), 0);
        let begun = if begun { policy.begin().unwrap() } else { vec![] };
        begun.iter().for_each(|event| policy.evolve(event));
        for (days, wish) in changes {
            day += days;
            let decision = match wish {
                Some(changes) => policy.change(on(day), changes),
                None => policy.reset(on(day)),
            };
            for event in decision.unwrap_or_default() {
                prop_assert_eq!(&read_back(&event), &event);
                policy.evolve(&event);
            }
        }
        let versions = policy.versions();
        prop_assert!(versions.iter().map(|v| v.version).eq(1..=versions.len() as u32));
        prop_assert!(versions.is_sorted_by_key(|v| v.from));
        for day in asked {
            let dated = versions.iter().filter(|v| v.from <= on(day)).map(|v| v.version).max();
            prop_assert_eq!(policy.in_force(on(day)).version, dated.unwrap_or(1));
        }
    }

    #[test]
    fn any_history_folds_and_can_be_asked_anything(events in vec(event(), 0..12), changes in changes(), at in instant()) {
        let policy: Policy = fold(&events);
        let _ = (policy.in_force(at), policy.change(at, changes), policy.reset(at));
        for event in &events {
            prop_assert_eq!(&read_back(event), event);
        }
    }
}
