//! Somebody who uses Docket over HTTP, and the answers they get.

use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A caller with or without a token.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    pub url: String,
    headers: BTreeMap<String, String>,
}

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub bytes: Vec<u8>,
    /// What was asked, for messages.
    pub asked: String,
}

impl Client {
    /// Nobody yet.
    pub fn new(url: &str) -> Self {
        // No certificates: nothing here speaks TLS, and a bare machine has none.
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().tls_certs_only([]);
        let http = http.build().unwrap();
        Self { http, url: url.to_owned(), headers: BTreeMap::new() }
    }

    /// The same caller saying something more in every request.
    pub fn with(&self, name: &str, value: impl ToString) -> Self {
        let mut same = self.clone();
        same.headers.insert(name.to_owned(), value.to_string());
        same
    }

    /// Whoever this token belongs to.
    pub fn bearing(&self, token: &str) -> Self {
        self.with("Authorization", format!("Bearer {token}"))
    }

    /// The same caller at another server.
    pub fn at(&self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self.clone() }
    }

    /// Signs in (E's face) and gives the answer.
    pub async fn sign_in(&self, email: &str, password: &str) -> Reply {
        self.post("/api/v1/auth/token", json!({"email": email, "password": password})).await
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, None, "").await
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.json("POST", path, body).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Reply {
        self.json("PUT", path, body).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Reply {
        self.json("PATCH", path, body).await
    }

    pub async fn delete(&self, path: &str) -> Reply {
        self.send("DELETE", path, None, "").await
    }

    pub async fn json(&self, verb: &str, path: &str, body: Value) -> Reply {
        self.send(verb, path, Some("application/json"), body.to_string()).await
    }

    /// An answer that goes on for as long as it is read.
    pub async fn open(&self, path: &str) -> reqwest::Response {
        self.try_open(path).await.unwrap_or_else(|error| panic!("GET {path}: {error:?}"))
    }

    /// The same of a server that may be away.
    pub async fn try_open(&self, path: &str) -> reqwest::Result<reqwest::Response> {
        let request = self.http.get(format!("{}{path}", self.url));
        self.headers.iter().fold(request, |request, (name, value)| request.header(name, value)).send().await
    }

    /// Commands, one a line, to a server that may be away: whether all were answered.
    pub async fn try_lines(&self, lines: &str) -> bool {
        let request = self.http.post(format!("{}/api/commands", self.url)).header("Content-Type", "application/x-ndjson");
        let request = self.headers.iter().fold(request, |request, (name, value)| request.header(name, value));
        let answer = async { request.body(lines.to_owned()).send().await?.text().await };
        answer.await.is_ok_and(|text| text.matches("\"ok\":true").count() == lines.lines().count())
    }

    /// The token it bears.
    pub fn token(&self) -> &str {
        self.headers["Authorization"].trim_start_matches("Bearer ")
    }

    /// Any request at all.
    pub async fn send(&self, verb: &str, path: &str, media: Option<&str>, body: impl Into<Vec<u8>>) -> Reply {
        let body = body.into();
        let shown = String::from_utf8_lossy(&body[..body.len().min(300)]).into_owned();
        let mut request = self.http.request(Method::from_bytes(verb.as_bytes()).unwrap(), format!("{}{path}", self.url));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(media) = media {
            request = request.header("Content-Type", media).body(body);
        }
        let answer = request.send().await.unwrap_or_else(|error| panic!("{verb} {path}: {error:?}"));
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let bytes = answer.bytes().await.unwrap_or_else(|error| panic!("{verb} {path}: {error:?}")).to_vec();
        Reply { status, headers, bytes, asked: format!("{verb} {path} {shown}") }
    }

    /// A command over the generic route.
    pub async fn command(&self, envelope: Value) -> Reply {
        self.post("/api/commands", envelope).await
    }

    /// The same, which must be carried out: the id of what it was about.
    pub async fn done(&self, envelope: Value) -> Uuid {
        id(&self.command(envelope).await.ok()["data"])
    }

    /// Something done to a case at another time than now.
    pub async fn at_time(&self, at: &str, command: &str, on: Uuid, data: Value) {
        self.done(json!({"command": command, "on": on, "at": at, "data": data})).await;
    }

    /// Opens a case; what the fields do not say is usual. It waits for no agency unless they say so.
    pub async fn open_case(&self, fields: Value) -> Value {
        let usual = json!({"customer_name": "Ada Debtor", "overdue_amount": 1000.00, "priority": "P2", "auto_assign": false});
        self.post("/api/v1/cases/", merged(usual, fields)).await.is(201)
    }

    /// Registers an agency.
    pub async fn agency(&self, name: &str, fields: Value) -> Uuid {
        id(&self.post("/api/v1/dcas/", merged(json!({"name": name}), fields)).await.is(201))
    }

    /// Something done to a case, which must succeed: the case afterwards.
    pub async fn act(&self, case: Uuid, action: &str, body: Value) -> Value {
        self.post(&format!("/api/v1/cases/{case}/{action}"), body).await.ok()
    }

    /// A case that this agency is working on.
    pub async fn working(&self, agency: Uuid, fields: Value) -> Uuid {
        let case = id(&self.open_case(fields).await);
        self.act(case, "assign", json!({"dca_id": agency})).await;
        self.act(case, "accept", json!({})).await;
        case
    }

    pub async fn case(&self, case: Uuid) -> Value {
        self.get(&format!("/api/v1/cases/{case}")).await.ok()
    }

    pub async fn dca(&self, agency: Uuid) -> Value {
        self.get(&format!("/api/v1/dcas/{agency}")).await.ok()
    }
}

impl Reply {
    /// The body as JSON.
    pub fn body(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name).map(|value| value.to_str().unwrap().to_owned())
    }

    /// The body of an answer that has this status.
    #[track_caller]
    pub fn is(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}\n{}", self.asked, self.text());
        self.body()
    }

    /// The body of an answer that says yes.
    #[track_caller]
    pub fn ok(&self) -> Value {
        assert!((200..300).contains(&self.status), "{}\n{} {}", self.asked, self.status, self.text());
        self.body()
    }

    /// The position it bears.
    pub fn position(&self) -> i64 {
        self.header("Docket-Position").and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{}: no position", self.asked))
    }
}

/// One object over another.
pub fn merged(mut under: Value, over: Value) -> Value {
    for (name, value) in over.as_object().unwrap() {
        under[name] = value.clone();
    }
    under
}

/// The id of what an answer shows.
#[track_caller]
pub fn id(body: &Value) -> Uuid {
    body["id"].as_str().and_then(|id| id.parse().ok()).unwrap_or_else(|| panic!("no id in {body}"))
}

/// A word however it is written: `In Progress` is `in_progress`.
pub fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_lowercase().replace(' ', "_")
}

/// The exact digits of a JSON number.
#[track_caller]
pub fn number(value: &Value) -> rust_decimal::Decimal {
    assert!(value.is_number(), "not a number: {value}");
    value.to_string().parse().unwrap()
}
