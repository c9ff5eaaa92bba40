//! The names by which things are told apart: one type for each, so that a case is never taken for an agency.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.fmt(f) }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, "{}({})", stringify!($name), self.0) }
        }
        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> { Uuid::parse_str(text).map(Self) }
        }
        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self { Self(id) }
        }
        impl From<$name> for Uuid {
            fn from(id: $name) -> Self { id.0 }
        }
    )*};
}

ids! {
    /// A tenant: a company with its own data (company = client = tenant, K9).
    TenantId,
    /// A person who signs in.
    UserId,
    /// A site of a tenant.
    LocationId,
    /// A debt case.
    CaseId,
    /// An agency that collects.
    AgencyId,
    /// A place outside where a company wants to be told.
    EndpointId,
    /// A call, however many legs it had.
    CallId,
    /// What an agent wrote down about a call.
    JournalId,
    /// A person's shift on a day.
    ShiftId,
    /// What an agent or a team shall reach.
    GoalId,
    /// A review of how well a call was handled.
    QaReviewId,
    /// A series of calls for one purpose.
    CampaignId,
    /// A report that made itself.
    ReportRunId,
    /// A telephone system that sends records of calls.
    SourceId,
    /// A record that could not be taken in.
    HeldRecordId,
}

impl TenantId {
    /// The tenant of what belongs to no company: reserved e-mail addresses, the directory of companies.
    pub const SYSTEM: TenantId = TenantId(Uuid::nil());
}

/// Where a history is kept: tenant, kind of thing, and the thing itself.
///
/// The tenant is part of the name, so two tenants may import the same ids and never learn of each other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId {
    pub tenant: TenantId,
    pub category: std::borrow::Cow<'static, str>,
    pub id: Uuid,
}

impl StreamId {
    pub fn new(tenant: TenantId, category: &'static str, id: impl Into<Uuid>) -> Self {
        Self { tenant, category: category.into(), id: id.into() }
    }

    /// The stream of one aggregate.
    pub fn of<A: crate::Aggregate>(tenant: TenantId, id: impl Into<Uuid>) -> Self {
        Self::new(tenant, A::CATEGORY, id)
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.category, self.id)
    }
}
