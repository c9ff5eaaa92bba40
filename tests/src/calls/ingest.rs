//! Records of calls come in over every wire, in any order, more than once and broken: each valid one is part of its call exactly once,
//! each other one in quarantine, and nobody is told that something was taken before it is on record.

mod files;
mod wires;

use crate::client::{Client, Reply, id};
use crate::house::House;
use base64::{Engine, prelude::BASE64_STANDARD};
use domain::calls::call::{Call, CallFacts};
use domain::organization::role::Role;
use domain::{CallId, SourceId};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use uuid::Uuid;

/// A telephone system and its secret.
struct Switchboard {
    id: Uuid,
    secret: String,
}

/// Adds a telephone system.
async fn switchboard(admin: &Client, fields: Value) -> Switchboard {
    let body = crate::client::merged(json!({"name": "Main office", "timezone": "America/Detroit"}), fields);
    let added = admin.post("/api/3cx/sources", body).await.is(201);
    Switchboard { id: id(&added["data"]), secret: added["data"]["secret"].as_str().unwrap().to_owned() }
}

/// Somebody who takes calls on this extension.
async fn agent(house: &House, name: &str, extension: &str, location: Option<Uuid>) -> Uuid {
    let user = house.person(&house.admin, &format!("{name}@example.com"), Role::Agent).await;
    let body = json!({"userId": user, "extension": extension, "locationId": location});
    house.admin.post("/api/agents", body).await.is(201);
    user
}

/// A record as 3CX writes it: call, start, seconds until the answer, seconds until the end, extension.
fn line(call: &str, minute: u32, answered: Option<u32>, ended: u32, extension: &str) -> String {
    let at = |seconds: u32| format!("2024/03/02 14:{minute:02}:{seconds:02}");
    let answer = answered.map(at).unwrap_or_default();
    format!(
        "Call {call},{call},00:00:{ended:02},{},{answer},{},TerminatedBySrc,+15551230001,Ext.{extension},10000,{extension},+15557650000,,,,,,,,,Line,Extension,,Jane,,,",
        at(0),
        at(ended)
    )
}

impl Switchboard {
    fn path(&self) -> String {
        format!("/api/3cx/cdr-webhook?source={}", self.id)
    }

    async fn sends(&self, house: &House, media: &str, body: impl Into<Vec<u8>>) -> Reply {
        house.anyone.with("X-Webhook-Secret", &self.secret).send("POST", &self.path(), Some(media), body).await
    }

    async fn sends_lines(&self, house: &House, lines: &[String]) -> Value {
        self.sends(house, "text/plain", lines.join("\n")).await.is(200)["data"].clone()
    }

    async fn facts(&self, house: &House, call: &str) -> CallFacts {
        let id: CallId = Call::id(house.tenant, SourceId(self.id), call);
        house.commands().state::<Call>(house.tenant, id).await.unwrap().0.facts().unwrap().clone()
    }
}

