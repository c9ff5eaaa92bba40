//! Four years of a real help desk, brought in as `docket import` does it, into a fresh database each time.

use crate::Outcome;
use crate::postgres::Server;
use api::config::Duty;
use api::{Config, House, import};
use std::path::Path;

/// Lines a second.
pub async fn import_once(server: &Server, file: &Path) -> Outcome<f64> {
    let database = server.database("import").await?;
    // As the command does: the read models are computed beside it.
    let config = Config { roles: vec![Duty::Project], ..Config::for_tests(&database.url) };
    let house = House::open(config).await?;
    let tenant = import::tenant(&house.commands, "bench").await?;
    let mut refused = 0;
    let report = import::import(&house.commands, tenant, file, false, |_| refused += 1).await?;
    if refused > 0 || report.cut.is_some() || report.recorded == 0 {
        return Err(format!("the import is not whole: {}", report.sentence()).into());
    }
    house.close().await;
    server.drop(database).await?;
    Ok(report.lines as f64 / report.took.as_secs_f64())
}
