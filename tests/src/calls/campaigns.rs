//! Campaigns over HTTP: planned, called for by those who are assigned, counted exactly, and nobody else's business.

use super::ground::Ground;
use crate::client::{Client, Reply, id, number};
use crate::explanations::{evaluated_elsewhere, python};
use crate::house::{House, PASSWORD};
use domain::organization::role::Role;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

/// Somebody who takes calls.
async fn agent(house: &House, name: &str) -> (Uuid, Client) {
    let email = format!("{name}@example.com");
    let user = house.person(&house.admin, &email, Role::Agent).await;
    house.admin.post("/api/agents", json!({"userId": user, "team": "morning"})).await.is(201);
    (user, house.signed_in(&email, PASSWORD).await)
}

fn planned() -> Value {
    json!({"campaignName": "Spring check-ups", "campaignType": "outbound_appointments", "startDate": "2026-03-01",
        "endDate": "2026-03-31", "targetAudience": "Patients not seen for a year", "targetCallCount": 400,
        "targetConversionRate": 12.5, "talkingPoints": ["Free parking"]})
}

async fn plan(by: &Client, change: Value) -> Uuid {
    id(&by.post("/api/campaigns/create", crate::client::merged(planned(), change)).await.is(201)["data"])
}

async fn log(by: &Client, campaign: Uuid, body: Value) -> Reply {
    by.post(&format!("/api/campaigns/{campaign}/calls"), body).await
}

