//! The settings by which cases and agencies are judged: dated versions, so that no change rewrites the past.

pub mod restatements;

use crate::auth::Caller;
use crate::extract::{Body, Circumstances, Params};
use crate::params::AsOf;
use crate::{Answer, Error, House, shape};
use actix_web::web;
use chrono::{DateTime, Utc};
use commands::Ask;
use commands::cases::policy::{ChangeSettings, ResetSettings, WithdrawSettings};
use domain::cases::policy::{Policy, PolicyChanges, PolicyValues, PolicyVersion};
use domain::{Instant, TenantId};
use projections::cases::settings::{self, SettingsVersion};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// How dark or light the screens are.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum ThemeMode {
    Light,
    Dark,
    System,
}

/// A formula by which agencies are judged.
#[derive(ToSchema)]
pub enum ScoreFormula {
    #[schema(rename = "agency.score@1")]
    Score1,
    #[schema(rename = "agency.score@2")]
    Score2,
}

/// A version of the settings. Penalties and rewards are points of a score; days have 24 hours.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Settings {
    /// The SLA window of a P1 case.
    #[schema(example = 3)]
    pub p1_sla_days: u32,
    #[schema(example = 7)]
    pub p2_sla_days: u32,
    #[schema(example = 14)]
    pub p3_sla_days: u32,
    /// The part of the SLA window after which a case is at risk.
    #[schema(value_type = f64, example = 0.8)]
    pub at_risk_fraction: Decimal,
    /// Days of processing after which every further day costs points.
    #[schema(example = 10)]
    pub processing_threshold_days: u32,
    #[schema(value_type = f64, example = 2)]
    pub processing_penalty_per_day: Decimal,
    #[schema(value_type = f64, example = 3)]
    pub delay_penalty_percent: Decimal,
    #[schema(value_type = f64, example = 5)]
    pub at_risk_penalty_percent: Decimal,
    #[schema(value_type = f64, example = 5)]
    pub breach_penalty_percent: Decimal,
    #[schema(value_type = f64, example = 5)]
    pub rejection_penalty_percent: Decimal,
    /// A completion within this many days earns the reward.
    #[schema(example = 5)]
    pub quick_completion_days: u32,
    #[schema(value_type = f64, example = 5)]
    pub quick_completion_reward: Decimal,
    /// Which formula is shown as `performance_score`.
    #[schema(value_type = ScoreFormula)]
    pub score_formula: String,
    #[schema(example = "#4D148C")]
    pub theme_primary_color: String,
    #[schema(example = "#FF6600")]
    pub theme_secondary_color: String,
    #[schema(value_type = ThemeMode)]
    pub theme_mode: domain::cases::policy::ThemeMode,
    /// The zone in which the dashboard counts days.
    #[schema(example = "Europe/Rome")]
    pub timezone: String,
    /// Whether new cases are given to agencies automatically.
    pub ai_assignment_enabled: bool,
    /// Whether a notice is sent when a case comes to be at risk.
    pub notify_sla_at_risk: bool,
    /// Whether a notice is sent when a case breaches its SLA.
    pub notify_sla_breached: bool,
    /// Whether a notice is sent when a case is assigned.
    pub notify_assigned: bool,
    /// Whether a notice is sent when an agency rejects a case.
    pub notify_rejected: bool,
    #[schema(example = 2)]
    pub version: u32,
    /// `null`: it has always been in force, as the first version has.
    pub in_force_from: Option<DateTime<Utc>>,
    /// When it was published; `null` for the defaults, which nobody published.
    pub updated_at: Option<DateTime<Utc>>,
    /// Who published it.
    #[schema(example = "user:0193f0a2-6d3c-7c7e-8f42-1f6f4b0f2a11")]
    pub updated_by: Option<String>,
    /// When it was withdrawn before it was in force.
    pub withdrawn_at: Option<DateTime<Utc>>,
}

impl Settings {
    fn of(version: u32, from: Instant, values: PolicyValues) -> Self {
        Self {
            p1_sla_days: values.p1_sla_days,
            p2_sla_days: values.p2_sla_days,
            p3_sla_days: values.p3_sla_days,
            at_risk_fraction: values.at_risk_fraction,
            processing_threshold_days: values.processing_threshold_days,
            processing_penalty_per_day: values.processing_penalty_per_day,
            delay_penalty_percent: values.delay_penalty_percent,
            at_risk_penalty_percent: values.at_risk_penalty_percent,
            breach_penalty_percent: values.breach_penalty_percent,
            rejection_penalty_percent: values.rejection_penalty_percent,
            quick_completion_days: values.quick_completion_days,
            quick_completion_reward: values.quick_completion_reward,
            score_formula: values.score_formula,
            theme_primary_color: values.theme_primary_color.into(),
            theme_secondary_color: values.theme_secondary_color.into(),
            theme_mode: values.theme_mode,
            timezone: values.timezone,
            ai_assignment_enabled: values.ai_assignment_enabled,
            notify_sla_at_risk: values.notify_sla_at_risk,
            notify_sla_breached: values.notify_sla_breached,
            notify_assigned: values.notify_assigned,
            notify_rejected: values.notify_rejected,
            version,
            in_force_from: (version > 1).then_some(from),
            updated_at: None,
            updated_by: None,
            withdrawn_at: None,
        }
    }
}

