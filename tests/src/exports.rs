//! Lists as CSV: all rows of the list and no others, every figure the same, and nothing in them that a spreadsheet would carry out.

use crate::client::{Client, Reply, id, number};
use crate::house::House;
use domain::organization::role::Role;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The rows of an export, each by its columns.
fn rows(reply: Reply) -> Vec<BTreeMap<String, String>> {
    assert_eq!(reply.status, 200, "{}", reply.text());
    let header = |name: &str| reply.headers[name].to_str().unwrap().to_owned();
    assert!(header("content-type").starts_with("text/csv"), "{:?}", reply.headers);
    assert!(header("content-disposition").contains(".csv"), "{:?}", reply.headers);
    assert!(header("docket-position").parse::<i64>().is_ok(), "{:?}", reply.headers);
    csv::Reader::from_reader(reply.bytes.as_slice()).deserialize().map(Result::unwrap).collect()
}

/// Every page of a list.
async fn listed(desk: &Client, path: &str) -> Vec<Value> {
    let mut all = Vec::new();
    for page in 1.. {
        let joint = if path.contains('?') { '&' } else { '?' };
        let found = desk.get(&format!("{path}{joint}limit=100&page={page}")).await.ok();
        let items = found["items"].as_array().unwrap();
        all.extend(items.iter().cloned());
        if items.is_empty() {
            break;
        }
    }
    all
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| if value.is_null() { String::new() } else { value.to_string() }, str::to_owned)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_case_of_the_worklist_is_in_the_export_in_its_order() {
    let house = House::open().await;
    let desk = &house.admin;
    let lines: Vec<String> = (0..230)
        .map(|n| {
            let priority = ["P1", "P2", "P3"][n % 3];
            let data = json!({"caseNumber": format!("X-{n}"), "customer": {"name": format!("Debtor {n}")},
                "overdueAmount": n + 1, "priority": priority, "autoAssign": false});
            json!({"command": "OpenCase", "on": Uuid::now_v7(), "data": data}).to_string()
        })
        .collect();
    desk.send("POST", "/api/commands", Some("application/x-ndjson"), lines.join("\n")).await.is(200);
    let agency = desk.agency("Swift", json!({})).await;
    let case = desk.working(agency, json!({"overdue_amount": 500.10})).await;
    desk.act(case, "payments", json!({"amount": 600.25})).await;
    house.settle().await;
    house.foreign().await;

    for query in ["", "?sort=overdue_amount&order=asc", "?priority=P2", "?search=debtor%201", "?sort=updated_at"] {
        let shown = listed(desk, &format!("/api/v1/cases/{query}")).await;
        let exported = rows(desk.get(&format!("/api/v1/exports/cases.csv{query}")).await);
        assert_eq!(exported.len(), shown.len(), "{query}");
        for (row, case) in exported.iter().zip(&shown) {
            for name in ["case_id", "id", "customer_name", "status", "priority", "sla_status", "dca_id", "dca_name", "version"] {
                assert_eq!(row[name], text(&case[name]), "{query} {name}");
            }
            for name in ["overdue_amount", "amount_paid", "balance", "credit", "ai_recovery_score"] {
                assert_eq!(row[name].parse::<Decimal>().unwrap(), number(&case[name]), "{query} {name}");
            }
        }
    }
    assert_eq!(listed(desk, "/api/v1/cases/").await.len(), 231);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_wrote_is_no_formula() {
    let house = House::open().await;
    let desk = &house.admin;
    for name in ["=HYPERLINK(\"http://evil\")", "+1", "-1", "@SUM(A1)", "O'Hara, \"Bob\"\nand wife"] {
        desk.open_case(json!({"customer_name": name, "notes": "=cmd|' /C calc'!A0"})).await;
    }
    let agency = desk.agency("=Swift", json!({"contact_person": "@Ana"})).await;
    house.settle().await;
    let cases = rows(desk.get("/api/v1/exports/cases.csv?order=asc").await);
    let names: Vec<&str> = cases.iter().map(|row| row["customer_name"].as_str()).collect();
    assert_eq!(names, ["'=HYPERLINK(\"http://evil\")", "'+1", "'-1", "'@SUM(A1)", "O'Hara, \"Bob\"\nand wife"]);
    assert!(cases.iter().all(|row| row["notes"].starts_with("'=")));
    let agencies = rows(desk.get("/api/v1/exports/dcas.csv").await);
    assert_eq!((agencies[0]["name"].as_str(), agencies[0]["contact_person"].as_str()), ("'=Swift", "'@Ana"));
    assert_eq!(agencies[0]["id"], agency.to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_trail_and_the_agencies_are_whole_too() {
    let house = House::open().await;
    let desk = &house.admin;
    for n in 0..120 {
        desk.agency(&format!("Agency {n:03}"), json!({})).await;
    }
    house.settle().await;
    house.foreign().await;
    let shown = listed(desk, "/api/v1/dcas/").await;
    let exported = rows(desk.get("/api/v1/exports/dcas.csv").await);
    assert_eq!(exported.len(), 120);
    assert!(exported.iter().zip(&shown).all(|(row, agency)| row["id"] == text(&agency["id"])
        && row["performance_score"].parse::<Decimal>().unwrap() == number(&agency["performance_score"])));
    for query in ["?category=agency", "?action=agency.registered&to=2020-01-01T00:00:00Z"] {
        let shown = listed(desk, &format!("/api/v1/audit-logs{query}")).await;
        let exported = rows(desk.get(&format!("/api/v1/exports/audit-logs.csv{query}")).await);
        assert_eq!(exported.len(), shown.len(), "{query}");
        for (row, entry) in exported.iter().zip(&shown) {
            let details: Value = serde_json::from_str(&row["details"]).unwrap();
            assert_eq!((&row["position"], &row["user_name"]), (&text(&entry["position"]), &text(&entry["user_name"])));
            assert_eq!(details, entry["details"]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_are_checked_and_only_so_many_run_at_once() {
    let house = House::open().await;
    let desk = &house.admin;
    id(&desk.open_case(json!({})).await);
    house.settle().await;
    for (path, field) in [
        ("cases.csv?status=gone", "status"),
        ("cases.csv?colour=red", "colour"),
        ("dcas.csv?is_active=perhaps", "is_active"),
        ("audit-logs.csv?user_id=x", "user_id"),
    ] {
        let refused = desk.get(&format!("/api/v1/exports/{path}")).await;
        assert!(refused.status == 422 && refused.text().contains(field), "{path}: {} {}", refused.status, refused.text());
    }
    let tickets = &house.running().house.limits.tickets;
    let held: Vec<_> = (0..3).map(|_| tickets.take(house.tenant).unwrap()).collect();
    let refused = desk.get("/api/v1/exports/cases.csv").await;
    assert_eq!((refused.status, refused.headers["retry-after"].to_str().unwrap()), (429, "5"), "{}", refused.text());
    let foreign = house.foreign().await;
    assert_eq!(rows(foreign.admin.get("/api/v1/exports/cases.csv").await).len(), 1, "others are not affected");
    drop(held);
    assert_eq!(rows(desk.get("/api/v1/exports/cases.csv").await).len(), 1);
    house.client(Role::Agent).await.get("/api/v1/exports/audit-logs.csv").await.is(403);
}
