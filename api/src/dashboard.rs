//! The dashboard: how many cases stand where, what was recovered, how the last days went, and which deadline comes next.

mod stats;

pub(crate) use stats::recovery_rate;
pub use stats::{__path_stats, stats};

use crate::auth::Caller;
use crate::cases::ShownCase;
use crate::extract::Params;
use crate::params::{PageLimit, Whole};
use crate::{Answer, Error, House};
use actix_web::web;
use chrono::{DateTime, Utc};
use domain::AgencyId;
use domain::cases::case::Priority;
use projections::cases::dashboard_stats;
use projections::cases::sla_board::{self as board, BoardCase};
use projections::cases::worklist_page::SlaCounts;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// How many days a series may have.
type Days = Whole<1, 365>;

/// How many cases stand where in their SLA windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SlaStanding {
    #[schema(example = 31)]
    pub on_track: i64,
    #[schema(example = 6)]
    pub at_risk: i64,
    #[schema(example = 5)]
    pub breached: i64,
}

impl From<SlaCounts> for SlaStanding {
    fn from(counts: SlaCounts) -> Self {
        Self { on_track: counts.on_track, at_risk: counts.at_risk, breached: counts.breached }
    }
}

/// How many of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Recent {
    /// How many cases.
    #[param(value_type = u32, required = false, minimum = 1, maximum = 100, default = 10)]
    limit: Option<PageLimit>,
}

/// The cases that came in last, the newest first.
#[utoipa::path(get, path = "/api/v1/dashboard/recent-cases", tag = "dashboard", params(Recent),
    responses((status = 200, body = Vec<ShownCase>)))]
pub async fn recent_cases(
    house: web::Data<House>,
    caller: Caller,
    recent: Params<Recent>,
) -> Result<Answer<Vec<ShownCase>>, Error> {
    let (tenant, now) = (caller.tenant(), house.commands.now());
    let limit = recent.0.limit.map_or(10, |limit| limit.0);
    let found = house.reader.as_tenant(tenant, move |conn| Box::pin(dashboard_stats::recent(conn, tenant, limit)));
    Ok(Answer::ok(found.await?.into_iter().map(|card| ShownCase::at(now, card)).collect()))
}

/// Which cases are on the board.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OnBoard {
    /// Only those of this priority.
    #[param(value_type = Urgency, required = false, inline)]
    priority: Option<Priority>,
    /// Only those of this agency.
    #[param(required = false)]
    dca_id: Option<Uuid>,
    /// How many of those that are due next.
    #[param(value_type = u32, required = false, minimum = 1, maximum = 100, default = 20)]
    limit: Option<PageLimit>,
}

/// How urgent a case is.
#[derive(ToSchema)]
pub enum Urgency {
    P1,
    P2,
    P3,
}

/// Where the running cases stand, and whose deadline comes next.
#[derive(Debug, Serialize, ToSchema)]
pub struct SlaBoard {
    pub as_of: DateTime<Utc>,
    /// All running cases that were asked for.
    pub counts: SlaStanding,
    /// Those not breached yet, in the order of their deadlines.
    pub due_next: Vec<DueCase>,
}

/// A case whose deadline comes next.
#[derive(Debug, Serialize, ToSchema)]
pub struct DueCase {
    pub id: Uuid,
    /// Its number.
    #[schema(example = "CASE-2026-000123")]
    pub case_id: String,
    #[schema(example = "John Doe")]
    pub customer_name: Option<String>,
    #[schema(value_type = String, example = "P1")]
    pub priority: Priority,
    #[schema(example = "At Risk")]
    pub sla_status: &'static str,
    pub sla_at_risk_date: DateTime<Utc>,
    pub sla_due_date: DateTime<Utc>,
    pub dca_id: Option<Uuid>,
    #[schema(example = "Swift Debt Solutions")]
    pub dca_name: Option<String>,
}

impl From<BoardCase> for DueCase {
    fn from(case: BoardCase) -> Self {
        Self {
            id: case.case_id.0,
            case_id: case.case_number,
            customer_name: case.customer_name,
            priority: case.priority,
            sla_status: case.sla.shown(),
            sla_at_risk_date: case.at_risk_at,
            sla_due_date: case.due_at,
            dca_id: case.agency_id.map(Uuid::from),
            dca_name: case.agency_name,
        }
    }
}

/// The SLA board: how many running cases are on track, at risk and breached at this moment, and what is due next.
#[utoipa::path(get, path = "/api/v1/dashboard/sla-board", tag = "dashboard", params(OnBoard),
    responses((status = 200, body = SlaBoard)))]
pub async fn sla_board(house: web::Data<House>, caller: Caller, wanted: Params<OnBoard>) -> Result<Answer<SlaBoard>, Error> {
    let (tenant, now, OnBoard { priority, dca_id, limit }) = (caller.tenant(), house.commands.now(), wanted.0);
    let (agency, limit) = (dca_id.map(AgencyId), limit.map_or(20, |limit| limit.0));
    let found = house.reader.as_tenant(tenant, move |conn| Box::pin(board::board(conn, tenant, priority, agency, now, limit)));
    let found = found.await?;
    let due_next = found.due_next.into_iter().map(DueCase::from).collect();
    Ok(Answer::ok(SlaBoard { as_of: now, counts: found.counts.into(), due_next }))
}
