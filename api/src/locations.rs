//! The sites of a company, and the roles that its people can have.

use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{Body, Circumstances, Id, uuid};
use crate::face::Enveloped;
use crate::{Answer, House, shape};
use actix_web::web;
use chrono::{DateTime, Utc};
use commands::Ask;
use commands::organization::location::{AddLocation, ChangeLocation, RemoveLocation};
use commands::organization::user::{JoinLocation, LeaveLocation};
use domain::organization::role::{Permission, Role, Scope};
use domain::{LocationId, Text};
use projections::organization::locations::{self, Site};
use projections::organization::people::{self, Person};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A site of a company.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Location {
    id: Uuid,
    #[schema(example = "Ann Arbor")]
    name: String,
    /// An IANA zone.
    #[schema(example = "America/Detroit")]
    timezone: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<Site> for Location {
    fn from(site: Site) -> Self {
        let Site { location_id, name, timezone, created_at, updated_at, .. } = site;
        Self { id: location_id.0, name, timezone, created_at, updated_at }
    }
}

/// What became of a location.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LocationKept)]
pub struct Kept {
    id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    location: Option<Location>,
}

/// A new location.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LocationToAdd)]
#[schema(example = json!({"name": "Ann Arbor", "timezone": "America/Detroit"}))]
pub struct Add {
    #[schema(schema_with = shape::text::<255>)]
    name: Text<255>,
    /// An IANA zone; `UTC` unless said otherwise.
    #[schema(schema_with = shape::time_zone, required = false)]
    timezone: Option<String>,
}

/// What shall be different; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LocationChange)]
#[schema(example = json!({"timezone": "Europe/Rome"}))]
pub struct Change {
    #[schema(schema_with = shape::text_or_null::<255>, required = false)]
    name: Option<Text<255>>,
    /// An IANA zone.
    #[schema(schema_with = shape::time_zone, required = false)]
    timezone: Option<String>,
}

/// A role, and what it allows.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoleCard {
    #[schema(value_type = String, example = "agent")]
    role: Role,
    /// How far it reaches: own, team, location, node, tenant or all.
    #[schema(value_type = String, example = "own")]
    scope: Scope,
    #[schema(value_type = Vec<String>, example = json!(["read_cases", "work_cases"]))]
    permissions: &'static [Permission],
}

/// The locations of one's company, by name.
#[utoipa::path(get, path = "/api/locations", tag = "locations", responses((status = 200, body = Enveloped<Vec<Location>>)))]
pub async fn list(house: web::Data<House>, caller: Caller) -> Result<Answer<Vec<Location>>, Error> {
    let tenant = caller.tenant();
    let sites = house.reader.as_tenant(tenant, move |conn| Box::pin(locations::list(conn, tenant))).await?;
    Ok(Answer::ok(sites.into_iter().map(Location::from).collect()))
}

/// Add a location.
#[utoipa::path(post, path = "/api/locations", tag = "locations", request_body = Add,
    responses((status = 201, body = Enveloped<Kept>)))]
pub async fn add(
    house: web::Data<House>,
    caller: Caller,
    circumstances: Circumstances,
    body: Body<Add>,
) -> Result<Answer<Kept>, Error> {
    let Body(Add { name, timezone }) = body;
    let command = AddLocation { name, timezone: timezone.unwrap_or_else(|| "UTC".into()) };
    let done = house.execute(&caller.principal, circumstances.of(Ask::new(command))).await?;
    Ok(Answer::created(kept(&house, &caller, &done).await).after(&done))
}

/// Change a location.
#[utoipa::path(put, path = "/api/locations/{id}", tag = "locations",
    params(("id" = Uuid, Path, description = "The location.")), request_body = Change,
    responses((status = 200, body = Enveloped<Kept>)))]
pub async fn change(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<Change>,
) -> Result<Answer<Kept>, Error> {
    let Body(Change { name, timezone }) = body;
    let ask = Ask::new(ChangeLocation { name, timezone }).on(id.0);
    let done = house.execute(&caller.principal, circumstances.of(ask)).await?;
    Ok(Answer::ok(kept(&house, &caller, &done).await).after(&done))
}

/// Remove a location from use.
#[utoipa::path(delete, path = "/api/locations/{id}", tag = "locations",
    params(("id" = Uuid, Path, description = "The location.")), responses((status = 200, body = Enveloped<Kept>)))]
pub async fn remove(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
) -> Result<Answer<Kept>, Error> {
    let done = house.execute(&caller.principal, circumstances.of(Ask::new(RemoveLocation {}).on(id.0))).await?;
    house.shows(&done).await;
    Ok(Answer::ok(Kept { id: done.id, location: None }).message("Location removed").after(&done))
}

