//! The live board: all of it at first, then what changes, until one has by heart what anybody else is shown.

use super::agents::{agent, site};
use crate::client::Client;
use crate::house::{House, PASSWORD};
use chrono::{TimeDelta, Timelike, Utc};
use domain::organization::role::Role;
use futures::StreamExt;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{self, Message, client::IntoClientRequest};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use uuid::Uuid;

/// How long anything may take before the story has failed; B.N4 allows ten seconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// Somebody who watches a board and keeps it up to date by what they are told, as RFC 7386 says.
struct Watcher {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    board: Value,
    position: i64,
    deltas: usize,
}

impl Watcher {
    async fn connect(client: &Client, query: &str) -> Result<WebSocketStream<MaybeTlsStream<TcpStream>>, tungstenite::Error> {
        let address = client.url.replace("http://", "ws://") + "/api/call-center/live" + query;
        let mut request = address.into_client_request().unwrap();
        request.headers_mut().insert("Authorization", format!("Bearer {}", client.token()).parse().unwrap());
        tokio_tungstenite::connect_async(request).await.map(|(socket, _)| socket)
    }

    async fn open(client: &Client, query: &str) -> Self {
        let socket = Self::connect(client, query).await.unwrap();
        let mut watcher = Self { socket, board: Value::Null, position: 0, deltas: 0 };
        let first = watcher.next().await;
        assert_eq!(first["type"], "snapshot", "{first}");
        watcher
    }

    /// The next message, taken to heart.
    async fn next(&mut self) -> Value {
        loop {
            let said = tokio::time::timeout(PATIENCE, self.socket.next()).await.expect("something comes");
            let said = match said.expect("it goes on").unwrap() {
                Message::Text(text) => serde_json::from_str::<Value>(&text).unwrap(),
                Message::Close(frame) => return json!({"closed": u16::from(frame.unwrap().code)}),
                _ => continue,
            };
            match said["type"].as_str().unwrap() {
                "snapshot" => self.board = said["board"].clone(),
                "delta" => {
                    self.deltas += 1;
                    merge(&mut self.board, &said["patch"]);
                }
                _ => return said,
            }
            let position = said["position"].as_i64().unwrap();
            assert!(position >= self.position, "{position} after {}", self.position);
            self.position = position;
            return said;
        }
    }

    /// Listens until the board is as it should be.
    async fn until(&mut self, what: &str, as_wanted: impl Fn(&Value) -> bool) {
        let began = Instant::now();
        while !as_wanted(&self.board) {
            assert!(began.elapsed() < PATIENCE, "{what} never came: {:#}", self.board);
            self.next().await;
        }
    }

    /// Listens until it knows what is shown to whoever asks now.
    async fn agrees_with(&mut self, client: &Client, query: &str) {
        let shown = client.get(&format!("/api/call-center/board{query}")).await.ok()["data"]["board"].clone();
        self.until("what is shown", |board| *board == shown).await;
    }

    /// Why it is over.
    async fn end(&mut self) -> String {
        loop {
            let said = self.next().await;
            if said["type"] == "end" {
                return said["reason"].as_str().unwrap().to_owned();
            }
        }
    }
}

/// RFC 7386, section 2.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    let known = target.as_object_mut().unwrap();
    for (name, value) in patch {
        match value {
            Value::Null => drop(known.remove(name)),
            _ => merge(known.entry(name.clone()).or_insert(Value::Null), value),
        }
    }
}

/// A call centre with two places, an agent in each, a supervisor of the first, and a telephone system. It is about noon there.
struct Centre {
    house: House,
    wixom: Uuid,
    plymouth: Uuid,
    ada: (Uuid, Client),
    supervisor: (Uuid, Client),
    manager: Client,
    source: Uuid,
}

impl Centre {
    async fn open() -> Self {
        let house = House::open().await;
        let (wixom, plymouth) = (site(&house, "Wixom").await, site(&house, "Plymouth").await);
        let ada = agent(&house, "ada", wixom, "101").await;
        agent(&house, "bob", plymouth, "102").await;
        let boss = house.person(&house.admin, "boss@example.com", Role::Supervisor).await;
        house.admin.post(&format!("/api/locations/{wixom}/staff"), json!({"userId": boss})).await.ok();
        let supervisor = (boss, house.signed_in("boss@example.com", PASSWORD).await);
        let manager = house.client(Role::Manager).await;
        let source = json!({"command": "AddSource", "data": {"name": "Main office", "timezone": "UTC"}});
        let source = house.admin.done(source).await;
        // These zones are named with the sign turned round.
        let zone = format!("Etc/GMT{:+}", i64::from(Utc::now().hour()) - 12);
        house.admin.put("/api/call-center/settings", json!({"reportingTimezone": zone})).await.ok();
        Self { house, wixom, plymouth, ada, supervisor, manager, source }
    }

