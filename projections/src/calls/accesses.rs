//! Who looked at which calls, journals and recordings, for those who look after all of a company (B.R4).

use crate::page::{Listing, Page};
use crate::{Keys, ReadModel, Row, Rows, Table, Unappliable, table, wall};
use domain::calls::access::{AccessEvent, Seen};
use domain::calls::journal::JournalEvent;
use domain::{CallId, Fact, Instant, JournalId, TenantId, UserId};
use eventlog::{Position, Recorded};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use sqlx::types::Json;
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// The list of those who looked.
pub struct Accesses;

/// One thing in an answer that somebody was given. The columns are explained in `migrations/read/accesses.sql`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccessRow {
    pub tenant_id: TenantId,
    pub position: Position,
    pub entry: i32,
    pub user_id: UserId,
    pub what: Seen,
    pub thing_id: Uuid,
    pub route: String,
    pub at: Instant,
}

/// The primary key of an access.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct AccessKey {
    pub tenant_id: TenantId,
    pub position: Position,
    pub entry: i32,
}

impl Row for AccessRow {
    const TABLE: &'static str = "accesses";
    const KEY: &'static [&'static str] = &["tenant_id", "position", "entry"];
    const JOURNAL: bool = true;
    type Key = AccessKey;

    fn key(&self) -> AccessKey {
        AccessKey { tenant_id: self.tenant_id, position: self.position, entry: self.entry }
    }
}

/// Of which call a journal is, or was: looks at it belong to the call's list when the journal itself is gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JournalOfCall {
    pub tenant_id: TenantId,
    pub journal_id: JournalId,
    pub call_id: CallId,
}

/// The primary key of a journal's call.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct JournalOfCallKey {
    pub tenant_id: TenantId,
    pub journal_id: JournalId,
}

impl Row for JournalOfCall {
    const TABLE: &'static str = "journals_of_calls";
    const KEY: &'static [&'static str] = &["tenant_id", "journal_id"];
    const JOURNAL: bool = true;
    type Key = JournalOfCallKey;

    fn key(&self) -> JournalOfCallKey {
        JournalOfCallKey { tenant_id: self.tenant_id, journal_id: self.journal_id }
    }
}

impl ReadModel for Accesses {
    const NAME: &'static str = "accesses";
    const VERSION: i32 = 2;
    const CATEGORIES: &'static [&'static str] = &["access", "journal"];
    const SQL: &'static str = include_str!("../../../migrations/read/accesses.sql");
    const WALLS: &'static [(&'static str, &'static str)] =
        &[("accesses", wall::EVERYTHING), ("journals_of_calls", wall::EVERYTHING)];

    fn tables() -> Vec<Box<dyn Table>> {
        vec![table::<AccessRow>(), table::<JournalOfCall>()]
    }

    fn keys(event: &Recorded, fact: &Fact, keys: &mut Keys<'_>) {
        rows_of(event, fact).for_each(|row| keys.want::<AccessRow>(row.key()));
        if let Some(row) = written(event, fact) {
            keys.want::<JournalOfCall>(row.key());
        }
    }

    fn evolve(rows: &mut Rows, event: &Recorded, fact: &Fact) -> Result<(), Unappliable> {
        rows_of(event, fact).try_for_each(|row| rows.put(row))?;
        written(event, fact).map_or(Ok(()), |row| rows.put(row))
    }
}

/// The call of a journal that was just written.
fn written(event: &Recorded, fact: &Fact) -> Option<JournalOfCall> {
    let Fact::Journal(JournalEvent::Written { call, .. }) = fact else { return None };
    Some(JournalOfCall { tenant_id: event.stream.tenant, journal_id: JournalId(event.stream.id), call_id: *call })
}

/// A row for each thing that an event names.
fn rows_of<'e>(event: &'e Recorded, fact: &'e Fact) -> impl Iterator<Item = AccessRow> + 'e {
    let noted = match fact {
        Fact::Access(AccessEvent::Noted { user, entries }) => Some((*user, entries)),
        _ => None,
    };
    let things = noted
        .into_iter()
        .flat_map(|(user, entries)| entries.iter().flat_map(move |look| look.ids.iter().map(move |thing| (user, look, *thing))));
    things.zip(0..).map(|((user_id, look, thing_id), entry)| AccessRow {
        tenant_id: event.stream.tenant,
        position: event.position,
        entry,
        user_id,
        what: look.what,
        thing_id,
        route: look.route.to_string(),
        at: look.at,
    })
}

/// Where a page of the list ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    pub at: Instant,
    pub position: Position,
    pub entry: i32,
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.at.timestamp_micros(), self.position.to_i64(), self.entry)
    }
}

