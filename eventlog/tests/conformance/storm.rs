//! Many at once: writers that race, give up, are cut off or roll back, and a follower that must see exactly what was committed.

use crate::ground::{Ground, append, event, sound, stream};
use eventlog::{AppendError, Log, Position, Receipt, Recorded};
use rand::Rng;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};
use tokio::task::JoinHandle;

/// Writers, and appends of each.
fn size() -> (u128, usize) {
    match std::env::var("DOCKET_CONFORMANCE").as_deref() {
        Ok("full") => (64, 10_000),
        _ => (16, 150),
    }
}

/// Reads along from the start, as hints come or every 50 ms, until told that no more will come.
fn follower(log: Log) -> (Arc<AtomicBool>, JoinHandle<Vec<Recorded>>) {
    let over = Arc::new(AtomicBool::new(false));
    let seen_over = over.clone();
    let following = tokio::spawn(async move {
        let mut changes = log.changes();
        let mut seen: Vec<Recorded> = Vec::new();
        loop {
            let last_look = seen_over.load(SeqCst);
            let after = seen.last().map_or(Position::START, |event| event.position);
            let more = log.read(after, 777).await.unwrap();
            match more.is_empty() {
                true if last_look => return seen,
                true => drop(tokio::time::timeout(Duration::from_millis(50), changes.changed()).await),
                false => seen.extend(more),
            }
        }
    });
    (over, following)
}

/// Ends the follower and compares: observed = committed, and each receipt stands for exactly what the log has.
async fn compare(log: &Log, over: Arc<AtomicBool>, following: JoinHandle<Vec<Recorded>>, receipts: &[Receipt]) -> usize {
    over.store(true, SeqCst);
    let observed = following.await.unwrap();
    let committed = sound(log).await;
    assert!(observed == committed, "the follower saw {} events, {} are committed", observed.len(), committed.len());
    for receipt in receipts {
        let event = &committed[receipt.position.to_i64() as usize - 1];
        assert_eq!((&event.stream, event.version, event.recorded_at), (&receipt.stream, receipt.version, receipt.recorded_at));
    }
    let mut positions: Vec<_> = receipts.iter().map(|receipt| receipt.position).collect();
    positions.sort();
    positions.dedup();
    assert_eq!(positions.len(), receipts.len(), "no two commands got the same place");
    committed.len()
}

/// Appends to one stream of its own, `count` times, each exactly once whatever happens on the way.
async fn write(log: Log, number: u128, count: usize) -> Vec<Receipt> {
    let mut receipts = Vec::with_capacity(count);
    for version in 0..count as i64 {
        let asked = append(&[(stream(number), version)]);
        let receipt = loop {
            match log.append(asked.clone()).await {
                Ok(receipt) => break receipt,
                Err(AppendError::Unavailable(_)) => tokio::time::sleep(Duration::from_millis(20)).await,
                Err(error) => panic!("nobody else writes to stream {number}: {error}"),
            }
        };
        assert_eq!(receipt.version, version + 1);
        receipts.push(receipt);
    }
    receipts
}

pub async fn exactly_one_writer_wins_each_version(on: Arc<Ground>) {
    let (writers, _) = size();
    let (versions, losses) = (60, Arc::new(AtomicUsize::new(0)));
    let processes = [on.log.clone(), on.another_process().await];
    let writing: Vec<_> = (0..writers)
        .map(|writer| {
            let (log, losses) = (processes[writer as usize % 2].clone(), losses.clone());
            tokio::spawn(async move {
                let mut won = Vec::new();
                for version in 0..versions {
                    match log.append(append(&[(stream(1), version)])).await {
                        Ok(receipt) => won.push(receipt.version),
                        Err(AppendError::Conflict { .. }) => drop(losses.fetch_add(1, SeqCst)),
                        Err(error) => panic!("{error}"),
                    }
                    // Wait for the version to be taken, by whomever.
                    while log.read_streams(&[(stream(1), version)]).await.unwrap().is_empty() {
                        tokio::task::yield_now().await;
                    }
                }
                won
            })
        })
        .collect();
    let mut won = Vec::new();
    for writer in writing {
        won.extend(writer.await.unwrap());
    }
    won.sort();
    assert_eq!(won, (1..=versions).collect::<Vec<_>>());
    assert_eq!(losses.load(SeqCst), (writers as usize - 1) * versions as usize);
    assert_eq!(sound(&on.log).await.len(), versions as usize);
}

