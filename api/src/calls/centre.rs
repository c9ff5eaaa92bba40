//! How the call centre reckons: its time zone, what counts as answered in time, its quotas, and how long things are kept.

use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{Body, Circumstances};
use crate::face::Enveloped;
use crate::{Answer, House, shape};
use actix_web::web;
use chrono::NaiveTime;
use commands::Ask;
use commands::calls::centre::ConfigureCallCentre;
use domain::calls::centre::{CallCentre, CallCentreChanges, CallCentreValues, RetentionChanges};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The settings of a call centre.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallCentreSettings {
    /// The IANA zone by which days and hours are told apart.
    #[schema(example = "America/Detroit")]
    reporting_timezone: String,
    /// Seconds within which a call counts as answered in time.
    #[schema(example = 20)]
    service_level_seconds: u32,
    /// How many per cent of the calls should be.
    #[schema(value_type = f64, example = 80)]
    service_level_target: Decimal,
    /// Reviews that every agent should get in a month.
    qa_quota_per_agent: u32,
    /// Reports are made by themselves every day.
    report_schedule: bool,
    /// When, on the clock of the reporting zone.
    #[schema(value_type = String, example = "08:00:00")]
    report_time: NaiveTime,
    coaching_reminders: bool,
    goal_notices: bool,
    retention: KeptFor,
}

/// Days for which each kind of record is kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeptFor {
    #[schema(example = 2555)]
    calls: u32,
    recordings: u32,
    journals: u32,
    performance: u32,
}

impl From<&CallCentreValues> for CallCentreSettings {
    fn from(values: &CallCentreValues) -> Self {
        let kept = &values.retention;
        Self {
            reporting_timezone: values.reporting_timezone.clone(),
            service_level_seconds: values.service_level_seconds,
            service_level_target: values.service_level_target,
            qa_quota_per_agent: values.qa_quota_per_agent,
            report_schedule: values.report_schedule,
            report_time: values.report_time,
            coaching_reminders: values.coaching_reminders,
            goal_notices: values.goal_notices,
            retention: KeptFor {
                calls: kept.calls,
                recordings: kept.recordings,
                journals: kept.journals,
                performance: kept.performance,
            },
        }
    }
}

/// What shall be different; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"serviceLevelSeconds": 20}))]
pub struct CallCentreSettingsChange {
    #[schema(schema_with = shape::time_zone, required = false)]
    reporting_timezone: Option<String>,
    #[schema(minimum = 1, maximum = 3600)]
    service_level_seconds: Option<u32>,
    #[schema(schema_with = shape::points, required = false)]
    service_level_target: Option<Decimal>,
    #[schema(maximum = 100)]
    qa_quota_per_agent: Option<u32>,
    report_schedule: Option<bool>,
    #[schema(value_type = Option<String>, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$", example = "08:00:00")]
    report_time: Option<NaiveTime>,
    coaching_reminders: Option<bool>,
    goal_notices: Option<bool>,
    retention: Option<KeptForChange>,
}

/// Days, from 1 to 36,500.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeptForChange {
    #[schema(minimum = 1, maximum = 36500)]
    calls: Option<u32>,
    #[schema(minimum = 1, maximum = 36500)]
    recordings: Option<u32>,
    #[schema(minimum = 1, maximum = 36500)]
    journals: Option<u32>,
    #[schema(minimum = 1, maximum = 36500)]
    performance: Option<u32>,
}

impl From<CallCentreSettingsChange> for CallCentreChanges {
    fn from(change: CallCentreSettingsChange) -> Self {
        let kept = change.retention.unwrap_or_default();
        Self {
            reporting_timezone: change.reporting_timezone,
            service_level_seconds: change.service_level_seconds,
            service_level_target: change.service_level_target,
            qa_quota_per_agent: change.qa_quota_per_agent,
            report_schedule: change.report_schedule,
            report_time: change.report_time,
            coaching_reminders: change.coaching_reminders,
            goal_notices: change.goal_notices,
            retention: RetentionChanges {
                calls: kept.calls,
                recordings: kept.recordings,
                journals: kept.journals,
                performance: kept.performance,
            },
        }
    }
}

/// The settings of the call centre.
#[utoipa::path(get, path = "/api/call-center/settings", tag = "call centre",
    responses((status = 200, body = Enveloped<CallCentreSettings>)))]
pub async fn show(house: web::Data<House>, caller: Caller) -> Result<Answer<CallCentreSettings>, Error> {
    current(&house, &caller).await
}

/// Change the settings of the call centre.
///
/// What is on record already keeps the day and the hour it was given by the zone in force then.
#[utoipa::path(put, path = "/api/call-center/settings", tag = "call centre", request_body = CallCentreSettingsChange,
    responses((status = 200, body = Enveloped<CallCentreSettings>)))]
pub async fn change(
    house: web::Data<House>,
    caller: Caller,
    circumstances: Circumstances,
    body: Body<CallCentreSettingsChange>,
) -> Result<Answer<CallCentreSettings>, Error> {
    let ask = Ask::new(ConfigureCallCentre(body.0.into()));
    let done = house.execute(&caller.principal, circumstances.of(ask)).await?;
    Ok(current(&house, &caller).await?.after(&done))
}

/// As the log has them: they decide how the next call is put on record.
async fn current(house: &web::Data<House>, caller: &Caller) -> Result<Answer<CallCentreSettings>, Error> {
    let (tenant, here) = (caller.tenant(), House::clone(house));
    let read = async move { Ok(here.commands.state::<CallCentre>(tenant, tenant).await?) };
    let (centre, version) = house.finish(read).await?;
    Ok(Answer::ok(CallCentreSettings::from(centre.values())).version(version))
}
