//! Whoever asks: which tenant they act in, who they are, and what they may do.

use domain::organization::role::{Permission, Reach};
use domain::organization::user::User;
use domain::{Actor, LocationId, TenantId, UserId};
use std::collections::BTreeSet;

/// Somebody who may ask for something.
#[derive(Clone, Debug, PartialEq)]
pub struct Principal {
    pub tenant: TenantId,
    pub actor: Actor,
    pub permissions: BTreeSet<Permission>,
    /// Whose calls, shifts and figures they see and touch.
    pub reach: Reach,
}

impl Principal {
    /// A signed-in person, acting in `tenant` with the permissions of all their roles.
    pub fn user(tenant: TenantId, id: UserId, user: &User) -> Self {
        let permissions = match user.is_active() {
            true => user.roles().iter().flat_map(|role| role.permissions()).copied().collect(),
            false => BTreeSet::new(),
        };
        Self { tenant, actor: Actor::User(id), permissions, reach: user.reach() }
    }

    /// The same person, playing through what somebody else might do (E.X10, K34).
    pub fn simulating(mut self) -> Self {
        if let Actor::User(id) = self.actor {
            self.actor = Actor::Simulation(id);
        }
        self
    }

    /// Whoever runs the `docket` program on the machine itself may do what a super admin may.
    pub fn operator(tenant: TenantId) -> Self {
        let permissions = domain::organization::role::Role::SuperAdmin.permissions().iter().copied().collect();
        Self { tenant, actor: Actor::Operator, permissions, reach: Reach::Tenant }
    }

    /// One of Docket's own processes: it may do what the house does by itself, and nothing an administrator does.
    pub fn process(tenant: TenantId, name: &str) -> Self {
        let permissions = [Permission::RunProcesses, Permission::AssignCases, Permission::IngestCalls].into_iter().collect();
        Self { tenant, actor: Actor::Process(name.to_owned()), permissions, reach: Reach::Tenant }
    }

    /// Whether something is theirs, or of a location they belong to, or they see everything. What somebody does not reach is to them
    /// as if it were not there.
    pub fn reaches(&self, whose: Option<UserId>, location: Option<LocationId>) -> bool {
        let own = self.actor.person().is_some_and(|person| whose == Some(person));
        own || match &self.reach {
            Reach::Own => false,
            Reach::Locations(theirs) => location.is_some_and(|location| theirs.contains(&location)),
            Reach::Tenant => true,
        }
    }

    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }
}
