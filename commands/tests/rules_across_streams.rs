//! Rules that hold over several things at once, while many ask at the same time: places, seats, addresses and numbers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod ground;

use commands::{Answer, Ask, Error};
use domain::cases::agency::Agency;
use domain::cases::case::Case;
use domain::organization::user::User;
use futures::future::join_all;
use ground::*;
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;
use uuid::Uuid;

/// Each in a task of its own, shared out over these processes.
async fn at_once(processes: &[Ground], asks: impl IntoIterator<Item = Ask>) -> Vec<Result<Answer, Error>> {
    let tasks = asks.into_iter().zip(processes.iter().cycle()).map(|(ask, process)| {
        let process = process.clone();
        tokio::spawn(async move { process.run(ask).await })
    });
    let all = join_all(tasks.collect::<Vec<_>>());
    let answers = tokio::time::timeout(Duration::from_secs(60), all).await.expect("nobody waits for ever");
    answers.into_iter().map(|answer| answer.unwrap()).collect()
}

fn codes(answers: &[Result<Answer, Error>]) -> HashMap<&'static str, usize> {
    let mut codes = HashMap::new();
    for answer in answers {
        *codes.entry(answer.as_ref().map_or_else(Error::code, |_| "ok")).or_default() += 1;
    }
    codes
}

