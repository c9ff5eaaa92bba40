//! What may be asked about a case and the agency that collects it: who gets it, whether they take it on, and how it ends.

use crate::{Command, Error, Work};
use domain::cases::agency::{Agency, AgencyRefusal};
use domain::cases::case::Case;
use domain::organization::role::Permission;
use domain::{AgencyId, CaseId, StreamId, TenantId, Text};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Names the agency that is to collect the case.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AssignAgency {
    pub agency_id: AgencyId,
    #[serde(default)]
    pub reason: Option<Text<1000>>,
}

impl Command for AssignAgency {
    const NAME: &'static str = "AssignAgency";
    const MAY: Permission = Permission::AssignCases;
    const EXAMPLE: &'static str = r#"{"agencyId":"0190a5d2-0000-7000-8000-000000000001"}"#;
    type Target = Case;

    fn reads(&self, tenant: TenantId, on: Uuid) -> Vec<StreamId> {
        vec![StreamId::of::<Case>(tenant, on), StreamId::of::<Agency>(tenant, self.agency_id)]
    }

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let reason = self.reason.as_ref().map_or("assigned by hand".to_owned(), Text::to_string);
        assign(on, self.agency_id, false, false, reason, work).await
    }
}

/// Gives the case to the agency that automatic assignment chose (E.W1).
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AllocateCase {
    pub agency_id: AgencyId,
    /// No agency's debt range holds the amount; this is the fallback.
    pub outside_range: bool,
    pub reason: Text<1000>,
}

impl Command for AllocateCase {
    const NAME: &'static str = "AllocateCase";
    const MAY: Permission = Permission::RunProcesses;
    const EXAMPLE: &'static str = r#"{"agencyId":"0190a5d2-0000-7000-8000-000000000001","outsideRange":false,"reason":"best score 105.00, 3 active cases"}"#;
    type Target = Case;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        assign(on, self.agency_id, true, self.outside_range, self.reason.to_string(), work).await
    }
}

async fn assign(
    on: Uuid,
    agency: AgencyId,
    automatic: bool,
    any_amount: bool,
    reason: String,
    work: &mut Work,
) -> Result<(), Error> {
    work.exclusive(&StreamId::of::<Agency>(work.stamp().tenant, agency)).await;
    let case = work.load::<Case>(on).await?;
    let amount = case.overdue()?.amount;
    if automatic && case.rejected_by().contains(&agency) {
        return Err(AgencyRefusal::GaveItBack.into());
    }
    work.change::<Case>(on, |case, stamp| case.assign(stamp, agency, automatic, reason)).await?;
    work.change::<Agency>(agency, |agency, _| agency.take(CaseId(on), amount, any_amount)).await?;
    Ok(())
}

/// Notes why automatic assignment found no agency.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LeaveUnassigned {
    pub reason: Text<1000>,
}

impl Command for LeaveUnassigned {
    const NAME: &'static str = "LeaveUnassigned";
    const MAY: Permission = Permission::RunProcesses;
    const EXAMPLE: &'static str = r#"{"reason":"no active agency has room"}"#;
    type Target = Case;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        work.change::<Case>(on, |case, _| case.leave_unassigned(self.reason.to_string())).await?;
        Ok(())
    }
}

/// The agency takes the case on.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcceptCase {}

impl Command for AcceptCase {
    const NAME: &'static str = "AcceptCase";
    const MAY: Permission = Permission::WorkCases;
    const EXAMPLE: &'static str = "{}";
    type Target = Case;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        work.change::<Case>(on, |case, _| case.accept()).await?;
        Ok(())
    }
}

/// The agency gives the case back.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RejectCase {
    pub reason: Text<1000>,
}

impl Command for RejectCase {
    const NAME: &'static str = "RejectCase";
    const MAY: Permission = Permission::WorkCases;
    const EXAMPLE: &'static str = r#"{"reason":"debtor is insolvent"}"#;
    type Target = Case;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let agency = work.load::<Case>(on).await?.agency();
        work.change::<Case>(on, |case, _| case.reject(self.reason.to_string())).await?;
        free(on, agency, work).await
    }
}

/// The agency puts the case off.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DelayCase {
    pub reason: Text<1000>,
}

impl Command for DelayCase {
    const NAME: &'static str = "DelayCase";
    const MAY: Permission = Permission::WorkCases;
    const EXAMPLE: &'static str = r#"{"reason":"waiting for documents"}"#;
    type Target = Case;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        work.change::<Case>(on, |case, _| case.delay(self.reason.to_string())).await?;
        Ok(())
    }
}

/// The agency works on a delayed case again.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResumeCase {}

impl Command for ResumeCase {
    const NAME: &'static str = "ResumeCase";
    const MAY: Permission = Permission::WorkCases;
    const EXAMPLE: &'static str = "{}";
    type Target = Case;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        work.change::<Case>(on, |case, _| case.resume()).await?;
        Ok(())
    }
}

/// Finishes the case.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompleteCase {
    #[serde(default)]
    pub outcome: Option<Text<1000>>,
}

impl Command for CompleteCase {
    const NAME: &'static str = "CompleteCase";
    const MAY: Permission = Permission::WorkCases;
    const EXAMPLE: &'static str = r#"{"outcome":"paid in full"}"#;
    type Target = Case;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let agency = work.load::<Case>(on).await?.agency();
        let outcome = self.outcome.as_ref().map(Text::to_string);
        work.change::<Case>(on, |case, stamp| case.complete(stamp, outcome)).await?;
        free(on, agency, work).await
    }
}

/// Frees the place the case had with its agency.
pub(super) async fn free(on: Uuid, agency: Option<AgencyId>, work: &mut Work) -> Result<(), Error> {
    let Some(agency) = agency else { return Ok(()) };
    work.exclusive(&StreamId::of::<Agency>(work.stamp().tenant, agency)).await;
    work.change::<Agency>(agency, |agency, _| agency.free(CaseId(on))).await?;
    Ok(())
}
