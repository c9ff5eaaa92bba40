//! Where the company is told: endpoints added, changed, paused and removed, their secrets, and a test for each.

use super::body::{
    Endpoint, EndpointChange, EndpointList, EndpointToAdd, KindWord, NewEndpoint, NewSecret, Notice, RemovedEndpoint,
};
use crate::auth::Caller;
use crate::extract::{Body, Circumstances, Id};
use crate::{Answer, Error, House};
use actix_web::web;
use commands::notices::endpoint::{AddEndpoint, ChangeEndpoint, RemoveEndpoint, RotateEndpointSecret};
use commands::{Ask, Principal};
use domain::notices::endpoint::Endpoint as State;
use domain::notices::kind::NoticeKind;
use domain::organization::role::Permission;
use domain::{Email, EndpointId, Link, TenantId};
use processes::notices::Letterbox;
use projections::notices::endpoints;
use std::collections::BTreeSet;

/// Where the company is told, in the order in which it was added.
#[utoipa::path(get, path = "/api/v1/notices/endpoints", tag = "notices", responses((status = 200, body = EndpointList)))]
pub async fn list(house: web::Data<House>, caller: Caller) -> Result<Answer<EndpointList>, Error> {
    let (tenant, has_mail) = (caller.tenant(), house.notices.letterbox.is_some());
    let rows = house.reader.as_tenant(tenant, move |conn| Box::pin(endpoints::list(conn, tenant))).await?;
    let items: Vec<_> = rows.into_iter().map(|row| Endpoint::of(row, has_mail)).collect();
    Ok(Answer::ok(EndpointList { total: items.len(), items }))
}

/// Adds a web address or an e-mail address where the company wants to be told.
///
/// The secret by which a receiver knows that a request is ours is shown in this answer and never again.
#[utoipa::path(post, path = "/api/v1/notices/endpoints", tag = "notices", request_body = EndpointToAdd,
    responses((status = 201, body = NewEndpoint)))]
pub async fn add(
    house: web::Data<House>,
    caller: Caller,
    circumstances: Circumstances,
    body: Body<EndpointToAdd>,
) -> Result<Answer<NewEndpoint>, Error> {
    let Body(EndpointToAdd { id, url, email, kinds, description }) = body;
    if url.is_none() && email.is_none() {
        return Err(Error::invalid("url", "or email is required"));
    }
    fit(&house, url.as_ref(), email.as_ref()).await?;
    let signed = url.is_some();
    let command = AddEndpoint { url, email, kinds: kinds_of(kinds), description };
    let ask = circumstances.of(Ask { on: id, ..Ask::new(command) });
    let (tenant, who, here) = (caller.tenant(), caller.principal.clone(), house.clone());
    let work = async move {
        let done = here.commands.execute(&who, ask).await?;
        let secret = match signed && !done.replayed {
            true => here.notices.secrets.begin(tenant, EndpointId(done.id)).await?,
            false => None,
        };
        Ok((done, secret))
    };
    let (done, secret) = house.finish(work).await?;
    let endpoint = after(&house, tenant, &done).await?;
    Ok(Answer::created(NewEndpoint { endpoint, secret: secret.map(|secret| secret.shown()) }).after(&done))
}

/// An endpoint.
#[utoipa::path(get, path = "/api/v1/notices/endpoints/{id}", tag = "notices",
    params(("id" = Uuid, Path, description = "The endpoint.")), responses((status = 200, body = Endpoint)))]
pub async fn show(house: web::Data<House>, caller: Caller, id: Id) -> Result<Answer<Endpoint>, Error> {
    let (tenant, id) = (caller.tenant(), EndpointId(id.0));
    let found = house.reader.as_tenant(tenant, move |conn| Box::pin(endpoints::card(conn, tenant, id))).await?;
    let row = found.ok_or_else(|| Error::missing("endpoint"))?;
    let version = row.version;
    Ok(Answer::ok(Endpoint::of(row, house.notices.letterbox.is_some())).version(version))
}

/// Changes an endpoint; `paused: false` resumes one that was paused or disabled.
///
/// What was made for it while it was paused or disabled is not made up for.
#[utoipa::path(put, path = "/api/v1/notices/endpoints/{id}", tag = "notices", request_body = EndpointChange,
    params(("id" = Uuid, Path, description = "The endpoint.")), responses((status = 200, body = Endpoint)))]
pub async fn change(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<EndpointChange>,
) -> Result<Answer<Endpoint>, Error> {
    let Body(EndpointChange { url, email, kinds, description, paused }) = body;
    fit(&house, url.as_ref(), email.as_ref()).await?;
    let command = ChangeEndpoint { url, email, kinds: kinds_of(kinds), description, paused };
    let done = house.execute(&caller.principal, circumstances.of(Ask::new(command).on(id.0))).await?;
    Ok(Answer::ok(after(&house, caller.tenant(), &done).await?).after(&done))
}

