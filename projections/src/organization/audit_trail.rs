//! The audit trail: everything that happened, who did it, when and why; searchable, and as the history of one thing.

use crate::page::{Listing, Page, containing};
use crate::{Keys, ReadModel, Row, Rows, Table, Unappliable, table, wall};
use domain::{Actor, Fact, Instant, TenantId};
use eventlog::{Position, Recorded};
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

/// The audit trail.
pub struct AuditTrail;

/// By what an event is found. Everything else about it stays where it is, on the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditMark {
    pub tenant_id: TenantId,
    pub position: Position,
    pub occurred_at: Instant,
    pub actor: Actor,
    pub action: String,
    pub category: String,
}

/// The primary key of a mark.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct AuditKey {
    pub tenant_id: TenantId,
    pub position: Position,
}

impl Row for AuditMark {
    const TABLE: &'static str = "audit_trail";
    const KEY: &'static [&'static str] = &["tenant_id", "position"];
    const JOURNAL: bool = true;
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
    const VERSION: i32 = 4;
    const CATEGORIES: &'static [&'static str] = &[];
    const SQL: &'static str = include_str!("../../../migrations/read/audit_trail.sql");
    const WALLS: &'static [(&'static str, &'static str)] =
        &[("audit_trail", wall::BY_CATEGORY), ("audit_counts", wall::BY_CATEGORY)];

    fn tables() -> Vec<Box<dyn Table>> {
        vec![table::<AuditMark>(), table::<AuditCount>()]
    }

    fn keys(event: &Recorded, _fact: &Fact, keys: &mut Keys<'_>) {
        keys.want::<AuditMark>(AuditKey { tenant_id: event.stream.tenant, position: event.position });
        keys.want::<AuditCount>(AuditCountKey::of(event));
    }

    fn evolve(rows: &mut Rows, event: &Recorded, _fact: &Fact) -> Result<(), Unappliable> {
        let key = AuditCountKey::of(event);
        let AuditCountKey { tenant_id, category, action } = key.clone();
        rows.put(AuditMark {
            tenant_id,
            position: event.position,
            occurred_at: event.occurred_at,
            actor: event.actor.clone(),
            action: action.clone(),
            category: category.clone(),
        })?;
        rows.or_new(&key, || AuditCount { tenant_id, category, action, events: 0 })?.events += 1;
        Ok(())
    }
}

/// An event as auditors read it.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditEntry {
    pub position: Position,
    pub event_id: Uuid,
    /// Business time.
    pub occurred_at: Instant,
    pub recorded_at: Instant,
    pub actor: Actor,
    pub action: String,
    pub category: String,
    pub aggregate_id: Uuid,
    pub version: i64,
    pub cause: Option<Uuid>,
    pub command_key: String,
    /// The facts as they were recorded.
    pub body: serde_json::Value,
}

/// The columns of an entry, in the order of [`SELECT`].
type Columns = (i64, Uuid, Instant, Instant, String, String, String, Uuid, i64, Option<Uuid>, String, Vec<u8>);

const SELECT: &str = "select t.position, e.event_id, e.occurred_at, e.recorded_at, e.actor, e.type, e.category, e.stream_id, \
    e.version, e.cause, e.command_key, e.body";

impl AuditEntry {
    fn read(columns: Columns) -> sqlx::Result<Self> {
        let (position, event_id, occurred_at, recorded_at, actor, action, category, aggregate_id, version, cause, key, body) =
            columns;
        Ok(Self {
            position: Position::from_i64(position),
            event_id,
            occurred_at,
            recorded_at,
            actor: actor.parse().map_err(|error: String| sqlx::Error::Decode(error.into()))?,
            action,
            category,
            aggregate_id,
            version,
            cause,
            command_key: key,
            body: serde_json::from_slice(&body).map_err(|error| sqlx::Error::Decode(error.into()))?,
        })
    }
}

/// Everything that happened to one thing, oldest first.
pub async fn history(conn: &mut PgConnection, tenant: TenantId, category: &str, id: Uuid) -> sqlx::Result<Vec<AuditEntry>> {
    let filter = AuditFilter { category: Some(category.to_owned()), aggregate: Some(id), ..AuditFilter::default() };
    let mut query = QueryBuilder::new(SELECT);
    filter.narrow(&mut query, tenant, true);
    query.push(" order by e.version");
    let found: Vec<Columns> = query.build_query_as().fetch_all(conn).await?;
    found.into_iter().map(AuditEntry::read).collect()
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
    /// Kinds of things that whoever asks does not see here.
    pub hidden: &'static [&'static str],
    /// Whoever asks may not listen to recordings: nothing is found by what is said of them.
    pub deaf: bool,
}

