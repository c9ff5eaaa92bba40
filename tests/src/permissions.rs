//! Every route and every role: who comes in, who is shown out, and that another company's things are simply not there.

use crate::client::{Client, Reply, id};
use crate::house::{Foreign, House};
use api::Face;
use api::config::Duty;
use api::route::{Access, Route};
use api::routes::routes;
use commands::calls::disposal::ProposeDisposal;
use commands::{Ask, MENU, On, Principal};
use domain::TenantId;
use domain::calls::disposal::{Disposable, Disposal};
use domain::organization::role::{Permission, Role, Scope};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What a path's `{id}` may be, by the words before it.
type Things = BTreeMap<&'static str, Uuid>;

/// Where it depends on whose the thing is (B.R3), for those whose role does not reach over the whole company.
const POLICED: [&str; 10] = [
    "/api/campaigns/",
    "/api/reports/scheduled/",
    "/api/agents/",
    "/api/agent-performance/",
    "/api/call-records/",
    "/api/call-journals",
    "/api/journals/",
    "/api/goals/",
    "/api/qa/",
    "/api/workforce/",
];

fn document() -> Value {
    serde_json::to_value(api::openapi::document(routes())).unwrap()
}

/// The path with every parameter filled in: ids by the noun before them, anything else by its example in the document.
fn filled(route: &Route, document: &Value, things: &Things) -> String {
    let operation = &document["paths"][route.path.replace(":.*}", "}")][route.verb().to_lowercase()];
    let mut noun = "";
    let segments = route.path.split('/').map(|segment| {
        let Some(name) = segment.strip_prefix('{').map(|rest| rest.trim_end_matches('}').trim_end_matches(":.*")) else {
            noun = segment;
            return segment.to_owned();
        };
        // What is played in the testing interface is played with a case.
        let noun = if noun.starts_with("simulate-") { "cases" } else { noun };
        if let Some(thing) = things.get(noun).filter(|_| ["id", "userId"].contains(&name)) {
            return thing.to_string();
        }
        let parameter = operation["parameters"].as_array().into_iter().flatten().find(|p| p["name"] == name);
        let parameter = parameter.unwrap_or_else(|| panic!("{} {}: {{{name}}} is not described", route.verb(), route.path));
        let example = [&parameter["example"], &parameter["schema"]["example"], &parameter["schema"]["examples"][0]];
        let as_text =
            |value: &Value| value.as_str().map(str::to_owned).or_else(|| value.as_i64().map(|number| number.to_string()));
        match example.into_iter().find_map(as_text) {
            Some(example) => example,
            None if name == "file" => "index.css".to_owned(),
            None => panic!(
                "{} {}: permissions.rs knows no thing for {noun}/{{{name}}}, and there is no example",
                route.verb(),
                route.path
            ),
        }
    });
    segments.collect::<Vec<_>>().join("/")
}

/// The example of a route's JSON body; schemas are followed to their own examples.
pub fn example(route: &Route, document: &Value) -> Option<Value> {
    let operation = &document["paths"][route.path.replace(":.*}", "}")][route.verb().to_lowercase()];
    let media = operation["requestBody"]["content"].get("application/json")?;
    let found = [&media["example"], &media["examples"][0]].into_iter().find(|value| !value.is_null()).cloned();
    found.or_else(|| of_schema(&media["schema"], document))
}

fn of_schema(schema: &Value, document: &Value) -> Option<Value> {
    let schema = match schema["$ref"].as_str() {
        Some(name) => &document["components"]["schemas"][name.rsplit('/').next()?],
        None => schema,
    };
    for found in [&schema["example"], &schema["examples"][0], &schema["default"], &schema["enum"][0]] {
        if !found.is_null() {
            return Some(found.clone());
        }
    }
    for either in ["oneOf", "anyOf", "allOf"] {
        if let Some(parts) = schema[either].as_array() {
            return parts.iter().filter(|part| part["type"] != "null").find_map(|part| of_schema(part, document));
        }
    }
    match schema["type"].as_str().or(schema["type"][0].as_str())? {
        "object" => {
            let required: BTreeSet<&str> =
                schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let fields = schema["properties"].as_object()?;
            let known = fields.iter().filter(|(name, _)| required.contains(name.as_str()));
            Some(
                known
                    .filter_map(|(name, field)| Some((name.clone(), of_schema(field, document)?)))
                    .collect::<serde_json::Map<_, _>>()
                    .into(),
            )
        }
        "string" if schema["format"] == "uuid" => Some(json!(Uuid::now_v7())),
        "string" => Some(json!("a word or two")),
        "integer" | "number" => Some(json!(1)),
        "boolean" => Some(json!(true)),
        "array" => Some(json!([])),
        _ => None,
    }
}

