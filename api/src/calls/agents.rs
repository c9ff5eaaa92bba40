//! The agents of a call centre: enrolled, moved, certified, and shown to whoever looks after them.

use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{Body, Circumstances, Id, Params};
use crate::face::Enveloped;
use crate::paged::{Paged, Part};
use crate::params::{PageLimit, PageNumber, Skip};
use crate::{Answer, House, shape};
use actix_web::web;
use chrono::{DateTime, NaiveDate, Utc};
use commands::Ask;
use commands::calls::agent::{CertifyAgent, ChangeAgent, EnrolAgent, RemoveAgent};
use domain::calls::extension::Number;
use domain::cases::customer::given;
use domain::{LocationId, Text, UserId};
use projections::calls::agents::{self, AgentFilter, AgentRow, Certification};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// An agent.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Agent {
    /// The id of their account.
    id: Uuid,
    #[schema(example = "ada@example.com")]
    email: Option<String>,
    #[schema(example = "Ada Lovelace")]
    name: Option<String>,
    location_id: Option<Uuid>,
    #[schema(example = "Ann Arbor")]
    location: Option<String>,
    #[schema(example = "morning")]
    team: Option<String>,
    #[schema(example = "101")]
    extension: Option<String>,
    hired_on: Option<NaiveDate>,
    certifications: Vec<Examination>,
    is_active: bool,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// An examination that was passed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Examination {
    #[schema(example = "HIPAA basics")]
    name: String,
    on: NaiveDate,
}

impl From<AgentRow> for Agent {
    fn from(row: AgentRow) -> Self {
        let passed = |Certification { name, on, .. }| Examination { name, on };
        Self {
            id: row.agent_id.0,
            email: row.email,
            name: row.name,
            location_id: row.location_id.map(|location| location.0),
            location: row.location_name,
            team: row.team,
            extension: row.extension,
            hired_on: row.hired_on,
            certifications: row.certifications.into_iter().map(passed).collect(),
            is_active: row.is_active,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// Which agents are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedAgents {
    #[param(value_type = Option<Uuid>)]
    location_id: Option<LocationId>,
    team: Option<String>,
    is_active: Option<bool>,
    /// Found in name, address or extension.
    search: Option<String>,
    #[param(value_type = Option<u32>, minimum = 1)]
    page: Option<PageNumber>,
    #[param(value_type = Option<u32>, minimum = 0)]
    skip: Option<Skip>,
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    limit: Option<PageLimit>,
}

/// Somebody who shall take calls.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"userId": "0190a5d2-0000-7000-8000-000000000001", "team": "morning"}))]
pub struct AgentToEnrol {
    /// Their account.
    user_id: Uuid,
    #[schema(schema_with = shape::text_or_null::<32>, required = false)]
    extension: Option<Number>,
    /// Where they sit, unless it is said.
    #[schema(value_type = Option<Uuid>)]
    location_id: Option<LocationId>,
    #[schema(schema_with = shape::text_or_null::<64>, required = false)]
    team: Option<Text<64>>,
    hired_on: Option<NaiveDate>,
}

/// What shall be different; what is absent stays, `null` clears.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(example = json!({"team": "evening"}))]
pub struct AgentChange {
    #[serde(deserialize_with = "given")]
    #[schema(schema_with = shape::text_or_null::<32>, required = false)]
    extension: Option<Option<Number>>,
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<Uuid>, required = false)]
    location_id: Option<Option<LocationId>>,
    #[serde(deserialize_with = "given")]
    #[schema(schema_with = shape::text_or_null::<64>, required = false)]
    team: Option<Option<Text<64>>>,
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<NaiveDate>, required = false)]
    hired_on: Option<Option<NaiveDate>>,
    /// Since when; now if it is not said.
    from: Option<DateTime<Utc>>,
}

/// An examination that an agent passed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "HIPAA basics", "on": "2026-01-05"}))]
pub struct ExaminationPassed {
    #[schema(schema_with = shape::text::<255>)]
    name: Text<255>,
    on: NaiveDate,
}

/// What became of an agent.
#[derive(Debug, Serialize, ToSchema)]
pub struct AgentKept {
    id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    agent: Option<Agent>,
}

/// The agents whom one sees, by name.
#[utoipa::path(get, path = "/api/agents", tag = "call centre", params(WantedAgents),
    responses((status = 200, body = Enveloped<Paged<Agent>>)))]
