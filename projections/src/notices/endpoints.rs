//! Where a company wants to be told, of what, and whether it is.

use crate::{Keys, ReadModel, Row, Rows, Table, Unappliable, table};
use domain::notices::endpoint::{EndpointDetails, EndpointEvent, Target};
use domain::notices::kind::NoticeKind;
use domain::{EndpointId, Fact, Instant, TenantId};
use eventlog::{Position, Recorded};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use sqlx::types::Json;
use std::collections::BTreeSet;

/// The list of endpoints.
pub struct Endpoints;

/// An endpoint that the company wants. The columns are explained in `migrations/read/endpoints.sql`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EndpointRow {
    pub tenant_id: TenantId,
    pub endpoint_id: EndpointId,
    pub url: Option<String>,
    pub email: Option<String>,
    pub kinds: BTreeSet<NoticeKind>,
    pub description: Option<String>,
    pub standing: String,
    pub reason: Option<String>,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub version: i64,
    pub position: Position,
}

/// The primary key of an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct EndpointKey {
    pub tenant_id: TenantId,
    pub endpoint_id: EndpointId,
}

impl EndpointKey {
    fn of(event: &Recorded) -> Self {
        Self { tenant_id: event.stream.tenant, endpoint_id: EndpointId(event.stream.id) }
    }
}

impl Row for EndpointRow {
    const TABLE: &'static str = "endpoints";
    const KEY: &'static [&'static str] = &["tenant_id", "endpoint_id"];
    type Key = EndpointKey;

    fn key(&self) -> EndpointKey {
        EndpointKey { tenant_id: self.tenant_id, endpoint_id: self.endpoint_id }
    }
}

impl EndpointRow {
    fn describe(&mut self, details: &EndpointDetails) {
        (self.url, self.email) = match &details.target {
            Target::Webhook { url } => (Some(url.as_str().to_owned()), None),
            Target::Email { address } => (None, address.known().map(ToString::to_string)),
        };
        self.kinds.clone_from(&details.kinds);
        self.description = details.description.as_ref().map(ToString::to_string);
    }

    fn stand(&mut self, standing: &str, reason: Option<&str>) {
        self.standing = standing.to_owned();
        self.reason = reason.map(str::to_owned);
    }
}

impl ReadModel for Endpoints {
    const NAME: &'static str = "endpoints";
    const VERSION: i32 = 1;
    const CATEGORIES: &'static [&'static str] = &["endpoint"];
    const SQL: &'static str = include_str!("../../../migrations/read/endpoints.sql");

    fn tables() -> Vec<Box<dyn Table>> {
        vec![table::<EndpointRow>()]
    }

    fn keys(event: &Recorded, fact: &Fact, keys: &mut Keys<'_>) {
        if let Fact::Endpoint(_) = fact {
            keys.want::<EndpointRow>(EndpointKey::of(event));
        }
    }

    fn evolve(rows: &mut Rows, event: &Recorded, fact: &Fact) -> Result<(), Unappliable> {
        let Fact::Endpoint(fact) = fact else { return Ok(()) };
        let key = EndpointKey::of(event);
        if let EndpointEvent::Added { details } = fact {
            let mut row = EndpointRow {
                tenant_id: key.tenant_id,
                endpoint_id: key.endpoint_id,
                url: None,
                email: None,
                kinds: BTreeSet::new(),
                description: None,
                standing: "active".into(),
                reason: None,
                created_at: event.occurred_at,
                updated_at: event.occurred_at,
                version: event.version,
                position: event.position,
            };
            row.describe(details);
            return rows.put(row);
        }
        if let EndpointEvent::Removed {} = fact {
            return rows.remove::<EndpointRow>(&key);
        }
        let row = rows.must::<EndpointRow>(&key)?;
        match fact {
            EndpointEvent::Changed { details } => row.describe(details),
            EndpointEvent::Paused {} => row.stand("paused", None),
            EndpointEvent::Resumed {} => row.stand("active", None),
            EndpointEvent::Disabled { reason } => row.stand("disabled", Some(reason)),
            EndpointEvent::SecretRotated {} | EndpointEvent::Added { .. } | EndpointEvent::Removed {} => {}
        }
        row.updated_at = event.occurred_at;
        row.version = event.version;
        row.position = event.position;
        Ok(())
    }
}

/// The endpoints of a company in the order in which they were added.
pub async fn list(conn: &mut PgConnection, tenant: TenantId) -> sqlx::Result<Vec<EndpointRow>> {
    let found = sqlx::query_scalar!(
        r#"select to_json(e) as "endpoint!: Json<EndpointRow>" from endpoints e where tenant_id = $1
           order by created_at, endpoint_id"#,
        tenant.0,
    );
    Ok(found.fetch_all(conn).await?.into_iter().map(|row| row.0).collect())
}

/// An endpoint.
pub async fn card(conn: &mut PgConnection, tenant: TenantId, endpoint: EndpointId) -> sqlx::Result<Option<EndpointRow>> {
    let found = sqlx::query_scalar!(
        r#"select to_json(e) as "endpoint!: Json<EndpointRow>" from endpoints e where tenant_id = $1 and endpoint_id = $2"#,
        tenant.0,
        endpoint.0,
    );
    Ok(found.fetch_optional(conn).await?.map(|row| row.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::story::{Story, TENANT};
    use domain::Link;
    use uuid::Uuid;

    #[test]
    fn an_endpoint_is_shown_while_it_is_wanted_with_the_reason_it_was_stopped() {
        let id = Uuid::from_u128(4);
        let key = EndpointKey { tenant_id: TENANT, endpoint_id: EndpointId(id) };
        let url = Link::try_from("https://desk.example.com/".to_owned()).unwrap();
        let kinds = NoticeKind::ALL.into();
        let details = EndpointDetails { target: Target::Webhook { url }, kinds, description: None };
        let mut story = Story::default();
        story.add(0, "endpoint", id, EndpointEvent::Added { details });
        story.add(1, "endpoint", id, EndpointEvent::Disabled { reason: "gone".into() });
        let row = story.rows::<Endpoints>().get::<EndpointRow>(&key).unwrap().unwrap().clone();
        assert_eq!((row.standing.as_str(), row.reason.as_deref(), row.version), ("disabled", Some("gone"), 2));
        story.add(2, "endpoint", id, EndpointEvent::Resumed {});
        let row = story.rows::<Endpoints>().get::<EndpointRow>(&key).unwrap().unwrap().clone();
        assert_eq!((row.standing.as_str(), row.reason, row.url.as_deref()), ("active", None, Some("https://desk.example.com/")));
        story.add(3, "endpoint", id, EndpointEvent::Removed {});
        assert_eq!(story.rows::<Endpoints>().get::<EndpointRow>(&key).unwrap(), None);
    }
}
