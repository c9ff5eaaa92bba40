//! Many commands in one go give the answers, and leave the events, that they would have given one by one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod ground;

use chrono::TimeDelta;
use commands::{Answer, Ask, Error};
use domain::cases::case::Case;
use domain::{Instant, StreamId};
use eventlog::Recorded;
use ground::*;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;

/// A wish that can be asked again and again.
#[derive(Clone, Debug)]
struct Wish {
    name: &'static str,
    on: Uuid,
    data: Value,
    key: Option<u8>,
    at: Option<Instant>,
    expected: Option<i64>,
}

impl Wish {
    fn ask(&self) -> Ask {
        let mut wish = ask(self.name, self.on, self.data.clone()).expecting(self.expected);
        wish.key = self.key.map(|key| format!("key {key}"));
        wish.at = self.at;
        wish
    }
}

const AGENCIES: [Uuid; 2] = [Uuid::from_u128(0xA1), Uuid::from_u128(0xA2)];
const CASES: [Uuid; 3] = [Uuid::from_u128(0xCA1), Uuid::from_u128(0xCA2), Uuid::from_u128(0xCA3)];

fn wish() -> impl Strategy<Value = Wish> {
    let about_a_case = (prop::sample::select(&CASES[..]), prop::sample::select(&AGENCIES[..]), 0..14usize, 0..4u32);
    let about_a_case = about_a_case.prop_map(|(case, agency, which, n)| {
        let (name, data) = match which {
            0 => ("OpenCase", opening()),
            1 => {
                let mut data = opening();
                data["caseNumber"] = format!("CASE-2026-{n:06}").into();
                ("OpenCase", data)
            }
            2 | 3 => ("AssignAgency", json!({"agencyId": agency})),
            4 => ("AcceptCase", json!({})),
            5 => ("RejectCase", json!({"reason": format!("reason {n}")})),
            6 => ("DelayCase", json!({"reason": "x"})),
            7 => ("ResumeCase", json!({})),
            8 => ("EscalateCase", json!({"level": n, "reason": "x"})),
            9 => ("RecordPayment", json!({"amount": n})),
            10 => ("CompleteCase", json!({})),
            11 => ("ReopenCase", json!({})),
            12 => ("UpdateCase", json!({"ageingDays": n, "priority": if n == 0 { "P1" } else { "P3" }})),
            _ => ("DeleteCase", json!({"reason": "x"})),
        };
        (name, case, data)
    });
    let about_an_agency = (prop::sample::select(&AGENCIES[..]), 0..3usize, 0..3u32).prop_map(|(agency, which, n)| match which {
        0 => ("RegisterAgency", agency, json!({"name": "Swift", "maxCapacity": n})),
        1 => ("UpdateAgency", agency, json!({"maxCapacity": n})),
        _ => ("ToggleAgency", agency, json!({})),
    });
    let about_the_rules = (1..4u32).prop_map(|n| ("ChangeSettings", TENANT.0, json!({"p1_sla_days": n})));
    let what = prop_oneof![12 => about_a_case, 3 => about_an_agency, 1 => about_the_rules];
    let at = option::weighted(0.3, (-200..20i64).prop_map(|hours| nine() + TimeDelta::hours(hours)));
    (what, option::weighted(0.3, 0..6u8), at, option::weighted(0.1, 0..5i64))
        .prop_map(|((name, on, data), key, at, expected)| Wish { name, on, data, key, at, expected })
}

/// What of an answer does not depend on the moment.
fn told(answer: &Result<Answer, Error>) -> Result<(Uuid, i64, bool, bool), Error> {
    answer.clone().map(|answer| (answer.id, answer.version, answer.unchanged, answer.replayed))
}

/// The events of every stream as they would be in any log.
async fn stories(ground: &Ground) -> BTreeMap<StreamId, Vec<(String, Instant, String)>> {
    let mut stories = BTreeMap::<_, Vec<_>>::new();
    for Recorded { stream, name, occurred_at, body, .. } in ground.everything().await {
        stories.entry(stream).or_default().push((name, occurred_at, String::from_utf8(body).unwrap()));
    }
    stories
}

