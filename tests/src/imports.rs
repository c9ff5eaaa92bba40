//! Histories are brought in from files: every line once, whatever happens on the way, and every refusal by its number.

use crate::client::number;
use crate::explanations::{independent, python};
use crate::house::House;
use api::import::{Report, import};
use domain::TenantId;
use flate2::{Compression, write::GzEncoder};
use rust_decimal::dec;
use serde_json::{Value, json};
use std::io::Write;
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// A file that goes away with the story.
struct File(PathBuf);

impl File {
    fn of(name: &str, bytes: impl AsRef<[u8]>) -> Self {
        let path = std::env::temp_dir().join(format!("docket-{}-{name}", Uuid::now_v7().simple()));
        std::fs::write(&path, bytes).unwrap();
        Self(path)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn zipped(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

fn named(name: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes())
}

fn line(key: &str, at: &str, command: &str, on: &str, data: Value) -> String {
    json!({"key": key, "at": at, "command": command, "on": named(on), "data": data}).to_string() + "\n"
}

/// An agency and so many cases, five lines each.
fn history(cases: usize) -> String {
    let mut text =
        line("agency", "2020-01-01T00:00:00Z", "RegisterAgency", "agency", json!({"name": "Past Due", "maxCapacity": 100_000}));
    for n in 0..cases {
        let (case, day) = (format!("case {n}"), n % 28 + 1);
        let at = |month: u32| format!("2020-{month:02}-{day:02}T10:00:00Z");
        let open = json!({"caseNumber": format!("P-{n}"), "customer": {"name": "A"}, "overdueAmount": "10.50", "priority": "P2", "autoAssign": false});
        text += &line(&format!("{n} open"), &at(2), "OpenCase", &case, open);
        text += &line(&format!("{n} assign"), &at(2), "AssignAgency", &case, json!({"agencyId": named("agency")}));
        text += &line(&format!("{n} accept"), &at(2), "AcceptCase", &case, json!({}));
        text += &line(&format!("{n} pay"), &at(3), "RecordPayment", &case, json!({"amount": "10.50"}));
        text += &line(&format!("{n} complete"), &at(3), "CompleteCase", &case, json!({}));
    }
    text
}

async fn brought_in(house: &House, tenant: TenantId, file: &File) -> Report {
    import(house.commands(), tenant, &file.0, false, |_| {}).await.unwrap()
}

/// What came of it: the agency's record, the amounts, and how many events there are of each kind.
async fn answers(house: &House, tenant: TenantId) -> (Vec<(String, i64)>, Value, Value) {
    house.settle().await;
    let desk = house.admin.with("Docket-Tenant", tenant);
    let kinds = sqlx::query_as(
        "select type, count(*) from log.events where tenant_id = $1 and type !~ '^(tenant|user)[.]' group by 1 order by 1",
    );
    let kinds = kinds.bind(tenant.0).fetch_all(&house.rooms().owner).await.unwrap();
    let mut agency = desk.dca(named("agency")).await;
    let stats = desk.get("/api/v1/dashboard/stats").await.ok();
    agency
        .as_object_mut()
        .unwrap()
        .retain(|name, _| name.contains("total") || name.contains("completions") || name.contains("score_1"));
    (kinds, agency, json!([stats["total_cases"], stats["cases_by_status"], stats["total_paid"], stats["sla"]]))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_comes_in_once_however_often_it_is_imported() {
    let house = House::open().await;
    let text = history(40);
    let (plain, gz) = (File::of("a.ndjson", &text), File::of("a.ndjson.gz", zipped(text.as_bytes())));
    let report = brought_in(&house, house.tenant, &plain).await;
    assert_eq!((report.lines, report.recorded, report.refused.len(), &report.cut), (201, 201, 0, &None));
    let first = answers(&house, house.tenant).await;
    assert_eq!(first.1["total_cases_completed"], 40, "{:?}", first.1);
    let report = brought_in(&house, house.tenant, &gz).await;
    assert_eq!((report.recorded, report.already_there), (0, 201));
    assert_eq!(answers(&house, house.tenant).await, first, "nothing is doubled");
    // P2 leaves seven days, every case took about a month: at risk and breached are on record at their instants.
    let story = house.story_of(named("case 3")).await;
    assert_eq!(
        story,
        [
            "case.opened",
            "case.assigned",
            "case.accepted",
            "case.sla_at_risk",
            "case.sla_breached",
            "case.payment_received",
            "case.completed"
        ]
    );
    house.verify().await;
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_cannot_be_carried_out_are_named_and_stop_nothing() {
    let house = House::open().await;
    let open = |name: &str| json!({"caseNumber": name, "customer": {"name": "A"}, "overdueAmount": 5, "priority": "P1", "autoAssign": false});
    let mut text = String::new();
    text += &line("1", "2020-01-01T00:00:00Z", "OpenCase", "one", open("A-1"));
    text += &line("1", "2020-01-01T00:00:00Z", "OpenCase", "one", open("A-1")); // the same again
    text += &line("1", "2020-01-01T00:00:00Z", "OpenCase", "one", open("B-1")); // 3: another body under the key
    text += "{\"key\": \"4\", oops\n"; // 4
    text += &json!({"command": "OpenCase", "data": open("C-1")}).to_string();
    text += "\n"; // 5: no key
    text += &line("6", "2020-01-05T00:00:00Z", "RecordPayment", "one", json!({"amount": 1}));
    text += &line("7", "2020-01-02T00:00:00Z", "RecordPayment", "one", json!({"amount": 2})); // 7: before the one before
    text += &line("8", "2020-01-06T00:00:00Z", "AcceptCase", "one", json!({})); // 8: an open case
    text += &line("9", "2020-01-06T00:00:00Z", "RecordPayment", "nobody", json!({"amount": 2})); // 9: no such case
    text += &line("10", "1969-01-06T00:00:00Z", "RecordPayment", "one", json!({"amount": 2})); // 10: before 1970
    text += &line("11", "2020-01-07T00:00:00Z", "Dance", "one", json!({})); // 11
    text += &line("12", "2020-01-07T00:00:00Z", "RecordPayment", "one", json!({"amount": -2, "colour": 1})); // 12
    text += "\n";
    text += &line("14", "2020-01-08T00:00:00Z", "RecordPayment", "one", json!({"amount": 4}));
    let mut heard = Vec::new();
    let file = File::of("bad.ndjson", &text);
    let report = import(house.commands(), house.tenant, &file.0, false, |refused| heard.push(refused.clone())).await.unwrap();
    let told: Vec<_> = heard
        .iter()
        .map(|refused| (refused.line, refused.code.as_str()))
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .collect();
    let expected = [
        (3, "key_reused"),
        (4, "malformed"),
        (5, "invalid"),
        (7, "out_of_order"),
        (8, "wrong_state"),
        (9, "unknown_case"),
        (10, "invalid"),
        (11, "unknown_command"),
        (12, "invalid"),
    ];
    assert_eq!(told, expected, "{heard:#?}");
    assert_eq!((report.recorded, report.already_there, report.refused.len()), (3, 1, 9), "{report:?}");
    assert!(heard.iter().all(|refused| refused.reason.len() > 10), "each says why");
    house.settle().await;
    assert_eq!(number(&house.admin.case(named("one")).await["amount_paid"]), dec!(5));
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_cut_off_says_so_and_is_finished_by_the_whole_one() {
    let house = House::open().await;
    let text = history(30);
    let gz = zipped(text.as_bytes());
    let whole = File::of("whole.ndjson", &text);
    for (name, cut) in [("cut.ndjson", &text.as_bytes()[..text.len() / 2 + 7]), ("cut.ndjson.gz", &gz[..gz.len() * 2 / 3])] {
        let tenant = api::import::tenant(house.commands(), name).await.unwrap();
        let report = brought_in(&house, tenant, &File::of(name, cut)).await;
        assert!(report.cut.is_some(), "{name}: {report:?}");
        assert!(report.refused.is_empty(), "{name}: {report:?}");
        let report = brought_in(&house, tenant, &whole).await;
        assert_eq!((report.cut, report.lines, report.refused.len()), (None, 151, 0));
    }
    brought_in(&house, house.tenant, &whole).await;
    let expected = answers(&house, house.tenant).await;
    for name in ["cut.ndjson", "cut.ndjson.gz"] {
        assert_eq!(answers(&house, api::import::tenant_id(name)).await, expected, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_history_is_imported_time_stands_still_for_its_company() {
    let house = House::open().await;
    house.admin.done(json!({"command": "BeginImport", "data": {}})).await;
    let open = json!({"customer": {"name": "A"}, "overdueAmount": 5, "priority": "P1", "autoAssign": true});
    house.admin.at_time("2020-01-01T00:00:00Z", "OpenCase", named("one"), open).await;
    house.settle().await;
    assert_eq!(house.story_of(named("one")).await, ["case.opened"], "neither clock nor assignment touch it");
    house.admin.done(json!({"command": "EndImport", "data": {}})).await;
    house.settle().await;
    assert_eq!(house.story_of(named("one")).await[1..3], ["case.sla_at_risk", "case.sla_breached"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_is_dropped_in_the_middle_and_resumed_gives_the_same_answers() {
    let house = House::open().await;
    let file = File::of("long.ndjson", history(800));
    let whole = api::import::tenant(house.commands(), "in one go").await.unwrap();
    brought_in(&house, whole, &file).await;
    let mut dropped = 0;
    for part in [300, 1500] {
        let until = house.events().await + part;
        let enough = async {
            while house.events().await < until {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            _ = import(house.commands(), house.tenant, &file.0, false, |_| {}) => {}
            () = enough => dropped += 1,
        }
    }
    assert!(dropped > 0, "it was never interrupted");
    let report = brought_in(&house, house.tenant, &file).await;
    assert_eq!((report.recorded + report.already_there, report.refused.len()), (4001, 0));
    assert!(report.already_there > 0);
    assert_eq!(answers(&house, house.tenant).await, answers(&house, whole).await);
    house.verify().await;
}

const CHILD: &str = "DOCKET_STORY_CHILD";

/// Not a story of its own: the process that the next story kills.
#[tokio::test(flavor = "multi_thread")]
async fn the_child_imports_until_it_is_killed() {
    let Ok(orders) = std::env::var(CHILD) else { return };
    let (url, file) = orders.split_once('|').unwrap();
    let config = api::Config { roles: vec![], ..api::Config::for_tests(url) };
    let house = api::House::open(config).await.unwrap();
    import(&house.commands, api::import::tenant_id(api::bootstrap::COMPANY), Path::new(file), false, |_| {}).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_killed_at_random_moments_and_run_again_loses_and_doubles_nothing() {
    let house = House::open().await;
    let file = File::of("killed.ndjson", history(500));
    let whole = api::import::tenant(house.commands(), "in one go").await.unwrap();
    brought_in(&house, whole, &file).await;
    let mut killed = 0;
    for _ in 0..3 {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "imports::the_child_imports_until_it_is_killed"])
            .env(CHILD, format!("{}|{}", house.database_url(), file.0.display()))
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let until = house.events().await + rand::random_range(2..1200);
        while house.events().await < until && child.try_wait().unwrap().is_none() {
            tokio::task::yield_now().await;
        }
        killed += usize::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert!(killed > 0, "it was never interrupted");
    brought_in(&house, house.tenant, &file).await;
    assert_eq!(answers(&house, house.tenant).await, answers(&house, whole).await);
    house.verify().await;
    house.is_healthy().await;
}

/// Real histories, and what an independent reader of the same files makes of them.
async fn real(name: &str) {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let data = std::env::var("DOCKET_SHARED").map(|shared| Path::new(&shared).join("data")).unwrap_or_else(|_| beside());
    let (file, expected) = (data.join(format!("{name}.commands.ndjson.gz")), data.join(format!("{name}.expected.json")));
    if !file.exists() {
        return println!("skipped: no {}", file.display());
    }
    let house = House::open().await;
    let began = std::time::Instant::now();
    let report = import(house.commands(), house.tenant, &file, false, |_| {}).await.unwrap();
    let imported = began.elapsed();
    let wanted: Value = serde_json::from_slice(&std::fs::read(&expected).unwrap()).unwrap();
    assert_eq!(
        report.refused.len(),
        wanted["refused"].as_object().map_or(0, |refused| refused.len()),
        "{:?}",
        report.refused.first()
    );
    house.settle().await;
    println!("{name}: {} lines imported in {imported:.1?}, visible after {:.1?}", report.lines, began.elapsed());
    house.verify().await;
    if python() {
        let compared = std::process::Command::new("python3")
            .arg(independent("compare.py"))
            .args([&house.anyone.url, api::bootstrap::ADMIN, house.admin_password.as_str()])
            .arg(&expected)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&compared.stdout);
        assert!(compared.status.success(), "{said}{}", String::from_utf8_lossy(&compared.stderr));
        println!("{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_real_fines_come_out_as_an_independent_reader_says() {
    real("fines").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn four_years_of_a_real_help_desk_come_out_as_an_independent_reader_says() {
    real("helpdesk").await;
}
