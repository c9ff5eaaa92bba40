//! Two hundred listeners, a thousand events a second, and a server that is killed and started again while they listen.
//!
//! By hand, as it takes a minute and measures: `cargo build -p api && cargo test -p tests -- --ignored --nocapture live_load` with
//! DOCKET_TEST_SERVER; `DOCKET` names another program than target/debug/docket.

use crate::client::{Client, id};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

const LISTENERS: usize = 200;
const EACH_ACCOUNT: usize = 10;
const A_SECOND: usize = 1_000;
/// Lists of commands a second.
const LISTS: usize = 20;
const SECONDS: usize = 30;

struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn program() -> String {
        std::env::var("DOCKET").unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../target/debug/docket").into())
    }

    /// Started, and the first password if this was the first start.
    fn start(database: &str, port: u16) -> (Self, Option<String>) {
        let mut child = Command::new(Self::program())
            .arg("serve")
            .env("DATABASE_URL", database)
            .env("DOCKET_BIND", format!("127.0.0.1:{port}"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut password = None;
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            password = line.rsplit_once("with the password ").map(|(_, word)| word.to_owned()).or(password);
            if line.contains("answers on") {
                break;
            }
        }
        (Self { child, url: format!("http://127.0.0.1:{port}") }, password)
    }

    /// Without a word, or asked to.
    fn stop(&mut self, signal: &str) {
        Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        self.child.wait().unwrap();
    }
}

/// What one listener heard: positions, and the time from commit to ear of what happened while connected.
#[derive(Default)]
struct Heard {
    positions: Vec<i64>,
    micros: Vec<i64>,
    connections: usize,
}

/// Listens, and again whenever the connection is lost, until it heard of the last event.
async fn listen(client: Client, after: i64, last: Arc<AtomicI64>) -> Heard {
    let mut heard = Heard::default();
    let mut at = after;
    while at < last.load(Ordering::Relaxed) {
        let answer = client.with("Last-Event-ID", at).try_open("/api/live?categories=case").await;
        let Some(mut answer) = answer.ok().filter(|answer| answer.status() == 200) else {
            sleep(Duration::from_millis(100)).await;
            continue;
        };
        heard.connections += 1;
        let since = chrono::Utc::now();
        let mut text = Vec::new();
        while at < last.load(Ordering::Relaxed) {
            let chunk = match timeout(Duration::from_millis(500), answer.chunk()).await {
                Ok(Ok(Some(chunk))) => chunk,
                // Time to look whether that was all.
                Err(_) => continue,
                Ok(_) => {
                    // As a browser does, which a server that takes its leave would otherwise hear from again and again.
                    sleep(Duration::from_millis(500)).await;
                    break;
                }
            };
            text.extend_from_slice(&chunk);
            let now = chrono::Utc::now();
            let Some(whole) = text.windows(2).rposition(|two| two == b"\n\n") else { continue };
            let blocks = String::from_utf8(text.drain(..whole + 2).collect()).unwrap();
            for block in blocks.split_terminator("\n\n").filter(|block| block.contains("\nevent: case.")) {
                at = block.lines().next().unwrap().strip_prefix("id: ").unwrap().parse().unwrap();
                heard.positions.push(at);
                let recorded = block.split("\"recorded_at\":\"").nth(1).unwrap().split('"').next().unwrap();
                let recorded: chrono::DateTime<chrono::Utc> = recorded.parse().unwrap();
                if recorded > since {
                    heard.micros.push((now - recorded).num_microseconds().unwrap());
                }
            }
        }
    }
    heard
}

/// Records payments evenly; a list that got no answer is sent again with the same keys.
async fn work(desk: Client, case: Uuid) -> usize {
    let began = Instant::now();
    for nth in 0..LISTS * SECONDS {
        sleep((Duration::from_secs(1) / LISTS as u32 * nth as u32).saturating_sub(began.elapsed())).await;
        let line = |n| {
            json!({"key": format!("{nth}-{n}"), "command": "RecordPayment", "on": case, "data": {"amount": 0.01}}).to_string()
        };
        let lines: Vec<String> = (0..A_SECOND / LISTS).map(line).collect();
        while !desk.try_lines(&lines.join("\n")).await {
            sleep(Duration::from_millis(100)).await;
        }
    }
    LISTS * SECONDS * (A_SECOND / LISTS)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "by hand: it takes a minute and measures"]
