//! Records in quarantine: what came in, why it could not be understood, and what became of it.

use crate::page::{Listing, Page};
use crate::{Keys, ReadModel, Row, Rows, Table, Unappliable, table, wall};
use domain::calls::call::CallEvent;
use domain::calls::held_record::{HeldRaw, HeldRecordEvent};
use domain::{CallId, Fact, HeldRecordId, Instant, SourceId, TenantId};
use eventlog::{Position, Recorded};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use sqlx::types::Json;

/// The quarantine.
pub struct HeldRecords;

/// A record in quarantine. The columns are explained in `migrations/read/held_records.sql`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeldRow {
    pub tenant_id: TenantId,
    pub held_id: HeldRecordId,
    pub source_id: SourceId,
    pub raw: String,
    pub encoding: String,
    pub field: String,
    pub reason: String,
    pub state: String,
    pub held_at: Instant,
    pub settled_at: Option<Instant>,
    pub call_id: Option<CallId>,
    pub corrected: Option<String>,
    pub dismissal: Option<String>,
    pub version: i64,
    pub position: Position,
}

/// The primary key of a record in quarantine.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct HeldKey {
    pub tenant_id: TenantId,
    pub held_id: HeldRecordId,
}

impl HeldKey {
    fn of(event: &Recorded) -> Self {
        Self { tenant_id: event.stream.tenant, held_id: HeldRecordId(event.stream.id) }
    }
}

impl Row for HeldRow {
    const TABLE: &'static str = "held_records";
    const KEY: &'static [&'static str] = &["tenant_id", "held_id"];
    type Key = HeldKey;

    fn key(&self) -> HeldKey {
        HeldKey { tenant_id: self.tenant_id, held_id: self.held_id }
    }
}

/// The records that became part of a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeldOfCall {
    pub tenant_id: TenantId,
    pub call_id: CallId,
    pub held_ids: Vec<HeldRecordId>,
}

/// The primary key of the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct HeldOfCallKey {
    pub tenant_id: TenantId,
    pub call_id: CallId,
}

impl Row for HeldOfCall {
    const TABLE: &'static str = "held_of_calls";
    const KEY: &'static [&'static str] = &["tenant_id", "call_id"];
    type Key = HeldOfCallKey;

    fn key(&self) -> HeldOfCallKey {
        HeldOfCallKey { tenant_id: self.tenant_id, call_id: self.call_id }
    }
}

/// The calls that an event links with a record, or lets go of.
fn calls_of(event: &Recorded, fact: &Fact) -> Vec<HeldOfCallKey> {
    let calls = match fact {
        Fact::HeldRecord(HeldRecordEvent::Replayed { call, others, .. }) => {
            std::iter::once(*call).chain(others.iter().copied()).collect()
        }
        Fact::Call(CallEvent::Disposed { .. }) => vec![CallId(event.stream.id)],
        _ => vec![],
    };
    calls.into_iter().map(|call_id| HeldOfCallKey { tenant_id: event.stream.tenant, call_id }).collect()
}

/// A call was kept long enough: what its records held goes with it, and that there were such records stays.
fn forget(rows: &mut Rows, key: &HeldOfCallKey) -> Result<(), Unappliable> {
    let Some(held) = rows.get::<HeldOfCall>(key)?.map(|link| link.held_ids.clone()) else { return Ok(()) };
    for held_id in held {
        if let Some(row) = rows.get_mut::<HeldRow>(&HeldKey { tenant_id: key.tenant_id, held_id })? {
            row.raw.clear();
            row.corrected = None;
        }
    }
    rows.remove::<HeldOfCall>(key)
}

