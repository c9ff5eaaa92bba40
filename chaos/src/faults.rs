//! All faults, in the order of the table: what is broken, how often, and what is promised.

mod away;
mod backend;
mod cancels;
mod clock;
mod crash;
mod disk;
mod foreign;
mod hostile;
mod kill;
mod network;
mod noisy;
mod notify;
mod points;
mod pool;
mod rolling;
mod zombie;

use crate::Outcome;
use crate::row::Row;
use crate::stage::Stage;
use futures::future::LocalBoxFuture;
use std::time::Duration;

/// Rows of one lane are played one after the other, each lane on a PostgreSQL of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Rows that keep the machine at work.
    Busy,
    /// Rows that mostly wait, at the same time.
    Patient,
    /// Rows that measure how long something takes, afterwards.
    Alone,
}

impl Lane {
    pub fn name(self) -> &'static str {
        match self {
            Lane::Busy => "busy",
            Lane::Patient => "patient",
            Lane::Alone => "alone",
        }
    }
}

/// One fault.
pub struct Line {
    pub name: &'static str,
    pub what: &'static str,
    /// What no recovery may exceed.
    pub bound: Option<Duration>,
    /// What is promised, in words.
    pub promise: &'static str,
    pub smoke: usize,
    pub full: usize,
    pub lane: Lane,
    pub run: for<'s> fn(&'s mut Stage, usize) -> LocalBoxFuture<'s, Outcome<Row>>,
}

macro_rules! line {
    ($name:ident, $lane:ident, $smoke:literal, $full:literal, $bound:expr, $what:literal, $promise:literal) => {
        Line {
            name: stringify!($name),
            what: $what,
            bound: $bound,
            promise: $promise,
            smoke: $smoke,
            full: $full,
            lane: Lane::$lane,
            run: |stage, rounds| Box::pin($name::run(stage, rounds)),
        }
    };
}

const fn seconds(seconds: u64) -> Option<Duration> {
    Some(Duration::from_secs(seconds))
}

/// Every fault of the survival test. Rounds: in a smoke, and in a full run.
#[rustfmt::skip]
pub const LINES: &[Line] = &[
    line!(kill, Busy, 4, 200, seconds(2), "server killed (-9) under load, at random", "first ok ≤ 2 s"),
    line!(points, Busy, 6, 60, seconds(2), "killed at each of six named points", "first ok ≤ 2 s"),
    line!(rolling, Busy, 2, 30, None, "two servers, rolling restart", "no accepted request lost, no 5xx but 503"),
    line!(crash, Busy, 2, 50, seconds(5), "PostgreSQL stopped (immediate) and restarted", "≤ 5 s after it accepts"),
    line!(backend, Busy, 2, 50, seconds(5), "one backend of PostgreSQL killed (-9)", "≤ 5 s after it accepts"),
    line!(away, Patient, 1, 3, seconds(10), "PostgreSQL away for 120 s (smoke: 10 s)", "all caught up ≤ 10 s, nobody restarts anything"),
    line!(network, Busy, 4, 100, seconds(5), "delays, slices, cuts, resets and lost answers between Docket and PostgreSQL", "first ok ≤ 5 s"),
    line!(disk, Busy, 1, 5, None, "disk full", "503, never a false ok; recovers"),
    line!(pool, Patient, 1, 5, None, "no connection left, log locked", "503, never a false ok; recovers"),
    line!(cancels, Busy, 200, 5000, None, "clients go away at random bytes", "no residue"),
    line!(foreign, Alone, 1, 3, seconds(1), "a foreign transaction open for 60 s (smoke: 5 s)", "read models lag ≤ 1 s"),
    line!(notify, Alone, 2, 20, seconds(1), "notifications lost", "read models lag ≤ 1 s"),
    line!(zombie, Busy, 1, 20, None, "projector frozen past its lease, another takes over", "the zombie writes 0 rows"),
    line!(clock, Busy, 2, 8, None, "clock of a server ±1 h, ±1 day", "log monotone, each deadline once"),
    line!(hostile, Alone, 0, 7, None, "slow clients, 10,000 idle sockets, 1 GiB bodies, depth 10⁵, gzip bomb", "memory ≤ +256 MiB, others' p99 ≤ 2 ×"),
    line!(noisy, Alone, 0, 8, None, "3 × overload; a noisy company beside a quiet one", "≥ 80 % of peak goodput; the quiet one's p99 ≤ 2 ×"),
];
