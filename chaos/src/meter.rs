//! Takes the time of answers: so many clients, at a steady pace or as fast as they are answered.

use crate::Outcome;
use crate::client::fate;
use crate::desk::Desk;
use crate::http::{Answer, Connection, request};
use crate::journal::{Fate, Journal};
use crate::world::World;
use serde_json::json;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};
use uuid::Uuid;

/// A request without an answer for so long is given up, and sent again.
const PATIENCE: Duration = Duration::from_secs(10);
/// The pause before a request is sent again, unless the server said how long.
const AGAIN: Duration = Duration::from_millis(25);
/// The number of the first client here; those of a world's own load are lower.
const FIRST: u32 = 1_000;
/// Cases of each company to pay for: so many that payments hardly ever get in each other's way.
const CASES: usize = 200;

/// How long it takes until all are there who ask without a pause.
const COMING: Duration = Duration::from_secs(1);

/// Who asks how often.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    pub clients: u32,
    /// Commands a second, over all clients; `None`: the next one as soon as the last is answered.
    pub rate: Option<f64>,
    pub lasting: Duration,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Measured {
    /// From the moment each command was due to its yes or no, ascending.
    latencies: Vec<Duration>,
    /// Requests answered with each status, and 0 for those that were not answered at all.
    pub statuses: BTreeMap<u16, u64>,
    /// Requests that were told to come back later (429, 503), and those of them that were not told when.
    pub turned_away: u64,
    pub without_a_word: u64,
    /// Commands with a yes or a no in time, and how long that was.
    answered: usize,
    took: Duration,
}

impl Measured {
    /// The time that 99 of 100 did not exceed.
    pub fn p99(&self) -> Duration {
        let nth = (self.latencies.len() * 99 / 100).min(self.latencies.len().saturating_sub(1));
        self.latencies.get(nth).copied().unwrap_or_default()
    }

    /// Commands with a yes or a no, a second.
    pub fn per_second(&self) -> f64 {
        self.answered as f64 / self.took.as_secs_f64().max(1e-9)
    }

    /// Answers that nobody should ever get.
    pub fn failures(&self) -> u64 {
        self.statuses
            .iter()
            .filter(|(status, _)| **status == 0 || (**status >= 500 && **status != 503))
            .map(|(_, times)| times)
            .sum()
    }
}

/// Payments for cases of one company, or of several, that the world's journal knows of: always the same work, so that what is measured
/// does not depend on who has come how far.
#[derive(Clone)]
pub struct Meter {
    desk: Arc<Desk>,
    journal: Arc<Journal>,
    server: SocketAddr,
    /// Company and case.
    cases: Arc<Vec<(Uuid, Uuid)>>,
    clients: u32,
}

impl Meter {
    /// Opens the cases that are paid for. `group` sets its clients' numbers apart from those of other meters.
    pub async fn open(world: &World, companies: &[usize], group: u32) -> Outcome<Self> {
        let mut cases = Vec::new();
        for nth in 0..CASES {
            for company in companies {
                let (tenant, case) = (world.companies[*company].tenant, Uuid::now_v7());
                let data = json!({ "customer": { "name": format!("Debtor {nth}") }, "overdueAmount": 1_000_000, "priority": "P2", "autoAssign": false });
                match world.ask(0, *company, "OpenCase", case, data, None).await? {
                    Fate::Ok { .. } => {}
                    fate => return Err(format!("no case to pay for: {fate:?}").into()),
                }
                cases.push((tenant, case));
            }
        }
        let (desk, journal, server) = (world.desk.clone(), world.journal.clone(), world.servers[0].address);
        Ok(Self { desk, journal, server, cases: Arc::new(cases), clients: FIRST + group * 100_000 })
    }