async fn ask(client: &Client, route: &Route, path: &str, body: Option<&Value>) -> Reply {
    match body {
        // What goes on for as long as it is read has no end to wait for.
        None if route.streams() => client.send("HEAD", path, None, "").await,
        Some(body) => client.json(route.verb(), path, body.clone()).await,
        None => client.send(route.verb(), path, None, "").await,
    }
}

/// The same body about an agency and a case that are there.
fn about(things: &Things, mut body: Value) -> Value {
    if body["case_id"].as_str().is_some_and(|id| Uuid::try_parse(id).is_ok()) {
        body["case_id"] = json!(things["cases"]);
    }
    if body["userId"].as_str().is_some_and(|id| Uuid::try_parse(id).is_ok()) {
        body["userId"] = json!(things["users"]);
    }
    if !body["dca_id"].is_null() {
        body["dca_id"] = json!(things["dcas"]);
    }
    if !body["callRecordId"].is_null() {
        body["callRecordId"] = json!(things["call-records"]);
    }
    body
}

/// Bodies that would shut the door behind the one who asks are made harmless.
fn harmless(mut body: Value) -> Value {
    // An account is not moved to a location that is not there; what else names one needs it.
    let of_an_account = body["email"].is_string().then_some("locationId");
    for dangerous in ["isActive", "password", "id", "companyId", "maxUsers"].into_iter().chain(of_an_account) {
        body.as_object_mut().map(|fields| fields.remove(dangerous));
    }
    for unique in ["email", "name"] {
        if body[unique].is_string() {
            body[unique] = json!(format!("x{}@example.com", Uuid::now_v7().simple()));
        }
    }
    body
}

struct Cast {
    house: House,
    foreign: Foreign,
    people: Vec<(Role, Client)>,
    own: Things,
    theirs: Things,
}

async fn cast() -> Cast {
    let house = House::with(|config| {
        config.roles = vec![Duty::Api, Duty::Project];
        config.testing = true;
    })
    .await;
    let sandbox = json!({"command": "UpdateCompany", "on": house.tenant, "data": {"environment": "sandbox"}});
    house.admin.done(sandbox).await;
    let foreign = house.foreign().await;
    let mut people = Vec::new();
    for role in Role::ALL {
        people.push((role, house.client(role).await));
    }
    let site = |client: Client| async move { id(&client.post("/api/locations", json!({"name": "Site"})).await.ok()["data"]) };
    let victim = house.person(&house.admin, "victim@example.com", Role::Staff).await;
    let ada = house.person(&house.admin, "ada@example.com", Role::Agent).await;
    enrolled(&house.admin, ada).await;
    let (own_endpoint, own_notice) = told(&house.admin).await;
    let (their_endpoint, their_notice) = told(&foreign.admin).await;
    let (own_source, own_held) = switchboard(&house.admin, "ours").await;
    let (their_source, their_held) = switchboard(&foreign.admin, "theirs").await;
    let (case, agency) = (id(&house.admin.open_case(json!({})).await), house.admin.agency("Own", json!({})).await);
    let (own_call, own_journal) = called(&house.admin).await;
    let (their_call, their_journal) = called(&foreign.admin).await;
    let mut own = Things::from([
        ("cases", case),
        ("case", case),
        ("dcas", agency),
        ("dca", agency),
        ("users", victim),
        ("companies", house.tenant.0),
        ("locations", site(house.admin.clone()).await),
        ("endpoints", own_endpoint),
        ("notices", own_notice),
        ("agents", enrolled(&house.admin, victim).await),
        ("sources", own_source),
        ("quarantine", own_held),
        ("campaigns", campaign(&house.admin).await),
        ("calculate-kpis", checked(&house.admin).await),
        ("call-records", own_call),
        ("call-journals", own_journal),
        ("journals", own_journal),
        ("scheduled", made(&house.admin).await),
        ("staff", victim),
        ("proposals", proposed(&house, house.tenant).await),
    ]);
    let mut theirs = Things::from([
        ("cases", foreign.case),
        ("case", foreign.case),
        ("dcas", foreign.agency),
        ("dca", foreign.agency),
        ("users", foreign.user),
        ("companies", foreign.tenant.0),
        ("locations", site(foreign.admin.clone()).await),
        ("endpoints", their_endpoint),
        ("notices", their_notice),
        ("agents", enrolled(&foreign.admin, foreign.user).await),
        ("sources", their_source),
        ("quarantine", their_held),
        ("campaigns", campaign(&foreign.admin).await),
        ("calculate-kpis", checked(&foreign.admin).await),
        ("call-records", their_call),
        ("call-journals", their_journal),
        ("journals", their_journal),
        ("scheduled", made(&foreign.admin).await),
        ("staff", foreign.user),
        ("proposals", proposed(&house, foreign.tenant).await),
    ]);
    for (things, admin) in [(&mut own, &house.admin), (&mut theirs, &foreign.admin)] {
        things.extend(of_an_agent(admin, things["agents"]).await);
    }
    let past = json!({"from": "2020-01-01T00:00:00Z", "until": "2020-02-01T00:00:00Z", "version": 1, "reason": "to have one"});
    house.admin.post("/api/v1/settings/restatements", past).await.is(201);
    house.settle().await;
    Cast { house, foreign, people, own, theirs }
}

