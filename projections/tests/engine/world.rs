//! A small read model of sites, and a database with a log for one test.

use domain::organization::location::LocationEvent;
use domain::{Actor, Fact, LocationId, StreamId, TenantId};
use eventlog::{Append, Log, NewEvent, Position, Recorded, StreamAppend, postgres::PostgresLog};
use projections::engine::{Model, model, set_up, verify};
use projections::{Engine, Keys, ReadModel, Row, Rows, Table, Unappliable, table};
use serde::{Deserialize, Serialize};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, PgPool, postgres::PgConnectOptions};
use uuid::Uuid;

/// Where sites are, and how many a tenant has in each time zone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Site {
    tenant_id: TenantId,
    location_id: LocationId,
    name: String,
    timezone: String,
    changes: i64,
    share: rust_decimal::Decimal,
    position: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
struct SiteKey {
    tenant_id: TenantId,
    location_id: LocationId,
}

impl Row for Site {
    const TABLE: &'static str = "sites";
    const KEY: &'static [&'static str] = &["tenant_id", "location_id"];
    type Key = SiteKey;
    fn key(&self) -> SiteKey {
        SiteKey { tenant_id: self.tenant_id, location_id: self.location_id }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct SiteCount {
    tenant_id: TenantId,
    events: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
struct SiteCountKey {
    tenant_id: TenantId,
}

impl Row for SiteCount {
    const TABLE: &'static str = "site_counts";
    const KEY: &'static [&'static str] = &["tenant_id"];
    type Key = SiteCountKey;
    fn key(&self) -> SiteCountKey {
        SiteCountKey { tenant_id: self.tenant_id }
    }
}

pub struct Sites<const VERSION: i32>;

impl<const VERSION: i32> ReadModel for Sites<VERSION> {
    const NAME: &'static str = "sites";
    const VERSION: i32 = VERSION;
    const CATEGORIES: &'static [&'static str] = &["location"];
    const SQL: &'static str = match VERSION {
        1 => {
            "create table sites (tenant_id uuid, location_id uuid, name varchar(40) not null, timezone text not null,
               changes bigint not null, share numeric(8,2) not null, position bigint not null,
               words tsvector generated always as (to_tsvector('simple', name)) stored, primary key (tenant_id, location_id));
             create index on sites (tenant_id, name);
             create table site_counts (tenant_id uuid primary key, events bigint not null);
             create view site_names as select tenant_id, name from sites;"
        }
        _ => {
            "create table sites (tenant_id uuid, location_id uuid, position bigint not null, name text not null,
               timezone text not null, changes bigint not null, share numeric(8,2) not null, primary key (tenant_id, location_id));
             create table site_counts (tenant_id uuid primary key, events bigint not null);"
        }
    };

    fn tables() -> Vec<Box<dyn Table>> {
        vec![table::<Site>(), table::<SiteCount>()]
    }

    fn keys(event: &Recorded, _: &Fact, keys: &mut Keys<'_>) {
        let tenant_id = event.stream.tenant;
        keys.want::<Site>(SiteKey { tenant_id, location_id: event.stream.id.into() });
        keys.want::<SiteCount>(SiteCountKey { tenant_id });
    }

    fn evolve(rows: &mut Rows, event: &Recorded, fact: &Fact) -> Result<(), Unappliable> {
        let Fact::Location(fact) = fact else { return Ok(()) };
        let key = SiteKey { tenant_id: event.stream.tenant, location_id: event.stream.id.into() };
        let tenant_id = key.tenant_id;
        rows.or_new(&SiteCountKey { tenant_id }, || SiteCount { tenant_id, events: 0 })?.events += 1;
        match fact {
            LocationEvent::Added { name, timezone } => rows.put(Site {
                tenant_id,
                location_id: key.location_id,
                name: name.to_string(),
                timezone: timezone.clone(),
                changes: 0,
                share: rust_decimal::Decimal::new(5, 1),
                position: event.position.to_i64(),
            }),
            LocationEvent::Changed { name, .. } if name.as_str() == "nonsense" && VERSION < 3 => {
                Err(Unappliable::Other("nonsense".into()))
            }
            LocationEvent::Changed { name, timezone } => {
                let site = rows.must::<Site>(&key)?;
                (site.name, site.timezone, site.changes) = (name.to_string(), timezone.clone(), site.changes + 1);
                Ok(())
            }
            LocationEvent::Removed {} => rows.remove::<Site>(&key),
        }
    }
}

/// A database of its own for one test.
pub struct World {
    server: PgConnectOptions,
    name: String,
    pub options: PgConnectOptions,
    pub owner: PgPool,
    pub projector: PgPool,
    pub log: Log,
    pub tenant: TenantId,
}

impl World {
    pub async fn new() -> World {
        let server: PgConnectOptions = std::env::var("DOCKET_TEST_SERVER").expect("DOCKET_TEST_SERVER").parse().unwrap();
        let name = format!("docket_engine_{}", Uuid::now_v7().simple());
        let mut conn = PgConnection::connect_with(&server).await.unwrap();
        conn.execute(AssertSqlSafe(format!("create database {name}"))).await.unwrap();
        let options = server.clone().database(&name);
        let owner = PgPool::connect_with(options.clone()).await.unwrap();
        sqlx::migrate!("../migrations").run(&owner).await.unwrap();
        let app = eventlog::postgres::pool(options.clone(), "docket_app", 4).await.unwrap();
        let projector = eventlog::postgres::pool(options.clone(), "docket_projector", 4).await.unwrap();
        let log = Log::from(PostgresLog::open(options.clone(), app).await.unwrap());
        let world = World { server, name, options, owner, projector, log, tenant: TenantId(Uuid::now_v7()) };
        set_up(&world.owner, &[model::<Sites<1>>()]).await.unwrap();
        world
    }

    pub async fn end(self) {
        self.log.close().await;
        let mut conn = PgConnection::connect_with(&self.server).await.unwrap();
        conn.execute(AssertSqlSafe(format!("drop database {} with (force)", self.name))).await.unwrap();
    }

    pub fn engine(&self, models: Vec<Model>) -> Engine {
        Engine::start(self.log.clone(), self.owner.clone(), self.projector.clone(), models)
    }

    pub async fn append(&self, id: Uuid, expected: i64, events: &[(&str, &str)]) -> Position {
        let now = chrono::Utc::now();
        let event = |(name, body): &(&str, &str)| NewEvent {
            id: Uuid::now_v7(),
            name: (*name).to_owned(),
            schema: 1,
            occurred_at: now,
            body: body.as_bytes().to_vec(),
        };
        let stream = StreamId::new(self.tenant, "location", id);
        let append = Append {
            tenant: self.tenant,
            key: Uuid::now_v7().to_string(),
            fingerprint: [7; 32],
            actor: Actor::Operator,
            cause: None,
            streams: vec![StreamAppend { stream, expected, events: events.iter().map(event).collect() }],
        };
        self.log.append(append).await.unwrap().position
    }

    pub async fn add(&self, name: &str) -> Uuid {
        let id = Uuid::now_v7();
        self.append(id, 0, &[("location.added", &body(name))]).await;
        id
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&self.owner).await.unwrap()
    }

    pub async fn names(&self) -> Vec<String> {
        sqlx::query_scalar("select name::text from read.sites order by name").fetch_all(&self.owner).await.unwrap()
    }

    pub async fn proven(&self, model: Model) {
        assert_eq!(verify(&self.projector, &self.log, &[model]).await.unwrap(), vec![]);
    }
}

pub fn body(name: &str) -> String {
    format!(r#"{{"name":{name:?},"timezone":"America/Detroit"}}"#)
}
