//! How much each telephone system has sent, when it last did, and when it was asked: whoever looks after them sees one that fell silent.

use crate::{Keys, ReadModel, Row, Rows, Table, Unappliable, table, wall};
use domain::calls::call::CallEvent;
use domain::calls::held_record::HeldRecordEvent;
use domain::calls::source_sync::SourceSyncEvent;
use domain::{Fact, Instant, SourceId, TenantId};
use eventlog::Recorded;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use sqlx::types::Json;

/// What came from the telephone systems.
pub struct SourceActivity;

/// What came from one of them. The columns are explained in `migrations/read/source_activity.sql`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Activity {
    pub tenant_id: TenantId,
    pub source_id: SourceId,
    pub calls: i64,
    pub held: i64,
    pub last_call_at: Option<Instant>,
    pub last_held_at: Option<Instant>,
    pub last_synced_at: Option<Instant>,
    pub last_sync_failed_at: Option<Instant>,
    pub sync_failure: Option<String>,
}

/// The primary key of a telephone system's row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ActivityKey {
    pub tenant_id: TenantId,
    pub source_id: SourceId,
}

impl Row for Activity {
    const TABLE: &'static str = "source_activity";
    const KEY: &'static [&'static str] = &["tenant_id", "source_id"];
    type Key = ActivityKey;

    fn key(&self) -> ActivityKey {
        ActivityKey { tenant_id: self.tenant_id, source_id: self.source_id }
    }
}

/// The telephone system from which something new came, or that was asked.
fn sender(event: &Recorded, fact: &Fact) -> Option<ActivityKey> {
    match fact {
        Fact::Call(CallEvent::Recorded { source, .. }) | Fact::HeldRecord(HeldRecordEvent::Held { source, .. }) => {
            Some(ActivityKey { tenant_id: event.stream.tenant, source_id: *source })
        }
        Fact::SourceSync(_) => Some(ActivityKey { tenant_id: event.stream.tenant, source_id: SourceId(event.stream.id) }),
        _ => None,
    }
}

impl ReadModel for SourceActivity {
    const NAME: &'static str = "source_activity";
    const VERSION: i32 = 2;
    const CATEGORIES: &'static [&'static str] = &["call", "held_record", "source_sync"];
    const SQL: &'static str = include_str!("../../../migrations/read/source_activity.sql");
    const WALLS: &'static [(&'static str, &'static str)] = &[("source_activity", wall::EVERYTHING)];

    fn tables() -> Vec<Box<dyn Table>> {
        vec![table::<Activity>()]
    }

    fn keys(event: &Recorded, fact: &Fact, keys: &mut Keys<'_>) {
        if let Some(key) = sender(event, fact) {
            keys.want::<Activity>(key);
        }
    }

    fn evolve(rows: &mut Rows, event: &Recorded, fact: &Fact) -> Result<(), Unappliable> {
        let Some(key) = sender(event, fact) else { return Ok(()) };
        let none = || Activity {
            tenant_id: key.tenant_id,
            source_id: key.source_id,
            calls: 0,
            held: 0,
            last_call_at: None,
            last_held_at: None,
            last_synced_at: None,
            last_sync_failed_at: None,
            sync_failure: None,
        };
        let row = rows.or_new::<Activity>(&key, none)?;
        // When it came in counts, not when the call was: a telephone system that sends an old day again is not silent.
        let at = Some(event.recorded_at);
        match fact {
            Fact::Call(_) => {
                row.calls += 1;
                row.last_call_at = row.last_call_at.max(at);
            }
            Fact::SourceSync(SourceSyncEvent::Done { .. }) => {
                row.last_synced_at = row.last_synced_at.max(at);
                row.sync_failure = None;
            }
            Fact::SourceSync(SourceSyncEvent::Failed { asked, why }) => {
                row.last_sync_failed_at = row.last_sync_failed_at.max(at);
                row.sync_failure = Some(format!("{asked}: {why}"));
            }
            _ => {
                row.held += 1;
                row.last_held_at = row.last_held_at.max(at);
            }
        }
        Ok(())
    }
}

