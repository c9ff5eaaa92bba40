//! The worklist on paper: what the cases come to, and then every one of them.

use super::{answer, said, sums::Cases};
use crate::auth::Caller;
use crate::cases::WantedCases;
use crate::extract::Params;
use crate::{Error, House};
use ::reports::head::Fact;
use ::reports::{Kind, WorklistReport};
use actix_web::{HttpResponse, web};
use domain::TenantId;
use projections::cases::agency_directory;
use projections::cases::worklist_page::{CaseFilter, CaseOrder, CaseSort};
use sqlx::PgConnection;

/// All cases that the worklist would show, as PDF: a summary, then every case.
///
/// Filters and order are those of the worklist; `page`, `skip`, `limit` and `cursor` say nothing here. At most 20,000 cases (422).
/// At most 3 exports and reports run at once for a company (429).
#[utoipa::path(get, path = "/api/v1/reports/all-cases/pdf", tag = "reports", params(WantedCases),
    responses((status = 200, content((Vec<u8> = "application/pdf")))))]
pub async fn all_cases(house: web::Data<House>, caller: Caller, wanted: Params<WantedCases>) -> Result<HttpResponse, Error> {
    let (filter, order, _) = wanted.0.read()?;
    let made = answer(&house, &caller, Kind::Worklist, move |conn, moment| {
        Box::pin(async move {
            let cases = match Cases::read(conn, moment.tenant, &filter, order, moment.now).await? {
                Ok(cases) => cases,
                Err(error) => return Ok(Err(error)),
            };
            let asked = asked(conn, moment.tenant, &filter, order).await?;
            let about = if filter == CaseFilter::default() { "every case of the company" } else { "cases that were asked for" };
            let report = WorklistReport {
                head: moment.head("All cases", about.to_owned()).wide(),
                asked,
                total: cases.total(),
                by_status: cases.by_status(),
                by_priority: cases.by_priority(),
                by_sla: cases.by_sla(),
                crossed: cases.crossed(),
                amounts: cases.amounts(),
                cases: cases.lines,
            };
            Ok(Ok(("cases".to_owned(), report)))
        })
    });
    made.await
}

/// What was asked for, in words.
async fn asked(conn: &mut PgConnection, tenant: TenantId, filter: &CaseFilter, order: CaseOrder) -> sqlx::Result<Vec<Fact>> {
    let agency = match filter.agency {
        Some(agency) => {
            let known = agency_directory::card(conn, tenant, agency).await?;
            Some(known.map_or_else(|| agency.to_string(), |agency| agency.name))
        }
        None => None,
    };
    let facts = [
        filter.status.map(|status| Fact::new("Status", said(status.word()))),
        filter.priority.map(|priority| Fact::new("Priority", format!("{priority:?}"))),
        filter.sla.map(|sla| Fact::new("SLA status", sla.shown())),
        agency.map(|agency| Fact::new("Agency", agency)),
        filter.text.as_ref().map(|text| Fact::new("Search", text)),
    ];
    let mut facts: Vec<Fact> = facts.into_iter().flatten().collect();
    if facts.is_empty() {
        facts.push(Fact::new("Filter", "none"));
    }
    let (by, [down, up]) = match order.by {
        CaseSort::CreatedAt => ("opening", ["newest first", "oldest first"]),
        CaseSort::UpdatedAt => ("last change", ["newest first", "oldest first"]),
        CaseSort::DueAt => ("due day", ["latest first", "earliest first"]),
        CaseSort::OverdueAmount => ("overdue amount", ["largest first", "smallest first"]),
        CaseSort::Priority => ("priority", ["P3 first", "P1 first"]),
        CaseSort::RecoveryScore => ("recovery score", ["highest first", "lowest first"]),
    };
    facts.push(Fact::new("Order", format!("by {by}, {}", if order.descending { down } else { up })));
    Ok(facts)
}