impl From<SettingsVersion> for Settings {
    fn from(row: SettingsVersion) -> Self {
        let published = row.stream_version > 0;
        Self {
            updated_at: published.then_some(row.published_at),
            updated_by: published.then(|| row.published_by.to_string()),
            withdrawn_at: row.withdrawn_at,
            ..Self::of(row.version, row.in_force_from, row.chosen)
        }
    }
}

/// The settings in force, and what will be in force after them.
#[derive(Debug, Serialize, ToSchema)]
pub struct SettingsInForce {
    #[serde(flatten)]
    pub settings: Settings,
    /// Versions that were published and wait for their time, the next one first.
    pub scheduled: Vec<Scheduled>,
}

/// A version of the settings that waits for its time.
#[derive(Debug, Serialize, ToSchema)]
pub struct Scheduled {
    #[schema(example = 3)]
    pub version: u32,
    pub in_force_from: DateTime<Utc>,
}

/// All versions of the settings.
#[derive(Debug, Serialize, ToSchema)]
pub struct SettingsVersions {
    /// The oldest first.
    pub items: Vec<Settings>,
    #[schema(example = 2)]
    pub total: usize,
}

/// The settings to change; what is absent or `null` stays as it is.
#[derive(ToSchema)]
#[schema(example = json!({"p1_sla_days": 2, "score_formula": "agency.score@2"}))]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "it describes the domain's own type, which knows nothing of descriptions")]
pub struct SettingsChanges {
    #[schema(minimum = 1, maximum = 3650)]
    p1_sla_days: Option<u32>,
    #[schema(minimum = 1, maximum = 3650)]
    p2_sla_days: Option<u32>,
    #[schema(minimum = 1, maximum = 3650)]
    p3_sla_days: Option<u32>,
    /// The part of the SLA window after which a case is at risk.
    #[schema(schema_with = shape::fraction, required = false)]
    at_risk_fraction: Option<Decimal>,
    #[schema(minimum = 1, maximum = 3650)]
    processing_threshold_days: Option<u32>,
    #[schema(schema_with = shape::points, required = false)]
    processing_penalty_per_day: Option<Decimal>,
    #[schema(schema_with = shape::points, required = false)]
    delay_penalty_percent: Option<Decimal>,
    #[schema(schema_with = shape::points, required = false)]
    at_risk_penalty_percent: Option<Decimal>,
    #[schema(schema_with = shape::points, required = false)]
    breach_penalty_percent: Option<Decimal>,
    #[schema(schema_with = shape::points, required = false)]
    rejection_penalty_percent: Option<Decimal>,
    #[schema(minimum = 1, maximum = 3650)]
    quick_completion_days: Option<u32>,
    #[schema(schema_with = shape::points, required = false)]
    quick_completion_reward: Option<Decimal>,
    score_formula: Option<ScoreFormula>,
    #[schema(schema_with = shape::color, required = false)]
    theme_primary_color: Option<String>,
    #[schema(schema_with = shape::color, required = false)]
    theme_secondary_color: Option<String>,
    theme_mode: Option<ThemeMode>,
    #[schema(schema_with = shape::time_zone, required = false)]
    timezone: Option<String>,
    ai_assignment_enabled: Option<bool>,
    notify_sla_at_risk: Option<bool>,
    notify_sla_breached: Option<bool>,
    notify_assigned: Option<bool>,
    notify_rejected: Option<bool>,
    /// A future instant, within ten years, from which they are in force; from now on if absent.
    in_force_from: Option<DateTime<Utc>>,
}

/// As of when.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SettingsMoment {
    /// Shows the version in force at this instant; now if absent.
    #[param(value_type = DateTime<Utc>, required = false, example = "2026-03-01T00:00:00Z")]
    at: Option<AsOf>,
}

/// The settings in force: now, or at any instant.
#[utoipa::path(get, path = "/api/v1/settings/", tag = "settings", params(SettingsMoment),
    responses((status = 200, body = SettingsInForce)))]
