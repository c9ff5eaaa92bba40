//! The clock of one of two servers jumps by an hour or a day, while cases are about to come due.

use crate::Outcome;
use crate::http::{Connection, request};
use crate::journal::Fate;
use crate::row::Row;
use crate::stage::Stage;
use crate::world::{Setup, World};
use chrono::{TimeDelta, Utc};
use rand::Rng;
use serde_json::json;
use sqlx::{Connection as _, PgConnection};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// By how much, in seconds.
const JUMPS: [i64; 4] = [3_600, -3_600, 86_400, -86_400];
/// Days that a case of the highest priority may take.
const WINDOW: i64 = 3;
/// Cases that come due during a round.
const CASES: usize = 8;
/// The clock's file is read once a second; a deadline that cannot be settled is left alone for 30 s.
const PATIENCE: Duration = Duration::from_secs(60);
/// Commands that are carried out under the wrong clock, and after it was put right.
const COMMANDS: u64 = 30;

pub async fn run(stage: &mut Stage, rounds: usize) -> Outcome<Row> {
    let setup = Setup { servers: 2, ..Setup::default() };
    let (mut round, mut known) = (0, String::new());
    let fault = async |world: &mut World| {
        let file = world.folder.join("clock");
        let set = |seconds: i64| std::fs::write(&file, format!("{seconds:+}\n"));
        set(0)?;
        if known != world.database_url {
            known = world.database_url.clone();
            world.servers[0].clock_from(&file)?;
            world.servers[0].kill()?;
            world.servers[0].start()?;
            world.servers[0].answering(PATIENCE).await?;
        }
        let jump = JUMPS[round % JUMPS.len()];
        // Half of the times the clock jumps under a running server, half of the times a server starts with a wrong one.
        let running = (round / JUMPS.len()).is_multiple_of(2);
        round += 1;
        let cases = open_cases(world, jump).await?;
        let since = Instant::now();
        set(jump)?;
        if !running {
            world.servers[0].kill()?;
            world.servers[0].start()?;
            world.servers[0].answering(PATIENCE).await?;
        }
        shows(world, jump).await?;
        world.load.more(COMMANDS, PATIENCE).await;
        breached(world, &cases).await?;
        set(0)?;
        shows(world, 0).await?;
        world.load.more(COMMANDS, PATIENCE).await;
        Ok(since)
    };
    stage.rounds(rounds, &setup, fault).await
}

/// Cases opened so long ago that they come due within the jump: forward, when the clock gets there before its time; backward,
/// when it is no longer so late. A few come due within seconds by anybody's clock.
async fn open_cases(world: &mut World, jump: i64) -> Outcome<Vec<Uuid>> {
    let mut cases = Vec::new();
    for n in 0..CASES {
        let within = if n < 2 { world.dice.random_range(1..5) } else { world.dice.random_range(1..jump.abs()) * jump.signum() };
        let opened = Utc::now() - TimeDelta::days(WINDOW) + TimeDelta::seconds(within);
        let data = json!({
            "customer": { "name": format!("Due in {within} s") }, "overdueAmount": 100, "priority": "P1", "autoAssign": false,
        });
        let case = uuid::Builder::from_random_bytes(world.dice.random()).into_uuid();
        let fate = world.ask(1, n % 2, "OpenCase", case, data, Some(opened.to_rfc3339())).await?;
        if !matches!(fate, Fate::Ok { .. }) {
            return Err(format!("a case that comes due cannot be opened: {fate:?}").into());
        }
        cases.push(case);
    }
    Ok(cases)
}

/// Waits until the first server's clock is off by so many seconds, by its own account.
async fn shows(world: &World, jump: i64) -> Outcome<()> {
    let (began, ready) = (Instant::now(), request("GET", "/ready", &[], ""));
    loop {
        // A server with a wrong clock complains of it by its status (503), and says all the same how wrong it is.
        let answer = Connection::open(world.servers[0].address).await?.ask(&ready).await?;
        let off = answer.json()["clock_ms"].as_i64().unwrap_or(i64::MAX);
        if off.abs_diff(jump * 1_000) < 5_000 {
            return Ok(());
        }
        if began.elapsed() > PATIENCE {
            return Err(format!("the clock is {off} ms off and should be {jump} s").into());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Waits until the breach of every one of these cases is on record.
async fn breached(world: &World, cases: &[Uuid]) -> Outcome<()> {
    let mut conn = PgConnection::connect(&world.database_url).await?;
    let (began, noted) =
        (Instant::now(), "select count(*) from log.events where type = 'case.sla_breached' and stream_id = any($1)");
    loop {
        let noted: i64 = sqlx::query_scalar(noted).bind(cases).fetch_one(&mut conn).await?;
        if noted >= cases.len() as i64 {
            return Ok(conn.close().await?);
        }
        if began.elapsed() > PATIENCE {
            return Err(format!("{noted} of {} breaches are on record after {PATIENCE:?}", cases.len()).into());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
