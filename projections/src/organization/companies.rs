//! The companies that use Docket: plan, limits, how many seats are taken, and whether a history is being imported.

use crate::cases::sla_board::TenantKey;
use crate::page::{Listing, Page, containing};
use crate::{Keys, ReadModel, Row, Rows, Table, Unappliable, table};
use domain::organization::tenant::{Environment, TenantDetails, TenantEvent};
use domain::{Fact, Instant, TenantId};
use eventlog::{Position, Recorded};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use sqlx::types::Json;

/// The directory of companies.
pub struct Companies;

/// A company. The columns are explained in `migrations/read/companies.sql`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Company {
    pub tenant_id: TenantId,
    pub name: String,
    pub subscription_plan: String,
    pub is_active: bool,
    pub max_users: u32,
    pub max_channels: u32,
    pub users: u32,
    pub importing: bool,
    pub environment: Option<Environment>,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub version: i64,
    pub position: Position,
}

impl Row for Company {
    const TABLE: &'static str = "companies";
    const KEY: &'static [&'static str] = &["tenant_id"];
    type Key = TenantKey;

    fn key(&self) -> TenantKey {
        TenantKey { tenant_id: self.tenant_id }
    }
}

impl ReadModel for Companies {
    const NAME: &'static str = "companies";
    const VERSION: i32 = 2;
    const CATEGORIES: &'static [&'static str] = &["tenant"];
    const SQL: &'static str = include_str!("../../../migrations/read/companies.sql");

    fn tables() -> Vec<Box<dyn Table>> {
        vec![table::<Company>()]
    }

    fn keys(event: &Recorded, fact: &Fact, keys: &mut Keys<'_>) {
        if let Fact::Tenant(_) = fact {
            keys.want::<Company>(TenantKey { tenant_id: TenantId(event.stream.id) });
        }
    }

    fn evolve(rows: &mut Rows, event: &Recorded, fact: &Fact) -> Result<(), Unappliable> {
        let Fact::Tenant(fact) = fact else { return Ok(()) };
        if let TenantEvent::Registered { details } = fact {
            return rows.put(Company::registered(event, details));
        }
        let row = rows.must::<Company>(&TenantKey { tenant_id: TenantId(event.stream.id) })?;
        match fact {
            TenantEvent::Registered { .. } => {}
            TenantEvent::Updated { details } => {
                row.describe(details);
                row.updated_at = event.occurred_at;
            }
            TenantEvent::SeatTaken { .. } => row.users += 1,
            TenantEvent::SeatFreed { .. } => row.users = row.users.saturating_sub(1),
            TenantEvent::ImportBegan {} => row.importing = true,
            TenantEvent::ImportEnded {} => row.importing = false,
        }
        row.version = event.version;
        row.position = event.position;
        Ok(())
    }
}

impl Company {
    fn registered(event: &Recorded, details: &TenantDetails) -> Self {
        let mut company = Self {
            tenant_id: TenantId(event.stream.id),
            name: String::new(),
            subscription_plan: String::new(),
            is_active: true,
            max_users: 0,
            max_channels: 0,
            users: 0,
            importing: false,
            environment: None,
            created_at: event.occurred_at,
            updated_at: event.occurred_at,
            version: event.version,
            position: event.position,
        };
        company.describe(details);
        company
    }

    fn describe(&mut self, details: &TenantDetails) {
        self.name = details.name.to_string();
        self.subscription_plan = details.subscription_plan.to_string();
        self.is_active = details.is_active;
        self.max_users = details.max_users;
        self.max_channels = details.max_channels;
        self.environment = details.environment;
    }
}

/// All companies by name, or those whose name holds a text: for super admins only.
pub async fn list(conn: &mut PgConnection, text: Option<&str>, page: Page) -> sqlx::Result<Listing<Company>> {
    let pattern = text.map(containing);
    let total = sqlx::query_scalar!(r#"select count(*) as "n!" from companies where $1::text is null or name ilike $1"#, pattern);
    let total = total.fetch_one(&mut *conn).await?;
    let found = sqlx::query_scalar!(
        r#"select to_json(c) as "company!: Json<Company>" from companies c where $1::text is null or name ilike $1
           order by name, tenant_id limit $2 offset $3"#,
        pattern,
        page.limit,
        page.offset,
    );
    let rows = found.fetch_all(conn).await?.into_iter().map(|company| company.0).collect();
    Ok(Listing { rows, total, next: None })
}

/// A company.
pub async fn card(conn: &mut PgConnection, tenant: TenantId) -> sqlx::Result<Option<Company>> {
    let found =
        sqlx::query_scalar!(r#"select to_json(c) as "company!: Json<Company>" from companies c where tenant_id = $1"#, tenant.0,);
    Ok(found.fetch_optional(conn).await?.map(|company| company.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::story::{Story, TENANT, at_day};
    use domain::UserId;

    #[test]
    fn a_company_has_as_many_users_as_seats_are_taken() {
        let details = TenantDetails {
            name: "Acme".try_into().unwrap(),
            subscription_plan: "basic".try_into().unwrap(),
            is_active: true,
            max_users: 5,
            max_channels: 3,
            environment: None,
        };
        let mut story = Story::default();
        story.tenant(0, TenantEvent::Registered { details: details.clone() });
        story.tenant(1, TenantEvent::SeatTaken { user: UserId::default() }).tenant(2, TenantEvent::ImportBegan {});
        story.tenant(3, TenantEvent::Updated { details: TenantDetails { max_users: 9, ..details } });
        let company = story.rows::<Companies>().get::<Company>(&TenantKey { tenant_id: TENANT }).unwrap().unwrap().clone();
        assert_eq!((company.users, company.max_users, company.importing, company.version), (1, 9, true, 4));
        assert_eq!((company.created_at, company.updated_at), (at_day(0), at_day(3)));
    }
}
