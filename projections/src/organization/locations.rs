//! The sites of a company: name and time zone.

use crate::{Keys, ReadModel, Row, Rows, Table, Unappliable, table};
use domain::organization::location::LocationEvent;
use domain::{Fact, Instant, LocationId, TenantId};
use eventlog::{Position, Recorded};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use sqlx::types::Json;

/// The directory of sites.
pub struct Locations;

/// A site that is in use. The columns are explained in `migrations/read/locations.sql`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Site {
    pub tenant_id: TenantId,
    pub location_id: LocationId,
    pub name: String,
    pub timezone: String,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub version: i64,
    pub position: Position,
}

/// The primary key of a site.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct SiteKey {
    pub tenant_id: TenantId,
    pub location_id: LocationId,
}

impl SiteKey {
    fn of(event: &Recorded) -> Self {
        Self { tenant_id: event.stream.tenant, location_id: LocationId(event.stream.id) }
    }
}

impl Row for Site {
    const TABLE: &'static str = "locations";
    const KEY: &'static [&'static str] = &["tenant_id", "location_id"];
    type Key = SiteKey;

    fn key(&self) -> SiteKey {
        SiteKey { tenant_id: self.tenant_id, location_id: self.location_id }
    }
}

impl ReadModel for Locations {
    const NAME: &'static str = "locations";
    const VERSION: i32 = 1;
    const CATEGORIES: &'static [&'static str] = &["location"];
    const SQL: &'static str = include_str!("../../../migrations/read/locations.sql");

    fn tables() -> Vec<Box<dyn Table>> {
        vec![table::<Site>()]
    }

    fn keys(event: &Recorded, fact: &Fact, keys: &mut Keys<'_>) {
        if let Fact::Location(_) = fact {
            keys.want::<Site>(SiteKey::of(event));
        }
    }

    fn evolve(rows: &mut Rows, event: &Recorded, fact: &Fact) -> Result<(), Unappliable> {
        let Fact::Location(fact) = fact else { return Ok(()) };
        let key = SiteKey::of(event);
        match fact {
            LocationEvent::Added { name, timezone } => rows.put(Site {
                tenant_id: key.tenant_id,
                location_id: key.location_id,
                name: name.to_string(),
                timezone: timezone.clone(),
                created_at: event.occurred_at,
                updated_at: event.occurred_at,
                version: event.version,
                position: event.position,
            }),
            LocationEvent::Changed { name, timezone } => {
                let site = rows.must::<Site>(&key)?;
                site.name = name.to_string();
                site.timezone.clone_from(timezone);
                site.updated_at = event.occurred_at;
                site.version = event.version;
                site.position = event.position;
                Ok(())
            }
            LocationEvent::Removed {} => rows.remove::<Site>(&key),
        }
    }
}

/// The sites of a company by name.
pub async fn list(conn: &mut PgConnection, tenant: TenantId) -> sqlx::Result<Vec<Site>> {
    let found = sqlx::query_scalar!(
        r#"select to_json(l) as "site!: Json<Site>" from locations l where tenant_id = $1 order by name, location_id"#,
        tenant.0,
    );
    Ok(found.fetch_all(conn).await?.into_iter().map(|site| site.0).collect())
}

/// A site.
pub async fn card(conn: &mut PgConnection, tenant: TenantId, location: LocationId) -> sqlx::Result<Option<Site>> {
    let found = sqlx::query_scalar!(
        r#"select to_json(l) as "site!: Json<Site>" from locations l where tenant_id = $1 and location_id = $2"#,
        tenant.0,
        location.0,
    );
    Ok(found.fetch_optional(conn).await?.map(|site| site.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::story::{Story, TENANT};
    use uuid::Uuid;

    #[test]
    fn a_site_is_shown_while_it_is_used() {
        let id = Uuid::from_u128(4);
        let key = SiteKey { tenant_id: TENANT, location_id: LocationId(id) };
        let named = |name: &str| (name.try_into().unwrap(), "America/Detroit".to_owned());
        let mut story = Story::default();
        let (name, timezone) = named("Wixom");
        story.add(0, "location", id, LocationEvent::Added { name, timezone });
        let (name, timezone) = named("Ann Arbor");
        story.add(1, "location", id, LocationEvent::Changed { name, timezone });
        let site = story.rows::<Locations>().get::<Site>(&key).unwrap().unwrap().clone();
        assert_eq!((site.name.as_str(), site.version), ("Ann Arbor", 2));
        story.add(2, "location", id, LocationEvent::Removed {});
        assert_eq!(story.rows::<Locations>().get::<Site>(&key).unwrap(), None);
    }
}
