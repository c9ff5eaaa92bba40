//! Who looked at a call, its journals and its recording: noted at the door for every answer that shows such a thing, and shown to
//! those who look after the whole company (B.R4).

pub mod desk;
pub mod facts;

use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{Id, Params};
use crate::face::Enveloped;
use crate::paged::{Paged, Part};
use crate::params::{PageLimit, PageNumber, Skip};
use crate::route::{Matched, Route};
use crate::who::Names;
use crate::{Answer, House};
use actix_web::dev::ServiceResponse;
use actix_web::{HttpMessage, HttpRequest, web};
use chrono::{DateTime, Utc};
use domain::calls::access::{Look, Seen};
use domain::calls::call::Call;
use domain::{Actor, CallId, TenantId, Text, UserId};
use projections::calls::accesses::{self, AccessRow, Ended};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// What an answer shows, left with the request for the door to note.
#[derive(Clone, Debug, Default)]
pub struct Shown(Vec<(Seen, Vec<Uuid>)>);

impl Shown {
    /// These are in the answer as well.
    pub fn and(&mut self, what: Seen, ids: impl IntoIterator<Item = Uuid>) {
        let ids: Vec<Uuid> = ids.into_iter().collect();
        if !ids.is_empty() {
            self.0.push((what, ids));
        }
    }

    /// Leaves it for the door.
    pub fn leave(self, request: &HttpRequest) {
        if !self.0.is_empty() {
            request.extensions_mut().insert(self);
        }
    }
}

/// Has it noted what an answer shows before anybody is shown it. What cannot be noted is not shown.
pub async fn noted<B>(route: &Route, response: ServiceResponse<B>) -> Result<ServiceResponse<B>, Error> {
    let request = response.request();
    let Some(Shown(shown)) = request.extensions_mut().remove::<Shown>() else { return Ok(response) };
    let caller = request.extensions().get::<Caller>().cloned();
    let (Some(house), Some(caller)) = (request.app_data::<web::Data<House>>(), caller) else {
        return Err(Error::internal("something is shown to nobody"));
    };
    let looking = Looking::by(House::clone(house), &caller, route)?;
    for (what, ids) in shown {
        looking.at(what, ids).await?;
    }
    Ok(response)
}

/// Somebody who is shown things over one route: at once, or little by little.
#[derive(Clone)]
pub struct Looking {
    house: House,
    tenant: TenantId,
    user: UserId,
    route: Text<255>,
}

impl Looking {
    pub fn by(house: House, caller: &Caller, route: &Route) -> Result<Self, Error> {
        let path = Text::try_from(format!("{} {}", route.verb(), route.path)).map_err(Error::internal)?;
        Ok(Self { house, tenant: caller.tenant(), user: caller.user, route: path })
    }

    /// The same for whoever is being answered.
    pub fn over(house: House, caller: &Caller, request: &HttpRequest) -> Result<Self, Error> {
        let matched = request.extensions().get::<Matched>().copied();
        let Matched(route) = matched.ok_or_else(|| Error::internal("a request came over no route"))?;
        Self::by(house, caller, route)
    }

    /// Has it noted that they are shown these now. What cannot be noted must not be shown.
    pub async fn at(&self, what: Seen, ids: Vec<Uuid>) -> Result<(), Error> {
        let look = Look { what, ids, route: self.route.clone(), at: domain::micros(self.house.commands.now()) };
        self.house.accesses.note(self.tenant, self.user, look).await
    }

    /// The same for all that events tell of.
    pub async fn at_all(&self, told: facts::Told) -> Result<(), Error> {
        for (what, ids) in told {
            self.at(what, ids.into_iter().collect()).await?;
        }
        Ok(())
    }
}

/// Which part of the list is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedAccesses {
    #[param(value_type = Option<u32>, minimum = 1)]
    page: Option<PageNumber>,
    #[param(value_type = Option<u32>, minimum = 0)]
    skip: Option<Skip>,
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    limit: Option<PageLimit>,
    /// Instead of `page`: the `next` of an earlier page.
    #[param(pattern = "^[0-9]{1,18}\\.[0-9]{1,18}\\.[0-9]{1,9}$")]
    cursor: Option<String>,
}

/// An answer in which somebody was shown the call.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallAccess {
    user_id: Uuid,
    /// `null` for somebody of another company.
    #[schema(example = "Ada Lovelace")]
    user_name: Option<String>,
    /// `call`, `journal` or `recording`.
    #[schema(value_type = String, example = "call")]
    what: Seen,
    /// The call or the journal.
    id: Uuid,
    #[schema(example = "GET /api/call-records/{id}")]
    route: String,
    at: DateTime<Utc>,
}

impl CallAccess {
    fn of(row: AccessRow, names: &Names) -> Self {
        let user_name = names.of(&by(row.user_id));
        Self { user_id: row.user_id.0, user_name, what: row.what, id: row.thing_id, route: row.route, at: row.at }
    }
}

fn by(user: UserId) -> Actor {
    Actor::User(user)
}

/// Who looked at a call, its journals and its recording, the last first; also after the call was disposed of.
///
/// Only those see it who see everything of the company. A look is on the list about a second later.
#[utoipa::path(get, path = "/api/call-records/{id}/accesses", tag = "call centre",
    params(("id" = Uuid, Path, description = "The call."), WantedAccesses), responses((status = 200, body = Enveloped<Paged<CallAccess>>)))]
pub async fn list(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    wanted: Params<WantedAccesses>,
) -> Result<Answer<Paged<CallAccess>>, Error> {
    let WantedAccesses { page, skip, limit, cursor } = wanted.0;
    let part = Part::<Ended>::read(page, skip, limit, cursor.as_deref())?;
    let (tenant, viewer, call, here) = (caller.tenant(), caller.viewer(), CallId(id.0), House::clone(&house));
    // The log knows of calls that no screen shows any more.
    let known = house.finish(async move { Ok(here.commands.state::<Call>(tenant, call).await?.1 > 0) }).await?;
    if !known || !viewer.everything() {
        return Err(Error::missing("call"));
    }
    let (page, before) = (part.page(), part.cursor);
    let asked = house.reader.as_viewer(tenant, &viewer, move |conn| {
        Box::pin(async move { accesses::of_call(conn, tenant, call, page, before).await })
    });
    let found = asked.await?;
    let people: Vec<Actor> = found.rows.iter().map(|row| by(row.user_id)).collect();
    let names = Names::find(&house, tenant, &people).await?;
    Ok(Answer::ok(part.shown(found, |row| CallAccess::of(row, &names))))
}
