//! The real product under load: `docket serve` as people run it, on a database of its own, with somebody signed in.

use crate::http::{Connection, once, request};
use crate::limits::TOGETHER;
use crate::load::{Answers, Load, Requests, Shape};
use crate::peer::PAYMENT;
use crate::plan::Plan;
use crate::postgres::{Database, Server};
use crate::process::Process;
use crate::{Outcome, process};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::process::Command;
use uuid::Uuid;

/// The address of the first super admin (api/src/bootstrap.rs).
const ADMIN: &str = "admin@docket.local";
const NDJSON: &str = "application/x-ndjson";

/// A running Docket.
pub struct Docket {
    process: Process,
    pub database: Database,
    password: String,
    roles: &'static str,
    program: PathBuf,
}

impl Docket {
    /// Starts it on a fresh database. All settings are the defaults, except that one may ask as often as one likes: one
    /// person does it all here.
    pub async fn start(server: &Server, plan: &Plan, name: &str, roles: &'static str) -> Outcome<Self> {
        let (database, program) = (server.database(name).await?, program(plan)?);
        let process = serve(&program, &database, name, roles).await?;
        let password = process.said.split_once("with the password ").and_then(|(_, rest)| rest.lines().next());
        let password = password.ok_or_else(|| format!("no password in what it said: {}", process.said))?.trim().to_owned();
        Ok(Self { process, database, password, roles, program })
    }

    /// Requests on behalf of somebody who has just signed in: tokens are good for a quarter of an hour.
    pub async fn signed_in(&self) -> Outcome<Desk> {
        let body = json!({ "email": ADMIN, "password": self.password }).to_string();
        let login = request("POST", "/api/v1/auth/token", None, "application/json", &body);
        let answer = once(self.process.address, &login).await?;
        Ok(Desk { token: answer["access_token"].as_str().ok_or("no access token")?.to_owned() })
    }

    /// Opens that many cases that may be paid for.
    pub async fn open_cases(&self, cases: usize) -> Outcome<Vec<Uuid>> {
        let cases: Vec<Uuid> = (0..cases).map(|_| Uuid::now_v7()).collect();
        let open = |(n, case): (usize, &Uuid)| {
            line(
                "OpenCase",
                *case,
                json!({
                    "caseNumber": format!("BENCH-{n:06}"), "customer": { "name": format!("Debtor {n}") }, "overdueAmount": 15000.00,
                    "ageingDays": n % 90, "priority": format!("P{}", n % 3 + 1), "autoAssign": false,
                }),
            )
        };
        let lines: Vec<String> = cases.iter().enumerate().map(open).collect();
        let desk = self.signed_in().await?;
        let before = self.events().await?;
        self.send_all(lines.chunks(TOGETHER).map(|batch| desk.lines(batch))).await?;
        self.recorded(before, cases.len()).await?;
        self.settle().await?;
        Ok(cases)
    }

    /// Sends each of these requests once, one after the other.
    pub async fn send_all(&self, requests: impl Iterator<Item = Vec<u8>>) -> Outcome<()> {
        let mut connection = Connection::open(self.process.address).await?;
        for request in requests {
            let answer = connection.ask(&request).await?;
            if !(200..300).contains(&answer.status) {
                return Err(format!("the cases cannot be prepared: {}", String::from_utf8_lossy(answer.body)).into());
            }
        }
        Ok(())
    }

    /// Sends payments and sees to it that every one that was acknowledged is on the log.
    pub async fn pay(&self, requests: Requests, each: usize, shape: Shape) -> Outcome<Answers> {
        let before = self.events().await?;
        let answers = self.load(requests, shape).run().await?;
        self.recorded(before, answers.good_at_all * each).await?;
        Ok(answers)
    }

    pub async fn recorded(&self, before: i64, commands: usize) -> Outcome<()> {
        let recorded = self.events().await? - before;
        match recorded >= commands as i64 {
            true => Ok(()),
            false => Err(format!("{commands} commands were acknowledged, but only {recorded} events are on the log").into()),
        }
    }

    pub fn load(&self, requests: Requests, shape: Shape) -> Load {
        Load { address: self.process.address, requests, shape }
    }

    pub fn database(&self) -> &Database {
        &self.database
    }

    pub fn process(&self) -> &Process {
        &self.process
    }

