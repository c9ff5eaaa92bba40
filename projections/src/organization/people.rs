//! The people who sign in: name, address, roles, where they sit, and when they were last here.

use crate::page::{Listing, Page, containing};
use crate::{Keys, ReadModel, Row, Rows, Table, Unappliable, table};
use domain::organization::role::Role;
use domain::organization::user::{UserDetails, UserEvent};
use domain::{Fact, Instant, LocationId, TenantId, UserId};
use eventlog::{Position, Recorded};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use sqlx::types::Json;
use std::collections::BTreeSet;
use uuid::Uuid;

/// The directory of people.
pub struct People;

/// A person. The columns are explained in `migrations/read/people.sql`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Person {
    pub tenant_id: TenantId,
    pub user_id: UserId,
    pub email: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub roles: Vec<Role>,
    pub is_active: bool,
    pub location_id: Option<LocationId>,
    pub staff_of: BTreeSet<LocationId>,
    pub profile_image_url: Option<String>,
    pub last_login_at: Option<Instant>,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub version: i64,
    pub position: Position,
}

/// The primary key of a person.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct PersonKey {
    pub tenant_id: TenantId,
    pub user_id: UserId,
}

impl PersonKey {
    fn of(event: &Recorded) -> Self {
        Self { tenant_id: event.stream.tenant, user_id: UserId(event.stream.id) }
    }
}

impl Row for Person {
    const TABLE: &'static str = "people";
    const KEY: &'static [&'static str] = &["tenant_id", "user_id"];
    type Key = PersonKey;

    fn key(&self) -> PersonKey {
        PersonKey { tenant_id: self.tenant_id, user_id: self.user_id }
    }
}

impl ReadModel for People {
    const NAME: &'static str = "people";
    const VERSION: i32 = 2;
    const CATEGORIES: &'static [&'static str] = &["user"];
    const SQL: &'static str = include_str!("../../../migrations/read/people.sql");

    fn tables() -> Vec<Box<dyn Table>> {
        vec![table::<Person>()]
    }

    fn keys(event: &Recorded, fact: &Fact, keys: &mut Keys<'_>) {
        if let Fact::User(_) = fact {
            keys.want::<Person>(PersonKey::of(event));
        }
    }

    fn evolve(rows: &mut Rows, event: &Recorded, fact: &Fact) -> Result<(), Unappliable> {
        let Fact::User(fact) = fact else { return Ok(()) };
        if let UserEvent::Created { details } = fact {
            return rows.put(Person::created(event, details));
        }
        let row = rows.must::<Person>(&PersonKey::of(event))?;
        match fact {
            UserEvent::Updated { details } => row.describe(details),
            UserEvent::Deactivated { .. } => row.is_active = false,
            UserEvent::Reactivated {} => row.is_active = true,
            UserEvent::LocationJoined { location } => {
                row.staff_of.insert(*location);
            }
            UserEvent::LocationLeft { location } => {
                row.staff_of.remove(location);
            }
            UserEvent::LoggedIn { .. } => row.last_login_at = Some(event.occurred_at),
            UserEvent::Created { .. }
            | UserEvent::PasswordChanged {}
            | UserEvent::LoginRefused { .. }
            | UserEvent::SessionRefreshed {}
            | UserEvent::LoggedOut {} => {}
        }
        if let UserEvent::Updated { .. } | UserEvent::Deactivated { .. } | UserEvent::Reactivated {} = fact {
            row.updated_at = event.occurred_at;
        }
        row.version = event.version;
        row.position = event.position;
        Ok(())
    }
}

impl Person {
    fn created(event: &Recorded, details: &UserDetails) -> Self {
        let mut person = Self {
            tenant_id: event.stream.tenant,
            user_id: UserId(event.stream.id),
            email: None,
            first_name: None,
            last_name: None,
            roles: vec![],
            is_active: true,
            location_id: None,
            staff_of: BTreeSet::new(),
            profile_image_url: None,
            last_login_at: None,
            created_at: event.occurred_at,
            updated_at: event.occurred_at,
            version: event.version,
            position: event.position,
        };
        person.describe(details);
        person
    }

    fn describe(&mut self, details: &UserDetails) {
        self.email = details.email.known().map(|email| email.to_string());
        self.first_name = details.first_name.known().map(|name| name.to_string());
        self.last_name = details.last_name.as_ref().and_then(|name| name.known()).map(|name| name.to_string());
        self.roles.clone_from(&details.roles);
        self.location_id = details.location;
        self.profile_image_url = details.profile_image_url.as_ref().map(|link| link.as_str().to_owned());
    }
}

/// Which people are wanted; what is absent does not matter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PeopleFilter {
    /// `None`: of all companies, for super admins only.
    pub tenant: Option<TenantId>,
    pub active: Option<bool>,
    pub role: Option<Role>,
    pub location: Option<LocationId>,
    /// Found in first name, last name or e-mail address.
    pub text: Option<String>,
}

