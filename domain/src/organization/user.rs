//! A person who signs in: name, address, roles, and whether the door is open. Passwords are kept elsewhere, never here.

use crate::organization::role::{Permission, Reach, Role, Scope};
use crate::{Aggregate, Decision, Email, Kind, Link, LocationId, Personal, Refusal, Text};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What happens to a person's account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum UserEvent {
    /// A person may sign in.
    #[serde(rename = "user.created")]
    Created { details: UserDetails },
    /// Their details are now these.
    #[serde(rename = "user.updated")]
    Updated { details: UserDetails },
    /// They may sign in no longer; everything they did stays theirs.
    #[serde(rename = "user.deactivated")]
    Deactivated { reason: Option<String> },
    /// They may sign in again.
    #[serde(rename = "user.reactivated")]
    Reactivated {},
    /// They have a new password (which is not told here).
    #[serde(rename = "user.password_changed")]
    PasswordChanged {},
    /// They signed in.
    #[serde(rename = "user.logged_in")]
    LoggedIn { address: Option<Personal<String>> },
    /// Somebody tried to sign in as them and failed.
    #[serde(rename = "user.login_refused")]
    LoginRefused { address: Option<Personal<String>>, reason: String },
    /// Their session was renewed.
    #[serde(rename = "user.session_refreshed")]
    SessionRefreshed {},
    /// They signed out.
    #[serde(rename = "user.logged_out")]
    LoggedOut {},
    /// They belong to the staff of a location, besides the one where they sit (B.T8).
    #[serde(rename = "user.location_joined")]
    LocationJoined { location: LocationId },
    /// They belong to it no longer.
    #[serde(rename = "user.location_left")]
    LocationLeft { location: LocationId },
}

/// What is known of a person (D.T1, E.T1).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserDetails {
    pub email: Personal<Email>,
    pub first_name: Personal<Text<128>>,
    pub last_name: Option<Personal<Text<128>>>,
    /// At least one.
    pub roles: Vec<Role>,
    #[serde(default)]
    pub location: Option<LocationId>,
    #[serde(default)]
    pub profile_image_url: Option<Link>,
}

#[derive(Debug, thiserror::Error, PartialEq)]
pub enum UserRefusal {
    #[error("no such user")]
    Unknown,
    #[error("a user with this id exists already")]
    AlreadyCreated,
    #[error("roles must name at least one role and none twice")]
    NoRole,
    #[error("only a super admin may make a super admin")]
    RoleAboveYours,
}

impl Refusal for UserRefusal {
    fn code(&self) -> &'static str {
        match self {
            UserRefusal::Unknown => "unknown_user",
            UserRefusal::AlreadyCreated => "already_created",
            UserRefusal::NoRole => "no_role",
            UserRefusal::RoleAboveYours => "role_above_yours",
        }
    }
    fn kind(&self) -> Kind {
        match self {
            UserRefusal::Unknown => Kind::Missing,
            UserRefusal::AlreadyCreated => Kind::Taken { field: "id" },
            UserRefusal::NoRole | UserRefusal::RoleAboveYours => Kind::Invalid { field: "roles" },
        }
    }
}

/// A user as decisions see them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct User {
    details: Option<UserDetails>,
    active: bool,
    /// The locations to whose staff they belong, besides the one where they sit.
    staff_of: BTreeSet<LocationId>,
}

impl Aggregate for User {
    const CATEGORY: &'static str = "user";
    type Event = UserEvent;
    type Refusal = UserRefusal;

    fn evolve(&mut self, event: &UserEvent) {
        match event {
            UserEvent::Created { details } => {
                self.details = Some(details.clone());
                self.active = true;
            }
            UserEvent::Updated { details } => self.details = Some(details.clone()),
            UserEvent::Deactivated { .. } => self.active = false,
            UserEvent::Reactivated {} => self.active = true,
            UserEvent::LocationJoined { location } => {
                self.staff_of.insert(*location);
            }
            UserEvent::LocationLeft { location } => {
                self.staff_of.remove(location);
            }
            UserEvent::PasswordChanged {}
            | UserEvent::LoggedIn { .. }
            | UserEvent::LoginRefused { .. }
            | UserEvent::SessionRefreshed {}
            | UserEvent::LoggedOut {} => {}
        }
    }
}

