//! The settings of a company: what holds now, what held at any time, who changed it when, and what was judged anew by it.

use crate::{Keys, ReadModel, Row, Rows, Table, Unappliable, table};
use domain::cases::policy::{Policy, PolicyEvent, PolicyValues, Restatement};
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
    pub withdrawn_at: Option<Instant>,
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

/// A restatement of scores. The columns are explained in `migrations/read/settings.sql`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KnownRestatement {
    pub tenant_id: TenantId,
    pub restatement: u32,
    pub starts_at: Instant,
    pub ends_at: Instant,
    pub version: u32,
    pub reason: String,
    pub restated_at: Instant,
    pub restated_by: Actor,
    pub undone_at: Option<Instant>,
    pub undone_by: Option<Actor>,
    pub undone_because: Option<String>,
    pub stream_version: i64,
    pub position: Position,
}

/// The primary key of a restatement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct RestatementKey {
    pub tenant_id: TenantId,
    pub restatement: u32,
}

impl Row for KnownRestatement {
    const TABLE: &'static str = "restatements";
    const KEY: &'static [&'static str] = &["tenant_id", "restatement"];
    type Key = RestatementKey;

    fn key(&self) -> RestatementKey {
        RestatementKey { tenant_id: self.tenant_id, restatement: self.restatement }
    }
}

impl ReadModel for Settings {
    const NAME: &'static str = "settings";
    const VERSION: i32 = 2;
    const CATEGORIES: &'static [&'static str] = &["policy"];
    const SQL: &'static str = include_str!("../../../migrations/read/settings.sql");

    fn tables() -> Vec<Box<dyn Table>> {
        vec![table::<SettingsVersion>(), table::<KnownRestatement>()]
    }

    fn keys(event: &Recorded, fact: &Fact, keys: &mut Keys<'_>) {
        let tenant_id = event.stream.tenant;
        match fact {
            Fact::Policy(PolicyEvent::Published { version, .. } | PolicyEvent::Withdrawn { version }) => {
                keys.want::<SettingsVersion>(SettingsKey { tenant_id, version: *version });
            }
            Fact::Policy(
                PolicyEvent::Restated(Restatement { restatement, .. }) | PolicyEvent::RestatementUndone { restatement, .. },
            ) => keys.want::<KnownRestatement>(RestatementKey { tenant_id, restatement: *restatement }),
            _ => {}
        }
    }

    fn evolve(rows: &mut Rows, event: &Recorded, fact: &Fact) -> Result<(), Unappliable> {
        let Fact::Policy(fact) = fact else { return Ok(()) };
        let tenant_id = event.stream.tenant;
        match fact {
            PolicyEvent::Published { version, from, values } => rows.put(SettingsVersion {
                tenant_id,
                version: *version,
                in_force_from: *from,
                chosen: values.clone(),
                published_at: event.occurred_at,
                published_by: event.actor.clone(),
                withdrawn_at: None,
                stream_version: event.version,
                position: event.position,
            })?,
            PolicyEvent::Withdrawn { version } => {
                let row = rows.must::<SettingsVersion>(&SettingsKey { tenant_id, version: *version })?;
                row.withdrawn_at = Some(event.occurred_at);
                (row.stream_version, row.position) = (event.version, event.position);
            }
            PolicyEvent::Restated(restated) => rows.put(KnownRestatement {
                tenant_id,
                restatement: restated.restatement,
                starts_at: restated.from,
                ends_at: restated.until,
                version: restated.version,
                reason: restated.reason.to_string(),
                restated_at: event.occurred_at,
                restated_by: event.actor.clone(),
                undone_at: None,
                undone_by: None,
                undone_because: None,
                stream_version: event.version,
                position: event.position,
            })?,
            PolicyEvent::RestatementUndone { restatement, reason } => {
                let key = RestatementKey { tenant_id, restatement: *restatement };
                let row = rows.must::<KnownRestatement>(&key)?;
                row.undone_at = Some(event.occurred_at);
                row.undone_by = Some(event.actor.clone());
                row.undone_because = Some(reason.to_string());
                (row.stream_version, row.position) = (event.version, event.position);
            }
        }
        Ok(())
    }
}

/// All versions, oldest first, those that were withdrawn among them.
pub async fn versions(conn: &mut PgConnection, tenant: TenantId) -> sqlx::Result<Vec<SettingsVersion>> {
    let found = sqlx::query_scalar!(
        r#"select to_json(s) as "settings!: Json<SettingsVersion>" from settings s where tenant_id = $1 order by version"#,
        tenant.0,
    );
    Ok(found.fetch_all(conn).await?.into_iter().map(|settings| settings.0).collect())
}

/// All restatements, the newest first, those that were undone among them.
pub async fn restatements(conn: &mut PgConnection, tenant: TenantId) -> sqlx::Result<Vec<KnownRestatement>> {
    let found = sqlx::query_scalar!(
        r#"select to_json(r) as "known!: Json<KnownRestatement>" from restatements r where tenant_id = $1 order by restatement desc"#,
        tenant.0,
    );
    Ok(found.fetch_all(conn).await?.into_iter().map(|known| known.0).collect())
}

/// The version of the company's stream of settings: what an ETag names. 0 if nothing was published.
pub async fn stream_version(conn: &mut PgConnection, tenant: TenantId) -> sqlx::Result<i64> {
    let found = sqlx::query_scalar!(
        r#"select greatest((select max(stream_version) from settings where tenant_id = $1),
             (select max(stream_version) from restatements where tenant_id = $1), 0) as "version!""#,
        tenant.0,
    );
    found.fetch_one(conn).await
}

/// The version in force at an instant; the first has always been in force. For a company that published none, the defaults as
/// version 1 of a stream at version 0.
pub async fn at(conn: &mut PgConnection, tenant: TenantId, at: Instant) -> sqlx::Result<SettingsVersion> {
    Ok(in_force(versions(conn, tenant).await?, at).unwrap_or_else(|| defaults(tenant)))
}

/// `None`: the defaults, which are version 1 until another version 1 is published.
pub fn in_force(mut versions: Vec<SettingsVersion>, at: Instant) -> Option<SettingsVersion> {
    versions.retain(|version| version.withdrawn_at.is_none());
    let dated = versions.iter().rposition(|version| version.in_force_from <= at);
    let nth = dated.or_else(|| versions.iter().position(|version| version.version == 1))?;
    Some(versions.swap_remove(nth))
}

/// What holds where nothing was published.
pub fn defaults(tenant_id: TenantId) -> SettingsVersion {
    SettingsVersion {
        tenant_id,
        version: 1,
        in_force_from: Instant::UNIX_EPOCH,
        chosen: Policy::default().current().values.clone(),
        published_at: Instant::UNIX_EPOCH,
        published_by: Actor::Operator,
        withdrawn_at: None,
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
