//! The people of a company: who may sign in, as what, and who no longer.

mod body;

use crate::auth::{Caller, Password};
use crate::error::Error;
use crate::extract::{Body, Circumstances, Id, Params};
use crate::{Answer, House};
use actix_web::{HttpResponse, web};
use body::{Change, Create, Done, NewUser, User, Wanted, WantedHere};
use commands::organization::user::{ChangePassword, CreateUser, DeactivateUser, UpdateUser};
use commands::{Ask, Principal};
use domain::organization::role::{Permission, Role};
use domain::organization::user::User as Account;
use domain::{LocationId, TenantId, UserId};
use projections::organization::people::{self, PeopleFilter, Person};
use projections::{Listing, Page};
use uuid::Uuid;

/// Who is signed in (D.E4).
#[utoipa::path(get, path = "/api/auth/user", tag = "signing in", responses((status = 200, body = User)))]
pub async fn current(house: web::Data<House>, caller: Caller) -> Result<Answer<User>, Error> {
    show(&house, caller.home, caller.user).await
}

/// The users of all companies, in the order in which they came (D.E5). `X-Total-Count` says how many there are in all.
#[utoipa::path(get, path = "/api/users", tag = "users", params(Wanted), responses((status = 200, body = Vec<User>,
    headers(("X-Total-Count" = i64, description = "How many there are in all.")))))]
pub async fn list(house: web::Data<House>, wanted: Params<Wanted>) -> Result<HttpResponse, Error> {
    let Params(Wanted { company_id, search, page, limit }) = wanted;
    let page = paged(page, limit)?;
    let filter = PeopleFilter { tenant: company_id.map(TenantId), text: search, ..Default::default() };
    let found = house.reader.every_tenant(move |conn| Box::pin(async move { people::list(conn, &filter, page).await })).await?;
    Ok(listed(found))
}

/// The users of a company (D.E12). `X-Total-Count` says how many there are in all.
#[utoipa::path(get, path = "/api/companies/{id}/users", tag = "users", params(("id" = Uuid, Path, description = "The company."), WantedHere),
    responses((status = 200, body = Vec<User>, headers(("X-Total-Count" = i64, description = "How many there are in all.")))))]
pub async fn of_company(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    wanted: Params<WantedHere>,
) -> Result<HttpResponse, Error> {
    let tenant = crate::companies::visible(&house, &caller, id).await?;
    let Params(WantedHere { search, page, limit }) = wanted;
    let page = paged(page, limit)?;
    let filter = PeopleFilter { tenant: Some(tenant), text: search, ..Default::default() };
    let found = house.reader.as_tenant(tenant, move |conn| Box::pin(async move { people::list(conn, &filter, page).await }));
    Ok(listed(found.await?))
}

/// Create a user (D.E6).
#[utoipa::path(post, path = "/api/users", tag = "users", request_body = Create, responses((status = 201, body = NewUser)))]
pub async fn create(
    house: web::Data<House>,
    caller: Caller,
    circumstances: Circumstances,
    body: Body<Create>,
) -> Result<Answer<NewUser>, Error> {
    let body = body.0;
    let tenant = body.company_id.map_or(caller.tenant(), TenantId);
    let who = acting_in(&caller, tenant).ok_or_else(|| Error::forbidden("Access denied"))?;
    let roles = roles(body.role, body.roles).unwrap_or_else(|| vec![Role::Agent]);
    // The same key means the same account, so that its password is kept only once.
    let named = |key: &String| Uuid::new_v5(&tenant.0, format!("user\u{1f}{key}").as_bytes());
    let id = UserId(circumstances.key.as_ref().map_or_else(Uuid::now_v7, named));
    let command = CreateUser {
        email: body.email,
        first_name: body.first_name,
        last_name: body.last_name,
        roles,
        location_id: body.location_id.map(LocationId),
        profile_image_url: body.profile_image_url,
    };
    let ask = circumstances.of(Ask::new(command).on(id));
    let chosen = body.password.is_some();
    let password = body.password.unwrap_or_else(Password::random);
    let initial = (!chosen).then(|| password.as_str().to_owned());
    let here = house.clone();
    let work = async move {
        let hash = here.passwords.hash(password).await?;
        let first = here.vault.keep_first_password(tenant, id, &hash, here.commands.now()).await?;
        match here.commands.execute(&who, ask).await {
            Ok(done) => {
                // A password from a try that was cut off before its command: nobody knows it.
                if !first && !done.replayed {
                    here.vault.keep_password(tenant, id, &hash, here.commands.now()).await?;
                }
                Ok(done)
            }
            Err(error) => {
                // What may yet have been recorded keeps its password.
                if first && !matches!(error, commands::Error::Unavailable(_)) {
                    here.vault.forget_password(id).await?;
                }
                Err(error.into())
            }
        }
    };
    let done = house.finish(work).await?;
    let (user, _) = card(&house, tenant, id, &done).await?;
    let initial_password = initial.filter(|_| !done.replayed);
    Ok(Answer::created(NewUser { user, initial_password }).after(&done))
}

