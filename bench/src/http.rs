//! Just enough HTTP to ask and to understand that one was answered, so that the asking costs next to nothing.

use crate::Outcome;
use serde_json::Value;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection that is kept open.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer as it lies in the connection's buffer.
pub struct Answer<'c> {
    pub status: u16,
    pub body: &'c [u8],
}

impl Connection {
    pub async fn open(address: SocketAddr) -> Outcome<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(1 << 16) })
    }

    /// Sends one prepared request and reads its answer to the end.
    pub async fn ask(&mut self, request: &[u8]) -> Outcome<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                break end + 4;
            }
            self.more().await?;
        };
        let status = std::str::from_utf8(self.buffer.get(9..12).unwrap_or_default())?.parse()?;
        match body_length(&self.buffer[..head])? {
            Some(length) => {
                while self.buffer.len() < head + length {
                    self.more().await?;
                }
                Ok(Answer { status, body: &self.buffer[head..head + length] })
            }
            // Chunked: JSON never ends like the last chunk, so its end need not be counted out.
            None => {
                while !self.buffer[head..].ends_with(b"0\r\n\r\n") {
                    self.more().await?;
                }
                Ok(Answer { status, body: &self.buffer[head..] })
            }
        }
    }

    async fn more(&mut self) -> Outcome<()> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err("the server closed the connection".into()),
            _ => Ok(()),
        }
    }
}

/// The announced length; `None` if the body comes in chunks.
fn body_length(head: &[u8]) -> Outcome<Option<usize>> {
    for line in std::str::from_utf8(head)?.split("\r\n") {
        let (name, value) = line.split_once(':').unwrap_or_default();
        if name.eq_ignore_ascii_case("content-length") {
            return Ok(Some(value.trim().parse()?));
        }
        if name.eq_ignore_ascii_case("transfer-encoding") {
            return Ok(None);
        }
    }
    Ok(Some(0))
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// A request as bytes. `token`: of whoever asks.
pub fn request(method: &str, path: &str, token: Option<&str>, media: &str, body: &str) -> Vec<u8> {
    let authorization = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    let length = body.len();
    let content = match method {
        "GET" => String::new(),
        _ => format!("Content-Type: {media}\r\nContent-Length: {length}\r\n"),
    };
    format!("{method} {path} HTTP/1.1\r\nHost: bench\r\n{authorization}{content}\r\n{body}").into_bytes()
}

/// Sends one JSON request on a connection of its own; the answer's JSON if it is 2xx.
pub async fn once(address: SocketAddr, request: &[u8]) -> Outcome<Value> {
    let mut connection = Connection::open(address).await?;
    let answer = connection.ask(request).await?;
    let text = String::from_utf8_lossy(answer.body).into_owned();
    match answer.status {
        200..300 => Ok(serde_json::from_str(&text).unwrap_or(Value::String(text))),
        status => Err(format!("{status}: {text}").into()),
    }
}
