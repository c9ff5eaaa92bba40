//! What Docket leaves behind in PostgreSQL when it is at rest: no open transaction, no lock that nobody gives back, no connection
//! too many.

use super::{Complaint, Kind};
use crate::Outcome;
use sqlx::PgConnection;
use std::time::{Duration, Instant};

/// How long anything may linger after the clients have stopped: a reading process, a connection whose end was just noticed.
const LINGERING: Duration = Duration::from_secs(3);

/// Milliseconds after which a transaction or a wait counts as one that stays.
const STAYS: i64 = 1_000;

/// The most connections of each name that one server opens (api/src/house.rs, eventlog/src/postgres.rs); 1 of any other name.
const MOST: &[(&str, usize)] = &[
    ("docket app", 16),
    ("docket reader", 16),
    ("docket projector", 8),
    ("docket owner", 4),
    ("docket listener", 2),
    ("docket notices", 6),
];

/// One connection, as PostgreSQL sees it.
#[derive(Clone, Debug, Default, sqlx::FromRow)]
struct Session {
    name: String,
    /// Milliseconds in the transaction that is open. (Not in the state it is in: a pool may use a connection that was left within
    /// a transaction again and again, for questions that never notice.)
    open: Option<i64>,
    /// Milliseconds that it has been waiting for a lock.
    waits: Option<i64>,
    /// It holds an advisory lock.
    holds: bool,
}

/// Looks until there is nothing to complain of, and for a while if there is.
pub async fn check(conn: &mut PgConnection, servers: usize) -> Outcome<Vec<Complaint>> {
    let began = Instant::now();
    loop {
        let sessions: Vec<Session> = sqlx::query_as(
            "select application_name as name, (extract(epoch from clock_timestamp() - xact_start) * 1000)::bigint as open,
               case when wait_event_type = 'Lock' then (extract(epoch from clock_timestamp() - query_start) * 1000)::bigint end as waits,
               exists (select from pg_locks l where l.pid = a.pid and l.locktype = 'advisory') as holds
             from pg_stat_activity a where datname = current_database() and application_name like 'docket%'",
        )
        .fetch_all(&mut *conn)
        .await?;
        // What a process is just doing looks, for a moment, like what was left behind; only what stays was.
        if began.elapsed() > LINGERING {
            return Ok(judge(&sessions, servers, STAYS));
        }
        if judge(&sessions, servers, 0).is_empty() {
            return Ok(Vec::new());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn judge(sessions: &[Session], servers: usize, stays: i64) -> Vec<Complaint> {
    let mut said = Vec::new();
    for Session { name, open, waits, holds } in sessions {
        match (open, waits) {
            (_, Some(time)) if *time >= stays => {
                said.push(format!("a connection of {name} waits for a lock that nobody gives back"))
            }
            (Some(time), _) if *time >= stays => said.push(format!("a connection of {name} was left within a transaction")),
            _ => {}
        }
        if *holds && !name.starts_with("docket project") {
            said.push(format!("a connection of {name} keeps an advisory lock"));
        }
    }
    let mut names: Vec<&str> = sessions.iter().map(|session| session.name.as_str()).collect();
    names.sort_unstable();
    for same in names.chunk_by(|one, other| one == other) {
        let most = servers * MOST.iter().find(|(name, _)| *name == same[0]).map_or(1, |(_, most)| *most);
        if same.len() > most {
            said.push(format!("there are {} connections of {}, at most {most} are in use", same.len(), same[0]));
        }
    }
    said.into_iter().map(|what| Kind::Session.says(what)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> Session {
        Session { name: name.into(), ..Session::default() }
    }

    fn said(sessions: &[Session]) -> Vec<String> {
        judge(sessions, 1, STAYS).into_iter().map(|complaint| complaint.what).collect()
    }

    #[test]
    fn a_house_at_rest_gives_no_reason_to_complain() {
        let worker = Session { holds: true, ..of("docket projects worklist") };
        let reading = Session { open: Some(40), ..of("docket reader") };
        assert_eq!(said(&[worker, reading, of("docket committer")]), Vec::<String>::new());
    }

    #[test]
    fn whatever_is_left_behind_is_noticed() {
        assert!(said(&[Session { open: Some(1_900), ..of("docket app") }])[0].contains("left within a transaction"));
        assert!(said(&[Session { open: Some(9), waits: Some(2_000), ..of("docket committer") }])[0].contains("waits for a lock"));
        assert!(said(&[Session { holds: true, ..of("docket owner") }])[0].contains("advisory lock"));
        assert!(said(&[of("docket committer"), of("docket committer")])[0].contains("2 connections of docket committer"));
        let many = vec![of("docket listener"); 3];
        assert!(said(&many)[0].contains("at most 2"));
    }
}
