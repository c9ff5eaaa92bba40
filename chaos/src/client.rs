//! Those who use Docket while it is being broken: each asks for one thing after the other, and asks again until it knows the answer.

use crate::desk::Desk;
use crate::http::{Answer, Connection, request};
use crate::journal::{Fate, Journal, lock};
use crate::mix::{Asked, Mix};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use uuid::Uuid;

/// A request without an answer for so long is given up, and sent again.
const PATIENCE: Duration = Duration::from_secs(10);
/// The pause before a request is sent again.
const AGAIN: Duration = Duration::from_millis(25);

/// What the clients have seen so far.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Commands answered with a yes.
    pub ok: u64,
    /// Commands answered with a no.
    pub refused: u64,
    /// Requests answered with each status, and 0 for those that were not answered at all.
    pub statuses: BTreeMap<u16, u64>,
    /// Of the latter, those that were sent: the connection ended, or nothing came, before there was an answer.
    pub cut: u64,
    /// What was said with a 5xx that is not 503: each a fault of our own.
    pub faults: Vec<String>,
    /// When each yes came, and when its request had been sent; the oldest are forgotten at each start.
    yes: Vec<(Instant, Instant)>,
}

/// The clients of a world. Cheap to clone; they work between [`Load::start`] and [`Load::stop`].
#[derive(Clone)]
pub struct Load(Arc<Shared>);

struct Shared {
    desk: Arc<Desk>,
    journal: Arc<Journal>,
    servers: Vec<SocketAddr>,
    seen: Mutex<Seen>,
    news: Notify,
    working: watch::Sender<bool>,
    clients: Mutex<Vec<Mix>>,
    tasks: Mutex<Vec<JoinHandle<Mix>>>,
}

impl Load {
    /// Not working yet. Each client asks by its own dice; a client whose server is gone turns to the next one.
    pub fn new(desk: Arc<Desk>, journal: Arc<Journal>, servers: Vec<SocketAddr>, clients: Vec<Mix>) -> Self {
        Self(Arc::new(Shared {
            desk,
            journal,
            servers,
            seen: Mutex::default(),
            news: Notify::new(),
            working: watch::Sender::new(false),
            clients: Mutex::new(clients),
            tasks: Mutex::default(),
        }))
    }

    /// Lets all clients begin, or go on where they stopped.
    pub fn start(&self) {
        self.0.working.send_replace(true);
        lock(&self.0.seen).yes.clear();
        let begin = |mix| tokio::spawn(Client::new(self.0.clone(), mix).work());
        let mut tasks = lock(&self.0.tasks);
        tasks.extend(lock(&self.0.clients).drain(..).map(begin));
    }

    /// Asks for nothing new, and returns when everything asked for has its answer; what has none by then stays unknown.
    pub async fn stop(&self, patience: Duration) {
        self.0.working.send_replace(false);
        let tasks: Vec<_> = lock(&self.0.tasks).drain(..).collect();
        let until = Instant::now() + patience;
        for mut task in tasks {
            match tokio::time::timeout_at(until.into(), &mut task).await {
                Ok(Ok(mix)) => lock(&self.0.clients).push(mix),
                // A client that gave up (or broke) takes its dice with it.
                _ => task.abort(),
            }
        }
        lock(&self.0.clients).sort_by_key(|mix| mix.client);
    }

    pub fn seen(&self) -> Seen {
        lock(&self.0.seen).clone()
    }

    /// Commands answered with a yes so far.
    pub fn oks(&self) -> u64 {
        lock(&self.0.seen).ok
    }

    /// Waits until so many more commands have been answered with a yes; false if that takes too long.
    pub async fn more(&self, oks: u64, patience: Duration) -> bool {
        let until = self.oks() + oks;
        self.wait(patience, |seen| (seen.ok >= until).then_some(())).await.is_some()
    }

    /// When the first yes came to a request that was sent at this moment or later; `None` if that takes too long.
    pub async fn first_ok_after(&self, since: Instant, patience: Duration) -> Option<Instant> {
        self.wait(patience, |seen| seen.yes.iter().filter(|(sent, _)| *sent >= since).map(|(_, came)| *came).min()).await
    }

    async fn wait<T>(&self, patience: Duration, done: impl Fn(&Seen) -> Option<T>) -> Option<T> {
        let waiting = async {
            loop {
                let news = self.0.news.notified();
                if let Some(found) = done(&lock(&self.0.seen)) {
                    return found;
                }
                news.await;
            }
        };
        tokio::time::timeout(patience, waiting).await.ok()
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        lock(&self.tasks).iter().for_each(JoinHandle::abort);
    }
}

/// Why there is no answer: nobody listened, or the connection was cut.
struct Unanswered {
    cut: bool,
}

/// One of them.
struct Client {
    shared: Arc<Shared>,
    mix: Mix,
    connection: Option<Connection>,
    server: usize,
    working: watch::Receiver<bool>,
}

impl Client {
    fn new(shared: Arc<Shared>, mix: Mix) -> Self {
        let (server, working) = (mix.client as usize % shared.servers.len().max(1), shared.working.subscribe());
        Self { shared, mix, connection: None, server, working }
    }

    async fn work(mut self) -> Mix {
        while *self.working.borrow() {
            let asked = self.mix.next();
            let fate = self.ask(&asked).await;
            self.mix.heard(&asked, &fate);
            let pause = self.mix.pause();
            let _ = tokio::time::timeout(pause, self.working.wait_for(|working| !working)).await;
        }
        self.mix
    }

