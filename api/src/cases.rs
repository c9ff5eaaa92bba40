//! Debt cases: the worklist, the card of a case, its history, and what its numbers come from.

pub mod actions;
pub(crate) mod asked;
pub(crate) mod forms;
pub(crate) mod history;
mod shown;
mod wanted;

pub use shown::ShownCase;
pub use wanted::{WantedCases, searched};

use crate::auth::Caller;
use crate::extract::{Body, Circumstances, Id, Params};
use crate::paged::Paged;
use crate::who::Names;
use crate::{Answer, Error, House};
use actix_web::web;
use asked::{CaseEdit, NewCase, Optional, OptionalReason};
use commands::cases::case::{DeleteCase, OpenCase, UpdateCase};
use commands::{AnyCommand, Ask, Principal};
use domain::cases::case::Case;
use domain::organization::role::Permission;
use domain::{AgencyId, CaseId, StreamId, TenantId, Text};
use history::{Agencies, Happening};
use projections::cases::agency_directory;
use projections::cases::worklist::{CaseActivity, CaseKey, CaseRow, Worklist};
use projections::cases::worklist_page::{self, CaseCard};
use projections::model::{Parked, fold};
use projections::organization::audit_trail;
use projections::{ReadModel, Rows};
use serde::Deserialize;
use shown::{RecoveryExplanation, Tombstone};
use utoipa::IntoParams;

/// The worklist: cases with their customers, amounts, deadlines and agencies.
#[utoipa::path(get, path = "/api/v1/cases/", tag = "cases", params(WantedCases), responses((status = 200, body = Paged<ShownCase>)))]
pub async fn list(
    house: web::Data<House>,
    caller: Caller,
    wanted: Params<WantedCases>,
) -> Result<Answer<Paged<ShownCase>>, Error> {
    let (filter, order, part) = wanted.0.read()?;
    let (tenant, now) = (caller.tenant(), house.commands.now());
    let (page, cursor) = (part.page(), part.cursor);
    let asked = house.reader.as_tenant(tenant, move |conn| {
        Box::pin(async move { worklist_page::page(conn, tenant, &filter, order, page, cursor, now).await })
    });
    let found = asked.await?;
    Ok(Answer::ok(part.shown(found, |card| ShownCase::at(now, card))))
}

/// Opens a case.
///
/// Its SLA window starts, its recovery score is estimated, and unless `auto_assign` is false Docket then finds an agency for it.
#[utoipa::path(post, path = "/api/v1/cases/", tag = "cases", request_body = NewCase, responses((status = 201, body = ShownCase)))]
pub async fn create(
    house: web::Data<House>,
    caller: Caller,
    circumstances: Circumstances,
    body: Body<NewCase>,
) -> Result<Answer<ShownCase>, Error> {
    let on = body.0.id;
    let ask = circumstances.of(Ask { on, ..Ask::new(OpenCase::from(body.0)) });
    let done = house.execute(&caller.principal, ask).await?;
    Ok(Answer::created(after(&house, caller.tenant(), &done).await?).after(&done))
}

/// The card of a case.
#[utoipa::path(get, path = "/api/v1/cases/{id}", tag = "cases", params(("id" = Uuid, Path, description = "The case.")),
    responses((status = 200, body = ShownCase)))]
pub async fn show(house: web::Data<House>, caller: Caller, id: Id) -> Result<Answer<ShownCase>, Error> {
    let card = card(&house, caller.tenant(), CaseId(id.0)).await?.ok_or_else(|| Error::missing("case"))?;
    let (version, position) = (card.activity.version, card.activity.position);
    Ok(Answer::ok(ShownCase::at(house.commands.now(), card)).version(version).position(position))
}

/// Changes facts about the debt or the customer; what is absent stays, `null` clears.
#[utoipa::path(put, path = "/api/v1/cases/{id}", tag = "cases", params(("id" = Uuid, Path, description = "The case.")),
    request_body = CaseEdit, responses((status = 200, body = ShownCase)))]
pub async fn update(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<CaseEdit>,
) -> Result<Answer<ShownCase>, Error> {
    act(&house, &caller, id, circumstances, UpdateCase::from(body.0)).await
}

/// Why a case is deleted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Deletion {
    /// Why, if the body does not say.
    #[param(schema_with = crate::shape::text::<1000>, required = false)]
    reason: Option<Text<1000>>,
}

/// Hides a case; auditors still see it. Not while an agency works on it.
#[utoipa::path(delete, path = "/api/v1/cases/{id}", tag = "cases",
    params(("id" = Uuid, Path, description = "The case."), Deletion),
    request_body = Option<OptionalReason>, responses((status = 200, body = Tombstone)))]
pub async fn delete(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    asked: Params<Deletion>,
    body: Optional<OptionalReason>,
) -> Result<Answer<Tombstone>, Error> {
    let reason = match body.0.reason.or(asked.0.reason) {
        Some(reason) => reason,
        None => unexplained(&caller)?,
    };
    let ask = Ask::new(DeleteCase { reason: reason.clone() }).on(id.0);
    let done = house.execute(&caller.principal, circumstances.of(ask)).await?;
    house.shows(&done).await;
    let tombstone = Tombstone { id: done.id, status: "deleted", reason: reason.into(), version: done.version };
    Ok(Answer::ok(tombstone).after(&done))
}

