//! Just enough HTTP to ask, and to know exactly how far an answer came before it broke off.

use crate::Outcome;
use serde_json::Value;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How long a request that only looks may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection that is kept open.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// A whole answer.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
    /// The server will close the connection now.
    pub last: bool,
    /// Seconds after which one is asked to come back.
    pub retry_after: Option<u64>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

impl Connection {
    pub async fn open(address: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(1 << 12) })
    }

    /// Sends one prepared request and reads its answer to the end. After an error the connection is of no use any more.
    pub async fn ask(&mut self, request: &[u8]) -> Outcome<Answer> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                break end + 4;
            }
            self.more().await?;
        };
        let text = std::str::from_utf8(&self.buffer[..head])?.to_ascii_lowercase();
        let status = text.get(9..12).unwrap_or_default().parse()?;
        let field = |name: &str| text.split("\r\n").find_map(|line| line.strip_prefix(name)).map(str::trim);
        let length: Option<usize> = field("content-length:").map(str::parse).transpose()?;
        let chunked = field("transfer-encoding:").is_some();
        let last = field("connection:") == Some("close");
        let retry_after = field("retry-after:").and_then(|seconds| seconds.parse().ok());
        match length {
            Some(length) => {
                while self.buffer.len() < head + length {
                    self.more().await?;
                }
            }
            None if chunked => {
                while !self.buffer[head..].ends_with(b"0\r\n\r\n") {
                    self.more().await?;
                }
            }
            None => {}
        }
        let body = self.buffer[head..].to_vec();
        let body = if chunked { dechunked(&body) } else { body };
        Ok(Answer { status, body, last, retry_after })
    }

    async fn more(&mut self) -> Outcome<()> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err("the server closed the connection".into()),
            _ => Ok(()),
        }
    }
}

/// The body without the lengths that stand between its chunks.
fn dechunked(mut body: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(end) = find(body, b"\r\n") {
        let length = std::str::from_utf8(&body[..end]).ok().and_then(|hex| usize::from_str_radix(hex.trim(), 16).ok());
        let Some(length @ 1..) = length else { break };
        whole.extend_from_slice(body.get(end + 2..end + 2 + length).unwrap_or_default());
        body = body.get(end + length + 4..).unwrap_or_default();
    }
    whole
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// A port that nobody listens on and that the system gives to no outgoing connection by itself: a client that dials a server
/// which is down could otherwise be given the server's own port, and hear itself.
pub fn free_port() -> Outcome<u16> {
    for _ in 0..1_000 {
        let port = rand::random_range(15_000..30_000);
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    Err("there is no free port".into())
}

/// A request as bytes. A body is JSON.
pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: docket\r\n");
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    if method != "GET" {
        text += &format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
    }
    (text + "\r\n" + body).into_bytes()
}

/// Sends one request on a connection of its own; the answer's JSON if it is 2xx.
pub async fn once(address: SocketAddr, request: &[u8]) -> Outcome<Value> {
    let asked = async { Connection::open(address).await?.ask(request).await };
    let answer = tokio::time::timeout(PATIENCE, asked).await??;
    match answer.status {
        200..300 => Ok(answer.json()),
        status => Err(format!("{status}: {}", String::from_utf8_lossy(&answer.body)).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_put_together() {
        assert_eq!(dechunked(b"4\r\nabcd\r\na\r\n0123456789\r\n0\r\n\r\n"), b"abcd0123456789");
    }

    #[test]
    fn a_request_says_how_long_its_body_is() {
        let text = String::from_utf8_lossy(&request("POST", "/x", &[("A", "b")], "{}")).into_owned();
        assert!(
            text.starts_with("POST /x HTTP/1.1\r\n")
                && text.contains("\r\nA: b\r\n")
                && text.ends_with("Content-Length: 2\r\n\r\n{}")
        );
    }
}
