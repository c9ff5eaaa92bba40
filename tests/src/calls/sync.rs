//! What a 3CX knows is taken over: agents with their telephones, and what these are doing; and nothing of one that answers badly.

use super::agents::{agent, site};
use crate::client::Client;
use crate::house::House;
use crate::pbx::{Fault, Pbx};
use domain::organization::role::Role;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

const PATH: &str = "/api/processing/sync-3cx";

/// A telephone system that is said to be there, whether or not it may be asked.
async fn source(house: &House, by: &Client, url: &str) -> Uuid {
    let id = Uuid::now_v7();
    by.done(json!({"command": "AddSource", "on": id, "data": {"name": "Main office", "baseUrl": url}})).await;
    house.settle().await;
    id
}

/// How many events there are, besides that a telephone system was asked.
async fn recorded(house: &House) -> i64 {
    let count = sqlx::query_scalar("select count(*) from log.events where category <> 'source_sync'");
    count.fetch_one(&house.rooms().owner).await.unwrap()
}

/// What became of each extension that is not as it was.
fn outcomes(body: &Value) -> BTreeMap<String, String> {
    let word = |item: &Value, name: &str| item[name].as_str().unwrap().to_owned();
    body["data"]["items"].as_array().unwrap().iter().map(|item| (word(item, "extension"), word(item, "outcome"))).collect()
}

fn are(expected: &[(&str, &str)]) -> BTreeMap<String, String> {
    expected.iter().map(|(extension, outcome)| ((*extension).to_owned(), (*outcome).to_owned())).collect()
}