/// A mailbox that is told, and a test on its way there.
async fn told(admin: &Client) -> (Uuid, Uuid) {
    let endpoint = id(&admin.post("/api/v1/notices/endpoints", json!({"email": "lead@example.com"})).await.is(201));
    (endpoint, id(&admin.post(&format!("/api/v1/notices/endpoints/{endpoint}/test"), json!({})).await.is(201)))
}

/// Something that was kept long enough.
async fn proposed(house: &House, tenant: TenantId) -> Uuid {
    let (kind, thing) = (Disposable::Calls, Uuid::now_v7());
    let before = "2019-01-07".parse().unwrap();
    let ask = Ask::new(ProposeDisposal { kind, before, count: 1, things: vec![thing] });
    let ask = ask.on(Disposal::id(tenant, kind, before, thing));
    house.commands().execute(&Principal::process(tenant, "story"), ask).await.unwrap().id
}

/// A telephone system, and a record of it that cannot be understood.
async fn switchboard(admin: &Client, garbage: &str) -> (Uuid, Uuid) {
    let source = id(&admin.post("/api/3cx/sources", json!({"name": "Office"})).await.is(201)["data"]);
    (source, admin.done(json!({"command": "RecordCdr", "data": {"source": source, "line": garbage}})).await)
}

/// The same person as an agent.
async fn enrolled(admin: &Client, user: Uuid) -> Uuid {
    id(&admin.post("/api/agents", json!({"userId": user})).await.is(201)["data"])
}

/// A check of the call centre's figures.
async fn checked(admin: &Client) -> Uuid {
    id(&admin.post("/api/processing/calculate-kpis", json!({})).await.ok()["data"])
}

/// A shift, a goal and a review of an agent.
async fn of_an_agent(admin: &Client, agent: Uuid) -> Things {
    let goal = json!({"agent": agent, "period": "monthly", "periodStartDate": "2026-03-01", "targets": {"callsPerDay": 40}});
    let goal = id(&admin.post("/api/goals/set", goal).await.is(201)["data"]);
    // Nobody reviews themselves: where the agent is the one who asks, the review is of somebody new.
    let review = json!({"agent": agent, "reviewType": "random", "content": {"marks": {"callControl": 3}}});
    let made = admin.post("/api/qa/review", review.clone()).await;
    let review = match made.status {
        201 => id(&made.body()["data"]),
        _ => {
            let address = format!("{}@example.com", Uuid::now_v7().simple());
            let person = json!({"email": address, "firstName": "Test", "role": "agent", "password": crate::house::PASSWORD});
            let other = enrolled(admin, id(&admin.post("/api/users", person).await.ok())).await;
            id(&admin.post("/api/qa/review", crate::client::merged(review, json!({"agent": other}))).await.is(201)["data"])
        }
    };
    Things::from([("shifts", shift(admin, agent).await), ("goals", goal), ("review", review), ("reviews", review)])
}

/// A shift on the roster.
async fn shift(admin: &Client, agent: Uuid) -> Uuid {
    let plan = json!({"agent": agent, "date": "2026-03-02", "startTime": "08:00:00", "endTime": "16:00:00"});
    id(&admin.post("/api/workforce/shifts", plan).await.is(201)["data"])
}

/// A report of a day long ago.
async fn made(admin: &Client) -> Uuid {
    id(&admin.post("/api/processing/generate-reports", json!({"day": "2020-01-01"})).await.ok()["data"])
}

/// A campaign that is planned.
async fn campaign(admin: &Client) -> Uuid {
    let planned = json!({"campaignName": "Check-ups", "campaignType": "follow_up", "startDate": "2026-03-01",
        "endDate": "2026-03-31", "targetAudience": "Everybody"});
    id(&admin.post("/api/campaigns/create", planned).await.is(201)["data"])
}

