//! A program outside that takes notices: a small HTTP server on a free port that does as it is told, well or badly.

use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What it does with a request.
#[derive(Clone, Debug)]
pub enum Does {
    /// Answers with this status and these header lines.
    Answer(u16, &'static str),
    /// Closes the connection without a word.
    HangUp,
    /// Says nothing, and holds the line.
    Silence,
    /// Says 200 and breaks off in the middle of the body.
    BreakOff,
    /// Says 200 and then a body without an end.
    Endless,
}

/// A request as it came in.
#[derive(Clone, Debug)]
pub struct Taken {
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

/// The server. It stops with the story.
pub struct Receiver {
    pub url: String,
    taken: Arc<Mutex<Vec<Taken>>>,
    script: Arc<Mutex<(VecDeque<Does>, Does)>>,
    serving: JoinHandle<()>,
}

impl Receiver {
    /// One that answers 200.
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hooks", listener.local_addr().unwrap());
        let taken = Arc::new(Mutex::new(Vec::new()));
        let script = Arc::new(Mutex::new((VecDeque::new(), Does::Answer(200, ""))));
        let (list, todo) = (taken.clone(), script.clone());
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (list, todo) = (list.clone(), todo.clone());
                tokio::spawn(async move {
                    let _ = serve(stream, &list, &todo).await;
                });
            }
        });
        Self { url, taken, script, serving }
    }

    /// What it does with the next requests, one after the other; then it does as ever.
    pub fn next(&self, script: impl IntoIterator<Item = Does>) {
        self.script.lock().unwrap().0.extend(script);
    }

    /// What it does from now on.
    pub fn always(&self, does: Does) {
        self.script.lock().unwrap().1 = does;
    }

    pub fn taken(&self) -> Vec<Taken> {
        self.taken.lock().unwrap().clone()
    }

    /// The types of all notices, sorted.
    pub fn types(&self) -> Vec<String> {
        let mut types: Vec<_> = self.taken().iter().map(|taken| taken.json()["type"].as_str().unwrap().to_owned()).collect();
        types.sort();
        types
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(mut stream: TcpStream, taken: &Mutex<Vec<Taken>>, script: &Mutex<(VecDeque<Does>, Does)>) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(());
        }
    };
    let text = String::from_utf8_lossy(&bytes[..head]).into_owned();
    let mut lines = text.lines();
    lines.next();
    let header = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
    let headers: BTreeMap<_, _> = lines.filter_map(header).collect();
    let length: usize = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    while bytes.len() < head + 4 + length {
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(());
        }
    }
    taken.lock().unwrap().push(Taken { headers, body: bytes[head + 4..].to_vec() });
    let does = {
        let mut script = script.lock().unwrap();
        script.0.pop_front().unwrap_or_else(|| script.1.clone())
    };
    match does {
        Does::Answer(status, more) => {
            let answer = format!("HTTP/1.1 {status} Said\r\n{more}Content-Length: 2\r\nConnection: close\r\n\r\nok");
            stream.write_all(answer.as_bytes()).await?;
        }
        Does::HangUp => {}
        Does::Silence => std::future::pending().await,
        Does::BreakOff => stream.write_all(b"HTTP/1.1 200 Said\r\nContent-Length: 1000\r\n\r\nhalf of").await?,
        Does::Endless => {
            stream.write_all(b"HTTP/1.1 200 Said\r\nTransfer-Encoding: chunked\r\n\r\n").await?;
            loop {
                stream.write_all(format!("400\r\n{}\r\n", "x".repeat(1024)).as_bytes()).await?;
            }
        }
    }
    stream.shutdown().await
}

impl Taken {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    /// Whether one of its signatures was made with this secret. Written from the specification, with nothing of ours.
    pub fn is_signed_by(&self, secret: &str) -> bool {
        let key = from_base64(secret.strip_prefix("whsec_").expect("a secret begins with whsec_"));
        let timestamp: i64 = self.headers["webhook-timestamp"].parse().unwrap();
        assert!((chrono::Utc::now().timestamp() - timestamp).abs() < 300, "{timestamp}");
        let content = [self.id().as_bytes(), b".", timestamp.to_string().as_bytes(), b".", &self.body].concat();
        let mac = hmac(&key, &content);
        self.headers["webhook-signature"].split(' ').any(|one| one.strip_prefix("v1,").is_some_and(|one| from_base64(one) == mac))
    }
}

/// HMAC-SHA-256 as RFC 2104 writes it.
fn hmac(key: &[u8], content: &[u8]) -> Vec<u8> {
    assert!(key.len() <= 64);
    let pad = |with: u8| -> Vec<u8> { (0..64).map(|n| key.get(n).copied().unwrap_or(0) ^ with).collect() };
    let inner = Sha256::digest([&pad(0x36)[..], content].concat());
    Sha256::digest([&pad(0x5c)[..], &inner[..]].concat()).to_vec()
}

fn from_base64(text: &str) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = text.bytes().filter(|byte| *byte != b'=').map(|byte| DIGITS.iter().position(|digit| *digit == byte).unwrap());
    let bits: Vec<bool> = digits.flat_map(|digit| (0..6).rev().map(move |bit| digit >> bit & 1 == 1)).collect();
    bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |sum, bit| sum << 1 | u8::from(*bit))).collect()
}
