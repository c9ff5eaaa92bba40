//! The agencies that collect debts: who they are, what they take on, and how well they do.

mod body;
pub mod score;

pub use body::{Agency, AgencyChanges, NewAgency, Points};
pub use score::{__path_explain, __path_score, explain, score};

use crate::auth::Caller;
use crate::extract::{Body, Circumstances, Id, Params};
use crate::paged::{Paged, Part};
use crate::params::{PageLimit, PageNumber, Skip};
use crate::{Answer, Error, House};
use actix_web::web;
use commands::Ask;
use commands::cases::agency::{RegisterAgency, ToggleAgency, UpdateAgency};
use domain::cases::policy::Policy;
use domain::{AgencyId, Instant, TenantId};
use projections::cases::agency_directory::{self, AgencyRow};
use projections::cases::agency_score::{AgencyScore, scores};
use projections::{Listing, Page};
use serde::Deserialize;
use sqlx::PgConnection;
use utoipa::IntoParams;

/// Which agencies, and which page of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AgencyFilter {
    /// The page, from 1.
    #[param(value_type = u32, required = false, minimum = 1, maximum = 1_000_000, default = 1)]
    page: Option<PageNumber>,
    /// How many rows to skip, instead of `page`; goes before it.
    #[param(value_type = u32, required = false, minimum = 0, maximum = 100_000_000)]
    skip: Option<Skip>,
    /// How many rows a page has.
    #[param(value_type = u32, required = false, minimum = 1, maximum = 100, default = 20)]
    limit: Option<PageLimit>,
    /// Only active ones, or only inactive ones.
    #[param(value_type = bool, required = false)]
    is_active: Option<bool>,
    /// Found in the name, the contact person or the e-mail address.
    #[param(value_type = String, required = false, max_length = 255, pattern = "^[^\\x00]*$", example = "swift")]
    search: Option<String>,
}

/// All agencies by name, with their records and scores.
#[utoipa::path(get, path = "/api/v1/dcas/", tag = "agencies", params(AgencyFilter), responses((status = 200, body = Paged<Agency>)))]
pub async fn list(house: web::Data<House>, caller: Caller, filter: Params<AgencyFilter>) -> Result<Answer<Paged<Agency>>, Error> {
    let (tenant, now, filter) = (caller.tenant(), house.commands.now(), filter.0);
    let part = Part::<String>::read(filter.page, filter.skip, filter.limit, None)?;
    filter.check()?;
    let page = part.page();
    let found = house.reader.as_tenant(tenant, move |conn| Box::pin(async move { filter.find(conn, tenant, page, now).await }));
    Ok(Answer::ok(part.shown(found.await?, |agency| agency)))
}

impl AgencyFilter {
    pub(crate) fn check(&self) -> Result<(), Error> {
        match &self.search {
            Some(text) if text.chars().count() > 255 => Err(Error::invalid("search", "must have at most 255 characters")),
            _ => Ok(()),
        }
    }

    /// A page of those that pass, by name, with their records and scores.
    pub(crate) async fn find(
        &self,
        conn: &mut PgConnection,
        tenant: TenantId,
        page: Page,
        now: Instant,
    ) -> sqlx::Result<Listing<Agency>> {
        let text = self.search.as_deref().map(str::trim).filter(|text| !text.is_empty());
        let found = agency_directory::list(conn, tenant, self.is_active, text, page).await?;
        let ids: Vec<_> = found.rows.iter().map(|row| row.agency_id).collect();
        let scores = scores(conn, tenant, &ids, None, now).await?;
        let Listing { rows, total, next } = found;
        let rows = rows.into_iter().zip(&scores).map(|(row, score)| Agency::of(row, score)).collect();
        Ok(Listing { rows, total, next })
    }
}

