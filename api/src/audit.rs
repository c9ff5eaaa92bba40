//! The audit log: everything that happened in a company, searchable by who, what, about what, and when.

use crate::auth::Caller;
use crate::calls::accesses::facts;
use crate::cases::searched;
use crate::extract::{Params, uuid};
use crate::paged::{Paged, Part};
use crate::params::{AsOf, PageLimit, PageNumber, Skip};
use crate::who::Names;
use crate::{Answer, Error, House};
use actix_web::web;
use chrono::{DateTime, Utc};
use domain::organization::role::Permission;
use domain::{Actor, UserId};
use eventlog::Position;
use projections::organization::audit_trail::{self, AuditEntry, AuditFilter};
use projections::wall;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Which entries are wanted; what is absent does not matter.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedEntries {
    /// Whoever did it: `user:<id>`, `simulation:<id>`, `process:<name>` or `operator`.
    #[param(
        pattern = "^(operator|process:[a-z_]{1,64}|(user|simulation):[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$",
        example = "operator"
    )]
    actor: Option<String>,
    /// The person who did it; short for `actor=user:<id>`, which goes first.
    #[param(value_type = Option<Uuid>)]
    user_id: Option<String>,
    /// The stored name of the event, for example `case.rejected`.
    #[param(max_length = 100, example = "case.rejected")]
    action: Option<String>,
    /// What it is about: `case`, `agency`, `user` …
    #[param(max_length = 100, example = "case")]
    category: Option<String>,
    /// The one thing it is about.
    #[param(value_type = Option<Uuid>)]
    aggregate_id: Option<String>,
    /// From this instant of business time on.
    #[param(value_type = Option<DateTime<Utc>>, example = "2026-01-01T00:00:00Z")]
    from: Option<AsOf>,
    /// Before this instant of business time.
    #[param(value_type = Option<DateTime<Utc>>, example = "2026-02-01T00:00:00Z")]
    to: Option<AsOf>,
    /// Found in the action, the actor or the facts.
    #[param(max_length = 255, pattern = "^[^\\x00]*$")]
    search: Option<String>,
    #[param(value_type = Option<u32>, minimum = 1, maximum = 1_000_000)]
    page: Option<PageNumber>,
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    limit: Option<PageLimit>,
    /// Instead of `page`: how many entries to leave out.
    #[param(value_type = Option<u32>, minimum = 0, maximum = 100_000_000)]
    skip: Option<Skip>,
    /// Instead of `page`: the `next` of an earlier page, asked with the same filters.
    #[param(pattern = "^[0-9]{1,18}$")]
    cursor: Option<String>,
}

impl WantedEntries {
    /// What is wanted, as far as the caller may see it.
    pub(crate) fn read(self, caller: &Caller) -> Result<(AuditFilter, Part<Position>), Error> {
        let actor = |text: &str| {
            text.trim()
                .parse::<Actor>()
                .map_err(|_| Error::invalid("actor", "must be user:<id>, simulation:<id>, process:<name> or operator"))
        };
        let user = self.user_id.as_deref().map(|id| uuid("user_id", id)).transpose()?;
        let actor = self.actor.as_deref().map(actor).transpose()?.or(user.map(|id| Actor::User(UserId(id))));
        let filter = AuditFilter {
            actor,
            action: named("action", self.action)?,
            category: named("category", self.category)?,
            aggregate: self.aggregate_id.as_deref().map(|id| uuid("aggregate_id", id)).transpose()?,
            from: self.from.map(AsOf::reckoned),
            until: self.to.map(AsOf::reckoned),
            text: searched(self.search)?,
            hidden: if caller.viewer().everything() { &[] } else { wall::WALLED },
            deaf: !caller.may(Permission::AccessRecordings),
        };
        Ok((filter, Part::read(self.page, self.skip, self.limit, self.cursor.as_deref())?))
    }
}

fn named(field: &str, name: Option<String>) -> Result<Option<String>, Error> {
    match name {
        Some(name) if name.chars().count() > 100 => Err(Error::invalid(field, "must have at most 100 characters")),
        name => Ok(name),
    }
}

/// Something that happened (E.T4).
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditLog {
    /// The id of the event.
    pub id: Uuid,
    /// Its place in the log.
    #[schema(example = 1042)]
    pub position: i64,
    /// The person who did it; `null` if it was one of Docket's processes or its operator.
    pub user_id: Option<Uuid>,
    #[schema(example = "Ada Lovelace")]
    pub user_name: Option<String>,
    /// `user:<id>`, `simulation:<id>`, `process:<name>` or `operator`.
    #[schema(example = "process:sla_clock")]
    pub actor: String,
    /// Somebody played it through in the testing interface; it did not really happen.
    pub simulated: bool,
    #[schema(example = "case.rejected")]
    pub action: String,
    #[schema(example = "case")]
    pub category: String,
    pub aggregate_id: Uuid,
    /// Its place in the history of that one thing.
    #[schema(example = 3)]
    pub version: i64,
    /// The facts as they were recorded; `null` where they tell of a recording to somebody who may not listen to it.
    #[schema(value_type = Option<Object>, example = json!({"reason": "debtor is insolvent"}))]
    pub details: serde_json::Value,
    /// When it happened.
    pub created_at: DateTime<Utc>,
    /// When Docket heard of it.
    pub recorded_at: DateTime<Utc>,
    /// The event that led to it, where one of Docket's processes acted.
    pub cause: Option<Uuid>,
    /// The key of the command; all events of one command bear the same.
    pub key: String,
}

impl AuditLog {
    /// An entry as those see it who may listen to recordings, or may not.
    pub(crate) fn of(entry: AuditEntry, names: &Names, listens: bool) -> Self {
        let told = facts::are_told(&entry.action, listens);
        Self {
            id: entry.event_id,
            position: entry.position.to_i64(),
            user_id: entry.actor.person().map(|id| id.0),
            user_name: names.of(&entry.actor),
            actor: entry.actor.to_string(),
            simulated: entry.actor.is_simulation(),
            action: entry.action,
            category: entry.category,
            aggregate_id: entry.aggregate_id,
            version: entry.version,
            details: if told { entry.body } else { serde_json::Value::Null },
            created_at: entry.occurred_at,
            recorded_at: entry.recorded_at,
            cause: entry.cause,
            key: entry.command_key,
        }
    }
}

/// Everything that happened, the newest first.
///
/// Of calls and those who take them, only what everybody sees who sees the whole company; others have the history of each call.
#[utoipa::path(get, path = "/api/v1/audit-logs", tag = "audit", params(WantedEntries),
    responses((status = 200, body = Paged<AuditLog>)))]
pub async fn list(
    house: web::Data<House>,
    caller: Caller,
    wanted: Params<WantedEntries>,
) -> Result<Answer<Paged<AuditLog>>, Error> {
    let (filter, part) = wanted.0.read(&caller)?;
    let tenant = caller.tenant();
    let (page, before) = (part.page(), part.cursor);
    let asked = house
        .reader
        .as_tenant(tenant, move |conn| Box::pin(async move { audit_trail::search(conn, tenant, &filter, page, before).await }));
    let found = asked.await?;
    let names = Names::find(&house, tenant, found.rows.iter().map(|entry| &entry.actor)).await?;
    let listens = caller.may(Permission::AccessRecordings);
    let told = facts::told_in(&found.rows, listens);
    Ok(Answer::ok(part.shown(found, |entry| AuditLog::of(entry, &names, listens))).telling_of(told))
}
