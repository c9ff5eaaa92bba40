//! What was kept long enough: proposed once, decided by somebody, carried out but for what must be kept, and gone for good.

use super::ground::Ground;
use crate::client::{Client, id};
use crate::house::House;
use domain::organization::role::Role;
use processes::Duty;
use processes::retention::RetentionSweep;
use serde_json::{Value, json};
use uuid::Uuid;

/// A telephone system.
async fn source(by: &Client) -> Uuid {
    by.done(json!({"command": "AddSource", "data": {"name": "Main office"}})).await
}

/// A call of a minute that began at this instant.
async fn call(by: &Client, source: Uuid, key: &str, at: &str) -> Uuid {
    let at: chrono::DateTime<chrono::Utc> = at.parse().unwrap();
    let record = json!({"callid": key, "time-start": at, "time-answered": at, "time-end": at + chrono::TimeDelta::minutes(1),
        "from-no": "+15551230001", "from-type": "Line", "to-no": "Ext.101", "to-dn": "101", "to-type": "Extension"});
    by.done(json!({"command": "RecordCdr", "data": {"source": source, "record": record}})).await
}

async fn recording(by: &Client, call: Uuid) {
    by.done(json!({"command": "AttachRecording", "on": call, "data": {"reference": format!("{call}.wav")}})).await;
}

/// The house looks through its companies, on one server after a minute or on another one.
async fn sweep(house: &House) -> usize {
    house.settle().await;
    let rooms = house.rooms();
    let done = RetentionSweep::new(rooms.commands.clone(), rooms.reader.clone(), rooms.progress.clone()).step().await.unwrap();
    house.settle().await;
    done
}

/// The proposals of a kind, the newest first.
async fn proposals(by: &Client, kind: &str) -> Vec<Value> {
    let shown = by.get(&format!("/api/retention/proposals?kind={kind}")).await.ok();
    let items = shown["data"]["items"].as_array().unwrap().clone();
    assert_eq!(shown["data"]["total"], items.len(), "{shown}");
    items
}

async fn in_full(by: &Client, proposal: &Value) -> Value {
    by.get(&format!("/api/retention/proposals/{}", id(proposal))).await.ok()["data"].clone()
}

