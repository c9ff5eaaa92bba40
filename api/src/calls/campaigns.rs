//! Campaigns: planned, staffed, called for and brought to their end (B.E28–B.E31).

mod body;
mod performance;

pub use body::*;
pub use performance::{__path_explain, __path_performance, explain, performance};

use super::data::Data;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{Body, Circumstances, Id, Params};
use crate::face::Enveloped;
use crate::paged::{Paged, Part};
use crate::who::Names;
use crate::{Answer, House};
use actix_web::web;
use commands::calls::campaign::{
    AssignCampaign, CancelCampaign, ChangeCampaign, CompleteCampaign, CreateCampaign, LogCampaignCall, PauseCampaign,
    ResumeCampaign, StartCampaign,
};
use commands::{Ask, Command};
use domain::calls::access::Seen;
use domain::{Actor, CampaignId};
use eventlog::Position;
use projections::calls::campaign_queries as queries;
use projections::calls::campaigns::CampaignRow;
use uuid::Uuid;

type NewCampaign = Data<CreateCampaign>;
type CampaignChange = Data<ChangeCampaign>;
type CampaignAgents = Data<AssignCampaign>;
type CampaignPause = Data<PauseCampaign>;
type CampaignEnd = Data<CompleteCampaign>;
type CampaignGivenUp = Data<CancelCampaign>;
type CampaignCallToLog = Data<LogCampaignCall>;

/// The campaigns one sees, the latest first: all for whoever manages them, agents see those they call for.
#[utoipa::path(get, path = "/api/campaigns", tag = "campaigns", params(WantedCampaigns),
    responses((status = 200, body = Enveloped<Paged<Campaign>>)))]
pub async fn list(
    house: web::Data<House>,
    caller: Caller,
    wanted: Params<WantedCampaigns>,
) -> Result<Answer<Paged<Campaign>>, Error> {
    let (filter, part) = wanted.0.read()?;
    let (tenant, viewer, page) = (caller.tenant(), caller.viewer(), part.page());
    let seen = viewer.clone();
    let found = house.reader.as_viewer(tenant, &viewer, move |conn| {
        Box::pin(async move {
            let found = queries::list(conn, tenant, &seen, &filter, page).await?;
            let names = Names::within(conn, tenant, found.rows.iter().flat_map(people).collect::<Vec<_>>().iter()).await?;
            Ok((found, names))
        })
    });
    let (found, names) = found.await?;
    Ok(Answer::ok(part.shown(found, |row| Campaign::of(row, &names, &viewer))))
}

/// A campaign.
#[utoipa::path(get, path = "/api/campaigns/{id}", tag = "campaigns", params(("id" = Uuid, Path, description = "The campaign.")),
    responses((status = 200, body = Enveloped<Campaign>)))]
pub async fn show(house: web::Data<House>, caller: Caller, id: Id) -> Result<Answer<Campaign>, Error> {
    let campaign = card(&house, &caller, CampaignId(id.0)).await?.ok_or_else(|| Error::missing("campaign"))?;
    let version = campaign.version;
    Ok(Answer::ok(campaign).version(version))
}

/// Plan a campaign (B.E28).
#[utoipa::path(post, path = "/api/campaigns/create", tag = "campaigns", request_body = NewCampaign,
    responses((status = 201, body = Enveloped<CampaignKept>)))]
pub async fn create(
    house: web::Data<House>,
    caller: Caller,
    circumstances: Circumstances,
    body: Body<NewCampaign>,
) -> Result<Answer<CampaignKept>, Error> {
    let done = house.execute(&caller.principal, circumstances.of(Ask::new(body.0.0))).await?;
    Ok(Answer::created(kept(&house, &caller, &done).await).after(&done))
}

/// Change a campaign that is not over; absent stays, `null` clears.
#[utoipa::path(put, path = "/api/campaigns/{id}", tag = "campaigns", params(("id" = Uuid, Path, description = "The campaign.")),
    request_body = CampaignChange, responses((status = 200, body = Enveloped<CampaignKept>)))]
pub async fn change(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<CampaignChange>,
) -> Result<Answer<CampaignKept>, Error> {
    carry_out(house, caller, id, circumstances, body.0.0).await
}

/// Say who calls for a campaign from now on: these and nobody else (B.E29).
#[utoipa::path(put, path = "/api/campaigns/{id}/assign", tag = "campaigns",
    params(("id" = Uuid, Path, description = "The campaign.")), request_body = CampaignAgents,
    responses((status = 200, body = Enveloped<CampaignKept>)))]
pub async fn assign(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<CampaignAgents>,
) -> Result<Answer<CampaignKept>, Error> {
    carry_out(house, caller, id, circumstances, body.0.0).await
}

/// Begin a planned campaign: calls may be logged from now on.
#[utoipa::path(post, path = "/api/campaigns/{id}/start", tag = "campaigns",
    params(("id" = Uuid, Path, description = "The campaign.")), responses((status = 200, body = Enveloped<CampaignKept>)))]
pub async fn start(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
) -> Result<Answer<CampaignKept>, Error> {
    carry_out(house, caller, id, circumstances, StartCampaign {}).await
}

/// Let a campaign rest.
#[utoipa::path(post, path = "/api/campaigns/{id}/pause", tag = "campaigns",
    params(("id" = Uuid, Path, description = "The campaign.")), request_body = CampaignPause,
    responses((status = 200, body = Enveloped<CampaignKept>)))]
