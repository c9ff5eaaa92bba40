//! What people say of a call: its agent once, at the end; supervisors whenever something has to be put right.

use super::reachable;
use crate::{Command, Error, Work};
use domain::calls::call::{Appointment, Call, CallChanges, CallPriority, CallType, Outcome, WrapUp};
use domain::cases::customer::given;
use domain::organization::role::Permission;
use domain::{CampaignId, Personal, Text};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Says what a call was about and what came of it, once.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CompleteCall {
    pub call_type: Option<CallType>,
    pub outcome: Option<Outcome>,
    pub priority: Option<CallPriority>,
    /// 1 to 5, if the caller was asked.
    pub customer_satisfaction_score: Option<u8>,
    pub patient_mrn: Option<Text<64>>,
    pub appointment: Option<Appointment>,
    pub provider_requested: Option<Text<255>>,
    pub first_call_resolution: bool,
    pub complaint: bool,
    pub after_call_work_seconds: u32,
    pub hold_seconds: u32,
    pub compliance_notes: Option<Text<10_000>>,
    pub campaign: Option<CampaignId>,
    pub tags: Vec<Text<64>>,
}

impl Command for CompleteCall {
    const NAME: &'static str = "CompleteCall";
    const MAY: Permission = Permission::WorkCalls;
    const EXAMPLE: &'static str = r#"{"callType":"appointment","outcome":"appointment_scheduled","appointment":{"date":"2024-03-09","type":"check-up"},
        "firstCallResolution":true,"afterCallWorkSeconds":30,"tags":["new patient"]}"#;
    type Target = Call;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        reachable(on, work).await?;
        let wrap_up = WrapUp {
            call_type: self.call_type,
            outcome: self.outcome,
            priority: self.priority,
            customer_satisfaction_score: self.customer_satisfaction_score,
            quality_score: None,
            patient_mrn: self.patient_mrn.clone().map(Personal::new),
            appointment: self.appointment.clone(),
            provider_requested: self.provider_requested.clone().map(Personal::new),
            first_call_resolution: self.first_call_resolution,
            complaint: self.complaint,
            after_call_work_seconds: self.after_call_work_seconds,
            hold_seconds: self.hold_seconds,
            compliance_notes: self.compliance_notes.clone().map(Personal::new),
            campaign: self.campaign,
            tags: self.tags.clone(),
        };
        work.change::<Call>(on, |call, _| call.complete(wrap_up)).await?;
        Ok(())
    }
}

/// Changes what was said of a call, for a reason; absent stays, `null` clears.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AmendCall {
    pub reason: Text<1000>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub call_type: Option<Option<CallType>>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Option<Outcome>>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub priority: Option<Option<CallPriority>>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub customer_satisfaction_score: Option<Option<u8>>,
    /// 1 to 100.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub quality_score: Option<Option<u8>>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub patient_mrn: Option<Option<Text<64>>>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub appointment: Option<Option<Appointment>>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub provider_requested: Option<Option<Text<255>>>,
    #[serde(default)]
    pub first_call_resolution: Option<bool>,
    #[serde(default)]
    pub complaint: Option<bool>,
    #[serde(default)]
    pub after_call_work_seconds: Option<u32>,
    #[serde(default)]
    pub hold_seconds: Option<u32>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub compliance_notes: Option<Option<Text<10_000>>>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub campaign: Option<Option<CampaignId>>,
    #[serde(default)]
    pub tags: Option<Vec<Text<64>>>,
}

impl Command for AmendCall {
    const NAME: &'static str = "AmendCall";
    const MAY: Permission = Permission::AmendCalls;
    const EXAMPLE: &'static str = r#"{"reason":"the caller rang again","complaint":true,"qualityScore":80,"outcome":null}"#;
    type Target = Call;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        reachable(on, work).await?;
        fn sealed<T: Clone>(text: &Option<Option<T>>) -> Option<Option<Personal<T>>> {
            text.clone().map(|text| text.map(Personal::new))
        }
        let changes = CallChanges {
            call_type: self.call_type,
            outcome: self.outcome,
            priority: self.priority,
            customer_satisfaction_score: self.customer_satisfaction_score,
            quality_score: self.quality_score,
            patient_mrn: sealed(&self.patient_mrn),
            appointment: self.appointment.clone(),
            provider_requested: sealed(&self.provider_requested),
            first_call_resolution: self.first_call_resolution,
            complaint: self.complaint,
            after_call_work_seconds: self.after_call_work_seconds,
            hold_seconds: self.hold_seconds,
            compliance_notes: sealed(&self.compliance_notes),
            campaign: self.campaign,
            tags: self.tags.clone(),
        };
        work.change::<Call>(on, |call, _| call.amend(changes, self.reason.clone())).await?;
        Ok(())
    }
}
