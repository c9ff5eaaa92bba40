//! Which cases are wanted, and in which order: the query string of the worklist.

use crate::error::Error;
use crate::extract::uuid;
use crate::paged::Part;
use crate::params::{PageLimit, PageNumber, Skip};
use domain::AgencyId;
use domain::cases::case::Priority;
use domain::cases::sla::SlaStatus;
use projections::cases::worklist::CaseStatus;
use projections::cases::worklist_page::{CaseCursor, CaseFilter, CaseOrder, CaseSort};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// Where a case stands. `Open`, `In Progress` … are understood too.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Status {
    #[serde(alias = "Open")]
    Open,
    #[serde(alias = "Assigned")]
    Assigned,
    #[serde(alias = "In Progress")]
    InProgress,
    #[serde(alias = "Delayed")]
    Delayed,
    #[serde(alias = "Completed")]
    Completed,
    #[serde(alias = "Closed")]
    Closed,
}

impl From<Status> for CaseStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Open => CaseStatus::Open,
            Status::Assigned => CaseStatus::Assigned,
            Status::InProgress => CaseStatus::InProgress,
            Status::Delayed => CaseStatus::Delayed,
            Status::Completed => CaseStatus::Completed,
            Status::Closed => CaseStatus::Closed,
        }
    }
}

/// Where it stands in its SLA window. `on_track` … are understood too.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
enum Sla {
    #[serde(rename = "On Track", alias = "on_track")]
    OnTrack,
    #[serde(rename = "At Risk", alias = "at_risk")]
    AtRisk,
    #[serde(alias = "breached")]
    Breached,
}

impl From<Sla> for SlaStatus {
    fn from(sla: Sla) -> Self {
        match sla {
            Sla::OnTrack => SlaStatus::OnTrack,
            Sla::AtRisk => SlaStatus::AtRisk,
            Sla::Breached => SlaStatus::Breached,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Sort {
    #[default]
    CreatedAt,
    UpdatedAt,
    #[serde(alias = "due_at")]
    SlaDueDate,
    OverdueAmount,
    Priority,
    #[serde(alias = "recovery_score")]
    AiRecoveryScore,
}

impl From<Sort> for CaseSort {
    fn from(sort: Sort) -> Self {
        match sort {
            Sort::CreatedAt => CaseSort::CreatedAt,
            Sort::UpdatedAt => CaseSort::UpdatedAt,
            Sort::SlaDueDate => CaseSort::DueAt,
            Sort::OverdueAmount => CaseSort::OverdueAmount,
            Sort::Priority => CaseSort::Priority,
            Sort::AiRecoveryScore => CaseSort::RecoveryScore,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Direction {
    Asc,
    Desc,
}

#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
enum Urgency {
    P1,
    P2,
    P3,
}

impl From<Urgency> for Priority {
    fn from(urgency: Urgency) -> Self {
        match urgency {
            Urgency::P1 => Priority::P1,
            Urgency::P2 => Priority::P2,
            Urgency::P3 => Priority::P3,
        }
    }
}

/// Which cases are wanted; what is absent does not matter.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedCases {
    /// Where they stand; `Open`, `In Progress` … are understood too.
    #[param(inline)]
    status: Option<Status>,
    #[param(inline)]
    priority: Option<Urgency>,
    /// The agency in charge.
    #[param(value_type = Option<uuid::Uuid>)]
    dca_id: Option<String>,
    /// As judged for completed cases, at this moment for the others; `on_track` … are understood too.
    #[param(inline)]
    sla_status: Option<Sla>,
    /// Found in the case number, the customer's name or e-mail address.
    #[param(max_length = 255, pattern = "^[^\\x00]*$")]
    search: Option<String>,
    /// `created_at` unless said otherwise.
    #[param(inline)]
    sort: Option<Sort>,
    /// `desc` unless said otherwise.
    #[param(inline)]
    order: Option<Direction>,
    #[param(value_type = Option<u32>, minimum = 1, maximum = 1_000_000)]
    page: Option<PageNumber>,
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    limit: Option<PageLimit>,
    /// Instead of `page`: how many cases to leave out.
    #[param(value_type = Option<u32>, minimum = 0, maximum = 100_000_000)]
    skip: Option<Skip>,
    /// Instead of `page`: the `next` of an earlier page, asked with the same filters and order.
    #[param(
        pattern = "^((created_at|updated_at|due_at)~[0-9]{1,16}|(overdue_amount|recovery_score)~[0-9]{1,13}([.][0-9]{2})?|priority~P[123])~[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
    )]
    cursor: Option<String>,
}

impl WantedCases {
    /// The same for the worklist.
    pub fn read(self) -> Result<(CaseFilter, CaseOrder, Part<CaseCursor>), Error> {
        let agency = self.dca_id.as_deref().map(|id| uuid("dca_id", id)).transpose()?;
        let filter = CaseFilter {
            status: self.status.map(CaseStatus::from),
            priority: self.priority.map(Priority::from),
            agency: agency.map(AgencyId),
            sla: self.sla_status.map(SlaStatus::from),
            text: searched(self.search)?,
        };
        let order = CaseOrder {
            by: self.sort.unwrap_or_default().into(),
            descending: self.order.unwrap_or(Direction::Desc) == Direction::Desc,
        };
        Ok((filter, order, Part::read(self.page, self.skip, self.limit, self.cursor.as_deref())?))
    }
}

/// A text to be searched for; blank is none.
pub fn searched(text: Option<String>) -> Result<Option<String>, Error> {
    match text {
        Some(text) if text.chars().count() > 255 => Err(Error::invalid("search", "must have at most 255 characters")),
        text => Ok(text.filter(|text| !text.trim().is_empty())),
    }
}