/// Who has which telephone, and what it is doing.
async fn telephones(house: &House) -> Vec<(String, String, Value)> {
    house.settle().await;
    let body = house.admin.get("/api/3cx/agent-status?limit=100").await.ok();
    let items = body["data"]["items"].as_array().unwrap();
    let word = |item: &Value, name: &str| item[name].as_str().unwrap().to_owned();
    items.iter().map(|item| (word(item, "extension"), word(item, "state"), item["agentEmail"].clone())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_get_the_telephones_that_the_telephone_system_says_they_have() {
    let house = House::open().await;
    let wixom = site(&house, "Wixom").await;
    let (bob, _) = agent(&house, "bob", wixom, "102").await;
    let (cy, _) = agent(&house, "cy", wixom, "103").await;
    agent(&house, "fay", wixom, "106").await;
    let ada = house.person(&house.admin, "ada@example.com", Role::Agent).await;
    let pbx = Pbx::open(Some("s3cret")).await;
    pbx.users(&[
        ("101", "Ada@Example.com", "Available"),
        // Bob and Cy have swapped their telephones.
        ("102", "cy@example.com", "Away"),
        ("103", "bob@example.com", "Custom 1"),
        ("104", "nobody@example.com", "Available"),
        ("105", "", "Dancing"),
        ("106", "ada.two@example.com", "Do Not Disturb"),
        ("107", "nonsense", "Available"),
    ]);
    pbx.calls(&[(17, "10001 Trunk (+15551230001)", "101 Ada Lovelace", "Talking"), (18, "102 Cy", "103 Bob", "Routing")]);
    house.person(&house.admin, "ada.two@example.com", Role::Agent).await;
    let board = json!({"name": "Main office", "baseUrl": pbx.url, "apiKey": "s3cret"});
    house.admin.post("/api/3cx/sources", board).await.is(201);
    house.settle().await;

    let manager = house.client(Role::Manager).await;
    house.client(Role::Supervisor).await.post(PATH, json!({})).await.is(403);
    let done = manager.send("POST", PATH, None, "").await.is(200);
    let expected = [
        ("101", "enrolled"),
        ("102", "changed"),
        ("103", "changed"),
        ("104", "unknown"),
        ("105", "unknown"),
        ("106", "conflict"),
        ("107", "unusable"),
    ];
    assert_eq!(outcomes(&done), are(&expected), "{done}");
    assert_eq!((&done["data"]["users"], &done["data"]["activeCalls"]), (&json!(6), &json!(2)), "{done}");
    let conflict = done["data"]["items"].as_array().unwrap().iter().find(|item| item["extension"] == "106").unwrap();
    assert_eq!(conflict["reason"], "extension 106 belongs to another agent", "{done}");
    for (user, extension) in [(ada, "101"), (cy, "102"), (bob, "103")] {
        assert_eq!(manager.get(&format!("/api/agents/{user}")).await.ok()["data"]["extension"], extension);
    }
    let told = telephones(&house).await;
    let expected = [
        ("101", "on_call", json!("ada@example.com")),
        ("102", "ringing", json!("cy@example.com")),
        ("103", "ringing", json!("bob@example.com")),
        ("104", "available", Value::Null),
        ("106", "dnd", json!("fay@example.com")),
    ];
    let expected: Vec<_> = expected.into_iter().map(|(number, state, who)| (number.to_owned(), state.to_owned(), who)).collect();
    assert_eq!(told, expected);

    // The same again changes nothing; when somebody hangs up, only that.
    let events = recorded(&house).await;
    let again = manager.send("POST", PATH, None, "").await.is(200);
    assert_eq!((&again["data"]["unchanged"], &again["data"]["presencesChanged"]), (&json!(3), &json!(0)), "{again}");
    assert_eq!(recorded(&house).await, events, "nothing was put on record");
    pbx.calls(&[(18, "102 Cy", "103 Bob", "Talking")]);
    let less = manager.send("POST", PATH, None, "").await.is(200);
    assert_eq!(less["data"]["presencesChanged"], 3, "{less}");
    let states: Vec<_> = telephones(&house).await.into_iter().take(3).map(|(_, state, _)| state).collect();
    assert_eq!(states, ["available", "on_call", "on_call"]);
    house.verify().await;
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_telephone_system_that_gives_out_tokens_is_asked_for_one_first() {
    let house = House::open().await;
    house.person(&house.admin, "ada@example.com", Role::Agent).await;
    let pbx = Pbx::with_client("docket", "s%26cret").await;
    pbx.users(&[("101", "ada@example.com", "Available")]);
    let board = json!({"name": "Main office", "baseUrl": pbx.url, "clientId": "docket", "apiKey": "s&cret"});
    let added = house.admin.post("/api/3cx/sources", board).await.is(201);
    let path = format!("/api/3cx/sources/{}", added["data"]["id"].as_str().unwrap());
    assert_eq!(added["data"]["source"]["clientId"], "docket", "{added}");
    house.settle().await;
    assert_eq!(house.admin.send("POST", PATH, None, "").await.is(200)["data"]["enrolled"], 1);
    let failed = async |change: Value, field: &str, rule: &str| {
        house.admin.put(&path, change).await.is(200);
        let failed = house.admin.send("POST", PATH, None, "").await.is(502);
        let details = &failed["error"]["details"];
        assert_eq!(details["field"], field, "{failed}");
        assert!(details["rule"].as_str().unwrap().contains(rule), "{failed}");
    };
    failed(json!({"apiKey": "wrong"}), "a token", "it answered 400").await;
    failed(json!({"apiKey": null}), "a token", "no key").await;
    failed(json!({"clientId": null, "apiKey": "s&cret"}), "Users, page 1", "it answered 401").await;
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_telephone_system_that_answers_badly_nothing_is_taken_over() {
    let house = House::with(|config| {
        config.roles = vec![api::config::Duty::Api, api::config::Duty::Project];
        config.threecx_timeout_ms = 400;
    })
    .await;
    house.person(&house.admin, "ada@example.com", Role::Agent).await;
    let pbx = Pbx::open(None).await;
    let other = Pbx::open(None).await;
    let many: Vec<(String, String)> = (1000..1150).map(|n| (n.to_string(), format!("p{n}@example.com"))).collect();
    let mut users: Vec<(&str, &str, &str)> = many.iter().map(|(n, email)| (n.as_str(), email.as_str(), "Available")).collect();
    users.push(("101", "ada@example.com", "Available"));
    pbx.users(&users);
    pbx.calls(&[(1, "101", "1000", "Talking")]);
    source(&house, &house.admin, &pbx.url).await;
    let events = recorded(&house).await;
    let wrong = |value: Value| Fault::Instead(value);
    let inside = Fault::Redirect(format!("{}/xapi/v1/Users", other.url));
    for (fault, list, after, field, rule) in [
        (Fault::Status(500), "Users", 0, "Users, page 1", "it answered 500"),
        (Fault::Status(401), "Users", 0, "Users, page 1", "it answered 401"),
        (Fault::Status(503), "Users", 1, "Users, page 2", "it answered 503"),
        (Fault::Status(403), "ActiveCalls", 0, "ActiveCalls", "it answered 403"),
        (inside, "Users", 0, "Users, page 1", "redirections are not followed"),
        (Fault::Html, "Users", 0, "Users, page 1", "did not answer with a JSON object"),
        (Fault::Truncated, "Users", 1, "Users, page 2", "is not valid JSON, or breaks off"),
        (Fault::HangsUp, "ActiveCalls", 0, "ActiveCalls", "broke in the middle"),
        (Fault::Silence, "Users", 1, "Users, page 2", "did not answer in time"),
        (Fault::Silence, "ActiveCalls", 0, "ActiveCalls", "did not answer in time"),
        (Fault::EndlessPages, "Users", 0, "Users", "have no end"),
        (Fault::LargePage, "Users", 0, "Users, page 1", "more than the 100 users"),
        (Fault::SamePage, "Users", 0, "Users, page 2", "the same users again"),
        (wrong(json!({"value": [{"Number": 101}]})), "Users", 0, "Users, page 1", "value[0].Number is not what it should be"),
        (wrong(json!({"value": null})), "Users", 1, "Users, page 2", "value is not what it should be"),
        (wrong(json!([])), "ActiveCalls", 0, "ActiveCalls", "JSON object"),
        (wrong(json!({"value": [{"Id": 1, "Status": 7}]})), "ActiveCalls", 0, "ActiveCalls", "value[0].Status is not"),
        (
            wrong(json!({"value": [{"Id": 1, "Status": "x", "ServerNow": "noon"}]})),
            "ActiveCalls",
            0,
            "ActiveCalls",
            "ServerNow is not",
        ),
    ] {
        pbx.fails(fault.clone(), list, after);
        let failed = house.admin.send("POST", PATH, None, "").await.is(502);
        let details = &failed["error"]["details"];
        assert_eq!(details["field"], field, "{fault:?}: {failed}");
        assert!(details["rule"].as_str().unwrap().contains(rule), "{fault:?}: {failed}");
        assert_eq!(failed["error"]["code"], "BAD_GATEWAY");
    }
    // A body without an end is left either because it is too large or because it takes too long.
    pbx.fails(Fault::EndlessBody, "Users", 0);
    let failed = house.admin.send("POST", PATH, None, "").await.is(502);
    let rule = failed["error"]["details"]["rule"].as_str().unwrap();
    assert!(rule.contains("larger than 4 MiB") || rule.contains("in time"), "{failed}");
    assert!(other.asked().is_empty(), "nobody was followed elsewhere");
    assert_eq!(recorded(&house).await, events, "nothing was put on record");

    pbx.fails(Fault::None, "", 0);
    let well = house.admin.send("POST", PATH, None, "").await.is(200);
    assert_eq!(
        (&well["data"]["users"], &well["data"]["enrolled"], &well["data"]["unknown"]),
        (&json!(151), &json!(1), &json!(150))
    );
    assert_eq!(pbx.asked().len(), 3, "two pages of users and the calls: {:?}", pbx.asked());
    assert_eq!(well["data"]["presencesChanged"], 151, "{well}");
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_telephone_system_of_ones_own_that_may_be_asked_is_asked() {
    let house = House::with(|config| {
        config.roles = vec![api::config::Duty::Api, api::config::Duty::Project];
        config.threecx_allow = vec![];
    })
    .await;
    let refused = |query: String, field: &'static str, rule: &'static str, status: u16| {
        let admin = house.admin.clone();
        async move {
            let failed = admin.send("POST", &format!("{PATH}{query}"), None, "").await.is(status);
            let details = &failed["error"]["details"];
            assert_eq!(details["field"], field, "{failed}");
            assert!(details["rule"].as_str().unwrap().contains(rule), "{failed}");
        }
    };
    refused(String::new(), "source", "no telephone system with a base URL", 422).await;
    refused(format!("?source={}", Uuid::now_v7()), "source", "no such source", 422).await;
    refused("?source=x".into(), "source", "UUID", 422).await;
    let pbx = Pbx::open(None).await;
    let ours = source(&house, &house.admin, &pbx.url).await;
    refused(String::new(), "Users, page 1", "own network reaches (loopback)", 502).await;
    let named = pbx.url.replace("127.0.0.1", "localhost");
    source(&house, &house.admin, &named).await;
    refused(String::new(), "source", "several", 422).await;
    assert!(pbx.asked().is_empty(), "nobody was asked");
    let refused = house.admin.post("/api/3cx/sources", json!({"name": "Inside", "baseUrl": pbx.url})).await.is(422);
    assert_eq!(refused["error"]["details"]["field"], "baseUrl", "{refused}");
    let foreign = house.foreign().await;
    let theirs = foreign.admin.send("POST", &format!("{PATH}?source={ours}"), None, "").await.is(422);
    assert!(theirs["error"]["message"].as_str().unwrap().contains("no such source"), "{theirs}");
    house.is_healthy().await;
}
