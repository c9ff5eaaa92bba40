//! Taking over from a 3CX who has which telephone and what all of them are doing (B.E38).

use crate::auth::Caller;
use crate::error::Error;
use crate::extract::Params;
use crate::face::Enveloped;
use crate::http::places;
use crate::{Answer, House};
use actix_web::web;
use domain::calls::source::Source;
use domain::{SourceId, TenantId};
use processes::threecx::sync::{self as syncing, Failure, Item, Outcome};
use processes::threecx::{Door, rounds};
use projections::calls::sources;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// How long it may take: asking has an end of its own before that.
pub const LONGEST: Duration = Duration::from_secs(90);

/// Which telephone system is asked.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedSource {
    /// If it is not said, the only one that can be asked.
    #[param(value_type = Option<Uuid>)]
    source: Option<SourceId>,
}

/// What was taken over.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Synced {
    source_id: Uuid,
    /// How many users and active calls the telephone system has.
    #[schema(example = 12)]
    users: usize,
    #[schema(example = 3)]
    active_calls: usize,
    enrolled: usize,
    changed: usize,
    unchanged: usize,
    unknown: usize,
    conflicts: usize,
    unusable: usize,
    /// Telephones that do something else than was known.
    presences_changed: usize,
    /// One for each user with whom it is not all as it was, by extension.
    items: Vec<SyncedUser>,
}

/// What became of a user of the telephone system.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SyncedUser {
    #[schema(example = "101")]
    extension: String,
    #[schema(example = "ada@example.com")]
    email: Option<String>,
    user_id: Option<Uuid>,
    /// `enrolled`, `changed`, `unknown` (nobody here), `conflict` or `unusable`.
    #[schema(value_type = String, example = "conflict")]
    outcome: &'static str,
    #[schema(example = "extension 101 belongs to another agent")]
    reason: Option<String>,
}

impl Synced {
    fn of(source: SourceId, done: syncing::Synced) -> Self {
        let count = |outcome| done.items.iter().filter(|item| item.outcome == outcome).count();
        Self {
            source_id: source.0,
            users: done.users,
            active_calls: done.calls,
            enrolled: count(Outcome::Enrolled),
            changed: count(Outcome::Changed),
            unchanged: count(Outcome::Unchanged),
            unknown: count(Outcome::Unknown),
            conflicts: count(Outcome::Conflict),
            unusable: count(Outcome::Unusable),
            presences_changed: done.presences,
            items: done.items.into_iter().filter(|item| item.outcome != Outcome::Unchanged).map(SyncedUser::of).collect(),
        }
    }
}

impl SyncedUser {
    fn of(item: Item) -> Self {
        let Item { extension, email, user, outcome, reason } = item;
        Self { extension, email, user_id: user.map(|user| user.0), outcome: outcome.word(), reason }
    }
}

/// Asks a telephone system for its users and active calls: agents get the telephones that it says they have, and what every
/// telephone is doing is put on record.
///
/// Users are known by their e-mail addresses; who has an account and is no agent yet becomes one. Nothing is put on record unless all
/// of it has come as it should (502 says what did not), but that it was asked; and doing it again changes nothing. A telephone system
/// with a base URL and a key is asked every quarter of an hour by itself.
#[utoipa::path(post, path = "/api/processing/sync-3cx", tag = "call centre", params(WantedSource),
    responses((status = 200, body = Enveloped<Synced>),
        (status = 502, description = "the telephone system did not answer as it should; nothing was put on record")))]
pub async fn run(house: web::Data<House>, caller: Caller, wanted: Params<WantedSource>) -> Result<Answer<Synced>, Error> {
    let tenant = caller.tenant();
    let (source, at) = asked(&house, tenant, wanted.0.source).await?;
    // Whoever waits for another machine holds no place among the requests that are worked on.
    places::leave();
    let (who, here) = (caller.principal.clone(), house.clone());
    let work = async move {
        let done = rounds::ask(&here.threecx, &here.commands, &who, source, &at).await;
        done.map_err(|failure| match failure {
            Failure::Pbx(trouble) => {
                tracing::warn!(%tenant, %source, asked = %trouble.asked, why = %trouble.why, "a telephone system cannot be asked");
                Error::gateway(trouble.asked, trouble.why)
            }
            Failure::UnderWay => Error::throttled("this telephone system is being asked already", 5),
            Failure::Vault(error) => error.into(),
            Failure::Commands(error) => error.into(),
        })
    };
    let done = house.finish(work).await?;
    let position = done.position;
    if let Some(position) = position
        && let Err(error) = house.wait_for(position).await
    {
        tracing::debug!(%error, "the screens follow a little later");
    }
    let answer = Answer::ok(Synced::of(source, done));
    Ok(position.into_iter().fold(answer, Answer::position))
}

/// The telephone system, and where and as whom it can be asked.
async fn asked(house: &House, tenant: TenantId, source: Option<SourceId>) -> Result<(SourceId, Door), Error> {
    let source = match source {
        Some(source) => source,
        None => {
            let process = projections::Viewer::process();
            let rows = house.reader.as_viewer(tenant, &process, move |conn| Box::pin(sources::list(conn, tenant))).await?;
            let mut rows = rows.into_iter().filter(|row| row.base_url.is_some());
            match (rows.next(), rows.next()) {
                (Some(only), None) => only.source_id,
                (None, _) => return Err(Error::invalid("source", "there is no telephone system with a base URL")),
                (Some(_), Some(_)) => return Err(Error::invalid("source", "is required: there are several telephone systems")),
            }
        }
    };
    // From the log, so that one that was changed a moment ago is asked where it is now.
    let (known, _) = house.commands.state::<Source>(tenant, source).await?;
    let details = known.details().map_err(|_| Error::invalid("source", "there is no such source"))?;
    let base = details.base_url.clone().ok_or_else(|| Error::invalid("source", "has no base URL to be asked at"))?;
    Ok((source, Door { base: base.as_str().to_owned(), client: details.client_id.as_ref().map(ToString::to_string) }))
}
