//! The live feed: everybody hears what they may, in order, once, and goes on where they were.

use crate::client::Client;
use crate::house::House;
use api::config::Duty;
use domain::organization::role::Role;
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::time::Duration;
use tokio_tungstenite::tungstenite::{self, Message, client::IntoClientRequest};
use uuid::Uuid;

/// How long anything may take before the story has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// An event as it came in.
#[derive(Clone, Debug, PartialEq)]
struct Heard {
    id: Option<i64>,
    event: String,
    data: Value,
}

/// Somebody who listens.
struct Ear {
    answer: reqwest::Response,
    text: String,
    heard: VecDeque<Heard>,
}

impl Ear {
    async fn open(client: &Client, query: &str) -> Self {
        let answer = client.open(&format!("/api/live{query}")).await;
        let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        assert_eq!((answer.status().as_u16(), header("content-type").as_deref()), (200, Some("text/event-stream")));
        assert_eq!(header("content-encoding"), None, "compressed, it would come late");
        Self { answer, text: String::new(), heard: VecDeque::new() }
    }

    /// The same, and where they began.
    async fn greeted(client: &Client, query: &str) -> (Self, i64) {
        let mut ear = Self::open(client, query).await;
        let hello = ear.next().await.unwrap();
        assert_eq!((hello.event.as_str(), hello.id), ("hello", hello.data["position"].as_i64()));
        (ear, hello.id.unwrap())
    }

    /// What comes next; nothing when it is over.
    async fn next(&mut self) -> Option<Heard> {
        tokio::time::timeout(PATIENCE, self.wait()).await.expect("something comes")
    }

    async fn wait(&mut self) -> Option<Heard> {
        loop {
            if let Some(heard) = self.heard.pop_front() {
                return Some(heard);
            }
            let chunk = self.answer.chunk().await.unwrap()?;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
                if let Some(data) = field("data: ") {
                    let id = field("id: ").map(|id| id.parse().unwrap());
                    let data = serde_json::from_str(&data).unwrap();
                    self.heard.push_back(Heard { id, event: field("event: ").unwrap(), data });
                }
                self.text = rest.to_owned();
            }
        }
    }

    /// Everything up to the event at this position.
    async fn up_to(&mut self, position: i64) -> Vec<Heard> {
        let mut all = Vec::new();
        while all.last().is_none_or(|last: &Heard| last.id.unwrap() < position) {
            all.push(self.next().await.expect("it goes on"));
        }
        all
    }

    /// Why it is over.
    async fn end(&mut self) -> String {
        loop {
            let heard = self.next().await.expect("an end comes before the end");
            if heard.event == "end" {
                assert_eq!(self.next().await, None);
                return heard.data["reason"].as_str().unwrap().to_owned();
            }
        }
    }
}

/// Positions and names of all that is on record for a company after a position, but for what nobody hears of.
async fn on_record(house: &House, tenant: Uuid, after: i64) -> Vec<(i64, String)> {
    let sql = "select position, type from log.events where tenant_id = $1 and position > $2
               and category not in ('reservation', 'case_numbers') order by position";
    sqlx::query_as(sql).bind(tenant).bind(after).fetch_all(&house.rooms().owner).await.unwrap()
}

fn names(heard: &[Heard]) -> Vec<(i64, String)> {
    heard.iter().map(|heard| (heard.id.unwrap(), heard.event.clone())).collect()
}

