//! Agencies: registered, changed, switched off and on, and judged by what they did.

use crate::client::{id, number};
use crate::house::House;
use rust_decimal::dec;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn an_agency_is_registered_changed_and_switched_off_and_on() {
    let house = House::open().await;
    let desk = &house.admin;
    let agency = desk.agency("Swift", json!({"email": "desk@swift.example", "max_capacity": 3, "min_debt_amount": 10})).await;
    let shown = desk.dca(agency).await;
    assert_eq!((&shown["is_active"], number(&shown["performance_score"])), (&json!(true), dec!(100)));
    let path = format!("/api/v1/dcas/{agency}");
    let changed = desk.put(&path, json!({"name": "Swifter", "email": null, "max_debt_amount": "99.50"})).await.ok();
    assert_eq!(
        (&changed["name"], &changed["email"], number(&changed["max_debt_amount"])),
        (&json!("Swifter"), &json!(null), dec!(99.50))
    );
    assert_eq!(changed["max_capacity"], 3, "what is absent stays");
    assert_eq!(desk.put(&format!("{path}/toggle"), json!({})).await.ok()["is_active"], false);

    let case = id(&desk.open_case(json!({"overdue_amount": 50})).await);
    let refused = desk.post(&format!("/api/v1/cases/{case}/assign"), json!({"dca_id": agency})).await;
    assert!(refused.status == 409 && refused.text().contains("not active"), "{}", refused.text());
    assert_eq!(desk.send("PUT", &format!("{path}/toggle"), None, "").await.ok()["is_active"], true);
    desk.act(case, "assign", json!({"dca_id": agency})).await;
    let dear = id(&desk.open_case(json!({"overdue_amount": 100})).await);
    let refused = desk.post(&format!("/api/v1/cases/{dear}/assign"), json!({"dca_id": agency})).await;
    assert!(refused.status == 409 && refused.text().contains("debt range"), "{}", refused.text());

    let backwards = desk.put(&path, json!({"min_debt_amount": 100, "max_debt_amount": 50})).await;
    assert_eq!(backwards.status, 422, "{}", backwards.text());
    house.settle().await;
    assert_eq!(desk.get("/api/v1/dcas/?search=swifter").await.ok()["total"], 1);
    assert_eq!(desk.get("/api/v1/dcas/?is_active=false").await.ok()["total"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_score_is_the_sum_that_the_specification_names() {
    // E.F1 on ten completions (six of them quick) and a rejection, under the settings of their time.
    let house = House::open().await;
    let desk = &house.admin;
    desk.put("/api/v1/settings/", json!({"p3_sla_days": 100, "p1_sla_days": 10, "at_risk_fraction": 0.8})).await.ok();
    let agency = uuid::Uuid::now_v7();
    let (year, month) = (2026, 3);
    let day = |n: u32| format!("{year}-{month:02}-{n:02}T08:00:00Z");
    desk.at_time(&day(1), "RegisterAgency", agency, json!({"name": "Golden"})).await;
    // Before this version of the settings there was only the first, which has always been in force.
    let settings = desk.get("/api/v1/settings/?at=2026-03-01T00:00:00Z").await.ok();
    assert_eq!(settings["p3_sla_days"], 14, "history is judged by the settings of its time");
    // P1 3 days, P2 7 days, P3 14 days; at risk from 80 %.
    let lives = [("P3", 4), ("P3", 4), ("P3", 4), ("P3", 4), ("P3", 4), ("P3", 4), ("P3", 8), ("P2", 6), ("P3", 10), ("P3", 10)];
    for (priority, days) in lives {
        let case = uuid::Uuid::now_v7();
        let open = json!({"customer": {"name": "A"}, "overdueAmount": 10, "priority": priority, "autoAssign": false});
        desk.at_time(&day(2), "OpenCase", case, open).await;
        desk.at_time(&day(2), "AssignAgency", case, json!({"agencyId": agency})).await;
        desk.at_time(&day(2), "AcceptCase", case, json!({})).await;
        desk.at_time(&day(2 + days), "CompleteCase", case, json!({})).await;
    }
    let back = uuid::Uuid::now_v7();
    let open = json!({"customer": {"name": "B"}, "overdueAmount": 10, "priority": "P3", "autoAssign": false});
    desk.at_time(&day(2), "OpenCase", back, open).await;
    desk.at_time(&day(2), "AssignAgency", back, json!({"agencyId": agency})).await;
    desk.at_time(&day(3), "RejectCase", back, json!({"reason": "no"})).await;
    house.settle().await;
    let shown = desk.dca(agency).await;
    // 6 quick: +30; one rejection: −5; one completion at risk (6 of 7 days): −5; nobody slower than 10 days.
    assert_eq!(number(&shown["score_1"]["raw"]), dec!(120), "{shown}");
    assert_eq!((&shown["total_cases_completed"], &shown["quick_completions"]), (&json!(10), &json!(6)));
    assert_eq!(
        (&shown["at_risk_completions"], &shown["breached_completions"], &shown["slow_days"]),
        (&json!(1), &json!(0), &json!(0))
    );
    assert_eq!(number(&shown["avg_completion_time_days"]), dec!(5.8), "{shown}");
    house.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_and_late_work_costs_points_and_the_score_stops_at_its_bounds() {
    let house = House::open().await;
    let desk = &house.admin;
    let (slow, quick) = (uuid::Uuid::now_v7(), uuid::Uuid::now_v7());
    for (agency, name) in [(slow, "Slow"), (quick, "Quick")] {
        desk.at_time("2026-01-01T00:00:00Z", "RegisterAgency", agency, json!({"name": name})).await;
    }
    let mut lines = Vec::new();
    let mut life = |agency: uuid::Uuid, until: &str| {
        let case = uuid::Uuid::now_v7();
        let open = json!({"customer": {"name": "A"}, "overdueAmount": 10, "priority": "P3", "autoAssign": false});
        let from = "2026-02-01T00:00:00Z";
        lines.push(json!({"command": "OpenCase", "on": case, "at": from, "data": open}));
        lines.push(json!({"command": "AssignAgency", "on": case, "at": from, "data": {"agencyId": agency}}));
        lines.push(json!({"command": "AcceptCase", "on": case, "at": from, "data": {}}));
        lines.push(json!({"command": "CompleteCase", "on": case, "at": until, "data": {}}));
    };
    life(slow, "2026-02-17T00:00:00Z");
    (0..24).for_each(|_| life(quick, "2026-02-03T00:00:00Z"));
    let answer = desk.command(json!(lines)).await.ok();
    assert!(answer["data"].as_array().unwrap().iter().all(|item| item["ok"] == true), "{answer}");
    house.settle().await;
    let shown = desk.dca(slow).await;
    // 16 days are 6 over 10 (−12) and the window of 14 days was breached (−5).
    assert_eq!((number(&shown["score_1"]["raw"]), &shown["slow_days"]), (dec!(83), &json!(6)), "{shown}");
    assert_eq!((&shown["breached_completions"], &shown["at_risk_completions"]), (&json!(1), &json!(0)), "never both");
    let shown = desk.dca(quick).await;
    assert_eq!((number(&shown["score_1"]["raw"]), number(&shown["score_1"]["value"])), (dec!(220), dec!(120)));
}