    /// A telephone does something.
    async fn phone(&self, extension: &str, state: &str, call: Option<&str>, queue: Option<&str>) {
        let data = json!({"extension": extension, "state": state, "sourceId": self.source, "callKey": call, "queueName": queue});
        self.house.admin.done(json!({"command": "NotePresence", "data": data})).await;
    }

    /// A call that came through a queue to a telephone, and was answered there after some seconds or never.
    async fn call(&self, key: &str, queue: &str, extension: &str, answered_after: Option<i64>, talk: i64) -> Uuid {
        let began = Utc::now() - TimeDelta::seconds(answered_after.unwrap_or(30) + talk);
        let answered = answered_after.map(|seconds| began + TimeDelta::seconds(seconds));
        let record = json!({"callid": key, "time-start": began, "time-answered": answered, "time-end": Utc::now(),
            "reason-terminated": "TerminatedBySrc", "from-no": "+15551230001", "from-type": "Line",
            "to-dn": "800", "to-type": "Queue", "to-dispname": queue, "final-dn": extension, "final-type": "Extension"});
        let command = json!({"command": "RecordCdr", "data": {"source": self.source, "record": record}});
        self.house.admin.done(command).await
    }
}

fn numbers<const N: usize>(counters: &Value, names: [&str; N]) -> [i64; N] {
    names.map(|name| counters[name].as_i64().unwrap_or_else(|| panic!("no {name} in {counters}")))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_is_told_adds_up_to_what_is_shown_to_whoever_asks() {
    let centre = Centre::open().await;
    let Centre { manager, supervisor: (_, supervisor), ada: (ada_id, ada), .. } = &centre;
    let plymouth = format!("?locationId={}", centre.plymouth);
    let seats = [(manager, ""), (manager, plymouth.as_str()), (manager, "?queue=Billing"), (supervisor, ""), (ada, "")];
    let mut watchers = Vec::new();
    for (who, query) in seats {
        watchers.push(Watcher::open(who, query).await);
    }
    assert_eq!(watchers[0].board["agentsByState"]["unknown"], 2, "{}", watchers[0].board);

    centre.phone("101", "ringing", Some("C1"), Some("Appointments")).await;
    watchers[0].until("a call rings", |board| board["callsInProgress"] == 1).await;
    centre.phone("101", "on_call", Some("C1"), Some("Appointments")).await;
    centre.phone("102", "available", None, None).await;
    let known = |board: &Value| board["agents"][ada_id.to_string()]["state"] == "on_call";
    watchers[3].until("Ada talks", known).await;
    watchers[4].until("I talk", known).await;
    centre.call("C1", "Appointments", "101", Some(5), 61).await;
    centre.phone("101", "wrap_up", None, None).await;
    let escalated = centre.call("C2", "Billing", "102", Some(30), 120).await;
    let escalation = json!({"command": "EscalateCall", "on": escalated, "data": {"reason": "angry", "priority": "high"}});
    centre.house.admin.done(escalation).await;
    centre.call("C3", "Appointments", "101", None, 0).await;
    centre.phone("101", "available", None, None).await;

    centre.house.settle().await;
    for (watcher, (who, query)) in watchers.iter_mut().zip(seats) {
        watcher.agrees_with(who, query).await;
        assert!(watcher.deltas > 0, "{query} was told what changed and not all of it");
        assert!(!watcher.board.to_string().contains("null"), "{}", watcher.board);
    }
    let today = ["calls", "answered", "abandoned", "talkSeconds", "ringSeconds", "escalations"];
    let of = |nth: usize| numbers(&watchers[nth].board["today"], today);
    assert_eq!(of(0), [3, 2, 1, 181, 35, 1], "all: {:#}", watchers[0].board);
    assert_eq!(of(1), [1, 1, 0, 120, 30, 1], "Plymouth");
    assert_eq!(of(2), [1, 1, 0, 120, 30, 1], "Billing");
    assert_eq!(of(4)[..2], [1, 1], "Ada's own: {:#}", watchers[4].board);
    assert_eq!(watchers[4].board["today"]["missed"], 1, "it rang at her place");
    let all = &watchers[0].board;
    assert_eq!((&all["today"]["serviceLevel"]["formula"], &all["reach"]), (&json!("calls.service_level@1"), &json!("company")));
    assert_eq!(all["today"]["serviceLevel"]["value"].to_string(), "33.33", "one of three in twenty seconds");
    assert_eq!(all["today"]["averageAnswerSeconds"]["value"].to_string(), "17.50");
    assert_eq!(all["queues"]["Appointments"]["calls"], 2);
    assert_eq!(all["locations"][centre.plymouth.to_string()]["name"], "Plymouth");
    assert_eq!((&all["callsInProgress"], &all["agentsByState"]["available"]), (&json!(0), &json!(2)));

    // What others do is not on one's board, nor what is said of it.
    for nth in [3, 4] {
        let text = watchers[nth].board.to_string();
        assert!(!text.contains("bob") && !text.contains("102") && !text.contains("Billing"), "{text}");
    }
    assert_eq!(watchers[4].board["today"].get("serviceLevel"), None, "who else was called is not an agent's to know");
    centre.house.verify().await;
    centre.house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shift_and_its_breaks_are_on_the_board() {
    let centre = Centre::open().await;
    let mut watcher = Watcher::open(&centre.manager, "").await;
    let day = centre.manager.get("/api/call-center/board").await.ok()["data"]["board"]["day"].clone();
    let shift = json!({"command": "ScheduleShift",
        "data": {"agentId": centre.ada.0, "date": day, "startTime": "06:00:00", "endTime": "18:00:00"}});
    let shift = centre.house.admin.done(shift).await;
    centre.house.admin.done(json!({"command": "StartShift", "on": shift, "data": {}})).await;
    watcher.until("she works", |board| board["agentsOnShift"] == 1).await;
    centre.house.admin.done(json!({"command": "BeginBreak", "on": shift, "data": {"kind": "lunch"}})).await;
    watcher.until("she eats", |board| board["agentsOnBreak"] == 1).await;
    assert_eq!(watcher.board["agents"][centre.ada.0.to_string()]["onBreak"], "lunch");
    centre.house.admin.done(json!({"command": "EndBreak", "on": shift, "data": {}})).await;
    centre.house.settle().await;
    watcher.agrees_with(&centre.manager, "").await;
    assert_eq!(watcher.board["agents"][centre.ada.0.to_string()].get("onBreak"), None, "what is over is taken away");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quiet_companys_board_is_made_anew_when_a_read_model_was_computed_anew() {
    let centre = Centre::open().await;
    centre.house.settle().await;
    let rooms = centre.house.rooms();
    sqlx::query("update read.agents set name = 'Mistaken'").execute(&rooms.owner).await.unwrap();
    let seats = [(&centre.manager, ""), (&centre.ada.1, "")];
    let mut watchers = Vec::new();
    for (who, query) in seats {
        let watcher = Watcher::open(who, query).await;
        assert!(watcher.board.to_string().contains("Mistaken"), "{}", watcher.board);
        watchers.push(watcher);
    }
    let agents: Vec<_> = projections::all().into_iter().filter(|model| model.name == "agents").collect();
    projections::rebuild(&rooms.owner, rooms.log(), &agents, |_, _, _| {}).await.unwrap();
    for (watcher, (who, query)) in watchers.iter_mut().zip(seats) {
        watcher.until("the rebuilt rows", |board| !board.to_string().contains("Mistaken")).await;
        watcher.agrees_with(who, query).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_is_made_once_for_all_who_see_the_same_and_for_nobody_not_at_all() {
    let centre = Centre::open().await;
    let rooms = centre.house.rooms();
    let mut watchers = Vec::new();
    for _ in 0..5 {
        watchers.push(Watcher::open(&centre.manager, "").await);
        watchers.push(Watcher::open(&centre.house.admin, "").await);
    }
    let mut other = Watcher::open(&centre.supervisor.1, "").await;
    assert_eq!(rooms.boards.watched_now(), 2, "one of all, one of Wixom");
    centre.phone("101", "available", None, None).await;
    let told = watchers[0].next().await;
    assert_eq!(told["type"], "delta");
    for watcher in &mut watchers[1..] {
        assert_eq!(watcher.next().await, told, "the very same, made at the same instant");
    }
    assert_ne!(other.next().await["asOf"], told["asOf"]);
    // What concerns nobody's board makes none anew.
    centre.house.admin.open_case(json!({})).await;
    centre.phone("102", "available", None, None).await;
    let next = watchers[0].next().await;
    let changed = next["patch"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(changed, ["agents", "agentsByState"], "{next}");

    drop((watchers, other));
    let began = Instant::now();
    while rooms.boards.watched_now() > 0 || rooms.limits.seats.taken() > 0 {
        assert!(began.elapsed() < PATIENCE, "nobody is left, and the board is still made");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_back_begins_with_all_of_it_and_whoever_may_no_more_is_told() {
    let centre = Centre::open().await;
    let (boss, supervisor) = &centre.supervisor;
    let first = Watcher::open(supervisor, "").await;
    drop(first);
    centre.phone("101", "away", None, None).await;
    centre.house.settle().await;
    let mut again = Watcher::open(supervisor, "").await;
    again.agrees_with(supervisor, "").await;
    assert_eq!((again.deltas, &again.board["agentsByState"]["away"]), (0, &json!(1)));

    centre.house.admin.delete(&format!("/api/locations/{}/staff/{boss}", centre.wixom)).await.ok();
    assert!(again.end().await.contains("rights have changed"));
    assert_eq!(again.next().await, json!({"closed": 1008}));
    let mut nothing = Watcher::open(supervisor, "").await;
    nothing.agrees_with(supervisor, "").await;
    assert_eq!((&nothing.board["agents"], &nothing.board["today"]["calls"]), (&json!({}), &json!(0)));

    centre.house.rooms().leaving.send_replace(true);
    assert!(nothing.end().await.contains("connect again"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_is_refused_by_field_and_rule() {
    let house = House::open().await;
    let (agent, clerk) = (house.client(Role::Agent).await, house.client(Role::CaseWorker).await);
    for (query, field) in [("?locationId=Wixom", "locationId"), ("?queue=Billing", "queue"), ("?colour=red", "colour")] {
        for path in ["board", "live"] {
            let refused = agent.get(&format!("/api/call-center/{path}{query}")).await.is(422);
            assert_eq!(refused["error"]["details"]["field"], field, "{refused}");
        }
    }
    for path in ["board", "live"] {
        clerk.get(&format!("/api/call-center/{path}")).await.is(403);
        house.anyone.get(&format!("/api/call-center/{path}")).await.is(401);
    }
    let too_long = format!("/api/call-center/board?queue={}", "x".repeat(256));
    assert_eq!(house.admin.get(&too_long).await.is(422)["error"]["details"]["field"], "queue");
    house.admin.get("/api/call-center/live").await.is(400);
    // A browser can set no header here, so the token may stand in the address, but only of the stream.
    let token = format!("?access_token={}", agent.token());
    house.anyone.get(&format!("/api/call-center/live{token}")).await.is(400);
    house.anyone.get(&format!("/api/call-center/board{token}")).await.is(401);
    let elsewhere = agent.with("Origin", "https://evil.example").get("/api/call-center/live").await;
    assert_eq!(elsewhere.status, 403, "{}", elsewhere.text());
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_watch_a_busy_minute_and_all_know_the_same_at_its_end() {
    const EACH_ACCOUNT: usize = api::live::PERSON;
    let centre = Centre::open().await;
    let mut watchers = Vec::new();
    for _ in 0..200 / EACH_ACCOUNT {
        let manager = centre.house.client(Role::Manager).await;
        for _ in 0..EACH_ACCOUNT {
            watchers.push(Watcher::open(&manager, "").await);
        }
    }
    assert_eq!((watchers.len(), centre.house.rooms().boards.watched_now()), (200, 1));
    let ears: Vec<_> = watchers
        .into_iter()
        .map(|mut watcher| {
            tokio::spawn(async move {
                watcher.until("the last call", |board| board["today"]["calls"] == 100).await;
                (watcher.board["today"].clone(), watcher.deltas)
            })
        })
        .collect();
    let lines: Vec<String> = (0..100)
        .map(|n| {
            let began = Utc::now() - TimeDelta::seconds(90);
            let record = json!({"callid": n.to_string(), "time-start": began, "time-answered": began + TimeDelta::seconds(n % 40),
                "time-end": Utc::now(), "from-no": "+15551230001", "from-type": "Line", "to-dn": "101", "to-type": "Extension"});
            json!({"command": "RecordCdr", "data": {"source": centre.source, "record": record}}).to_string()
        })
        .collect();
    for some in lines.chunks(10) {
        assert!(centre.house.admin.try_lines(&some.join("\n")).await, "all are recorded");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    centre.house.settle().await;
    let shown = centre.manager.get("/api/call-center/board").await.ok()["data"]["board"]["today"].clone();
    for ear in ears {
        let (today, deltas) = ear.await.unwrap();
        assert_eq!(today, shown);
        assert!((1..=20).contains(&deltas), "{deltas} changes were told of; four a second at most");
    }
}
