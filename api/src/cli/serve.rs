//! `docket serve` and `docket demo`.

use super::Done;
use crate::config::{Config, Duty};
use crate::house::House;
use crate::{bootstrap, server};
use std::process::ExitCode;

/// Serves until asked to stop.
pub async fn serve(config: Config) -> Done {
    let house = open(config).await?;
    if !house.config.does(Duty::Api) {
        server::stop_signal().await;
        house.close().await;
        return Ok(ExitCode::SUCCESS);
    }
    let running = server::serve(house).await?;
    println!("Docket answers on {} (documentation: {}/docs/).", running.url(), running.url());
    running.until_stopped().await;
    Ok(ExitCode::SUCCESS)
}

/// Serves with a sample company that is alive.
pub async fn demo(config: Config) -> Done {
    let running = server::serve(open(config).await?).await?;
    let (house, url) = (running.house.clone(), running.url());
    println!("Docket answers on {url}; the sample company is being filled …");
    let shown = tokio::select! {
        shown = crate::demo::run(&house, &url) => shown,
        () = server::stop_signal() => Ok(()),
    };
    running.stop().await;
    shown?;
    Ok(ExitCode::SUCCESS)
}

async fn open(config: Config) -> Result<House, Box<dyn std::error::Error + Send + Sync>> {
    let house = House::open(config).await?;
    match bootstrap::bootstrap(&house).await {
        Ok(Some(password)) => {
            println!("First start. Sign in as {} with the password {}", bootstrap::ADMIN, password.as_str());
            println!("It is shown this once; change it after signing in.");
            Ok(house)
        }
        Ok(None) => Ok(house),
        Err(error) => {
            house.close().await;
            Err(error.into())
        }
    }
}
