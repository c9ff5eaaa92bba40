//! What each formula comes to, worked out by hand from the specification's own SQL.

use super::*;
use std::collections::BTreeSet;

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

#[track_caller]
fn comes_to(formula: &Formula, points: i64, counts: i64, shown: Option<&str>) {
    let figure = formula.figure(points, counts);
    assert_eq!(figure.value.map(|value| value.to_string()).as_deref(), shown, "{} of {points} by {counts}", formula.name);
    assert_eq!(figure.error, None, "{}", formula.name);
    let explained = formula.explain(vec![Term::of("a", points.into(), counts.into())]);
    assert_eq!(explained.value, figure.value.unwrap_or_default(), "{} explained", formula.name);
    assert_eq!(explained.arithmetic == Arithmetic::Nothing, shown.is_none(), "{} explained", formula.name);
}

#[test]
fn rings_and_talks_are_whole_seconds_half_away_from_zero() {
    let start = at("2024-03-02T14:05:09Z");
    for (answer, seconds) in [
        ("2024-03-02T14:05:09Z", 0),
        ("2024-03-02T14:05:21.499999Z", 12),
        ("2024-03-02T14:05:21.500Z", 13),
        ("2024-03-02T14:05:08.500Z", -1),
        ("2024-03-02T14:05:08.501Z", 0),
    ] {
        assert_eq!(ring_seconds(start, Some(at(answer))), Some(seconds), "{answer}");
        assert_eq!(talk_seconds(Some(start), Some(at(answer))), Some(seconds), "{answer}");
    }
    assert_eq!(ring_seconds(start, None), None);
    assert_eq!(talk_seconds(None, Some(start)), None);
    assert_eq!(talk_seconds(Some(start), None), None);
}

#[test]
fn a_talk_over_the_hour_that_summer_time_skips_or_repeats_lasts_as_long_as_it_lasted() {
    // America/Detroit: 2024-03-10 has 23 hours, 2024-11-03 has 25.
    let (before, after) = ("2024-03-10T01:59:30-05:00", "2024-03-10T03:00:30-04:00");
    assert_eq!(talk_seconds(Some(at(before)), Some(at(after))), Some(60));
    let (before, after) = ("2024-11-03T01:30:00-04:00", "2024-11-03T01:30:00-05:00");
    assert_eq!(talk_seconds(Some(at(before)), Some(at(after))), Some(3600));
}

#[test]
fn utilization_in_both_versions() {
    for formula in [&UTILIZATION_1, &UTILIZATION] {
        comes_to(formula, 18_000, 25_200, Some("71.43"));
        comes_to(formula, 1, 3, Some("33.33"));
        comes_to(formula, 1, 20_000, Some("0.01"));
        comes_to(formula, 3_000, 0, Some("0.00"));
        comes_to(formula, 9_999, 1_000, Some("999.90"));
    }
    assert_eq!(UTILIZATION.of(2, 3), Ok(Some(dec!(66.666666666666666666666666667))));
    assert_eq!(UTILIZATION_1.of(2, 3), Ok(Some(dec!(66.67))), "the first version keeps what its column keeps");
}

#[test]
fn a_thousand_percent_does_not_fit_the_first_version_and_is_never_cut_off() {
    let overflow = UTILIZATION_1.of(10_000, 1_000).unwrap_err();
    assert_eq!(overflow.to_string(), "shift.utilization@1 comes to 1000.00, which must be below 1000");
    assert!(UTILIZATION_1.of(999_996, 100_000).is_err(), "999.996 % is rounded up to 1000.00");
    assert_eq!(UTILIZATION_1.of(999_994, 100_000), Ok(Some(dec!(999.99))));
    let figure = UTILIZATION_1.figure(10_000, 1_000);
    assert_eq!((figure.value, figure.error.is_some()), (None, true));
    comes_to(&UTILIZATION, 10_000, 1_000, Some("1000.00"));
}

