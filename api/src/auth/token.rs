//! Proof of having signed in: a signed note, good for a quarter of an hour.

use crate::error::Error;
use domain::{Instant, TenantId, UserId};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, errors::ErrorKind};
use serde::{Deserialize, Serialize};

/// Seconds an access token is good for.
pub const LIFETIME: i64 = 15 * 60;

/// What an access token says (E.N1, with the tenant).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Claims {
    /// The e-mail address.
    pub sub: String,
    pub user_id: UserId,
    pub tenant: TenantId,
    /// The first of their roles; what they may do is looked up at every request.
    pub role: String,
    pub exp: i64,
    pub iat: i64,
}

/// Makes and checks access tokens.
pub struct Tokens {
    signing: EncodingKey,
    checking: DecodingKey,
    validation: Validation,
}

impl Tokens {
    pub fn new(secret: &[u8]) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = 0;
        validation.set_required_spec_claims(&["exp", "sub"]);
        Self { signing: EncodingKey::from_secret(secret), checking: DecodingKey::from_secret(secret), validation }
    }

    /// A token for this person from this moment on.
    pub fn issue(&self, email: &str, user: UserId, tenant: TenantId, role: &str, now: Instant) -> Result<String, Error> {
        let iat = now.timestamp();
        let claims = Claims { sub: email.to_owned(), user_id: user, tenant, role: role.to_owned(), exp: iat + LIFETIME, iat };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.signing).map_err(Error::internal)
    }

    /// What a token says, if we made it and it is still good.
    pub fn verify(&self, token: &str) -> Result<Claims, Error> {
        let decoded = jsonwebtoken::decode::<Claims>(token, &self.checking, &self.validation);
        decoded.map(|data| data.claims).map_err(|error| match error.kind() {
            ErrorKind::ExpiredSignature => Error::unauthenticated("the token has expired; renew it or sign in again"),
            _ => Error::unauthenticated("the token is not valid"),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use chrono::{TimeDelta, Utc};

    #[test]
    fn a_token_comes_back_as_it_went_and_no_other_does() {
        let tokens = Tokens::new(b"one secret of this house, long enough");
        let (user, tenant) = (UserId::default(), TenantId::SYSTEM);
        let token = tokens.issue("ada@example.com", user, tenant, "agent", Utc::now()).unwrap();
        let claims = tokens.verify(&token).unwrap();
        assert_eq!((claims.sub.as_str(), claims.user_id, claims.exp - claims.iat), ("ada@example.com", user, LIFETIME));

        assert!(Tokens::new(b"another").verify(&token).is_err());
        assert!(tokens.verify("x.y.z").is_err());
        let old = tokens.issue("ada@example.com", user, tenant, "agent", Utc::now() - TimeDelta::hours(1)).unwrap();
        assert!(tokens.verify(&old).unwrap_err().message.contains("expired"));
        // {"alg":"none"}
        let body = token.split('.').nth(1).unwrap();
        assert!(tokens.verify(&format!("eyJhbGciOiJub25lIn0.{body}.")).is_err());
    }
}
