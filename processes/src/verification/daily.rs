//! The check that nobody has to ask for: each call centre once a day, an hour after its reports are due, when what they say is fresh.

use super::{Checker, NotBegun};
use crate::later::Later;
use crate::{Duty, Unable};
use chrono::{NaiveDate, TimeDelta};
use commands::Commands;
use domain::calls::centre::CallCentre;
use domain::calls::verification::Verifications;
use domain::{Instant, TenantId};
use projections::calls::scheduled_reports::call_centres;
use projections::reader::Reader;
use std::time::Duration;
use uuid::Uuid;

/// How long after the hour of the reports, which read much themselves.
const AFTER: TimeDelta = TimeDelta::hours(1);
/// How often it is looked whether one is due.
const LOOK: Duration = Duration::from_secs(10);
/// How long a call centre whose check could not begin is left alone.
const PAUSE: Duration = Duration::from_secs(300);

/// Begins the checks that are due, one after the other.
pub struct DailyCheck {
    commands: Commands,
    reader: Reader,
    checker: Checker,
    looked: Later<()>,
    attempted: Later<(TenantId, NaiveDate)>,
}

/// The day whose check was due last at an instant, named by the day on which the reports were: until the next is, it can be made up
/// for where no server ran at its hour.
pub fn due(centre: &CallCentre, now: Instant) -> Option<NaiveDate> {
    let local = (now - AFTER).with_timezone(&centre.zone());
    match local.time() >= centre.values().report_time {
        true => Some(local.date_naive()),
        false => local.date_naive().pred_opt(),
    }
}

/// The check of a day, whichever server begins it. No key that somebody may choose holds such a character.
pub fn run(tenant: TenantId, day: NaiveDate) -> Uuid {
    Uuid::new_v5(&tenant.0, format!("verification\u{1f}daily\u{1f}{day}").as_bytes())
}

impl DailyCheck {
    pub fn new(commands: Commands, reader: Reader, checker: Checker) -> Self {
        Self { commands, reader, checker, looked: Later::new(), attempted: Later::new() }
    }

    /// Whether the check of a day is over, as far as this server remembers; the log has the last word when it begins.
    async fn is_over(&self, tenant: TenantId, run: Uuid) -> Result<bool, Unable> {
        let checks = self.commands.recent::<Verifications>(tenant, tenant).await.map_err(Unable::log)?;
        Ok(checks.run(run).is_some_and(|run| run.outcome.is_some()))
    }
}

impl Duty for DailyCheck {
    async fn step(&mut self) -> Result<usize, Unable> {
        if !self.looked.take((), LOOK) {
            return Ok(0);
        }
        let now = self.commands.now();
        for tenant in self.reader.every_tenant(|conn| Box::pin(call_centres(conn))).await? {
            let centre = self.commands.recent::<CallCentre>(tenant, tenant).await.map_err(Unable::log)?;
            let Some(day) = due(&centre, now) else { continue };
            let run = run(tenant, day);
            if self.is_over(tenant, run).await? {
                continue;
            }
            // One after the other: those whose turn it is not yet are looked at again soon.
            if self.checker.is_under_way().await? {
                return Ok(0);
            }
            if !self.attempted.take((tenant, day), PAUSE) {
                continue;
            }
            match self.checker.begin(tenant, None, run, false).await {
                // It goes on by itself; the next one is looked for when there is a turn again.
                Ok(_) => return Ok(1),
                Err(NotBegun::UnderWay) => return Ok(0),
                Err(error) => tracing::warn!(%tenant, %day, %error, "the check of the day could not begin"),
            }
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use domain::calls::centre::{CallCentreEvent, CallCentreValues};

    #[test]
    fn a_check_is_due_an_hour_after_the_reports_by_the_clock_on_the_wall() {
        let of = |report_time: &str| -> CallCentre {
            let report_time = report_time.parse().unwrap();
            let values = CallCentreValues { reporting_timezone: "America/Detroit".into(), report_time, ..Default::default() };
            domain::aggregate::fold(&[CallCentreEvent::Configured { values }])
        };
        let at = |centre: &CallCentre, now: &str| due(centre, now.parse().unwrap()).unwrap().to_string();
        let morning = of("08:00:00");
        assert_eq!(at(&morning, "2026-03-03T13:59:59Z"), "2026-03-02");
        assert_eq!(at(&morning, "2026-03-03T14:00:00Z"), "2026-03-03");
        assert_eq!(at(&morning, "2026-03-04T13:59:59Z"), "2026-03-03");
        // An hour after 23:30 is the next day, and it is the check of the day before.
        let late = of("23:30:00");
        assert_eq!(at(&late, "2026-03-04T05:29:59Z"), "2026-03-02");
        assert_eq!(at(&late, "2026-03-04T05:30:00Z"), "2026-03-03");
        let (one, other) = (TenantId(Uuid::from_u128(1)), "2026-03-03".parse().unwrap());
        assert_ne!(run(one, other), run(TenantId(Uuid::from_u128(2)), other));
    }
}
