//! Where a story takes place: a fresh log, and the few words in which stories are told.

use chrono::Utc;
use domain::{Actor, StreamId, TenantId};
use eventlog::{
    Append, Log, NewEvent, Position, Recorded, StreamAppend, leaf,
    memory::MemoryLog,
    postgres::{self, PostgresLog},
};
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool, postgres::PgConnectOptions};
use std::{future::Future, sync::Arc};
use uuid::Uuid;

pub const TENANT: TenantId = TenantId(Uuid::from_u128(7));

pub struct Ground {
    pub log: Log,
    database: Option<PgConnectOptions>,
}

impl Ground {
    /// As the superuser who set the database up.
    pub fn owner(&self) -> PgConnectOptions {
        self.database.clone().unwrap()
    }

    pub async fn pool(&self, role: &str) -> PgPool {
        postgres::pool(self.owner(), role, 4).await.unwrap()
    }

    /// What another process on the same database would open; in memory there is only the one.
    pub async fn another_process(&self) -> Log {
        match self.database {
            Some(_) => PostgresLog::open(self.owner(), self.pool(postgres::APP_ROLE).await).await.unwrap().into(),
            None => self.log.clone(),
        }
    }

    pub fn lasts(&self) -> bool {
        self.database.is_some()
    }
}

pub async fn in_memory<F: Future<Output = ()> + Send + 'static>(story: fn(Arc<Ground>) -> F) {
    story(Arc::new(Ground { log: MemoryLog::new().into(), database: None })).await;
}

pub async fn in_postgres<F: Future<Output = ()> + Send + 'static>(story: fn(Arc<Ground>) -> F) {
    let server = std::env::var("DOCKET_TEST_SERVER").expect("run ./dev test, which starts a PostgreSQL for the tests");
    let server: PgConnectOptions = server.parse().unwrap();
    let name = format!("conformance_{}", Uuid::now_v7().simple());
    let mut admin = PgConnection::connect_with(&server).await.unwrap();
    sqlx::query(AssertSqlSafe(format!("create database {name} template template0 encoding 'UTF8'")))
        .execute(&mut admin)
        .await
        .unwrap();

    let database = server.database(&name);
    let mut owner = PgConnection::connect_with(&database).await.unwrap();
    sqlx::migrate!("../migrations").run(&mut owner).await.unwrap();
    owner.close().await.unwrap();
    let pool = postgres::pool(database.clone(), postgres::APP_ROLE, 4).await.unwrap();
    let log = PostgresLog::open(database.clone(), pool).await.unwrap().into();

    let told = tokio::spawn(story(Arc::new(Ground { log, database: Some(database) }))).await;
    sqlx::query(AssertSqlSafe(format!("drop database {name} with (force)"))).execute(&mut admin).await.unwrap();
    if let Err(failure) = told {
        std::panic::resume_unwind(failure.into_panic());
    }
}

pub fn stream(number: u128) -> StreamId {
    StreamId::new(TENANT, "case", Uuid::from_u128(number))
}

pub fn event(name: &str) -> NewEvent {
    NewEvent {
        id: Uuid::now_v7(),
        name: name.into(),
        schema: 1,
        occurred_at: Utc::now(),
        body: format!(r#"{{ "z":1,  "said":"{name} ü", "amount":10.00 }}"#).into_bytes(),
    }
}

/// An append of one event for each stream, under a key of its own.
pub fn append(streams: &[(StreamId, i64)]) -> Append {
    let streams = streams.iter().map(|(stream, expected)| StreamAppend {
        stream: stream.clone(),
        expected: *expected,
        events: vec![event("case.noted")],
    });
    Append {
        tenant: TENANT,
        key: Uuid::now_v7().to_string(),
        fingerprint: [1; 32],
        actor: Actor::Process("conformance".into()),
        cause: None,
        streams: streams.collect(),
    }
}

/// The whole log, after a look at what must hold of any log.
pub async fn sound(log: &Log) -> Vec<Recorded> {
    let mut events: Vec<Recorded> = Vec::new();
    loop {
        let after = events.last().map_or(Position::START, |event| event.position);
        let more = log.read(after, 5_000).await.unwrap();
        if more.is_empty() {
            break;
        }
        events.extend(more);
    }
    let mut versions = std::collections::HashMap::new();
    for (event, position) in events.iter().zip(1..) {
        assert_eq!(event.position.to_i64(), position, "positions have no holes");
        let version = versions.entry(event.stream.clone()).or_insert(0);
        *version += 1;
        assert_eq!(event.version, *version, "versions have no holes");
        assert_eq!(event.leaf, leaf::leaf(event), "the stored leaf is the recomputed one");
    }
    assert!(events.is_sorted_by_key(|event| event.recorded_at), "the log's time never goes back");
    let head = log.head().await.unwrap();
    assert_eq!(head.position.to_i64(), events.len() as i64);
    if let Some(last) = events.last() {
        assert_eq!(head.recorded_at, last.recorded_at);
    }
    events
}
