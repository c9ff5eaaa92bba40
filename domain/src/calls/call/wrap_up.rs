//! What people say of a call: the agent at its end, supervisors later, and the categoriser from the words that were written.

use super::CallRefusal;
use super::words::{CallPriority, CallType, FollowUpType, Outcome};
use crate::calls::calendar::{calendar_day, optional_day};
use crate::cases::customer::given;
use crate::{CampaignId, Personal, Text};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// What an agent says of a call when it is over.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct WrapUp {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_type: Option<CallType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<CallPriority>,
    /// 1 to 5, if the caller was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_satisfaction_score: Option<u8>,
    /// 1 to 100, given by a supervisor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quality_score: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patient_mrn: Option<Personal<Text<64>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub appointment: Option<Appointment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_requested: Option<Personal<Text<255>>>,
    pub first_call_resolution: bool,
    pub complaint: bool,
    pub after_call_work_seconds: u32,
    pub hold_seconds: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compliance_notes: Option<Personal<Text<10_000>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign: Option<CampaignId>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Text<64>>,
}

/// An appointment that was made in a call.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Appointment {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<NaiveDate>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<Text<64>>,
}

/// What is to be different about a call: absent stays, an inner `None` clears.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CallChanges {
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub call_type: Option<Option<CallType>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Option<Outcome>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub priority: Option<Option<CallPriority>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub customer_satisfaction_score: Option<Option<u8>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub quality_score: Option<Option<u8>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub patient_mrn: Option<Option<Personal<Text<64>>>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub appointment: Option<Option<Appointment>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub provider_requested: Option<Option<Personal<Text<255>>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_call_resolution: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub complaint: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_call_work_seconds: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold_seconds: Option<u32>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub compliance_notes: Option<Option<Personal<Text<10_000>>>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub campaign: Option<Option<CampaignId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<Text<64>>>,
}

/// What the categoriser makes of a call, with its reasons.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Category {
    /// The rule and its version, for example `call.categorizer@1`.
    pub formula: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_type: Option<CallType>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<CallPriority>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Text<64>>,
    /// What spoke for each of these; the words are people's own, so they are kept as personal.
    pub evidence: Personal<Vec<Evidence>>,
}

/// One reason of the categoriser.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// What it speaks for, for example `type:billing`.
    pub speaks_for: String,
    /// The words or the fact that were found.
    pub found: String,
    pub weight: Decimal,
}

/// Something that is still to be done after a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FollowUp {
    #[serde(rename = "type")]
    pub kind: FollowUpType,
    pub date: NaiveDate,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<Personal<Text<10_000>>>,
}

/// A day is the longest that work on one call can take.
const LONGEST_SECONDS: u32 = 86_400;
const MOST_TAGS: usize = 50;

impl WrapUp {
    pub fn check(&self) -> Result<(), CallRefusal> {
        let out = |field, rule| Err(CallRefusal::OutOfRange { field, rule });
        if self.customer_satisfaction_score.is_some_and(|score| !(1..=5).contains(&score)) {
            return out("customerSatisfactionScore", "must be from 1 to 5");
        }
        if self.quality_score.is_some_and(|score| !(1..=100).contains(&score)) {
            return out("qualityScore", "must be from 1 to 100");
        }
        if self.after_call_work_seconds > LONGEST_SECONDS {
            return out("afterCallWorkSeconds", "must be at most 86400");
        }
        if self.hold_seconds > LONGEST_SECONDS {
            return out("holdSeconds", "must be at most 86400");
        }
        if self.tags.len() > MOST_TAGS {
            return out("tags", "must be at most 50");
        }
        optional_day("appointment.date", self.appointment.as_ref().and_then(|appointment| appointment.date))?;
        Ok(())
    }

    /// With these changes.
    pub fn with(&self, changes: &CallChanges) -> WrapUp {
        let c = changes.clone();
        WrapUp {
            call_type: c.call_type.unwrap_or(self.call_type),
            outcome: c.outcome.unwrap_or(self.outcome),
            priority: c.priority.unwrap_or(self.priority),
            customer_satisfaction_score: c.customer_satisfaction_score.unwrap_or(self.customer_satisfaction_score),
            quality_score: c.quality_score.unwrap_or(self.quality_score),
            patient_mrn: c.patient_mrn.unwrap_or_else(|| self.patient_mrn.clone()),
            appointment: c.appointment.unwrap_or_else(|| self.appointment.clone()),
            provider_requested: c.provider_requested.unwrap_or_else(|| self.provider_requested.clone()),
            first_call_resolution: c.first_call_resolution.unwrap_or(self.first_call_resolution),
            complaint: c.complaint.unwrap_or(self.complaint),
            after_call_work_seconds: c.after_call_work_seconds.unwrap_or(self.after_call_work_seconds),
            hold_seconds: c.hold_seconds.unwrap_or(self.hold_seconds),
            compliance_notes: c.compliance_notes.unwrap_or_else(|| self.compliance_notes.clone()),
            campaign: c.campaign.unwrap_or(self.campaign),
            tags: c.tags.unwrap_or_else(|| self.tags.clone()),
        }
    }
}

impl FollowUp {
    pub(super) fn check(&self) -> Result<(), CallRefusal> {
        calendar_day("date", self.date)?;
        Ok(())
    }
}

impl CallChanges {
    /// Only what would make a difference to `now`.
    pub fn different_from(self, now: &WrapUp) -> CallChanges {
        CallChanges {
            call_type: self.call_type.filter(|new| *new != now.call_type),
            outcome: self.outcome.filter(|new| *new != now.outcome),
            priority: self.priority.filter(|new| *new != now.priority),
            customer_satisfaction_score: self.customer_satisfaction_score.filter(|new| *new != now.customer_satisfaction_score),
            quality_score: self.quality_score.filter(|new| *new != now.quality_score),
            patient_mrn: self.patient_mrn.filter(|new| *new != now.patient_mrn),
            appointment: self.appointment.filter(|new| *new != now.appointment),
            provider_requested: self.provider_requested.filter(|new| *new != now.provider_requested),
            first_call_resolution: self.first_call_resolution.filter(|new| *new != now.first_call_resolution),
            complaint: self.complaint.filter(|new| *new != now.complaint),
            after_call_work_seconds: self.after_call_work_seconds.filter(|new| *new != now.after_call_work_seconds),
            hold_seconds: self.hold_seconds.filter(|new| *new != now.hold_seconds),
            compliance_notes: self.compliance_notes.filter(|new| *new != now.compliance_notes),
            campaign: self.campaign.filter(|new| *new != now.campaign),
            tags: self.tags.filter(|new| *new != now.tags),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calls::calendar::CalendarRefusal;

    #[test]
    fn appointments_and_follow_ups_are_on_days_that_every_table_can_hold() {
        let on =
            |date: NaiveDate| WrapUp { appointment: Some(Appointment { date: Some(date), kind: None }), ..WrapUp::default() };
        let refused = |field| Err(CallRefusal::Calendar(CalendarRefusal::Day { field }));
        assert_eq!(on("2026-03-09".parse().unwrap()).check(), Ok(()));
        assert_eq!(on("0000-01-01".parse().unwrap()).check(), refused("appointment.date"));
        let follow_up = |date| FollowUp { kind: FollowUpType::Callback, date, notes: None };
        assert_eq!(follow_up(NaiveDate::MAX).check(), refused("date"));
    }
}
