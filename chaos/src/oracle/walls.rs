//! The walls between companies: what one is shown is its own, and a connection that nobody is using sees nothing of anybody.
//!
//! Every query of Docket's names its tenant, and row security stands behind it as a second wall. That a hole in the second is not
//! seen through the first is its purpose; so it is asked for on the connection itself, which takes somebody who sits on the line.

use super::{Complaint, Kind};
use crate::Outcome;
use eventlog::Recorded;
use serde_json::Value;
use std::collections::HashSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, JoinSet};
use uuid::Uuid;

/// How many rows of all companies a connection sees that speaks for none. The owner and the projector may see them all.
const QUESTION: &str = "select case when current_user = 'docket_app'
  then (select count(*) from read.cases) + (select count(*) from read.people) + (select count(*) from read.agencies) else 0 end";
const PATIENCE: Duration = Duration::from_secs(2);

/// The cases that a company was shown and that are not its own. `shown`: an answer of `GET /api/v1/cases`.
pub fn foreign(events: &[Recorded], tenant: Uuid, shown: &Value) -> Vec<Complaint> {
    let cases = events.iter().filter(|event| event.name == "case.opened" && event.stream.tenant.0 == tenant);
    let own: HashSet<String> = cases.map(|event| event.stream.id.to_string()).collect();
    let mut ids = Vec::new();
    collect_ids(shown, &mut ids);
    let foreign = ids.into_iter().filter(|id| !own.contains(*id));
    foreign.map(|id| Kind::Session.says(format!("the company {tenant} is shown the case {id}, which is not its own"))).collect()
}

fn collect_ids<'v>(shown: &'v Value, ids: &mut Vec<&'v str>) {
    match shown {
        Value::Array(rows) => rows.iter().for_each(|row| collect_ids(row, ids)),
        Value::Object(fields) => match fields.get("id").and_then(Value::as_str) {
            Some(id) => ids.push(id),
            None => fields.values().for_each(|value| collect_ids(value, ids)),
        },
        _ => {}
    }
}

type Question = oneshot::Sender<Option<i64>>;

/// Sits between Docket and PostgreSQL, passes everything on, and can ask a question on a connection while nobody uses it.
pub struct Listener {
    /// Where Docket finds it.
    pub address: SocketAddr,
    lines: Arc<Mutex<Vec<mpsc::Sender<Question>>>>,
    serving: JoinHandle<()>,
}

