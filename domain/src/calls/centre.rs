//! How a call centre reckons: its time zone, what counts as answered in time, its quotas, and how long things are kept.

use super::LocalDay;
use super::calendar::{CalendarRefusal, clock_time};
use crate::{Aggregate, Decision, Instant, Kind, Refusal};
use chrono::{NaiveTime, Timelike};
use chrono_tz::Tz;
use rust_decimal::{Decimal, dec};
use serde::{Deserialize, Serialize};

/// What happens to the settings of a call centre.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum CallCentreEvent {
    /// They are now these.
    #[serde(rename = "call_centre.configured")]
    Configured { values: CallCentreValues },
}

/// The settings (B.S1, B.S2, B.N7). New ones get a default, so that old events can be read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CallCentreValues {
    /// The IANA zone by which days and hours are told apart (B.N13, K23).
    pub reporting_timezone: String,
    /// Seconds within which a call counts as answered in time: 1 to 3,600.
    pub service_level_seconds: u32,
    /// How many per cent of the calls should be: 0 to 100.
    pub service_level_target: Decimal,
    /// Reviews that every agent should get in a month: 0 to 100.
    pub qa_quota_per_agent: u32,
    /// Whether reports are made by themselves every day.
    pub report_schedule: bool,
    /// When, on the clock of the reporting zone.
    pub report_time: NaiveTime,
    pub coaching_reminders: bool,
    pub goal_notices: bool,
    pub retention: Retention,
}

/// Days for which each kind of record is kept: 1 to 36,500 (B.N7: seven years).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Retention {
    pub calls: u32,
    pub recordings: u32,
    pub journals: u32,
    pub performance: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self { calls: 2_555, recordings: 2_555, journals: 2_555, performance: 2_555 }
    }
}

impl Default for CallCentreValues {
    fn default() -> Self {
        Self {
            reporting_timezone: "UTC".into(),
            service_level_seconds: 20,
            service_level_target: dec!(80),
            qa_quota_per_agent: 5,
            report_schedule: true,
            report_time: NaiveTime::from_hms_opt(8, 0, 0).unwrap_or_default(),
            coaching_reminders: true,
            goal_notices: true,
            retention: Retention::default(),
        }
    }
}

/// What shall be different; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CallCentreChanges {
    pub reporting_timezone: Option<String>,
    pub service_level_seconds: Option<u32>,
    pub service_level_target: Option<Decimal>,
    pub qa_quota_per_agent: Option<u32>,
    pub report_schedule: Option<bool>,
    pub report_time: Option<NaiveTime>,
    pub coaching_reminders: Option<bool>,
    pub goal_notices: Option<bool>,
    pub retention: RetentionChanges,
}

/// The same for how long things are kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RetentionChanges {
    pub calls: Option<u32>,
    pub recordings: Option<u32>,
    pub journals: Option<u32>,
    pub performance: Option<u32>,
}

#[derive(Debug, thiserror::Error, PartialEq)]
pub enum CallCentreRefusal {
    #[error("{field} must be an IANA zone such as America/Detroit")]
    UnknownTimezone { field: &'static str },
    #[error("{field} must be from {min} to {max}")]
    OutOfRange { field: &'static str, min: u32, max: u32 },
    #[error(transparent)]
    Calendar(#[from] CalendarRefusal),
}

impl Refusal for CallCentreRefusal {
    fn code(&self) -> &'static str {
        match self {
            CallCentreRefusal::UnknownTimezone { .. } => "unknown_timezone",
            CallCentreRefusal::OutOfRange { .. } => "out_of_range",
            CallCentreRefusal::Calendar(refusal) => refusal.code(),
        }
    }
    fn kind(&self) -> Kind {
        match self {
            CallCentreRefusal::UnknownTimezone { field } | CallCentreRefusal::OutOfRange { field, .. } => Kind::Invalid { field },
            CallCentreRefusal::Calendar(refusal) => refusal.kind(),
        }
    }
}

/// A call centre's settings; one for each company, under the company's id. Without any event, the defaults.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CallCentre {
    values: CallCentreValues,
}

impl Aggregate for CallCentre {
    const CATEGORY: &'static str = "call_centre";
    type Event = CallCentreEvent;
    type Refusal = CallCentreRefusal;

    fn evolve(&mut self, event: &CallCentreEvent) {
        let CallCentreEvent::Configured { values } = event;
        self.values = values.clone();
    }
}

impl CallCentre {
    pub fn values(&self) -> &CallCentreValues {
        &self.values
    }

    /// The reporting zone. Only known ones get on record; should one vanish from the library, UTC stands in.
    pub fn zone(&self) -> Tz {
        self.values.reporting_timezone.parse().unwrap_or(Tz::UTC)
    }

    /// The day and the hour of an instant on the clocks of the reporting zone.
    pub fn day_of(&self, at: Instant) -> LocalDay {
        let local = at.with_timezone(&self.zone());
        LocalDay { day: local.date_naive(), hour: local.hour() as u8 }
    }

