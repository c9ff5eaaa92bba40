//! The telephone systems that calls come from: added, changed, taken away, and their secrets.

use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{Body, Circumstances, Id};
use crate::face::Enveloped;
use crate::{Answer, House, shape};
use actix_web::web;
use chrono::{DateTime, Utc};
use commands::calls::source::{AddSource, ChangeSource, RemoveSource, RotateSourceSecret};
use commands::{Ask, Principal};
use domain::calls::cdr::{Field, KeyField};
use domain::cases::customer::given;
use domain::organization::role::Permission;
use domain::{Link, LocationId, SourceId, Text};
use projections::calls::sources::{self, SourceRow};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;
use uuid::Uuid;

/// A telephone system.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    id: Uuid,
    #[schema(example = "Main office")]
    name: String,
    /// The zone of its clock times.
    #[schema(example = "America/Detroit")]
    timezone: String,
    /// The order of the fields in its lines.
    #[schema(value_type = Vec<String>, example = json!(["historyid", "callid", "duration", "time-start"]))]
    fields: Vec<Field>,
    /// The field that tells its calls apart: `callid` or `historyid`.
    #[schema(value_type = String, example = "callid")]
    key: KeyField,
    /// Where its calls belong that no agent had.
    location_id: Option<Uuid>,
    #[schema(example = "Wixom")]
    location: Option<String>,
    /// Where it answers questions.
    #[schema(example = "https://pbx.example.com:5001")]
    base_url: Option<String>,
    /// As whom it is asked for a token (v20: Admin, Integrations, API); without it, its key is the token.
    #[schema(example = "docket")]
    client_id: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<SourceRow> for Source {
    fn from(row: SourceRow) -> Self {
        Self {
            id: row.source_id.0,
            name: row.name,
            timezone: row.timezone,
            fields: row.fields,
            key: row.key,
            location_id: row.location_id.map(|location| location.0),
            location: row.location_name,
            base_url: row.base_url,
            client_id: row.client_id,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// All telephone systems.
#[derive(Debug, Serialize, ToSchema)]
pub struct SourceList {
    items: Vec<Source>,
    #[schema(example = 1)]
    total: usize,
}

/// A telephone system that shall be listened to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Main office", "timezone": "America/Detroit"}))]
pub struct SourceToAdd {
    /// Its id, if you want to choose it.
    id: Option<Uuid>,
    #[schema(schema_with = shape::text::<255>)]
    name: Text<255>,
    /// The zone of clock times that name none; UTC if it is not said.
    #[schema(schema_with = shape::time_zone, required = false)]
    timezone: Option<String>,
    /// The order of the fields in its lines; that of 3CX if it is not said.
    #[schema(value_type = Option<Vec<String>>)]
    fields: Option<Vec<Field>>,
    /// The field that tells its calls apart: `callid` (if it is not said) or `historyid`.
    #[schema(value_type = Option<String>)]
    key: Option<KeyField>,
    #[schema(value_type = Option<Uuid>)]
    location_id: Option<LocationId>,
    /// Where it answers questions, without `/xapi/v1`.
    #[schema(schema_with = shape::link_or_null, required = false)]
    base_url: Option<Link>,
    /// As whom it is asked for a token, with `apiKey` as the secret; if it is not said, `apiKey` itself is the token.
    #[schema(schema_with = shape::text_or_null::<255>, required = false)]
    client_id: Option<Text<255>>,
    /// The key by which it answers questions. It is never shown.
    #[schema(schema_with = shape::text_or_null::<1000>, required = false)]
    api_key: Option<Text<1000>>,
}

/// What shall be different; what is absent stays, `null` clears.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(example = json!({"timezone": "America/Detroit"}))]
pub struct SourceChange {
    #[schema(schema_with = shape::text_or_null::<255>, required = false)]
    name: Option<Text<255>>,
    #[schema(schema_with = shape::time_zone, required = false)]
    timezone: Option<String>,
    #[schema(value_type = Option<Vec<String>>)]
    fields: Option<Vec<Field>>,
    #[schema(value_type = Option<String>)]
    key: Option<KeyField>,
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<Uuid>, required = false)]
    location_id: Option<Option<LocationId>>,
    #[serde(deserialize_with = "given")]
    #[schema(schema_with = shape::link_or_null, required = false)]
    base_url: Option<Option<Link>>,
    #[serde(deserialize_with = "given")]
    #[schema(schema_with = shape::text_or_null::<255>, required = false)]
    client_id: Option<Option<Text<255>>>,
    #[serde(deserialize_with = "given")]
    #[schema(schema_with = shape::text_or_null::<1000>, required = false)]
    api_key: Option<Option<Text<1000>>>,
    /// Change `timezone`, `fields` or `key` although records are here already. One that is here and comes again will then be another
    /// leg or another call than the one that it was, and be counted twice.
    even_so: bool,
}

/// What became of a telephone system.
#[derive(Debug, Serialize, ToSchema)]
pub struct SourceKept {
    id: Uuid,
    /// As the screens show it, once they do.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    source: Option<Source>,
    /// By which it proves itself; shown in this answer and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    secret: Option<String>,
}

/// The telephone systems in the order in which they were added.
#[utoipa::path(get, path = "/api/3cx/sources", tag = "3CX", responses((status = 200, body = Enveloped<SourceList>)))]
pub async fn list(house: web::Data<House>, caller: Caller) -> Result<Answer<SourceList>, Error> {
    let (tenant, viewer) = (caller.tenant(), caller.viewer());
    let rows = house.reader.as_viewer(tenant, &viewer, move |conn| Box::pin(sources::list(conn, tenant))).await?;
    let items: Vec<Source> = rows.into_iter().map(Source::from).collect();
    Ok(Answer::ok(SourceList { total: items.len(), items }))
}

/// Listen to a telephone system. Its secret is shown in this answer and never again.
#[utoipa::path(post, path = "/api/3cx/sources", tag = "3CX", request_body = SourceToAdd,
    responses((status = 201, body = Enveloped<SourceKept>)))]