async fn two_hundred_listeners_miss_nothing_while_the_server_is_killed_and_started_again() {
    let server = std::env::var("DOCKET_TEST_SERVER").unwrap();
    // Elsewhere the house does that; here it is in another program.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let name = format!("docket_live_{}", Uuid::now_v7().simple());
    let mut conn = PgConnection::connect(&server).await.unwrap();
    sqlx::query(AssertSqlSafe(format!("create database {name}"))).execute(&mut conn).await.unwrap();
    let database = format!("{}/{name}", server.rsplit_once('/').unwrap().0);
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (mut docket, password) = Server::start(&database, port);
    let nobody = Client::new(&docket.url);
    let sign_in = async |email: &str, password: &str| {
        let session = nobody.sign_in(email, password).await.ok();
        nobody.bearing(session["access_token"].as_str().unwrap())
    };
    let admin = sign_in(api::bootstrap::ADMIN, &password.unwrap()).await;
    let case = id(&admin.open_case(json!({"overdue_amount": 1_000_000})).await);
    let mut log = PgConnection::connect(&database).await.unwrap();
    let mut accounts = Vec::new();
    for n in 0..LISTENERS / EACH_ACCOUNT {
        let (email, role) = (format!("agent-{n}@example.com"), "agent");
        let person = json!({"email": email, "firstName": "A", "lastName": "B", "role": role, "password": crate::house::PASSWORD});
        admin.post("/api/users", person).await.ok();
        accounts.push(sign_in(&email, crate::house::PASSWORD).await);
    }
    let begin: i64 = sqlx::query_scalar("select last_position from log.head").fetch_one(&mut log).await.unwrap();
    let last = Arc::new(AtomicI64::new(i64::MAX));
    let ears: Vec<_> =
        (0..LISTENERS).map(|n| tokio::spawn(listen(accounts[n / EACH_ACCOUNT].clone(), begin, last.clone()))).collect();
    let working = tokio::spawn(work(admin, case));
    for signal in ["-KILL", "-TERM"] {
        sleep(Duration::from_secs(SECONDS as u64 / 3)).await;
        docket.stop(signal);
        docket = Server::start(&database, port).0;
    }
    let recorded = working.await.unwrap();
    let end: i64 = sqlx::query_scalar("select last_position from log.head").fetch_one(&mut log).await.unwrap();
    last.store(end, Ordering::Relaxed);
    let expected: Vec<i64> =
        sqlx::query_scalar("select position from log.events where position > $1 and category = 'case' order by position")
            .bind(begin)
            .fetch_all(&mut log)
            .await
            .unwrap();
    last.store(*expected.last().unwrap(), Ordering::Relaxed);
    assert_eq!(expected.len(), recorded, "every payment is on record once");
    let (mut micros, mut connections) = (Vec::new(), 0);
    for ear in ears {
        let heard = timeout(Duration::from_secs(60), ear).await.expect("everybody comes to the end").unwrap();
        assert!(heard.positions == expected, "{} heard of {}", heard.positions.len(), expected.len());
        micros.extend(heard.micros);
        connections += heard.connections;
    }
    docket.stop("-TERM");
    micros.sort_unstable();
    let part = |percent: usize| micros[(micros.len() * percent / 100).min(micros.len() - 1)] as f64 / 1_000.0;
    println!(
        "{LISTENERS} listeners, {recorded} events in {SECONDS} s, {connections} connections: no gap, nothing twice; commit to ear \
         p50 {:.1} ms, p90 {:.1} ms, p99 {:.1} ms of {} heard while connected",
        part(50),
        part(90),
        part(99),
        micros.len()
    );
    log.close().await.unwrap();
    sqlx::query(AssertSqlSafe(format!("drop database {name} with (force)"))).execute(&mut conn).await.unwrap();
}
