//! The telephone systems that calls come from, and how their records are read.

use crate::{Keys, ReadModel, Row, Rows, Table, Unappliable, table, wall};
use domain::calls::cdr::{Field, KeyField};
use domain::calls::source::{SourceDetails, SourceEvent};
use domain::{Fact, Instant, LocationId, SourceId, TenantId};
use eventlog::{Position, Recorded};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use sqlx::types::Json;

/// The list of telephone systems.
pub struct Sources;

/// A telephone system whose records are taken in. The columns are explained in `migrations/read/sources.sql`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceRow {
    pub tenant_id: TenantId,
    pub source_id: SourceId,
    pub name: String,
    pub timezone: String,
    pub fields: Vec<Field>,
    pub key: KeyField,
    pub location_id: Option<LocationId>,
    pub location_name: Option<String>,
    pub base_url: Option<String>,
    pub client_id: Option<String>,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub version: i64,
    pub position: Position,
}

/// The primary key of a telephone system.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct SourceKey {
    pub tenant_id: TenantId,
    pub source_id: SourceId,
}

impl SourceKey {
    fn of(event: &Recorded) -> Self {
        Self { tenant_id: event.stream.tenant, source_id: SourceId(event.stream.id) }
    }
}

impl Row for SourceRow {
    const TABLE: &'static str = "sources";
    const KEY: &'static [&'static str] = &["tenant_id", "source_id"];
    type Key = SourceKey;

    fn key(&self) -> SourceKey {
        SourceKey { tenant_id: self.tenant_id, source_id: self.source_id }
    }
}

impl SourceRow {
    fn of(event: &Recorded, details: &SourceDetails) -> Self {
        Self {
            tenant_id: event.stream.tenant,
            source_id: SourceId(event.stream.id),
            name: details.name.to_string(),
            timezone: details.timezone.clone(),
            fields: details.fields.clone(),
            key: details.key,
            location_id: details.location,
            location_name: details.location_name.as_ref().map(ToString::to_string),
            base_url: details.base_url.as_ref().map(|url| url.as_str().to_owned()),
            client_id: details.client_id.as_ref().map(ToString::to_string),
            created_at: event.occurred_at,
            updated_at: event.occurred_at,
            version: event.version,
            position: event.position,
        }
    }
}

impl ReadModel for Sources {
    const NAME: &'static str = "sources";
    const VERSION: i32 = 2;
    const CATEGORIES: &'static [&'static str] = &["source"];
    const SQL: &'static str = include_str!("../../../migrations/read/sources.sql");
    const WALLS: &'static [(&'static str, &'static str)] = &[("sources", wall::EVERYTHING)];

    fn tables() -> Vec<Box<dyn Table>> {
        vec![table::<SourceRow>()]
    }

    fn keys(event: &Recorded, fact: &Fact, keys: &mut Keys<'_>) {
        if let Fact::Source(_) = fact {
            keys.want::<SourceRow>(SourceKey::of(event));
        }
    }

    fn evolve(rows: &mut Rows, event: &Recorded, fact: &Fact) -> Result<(), Unappliable> {
        let Fact::Source(fact) = fact else { return Ok(()) };
        let key = SourceKey::of(event);
        match fact {
            SourceEvent::Added { details } => rows.put(SourceRow::of(event, details)),
            SourceEvent::Removed {} => rows.remove::<SourceRow>(&key),
            SourceEvent::Changed { details } => {
                let created_at = rows.must::<SourceRow>(&key)?.created_at;
                rows.put(SourceRow { created_at, ..SourceRow::of(event, details) })
            }
            SourceEvent::SecretRotated {} | SourceEvent::Heard {} => {
                let row = rows.must::<SourceRow>(&key)?;
                row.updated_at = event.occurred_at;
                row.version = event.version;
                row.position = event.position;
                Ok(())
            }
        }
    }
}

/// The telephone systems of a company in the order in which they were added.
pub async fn list(conn: &mut PgConnection, tenant: TenantId) -> sqlx::Result<Vec<SourceRow>> {
    let found = sqlx::query_scalar!(
        r#"select to_json(s) as "source!: Json<SourceRow>" from sources s where tenant_id = $1 order by created_at, source_id"#,
        tenant.0,
    );
    Ok(found.fetch_all(conn).await?.into_iter().map(|row| row.0).collect())
}

/// A telephone system.
pub async fn card(conn: &mut PgConnection, tenant: TenantId, source: SourceId) -> sqlx::Result<Option<SourceRow>> {
    let found = sqlx::query_scalar!(
        r#"select to_json(s) as "source!: Json<SourceRow>" from sources s where tenant_id = $1 and source_id = $2"#,
        tenant.0,
        source.0,
    );
    Ok(found.fetch_optional(conn).await?.map(|row| row.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::story::{Story, TENANT};
    use uuid::Uuid;

    #[test]
    fn a_source_is_shown_while_its_records_are_taken_in() {
        let id = Uuid::from_u128(4);
        let key = SourceKey { tenant_id: TENANT, source_id: SourceId(id) };
        let named = |name: &str| SourceDetails {
            name: name.try_into().unwrap(),
            timezone: "UTC".into(),
            fields: Field::ALL.to_vec(),
            key: KeyField::CallId,
            location: Some(LocationId(Uuid::from_u128(5))),
            location_name: Some("Wixom".try_into().unwrap()),
            base_url: None,
            client_id: Some("docket".try_into().unwrap()),
        };
        let mut story = Story::default();
        story.add(0, "source", id, SourceEvent::Added { details: named("Office") });
        story.add(1, "source", id, SourceEvent::Changed { details: named("Main office") });
        story.add(2, "source", id, SourceEvent::SecretRotated {});
        let row = story.rows::<Sources>().get::<SourceRow>(&key).unwrap().unwrap().clone();
        assert_eq!((row.name.as_str(), row.version, row.location_name.as_deref()), ("Main office", 3, Some("Wixom")));
        assert!(row.created_at < row.updated_at && row.client_id.as_deref() == Some("docket"));
        story.add(3, "source", id, SourceEvent::Removed {});
        assert_eq!(story.rows::<Sources>().get::<SourceRow>(&key).unwrap(), None);
    }
}
