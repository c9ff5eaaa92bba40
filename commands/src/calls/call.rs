//! Everything that may be asked about a call that is on record. Whoever does not reach it is told that there is none.

use super::directory::Directory;
use crate::{Command, Error, Work};
use chrono::NaiveDate;
use domain::calls::call::{Call, CallPriority, CallRefusal, Category, Evidence, FollowUp, FollowUpType, Leg};
use domain::calls::call::{CallType, Outcome};
use domain::calls::source::Source;
use domain::organization::role::Permission;
use domain::{Personal, Text, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

mod said;

pub use said::{AmendCall, CompleteCall};

/// Looks again at who the people of a call were, by what is known of the extensions now.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttributeCall {}

impl Command for AttributeCall {
    const NAME: &'static str = "AttributeCall";
    const MAY: Permission = Permission::RunProcesses;
    const EXAMPLE: &'static str = "{}";
    type Target = Call;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let call = work.load::<Call>(on).await?;
        let source = call.source()?;
        let legs: Vec<&Leg> = call.legs().collect();
        let directory = Directory::of(&legs, work).await?;
        // A telephone system that was removed meanwhile leaves its calls, and the location they were given.
        let known = work.load::<Source>(source).await?;
        let Ok(details) = known.details() else { return Ok(()) };
        let reckon = |legs: &mut dyn Iterator<Item = &Leg>| directory.facts(legs, details);
        work.change::<Call>(on, |call, _| call.attribute(reckon)).await?;
        Ok(())
    }
}

/// Takes down what the categoriser makes of a call. It has no say where a person spoke.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CategorizeCall {
    /// The rule and its version.
    pub formula: String,
    #[serde(default)]
    pub call_type: Option<CallType>,
    #[serde(default)]
    pub outcome: Option<Outcome>,
    #[serde(default)]
    pub priority: Option<CallPriority>,
    #[serde(default)]
    pub tags: Vec<Text<64>>,
    #[serde(default)]
    pub evidence: Vec<Evidence>,
}

impl Command for CategorizeCall {
    const NAME: &'static str = "CategorizeCall";
    const MAY: Permission = Permission::RunProcesses;
    const EXAMPLE: &'static str = r#"{"formula":"call.categorizer@1","callType":"billing","tags":["refund"],
        "evidence":[{"speaks_for":"type:billing","found":"invoice","weight":2}]}"#;
    type Target = Call;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let category = Category {
            formula: self.formula.clone(),
            call_type: self.call_type,
            outcome: self.outcome,
            priority: self.priority,
            tags: self.tags.clone(),
            evidence: Personal::new(self.evidence.clone()),
        };
        work.change::<Call>(on, |call, _| call.categorize(category)).await?;
        Ok(())
    }
}

/// Says where the recording of a call is kept.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttachRecording {
    pub reference: Text<1000>,
    #[serde(default)]
    pub seconds: Option<u32>,
}

impl Command for AttachRecording {
    const NAME: &'static str = "AttachRecording";
    const MAY: Permission = Permission::AccessRecordings;
    const EXAMPLE: &'static str = r#"{"reference":"recordings/2024/03/02/1244.wav","seconds":189}"#;
    type Target = Call;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        reachable(on, work).await?;
        work.change::<Call>(on, |call, _| call.attach_recording(self.reference.clone(), self.seconds)).await?;
        Ok(())
    }
}

/// Takes down what somebody thinks who listened to the recording.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewRecording {
    pub notes: Text<10_000>,
    /// 1 to 100.
    #[serde(default)]
    pub score: Option<u8>,
}

impl Command for ReviewRecording {
    const NAME: &'static str = "ReviewRecording";
    const MAY: Permission = Permission::AccessRecordings;
    const EXAMPLE: &'static str = r#"{"notes":"friendly, but did not ask for the date of birth","score":80}"#;
    type Target = Call;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        reachable(on, work).await?;
        work.change::<Call>(on, |call, _| call.review_recording(self.notes.clone(), self.score)).await?;
        Ok(())
    }
}

/// Lets go of the recording, unless the call must be kept.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoveRecording {
    pub reason: Text<1000>,
}

