//! What may be asked about records that were kept long enough.

use crate::{Command, Error, Work};
use chrono::NaiveDate;
use domain::Text;
use domain::calls::call::{Call, CallRefusal};
use domain::calls::disposal::{Disposable, Disposal, DisposalRefusal, Kept};
use domain::calls::journal::Journal;
use domain::organization::role::Permission;
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
        match work.load::<Call>(call).await?.free() {
            // The call itself may be gone by now.
            Ok(()) | Err(CallRefusal::Unknown) => {}
            Err(kept) => return Err(kept.into()),
        }
        work.change::<Journal>(on, |journal, _| journal.dispose(self.reason.to_string())).await?;
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
