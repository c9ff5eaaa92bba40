//! Reports that make themselves (B.W7): every day at the call centre's hour, about the day before; on Mondays about the week, on the
//! first about thirty days.

use crate::later::Later;
use crate::{Duty, Unable};
use chrono::{Datelike, Days, NaiveDate, Weekday};
use commands::calls::report_run::KeepReport;
use commands::{Answer, Ask, Commands, Error, Principal};
use domain::calls::centre::CallCentre;
use domain::calls::report_run::{ReportKind, ReportRun};
use domain::{Instant, TenantId};
use projections::Viewer;
use projections::calls::figures::digest::digest;
use projections::calls::scheduled_reports::call_centres;
use projections::reader::Reader;
use std::time::Duration;

/// How long a report that could not be made is left alone.
const PAUSE: Duration = Duration::from_secs(60);
/// How often it is looked whether any is due.
const LOOK: Duration = Duration::from_secs(10);

/// Makes the reports that are due.
pub struct ReportSchedule {
    commands: Commands,
    reader: Reader,
    attempted: Later<(TenantId, ReportKind, NaiveDate)>,
    looked: Later<()>,
}

/// Why a report was not made.
#[derive(Debug, thiserror::Error)]
pub enum NotMade {
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Refused(#[from] Error),
}

impl ReportSchedule {
    pub fn new(commands: Commands, reader: Reader) -> Self {
        Self { commands, reader, attempted: Later::new(), looked: Later::new() }
    }
}

/// What is due at an instant: the kinds, and the day that they are about.
pub fn due(centre: &CallCentre, now: Instant) -> Vec<(ReportKind, NaiveDate)> {
    let local = now.with_timezone(&centre.zone());
    let values = centre.values();
    let today = local.date_naive();
    let Some(yesterday) = today.pred_opt().filter(|_| values.report_schedule && local.time() >= values.report_time) else {
        return Vec::new();
    };
    let kinds = ReportKind::ALL.into_iter().filter(|kind| match kind {
        ReportKind::Daily => true,
        ReportKind::Weekly => today.weekday() == Weekday::Mon,
        ReportKind::Monthly => today.day() == 1,
    });
    kinds.map(|kind| (kind, yesterday)).collect()
}

/// Makes a report about the days up to this one and keeps it; one that was kept already stays what it said.
pub async fn generate(
    commands: &Commands,
    reader: &Reader,
    who: &Principal,
    kind: ReportKind,
    day: NaiveDate,
) -> Result<Answer, NotMade> {
    let tenant = who.tenant;
    let centre = commands.recent::<CallCentre>(tenant, tenant).await?;
    let from = day.checked_sub_days(Days::new(kind.days() - 1)).unwrap_or(day);
    let (viewer, now) = (Viewer::process(), commands.now());
    let seen = viewer.clone();
    let report = reader
        .as_viewer(tenant, &viewer, move |conn| Box::pin(async move { digest(conn, tenant, &seen, (from, day), now).await }));
    let timezone = centre.values().reporting_timezone.clone();
    let command = KeepReport { kind, day, from, timezone, report: report.await? };
    Ok(commands.execute(who, Ask::new(command).on(ReportRun::id(tenant, kind, day).0)).await?)
}

impl Duty for ReportSchedule {
    async fn step(&mut self) -> Result<usize, Unable> {
        if !self.looked.take((), LOOK) {
            return Ok(0);
        }
        let now = self.commands.now();
        let mut made = 0;
        for tenant in self.reader.every_tenant(|conn| Box::pin(call_centres(conn))).await? {
            let centre = self.commands.recent::<CallCentre>(tenant, tenant).await.map_err(Unable::log)?;
            for (kind, day) in due(&centre, now) {
                let id = ReportRun::id(tenant, kind, day);
                let run = self.commands.recent::<ReportRun>(tenant, id).await.map_err(Unable::log)?;
                if run.is_made() || !self.attempted.take((tenant, kind, day), PAUSE) {
                    continue;
                }
                let who = Principal::process(tenant, "report_schedule");
                match generate(&self.commands, &self.reader, &who, kind, day).await {
                    Ok(_) => made += 1,
                    Err(error) => tracing::warn!(%tenant, kind = kind.word(), %day, %error, "a report could not be made"),
                }
            }
        }
        metrics::counter!("docket_reports_generated_total").increment(made as u64);
        Ok(made)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use domain::calls::centre::{CallCentreEvent, CallCentreValues};

    #[test]
    fn reports_are_due_from_their_hour_on_by_the_clock_on_the_wall() {
        let values = CallCentreValues { reporting_timezone: "America/Detroit".into(), ..Default::default() };
        let of = |values: CallCentreValues| -> CallCentre { domain::aggregate::fold(&[CallCentreEvent::Configured { values }]) };
        let centre = of(values.clone());
        let at = |text: &str| due(&centre, text.parse().unwrap());
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(at("2026-03-03T12:59:59Z"), []);
        assert_eq!(at("2026-03-03T13:00:00Z"), [(ReportKind::Daily, day("2026-03-02"))]);
        // The clocks have gone forward: eight o'clock comes an hour earlier.
        assert_eq!(at("2026-03-10T11:59:59Z"), []);
        assert_eq!(at("2026-03-10T12:00:00Z"), [(ReportKind::Daily, day("2026-03-09"))]);
        let monday = [(ReportKind::Daily, day("2026-03-08")), (ReportKind::Weekly, day("2026-03-08"))];
        assert_eq!(at("2026-03-09T12:00:00Z"), monday);
        assert!(at("2026-04-01T12:00:00Z").contains(&(ReportKind::Monthly, day("2026-03-31"))));
        let off = of(CallCentreValues { report_schedule: false, ..values });
        assert_eq!(due(&off, "2026-03-03T13:00:00Z".parse().unwrap()), []);
    }
}