impl AuditFilter {
    /// Nothing is asked for that the counters do not know.
    fn is_counted(&self) -> bool {
        self.actor.is_none() && self.from.is_none() && self.until.is_none() && !self.asks_the_log()
    }

    /// Something is asked for that only the log knows.
    fn asks_the_log(&self) -> bool {
        self.aggregate.is_some() || self.text.is_some()
    }

    /// The tables and the conditions: `t` is the mark, `e` the event on the log. Which tenant's it is, is asked of the mark,
    /// which row security guards.
    fn narrow(&self, query: &mut QueryBuilder<Postgres>, tenant: TenantId, with_events: bool) {
        query.push(" from audit_trail t");
        if with_events {
            query.push(" join log.events e on e.position = t.position and e.tenant_id = t.tenant_id");
        }
        query.push(" where t.tenant_id = ").push_bind(tenant.0);
        if !self.hidden.is_empty() {
            query.push(" and t.category <> all(").push_bind(self.hidden).push(")");
        }
        if let Some(actor) = &self.actor {
            query.push(" and t.actor = ").push_bind(actor.to_string());
        }
        if let Some(action) = &self.action {
            query.push(" and t.action = ").push_bind(action.clone());
        }
        match (&self.category, self.aggregate) {
            (Some(category), Some(id)) => {
                query.push(" and e.stream_id = ").push_bind(id).push(" and e.category = ").push_bind(category.clone());
            }
            (Some(category), None) => drop(query.push(" and t.category = ").push_bind(category.clone())),
            (None, Some(id)) => drop(query.push(" and e.stream_id = ").push_bind(id)),
            (None, None) => {}
        }
        if let Some(from) = self.from {
            query.push(" and t.occurred_at >= ").push_bind(from);
        }
        if let Some(until) = self.until {
            query.push(" and t.occurred_at < ").push_bind(until);
        }
        if let Some(text) = &self.text {
            let pattern = containing(text);
            query.push(" and (t.action ilike ").push_bind(pattern.clone());
            query.push(" or t.actor ilike ").push_bind(pattern.clone());
            query.push(if self.deaf { " or t.action not like 'call.recording\\_%' and " } else { " or " });
            query.push("convert_from(e.body, 'UTF8') ilike ").push_bind(pattern).push(")");
        }
    }
}

impl AuditFilter {
    /// The newest marks that pass, for filters that need no events.
    fn marks(&self, query: &mut QueryBuilder<Postgres>, tenant: TenantId, before: Option<Position>, most: i64, offset: i64) {
        query.push("select t.position, t.tenant_id");
        match &self.category {
            // There is an index by action and none by category: each of its actions gives its newest, and the newest of all count. So
            // nobody has to walk through a day of calls that they do not see.
            category if self.action.is_none() && (category.is_some() || !self.hidden.is_empty()) => {
                query.push(" from audit_counts a cross join lateral (select t.position, t.tenant_id");
                self.narrow(query, tenant, false);
                query.push(" and t.action = a.action");
                newest_before(query, before, most + offset);
                query.push(") t where a.tenant_id = ").push_bind(tenant.0);
                if let Some(category) = category {
                    query.push(" and a.category = ").push_bind(category.clone());
                }
                query.push(" and a.category <> all(").push_bind(self.hidden).push(")");
                newest_before(query, None, most);
            }
            _ => {
                self.narrow(query, tenant, false);
                newest_before(query, before, most);
            }
        }
        query.push(" offset ").push_bind(offset);
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
    let (rows, next) = rows(conn, tenant, filter, page, before).await?;
    Ok(Listing { rows, total: total(conn, tenant, filter).await?, next })
}

/// The same without counting what is on all pages: its rows, and where the list goes on.
pub async fn rows(
    conn: &mut PgConnection,
    tenant: TenantId,
    filter: &AuditFilter,
    page: Page,
    before: Option<Position>,
) -> sqlx::Result<(Vec<AuditEntry>, Option<String>)> {
    let mut query = QueryBuilder::new(SELECT);
    let offset = if before.is_some() { 0 } else { page.offset };
    if filter.asks_the_log() {
        filter.narrow(&mut query, tenant, true);
        newest_before(&mut query, before, page.limit + 1);
        query.push(" offset ").push_bind(offset);
    } else {
        // The page first, then its events one by one: asked for both at once, PostgreSQL reads all events of a company of which it
        // does not know yet how many it has (measured: 40 ms a page just after an import).
        query.push(" from (");
        filter.marks(&mut query, tenant, before, page.limit + 1, offset);
        query.push(") t cross join lateral (select * from log.events e");
        query.push(" where e.position = t.position and e.tenant_id = t.tenant_id offset 0) e order by t.position desc");
    }
    let found: Vec<Columns> = query.build_query_as().fetch_all(&mut *conn).await?;
    let mut rows: Vec<_> = found.into_iter().map(AuditEntry::read).collect::<sqlx::Result<_>>()?;
    let more = rows.len() as i64 > page.limit;
    rows.truncate(page.limit as usize);
    let next = rows.last().filter(|_| more).map(|last| last.position.to_string());
    Ok((rows, next))
}

fn newest_before(query: &mut QueryBuilder<Postgres>, before: Option<Position>, most: i64) {
    if let Some(before) = before {
        query.push(" and t.position < ").push_bind(before.to_i64());
    }
    query.push(" order by t.position desc limit ").push_bind(most);
}

async fn total(conn: &mut PgConnection, tenant: TenantId, filter: &AuditFilter) -> sqlx::Result<i64> {
    if filter.is_counted() {
        let sum = sqlx::query_scalar!(
            r#"select coalesce(sum(events), 0)::bigint as "n!" from audit_counts
               where tenant_id = $1 and ($2::text is null or action = $2) and ($3::text is null or category = $3)
                 and category <> all($4)"#,
            tenant.0,
            filter.action,
            filter.category,
            filter.hidden as _,
        );
        return sum.fetch_one(conn).await;
    }
    let mut query = QueryBuilder::new("select count(*)");
    filter.narrow(&mut query, tenant, filter.asks_the_log());
    query.build_query_scalar().fetch_one(conn).await
}

/// How far a company's screens are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached {
    /// All that happened up to here they show.
    pub position: Position,
    /// How often tables were filled anew, over all read models.
    pub generations: i64,
    /// The last thing that happened in the company, if every read model shows it and thereby all that ever happened there. That
    /// somebody looked at something is left out: it changes nothing that is looked at.
    pub all_of_it: Option<i64>,
    /// The same with looks, for pages that show who looked.
    pub with_looks: Option<i64>,
}

