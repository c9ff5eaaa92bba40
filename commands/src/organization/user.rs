//! Everything that may be asked about a person's account. Passwords never come through here.

use crate::{Command, Error, On, Work};
use domain::cases::customer::given;
use domain::organization::location::Location;
use domain::organization::role::{Permission, Role};
use domain::organization::tenant::Tenant;
use domain::organization::user::{User, UserDetails, UserEvent};
use domain::reservation::Reservation;
use domain::{Email, Link, LocationId, Personal, StreamId, Text, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Creates an account with a seat of the company and an address nobody else has (D.E6).
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateUser {
    pub email: Email,
    pub first_name: Text<128>,
    #[serde(default)]
    pub last_name: Option<Text<128>>,
    pub roles: Vec<Role>,
    #[serde(default)]
    pub location_id: Option<LocationId>,
    #[serde(default)]
    pub profile_image_url: Option<Link>,
}

impl Command for CreateUser {
    const NAME: &'static str = "CreateUser";
    const MAY: Permission = Permission::ManageUsers;
    const ON: On = On::New;
    const EXAMPLE: &'static str =
        r#"{"email":"ada@example.com","firstName":"Ada","lastName":"Lovelace","roles":["case_worker"]}"#;
    type Target = User;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let details = UserDetails {
            email: Personal::new(self.email.clone()),
            first_name: Personal::new(self.first_name.clone()),
            last_name: self.last_name.clone().map(Personal::new),
            roles: self.roles.clone(),
            location: self.location_id,
            profile_image_url: self.profile_image_url.clone(),
        };
        known_location(self.location_id, work).await?;
        let who = work.who().clone();
        work.change::<User>(on, |user, _| user.create(details, &|p| who.may(p))).await?;
        seat(on, work).await?;
        take_address(&self.email, on, work).await
    }
}

/// Changes an account; absent stays, `null` clears (D.E7).
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct UpdateUser {
    pub email: Option<Email>,
    pub first_name: Option<Text<128>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub last_name: Option<Option<Text<128>>>,
    pub roles: Option<Vec<Role>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub location_id: Option<Option<LocationId>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub profile_image_url: Option<Option<Link>>,
    /// `false` closes the account, `true` opens it again, in one with the other changes.
    pub is_active: Option<bool>,
}

impl Command for UpdateUser {
    const NAME: &'static str = "UpdateUser";
    const MAY: Permission = Permission::ManageUsers;
    const EXAMPLE: &'static str = r#"{"lastName":"King","roles":["supervisor"]}"#;
    type Target = User;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let user = work.load::<User>(on).await?;
        let known = user.details()?.clone();
        let old_email = known.email.known().cloned();
        let details = UserDetails {
            email: self.email.clone().map_or(known.email, Personal::new),
            first_name: self.first_name.clone().map_or(known.first_name, Personal::new),
            last_name: self.last_name.clone().map_or(known.last_name, |new| new.map(Personal::new)),
            roles: self.roles.clone().unwrap_or(known.roles),
            location: self.location_id.unwrap_or(known.location),
            profile_image_url: self.profile_image_url.clone().unwrap_or(known.profile_image_url),
        };
        known_location(self.location_id.flatten(), work).await?;
        let who = work.who().clone();
        let new_email = details.email.known().cloned();
        work.change::<User>(on, |user, _| user.update(details, &|p| who.may(p))).await?;
        match (user.is_active(), self.is_active.unwrap_or(user.is_active())) {
            (true, false) => close(on, None, old_email, work).await,
            (false, true) => open(on, new_email, work).await,
            (true, true) => match (new_email, old_email) {
                (Some(new), Some(old)) if new.folded() != old.folded() => {
                    release_address(&old, on, work).await?;
                    take_address(&new, on, work).await
                }
                _ => Ok(()),
            },
            (false, false) => Ok(()),
        }
    }
}

/// Closes an account: its seat and its address are free again, its history stays (D.E8).
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DeactivateUser {
    pub reason: Option<Text<1000>>,
}

impl Command for DeactivateUser {
    const NAME: &'static str = "DeactivateUser";
    const MAY: Permission = Permission::ManageUsers;
    const EXAMPLE: &'static str = r#"{"reason":"left the company"}"#;
    type Target = User;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let reason = self.reason.as_ref().map(Text::to_string);
        let email = work.load::<User>(on).await?.details()?.email.known().cloned();
        close(on, reason, email, work).await
    }
}

/// Opens a closed account again, if a seat is left and nobody has its address by now.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReactivateUser {}

impl Command for ReactivateUser {
    const NAME: &'static str = "ReactivateUser";
    const MAY: Permission = Permission::ManageUsers;
    const EXAMPLE: &'static str = "{}";
    type Target = User;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let email = work.load::<User>(on).await?.details()?.email.known().cloned();
        open(on, email, work).await
    }
}

/// Puts somebody on the staff of a location: what happens there is theirs to see, if their role looks after a location (B.T8).
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JoinLocation {
    pub location: LocationId,
}