impl Listener {
    pub async fn start(server: SocketAddr) -> Outcome<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let (address, lines) = (listener.local_addr()?, Arc::<Mutex<Vec<_>>>::default());
        let known = lines.clone();
        let serving = tokio::spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let (ask, asked) = mpsc::channel(1);
                crate::journal::lock(&known).push(ask);
                open.spawn(line(client, server, asked));
            }
        });
        Ok(Self { address, lines, serving })
    }

    /// Asks on every connection that is idle; `None` if there was none to ask.
    pub async fn look(&self) -> Option<Vec<Complaint>> {
        let lines = crate::journal::lock(&self.lines).clone();
        let (mut asked, mut complaints) = (0, Vec::new());
        for line in lines {
            let (question, answer) = oneshot::channel();
            // A line that has ended, or that is busy, is not asked.
            let _ = line.send(question).await;
            if let Ok(Ok(Some(rows))) = tokio::time::timeout(PATIENCE, answer).await {
                asked += 1;
                if rows > 0 {
                    complaints
                        .push(Kind::Session.says(format!("a connection that nobody was using saw {rows} rows of companies")));
                }
            }
        }
        (asked > 0).then_some(complaints)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// One connection, until one side ends it.
async fn line(mut client: TcpStream, server: SocketAddr, mut asked: mpsc::Receiver<Question>) -> std::io::Result<()> {
    let mut server = TcpStream::connect(server).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (mut said, mut heard) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    let mut messages = Messages::default();
    loop {
        tokio::select! {
            length = client.read(&mut said) => match length? {
                0 => return Ok(()),
                length => {
                    messages.idle = false;
                    server.write_all(&said[..length]).await?;
                }
            },
            length = server.read(&mut heard) => match length? {
                0 => return Ok(()),
                length => {
                    messages.answered(&heard[..length]);
                    client.write_all(&heard[..length]).await?;
                }
            },
            Some(question) = asked.recv() => {
                let answer = if messages.idle { ask(&mut server, &mut messages).await? } else { None };
                let _ = question.send(answer);
            }
        }
    }
}

/// Asks in the client's place; it hears nothing of it.
async fn ask(server: &mut TcpStream, messages: &mut Messages) -> std::io::Result<Option<i64>> {
    let mut query = vec![b'Q'];
    query.extend_from_slice(&(QUESTION.len() as u32 + 5).to_be_bytes());
    query.extend_from_slice(QUESTION.as_bytes());
    query.push(0);
    server.write_all(&query).await?;
    messages.idle = false;
    let (mut heard, mut rows) = (vec![0; 1 << 12], None);
    while !messages.idle {
        let length = server.read(&mut heard).await?;
        if length == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        rows = messages.answered(&heard[..length]).or(rows);
    }
    Ok(rows)
}

/// Just enough of the protocol to know whether a connection is idle and what a row of one number says.
#[derive(Default)]
struct Messages {
    /// The last word was PostgreSQL's, and it was that it is ready and outside any transaction.
    idle: bool,
    started: bool,
    pending: Vec<u8>,
}

impl Messages {
    /// Takes what PostgreSQL says; the number in a row, if there was one.
    fn answered(&mut self, bytes: &[u8]) -> Option<i64> {
        // To the question whether it speaks TLS, PostgreSQL answers with a bare letter, before anything else.
        let bytes = if !self.started && self.pending.is_empty() && bytes == b"N" { &[] } else { bytes };
        self.pending.extend_from_slice(bytes);
        let mut number = None;
        while let Some(length) = self.pending.get(1..5).and_then(|head| Some(u32::from_be_bytes(head.try_into().ok()?) as usize))
        {
            if self.pending.len() < 1 + length {
                break;
            }
            self.started = true;
            let message: Vec<u8> = self.pending.drain(..1 + length).collect();
            match message[0] {
                b'Z' => self.idle = message.get(5) == Some(&b'I'),
                // One column: how many there are (2 bytes), its length (4), its text.
                b'D' => number = message.get(11..).and_then(|text| std::str::from_utf8(text).ok()?.parse().ok()),
                _ => {}
            }
        }
        number
    }
}

#[cfg(test)]
mod tests {
    use super::super::story::Story;
    use super::*;
    use serde_json::json;

    #[test]
    fn a_case_of_another_company_is_noticed_wherever_it_is_shown() {
        let mut story = Story::default();
        story.record("open", "case.opened", &Value::Null);
        let shown = |id: Uuid| json!({ "cases": [{ "id": id, "dca": { "id": Uuid::nil() } }], "total": 1 });
        assert_eq!(foreign(&story.events, story.tenant, &shown(story.case)), []);
        assert!(foreign(&story.events, story.tenant, &shown(Uuid::nil()))[0].what.contains("which is not its own"));
        assert_eq!(foreign(&story.events, Uuid::nil(), &shown(story.case)).len(), 1);
    }

    #[test]
    fn a_connection_is_idle_between_an_answer_and_the_next_question() {
        let mut messages = Messages::default();
        let ready = |state: u8| [&[b'Z', 0, 0, 0, 5][..], &[state]].concat();
        assert_eq!(messages.answered(b"N"), None);
        assert!(!messages.idle);
        messages.answered(&ready(b'I')[..3]);
        messages.answered(&ready(b'I')[3..]);
        assert!(messages.idle);
        messages.answered(&ready(b'T'));
        assert!(!messages.idle, "within a transaction");
        let row = [&[b'D', 0, 0, 0, 12, 0, 1, 0, 0, 0, 2][..], b"42"].concat();
        assert_eq!(messages.answered(&[row, ready(b'I')].concat()), Some(42));
        assert!(messages.idle);
    }
}
