//! The contract with specification E: every one of its endpoints at its literal path, with a golden body (docs/contract.md).
//!
//! What differs from run to run (ids, instants, tokens, the year in a case number) stands in the golden files as `<id>`, `<time>`
//! and so on; all else must be as it is there. `DOCKET_WRITE_GOLDEN=1 ./dev test contract` writes them anew, to be read in the diff.

use crate::client::{Client, id};
use crate::house::{House, PASSWORD};
use domain::organization::role::Role;
use serde_json::{Value, json};
use std::path::PathBuf;
use uuid::Uuid;

/// A house with an agency and a case of E's own sample, and somebody who may do everything E knows.
struct Desk {
    house: House,
    admin: Client,
    agency: Uuid,
    case: Uuid,
}

async fn desk() -> Desk {
    let house = House::with(|config| {
        config.roles = vec![api::config::Duty::Api, api::config::Duty::Project];
        config.testing = true;
    })
    .await;
    let admin = house.client(Role::CompanyAdmin).await;
    let agency = id(&admin.post("/api/v1/dcas/", swift()).await.is(201));
    let case = id(&admin.post("/api/v1/cases/", john()).await.is(201));
    admin.act(case, "assign", json!({"dca_id": agency})).await;
    admin.act(case, "accept", json!({})).await;
    house.settle().await;
    Desk { house, admin, agency, case }
}

fn swift() -> Value {
    json!({"name": "Swift Debt Solutions", "contact_person": "Sam Swift", "email": "desk@swift.example", "phone": "+1 555 0199",
        "max_capacity": 50, "min_debt_amount": 100, "max_debt_amount": 50000, "website_url": "https://swift.example"})
}

fn john() -> Value {
    json!({"case_id": "CASE-2024-001", "customer_name": "John Doe", "customer_email": "john@example.com",
        "customer_phone": "+1 555 0100", "customer_address": "1 Main Street", "overdue_amount": 15000.00, "ageing_days": 45,
        "priority": "P1", "auto_assign": false, "notes": "asked for a plan"})
}

impl Desk {
    async fn get(&self, item: &str, path: &str) {
        golden(item, self.admin.get(path).await.is(200));
    }

    async fn post(&self, item: &str, path: &str, body: Value) {
        let answer = self.admin.post(path, body).await;
        golden(item, answer.ok());
    }
}

/// How the bodies of a specification are kept.
pub struct Golden {
    /// The folder under `tests/golden`.
    pub folder: &'static str,
    /// Instants and days that begin like this were chosen by the story itself and stay.
    pub chosen: Option<&'static str>,
    /// Fields whose values differ from run to run, beside ids and instants.
    pub differ: &'static [&'static str],
}

/// Those of E. The first company fills up with whoever the test needs; the trail grows with them.
const E: Golden =
    Golden { folder: "e", chosen: None, differ: &["access_token", "refresh_token", "position", "key", "day", "date"] };

#[track_caller]
fn golden(item: &str, body: Value) {
    E.compare(item, body);
}

impl Golden {
    /// Compares a body with `tests/golden/<folder>/<item>.json`.
    #[track_caller]
    pub fn compare(&self, item: &str, mut body: Value) {
        self.steady(&mut body);
        let shown = serde_json::to_string_pretty(&body).unwrap() + "\n";
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("golden/{}/{item}.json", self.folder));
        if std::env::var_os("DOCKET_WRITE_GOLDEN").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &shown).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(shown, kept, "{item} is not what {} says", path.display());
    }

    /// Takes out what differs from run to run.
    fn steady(&self, value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.steady(item)),
            Value::Object(fields) => {
                let mut ids = 0;
                *fields = std::mem::take(fields)
                    .into_iter()
                    .map(|(name, mut field)| {
                        match self.differ.contains(&name.as_str()) {
                            true => field = json!(stands_for(&name)),
                            false => self.steady(&mut field),
                        }
                        (unnamed(&name, &mut ids).unwrap_or(name), field)
                    })
                    .collect();
            }
            Value::String(text) => {
                let chosen = self.chosen.is_some_and(|chosen| text.starts_with(chosen));
                let of_today = self.chosen.is_some() && !chosen;
                if Uuid::try_parse(text).is_ok() {
                    *text = "<id>".into();
                } else if !chosen && chrono::DateTime::parse_from_rfc3339(text).is_ok() {
                    *text = "<time>".into();
                } else if of_today && text.parse::<chrono::NaiveDate>().is_ok() {
                    *text = "<day>".into();
                } else if let Some((kind, id)) = text.split_once(':')
                    && Uuid::try_parse(id).is_ok()
                {
                    *text = format!("{kind}:<id>");
                } else if text.starts_with("company_admin-") {
                    *text = "<admin>".into();
                }
            }
            _ => {}
        }
    }
}