pub async fn show(
    house: web::Data<House>,
    caller: Caller,
    moment: Params<SettingsMoment>,
) -> Result<Answer<SettingsInForce>, Error> {
    let at = moment.0.at.map(AsOf::reckoned);
    let (settings, version) = known(&house, caller.tenant(), at).await?;
    // What is asked as of some instant is nothing that could be changed: only the answer for now has an ETag.
    Ok(if at.is_none() { Answer::ok(settings).version(version) } else { Answer::ok(settings) })
}

/// The settings in force at an instant, or now, with the version of their stream.
async fn known(house: &House, tenant: TenantId, at: Option<Instant>) -> Result<(SettingsInForce, i64), Error> {
    let at = at.unwrap_or_else(|| house.commands.now());
    let found = house.reader.as_tenant(tenant, move |conn| {
        Box::pin(async move { Ok((settings::versions(conn, tenant).await?, settings::stream_version(conn, tenant).await?)) })
    });
    let (versions, stream_version) = found.await?;
    let waiting = versions.iter().filter(|row| row.in_force_from > at && row.version > 1 && row.withdrawn_at.is_none());
    let scheduled = waiting.map(|row| Scheduled { version: row.version, in_force_from: row.in_force_from }).collect();
    let row = settings::in_force(versions, at).unwrap_or_else(|| settings::defaults(tenant));
    Ok((SettingsInForce { settings: row.into(), scheduled }, stream_version))
}

/// Every version of the settings, who published it and since when it is in force.
#[utoipa::path(get, path = "/api/v1/settings/history", tag = "settings", responses((status = 200, body = SettingsVersions)))]
pub async fn versions(house: web::Data<House>, caller: Caller) -> Result<Answer<SettingsVersions>, Error> {
    let tenant = caller.tenant();
    let found = house.reader.as_tenant(tenant, move |conn| Box::pin(settings::versions(conn, tenant)));
    let mut known = found.await?;
    if known.is_empty() {
        // A company that published none has the defaults.
        known.push(settings::defaults(tenant));
    }
    let items: Vec<_> = known.into_iter().map(Settings::from).collect();
    Ok(Answer::ok(SettingsVersions { total: items.len(), items }))
}

/// Publishes a new version of the settings with these changes, in force from now on or from the future instant they name.
///
/// What was judged before keeps the version in force at its time. While a version waits for its time, changes must be dated after it.
#[utoipa::path(put, path = "/api/v1/settings/", tag = "settings", request_body = SettingsChanges,
    responses((status = 200, body = SettingsInForce)))]
pub async fn change(
    house: web::Data<House>,
    caller: Caller,
    circumstances: Circumstances,
    body: Body<PolicyChanges>,
) -> Result<Answer<SettingsInForce>, Error> {
    publish(&house, &caller, circumstances.of(Ask::new(ChangeSettings(body.0)))).await
}

/// Publishes the defaults as a new version of the settings, in force from now on.
#[utoipa::path(post, path = "/api/v1/settings/reset", tag = "settings", responses((status = 200, body = SettingsInForce)))]
pub async fn reset(
    house: web::Data<House>,
    caller: Caller,
    circumstances: Circumstances,
) -> Result<Answer<SettingsInForce>, Error> {
    publish(&house, &caller, circumstances.of(Ask::new(ResetSettings {}))).await
}

/// Takes back the newest version of the settings, which must not be in force yet.
#[utoipa::path(delete, path = "/api/v1/settings/scheduled", tag = "settings", responses((status = 200, body = SettingsInForce)))]
pub async fn withdraw(
    house: web::Data<House>,
    caller: Caller,
    circumstances: Circumstances,
) -> Result<Answer<SettingsInForce>, Error> {
    publish(&house, &caller, circumstances.of(Ask::new(WithdrawSettings {}))).await
}

async fn publish(house: &House, caller: &Caller, ask: Ask) -> Result<Answer<SettingsInForce>, Error> {
    let tenant = caller.tenant();
    let done = house.execute(&caller.principal, ask).await?;
    if house.shows(&done).await {
        let (settings, version) = known(house, tenant, None).await?;
        return Ok(Answer::ok(settings).after(&done).version(version));
    }
    // The screens lag behind; the log does not.
    let (policy, version) = house.commands.state::<Policy>(tenant, tenant).await?;
    let now = house.commands.now();
    let PolicyVersion { version: number, from, values } = policy.in_force(now).clone();
    let waiting = policy.versions().iter().filter(|version| version.from > now);
    let scheduled = waiting.map(|version| Scheduled { version: version.version, in_force_from: version.from }).collect();
    let settings = Settings {
        updated_at: Some(from),
        updated_by: Some(caller.principal.actor.to_string()),
        ..Settings::of(number, from, values)
    };
    Ok(Answer::ok(SettingsInForce { settings, scheduled }).after(&done).version(version))
}
