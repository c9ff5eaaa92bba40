//! What was told outside and whether it arrived: every notice to every endpoint, with what went wrong and when it is tried again.

pub mod endpoints;

mod body;

use crate::auth::Caller;
use crate::extract::{Id, Params, uuid};
use crate::paged::{Paged, Part};
use crate::params::{PageLimit, PageNumber, Skip};
use crate::{Answer, Error, House};
use actix_web::web;
use body::{Notice, NoticeWord, StateWord};
use domain::{AgencyId, CaseId, EndpointId, TenantId};
use processes::notices::ledger::{self, DeliveryFilter};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

/// Which notices are wanted; what is absent does not matter.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedNotices {
    /// How the delivery stands.
    #[param(inline, required = false)]
    state: Option<StateWord>,
    /// What it is about.
    #[param(inline, required = false)]
    kind: Option<NoticeWord>,
    /// Where it goes.
    #[param(value_type = Option<Uuid>)]
    endpoint_id: Option<String>,
    /// The case it is about.
    #[param(value_type = Option<Uuid>)]
    case_id: Option<String>,
    /// The agency that was in charge.
    #[param(value_type = Option<Uuid>)]
    dca_id: Option<String>,
    #[param(value_type = Option<u32>, minimum = 1, maximum = 1_000_000)]
    page: Option<PageNumber>,
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    limit: Option<PageLimit>,
    /// Instead of `page`: how many notices to leave out.
    #[param(value_type = Option<u32>, minimum = 0, maximum = 100_000_000)]
    skip: Option<Skip>,
    /// Instead of `page`: the `next` of an earlier page, asked with the same filters.
    #[param(value_type = Option<Uuid>)]
    cursor: Option<String>,
}

impl WantedNotices {
    fn read(self) -> Result<(DeliveryFilter, Part<Uuid>), Error> {
        let id = |field, text: Option<String>| text.map(|text| uuid(field, &text)).transpose();
        let filter = DeliveryFilter {
            state: self.state.map(|state| state.word().to_owned()),
            kind: self.kind.map(|kind| kind.word().to_owned()),
            endpoint: id("endpoint_id", self.endpoint_id)?.map(EndpointId),
            case: id("case_id", self.case_id)?.map(CaseId),
            agency: id("dca_id", self.dca_id)?.map(AgencyId),
        };
        Ok((filter, Part::read(self.page, self.skip, self.limit, self.cursor.as_deref())?))
    }
}

/// Every notice to every endpoint, the newest first, and how its delivery stands.
#[utoipa::path(get, path = "/api/v1/notices", tag = "notices", params(WantedNotices),
    responses((status = 200, body = Paged<Notice>)))]
pub async fn list(
    house: web::Data<House>,
    caller: Caller,
    wanted: Params<WantedNotices>,
) -> Result<Answer<Paged<Notice>>, Error> {
    let (filter, part) = wanted.0.read()?;
    let (tenant, page, before) = (caller.tenant(), part.page(), part.cursor);
    let found = house
        .reader
        .as_tenant(tenant, move |conn| Box::pin(async move { ledger::list(conn, tenant, &filter, page, before).await }));
    Ok(Answer::ok(part.shown(found.await?, Notice::from)))
}

/// Sends a notice again from the beginning of its schedule, under the same id.
///
/// One that arrived arrives twice; one that still waits is tried now.
#[utoipa::path(post, path = "/api/v1/notices/{id}/redeliver", tag = "notices",
    params(("id" = Uuid, Path, description = "The notice to one endpoint.")), responses((status = 200, body = Notice)))]
pub async fn redeliver(house: web::Data<House>, caller: Caller, id: Id) -> Result<Answer<Notice>, Error> {
    let (tenant, here) = (caller.tenant(), house.clone());
    let again = house.finish(async move { Ok(here.notices.ledger.redeliver(tenant, id.0).await?) }).await?;
    if !again {
        return Err(Error::missing("notice"));
    }
    Ok(Answer::ok(shown(&house, tenant, id.0).await?))
}

async fn shown(house: &House, tenant: TenantId, id: Uuid) -> Result<Notice, Error> {
    let found = house.reader.as_tenant(tenant, move |conn| Box::pin(ledger::find(conn, tenant, id))).await?;
    found.map(Notice::from).ok_or_else(|| Error::missing("notice"))
}