fn counts(body: &Value) -> [i64; 4] {
    ["received", "recorded", "unchanged", "held"].map(|name| body[name].as_i64().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_part_of_its_call_once_however_it_comes() {
    let house = House::open().await;
    let ann = agent(&house, "ann", "101", None).await;
    let board = switchboard(&house.admin, json!({})).await;
    let first = line("C1", 5, Some(12), 40, "101");
    let taken = board.sends(&house, "text/plain", first.clone()).await;
    assert_eq!(counts(&taken.is(200)["data"]), [1, 1, 0, 0]);
    assert!(taken.position() > 0);
    let facts = board.facts(&house, "C1").await;
    assert_eq!((facts.ring_seconds, facts.talk_seconds, facts.agent.unwrap().user.0), (Some(12), Some(28), ann));
    assert_eq!(facts.started_at.to_rfc3339(), "2024-03-02T19:05:00+00:00", "the zone of the source");

    // The same as an object, in a list, among others, twice.
    let same = json!({"historyId": "Call C1", "callId": "C1", "duration": 40, "timeStart": "2024-03-02T19:05:00Z",
        "timeAnswered": "2024-03-02T14:05:12-05:00", "timeEnd": "2024/03/02 14:05:40", "reasonTerminated": "TerminatedBySrc",
        "fromNo": "+15551230001", "toNo": "Ext.101", "fromDn": "10000", "toDn": "101", "dialNo": "+15557650000", "fromType": "Line",
        "toType": "Extension", "fromDispname": "Jane"});
    let several = json!({"records": [same, same, line("C2", 6, None, 20, "101")]});
    let taken = board.sends(&house, "application/json", several.to_string()).await.is(200);
    assert_eq!(counts(&taken["data"]), [3, 1, 2, 0]);
    let events = house.events().await;
    assert_eq!(counts(&board.sends_lines(&house, &[first, line("C2", 6, None, 20, "101")]).await), [2, 0, 2, 0]);
    assert_eq!(house.events().await, events, "what is on record already leaves nothing");

    // Another leg, and a late copy that knows more.
    assert_eq!(counts(&board.sends_lines(&house, &[line("C1", 7, Some(1), 30, "102")]).await), [1, 1, 0, 0]);
    let facts = board.facts(&house, "C1").await;
    assert_eq!((facts.legs, facts.transfer_count, facts.extension.unwrap().as_str()), (2, 1, "102"));
    house.settle().await;
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_source_itself_is_believed() {
    let house = House::open().await;
    let board = switchboard(&house.admin, json!({})).await;
    let body = line("C1", 5, Some(12), 40, "101");
    let key = BASE64_STANDARD.decode(board.secret.trim_start_matches("whsec_")).unwrap();
    let signed = |at: i64, body: &str| {
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        mac.update(format!("msg-1.{at}.{body}").as_bytes());
        let signature = format!("v1,AAAA v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()));
        house.anyone.with("webhook-id", "msg-1").with("webhook-timestamp", at).with("webhook-signature", signature)
    };
    let send = async |client: Client, path: String| client.send("POST", &path, Some("text/plain"), body.clone()).await;
    let now = chrono::Utc::now().timestamp();
    let before = house.events().await;
    for (client, path) in [
        (house.anyone.clone(), board.path()),
        (house.anyone.with("X-Webhook-Secret", "whsec_AAAA"), board.path()),
        (house.anyone.with("X-Webhook-Secret", &board.secret), format!("/api/3cx/cdr-webhook?source={}", Uuid::now_v7())),
        (signed(now - 301, &body), board.path()),
        (signed(now + 301, &body), board.path()),
        (signed(now, "another body"), board.path()),
        (house.admin.clone(), board.path()),
    ] {
        send(client, path).await.is(401);
    }
    assert_eq!(house.events().await, before, "nothing of it was taken");
    send(signed(now - 299, &body), board.path()).await.is(200);
    send(signed(now, &body), board.path()).await.is(200);
    // The only source there is need not be named.
    send(signed(now, &body), "/api/3cx/cdr-webhook".into()).await.is(200);
    switchboard(&house.admin, json!({"name": "Branch"})).await;
    send(signed(now, &body), "/api/3cx/cdr-webhook".into()).await.is(401);

    // A new secret counts at once, the old one for another day.
    let path = format!("/api/3cx/sources/{}/rotate-secret", board.id);
    let fresh = house.admin.post(&path, json!({})).await.is(200)["data"]["secret"].as_str().unwrap().to_owned();
    assert_ne!(fresh, board.secret);
    for secret in [&fresh, &board.secret] {
        send(house.anyone.with("X-Webhook-Secret", secret), board.path()).await.is(200);
    }
    house.admin.delete(&format!("/api/3cx/sources/{}", board.id)).await.is(200);
    send(house.anyone.with("X-Webhook-Secret", &fresh), board.path()).await.is(401);
    let shown = house.admin.get("/api/3cx/sources").await.ok().to_string();
    assert!(!shown.contains("whsec_"), "secrets are never shown again");
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_understood_waits_in_quarantine() {
    let house = House::open().await;
    let board = switchboard(&house.admin, json!({})).await;
    let backwards = line("C1", 5, Some(30), 20, "101");
    let garbage = [backwards.clone(), "Call 7,C7,00:00".to_owned(), "a\0b,c".to_owned()];
    assert_eq!(counts(&board.sends_lines(&house, &garbage).await), [3, 0, 0, 3]);
    assert_eq!(counts(&board.sends_lines(&house, &garbage).await), [3, 0, 0, 3], "it is told again that they are held");
    assert_eq!(board.sends(&house, "text/plain", b"\xff\xfe,1".to_vec()).await.is(200)["data"]["held"], 1);
    assert_eq!(board.sends(&house, "application/json", "{\"callid\": \"C8\"").await.is(200)["data"]["held"], 1);
    let objects = json!([{"callId": "C9"}, 7, "x,y"]).to_string();
    assert_eq!(counts(&board.sends(&house, "application/json", objects).await.is(200)["data"]), [3, 0, 0, 3]);
    house.settle().await;

    let list = house.admin.get("/api/3cx/quarantine?status=waiting&limit=50").await.ok();
    assert_eq!(list["data"]["total"], 8, "each once: {list}");
    let find = |raw: &str| {
        let items = list["data"]["items"].as_array().unwrap();
        items.iter().find(|item| item["raw"] == raw).unwrap_or_else(|| panic!("no {raw:?} in {list}")).clone()
    };
    let held = find(&backwards);
    assert_eq!((&held["field"], &held["reason"]), (&json!("time-end"), &json!("must not be before time-answered")));
    assert_eq!(find("Call 7,C7,00:00")["reason"], "must have 27 fields, has 3");
    assert_eq!(find("a\u{2400}b,c")["field"], "line");
    assert_eq!(find("//4sMQ==")["encoding"], "base64");
    assert_eq!(find("{\"callId\":\"C9\"}")["field"], "time-start");

    let path = format!("/api/3cx/quarantine/{}", id(&held));
    let still = house.admin.post(&format!("{path}/replay"), json!({})).await.is(422);
    assert_eq!(still["error"]["details"]["field"], "raw", "{still}");
    assert!(still["error"]["message"].as_str().unwrap().contains("time-end"), "{still}");
    let fixed = line("C1", 5, Some(10), 20, "101");
    let replayed = house.admin.post(&format!("{path}/replay"), json!({"raw": fixed})).await.is(200);
    assert_eq!(
        (&replayed["data"]["record"]["status"], &replayed["data"]["record"]["corrected"]),
        (&json!("replayed"), &json!(fixed))
    );
    assert_eq!(board.facts(&house, "C1").await.talk_seconds, Some(10));
    house.admin.post(&format!("{path}/replay"), json!({})).await.is(409);
    let other = format!("/api/3cx/quarantine/{}/dismiss", id(&find("Call 7,C7,00:00")));
    house.admin.post(&other, json!({})).await.is(422);
    let dismissed = house.admin.post(&other, json!({"reason": "a test of the line"})).await.is(200);
    assert_eq!(dismissed["data"]["record"]["status"], "dismissed");
    house.admin.post(&format!("/api/3cx/quarantine/{}/replay", Uuid::now_v7()), json!({})).await.is(404);

    // Once the source is set up right, what came in wrong can be read as it is.
    let (path, two) = (format!("/api/3cx/sources/{}", board.id), ["callid", "time-start"]);
    let refused = house.admin.put(&path, json!({"fields": two})).await.is(422);
    assert_eq!(refused["error"]["details"]["field"], "fields", "what is here would be doubled: {refused}");
    house.admin.put(&path, json!({"fields": two, "evenSo": true})).await.is(200);
    let short = "C12,2024-03-02 14:00:00".to_owned();
    assert_eq!(counts(&board.sends_lines(&house, &[short]).await), [1, 1, 0, 0]);
    house.settle().await;
    assert_eq!(house.admin.get("/api/3cx/quarantine?status=waiting").await.ok()["data"]["total"], 6);
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_no_json_is_replayed_as_the_records_that_it_was() {
    let house = House::open().await;
    let board = switchboard(&house.admin, json!({})).await;
    let record =
        |n: u32| json!({"callid": format!("C{n}"), "time-start": "2024-03-02T19:05:00Z", "missedQueueCalls": [101, 102]});
    let good = json!({"records": (0..50).map(record).collect::<Vec<_>>()}).to_string();
    let bad = good.replacen(r#""callid":"C7""#, r#""callid" "C7""#, 1);
    assert_eq!(board.sends(&house, "application/json", bad).await.is(200)["data"]["held"], 1);
    house.settle().await;
    let held = house.admin.get("/api/3cx/quarantine?status=waiting").await.ok()["data"]["items"][0].clone();
    let reason = held["reason"].as_str().unwrap();
    assert!(reason.starts_with("must be JSON: expected `:` at line 1 column "), "{reason}");
    let path = format!("/api/3cx/quarantine/{}/replay", id(&held));
    house.admin.post(&path, json!({})).await.is(422);
    let flawed = good.replacen(r#""callid":"C9""#, r#""callid":"""#, 1);
    let before = house.events().await;
    let refused = house.admin.post(&path, json!({"raw": flawed})).await.is(422);
    assert!(refused["error"]["message"].as_str().unwrap().contains("record 10: callid must not be empty"), "{refused}");
    house.admin.post(&path, json!({"raw": "[]"})).await.is(422);
    assert_eq!(house.events().await, before, "all of them or none");
    let replayed = house.admin.post(&path, json!({"raw": good})).await.is(200);
    assert_eq!(replayed["data"]["record"]["status"], "replayed");
    assert_eq!(board.facts(&house, "C0").await.missed_extensions.len(), 2);
    let again = board.sends(&house, "application/json", good).await.is(200);
    assert_eq!(counts(&again["data"]), [50, 0, 50, 0], "each is part of its call");
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_was_never_set_stops_no_screen() {
    let house = House::open().await;
    let board = switchboard(&house.admin, json!({})).await;
    let leg = |n: u32, start: &str, end: &str| {
        json!({"historyid": n, "callid": "C1", "time-start": start, "time-answered": start, "time-end": end,
        "from-type": "Line", "to-type": "Extension", "to-dn": "101"})
    };
    let sent = json!([
        leg(1, "2024-03-02T19:05:00Z", "2024-03-02T19:06:00Z"),
        leg(2, "2099-12-31T23:00:00Z", "2099-12-31T23:01:00Z"),
        leg(3, "2024-03-02T19:05:00Z", "2099-12-31T23:01:00Z"),
    ]);
    let taken = board.sends(&house, "application/json", sent.to_string()).await.is(200);
    assert_eq!(counts(&taken["data"]), [3, 2, 0, 1]);
    assert!(board.facts(&house, "C1").await.talk_seconds > Some(i64::from(i32::MAX)));
    house.settle().await;
    let held = house.admin.get("/api/3cx/quarantine?status=waiting").await.ok()["data"]["items"][0].clone();
    assert_eq!((&held["field"], &held["reason"]), (&json!("time-end"), &json!("must be at most 7 days after time-start")));
    house.verify().await;
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_get_their_people_once_they_are_known() {
    let house = House::open().await;
    let board = switchboard(&house.admin, json!({})).await;
    board
        .sends_lines(
            &house,
            &[line("C1", 5, Some(12), 40, "101"), line("C2", 6, None, 40, "101"), line("C3", 7, Some(1), 9, "102")],
        )
        .await;
    house.settle().await;
    assert_eq!(board.facts(&house, "C1").await.agent, None);
    let wixom = id(&house.admin.post("/api/locations", json!({"name": "Wixom"})).await.is(201)["data"]);
    let ann = agent(&house, "ann", "101", Some(wixom)).await;
    house.settle().await;
    let (talked, missed, other) =
        (board.facts(&house, "C1").await, board.facts(&house, "C2").await, board.facts(&house, "C3").await);
    assert_eq!((talked.agent.as_ref().map(|card| card.user.0), talked.location.map(|site| site.0)), (Some(ann), Some(wixom)));
    assert_eq!(missed.missed_by.iter().map(|card| card.user.0).collect::<Vec<_>>(), [ann]);
    assert_eq!(other.agent, None);
    let events = house.events().await;
    house.settle().await;
    assert_eq!(house.events().await, events, "and then there is nothing left to do");
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_is_set_up_by_field_and_rule() {
    let house = House::open().await;
    let refused = async |body: Value, field: &str| {
        let body = house.admin.post("/api/3cx/sources", body).await.is(422);
        assert_eq!(body["error"]["details"]["field"], field, "{body}");
    };
    refused(json!({}), "name").await;
    refused(json!({"name": "x", "timezone": "Mars/Base"}), "timezone").await;
    refused(json!({"name": "x", "fields": ["callid"]}), "fields").await;
    refused(json!({"name": "x", "fields": ["callid", "callid", "time-start"]}), "fields").await;
    refused(json!({"name": "x", "key": "weather"}), "key").await;
    refused(json!({"name": "x", "locationId": Uuid::now_v7()}), "locationId").await;
    refused(json!({"name": "x", "baseUrl": "http://10.0.0.1/"}), "baseUrl").await;
    refused(json!({"name": "x", "colour": 1}), "colour").await;
    let board = switchboard(&house.admin, json!({"key": "historyid", "apiKey": "k"})).await;
    let shown = house.admin.put(&format!("/api/3cx/sources/{}", board.id), json!({"name": "Branch"})).await.is(200);
    assert_eq!((&shown["data"]["source"]["name"], &shown["data"]["source"]["key"]), (&json!("Branch"), &json!("historyid")));
    assert!(shown["data"].get("secret").is_none());
    house.admin.put(&format!("/api/3cx/sources/{}", Uuid::now_v7()), json!({"name": "x"})).await.is(404);
    let agent = house.client(Role::Supervisor).await;
    agent.get("/api/3cx/sources").await.is(403);
}
