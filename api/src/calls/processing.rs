//! Whether what people look at is what the log says: checked when somebody asks, one check at a time in the whole system (B.E36).
//! Docket asks once a day by itself.

use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{Body, Circumstances, Id};
use crate::face::Enveloped;
use crate::http::places;
use crate::{Answer, House};
use actix_web::web;
use chrono::{DateTime, Utc};
use domain::TenantId;
use domain::calls::verification::{Compared, Deviation, DifferingRow, Outcome, Run, Verifications};
use processes::verification::NotBegun;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use utoipa::ToSchema;
use uuid::Uuid;

/// How long an answer waits for the result. A check of many calls takes longer, and is asked for later.
const AT_ONCE: Duration = Duration::from_secs(5);

/// Seconds after which it is worth asking again.
const WAIT: u64 = 10;

/// How the figures are to be checked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"rebuild": false}))]
pub struct CalculationWanted {
    /// Compute them anew from the log first, beside those in use, and put them in their place.
    #[serde(default)]
    rebuild: bool,
}

/// A check of a call centre's figures against the log.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Calculation {
    id: Uuid,
    /// `running`, `finished`, `failed`, or `interrupted` if its server stopped meanwhile.
    #[schema(example = "finished")]
    status: &'static str,
    rebuild: bool,
    /// Who wanted it.
    asked_by: Option<Uuid>,
    began_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
    /// Every row is what the log says; `null` as long as nobody knows.
    is_verified: Option<bool>,
    models: Vec<CheckedModel>,
    /// How many rows differ.
    differing: u32,
    /// The first hundred of them.
    differences: Vec<FoundDifference>,
    /// Why it failed.
    reason: Option<String>,
}

/// A read model that was compared row by row.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckedModel {
    #[schema(example = "call_records")]
    model: String,
    version: u32,
    differing: u32,
}

/// A row that is not what the log says.
#[derive(Debug, Serialize, ToSchema)]
pub struct FoundDifference {
    #[schema(example = "call_records")]
    model: String,
    #[schema(example = "calls")]
    table: String,
    /// Its primary key.
    #[schema(value_type = Object)]
    key: Value,
    /// `missing`: there is none, `surplus`: there should be none, `different`: it says something else.
    #[schema(value_type = String, example = "different")]
    what: Deviation,
}

impl Calculation {
    fn of(run: &Run, is_alive: bool) -> Self {
        let mut shown = Self {
            id: run.id,
            status: if is_alive { "running" } else { "interrupted" },
            rebuild: run.rebuild,
            asked_by: run.asked_by.map(|user| user.0),
            began_at: run.began_at,
            ended_at: None,
            is_verified: None,
            models: vec![],
            differing: 0,
            differences: vec![],
            reason: None,
        };
        match &run.outcome {
            Some(Outcome::Ended { at, result }) => {
                (shown.status, shown.ended_at) = ("finished", Some(*at));
                shown.is_verified = Some(result.differing == 0);
                shown.differing = result.differing;
                shown.models = result.models.iter().cloned().map(CheckedModel::from).collect();
                shown.differences = result.differences.iter().cloned().map(FoundDifference::from).collect();
            }
            Some(Outcome::Failed { at, reason }) => {
                (shown.status, shown.ended_at, shown.reason) = ("failed", Some(*at), Some(reason.to_string()));
            }
            None => {}
        }
        shown
    }
}

impl From<Compared> for CheckedModel {
    fn from(Compared { model, version, differing }: Compared) -> Self {
        Self { model, version, differing }
    }
}

impl From<DifferingRow> for FoundDifference {
    fn from(DifferingRow { model, table, key, what }: DifferingRow) -> Self {
        Self { model, table, key: serde_json::from_str(&key).unwrap_or(Value::String(key)), what }
    }
}

/// Compare the call centre's figures with the log, row by row; with `rebuild` compute them anew first.
///
/// The whole system checks once at a time (429), and goes on if the caller leaves. The answer has the result (200) if it takes less
/// than five seconds, else the id under which to ask for it (202). Differences are named by model, table and key.
#[utoipa::path(post, path = "/api/processing/calculate-kpis", tag = "call centre", request_body = CalculationWanted,
    responses((status = 200, body = Enveloped<Calculation>), (status = 202, body = Enveloped<Calculation>)))]
pub async fn calculate(
    house: web::Data<House>,
    caller: Caller,
    circumstances: Circumstances,
    body: Body<CalculationWanted>,
) -> Result<Answer<Calculation>, Error> {
    let (tenant, rebuild) = (caller.tenant(), body.0.rebuild);
    let run = match &circumstances.key {
        Some(key) => Uuid::new_v5(&tenant.0, format!("verification\u{1f}{key}").as_bytes()),
        None => Uuid::now_v7(),
    };
    if let Some(known) = checks(&house, tenant).await?.run(run) {
        return match known.rebuild == rebuild {
            true => shown(&house, tenant, run).await,
            false => Err(Error::conflict("this key was used for something else")),
        };
    }
    let (here, user) = (House::clone(&house), caller.user);
    let begun = async move { Ok(here.checker.begin(tenant, Some(user), run, rebuild).await) };
    let ended = house.finish(begun).await?.map_err(|error| match error {
        NotBegun::UnderWay => Error::throttled(format!("a check is under way; ask for another in {WAIT} s"), WAIT),
        NotBegun::Database(error) => error.into(),
        NotBegun::Refused(error) => error.into(),
    })?;
    places::leave();
    // Whether it ended or not, what is on record says how it stands.
    let _ = timeout(AT_ONCE, ended).await;
    shown(&house, tenant, run).await
}

/// A check: whether it is still under way, and what it found.
#[utoipa::path(get, path = "/api/processing/calculate-kpis/{id}", tag = "call centre",
    params(("id" = Uuid, Path, description = "The check.")), responses((status = 200, body = Enveloped<Calculation>)))]
pub async fn calculation(house: web::Data<House>, caller: Caller, id: Id) -> Result<Answer<Calculation>, Error> {
    let shown = shown(&house, caller.tenant(), id.0).await?;
    Ok(shown.ok_now())
}

async fn shown(house: &web::Data<House>, tenant: TenantId, id: Uuid) -> Result<Answer<Calculation>, Error> {
    let checks = checks(house, tenant).await?;
    let run = checks.run(id).ok_or_else(|| Error::missing("run"))?;
    match run.outcome {
        Some(_) => Ok(Answer::ok(Calculation::of(run, false))),
        None => Ok(Answer::accepted(Calculation::of(run, house.checker.is_under_way().await?))),
    }
}

/// The company's checks, as the log has them.
pub async fn checks(house: &web::Data<House>, tenant: TenantId) -> Result<Arc<Verifications>, Error> {
    let here = House::clone(house);
    house.finish(async move { Ok(here.commands.state::<Verifications>(tenant, tenant).await?.0) }).await
}
