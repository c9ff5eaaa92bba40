//! What the agents, places and campaigns of a report are called now, and which agent somebody means by an address.

use super::{Dimension, Groups};
use domain::TenantId;
use sqlx::PgConnection;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// An agent by name.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentName {
    pub email: Option<String>,
    pub name: Option<String>,
}

/// What things are called.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Names {
    pub agents: BTreeMap<Uuid, AgentName>,
    pub locations: BTreeMap<Uuid, String>,
    pub campaigns: BTreeMap<Uuid, String>,
}

impl Names {
    /// The names of all that these groups are about.
    pub async fn of(conn: &mut PgConnection, tenant: TenantId, dimensions: &[Dimension], groups: &Groups) -> sqlx::Result<Self> {
        let ids = |wanted: Dimension| -> Vec<Uuid> {
            let Some(nth) = dimensions.iter().position(|dimension| *dimension == wanted) else { return Vec::new() };
            let words: BTreeSet<&String> = groups.keys().filter_map(|group| group.get(nth)?.as_ref()).collect();
            words.into_iter().filter_map(|word| word.parse().ok()).collect()
        };
        let agents = sqlx::query!(
            "select agent_id, email, name from agents where tenant_id = $1 and agent_id = any($2)",
            tenant.0,
            &ids(Dimension::Agent),
        );
        let agents = agents.fetch_all(&mut *conn).await?;
        let locations = sqlx::query!(
            "select location_id, name from locations where tenant_id = $1 and location_id = any($2)",
            tenant.0,
            &ids(Dimension::Location),
        );
        let locations = locations.fetch_all(&mut *conn).await?;
        let campaigns = sqlx::query!(
            "select campaign_id, name from campaigns where tenant_id = $1 and campaign_id = any($2)",
            tenant.0,
            &ids(Dimension::Campaign),
        );
        let campaigns = campaigns.fetch_all(conn).await?;
        Ok(Self {
            agents: agents.into_iter().map(|row| (row.agent_id, AgentName { email: row.email, name: row.name })).collect(),
            locations: locations.into_iter().map(|row| (row.location_id, row.name)).collect(),
            campaigns: campaigns.into_iter().map(|row| (row.campaign_id, row.name)).collect(),
        })
    }
}