pub async fn many_writers_and_a_follower(on: Arc<Ground>) {
    let (writers, count) = size();
    let (over, following) = follower(on.log.clone());
    let started = Instant::now();
    let writing: Vec<_> = (0..writers).map(|number| tokio::spawn(write(on.log.clone(), number, count))).collect();
    // Beside them some that are stopped at any moment: what they handed over is there as a whole or not at all.
    let stopped: Vec<_> = (0..writers / 2)
        .map(|number| {
            let log = on.log.clone();
            tokio::spawn(async move {
                for version in 0.. {
                    let asked = append(&[(stream(1_000 + number), version), (stream(2_000 + number), version)]);
                    log.append(asked).await.unwrap();
                    // In memory an append waits for nothing, and only one who waits can be stopped.
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for task in stopped {
        a_moment(1..40).await;
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
    }
    let mut receipts = Vec::new();
    for writer in writing {
        receipts.extend(writer.await.unwrap());
    }
    let took = started.elapsed();
    assert_eq!(receipts.len(), writers as usize * count);
    // What a stopped writer handed over last may still be under way; one more append is behind it.
    on.log.append(append(&[(stream(9_000), 0)])).await.unwrap();
    let total = compare(&on.log, over, following, &receipts).await;
    for number in 0..writers / 2 {
        let both = on.log.read_streams(&[(stream(1_000 + number), 0), (stream(2_000 + number), 0)]).await.unwrap();
        assert_eq!(both.len() % 2, 0, "two streams of one command never part");
    }
    report("many writers, one process", on.lasts(), writers, count, total, took);
}

pub async fn several_processes_while_connections_are_killed(on: Arc<Ground>) {
    let (writers, count) = size();
    let mut processes = vec![on.log.clone()];
    for _ in 0..3 {
        processes.push(on.another_process().await);
    }
    let (over, following) = follower(processes[3].clone());
    let done = Arc::new(AtomicBool::new(false));
    let killing = tokio::spawn(kill(on.clone(), done.clone()));
    let rolling_back = tokio::spawn(roll_back(on.clone(), done.clone()));
    let started = Instant::now();
    let writing: Vec<_> = (0..writers)
        .map(|number| tokio::spawn(write(processes[number as usize % processes.len()].clone(), number, count)))
        .collect();
    let mut receipts = Vec::new();
    for writer in writing {
        receipts.extend(writer.await.unwrap());
    }
    let took = started.elapsed();
    done.store(true, SeqCst);
    let (kills, rolled_back) = (killing.await.unwrap(), rolling_back.await.unwrap());
    assert!(kills > 0 && rolled_back > 0, "{kills} connections killed, {rolled_back} transactions rolled back");
    let total = compare(&on.log, over, following, &receipts).await;
    assert_eq!(total, writers as usize * count, "nothing is lost and nothing doubled");
    println!("  {kills} times a committer's connection was killed, {rolled_back} transactions were rolled back");
    report("four processes, connections killed", true, writers, count, total, took);
}

/// Ends the connection of one committer or another, at random, as long as there is work.
async fn kill(on: Arc<Ground>, done: Arc<AtomicBool>) -> usize {
    let owner = sqlx::PgPool::connect_with(on.owner()).await.unwrap();
    let mut kills = 0;
    while !done.load(SeqCst) {
        let killed: Vec<bool> = sqlx::query_scalar(
            "select pg_terminate_backend(pid) from (
               select pid from pg_stat_activity
               where application_name = 'docket committer' and datname = current_database() order by random() limit 1) one",
        )
        .fetch_all(&owner)
        .await
        .unwrap();
        kills += killed.len();
        a_moment(10..150).await;
    }
    kills
}

/// Appends and takes it back, as a process does that dies before its commit.
async fn roll_back(on: Arc<Ground>, done: Arc<AtomicBool>) -> usize {
    let pool = on.pool(eventlog::postgres::APP_ROLE).await;
    let mut rolled_back = 0;
    while !done.load(SeqCst) {
        let mut tx = pool.begin().await.unwrap();
        let ids = event("case.noted");
        let outcome: String = sqlx::query_scalar(
            "select outcome from log.append(array[(0, gen_random_uuid(), 'case', gen_random_uuid(), 1, $1, 'case.noted', 1,
               now(), 'operator', null, 'rolled back', sha256(''), '{}')::log.incoming])",
        )
        .bind(ids.id)
        .fetch_one(&mut *tx)
        .await
        .unwrap();
        assert_eq!(outcome, "all");
        a_moment(0..5).await;
        tx.rollback().await.unwrap();
        rolled_back += 1;
        a_moment(1..40).await;
    }
    rolled_back
}

async fn a_moment(milliseconds: std::ops::Range<u64>) {
    let pause = rand::rng().random_range(milliseconds);
    tokio::time::sleep(Duration::from_millis(pause)).await;
}

fn report(what: &str, lasts: bool, writers: u128, count: usize, total: usize, took: Duration) {
    let log = if lasts { "postgres" } else { "memory" };
    let rate = total as f64 / took.as_secs_f64();
    println!(
        "{log}: {what}: {writers} writers × {count} appends, {total} events in {took:.1?}, {rate:.0} events/s; observed = committed"
    );
}