impl ReadModel for HeldRecords {
    const NAME: &'static str = "held_records";
    const VERSION: i32 = 2;
    const CATEGORIES: &'static [&'static str] = &["held_record", "call"];
    const SQL: &'static str = include_str!("../../../migrations/read/held_records.sql");
    const WALLS: &'static [(&'static str, &'static str)] =
        &[("held_records", wall::EVERYTHING), ("held_of_calls", wall::EVERYTHING)];

    fn tables() -> Vec<Box<dyn Table>> {
        vec![table::<HeldRow>(), table::<HeldOfCall>()]
    }

    fn keys(event: &Recorded, fact: &Fact, keys: &mut Keys<'_>) {
        if let Fact::HeldRecord(_) = fact {
            keys.want::<HeldRow>(HeldKey::of(event));
        }
        calls_of(event, fact).into_iter().for_each(|key| keys.want::<HeldOfCall>(key));
    }

    /// A call that goes does not say which records became part of it; the link does.
    fn keys_by_rows(rows: &mut Rows, event: &Recorded, fact: &Fact) {
        let Fact::Call(_) = fact else { return };
        for key in calls_of(event, fact) {
            let held = rows.get::<HeldOfCall>(&key).ok().flatten().map(|link| link.held_ids.clone()).unwrap_or_default();
            held.into_iter().for_each(|held_id| rows.keys().want::<HeldRow>(HeldKey { tenant_id: key.tenant_id, held_id }));
        }
    }

    fn evolve(rows: &mut Rows, event: &Recorded, fact: &Fact) -> Result<(), Unappliable> {
        let links = calls_of(event, fact);
        let Fact::HeldRecord(fact) = fact else { return links.iter().try_for_each(|link| forget(rows, link)) };
        let key = HeldKey::of(event);
        if let HeldRecordEvent::Disposed { .. } = fact {
            return rows.remove::<HeldRow>(&key);
        }
        for link in links {
            let none = || HeldOfCall { tenant_id: link.tenant_id, call_id: link.call_id, held_ids: vec![] };
            rows.or_new::<HeldOfCall>(&link, none)?.held_ids.push(key.held_id);
        }
        if let HeldRecordEvent::Held { source, raw, field, reason, .. } = fact {
            let (encoding, raw) = match raw.known() {
                Some(HeldRaw::Text(text)) => ("text", storable(text)),
                Some(HeldRaw::Base64(bytes)) => ("base64", bytes.clone()),
                None => ("text", String::new()),
            };
            return rows.put(HeldRow {
                tenant_id: key.tenant_id,
                held_id: key.held_id,
                source_id: *source,
                raw,
                encoding: encoding.into(),
                field: field.clone(),
                reason: storable(reason),
                state: "waiting".into(),
                held_at: event.occurred_at,
                settled_at: None,
                call_id: None,
                corrected: None,
                dismissal: None,
                version: event.version,
                position: event.position,
            });
        }
        let row = rows.must::<HeldRow>(&key)?;
        match fact {
            HeldRecordEvent::Replayed { call, corrected, .. } => {
                row.state = "replayed".into();
                row.call_id = Some(*call);
                row.corrected = corrected.as_ref().and_then(|text| text.known()).map(|text| storable(text));
            }
            HeldRecordEvent::Dismissed { reason } => {
                row.state = "dismissed".into();
                row.dismissal = Some(reason.to_string());
            }
            HeldRecordEvent::Held { .. } | HeldRecordEvent::Disposed { .. } => {}
        }
        row.settled_at = Some(event.occurred_at);
        row.version = event.version;
        row.position = event.position;
        Ok(())
    }
}

/// Garbage may hold NUL, which PostgreSQL's texts do not.
fn storable(text: &str) -> String {
    text.replace('\0', "\u{2400}")
}

/// The quarantine of a company, the newest first; of one telephone system or in one state, if asked for.
pub async fn list(
    conn: &mut PgConnection,
    tenant: TenantId,
    source: Option<SourceId>,
    state: Option<String>,
    page: Page,
) -> sqlx::Result<Listing<HeldRow>> {
    let source = source.map(|source| source.0);
    let total = sqlx::query_scalar!(
        r#"select count(*) as "n!" from held_records
           where tenant_id = $1 and ($2::uuid is null or source_id = $2) and ($3::text is null or state = $3)"#,
        tenant.0,
        source,
        state,
    );
    let total = total.fetch_one(&mut *conn).await?;
    let (offset, limit) = page.bounds();
    let rows = sqlx::query_scalar!(
        r#"select to_json(h) as "held!: Json<HeldRow>" from held_records h
           where tenant_id = $1 and ($2::uuid is null or source_id = $2) and ($3::text is null or state = $3)
           order by held_at desc, held_id offset $4 limit $5"#,
        tenant.0,
        source,
        state,
        offset,
        limit,
    );
    let rows = rows.fetch_all(conn).await?.into_iter().map(|row| row.0).collect();
    Ok(Listing { rows, total, next: None })
}

