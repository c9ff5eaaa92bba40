//! Reports that make themselves (B.W7): every day at the call centre's hour, about the day before; on Mondays about the week, on the
//! first about thirty days. What no server was there to make is made up for.

use crate::later::Later;
use crate::{Duty, Unable};
use chrono::{Datelike, Days, NaiveDate};
use commands::calls::report_run::KeepReport;
use commands::{Answer, Ask, Commands, Error, Principal};
use domain::calls::centre::CallCentre;
use domain::calls::report_run::{ReportKind, ReportRun};
use domain::{Instant, TenantId};
use projections::calls::figures::digest::digest;
use projections::calls::scheduled_reports::call_centres_since;
use projections::reader::Reader;
use projections::{Progress, Viewer};
use std::time::Duration;

/// How long a report that could not be made is left alone.
const PAUSE: Duration = Duration::from_secs(60);
/// How often it is looked whether any is due.
const LOOK: Duration = Duration::from_secs(10);
/// How long a report waits until the screens show what was on the log when it was begun.
const PATIENCE: Duration = Duration::from_secs(30);
/// So many days back a report of a day is made up for.
const MADE_UP_FOR: u64 = 8;

/// Makes the reports that are due.
pub struct ReportSchedule {
    maker: ReportMaker,
    attempted: Later<(TenantId, ReportKind, NaiveDate)>,
    looked: Later<()>,
}

/// Makes reports and keeps them. Cheap to clone.
#[derive(Clone)]
pub struct ReportMaker {
    commands: Commands,
    reader: Reader,
    progress: Progress,
}

