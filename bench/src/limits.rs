//! What this PostgreSQL can do at best: the ceilings that Docket is measured against.

use crate::Outcome;
use crate::postgres::Database;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Rows in one statement.
pub const TOGETHER: usize = 500;
/// Things that the bare fold keeps rows of.
const THINGS: usize = 10_000;

/// Tables with the columns of log.events.
#[derive(Clone, Copy)]
pub enum Events {
    /// With a primary key.
    Plain,
    /// With the indexes of log.events.
    Indexed,
}

impl Events {
    fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Indexed => "indexed",
        }
    }
}

/// A connection with the tables that are filled.
pub struct Limits {
    conn: PgConnection,
    url: String,
    things: Vec<Uuid>,
}

impl Limits {
    pub async fn open(database: &Database) -> Outcome<Self> {
        let mut conn = PgConnection::connect(&database.url).await?;
        sqlx::raw_sql(
            "create table narrow (id uuid primary key, thing uuid not null, type text not null, at timestamptz not null, body bytea not null);
             create table plain (position bigint primary key, tenant_id uuid not null, category text not null, stream_id uuid not null,
               version bigint not null, event_id uuid not null, type text not null, schema smallint not null,
               recorded_at timestamptz not null, occurred_at timestamptz not null, actor text not null, cause uuid,
               command_key text not null, fingerprint bytea, body bytea not null, leaf bytea not null);
             create table indexed (like plain, primary key (position), unique (tenant_id, stream_id, category, version));
             create unique index on indexed (tenant_id, command_key) where fingerprint is not null;
             create table single (id bigserial primary key, thing uuid not null, type text not null, at timestamptz not null, body bytea not null);
             create table folded (thing uuid primary key, type text not null, at timestamptz not null, events bigint not null,
               amount numeric(20, 2) not null, body text not null) with (fillfactor = 70);
             create table checkpoint (position bigint not null); insert into checkpoint values (0);",
        )
        .execute(&mut conn)
        .await?;
        Ok(Self { conn, url: database.url.clone(), things: (0..THINGS).map(|_| Uuid::now_v7()).collect() })
    }

    /// Rows a second, 500 in one statement and one transaction, on one connection.
    pub async fn unnest(&mut self, lasting: Duration) -> Outcome<f64> {
        let (types, bodies) = (vec!["case.payment_received"; TOGETHER], vec![vec![b'x'; 90]; TOGETHER]);
        let mut rows = 0;
        let began = Instant::now();
        while began.elapsed() < lasting {
            let ids: Vec<Uuid> = (0..TOGETHER).map(|_| Uuid::now_v7()).collect();
            sqlx::query(
                "insert into narrow select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::bytea[])",
            )
            .bind(&ids)
            .bind(&ids)
            .bind(&types)
            .bind(vec![chrono::Utc::now(); TOGETHER])
            .bind(&bodies)
            .execute(&mut self.conn)
            .await?;
            rows += TOGETHER;
        }
        Ok(rows as f64 / began.elapsed().as_secs_f64())
    }