/// A call of nobody in particular, and a journal about it.
async fn called(admin: &Client) -> (Uuid, Uuid) {
    let source = admin.done(json!({"command": "AddSource", "data": {"name": "Main office"}})).await;
    let record = json!({"callid": "K-1", "time-start": "2026-03-02T14:00:00Z", "time-answered": "2026-03-02T14:00:08Z",
        "time-end": "2026-03-02T14:01:08Z", "from-no": "+15551230001", "from-type": "Line", "to-dn": "999", "to-type": "Extension"});
    let call = admin.done(json!({"command": "RecordCdr", "data": {"source": source, "record": record}})).await;
    let journal = json!({"callRecordId": call, "callSummary": "Wrong number"});
    (call, id(&admin.post("/api/call-journals", journal).await.is(201)["data"]))
}

/// Something new to take away.
async fn fresh(house: &House, path: &str) -> Things {
    let noun = path.split('/').rev().nth(1).unwrap();
    let (noun, thing) = match noun {
        "settings" => return Things::new(),
        "cases" => ("cases", id(&house.admin.open_case(json!({})).await)),
        "users" => ("users", house.person(&house.admin, &format!("{}@example.com", Uuid::now_v7().simple()), Role::Staff).await),
        "locations" => ("locations", id(&house.admin.post("/api/locations", json!({"name": Uuid::now_v7()})).await.ok()["data"])),
        "endpoints" => ("endpoints", told(&house.admin).await.0),
        "staff" => {
            let site = id(&house.admin.post("/api/locations", json!({"name": Uuid::now_v7()})).await.ok()["data"]);
            let address = format!("{}@example.com", Uuid::now_v7().simple());
            return Things::from([("locations", site), ("staff", house.person(&house.admin, &address, Role::Staff).await)]);
        }
        "agents" => {
            let user = house.person(&house.admin, &format!("{}@example.com", Uuid::now_v7().simple()), Role::Agent).await;
            ("agents", enrolled(&house.admin, user).await)
        }
        "shifts" => {
            let user = house.person(&house.admin, &format!("{}@example.com", Uuid::now_v7().simple()), Role::Agent).await;
            ("shifts", shift(&house.admin, enrolled(&house.admin, user).await).await)
        }
        "sources" => ("sources", switchboard(&house.admin, "gone").await.0),
        other => panic!("permissions.rs knows no {other} to take away"),
    };
    Things::from([(noun, thing)])
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_lets_in_exactly_those_who_may() {
    let Cast { house, people, own, .. } = cast().await;
    let document = document();
    let mut exercised = BTreeSet::new();
    for route in routes() {
        let body = example(route, &document).map(harmless).map(|body| about(&own, body));
        let path = filled(route, &document, &own);
        let name = format!("{} {}", route.verb(), route.path);
        let nobody = ask(&house.anyone, route, &path, body.as_ref()).await;
        match route.access {
            Access::Public => assert!(
                ![403, 404, 405].contains(&nobody.status) && nobody.status < 500,
                "{name}: {} {}",
                nobody.status,
                nobody.text()
            ),
            _ => {
                nobody.is(401);
                assert_eq!(nobody.header("www-authenticate").as_deref(), Some("Bearer"), "{name}");
                let garbled = ask(&house.anyone.bearing("a.b.c"), route, &path, body.as_ref()).await;
                garbled.is(401);
            }
        }
        if let Access::May(permission) = route.access {
            let here = people.iter().filter(|(role, _)| !role.permissions().contains(&permission));
            for (role, client) in here {
                let shown_out = ask(client, route, &path, body.as_ref()).await;
                assert_eq!(shown_out.status, 403, "{name} as {role:?}: {}", shown_out.text());
            }
        }
        for (role, client) in &people {
            let may = match route.access {
                Access::Public => continue,
                Access::Customer => false,
                Access::SignedIn => true,
                Access::May(permission) => role.permissions().contains(&permission),
            };
            if route.access == Access::Customer {
                ask(client, route, &path, body.as_ref()).await.is(401);
            }
            if may {
                // What is taken away is there only once.
                let path = match route.verb() {
                    "DELETE" => filled(route, &document, &fresh(&house, &route.path).await),
                    _ => path.clone(),
                };
                let let_in = ask(client, route, &path, body.clone().map(harmless).as_ref()).await;
                // The menu's route lets everybody in and asks each command's own permission, which the next test goes through.
                if (route.verb(), route.path.as_str(), let_in.status) == ("POST", "/api/commands", 403) {
                    continue;
                }
                // They may see such things, but not this one: `calls/row_policies.rs` goes through who sees whose.
                let reached =
                    [Scope::Tenant, Scope::All].contains(&role.scope()) && role.permissions().contains(&Permission::ReadCalls);
                if let_in.status == 404 && !reached && POLICED.iter().any(|path| route.path.starts_with(path)) {
                    continue;
                }
                assert!(
                    ![401, 403, 404, 405].contains(&let_in.status) && let_in.status < 500,
                    "{name} as {role:?}: {} {}",
                    let_in.status,
                    let_in.text()
                );
            }
        }
        exercised.insert((route.verb(), route.path.clone()));
    }
    assert_eq!(exercised.len(), routes().len(), "every route of the table was tried");
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_companys_things_are_as_missing_as_those_that_never_were() {
    let Cast { house, people, own, theirs, foreign } = cast().await;
    let document = document();
    let missing: Things = theirs.keys().map(|noun| (*noun, Uuid::now_v7())).collect();
    let events = house.events().await;
    let mut compared = 0;
    for route in routes().iter().filter(|route| route.path.contains("{id}")) {
        let Access::May(permission) = route.access else { panic!("{}: an id for anybody?", route.path) };
        let body = example(route, &document).map(harmless).map(|body| about(&own, body));
        for (role, client) in &people {
            // A super admin reaches over all companies, but only where companies and their people are administered.
            if !role.permissions().contains(&permission) || (role.scope() == Scope::All && route.face == Face::Hub) {
                continue;
            }
            let client = client.with("X-Request-Id", "the-same");
            let answer =
                async |things: &Things| without_time(ask(&client, route, &filled(route, &document, things), body.as_ref()).await);
            let ((theirs, text), (none, same)) = (answer(&theirs).await, answer(&missing).await);
            assert_eq!((theirs, none), (404, 404), "{} {} as {role:?}: {text}", route.verb(), route.path);
            assert_eq!(text, same, "{} {} as {role:?}", route.verb(), route.path);
            compared += 1;
        }
    }
    assert!(compared > 100, "{compared}");
    let assign =
        async |agency: Uuid| house.admin.post(&format!("/api/v1/cases/{}/assign", own["cases"]), json!({"dca_id": agency})).await;
    let (theirs, none) = (assign(foreign.agency).await, assign(Uuid::now_v7()).await);
    assert_eq!((theirs.is(404), theirs.bytes), (none.is(404), none.bytes), "nor can their agency be named in a body");
    assert_eq!(house.events().await, events, "nothing of it happened");
    assert_eq!(foreign.admin.case(foreign.case).await["customer_name"], "Somebody Else");
}

fn without_time(reply: Reply) -> (u16, String) {
    let text = reply.text();
    match reply.body()["timestamp"].as_str() {
        Some(time) => (reply.status, text.replace(time, "")),
        None => (reply.status, text),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_of_the_menu_is_carried_out_for_exactly_those_who_may() {
    let Cast { house, people, foreign, .. } = cast().await;
    let envelope = |item: &commands::MenuItem, on: Uuid| {
        let data: Value = serde_json::from_str(item.example).unwrap();
        let on = if item.on == On::Existing { json!(on) } else { Value::Null };
        json!({"command": item.name, "on": on, "data": harmless(data)})
    };
    for item in MENU {
        let asked = envelope(item, Uuid::now_v7());
        house.anyone.command(asked.clone()).await.is(401);
        for (role, client) in &people {
            let answer = client.command(envelope(item, Uuid::now_v7())).await;
            match role.permissions().contains(&item.may) {
                false => assert_eq!(answer.status, 403, "{} as {role:?}: {}", item.name, answer.text()),
                true => assert!(
                    ![401, 403].contains(&answer.status) && answer.status < 500,
                    "{} as {role:?}: {} {}",
                    item.name,
                    answer.status,
                    answer.text()
                ),
            }
        }
    }
    // What another company has is missing here, whatever is asked of it.
    let boss = people.iter().find(|(role, _)| *role == Role::CompanyAdmin).unwrap().1.with("X-Request-Id", "the-same");
    for item in MENU.iter().filter(|item| item.on == On::Existing && Role::CompanyAdmin.permissions().contains(&item.may)) {
        let theirs = match item.name {
            name if name.ends_with("User") => foreign.user,
            name if name.ends_with("Agency") && name != "AssignAgency" => foreign.agency,
            name if name.ends_with("Location") => continue,
            _ => foreign.case,
        };
        let (there, nowhere) = (boss.command(envelope(item, theirs)).await, boss.command(envelope(item, Uuid::now_v7())).await);
        assert_eq!(without_time(there), without_time(nowhere), "{}", item.name);
    }
    house.is_healthy().await;
}