/// Why a report was not made.
#[derive(Debug, thiserror::Error)]
pub enum NotMade {
    #[error("the screens do not show yet what is on the log")]
    Behind,
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Log(#[from] eventlog::ReadError),
    #[error(transparent)]
    Refused(#[from] Error),
}

impl ReportSchedule {
    pub fn new(maker: ReportMaker) -> Self {
        Self { maker, attempted: Later::new(), looked: Later::new() }
    }
}

/// The latest day whose report is due at an instant: the day before, from the hour of the reports on. Until then records of it may
/// still come in, and a report would keep for good what is not yet all.
pub fn latest_day(centre: &CallCentre, now: Instant) -> Option<NaiveDate> {
    let local = now.with_timezone(&centre.zone());
    let yesterday = local.date_naive().pred_opt()?;
    if local.time() >= centre.values().report_time { Some(yesterday) } else { yesterday.pred_opt() }
}

/// What is due at an instant: the kinds, and the days that they are about, the oldest first. Reports of a day for the last eight days,
/// of a week for the last that ended on a Sunday, of thirty days for the last that ended with a month; none about a time before the
/// call centre began, and none where nobody wants them.
pub fn due(centre: &CallCentre, began: Instant, now: Instant) -> Vec<(ReportKind, NaiveDate)> {
    let Some(last) = latest_day(centre, now).filter(|_| centre.values().report_schedule) else { return Vec::new() };
    let first = centre.day_of(began).day;
    let days = (0..MADE_UP_FOR).filter_map(|back| last.checked_sub_days(Days::new(back)));
    let sunday = last.checked_sub_days(Days::new(last.weekday().num_days_from_sunday().into()));
    let month = match last.succ_opt() {
        Some(next) if next.day() == 1 => Some(last),
        _ => last.with_day(1).and_then(|first| first.pred_opt()),
    };
    let daily = days.map(|day| (ReportKind::Daily, day));
    let weekly = sunday.map(|day| (ReportKind::Weekly, day));
    let monthly = month.map(|day| (ReportKind::Monthly, day));
    let mut due: Vec<_> = daily.chain(weekly).chain(monthly).filter(|(_, day)| *day >= first).collect();
    due.sort_unstable_by_key(|(kind, day)| (*day, *kind));
    due
}

impl ReportMaker {
    pub fn new(commands: Commands, reader: Reader, progress: Progress) -> Self {
        Self { commands, reader, progress }
    }

    /// Makes a report about the days up to this one and keeps it; one that was kept already stays what it said. Everything that is
    /// on the log by now is in it, or it is not made: `patience` says how long the screens may take to show it.
    pub async fn make(&self, who: &Principal, kind: ReportKind, day: NaiveDate, patience: Duration) -> Result<Answer, NotMade> {
        let tenant = who.tenant;
        let models: Vec<&str> = projections::calls::models().iter().map(|model| model.name).collect();
        let head = self.commands.log().head().await?.position;
        if !self.progress.wait_for_models(&models, head, patience).await {
            return Err(NotMade::Behind);
        }
        let centre = self.commands.recent::<CallCentre>(tenant, tenant).await?;
        let from = day.checked_sub_days(Days::new(kind.days() - 1)).unwrap_or(day);
        let (viewer, now) = (Viewer::process(), self.commands.now());
        let seen = viewer.clone();
        let report = self
            .reader
            .as_viewer(tenant, &viewer, move |conn| Box::pin(async move { digest(conn, tenant, &seen, (from, day), now).await }));
        let timezone = centre.values().reporting_timezone.clone();
        let command = KeepReport { kind, day, from, timezone, report: report.await? };
        Ok(self.commands.execute(who, Ask::new(command).on(ReportRun::id(tenant, kind, day).0)).await?)
    }
}

impl Duty for ReportSchedule {
    async fn step(&mut self) -> Result<usize, Unable> {
        if !self.looked.take((), LOOK) {
            return Ok(0);
        }
        let commands = &self.maker.commands;
        let now = commands.now();
        let mut made = 0;
        for (tenant, began) in self.maker.reader.every_tenant(|conn| Box::pin(call_centres_since(conn))).await? {
            let centre = commands.recent::<CallCentre>(tenant, tenant).await.map_err(Unable::log)?;
            for (kind, day) in due(&centre, began, now) {
                let id = ReportRun::id(tenant, kind, day);
                let run = commands.recent::<ReportRun>(tenant, id).await.map_err(Unable::log)?;
                if run.is_made() || !self.attempted.take((tenant, kind, day), PAUSE) {
                    continue;
                }
                let who = Principal::process(tenant, "report_schedule");
                match self.maker.make(&who, kind, day, PATIENCE).await {
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

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn centre(values: CallCentreValues) -> CallCentre {
        domain::aggregate::fold(&[CallCentreEvent::Configured { values }])
    }

    fn detroit() -> CallCentreValues {
        CallCentreValues { reporting_timezone: "America/Detroit".into(), ..Default::default() }
    }

    #[test]
    fn a_report_is_due_from_its_hour_on_by_the_clock_on_the_wall() {
        let centre = centre(detroit());
        let at = |now: &str| latest_day(&centre, now.parse().unwrap()).unwrap();
        assert_eq!(at("2026-03-03T12:59:59Z"), day("2026-03-01"));
        assert_eq!(at("2026-03-03T13:00:00Z"), day("2026-03-02"));
        // The clocks have gone forward: eight o'clock comes an hour earlier.
        assert_eq!(at("2026-03-10T11:59:59Z"), day("2026-03-08"));
        assert_eq!(at("2026-03-10T12:00:00Z"), day("2026-03-09"));
    }

    #[test]
    fn what_no_server_was_there_to_make_is_made_up_for() {
        let long_ago = "2020-01-01T00:00:00Z".parse().unwrap();
        let of = |values: CallCentreValues, began, now: &str| due(&centre(values), began, now.parse().unwrap());
        // A Thursday: eight days, the week that ended on Sunday the eighth, and February.
        let all = of(detroit(), long_ago, "2026-03-12T12:00:00Z");
        let daily: Vec<_> = (4..=11).map(|n| (ReportKind::Daily, NaiveDate::from_ymd_opt(2026, 3, n).unwrap())).collect();
        let of_kind = |all: &[(ReportKind, NaiveDate)], kind| -> Vec<_> {
            all.iter().filter(|(other, _)| *other == kind).copied().collect()
        };
        assert_eq!(of_kind(&all, ReportKind::Daily), daily);
        assert_eq!(of_kind(&all, ReportKind::Weekly), [(ReportKind::Weekly, day("2026-03-08"))]);
        assert_eq!(of_kind(&all, ReportKind::Monthly), [(ReportKind::Monthly, day("2026-02-28"))]);
        assert!(all.is_sorted_by_key(|(_, day)| *day));
        // On a Monday at eight it is the week that has just ended, a minute earlier the one before.
        let monday = |now| of_kind(&of(detroit(), long_ago, now), ReportKind::Weekly)[0].1;
        assert_eq!((monday("2026-03-09T11:59:00Z"), monday("2026-03-09T12:00:00Z")), (day("2026-03-01"), day("2026-03-08")));
        let first = |now| of_kind(&of(detroit(), long_ago, now), ReportKind::Monthly)[0].1;
        assert_eq!((first("2026-04-01T11:59:00Z"), first("2026-04-01T12:00:00Z")), (day("2026-02-28"), day("2026-03-31")));
        // Nothing is said of a time before there was a call centre.
        let began = "2026-03-10T20:00:00Z".parse().unwrap();
        let young = [(ReportKind::Daily, day("2026-03-10")), (ReportKind::Daily, day("2026-03-11"))];
        assert_eq!(of(detroit(), began, "2026-03-12T12:00:00Z"), young);
        let off = CallCentreValues { report_schedule: false, ..detroit() };
        assert_eq!(of(off, long_ago, "2026-03-12T12:00:00Z"), []);
    }
}