/// So many payments on a case at once.
async fn pay(desk: &Client, case: Uuid, times: usize) {
    let line = |_| json!({"command": "RecordPayment", "on": case, "data": {"amount": 0.01}}).to_string();
    for done in (0..times).step_by(1_000) {
        let lines: Vec<String> = (done..times.min(done + 1_000)).map(line).collect();
        assert!(desk.try_lines(&lines.join("\n")).await, "all are paid");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_hears_what_they_may_of_their_own_company_in_order() {
    let house = House::open().await;
    let (agent, foreign) = (house.client(Role::Agent).await, house.foreign().await);
    let (mut all, begin) = Ear::greeted(&house.admin, "").await;
    let (mut some, _) = Ear::greeted(&agent.with("Accept-Encoding", "gzip"), "").await;
    let (mut few, _) = Ear::greeted(&house.admin, "?types=case.rejected,agency.registered&categories=case").await;
    let agency = house.admin.agency("Swift", json!({})).await;
    foreign.admin.open_case(json!({})).await;
    house.client(Role::Staff).await;
    let case = house.admin.working(agency, json!({})).await;
    house.admin.act(case, "reject", json!({"reason": "debtor is insolvent"})).await;

    let expected = on_record(&house, house.tenant.0, begin).await;
    let last = expected.last().unwrap().0;
    let heard = all.up_to(last).await;
    assert_eq!(names(&heard), expected);
    assert!(expected.iter().any(|(_, name)| name == "user.created"), "{expected:?}");
    for name in ["case.opened", "case.assigned", "case.accepted", "case.rejected"] {
        assert_eq!(expected.iter().filter(|(_, known)| known == name).count(), 1, "{name}");
    }
    let rejected = heard.iter().find(|heard| heard.event == "case.rejected").unwrap();
    assert_eq!(rejected.data["details"]["reason"], "debtor is insolvent");
    let entry = house.admin.get("/api/v1/audit-logs?action=case.rejected").await.ok()["items"][0].clone();
    for name in ["position", "category", "version", "actor", "user_id", "details", "recorded_at", "cause", "key"] {
        assert_eq!(rejected.data[name], entry[name], "{name}");
    }
    assert_eq!((&rejected.data["type"], &rejected.data["id"]), (&entry["action"], &entry["aggregate_id"]));

    let heard = some.up_to(last).await;
    let of_theirs = |(_, name): &&(i64, String)| name.starts_with("case.") || name.starts_with("agency.");
    assert_eq!(names(&heard), expected.iter().filter(of_theirs).cloned().collect::<Vec<_>>());
    assert!(heard.iter().all(|heard| heard.data.get("details").is_none() && heard.data["id"].is_string()), "{heard:?}");
    assert_eq!(few.next().await.unwrap(), *rejected, "the only one of these names and kinds");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_back_goes_on_where_they_were_even_at_another_server() {
    let house = House::open().await;
    let case = crate::client::id(&house.admin.open_case(json!({"overdue_amount": 100_000})).await);
    let (mut ear, begin) = Ear::greeted(&house.admin, "").await;
    pay(&house.admin, case, 30).await;
    let mut heard = vec![ear.next().await.unwrap(), ear.next().await.unwrap()];
    drop(ear);
    pay(&house.admin, case, 30).await;
    let at = heard[1].id.unwrap();
    // `after` is what the page was opened with, `Last-Event-ID` what its browser heard since.
    let (mut ear, from) = Ear::greeted(&house.admin.with("Last-Event-ID", at), &format!("?after={begin}")).await;
    assert_eq!(from, at);
    for _ in 0..10 {
        heard.push(ear.next().await.unwrap());
    }
    drop(ear);
    let config = api::Config { roles: vec![Duty::Api], ..api::Config::for_tests(&house.database_url()) };
    let other = api::start(config).await.unwrap();
    let at = heard.last().unwrap().id.unwrap();
    let (mut ear, _) = Ear::greeted(&house.admin.at(&other.url()), &format!("?after={at}")).await;
    pay(&house.admin, case, 30).await;
    let expected = on_record(&house, house.tenant.0, begin).await;
    heard.extend(ear.up_to(expected.last().unwrap().0).await);
    assert_eq!(names(&heard), expected);

    // A server that stops lets them go at once and says so, and they go on at the first one.
    let began = std::time::Instant::now();
    let (reason, ()) = tokio::join!(ear.end(), other.stop());
    assert!(reason.contains("connect again") && began.elapsed() < Duration::from_secs(2), "{reason} {:?}", began.elapsed());
    pay(&house.admin, case, 1).await;
    let at = heard.last().unwrap().id.unwrap();
    let (mut ear, _) = Ear::greeted(&house.admin.with("Last-Event-ID", at), "").await;
    assert_eq!(ear.next().await.unwrap().id, Some(at + 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_slow_or_far_behind_misses_nothing() {
    let house = House::open().await;
    let case = crate::client::id(&house.admin.open_case(json!({"overdue_amount": 100_000})).await);
    let (mut slow, begin) = Ear::greeted(&house.admin, "").await;
    // Once the feed is warm, this is more than it keeps.
    pay(&house.admin, case, 5_000).await;
    let expected = on_record(&house, house.tenant.0, begin).await;
    let last = expected.last().unwrap().0;
    assert_eq!(expected.len(), 5_000);
    let (mut quick, _) = Ear::greeted(&house.admin, &format!("?after={}", last - 10)).await;
    assert_eq!(quick.up_to(last).await.len(), 10);
    let (mut late, _) = Ear::greeted(&house.admin, &format!("?after={begin}&types=case.payment_received")).await;
    assert_eq!(names(&late.up_to(last).await), expected);
    assert_eq!(names(&slow.up_to(last).await), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_is_refused_by_field_and_rule() {
    let house = House::open().await;
    let agent = house.client(Role::Agent).await;
    let end = house.events().await;
    let beyond = format!("?after={}", end + 1_000);
    for (query, status, word) in [
        ("?after=x", 422, "after"),
        ("?after=-1", 422, "after"),
        (beyond.as_str(), 412, "load your screens anew"),
        ("?types=case.vanished", 422, "types"),
        ("?types=reservation.taken", 422, "types"),
        ("?types=", 422, "types"),
        ("?categories=case_numbers", 422, "categories"),
        ("?colour=red", 422, "colour"),
        ("?categories=user", 403, "role"),
        ("?types=policy.published", 403, "role"),
    ] {
        let refused = agent.get(&format!("/api/live{query}")).await;
        assert_eq!(refused.status, status, "{query}: {}", refused.text());
        assert!(refused.body()["detail"].as_str().unwrap().contains(word), "{query}: {}", refused.text());
    }
    agent.with("Last-Event-ID", "soon").get("/api/live").await.is(422);
    // A token in the address opens these two doors and no other.
    let nobody = &house.anyone;
    Ear::greeted(nobody, &format!("?access_token={}", agent.token())).await;
    nobody.get("/api/live?access_token=x.y.z").await.is(401);
    nobody.get(&format!("/api/v1/cases/?access_token={}", agent.token())).await.is(401);
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_ends_with_the_token_and_with_ones_rights() {
    let house = House::open().await;
    let now = chrono::Utc::now();
    let tokens = &house.rooms().tokens;
    let claims = tokens.verify(house.admin.token()).unwrap();
    let lasting = chrono::TimeDelta::seconds(api::auth::token::LIFETIME - 2);
    let short = tokens.issue(&claims.sub, claims.user_id, claims.tenant, &claims.role, now - lasting).unwrap();
    let (mut ear, _) = Ear::greeted(&house.anyone.bearing(&short), "").await;

    let somebody = async |email: &str| {
        let id = house.person(&house.admin, email, Role::Supervisor).await;
        let client = house.signed_in(email, crate::house::PASSWORD).await;
        (id, Ear::greeted(&client, "").await.0)
    };
    let ((closed, mut one), (changed, mut other)) = (somebody("one@example.com").await, somebody("other@example.com").await);
    house.admin.delete(&format!("/api/users/{closed}")).await.ok();
    assert!(one.end().await.contains("closed"));
    house.admin.patch(&format!("/api/users/{changed}"), json!({"role": "agent"})).await.ok();
    assert!(other.end().await.contains("rights have changed"));
    assert!(ear.end().await.contains("expired"));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_so_many_listen_and_whoever_goes_leaves_a_seat() {
    let house = House::open().await;
    let seats = house.rooms().limits.seats.clone();
    let mut ears = Vec::new();
    for _ in 0..api::live::PERSON {
        ears.push(Ear::greeted(&house.admin, "").await.0);
    }
    let refused = house.admin.get("/api/live").await;
    assert_eq!((refused.status, refused.header("retry-after").as_deref()), (429, Some("10")), "{}", refused.text());
    let (_other, _) = Ear::greeted(&house.client(Role::Agent).await, "").await;
    ears.clear();
    // They are noticed to be gone when they are next told something.
    let waiting = async {
        while seats.taken() > 1 {
            house.admin.open_case(json!({})).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("their seats are free");
    Ear::greeted(&house.admin, "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_web_socket_tells_the_same() {
    let house = House::with(|config| {
        config.roles = vec![Duty::Api, Duty::Project];
        config.cors_origins = vec!["https://desk.example.com".into()];
    })
    .await;
    let address = house.admin.url.replace("http://", "ws://") + "/api/live/ws";
    let connect = async |query: &str, origin: Option<&str>| {
        let mut request = format!("{address}{query}").into_client_request().unwrap();
        if let Some(origin) = origin {
            request.headers_mut().insert("Origin", origin.parse().unwrap());
        }
        tokio_tungstenite::connect_async(request).await.map(|(socket, _)| socket)
    };
    let status = |refused: tungstenite::Error| match refused {
        tungstenite::Error::Http(answer) => answer.status().as_u16(),
        other => panic!("{other}"),
    };
    let token = format!("?access_token={}", house.admin.token());
    assert_eq!(status(connect("", None).await.unwrap_err()), 401);
    assert_eq!(status(connect(&token, Some("https://evil.example")).await.unwrap_err()), 403);
    assert_eq!(status(connect(&format!("{token}&after=999999"), None).await.unwrap_err()), 412);
    house.admin.get("/api/live/ws").await.is(400);

    let mut socket = connect(&token, Some("https://desk.example.com")).await.unwrap();
    let mut next = async || loop {
        let said = tokio::time::timeout(PATIENCE, socket.next()).await.expect("something comes");
        match said.expect("it goes on").unwrap() {
            Message::Text(text) => return serde_json::from_str::<Value>(&text).unwrap(),
            Message::Close(frame) => return json!({"closed": u16::from(frame.unwrap().code)}),
            _ => {}
        }
    };
    let hello = next().await;
    assert_eq!(hello["type"], "hello");
    let case = house.admin.open_case(json!({})).await;
    let opened = next().await;
    assert_eq!((&opened["type"], &opened["id"]), (&json!("case.opened"), &case["id"]));
    let at = opened["position"].as_i64().unwrap();

    let mut again = connect(&format!("{token}&after={}&categories=case", at - 1), None).await.unwrap();
    again.send(Message::Ping("x".into())).await.unwrap();
    let mut seen = Vec::new();
    while seen.len() < 3 {
        seen.push(tokio::time::timeout(PATIENCE, again.next()).await.unwrap().unwrap().unwrap());
    }
    assert!(seen.contains(&Message::Pong("x".into())), "{seen:?}");
    assert!(seen.iter().any(|said| said.to_text().is_ok_and(|text| text.contains("case.opened"))), "{seen:?}");

    house.rooms().leaving.send_replace(true);
    let over = loop {
        let said = next().await;
        if said["type"] == "end" {
            break next().await;
        }
    };
    assert_eq!(over["closed"], 1012);
}