    /// Asks at this pace. Every command is followed up until its answer is known or the time is up.
    pub async fn run(&mut self, pace: Pace) -> Outcome<Measured> {
        let began = Instant::now();
        let mut lanes = JoinSet::new();
        for nth in 0..pace.clients {
            self.clients += 1;
            let lane = Lane { meter: self.clone(), asked: 0, connection: None, measured: Measured::default() };
            lanes.spawn(lane.run(began, nth, pace));
        }
        let mut measured = Measured { took: pace.lasting, ..Measured::default() };
        while let Some(lane) = lanes.join_next().await {
            let lane = lane?;
            measured.latencies.extend(lane.latencies);
            measured.answered += lane.answered;
            measured.turned_away += lane.turned_away;
            measured.without_a_word += lane.without_a_word;
            lane.statuses.into_iter().for_each(|(status, times)| *measured.statuses.entry(status).or_default() += times);
        }
        measured.latencies.sort_unstable();
        Ok(measured)
    }
}

struct Lane {
    meter: Meter,
    asked: usize,
    connection: Option<Connection>,
    measured: Measured,
}

impl Lane {
    async fn run(mut self, began: Instant, nth: u32, pace: Pace) -> Measured {
        let end = began + pace.lasting;
        let every = pace.rate.map(|rate| Duration::from_secs_f64(f64::from(pace.clients) / rate));
        // They do not all come at the same moment.
        let coming = every.unwrap_or(COMING).mul_f64(f64::from(nth) / f64::from(pace.clients));
        let mut due = began + coming;
        while due < end {
            sleep_until(due).await;
            let (fate, stayed_away) = self.pay(end).await;
            if fate == Fate::Unknown {
                // The time is up, or will be before it may come again.
                break;
            }
            // A command that had to wait for the answer before it has waited since it was due.
            self.measured.latencies.push(due.elapsed());
            self.measured.answered += usize::from(Instant::now() < end);
            due = match every {
                None => Instant::now(),
                // What would have been asked for meanwhile is not made up for by those who were told to stay away.
                Some(every) if stayed_away => Instant::now() + every,
                Some(every) => due + every,
            };
        }
        self.measured
    }

    /// Pays for the next case, until there is a yes or a no or the time is up; says too whether the server asked for a pause meanwhile.
    async fn pay(&mut self, end: Instant) -> (Fate, bool) {
        let meter = self.meter.clone();
        self.asked += 1;
        // Each client begins somewhere else and walks through all of them.
        let (tenant, case) = meter.cases[(meter.clients as usize * 7 + self.asked) % meter.cases.len()];
        let key = format!("chaos {} {}", meter.clients, self.asked);
        let data = json!({ "amount": 0.25, "reference": key });
        let number = meter.journal.sending(meter.clients, &key, "RecordPayment", tenant, case, &data);
        let body = json!({ "key": key, "command": "RecordPayment", "on": case, "data": data }).to_string();
        let (token, tenant) = (format!("Bearer {}", meter.desk.token()), tenant.to_string());
        let request = request("POST", "/api/commands", &[("Authorization", &token), ("Docket-Tenant", &tenant)], &body);
        let mut stayed_away = false;
        loop {
            let answer = timeout(PATIENCE, self.send(&request)).await.ok().flatten();
            let (status, last) = answer.as_ref().map_or((0, true), |answer| (answer.status, answer.last));
            *self.measured.statuses.entry(status).or_default() += 1;
            if last {
                self.connection = None;
            }
            let fate = answer.as_ref().map_or(Fate::Unknown, fate);
            if fate != Fate::Unknown {
                meter.journal.answered(number, fate.clone());
                return (fate, stayed_away);
            }
            let told = answer.and_then(|answer| answer.retry_after).map(Duration::from_secs);
            if matches!(status, 429 | 503) {
                // Nobody keeps a connection open for whom they told to stay away.
                (stayed_away, self.connection) = (true, None);
                self.measured.turned_away += 1;
                self.measured.without_a_word += u64::from(told.is_none());
            }
            let again = Instant::now() + told.unwrap_or(AGAIN);
            if again >= end {
                return (Fate::Unknown, stayed_away);
            }
            sleep_until(again).await;
        }
    }

    async fn send(&mut self, request: &[u8]) -> Option<Answer> {
        if self.connection.is_none() {
            self.connection = Connection::open(self.meter.server).await.ok();
        }
        self.connection.as_mut()?.ask(request).await.ok()
    }
}