/// Registers an agency; it may be given cases at once.
#[utoipa::path(post, path = "/api/v1/dcas/", tag = "agencies", request_body = NewAgency, responses((status = 201, body = Agency)))]
pub async fn register(
    house: web::Data<House>,
    caller: Caller,
    circumstances: Circumstances,
    body: Body<NewAgency>,
) -> Result<Answer<Agency>, Error> {
    let id = body.0.id;
    let ask = Ask { on: id, ..Ask::new(RegisterAgency::from(body.0)) };
    let done = house.execute(&caller.principal, circumstances.of(ask)).await?;
    let agency = after(&house, &caller, &done).await?;
    let version = agency.version;
    Ok(Answer::created(agency).after(&done).version(version))
}

/// An agency with its record and scores.
#[utoipa::path(get, path = "/api/v1/dcas/{id}", tag = "agencies",
    params(("id" = uuid::Uuid, Path, description = "The agency.")), responses((status = 200, body = Agency)))]
pub async fn show(house: web::Data<House>, caller: Caller, id: Id) -> Result<Answer<Agency>, Error> {
    let (row, score) = find(&house, caller.tenant(), AgencyId(id.0), None).await?.ok_or_else(|| Error::missing("agency"))?;
    let agency = Agency::of(row, &score);
    let version = agency.version;
    Ok(Answer::ok(agency).version(version))
}

/// Changes an agency; what is absent stays, `null` clears.
#[utoipa::path(put, path = "/api/v1/dcas/{id}", tag = "agencies", request_body = AgencyChanges,
    params(("id" = uuid::Uuid, Path, description = "The agency.")), responses((status = 200, body = Agency)))]
pub async fn update(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<AgencyChanges>,
) -> Result<Answer<Agency>, Error> {
    let ask = Ask::new(UpdateAgency::from(body.0)).on(id.0);
    let done = house.execute(&caller.principal, circumstances.of(ask)).await?;
    let agency = after(&house, &caller, &done).await?;
    let version = agency.version;
    Ok(Answer::ok(agency).after(&done).version(version))
}

/// Makes an active agency inactive, and an inactive one active.
///
/// An inactive agency keeps the cases it has and gets no further ones.
#[utoipa::path(put, path = "/api/v1/dcas/{id}/toggle", tag = "agencies",
    params(("id" = uuid::Uuid, Path, description = "The agency.")), responses((status = 200, body = Agency)))]
pub async fn toggle(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
) -> Result<Answer<Agency>, Error> {
    let done = house.execute(&caller.principal, circumstances.of(Ask::new(ToggleAgency {}).on(id.0))).await?;
    let agency = after(&house, &caller, &done).await?;
    let version = agency.version;
    Ok(Answer::ok(agency).after(&done).version(version))
}

/// The agency as it is after a command: as the screens show it, or as the log has it if they lag behind.
async fn after(house: &House, caller: &Caller, done: &commands::Answer) -> Result<Agency, Error> {
    let (tenant, id) = (caller.tenant(), AgencyId(done.id));
    let shown = house.shows(done).await;
    let found = find(house, tenant, id, None).await?.map(|(row, score)| Agency::of(row, &score));
    match found {
        Some(agency) if shown => Ok(agency),
        lagging => {
            let (agency, version) = house.commands.state::<domain::cases::agency::Agency>(tenant, id).await?;
            let (policy, _) = house.commands.state::<Policy>(tenant, tenant).await?;
            let now = house.commands.now();
            let known = lagging.unwrap_or_else(|| Agency::new(id, &policy.in_force(now).values.score_formula, now));
            let details = agency.details().map_err(|refusal| Error::refused(&refusal))?;
            Ok(known.described(details, agency.is_active(), version))
        }
    }
}

/// The row of an agency and its scores, as of an instant or now.
async fn find(
    house: &House,
    tenant: TenantId,
    id: AgencyId,
    at: Option<Instant>,
) -> Result<Option<(AgencyRow, AgencyScore)>, Error> {
    let now = house.commands.now();
    let found = house.reader.as_tenant(tenant, move |conn| {
        Box::pin(async move {
            let Some(row) = agency_directory::card(conn, tenant, id).await? else { return Ok(None) };
            Ok(scores(conn, tenant, &[id], at, now).await?.pop().map(|score| (row, score)))
        })
    });
    Ok(found.await?)
}
