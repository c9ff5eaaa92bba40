//! What was kept long enough: which records are due, what was proposed, and what became of it (B.N7).

use crate::page::{Listing, Page};
use crate::{Keys, ReadModel, Row, Rows, Table, Unappliable, table, wall};
use chrono::NaiveDate;
use domain::calls::disposal::{Disposable, DisposalEvent, DisposalStatus, Kept};
use domain::{Fact, Instant, TenantId, UserId};
use eventlog::{Position, Recorded};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

/// The list of proposals.
pub struct Disposals;

/// A proposal. The columns are explained in `migrations/read/disposals.sql`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DisposalRow {
    pub tenant_id: TenantId,
    pub disposal_id: Uuid,
    pub kind: Disposable,
    pub before: NaiveDate,
    pub due: i64,
    pub things: i32,
    pub status: DisposalStatus,
    pub proposed_at: Instant,
    pub decided_by: Option<UserId>,
    pub decided_at: Option<Instant>,
    pub decision: Option<Uuid>,
    pub reason: Option<String>,
    pub disposed: Option<i32>,
    pub kept: Vec<Kept>,
    pub carried_out_at: Option<Instant>,
    pub version: i64,
    pub position: Position,
}

/// The primary key of a proposal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct DisposalKey {
    pub tenant_id: TenantId,
    pub disposal_id: Uuid,
}

impl DisposalKey {
    fn of(event: &Recorded) -> Self {
        Self { tenant_id: event.stream.tenant, disposal_id: event.stream.id }
    }
}

impl Row for DisposalRow {
    const TABLE: &'static str = "disposals";
    const KEY: &'static [&'static str] = &["tenant_id", "disposal_id"];
    type Key = DisposalKey;

    fn key(&self) -> DisposalKey {
        DisposalKey { tenant_id: self.tenant_id, disposal_id: self.disposal_id }
    }
}

/// A thing that a proposal names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DisposalThing {
    pub tenant_id: TenantId,
    pub disposal_id: Uuid,
    pub thing_id: Uuid,
    pub entry: i32,
}

/// The primary key of a thing in a proposal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct DisposalThingKey {
    pub tenant_id: TenantId,
    pub disposal_id: Uuid,
    pub thing_id: Uuid,
}

impl Row for DisposalThing {
    const TABLE: &'static str = "disposal_things";
    const KEY: &'static [&'static str] = &["tenant_id", "disposal_id", "thing_id"];
    const JOURNAL: bool = true;
    type Key = DisposalThingKey;

    fn key(&self) -> DisposalThingKey {
        DisposalThingKey { tenant_id: self.tenant_id, disposal_id: self.disposal_id, thing_id: self.thing_id }
    }
}

impl ReadModel for Disposals {
    const NAME: &'static str = "disposals";
    const VERSION: i32 = 1;
    const CATEGORIES: &'static [&'static str] = &["disposal"];
    const SQL: &'static str = include_str!("../../../migrations/read/disposals.sql");
    const WALLS: &'static [(&'static str, &'static str)] =
        &[("disposals", wall::EVERYTHING), ("disposal_things", wall::EVERYTHING)];

    fn tables() -> Vec<Box<dyn Table>> {
        vec![table::<DisposalRow>(), table::<DisposalThing>()]
    }

    fn keys(event: &Recorded, fact: &Fact, keys: &mut Keys<'_>) {
        let Fact::Disposal(fact) = fact else { return };
        keys.want::<DisposalRow>(DisposalKey::of(event));
        things_of(event, fact).for_each(|thing| keys.want::<DisposalThing>(thing.key()));
    }

    fn evolve(rows: &mut Rows, event: &Recorded, fact: &Fact) -> Result<(), Unappliable> {
        let Fact::Disposal(fact) = fact else { return Ok(()) };
        if let DisposalEvent::Proposed { kind, before, count, things } = fact {
            things_of(event, fact).try_for_each(|thing| rows.put(thing))?;
            return rows.put(DisposalRow {
                tenant_id: event.stream.tenant,
                disposal_id: event.stream.id,
                kind: *kind,
                before: *before,
                due: i64::try_from(*count).unwrap_or(i64::MAX),
                things: i32::try_from(things.len()).unwrap_or(i32::MAX),
                status: DisposalStatus::Proposed,
                proposed_at: event.occurred_at,
                decided_by: None,
                decided_at: None,
                decision: None,
                reason: None,
                disposed: None,
                kept: Vec::new(),
                carried_out_at: None,
                version: event.version,
                position: event.position,
            });
        }
        let row = rows.must::<DisposalRow>(&DisposalKey::of(event))?;
        row.follow(event, fact);
        Ok(())
    }
}

impl DisposalRow {
    fn follow(&mut self, event: &Recorded, fact: &DisposalEvent) {
        match fact {
            DisposalEvent::Proposed { .. } => {}
            DisposalEvent::Approved { by } => self.decide(DisposalStatus::Approved, *by, event),
            DisposalEvent::Refused { by, reason } => {
                self.decide(DisposalStatus::Refused, *by, event);
                self.reason = Some(reason.to_string());
            }
            DisposalEvent::CarriedOut { disposed, kept } => {
                self.status = DisposalStatus::CarriedOut;
                self.disposed = Some(i32::try_from(*disposed).unwrap_or(i32::MAX));
                self.kept.clone_from(kept);
                self.carried_out_at = Some(event.occurred_at);
            }
        }
        self.version = event.version;
        self.position = event.position;
    }

