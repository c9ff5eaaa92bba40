//! Judges, when a fault is over, whether everything that was promised is so: from the log, the journal and PostgreSQL itself.
//!
//! It takes no word of Docket's for anything. The log is read as the superuser, past all of Docket's code; what was promised is
//! what clients took down in their journal; the read models are folded afresh here. There is no outbox yet, so no outside effect
//! is judged: when there is one, "each effect once" belongs beside the deadlines.

mod deadlines;
mod log;
mod order;
mod promises;
mod screens;
mod sessions;
#[cfg(test)]
mod story;
pub mod walls;

use crate::Outcome;
use crate::journal::{Fate, Wish};
use eventlog::Recorded;
use screens::Screens;
use sqlx::{Connection, PgConnection};
use std::collections::HashSet;
use std::time::{Duration, Instant};

/// How long read models may take to show all that is on the log, once nobody asks for anything any more.
const CATCHING_UP: Duration = Duration::from_secs(30);
/// How long a deadline may stay unrecorded: a process that could not settle it leaves it alone for 30 s.
const SETTLING: Duration = Duration::from_secs(40);
/// Of complaints of one kind, so many are told in words.
const EXAMPLES: usize = 4;

/// What is remembered between the judgements of one world.
pub struct Watermark {
    /// Servers that the world has at most: so many times each of their connections may be there.
    pub servers: usize,
    events: Vec<Recorded>,
    screens: Screens,
    acknowledged: u64,
    /// What was complained of already.
    told: HashSet<String>,
}

impl Default for Watermark {
    fn default() -> Self {
        let (events, screens, told) = (Vec::new(), Screens::empty(), HashSet::new());
        Self { servers: 2, events, screens, acknowledged: 0, told }
    }
}

/// What the oracle has to say since it was last asked.
#[derive(Debug, Default, PartialEq)]
pub struct Findings {
    /// Commands answered with a yes.
    pub acknowledged: u64,
    pub lost: u64,
    pub doubled: u64,
    pub phantom: u64,
    /// All promises that were not kept, the first few of each kind in words.
    pub broken: Vec<String>,
}

/// A promise that was not kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Complaint {
    pub kind: Kind,
    pub what: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Acknowledged and not on the log.
    Lost,
    /// On the log more than once.
    Doubled,
    /// On the log though nobody asked for it, or though it was refused.
    Phantom,
    /// The log itself is not as a log must be.
    Log,
    /// Something acknowledged earlier stands after something asked for later.
    Order,
    Deadline,
    Screen,
    Session,
}

impl Kind {
    pub fn says(self, what: impl Into<String>) -> Complaint {
        Complaint { kind: self, what: what.into() }
    }
}

/// Judges a world that has come to rest: the clients wait, the servers go on.
pub async fn check(database_url: &str, wishes: &[Wish], seen: &mut Watermark) -> Outcome<Findings> {
    let mut conn = PgConnection::connect(database_url).await?;
    sqlx::raw_sql("set application_name = 'oracle'; set timezone = 'UTC'").execute(&mut conn).await?;
    let sessions = sessions::check(&mut conn, seen.servers).await?;
    let settled = settled(&mut conn, seen).await?;
    conn.close().await?;
    // What weighs most comes first.
    let mut complaints = promises::check(&seen.events, wishes);
    complaints.extend(order::check(&seen.events, wishes));
    complaints.extend(log::check(&seen.events));
    complaints.extend(sessions.into_iter().chain(settled));
    let acknowledged = wishes.iter().filter(|wish| matches!(wish.fate, Fate::Ok { .. })).count() as u64;
    let findings = Findings { acknowledged: acknowledged - seen.acknowledged, ..findings(complaints, &mut seen.told) };
    seen.acknowledged = acknowledged;
    Ok(findings)
}

/// The whole log, read past all of Docket's code.
pub async fn events(database_url: &str) -> Outcome<Vec<Recorded>> {
    let mut conn = PgConnection::connect(database_url).await?;
    let mut seen = Watermark::default();
    log::read_on(&mut conn, &mut seen.events, &mut seen.screens).await?;
    conn.close().await?;
    Ok(seen.events)
}

/// Waits until deadlines that are due are on record and the read models show the whole log; complains of what is not so in time.
async fn settled(conn: &mut PgConnection, seen: &mut Watermark) -> Outcome<Vec<Complaint>> {
    let began = Instant::now();
    let mut complaints = Vec::new();
    loop {
        complaints.extend(log::read_on(conn, &mut seen.events, &mut seen.screens).await?);
        let deadlines = deadlines::check(&seen.events, chrono::Utc::now());
        let screens = seen.screens.check(conn, &seen.events).await?;
        let waits = !deadlines.unrecorded.is_empty() && began.elapsed() < SETTLING;
        let lags = screens.behind && began.elapsed() < CATCHING_UP;
        if !waits && !lags {
            complaints.extend(deadlines.complaints.into_iter().chain(deadlines.unrecorded).chain(screens.complaints));
            return Ok(complaints);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn findings(complaints: Vec<Complaint>, told: &mut HashSet<String>) -> Findings {
    let mut findings = Findings::default();
    let mut kinds: Vec<(Kind, usize)> = Vec::new();
    for complaint in complaints {
        if !told.insert(complaint.what.clone()) {
            continue;
        }
        match complaint.kind {
            Kind::Lost => findings.lost += 1,
            Kind::Doubled => findings.doubled += 1,
            Kind::Phantom => findings.phantom += 1,
            _ => {}
        }
        match kinds.iter_mut().find(|(kind, _)| *kind == complaint.kind) {
            Some((_, count)) => *count += 1,
            None => kinds.push((complaint.kind, 1)),
        }
        if kinds.iter().any(|(kind, count)| *kind == complaint.kind && *count <= EXAMPLES) {
            findings.broken.push(complaint.what);
        }
    }
    let more = kinds.into_iter().filter(|(_, count)| *count > EXAMPLES);
    findings.broken.extend(more.map(|(kind, count)| format!("{kind:?}: {} more", count - EXAMPLES)));
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_complaint_is_told_once_and_of_many_the_first_few() {
        let mut told = HashSet::new();
        let lost = |n: usize| (0..n).map(|n| Kind::Lost.says(format!("lost {n}"))).collect::<Vec<_>>();
        let first = findings(lost(7), &mut told);
        assert_eq!((first.lost, first.broken.len()), (7, EXAMPLES + 1));
        assert_eq!(first.broken.last().map(String::as_str), Some("Lost: 3 more"));
        let second = findings(lost(8), &mut told);
        assert_eq!((second.lost, second.broken), (1, vec!["lost 7".to_owned()]));
        assert_eq!(findings(lost(8), &mut told), Findings::default());
    }
}