impl Command for RemoveRecording {
    const NAME: &'static str = "RemoveRecording";
    const MAY: Permission = Permission::ManageRetention;
    const EXAMPLE: &'static str = r#"{"reason":"the caller did not agree to it"}"#;
    type Target = Call;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        work.change::<Call>(on, |call, _| call.remove_recording(self.reason.clone())).await?;
        Ok(())
    }
}

/// Asks somebody with more say to look at a call.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EscalateCall {
    #[serde(default)]
    pub to: Option<UserId>,
    pub reason: Text<1000>,
    #[serde(default = "high")]
    pub priority: CallPriority,
}

fn high() -> CallPriority {
    CallPriority::High
}

impl Command for EscalateCall {
    const NAME: &'static str = "EscalateCall";
    const MAY: Permission = Permission::WorkCalls;
    const EXAMPLE: &'static str = r#"{"reason":"asks for the manager","priority":"urgent"}"#;
    type Target = Call;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        reachable(on, work).await?;
        work.change::<Call>(on, |call, _| call.escalate(self.to, self.reason.clone(), self.priority)).await?;
        Ok(())
    }
}

/// Plans what is still to be done after a call; it replaces what was planned before.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanFollowUp {
    #[serde(rename = "type")]
    pub kind: FollowUpType,
    pub date: NaiveDate,
    #[serde(default)]
    pub notes: Option<Text<10_000>>,
}

impl Command for PlanFollowUp {
    const NAME: &'static str = "PlanFollowUp";
    const MAY: Permission = Permission::WorkCalls;
    const EXAMPLE: &'static str = r#"{"type":"callback","date":"2024-03-04","notes":"after ten"}"#;
    type Target = Call;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        reachable(on, work).await?;
        let follow_up = FollowUp { kind: self.kind, date: self.date, notes: self.notes.clone().map(Personal::new) };
        work.change::<Call>(on, |call, _| call.plan_follow_up(follow_up)).await?;
        Ok(())
    }
}

/// Says that what was planned after a call was done.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MarkFollowUpDone {
    pub notes: Option<Text<10_000>>,
}

impl Command for MarkFollowUpDone {
    const NAME: &'static str = "MarkFollowUpDone";
    const MAY: Permission = Permission::WorkCalls;
    const EXAMPLE: &'static str = r#"{"notes":"reached at the second try"}"#;
    type Target = Call;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        reachable(on, work).await?;
        work.change::<Call>(on, |call, _| call.follow_up_done(self.notes.clone())).await?;
        Ok(())
    }
}

/// Keeps a call, however old it gets.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoldCall {
    pub reason: Text<1000>,
}

impl Command for HoldCall {
    const NAME: &'static str = "HoldCall";
    const MAY: Permission = Permission::ManageRetention;
    const EXAMPLE: &'static str = r#"{"reason":"a lawsuit"}"#;
    type Target = Call;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        work.change::<Call>(on, |call, _| call.hold(self.reason.clone())).await?;
        Ok(())
    }
}

/// Lets a call go that had to be kept.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseCall {
    pub reason: Text<1000>,
}

impl Command for ReleaseCall {
    const NAME: &'static str = "ReleaseCall";
    const MAY: Permission = Permission::ManageRetention;
    const EXAMPLE: &'static str = r#"{"reason":"the lawsuit is over"}"#;
    type Target = Call;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        work.change::<Call>(on, |call, _| call.release(self.reason.clone())).await?;
        Ok(())
    }
}

/// Lets nobody see a call any more that was kept as long as it had to be.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisposeCall {
    pub reason: Text<1000>,
    /// The proposal that was approved.
    #[serde(default)]
    pub proposal: Option<Uuid>,
}

impl Command for DisposeCall {
    const NAME: &'static str = "DisposeCall";
    const MAY: Permission = Permission::RunProcesses;
    const EXAMPLE: &'static str = r#"{"reason":"older than 2555 days"}"#;
    type Target = Call;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        work.change::<Call>(on, |call, _| call.dispose(self.reason.clone(), self.proposal)).await?;
        Ok(())
    }
}

/// The call is within the asker's reach.
async fn reachable(on: Uuid, work: &mut Work) -> Result<(), Error> {
    let call = work.load::<Call>(on).await?;
    let (agent, location) = call.belongs_to()?;
    match work.who().reaches(agent, location) {
        true => Ok(()),
        false => Err(CallRefusal::Unknown.into()),
    }
}