/// A record in quarantine.
pub async fn card(conn: &mut PgConnection, tenant: TenantId, held: HeldRecordId) -> sqlx::Result<Option<HeldRow>> {
    let found = sqlx::query_scalar!(
        r#"select to_json(h) as "held!: Json<HeldRow>" from held_records h where tenant_id = $1 and held_id = $2"#,
        tenant.0,
        held.0,
    );
    Ok(found.fetch_optional(conn).await?.map(|row| row.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::story::{Story, TENANT};
    use domain::Personal;
    use uuid::Uuid;

    #[test]
    fn a_record_waits_until_it_is_replayed_or_dismissed() {
        let mut story = Story::default();
        let (one, two) = (Uuid::from_u128(4), Uuid::from_u128(5));
        let held = |raw| HeldRecordEvent::Held {
            source: SourceId(Uuid::from_u128(9)),
            raw: Personal::new(raw),
            sha256: "ab".repeat(32),
            field: "line".into(),
            reason: "must have 27 fields, has 1".into(),
        };
        story.add(0, "held_record", one, held(HeldRaw::Text("a\0b".into())));
        story.add(0, "held_record", two, held(HeldRaw::Base64("/w==".into())));
        let call = CallId(Uuid::from_u128(6));
        story.add(
            1,
            "held_record",
            one,
            HeldRecordEvent::Replayed { call, corrected: Some(Personal::new("ab".into())), others: vec![] },
        );
        story.add(1, "held_record", two, HeldRecordEvent::Dismissed { reason: "a test".try_into().unwrap() });
        let shown = |id| {
            let key = HeldKey { tenant_id: TENANT, held_id: HeldRecordId(id) };
            let row = story.rows::<HeldRecords>().get::<HeldRow>(&key).unwrap().unwrap().clone();
            (row.raw, row.encoding, row.state, row.call_id, row.corrected, row.dismissal)
        };
        assert_eq!(shown(one), ("a\u{2400}b".into(), "text".into(), "replayed".into(), Some(call), Some("ab".into()), None));
        assert_eq!(shown(two), ("/w==".into(), "base64".into(), "dismissed".into(), None, None, Some("a test".into())));
    }

    #[test]
    fn what_a_record_held_goes_with_its_call_and_the_record_when_it_was_kept_long_enough() {
        let mut story = Story::default();
        let (one, two) = (Uuid::from_u128(4), Uuid::from_u128(5));
        let held = HeldRecordEvent::Held {
            source: SourceId(Uuid::from_u128(9)),
            raw: Personal::new(HeldRaw::Text("+15551230001".into())),
            sha256: "ab".repeat(32),
            field: "line".into(),
            reason: "must have 27 fields, has 1".into(),
        };
        let call = CallId(Uuid::from_u128(6));
        for id in [one, two] {
            story.add(0, "held_record", id, held.clone());
        }
        let corrected = Some(Personal::new("+15551230001,".into()));
        story.add(1, "held_record", one, HeldRecordEvent::Replayed { call, corrected, others: vec![] });
        let reason: domain::Text<1000> = "kept long enough".try_into().unwrap();
        story.add(2, "call", Uuid::from_u128(7), CallEvent::Disposed { reason: reason.clone(), proposal: None });
        let shown = |story: &Story, id| {
            let key = HeldKey { tenant_id: TENANT, held_id: HeldRecordId(id) };
            story.rows::<HeldRecords>().get::<HeldRow>(&key).unwrap().cloned()
        };
        assert_eq!(shown(&story, one).unwrap().raw, "+15551230001", "another call went");
        story.add(3, "call", call.0, CallEvent::Disposed { reason: reason.clone(), proposal: None });
        let row = shown(&story, one).unwrap();
        assert_eq!((row.raw.as_str(), row.corrected, row.state.as_str(), row.call_id), ("", None, "replayed", Some(call)));
        assert_eq!(shown(&story, two).unwrap().raw, "+15551230001");
        story.add(4, "held_record", one, HeldRecordEvent::Disposed { reason });
        assert_eq!(shown(&story, one), None);
    }
}