/// Change a user (D.E7).
#[utoipa::path(patch, path = "/api/users/{id}", tag = "users", params(("id" = Uuid, Path, description = "The user.")),
    request_body = Change, responses((status = 200, body = User)))]
pub async fn change(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<Change>,
) -> Result<Answer<User>, Error> {
    let (id, body) = (UserId(id.0), body.0);
    let (tenant, account) = find(&house, &caller, id).await?;
    let who = acting_in(&caller, tenant).ok_or_else(|| Error::missing("user"))?;
    if body.is_active == Some(false) {
        not_oneself(&caller, id)?;
    }
    let closing = body.is_active == Some(false) && account.is_active();
    let command = UpdateUser {
        email: body.email,
        first_name: body.first_name,
        last_name: body.last_name,
        roles: roles(body.role, body.roles),
        location_id: body.location_id.map(|location| location.map(LocationId)),
        profile_image_url: body.profile_image_url,
        is_active: body.is_active,
    };
    let ask = circumstances.of(Ask::new(command).on(id));
    if body.password.is_some() {
        // Nobody but a super admin touches a super admin's password.
        account.change_password(&|permission| who.may(permission)).map_err(|refusal| Error::refused(&refusal))?;
    }
    let here = house.clone();
    let work = async move {
        let hash = match body.password {
            Some(password) => Some(here.passwords.hash(password).await?),
            None => None,
        };
        let mut done = here.commands.execute(&who, ask).await?;
        if let Some(hash) = hash.filter(|_| !done.replayed) {
            here.vault.keep_password(tenant, id, &hash, here.commands.now()).await?;
            let house = Principal::process(tenant, "user_administration");
            let noted = here.commands.execute(&house, Ask::new(ChangePassword {}).on(id)).await?;
            done = commands::Answer { unchanged: false, ..noted };
        }
        if closing {
            here.vault.end_sessions(id, here.commands.now()).await?;
        }
        Ok(done)
    };
    let done = house.finish(work).await?;
    let (user, _) = card(&house, tenant, id, &done).await?;
    Ok(Answer::ok(user).after(&done))
}

/// Close a user's account (D.E8). Its seat and its address are free again, its history stays.
#[utoipa::path(delete, path = "/api/users/{id}", tag = "users", params(("id" = Uuid, Path, description = "The user.")),
    responses((status = 200, body = Done)))]
pub async fn close(house: web::Data<House>, caller: Caller, id: Id, circumstances: Circumstances) -> Result<Answer<Done>, Error> {
    let id = UserId(id.0);
    let (tenant, _) = find(&house, &caller, id).await?;
    let who = acting_in(&caller, tenant).ok_or_else(|| Error::missing("user"))?;
    not_oneself(&caller, id)?;
    let ask = circumstances.of(Ask::new(DeactivateUser::default()).on(id));
    let here = house.clone();
    let work = async move {
        let done = here.commands.execute(&who, ask).await?;
        here.vault.end_sessions(id, here.commands.now()).await?;
        Ok(done)
    };
    let done = house.finish(work).await?;
    Ok(Answer::ok(Done { message: "User deactivated" }).after(&done))
}

/// Whoever closes their own account might be the last who can open any.
fn not_oneself(caller: &Caller, id: UserId) -> Result<(), Error> {
    if caller.user == id { Err(Error::conflict("you cannot close your own account")) } else { Ok(()) }
}

