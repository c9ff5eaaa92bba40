//! What may be asked about records that were kept long enough.

use crate::{Command, Error, Work};
use chrono::NaiveDate;
use domain::calls::call::{Call, CallRefusal};
use domain::calls::disposal::{Disposable, Disposal, DisposalRefusal, Kept};
use domain::calls::goal::Goal;
use domain::calls::held_record::HeldRecord;
use domain::calls::journal::Journal;
use domain::calls::review::Review;
use domain::calls::shift::Shift;
use domain::organization::role::Permission;
use domain::{CallId, Text};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Proposes to let go of these things; `on` is the id that follows from the day and the first of them.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProposeDisposal {
    pub kind: Disposable,
    /// They are from days before this one.
    pub before: NaiveDate,
    /// How many are due in all.
    pub count: u64,
    pub things: Vec<Uuid>,
}

impl Command for ProposeDisposal {
    const NAME: &'static str = "ProposeDisposal";
    const MAY: Permission = Permission::RunProcesses;
    const EXAMPLE: &'static str =
        r#"{"kind":"calls","before":"2019-01-07","count":1,"things":["0190a5d2-0000-7000-8000-000000000002"]}"#;
    type Target = Disposal;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let first = *self.things.first().ok_or(DisposalRefusal::Size)?;
        if on != Disposal::id(work.stamp().tenant, self.kind, self.before, first) {
            return Err(Error::Invalid { field: "on".into(), rule: "must follow from the day and the first thing".into() });
        }
        let propose = |disposal: &Disposal, _: &_| disposal.propose(self.kind, self.before, self.count, self.things.clone());
        work.change::<Disposal>(on, propose).await?;
        Ok(())
    }
}

/// Agrees that what was proposed is let go of.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApproveDisposal {}

impl Command for ApproveDisposal {
    const NAME: &'static str = "ApproveDisposal";
    const MAY: Permission = Permission::ManageRetention;
    const EXAMPLE: &'static str = "{}";
    type Target = Disposal;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        work.change::<Disposal>(on, |disposal, stamp| disposal.approve(stamp.actor.person())).await?;
        Ok(())
    }
}

/// Keeps what was proposed. It is proposed again after a month.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefuseDisposal {
    pub reason: Text<1000>,
}

impl Command for RefuseDisposal {
    const NAME: &'static str = "RefuseDisposal";
    const MAY: Permission = Permission::ManageRetention;
    const EXAMPLE: &'static str = r#"{"reason":"the auditors come in May"}"#;
    type Target = Disposal;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let refuse = |disposal: &Disposal, stamp: &domain::Stamp| disposal.refuse(stamp.actor.person(), self.reason.clone());
        work.change::<Disposal>(on, refuse).await?;
        Ok(())
    }
}

/// Keeps a journal no longer, unless its call must be kept.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisposeJournal {
    pub reason: Text<1000>,
}

impl Command for DisposeJournal {
    const NAME: &'static str = "DisposeJournal";
    const MAY: Permission = Permission::RunProcesses;
    const EXAMPLE: &'static str = r#"{"reason":"older than 2019-01-07, as was approved"}"#;
    type Target = Journal;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let call = work.load::<Journal>(on).await?.call()?;
        free(call, work).await?;
        work.change::<Journal>(on, |journal, _| journal.dispose(self.reason.to_string())).await?;
        Ok(())
    }
}

/// Keeps a review no longer, unless the call it is about must be kept.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisposeReview {
    pub reason: Text<1000>,
}

impl Command for DisposeReview {
    const NAME: &'static str = "DisposeReview";
    const MAY: Permission = Permission::RunProcesses;
    const EXAMPLE: &'static str = r#"{"reason":"older than 2019-01-07, as was approved"}"#;
    type Target = Review;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let call = work.load::<Review>(on).await?.known()?.1.call;
        if let Some(call) = call {
            free(call, work).await?;
        }
        work.change::<Review>(on, |review, _| review.dispose(self.reason.clone())).await?;
        Ok(())
    }
}

/// What belongs to a call must be kept while the call must. The call itself may be gone by now.
async fn free(call: CallId, work: &mut Work) -> Result<(), Error> {
    match work.load::<Call>(call).await?.free() {
        Ok(()) | Err(CallRefusal::Unknown) => Ok(()),
        Err(kept) => Err(kept.into()),
    }
}

/// Keeps a shift no longer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisposeShift {
    pub reason: Text<1000>,
}

/// Keeps a goal no longer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisposeGoal {
    pub reason: Text<1000>,
}

/// Keeps a record in quarantine no longer, unless it became part of a call that must be kept.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisposeHeldRecord {
    pub reason: Text<1000>,
}

/// A command that lets go of one thing which no call holds back.
macro_rules! let_go {
    ($($name:ident, $thing:ident;)*) => {$(
        impl Command for $name {
            const NAME: &'static str = stringify!($name);
            const MAY: Permission = Permission::RunProcesses;
            const EXAMPLE: &'static str = r#"{"reason":"older than 2019-01-07, as was approved"}"#;
            type Target = $thing;

            async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
                work.change::<$thing>(on, |thing, _| thing.dispose(self.reason.clone())).await?;
                Ok(())
            }
        }
    )*};
}

let_go! {
    DisposeShift, Shift;
    DisposeGoal, Goal;
}

impl Command for DisposeHeldRecord {
    const NAME: &'static str = "DisposeHeldRecord";
    const MAY: Permission = Permission::RunProcesses;
    const EXAMPLE: &'static str = r#"{"reason":"older than 2019-01-07, as was approved"}"#;
    type Target = HeldRecord;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        for call in work.load::<HeldRecord>(on).await?.calls().to_vec() {
            free(call, work).await?;
        }
        work.change::<HeldRecord>(on, |held, _| held.dispose(self.reason.clone())).await?;
        Ok(())
    }
}

/// Puts on record what came of a proposal that was approved.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CarryOutDisposal {
    pub disposed: u32,
    /// What had to be kept by then.
    pub kept: Vec<Kept>,
}

impl Command for CarryOutDisposal {
    const NAME: &'static str = "CarryOutDisposal";
    const MAY: Permission = Permission::RunProcesses;
    const EXAMPLE: &'static str =
        r#"{"disposed":1,"kept":[{"id":"0190a5d2-0000-7000-8000-000000000002","reason":"a claim is pending"}]}"#;
    type Target = Disposal;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        work.change::<Disposal>(on, |disposal, _| disposal.carry_out(self.disposed, self.kept.clone())).await?;
        Ok(())
    }
}
