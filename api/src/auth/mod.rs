//! Who is asking: from a token to a person with permissions, checked anew at every request.

pub mod password;
pub mod portal;
pub mod throttle;
pub mod token;
pub mod vault;

pub use password::{Password, Passwords};
pub use portal::PortalTokens;
pub use token::{Claims, Tokens};
pub use vault::Vault;

use crate::{error::Error, extract, house::House};
use actix_web::http::header::{self, HeaderMap};
use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload};
use commands::Principal;
use domain::organization::role::{Permission, Scope};
use domain::organization::{tenant::Tenant, user::User};
use domain::{TenantId, UserId};
use projections::Viewer;
use std::future::{Ready, ready};
use std::sync::Arc;

/// A signed-in person, as the door let them in. A handler takes one as an argument.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who they are to commands; its tenant is the one they act in.
    pub principal: Principal,
    pub user: UserId,
    /// The tenant their account belongs to.
    pub home: TenantId,
    pub account: Arc<User>,
    /// What their token says.
    pub claims: Claims,
}

impl Caller {
    /// The tenant they act in.
    pub fn tenant(&self) -> TenantId {
        self.principal.tenant
    }

    pub fn may(&self, permission: Permission) -> bool {
        self.principal.may(permission)
    }

    /// How far they see among calls, shifts and figures (B.R3).
    pub fn viewer(&self) -> Viewer {
        Viewer { user: self.user.0, reach: self.principal.reach.clone() }
    }

    /// The person behind the request's token, if the account is still open. `spare` is a token that came otherwise than in a header.
    pub async fn recognise(house: &House, headers: &HeaderMap, spare: Option<&str>) -> Result<Self, Error> {
        let token = match spare {
            Some(token) if !headers.contains_key(header::AUTHORIZATION) => token,
            _ => bearer(headers)?,
        };
        let claims = house.tokens.verify(token)?;
        let tenant = match headers.get("Docket-Tenant") {
            Some(value) => TenantId(extract::uuid("Docket-Tenant", value.to_str().unwrap_or_default())?),
            None => claims.tenant,
        };
        Self::acting(house, claims, tenant).await
    }

    /// Whoever bears this token, as they are now, acting in this tenant: their own, or any for those whose role reaches over all.
    pub async fn acting(house: &House, claims: Claims, tenant: TenantId) -> Result<Self, Error> {
        let account = house.commands.recent::<User>(claims.tenant, claims.user_id).await?;
        if !account.is_active() {
            return Err(Error::unauthenticated("the account is closed"));
        }
        // A super admin who closed their own company by mistake must be able to open it again.
        let company = house.commands.recent::<Tenant>(claims.tenant, claims.tenant).await?;
        if !company.is_active() && !account.may(Permission::ManageCompanies) {
            return Err(Error::unauthenticated("the company is not active"));
        }
        if tenant != claims.tenant {
            if account.scope() != Scope::All {
                return Err(Error::forbidden("you cannot act in another company"));
            }
            let company = house.commands.recent::<Tenant>(tenant, tenant).await?;
            company.details().map_err(|_| Error::missing("company"))?;
        }
        let principal = Principal::user(tenant, claims.user_id, &account);
        Ok(Self { principal, user: claims.user_id, home: claims.tenant, account, claims })
    }
}

fn bearer(headers: &HeaderMap) -> Result<&str, Error> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Err(Error::unauthenticated("sign in first")) };
    let (scheme, token) = value.to_str().ok().and_then(|text| text.split_once(' ')).unwrap_or_default();
    match scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty() {
        true => Ok(token.trim()),
        false => Err(Error::unauthenticated("the Authorization header must be: Bearer, a space, and a token")),
    }
}

impl FromRequest for Caller {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller = request.extensions().get::<Caller>().cloned();
        ready(caller.ok_or_else(|| Error::internal("a public route asks who is calling")))
    }
}