/// What came from each telephone system of a company.
pub async fn list(conn: &mut PgConnection, tenant: TenantId) -> sqlx::Result<Vec<Activity>> {
    let rows = sqlx::query_scalar!(
        r#"select to_json(s) as "source!: Json<Activity>" from source_activity s where tenant_id = $1 order by source_id"#,
        tenant.0,
    );
    Ok(rows.fetch_all(conn).await?.into_iter().map(|row| row.0).collect())
}

/// A telephone system that can be asked, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct ToAsk {
    pub tenant: TenantId,
    pub source: SourceId,
    pub base: String,
    /// As whom it is asked for a token, if it wants that.
    pub client: Option<String>,
}

/// The telephone systems with a base URL that were not asked since then, of every company that is not being filled from a history.
pub async fn to_ask(conn: &mut PgConnection, since: Instant) -> sqlx::Result<Vec<ToAsk>> {
    let found = sqlx::query!(
        r#"select s.tenant_id, s.source_id, s.base_url as "base!", s.client_id as client from sources s
             left join source_activity a on a.tenant_id = s.tenant_id and a.source_id = s.source_id
           where s.base_url is not null and coalesce(greatest(a.last_synced_at, a.last_sync_failed_at), '-infinity') < $1
             and not exists (select from companies c where c.tenant_id = s.tenant_id and c.importing)
           order by s.tenant_id, s.source_id"#,
        since,
    );
    let found = found.fetch_all(conn).await?.into_iter();
    let wanted = found.map(|row| ToAsk {
        tenant: TenantId(row.tenant_id),
        source: SourceId(row.source_id),
        base: row.base,
        client: row.client,
    });
    Ok(wanted.collect())
}

/// How many records of a company wait in quarantine.
pub async fn waiting(conn: &mut PgConnection, tenant: TenantId) -> sqlx::Result<i64> {
    let waiting =
        sqlx::query_scalar!(r#"select count(*) as "n!" from held_records where tenant_id = $1 and state = 'waiting'"#, tenant.0,);
    waiting.fetch_one(conn).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::story::{Story, TENANT, at_day};
    use domain::Personal;
    use domain::calls::held_record::HeldRaw;
    use uuid::Uuid;

    #[test]
    fn what_could_not_be_understood_is_a_sign_of_life_too() {
        let source = SourceId(Uuid::from_u128(5));
        let held = |text: &str| HeldRecordEvent::Held {
            source,
            raw: Personal::new(HeldRaw::Text(text.to_owned())),
            sha256: text.to_owned(),
            field: "time-start".into(),
            reason: "is no time".into(),
        };
        let mut story = Story::default();
        story.add(1, "held_record", Uuid::from_u128(1), held("a"));
        story.add(2, "held_record", Uuid::from_u128(2), held("b"));
        let reason = "a test of the line".try_into().unwrap();
        story.add(3, "held_record", Uuid::from_u128(1), HeldRecordEvent::Dismissed { reason });
        let key = ActivityKey { tenant_id: TENANT, source_id: source };
        let row = story.rows::<SourceActivity>().get::<Activity>(&key).unwrap().unwrap().clone();
        assert_eq!((row.calls, row.held, row.last_call_at, row.last_held_at), (0, 2, None, Some(at_day(2))));
    }

    #[test]
    fn one_that_was_asked_shows_when_it_last_answered_and_what_is_wrong_now() {
        let id = Uuid::from_u128(5);
        let failed =
            || SourceSyncEvent::Failed { asked: "Users, page 1".try_into().unwrap(), why: "it answered 500".try_into().unwrap() };
        let row = |story: &Story| {
            let key = ActivityKey { tenant_id: TENANT, source_id: SourceId(id) };
            let row = story.rows::<SourceActivity>().get::<Activity>(&key).unwrap().unwrap().clone();
            (row.last_synced_at, row.last_sync_failed_at, row.sync_failure)
        };
        let mut story = Story::default();
        story.add(1, "source_sync", id, SourceSyncEvent::Done { users: 6, calls: 2 });
        story.add(2, "source_sync", id, failed());
        assert_eq!(row(&story), (Some(at_day(1)), Some(at_day(2)), Some("Users, page 1: it answered 500".into())));
        story.add(3, "source_sync", id, SourceSyncEvent::Done { users: 6, calls: 0 });
        assert_eq!(row(&story), (Some(at_day(3)), Some(at_day(2)), None));
    }
}