/// Versions of every stream are 1, 2, 3 …
async fn assert_whole(ground: &Ground) {
    let mut versions = HashMap::new();
    for event in ground.everything().await {
        let last = versions.entry(event.stream.clone()).or_insert(0);
        assert_eq!(event.version, *last + 1, "{}", event.stream);
        *last += 1;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_last_place_of_an_agency_is_given_once() {
    let ground = Ground::new().await;
    let agency = ground.agency(1).await;
    let cases: Vec<Uuid> = join_all((0..64).map(|_| ground.case())).await;
    for processes in [vec![ground.clone()], vec![ground.another(), ground.another()]] {
        let wishes = cases.iter().map(|case| ask("AssignAgency", *case, json!({"agencyId": agency})));
        let answers = at_once(&processes, wishes).await;
        assert_eq!(codes(&answers), HashMap::from([("ok", 1), ("agency_full", 63)]));
        let winner = answers.into_iter().find_map(Result::ok).unwrap().id;
        ground.ok(ask("RejectCase", winner, json!({"reason": "x"}))).await;
    }
    let places = ["agency.registered", "agency.place_taken", "agency.place_freed", "agency.place_taken", "agency.place_freed"];
    assert_eq!(ground.names::<Agency>(agency).await, places);
    assert_whole(&ground).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_company_has_as_many_people_as_seats() {
    let ground = Ground::with_seats(5).await;
    let user = |n: usize| new("CreateUser", json!({"email": format!("p{n}@example.com"), "firstName": "P", "roles": ["agent"]}));
    let first = ground.ok(user(1000)).await.id;
    let answers = at_once(&[ground.clone(), ground.another()], (0..64).map(user)).await;
    assert_eq!(codes(&answers), HashMap::from([("ok", 4), ("no_seat_left", 60)]));
    // Whoever was refused left nothing behind, so a freed seat and any refused address can be used.
    let refused = answers.iter().position(Result::is_err).unwrap();
    ground.ok(ask("DeactivateUser", first, json!({}))).await;
    ground.ok(user(refused)).await;
    assert_eq!(ground.refused(ask("ReactivateUser", first, json!({}))).await, "no_seat_left");
    assert_whole(&ground).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_address_belongs_to_one_person_over_all_companies() {
    let ground = Ground::new().await;
    for round in 0..8 {
        let user = |email: String| new("CreateUser", json!({"email": email, "firstName": "A", "roles": ["agent"]}));
        let wishes = [user(format!("ada{round}@example.com")), user(format!("ADA{round}@Example.com"))];
        let answers = at_once(&[ground.clone(), ground.another()], wishes).await;
        assert_eq!(codes(&answers), HashMap::from([("ok", 1), ("already_taken", 1)]));
    }
    let two = ground.ok(new("CreateUser", json!({"email": "b@example.com", "firstName": "B", "roles": ["agent"]}))).await.id;
    assert_eq!(ground.refused(ask("UpdateUser", two, json!({"email": "ada0@example.com"}))).await, "already_taken");
    ground.ok(ask("UpdateUser", two, json!({"email": "c@example.com"}))).await;
    ground.ok(new("CreateUser", json!({"email": "b@example.com", "firstName": "B", "roles": ["agent"]}))).await;
    assert_eq!(ground.names::<User>(two).await, ["user.created", "user.updated"]);
}

async fn numbers(ground: &Ground) -> Vec<String> {
    let opened = ground.everything().await.into_iter().filter(|event| event.name == "case.opened");
    opened.map(|event| serde_json::from_slice::<Value>(&event.body).unwrap()["number"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn case_numbers_are_unique_and_without_gaps() {
    let ground = Ground::new().await;
    let answers = at_once(&[ground.clone(), ground.another()], (0..200).map(|_| new("OpenCase", opening()))).await;
    assert_eq!(codes(&answers), HashMap::from([("ok", 200)]));
    let given: BTreeSet<String> = numbers(&ground).await.into_iter().collect();
    assert_eq!(given, (1..=200).map(|n| format!("CASE-2026-{n:06}")).collect());
    assert_whole(&ground).await;
}

#[tokio::test]
async fn a_number_somebody_brought_along_is_not_given_again() {
    let ground = Ground::new().await;
    let with = |number: &str| {
        let mut data = opening();
        data["caseNumber"] = number.into();
        new("OpenCase", data)
    };
    ground.ok(with("CASE-2026-000002")).await;
    ground.another().ok(with("CASE-2026-000003")).await;
    assert_eq!(ground.refused(with("CASE-2026-000002")).await, "already_taken");
    ground.case().await;
    ground.commands.execute_all(&boss(), vec![new("OpenCase", opening())]).await[0].clone().unwrap();
    assert_eq!(ground.refused(with("CASE-2026-000004")).await, "already_taken");
    let given = ["CASE-2026-000002", "CASE-2026-000003", "CASE-2026-000001", "CASE-2026-000004"];
    assert_eq!(numbers(&ground).await, given);
    ground.ok(new("OpenCase", opening()).at("2012-12-31T23:59:59Z".parse().unwrap())).await;
    assert_eq!(numbers(&ground).await[4], "CASE-2012-000001");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_key_used_by_many_at_once_works_once() {
    let ground = Ground::new().await;
    let case = ground.case().await;
    let wishes = (0..32).map(|_| ask("EscalateCase", case, json!({"reason": "x"})).key("k"));
    let answers = at_once(&[ground.clone(), ground.another()], wishes).await;
    assert_eq!(codes(&answers), HashMap::from([("ok", 32)]));
    assert_eq!(answers.iter().filter(|answer| !answer.as_ref().unwrap().replayed).count(), 1);
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap().version == 2));
    assert_eq!(ground.names::<Case>(case).await, ["case.opened", "case.escalated"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_waits_for_ever_whatever_is_asked_at_once() {
    let ground = Ground::with_seats(20).await;
    let (one, two) = (ground.agency(3).await, ground.agency(3).await);
    let cases: Vec<Uuid> = join_all((0..6).map(|_| ground.case())).await;
    let wish = |n: usize| {
        let (case, agency) = (cases[n % 6], if n % 5 < 3 { one } else { two });
        match n % 11 {
            0 | 1 => ask("AssignAgency", case, json!({"agencyId": agency})),
            2 => ask("RejectCase", case, json!({"reason": "x"})),
            3 => ask("AcceptCase", case, json!({})),
            4 => ask("CompleteCase", case, json!({})),
            5 => ask("ReopenCase", case, json!({})),
            6 => new("OpenCase", opening()),
            7 => new("CreateUser", json!({"email": format!("p{n}@example.com"), "firstName": "P", "roles": ["agent"]})),
            8 => ask("ToggleAgency", agency, json!({})),
            9 => new("ChangeSettings", json!({"p1_sla_days": 1 + n % 9})),
            _ => ask("UpdateCase", case, json!({"priority": if n.is_multiple_of(2) { "P1" } else { "P2" }})),
        }
    };
    let answers = at_once(std::slice::from_ref(&ground), (0..600).map(wish)).await;
    let codes = codes(&answers);
    assert!(!codes.contains_key("unavailable") && codes.get("busy").is_none_or(|busy| *busy < 30), "{codes:?}");
    assert_whole(&ground).await;
}
