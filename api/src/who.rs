//! What people are called, for screens that show who did something.

use crate::error::Error;
use crate::house::House;
use domain::{Actor, TenantId, UserId};
use projections::organization::people;
use sqlx::PgConnection;
use std::collections::{BTreeMap, BTreeSet};

/// The names of some people.
#[derive(Debug, Default)]
pub struct Names(BTreeMap<UserId, String>);

impl Names {
    /// Looks up the people among these actors.
    pub async fn find<'a>(house: &House, tenant: TenantId, actors: impl IntoIterator<Item = &'a Actor>) -> Result<Self, Error> {
        let users = people_among(actors);
        let asked =
            house.reader.as_tenant(tenant, move |conn| Box::pin(async move { people::names(conn, tenant, &users).await }));
        Ok(Self(asked.await?.into_iter().collect()))
    }

    /// The same for whoever asks for something else in the same transaction.
    pub async fn within<'a>(
        conn: &mut PgConnection,
        tenant: TenantId,
        actors: impl IntoIterator<Item = &'a Actor>,
    ) -> sqlx::Result<Self> {
        let users = people_among(actors);
        Ok(Self(people::names(conn, tenant, &users).await?.into_iter().collect()))
    }

    /// The name of whoever did it, if that was a person we know.
    pub fn of(&self, actor: &Actor) -> Option<String> {
        actor.person().and_then(|id| self.0.get(&id).cloned())
    }
}

fn people_among<'a>(actors: impl IntoIterator<Item = &'a Actor>) -> Vec<UserId> {
    let users: BTreeSet<UserId> = actors.into_iter().filter_map(Actor::person).collect();
    users.into_iter().collect()
}
