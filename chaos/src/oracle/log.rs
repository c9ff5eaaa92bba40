//! The log as PostgreSQL keeps it: read past all of Docket's code, and looked at for whether it is one at all.

use super::screens::Screens;
use super::{Complaint, Kind};
use crate::Outcome;
use domain::{StreamId, TenantId};
use eventlog::{Position, Recorded, leaf};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};
use std::collections::{HashMap, HashSet};

/// Reads what was added since, and complains if what was read before is no longer what it was.
pub async fn read_on(conn: &mut PgConnection, events: &mut Vec<Recorded>, screens: &mut Screens) -> Outcome<Vec<Complaint>> {
    let mut complaints = Vec::new();
    let last = events.last().map_or(0, |event| event.position.to_i64());
    let leaves: Vec<u8> = events.iter().flat_map(|event| event.leaf).collect();
    let same: bool = sqlx::query_scalar(
        "select sha256(coalesce(string_agg(leaf, ''::bytea order by position), '')) = sha256($1) from log.events where position <= $2",
    )
    .bind(leaves)
    .bind(last)
    .fetch_one(&mut *conn)
    .await?;
    if !same {
        complaints.push(Kind::Log.says(format!("what the log had said up to position {last} is no longer what it says")));
        events.clear();
        *screens = Screens::empty();
    }
    let rows = sqlx::query(
        "select position, tenant_id, category, stream_id, version, event_id, type, schema, recorded_at, occurred_at, actor, cause,
           command_key, body, leaf
         from log.events where position > $1 order by position",
    );
    let last = events.last().map_or(0, |event| event.position.to_i64());
    for row in rows.bind(last).fetch_all(conn).await? {
        events.push(recorded(&row)?);
    }
    Ok(complaints)
}

fn recorded(row: &PgRow) -> Outcome<Recorded> {
    Ok(Recorded {
        position: Position::from_i64(row.try_get("position")?),
        stream: StreamId {
            tenant: TenantId(row.try_get("tenant_id")?),
            category: row.try_get::<String, _>("category")?.into(),
            id: row.try_get("stream_id")?,
        },
        version: row.try_get("version")?,
        event_id: row.try_get("event_id")?,
        name: row.try_get("type")?,
        schema: row.try_get("schema")?,
        recorded_at: row.try_get("recorded_at")?,
        occurred_at: row.try_get("occurred_at")?,
        actor: row.try_get::<String, _>("actor")?.parse()?,
        cause: row.try_get("cause")?,
        key: row.try_get("command_key")?,
        body: row.try_get("body")?,
        leaf: row.try_get::<Vec<u8>, _>("leaf")?.try_into().map_err(|_| "a leaf is not 32 bytes long")?,
    })
}

/// Positions and versions dense, time never backwards, every leaf what its event says.
pub fn check(events: &[Recorded]) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let mut complain = |what: String| complaints.push(Kind::Log.says(what));
    let (mut versions, mut ids) = (HashMap::new(), HashSet::new());
    for (nth, event) in (1..).zip(events) {
        let position = event.position;
        if position.to_i64() != nth {
            complain(format!("position {position} stands where {nth} should"));
        }
        let version: &mut i64 = versions.entry(&event.stream).or_default();
        *version += 1;
        if event.version != *version {
            complain(format!("position {position}: version {} of {} stands where {version} should", event.version, event.stream));
        }
        if !ids.insert(event.event_id) {
            complain(format!("position {position}: the event {} stands twice", event.event_id));
        }
        if leaf::leaf(event) != event.leaf {
            complain(format!("position {position}: the leaf is not that of the event"));
        }
    }
    for pair in events.windows(2) {
        if pair[1].recorded_at < pair[0].recorded_at {
            complain(format!("position {} was recorded before the one it follows", pair[1].position));
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::super::story::Story;
    use super::*;
    use chrono::TimeDelta;

    /// What is said of three payments after something was done to them.
    fn after(change: impl Fn(&mut Vec<Recorded>)) -> String {
        let mut story = Story::default();
        (1..=3).for_each(|n| story.pay(&format!("k{n}"), n));
        change(&mut story.events);
        check(&story.events).into_iter().map(|complaint| complaint.what).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn a_log_that_is_one_gives_no_reason_to_complain() {
        assert_eq!(after(|_| ()), "");
    }

    #[test]
    fn whatever_a_log_must_not_be_is_noticed() {
        assert!(after(|events| drop(events.remove(1))).contains("position 3 stands where 2 should"));
        assert!(after(|events| drop(events.remove(1))).contains("version 3 of"));
        assert!(after(|events| events[2].event_id = events[0].event_id).contains("stands twice"));
        assert!(after(|events| events[1].body.push(b' ')).contains("position 2: the leaf"));
        assert!(after(|events| events[2].recorded_at -= TimeDelta::hours(1)).contains("was recorded before"));
    }
}
