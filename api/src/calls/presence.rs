//! What the telephones are doing: shown to whoever looks after those who sit at them, and told by the telephone system.

use crate::auth::Caller;
use crate::calls::webhook;
use crate::error::{Error, Kind};
use crate::extract::{self, Params};
use crate::face::Enveloped;
use crate::paged::{Paged, Part};
use crate::params::{PageLimit, PageNumber, Skip};
use crate::{Answer, House, shape};
use actix_web::http::header;
use actix_web::{HttpRequest, web};
use chrono::{DateTime, Utc};
use commands::calls::presence::NotePresence;
use commands::{Ask, Principal};
use domain::calls::extension::Number;
use domain::calls::presence::PresenceState;
use domain::organization::role::Permission;
use domain::{Instant, LocationId, SourceId, Text};
use eventlog::Position;
use processes::calls::secrets::Proven;
use projections::calls::presences::{self, PresenceFilter, PresenceRow};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// How many telephones are told of in one request.
const MOST: usize = 1_000;

/// A telephone, as it was said last.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentStatus {
    #[schema(example = "101")]
    extension: String,
    /// Who held it then, if anybody did.
    agent_id: Option<Uuid>,
    #[schema(example = "ada@example.com")]
    agent_email: Option<String>,
    #[schema(example = "Ada Lovelace")]
    agent_name: Option<String>,
    location_id: Option<Uuid>,
    #[schema(example = "Ann Arbor")]
    location: Option<String>,
    #[schema(example = "morning")]
    team: Option<String>,
    /// `available`, `ringing`, `on_call`, `wrap_up`, `away`, `dnd` or `offline`.
    #[schema(value_type = String, example = "on_call")]
    state: PresenceState,
    /// When it began to do so.
    since: DateTime<Utc>,
    /// Seconds that have passed since then.
    #[schema(example = 42)]
    age_seconds: i64,
    /// The call it is in, by the telephone system's own name for it.
    call_id: Option<String>,
    other_number: Option<String>,
    #[schema(example = "Appointments")]
    queue_name: Option<String>,
    /// The telephone system that said so.
    source_id: Option<Uuid>,
    updated_at: DateTime<Utc>,
}

impl AgentStatus {
    fn of(row: PresenceRow, now: Instant) -> Self {
        Self {
            extension: row.extension,
            agent_id: row.agent_id.map(|agent| agent.0),
            agent_email: row.agent_email,
            agent_name: row.agent_name,
            location_id: row.location_id.map(|location| location.0),
            location: row.location_name,
            team: row.team,
            state: row.state,
            since: row.since,
            // The telephone system's clock may be a little ahead of ours.
            age_seconds: (now - row.since).num_seconds().max(0),
            call_id: row.call_key,
            other_number: row.other_number,
            queue_name: row.queue_name,
            source_id: row.source_id.map(|source| source.0),
            updated_at: row.noted_at,
        }
    }
}

/// Which telephones are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedStatus {
    /// `available`, `ringing`, `on_call`, `wrap_up`, `away`, `dnd` or `offline`.
    #[param(value_type = Option<String>)]
    state: Option<PresenceState>,
    #[param(value_type = Option<Uuid>)]
    location_id: Option<LocationId>,
    team: Option<String>,
    #[param(value_type = Option<u32>, minimum = 1)]
    page: Option<PageNumber>,
    #[param(value_type = Option<u32>, minimum = 0)]
    skip: Option<Skip>,
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    limit: Option<PageLimit>,
}

/// What a telephone system says of its telephones.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"agents": [{"extension": "101", "state": "on_call", "callId": "C-17"}]}))]
pub struct StatusReport {
    /// From 1 to 1,000.
    #[schema(min_items = 1, max_items = 1000)]
    agents: Vec<StatusSaid>,
}

/// What one telephone is doing.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StatusSaid {
    #[schema(schema_with = shape::text::<32>)]
    extension: Number,
    /// One of our words, or one of 3CX's such as `Talking` or `Do not disturb`.
    #[schema(schema_with = shape::text::<64>)]
    state: Text<64>,
    #[serde(default)]
    #[schema(schema_with = shape::text_or_null::<255>, required = false)]
    call_id: Option<Text<255>>,
    #[serde(default)]
    #[schema(schema_with = shape::text_or_null::<255>, required = false)]
    other_number: Option<Text<255>>,
    #[serde(default)]
    #[schema(schema_with = shape::text_or_null::<255>, required = false)]
    queue_name: Option<Text<255>>,
    /// When it began to do so; if it is not said, when the request was signed (`webhook-timestamp`), or else now.
    #[serde(default)]
    at: Option<DateTime<Utc>>,
}

/// What became of it.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct StatusTaken {
    changed: usize,
    /// Was known already, or is older than what is known.
    unchanged: usize,
    refused: usize,
    /// One for each telephone, in their order.
    items: Vec<StatusVerdict>,
}

/// What became of what was said of one telephone.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatusVerdict {
    #[schema(example = "101")]
    extension: String,
    #[schema(value_type = String, example = "changed")]
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<String>,
}

/// Which telephone system it is that tells.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ToldBy {
    #[param(value_type = Option<Uuid>)]
    source: Option<SourceId>,
}