    fn decide(&mut self, status: DisposalStatus, by: Option<UserId>, event: &Recorded) {
        self.status = status;
        self.decided_by = by;
        self.decided_at = Some(event.occurred_at);
        self.decision = Some(event.event_id);
    }
}

fn things_of<'e>(event: &'e Recorded, fact: &'e DisposalEvent) -> impl Iterator<Item = DisposalThing> + 'e {
    let things = match fact {
        DisposalEvent::Proposed { things, .. } => &things[..],
        _ => &[],
    };
    let (tenant_id, disposal_id) = (event.stream.tenant, event.stream.id);
    things.iter().zip(0..).map(move |(thing, entry)| DisposalThing { tenant_id, disposal_id, thing_id: *thing, entry })
}

/// The proposals of a company, the newest first.
pub async fn list(
    conn: &mut PgConnection,
    tenant: TenantId,
    kind: Option<Disposable>,
    status: Option<DisposalStatus>,
    page: Page,
) -> sqlx::Result<Listing<DisposalRow>> {
    let (kind, status) = (kind.map(Disposable::word), status.map(DisposalStatus::word));
    let total = sqlx::query_scalar!(
        r#"select count(*) as "n!" from disposals
           where tenant_id = $1 and ($2::text is null or kind = $2) and ($3::text is null or status = $3)"#,
        tenant.0,
        kind,
        status,
    );
    let total = total.fetch_one(&mut *conn).await?;
    let (offset, limit) = page.bounds();
    let rows = sqlx::query_scalar!(
        r#"select to_json(d) as "disposal!: Json<DisposalRow>" from disposals d
           where tenant_id = $1 and ($2::text is null or kind = $2) and ($3::text is null or status = $3)
           order by proposed_at desc, disposal_id offset $4 limit $5"#,
        tenant.0,
        kind,
        status,
        offset,
        limit,
    );
    let rows = rows.fetch_all(conn).await?.into_iter().map(|row| row.0).collect();
    Ok(Listing { rows, total, next: None })
}

/// A proposal and the things that it names, the oldest first.
pub async fn card(conn: &mut PgConnection, tenant: TenantId, disposal: Uuid) -> sqlx::Result<Option<(DisposalRow, Vec<Uuid>)>> {
    let found = sqlx::query_scalar!(
        r#"select to_json(d) as "disposal!: Json<DisposalRow>" from disposals d where tenant_id = $1 and disposal_id = $2"#,
        tenant.0,
        disposal,
    );
    let Some(row) = found.fetch_optional(&mut *conn).await? else { return Ok(None) };
    Ok(Some((row.0, things(conn, tenant, disposal).await?)))
}

/// The things that a proposal names, the oldest first.
pub async fn things(conn: &mut PgConnection, tenant: TenantId, disposal: Uuid) -> sqlx::Result<Vec<Uuid>> {
    let found = sqlx::query_scalar!(
        "select thing_id from disposal_things where tenant_id = $1 and disposal_id = $2 order by entry",
        tenant.0,
        disposal,
    );
    found.fetch_all(conn).await
}

/// Proposals of all companies that were approved and not carried out yet, those approved first at the head.
pub async fn approved(conn: &mut PgConnection, limit: u32) -> sqlx::Result<Vec<DisposalRow>> {
    let found = sqlx::query_scalar!(
        r#"select to_json(d) as "disposal!: Json<DisposalRow>" from disposals d
           where status = 'approved' order by decided_at, disposal_id limit $1"#,
        i64::from(limit),
    );
    Ok(found.fetch_all(conn).await?.into_iter().map(|row| row.0).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::story::{Story, TENANT};

    #[test]
    fn a_proposal_is_shown_from_the_beginning_to_the_end() {
        let id = Uuid::from_u128(9);
        let things: Vec<Uuid> = (1..4).map(Uuid::from_u128).collect();
        let before = NaiveDate::from_ymd_opt(2019, 1, 7).unwrap();
        let by = Some(UserId(Uuid::from_u128(7)));
        let kept = vec![Kept { id: Uuid::from_u128(2), reason: "a claim".try_into().unwrap() }];
        let mut story = Story::default();
        let proposed = DisposalEvent::Proposed { kind: Disposable::Calls, before, count: 5, things };
        story.add(0, "disposal", id, proposed.clone());
        story.add(1, "disposal", id, DisposalEvent::Approved { by });
        story.add(2, "disposal", id, DisposalEvent::CarriedOut { disposed: 2, kept: kept.clone() });
        let other = Uuid::from_u128(10);
        story.add(3, "disposal", other, proposed);
        story.add(4, "disposal", other, DisposalEvent::Refused { by, reason: "not yet".try_into().unwrap() });
        let rows = story.rows::<Disposals>();
        let shown = |disposal_id| rows.get::<DisposalRow>(&DisposalKey { tenant_id: TENANT, disposal_id }).unwrap().unwrap();
        let row = shown(id);
        assert_eq!((row.status, row.due, row.things, row.disposed), (DisposalStatus::CarriedOut, 5, 3, Some(2)));
        assert_eq!((row.decided_by, &row.kept, row.version), (by, &kept, 3));
        let row = shown(other);
        assert_eq!((row.status, row.reason.as_deref()), (DisposalStatus::Refused, Some("not yet")));
        let key = DisposalThingKey { tenant_id: TENANT, disposal_id: other, thing_id: Uuid::from_u128(3) };
        assert_eq!(rows.get::<DisposalThing>(&key).unwrap().unwrap().entry, 2);
    }
}