pub async fn pause(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<CampaignPause>,
) -> Result<Answer<CampaignKept>, Error> {
    carry_out(house, caller, id, circumstances, body.0.0).await
}

/// Go on with a campaign that rested.
#[utoipa::path(post, path = "/api/campaigns/{id}/resume", tag = "campaigns",
    params(("id" = Uuid, Path, description = "The campaign.")), responses((status = 200, body = Enveloped<CampaignKept>)))]
pub async fn resume(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
) -> Result<Answer<CampaignKept>, Error> {
    carry_out(house, caller, id, circumstances, ResumeCampaign {}).await
}

/// Bring a campaign to its end.
#[utoipa::path(post, path = "/api/campaigns/{id}/complete", tag = "campaigns",
    params(("id" = Uuid, Path, description = "The campaign.")), request_body = CampaignEnd,
    responses((status = 200, body = Enveloped<CampaignKept>)))]
pub async fn complete(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<CampaignEnd>,
) -> Result<Answer<CampaignKept>, Error> {
    carry_out(house, caller, id, circumstances, body.0.0).await
}

/// Give a campaign up.
#[utoipa::path(post, path = "/api/campaigns/{id}/cancel", tag = "campaigns",
    params(("id" = Uuid, Path, description = "The campaign.")), request_body = CampaignGivenUp,
    responses((status = 200, body = Enveloped<CampaignKept>)))]
pub async fn cancel(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<CampaignGivenUp>,
) -> Result<Answer<CampaignKept>, Error> {
    carry_out(house, caller, id, circumstances, body.0.0).await
}

/// Log what came of a call for a campaign (B.E31): one's own, or anybody's for those who manage campaigns.
#[utoipa::path(post, path = "/api/campaigns/{id}/calls", tag = "campaigns",
    params(("id" = Uuid, Path, description = "The campaign.")), request_body = CampaignCallToLog,
    responses((status = 201, body = Enveloped<CampaignKept>)))]
pub async fn log_call(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<CampaignCallToLog>,
) -> Result<Answer<CampaignKept>, Error> {
    let done = house.execute(&caller.principal, circumstances.of(Ask::new(body.0.0).on(id.0))).await?;
    Ok(Answer::created(kept(&house, &caller, &done).await).after(&done))
}

/// The calls logged for a campaign that one sees, the latest first.
#[utoipa::path(get, path = "/api/campaigns/{id}/calls", tag = "campaigns",
    params(("id" = Uuid, Path, description = "The campaign."), WantedCampaignCalls),
    responses((status = 200, body = Enveloped<Paged<CampaignCall>>)))]
pub async fn calls(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    wanted: Params<WantedCampaignCalls>,
) -> Result<Answer<Paged<CampaignCall>>, Error> {
    let WantedCampaignCalls { page, skip, limit, cursor } = wanted.0;
    let part = Part::<Position>::read(page, skip, limit, cursor.as_deref())?;
    let (tenant, viewer, campaign, page, before) = (caller.tenant(), caller.viewer(), CampaignId(id.0), part.page(), part.cursor);
    let seen = viewer.clone();
    let found = house.reader.as_viewer(tenant, &viewer, move |conn| {
        Box::pin(async move {
            match queries::card(conn, tenant, &seen, campaign).await? {
                Some(_) => queries::calls(conn, tenant, &seen, campaign, page, before).await.map(Some),
                None => Ok(None),
            }
        })
    });
    let found = found.await?.ok_or_else(|| Error::missing("campaign"))?;
    let shown: Vec<Uuid> = found.rows.iter().filter_map(|row| row.call_id.map(|call| call.0)).collect();
    Ok(Answer::ok(part.shown(found, CampaignCall::from)).showing(Seen::Call, shown))
}

async fn carry_out(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    command: impl Command,
) -> Result<Answer<CampaignKept>, Error> {
    let done = house.execute(&caller.principal, circumstances.of(Ask::new(command).on(id.0))).await?;
    Ok(Answer::ok(kept(&house, &caller, &done).await).after(&done))
}

/// The campaign as the screens show it, once they do.
async fn kept(house: &House, caller: &Caller, done: &commands::Answer) -> CampaignKept {
    let shown = match house.shows(done).await {
        true => card(house, caller, CampaignId(done.id)).await.ok().flatten(),
        false => None,
    };
    CampaignKept { id: done.id, campaign: shown }
}

async fn card(house: &House, caller: &Caller, id: CampaignId) -> Result<Option<Campaign>, Error> {
    let (tenant, viewer) = (caller.tenant(), caller.viewer());
    let seen = viewer.clone();
    let found = house.reader.as_viewer(tenant, &viewer, move |conn| {
        Box::pin(async move {
            let Some(row) = queries::card(conn, tenant, &seen, id).await? else { return Ok(None) };
            let names = Names::within(conn, tenant, people(&row).iter()).await?;
            Ok(Some(Campaign::of(row, &names, &seen)))
        })
    });
    Ok(found.await?)
}

/// Those whose names are shown.
fn people(row: &CampaignRow) -> Vec<Actor> {
    let manager = row.managed_by.map(Actor::User);
    [row.created_by.clone()].into_iter().chain(manager).collect()
}
