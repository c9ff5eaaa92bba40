//! What may be asked about reports that make themselves.

use crate::{Command, Error, On, Work};
use chrono::NaiveDate;
use domain::calls::report_run::{ReportKind, ReportRun, ReportRunEvent};
use domain::organization::role::Permission;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// Keeps what a report said. One of a kind and a day is kept once.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeepReport {
    pub kind: ReportKind,
    /// The last day it is about.
    pub day: NaiveDate,
    pub from: NaiveDate,
    pub timezone: String,
    pub report: Value,
}

impl Command for KeepReport {
    const NAME: &'static str = "KeepReport";
    const MAY: Permission = Permission::RunProcesses;
    const ON: On = On::New;
    const EXAMPLE: &'static str = r#"{"kind":"daily","day":"2026-03-02","from":"2026-03-02","timezone":"UTC","report":{}}"#;
    type Target = ReportRun;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let tenant = work.stamp().tenant;
        if ReportRun::id(tenant, self.kind, self.day).0 != on {
            return Err(Error::Invalid { field: "on".into(), rule: "must be the id of the kind and the day".into() });
        }
        let made = ReportRunEvent::Generated {
            kind: self.kind,
            day: self.day,
            from: self.from,
            to: self.day,
            timezone: self.timezone.clone(),
            report: self.report.clone(),
        };
        work.change::<ReportRun>(on, |run, _| run.generate(made)).await?;
        Ok(())
    }
}