impl User {
    /// Creates the account. `by` is what the creator may do: nobody hands out more than a super admin's word allows.
    pub fn create(&self, details: UserDetails, by: &dyn Fn(Permission) -> bool) -> Decision<User> {
        match &self.details {
            Some(_) => Err(UserRefusal::AlreadyCreated),
            None => details.check(None, by).map(|()| vec![UserEvent::Created { details }]),
        }
    }

    pub fn details(&self) -> Result<&UserDetails, UserRefusal> {
        self.details.as_ref().ok_or(UserRefusal::Unknown)
    }

    pub fn update(&self, details: UserDetails, by: &dyn Fn(Permission) -> bool) -> Decision<User> {
        let known = self.details()?;
        details.check(Some(known), by)?;
        Ok(if *known == details { vec![] } else { vec![UserEvent::Updated { details }] })
    }

    pub fn deactivate(&self, reason: Option<String>, by: &dyn Fn(Permission) -> bool) -> Decision<User> {
        self.may_touch(by)?;
        Ok(if self.active { vec![UserEvent::Deactivated { reason }] } else { vec![] })
    }

    pub fn reactivate(&self, by: &dyn Fn(Permission) -> bool) -> Decision<User> {
        self.may_touch(by)?;
        Ok(if self.active { vec![] } else { vec![UserEvent::Reactivated {}] })
    }

    /// Notes a new password.
    pub fn change_password(&self, by: &dyn Fn(Permission) -> bool) -> Decision<User> {
        self.may_touch(by)?;
        Ok(vec![UserEvent::PasswordChanged {}])
    }

    /// Notes something about signing in or out.
    pub fn note(&self, event: UserEvent) -> Decision<User> {
        self.details()?;
        Ok(vec![event])
    }

    /// Puts them on the staff of a location.
    pub fn join(&self, location: LocationId) -> Decision<User> {
        self.details()?;
        Ok(if self.staff_of.contains(&location) { vec![] } else { vec![UserEvent::LocationJoined { location }] })
    }

    /// Takes them off it.
    pub fn leave(&self, location: LocationId) -> Decision<User> {
        self.details()?;
        Ok(if self.staff_of.contains(&location) { vec![UserEvent::LocationLeft { location }] } else { vec![] })
    }

    /// All locations they belong to: where they sit, and those whose staff they are.
    pub fn locations(&self) -> BTreeSet<LocationId> {
        let sits = self.details.as_ref().and_then(|details| details.location);
        self.staff_of.iter().copied().chain(sits).collect()
    }

    /// Whose calls, shifts and figures they see (B.R3, B.X4). Of their roles the furthest counts among those that read calls at all:
    /// a case worker who also takes calls sees their own ones.
    pub fn reach(&self) -> Reach {
        let reading = self.roles().iter().filter(|role| role.permissions().contains(&Permission::ReadCalls));
        match reading.map(|role| role.scope()).max().unwrap_or(Scope::Own) {
            Scope::Tenant | Scope::All => Reach::Tenant,
            Scope::Location | Scope::Node | Scope::Team => Reach::Locations(self.locations()),
            Scope::Own => Reach::Own,
        }
    }

    pub fn is_active(&self) -> bool {
        self.active
    }

    pub fn roles(&self) -> &[Role] {
        self.details.as_ref().map_or(&[], |details| &details.roles)
    }

    /// Whether any of their roles allows it, while the account is open.
    pub fn may(&self, permission: Permission) -> bool {
        self.active && self.roles().iter().any(|role| role.permissions().contains(&permission))
    }

    /// The furthest their roles reach.
    pub fn scope(&self) -> Scope {
        self.roles().iter().map(|role| role.scope()).max().unwrap_or(Scope::Own)
    }

    /// Nobody but a super admin touches a super admin's account.
    fn may_touch(&self, by: &dyn Fn(Permission) -> bool) -> Result<(), UserRefusal> {
        let known = self.details()?;
        match known.roles.contains(&Role::SuperAdmin) && !by(Permission::ManageCompanies) {
            true => Err(UserRefusal::RoleAboveYours),
            false => Ok(()),
        }
    }
}