pub async fn add(
    house: web::Data<House>,
    caller: Caller,
    circumstances: Circumstances,
    body: Body<SourceToAdd>,
) -> Result<Answer<SourceKept>, Error> {
    let SourceToAdd { id, name, timezone, fields, key, location_id, base_url, client_id, api_key } = body.0;
    fit(&house, base_url.as_ref()).await?;
    let timezone = timezone.unwrap_or_else(|| "UTC".into());
    let command = AddSource { name, timezone, fields, key: key.unwrap_or_default(), location_id, base_url, client_id };
    let ask = circumstances.of(Ask { on: id, ..Ask::new(command) });
    let (tenant, who, here) = (caller.tenant(), caller.principal.clone(), house.clone());
    let work = async move {
        let done = here.commands.execute(&who, ask).await?;
        let (source, secrets) = (SourceId(done.id), &here.telephony.secrets);
        let secret = if done.replayed { None } else { secrets.begin(tenant, source).await? };
        if let Some(key) = api_key.filter(|_| !done.replayed) {
            secrets.keep_key(tenant, source, Some(key.as_str())).await?;
        }
        Ok((done, secret))
    };
    let (done, secret) = house.finish(work).await?;
    let secret = secret.map(|secret| secret.shown());
    Ok(Answer::created(SourceKept { secret, ..kept(&house, &caller, &done).await }).after(&done))
}

/// Change a telephone system. How its records are read (`timezone`, `fields`, `key`) can be changed until the first one is here;
/// after that only by saying `evenSo`, because what comes again would be taken for something else.
#[utoipa::path(put, path = "/api/3cx/sources/{id}", tag = "3CX", params(("id" = Uuid, Path, description = "The source.")),
    request_body = SourceChange, responses((status = 200, body = Enveloped<SourceKept>)))]
