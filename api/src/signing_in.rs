//! Coming and going: signing in with e-mail address and password, renewing a session, leaving, and a new password.

mod body;

use crate::auth::{Caller, throttle::STAFF, token::LIFETIME};
use crate::error::{Error, Kind};
use crate::extract::{self, Body};
use crate::face::Enveloped;
use crate::{Answer, House, http};
use actix_web::{HttpMessage, HttpRequest, web};
use body::{BareRenewal, BareSession, Credentials, Left, Me, NewPassword, PasswordForm, Renewal, Session, SessionUser};
use commands::organization::user::{ChangePassword, NoteSignIn, SignIn};
use commands::{Ask, Principal};
use domain::organization::role::Permission;
use domain::organization::{tenant::Tenant, user::User};
use domain::reservation::Reservation;
use domain::{Email, TenantId, Text, UserId};
use std::sync::Arc;

/// The one sentence for every sign-in that fails: it tells nobody who has an account here.
const WRONG: &str = "Incorrect email or password";

/// Sign in.
#[utoipa::path(post, path = "/api/auth/login", tag = "signing in", request_body = Credentials,
    responses((status = 200, body = Enveloped<Session>), (status = 401, description = "Incorrect email or password")))]
pub async fn login(house: web::Data<House>, request: HttpRequest, body: Body<Credentials>) -> Result<Answer<Session>, Error> {
    Ok(Answer::ok(sign_in(&house, &request, body.0).await?.session()))
}

/// Sign in, with JSON or with OAuth2's password form.
#[utoipa::path(post, path = "/api/v1/auth/token", tag = "signing in",
    request_body(content((Credentials = "application/json"), (PasswordForm = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = BareSession), (status = 401, description = "Incorrect email or password")))]
pub async fn token(house: web::Data<House>, request: HttpRequest, body: web::Payload) -> Result<Answer<BareSession>, Error> {
    let bytes = extract::bytes(&request, &mut body.into_inner()).await?;
    let credentials = match request.content_type().to_ascii_lowercase().as_str() {
        "application/json" => extract::object(&bytes)?,
        "application/x-www-form-urlencoded" => form(&bytes)?,
        _ => {
            let either = "the body must be application/json or application/x-www-form-urlencoded";
            return Err(Error::new(Kind::UnsupportedMedia, either));
        }
    };
    Ok(Answer::ok(sign_in(&house, &request, credentials).await?.bare()))
}

fn form(bytes: &[u8]) -> Result<Credentials, Error> {
    let text = std::str::from_utf8(bytes).map_err(|_| Error::malformed("the body is not valid UTF-8"))?;
    let form: PasswordForm = extract::params(text)?;
    match form.grant_type.as_deref() {
        None | Some("" | "password") => Ok(Credentials { email: form.username, password: form.password }),
        Some(_) => Err(Error::invalid("grant_type", "must be password")),
    }
}

/// Renew a session. The token is used up and another takes its place; a second use of it ends the session.
#[utoipa::path(post, path = "/api/auth/refresh", tag = "signing in", request_body = Renewal,
    responses((status = 200, body = Enveloped<Session>), (status = 401, description = "the session has ended")))]
pub async fn refresh(house: web::Data<House>, body: Body<Renewal>) -> Result<Answer<Session>, Error> {
    Ok(Answer::ok(renew(&house, body.0.refresh_token).await?.session()))
}

/// Renew a session. The token is used up and another takes its place; a second use of it ends the session.
#[utoipa::path(post, path = "/api/v1/auth/refresh", tag = "signing in", request_body = BareRenewal,
    responses((status = 200, body = BareSession), (status = 401, description = "the session has ended")))]
pub async fn refresh_bare(house: web::Data<House>, body: Body<BareRenewal>) -> Result<Answer<BareSession>, Error> {
    Ok(Answer::ok(renew(&house, body.0.refresh_token).await?.bare()))
}

/// Sign out: ends the session that this token renews. One that has ended already stays so.
#[utoipa::path(post, path = "/api/auth/logout", tag = "signing in", request_body = Renewal,
    responses((status = 200, body = Enveloped<Left>)))]
pub async fn logout(house: web::Data<House>, body: Body<Renewal>) -> Result<Answer<Left>, Error> {
    leave(&house, body.0.refresh_token).await
}

/// Sign out: ends the session that this token renews. One that has ended already stays so.
#[utoipa::path(post, path = "/api/v1/auth/logout", tag = "signing in", request_body = BareRenewal,
    responses((status = 200, body = Left)))]
pub async fn logout_bare(house: web::Data<House>, body: Body<BareRenewal>) -> Result<Answer<Left>, Error> {
    leave(&house, body.0.refresh_token).await
}

