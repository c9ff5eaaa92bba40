//! What the desk promises: no note is lost while the log takes nothing, none is written twice, and a full queue is said.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use domain::calls::access::{AccessEvent, Seen};
use domain::{Actor, Fact};
use eventlog::{Log, Position, memory::MemoryLog};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const TENANT: TenantId = TenantId(Uuid::from_u128(1));

fn user(n: u128) -> UserId {
    UserId(Uuid::from_u128(n))
}

fn look(things: usize, at: &str) -> Look {
    Look {
        what: Seen::Call,
        ids: (0..things as u128).map(Uuid::from_u128).collect(),
        route: "GET /api/call-records".try_into().unwrap(),
        at: at.parse().unwrap(),
    }
}

const NINE: &str = "2026-01-05T09:59:59Z";
const TEN: &str = "2026-01-05T10:00:00Z";

/// A book that takes nothing so many times.
struct Stubborn {
    refusals: AtomicUsize,
    commands: Commands,
}

impl Book for Stubborn {
    async fn write(&self, sheets: Vec<Sheet>) -> Vec<Sheet> {
        let left = self.refusals.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        match left {
            // The first time the log takes everything and its answer is lost.
            Ok(2) => self.commands.write(sheets.iter().map(Sheet::copy).collect()).await.into_iter().chain(sheets).collect(),
            Ok(_) => sheets,
            Err(_) => self.commands.write(sheets).await,
        }
    }
}

impl Sheet {
    fn copy(&self) -> Self {
        let Self { tenant, stream, key, command } = self;
        Self { tenant: *tenant, stream: *stream, key: key.clone(), command: command.clone() }
    }
}

fn ground() -> (Log, Commands) {
    let log = Log::from(MemoryLog::new());
    let clock: commands::Clock = Arc::new(|| TEN.parse().unwrap());
    (log.clone(), Commands::new(log, clock))
}

async fn on_record(log: &Log) -> Vec<(UserId, Vec<Look>)> {
    let events = log.read(Position::START, 10_000).await.unwrap();
    events
        .iter()
        .map(|event| {
            assert_eq!(event.actor, Actor::Process("accesses".into()));
            match Fact::read(&event.name, &event.body).unwrap() {
                Fact::Access(AccessEvent::Noted { user, entries }) => (user, entries),
                other => panic!("{other:?}"),
            }
        })
        .collect()
}

#[tokio::test]
async fn notes_are_gathered_by_person_and_hour() {
    let (log, commands) = ground();
    let desk = Desk::open(commands);
    for (who, at) in [(1, NINE), (2, NINE), (1, NINE), (1, TEN)] {
        desk.note(TENANT, user(who), look(2, at)).await.unwrap();
    }
    assert!(on_record(&log).await.is_empty(), "nobody waits for the log");
    desk.flush().await;
    let mut noted: Vec<_> = on_record(&log).await.iter().map(|(user, entries)| (user.0.as_u128(), entries.len())).collect();
    noted.sort_unstable();
    assert_eq!(noted, [(1, 1), (1, 2), (2, 1)]);
    desk.note(TENANT, user(3), look(1, TEN)).await.unwrap();
    sleep(EVERY * 2).await;
    assert_eq!(on_record(&log).await.len(), 4, "what was noted is on record soon, without anybody asking for it");
}

#[tokio::test]
async fn long_answers_are_several_events() {
    let (log, commands) = ground();
    let desk = Desk::open(commands);
    desk.note(TENANT, user(1), look(2_500, NINE)).await.unwrap();
    desk.note(TENANT, user(1), look(600, NINE)).await.unwrap();
    desk.flush().await;
    let things = |entries: &[Look]| entries.iter().map(|look| look.ids.len()).sum::<usize>();
    let sizes: Vec<_> = on_record(&log).await.iter().map(|(_, entries)| things(entries)).collect();
    assert_eq!((sizes.iter().sum::<usize>(), sizes.iter().all(|size| *size <= MOST)), (3_100, true), "{sizes:?}");
}

#[tokio::test]
async fn what_the_log_does_not_take_is_tried_again_and_written_once() {
    let (log, commands) = ground();
    let desk = Desk::with(Stubborn { refusals: 2.into(), commands }, 8);
    desk.note(TENANT, user(1), look(1, NINE)).await.unwrap();
    desk.flush().await;
    assert_eq!(on_record(&log).await, [(user(1), vec![look(1, NINE)])]);
}

#[tokio::test]
async fn closing_writes_what_is_there_and_takes_no_more() {
    let (log, commands) = ground();
    let desk = Desk::with(Stubborn { refusals: 4.into(), commands }, 8);
    desk.note(TENANT, user(1), look(1, NINE)).await.unwrap();
    desk.close().await;
    assert_eq!(on_record(&log).await.len(), 1);
    let refused = desk.note(TENANT, user(1), look(1, NINE)).await.unwrap_err();
    assert_eq!(refused.kind, crate::error::Kind::Unavailable);
    desk.flush().await;
}

#[tokio::test]
async fn a_full_queue_lets_readers_wait_and_then_shows_them_nothing() {
    let (_, commands) = ground();
    let desk = Desk::with(Stubborn { refusals: usize::MAX.into(), commands }, 2);
    let began = Instant::now();
    let mut taken = 0;
    while desk.note(TENANT, user(1), look(1, NINE)).await.is_ok() {
        taken += 1;
    }
    // Two in the queue, and as many as the clerk already held.
    assert!((2..=4).contains(&taken) && began.elapsed() >= PATIENCE, "{taken} after {:?}", began.elapsed());
    desk.close().await;
    assert!(began.elapsed() < PATIENCE + FAREWELL * 2, "a log that never comes back does not keep the house open");
}
