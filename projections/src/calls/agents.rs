//! The agents of a call centre as they are now: where they work, in which team, on which telephone.

use crate::page::{Listing, Page, containing};
use crate::{Keys, ReadModel, Row, Rows, Table, Unappliable, Viewer, table, wall};
use chrono::NaiveDate;
use domain::calls::agent::{AgentEvent, Profile};
use domain::{Fact, Instant, LocationId, TenantId, UserId};
use eventlog::{Position, Recorded};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

/// The directory of agents.
pub struct Agents;

/// An agent. The columns are explained in `migrations/read/agents.sql`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgentRow {
    pub tenant_id: TenantId,
    pub agent_id: UserId,
    pub email: Option<String>,
    pub name: Option<String>,
    pub location_id: Option<LocationId>,
    pub location_name: Option<String>,
    pub team: Option<String>,
    pub extension: Option<String>,
    pub hired_on: Option<NaiveDate>,
    pub certifications: Vec<Certification>,
    pub is_active: bool,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub version: i64,
    pub position: Position,
}

/// An examination that was passed, and where the agent worked then.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Certification {
    pub name: String,
    pub on: NaiveDate,
    pub location: Option<LocationId>,
    pub team: Option<String>,
}

/// The primary key of an agent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct AgentKey {
    pub tenant_id: TenantId,
    pub agent_id: UserId,
}

impl AgentKey {
    fn of(event: &Recorded) -> Self {
        Self { tenant_id: event.stream.tenant, agent_id: UserId(event.stream.id) }
    }
}

impl Row for AgentRow {
    const TABLE: &'static str = "agents";
    const KEY: &'static [&'static str] = &["tenant_id", "agent_id"];
    type Key = AgentKey;

    fn key(&self) -> AgentKey {
        AgentKey { tenant_id: self.tenant_id, agent_id: self.agent_id }
    }
}

impl ReadModel for Agents {
    const NAME: &'static str = "agents";
    const VERSION: i32 = 1;
    const CATEGORIES: &'static [&'static str] = &["agent"];
    const SQL: &'static str = include_str!("../../../migrations/read/agents.sql");
    const WALLS: &'static [(&'static str, &'static str)] = &[("agents", wall::AGENT_AND_LOCATION)];

    fn tables() -> Vec<Box<dyn Table>> {
        vec![table::<AgentRow>()]
    }

    fn keys(event: &Recorded, fact: &Fact, keys: &mut Keys<'_>) {
        if let Fact::Agent(_) = fact {
            keys.want::<AgentRow>(AgentKey::of(event));
        }
    }

    fn evolve(rows: &mut Rows, event: &Recorded, fact: &Fact) -> Result<(), Unappliable> {
        let Fact::Agent(fact) = fact else { return Ok(()) };
        let key = AgentKey::of(event);
        let row = match fact {
            AgentEvent::Enrolled { .. } => rows.or_new::<AgentRow>(&key, || AgentRow::new(event))?,
            _ => rows.must::<AgentRow>(&key)?,
        };
        match fact {
            AgentEvent::Enrolled { profile, .. } => {
                row.is_active = true;
                row.describe(profile);
            }
            AgentEvent::Changed { profile, .. } => row.describe(profile),
            AgentEvent::Certified { name, on, location, team } => row.certifications.push(Certification {
                name: name.to_string(),
                on: *on,
                location: *location,
                team: team.as_ref().map(ToString::to_string),
            }),
            AgentEvent::Left {} => {
                row.is_active = false;
                row.extension = None;
            }
        }
        row.updated_at = event.occurred_at;
        row.version = event.version;
        row.position = event.position;
        Ok(())
    }
}

impl AgentRow {
    fn new(event: &Recorded) -> Self {
        Self {
            tenant_id: event.stream.tenant,
            agent_id: UserId(event.stream.id),
            email: None,
            name: None,
            location_id: None,
            location_name: None,
            team: None,
            extension: None,
            hired_on: None,
            certifications: Vec::new(),
            is_active: true,
            created_at: event.occurred_at,
            updated_at: event.occurred_at,
            version: event.version,
            position: event.position,
        }
    }

    fn describe(&mut self, profile: &Profile) {
        self.email = profile.email.known().map(ToString::to_string);
        self.name = profile.name.known().map(ToString::to_string);
        self.location_id = profile.location;
        self.location_name = profile.location_name.as_ref().map(ToString::to_string);
        self.team = profile.team.as_ref().map(ToString::to_string);
        self.extension = profile.extension.as_ref().map(ToString::to_string);
        self.hired_on = profile.hired_on;
    }
}

/// Which agents are wanted; what is absent does not matter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AgentFilter {
    pub location: Option<LocationId>,
    pub team: Option<String>,
    pub active: Option<bool>,
    /// Found in name, address or extension.
    pub text: Option<String>,
}

