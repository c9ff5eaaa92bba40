//! Whoever looks at calls, shifts and figures, and how far they see.

use domain::LocationId;
use domain::organization::role::Reach;
use uuid::Uuid;

/// Somebody who looks. Queries filter by it, and PostgreSQL does once more, see [`crate::wall`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Viewer {
    /// The person; nil for one of Docket's own processes.
    pub user: Uuid,
    pub reach: Reach,
}

impl Viewer {
    /// One of Docket's own processes, which sees everything of a company.
    pub fn process() -> Self {
        Self { user: Uuid::nil(), reach: Reach::Tenant }
    }

    /// Everything of the company: `$n or agent_id = … or location_id = any(…)`.
    pub fn everything(&self) -> bool {
        self.reach == Reach::Tenant
    }

    /// The locations they look after.
    pub fn locations(&self) -> Vec<Uuid> {
        match &self.reach {
            Reach::Locations(locations) => locations.iter().map(|LocationId(id)| *id).collect(),
            Reach::Own | Reach::Tenant => Vec::new(),
        }
    }

    /// The settings of a session by which row security knows them. Nothing in it is a text of anybody's.
    pub(crate) fn settings(&self) -> String {
        let reach = match &self.reach {
            Reach::Own => "own",
            Reach::Locations(_) => "location",
            Reach::Tenant => "tenant",
        };
        let locations = self.locations().iter().map(Uuid::to_string).collect::<Vec<_>>().join(",");
        let user = self.user;
        format!(
            "set local docket.reach = '{reach}'; set local docket.viewer = '{user}'; set local docket.locations = '{locations}'"
        )
    }
}