/// Give oneself a new password. All sessions end; the answer is a new one.
#[utoipa::path(post, path = "/api/auth/password", tag = "signing in", request_body = NewPassword,
    responses((status = 200, body = Enveloped<Session>)))]
pub async fn password(
    house: web::Data<House>,
    caller: Caller,
    request: HttpRequest,
    body: Body<NewPassword>,
) -> Result<Answer<Session>, Error> {
    let address = http::address(&request, house.config.behind_proxy);
    let Body(NewPassword { current_password, new_password }) = body;
    let person = Person { tenant: caller.home, id: caller.user, account: caller.account };
    let here = house.clone();
    let open = here.finish(async move {
        let current = Credentials { email: person.email(), password: current_password };
        if !matches(&house, &current, &address, Some(&person)).await? {
            note(&house, &person, SignIn::WrongPassword, Some(address)).await?;
            return Err(Error::invalid("currentPassword", "is not your password"));
        }
        let hash = house.passwords.hash(new_password).await?;
        house.vault.keep_password(person.tenant, person.id, &hash, house.commands.now()).await?;
        as_sign_in(&house, &person, Ask::new(ChangePassword {})).await?;
        begin(&house, person).await
    });
    Ok(Answer::ok(open.await?.session()))
}

/// Who is signed in.
#[utoipa::path(get, path = "/api/v1/auth/me", tag = "signing in", responses((status = 200, body = Me)))]
pub async fn me(house: web::Data<House>, caller: Caller) -> Result<Answer<Me>, Error> {
    let (home, user) = (caller.home, caller.user);
    let known = house.reader.as_tenant(home, move |conn| Box::pin(projections::organization::people::card(conn, home, user)));
    let created_at = known.await?.map(|person| person.created_at);
    let (tenant, _) = house.commands.state::<Tenant>(home, home).await?;
    let person = Person { tenant: home, id: user, account: caller.account };
    let SessionUser { id, email, first_name, last_name, roles, company_id } = person.shown();
    let mut permissions: Vec<_> = roles.iter().flat_map(|role| role.permissions()).copied().collect();
    permissions.sort();
    permissions.dedup();
    Ok(Answer::ok(Me {
        id,
        username: email.clone(),
        email,
        full_name: [first_name.as_deref(), last_name.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" "),
        first_name,
        last_name,
        role: roles.first().copied(),
        roles,
        is_active: person.account.is_active(),
        tenant_id: company_id,
        tenant_name: tenant.details().ok().map(|details| details.name.to_string()),
        permissions,
        created_at,
    }))
}

/// Somebody with an account.
struct Person {
    tenant: TenantId,
    id: UserId,
    account: Arc<User>,
}

impl Person {
    /// Whoever has this address, open or closed.
    async fn find(house: &House, email: &str) -> Result<Option<Self>, Error> {
        let Ok(email) = Email::try_from(email) else { return Ok(None) };
        let (held, _) = house.commands.state_of::<Reservation>(Reservation::of_email(&email)).await?;
        let Some((tenant, id)) = held.holder else { return Ok(None) };
        Self::of(house, tenant, UserId(id)).await.map(Some)
    }

    async fn of(house: &House, tenant: TenantId, id: UserId) -> Result<Self, Error> {
        let (account, _) = house.commands.state::<User>(tenant, id).await?;
        Ok(Self { tenant, id, account })
    }

    /// Account and company are open.
    async fn may_come_in(&self, house: &House) -> Result<bool, Error> {
        let (tenant, _) = house.commands.state::<Tenant>(self.tenant, self.tenant).await?;
        let open = tenant.is_active() || self.account.may(Permission::ManageCompanies);
        Ok(self.account.is_active() && open)
    }

    fn email(&self) -> String {
        self.account.details().ok().and_then(|details| details.email.known()).map_or_else(String::new, Email::to_string)
    }

    fn shown(&self) -> SessionUser {
        let details = self.account.details().ok();
        SessionUser {
            id: self.id.0,
            email: self.email(),
            first_name: details.and_then(|details| details.first_name.known()).map(ToString::to_string),
            last_name: details.and_then(|details| details.last_name.as_ref()?.known()).map(ToString::to_string),
            roles: self.account.roles().to_vec(),
            company_id: self.tenant.0,
        }
    }
}

/// A session that was begun or renewed, with its two tokens.
struct Open {
    person: Person,
    access_token: String,
    refresh_token: String,
}

impl Open {
    fn session(self) -> Session {
        Session {
            user: self.person.shown(),
            token: self.access_token,
            token_type: "bearer",
            expires_in: LIFETIME,
            refresh_token: self.refresh_token,
        }
    }

    fn bare(self) -> BareSession {
        let Self { access_token, refresh_token, .. } = self;
        BareSession { access_token, token_type: "bearer", expires_in: LIFETIME, refresh_token }
    }
}

