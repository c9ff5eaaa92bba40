//! The records of calls: found by everything they say, seen by whoever may, put right with a reason, and told again step by step.

use super::desk::{Desk, ids};
use crate::client::Client;
use crate::house::House;
use domain::organization::role::Role;
use serde_json::{Value, json};
use uuid::Uuid;

async fn found(client: &Client, query: &str) -> Vec<Uuid> {
    ids(&client.get(&format!("/api/call-records?{query}")).await.ok())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_shown_with_its_legs_its_times_and_its_history() {
    let house = House::open().await;
    let desk = Desk::open(&house).await;
    let site = desk.site("Wixom").await;
    let ada = desk.agent("ada", site, "101").await;
    let call = desk.answered("K-1", "2026-03-02T14:00:00Z", "101", 12, 189).await;
    house.settle().await;
    let path = format!("/api/call-records/{call}");
    let shown = ada.client.get(&path).await;
    assert_eq!(shown.header("etag").as_deref(), Some("\"1\""));
    let shown = &shown.is(200)["data"];
    assert_eq!((&shown["ringDurationSeconds"], &shown["talkDurationSeconds"]), (&json!(12), &json!(189)), "{shown}");
    assert_eq!((&shown["callId"], &shown["callStatus"]), (&json!("K-1"), &json!("completed")));
    assert_eq!((&shown["agentEmail"], &shown["location"]), (&json!("ada@example.com"), &json!("Wixom")));
    assert_eq!(
        (&shown["callPriority"], &shown["callType"], &shown["wrappedUp"]),
        (&json!("normal"), &Value::Null, &json!(false))
    );
    assert_eq!(shown["legRecords"][0]["to"], json!({"kind": "extension", "dn": "101", "number": "Ext.101", "name": null}));
    let journal = desk.journal(&ada.client, call, "Asked about a rash").await;

    let wrap_up = json!({"callType": "appointment", "outcome": "appointment_scheduled", "customerSatisfactionScore": 5,
        "firstCallResolution": true, "afterCallWorkSeconds": 30, "patientMrn": "MRN-7", "tags": ["new patient"]});
    let done = ada.client.post(&format!("{path}/complete"), wrap_up.clone()).await.is(200);
    let done = &done["data"];
    assert_eq!((&done["appointmentScheduled"], &done["callOutcome"]), (&json!(true), &json!("appointment_scheduled")), "{done}");
    assert_eq!(done["journalIds"], json!([journal]));
    ada.client.post(&format!("{path}/complete"), json!({"complaint": true})).await.is(409);
    let escalated = json!({"reason": "asks for the manager", "priority": "urgent"});
    let shown = ada.client.post(&format!("{path}/escalate"), escalated).await.is(200);
    assert_eq!((&shown["data"]["escalationRequired"], &shown["data"]["callPriority"]), (&json!(true), &json!("urgent")));
    ada.client.post(&format!("{path}/follow-up"), json!({"type": "callback", "date": "2026-03-05"})).await.is(200);
    ada.client.post(&format!("{path}/follow-up/done"), json!({"notes": "reached"})).await.is(200);
    ada.client.put(&path, json!({"reason": "misheard", "complaint": true})).await.is(403);
    let amended = desk.by.put(&path, json!({"reason": "misheard", "complaint": true, "callType": null})).await.is(200);
    assert_eq!((&amended["data"]["complaintCall"], &amended["data"]["callType"]), (&json!(true), &Value::Null));
    desk.by.with("If-Match", "\"1\"").put(&path, json!({"reason": "late", "complaint": false})).await.is(412);
    house.settle().await;
    let history = ada.client.get(&format!("{path}/history")).await.is(200);
    let what: Vec<&str> = history["data"].as_array().unwrap().iter().map(|event| event["what"].as_str().unwrap()).collect();
    assert_eq!(
        what,
        ["call.recorded", "call.completed", "call.escalated", "call.follow_up_planned", "call.follow_up_done", "call.amended"]
    );
    assert_eq!(history["data"][5]["in_words"].as_str(), Some("changed: callType, complaint (misheard)"));
    house.verify().await;
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_found_by_everything_they_say() {
    let house = House::open().await;
    let desk = Desk::open(&house).await;
    let (wixom, plymouth) = (desk.site("Wixom").await, desk.site("Plymouth").await);
    desk.agent("ada", wixom, "101").await;
    let bob = desk.agent("bob", plymouth, "102").await;
    let first = desk.answered("K-1", "2026-03-02T14:00:00Z", "101", 12, 189).await;
    let second = desk.answered("K-2", "2026-03-02T23:30:00Z", "102", 5, 20).await;
    let third = desk.missed("K-3", "2026-03-03T09:00:00Z", "101").await;
    desk.by
        .post(
            &format!("/api/call-records/{second}/complete"),
            json!({"callType": "billing", "priority": "high", "complaint": true}),
        )
        .await
        .is(200);
    desk.by
        .post(&format!("/api/call-records/{second}/follow-up"), json!({"type": "billing", "date": "2026-03-05"}))
        .await
        .is(200);
    desk.by
        .post(&format!("/api/call-records/{first}/recording"), json!({"reference": "2026/03/02/1.wav", "seconds": 189}))
        .await
        .is(201);
    desk.journal(&desk.by, first, "Asked about a rash").await;
    house.settle().await;
    let desk = &desk.by;
    let none: [Uuid; 0] = [];
    assert_eq!(found(desk, "").await, [third, second, first], "the newest first");
    assert_eq!(found(desk, "order=asc").await, [first, second, third]);
    assert_eq!(found(desk, "agent=ADA%40example.com").await, [first]);
    assert_eq!(found(desk, &format!("agentId={}", bob.id)).await, [second]);
    assert_eq!(found(desk, "location=wixom").await, [first]);
    assert_eq!(found(desk, &format!("location={plymouth}")).await, [second]);
    assert_eq!(found(desk, "status=missed").await, [third]);
    assert_eq!(found(desk, "type=billing&priority=high&direction=inbound").await, [second]);
    assert_eq!(found(desk, "complaint=true").await, [second]);
    assert_eq!(found(desk, "complaint=false").await, [third, first]);
    assert_eq!(found(desk, "followUp=open").await, [second]);
    assert_eq!(found(desk, "followUp=done").await, none);
    assert_eq!(found(desk, "recording=true").await, [first]);
    assert_eq!(found(desk, "hasJournal=true").await, [first]);
    assert_eq!(found(desk, "hasJournal=false").await, [third, second]);
    assert_eq!(found(desk, "from=2026-03-03").await, [third]);
    assert_eq!(found(desk, "to=2026-03-02").await, [second, first]);
    assert_eq!(found(desk, "from=2026-03-02T20:00:00Z&to=2026-03-03T09:00:00Z").await, [second]);
    assert_eq!(found(desk, "search=15551230002").await, [third], "a number with or without its plus");
    assert_eq!(found(desk, "search=%2B1555123").await, [third, second, first], "and its first digits");
    assert_eq!(found(desk, "search=bob%40example").await, [second]);
    assert_eq!(found(desk, "search=1555").await, none, "too short to be taken for a beginning");
    for odd in ["search=%27%3B--", "search=%3A*", "search=%26", "search=%20"] {
        found(desk, odd).await;
    }
    let page = desk.get("/api/call-records?limit=2").await.ok();
    assert_eq!((ids(&page), &page["data"]["total"]), (vec![third, second], &json!(3)));
    let next = page["data"]["next"].as_str().unwrap();
    assert_eq!(found(desk, &format!("limit=2&cursor={next}")).await, [first]);
    for (query, field) in [
        ("status=lost", "status"),
        ("from=yesterday", "from"),
        ("limit=1000", "limit"),
        ("colour=red", "colour"),
        ("cursor=1", "cursor"),
        ("followUp=maybe", "followUp"),
    ] {
        let refused = desk.get(&format!("/api/call-records?{query}")).await.is(422);
        assert_eq!(refused["error"]["details"]["field"], field, "{refused}");
    }
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_seen_by_who_took_them_by_their_supervisors_and_by_managers() {
    let house = House::open().await;
    let desk = Desk::open(&house).await;
    let (wixom, plymouth) = (desk.site("Wixom").await, desk.site("Plymouth").await);
    let (ada, bob) = (desk.agent("ada", wixom, "101").await, desk.agent("bob", plymouth, "102").await);
    let grace = desk.supervisor("grace", &[wixom]).await;
    let (staff, manager) = (desk.person("sam", Role::Staff).await, desk.person("max", Role::Manager).await);
    let auditor = desk.person("aud", Role::Auditor).await;
    let hers = desk.answered("K-1", "2026-03-02T14:00:00Z", "101", 12, 189).await;
    let his = desk.answered("K-2", "2026-03-02T15:00:00Z", "102", 12, 189).await;
    desk.by.post(&format!("/api/call-records/{hers}/recording"), json!({"reference": "a.wav"})).await.is(201);
    house.settle().await;
    let none: [Uuid; 0] = [];
    for (client, seen) in [
        (&ada.client, vec![hers]),
        (&bob.client, vec![his]),
        (&grace.client, vec![hers]),
        (&staff.client, none.to_vec()),
        (&manager.client, vec![his, hers]),
        (&auditor.client, vec![his, hers]),
    ] {
        let listed = client.get("/api/call-records").await.ok();
        assert_eq!((ids(&listed), &listed["data"]["total"]), (seen.clone(), &json!(seen.len())));
        for call in [hers, his] {
            let status = if seen.contains(&call) { 200 } else { 404 };
            client.get(&format!("/api/call-records/{call}")).await.is(status);
            client.get(&format!("/api/call-records/{call}/history")).await.is(status);
        }
    }
    for path in ["escalate", "complete", "follow-up/done"] {
        let body = if path == "escalate" { json!({"reason": "x"}) } else { json!({}) };
        bob.client.post(&format!("/api/call-records/{hers}/{path}"), body).await.is(404);
    }
    grace.client.put(&format!("/api/call-records/{his}"), json!({"reason": "x", "complaint": true})).await.is(404);
    // Where a recording is found is told only to those who may listen to it, in whatever way they ask.
    let url = async |client: &Client| client.get(&format!("/api/call-records/{hers}")).await.ok()["data"]["recordingUrl"].clone();
    assert_eq!((url(&grace.client).await, url(&ada.client).await), (json!("a.wav"), Value::Null));
    let history = ada.client.get(&format!("/api/call-records/{hers}/history")).await;
    assert!(!history.text().contains("a.wav"), "{}", history.text());
    ada.client.get(&format!("/api/call-records/{hers}/recording")).await.is(403);
    let recording = grace.client.get(&format!("/api/call-records/{hers}/recording")).await.ok();
    assert_eq!((&recording["data"]["recordingUrl"], &recording["data"]["recordingReviewed"]), (&json!("a.wav"), &json!(false)));
    let review = json!({"notes": "friendly", "score": 80});
    grace.client.post(&format!("/api/call-records/{hers}/recording/review"), review).await.is(200);
    house.settle().await;
    let recording = grace.client.get(&format!("/api/call-records/{hers}/recording")).await.ok();
    assert_eq!((&recording["data"]["score"], &recording["data"]["recordingReviewed"]), (&json!(80), &json!(true)));
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_on_hold_is_kept_and_what_is_wrong_is_named_by_field() {
    let house = House::open().await;
    let desk = Desk::open(&house).await;
    desk.agent("ada", desk.site("Wixom").await, "101").await;
    let call = desk.answered("K-1", "2026-03-02T14:00:00Z", "101", 12, 189).await;
    let path = format!("/api/call-records/{call}");
    desk.by.post(&format!("{path}/recording"), json!({"reference": "a.wav"})).await.is(201);
    let held = desk.by.post(&format!("{path}/hold"), json!({"reason": "a lawsuit"})).await.is(200);
    assert_eq!((&held["data"]["held"], &held["data"]["holdReason"]), (&json!(true), &json!("a lawsuit")));
    let refused = desk.by.post(&format!("{path}/recording/remove"), json!({"reason": "old"})).await.is(409);
    assert_eq!(refused["error"]["details"]["state"], "held", "{refused}");
    desk.by.post(&format!("{path}/release"), json!({"reason": "settled"})).await.is(200);
    let gone = desk.by.post(&format!("{path}/recording/remove"), json!({"reason": "old"})).await.is(200);
    assert_eq!(gone["data"]["recordingAvailable"], false);
    for (action, field, body) in [
        ("complete", "customerSatisfactionScore", json!({"customerSatisfactionScore": 6})),
        ("complete", "callType", json!({"callType": "pizza"})),
        ("complete", "colour", json!({"colour": "red"})),
        ("escalate", "reason", json!({})),
        ("follow-up", "date", json!({"type": "callback", "date": "soon"})),
        ("follow-up", "type", json!({"type": "pigeon", "date": "2026-03-05"})),
        ("hold", "reason", json!({"reason": " "})),
    ] {
        let refused = desk.by.post(&format!("{path}/{action}"), body).await.is(422);
        assert_eq!(refused["error"]["details"]["field"], field, "{refused}");
    }
    let refused = desk.by.put(&path, json!({"reason": "x", "qualityScore": 101})).await.is(422);
    assert_eq!(refused["error"]["details"]["field"], "qualityScore", "{refused}");
    desk.by.post(&format!("{path}/follow-up/done"), json!({})).await.is(409);
    desk.by.get("/api/call-records/17").await.is(422);
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_call_was_about_is_told_with_its_reasons() {
    let house = House::open().await;
    let desk = Desk::open(&house).await;
    let site = desk.site("Wixom").await;
    let (ada, bob) = (desk.agent("ada", site, "101").await, desk.agent("bob", site, "102").await);
    let analyze = "/api/call-processing/analyze";
    let words = ada.client.post(analyze, json!({"text": "New patient, made an appointment for Tuesday"})).await.is(200);
    let words = &words["data"];
    assert_eq!((&words["callType"], &words["outcome"]), (&json!("appointment"), &json!("appointment_scheduled")), "{words}");
    assert_eq!((&words["recorded"], &words["formula"]), (&json!(false), &json!("call.categorizer@1")));
    let found: Vec<&str> = words["evidence"].as_array().unwrap().iter().map(|e| e["found"].as_str().unwrap()).collect();
    assert!(found.contains(&"made an appointment") && found.contains(&"new patient*"), "{found:?}");

    let call = desk.answered("K-1", "2026-03-02T14:00:00Z", "101", 12, 189).await;
    desk.journal(&ada.client, call, "Paid the invoice twice, wants a refund. Angry.").await;
    house.settle().await;
    let dry = ada.client.post(analyze, json!({"callRecordId": call, "dryRun": true})).await.is(200);
    assert_eq!((&dry["data"]["callType"], &dry["data"]["recorded"]), (&json!("billing"), &json!(false)));
    let told = ada.client.post(analyze, json!({"callRecordId": call})).await.is(200);
    assert_eq!((&told["data"]["callType"], &told["data"]["recorded"]), (&json!("billing"), &json!(true)));
    house.settle().await;
    let shown = ada.client.get(&format!("/api/call-records/{call}")).await.ok();
    assert_eq!((&shown["data"]["callType"], &shown["data"]["tags"]), (&json!("billing"), &json!(["complaint", "refund"])));
    assert_eq!(shown["data"]["category"]["weights"]["type:billing"], json!(8), "{shown}");
    let again = ada.client.post(analyze, json!({"callRecordId": call})).await.is(200);
    assert_eq!(again["data"]["recorded"], false);
    house.settle().await;
    let version = &ada.client.get(&format!("/api/call-records/{call}")).await.ok()["data"]["version"];
    assert_eq!(version, &shown["data"]["version"], "the same is not recorded twice");
    // A person has the last word.
    let other = desk.answered("K-2", "2026-03-02T15:00:00Z", "101", 12, 189).await;
    desk.journal(&ada.client, other, "Wants a refund").await;
    ada.client.post(&format!("/api/call-records/{other}/complete"), json!({"callType": "general"})).await.is(200);
    house.settle().await;
    ada.client.post(analyze, json!({"callRecordId": other})).await.is(200);
    house.settle().await;
    let shown = ada.client.get(&format!("/api/call-records/{other}")).await.ok();
    assert_eq!((&shown["data"]["callType"], &shown["data"]["tags"]), (&json!("general"), &json!(["refund"])));
    bob.client.post(analyze, json!({"callRecordId": call})).await.is(404);
    let refused = ada.client.post(analyze, json!({})).await.is(422);
    assert_eq!(refused["error"]["details"]["field"], "text", "{refused}");
    house.verify().await;
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_belongs_to_the_shift_in_which_it_began() {
    let house = House::open().await;
    let desk = Desk::open(&house).await;
    let ada = desk.agent("ada", desk.site("Wixom").await, "101").await;
    let shift = json!({"agentId": ada.id, "date": "2026-03-02", "startTime": "08:00:00", "endTime": "16:00:00"});
    let shift = desk.by.done(json!({"command": "ScheduleShift", "data": shift})).await;
    let within = desk.answered("K-1", "2026-03-02T14:00:00Z", "101", 12, 189).await;
    let after = desk.answered("K-2", "2026-03-02T20:00:00Z", "101", 12, 189).await;
    house.settle().await;
    let of = async |call: Uuid| ada.client.get(&format!("/api/call-records/{call}")).await.ok()["data"]["shiftId"].clone();
    assert_eq!((of(within).await, of(after).await), (json!(shift), Value::Null));
}
