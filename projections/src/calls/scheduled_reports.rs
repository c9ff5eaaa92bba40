//! Reports that made themselves, as they were made; only whoever sees all of the company sees them.

use crate::page::{Listing, Page};
use crate::{Keys, ReadModel, Row, Rows, Table, Unappliable, Viewer, table, wall};
use chrono::NaiveDate;
use domain::calls::report_run::{ReportKind, ReportRunEvent};
use domain::{Actor, Fact, Instant, ReportRunId, TenantId};
use eventlog::{Position, Recorded};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::PgConnection;
use sqlx::types::Json;

/// The reports.
pub struct ScheduledReports;

/// A report. The columns are explained in `migrations/read/scheduled_reports.sql`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScheduledReport {
    pub tenant_id: TenantId,
    pub report_id: ReportRunId,
    pub kind: ReportKind,
    pub day: NaiveDate,
    pub from_day: NaiveDate,
    pub timezone: String,
    pub report: Value,
    pub actor: Actor,
    pub generated_at: Instant,
    pub version: i64,
    pub position: Position,
}

/// The primary key of a report.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ScheduledReportKey {
    pub tenant_id: TenantId,
    pub report_id: ReportRunId,
}

impl ScheduledReportKey {
    fn of(event: &Recorded) -> Self {
        Self { tenant_id: event.stream.tenant, report_id: ReportRunId(event.stream.id) }
    }
}

impl Row for ScheduledReport {
    const TABLE: &'static str = "scheduled_reports";
    const KEY: &'static [&'static str] = &["tenant_id", "report_id"];
    type Key = ScheduledReportKey;

    fn key(&self) -> ScheduledReportKey {
        ScheduledReportKey { tenant_id: self.tenant_id, report_id: self.report_id }
    }
}

impl ReadModel for ScheduledReports {
    const NAME: &'static str = "scheduled_reports";
    const VERSION: i32 = 1;
    const CATEGORIES: &'static [&'static str] = &["report_run"];
    const SQL: &'static str = include_str!("../../../migrations/read/scheduled_reports.sql");
    const WALLS: &'static [(&'static str, &'static str)] = &[("scheduled_reports", wall::EVERYTHING)];

    fn tables() -> Vec<Box<dyn Table>> {
        vec![table::<ScheduledReport>()]
    }

    fn keys(event: &Recorded, fact: &Fact, keys: &mut Keys<'_>) {
        if let Fact::ReportRun(_) = fact {
            keys.want::<ScheduledReport>(ScheduledReportKey::of(event));
        }
    }

    fn evolve(rows: &mut Rows, event: &Recorded, fact: &Fact) -> Result<(), Unappliable> {
        let Fact::ReportRun(ReportRunEvent::Generated { kind, day, from, timezone, report, .. }) = fact else { return Ok(()) };
        let ScheduledReportKey { tenant_id, report_id } = ScheduledReportKey::of(event);
        rows.put(ScheduledReport {
            tenant_id,
            report_id,
            kind: *kind,
            day: *day,
            from_day: *from,
            timezone: timezone.clone(),
            report: report.clone(),
            actor: event.actor.clone(),
            generated_at: event.occurred_at,
            version: event.version,
            position: event.position,
        })
    }
}

/// The reports, the latest first; for whoever sees everything.
pub async fn list(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    kind: Option<ReportKind>,
    page: Page,
) -> sqlx::Result<Listing<ScheduledReport>> {
    let kind = kind.map(ReportKind::word);
    let total = sqlx::query_scalar!(
        r#"select count(*) as "n!" from scheduled_reports where tenant_id = $1 and $2 and ($3::text is null or kind = $3)"#,
        tenant.0,
        viewer.everything(),
        kind,
    );
    let total = total.fetch_one(&mut *conn).await?;
    let (offset, limit) = page.bounds();
    let rows = sqlx::query_scalar!(
        r#"select to_json(r) as "report!: Json<ScheduledReport>" from scheduled_reports r
           where tenant_id = $1 and $2 and ($3::text is null or kind = $3)
           order by day desc, kind, report_id offset $4 limit $5"#,
        tenant.0,
        viewer.everything(),
        kind,
        offset,
        limit,
    );
    let rows = rows.fetch_all(conn).await?.into_iter().map(|row| row.0).collect();
    Ok(Listing { rows, total, next: None })
}