/// What is written in place of a value that differs.
fn stands_for(name: &str) -> String {
    match name {
        "access_token" | "refresh_token" => "<token>".into(),
        "day" | "date" => "<day>".into(),
        _ => format!("<{name}>"),
    }
}

/// The name of a field that is an id, or begins with one: the how many-th of its kind it is.
fn unnamed(name: &str, ids: &mut u32) -> Option<String> {
    let (_, rest) = name.split_at_checked(36).filter(|(id, _)| Uuid::try_parse(id).is_ok())?;
    *ids += 1;
    Some(format!("<id {ids}>{rest}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn e01_token() {
    let desk = desk().await;
    desk.house.person(&desk.house.admin, "ada@example.com", Role::CaseWorker).await;
    golden("E.E1", desk.house.anyone.sign_in("ada@example.com", PASSWORD).await.is(200));
    golden("E.E1-refused", desk.house.anyone.sign_in("ada@example.com", "not that").await.is(401));
}

#[tokio::test(flavor = "multi_thread")]
async fn e02_me() {
    let desk = desk().await;
    desk.house.person(&desk.house.admin, "ada@example.com", Role::CaseWorker).await;
    let ada = desk.house.signed_in("ada@example.com", PASSWORD).await;
    desk.house.settle().await;
    golden("E.E2", ada.get("/api/v1/auth/me").await.is(200));
}

#[tokio::test(flavor = "multi_thread")]
async fn e03_list_cases() {
    desk().await.get("E.E3", "/api/v1/cases/?status=in_progress&limit=10").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e04_create_case() {
    let desk = desk().await;
    let second = json!({"case_id": "CASE-2024-002", "customer_name": "Jane Roe", "overdue_amount": 800, "priority": "P3"});
    golden("E.E4", desk.admin.post("/api/v1/cases/", second).await.is(201));
    golden("E.E4-refused", desk.admin.post("/api/v1/cases/", json!({"customer_name": "Jane Roe"})).await.is(422));
}

#[tokio::test(flavor = "multi_thread")]
async fn e05_show_case() {
    let desk = desk().await;
    desk.get("E.E5", &format!("/api/v1/cases/{}", desk.case)).await;
    golden("E.E5-missing", desk.admin.get(&format!("/api/v1/cases/{}", Uuid::now_v7())).await.is(404));
}

#[tokio::test(flavor = "multi_thread")]
async fn e06_update_case() {
    let desk = desk().await;
    let path = format!("/api/v1/cases/{}", desk.case);
    golden("E.E6", desk.admin.put(&path, json!({"overdue_amount": 14000, "notes": "pays in parts"})).await.is(200));
}

#[tokio::test(flavor = "multi_thread")]
async fn e07_delete_case() {
    let desk = desk().await;
    desk.admin.act(desk.case, "complete", json!({})).await;
    let path = format!("/api/v1/cases/{}?reason=entered+twice", desk.case);
    golden("E.E7", desk.admin.delete(&path).await.is(200));
}

#[tokio::test(flavor = "multi_thread")]
async fn e08_escalate_case() {
    let desk = desk().await;
    desk.post("E.E8", &format!("/api/v1/cases/{}/escalate", desk.case), json!({"reason": "no answer for a week"})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e09_list_dcas() {
    desk().await.get("E.E9", "/api/v1/dcas/?is_active=true").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e10_create_dca() {
    let desk = desk().await;
    let other = json!({"name": "Kind Collectors", "max_capacity": 5});
    golden("E.E10", desk.admin.post("/api/v1/dcas/", other).await.is(201));
}

#[tokio::test(flavor = "multi_thread")]
async fn e11_show_dca() {
    let desk = desk().await;
    desk.get("E.E11", &format!("/api/v1/dcas/{}", desk.agency)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e12_update_dca() {
    let desk = desk().await;
    let path = format!("/api/v1/dcas/{}", desk.agency);
    golden("E.E12", desk.admin.put(&path, json!({"max_capacity": 60, "phone": null})).await.is(200));
}

#[tokio::test(flavor = "multi_thread")]
async fn e13_toggle_dca() {
    let desk = desk().await;
    golden("E.E13", desk.admin.put(&format!("/api/v1/dcas/{}/toggle", desk.agency), json!({})).await.is(200));
}

#[tokio::test(flavor = "multi_thread")]
async fn e14_dashboard_stats() {
    desk().await.get("E.E14", "/api/v1/dashboard/stats?days=2").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e15_recent_cases() {
    desk().await.get("E.E15", "/api/v1/dashboard/recent-cases").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e16_testing_cases() {
    desk().await.get("E.E16", "/api/v1/testing/cases").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e17_testing_dcas() {
    desk().await.get("E.E17", "/api/v1/testing/dcas").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e18_update_status() {
    let desk = desk().await;
    let asked = json!({"case_id": desk.case, "status": "Completed"});
    desk.post("E.E18", "/api/v1/testing/update-status", asked.clone()).await;
    golden("E.E18-refused", desk.admin.post("/api/v1/testing/update-status", asked).await.is(409));
}

#[tokio::test(flavor = "multi_thread")]
async fn e19_simulate_rejection() {
    let desk = desk().await;
    desk.post("E.E19", &format!("/api/v1/testing/simulate-rejection/{}", desk.case), json!({})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e20_simulate_delay() {
    let desk = desk().await;
    desk.post("E.E20", &format!("/api/v1/testing/simulate-delay/{}", desk.case), json!({"reason": "holidays"})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e21_settings() {
    desk().await.get("E.E21", "/api/v1/settings/").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e22_change_settings() {
    let desk = desk().await;
    let dark = json!({"p1_sla_days": 2, "theme_mode": "dark", "theme_primary_color": "#112233", "timezone": "Europe/Rome"});
    golden("E.E22", desk.admin.put("/api/v1/settings/", dark).await.is(200));
    golden("E.E22-refused", desk.admin.put("/api/v1/settings/", json!({"theme_primary_color": "red"})).await.is(422));
}

#[tokio::test(flavor = "multi_thread")]
async fn e23_reset_settings() {
    let desk = desk().await;
    desk.admin.put("/api/v1/settings/", json!({"p1_sla_days": 2})).await.is(200);
    desk.post("E.E23", "/api/v1/settings/reset", json!({})).await;
}

/// A report is not JSON: what it must say is tested in reports.rs, here that it is one.
async fn pdf(desk: &Desk, path: &str) {
    let report = desk.admin.get(path).await;
    report.is(200);
    assert_eq!(report.header("content-type").as_deref(), Some("application/pdf"));
    assert!(report.bytes.starts_with(b"%PDF-"), "{path}");
}

#[tokio::test(flavor = "multi_thread")]
async fn e24_case_report() {
    let desk = desk().await;
    pdf(&desk, &format!("/api/v1/reports/case/{}/pdf", desk.case)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e25_all_cases_report() {
    pdf(&desk().await, "/api/v1/reports/all-cases/pdf").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e26_customer_auth() {
    let desk = desk().await;
    let asked = json!({"case_id": "CASE-2024-001", "phone": "+1 555 0100"});
    golden("E.E26", desk.house.anyone.post("/api/v1/customer/auth", asked).await.is(200));
    let wrong = json!({"case_id": "CASE-2024-001", "phone": "+1 555 0101"});
    golden("E.E26-refused", desk.house.anyone.post("/api/v1/customer/auth", wrong).await.is(401));
}

#[tokio::test(flavor = "multi_thread")]
async fn e27_customer_case() {
    let desk = desk().await;
    desk.admin.act(desk.case, "payments", json!({"amount": 250})).await;
    desk.house.settle().await;
    let asked = json!({"case_id": "CASE-2024-001", "phone": "+1 555 0100"});
    let session = desk.house.anyone.post("/api/v1/customer/auth", asked).await.ok();
    let debtor = desk.house.anyone.bearing(session["access_token"].as_str().unwrap());
    golden("E.E27", debtor.get("/api/v1/customer/case").await.is(200));
}

/// The table in the documents names a test of this file for every endpoint of the specification, and every golden file is used.
#[test]
fn the_table_names_every_endpoint_and_its_test() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let table = std::fs::read_to_string(root.join("docs/contract.md")).unwrap();
    let tests = include_str!("contract.rs");
    for n in 1..=27 {
        let row =
            table.lines().find(|line| line.starts_with(&format!("| E.E{n} |"))).unwrap_or_else(|| panic!("no row for E.E{n}"));
        let name = row.split('`').rev().nth(1).unwrap();
        assert!(name.starts_with(&format!("e{n:02}_")) && tests.contains(&format!("async fn {name}()")), "{row}");
    }
    for file in std::fs::read_dir(root.join("tests/golden/e")).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        let item = name.trim_end_matches(".json");
        assert!(tests.contains(&format!("\"{item}\"")), "{name} belongs to no test");
    }
}
