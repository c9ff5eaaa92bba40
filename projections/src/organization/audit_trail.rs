//! The audit trail: everything that happened, who did it, when and why; searchable, and as the history of one thing.

use crate::page::{Listing, Page, containing};
use crate::{Keys, ReadModel, Row, Rows, Table, Unappliable, table};
use domain::{Actor, Fact, Instant, TenantId};
use eventlog::{Position, Recorded};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

/// The audit trail.
pub struct AuditTrail;

/// An event as auditors read it. The columns are explained in `migrations/read/audit_trail.sql`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditEntry {
    pub tenant_id: TenantId,
    pub position: Position,
    pub event_id: Uuid,
    pub occurred_at: Instant,
    pub recorded_at: Instant,
    pub actor: Actor,
    pub action: String,
    pub category: String,
    pub aggregate_id: Uuid,
    pub version: i64,
    pub cause: Option<Uuid>,
    pub command_key: String,
    pub body: serde_json::Value,
}

/// The primary key of an entry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct AuditKey {
    pub tenant_id: TenantId,
    pub position: Position,
}

impl Row for AuditEntry {
    const TABLE: &'static str = "audit_trail";
    const KEY: &'static [&'static str] = &["tenant_id", "position"];
    type Key = AuditKey;

    fn key(&self) -> AuditKey {
        AuditKey { tenant_id: self.tenant_id, position: self.position }
    }
}

/// How often something happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditCount {
    pub tenant_id: TenantId,
    pub category: String,
    pub action: String,
    pub events: i64,
}

/// The primary key of a counter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct AuditCountKey {
    pub tenant_id: TenantId,
    pub category: String,
    pub action: String,
}

impl AuditCountKey {
    fn of(event: &Recorded) -> Self {
        let category = event.stream.category.to_string();
        Self { tenant_id: event.stream.tenant, category, action: event.name.clone() }
    }
}

impl Row for AuditCount {
    const TABLE: &'static str = "audit_counts";
    const KEY: &'static [&'static str] = &["tenant_id", "category", "action"];
    type Key = AuditCountKey;

    fn key(&self) -> AuditCountKey {
        AuditCountKey { tenant_id: self.tenant_id, category: self.category.clone(), action: self.action.clone() }
    }
}

impl ReadModel for AuditTrail {
    const NAME: &'static str = "audit_trail";
    const VERSION: i32 = 1;
    const CATEGORIES: &'static [&'static str] = &[];
    const SQL: &'static str = include_str!("../../../migrations/read/audit_trail.sql");

    fn tables() -> Vec<Box<dyn Table>> {
        vec![table::<AuditEntry>(), table::<AuditCount>()]
    }

    fn keys(event: &Recorded, _fact: &Fact, keys: &mut Keys<'_>) {
        keys.want::<AuditEntry>(AuditKey { tenant_id: event.stream.tenant, position: event.position });
        keys.want::<AuditCount>(AuditCountKey::of(event));
    }

    fn evolve(rows: &mut Rows, event: &Recorded, _fact: &Fact) -> Result<(), Unappliable> {
        let body = serde_json::from_slice(&event.body);
        rows.put(AuditEntry {
            tenant_id: event.stream.tenant,
            position: event.position,
            event_id: event.event_id,
            occurred_at: event.occurred_at,
            recorded_at: event.recorded_at,
            actor: event.actor.clone(),
            action: event.name.clone(),
            category: event.stream.category.to_string(),
            aggregate_id: event.stream.id,
            version: event.version,
            cause: event.cause,
            command_key: event.key.clone(),
            body: body.map_err(|error| Unappliable::Other(format!("the body is no JSON: {error}")))?,
        })?;
        let key = AuditCountKey::of(event);
        let AuditCountKey { tenant_id, category, action } = key.clone();
        rows.or_new(&key, || AuditCount { tenant_id, category, action, events: 0 })?.events += 1;
        Ok(())
    }
}

/// Everything that happened to one thing, oldest first.
pub async fn history(conn: &mut PgConnection, tenant: TenantId, category: &str, id: Uuid) -> sqlx::Result<Vec<AuditEntry>> {
    let found = sqlx::query_scalar!(
        r#"select to_json(t) as "entry!: Json<AuditEntry>" from audit_trail t
           where tenant_id = $1 and category = $2 and aggregate_id = $3 order by version"#,
        tenant.0,
        category,
        id,
    );
    Ok(found.fetch_all(conn).await?.into_iter().map(|entry| entry.0).collect())
}

