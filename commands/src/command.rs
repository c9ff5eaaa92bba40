//! The shape of a wish: a name, who may ask, what it is about, and one call into the rules.

use crate::{Error, Work};
use domain::organization::role::Permission;
use domain::{Aggregate, StreamId, TenantId};
use futures::future::BoxFuture;
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use std::fmt::Debug;
use uuid::Uuid;

/// What a command is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// Something that is there already; the asker names it.
    Existing,
    /// Something new; the asker may bring its id.
    New,
    /// The asker's own tenant.
    Tenant,
}

/// A wish. Its fields are its data; its meaning is one call into the domain for every aggregate it touches.
pub trait Command: Serialize + DeserializeOwned + Debug + Send + Sync + 'static {
    /// An imperative with its noun, for example `RejectCase`.
    const NAME: &'static str;
    const MAY: Permission;
    const ON: On = On::Existing;
    /// A command dated before the last thing that happened to its target is refused. Not where the target's own rules say what
    /// may be dated when, as a policy does: its first version has always been in force, however late it was published.
    const IN_ORDER: bool = true;
    /// An example of its data as JSON, shown in the documentation and parsed in the tests.
    const EXAMPLE: &'static str;
    type Target: Aggregate;

    /// The stream of what it is about.
    fn stream(tenant: TenantId, on: Uuid) -> StreamId {
        StreamId::of::<Self::Target>(tenant, on)
    }

    /// The streams it will surely read, so that a batch can fetch them all at once.
    fn reads(&self, tenant: TenantId, on: Uuid) -> Vec<StreamId> {
        vec![Self::stream(tenant, on)]
    }

    fn decide(&self, on: Uuid, work: &mut Work) -> impl Future<Output = Result<(), Error>> + Send;
}

/// A wish whose type is no longer known: what the executor works with.
pub trait AnyCommand: Send + Sync + Debug {
    fn name(&self) -> &'static str;
    fn may(&self) -> Permission;
    fn on(&self) -> On;
    fn stream(&self, tenant: TenantId, on: Uuid) -> StreamId;
    fn reads(&self, tenant: TenantId, on: Uuid) -> Vec<StreamId>;
    fn fingerprint(&self, on: Option<Uuid>, at: Option<domain::Instant>) -> [u8; 32];
    fn decide<'w>(&'w self, on: Uuid, work: &'w mut Work) -> BoxFuture<'w, Result<(), Error>>;
}

impl<C: Command> AnyCommand for C {
    fn name(&self) -> &'static str {
        C::NAME
    }

    fn may(&self) -> Permission {
        C::MAY
    }

    fn on(&self) -> On {
        C::ON
    }

    fn stream(&self, tenant: TenantId, on: Uuid) -> StreamId {
        C::stream(tenant, on)
    }

    fn reads(&self, tenant: TenantId, on: Uuid) -> Vec<StreamId> {
        Command::reads(self, tenant, on)
    }

    /// SHA-256 over name, target, business time and data as they were asked, however they were spelled.
    fn fingerprint(&self, on: Option<Uuid>, at: Option<domain::Instant>) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(C::NAME);
        hash.update([0]);
        hash.update(on.map(|id| id.to_string()).unwrap_or_default());
        hash.update([0]);
        hash.update(at.map(|at| at.timestamp_micros().to_string()).unwrap_or_default());
        hash.update([0]);
        hash.update(serde_json::to_vec(self).unwrap_or_default());
        hash.finalize().into()
    }

    fn decide<'w>(&'w self, on: Uuid, work: &'w mut Work) -> BoxFuture<'w, Result<(), Error>> {
        Box::pin(async move {
            work.begin::<C::Target>(C::stream(work.stamp().tenant, on), C::IN_ORDER).await?;
            Command::decide(self, on, work).await
        })
    }
}