#[test]
fn calls_per_hour_in_both_versions() {
    for (calls, seconds, literal, exact) in [
        (12, 5_400, "12.00", "8.00"),
        (12, 7_199, "12.00", "6.00"),
        (12, 7_200, "6.00", "6.00"),
        (3, 3_599, "0.00", "3.00"),
        (3, 1, "0.00", "10800.00"),
        (0, 28_800, "0.00", "0.00"),
        (5, 0, "0.00", "0.00"),
        (50, 27_000, "7.14", "6.67"),
    ] {
        comes_to(&CALLS_PER_HOUR_1, calls, seconds, Some(literal));
        comes_to(&CALLS_PER_HOUR, calls, seconds, Some(exact));
    }
    assert!(CALLS_PER_HOUR_1.of(10_000, 3_600).is_err());
}

#[test]
fn achievement_and_reviews() {
    comes_to(&GOAL_ACHIEVEMENT, 4, 6, Some("66.67"));
    comes_to(&GOAL_ACHIEVEMENT, 0, 6, Some("0.00"));
    comes_to(&GOAL_ACHIEVEMENT, 0, 0, None);
    assert_eq!((achievement(6, 6), achievement(0, 0)), (Some(dec!(100)), None));
    comes_to(&QA_TOTAL, 29, 0, Some("29"));
    comes_to(&QA_PERCENTAGE, 29, 40, Some("72.50"));
    comes_to(&QA_PERCENTAGE, 40, 40, Some("100.00"));
    comes_to(&QA_PERCENTAGE, 29 + 33, 80, Some("77.50"));
}

#[test]
fn rates_have_no_figure_without_anything_to_measure_and_what_was_kept_starts_at_100() {
    for rate in [&FCR, &COMPLAINT_RATE, &APPOINTMENT_CONVERSION, &ESCALATION_RATE, &SERVICE_LEVEL, &ABANDONMENT] {
        comes_to(rate, 1, 8, Some("12.50"));
        comes_to(rate, 0, 0, None);
    }
    comes_to(&CAMPAIGN_CONVERSION, 7, 30, Some("23.33"));
    comes_to(&TEAM_GOAL_ACHIEVEMENT, 3, 4, Some("75.00"));
    comes_to(&PUNCTUALITY, 0, 0, None);
    comes_to(&PUNCTUALITY, 1, 3, Some("66.67"));
    for kept in [&ATTENDANCE, &PUNCTUALITY_1, &ADHERENCE] {
        comes_to(kept, 0, 0, Some("100.00"));
        comes_to(kept, 1, 3, Some("66.67"));
        comes_to(kept, 3, 3, Some("0.00"));
    }
    for mean in [&SATISFACTION, &CALL_QUALITY, &PER_AGENT_DAY, &AVERAGE_HANDLE_SECONDS, &AVERAGE_TALK_SECONDS] {
        comes_to(mean, 19, 6, Some("3.17"));
        comes_to(mean, 0, 0, None);
    }
    comes_to(&AVERAGE_ANSWER_SECONDS, 25, 2, Some("12.50"));
    comes_to(&TALK_SHARE, 12_000, 25_200, Some("47.62"));
}

#[test]
fn a_figure_over_many_is_made_of_their_sums() {
    let terms =
        [(3_600, 7_200), (0, 3_600), (5_000, 5_000)].map(|(points, counts)| Term::of("shift", points.into(), counts.into()));
    let explained = UTILIZATION.explain(terms.to_vec());
    assert_eq!(explained.value, dec!(54.43), "not the mean of 50, 0 and 100");
    assert_eq!(UTILIZATION.figure(8_600, 15_800).value, Some(explained.value));
}

#[test]
fn names_are_unique_and_say_their_version() {
    let names: BTreeSet<_> = FORMULAS.iter().map(|formula| formula.name).collect();
    assert_eq!(names.len(), FORMULAS.len());
    for formula in FORMULAS {
        assert_eq!(super::formula(formula.name), Some(*formula));
        assert!(formula.name.contains('.') && formula.name.split_once('@').is_some_and(|(_, v)| v.parse::<u8>().is_ok()));
        assert!(formula.says.ends_with('.') && !formula.inputs.is_empty() && formula.inputs.len() < 3, "{}", formula.name);
        assert_eq!(formula.inputs.len() == 1, formula.shape == Shape::Total, "{}", formula.name);
        let _ = (formula.figure(i64::MAX, 1), formula.figure(1, i64::MAX), formula.figure(i64::MIN, 3));
    }
}