impl FromStr for Ended {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let numbers: Vec<Option<i64>> = text.split('.').map(|part| part.parse().ok().filter(|number| *number >= 0)).collect();
        let &[Some(at), Some(position), Some(entry)] = &numbers[..] else { return Err("no place in a list") };
        match (Instant::from_timestamp_micros(at), i32::try_from(entry)) {
            (Some(at), Ok(entry)) => Ok(Self { at, position: Position::from_i64(position), entry }),
            _ => Err("no place in a list"),
        }
    }
}

/// Who looked at a call, at the journals it has, or listened to its recording, the last first.
pub async fn of_call(
    conn: &mut PgConnection,
    tenant: TenantId,
    call: CallId,
    page: Page,
    before: Option<Ended>,
) -> sqlx::Result<Listing<AccessRow>> {
    let total = sqlx::query_scalar!(
        r#"select count(*) as "n!" from accesses where tenant_id = $1
             and thing_id in (select $2::uuid
               union all select journal_id from journals_of_calls where tenant_id = $1 and call_id = $2)"#,
        tenant.0,
        call.0,
    );
    let total = total.fetch_one(&mut *conn).await?;
    let (offset, limit) = if before.is_some() { (0, page.bounds().1) } else { page.bounds() };
    let first = before.is_none();
    let (at, position, entry) =
        before.map_or_else(Default::default, |before| (before.at, before.position.to_i64(), before.entry));
    let rows = sqlx::query_scalar!(
        r#"select to_json(a) as "access!: Json<AccessRow>" from accesses a
           where tenant_id = $1 and ($3 or (at, position, entry) < ($4, $5, $6))
             and thing_id in (select $2::uuid
               union all select journal_id from journals_of_calls where tenant_id = $1 and call_id = $2)
           order by at desc, position desc, entry desc offset $7 limit $8"#,
        tenant.0,
        call.0,
        first,
        at,
        position,
        entry,
        offset,
        limit + 1,
    );
    let mut rows: Vec<AccessRow> = rows.fetch_all(conn).await?.into_iter().map(|row| row.0).collect();
    let more = rows.len() as i64 > limit;
    rows.truncate(limit as usize);
    let next =
        rows.last().filter(|_| more).map(|last| Ended { at: last.at, position: last.position, entry: last.entry }.to_string());
    Ok(Listing { rows, total, next })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::story::{Story, TENANT, at_day};
    use domain::calls::access::{Access, Look};

    #[test]
    fn every_thing_in_an_answer_is_a_row() {
        let user = UserId(Uuid::from_u128(7));
        let look = |what, ids: &[u128]| Look {
            what,
            ids: ids.iter().copied().map(Uuid::from_u128).collect(),
            route: "GET /api/call-records".try_into().unwrap(),
            at: at_day(0),
        };
        let mut story = Story::default();
        let entries = vec![look(Seen::Call, &[1, 2]), look(Seen::Recording, &[1])];
        story.add(0, "access", Access::id(TENANT, user, at_day(0)), AccessEvent::Noted { user, entries });
        let rows = story.rows::<Accesses>();
        let shown = |entry| {
            let key = AccessKey { tenant_id: TENANT, position: Position::from_i64(1), entry };
            rows.get::<AccessRow>(&key).ok().flatten().map(|row| (row.what, row.thing_id.as_u128(), row.user_id))
        };
        let all: Vec<_> = (0..4).filter_map(shown).collect();
        assert_eq!(all, [(Seen::Call, 1, user), (Seen::Call, 2, user), (Seen::Recording, 1, user)]);
    }

    #[test]
    fn of_which_call_a_journal_was_is_known_when_it_is_gone() {
        let journal = Uuid::from_u128(9);
        let body = include_bytes!("../../../domain/tests/golden/journal.written.json");
        let mut story = Story::default();
        let written: JournalEvent = domain::event::decode("journal.written", body).unwrap();
        story.add(0, "journal", journal, written);
        story.add(1, "journal", journal, JournalEvent::Disposed { reason: "too old".into() });
        let rows = story.rows::<Accesses>();
        let key = JournalOfCallKey { tenant_id: TENANT, journal_id: JournalId(journal) };
        let known = rows.get::<JournalOfCall>(&key).unwrap().unwrap();
        assert_eq!(known.call_id.to_string(), "0199c3d2-7a10-7c4e-9b1d-000000000010");
    }

    #[test]
    fn a_page_says_where_it_ended() {
        let ended = Ended { at: Instant::from_timestamp_micros(7).unwrap(), position: Position::from_i64(12), entry: 3 };
        assert_eq!((ended.to_string().as_str(), ended.to_string().parse()), ("7.12.3", Ok(ended)));
        let bad = ["", "12", "12.3", "1..3", "1.2.3.4", "x.1.2", "1.2.9999999999", "-1.2.3", "9223372036854775807.1.2"];
        assert!(bad.iter().all(|bad| bad.parse::<Ended>().is_err()));
    }
}
