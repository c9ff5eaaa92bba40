//! The very first start: a company and somebody who may let others in.

use crate::auth::Password;
use crate::house::{House, NotOpened};
use commands::organization::user::CreateUser;
use commands::{Ask, Principal};
use domain::organization::{role::Role, user::User};
use domain::{Email, TenantId, Text};
use uuid::Uuid;

/// The address of the first super admin.
pub const ADMIN: &str = "admin@docket.local";
/// The name of the first company.
pub const COMPANY: &str = "default";

/// Creates the first company and super admin if they are not there yet; the password is given out this once.
pub async fn bootstrap(house: &House) -> Result<Option<Password>, NotOpened> {
    let tenant = crate::import::tenant_id(COMPANY);
    let admin = Uuid::new_v5(&tenant.0, ADMIN.as_bytes());
    let failed = |why: String| NotOpened::Bootstrap(format!("the first account could not be made: {why}"));
    let (user, version) = house.commands.state::<User>(tenant, admin).await.map_err(|error| failed(error.to_string()))?;
    if version > 0 {
        // Cut off between account and password, it is finished here; otherwise there is nothing to do.
        let kept = house.vault.password_hash(admin.into()).await.map_err(|error| failed(error.message))?;
        if kept.is_some() || !user.is_active() {
            return Ok(None);
        }
    } else {
        company_and_admin(house, tenant, admin).await.map_err(failed)?;
    }
    let password = Password::random();
    let hash = house.passwords.hash(password.clone()).await.map_err(|error| failed(error.message))?;
    let now = house.commands.now();
    house.vault.keep_password(tenant, admin.into(), &hash, now).await.map_err(|error| failed(error.message))?;
    Ok(Some(password))
}

async fn company_and_admin(house: &House, tenant: TenantId, admin: Uuid) -> Result<(), String> {
    let who = Principal::operator(tenant);
    let said = |error: commands::Error| error.to_string();
    crate::import::tenant(&house.commands, COMPANY).await.map_err(|error| error.to_string())?;
    let user = CreateUser {
        email: Email::try_from(ADMIN)?,
        first_name: Text::try_from("Admin")?,
        last_name: None,
        roles: vec![Role::SuperAdmin],
        location_id: None,
        profile_image_url: None,
    };
    house.commands.execute(&who, Ask::new(user).on(admin)).await.map_err(said)?;
    Ok(())
}
