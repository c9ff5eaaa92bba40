//! What agents write down about calls: from draft to approved, found again by its words, and read by nobody who should not.

use super::desk::{Desk, ids};
use crate::client::{Client, id};
use crate::house::House;
use domain::organization::role::Role;
use serde_json::{Value, json};
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_goes_from_draft_to_approved_and_says_what_it_allows() {
    let house = House::open().await;
    let desk = Desk::open(&house).await;
    let site = desk.site("Wixom").await;
    let (ada, grace) = (desk.agent("ada", site, "101").await, desk.supervisor("grace", &[site]).await);
    let call = desk.answered("K-1", "2026-03-02T14:00:00Z", "101", 8, 60).await;
    let body = json!({"callRecordId": call, "callSummary": "Asked about a rash", "patientConcern": "Itching",
        "actionItems": ["Send the form"], "followUpType": "callback", "followUpDate": "2026-03-05", "callTags": ["rash"]});
    let written = ada.client.post("/api/call-journals", body).await;
    let version = written.header("etag");
    let shown = &written.is(201)["data"];
    let journal = format!("/api/call-journals/{}", id(shown));
    assert_eq!((&shown["journalStatus"], &shown["followUpRequired"]), (&json!("draft"), &json!(true)));
    assert_eq!((&shown["agentEmail"], &shown["team"]), (&json!("ada@example.com"), &json!("morning")));
    assert_eq!(version.as_deref(), Some("\"1\""));

    let changed = ada.client.put(&journal, json!({"patientConcern": null, "followUpRequired": false})).await.is(200);
    assert_eq!((&changed["data"]["patientConcern"], &changed["data"]["followUpDate"]), (&Value::Null, &Value::Null));
    ada.client.with("If-Match", "\"1\"").put(&journal, json!({"callSummary": "x"})).await.is(412);
    let review = format!("/api/journals/{}/review", id(shown));
    let early = grace.client.put(&review, json!({"reviewScore": 80})).await.is(409);
    assert_eq!((&early["error"]["details"]["state"], &early["error"]["code"]), (&json!("draft"), &json!("WRONG_STATE")));
    assert_eq!(early["error"]["details"]["allowed"], json!(["ChangeJournal", "SubmitJournal"]));
    ada.client.post(&format!("{journal}/submit"), json!({})).await.is(200);
    ada.client.put(&journal, json!({"callSummary": "y"})).await.is(409);

    let returned = grace.client.put(&review, json!({"decision": "returned", "reason": "no resolution"})).await.is(200);
    assert_eq!(
        (&returned["data"]["journalStatus"], &returned["data"]["returnedReason"]),
        (&json!("draft"), &json!("no resolution"))
    );
    ada.client.put(&journal, json!({"resolutionProvided": "Appointment made"})).await.is(200);
    ada.client.post(&format!("{journal}/submit"), json!({})).await.is(200);
    let pending = grace.client.get("/api/journals/pending-review").await.ok();
    assert_eq!(ids(&pending), [id(shown)]);
    let remarks = json!({"reviewScore": 85, "coachingNotes": "Name the concern", "commendationWorthy": true});
    let reviewed = grace.client.put(&review, remarks).await.is(200);
    assert_eq!((&reviewed["data"]["reviewScore"], &reviewed["data"]["reviewedBy"]), (&json!(85), &json!("grace@example.com")));
    let approved = grace.client.post(&format!("/api/journals/{}/approve", id(shown)), json!({})).await.is(200);
    assert_eq!(approved["data"]["journalStatus"], "approved");
    house.settle().await;
    assert_eq!(ids(&grace.client.get("/api/journals/pending-review").await.ok()), [] as [Uuid; 0]);
    assert_eq!(ada.client.get(&journal).await.ok()["data"], approved["data"]);
    house.verify().await;
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn journals_are_read_by_their_owners_and_by_whoever_looks_after_others() {
    let house = House::open().await;
    let desk = Desk::open(&house).await;
    let site = desk.site("Wixom").await;
    let (ada, bob) = (desk.agent("ada", site, "101").await, desk.agent("bob", site, "102").await);
    let grace = desk.supervisor("grace", &[site]).await;
    let staff = desk.person("sam", Role::Staff).await;
    let call = desk.answered("K-1", "2026-03-02T14:00:00Z", "101", 8, 60).await;
    let journal = desk.journal(&ada.client, call, "Asked about a rash").await;
    let path = format!("/api/call-journals/{journal}");
    house.settle().await;
    ada.client.get(&path).await.is(200);
    grace.client.get(&path).await.is(200);
    for stranger in [&bob.client, &staff.client] {
        stranger.get(&path).await.is(404);
        assert_eq!(ids(&stranger.get("/api/journals/search?q=rash").await.ok()), [] as [Uuid; 0]);
    }
    bob.client.put(&path, json!({"callSummary": "mine now"})).await.is(404);
    bob.client.post(&format!("{path}/submit"), json!({})).await.is(404);
    // The matrix is stricter than the row policy (B.X5): staff write no journals, not even about calls of their own.
    let body = json!({"callRecordId": call, "callSummary": "I was there"});
    staff.client.post("/api/call-journals", body.clone()).await.is(403);
    bob.client.post("/api/call-journals", body.clone()).await.is(404);
    bob.client.put(&format!("/api/journals/{journal}/review"), json!({"reviewScore": 100})).await.is(403);
    let for_ada = json!({"callRecordId": call, "callSummary": "on her behalf", "agentId": ada.id});
    let hers = grace.client.post("/api/call-journals", for_ada.clone()).await.is(201);
    assert_eq!(hers["data"]["agentEmail"], "ada@example.com");
    let call = desk.answered("K-2", "2026-03-02T15:00:00Z", "102", 8, 60).await;
    let for_ada = json!({"callRecordId": call, "callSummary": "as her", "agentId": ada.id});
    bob.client.post("/api/call-journals", for_ada).await.is(403);

    // A key that somebody else used opens nothing that one does not see.
    let complete = format!("/api/call-records/{call}/complete");
    let again = async |who: &Client, path: &str, body: &Value| who.with("Idempotency-Key", "k-1").post(path, body.clone()).await;
    let wrap_up = json!({"outcome": "information_provided"});
    again(&bob.client, &complete, &wrap_up).await.is(200);
    again(&bob.client, &complete, &wrap_up).await.is(200);
    again(&grace.client, &complete, &wrap_up).await.is(200);
    again(&ada.client, &complete, &wrap_up).await.is(404);
    let submit = format!("{path}/submit");
    let submitted = async |who: &Client| who.with("Idempotency-Key", "k-2").post(&submit, json!({})).await;
    submitted(&ada.client).await.is(200);
    submitted(&ada.client).await.is(200);
    submitted(&bob.client).await.is(404);
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_is_found_by_its_words_and_they_are_shown_where_they_stand() {
    let house = House::open().await;
    let desk = Desk::open(&house).await;
    let site = desk.site("Wixom").await;
    let ada = desk.agent("ada", site, "101").await;
    let call = desk.answered("K-1", "2026-03-02T14:00:00Z", "101", 8, 60).await;
    let itching = desk.journal(&ada.client, call, "A patient complained of itching rashes on both arms").await;
    let billing = desk.journal(&ada.client, call, "An invoice was paid twice").await;
    house.settle().await;
    let found = async |query: &str| ada.client.get(&format!("/api/journals/search?{query}")).await.ok();
    let rash = found("search=rash").await;
    assert_eq!(ids(&rash), [itching], "another form of the word is found too");
    assert!(rash["data"]["items"][0]["headline"].as_str().unwrap().contains("**rashes**"), "{rash}");
    assert_eq!(ids(&found("q=invoice%20or%20itching").await), [billing, itching], "the newest first");
    assert_eq!(ids(&found("q=%22both%20arms%22").await), [itching]);
    assert_eq!(ids(&found("q=patient%20-itching").await), [] as [Uuid; 0]);
    for odd in ["q=%27%27%27)%3B--", "q=%26%7C!", "q=%25%5F"] {
        assert!(ids(&found(odd).await).len() <= 2, "{odd}");
    }
    let page = found("limit=1").await;
    assert_eq!((ids(&page), &page["data"]["total"]), (vec![billing], &json!(2)));
    let next = page["data"]["next"].as_str().unwrap();
    assert_eq!(ids(&found(&format!("limit=1&cursor={next}")).await), [itching]);
    assert_eq!(ids(&found("status=submitted").await), [] as [Uuid; 0]);
    ada.client.get("/api/journals/search?status=lost").await.is(422);
    ada.client.get("/api/journals/search?colour=red").await.is(422);
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_journals_are_written_at_once_each_with_its_own_answer() {
    let house = House::open().await;
    let desk = Desk::open(&house).await;
    let site = desk.site("Wixom").await;
    let (ada, _bob) = (desk.agent("ada", site, "101").await, desk.agent("bob", site, "102").await);
    let own = desk.answered("K-1", "2026-03-02T14:00:00Z", "101", 8, 60).await;
    let other = desk.answered("K-2", "2026-03-02T14:00:00Z", "102", 8, 60).await;
    let body = json!({"journals": [
        {"callRecordId": own, "callSummary": "one"},
        {"callRecordId": other, "callSummary": "not hers"},
        {"callRecordId": own, "callSummary": "  "},
        {"callRecordId": own, "callSummary": "two", "submit": true, "colour": "red"},
        {"callRecordId": own, "callSummary": "three", "submit": true},
    ]});
    let send =
        async || ada.client.with("Idempotency-Key", "monday").post("/api/journals/bulk-create", body.clone()).await.is(201);
    let told = send().await;
    let told = &told["data"];
    assert_eq!((&told["written"], &told["refused"]), (&json!(2), &json!(3)), "{told}");
    let status = |n: usize| told["items"][n]["error"]["status"].as_u64();
    assert_eq!([0, 1, 2, 3, 4].map(status), [None, Some(404), Some(422), Some(422), None]);
    assert_eq!(
        (&told["items"][2]["error"]["field"], &told["items"][3]["error"]["field"]),
        (&json!("callSummary"), &json!("colour"))
    );
    let events = house.events().await;
    let again = send().await;
    assert_eq!(again["data"]["items"][0]["id"], told["items"][0]["id"]);
    assert_eq!(
        (&again["data"]["items"][4]["replayed"], house.events().await),
        (&json!(true), events),
        "nothing is written twice"
    );
    house.settle().await;
    assert_eq!(ids(&ada.client.get("/api/call-journals").await.ok()).len(), 2);
    let too_many = json!({"journals": vec![json!({}); 501]});
    ada.client.post("/api/journals/bulk-create", too_many).await.is(413);
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_journal_is_named_by_field_and_rule() {
    let house = House::open().await;
    let desk = Desk::open(&house).await;
    let site = desk.site("Wixom").await;
    let ada = desk.agent("ada", site, "101").await;
    let call = desk.answered("K-1", "2026-03-02T14:00:00Z", "101", 8, 60).await;
    let good = json!({"callRecordId": call, "callSummary": "fine"});
    for (field, value) in [
        ("callSummary", json!("x".repeat(1001))),
        ("callSummary", Value::Null),
        ("followUpType", json!("carrier pigeon")),
        ("followUpDate", json!("tomorrow")),
        ("callTags", json!(vec!["tag"; 51])),
        ("callRecordId", json!("17")),
        ("colour", json!("red")),
    ] {
        let mut body = good.clone();
        body[field] = value;
        let refused = ada.client.post("/api/call-journals", body).await.is(422);
        assert_eq!(refused["error"]["details"]["field"], field, "{refused}");
    }
    let none = json!({"callRecordId": call, "callSummary": "a", "followUpRequired": false, "followUpDate": "2026-03-05"});
    let refused = ada.client.post("/api/call-journals", none).await.is(422);
    assert_eq!(refused["error"]["details"]["field"], "followUpDate", "{refused}");
    ada.client.post("/api/call-journals", json!({"callRecordId": Uuid::now_v7(), "callSummary": "a"})).await.is(404);
    let grace = desk.supervisor("grace", &[site]).await;
    let journal = desk.journal(&ada.client, call, "fine").await;
    for (field, body) in [
        ("reviewScore", json!({})),
        ("reviewScore", json!({"reviewScore": 101})),
        ("reason", json!({"decision": "returned"})),
        ("decision", json!({"decision": "burnt", "reviewScore": 1})),
    ] {
        let refused = grace.client.put(&format!("/api/journals/{journal}/review"), body).await.is(422);
        assert_eq!(refused["error"]["details"]["field"], field, "{refused}");
    }
    house.is_healthy().await;
}