fn unexplained(caller: &Caller) -> Result<Text<1000>, Error> {
    let details = caller.account.details().map_err(|refusal| Error::refused(&refusal))?;
    let who = details.email.known().map_or_else(|| caller.user.to_string(), ToString::to_string);
    Text::try_from(format!("deleted by {who}")).map_err(|rule| Error::invalid("reason", rule))
}

/// Everything that happened to a case: when, who, what, why.
///
/// Auditors read the history of a deleted case too.
#[utoipa::path(get, path = "/api/v1/cases/{id}/history", tag = "cases", params(("id" = Uuid, Path, description = "The case.")),
    responses((status = 200, body = Vec<Happening>)))]
pub async fn history(house: web::Data<House>, caller: Caller, id: Id) -> Result<Answer<Vec<Happening>>, Error> {
    let tenant = caller.tenant();
    let asked = house.reader.as_tenant(tenant, move |conn| {
        Box::pin(async move {
            let entries = audit_trail::history(conn, tenant, "case", id.0).await?;
            let mut agencies = Agencies::new();
            for agency in history::agencies(&entries) {
                let found = agency_directory::card(conn, tenant, agency).await?;
                agencies.extend(found.map(|row| (agency, row.name)));
            }
            Ok((entries, agencies))
        })
    });
    let (entries, agencies) = asked.await?;
    let last = entries.last().ok_or_else(|| Error::missing("case"))?;
    if last.action == "case.deleted" && !caller.may(Permission::ReadAudit) {
        return Err(Error::missing("case"));
    }
    let (version, position) = (last.version, last.position);
    let names = Names::find(&house, tenant, entries.iter().map(|entry| &entry.actor)).await?;
    let happenings = entries.into_iter().map(|entry| Happening::of(entry, &names, &agencies)).collect();
    Ok(Answer::ok(happenings).version(version).position(position))
}

/// How the recovery score of a case came about.
#[utoipa::path(get, path = "/api/v1/cases/{id}/recovery-score/explain", tag = "cases",
    params(("id" = Uuid, Path, description = "The case.")), responses((status = 200, body = RecoveryExplanation)))]
pub async fn explain(house: web::Data<House>, caller: Caller, id: Id) -> Result<Answer<RecoveryExplanation>, Error> {
    let card = card(&house, caller.tenant(), CaseId(id.0)).await?.ok_or_else(|| Error::missing("case"))?;
    Ok(Answer::ok(card.case.into()))
}

/// Carries out a command on a case and shows the case as it is then.
async fn act(
    house: &House,
    caller: &Caller,
    id: Id,
    circumstances: Circumstances,
    command: impl AnyCommand + 'static,
) -> Result<Answer<ShownCase>, Error> {
    act_as(house, &caller.principal, id, circumstances, command).await
}

/// The same for whoever is not just who they signed in as.
pub(crate) async fn act_as(
    house: &House,
    who: &Principal,
    id: Id,
    circumstances: Circumstances,
    command: impl AnyCommand + 'static,
) -> Result<Answer<ShownCase>, Error> {
    let done = house.execute(who, circumstances.of(Ask::new(command).on(id.0))).await?;
    Ok(Answer::ok(after(house, who.tenant, &done).await?).after(&done))
}

/// The case after a command: as the worklist shows it, or from the log itself where the worklist lags behind.
async fn after(house: &House, tenant: TenantId, done: &commands::Answer) -> Result<ShownCase, Error> {
    let id = CaseId(done.id);
    let shown = if house.shows(done).await { card(house, tenant, id).await? } else { None };
    let card = match shown {
        Some(card) => card,
        None => recorded(house, tenant, id).await?.ok_or_else(|| Error::missing("case"))?,
    };
    Ok(ShownCase::at(house.commands.now(), card))
}

pub(crate) async fn card(house: &House, tenant: TenantId, id: CaseId) -> Result<Option<CaseCard>, Error> {
    Ok(house.reader.as_tenant(tenant, move |conn| Box::pin(async move { worklist_page::card(conn, tenant, id).await })).await?)
}

/// The card of a case by the worklist's own rules, from the log.
async fn recorded(house: &House, tenant: TenantId, id: CaseId) -> Result<Option<CaseCard>, Error> {
    let log = house.log().clone();
    let read = async move { Ok(log.read_streams(&[(StreamId::of::<Case>(tenant, id), 0)]).await?) };
    let events = house.finish(read).await?;
    let mut rows = Rows::of(Worklist::tables());
    fold::<Worklist>(&mut rows, &events, &mut Parked::default()).map_err(Error::internal)?;
    let key = CaseKey { tenant_id: tenant, case_id: id };
    let case = rows.get::<CaseRow>(&key).map_err(Error::internal)?.cloned();
    let activity = rows.get::<CaseActivity>(&key).map_err(Error::internal)?.cloned();
    let Some((case, activity)) = case.zip(activity) else { return Ok(None) };
    let agency_name = match case.agency_id {
        Some(agency) => agency_name(house, tenant, agency).await?,
        None => None,
    };
    Ok(Some(CaseCard { case, activity, agency_name }))
}

async fn agency_name(house: &House, tenant: TenantId, id: AgencyId) -> Result<Option<String>, Error> {
    let asked =
        house.reader.as_tenant(tenant, move |conn| Box::pin(async move { agency_directory::card(conn, tenant, id).await }));
    Ok(asked.await?.map(|row| row.name))
}