async fn sign_in(house: &House, request: &HttpRequest, credentials: Credentials) -> Result<Open, Error> {
    let (here, address) = (house.clone(), http::address(request, house.config.behind_proxy));
    let work = async move {
        let person = Person::find(&here, &credentials.email).await?;
        let right = matches(&here, &credentials, &address, person.as_ref()).await?;
        match person {
            Some(person) if right && person.may_come_in(&here).await? => {
                note(&here, &person, SignIn::LoggedIn, Some(address)).await?;
                begin(&here, person).await
            }
            Some(person) if !right => {
                note(&here, &person, SignIn::WrongPassword, Some(address)).await?;
                Err(Error::unauthenticated(WRONG))
            }
            _ => Err(Error::unauthenticated(WRONG)),
        }
    };
    house.finish(work).await
}

/// Whether it is the person's password. Tries are counted before it is looked at, and nobody's password takes as long.
async fn matches(house: &House, given: &Credentials, address: &str, person: Option<&Person>) -> Result<bool, Error> {
    let attempt = house.vault.attempt(&STAFF, &given.email, address, house.commands.now()).await?;
    let kept = match person {
        Some(person) => house.vault.password_hash(person.id).await?,
        None => None,
    };
    match house.passwords.verify(given.password.clone(), kept).await {
        Ok(true) => house.vault.succeeded(&attempt).await.map(|()| true),
        Ok(false) => Ok(false),
        Err(busy) => {
            house.vault.not_tried(&attempt).await?;
            Err(busy)
        }
    }
}

async fn begin(house: &House, person: Person) -> Result<Open, Error> {
    let session = house.vault.begin_session(person.tenant, person.id, house.commands.now()).await?;
    open(house, person, session.refresh_token)
}

fn open(house: &House, person: Person, refresh_token: String) -> Result<Open, Error> {
    let role = person.account.roles().first().map_or("", |role| role.word());
    let access_token = house.tokens.issue(&person.email(), person.id, person.tenant, role, house.commands.now())?;
    Ok(Open { person, access_token, refresh_token })
}

async fn renew(house: &House, token: String) -> Result<Open, Error> {
    let here = house.clone();
    let work = async move {
        let session = here.vault.renew_session(&token, here.commands.now()).await?;
        let person = Person::of(&here, session.tenant, session.user).await?;
        if !person.may_come_in(&here).await? {
            here.vault.end_session(&token, here.commands.now()).await?;
            return Err(Error::unauthenticated("the session has ended; sign in again"));
        }
        note(&here, &person, SignIn::Refreshed, None).await?;
        open(&here, person, session.refresh_token)
    };
    house.finish(work).await
}

async fn leave(house: &House, token: String) -> Result<Answer<Left>, Error> {
    let here = house.clone();
    let work = async move {
        if let Some((tenant, user)) = here.vault.end_session(&token, here.commands.now()).await? {
            let person = Person::of(&here, tenant, user).await?;
            note(&here, &person, SignIn::LoggedOut, None).await?;
        }
        Ok(Answer::ok(Left { message: "Signed out" }))
    };
    house.finish(work).await
}

/// Puts on record what happened at the door (K10).
async fn note(house: &House, person: &Person, what: SignIn, address: Option<String>) -> Result<(), Error> {
    as_sign_in(house, person, Ask::new(NoteSignIn { what, address: address.and_then(|address| Text::try_from(address).ok()) }))
        .await
}

async fn as_sign_in(house: &House, person: &Person, ask: Ask) -> Result<(), Error> {
    house.commands.execute(&Principal::process(person.tenant, "sign_in"), ask.on(person.id)).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_form_of_oauth2_clients_is_read_and_other_grants_are_not() {
        let read =
            form(b"grant_type=password&username=ada%40example.com&password=p%26q&scope=&client_id=&client_secret=").unwrap();
        assert_eq!((read.email.as_str(), read.password.as_str()), ("ada@example.com", "p&q"));
        assert!(form(b"username=a&password=b").is_ok());
        let field = |body: &[u8]| form(body).err().unwrap().details.unwrap().field.unwrap();
        assert_eq!(field(b"grant_type=refresh_token&username=a&password=b"), "grant_type");
        assert_eq!(field(b"username=a"), "password");
        assert_eq!(field(b"username=a&password=b&otp=1"), "otp");
        assert_eq!(form(b"username=\xff&password=b").err().unwrap().kind, Kind::Malformed);
    }

    #[test]
    fn both_names_of_the_address_are_known_and_nothing_is_read_twice() {
        assert!(extract::json::<Credentials>(br#"{"username": "a", "password": "b"}"#).is_ok());
        assert!(extract::json::<Credentials>(br#"{"email": "a", "password": "b", "x": 1}"#).is_err());
        assert!(extract::json::<Credentials>(br#"{"email": "a", "username": "a", "password": "b"}"#).is_err());
    }
}