    /// Events on the log.
    pub async fn events(&self) -> Outcome<i64> {
        self.database.number("select last_position from log.head").await
    }

    /// Waits until the read models have caught up, so that no other line pays for them; answers how long that took.
    pub async fn settle(&self) -> Outcome<Duration> {
        let began = Instant::now();
        while self.roles.contains("project") {
            let behind = "select (select last_position from log.head) - min(position) from projection.checkpoints";
            match self.database.number(behind).await? {
                0 => break,
                behind if began.elapsed() > Duration::from_secs(600) => {
                    return Err(format!("the read models do not catch up; {behind} events are left").into());
                }
                _ => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
        Ok(began.elapsed())
    }

    /// Ends it; the database stays.
    pub async fn stop(mut self) -> Outcome<Resting> {
        self.process.stop().await?;
        let Self { database, password, roles, program, .. } = self;
        Ok(Resting { database, password, roles, program })
    }
}

/// A Docket of which there is only the database at the moment.
pub struct Resting {
    pub database: Database,
    pub program: PathBuf,
    password: String,
    roles: &'static str,
}

impl Resting {
    /// A new process on that database, which remembers nothing.
    pub async fn wake(self) -> Outcome<Docket> {
        let Self { database, password, roles, program } = self;
        let process = serve(&program, &database, "docket_again", roles).await?;
        Ok(Docket { process, database, password, roles, program })
    }
}

/// The program `docket`: the one that was named, or the one beside this program.
pub fn program(plan: &Plan) -> Outcome<PathBuf> {
    let beside = std::env::current_exe()?.with_file_name("docket");
    let program = plan.docket.clone().unwrap_or(beside);
    match program.is_file() {
        true => Ok(program),
        false => Err(format!("{} is not there; build it: cargo build --release -p api", program.display()).into()),
    }
}

async fn serve(program: &PathBuf, database: &Database, name: &str, roles: &str) -> Outcome<process::Process> {
    let mut command = Command::new(program);
    command.args(["serve", "--roles", roles, "--bind", "127.0.0.1:0", "--database-url", &database.url]);
    command.args(["--rate-limit", "0", "--rate-limit-tenant", "0", "--rate-limit-address", "0"]);
    Process::start(name, command).await
}

/// Somebody who may ask, and how their requests look.
pub struct Desk {
    token: String,
}

impl Desk {
    pub fn get(&self, path: &str) -> Vec<u8> {
        request("GET", path, Some(&self.token), "", "")
    }

    /// A look that must show this position.
    pub fn get_after(&self, path: &str, position: i64) -> Vec<u8> {
        let token = &self.token;
        format!("GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\nDocket-Min-Position: {position}\r\n\r\n")
            .into_bytes()
    }

    /// As many of these commands as go into one request.
    pub fn lines(&self, lines: &[String]) -> Vec<u8> {
        request("POST", "/api/commands", Some(&self.token), NDJSON, &lines.join("\n"))
    }

    /// A payment for each case, as a single envelope.
    pub fn single(&self, cases: &[Uuid]) -> Requests {
        let post = |case: &Uuid| request("POST", "/api/commands", Some(&self.token), "application/json", &payment(*case));
        Arc::new(cases.iter().map(post).collect())
    }

    /// Payments five hundred at a time.
    pub fn batches(&self, cases: &[Uuid]) -> Requests {
        let lines: Vec<String> = cases.iter().map(|case| payment(*case)).collect();
        Arc::new(lines.chunks(TOGETHER).map(|batch| self.lines(batch)).collect())
    }

    /// A payment for each case, by the route that answers with the case as it is then.
    pub fn by_route(&self, cases: &[Uuid]) -> Requests {
        let post = |case: &Uuid| {
            request("POST", &format!("/api/v1/cases/{case}/payments"), Some(&self.token), "application/json", PAYMENT)
        };
        Arc::new(cases.iter().map(post).collect())
    }
}

fn payment(case: Uuid) -> String {
    format!(r#"{{"command":"RecordPayment","on":"{case}","data":{PAYMENT}}}"#)
}

/// A command as a line.
pub fn line(command: &str, on: Uuid, data: Value) -> String {
    json!({ "command": command, "on": on, "data": data }).to_string()
}
