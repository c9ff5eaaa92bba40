//! Asks a server as many questions as it will answer, or so many a second, and takes the time of every answer.
//!
//! The generator is our own: one thread, tokio's current-thread runtime, keep-alive HTTP/1.1 over bare TCP, requests prepared
//! as bytes. It is the same for Docket and for its peers, and runs on the same machine, so its share of the processor weighs on
//! all. The table shows it beside wrk.

use crate::Outcome;
use crate::http::Connection;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Answers before this are not counted: connections open, caches fill.
const WARM_UP: Duration = Duration::from_millis(300);

/// Requests as they go over the wire.
pub type Requests = Arc<Vec<Vec<u8>>>;

/// How to send requests.
#[derive(Clone, Copy)]
pub struct Shape {
    pub connections: usize,
    pub lasting: Duration,
    /// Requests a second over all connections; `None`: the next one as soon as the last is answered.
    pub rate: Option<u32>,
}

/// Requests to one server. Each connection walks through its own share of them, so no two write the same thing at once.
#[derive(Clone)]
pub struct Load {
    pub address: SocketAddr,
    pub requests: Requests,
    pub shape: Shape,
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
    complaint: Option<String>,
}

impl Answers {
    pub fn per_second(&self) -> f64 {
        self.good as f64 / self.took.as_secs_f64().max(1e-9)
    }

    /// Milliseconds within which 99 of 100 were answered.
    pub fn p99(&self) -> f64 {
        p99(&self.latencies)
    }
}

/// That which 99 of 100 of these ascending values do not exceed.
pub fn p99(ascending: &[f64]) -> f64 {
    let nth = (ascending.len() * 99 / 100).min(ascending.len().saturating_sub(1));
    ascending.get(nth).copied().unwrap_or(f64::NAN)
}

/// Runs them side by side on one thread. An answer other than 2xx fails the run: a benchmark of refusals would be fast and wrong.
pub async fn together(loads: Vec<Load>) -> Outcome<Vec<Answers>> {
    let run = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Outcome::Ok(runtime.block_on(tokio::task::LocalSet::new().run_until(all(loads))))
    });
    let answers = run.await??;
    match answers.iter().find_map(|answers| answers.complaint.clone()) {
        Some(complaint) => Err(complaint.into()),
        None => Ok(answers),
    }
}

async fn all(loads: Vec<Load>) -> Vec<Answers> {
    let (now, of) = (Instant::now(), loads.len() as u32);
    let begin = |(nth, load): (u32, Load)| {
        // Loads of one rate ask in turn, not all at the same instant.
        let stagger = load.shape.rate.map_or(Duration::ZERO, |rate| Duration::from_secs(1) / rate * nth / of);
        tokio::task::spawn_local(load.all(now + stagger))
    };
    let running: Vec<_> = (0..).zip(loads).map(begin).collect();
    let mut all = Vec::new();
    for load in running {
        all.push(load.await.unwrap_or_else(|error| Answers { complaint: Some(error.to_string()), ..Answers::default() }));
    }
    all
}

impl Load {
    /// Runs it alone.
    pub async fn run(self) -> Outcome<Answers> {
        together(vec![self]).await?.pop().ok_or_else(|| "no answers".into())
    }

    async fn all(self, began: Instant) -> Answers {
        let lanes: Vec<_> =
            (0..self.shape.connections).map(|lane| tokio::task::spawn_local(self.clone().lane(lane, began))).collect();
        let mut answers = Answers::default();
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
        answers.took = began.elapsed().saturating_sub(WARM_UP);
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
        if self.requests.len() < self.shape.connections {
            return Err("fewer requests than connections: some would have nothing to ask".into());
        }
        let mut connection = Connection::open(self.address).await?;
        let end = began + WARM_UP + self.shape.lasting;
        let mine = self.requests.iter().skip(lane).step_by(self.shape.connections).cycle();
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
        let number = (nth * self.shape.connections + lane) as f64;
        self.shape.rate.map(|rate| began + Duration::from_secs_f64(number / f64::from(rate)))
    }
}