/// How many events the audit trail may be behind for that to be found out.
const SEARCHED: i32 = 1_000;

/// How far they are at this moment. Where the audit trail is not there yet, the log itself says what the company did last.
pub async fn reached(conn: &mut PgConnection, tenant: TenantId) -> sqlx::Result<Reached> {
    let found = sqlx::query!(
        r#"select m.reached as "reached!", m.generations as "generations!", m.stopped as "stopped!", h.last_position as "head!",
             greatest((select t.position from audit_trail t where t.tenant_id = $1 order by t.position desc limit 1), n.last, 0)
               as "last!",
             -- Mostly one of the newest; where there were looks and nothing else, the newest of each other action, by the index.
             greatest(coalesce(
               (select max(t.position) from (select position, category from audit_trail where tenant_id = $1
                  order by position desc limit 20) t where t.category <> 'access'),
               (select max(t.position) from audit_counts a cross join lateral (select t.position from audit_trail t
                  where t.tenant_id = $1 and t.action = a.action order by t.position desc limit 1) t
                where a.tenant_id = $1 and a.category <> 'access')), n.last_but_looks, 0) as "last_but_looks!",
             h.last_position - m.audited < $2 as "searched!"
           from (select min(position) as reached, sum(generation)::bigint as generations, bool_or(stopped is not null) as stopped,
                   max(position) filter (where model = 'audit_trail') as audited from projection.checkpoints) m
             cross join lateral (select max(e.position) as last, max(e.position) filter (where e.category <> 'access') as last_but_looks
                                 from log.read(m.audited, $2) e where e.tenant_id = $1) n,
             log.head h"#,
        tenant.0,
        SEARCHED,
    );
    let found = found.fetch_one(conn).await?;
    let shown = |last: i64| (found.searched && !found.stopped && last <= found.reached).then_some(last);
    let (all_of_it, with_looks) = (shown(found.last_but_looks), shown(found.last));
    let position = Position::from_i64(if with_looks.is_some() { found.head } else { found.reached });
    Ok(Reached { position, generations: found.generations, all_of_it, with_looks })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::story::{Story, TENANT};
    use domain::cases::case::CaseEvent;

    #[test]
    fn every_event_is_there_and_counted() {
        let mut story = Story::opened(0);
        story.assigned(1).case(2, CaseEvent::Closed {}).case(3, CaseEvent::Closed {});
        let rows = story.rows::<AuditTrail>();
        let key = AuditKey { tenant_id: TENANT, position: Position::from_i64(2) };
        let mark = rows.get::<AuditMark>(&key).unwrap().unwrap();
        assert_eq!((mark.action.as_str(), mark.category.as_str(), &mark.actor), ("case.assigned", "case", &Actor::Operator));
        let count = rows.get::<AuditCount>(&AuditCountKey::of(story.last())).unwrap().unwrap();
        assert_eq!(count.events, 2);
    }
}