async fn prepare(ground: &Ground) {
    for agency in AGENCIES {
        ground.ok(ask("RegisterAgency", agency, json!({"name": "Swift", "maxCapacity": 1}))).await;
    }
    for case in &CASES[..2] {
        ground.ok(ask("OpenCase", *case, opening()).at(nine() - TimeDelta::hours(100))).await;
    }
}

async fn assert_the_same(before: Vec<Wish>, wishes: Vec<Wish>) {
    let (single, batch) = (Ground::new().await, Ground::new().await);
    prepare(&single).await;
    prepare(&batch).await;
    for wish in &before {
        assert_eq!(told(&single.run(wish.ask()).await), told(&batch.run(wish.ask()).await));
    }
    // One batch on what is remembered, one with keys of its own on what is fetched ahead.
    for (round, process) in (0..).zip([batch.clone(), batch.another()]) {
        let wishes: Vec<Wish> =
            wishes.iter().map(|wish| Wish { key: wish.key.map(|key| key + 100 * round), ..wish.clone() }).collect();
        let mut one_by_one = Vec::new();
        for wish in &wishes {
            one_by_one.push(told(&single.run(wish.ask()).await));
        }
        let all = process.commands.execute_all(&boss(), wishes.iter().map(Wish::ask).collect()).await;
        assert_eq!(all.iter().map(told).collect::<Vec<_>>(), one_by_one);
        assert_eq!(stories(&batch).await, stories(&single).await);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_batch_is_one_by_one(before in vec(wish(), 0..6), wishes in vec(wish(), 1..60)) {
        let before = before.into_iter().map(|wish| Wish { key: None, ..wish }).collect();
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(assert_the_same(before, wishes));
    }
}

#[tokio::test]
async fn a_batch_longer_than_what_goes_to_the_log_at_once_keeps_its_order() {
    let ground = Ground::new().await;
    let case = ground.case().await;
    let pay = |n: usize| ask("RecordPayment", case, json!({"amount": n + 1}));
    let answers = ground.commands.execute_all(&boss(), (0..1300).map(pay).collect()).await;
    let versions: Vec<i64> = answers.into_iter().map(|answer| answer.unwrap().version).collect();
    assert_eq!(versions, (2..1302).collect::<Vec<_>>());
    let amounts = ground.history::<Case>(case).await.into_iter().skip(1).map(|event| event.body);
    let amounts = amounts.map(|body| serde_json::from_slice::<Value>(&body).unwrap()["amount"].to_string());
    assert!(amounts.eq((0..1300).map(|n| format!("{}.00", n + 1))));
}

#[tokio::test]
async fn an_import_that_is_repeated_records_nothing_new() {
    let ground = Ground::new().await;
    prepare(&ground).await;
    let wishes: Vec<Ask> = (0..700).map(|n| new("OpenCase", opening()).key(format!("open {n}"))).collect();
    let lives = |n: u8| {
        let case = CASES[usize::from(n) % 2];
        let names = [("AssignAgency", json!({"agencyId": AGENCIES[usize::from(n) % 2]})), ("RejectCase", json!({"reason": "x"}))];
        names.map(|(name, data)| ask(name, case, data).key(format!("{name} {n}")))
    };
    let more = || (0..40).flat_map(lives);
    let first = ground.commands.execute_all(&boss(), wishes.into_iter().chain(more()).collect()).await;
    assert!(first.iter().all(Result::is_ok), "{first:?}");
    let events = ground.everything().await.len();
    for process in [ground.clone(), ground.another()] {
        let wishes = (0..700).map(|n| new("OpenCase", opening()).key(format!("open {n}")));
        let again = process.commands.execute_all(&boss(), wishes.chain(more()).collect()).await;
        for (first, again) in first.iter().zip(again) {
            let (first, again) = (first.as_ref().unwrap(), again.unwrap());
            assert_eq!((again.id, again.version, again.position), (first.id, first.version, first.position));
            assert!(again.replayed);
        }
        assert_eq!(ground.everything().await.len(), events);
    }
}

#[tokio::test]
async fn an_import_that_stopped_in_the_middle_goes_on_where_it_was() {
    let (whole, halves) = (Ground::new().await, Ground::new().await);
    let wishes = || {
        let life = |n: u128| {
            let case = Uuid::from_u128(0xF00 + n);
            let steps = [
                ("OpenCase", opening()),
                ("AssignAgency", json!({"agencyId": AGENCIES[0]})),
                ("RejectCase", json!({"reason": "x"})),
                ("EscalateCase", json!({"reason": "x"})),
                ("DeleteCase", json!({"reason": "x"})),
            ];
            steps.map(|(name, data)| ask(name, case, data).key(format!("{name} {n}")))
        };
        (0..50).flat_map(life).collect::<Vec<_>>()
    };
    prepare(&whole).await;
    prepare(&halves).await;
    let all = whole.commands.execute_all(&boss(), wishes()).await;
    halves.commands.execute_all(&boss(), wishes().into_iter().take(123).collect()).await;
    let rest = halves.another().commands.execute_all(&boss(), wishes()).await;
    let versions = |answers: &[Result<Answer, Error>]| answers.iter().map(|a| a.as_ref().unwrap().version).collect::<Vec<_>>();
    assert_eq!(versions(&all), versions(&rest));
    assert_eq!(rest.iter().filter(|answer| answer.as_ref().unwrap().replayed).count(), 123);
    assert_eq!(stories(&whole).await, stories(&halves).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn somebody_else_writing_meanwhile_loses_and_doubles_nothing() {
    let ground = Ground::new().await;
    prepare(&ground).await;
    let wishes = |who: &'static str| {
        (0..400usize).map(move |n| {
            let case = CASES[n % 2];
            let wish = match n % 7 {
                0 => ask("AssignAgency", case, json!({"agencyId": AGENCIES[n % 2]})),
                1 => ask("RejectCase", case, json!({"reason": "x"})),
                2 => ask("RecordPayment", case, json!({"amount": 1})),
                3 => new("OpenCase", opening()),
                4 => new("ChangeSettings", json!({"p1_sla_days": 1 + n % 9})),
                5 => ask("UpdateCase", case, json!({"ageingDays": n})),
                _ => ask("EscalateCase", case, json!({"reason": "x"})),
            };
            wish.key(format!("{who} {n}"))
        })
    };
    let batch = |who: &'static str, process: Ground| {
        tokio::spawn(async move { process.commands.execute_all(&boss(), wishes(who).collect()).await })
    };
    let disturber = ground.another();
    let disturbing = tokio::spawn(async move {
        let mut answers = Vec::new();
        for wish in wishes("single") {
            answers.push(disturber.run(wish).await);
            tokio::task::yield_now().await;
        }
        answers
    });
    let all = futures::future::join3(batch("one", ground.clone()), batch("two", ground.another()), disturbing);
    let (one, two, single) = tokio::time::timeout(Duration::from_secs(60), all).await.unwrap();

    let events = ground.everything().await;
    let mut versions = BTreeMap::new();
    let mut keys = BTreeMap::<&str, Vec<&Recorded>>::new();
    for event in &events {
        let last = versions.entry(&event.stream).or_insert(0);
        *last += 1;
        assert_eq!(event.version, *last);
        keys.entry(&event.key).or_default().push(event);
    }
    for (who, answers) in [("one", one.unwrap()), ("two", two.unwrap()), ("single", single.unwrap())] {
        assert_eq!(answers.len(), 400);
        for (n, answer) in answers.into_iter().enumerate() {
            let recorded = keys.get(format!("{who} {n}").as_str());
            match answer {
                Ok(Answer { unchanged: true, .. }) => assert!(recorded.is_none()),
                Ok(answer) => {
                    let recorded = recorded.expect("what was answered is on record");
                    assert_eq!(Some(recorded[recorded.len() - 1].position), answer.position);
                    let mut own = recorded.iter().filter(|event| event.stream == recorded[0].stream);
                    assert_eq!(own.next_back().map(|event| (event.stream.id, event.version)), Some((answer.id, answer.version)));
                    // All events of a command stand side by side.
                    let (first, last) = (recorded[0].position.to_i64(), recorded[recorded.len() - 1].position.to_i64());
                    assert_eq!(last - first + 1, recorded.len() as i64);
                }
                Err(error) => {
                    assert!(recorded.is_none(), "{who} {n}: {error}");
                    assert!(matches!(error, Error::Refused { .. }), "{who} {n}: {error}");
                }
            }
        }
    }
}