#[track_caller]
fn field(reply: &Reply) -> String {
    reply.is(422)["error"]["details"]["field"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_is_planned_called_for_and_brought_to_its_end() {
    let house = House::open().await;
    let manager = house.client(Role::Manager).await;
    let ((ada, as_ada), (bob, _)) = (agent(&house, "ada").await, agent(&house, "bob").await);
    let campaign = plan(&manager, json!({"assignedAgents": ["ada@example.com"]})).await;
    let path = format!("/api/campaigns/{campaign}");
    let shown = manager.get(&path).await.ok()["data"].clone();
    assert_eq!((&shown["campaignStatus"], &shown["priorityLevel"]), (&json!("planned"), &json!("normal")));
    assert_eq!((&shown["assignedAgents"][0]["id"], &shown["conversionRate"]["value"]), (&json!(ada), &Value::Null));
    assert!(shown["createdByName"].is_string(), "{shown}");

    let early = log(&as_ada, campaign, json!({"outcome": "declined"})).await.is(409);
    assert_eq!((&early["error"]["code"], &early["error"]["details"]["state"]), (&json!("WRONG_STATE"), &json!("planned")));
    assert!(early["error"]["details"]["allowed"].as_array().unwrap().contains(&json!("StartCampaign")));
    manager.post(&format!("{path}/start"), json!({})).await.is(200);
    for outcome in ["appointment_scheduled", "declined", "no_answer", "appointment_scheduled", "voicemail"] {
        log(&as_ada, campaign, json!({"outcome": outcome, "number": "+1 734 555 0100"})).await.is(201);
    }
    manager.post(&format!("{path}/pause"), json!({"reason": "holidays"})).await.is(200);
    log(&as_ada, campaign, json!({"outcome": "declined"})).await.is(409);
    manager.post(&format!("{path}/resume"), json!({})).await.is(200);
    manager.put(&format!("{path}/assign"), json!({"agents": [ada, bob]})).await.is(200);
    log(&manager, campaign, json!({"outcome": "information_provided", "agent": "bob@example.com"})).await.is(201);
    let changed = manager.put(&path, json!({"targetCallCount": null, "campaignName": "Check-ups"})).await.is(200);
    assert_eq!(changed["data"]["campaign"]["targetCallCount"], Value::Null, "{changed}");
    manager.post(&format!("{path}/complete"), json!({"notes": "done"})).await.is(200);
    manager.post(&format!("{path}/cancel"), json!({"reason": "too late"})).await.is(409);
    manager.put(&path, json!({"campaignName": "Late"})).await.is(409);

    house.settle().await;
    let shown = manager.get(&path).await.ok()["data"].clone();
    let counts = ["callsAttempted", "callsCompleted", "successfulOutcomes"].map(|name| shown[name].as_i64().unwrap());
    assert_eq!((counts, &shown["campaignStatus"]), ([6, 4, 2], &json!("completed")));
    let rate = &shown["conversionRate"];
    assert_eq!((rate["formula"].as_str(), rate["value"].to_string().as_str()), (Some("campaign.conversion@1"), "50.00"));
    let calls = manager.get(&format!("{path}/calls?limit=4")).await.ok()["data"].clone();
    assert_eq!((calls["total"].as_i64(), calls["items"].as_array().unwrap().len()), (Some(6), 4));
    let rest = manager.get(&format!("{path}/calls?cursor={}", calls["next"].as_str().unwrap())).await.ok();
    assert_eq!((rest["data"]["items"].as_array().unwrap().len(), &rest["data"]["next"]), (2, &Value::Null));
    house.verify().await;
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_see_what_they_call_for_and_others_see_nothing() {
    let house = House::open().await;
    let manager = house.client(Role::Manager).await;
    let ((_, as_ada), (_, as_bob)) = (agent(&house, "ada").await, agent(&house, "bob").await);
    let supervisor = house.client(Role::Supervisor).await;
    let both = plan(&manager, json!({"assignedAgents": ["ada@example.com", "bob@example.com"]})).await;
    let adas = plan(&manager, json!({"assignedAgents": ["ada@example.com"]})).await;
    for campaign in [both, adas] {
        manager.post(&format!("/api/campaigns/{campaign}/start"), json!({})).await.is(200);
    }
    for (client, outcome) in [(&as_ada, "appointment_scheduled"), (&as_bob, "declined"), (&as_bob, "busy")] {
        log(client, both, json!({"outcome": outcome})).await.is(201);
    }
    let missing = log(&as_bob, adas, json!({"outcome": "declined"})).await.is(404);
    let nowhere = log(&as_bob, Uuid::now_v7(), json!({"outcome": "declined"})).await.is(404);
    assert_eq!(missing["error"]["message"], nowhere["error"]["message"]);
    assert_eq!(field(&log(&as_bob, both, json!({"outcome": "declined", "agent": "ada@example.com"})).await), "agent");
    house.settle().await;

    let seen = async |client: &Client| client.get("/api/campaigns").await.ok()["data"]["total"].as_i64().unwrap();
    assert_eq!([seen(&manager).await, seen(&as_ada).await, seen(&as_bob).await, seen(&supervisor).await], [2, 2, 1, 0]);
    for (client, status) in [(&manager, 200), (&as_ada, 200), (&as_bob, 404), (&supervisor, 404)] {
        for rest in ["", "/calls", "/explain"] {
            client.get(&format!("/api/campaigns/{adas}{rest}")).await.is(status);
        }
    }
    let attempted = async |client: &Client| {
        let shown = client.get("/api/campaigns/performance").await.ok()["data"].clone();
        (shown["callsOf"].clone(), shown["totals"]["callsAttempted"]["value"].as_i64().unwrap())
    };
    assert_eq!(attempted(&manager).await, (json!("everybody"), 3));
    assert_eq!(attempted(&as_bob).await, (json!("oneself"), 2));
    assert_eq!(attempted(&supervisor).await.1, 0);
    // A campaign's own card counts the same calls, alone and in the list.
    let on_card = async |client: &Client| {
        let shown = client.get(&format!("/api/campaigns/{both}")).await.ok()["data"].clone();
        let list = client.get("/api/campaigns").await.ok()["data"]["items"].clone();
        assert!(list.as_array().unwrap().contains(&shown), "{list}");
        (shown["callsOf"].clone(), shown["callsAttempted"].as_i64().unwrap(), number(&shown["conversionRate"]["value"]))
    };
    assert_eq!(on_card(&manager).await, (json!("everybody"), 3, Decimal::from(50)));
    assert_eq!(on_card(&as_bob).await, (json!("oneself"), 2, Decimal::ZERO));
    for (client, path) in [(&as_ada, "start"), (&as_ada, "complete"), (&supervisor, "start")] {
        client.post(&format!("/api/campaigns/{both}/{path}"), json!({})).await.is(403);
    }
    house.foreign().await.admin.get(&format!("/api/campaigns/{both}")).await.is(404);
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_breaks_a_rule_is_named_by_field_and_nothing_comes_of_it() {
    let house = House::open().await;
    let manager = house.client(Role::Manager).await;
    agent(&house, "ada").await;
    let campaign = plan(&manager, json!({"assignedAgents": ["ada@example.com"]})).await;
    manager.post(&format!("/api/campaigns/{campaign}/start"), json!({})).await.is(200);
    let events = house.events().await;
    for (name, bad) in [
        ("endDate", json!({"endDate": "2026-02-01"})),
        ("endDate", json!({"endDate": "2026-02-30"})),
        ("campaignType", json!({"campaignType": "spam"})),
        ("targetConversionRate", json!({"targetConversionRate": 100.5})),
        ("targetConversionRate", json!({"targetConversionRate": 1.005})),
        ("targetCallCount", json!({"targetCallCount": -1})),
        ("campaignName", json!({"campaignName": "  "})),
        ("talkingPoints", json!({"talkingPoints": vec!["x"; 51]})),
        ("assignedAgents", json!({"assignedAgents": ["nobody@example.com"]})),
        ("assignedAgents[0]", json!({"assignedAgents": ["nobody"]})),
        ("agents", json!({"assignedAgents": ["ada@example.com", "ada@example.com"]})),
        ("managedBy", json!({"managedBy": Uuid::now_v7()})),
        ("colour", json!({"colour": "red"})),
    ] {
        let reply = manager.post("/api/campaigns/create", crate::client::merged(planned(), bad)).await;
        assert_eq!(field(&reply), name, "{}", reply.text());
    }
    for (name, bad) in [
        ("outcome", json!({"outcome": "shrug"})),
        ("outcome", json!({})),
        ("agent", json!({"outcome": "declined"})),
        ("successful", json!({"outcome": "busy", "successful": true, "agent": "ada@example.com"})),
    ] {
        assert_eq!(field(&log(&manager, campaign, bad).await), name);
    }
    assert_eq!(house.events().await, events);
    for query in ["status=lost", "campaignType=spam", "limit=0", "from=yesterday", "colour=red"] {
        assert_eq!(field(&manager.get(&format!("/api/campaigns?{query}")).await), query.split('=').next().unwrap());
    }
    assert_eq!(field(&manager.get("/api/campaigns/performance?from=2026-02-02&to=2026-02-01").await), "to");
    assert_eq!(field(&manager.get(&format!("/api/campaigns/{campaign}/explain?figure=luck")).await), "figure");
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_counts_once_however_many_log_it_at_once() {
    let Ground { house, manager, ada: as_ada, .. } = Ground::laid().await;
    let campaign = plan(&manager, json!({"assignedAgents": ["ada@example.com"]})).await;
    manager.post(&format!("/api/campaigns/{campaign}/start"), json!({})).await.is(200);
    let log_of = |call: Uuid| json!({"outcome": "declined", "callId": call, "agent": "ada@example.com"});
    assert_eq!(field(&log(&manager, campaign, log_of(Uuid::now_v7())).await), "callId");
    let calls: Vec<(Uuid, Option<Uuid>)> = sqlx::query_as("select call_id, agent_id from read.calls order by call_start_time")
        .fetch_all(&house.rooms().owner)
        .await
        .unwrap();
    let (call, ada) = calls[0];
    let others = calls.iter().find(|(_, agent)| agent.is_some() && *agent != ada).unwrap().0;
    assert_eq!(field(&log(&as_ada, campaign, log_of(others)).await), "callId", "somebody else's call is as one that never was");
    assert_eq!(field(&log(&manager, campaign, log_of(others)).await), "callId", "nobody counts another's call as their own");
    let body = log_of(call);
    let asked = (0..8).map(|n| log(if n % 2 == 0 { &manager } else { &as_ada }, campaign, body.clone()));
    let mut answers: Vec<u16> = futures::future::join_all(asked).await.into_iter().map(|reply| reply.status).collect();
    answers.sort_unstable();
    assert_eq!(answers, [201, 409, 409, 409, 409, 409, 409, 409]);
    let key = Uuid::now_v7();
    for _ in 0..3 {
        log(&as_ada.with("Idempotency-Key", key), campaign, json!({"outcome": "declined"})).await.is(201);
    }
    house.settle().await;
    let shown = manager.get(&format!("/api/campaigns/{campaign}")).await.ok();
    assert_eq!(shown["data"]["callsAttempted"], 2, "{shown}");
    let report = json!({"measures": ["calls"], "from": "2026-03-02", "to": "2026-03-03", "filters": {"campaigns": [campaign]}});
    let report = manager.post("/api/reports/custom", report).await.ok();
    assert_eq!(report["data"]["totals"]["figures"]["calls"], 1, "the call belongs to the campaign: {report}");
    house.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_figure_of_a_campaign_is_evaluated_elsewhere_from_its_explanation() {
    let house = House::open().await;
    let manager = house.client(Role::Manager).await;
    let (_, as_ada) = agent(&house, "ada").await;
    let campaign = plan(&manager, json!({"assignedAgents": ["ada@example.com"]})).await;
    let idle = plan(&manager, json!({})).await;
    manager.post(&format!("/api/campaigns/{campaign}/start"), json!({})).await.is(200);
    for outcome in ["appointment_scheduled", "declined", "do_not_call", "no_answer"] {
        log(&as_ada, campaign, json!({"outcome": outcome})).await.is(201);
    }
    house.settle().await;
    let shown = manager.get(&format!("/api/campaigns/performance?campaignId={campaign}")).await.ok()["data"].clone();
    let figures = &shown["campaigns"][0];
    assert_eq!(figures["conversionRate"]["value"].to_string(), "33.33");
    assert_eq!(figures["agents"][0]["outcomes"]["no_answer"], 1, "{figures}");
    let mut explanations = Vec::new();
    for figure in ["callsAttempted", "callsCompleted", "successfulOutcomes", "conversionRate"] {
        let nothing = (figure != "conversionRate").then_some(Decimal::ZERO);
        for (campaign, value) in [(campaign, Some(number(&figures[figure]["value"]))), (idle, nothing)] {
            let explained = manager.get(&format!("/api/campaigns/{campaign}/explain?figure={figure}")).await.ok()["data"].clone();
            let told = (!explained["value"].is_null()).then(|| number(&explained["value"]));
            assert_eq!(told, value, "{explained}");
            for term in explained["terms"].as_array().unwrap() {
                assert!(term["event_id"].is_string() && term["position"].is_i64(), "{term}");
            }
            explanations.push(explained);
        }
    }
    if python() {
        evaluated_elsewhere(&explanations);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn totals_are_over_all_campaigns_also_those_that_are_not_shown() {
    let house = House::open().await;
    let manager = house.client(Role::Manager).await;
    let (_, as_ada) = agent(&house, "ada").await;
    let oldest = plan(&manager, json!({"startDate": "2026-02-01", "assignedAgents": ["ada@example.com"]})).await;
    manager.post(&format!("/api/campaigns/{oldest}/start"), json!({})).await.is(200);
    log(&as_ada, oldest, json!({"outcome": "appointment_scheduled"})).await.is(201);
    for _ in 0..100 {
        plan(&manager, json!({})).await;
    }
    house.settle().await;
    let all = manager.get("/api/campaigns/performance").await.ok()["data"].clone();
    assert_eq!((&all["total"], all["campaigns"].as_array().unwrap().len()), (&json!(101), 100));
    assert_eq!(
        (&all["totals"]["callsAttempted"]["value"], &all["totals"]["outcomes"]["appointment_scheduled"]),
        (&json!(1), &json!(1))
    );
}