/// Which entries are wanted; what is absent does not matter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AuditFilter {
    pub actor: Option<Actor>,
    /// Stored name of the event, for example `case.rejected`.
    pub action: Option<String>,
    pub category: Option<String>,
    pub aggregate: Option<Uuid>,
    /// Business time: from this instant on, and before that one.
    pub from: Option<Instant>,
    pub until: Option<Instant>,
    /// Found in the action, the actor or the facts.
    pub text: Option<String>,
}

impl AuditFilter {
    /// Nothing is asked for that the counters do not know.
    fn is_counted(&self) -> bool {
        self.actor.is_none() && self.aggregate.is_none() && self.from.is_none() && self.until.is_none() && self.text.is_none()
    }
}

/// A page of the audit trail, the newest entry first; `before` goes on where the `next` of an earlier page says.
pub async fn search(
    conn: &mut PgConnection,
    tenant: TenantId,
    filter: &AuditFilter,
    page: Page,
    before: Option<Position>,
) -> sqlx::Result<Listing<AuditEntry>> {
    let (actor, pattern) = (filter.actor.as_ref().map(Actor::to_string), filter.text.as_deref().map(containing));
    let found = sqlx::query_scalar!(
        r#"select to_json(t) as "entry!: Json<AuditEntry>" from audit_trail t
           where tenant_id = $1 and ($2::text is null or actor = $2) and ($3::text is null or action = $3)
             and ($4::text is null or category = $4) and ($5::uuid is null or aggregate_id = $5)
             and ($6::timestamptz is null or occurred_at >= $6) and ($7::timestamptz is null or occurred_at < $7)
             and ($8::text is null or action ilike $8 or actor ilike $8 or body::text ilike $8)
             and ($9::bigint is null or position < $9)
           order by position desc limit $10 offset $11"#,
        tenant.0,
        actor,
        filter.action,
        filter.category,
        filter.aggregate,
        filter.from,
        filter.until,
        pattern,
        before.map(Position::to_i64),
        page.limit + 1,
        if before.is_some() { 0 } else { page.offset },
    );
    let mut rows: Vec<AuditEntry> = found.fetch_all(&mut *conn).await?.into_iter().map(|entry| entry.0).collect();
    let more = rows.len() as i64 > page.limit;
    rows.truncate(page.limit as usize);
    let next = rows.last().filter(|_| more).map(|last| last.position.to_string());
    Ok(Listing { rows, total: total(conn, tenant, filter, actor, pattern).await?, next })
}

async fn total(
    conn: &mut PgConnection,
    tenant: TenantId,
    filter: &AuditFilter,
    actor: Option<String>,
    pattern: Option<String>,
) -> sqlx::Result<i64> {
    if filter.is_counted() {
        let sum = sqlx::query_scalar!(
            r#"select coalesce(sum(events), 0)::bigint as "n!" from audit_counts
               where tenant_id = $1 and ($2::text is null or action = $2) and ($3::text is null or category = $3)"#,
            tenant.0,
            filter.action,
            filter.category,
        );
        return sum.fetch_one(conn).await;
    }
    let count = sqlx::query_scalar!(
        r#"select count(*) as "n!" from audit_trail
           where tenant_id = $1 and ($2::text is null or actor = $2) and ($3::text is null or action = $3)
             and ($4::text is null or category = $4) and ($5::uuid is null or aggregate_id = $5)
             and ($6::timestamptz is null or occurred_at >= $6) and ($7::timestamptz is null or occurred_at < $7)
             and ($8::text is null or action ilike $8 or actor ilike $8 or body::text ilike $8)"#,
        tenant.0,
        actor,
        filter.action,
        filter.category,
        filter.aggregate,
        filter.from,
        filter.until,
        pattern,
    );
    count.fetch_one(conn).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::story::{Story, TENANT};
    use domain::cases::case::CaseEvent;

    #[test]
    fn every_event_is_there_with_its_facts() {
        let mut story = Story::opened(0);
        story.assigned(1).case(2, CaseEvent::Closed {}).case(3, CaseEvent::Closed {});
        let rows = story.rows::<AuditTrail>();
        let key = AuditKey { tenant_id: TENANT, position: Position::from_i64(2) };
        let entry = rows.get::<AuditEntry>(&key).unwrap().unwrap();
        assert_eq!((entry.action.as_str(), entry.category.as_str(), entry.version), ("case.assigned", "case", 2));
        assert_eq!(entry.body["reason"], "best score");
        let count = rows.get::<AuditCount>(&AuditCountKey::of(story.last())).unwrap().unwrap();
        assert_eq!(count.events, 2);
    }
}
