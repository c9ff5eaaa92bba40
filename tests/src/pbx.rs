//! A telephone system outside: a small HTTP server on a free port that answers as a 3CX does, or badly.

use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What is wrong with it.
#[derive(Clone, Debug, Default)]
pub enum Fault {
    #[default]
    None,
    /// Answers with this status.
    Status(u16),
    /// Sends whoever asks somewhere else.
    Redirect(String),
    /// A page for people.
    Html,
    /// Breaks off in the middle of a list.
    Truncated,
    /// Says a length, and hangs up before it has sent so much.
    HangsUp,
    /// Says nothing, and holds the line.
    Silence,
    /// Begins, and never comes to an end.
    EndlessBody,
    /// A new page of new users after each.
    EndlessPages,
    /// More at once than was asked for.
    LargePage,
    /// The same page after each.
    SamePage,
    /// This instead of what was asked for.
    Instead(Value),
}

/// What it has, what is wrong with it and where.
#[derive(Clone, Debug, Default)]
struct State {
    users: Vec<Value>,
    calls: Vec<Value>,
    key: Option<String>,
    /// Whoever brings this form gets the key as a token.
    form: Option<String>,
    /// On which list, and after how many answers of it.
    fault: (Fault, &'static str, usize),
    asked: Vec<String>,
}

/// The server. It stops with the story.
pub struct Pbx {
    pub url: String,
    state: Arc<Mutex<State>>,
    serving: JoinHandle<()>,
}

impl Pbx {
    /// One that has nobody, and answers to whoever brings this key.
    pub async fn open(key: Option<&str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State { key: key.map(str::to_owned), ..State::default() }));
        let here = state.clone();
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let here = here.clone();
                tokio::spawn(async move {
                    let _ = serve(stream, &here).await;
                });
            }
        });
        Self { url, state, serving }
    }

    /// One that gives out a token to this client with this secret, and answers to whoever brings that.
    pub async fn with_client(client: &str, secret: &str) -> Self {
        let pbx = Self::open(Some("a.token")).await;
        let form = format!("grant_type=client_credentials&client_id={client}&client_secret={secret}");
        pbx.state.lock().unwrap().form = Some(form);
        pbx
    }

    /// Its users: extension, e-mail address and profile.
    pub fn users(&self, users: &[(&str, &str, &str)]) {
        let entry = |(number, email, profile): &(&str, &str, &str)| json!({"Number": number, "FirstName": "Test", "LastName": null, "EmailAddress": email, "CurrentProfileName": profile});
        self.state.lock().unwrap().users = users.iter().map(entry).collect();
    }

    /// The calls that are going on: id, caller, callee and state, each for a minute.
    pub fn calls(&self, calls: &[(u32, &str, &str, &str)]) {
        let entry = |(id, caller, callee, status): &(u32, &str, &str, &str)| {
            json!({"Id": id, "Caller": caller, "Callee": callee, "Status": status, "EstablishedAt": "2026-01-05T08:00:00Z",
                "LastChangeStatus": "2026-01-05T08:00:00Z", "ServerNow": "2026-01-05T08:01:00Z"})
        };
        self.state.lock().unwrap().calls = calls.iter().map(entry).collect();
    }

    /// From now on this is wrong with this list, after so many good answers.
    pub fn fails(&self, fault: Fault, list: &'static str, after: usize) {
        let mut state = self.state.lock().unwrap();
        state.fault = (fault, list, after);
        state.asked.clear();
    }

    /// What was asked since something was last said to be wrong.
    pub fn asked(&self) -> Vec<String> {
        self.state.lock().unwrap().asked.clone()
    }
}

