//! What is done with a case, from the assignment to the filing away: one route for each step.

use super::asked::{Assignment, Completion, Escalation, Nothing, Optional, OptionalReason, Payment, Reason};
use super::shown::ShownCase;
use super::{act, after};
use crate::auth::Caller;
use crate::extract::{Body, Circumstances, Id};
use crate::{Answer, Error, House};
use actix_web::web;
use commands::Ask;
use commands::cases::case::*;

type Shown = Result<Answer<ShownCase>, Error>;

/// Names the agency that is to collect the case.
#[utoipa::path(post, path = "/api/v1/cases/{id}/assign", tag = "cases", params(("id" = Uuid, Path, description = "The case.")),
    request_body = Assignment, responses((status = 200, body = ShownCase)))]
pub async fn assign(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<Assignment>,
) -> Shown {
    act(&house, &caller, id, circumstances, AssignAgency::from(body.0)).await
}

/// The agency takes the case on.
#[utoipa::path(post, path = "/api/v1/cases/{id}/accept", tag = "cases", params(("id" = Uuid, Path, description = "The case.")),
    request_body = Option<Nothing>, responses((status = 200, body = ShownCase)))]
pub async fn accept(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    _body: Optional<Nothing>,
) -> Shown {
    act(&house, &caller, id, circumstances, AcceptCase {}).await
}

/// The agency gives the case back; Docket looks for another one.
#[utoipa::path(post, path = "/api/v1/cases/{id}/reject", tag = "cases", params(("id" = Uuid, Path, description = "The case.")),
    request_body = Reason, responses((status = 200, body = ShownCase)))]
pub async fn reject(house: web::Data<House>, caller: Caller, id: Id, circumstances: Circumstances, body: Body<Reason>) -> Shown {
    act(&house, &caller, id, circumstances, RejectCase::from(body.0)).await
}

/// The agency puts the case off.
#[utoipa::path(post, path = "/api/v1/cases/{id}/delay", tag = "cases", params(("id" = Uuid, Path, description = "The case.")),
    request_body = Reason, responses((status = 200, body = ShownCase)))]
pub async fn delay(house: web::Data<House>, caller: Caller, id: Id, circumstances: Circumstances, body: Body<Reason>) -> Shown {
    act(&house, &caller, id, circumstances, DelayCase::from(body.0)).await
}

/// The agency works on a delayed case again.
#[utoipa::path(post, path = "/api/v1/cases/{id}/resume", tag = "cases", params(("id" = Uuid, Path, description = "The case.")),
    request_body = Option<Nothing>, responses((status = 200, body = ShownCase)))]
pub async fn resume(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    _body: Optional<Nothing>,
) -> Shown {
    act(&house, &caller, id, circumstances, ResumeCase {}).await
}

/// Asks for more attention.
#[utoipa::path(post, path = "/api/v1/cases/{id}/escalate", tag = "cases", params(("id" = Uuid, Path, description = "The case.")),
    request_body = Escalation, responses((status = 200, body = ShownCase)))]
pub async fn escalate(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<Escalation>,
) -> Shown {
    act(&house, &caller, id, circumstances, EscalateCase::from(body.0)).await
}

/// The agency finishes the case; days and SLA are judged now.
#[utoipa::path(post, path = "/api/v1/cases/{id}/complete", tag = "cases", params(("id" = Uuid, Path, description = "The case.")),
    request_body = Option<Completion>, responses((status = 200, body = ShownCase)))]
pub async fn complete(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Optional<Completion>,
) -> Shown {
    act(&house, &caller, id, circumstances, CompleteCase::from(body.0)).await
}

/// Starts a completed or closed case again, with a new SLA window.
#[utoipa::path(post, path = "/api/v1/cases/{id}/reopen", tag = "cases", params(("id" = Uuid, Path, description = "The case.")),
    request_body = Option<OptionalReason>, responses((status = 200, body = ShownCase)))]
pub async fn reopen(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Optional<OptionalReason>,
) -> Shown {
    act(&house, &caller, id, circumstances, ReopenCase::from(body.0)).await
}

/// Files a completed case away.
#[utoipa::path(post, path = "/api/v1/cases/{id}/close", tag = "cases", params(("id" = Uuid, Path, description = "The case.")),
    request_body = Option<Nothing>, responses((status = 200, body = ShownCase)))]
pub async fn close(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    _body: Optional<Nothing>,
) -> Shown {
    act(&house, &caller, id, circumstances, CloseCase {}).await
}

/// Records what the debtor paid.
///
/// More than is owed is accepted and shown as `credit`.
#[utoipa::path(post, path = "/api/v1/cases/{id}/payments", tag = "cases", params(("id" = Uuid, Path, description = "The case.")),
    request_body = Payment, responses((status = 201, body = ShownCase)))]
pub async fn pay(house: web::Data<House>, caller: Caller, id: Id, circumstances: Circumstances, body: Body<Payment>) -> Shown {
    let ask = circumstances.of(Ask::new(RecordPayment::from(body.0)).on(id.0));
    let done = house.execute(&caller.principal, ask).await?;
    Ok(Answer::created(after(&house, caller.tenant(), &done).await?).after(&done))
}