    pub fn configure(&self, changes: CallCentreChanges) -> Decision<CallCentre> {
        let known = &self.values;
        let values = CallCentreValues {
            reporting_timezone: changes.reporting_timezone.unwrap_or_else(|| known.reporting_timezone.clone()),
            service_level_seconds: changes.service_level_seconds.unwrap_or(known.service_level_seconds),
            service_level_target: changes.service_level_target.unwrap_or(known.service_level_target),
            qa_quota_per_agent: changes.qa_quota_per_agent.unwrap_or(known.qa_quota_per_agent),
            report_schedule: changes.report_schedule.unwrap_or(known.report_schedule),
            report_time: changes.report_time.unwrap_or(known.report_time),
            coaching_reminders: changes.coaching_reminders.unwrap_or(known.coaching_reminders),
            goal_notices: changes.goal_notices.unwrap_or(known.goal_notices),
            retention: Retention {
                calls: changes.retention.calls.unwrap_or(known.retention.calls),
                recordings: changes.retention.recordings.unwrap_or(known.retention.recordings),
                journals: changes.retention.journals.unwrap_or(known.retention.journals),
                performance: changes.retention.performance.unwrap_or(known.retention.performance),
            },
        };
        values.check()?;
        Ok(if values == *known { vec![] } else { vec![CallCentreEvent::Configured { values }] })
    }
}

impl CallCentreValues {
    fn check(&self) -> Result<(), CallCentreRefusal> {
        if self.reporting_timezone.parse::<Tz>().is_err() {
            return Err(CallCentreRefusal::UnknownTimezone { field: "reportingTimezone" });
        }
        let within = |field, value: u32, min, max| match (min..=max).contains(&value) {
            true => Ok(()),
            false => Err(CallCentreRefusal::OutOfRange { field, min, max }),
        };
        within("serviceLevelSeconds", self.service_level_seconds, 1, 3_600)?;
        if !(Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(&self.service_level_target) {
            return Err(CallCentreRefusal::OutOfRange { field: "serviceLevelTarget", min: 0, max: 100 });
        }
        within("qaQuotaPerAgent", self.qa_quota_per_agent, 0, 100)?;
        clock_time("reportTime", self.report_time)?;
        within("retention.calls", self.retention.calls, 1, 36_500)?;
        within("retention.recordings", self.retention.recordings, 1, 36_500)?;
        within("retention.journals", self.retention.journals, 1, 36_500)?;
        within("retention.performance", self.retention.performance, 1, 36_500)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{given, round_trips};

    fn zone(name: &str) -> CallCentreChanges {
        CallCentreChanges { reporting_timezone: Some(name.into()), ..Default::default() }
    }

    #[test]
    fn only_what_is_named_changes_and_only_to_what_can_be() {
        let values = CallCentreValues { reporting_timezone: "America/Detroit".into(), ..Default::default() };
        let configured = CallCentreEvent::Configured { values };
        given::<CallCentre>([]).when(|c| c.configure(zone("America/Detroit"))).then([configured.clone()]);
        given([configured.clone()]).when(|c: &CallCentre| c.configure(zone("America/Detroit"))).then([]);
        given::<CallCentre>([])
            .when(|c| c.configure(zone("Wixom")))
            .refused(CallCentreRefusal::UnknownTimezone { field: "reportingTimezone" });
        let seconds = CallCentreChanges { service_level_seconds: Some(0), ..Default::default() };
        given::<CallCentre>([]).when(|c| c.configure(seconds)).refused(CallCentreRefusal::OutOfRange {
            field: "serviceLevelSeconds",
            min: 1,
            max: 3_600,
        });
        let never = CallCentreChanges { report_time: "23:59:60".parse().ok(), ..Default::default() };
        given::<CallCentre>([])
            .when(|c| c.configure(never))
            .refused(CallCentreRefusal::Calendar(CalendarRefusal::Time { field: "reportTime" }));
        round_trips("call_centre.configured", configured);
    }

    #[test]
    fn days_are_those_of_the_clocks_on_the_wall() {
        let centre: CallCentre = crate::aggregate::fold(&[CallCentreEvent::Configured {
            values: CallCentreValues { reporting_timezone: "America/Detroit".into(), ..Default::default() },
        }]);
        let of = |at: &str| {
            let LocalDay { day, hour } = centre.day_of(at.parse().unwrap());
            format!("{day} {hour}")
        };
        assert_eq!(of("2026-01-15T04:59:59Z"), "2026-01-14 23");
        assert_eq!(of("2026-01-15T05:00:00Z"), "2026-01-15 0");
        // The day on which the clocks go forward has 23 hours, the one on which they go back 25.
        assert_eq!((of("2026-03-08T06:59:59Z"), of("2026-03-08T07:00:00Z")), ("2026-03-08 1".into(), "2026-03-08 3".into()));
        assert_eq!((of("2026-03-09T03:59:59Z"), of("2026-03-09T04:00:00Z")), ("2026-03-08 23".into(), "2026-03-09 0".into()));
        assert_eq!((of("2026-11-01T05:30:00Z"), of("2026-11-01T06:30:00Z")), ("2026-11-01 1".into(), "2026-11-01 1".into()));
        assert_eq!(of("2026-11-02T04:59:59Z"), "2026-11-01 23");
    }
}
