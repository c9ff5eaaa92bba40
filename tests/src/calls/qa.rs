//! Reviews over HTTP: from a draft to a dispute and its end, the quota of a month, and who could do with coaching.

use super::agents::{agent, site};
use super::workforce::{call, field, telephones};
use crate::client::{Client, id, number};
use crate::explanations::{evaluated_elsewhere, python};
use crate::house::{House, PASSWORD};
use domain::organization::role::Role;
use rust_decimal::dec;
use serde_json::{Value, json};
use uuid::Uuid;

struct Desk {
    house: House,
    as_ada: Client,
    as_bob: Client,
    /// Looks after Wixom, where Ada works.
    as_boss: Client,
    source: Uuid,
}

async fn desk() -> Desk {
    let house = House::open().await;
    let (wixom, plymouth) = (site(&house, "Wixom").await, site(&house, "Plymouth").await);
    let (_, as_ada) = agent(&house, "ada", wixom, "101").await;
    let (_, as_bob) = agent(&house, "bob", plymouth, "102").await;
    let boss = house.person(&house.admin, "boss@example.com", Role::Supervisor).await;
    house.admin.post(&format!("/api/locations/{wixom}/staff"), json!({"userId": boss})).await.ok();
    let as_boss = house.signed_in("boss@example.com", PASSWORD).await;
    let source = telephones(&house).await;
    Desk { house, as_ada, as_bob, as_boss, source }
}