async fn calls_kept(house: &House) -> Vec<String> {
    let keys = sqlx::query_scalar("select call_key from read.calls order by call_key");
    keys.fetch_all(&house.rooms().owner).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_old_goes_once_somebody_agrees_and_never_comes_back() {
    let house = House::open().await;
    let admin = &house.admin;
    let source = source(admin).await;
    let old = call(admin, source, "old", "2015-03-02T14:00:00Z").await;
    let older = call(admin, source, "older", "2015-03-01T14:00:00Z").await;
    let held = call(admin, source, "held", "2015-02-01T14:00:00Z").await;
    call(admin, source, "new", &chrono::Utc::now().to_rfc3339()).await;
    admin.done(json!({"command": "HoldCall", "on": held, "data": {"reason": "a lawsuit"}})).await;

    assert_eq!(sweep(&house).await, 1);
    let [proposal] = &proposals(admin, "calls").await[..] else { panic!("one proposal") };
    let full = in_full(admin, proposal).await;
    assert_eq!(full["things"], json!([older, old]), "the oldest first, and not what must be kept: {full}");
    let today = chrono::Utc::now().date_naive();
    assert_eq!(full["before"], json!(today - chrono::Days::new(2_555)));
    assert_eq!((&full["due"], &full["count"], &full["status"]), (&json!(2), &json!(2), &json!("proposed")));
    assert_eq!(sweep(&house).await, 0, "what was proposed is not proposed again");
    assert_eq!(calls_kept(&house).await.len(), 4, "nothing goes without a yes");

    let path = format!("/api/retention/proposals/{}", id(proposal));
    house.client(Role::Manager).await.post(&format!("{path}/approve"), json!({})).await.is(403);
    let decided = admin.post(&format!("{path}/approve"), json!({})).await.is(200)["data"].clone();
    assert_eq!(decided["proposal"]["status"], "approved", "{decided}");
    assert!(decided["proposal"]["decidedByName"].is_string(), "{decided}");
    // Meanwhile somebody finds out that one of them is needed.
    admin.done(json!({"command": "HoldCall", "on": old, "data": {"reason": "a claim"}})).await;
    assert_eq!(sweep(&house).await, 1);
    let full = in_full(admin, proposal).await;
    assert_eq!((&full["status"], &full["disposed"]), (&json!("carried_out"), &json!(1)), "{full}");
    assert_eq!((&full["kept"][0]["id"], full["kept"].as_array().unwrap().len()), (&json!(old), 1), "{full}");
    assert!(full["kept"][0]["reason"].as_str().unwrap().contains("a claim"), "{full}");
    assert_eq!(calls_kept(&house).await, ["held", "new", "old"]);

    let events = house.events().await;
    call(admin, source, "older", "2015-03-01T14:00:00Z").await;
    let corrected = json!({"callid": "older", "time-start": "2015-03-01T14:00:00Z", "time-end": "2015-03-01T15:00:00Z",
        "from-no": "+15551230009", "from-type": "Line", "to-no": "Ext.102", "to-dn": "102", "to-type": "Extension"});
    admin.done(json!({"command": "RecordCdr", "data": {"source": source, "record": corrected}})).await;
    house.settle().await;
    assert_eq!(house.events().await, events, "a late record does not bring a call back");
    assert_eq!(calls_kept(&house).await, ["held", "new", "old"]);
    admin.command(json!({"command": "HoldCall", "on": older, "data": {"reason": "too late"}})).await.is(404);
    admin.post(&format!("{path}/approve"), json!({})).await.is(409);

    admin.done(json!({"command": "ReleaseCall", "on": old, "data": {"reason": "it was settled"}})).await;
    assert_eq!(sweep(&house).await, 1, "what need not be kept any longer is proposed anew");
    assert_eq!(in_full(admin, &proposals(admin, "calls").await[0]).await["things"], json!([old]));
    house.is_healthy().await;
    house.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn recordings_go_before_their_calls_where_they_are_kept_for_less_time() {
    let house = House::open().await;
    let admin = &house.admin;
    let source = source(admin).await;
    let ago = |days: i64| (chrono::Utc::now() - chrono::TimeDelta::days(days)).to_rfc3339();
    admin.put("/api/call-center/settings", json!({"retention": {"recordings": 90}})).await.ok();
    let old = call(admin, source, "old", &ago(91)).await;
    let young = call(admin, source, "young", &ago(89)).await;
    let held = call(admin, source, "held", &ago(100)).await;
    call(admin, source, "without", &ago(100)).await;
    for call in [old, young, held] {
        recording(admin, call).await;
    }
    admin.done(json!({"command": "HoldCall", "on": held, "data": {"reason": "a lawsuit"}})).await;
    let other = json!({"command": "AttachRecording", "on": held, "data": {"reference": "another.wav"}});
    let kept = admin.command(other).await.is(409);
    assert!(kept.to_string().contains("the call must be kept"), "so must its recording: {kept}");
    assert_eq!(sweep(&house).await, 1);
    assert!(proposals(admin, "calls").await.is_empty());
    let [proposal] = &proposals(admin, "recordings").await[..] else { panic!("one proposal") };
    assert_eq!(in_full(admin, proposal).await["things"], json!([old]));
    admin.post(&format!("/api/retention/proposals/{}/approve", id(proposal)), json!({})).await.ok();
    sweep(&house).await;
    let kept: Vec<String> = sqlx::query_scalar("select call_key from read.calls where recording_available order by call_key")
        .fetch_all(&house.rooms().owner)
        .await
        .unwrap();
    assert_eq!((kept, calls_kept(&house).await.len()), (vec!["held".into(), "young".into()], 4), "the calls stay");
    assert_eq!(in_full(admin, proposal).await["disposed"], 1);
    house.is_healthy().await;
    house.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_stays_and_nobody_is_asked_again_tomorrow() {
    let house = House::open().await;
    let admin = &house.admin;
    let source = source(admin).await;
    let old = call(admin, source, "old", "2015-03-02T14:00:00Z").await;
    sweep(&house).await;
    let [proposal] = &proposals(admin, "calls").await[..] else { panic!("one proposal") };
    let path = format!("/api/retention/proposals/{}/refuse", id(proposal));
    for (bad, field) in [(json!({}), "reason"), (json!({"reason": " "}), "reason"), (json!({"reason": "x", "by": 1}), "by")] {
        assert_eq!(admin.post(&path, bad).await.is(422)["error"]["details"]["field"], field);
    }
    admin.get("/api/retention/proposals?kind=mail").await.is(422);
    let decided = admin.post(&path, json!({"reason": "the auditors come in May"})).await.is(200)["data"].clone();
    assert_eq!(decided["proposal"]["reason"], "the auditors come in May", "{decided}");
    admin.post(&path, json!({"reason": "again"})).await.is(409);
    admin.post(&path.replace("refuse", "approve"), json!({})).await.is(409);
    assert_eq!(sweep(&house).await, 0);
    assert_eq!(proposals(admin, "calls").await.len(), 1);
    assert_eq!(calls_kept(&house).await, ["old"]);

    // Another company neither sees the proposal nor the call.
    let foreign = house.foreign().await;
    assert!(proposals(&foreign.admin, "calls").await.is_empty());
    foreign.admin.get(&format!("/api/retention/proposals/{}", id(proposal))).await.is(404);
    foreign.admin.get(&format!("/api/call-records/{old}/accesses")).await.is(404);
    house.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_that_sweep_at_once_propose_and_carry_out_once() {
    let house = House::open().await;
    let admin = &house.admin;
    let source = source(admin).await;
    for n in 0..5 {
        call(admin, source, &format!("call {n}"), &format!("2015-03-0{}T14:00:00Z", n + 1)).await;
    }
    let both = async || {
        house.settle().await;
        let rooms = house.rooms();
        let mut servers =
            [0, 1, 2].map(|_| RetentionSweep::new(rooms.commands.clone(), rooms.reader.clone(), rooms.progress.clone()));
        for done in futures::future::join_all(servers.iter_mut().map(Duty::step)).await {
            done.unwrap();
        }
        house.settle().await;
    };
    both().await;
    let [proposal] = &proposals(admin, "calls").await[..] else { panic!("one proposal") };
    admin.post(&format!("/api/retention/proposals/{}/approve", id(proposal)), json!({})).await.ok();
    both().await;
    assert_eq!(in_full(admin, proposal).await["disposed"], 5);
    let disposed: i64 =
        sqlx::query_scalar("select count(*) from log.events where type in ('call.disposed', 'disposal.carried_out')")
            .fetch_one(&house.rooms().owner)
            .await
            .unwrap();
    assert_eq!(disposed, 6);
    assert!(calls_kept(&house).await.is_empty());
    house.is_healthy().await;
    house.verify().await;
}

/// Approves the only proposal of a kind and has it carried out: what stood in it.
async fn let_go(house: &House, kind: &str) -> Value {
    let admin = &house.admin;
    let [proposal] = &proposals(admin, kind).await[..] else { panic!("one proposal of {kind}") };
    admin.post(&format!("/api/retention/proposals/{}/approve", id(proposal)), json!({})).await.ok();
    sweep(house).await;
    let full = in_full(admin, proposal).await;
    assert_eq!(full["status"], "carried_out", "{full}");
    full["things"].clone()
}

async fn count(house: &House, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(&house.rooms().owner).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_call_goes_all_that_was_written_about_it() {
    let ground = Ground::laid().await;
    let (house, admin) = (&ground.house, &ground.house.admin);
    admin.put("/api/call-center/settings", json!({"retention": {"calls": 30}})).await.ok();
    let of_key = async |key: &'static str| -> Uuid {
        let found = sqlx::query_scalar("select call_id from read.calls where call_key = $1").bind(key);
        found.fetch_one(&house.rooms().owner).await.unwrap()
    };
    let (first, held) = (of_key("c1").await, of_key("c2").await);
    for call in [first, held] {
        let journal = json!({"callRecordId": call, "agentId": ground.ada_id, "callSummary": "Asked about a rash"});
        admin.done(json!({"command": "WriteJournal", "data": journal})).await;
        let review = json!({"agent": "ada@example.com", "callRecordId": call, "reviewType": "targeted"});
        admin.done(json!({"command": "DraftReview", "data": review})).await;
    }
    admin.done(json!({"command": "HoldCall", "on": held, "data": {"reason": "a lawsuit"}})).await;
    // A record that could not be understood at first, and what was noted for a campaign.
    let source = source(admin).await;
    let garbage = json!({"command": "RecordCdr", "data": {"source": source, "line": "+15551230001"}});
    let garbage = admin.done(garbage).await;
    let corrected = json!({"callid": "mended", "time-start": "2026-03-02T14:00:00Z", "time-end": "2026-03-02T14:01:00Z",
        "from-no": "+15551230001", "from-type": "Line", "to-no": "Ext.101", "to-dn": "101", "to-type": "Extension"});
    admin.done(json!({"command": "ReplayHeldRecord", "on": garbage, "data": {"raw": corrected.to_string()}})).await;
    house.settle().await;
    assert_eq!(count(house, "select count(*) from read.held_records where raw <> ''").await, 1);

    assert!(sweep(house).await >= 1);
    let things = let_go(house, "calls").await;
    assert!(!things.to_string().contains(&held.to_string()) && things.to_string().contains(&first.to_string()), "{things}");
    assert_eq!(calls_kept(house).await, ["c2"]);
    let journals: Vec<Uuid> =
        sqlx::query_scalar("select call_id from read.journals").fetch_all(&house.rooms().owner).await.unwrap();
    assert_eq!(journals, [held], "a journal goes with its call, and stays with one that must be kept");
    let reviews: Vec<Option<Uuid>> =
        sqlx::query_scalar("select call_id from read.reviews order by call_id").fetch_all(&house.rooms().owner).await.unwrap();
    assert_eq!(reviews, [Some(held), None], "and so do reviews; one in general is about no call");
    assert_eq!(count(house, "select count(*) from read.held_records where raw <> '' or corrected is not null").await, 0);
    house.is_healthy().await;
    house.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_achieved_goes_in_its_own_time_and_garbage_with_the_calls() {
    let ground = Ground::laid().await;
    let (house, admin) = (&ground.house, &ground.house.admin);
    let goal =
        json!({"agent": "ada@example.com", "period": "monthly", "periodStartDate": "2026-03-01", "targets": {"callsPerDay": 1}});
    admin.done(json!({"command": "SetGoal", "data": goal})).await;
    let source = source(admin).await;
    let garbage =
        json!({"command": "RecordCdr", "at": "2015-01-05T09:00:00Z", "data": {"source": source, "line": "+15551230001"}});
    admin.done(garbage.clone()).await;
    sweep(house).await;
    for kind in ["shifts", "goals", "reviews"] {
        assert!(proposals(admin, kind).await.is_empty(), "{kind} are kept for seven years");
    }
    assert_eq!(let_go(house, "held_records").await.as_array().unwrap().len(), 1);
    assert_eq!(count(house, "select count(*) from read.held_records").await, 0);
    let events = house.events().await;
    admin.done(garbage).await;
    assert_eq!(house.events().await, events, "the same garbage again is nothing new");

    admin.put("/api/call-center/settings", json!({"retention": {"performance": 30}})).await.ok();
    sweep(house).await;
    assert!(proposals(admin, "calls").await.is_empty());
    for (kind, things, sql) in [
        ("shifts", 2, "select count(*) from read.shifts"),
        ("goals", 1, "select count(*) from read.goals"),
        ("reviews", 1, "select count(*) from read.reviews"),
    ] {
        assert_eq!(let_go(house, kind).await.as_array().unwrap().len(), things, "{kind}");
        assert_eq!(count(house, sql).await, 0, "{kind}");
    }
    house.is_healthy().await;
    house.verify().await;
}
