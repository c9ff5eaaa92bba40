//! The server whose turn it is to keep the read models freezes; another takes over; the first wakes and believes it is still on.

use crate::Outcome;
use crate::row::Row;
use crate::stage::Stage;
use crate::world::{Setup, World};
use sqlx::{Connection, PgConnection};
use std::time::{Duration, Instant};

/// Another server must have taken over by then.
const PATIENCE: Duration = Duration::from_secs(30);

/// Who moves checkpoints, by PostgreSQL's own numbers of their connections. Rows move in the same transaction.
const WITNESS: &str = "
create schema witness;
create table witness.moves (model text not null, pid integer not null, epoch bigint not null, at timestamptz not null);
create function witness.note() returns trigger language plpgsql security definer as $$
begin
  if new.position > old.position then
    insert into witness.moves values (new.model, pg_backend_pid(), new.epoch, clock_timestamp());
  end if;
  return null;
end $$;
create trigger witness after update on projection.checkpoints for each row execute function witness.note();
grant usage on schema witness to public";

pub async fn run(stage: &mut Stage, rounds: usize) -> Outcome<Row> {
    let setup = Setup { servers: 2, ..Setup::default() };
    let (mut leader, mut takeovers, mut known) = (0, Vec::new(), String::new());
    let fault = async |world: &mut World| {
        let mut conn = PgConnection::connect(&world.database_url).await?;
        if known != world.database_url {
            known = world.database_url.clone();
            leader = 0;
            sqlx::raw_sql(WITNESS).execute(&mut conn).await?;
            // The witness sees the first server at work before it freezes.
            world.load.more(20, PATIENCE).await;
        }
        let (frozen, other) = (leader, 1 - leader);
        let epochs = epochs(&mut conn).await?;
        world.servers[frozen].pause()?;
        let began = Instant::now();
        let taken_over = taken_over(&mut conn, &epochs).await;
        takeovers.push(began.elapsed());
        let zombies: Vec<i32> = sqlx::query_scalar("select distinct pid from witness.moves").fetch_all(&mut conn).await?;
        let zombies = match taken_over {
            Ok(()) => by_epoch(&mut conn, &epochs, zombies).await?,
            Err(error) => {
                world.row.broken.push(error.to_string());
                Vec::new()
            }
        };
        let woken: chrono::DateTime<chrono::Utc> = sqlx::query_scalar("select clock_timestamp()").fetch_one(&mut conn).await?;
        world.servers[frozen].resume()?;
        let since = Instant::now();
        // It wakes with work at hand.
        world.load.more(50, PATIENCE).await;
        let written: i64 = sqlx::query_scalar("select count(*) from witness.moves where pid = any($1) and at > $2")
            .bind(&zombies)
            .bind(woken)
            .fetch_one(&mut conn)
            .await?;
        if written > 0 {
            world.row.broken.push(format!("the zombie moved checkpoints {written} times"));
        }
        conn.close().await?;
        leader = other;
        Ok(since)
    };
    let mut row = stage.rounds(rounds, &setup, fault).await?;
    takeovers.sort_unstable();
    let (middle, worst) = (takeovers.get(takeovers.len() / 2), takeovers.last());
    if let (Some(middle), Some(worst)) = (middle, worst) {
        let (middle, worst) = (middle.as_secs_f64(), worst.as_secs_f64());
        row.notes.push(format!("another server had taken over after {middle:.1} s (median), {worst:.1} s (worst)"));
    }
    Ok(row)
}

async fn epochs(conn: &mut PgConnection) -> Outcome<Vec<(String, i64)>> {
    Ok(sqlx::query_as("select model, epoch from projection.checkpoints order by model").fetch_all(conn).await?)
}

/// Waits until every model has been claimed anew.
async fn taken_over(conn: &mut PgConnection, before: &[(String, i64)]) -> Outcome<()> {
    let began = Instant::now();
    loop {
        let now = epochs(conn).await?;
        let same: Vec<&str> = before.iter().filter(|old| now.contains(old)).map(|(model, _)| model.as_str()).collect();
        if same.is_empty() {
            return Ok(());
        }
        if began.elapsed() > PATIENCE {
            return Err(format!("nobody has taken over after {PATIENCE:?}: {}", same.join(", ")).into());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Of these connections, those that moved checkpoints under the epochs before the takeover.
async fn by_epoch(conn: &mut PgConnection, before: &[(String, i64)], pids: Vec<i32>) -> Outcome<Vec<i32>> {
    let (models, epochs): (Vec<&str>, Vec<i64>) = before.iter().map(|(model, epoch)| (model.as_str(), *epoch)).unzip();
    let theirs = "select distinct m.pid from witness.moves m
                  join unnest($1::text[], $2::bigint[]) as b (model, epoch) on m.model = b.model and m.epoch <= b.epoch
                  where m.pid = any($3)";
    Ok(sqlx::query_scalar(theirs).bind(models).bind(epochs).bind(pids).fetch_all(conn).await?)
}