    /// The same with rows as wide as events; but nothing is checked and no hash is computed.
    pub async fn unnest_events(&mut self, table: Events, lasting: Duration) -> Outcome<f64> {
        let table = table.name();
        let (bodies, hashes) = (vec![vec![b'x'; 90]; TOGETHER], vec![vec![b'x'; 32]; TOGETHER]);
        let before: i64 = sqlx::query_scalar(AssertSqlSafe(format!("select coalesce(max(position), 0) from {table}")))
            .fetch_one(&mut self.conn)
            .await?;
        let insert = format!(
            "insert into {table} select * from unnest($1::bigint[], $2::uuid[], $3::text[], $4::uuid[], $5::bigint[], $6::uuid[],
               $7::text[], $8::smallint[], $9::timestamptz[], $10::timestamptz[], $11::text[], $12::uuid[], $13::text[],
               $14::bytea[], $15::bytea[], $16::bytea[])"
        );
        let (mut last, began) = (before, Instant::now());
        while began.elapsed() < lasting {
            let positions: Vec<i64> = (last + 1..=last + TOGETHER as i64).collect();
            let versions: Vec<i64> = positions.iter().map(|position| position / THINGS as i64 + 1).collect();
            let ids: Vec<Uuid> = positions.iter().map(|_| Uuid::now_v7()).collect();
            let keys: Vec<String> = ids.iter().map(Uuid::to_string).collect();
            let streams: Vec<Uuid> = positions.iter().map(|position| self.things[*position as usize % THINGS]).collect();
            sqlx::query(AssertSqlSafe(insert.as_str()))
                .bind(&positions)
                .bind(vec![self.things[0]; TOGETHER])
                .bind(vec!["case"; TOGETHER])
                .bind(&streams)
                .bind(&versions)
                .bind(&ids)
                .bind(vec!["case.payment_received"; TOGETHER])
                .bind(vec![1i16; TOGETHER])
                .bind(vec![chrono::Utc::now(); TOGETHER])
                .bind(vec![chrono::Utc::now(); TOGETHER])
                .bind(vec!["user:0190a5d2-0000-7000-8000-000000000001"; TOGETHER])
                .bind(vec![None::<Uuid>; TOGETHER])
                .bind(&keys)
                .bind(&hashes)
                .bind(&bodies)
                .bind(&hashes)
                .execute(&mut self.conn)
                .await?;
            last += TOGETHER as i64;
        }
        Ok((last - before) as f64 / began.elapsed().as_secs_f64())
    }

    /// Events a second of a fold that does nothing but write 500 keyed rows and its checkpoint, as Docket's own does
    /// (without waiting for the disk: rows can be computed again).
    pub async fn fold(&mut self, lasting: Duration) -> Outcome<f64> {
        sqlx::raw_sql("set synchronous_commit = off").execute(&mut self.conn).await?;
        let (types, bodies) = (vec!["case.payment_received"; TOGETHER], vec!["x".repeat(90); TOGETHER]);
        let (mut events, mut next) = (0, 0);
        let began = Instant::now();
        while began.elapsed() < lasting {
            let things = &self.things[next..next + TOGETHER];
            next = (next + TOGETHER) % THINGS;
            let mut tx = self.conn.begin().await?;
            sqlx::query(
                "insert into folded (thing, type, at, body, events, amount)
                 select u.*, 1, 1.25 from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[]) u
                 on conflict (thing) do update set type = excluded.type, at = excluded.at, body = excluded.body,
                   events = folded.events + 1, amount = folded.amount + excluded.amount",
            )
            .bind(things)
            .bind(&types)
            .bind(vec![chrono::Utc::now(); TOGETHER])
            .bind(&bodies)
            .execute(&mut *tx)
            .await?;
            sqlx::query("update checkpoint set position = position + $1").bind(TOGETHER as i64).execute(&mut *tx).await?;
            tx.commit().await?;
            events += TOGETHER;
        }
        sqlx::raw_sql("set synchronous_commit = on").execute(&mut self.conn).await?;
        Ok(events as f64 / began.elapsed().as_secs_f64())
    }

    /// Inserts of one row a second by PostgreSQL's own pgbench with 64 connections; `None` if it is not installed.
    pub async fn pgbench(&self, lasting: Duration) -> Outcome<Option<f64>> {
        let Some(program) = find_pgbench() else { return Ok(None) };
        let script = std::env::temp_dir().join(format!("bench_{}.sql", std::process::id()));
        let insert = "insert into single (thing, type, at, body) values (gen_random_uuid(), 'case.payment_received', now(), repeat('x', 90)::bytea);";
        tokio::fs::write(&script, insert).await?;
        let output = tokio::process::Command::new(program)
            .args(["--no-vacuum", "--protocol=prepared", "--client=64", "--jobs=2", "--time"])
            .arg(lasting.as_secs().max(1).to_string())
            .arg("--file")
            .args([&script, &PathBuf::from(&self.url)])
            .stderr(Stdio::piped())
            .output()
            .await?;
        tokio::fs::remove_file(&script).await?;
        let said = String::from_utf8_lossy(&output.stdout);
        let tps = said.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
        Ok(Some(tps.ok_or_else(|| format!("pgbench failed: {}", String::from_utf8_lossy(&output.stderr)))?))
    }
}

fn find_pgbench() -> Option<PathBuf> {
    let installed =
        std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|version| version.path().join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = installed.chain(std::env::split_paths(&path)).collect();
    folders.sort();
    folders.into_iter().rev().map(|folder| folder.join("pgbench")).find(|program| program.is_file())
}

/// Events a second when the log is simply read from its beginning, and how many there are.
pub async fn sequential_read(database: &Database) -> Outcome<(f64, i64)> {
    let mut conn = database.connect().await?;
    let began = Instant::now();
    let mut after = 0i64;
    loop {
        let events: Vec<(i64, Uuid, String, Vec<u8>)> = sqlx::query_as(
            "select position, stream_id, type, body from log.events where position > $1 order by position limit 5000",
        )
        .bind(after)
        .fetch_all(&mut conn)
        .await?;
        match events.last() {
            Some((position, ..)) => after = *position,
            None => return Ok((after as f64 / began.elapsed().as_secs_f64(), after)),
        }
    }
}
