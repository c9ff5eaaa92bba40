//! A score is explained so well that somebody who knows nothing but the explanation comes to the same number.

use crate::client::number;
use crate::house::House;
use serde_json::{Value, json};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use uuid::Uuid;

pub fn independent(script: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("independent").join(script)
}

/// Whether there is a Python to check with.
pub fn python() -> bool {
    let there =
        Command::new("python3").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|s| s.success());
    if !there {
        println!("skipped: no python3 here");
    }
    there
}

pub fn evaluated_elsewhere(explanations: &[Value]) {
    let mut child =
        Command::new("python3").arg(independent("explain.py")).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let text = serde_json::to_vec(explanations).unwrap();
    child.stdin.take().unwrap().write_all(&text).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}");
    assert_eq!(said.lines().filter(|line| line.starts_with("OK ")).count(), explanations.len(), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_score_is_evaluated_elsewhere_from_its_explanation_alone() {
    let house = House::open().await;
    let desk = &house.admin;
    let mut explanations = Vec::new();
    let agencies =
        [desk.agency("Idle", json!({})).await, desk.agency("Good", json!({})).await, desk.agency("Bad", json!({})).await];
    for n in 0..12 {
        let case = desk.working(agencies[1 + n % 2], json!({"overdue_amount": n * 10})).await;
        if n % 3 == 0 {
            desk.act(case, "delay", json!({"reason": "x"})).await;
            desk.act(case, "resume", json!({})).await;
        }
        let (action, body) = if n % 2 == 1 { ("reject", json!({"reason": "x"})) } else { ("complete", json!({})) };
        desk.act(case, action, body).await;
        explanations.push(desk.get(&format!("/api/v1/cases/{case}/recovery-score/explain")).await.ok());
    }
    // Something long ago that costs many points, and something that is out of the window of 90 days by now.
    let past = Uuid::now_v7();
    desk.at_time("2023-01-01T00:00:00Z", "RegisterAgency", past, json!({"name": "Past"})).await;
    for (from, until) in [("2023-01-02T00:00:00Z", "2023-03-02T12:00:00Z"), ("2023-02-02T00:00:00Z", "2023-02-03T12:00:00Z")] {
        let case = Uuid::now_v7();
        let open = json!({"customer": {"name": "A"}, "overdueAmount": 10, "priority": "P2", "autoAssign": false});
        desk.at_time(from, "OpenCase", case, open).await;
        desk.at_time(from, "AssignAgency", case, json!({"agencyId": past})).await;
        desk.at_time(from, "AcceptCase", case, json!({})).await;
        desk.at_time(until, "CompleteCase", case, json!({})).await;
    }
    // Two more within an hour, and asked for before, between and after them; at their time, and as they leave the window of 90 days.
    for (nth, until) in ["2023-02-05T12:20:00Z", "2023-02-05T12:40:00Z"].into_iter().enumerate() {
        let case = Uuid::now_v7();
        let open = json!({"customer": {"name": "B"}, "overdueAmount": 10, "priority": "P2", "autoAssign": false});
        desk.at_time("2023-02-05T11:00:00Z", "OpenCase", case, open).await;
        desk.at_time("2023-02-05T11:00:00Z", "AssignAgency", case, json!({"agencyId": past})).await;
        desk.at_time("2023-02-05T11:30:00Z", "AcceptCase", case, json!({})).await;
        let (command, data) = if nth == 0 { ("RejectCase", json!({"reason": "x"})) } else { ("CompleteCase", json!({})) };
        desk.at_time(until, command, case, data).await;
    }
    house.settle().await;
    let within_the_hour = ["12:00:00", "12:19:59", "12:20:00", "12:30:00", "12:40:00", "12:59:59"];
    let instants = ["2023-02-05", "2023-05-06"].map(|day| within_the_hour.map(|time| format!("&at={day}T{time}Z")));
    for at in instants.as_flattened() {
        let path = format!("/api/v1/dcas/{past}/score");
        let shown = desk.get(&format!("{path}?{}", at.trim_start_matches('&'))).await.ok();
        let explained = desk.get(&format!("{path}/explain?formula=agency.score@2{at}")).await.ok();
        assert_eq!(number(&explained["value"]), number(&shown["score_2"]), "{at}: {explained}");
    }
    for agency in agencies.into_iter().chain([past]) {
        for at in ["", "&at=2023-03-15T00:00:00Z", "&at=2000-01-01T00:00:00Z"] {
            let path = format!("/api/v1/dcas/{agency}/score");
            let shown = desk.get(&format!("{path}?{}", at.trim_start_matches('&'))).await.ok();
            for (formula, value) in [("agency.score@1", &shown["score_1"]["value"]), ("agency.score@2", &shown["score_2"])] {
                let explained = desk.get(&format!("{path}/explain?formula={formula}{at}")).await.ok();
                assert_eq!(number(&explained["value"]), number(value), "{formula} {at}: {explained}");
                explanations.push(explained);
            }
        }
    }
    if python() {
        evaluated_elsewhere(&explanations);
    }
}
