//! The life of a case, from the day it is handed over to the day it is filed away, and the numbers that follow from it.

use crate::client::{id, number, word};
use crate::house::House;
use rust_decimal::dec;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_case_goes_through_its_whole_life_and_the_numbers_follow() {
    let house = House::open().await;
    let desk = &house.admin;
    let agency = desk.agency("Swift", json!({"max_capacity": 5})).await;
    let opened =
        desk.open_case(json!({"customer_email": "ada@example.com", "overdue_amount": "1500.50", "ageing_days": 30})).await;
    let case = id(&opened);
    assert_eq!((word(&opened["status"]), word(&opened["sla_status"])), ("open".into(), "on_track".into()));
    assert!(opened["case_id"].as_str().unwrap().starts_with("CASE-20"), "{opened}");
    assert!((dec!(0)..=dec!(100)).contains(&number(&opened["ai_recovery_score"])));

    let status = |body: &serde_json::Value| word(&body["status"]);
    let assigned = desk.act(case, "assign", json!({"dca_id": agency, "reason": "knows the customer"})).await;
    assert_eq!(
        (status(&assigned), &assigned["dca_id"], &assigned["dca_name"]),
        ("assigned".into(), &json!(agency), &json!("Swift"))
    );
    assert_eq!(desk.dca(agency).await["active_cases_count"], 1);
    assert_eq!(status(&desk.act(case, "accept", json!({})).await), "in_progress");
    assert_eq!(status(&desk.act(case, "delay", json!({"reason": "waiting for documents"})).await), "delayed");
    assert_eq!(status(&desk.act(case, "resume", json!({})).await), "in_progress");
    let escalated = desk.act(case, "escalate", json!({"reason": "threatens"})).await;
    assert_eq!((status(&escalated), &escalated["escalation_level"]), ("in_progress".into(), &json!(1)));

    let paid = desk.act(case, "payments", json!({"amount": "1000.25", "reference": "bank"})).await;
    assert_eq!((number(&paid["amount_paid"]), number(&paid["balance"])), (dec!(1000.25), dec!(500.25)));
    let paid = desk.act(case, "payments", json!({"amount": 600.00})).await;
    assert_eq!((number(&paid["balance"]), number(&paid["credit"])), (dec!(0), dec!(99.75)));

    let done = desk.act(case, "complete", json!({"outcome": "paid"})).await;
    assert_eq!(
        (status(&done), word(&done["sla_status"]), &done["outcome"]),
        ("completed".into(), "on_track".into(), &json!("paid"))
    );
    house.settle().await;
    let after = desk.dca(agency).await;
    // 100, 5 for a quick completion, 3 off for the delay.
    assert_eq!(number(&after["score_1"]["value"]), dec!(102), "{after}");
    assert_eq!(number(&after["score_2"]), dec!(120), "{after}");
    assert_eq!(number(&after["performance_score"]), dec!(102));
    assert_eq!(
        (&after["active_cases_count"], &after["total_cases_completed"], &after["total_delays"]),
        (&json!(0), &json!(1), &json!(1))
    );
    assert_eq!((&after["quick_completions"], &after["slow_days"]), (&json!(1), &json!(0)));

    assert_eq!(status(&desk.act(case, "close", json!({})).await), "closed");
    assert_eq!(status(&desk.act(case, "reopen", json!({"reason": "bounced"})).await), "open");
    house.settle().await;
    let story = house.story_of(case).await;
    let expected = [
        "case.opened",
        "case.assigned",
        "case.accepted",
        "case.delayed",
        "case.resumed",
        "case.escalated",
        "case.payment_received",
        "case.payment_received",
        "case.completed",
        "case.closed",
        "case.reopened",
    ];
    assert_eq!(story, expected);
    house.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_may_be_changed_cleared_and_deleted_but_not_while_somebody_works_on_it() {
    let house = House::open().await;
    let desk = &house.admin;
    let agency = desk.agency("Swift", json!({})).await;
    let case = id(&desk.open_case(json!({"notes": "first", "customer_phone": "+1 555"})).await);
    let path = format!("/api/v1/cases/{case}");
    let changed = desk.put(&path, json!({"notes": null, "overdue_amount": "62.59", "priority": "P1"})).await.ok();
    assert_eq!(
        (&changed["notes"], number(&changed["overdue_amount"]), &changed["priority"]),
        (&json!(null), dec!(62.59), &json!("P1"))
    );
    assert_eq!(changed["customer_phone"], "+1 555", "what is absent stays");

    desk.act(case, "assign", json!({"dca_id": agency})).await;
    desk.act(case, "accept", json!({})).await;
    let refused = desk.delete(&path).await;
    assert_eq!(refused.status, 409, "{}", refused.text());
    assert!(refused.text().contains("in_progress") && refused.text().contains("CompleteCase"), "{}", refused.text());
    desk.act(case, "reject", json!({"reason": "insolvent"})).await;
    assert_eq!(desk.dca(agency).await["active_cases_count"], 0, "a rejection frees the place");
    desk.delete(&path).await.ok();
    house.settle().await;
    desk.get(&path).await.is(404);
    let listed = desk.get("/api/v1/cases/").await.ok();
    assert_eq!(listed["total"], 0, "{listed}");
    assert_eq!(house.story_of(case).await.last().map(String::as_str), Some("case.deleted"), "auditors still see it");
    desk.post(&format!("{path}/assign"), json!({"dca_id": agency})).await.is(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worklist_is_filtered_sorted_and_paged() {
    let house = House::open().await;
    let desk = &house.admin;
    for n in 1..=7 {
        let priority = ["P1", "P2", "P3"][n % 3];
        let fields = json!({"customer_name": format!("Debtor {n}"), "overdue_amount": n * 100, "priority": priority, "case_id": format!("N-{n}")});
        desk.open_case(fields).await;
    }
    house.settle().await;
    let list = async |query: &str| desk.get(&format!("/api/v1/cases/?{query}")).await.ok();
    let names = |page: &serde_json::Value| -> Vec<String> {
        page["items"].as_array().unwrap().iter().map(|case| case["case_id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(list("priority=P1").await["total"], 2);
    assert_eq!(names(&list("search=debtor%205").await), ["N-5"]);
    assert_eq!(names(&list("sort=overdue_amount&order=asc&limit=3").await), ["N-1", "N-2", "N-3"]);
    assert_eq!(names(&list("sort=overdue_amount&order=asc&limit=3&page=3").await), ["N-7"]);
    assert_eq!(list("status=completed").await["total"], 0);
    assert_eq!(list("status=In%20Progress").await["total"], 0);
    let (mut seen, mut query) = (Vec::new(), "sort=overdue_amount&order=asc&limit=2".to_owned());
    loop {
        let page = list(&query).await;
        assert_eq!(page["total"], 7);
        seen.extend(names(&page));
        let Some(next) = page["next"].as_str() else { break };
        query = format!("sort=overdue_amount&order=asc&limit=2&cursor={next}");
    }
    assert_eq!(seen, ["N-1", "N-2", "N-3", "N-4", "N-5", "N-6", "N-7"], "no case twice, none left out");
    for (wrong, field) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("status=gone", "status"),
        ("colour=red", "colour"),
        ("cursor=x", "cursor"),
    ] {
        let refused = desk.get(&format!("/api/v1/cases/?{wrong}")).await;
        assert!(refused.status == 422 && refused.text().contains(field), "{wrong}: {} {}", refused.status, refused.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worklist_is_sorted_by_the_last_change_within_a_minute_and_over_many() {
    let house = House::open().await;
    let desk = &house.admin;
    let changes = ["10:00:01", "10:00:59", "10:00:59", "10:01:00", "11:30:07", "11:30:08"];
    for (n, at) in changes.iter().enumerate() {
        let data = json!({"caseNumber": format!("U-{n}"), "customer": {"name": "Ana"}, "overdueAmount": 10, "priority": "P2", "autoAssign": false});
        desk.at_time(&format!("2026-03-02T{at}Z"), "OpenCase", uuid::Uuid::now_v7(), data).await;
    }
    house.settle().await;
    for order in ["asc", "desc"] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = desk.get(&format!("/api/v1/cases/?sort=updated_at&order={order}&limit=1{cursor}")).await.ok();
            seen.extend(page["items"].as_array().unwrap().iter().map(|case| case["case_id"].as_str().unwrap().to_owned()));
            let Some(next) = page["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        if order == "desc" {
            seen.reverse();
        }
        assert_eq!(seen, ["U-0", "U-1", "U-2", "U-3", "U-4", "U-5"], "{order}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dashboard_counts_what_is_there() {
    let house = House::open().await;
    let desk = &house.admin;
    let agency = desk.agency("Swift", json!({})).await;
    desk.open_case(json!({"overdue_amount": 100})).await;
    let case = desk.working(agency, json!({"overdue_amount": 200})).await;
    desk.act(case, "payments", json!({"amount": 50})).await;
    desk.act(case, "complete", json!({})).await;
    house.settle().await;
    let stats = desk.get("/api/v1/dashboard/stats").await.ok();
    assert_eq!((number(&stats["total_overdue_amount"]), number(&stats["total_paid"])), (dec!(300), dec!(50)), "{stats}");
    assert_eq!((&stats["total_cases"], &stats["active_dcas"]), (&json!(2), &json!(1)));
    assert_eq!((&stats["cases_by_status"]["open"], &stats["cases_by_status"]["completed"]), (&json!(1), &json!(1)));
    let today = stats["series"].as_array().unwrap().last().unwrap();
    assert_eq!((&today["opened"], &today["completed"], &today["payments"]), (&json!(2), &json!(1), &json!(1)), "{today}");
    let recent = desk.get("/api/v1/dashboard/recent-cases").await.ok();
    let items = recent.as_array().or(recent["items"].as_array()).unwrap();
    assert_eq!(items.len(), 2, "{recent}");
    assert_eq!(items[0]["id"], json!(case), "the newest first");
}