impl Drop for Pbx {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(mut stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    while !bytes.windows(4).any(|four| four == b"\r\n\r\n") {
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(());
        }
    }
    let head = String::from_utf8_lossy(&bytes).into_owned();
    if head.starts_with("POST /connect/token ") {
        return give_token(stream, bytes, state).await;
    }
    let target = head.split_whitespace().nth(1).unwrap_or_default().to_owned();
    let url = reqwest::Url::parse(&format!("http://pbx{target}")).unwrap();
    let list = url.path().trim_start_matches("/xapi/v1/").to_owned();
    let number = |name: &str| url.query_pairs().find(|(key, _)| key == name).and_then(|(_, value)| value.parse::<usize>().ok());
    let (top, skip) = (number("$top").unwrap_or(usize::MAX), number("$skip").unwrap_or(0));
    let (fault, page, knows_key) = {
        let mut state = state.lock().unwrap();
        let earlier = state.asked.iter().filter(|asked| asked.contains(&format!("/{list}"))).count();
        state.asked.push(target.clone());
        let (fault, at, after) = state.fault.clone();
        let fault = if at == list && earlier >= after { fault } else { Fault::None };
        let all = if list == "Users" { &state.users } else { &state.calls };
        let page: Vec<Value> = all.iter().skip(skip).take(top).cloned().collect();
        let bearer = |key: &String| head.to_lowercase().contains(&format!("authorization: bearer {}\r\n", key.to_lowercase()));
        (fault, page, state.key.as_ref().is_none_or(bearer))
    };
    if !knows_key {
        return answer(&mut stream, 401, "", "{}").await;
    }
    let many = |from: usize| -> Value { (from..from + top.min(100)).map(|n| json!({"Number": format!("9{n}")})).collect() };
    let good = json!({"@odata.context": "…", "value": page}).to_string();
    match fault {
        Fault::None => answer(&mut stream, 200, "", &good).await,
        Fault::Status(status) => answer(&mut stream, status, "", "{}").await,
        Fault::Redirect(to) => answer(&mut stream, 302, &format!("Location: {to}\r\n"), "").await,
        Fault::Html => answer(&mut stream, 200, "", "<!doctype html><title>3CX</title><p>Sign in").await,
        Fault::Truncated => answer(&mut stream, 200, "", &good[..good.len() / 2]).await,
        Fault::HangsUp => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"value\": [").await?;
            stream.shutdown().await
        }
        Fault::Silence => std::future::pending().await,
        Fault::EndlessBody => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").await?;
            let spaces = " ".repeat(65_536);
            loop {
                stream.write_all(format!("10000\r\n{spaces}\r\n").as_bytes()).await?;
            }
        }
        Fault::EndlessPages => answer(&mut stream, 200, "", &json!({"value": many(skip)}).to_string()).await,
        Fault::LargePage => {
            let users: Vec<Value> = (0..top + 1).map(|n| json!({"Number": format!("9{n}")})).collect();
            answer(&mut stream, 200, "", &json!({"value": users}).to_string()).await
        }
        Fault::SamePage => answer(&mut stream, 200, "", &json!({"value": many(0)}).to_string()).await,
        Fault::Instead(body) => answer(&mut stream, 200, "", &body.to_string()).await,
    }
}

async fn give_token(mut stream: TcpStream, mut bytes: Vec<u8>, state: &Mutex<State>) -> std::io::Result<()> {
    let (form, key) = {
        let state = state.lock().unwrap();
        (state.form.clone().unwrap_or_default(), state.key.clone())
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let head = text(&bytes).to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok()).unwrap_or(0);
    let body = |bytes: &[u8]| text(bytes).split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default();
    while body(&bytes).len() < length && stream.read_buf(&mut bytes).await? > 0 {}
    match body(&bytes) == form {
        true => {
            let token = json!({"token_type": "Bearer", "expires_in": 60, "access_token": key});
            answer(&mut stream, 200, "", &token.to_string()).await
        }
        false => answer(&mut stream, 400, "", "{}").await,
    }
}

async fn answer(stream: &mut TcpStream, status: u16, more: &str, body: &str) -> std::io::Result<()> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\n{more}Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await
}