fn review(change: Value) -> Value {
    let usual = json!({"agentEmail": "ada@example.com", "reviewType": "random",
        "content": {"marks": {"activeListening": 4, "callControl": 3}}});
    crate::client::merged(usual, change)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_is_drafted_completed_discussed_and_acknowledged() {
    let Desk { house, as_ada, as_bob, as_boss, source } = desk().await;
    let theirs = call(&house, source, "101", "2026-03-02T09:00:00Z", 60, json!({})).await;
    let not_theirs = call(&house, source, "102", "2026-03-02T09:00:00Z", 60, json!({})).await;
    for (change, wrong) in [
        (json!({"agentEmail": "bob@example.com"}), "agent"),
        (json!({"reviewType": "fun"}), "reviewType"),
        (json!({"content": {"marks": {"callControl": 6}}}), "marks.callControl"),
        (json!({"content": {"marks": {"charm": 3}}}), "content.marks.charm"),
        (json!({"content": {"followUpReviewNeeded": true}}), "followUpDate"),
    ] {
        assert_eq!(field(&as_boss.post("/api/qa/review", review(change.clone())).await), wrong, "{change}");
    }
    for unseen in [Uuid::now_v7(), not_theirs] {
        as_boss.post("/api/qa/review", review(json!({"callRecordId": unseen}))).await.is(404);
    }
    assert_eq!(field(&house.admin.post("/api/qa/review", review(json!({"callRecordId": not_theirs}))).await), "callId");
    as_boss.post("/api/qa/review", review(json!({"content": {}, "complete": true}))).await.is(409);
    as_ada.post("/api/qa/review", review(json!({}))).await.is(403);
    let kept = as_boss.post("/api/qa/review", review(json!({"callRecordId": theirs}))).await.is(201)["data"].clone();
    let (path, acts) = (format!("/api/qa/review/{}", id(&kept)), format!("/api/qa/reviews/{}", id(&kept)));
    assert_eq!((&kept["review"]["totalScore"], &kept["review"]["reviewStatus"]), (&json!(7), &json!("draft")), "{kept}");
    assert_eq!(kept["review"]["callRecordId"], json!(theirs));
    as_boss.put(&format!("{acts}/discuss"), json!({})).await.is(409);
    let change = json!({"marks": {"callControl": 5, "empathyPatience": 5}, "strengthsObserved": "calm", "actionItemsRequired": ["listen"]});
    let changed = as_boss.put(&path, change).await.is(200)["data"]["review"].clone();
    assert_eq!((&changed["totalScore"], &changed["percentageScore"]["formula"]), (&json!(14), &json!("qa.percentage@1")));
    assert_eq!(number(&changed["percentageScore"]["value"]), dec!(35));
    let cleared = as_boss.put(&path, json!({"marks": {"empathyPatience": null}})).await.is(200)["data"]["review"].clone();
    assert_eq!(
        (&cleared["totalScore"], &cleared["empathyPatience"], &cleared["callControl"]),
        (&json!(9), &Value::Null, &json!(5))
    );
    as_boss.put(&path, json!({"marks": {"empathyPatience": 5}})).await.is(200);
    as_boss.post(&format!("{acts}/complete"), json!({})).await.is(200);
    as_boss.put(&path, json!({"strengthsObserved": null})).await.is(409);
    assert_eq!(field(&as_boss.put(&format!("{acts}/discuss"), json!({"on": "2999-01-01"})).await), "on");
    as_boss.put(&format!("{acts}/discuss"), json!({"on": "2026-03-05", "notes": "she agrees"})).await.is(200);
    as_bob.get(&path).await.is(404);
    as_bob.post(&format!("{acts}/acknowledge"), json!({})).await.is(404);
    as_boss.post(&format!("{acts}/acknowledge"), json!({})).await.is(409);
    let noted =
        as_ada.post(&format!("{acts}/acknowledge"), json!({"comment": "thank you"})).await.is(200)["data"]["review"].clone();
    let seen = [&noted["reviewStatus"], &noted["agentAcknowledgment"], &noted["agentDiscussionDate"], &noted["agentComment"]];
    assert_eq!(seen, [&json!("discussed_with_agent"), &json!(true), &json!("2026-03-05"), &json!("thank you")]);
    let of_ada = |by: &Client| {
        let by = by.clone();
        async move { by.get("/api/qa/reviews/ada@example.com").await.ok()["data"]["total"].as_i64().unwrap() }
    };
    assert_eq!((of_ada(&as_ada).await, of_ada(&as_boss).await, of_ada(&as_bob).await, of_ada(&house.admin).await), (1, 1, 0, 1));
    assert_eq!(house.admin.get("/api/qa/reviews/nobody@example.com").await.ok()["data"]["total"], 0);
    let explained = as_ada.get(&format!("{path}/explain")).await.ok()["data"].clone();
    if python() {
        evaluated_elsewhere(explained.as_array().unwrap());
    }
    house.settle().await;
    house.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dispute_is_the_agents_and_its_end_somebody_elses() {
    let Desk { house, as_ada, as_boss, .. } = desk().await;
    let done = as_boss.post("/api/qa/review", review(json!({"complete": true}))).await.is(201)["data"].clone();
    let acts = format!("/api/qa/reviews/{}", id(&done));
    as_boss.post(&format!("{acts}/dispute"), json!({"reason": "no"})).await.is(409);
    as_ada.post(&format!("{acts}/dispute"), json!({})).await.is(422);
    let disputed = as_ada.post(&format!("{acts}/dispute"), json!({"reason": "the line was bad"})).await.is(200);
    assert_eq!(disputed["data"]["review"]["reviewStatus"], "disputed");
    as_ada.post(&format!("{acts}/resolve"), json!({"reason": "mine"})).await.is(403);
    let upheld =
        as_boss.post(&format!("{acts}/resolve"), json!({"reason": "it was not"})).await.is(200)["data"]["review"].clone();
    assert_eq!((&upheld["disputeOutcome"], &upheld["totalScore"]), (&json!("upheld"), &json!(7)));
    as_ada.post(&format!("{acts}/dispute"), json!({"reason": "listen again"})).await.is(200);
    let marks = json!({"marks": {"callControl": 5}, "reason": "heard again"});
    let corrected = as_boss.post(&format!("{acts}/resolve"), marks).await.is(200)["data"]["review"].clone();
    assert_eq!((&corrected["disputeOutcome"], &corrected["totalScore"]), (&json!("corrected"), &json!(9)));
    assert_eq!((&corrected["reviewStatus"], &corrected["disputeAnswer"]), (&json!("completed"), &json!("heard again")));
    as_boss.post(&format!("{acts}/resolve"), json!({"reason": "again"})).await.is(409);
    house.settle().await;
    house.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_has_a_quota_and_rules_say_who_could_do_with_coaching() {
    let Desk { house, as_ada, as_boss, source, .. } = desk().await;
    house.admin.put("/api/call-center/settings", json!({"qaQuotaPerAgent": 3})).await.ok();
    for day in ["2026-03-05", "2026-03-06", "2026-04-01"] {
        let body = review(json!({"content": {"marks": {"callControl": 2}, "reviewDate": day}, "complete": true}));
        as_boss.post("/api/qa/review", body).await.is(201);
    }
    as_boss.post("/api/qa/review", review(json!({"content": {"reviewDate": "2026-03-07"}}))).await.is(201);
    let mut complaints = Vec::new();
    for minute in 0..20 {
        let complaint = minute < 2;
        let said = json!({"complaint": complaint, "firstCallResolution": true});
        let made = call(&house, source, "101", &format!("2026-03-10T09:{minute:02}:00Z"), 60, said).await;
        if complaint {
            complaints.push(json!(made));
        }
    }
    house.settle().await;
    as_ada.get("/api/qa/quota").await.is(403);
    assert_eq!(field(&as_boss.get("/api/qa/quota?month=march").await), "month");
    let quota = as_boss.get("/api/qa/quota?month=2026-03").await.ok()["data"].clone();
    assert_eq!(quota["total"], 1, "Bob works elsewhere");
    let ada = &quota["items"][0];
    let counts = ["quota", "completed", "drafts", "missing"].map(|name| ada[name].as_i64().unwrap());
    assert_eq!((counts, number(&ada["percentageScore"]["value"])), ([3, 2, 1, 1], dec!(5)));
    assert_eq!(house.admin.get("/api/qa/quota?month=2026-03").await.ok()["data"]["items"][0]["agentEmail"], "bob@example.com");

    as_ada.get("/api/qa/coaching-opportunities").await.is(403);
    let found = as_boss.get("/api/qa/coaching-opportunities?from=2026-03-01&to=2026-03-31").await.ok()["data"].clone();
    assert_eq!((&found["rules"], &found["agentsLookedAt"]), (&json!("coaching.rules@1"), &json!(1)));
    let rules: Vec<&str> =
        found["agents"][0]["opportunities"].as_array().unwrap().iter().map(|found| found["rule"].as_str().unwrap()).collect();
    assert_eq!(rules, ["complaints", "low_quality", "weak_call_control"]);
    let complaint = &found["agents"][0]["opportunities"][0];
    assert_eq!((&complaint["figure"]["formula"], &complaint["of"]), (&json!("calls.complaint_rate@1"), &json!(20)));
    assert_eq!((number(&complaint["figure"]["value"]), number(&complaint["threshold"])), (dec!(10), dec!(5)));
    let mut ids = complaint["ids"].as_array().unwrap().clone();
    ids.sort_by_key(Value::to_string);
    complaints.sort_by_key(Value::to_string);
    assert_eq!(ids, complaints);
    let none = as_boss.get("/api/qa/coaching-opportunities?from=2026-04-02&to=2026-04-30").await.ok()["data"].clone();
    assert_eq!((&none["agents"], &none["agentsLookedAt"]), (&json!([]), &json!(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_never_came_misses_all_of_a_shift() {
    let Desk { house, as_boss, .. } = desk().await;
    let mut shifts = Vec::new();
    for (day, end) in [("2026-03-02", "12:00:00"), ("2026-03-03", "16:00:00"), ("2026-03-04", "10:00:00")] {
        let plan = json!({"agent": "ada@example.com", "date": day, "startTime": "08:00:00", "endTime": end});
        let shift = house.admin.done(json!({"command": "ScheduleShift", "at": "2026-03-01T00:00:00Z", "data": plan})).await;
        house.admin.done(json!({"command": "MarkAbsent", "on": shift, "data": {}})).await;
        shifts.push(json!(shift));
    }
    house.settle().await;
    let found = as_boss.get("/api/qa/coaching-opportunities?from=2026-03-01&to=2026-03-31").await.ok()["data"].clone();
    let opportunities = found["agents"][0]["opportunities"].as_array().unwrap();
    assert_eq!((opportunities.len(), &opportunities[0]["rule"]), (1, &json!("low_adherence")), "{found}");
    assert_eq!((&opportunities[0]["of"], number(&opportunities[0]["figure"]["value"])), (&json!(3), dec!(0)));
    assert_eq!(opportunities[0]["ids"], json!([shifts[1], shifts[0], shifts[2]]), "what missed most comes first");
}