    /// Sends a command, under the same key, until there is a yes or a no.
    async fn ask(&mut self, asked: &Asked) -> Fate {
        let shared = self.shared.clone();
        let number = shared.journal.sending(self.mix.client, &asked.key, asked.command, asked.tenant, asked.on, &asked.data);
        let body = json!({ "key": asked.key, "command": asked.command, "on": asked.on, "data": asked.data, "at": asked.at });
        loop {
            let fate = self.attempt(asked.tenant, &body.to_string()).await;
            if fate != Fate::Unknown {
                shared.journal.answered(number, fate.clone());
                return fate;
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// Sends it once.
    async fn attempt(&mut self, tenant: Uuid, body: &str) -> Fate {
        let (token, tenant) = (format!("Bearer {}", self.shared.desk.token()), tenant.to_string());
        let headers = [("Authorization", token.as_str()), ("Docket-Tenant", tenant.as_str())];
        let request = request("POST", "/api/commands", &headers, body);
        let sent = Instant::now();
        let answer = match tokio::time::timeout(PATIENCE, self.send(&request)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(Unanswered { cut })) => return self.elsewhere(sent, cut),
            Err(_) => return self.elsewhere(sent, true),
        };
        if answer.last {
            // The server is about to leave.
            self.connection = None;
            self.server = (self.server + 1) % self.shared.servers.len();
        }
        if answer.status == 401 {
            // The clock of the server has moved past the end of the token.
            self.shared.desk.sign_in_again(&token, self.shared.servers[self.server]).await;
        }
        let fault = (answer.status >= 500 && answer.status != 503)
            .then(|| format!("{}: {}", answer.status, String::from_utf8_lossy(&answer.body)));
        self.note(sent, answer.status, fate(&answer), fault)
    }

    async fn send(&mut self, request: &[u8]) -> Result<Answer, Unanswered> {
        if self.connection.is_none() {
            let opened = Connection::open(self.shared.servers[self.server]).await;
            self.connection = Some(opened.map_err(|_| Unanswered { cut: false })?);
        }
        let connection = self.connection.as_mut().ok_or(Unanswered { cut: false })?;
        connection.ask(request).await.map_err(|_| Unanswered { cut: true })
    }

    /// Turns to the next server.
    fn elsewhere(&mut self, sent: Instant, cut: bool) -> Fate {
        self.connection = None;
        self.server = (self.server + 1) % self.shared.servers.len();
        lock(&self.shared.seen).cut += u64::from(cut);
        self.note(sent, 0, Fate::Unknown, None)
    }

    fn note(&self, sent: Instant, status: u16, fate: Fate, fault: Option<String>) -> Fate {
        let mut seen = lock(&self.shared.seen);
        *seen.statuses.entry(status).or_default() += 1;
        seen.faults.extend(fault);
        match fate {
            Fate::Ok { .. } => {
                seen.ok += 1;
                seen.yes.push((sent, Instant::now()));
            }
            Fate::Refused { .. } => seen.refused += 1,
            Fate::Unknown => {}
        }
        drop(seen);
        self.shared.news.notify_waiters();
        fate
    }
}

/// What an answer to one command says of it. Only a yes or a no is final; after all else one asks again.
pub fn fate(answer: &Answer) -> Fate {
    let body = answer.json();
    match answer.status {
        200..300 => carried_out(&body["data"]),
        401 | 408 | 429 => Fate::Unknown,
        status @ 400..500 => {
            let code = body["error"]["code"].as_str().unwrap_or("?").to_owned();
            Fate::Refused { status, code }
        }
        _ => Fate::Unknown,
    }
}

fn carried_out(data: &Value) -> Fate {
    let id = data["id"].as_str().and_then(|id| id.parse().ok());
    match (id, data["version"].as_i64()) {
        (Some(id), Some(version)) => Fate::Ok {
            id,
            version,
            position: data["position"].as_i64(),
            unchanged: data["unchanged"] == true,
            replayed: data["replayed"] == true,
        },
        // A yes that cannot be read is no yes.
        _ => Fate::Unknown,
    }
}

/// Sends one request on a connection of its own.
pub async fn once(server: SocketAddr, request: &[u8]) -> Fate {
    let asked = async { Connection::open(server).await.ok()?.ask(request).await.ok() };
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Some(answer)) => fate(&answer),
        _ => Fate::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(status: u16, body: Value) -> Fate {
        fate(&Answer { status, body: body.to_string().into_bytes(), last: false, retry_after: None })
    }

    #[test]
    fn only_a_yes_and_a_no_are_final() {
        let id = Uuid::from_u128(1);
        let yes = json!({ "data": { "id": id, "version": 2, "position": 7, "unchanged": false, "replayed": true } });
        assert_eq!(said(200, yes), Fate::Ok { id, version: 2, position: Some(7), unchanged: false, replayed: true });
        let no = json!({ "error": { "code": "NOT_OPEN" } });
        assert_eq!(said(409, no), Fate::Refused { status: 409, code: "NOT_OPEN".into() });
        for status in [401, 429, 500, 503] {
            assert_eq!(said(status, json!({})), Fate::Unknown);
        }
        assert_eq!(said(200, json!({ "data": {} })), Fate::Unknown, "a yes that cannot be read");
    }
}