/// A report, for whoever sees everything.
pub async fn card(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    report: ReportRunId,
) -> sqlx::Result<Option<ScheduledReport>> {
    let found = sqlx::query_scalar!(
        r#"select to_json(r) as "report!: Json<ScheduledReport>" from scheduled_reports r
           where tenant_id = $1 and report_id = $2 and $3"#,
        tenant.0,
        report.0,
        viewer.everything(),
    );
    Ok(found.fetch_optional(conn).await?.map(|row| row.0))
}

/// The companies that have agents and are not being filled from a history right now, for whoever looks after all of them.
pub async fn call_centres(conn: &mut PgConnection) -> sqlx::Result<Vec<TenantId>> {
    let found = sqlx::query_scalar!(
        "select distinct tenant_id from agents a where is_active
           and not exists (select from companies c where c.tenant_id = a.tenant_id and c.importing) order by tenant_id",
    );
    Ok(found.fetch_all(conn).await?.into_iter().map(TenantId).collect())
}

/// The same, each with the instant at which its first agent was enrolled.
pub async fn call_centres_since(conn: &mut PgConnection) -> sqlx::Result<Vec<(TenantId, Instant)>> {
    let found = sqlx::query!(
        r#"select tenant_id, min(created_at) as "began!" from agents a
           where not exists (select from companies c where c.tenant_id = a.tenant_id and c.importing)
           group by tenant_id having bool_or(is_active) order by tenant_id"#,
    );
    Ok(found.fetch_all(conn).await?.into_iter().map(|row| (TenantId(row.tenant_id), row.began)).collect())
}

/// When a company's first agent was enrolled, if there are agents now and it is not being filled from a history.
pub async fn began(conn: &mut PgConnection, tenant: TenantId) -> sqlx::Result<Option<Instant>> {
    let found = sqlx::query_scalar!(
        r#"select min(created_at) as "began!" from agents a
           where tenant_id = $1 and not exists (select from companies c where c.tenant_id = a.tenant_id and c.importing)
           having bool_or(is_active)"#,
        tenant.0,
    );
    found.fetch_optional(conn).await
}

/// A report that was made, without what it says.
#[derive(Clone, Debug, PartialEq)]
pub struct MadeReport {
    pub report_id: ReportRunId,
    pub kind: ReportKind,
    pub day: NaiveDate,
    pub generated_at: Instant,
}

/// The reports about this day and later ones.
pub async fn made_since(conn: &mut PgConnection, tenant: TenantId, day: NaiveDate) -> sqlx::Result<Vec<MadeReport>> {
    let found = sqlx::query!(
        r#"select report_id, to_json(kind) as "kind!: Json<ReportKind>", day, generated_at
           from scheduled_reports where tenant_id = $1 and day >= $2 order by day, kind"#,
        tenant.0,
        day,
    );
    let made = found.fetch_all(conn).await?.into_iter().map(|row| MadeReport {
        report_id: ReportRunId(row.report_id),
        kind: row.kind.0,
        day: row.day,
        generated_at: row.generated_at,
    });
    Ok(made.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::story::{Story, TENANT};
    use serde_json::json;
    use uuid::Uuid;

    #[test]
    fn a_report_is_shown_as_it_was_made() {
        let id = Uuid::from_u128(5);
        let day: NaiveDate = "2026-03-02".parse().unwrap();
        let mut story = Story::default();
        let report = json!({"totals": {"fcrRate": 71.43}});
        let (kind, timezone) = (ReportKind::Daily, "UTC".to_owned());
        let made = ReportRunEvent::Generated { kind, day, from: day, to: day, timezone, report: report.clone() };
        story.add(0, "report_run", id, made);
        let key = ScheduledReportKey { tenant_id: TENANT, report_id: ReportRunId(id) };
        let row = story.rows::<ScheduledReports>().get::<ScheduledReport>(&key).unwrap().unwrap().clone();
        assert_eq!((row.report, row.day, row.version), (report, day, 1));
    }
}