/// The people of a company in the order in which they came.
pub async fn list(conn: &mut PgConnection, filter: &PeopleFilter, page: Page) -> sqlx::Result<Listing<Person>> {
    let (tenant, location) = (filter.tenant.map(|tenant| tenant.0), filter.location.map(|location| location.0));
    let (role, pattern) = (filter.role.map(Role::word), filter.text.as_deref().map(containing));
    let total = sqlx::query_scalar!(
        r#"select count(*) as "n!" from people
           where ($1::uuid is null or tenant_id = $1) and ($2::boolean is null or is_active = $2)
             and ($3::text is null or roles ? $3) and ($4::uuid is null or location_id = $4)
             and ($5::text is null or email ilike $5 or concat_ws(' ', first_name, last_name) ilike $5)"#,
        tenant,
        filter.active,
        role,
        location,
        pattern,
    );
    let total = total.fetch_one(&mut *conn).await?;
    let found = sqlx::query_scalar!(
        r#"select to_json(p) as "person!: Json<Person>" from people p
           where ($1::uuid is null or tenant_id = $1) and ($2::boolean is null or is_active = $2)
             and ($3::text is null or roles ? $3) and ($4::uuid is null or location_id = $4)
             and ($5::text is null or email ilike $5 or concat_ws(' ', first_name, last_name) ilike $5)
           order by created_at, user_id limit $6 offset $7"#,
        tenant,
        filter.active,
        role,
        location,
        pattern,
        page.limit,
        page.offset,
    );
    let rows = found.fetch_all(conn).await?.into_iter().map(|person| person.0).collect();
    Ok(Listing { rows, total, next: None })
}

/// Who works at a location: those who sit there and those of its staff, by name.
pub async fn staff(conn: &mut PgConnection, tenant: TenantId, location: LocationId) -> sqlx::Result<Vec<Person>> {
    let found = sqlx::query_scalar!(
        r#"select to_json(p) as "person!: Json<Person>" from people p
           where tenant_id = $1 and is_active and (location_id = $2 or staff_of ? $2::text) order by first_name, last_name, user_id"#,
        tenant.0,
        location.0,
    );
    Ok(found.fetch_all(conn).await?.into_iter().map(|person| person.0).collect())
}

/// A person of a company.
pub async fn card(conn: &mut PgConnection, tenant: TenantId, user: UserId) -> sqlx::Result<Option<Person>> {
    let found = sqlx::query_scalar!(
        r#"select to_json(p) as "person!: Json<Person>" from people p where tenant_id = $1 and user_id = $2"#,
        tenant.0,
        user.0,
    );
    Ok(found.fetch_optional(conn).await?.map(|person| person.0))
}

/// A person of any company, for super admins and for finding the company of somebody who signs in.
pub async fn anywhere(conn: &mut PgConnection, user: UserId) -> sqlx::Result<Option<Person>> {
    let found = sqlx::query_scalar!(r#"select to_json(p) as "person!: Json<Person>" from people p where user_id = $1"#, user.0);
    Ok(found.fetch_optional(conn).await?.map(|person| person.0))
}

/// The person with this e-mail address, in whatever spelling and company.
pub async fn by_email(conn: &mut PgConnection, email: &str) -> sqlx::Result<Option<Person>> {
    let found = sqlx::query_scalar!(
        r#"select to_json(p) as "person!: Json<Person>" from people p where lower(email) = lower($1)
           order by is_active desc, position desc limit 1"#,
        email,
    );
    Ok(found.fetch_optional(conn).await?.map(|person| person.0))
}

/// What these people are called, for screens that show who did something.
pub async fn names(conn: &mut PgConnection, tenant: TenantId, users: &[UserId]) -> sqlx::Result<Vec<(UserId, String)>> {
    let ids: Vec<Uuid> = users.iter().map(|user| user.0).collect();
    let found = sqlx::query!(
        r#"select user_id, concat_ws(' ', first_name, last_name) as "name!" from people
           where tenant_id = $1 and user_id = any($2)"#,
        tenant.0,
        &ids,
    );
    Ok(found.fetch_all(conn).await?.into_iter().map(|row| (UserId(row.user_id), row.name)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::story::{Story, TENANT, at_day};
    use domain::Personal;

    #[test]
    fn a_person_is_followed_from_the_first_day_to_the_last() {
        let details = UserDetails {
            email: Personal::new("Ada@example.com".try_into().unwrap()),
            first_name: Personal::new("Ada".try_into().unwrap()),
            last_name: None,
            roles: vec![Role::Supervisor],
            location: None,
            profile_image_url: None,
        };
        let id = Uuid::from_u128(9);
        let mut story = Story::default();
        story.add(0, "user", id, UserEvent::Created { details });
        story.add(1, "user", id, UserEvent::LoggedIn { address: None });
        story.add(2, "user", id, UserEvent::Deactivated { reason: None });
        let key = PersonKey { tenant_id: TENANT, user_id: UserId(id) };
        let person = story.rows::<People>().get::<Person>(&key).unwrap().unwrap().clone();
        assert_eq!((person.first_name.as_deref(), person.email.as_deref()), (Some("Ada"), Some("Ada@example.com")));
        assert_eq!((person.last_login_at, person.updated_at), (Some(at_day(1)), at_day(2)));
        assert_eq!((person.roles, person.is_active, person.version), (vec![Role::Supervisor], false, 3));
    }
}