/// The agents that somebody sees, by name.
pub async fn list(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    filter: &AgentFilter,
    page: Page,
) -> sqlx::Result<Listing<AgentRow>> {
    let (location, pattern) = (filter.location.map(|location| location.0), filter.text.as_deref().map(containing));
    let (everything, locations) = (viewer.everything(), viewer.locations());
    let total = sqlx::query_scalar!(
        r#"select count(*) as "n!" from agents
           where tenant_id = $1 and ($2 or agent_id = $3 or location_id = any($4))
             and ($5::uuid is null or location_id = $5) and ($6::text is null or team = $6) and ($7::bool is null or is_active = $7)
             and ($8::text is null or name ilike $8 or email ilike $8 or extension ilike $8)"#,
        tenant.0,
        everything,
        viewer.user,
        &locations,
        location,
        filter.team,
        filter.active,
        pattern,
    );
    let total = total.fetch_one(&mut *conn).await?;
    let (offset, limit) = page.bounds();
    let rows = sqlx::query_scalar!(
        r#"select to_json(a) as "agent!: Json<AgentRow>" from agents a
           where tenant_id = $1 and ($2 or agent_id = $3 or location_id = any($4))
             and ($5::uuid is null or location_id = $5) and ($6::text is null or team = $6) and ($7::bool is null or is_active = $7)
             and ($8::text is null or name ilike $8 or email ilike $8 or extension ilike $8)
           order by name, agent_id offset $9 limit $10"#,
        tenant.0,
        everything,
        viewer.user,
        &locations,
        location,
        filter.team,
        filter.active,
        pattern,
        offset,
        limit,
    );
    let rows = rows.fetch_all(conn).await?.into_iter().map(|row| row.0).collect();
    Ok(Listing { rows, total, next: None })
}

/// An agent, if whoever looks sees them.
pub async fn card(conn: &mut PgConnection, tenant: TenantId, viewer: &Viewer, agent: UserId) -> sqlx::Result<Option<AgentRow>> {
    let found = sqlx::query_scalar!(
        r#"select to_json(a) as "agent!: Json<AgentRow>" from agents a
           where tenant_id = $1 and agent_id = $2 and ($3 or agent_id = $4 or location_id = any($5))"#,
        tenant.0,
        agent.0,
        viewer.everything(),
        viewer.user,
        &viewer.locations(),
    );
    Ok(found.fetch_optional(conn).await?.map(|row| row.0))
}

/// The agents of these addresses or ids, in their order, as far as whoever looks sees them.
pub async fn named(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    named: &[String],
) -> sqlx::Result<Vec<Option<UserId>>> {
    // A word that is an id is never an address; ids are compared as such, for their index.
    let ids: Vec<Option<Uuid>> = named.iter().map(|word| Uuid::try_parse(word).ok()).collect();
    let found = sqlx::query_scalar!(
        r#"select a.agent_id as "agent_id?"
           from unnest($2::text[], $3::uuid[]) with ordinality as n (email, id, nth)
           left join lateral (
             select agent_id from agents
             where tenant_id = $1 and (agent_id = n.id or n.id is null and lower(email) = lower(n.email))
               and ($4 or agent_id = $5 or location_id = any($6))
             order by is_active desc, agent_id limit 1) a on true
           order by n.nth"#,
        tenant.0,
        named,
        &ids as &[Option<Uuid>],
        viewer.everything(),
        viewer.user,
        &viewer.locations(),
    );
    Ok(found.fetch_all(conn).await?.into_iter().map(|agent| agent.map(UserId)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::story::{Story, TENANT};
    use domain::Personal;

    #[test]
    fn an_agent_is_shown_as_they_are_now() {
        let user = UserId(Uuid::from_u128(7));
        let in_team = |team: &str| Profile {
            email: Personal::new("ada@example.com".try_into().unwrap()),
            name: Personal::new("Ada Lovelace".try_into().unwrap()),
            location: Some(LocationId(Uuid::from_u128(9))),
            location_name: Some("Wixom".try_into().unwrap()),
            team: Some(team.try_into().unwrap()),
            extension: Some("101".try_into().unwrap()),
            hired_on: None,
        };
        let mut story = Story::default();
        story.add(0, "agent", user.0, AgentEvent::Enrolled { user, profile: in_team("morning") });
        let from = crate::cases::story::at_day(1);
        story.add(1, "agent", user.0, AgentEvent::Changed { profile: in_team("evening"), from });
        let on = NaiveDate::from_ymd_opt(2026, 1, 2).unwrap();
        let name = "HIPAA".try_into().unwrap();
        story.add(2, "agent", user.0, AgentEvent::Certified { name, on, location: None, team: None });
        story.add(3, "agent", user.0, AgentEvent::Left {});
        let key = AgentKey { tenant_id: TENANT, agent_id: user };
        let row = story.rows::<Agents>().get::<AgentRow>(&key).unwrap().unwrap().clone();
        assert_eq!((row.team.as_deref(), row.extension, row.is_active), (Some("evening"), None, false));
        assert_eq!((row.certifications.len(), row.version), (1, 4));
    }
}
