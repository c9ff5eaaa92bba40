//! The real product under load: its own server on its own database, a real login, and cases to pay for.

use crate::http::{Connection, once, request};
use crate::limits::TOGETHER;
use crate::load::{Answers, Load};
use crate::postgres::Database;
use crate::{Outcome, Plan};
use api::{Config, Running};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// Cases that an agency has completed, so that its score has something to say.
const COMPLETED: usize = 200;

/// A running Docket, somebody who is signed in, and requests ready to be sent.
pub struct Docket {
    running: Running,
    token: String,
    agency: Uuid,
    cases: Vec<Uuid>,
    /// One payment each, as a single envelope.
    pub single: Arc<Vec<Vec<u8>>>,
    /// Five hundred payments each, as NDJSON.
    pub batches: Arc<Vec<Vec<u8>>>,
    /// One payment each, by the route that answers with the case as it is then.
    pub by_route: Arc<Vec<Vec<u8>>>,
}

impl Docket {
    /// Starts it and opens that many cases. Limits on how often one may ask are off: one person does it all here.
    pub async fn start(database: &Database, plan: &Plan) -> Outcome<Self> {
        let config = Config { rate_limit: 0, rate_limit_tenant: 0, rate_limit_address: 0, ..Config::for_tests(&database.url) };
        let running = api::start(config).await?;
        let password = api::bootstrap::bootstrap(&running.house).await?.ok_or("the first account was there already")?;
        let body = json!({ "email": api::bootstrap::ADMIN, "password": password.as_str() }).to_string();
        let login = request("POST", "/api/v1/auth/token", None, "application/json", &body);
        let token = once(running.address, &login).await?["access_token"].as_str().ok_or("no access token")?.to_owned();

        let cases: Vec<Uuid> = (0..plan.cases).map(|_| Uuid::now_v7()).collect();
        let pay = |case: &Uuid| line("RecordPayment", *case, json!({ "amount": 1.25, "reference": "bench" }));
        let single = cases.iter().map(|case| post("/api/commands", &token, "application/json", &pay(case))).collect();
        let lines: Vec<String> = cases.iter().map(pay).collect();
        let batches = lines.chunks(TOGETHER).map(|batch| post("/api/commands", &token, NDJSON, &batch.join("\n"))).collect();
        let body = json!({ "amount": 1.25, "reference": "bench" }).to_string();
        let by_route = |case| post(&format!("/api/v1/cases/{case}/payments"), &token, "application/json", &body);
        let by_route = cases.iter().map(by_route).collect();
        let docket = Self {
            agency: Uuid::now_v7(),
            single: Arc::new(single),
            batches: Arc::new(batches),
            by_route: Arc::new(by_route),
            cases,
            running,
            token,
        };
        docket.prepare().await?;
        Ok(docket)
    }

    async fn prepare(&self) -> Outcome<()> {
        let register = json!({ "name": "Bench Collections", "maxCapacity": 1000 });
        let mut lines = vec![line("RegisterAgency", self.agency, register)];
        let completed: Vec<Uuid> = (0..COMPLETED).map(|_| Uuid::now_v7()).collect();
        for (n, case) in completed.iter().chain(&self.cases).enumerate() {
            lines.push(line("OpenCase", *case, json!({
                "caseNumber": format!("BENCH-{n:06}"), "customer": { "name": format!("Debtor {n}") }, "overdueAmount": 15000.00,
                "ageingDays": n % 90, "priority": format!("P{}", n % 3 + 1), "autoAssign": false,
            })));
        }
        for case in completed {
            lines.push(line("AssignAgency", case, json!({ "agencyId": self.agency })));
            lines.push(line("AcceptCase", case, json!({})));
            lines.push(line("CompleteCase", case, json!({ "outcome": "paid in full" })));
        }
        let before = self.events().await?;
        let mut connection = Connection::open(self.running.address).await?;
        for batch in lines.chunks(TOGETHER) {
            let answer = connection.ask(&post("/api/commands", &self.token, NDJSON, &batch.join("\n"))).await?;
            if !(200..300).contains(&answer.status) {
                return Err(format!("the cases cannot be prepared: {}", String::from_utf8_lossy(answer.body)).into());
            }
        }
        self.recorded(before, lines.len()).await?;
        self.settle().await
    }

    /// Sends requests and sees to it that every payment that was acknowledged is on the log.
    pub async fn pay(&self, requests: &Arc<Vec<Vec<u8>>>, each: usize, load: Shape) -> Outcome<Answers> {
        let before = self.events().await?;
        let answers = self.load(requests.clone(), load).run().await?;
        self.recorded(before, answers.good_at_all * each).await?;
        Ok(answers)
    }

    async fn recorded(&self, before: i64, commands: usize) -> Outcome<()> {
        let recorded = self.events().await? - before;
        match recorded >= commands as i64 {
            true => Ok(()),
            false => Err(format!("{commands} commands were acknowledged, but only {recorded} events are on the log").into()),
        }
    }

    /// Whether a request of this kind is answered at all by this build.
    pub async fn answers(&self, request: &[u8]) -> bool {
        once(self.running.address, request).await.inspect_err(|error| eprintln!("  not measured: {error}")).is_ok()
    }

    /// What people look at all day, by name.
    pub fn looks(&self) -> Vec<(&'static str, Arc<Vec<Vec<u8>>>)> {
        let get = |path: &str| request("GET", path, Some(&self.token), "", "");
        let cards = self.cases.iter().map(|case| get(&format!("/api/v1/cases/{case}"))).collect();
        vec![
            ("worklist page", Arc::new(vec![get("/api/v1/cases?limit=20")])),
            ("case card", Arc::new(cards)),
            ("agency score", Arc::new(vec![get(&format!("/api/v1/dcas/{}/score", self.agency))])),
            ("dashboard", Arc::new(vec![get("/api/v1/dashboard/stats")])),
        ]
    }

    pub fn load(&self, requests: Arc<Vec<Vec<u8>>>, Shape { connections, lasting, rate }: Shape) -> Load {
        Load { address: self.running.address, requests, connections, lasting, rate }
    }

    pub fn house(&self) -> &api::House {
        &self.running.house
    }

    /// Events on the log.
    pub async fn events(&self) -> Outcome<i64> {
        Ok(self.house().log().head().await?.position.to_i64())
    }

    /// Waits until the read models have caught up, so that no other line pays for them.
    pub async fn settle(&self) -> Outcome<()> {
        let engine = self.house().engine().ok_or("no engine")?;
        for _ in 0..5 {
            if engine.settle().await {
                return Ok(());
            }
        }
        Err("the read models do not catch up".into())
    }

    /// The worst read model's 99th percentile of milliseconds from commit to visible row, over its last 1,000 batches.
    pub async fn freshness(&self) -> Outcome<f64> {
        let status = self.house().engine().ok_or("no engine")?.status().await?;
        Ok(status.iter().filter_map(|model| model.freshness_p99_ms).fold(f64::NAN, f64::max))
    }

    pub async fn stop(self) {
        self.running.stop().await;
    }
}

/// How to send requests.
#[derive(Clone, Copy)]
pub struct Shape {
    pub connections: usize,
    pub lasting: Duration,
    pub rate: Option<u32>,
}

const NDJSON: &str = "application/x-ndjson";

fn line(command: &str, on: Uuid, data: Value) -> String {
    json!({ "command": command, "on": on, "data": data }).to_string()
}

fn post(path: &str, token: &str, media: &str, body: &str) -> Vec<u8> {
    request("POST", path, Some(token), media, body)
}
