//! The worklist, the agencies and the audit trail as CSV, for those who go on working with them in a spreadsheet.

use crate::agencies::{Agency, AgencyFilter};
use crate::audit::{AuditLog, WantedEntries};
use crate::auth::Caller;
use crate::calls::accesses::{Looking, facts};
use crate::cases::{ShownCase, WantedCases};
use crate::csv::{Cell, Column, Pages, Stretch, export};
use crate::extract::Params;
use crate::who::Names;
use crate::{Error, House};
use actix_web::{HttpRequest, HttpResponse, web};
use domain::organization::role::Permission;
use domain::{Instant, TenantId};
use futures::future::BoxFuture;
use projections::Page;
use projections::cases::worklist_page::{self, CaseFilter, CaseOrder};
use projections::organization::audit_trail::{self, AuditFilter};
use projections::page::MOST;
use sqlx::PgConnection;

/// All cases that the worklist would show, as CSV.
///
/// Filters and order are those of the worklist; `page`, `skip`, `limit` and `cursor` say nothing here. Cells that begin with
/// `=`, `+`, `-`, `@`, a tab or a carriage return get an apostrophe in front. At most 3 exports run at once for a company.
#[utoipa::path(get, path = "/api/v1/exports/cases.csv", tag = "exports", params(WantedCases),
    responses((status = 200, content((String = "text/csv")))))]
pub async fn cases(house: web::Data<House>, caller: Caller, wanted: Params<WantedCases>) -> Result<HttpResponse, Error> {
    let (filter, order, _) = wanted.0.read()?;
    let (tenant, now) = (caller.tenant(), house.commands.now());
    export(&house, tenant, "cases", CASES, Cases { tenant, filter, order, now }).await
}

/// All agencies with their records and scores, as CSV.
///
/// Filters are those of the list of agencies. Cells are made harmless as in the export of cases.
#[utoipa::path(get, path = "/api/v1/exports/dcas.csv", tag = "exports", params(AgencyFilter),
    responses((status = 200, content((String = "text/csv")))))]
pub async fn dcas(house: web::Data<House>, caller: Caller, wanted: Params<AgencyFilter>) -> Result<HttpResponse, Error> {
    let (tenant, now) = (caller.tenant(), house.commands.now());
    wanted.0.check()?;
    export(&house, tenant, "dcas", AGENCIES, Agencies { tenant, filter: wanted.0, now }).await
}

/// The audit trail as CSV, the newest entry first.
///
/// Filters are those of the audit trail. Cells are made harmless as in the export of cases.
#[utoipa::path(get, path = "/api/v1/exports/audit-logs.csv", tag = "exports", params(WantedEntries),
    responses((status = 200, content((String = "text/csv")))))]
pub async fn audit_logs(
    house: web::Data<House>,
    caller: Caller,
    request: HttpRequest,
    wanted: Params<WantedEntries>,
) -> Result<HttpResponse, Error> {
    let (filter, _) = wanted.0.read(&caller)?;
    let (tenant, listens) = (caller.tenant(), caller.may(Permission::AccessRecordings));
    let looking = Looking::over(House::clone(&house), &caller, &request)?;
    export(&house, tenant, "audit-logs", ENTRIES, Entries { tenant, filter, listens, looking }).await
}

const CASES: &[Column<ShownCase>] = &[
    ("case_id", |case| Cell::from(&case.case_id)),
    ("id", |case| case.id.into()),
    ("customer_name", |case| case.customer_name.as_ref().into()),
    ("customer_email", |case| case.customer_email.as_ref().into()),
    ("customer_phone", |case| case.customer_phone.as_ref().into()),
    ("customer_address", |case| case.customer_address.as_ref().into()),
    ("overdue_amount", |case| case.overdue_amount.into()),
    ("currency", |case| Cell::from(&case.currency)),
    ("amount_paid", |case| case.amount_paid.into()),
    ("balance", |case| case.balance.into()),
    ("credit", |case| case.credit.into()),
    ("ageing_days", |case| case.ageing_days.into()),
    ("status", |case| case.status.into()),
    ("priority", |case| format!("{:?}", case.priority).as_str().into()),
    ("sla_status", |case| case.sla_status.into()),
    ("sla_due_date", |case| case.sla_due_date.into()),
    ("dca_id", |case| case.dca_id.into()),
    ("dca_name", |case| case.dca_name.as_ref().into()),
    ("assigned_at", |case| case.assigned_at.into()),
    ("completed_at", |case| case.completed_at.into()),
    ("outcome", |case| case.outcome.as_ref().into()),
    ("ai_recovery_score", |case| case.ai_recovery_score.into()),
    ("escalation_level", |case| case.escalation_level.into()),
    ("notes", |case| case.notes.as_ref().into()),
    ("created_at", |case| case.created_at.into()),
    ("updated_at", |case| case.updated_at.into()),
    ("version", |case| case.version.into()),
];