/// The caller in that company, if they may act there: their own, or any for those who manage companies.
fn acting_in(caller: &Caller, tenant: TenantId) -> Option<Principal> {
    match tenant == caller.tenant() || caller.may(Permission::ManageCompanies) {
        true => Some(Principal::user(tenant, caller.user, &caller.account)),
        false => None,
    }
}

/// Whose account it is, as far as the caller may know.
async fn find(house: &House, caller: &Caller, id: UserId) -> Result<(TenantId, std::sync::Arc<Account>), Error> {
    let tenant = caller.tenant();
    let (account, version) = house.commands.state::<Account>(tenant, id).await?;
    if version > 0 {
        return Ok((tenant, account));
    }
    if !caller.may(Permission::ManageCompanies) {
        return Err(Error::missing("user"));
    }
    let elsewhere = house.reader.every_tenant(move |conn| Box::pin(people::anywhere(conn, id))).await?;
    let tenant = elsewhere.ok_or_else(|| Error::missing("user"))?.tenant_id;
    Ok((tenant, house.commands.state::<Account>(tenant, id).await?.0))
}

/// The user after a command: as the screens show them, or what the log knows if they are behind.
async fn card(house: &House, tenant: TenantId, id: UserId, done: &commands::Answer) -> Result<(User, i64), Error> {
    if house.shows(done).await
        && let Ok(Some(person)) = house.reader.as_tenant(tenant, move |conn| Box::pin(people::card(conn, tenant, id))).await
    {
        let version = person.version;
        return Ok((person.into(), version));
    }
    let (account, version) = house.commands.state::<Account>(tenant, id).await?;
    Ok((User::from_account(tenant, id, &account), version))
}

async fn show(house: &House, tenant: TenantId, id: UserId) -> Result<Answer<User>, Error> {
    let nothing = commands::Answer { id: id.0, version: 0, position: None, unchanged: true, replayed: false };
    let (user, version) = card(house, tenant, id, &nothing).await?;
    Ok(Answer::ok(user).version(version))
}

/// `role` stands before `roles`; naming one twice is naming it once.
fn roles(role: Option<Role>, roles: Option<Vec<Role>>) -> Option<Vec<Role>> {
    if role.is_none() && roles.is_none() {
        return None;
    }
    let named = role.into_iter().chain(roles.into_iter().flatten());
    Some(named.fold(Vec::new(), |mut all, role| {
        if !all.contains(&role) {
            all.push(role);
        }
        all
    }))
}

/// The page that was asked for; 100 rows unless said otherwise.
pub fn paged(page: Option<u32>, limit: Option<u32>) -> Result<Page, Error> {
    match (page.unwrap_or(1), limit.unwrap_or(100)) {
        (page, _) if !(1..=1_000_000).contains(&page) => Err(Error::invalid("page", "must be from 1 to 1000000")),
        (_, limit) if !(1..=100).contains(&limit) => Err(Error::invalid("limit", "must be from 1 to 100")),
        (page, limit) => Ok(Page::number(page, limit)),
    }
}

fn listed(found: Listing<Person>) -> HttpResponse {
    let users: Vec<User> = found.rows.into_iter().map(User::from).collect();
    HttpResponse::Ok().insert_header(("X-Total-Count", found.total.to_string())).json(users)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn one_role_or_several_each_once() {
        assert_eq!(roles(Some(Role::Staff), None), Some(vec![Role::Staff]));
        assert_eq!(roles(None, None), None);
        assert_eq!(roles(Some(Role::Agent), Some(vec![Role::Staff, Role::Agent])), Some(vec![Role::Agent, Role::Staff]));
        assert_eq!(roles(None, Some(vec![])), Some(vec![]));
        assert!(paged(Some(0), None).is_err() && paged(None, Some(101)).is_err() && paged(Some(3), Some(7)).is_ok());
    }

    #[test]
    fn absent_stays_and_null_clears() {
        let change: Change = crate::extract::json(br#"{"lastName": null}"#).unwrap();
        assert_eq!((change.last_name, change.profile_image_url), (Some(None), None));
        assert!(crate::extract::json::<Change>(br#"{"companyId": "x"}"#).is_err());
    }
}
