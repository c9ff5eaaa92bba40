//! What nobody has to ask for in a call centre: the daily check, goals that were reached, reminders of coaching, telephone systems
//! that are asked what they know; and that whoever wants to know is told.

use super::agents::{agent, site};
use super::ground::{Ground, Told};
use crate::house::House;
use crate::pbx::{Fault, Pbx};
use chrono::{Datelike, Days, NaiveDate, Utc};
use processes::Duty;
use processes::coaching_reminders::CoachingReminders;
use processes::goal_notices::GoalNotices;
use processes::threecx::rounds::SyncRounds;
use processes::verification::DailyCheck;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

/// Whoever listens to all that a call centre can tell.
async fn listens(house: &House) {
    let kinds = ["verification_failed", "goal_reached", "coaching_due"];
    house.admin.post("/api/v1/notices/endpoints", json!({"email": "lead@example.com", "kinds": kinds})).await.is(201);
    house.settle().await;
}

/// The notices of a kind.
async fn notices(house: &House, kind: &str) -> Vec<Value> {
    house.settle().await;
    house.admin.get(&format!("/api/v1/notices?kind={kind}")).await.ok()["items"].as_array().unwrap().clone()
}

async fn events(house: &House, name: &str) -> i64 {
    let count = sqlx::query_scalar(AssertSqlSafe(format!("select count(*) from log.events where type = '{name}'")));
    count.fetch_one(&house.rooms().owner).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_centre_is_checked_once_a_day_and_what_is_wrong_is_told() {
    let house = House::open().await;
    listens(&house).await;
    let rooms = house.rooms();
    let step = async || {
        let mut check = DailyCheck::new(rooms.commands.clone(), rooms.reader.clone(), rooms.checker.clone());
        check.step().await.unwrap()
    };
    assert_eq!(step().await, 0, "nobody takes calls here");
    let wixom = site(&house, "Wixom").await;
    let (ada, _) = agent(&house, "ada", wixom, "101").await;
    house.settle().await;
    futures::future::join_all([step(), step(), step()]).await;
    for _ in 0..200 {
        if events(&house, "verification.ended").await > 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    step().await;
    assert_eq!((events(&house, "verification.began").await, events(&house, "verification.ended").await), (1, 1));
    let health = house.admin.get("/api/processing/health-check").await.ok()["data"].clone();
    let last = health["lastVerification"]["id"].as_str().unwrap().to_owned();
    let shown = house.admin.get(&format!("/api/processing/calculate-kpis/{last}")).await.ok()["data"].clone();
    assert_eq!((&shown["status"], &shown["isVerified"], &shown["askedBy"]), (&json!("finished"), &json!(true), &Value::Null));
    assert!(notices(&house, "verification_failed").await.is_empty(), "all is well");

    sqlx::query("update read.agents set team = 'nobody said so' where agent_id = $1")
        .bind(ada)
        .execute(&rooms.owner)
        .await
        .unwrap();
    let run = Uuid::now_v7();
    rooms.checker.begin(house.tenant, None, run, false).await.unwrap().await.unwrap();
    let [told] = &notices(&house, "verification_failed").await[..] else { panic!("one notice") };
    assert_eq!((&told["type"], &told["subject_id"]), (&json!("verification.failed"), &json!(run)), "{told}");
    assert!(told["summary"].as_str().unwrap().contains("found 1 rows") && told["case_id"].is_null(), "{told}");
    house.admin.post("/api/processing/calculate-kpis", json!({"rebuild": true})).await.is(200);
    house.is_healthy().await;
}

/// The Monday on which reminders were due last, and the day before today, where reports are due at midnight.
fn days() -> (NaiveDate, NaiveDate) {
    let today = Utc::now().date_naive();
    (today - Days::new(today.weekday().num_days_from_monday().into()), today - Days::new(1))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_goal_that_was_reached_and_somebody_who_could_do_with_coaching_are_told_of_once() {
    let ground = Ground::laid().await;
    let (house, admin) = (&ground.house, &ground.house.admin);
    let rooms = house.rooms();
    admin.put("/api/call-center/settings", json!({"reportingTimezone": "UTC", "reportTime": "00:00:00"})).await.is(200);
    listens(house).await;
    let (monday, yesterday) = days();
    let at = format!("{yesterday}T12:00:00Z");
    ground.tell(Told { key: "late", at: &at, extension: "101", answered: Some((5, 60)), outbound: false }).await;
    for (whose, calls) in [("ada@example.com", 1), ("bob@example.com", 9)] {
        let goal = json!({"agent": whose, "period": "daily", "periodStartDate": yesterday, "targets": {"callsPerDay": calls}});
        admin.done(json!({"command": "SetGoal", "data": goal})).await;
    }
    for _ in 0..2 {
        let content = json!({"reviewDate": monday - Days::new(1), "marks": {"activeListening": 1, "callControl": 1}});
        let review = json!({"agent": "ada@example.com", "reviewType": "random", "complete": true, "content": content});
        admin.done(json!({"command": "DraftReview", "data": review})).await;
    }
    house.settle().await;
    let goals = async || GoalNotices::new(rooms.commands.clone(), rooms.reader.clone()).step().await.unwrap();
    let coaching = async || CoachingReminders::new(rooms.commands.clone(), rooms.reader.clone()).step().await.unwrap();

    admin.put("/api/call-center/settings", json!({"goalNotices": false, "coachingReminders": false})).await.is(200);
    assert_eq!((goals().await, coaching().await), (0, 0), "nobody wants to know");
    admin.put("/api/call-center/settings", json!({"goalNotices": true, "coachingReminders": true})).await.is(200);
    assert_eq!((goals().await, coaching().await), (1, 1));
    house.settle().await;
    assert_eq!((goals().await, coaching().await), (0, 0), "once is enough, whichever server looks");

    let [told] = &notices(house, "goal_reached").await[..] else { panic!("one notice") };
    let expected = format!("ada@example.com) reached the target of the daily goal from {yesterday} to {yesterday}");
    assert!(told["summary"].as_str().unwrap().ends_with(&expected), "{told}");
    assert_eq!((&told["type"], &told["case_number"]), (&json!("goal.reached"), &Value::Null));
    let [told] = &notices(house, "coaching_due").await[..] else { panic!("one notice") };
    assert!(told["summary"].as_str().unwrap().contains("could do with coaching: "), "{told}");
    assert!(!told["summary"].as_str().unwrap().contains("+1555"), "no caller is named: {told}");
    assert_eq!((&told["type"], &told["subject_id"]), (&json!("coaching.suggested"), &json!(ground.ada_id)));
    house.is_healthy().await;
    house.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_telephone_system_with_a_key_is_asked_every_quarter_of_an_hour() {
    let house = House::open().await;
    house.person(&house.admin, "ada@example.com", domain::organization::role::Role::Agent).await;
    let (pbx, keyless) = (Pbx::open(Some("s3cret")).await, Pbx::open(None).await);
    pbx.users(&[("101", "ada@example.com", "Available")]);
    let board = json!({"name": "Main office", "baseUrl": pbx.url, "apiKey": "s3cret"});
    house.admin.post("/api/3cx/sources", board).await.is(201);
    house.admin.post("/api/3cx/sources", json!({"name": "Branch", "baseUrl": keyless.url})).await.is(201);
    house.settle().await;
    let rooms = house.rooms();
    let round = async |expected: i64| {
        let mut rounds = SyncRounds::new(rooms.commands.clone(), rooms.reader.clone(), rooms.threecx.clone());
        let begun = rounds.step().await.unwrap();
        for _ in 0..200 {
            let asked = events(&house, "source_sync.done").await + events(&house, "source_sync.failed").await;
            if asked == expected {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        rounds.end().await;
        house.settle().await;
        begun
    };
    let main = async || {
        let health = house.admin.get("/api/processing/health-check").await.ok()["data"].clone();
        let sources = health["sources"].as_array().unwrap().clone();
        (sources.into_iter().find(|source| source["name"] == "Main office").unwrap(), health["reasons"].to_string())
    };
    assert_eq!(round(1).await, 1, "the one with a key");
    assert!(keyless.asked().is_empty());
    let (shown, reasons) = main().await;
    assert!(shown["lastSyncedAt"].is_string() && shown["syncFailure"].is_null(), "{shown}");
    assert!(!reasons.contains("could not be asked"), "{reasons}");
    let agents = house.admin.get("/api/agents").await.ok();
    assert_eq!(agents["data"]["items"][0]["extension"], "101", "{agents}");
    assert_eq!(round(1).await, 0, "it was asked a moment ago");

    // A quarter of an hour later it answers no more.
    sqlx::query("update read.source_activity set last_synced_at = last_synced_at - interval '16 minutes'")
        .execute(&rooms.owner)
        .await
        .unwrap();
    pbx.fails(Fault::Status(500), "Users", 0);
    assert_eq!(round(2).await, 1);
    let (shown, reasons) = main().await;
    assert_eq!(shown["syncFailure"], "Users, page 1: it answered 500", "{shown}");
    assert!(reasons.contains("Main office could not be asked what it knows"), "{reasons}");
    house.is_healthy().await;
}
