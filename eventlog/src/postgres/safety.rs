//! The look before the start: nothing is served from a database that could lose or leak what it is told.

use sqlx::PgPool;

/// Why a database is not fit to keep the log.
#[derive(Debug, thiserror::Error)]
pub enum NotSafe {
    #[error("PostgreSQL has {setting} = {value}, with which a crash could lose what was acknowledged; set it to on")]
    Forgetful { setting: String, value: String },
    #[error("the role {role} {power}, so it could change the log or see past row security; connect as docket_app")]
    Powerful { role: String, power: &'static str },
    #[error("the log has {count} events but its last position is {last}: some were taken out")]
    Damaged { count: i64, last: i64 },
    #[error("the database cannot be examined: {0}")]
    Unexamined(#[from] sqlx::Error),
}

/// Refuses a database that may forget acknowledged commits, a role above its rules, and a log with a hole.
///
/// Counts the whole log, which takes about a second for ten million events.
pub async fn refuse_unless_safe(pool: &PgPool) -> Result<(), NotSafe> {
    let forgetful: Option<(String, String)> = sqlx::query_as(
        "select name, setting from pg_settings
         where name in ('fsync', 'full_page_writes', 'synchronous_commit') and setting = 'off' order by name limit 1",
    )
    .fetch_optional(pool)
    .await?;
    if let Some((setting, value)) = forgetful {
        return Err(NotSafe::Forgetful { setting, value });
    }

    let (role, superuser, above_row_security, owner): (String, bool, bool, bool) = sqlx::query_as(
        "select rolname::text, rolsuper, rolbypassrls, exists (
           select from pg_namespace n where n.nspname = 'log' and pg_has_role(r.oid, n.nspowner, 'member')
           union all
           select from pg_class c where c.relnamespace = 'log'::regnamespace and pg_has_role(r.oid, c.relowner, 'member')
           union all
           select from pg_proc p where p.pronamespace = 'log'::regnamespace and pg_has_role(r.oid, p.proowner, 'member'))
         from pg_roles r where rolname = current_user",
    )
    .fetch_one(pool)
    .await?;
    let power = match () {
        _ if superuser => Some("is a superuser"),
        _ if above_row_security => Some("bypasses row security"),
        _ if owner => Some("owns a part of the log"),
        _ => None,
    };
    if let Some(power) = power {
        return Err(NotSafe::Powerful { role, power });
    }

    // One statement, so one moment: appends that go on beside it do not look like damage.
    let (count, last): (i64, i64) =
        sqlx::query_as("select count(*), coalesce(max(position), 0) from log.events").fetch_one(pool).await?;
    if count != last {
        return Err(NotSafe::Damaged { count, last });
    }
    Ok(())
}
