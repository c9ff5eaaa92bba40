//! The testing interface: playing through what agencies might do, in companies whose data is not real (E.E16–E.E20, K34).

mod reset;
mod step;

pub use reset::{__path_reset, reset};
pub use step::{__path_update_status, update_status};

use crate::agencies::{self, Agency, AgencyFilter};
use crate::auth::Caller;
use crate::cases::{self, ShownCase, WantedCases, asked};
use crate::extract::{Circumstances, Id, Params};
use crate::paged::Paged;
use crate::{Answer, Error, House};
use actix_web::web;
use asked::{Nothing, Optional, OptionalReason};
use commands::Principal;
use commands::cases::case::{AcceptCase, DelayCase, RejectCase};
use domain::Text;
use domain::organization::tenant::{Environment, Tenant};

/// All cases, as the worklist shows them.
#[utoipa::path(get, path = "/api/v1/testing/cases", tag = "testing", params(WantedCases),
    responses((status = 200, body = Paged<ShownCase>)))]
pub async fn cases(
    house: web::Data<House>,
    caller: Caller,
    wanted: Params<WantedCases>,
) -> Result<Answer<Paged<ShownCase>>, Error> {
    allowed(&house, &caller).await?;
    cases::list(house, caller, wanted).await
}

/// All agencies with their records and scores.
#[utoipa::path(get, path = "/api/v1/testing/dcas", tag = "testing", params(AgencyFilter),
    responses((status = 200, body = Paged<Agency>)))]
pub async fn dcas(house: web::Data<House>, caller: Caller, wanted: Params<AgencyFilter>) -> Result<Answer<Paged<Agency>>, Error> {
    allowed(&house, &caller).await?;
    agencies::list(house, caller, wanted).await
}

/// Plays that the agency takes the case on.
#[utoipa::path(post, path = "/api/v1/testing/simulate-acceptance/{id}", tag = "testing",
    params(("id" = uuid::Uuid, Path, description = "The case.")), request_body = Option<Nothing>,
    responses((status = 200, body = ShownCase)))]
pub async fn simulate_acceptance(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    _body: Optional<Nothing>,
) -> Result<Answer<ShownCase>, Error> {
    let player = allowed(&house, &caller).await?;
    cases::act_as(&house, &player, id, circumstances, AcceptCase {}).await
}

/// Plays that the agency gives the case back.
#[utoipa::path(post, path = "/api/v1/testing/simulate-rejection/{id}", tag = "testing",
    params(("id" = uuid::Uuid, Path, description = "The case.")), request_body = Option<OptionalReason>,
    responses((status = 200, body = ShownCase)))]
pub async fn simulate_rejection(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Optional<OptionalReason>,
) -> Result<Answer<ShownCase>, Error> {
    let player = allowed(&house, &caller).await?;
    let reason = reason(body.0.reason, "simulated rejection")?;
    cases::act_as(&house, &player, id, circumstances, RejectCase { reason }).await
}

/// Plays that the agency puts the case off.
#[utoipa::path(post, path = "/api/v1/testing/simulate-delay/{id}", tag = "testing",
    params(("id" = uuid::Uuid, Path, description = "The case.")), request_body = Option<OptionalReason>,
    responses((status = 200, body = ShownCase)))]
pub async fn simulate_delay(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Optional<OptionalReason>,
) -> Result<Answer<ShownCase>, Error> {
    let player = allowed(&house, &caller).await?;
    let reason = reason(body.0.reason, "simulated delay")?;
    cases::act_as(&house, &player, id, circumstances, DelayCase { reason }).await
}

fn reason(given: Option<Text<1000>>, otherwise: &str) -> Result<Text<1000>, Error> {
    given.map_or_else(|| Text::try_from(otherwise), Ok).map_err(|rule| Error::invalid("reason", rule))
}

/// Who asks, as somebody who only plays. Only where the server offers it and the company is not in production.
async fn allowed(house: &House, caller: &Caller) -> Result<Principal, Error> {
    if !house.config.testing {
        // As if the paths were not there, which for this server they are not.
        return Err(Error::missing("path"));
    }
    match environment(house, caller).await? {
        Some(Environment::Production) => Err(Error::forbidden("nothing is simulated in a company in production")),
        _ => Ok(caller.principal.clone().simulating()),
    }
}

async fn environment(house: &House, caller: &Caller) -> Result<Option<Environment>, Error> {
    let (tenant, _) = house.commands.state::<Tenant>(caller.tenant(), caller.tenant()).await?;
    Ok(tenant.environment())
}
