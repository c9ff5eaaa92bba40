//! `docket import`: brings files of commands into a company and says what became of every line.

use super::{Done, within};
use crate::config::Config;
use crate::import;
use projections::Engine;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

/// Brings files into a company, one after the other. Refused lines are named on standard error and make the exit code 2.
pub async fn import(mut config: Config, files: Vec<PathBuf>, tenant: &str) -> Done {
    // What people look at is computed afterwards: beside the import it would take half the machine from it. A server that is
    // running does it meanwhile.
    config.roles.clear();
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
        let engine = Engine::start(house.log().clone(), house.owner.clone(), house.projector.clone(), projections::all());
        engine.settle().await;
        engine.shutdown().await;
        Ok(if complete { ExitCode::SUCCESS } else { ExitCode::from(2) })
    })
    .await
}
