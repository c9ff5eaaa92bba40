//! `docket rebuild` and `docket verify`: what people look at, computed anew and compared.

use super::{Done, within};
use crate::config::Config;
use projections::Model;
use std::process::ExitCode;

/// Fills new generations beside those in use and swaps them in.
pub async fn rebuild(mut config: Config, names: &[String]) -> Done {
    config.roles.clear();
    let models = chosen(names)?;
    within(config, async |house| {
        let tell = |model: &'static str, position: eventlog::Position, end: eventlog::Position| {
            eprint!("\r{model}: {position} of {end}          ");
            if position == end {
                eprintln!();
            }
        };
        projections::rebuild(&house.owner, house.log(), &models, tell).await?;
        println!(
            "{} computed anew.",
            if models.len() == 1 { "1 read model".into() } else { format!("{} read models", models.len()) }
        );
        Ok(ExitCode::SUCCESS)
    })
    .await
}

/// Prints every row that is not what the log says; the exit code is 1 if there is one.
pub async fn verify(mut config: Config) -> Done {
    config.roles.clear();
    within(config, async |house| {
        let models = projections::all();
        let differences = projections::verify(&house.projector, house.log(), &models).await?;
        differences.iter().for_each(|difference| println!("{difference}"));
        println!("{} read models verified, {} rows differ.", models.len(), differences.len());
        Ok(if differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    })
    .await
}

fn chosen(names: &[String]) -> Result<Vec<Model>, String> {
    let all = projections::all();
    if let Some(unknown) = names.iter().find(|name| !all.iter().any(|model| model.name == name.as_str())) {
        let known: Vec<_> = all.iter().map(|model| model.name).collect();
        return Err(format!("there is no read model {unknown}; there are {}", known.join(", ")));
    }
    Ok(all.into_iter().filter(|model| names.is_empty() || names.iter().any(|name| name == model.name)).collect())
}
