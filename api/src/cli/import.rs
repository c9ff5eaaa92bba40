//! `docket import`.

use super::{Done, within};
use crate::config::{Config, Duty};
use crate::import;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

/// Brings files into a company, one after the other. Refused lines are named on standard error and make the exit code 2.
pub async fn import(mut config: Config, files: Vec<PathBuf>, tenant: &str) -> Done {
    // The screens of a server that is running are its own business; without one they are computed here.
    config.roles = vec![Duty::Project];
    within(config, async |house| {
        let tenant = import::tenant(&house.commands, tenant).await?;
        let mut complete = true;
        for file in &files {
            let refused = |refused: &import::Refused| {
                let key = refused.key.as_deref().unwrap_or("-");
                eprintln!("{}:{}: {key}: {}: {}", file.display(), refused.line, refused.code, refused.reason);
            };
            let report = import::import(&house.commands, tenant, file, std::io::stderr().is_terminal(), refused).await?;
            println!("{}: {}", file.display(), report.sentence());
            complete &= report.refused.is_empty() && report.cut.is_none();
        }
        if let Some(engine) = house.engine() {
            engine.settle().await;
        }
        Ok(if complete { ExitCode::SUCCESS } else { ExitCode::from(2) })
    })
    .await
}