pub async fn list(house: web::Data<House>, caller: Caller, wanted: Params<WantedAgents>) -> Result<Answer<Paged<Agent>>, Error> {
    let WantedAgents { location_id, team, is_active, search, page, skip, limit } = wanted.0;
    let part = Part::<i64>::read(page, skip, limit, None)?;
    let filter = AgentFilter { location: location_id, team, active: is_active, text: search };
    let (tenant, viewer, page) = (caller.tenant(), caller.viewer(), part.page());
    let seen = viewer.clone();
    let asked = house
        .reader
        .as_viewer(tenant, &viewer, move |conn| Box::pin(async move { agents::list(conn, tenant, &seen, &filter, page).await }));
    Ok(Answer::ok(part.shown(asked.await?, Agent::from)))
}

/// An agent.
#[utoipa::path(get, path = "/api/agents/{id}", tag = "call centre", params(("id" = Uuid, Path, description = "The agent.")),
    responses((status = 200, body = Enveloped<Agent>)))]
pub async fn show(house: web::Data<House>, caller: Caller, id: Id) -> Result<Answer<Agent>, Error> {
    let row = card(&house, &caller, id.0).await?.ok_or_else(|| Error::missing("agent"))?;
    let version = row.version;
    Ok(Answer::ok(Agent::from(row)).version(version))
}

/// Let somebody take calls.
#[utoipa::path(post, path = "/api/agents", tag = "call centre", request_body = AgentToEnrol,
    responses((status = 201, body = Enveloped<AgentKept>)))]
pub async fn enrol(
    house: web::Data<House>,
    caller: Caller,
    circumstances: Circumstances,
    body: Body<AgentToEnrol>,
) -> Result<Answer<AgentKept>, Error> {
    let AgentToEnrol { user_id, extension, location_id, team, hired_on } = body.0;
    let ask = Ask::new(EnrolAgent { extension, location_id, team, hired_on }).on(user_id);
    let done = house.execute(&caller.principal, circumstances.of(ask)).await?;
    Ok(Answer::created(kept(&house, &caller, &done).await).after(&done))
}

/// Change how an agent works, from now on or since an earlier instant.
#[utoipa::path(put, path = "/api/agents/{id}", tag = "call centre", params(("id" = Uuid, Path, description = "The agent.")),
    request_body = AgentChange, responses((status = 200, body = Enveloped<AgentKept>)))]
pub async fn change(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<AgentChange>,
) -> Result<Answer<AgentKept>, Error> {
    let AgentChange { extension, location_id, team, hired_on, from } = body.0;
    let ask = Ask::new(ChangeAgent { extension, location_id, team, hired_on, from }).on(id.0);
    let done = house.execute(&caller.principal, circumstances.of(ask)).await?;
    Ok(Answer::ok(kept(&house, &caller, &done).await).after(&done))
}

/// Let somebody take no more calls. What they did stays theirs.
#[utoipa::path(delete, path = "/api/agents/{id}", tag = "call centre", params(("id" = Uuid, Path, description = "The agent.")),
    responses((status = 200, body = Enveloped<AgentKept>)))]
pub async fn remove(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
) -> Result<Answer<AgentKept>, Error> {
    let done = house.execute(&caller.principal, circumstances.of(Ask::new(RemoveAgent {}).on(id.0))).await?;
    Ok(Answer::ok(kept(&house, &caller, &done).await).message("The agent takes no more calls").after(&done))
}

/// Put on record that an agent passed an examination.
#[utoipa::path(post, path = "/api/agents/{id}/certifications", tag = "call centre",
    params(("id" = Uuid, Path, description = "The agent.")), request_body = ExaminationPassed,
    responses((status = 201, body = Enveloped<AgentKept>)))]
pub async fn certify(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<ExaminationPassed>,
) -> Result<Answer<AgentKept>, Error> {
    let ExaminationPassed { name, on } = body.0;
    let ask = Ask::new(CertifyAgent { name, on }).on(id.0);
    let done = house.execute(&caller.principal, circumstances.of(ask)).await?;
    Ok(Answer::created(kept(&house, &caller, &done).await).after(&done))
}

/// The agent as the screens show them, once they do.
async fn kept(house: &House, caller: &Caller, done: &commands::Answer) -> AgentKept {
    let shown = match house.shows(done).await {
        true => card(house, caller, done.id).await.ok().flatten(),
        false => None,
    };
    AgentKept { id: done.id, agent: shown.map(Agent::from) }
}

async fn card(house: &House, caller: &Caller, id: Uuid) -> Result<Option<AgentRow>, Error> {
    let (tenant, viewer) = (caller.tenant(), caller.viewer());
    let seen = viewer.clone();
    let asked = house
        .reader
        .as_viewer(tenant, &viewer, move |conn| Box::pin(async move { agents::card(conn, tenant, &seen, UserId(id)).await }));
    Ok(asked.await?)
}
