//! A debtor who may look at one case for half an hour: the token that says so, and nothing else.

use super::bearer;
use crate::error::Error;
use crate::house::House;
use actix_web::http::header::HeaderMap;
use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload};
use domain::organization::tenant::Tenant;
use domain::{CaseId, Instant, TenantId};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use std::future::{Ready, ready};

/// Seconds a token of the portal is good for.
pub const LIFETIME: i64 = 30 * 60;
/// Whom such a token is for. The key is another one than that of the people who work here, too.
const AUDIENCE: &str = "portal";

/// What the token says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Claims {
    sub: CaseId,
    tenant: TenantId,
    aud: String,
    exp: i64,
    iat: i64,
}

/// Makes and checks the tokens of the portal.
pub struct PortalTokens {
    signing: EncodingKey,
    checking: DecodingKey,
    validation: Validation,
}

/// Somebody who may see one case, as the door let them in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visitor {
    pub tenant: TenantId,
    pub case: CaseId,
}

impl PortalTokens {
    pub fn new(secret: &[u8]) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = 0;
        validation.set_required_spec_claims(&["exp", "sub", "aud"]);
        validation.set_audience(&[AUDIENCE]);
        Self { signing: EncodingKey::from_secret(secret), checking: DecodingKey::from_secret(secret), validation }
    }

    /// A token for this case from this moment on.
    pub fn issue(&self, visitor: Visitor, now: Instant) -> Result<String, Error> {
        let iat = now.timestamp();
        let Visitor { tenant, case } = visitor;
        let claims = Claims { sub: case, tenant, aud: AUDIENCE.to_owned(), exp: iat + LIFETIME, iat };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.signing).map_err(Error::internal)
    }

    /// Whom a token lets in, if we made it and it is still good.
    fn verify(&self, token: &str) -> Result<Visitor, Error> {
        let decoded = jsonwebtoken::decode::<Claims>(token, &self.checking, &self.validation);
        let refused = |_| Error::unauthenticated("sign in with case number and phone first");
        decoded.map(|data| Visitor { tenant: data.claims.tenant, case: data.claims.sub }).map_err(refused)
    }
}

impl Visitor {
    /// The debtor behind the request's token, while the company is open.
    pub async fn recognise(house: &House, headers: &HeaderMap) -> Result<Self, Error> {
        let visitor = house.portal.verify(bearer(headers)?)?;
        match house.commands.recent::<Tenant>(visitor.tenant, visitor.tenant).await?.is_active() {
            true => Ok(visitor),
            false => Err(Error::unauthenticated("the company is not active")),
        }
    }
}

impl FromRequest for Visitor {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let visitor = request.extensions().get::<Visitor>().copied();
        ready(visitor.ok_or_else(|| Error::internal("a route that is not the portal's asks who visits")))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::auth::Tokens;
    use chrono::{TimeDelta, Utc};
    use domain::UserId;

    #[test]
    fn a_token_opens_its_own_case_for_half_an_hour() {
        let secret = b"one secret of this house, long enough";
        let tokens = PortalTokens::new(secret);
        let visitor = Visitor { tenant: TenantId::SYSTEM, case: CaseId::default() };
        assert_eq!(tokens.verify(&tokens.issue(visitor, Utc::now()).unwrap()).unwrap(), visitor);
        assert!(tokens.verify(&tokens.issue(visitor, Utc::now() - TimeDelta::minutes(31)).unwrap()).is_err());
        assert!(PortalTokens::new(b"another").verify(&tokens.issue(visitor, Utc::now()).unwrap()).is_err());
        // Even under the same key a token of the staff opens nothing here, nor one of the portal there.
        let staff = Tokens::new(secret);
        let theirs = staff.issue("ada@example.com", UserId::default(), TenantId::SYSTEM, "agent", Utc::now()).unwrap();
        assert!(tokens.verify(&theirs).is_err());
        assert!(staff.verify(&tokens.issue(visitor, Utc::now()).unwrap()).is_err());
    }
}