impl Command for JoinLocation {
    const NAME: &'static str = "JoinLocation";
    const MAY: Permission = Permission::ManageUsers;
    const EXAMPLE: &'static str = r#"{"location":"0190a5d2-0000-7000-8000-000000000001"}"#;
    type Target = User;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        work.load::<User>(on).await?.details()?;
        known_location(Some(self.location), work).await?;
        work.change::<User>(on, |user, _| user.join(self.location)).await?;
        Ok(())
    }
}

/// Takes them off it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeaveLocation {
    pub location: LocationId,
}

impl Command for LeaveLocation {
    const NAME: &'static str = "LeaveLocation";
    const MAY: Permission = Permission::ManageUsers;
    const EXAMPLE: &'static str = r#"{"location":"0190a5d2-0000-7000-8000-000000000001"}"#;
    type Target = User;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        work.change::<User>(on, |user, _| user.leave(self.location)).await?;
        Ok(())
    }
}

/// Puts on record that an account has a new password; the password itself is kept outside the log.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {}

impl Command for ChangePassword {
    const NAME: &'static str = "ChangePassword";
    const MAY: Permission = Permission::RunProcesses;
    const EXAMPLE: &'static str = "{}";
    type Target = User;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        work.change::<User>(on, |user, _| user.note(UserEvent::PasswordChanged {})).await?;
        Ok(())
    }
}

/// Puts on record what happened at the door: who signed in, was refused, renewed a session or left (K10).
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NoteSignIn {
    pub what: SignIn,
    #[serde(default)]
    pub address: Option<Text<64>>,
}

/// What happened at the door.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignIn {
    LoggedIn,
    WrongPassword,
    Refreshed,
    LoggedOut,
}

impl Command for NoteSignIn {
    const NAME: &'static str = "NoteSignIn";
    const MAY: Permission = Permission::RunProcesses;
    const EXAMPLE: &'static str = r#"{"what":"logged_in","address":"192.0.2.7"}"#;
    type Target = User;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let address = self.address.as_ref().map(|address| Personal::new(address.to_string()));
        let event = match self.what {
            SignIn::LoggedIn => UserEvent::LoggedIn { address },
            SignIn::WrongPassword => UserEvent::LoginRefused { address, reason: "wrong password".into() },
            SignIn::Refreshed => UserEvent::SessionRefreshed {},
            SignIn::LoggedOut => UserEvent::LoggedOut {},
        };
        work.change::<User>(on, |user, _| user.note(event)).await?;
        Ok(())
    }
}

/// Closes the account, unless it is closed already.
async fn close(on: Uuid, reason: Option<String>, email: Option<Email>, work: &mut Work) -> Result<(), Error> {
    let who = work.who().clone();
    let was_active = work.load::<User>(on).await?.is_active();
    work.change::<User>(on, |user, _| user.deactivate(reason, &|p| who.may(p))).await?;
    if !was_active {
        return Ok(());
    }
    let tenant = work.stamp().tenant;
    work.exclusive(&StreamId::of::<Tenant>(tenant, tenant)).await;
    work.change::<Tenant>(tenant, |tenant, _| tenant.unseat(UserId(on))).await?;
    match email {
        Some(email) => release_address(&email, on, work).await,
        None => Ok(()),
    }
}

/// Opens the account, unless it is open already.
async fn open(on: Uuid, email: Option<Email>, work: &mut Work) -> Result<(), Error> {
    let who = work.who().clone();
    let was_active = work.load::<User>(on).await?.is_active();
    work.change::<User>(on, |user, _| user.reactivate(&|p| who.may(p))).await?;
    if was_active {
        return Ok(());
    }
    seat(on, work).await?;
    match email {
        Some(email) => take_address(&email, on, work).await,
        None => Ok(()),
    }
}

async fn seat(on: Uuid, work: &mut Work) -> Result<(), Error> {
    let tenant = work.stamp().tenant;
    work.exclusive(&StreamId::of::<Tenant>(tenant, tenant)).await;
    work.change::<Tenant>(tenant, |tenant, _| tenant.seat(UserId(on))).await?;
    Ok(())
}

async fn take_address(email: &Email, on: Uuid, work: &mut Work) -> Result<(), Error> {
    let tenant = work.stamp().tenant;
    let take = |held: &Reservation, _: &_| held.take("email", "email", tenant, on);
    work.change_stream::<Reservation>(Reservation::of_email(email), take).await?;
    Ok(())
}

async fn release_address(email: &Email, on: Uuid, work: &mut Work) -> Result<(), Error> {
    work.change_stream::<Reservation>(Reservation::of_email(email), |held, _| held.release(on)).await?;
    Ok(())
}

async fn known_location(location: Option<LocationId>, work: &mut Work) -> Result<(), Error> {
    if let Some(location) = location {
        work.load::<Location>(location).await?.name()?;
    }
    Ok(())
}
