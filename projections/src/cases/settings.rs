//! The settings of a company: what holds now, what held at any time, and who changed it when.

use crate::{Keys, ReadModel, Row, Rows, Table, Unappliable, table};
use domain::cases::policy::{Policy, PolicyEvent, PolicyValues};
use domain::{Actor, Fact, Instant, TenantId};
use eventlog::{Position, Recorded};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use sqlx::types::Json;

/// All versions of the settings.
pub struct Settings;

/// A version of the settings. The columns are explained in `migrations/read/settings.sql`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SettingsVersion {
    pub tenant_id: TenantId,
    pub version: u32,
    pub in_force_from: Instant,
    pub chosen: PolicyValues,
    pub published_at: Instant,
    pub published_by: Actor,
    pub stream_version: i64,
    pub position: Position,
}

/// The primary key of a version of the settings.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct SettingsKey {
    pub tenant_id: TenantId,
    pub version: u32,
}

impl Row for SettingsVersion {
    const TABLE: &'static str = "settings";
    const KEY: &'static [&'static str] = &["tenant_id", "version"];
    type Key = SettingsKey;

    fn key(&self) -> SettingsKey {
        SettingsKey { tenant_id: self.tenant_id, version: self.version }
    }
}

impl ReadModel for Settings {
    const NAME: &'static str = "settings";
    const VERSION: i32 = 1;
    const CATEGORIES: &'static [&'static str] = &["policy"];
    const SQL: &'static str = include_str!("../../../migrations/read/settings.sql");

    fn tables() -> Vec<Box<dyn Table>> {
        vec![table::<SettingsVersion>()]
    }

    fn keys(event: &Recorded, fact: &Fact, keys: &mut Keys<'_>) {
        if let Fact::Policy(PolicyEvent::Published { version, .. }) = fact {
            keys.want::<SettingsVersion>(SettingsKey { tenant_id: event.stream.tenant, version: *version });
        }
    }

    fn evolve(rows: &mut Rows, event: &Recorded, fact: &Fact) -> Result<(), Unappliable> {
        let Fact::Policy(PolicyEvent::Published { version, from, values }) = fact else { return Ok(()) };
        rows.put(SettingsVersion {
            tenant_id: event.stream.tenant,
            version: *version,
            in_force_from: *from,
            chosen: values.clone(),
            published_at: event.occurred_at,
            published_by: event.actor.clone(),
            stream_version: event.version,
            position: event.position,
        })
    }
}

/// All versions, oldest first.
pub async fn versions(conn: &mut PgConnection, tenant: TenantId) -> sqlx::Result<Vec<SettingsVersion>> {
    let found = sqlx::query_scalar!(
        r#"select to_json(s) as "settings!: Json<SettingsVersion>" from settings s where tenant_id = $1 order by version"#,
        tenant.0,
    );
    Ok(found.fetch_all(conn).await?.into_iter().map(|settings| settings.0).collect())
}

/// The newest version; for a company that published none, the defaults as version 1 of a stream at version 0.
pub async fn current(conn: &mut PgConnection, tenant: TenantId) -> sqlx::Result<SettingsVersion> {
    Ok(versions(conn, tenant).await?.pop().unwrap_or_else(|| defaults(tenant)))
}

/// The version in force at an instant; the first has always been in force.
pub async fn at(conn: &mut PgConnection, tenant: TenantId, at: Instant) -> sqlx::Result<SettingsVersion> {
    Ok(in_force(versions(conn, tenant).await?, at).unwrap_or_else(|| defaults(tenant)))
}

/// `None`: the defaults, which are version 1 until another version 1 is published.
fn in_force(mut versions: Vec<SettingsVersion>, at: Instant) -> Option<SettingsVersion> {
    let dated = versions.iter().rposition(|version| version.in_force_from <= at);
    let nth = dated.or_else(|| versions.iter().position(|version| version.version == 1))?;
    Some(versions.swap_remove(nth))
}

fn defaults(tenant_id: TenantId) -> SettingsVersion {
    SettingsVersion {
        tenant_id,
        version: 1,
        in_force_from: Instant::UNIX_EPOCH,
        chosen: Policy::default().current().values.clone(),
        published_at: Instant::UNIX_EPOCH,
        published_by: Actor::Operator,
        stream_version: 0,
        position: Position::START,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::story::{Story, TENANT, at_day};

    #[test]
    fn every_version_is_kept_and_found_by_its_time() {
        let mut story = Story::default();
        story.policy(1, 1, PolicyValues::default());
        story.policy(5, 2, PolicyValues { p1_sla_days: 4, ..Default::default() });
        let rows = story.rows::<Settings>();
        let version =
            |version| rows.get::<SettingsVersion>(&SettingsKey { tenant_id: TENANT, version }).unwrap().unwrap().clone();
        let versions = vec![version(1), version(2)];
        let at = |day| in_force(versions.clone(), at_day(day)).unwrap().version;
        assert_eq!((at(0), at(4), at(5)), (1, 1, 2));
        assert_eq!(versions[1].chosen.p1_sla_days, 4);
        assert_eq!(in_force(vec![], at_day(0)), None);
    }
}
