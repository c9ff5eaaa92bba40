//! Whether the figures are what the log says, and how the data of the call centre is doing.

use super::agents::site;
use crate::client::{Client, id};
use crate::house::House;
use chrono::Utc;
use commands::calls::verification::BeginVerification;
use commands::{Ask, Principal};
use domain::organization::role::Role;
use serde_json::{Value, json};
use sqlx::Connection;
use uuid::Uuid;

const CHECK: &str = "/api/processing/calculate-kpis";
const HEALTH: &str = "/api/processing/health-check";

async fn source(house: &House) -> Uuid {
    let source = json!({"command": "AddSource", "data": {"name": "Main office", "timezone": "UTC"}});
    house.admin.done(source).await
}

async fn call(house: &House, source: Uuid, key: &str) -> Uuid {
    let now = Utc::now();
    let record = json!({"callid": key, "time-start": now, "time-answered": now, "time-end": now, "from-no": "+15551230001",
        "from-type": "Line", "to-dn": "101", "to-type": "Extension"});
    house.admin.done(json!({"command": "RecordCdr", "data": {"source": source, "record": record}})).await
}

async fn check(client: &Client, body: Value) -> Value {
    client.post(CHECK, body).await.is(200)["data"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_not_what_the_log_says_is_found_named_and_put_right() {
    let house = House::open().await;
    let manager = house.client(Role::Manager).await;
    let source = source(&house).await;
    let (one, other) = (call(&house, source, "1").await, call(&house, source, "2").await);
    house.settle().await;
    let clean = check(&manager, json!({})).await;
    assert_eq!((&clean["status"], &clean["isVerified"], &clean["differing"]), (&json!("finished"), &json!(true), &json!(0)));
    let models: Vec<&str> = clean["models"].as_array().unwrap().iter().map(|model| model["model"].as_str().unwrap()).collect();
    assert!(models.contains(&"call_records") && models.contains(&"presences") && !models.contains(&"worklist"), "{models:?}");
    assert_eq!(manager.get(&format!("{CHECK}/{}", id(&clean))).await.ok()["data"], clean, "it can be looked up");
    let health = manager.get(HEALTH).await.ok()["data"].clone();
    assert_eq!((&health["status"], &health["reasons"]), (&json!("ok"), &json!([])), "{health}");
    assert_eq!(health["lastVerification"]["id"], clean["id"]);

    let owner = &house.rooms().owner;
    let changed = sqlx::query("update read.calls set talk_seconds = 999 where call_id = $1").bind(one).execute(owner).await;
    assert_eq!(changed.unwrap().rows_affected(), 1);
    sqlx::query("delete from read.calls where call_id = $1").bind(other).execute(owner).await.unwrap();
    let found = check(&manager, json!({"rebuild": false})).await;
    assert_eq!((&found["status"], &found["isVerified"], &found["differing"]), (&json!("finished"), &json!(false), &json!(2)));
    let mut rows: Vec<_> = found["differences"].as_array().unwrap().iter().collect();
    rows.sort_by_key(|row| row["what"].as_str().unwrap());
    for (row, (call, what)) in rows.iter().zip([(one, "different"), (other, "missing")]) {
        assert_eq!((&row["model"], &row["table"], &row["what"]), (&json!("call_records"), &json!("calls"), &json!(what)));
        assert_eq!(row["key"], json!({"tenant_id": house.tenant, "call_id": call}));
    }
    let health = manager.get(HEALTH).await.ok()["data"].clone();
    assert_eq!(health["reasons"], json!(["the last check found 2 rows that are not what the log says"]));

    let put_right = check(&manager, json!({"rebuild": true})).await;
    assert_eq!((&put_right["isVerified"], &put_right["rebuild"]), (&json!(true), &json!(true)), "{put_right}");
    assert_eq!(manager.get(HEALTH).await.ok()["data"]["status"], "ok");
    house.verify().await;
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_check_at_a_time_and_one_for_each_key() {
    let house = House::open().await;
    let keyed = house.admin.with("Idempotency-Key", "nightly");
    let first = check(&keyed, json!({})).await;
    assert_eq!(check(&keyed, json!({})).await, first, "the same again");
    keyed.post(CHECK, json!({"rebuild": true})).await.is(409);

    // Another server checks.
    let mut elsewhere = sqlx::PgConnection::connect(&house.database_url()).await.unwrap();
    let take = sqlx::query("select pg_advisory_lock(hashtextextended('docket.verification', 0))");
    take.execute(&mut elsewhere).await.unwrap();
    let refused = house.admin.post(CHECK, json!({})).await;
    assert_eq!((refused.status, refused.header("retry-after").as_deref()), (429, Some("10")), "{}", refused.text());
    let begun = |run| {
        let (commands, process) = (house.commands(), Principal::process(house.tenant, "verification"));
        let ask = Ask::new(BeginVerification { run, rebuild: false, asked_by: None });
        async move { commands.execute(&process, ask).await.unwrap() }
    };
    let run = Uuid::now_v7();
    begun(run).await;
    let path = format!("{CHECK}/{run}");
    assert_eq!(house.admin.get(&path).await.ok()["data"]["status"], "running");
    elsewhere.close().await.unwrap();
    // PostgreSQL takes the lock back when the connection is gone, a moment later.
    for _ in 0..50 {
        if house.admin.get(&path).await.ok()["data"]["status"] == "interrupted" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let left = house.admin.get(&path).await.ok()["data"].clone();
    assert_eq!((&left["status"], &left["isVerified"]), (&json!("interrupted"), &Value::Null));
    check(&house.admin, json!({})).await;
    house.admin.get(&format!("{CHECK}/{}", Uuid::now_v7())).await.is(404);
    house.foreign().await.admin.get(&path).await.is(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_looks_after_a_team_sees_how_its_data_is_doing() {
    let house = House::open().await;
    site(&house, "Wixom").await;
    let (supervisor, agent) = (house.client(Role::Supervisor).await, house.client(Role::Agent).await);
    agent.get(HEALTH).await.is(403);
    supervisor.post(CHECK, json!({})).await.is(403);
    let none = supervisor.get(HEALTH).await.ok()["data"].clone();
    assert_eq!((&none["status"], &none["sources"], &none["lastVerification"]), (&json!("ok"), &json!([]), &Value::Null));
    assert!(none["screens"].as_array().unwrap().iter().any(|screen| screen["model"] == "call_records"), "{none}");

    let source = source(&house).await;
    call(&house, source, "1").await;
    let garbage = json!({"command": "RecordCdr", "data": {"source": source, "line": "no record at all"}});
    house.admin.done(garbage).await;
    house.settle().await;
    let health = supervisor.get(HEALTH).await.ok()["data"].clone();
    assert_eq!((&health["status"], &health["recordsInQuarantine"]), (&json!("degraded"), &json!(1)), "{health}");
    assert_eq!(health["reasons"], json!(["1 records wait in quarantine"]));
    let main = &health["sources"][0];
    assert_eq!((&main["name"], &main["calls"], &main["held"]), (&json!("Main office"), &json!(1), &json!(1)));
    assert!((0..60).contains(&main["silentSeconds"].as_i64().unwrap()), "{main}");
    for bad in [json!({"rebuild": "yes"}), json!({"speed": 1})] {
        let field = bad.as_object().unwrap().keys().next().unwrap().clone();
        assert_eq!(house.admin.post(CHECK, bad).await.is(422)["error"]["details"]["field"], field.as_str());
    }
    house.is_healthy().await;
}