const AGENCIES: &[Column<Agency>] = &[
    ("id", |agency| agency.id.into()),
    ("name", |agency| Cell::from(&agency.name)),
    ("contact_person", |agency| agency.contact_person.as_ref().into()),
    ("email", |agency| agency.email.as_ref().into()),
    ("phone", |agency| agency.phone.as_ref().into()),
    ("website_url", |agency| agency.website_url.as_ref().into()),
    ("is_active", |agency| agency.is_active.into()),
    ("performance_score", |agency| agency.performance_score.into()),
    ("score_formula", |agency| Cell::from(&agency.score_formula)),
    ("score_1", |agency| agency.score_1.value.into()),
    ("score_2", |agency| agency.score_2.into()),
    ("active_cases_count", |agency| agency.active_cases_count.into()),
    ("max_capacity", |agency| agency.max_capacity.into()),
    ("min_debt_amount", |agency| agency.min_debt_amount.into()),
    ("max_debt_amount", |agency| agency.max_debt_amount.into()),
    ("total_cases_completed", |agency| agency.total_cases_completed.into()),
    ("total_cases_rejected", |agency| agency.total_cases_rejected.into()),
    ("total_delays", |agency| agency.total_delays.into()),
    ("avg_completion_time_days", |agency| agency.avg_completion_time_days.into()),
    ("created_at", |agency| agency.created_at.into()),
    ("updated_at", |agency| agency.updated_at.into()),
    ("version", |agency| agency.version.into()),
];

const ENTRIES: &[Column<AuditLog>] = &[
    ("position", |entry| entry.position.into()),
    ("id", |entry| entry.id.into()),
    ("created_at", |entry| entry.created_at.into()),
    ("recorded_at", |entry| entry.recorded_at.into()),
    ("actor", |entry| Cell::from(&entry.actor)),
    ("user_name", |entry| entry.user_name.as_ref().into()),
    ("action", |entry| Cell::from(&entry.action)),
    ("category", |entry| Cell::from(&entry.category)),
    ("aggregate_id", |entry| entry.aggregate_id.into()),
    ("version", |entry| entry.version.into()),
    ("details", |entry| entry.details.to_string().as_str().into()),
    ("cause", |entry| entry.cause.into()),
    ("key", |entry| Cell::from(&entry.key)),
    ("simulated", |entry| entry.simulated.into()),
];

struct Cases {
    tenant: TenantId,
    filter: CaseFilter,
    order: CaseOrder,
    /// The instant by which the SLA of every row is judged.
    now: Instant,
}

impl Pages<ShownCase> for Cases {
    fn read<'c>(
        &'c mut self,
        conn: &'c mut PgConnection,
        after: Option<String>,
    ) -> BoxFuture<'c, sqlx::Result<Stretch<ShownCase>>> {
        Box::pin(async move {
            let cursor = after.and_then(|after| after.parse().ok());
            let page = Page::first(most());
            let (cards, next) = worklist_page::rows(conn, self.tenant, &self.filter, self.order, page, cursor, self.now).await?;
            Ok((cards.into_iter().map(|card| ShownCase::at(self.now, card)).collect(), next))
        })
    }
}

struct Agencies {
    tenant: TenantId,
    filter: AgencyFilter,
    now: Instant,
}

impl Pages<Agency> for Agencies {
    fn read<'c>(&'c mut self, conn: &'c mut PgConnection, after: Option<String>) -> BoxFuture<'c, sqlx::Result<Stretch<Agency>>> {
        Box::pin(async move {
            // Agencies have no cursor: all of it is one transaction, in which the n-th stays the n-th.
            let skipped: u32 = after.and_then(|after| after.parse().ok()).unwrap_or_default();
            let found = self.filter.find(conn, self.tenant, Page::skipping(skipped, most()), self.now).await?;
            let next = skipped.saturating_add(most());
            Ok((found.rows, (i64::from(next) < found.total).then(|| next.to_string())))
        })
    }
}

struct Entries {
    tenant: TenantId,
    filter: AuditFilter,
    listens: bool,
    /// Whoever is sent them, for whom it is noted page by page what they are about to see.
    looking: Looking,
}

impl Pages<AuditLog> for Entries {
    fn read<'c>(
        &'c mut self,
        conn: &'c mut PgConnection,
        after: Option<String>,
    ) -> BoxFuture<'c, sqlx::Result<Stretch<AuditLog>>> {
        Box::pin(async move {
            let before = after.and_then(|after| after.parse().ok());
            let (entries, next) = audit_trail::rows(conn, self.tenant, &self.filter, Page::first(most()), before).await?;
            let names = Names::within(conn, self.tenant, entries.iter().map(|entry| &entry.actor)).await?;
            let noted = self.looking.at_all(facts::told_in(&entries, self.listens)).await;
            noted.map_err(|error| sqlx::Error::Io(std::io::Error::other(error.message)))?;
            Ok((entries.into_iter().map(|entry| AuditLog::of(entry, &names, self.listens)).collect(), next))
        })
    }
}

/// Rows that are read at a time.
fn most() -> u32 {
    u32::try_from(MOST).unwrap_or(u32::MAX)
}
