//! What is put on record when a call centre's figures are checked against the log. Only Docket's own processes ask for it.

use crate::{Command, Error, On, Work};
use domain::calls::verification::{Verifications, Verified};
use domain::organization::role::Permission;
use domain::{Text, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Puts on record that a check began.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BeginVerification {
    pub run: Uuid,
    #[serde(default)]
    pub rebuild: bool,
    #[serde(default)]
    pub asked_by: Option<UserId>,
}

impl Command for BeginVerification {
    const NAME: &'static str = "BeginVerification";
    const MAY: Permission = Permission::RunProcesses;
    const ON: On = On::Tenant;
    const EXAMPLE: &'static str = r#"{"run":"0190a5d2-0000-7000-8000-000000000031","rebuild":false}"#;
    type Target = Verifications;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let begin = |checks: &Verifications, stamp: &domain::Stamp| checks.begin(self.run, self.rebuild, self.asked_by, stamp.at);
        work.change::<Verifications>(on, begin).await?;
        Ok(())
    }
}

/// Puts on record what a check found, or why it could not be brought to its end.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EndVerification {
    pub run: Uuid,
    #[serde(default)]
    pub result: Option<Verified>,
    #[serde(default)]
    pub reason: Option<Text<1000>>,
}

impl Command for EndVerification {
    const NAME: &'static str = "EndVerification";
    const MAY: Permission = Permission::RunProcesses;
    const ON: On = On::Tenant;
    const EXAMPLE: &'static str = r#"{"run":"0190a5d2-0000-7000-8000-000000000031","reason":"the database does not answer"}"#;
    type Target = Verifications;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        match (&self.result, &self.reason) {
            (Some(result), None) => {
                let result = result.clone();
                work.change::<Verifications>(on, |checks, stamp| checks.end_with(self.run, result, stamp.at)).await?;
            }
            (None, Some(reason)) => {
                let reason = reason.clone();
                work.change::<Verifications>(on, |checks, stamp| checks.fail(self.run, reason, stamp.at)).await?;
            }
            _ => return Err(Error::Invalid { field: "data".into(), rule: "must have a result or a reason".into() }),
        }
        Ok(())
    }
}
