//! Moving a case to another status in one step, by the command that a person would have used.

use super::{allowed, reason};
use crate::auth::Caller;
use crate::cases::{self, ShownCase};
use crate::extract::{Body, Circumstances, Id};
use crate::{Answer, Error, House, shape};
use actix_web::web;
use commands::cases::case::*;
use domain::cases::case::{Case, Status};
use domain::{AgencyId, Text};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A case and the status it shall have.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"case_id": "0190a5d2-0000-7000-8000-000000000001", "status": "delayed", "reason": "to see the SLA breach"}))]
pub struct StatusUpdate {
    /// The case.
    case_id: Uuid,
    status: WantedStatus,
    #[schema(schema_with = shape::text_or_null::<1000>, required = false)]
    reason: Option<Text<1000>>,
    /// The agency, for `assigned`.
    dca_id: Option<Uuid>,
}

/// Where a case may be moved (E.X8). `rejected` gives it back, `escalated` asks for more attention.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum WantedStatus {
    #[serde(alias = "Open")]
    Open,
    #[serde(alias = "Assigned")]
    Assigned,
    #[serde(alias = "In Progress")]
    InProgress,
    #[serde(alias = "Escalated")]
    Escalated,
    #[serde(alias = "Delayed")]
    Delayed,
    #[serde(alias = "Rejected")]
    Rejected,
    #[serde(alias = "Completed")]
    Completed,
    #[serde(alias = "Closed")]
    Closed,
}

/// Moves a case to another status in one step, if a command does that: what a person could not do is refused here too.
#[utoipa::path(post, path = "/api/v1/testing/update-status", tag = "testing", request_body = StatusUpdate,
    responses((status = 200, body = ShownCase)))]
pub async fn update_status(
    house: web::Data<House>,
    caller: Caller,
    circumstances: Circumstances,
    body: Body<StatusUpdate>,
) -> Result<Answer<ShownCase>, Error> {
    let player = allowed(&house, &caller).await?;
    let StatusUpdate { case_id, status, reason: why, dca_id } = body.0;
    let (case, _) = house.commands.state::<Case>(player.tenant, case_id).await?;
    let (id, why) = (Id(case_id), reason(why, "status update in the testing interface")?);
    match status {
        WantedStatus::Open => cases::act_as(&house, &player, id, circumstances, ReopenCase { reason: Some(why) }).await,
        WantedStatus::Assigned => {
            let agency_id = AgencyId(dca_id.ok_or_else(|| Error::invalid("dca_id", "is required for assigned"))?);
            cases::act_as(&house, &player, id, circumstances, AssignAgency { agency_id, reason: Some(why) }).await
        }
        WantedStatus::InProgress if matches!(case.status(), Status::Delayed(_)) => {
            cases::act_as(&house, &player, id, circumstances, ResumeCase {}).await
        }
        WantedStatus::InProgress => cases::act_as(&house, &player, id, circumstances, AcceptCase {}).await,
        WantedStatus::Escalated => {
            cases::act_as(&house, &player, id, circumstances, EscalateCase { level: None, reason: why }).await
        }
        WantedStatus::Delayed => cases::act_as(&house, &player, id, circumstances, DelayCase { reason: why }).await,
        WantedStatus::Rejected => cases::act_as(&house, &player, id, circumstances, RejectCase { reason: why }).await,
        WantedStatus::Completed => cases::act_as(&house, &player, id, circumstances, CompleteCase { outcome: None }).await,
        WantedStatus::Closed => cases::act_as(&house, &player, id, circumstances, CloseCase {}).await,
    }
}