/// Somebody who works at a location.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Colleague {
    user_id: Uuid,
    #[schema(example = "ada@example.com")]
    email: Option<String>,
    #[schema(example = "Ada Lovelace")]
    name: String,
    /// They sit here, and are not only of the staff.
    sits_here: bool,
    #[schema(value_type = Vec<String>, example = json!(["supervisor"]))]
    roles: Vec<Role>,
}

/// Who shall belong to the staff.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"userId": "0190a5d2-0000-7000-8000-000000000001"}))]
pub struct StaffMember {
    user_id: Uuid,
}

/// Who works at a location.
#[utoipa::path(get, path = "/api/locations/{id}/staff", tag = "locations",
    params(("id" = Uuid, Path, description = "The location.")), responses((status = 200, body = Enveloped<Vec<Colleague>>)))]
pub async fn staff(house: web::Data<House>, caller: Caller, id: Id) -> Result<Answer<Vec<Colleague>>, Error> {
    colleagues(&house, &caller, LocationId(id.0)).await.map(Answer::ok)
}

/// Put somebody on the staff of a location: a supervisor then sees what happens there.
#[utoipa::path(post, path = "/api/locations/{id}/staff", tag = "locations",
    params(("id" = Uuid, Path, description = "The location.")), request_body = StaffMember,
    responses((status = 200, body = Enveloped<Vec<Colleague>>)))]
pub async fn join(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<StaffMember>,
) -> Result<Answer<Vec<Colleague>>, Error> {
    let location = LocationId(id.0);
    let ask = Ask::new(JoinLocation { location }).on(body.0.user_id);
    let done = house.execute(&caller.principal, circumstances.of(ask)).await?;
    house.shows(&done).await;
    Ok(Answer::ok(colleagues(&house, &caller, location).await?).after(&done))
}

/// Take somebody off the staff of a location.
#[utoipa::path(delete, path = "/api/locations/{id}/staff/{userId}", tag = "locations",
    params(("id" = Uuid, Path, description = "The location."),
        ("userId" = Uuid, Path, description = "The person.", example = "0190a5d2-0000-7000-8000-000000000001")),
    responses((status = 200, body = Enveloped<Vec<Colleague>>)))]
pub async fn leave(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    user: web::Path<(String, String)>,
    circumstances: Circumstances,
) -> Result<Answer<Vec<Colleague>>, Error> {
    let location = LocationId(id.0);
    let ask = Ask::new(LeaveLocation { location }).on(uuid("userId", &user.1)?);
    let done = house.execute(&caller.principal, circumstances.of(ask)).await?;
    house.shows(&done).await;
    Ok(Answer::ok(colleagues(&house, &caller, location).await?).after(&done))
}

async fn colleagues(house: &House, caller: &Caller, location: LocationId) -> Result<Vec<Colleague>, Error> {
    let tenant = caller.tenant();
    let asked = house.reader.as_tenant(tenant, move |conn| {
        Box::pin(async move {
            let known = locations::card(conn, tenant, location).await?.is_some();
            Ok((known, people::staff(conn, tenant, location).await?))
        })
    });
    let (known, found) = asked.await?;
    if !known {
        return Err(Error::missing("location"));
    }
    let colleague = |person: Person| Colleague {
        user_id: person.user_id.0,
        name: [person.first_name, person.last_name].into_iter().flatten().collect::<Vec<_>>().join(" "),
        email: person.email,
        sits_here: person.location_id == Some(location),
        roles: person.roles,
    };
    Ok(found.into_iter().map(colleague).collect())
}

/// The roles that people can have.
#[utoipa::path(get, path = "/api/roles", tag = "users", responses((status = 200, body = Enveloped<Vec<RoleCard>>)))]
pub async fn roles() -> Answer<Vec<RoleCard>> {
    let card = |role: Role| RoleCard { role, scope: role.scope(), permissions: role.permissions() };
    Answer::ok(Role::ALL.into_iter().map(card).collect())
}

/// The location as the screens show it, once they do.
async fn kept(house: &House, caller: &Caller, done: &commands::Answer) -> Kept {
    let (tenant, id) = (caller.tenant(), LocationId(done.id));
    let shown = match house.shows(done).await {
        true => house.reader.as_tenant(tenant, move |conn| Box::pin(locations::card(conn, tenant, id))).await.ok().flatten(),
        false => None,
    };
    Kept { id: done.id, location: shown.map(Location::from) }
}