pub async fn change(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<SourceChange>,
) -> Result<Answer<SourceKept>, Error> {
    let SourceChange { name, timezone, fields, key, location_id, base_url, client_id, api_key, even_so } = body.0;
    fit(&house, base_url.as_ref().and_then(Option::as_ref)).await?;
    let command = ChangeSource { name, timezone, fields, key, location_id, base_url, client_id, even_so };
    let ask = circumstances.of(Ask::new(command).on(id.0));
    let (tenant, who, here) = (caller.tenant(), caller.principal.clone(), house.clone());
    let work = async move {
        let done = here.commands.execute(&who, ask).await?;
        if let Some(key) = api_key {
            here.telephony.secrets.keep_key(tenant, SourceId(done.id), key.as_ref().map(Text::as_str)).await?;
        }
        Ok(done)
    };
    let done = house.finish(work).await?;
    Ok(Answer::ok(kept(&house, &caller, &done).await).after(&done))
}

/// Listen to a telephone system no more. Its calls stay.
#[utoipa::path(delete, path = "/api/3cx/sources/{id}", tag = "3CX", params(("id" = Uuid, Path, description = "The source.")),
    responses((status = 200, body = Enveloped<SourceKept>)))]
pub async fn remove(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
) -> Result<Answer<SourceKept>, Error> {
    let ask = circumstances.of(Ask::new(RemoveSource {}).on(id.0));
    let (tenant, who, here) = (caller.tenant(), caller.principal.clone(), house.clone());
    let work = async move {
        let done = here.commands.execute(&who, ask).await?;
        here.telephony.secrets.forget(tenant, SourceId(done.id)).await?;
        Ok(done)
    };
    let done = house.finish(work).await?;
    house.shows(&done).await;
    Ok(Answer::ok(SourceKept { id: done.id, source: None, secret: None })
        .message("Its records are not taken any more")
        .after(&done))
}

/// Make a new secret for a telephone system; the old one counts too for 24 hours.
#[utoipa::path(post, path = "/api/3cx/sources/{id}/rotate-secret", tag = "3CX",
    params(("id" = Uuid, Path, description = "The source.")), responses((status = 200, body = Enveloped<SourceKept>)))]
pub async fn rotate_secret(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
) -> Result<Answer<SourceKept>, Error> {
    let (tenant, here) = (caller.tenant(), house.clone());
    // In the name of the person, who could not put it on record without making a secret.
    let who = Principal { permissions: BTreeSet::from([Permission::RunProcesses]), ..caller.principal.clone() };
    let ask = circumstances.of(Ask::new(RotateSourceSecret {}).on(id.0));
    let work = async move {
        let done = here.commands.execute(&who, ask).await?;
        let secret = match done.replayed {
            true => None,
            false => Some(here.telephony.secrets.rotate(tenant, SourceId(done.id)).await?),
        };
        Ok((done, secret))
    };
    let (done, secret) = house.finish(work).await?;
    let secret = secret.map(|secret| secret.shown());
    Ok(Answer::ok(SourceKept { secret, ..kept(&house, &caller, &done).await }).after(&done))
}

/// Refuses an address that could never be asked, or must not be.
async fn fit(house: &House, url: Option<&Link>) -> Result<(), Error> {
    let Some(url) = url else { return Ok(()) };
    house.threecx.addresses.look_up(url.as_str()).await.map_err(|unfit| Error::invalid("baseUrl", unfit.to_string()))
}

async fn kept(house: &House, caller: &Caller, done: &commands::Answer) -> SourceKept {
    let (tenant, viewer, id) = (caller.tenant(), caller.viewer(), SourceId(done.id));
    let source = match house.shows(done).await {
        true => {
            house.reader.as_viewer(tenant, &viewer, move |conn| Box::pin(sources::card(conn, tenant, id))).await.ok().flatten()
        }
        false => None,
    };
    SourceKept { id: done.id, source: source.map(Source::from), secret: None }
}