impl UserDetails {
    fn check(&self, known: Option<&UserDetails>, by: &dyn Fn(Permission) -> bool) -> Result<(), UserRefusal> {
        let mut roles = self.roles.clone();
        roles.sort();
        roles.dedup();
        if roles.is_empty() || roles.len() != self.roles.len() {
            return Err(UserRefusal::NoRole);
        }
        let super_admin = |details: &UserDetails| details.roles.contains(&Role::SuperAdmin);
        match (super_admin(self) || known.is_some_and(super_admin)) && !by(Permission::ManageCompanies) {
            true => Err(UserRefusal::RoleAboveYours),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{given, round_trips};

    fn details(roles: &[Role]) -> UserDetails {
        UserDetails {
            email: Personal::new("ada@example.com".try_into().unwrap()),
            first_name: Personal::new("Ada".try_into().unwrap()),
            last_name: None,
            roles: roles.to_vec(),
            location: None,
            profile_image_url: None,
        }
    }

    const ADMIN: fn(Permission) -> bool = |p| Role::CompanyAdmin.permissions().contains(&p);
    const SUPER: fn(Permission) -> bool = |p| Role::SuperAdmin.permissions().contains(&p);

    #[test]
    fn nobody_makes_more_of_another_than_they_are() {
        let boss = details(&[Role::SuperAdmin]);
        given::<User>([]).when(|u| u.create(boss.clone(), &ADMIN)).refused(UserRefusal::RoleAboveYours);
        given::<User>([]).when(|u| u.create(boss.clone(), &SUPER)).then([UserEvent::Created { details: boss.clone() }]);
        let created = UserEvent::Created { details: boss };
        given([created.clone()]).when(|u: &User| u.deactivate(None, &ADMIN)).refused(UserRefusal::RoleAboveYours);
        given([created]).when(|u: &User| u.update(details(&[Role::Staff]), &ADMIN)).refused(UserRefusal::RoleAboveYours);
    }

    #[test]
    fn a_user_has_a_role_and_a_closed_account_may_nothing() {
        given::<User>([]).when(|u| u.create(details(&[]), &SUPER)).refused(UserRefusal::NoRole);
        given::<User>([]).when(|u| u.create(details(&[Role::Agent, Role::Agent]), &SUPER)).refused(UserRefusal::NoRole);
        let mut user = User::default();
        user.evolve(&UserEvent::Created { details: details(&[Role::Agent]) });
        assert!(user.may(Permission::WorkCases) && !user.may(Permission::ManageUsers));
        user.evolve(&UserEvent::Deactivated { reason: None });
        assert!(!user.may(Permission::WorkCases));
    }

    #[test]
    fn a_supervisor_reaches_where_they_sit_and_whose_staff_they_are() {
        let there = |n: u128| LocationId(uuid::Uuid::from_u128(n));
        let sitting = UserDetails { location: Some(there(1)), ..details(&[Role::Supervisor]) };
        let joined = UserEvent::LocationJoined { location: there(2) };
        let history = [UserEvent::Created { details: sitting }, joined.clone()];
        given(history.clone()).when(|u: &User| u.join(there(2))).then([]);
        given(history.clone()).when(|u: &User| u.leave(there(2))).then([UserEvent::LocationLeft { location: there(2) }]);
        given(history.clone()).when(|u: &User| u.leave(there(3))).then([]);
        let user: User = crate::aggregate::fold(&history);
        assert_eq!(user.reach(), Reach::Locations([there(1), there(2)].into()));
        let reach = |role| crate::aggregate::fold::<User>(&[UserEvent::Created { details: details(&[role]) }]).reach();
        assert_eq!((reach(Role::Agent), reach(Role::Manager)), (Reach::Own, Reach::Tenant));
        let both = UserEvent::Created { details: details(&[Role::CaseWorker, Role::Agent]) };
        assert_eq!(crate::aggregate::fold::<User>(&[both]).reach(), Reach::Own, "cases of all, but calls of their own");
        round_trips("user.location_joined", joined);
    }

    #[test]
    fn events_survive_storage() {
        round_trips("user.created", UserEvent::Created { details: details(&[Role::Agent]) });
        round_trips("user.logged_in", UserEvent::LoggedIn { address: Some(Personal::new("127.0.0.1".into())) });
    }
}
