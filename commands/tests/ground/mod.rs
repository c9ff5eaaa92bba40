//! A company on an empty log, a clock that the test sets, and short words for asking.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use commands::{Answer, Ask, Clock, Commands, Envelope, Error, Principal};
use domain::{Aggregate, Instant, StreamId, TenantId};
use eventlog::{Log, Position, Recorded, memory::MemoryLog};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use uuid::Uuid;

/// The company everything happens in.
pub const TENANT: TenantId = TenantId(Uuid::from_u128(0xC0));

/// Monday, 5 January 2026, nine o'clock.
pub fn nine() -> Instant {
    "2026-01-05T09:00:00Z".parse().unwrap()
}

/// A log, a clock and one process that carries out commands.
#[derive(Clone)]
pub struct Ground {
    pub log: Log,
    clock: Arc<AtomicI64>,
    pub commands: Commands,
}

impl Ground {
    /// A company with seats for everybody.
    pub async fn new() -> Self {
        Self::with_seats(100).await
    }

    pub async fn with_seats(seats: u32) -> Self {
        let log = Log::from(MemoryLog::new());
        let clock = Arc::new(AtomicI64::new(nine().timestamp_micros()));
        let commands = Commands::new(log.clone(), read(&clock));
        let ground = Self { log, clock, commands };
        ground.ok(ask("RegisterCompany", TENANT.0, json!({"name": "Acme", "maxUsers": seats}))).await;
        ground
    }

    /// Another process on the same log, with a memory of its own.
    pub fn another(&self) -> Self {
        Self { commands: Commands::new(self.log.clone(), read(&self.clock)), ..self.clone() }
    }

    pub fn set_clock(&self, at: Instant) {
        self.clock.store(at.timestamp_micros(), Ordering::SeqCst);
    }

    pub async fn run(&self, ask: Ask) -> Result<Answer, Error> {
        self.commands.execute(&boss(), ask).await
    }

    pub async fn ok(&self, ask: Ask) -> Answer {
        let shown = format!("{ask:?}");
        self.run(ask).await.unwrap_or_else(|error| panic!("{shown}: {error}"))
    }

    /// The code of the error.
    pub async fn refused(&self, ask: Ask) -> &'static str {
        let shown = format!("{ask:?}");
        match self.run(ask).await {
            Err(error) => error.code(),
            Ok(answer) => panic!("{shown}: {answer:?}"),
        }
    }

    pub async fn agency(&self, capacity: u32) -> Uuid {
        self.ok(new("RegisterAgency", json!({"name": "Swift", "maxCapacity": capacity}))).await.id
    }

    pub async fn case(&self) -> Uuid {
        self.ok(new("OpenCase", opening())).await.id
    }

    /// A case an agency works on.
    pub async fn running_case(&self, agency: Uuid) -> Uuid {
        let case = self.case().await;
        self.ok(ask("AssignAgency", case, json!({"agencyId": agency}))).await;
        self.ok(ask("AcceptCase", case, json!({}))).await;
        case
    }

    pub async fn history<A: Aggregate>(&self, id: Uuid) -> Vec<Recorded> {
        self.log.read_streams(&[(StreamId::of::<A>(TENANT, id), 0)]).await.unwrap()
    }

    pub async fn names<A: Aggregate>(&self, id: Uuid) -> Vec<String> {
        self.history::<A>(id).await.into_iter().map(|event| event.name).collect()
    }

    pub async fn everything(&self) -> Vec<Recorded> {
        self.log.read(Position::START, usize::MAX).await.unwrap()
    }
}

fn read(clock: &Arc<AtomicI64>) -> Clock {
    let clock = clock.clone();
    Arc::new(move || Instant::from_timestamp_micros(clock.load(Ordering::SeqCst)).unwrap())
}

/// Somebody who may do all that a person may.
pub fn boss() -> Principal {
    Principal::operator(TENANT)
}

/// One of the house's own processes.
pub fn process() -> Principal {
    Principal::process(TENANT, "clock")
}

pub fn opening() -> Value {
    json!({"customer": {"name": "John Doe"}, "overdueAmount": 1500, "priority": "P1"})
}

/// A command about something new, as it comes in over the generic route.
pub fn new(name: &str, data: Value) -> Ask {
    let commands = Commands::new(Log::from(MemoryLog::new()), Arc::new(nine));
    let envelope = json!({"command": name, "data": data}).to_string();
    commands.read(serde_json::from_str::<Envelope>(&envelope).unwrap()).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A command about something that is there.
pub fn ask(name: &str, on: Uuid, data: Value) -> Ask {
    new(name, data).on(on)
}
