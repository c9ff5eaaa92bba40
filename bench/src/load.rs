//! Asks a server as many questions as it will answer, or so many a second, and takes the time of every answer.
//!
//! The generator is our own: one thread, tokio's current-thread runtime, keep-alive HTTP/1.1 over bare TCP, requests prepared
//! as bytes. It is the same for Docket and for its peers, and runs on the same machine, so its share of the processor weighs on all.

use crate::Outcome;
use crate::http::Connection;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Answers before this are not counted: connections open, caches fill.
const WARM_UP: Duration = Duration::from_millis(300);

/// Requests to one server. Each connection walks through its own share of them, so no two write the same thing at once.
#[derive(Clone)]
pub struct Load {
    pub address: SocketAddr,
    pub requests: Arc<Vec<Vec<u8>>>,
    pub connections: usize,
    pub lasting: Duration,
    /// Requests a second over all connections; `None`: the next one as soon as the last is answered.
    pub rate: Option<u32>,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Answers {
    /// Those counted.
    pub good: usize,
    /// All that were answered well, those of the warm-up too.
    pub good_at_all: usize,
    /// Milliseconds, ascending.
    latencies: Vec<f64>,
    took: Duration,
    /// The first answer that was none.
    pub complaint: Option<String>,
}

impl Answers {
    pub fn per_second(&self) -> f64 {
        self.good as f64 / self.took.as_secs_f64().max(1e-9)
    }

    /// Milliseconds within which 99 of 100 were answered.
    pub fn p99(&self) -> f64 {
        let nth = (self.latencies.len() * 99 / 100).min(self.latencies.len().saturating_sub(1));
        self.latencies.get(nth).copied().unwrap_or(f64::NAN)
    }
}

impl Load {
    /// Runs it on a thread of its own. An answer other than 2xx fails the run: a benchmark of refusals would be fast and wrong.
    pub async fn run(self) -> Outcome<Answers> {
        let run = tokio::task::spawn_blocking(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            Outcome::Ok(runtime.block_on(self.all()))
        });
        let answers = run.await??;
        match &answers.complaint {
            Some(complaint) => Err(complaint.clone().into()),
            None => Ok(answers),
        }
    }

    async fn all(self) -> Answers {
        let began = Instant::now();
        let local = tokio::task::LocalSet::new();
        let lanes: Vec<_> = (0..self.connections).map(|lane| local.spawn_local(self.clone().lane(lane, began))).collect();
        local.await;
        let mut answers = Answers { took: began.elapsed().saturating_sub(WARM_UP), ..Answers::default() };
        for lane in lanes {
            match lane.await {
                Ok(lane) => {
                    answers.good += lane.good;
                    answers.good_at_all += lane.good_at_all;
                    answers.latencies.extend(lane.latencies);
                    answers.complaint = answers.complaint.or(lane.complaint);
                }
                Err(error) => answers.complaint = Some(error.to_string()),
            }
        }
        answers.latencies.sort_by(f64::total_cmp);
        answers
    }

    async fn lane(self, lane: usize, began: Instant) -> Answers {
        let mut answers = Answers::default();
        if let Err(error) = self.walk(lane, began, &mut answers).await {
            answers.complaint = Some(error.to_string());
        }
        answers
    }

    async fn walk(&self, lane: usize, began: Instant, answers: &mut Answers) -> Outcome<()> {
        let mut connection = Connection::open(self.address).await?;
        let end = began + WARM_UP + self.lasting;
        let mine = self.requests.iter().skip(lane).step_by(self.connections).cycle();
        for (nth, request) in mine.enumerate() {
            let due = self.due(nth, lane, began);
            // A request that had to wait for the answer before it has waited since it was due, not since it was sent.
            let late = due.filter(|due| *due < Instant::now());
            if let (Some(due), None) = (due, late) {
                tokio::time::sleep_until(due).await;
            }
            let asked = late.unwrap_or_else(Instant::now);
            if Instant::now() >= end {
                break;
            }
            let answer = connection.ask(request).await?;
            if !(200..300).contains(&answer.status) {
                return Err(format!("{}: {}", answer.status, String::from_utf8_lossy(answer.body)).into());
            }
            answers.good_at_all += 1;
            if asked >= began + WARM_UP {
                answers.good += 1;
                answers.latencies.push(asked.elapsed().as_secs_f64() * 1000.0);
            }
        }
        Ok(())
    }

    fn due(&self, nth: usize, lane: usize, began: Instant) -> Option<Instant> {
        let number = (nth * self.connections + lane) as f64;
        self.rate.map(|rate| began + Duration::from_secs_f64(number / f64::from(rate)))
    }
}