/// Takes an endpoint away with its secrets; what was not delivered yet is not sent any more.
#[utoipa::path(delete, path = "/api/v1/notices/endpoints/{id}", tag = "notices",
    params(("id" = Uuid, Path, description = "The endpoint.")), responses((status = 200, body = RemovedEndpoint)))]
pub async fn remove(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
) -> Result<Answer<RemovedEndpoint>, Error> {
    let ask = circumstances.of(Ask::new(RemoveEndpoint {}).on(id.0));
    let (who, here) = (caller.principal.clone(), house.clone());
    let work = async move {
        let done = here.commands.execute(&who, ask).await?;
        here.notices.secrets.forget(EndpointId(done.id)).await?;
        Ok(done)
    };
    let done = house.finish(work).await?;
    house.shows(&done).await;
    Ok(Answer::ok(RemovedEndpoint { id: done.id, status: "removed" }).after(&done))
}

/// Makes a new secret for a web address; the old one signs too for 24 hours.
#[utoipa::path(post, path = "/api/v1/notices/endpoints/{id}/rotate-secret", tag = "notices",
    params(("id" = Uuid, Path, description = "The endpoint.")), responses((status = 200, body = NewSecret)))]
pub async fn rotate_secret(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
) -> Result<Answer<NewSecret>, Error> {
    let tenant = caller.tenant();
    // In the name of the person, who could not put it on record without making a secret.
    let who = Principal { permissions: BTreeSet::from([Permission::RunProcesses]), ..caller.principal.clone() };
    let ask = circumstances.of(Ask::new(RotateEndpointSecret {}).on(id.0));
    let here = house.clone();
    let work = async move {
        let done = here.commands.execute(&who, ask).await?;
        let secret = match done.replayed {
            true => None,
            false => Some(here.notices.secrets.rotate(tenant, EndpointId(done.id)).await?),
        };
        Ok((done, secret))
    };
    let (done, secret) = house.finish(work).await?;
    Ok(Answer::ok(NewSecret { id: done.id, secret: secret.map(|secret| secret.shown()) }).after(&done))
}

/// Sends a test notice; whether it arrived is seen in the list of notices.
#[utoipa::path(post, path = "/api/v1/notices/endpoints/{id}/test", tag = "notices",
    params(("id" = Uuid, Path, description = "The endpoint.")), responses((status = 201, body = Notice)))]
pub async fn test(house: web::Data<House>, caller: Caller, id: Id) -> Result<Answer<Notice>, Error> {
    let (tenant, endpoint, here) = (caller.tenant(), EndpointId(id.0), house.clone());
    let work = async move {
        let (state, _) = here.commands.state::<State>(tenant, endpoint).await?;
        state.details().map_err(|refusal| Error::refused(&refusal))?;
        Ok(here.notices.ledger.test(tenant, endpoint, here.commands.now()).await?)
    };
    let made = house.finish(work).await?;
    Ok(Answer::created(super::shown(&house, tenant, made).await?))
}

/// Refuses what could never be sent to, or must not be.
async fn fit(house: &House, url: Option<&Link>, email: Option<&Email>) -> Result<(), Error> {
    if let Some(url) = url {
        house.notices.addresses.look_up(url.as_str()).await.map_err(|unfit| Error::invalid("url", unfit.to_string()))?;
    }
    match email {
        Some(email) if !Letterbox::takes(email) => Err(Error::invalid("email", "must be an address that mail can be sent to")),
        _ => Ok(()),
    }
}

fn kinds_of(words: Option<BTreeSet<KindWord>>) -> Option<BTreeSet<NoticeKind>> {
    words.map(|words| words.into_iter().map(KindWord::kind).collect())
}

/// The endpoint as the screens show it, or as the log has it where they lag behind.
async fn after(house: &House, tenant: TenantId, done: &commands::Answer) -> Result<Endpoint, Error> {
    let (id, has_mail) = (EndpointId(done.id), house.notices.letterbox.is_some());
    if house.shows(done).await {
        let found = house.reader.as_tenant(tenant, move |conn| Box::pin(endpoints::card(conn, tenant, id))).await?;
        if let Some(row) = found {
            return Ok(Endpoint::of(row, has_mail));
        }
    }
    let (state, version) = house.commands.state::<State>(tenant, id).await?;
    Endpoint::of_state(id.0, &state, version, has_mail).ok_or_else(|| Error::missing("endpoint"))
}