/// What the telephones are doing, as was said last: those that one looks after, by number.
#[utoipa::path(get, path = "/api/3cx/agent-status", tag = "call centre", params(WantedStatus),
    responses((status = 200, body = Enveloped<Paged<AgentStatus>>)))]
pub async fn list(
    house: web::Data<House>,
    caller: Caller,
    wanted: Params<WantedStatus>,
) -> Result<Answer<Paged<AgentStatus>>, Error> {
    let WantedStatus { state, location_id, team, page, skip, limit } = wanted.0;
    let part = Part::<i64>::read(page, skip, limit, None)?;
    let filter = PresenceFilter { state, location: location_id, team };
    let (tenant, viewer, page) = (caller.tenant(), caller.viewer(), part.page());
    let seen = viewer.clone();
    let asked = house.reader.as_viewer(tenant, &viewer, move |conn| {
        Box::pin(async move { presences::list(conn, tenant, &seen, &filter, page).await })
    });
    let (found, now) = (asked.await?, house.commands.now());
    Ok(Answer::ok(part.shown(found, |row| AgentStatus::of(row, now))))
}

/// Says what telephones are doing. Only what changes is put on record; what is older than what is known changes nothing.
///
/// For telephone systems, which prove themselves as for records (`POST /api/3cx/cdr-webhook`), and for signed-in people who may take
/// calls in.
#[utoipa::path(post, path = "/api/3cx/agent-status", tag = "call centre", params(ToldBy), request_body = StatusReport,
    responses((status = 200, body = Enveloped<StatusTaken>)))]
pub async fn tell(
    house: web::Data<House>,
    told_by: Params<ToldBy>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<Answer<StatusTaken>, Error> {
    let bytes = extract::bytes(&request, &mut body.into_inner()).await?;
    let Teller { who, source, signed_at } = teller(&house, &request, told_by.0.source, &bytes).await?;
    if !extract::is_json(&request) {
        return Err(Error::new(Kind::UnsupportedMedia, "the body must be application/json"));
    }
    let StatusReport { mut agents } = extract::object(&bytes)?;
    if agents.is_empty() || agents.len() > MOST {
        return Err(Error::invalid("agents", format!("must be from 1 to {MOST} telephones")));
    }
    // So that a request that is played again, or was long on its way, is as old as it is and changes nothing that came after it.
    agents.iter_mut().for_each(|said| said.at = said.at.or(signed_at));
    let (taken, position) = take(&house, &who, source, agents).await?;
    Ok(position.into_iter().fold(Answer::ok(taken), Answer::position))
}

/// Whoever tells what telephones are doing.
struct Teller {
    who: Principal,
    source: Option<SourceId>,
    /// When what they say was signed, if it was.
    signed_at: Option<Instant>,
}

/// Whoever tells, if they may: a telephone system that proves itself, or somebody who is signed in.
async fn teller(house: &House, request: &HttpRequest, source: Option<SourceId>, body: &[u8]) -> Result<Teller, Error> {
    if !request.headers().contains_key(header::AUTHORIZATION)
        && let Ok(proof) = webhook::brought(house, request.headers())
    {
        let Proven { tenant, source } = webhook::proven(house, source, &proof, body).await?;
        return Ok(Teller { who: Principal::process(tenant, "3cx"), source: Some(source), signed_at: proof.signed_at() });
    }
    let caller = Caller::recognise(house, request.headers(), None).await?;
    match caller.may(Permission::IngestCalls) {
        true => Ok(Teller { who: caller.principal, source, signed_at: None }),
        false => Err(Error::forbidden("your role does not allow this")),
    }
}

async fn take(
    house: &House,
    who: &Principal,
    source: Option<SourceId>,
    agents: Vec<StatusSaid>,
) -> Result<(StatusTaken, Option<Position>), Error> {
    let (mut asks, mut position) = (Vec::new(), None);
    let mut taken = StatusTaken::default();
    for said in agents {
        let StatusSaid { extension, state, call_id, other_number, queue_name, at } = said;
        let reason = match PresenceState::named(state.as_str()) {
            Some(state) => {
                let told = NotePresence {
                    extension: extension.clone(),
                    state,
                    source_id: source,
                    call_key: call_id,
                    other_number,
                    queue_name,
                    at,
                };
                let id = told.id(who.tenant);
                asks.push(Ask::new(told).on(id));
                None
            }
            None => Some(format!("state: {state} is not known; {}", PresenceState::ALL.map(PresenceState::word).join(", "))),
        };
        taken.items.push(StatusVerdict { extension: extension.to_string(), outcome: "", reason });
    }
    let mut answers = house.execute_all(who, asks).await?.into_iter();
    for item in &mut taken.items {
        let answer = if item.reason.is_none() { answers.next() } else { None };
        item.outcome = match answer {
            Some(Ok(done)) if done.unchanged => "unchanged",
            Some(Ok(done)) => {
                position = position.max(done.position);
                "changed"
            }
            // Nobody knows what became of the rest: the telephone system has to say it again.
            Some(Err(error @ (commands::Error::Unavailable(_) | commands::Error::Busy))) => return Err(error.into()),
            Some(Err(error)) => {
                item.reason = Some(Error::from(error).message);
                "refused"
            }
            None => "refused",
        };
        *match item.outcome {
            "changed" => &mut taken.changed,
            "unchanged" => &mut taken.unchanged,
            _ => &mut taken.refused,
        } += 1;
    }
    Ok((taken, position))
}
