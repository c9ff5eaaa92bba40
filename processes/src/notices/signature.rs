//! How a receiver knows that a notice is ours: a secret for each endpoint, and a signature over what was sent (Standard Webhooks).

use base64::{Engine, prelude::BASE64_STANDARD};
use domain::{EndpointId, TenantId};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use sqlx::PgPool;

/// A secret by which what is sent to one endpoint is signed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    pub(crate) fn fresh() -> Self {
        Self(rand::random::<[u8; 32]>().into())
    }

    pub(crate) fn of(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// As the receiver is told, once: `whsec_…`.
    pub fn shown(&self) -> String {
        format!("whsec_{}", BASE64_STANDARD.encode(&self.0))
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The header `webhook-signature`: one signature for each secret that counts.
pub(crate) fn sign(secrets: &[Secret], id: &str, timestamp: i64, body: &[u8]) -> String {
    let one = |secret: &Secret| {
        // HMAC takes a key of any length.
        let mut mac = Hmac::<Sha256>::new_from_slice(&secret.0).unwrap_or_else(|_| unreachable!("a key of any length"));
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
    };
    secrets.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// Whether one of the signatures in such a header is that of this secret. It takes as long whatever is wrong with it.
pub(crate) fn is_signed(secret: &Secret, header: &str, id: &str, timestamp: &str, body: &[u8]) -> bool {
    header.split(' ').filter_map(|one| one.strip_prefix("v1,")).any(|signature| {
        let Ok(signature) = BASE64_STANDARD.decode(signature) else { return false };
        let mut mac = Hmac::<Sha256>::new_from_slice(&secret.0).unwrap_or_else(|_| unreachable!("a key of any length"));
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        mac.verify_slice(&signature).is_ok()
    })
}

/// Whether a text is the secret as it was shown. It takes as long wherever they differ.
pub(crate) fn is_shown(secret: &Secret, text: &str) -> bool {
    let tag = |text: &str| {
        let mut mac = Hmac::<Sha256>::new_from_slice(&secret.0).unwrap_or_else(|_| unreachable!("a key of any length"));
        mac.update(text.as_bytes());
        mac
    };
    tag(text).verify_slice(&tag(&secret.shown()).finalize().into_bytes()).is_ok()
}

/// The secrets of all endpoints, in the vault.
#[derive(Clone)]
pub struct Secrets(PgPool);

impl Secrets {
    /// On connections of the role `docket_app`.
    pub fn new(pool: PgPool) -> Self {
        Self(pool)
    }

    /// Makes an endpoint's first secret, unless it has one already: then it stays unsaid.
    pub async fn begin(&self, tenant: TenantId, endpoint: EndpointId) -> Result<Option<Secret>, sqlx::Error> {
        let secret = Secret::fresh();
        let made = sqlx::query!(
            "insert into vault.endpoint_secrets (endpoint_id, tenant_id, secret, made_at) values ($1, $2, $3, clock_timestamp())
             on conflict (endpoint_id) where until is null do nothing",
            endpoint.0,
            tenant.0,
            secret.0,
        );
        Ok((made.execute(&self.0).await?.rows_affected() > 0).then_some(secret))
    }

    /// Makes a new secret; the old one signs too for a day.
    pub async fn rotate(&self, tenant: TenantId, endpoint: EndpointId) -> Result<Secret, sqlx::Error> {
        let secret = Secret::fresh();
        let mut tx = self.0.begin().await?;
        sqlx::query!(
            "update vault.endpoint_secrets set until = clock_timestamp() + interval '24 hours'
             where endpoint_id = $1 and until is null",
            endpoint.0
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!("delete from vault.endpoint_secrets where endpoint_id = $1 and until < clock_timestamp()", endpoint.0)
            .execute(&mut *tx)
            .await?;
        sqlx::query!(
            "insert into vault.endpoint_secrets (endpoint_id, tenant_id, secret, made_at) values ($1, $2, $3, clock_timestamp())
             on conflict (endpoint_id) where until is null do update set secret = excluded.secret, made_at = excluded.made_at",
            endpoint.0,
            tenant.0,
            secret.0,
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(secret)
    }

    /// Forgets the secrets of an endpoint that was removed.
    pub async fn forget(&self, endpoint: EndpointId) -> Result<(), sqlx::Error> {
        sqlx::query!("delete from vault.endpoint_secrets where endpoint_id = $1", endpoint.0).execute(&self.0).await?;
        Ok(())
    }

    /// Those that count now, the newest first. An endpoint that was added without being told a secret has one all the same.
    pub(crate) async fn in_use(&self, tenant: TenantId, endpoint: EndpointId) -> Result<Vec<Secret>, sqlx::Error> {
        let known = self.known(endpoint).await?;
        if !known.is_empty() {
            return Ok(known);
        }
        self.begin(tenant, endpoint).await?;
        self.known(endpoint).await
    }

    async fn known(&self, endpoint: EndpointId) -> Result<Vec<Secret>, sqlx::Error> {
        let found = sqlx::query_scalar!(
            "select secret from vault.endpoint_secrets where endpoint_id = $1 and (until is null or until > clock_timestamp())
             order by made_at desc",
            endpoint.0
        );
        Ok(found.fetch_all(&self.0).await?.into_iter().map(Secret).collect())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_example_of_the_standard_is_signed_as_it_says() {
        // From the Standard Webhooks reference libraries' tests.
        let secret = Secret(BASE64_STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap());
        let signed = sign(&[secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn what_was_signed_is_known_by_its_signature() {
        let (secret, other) = (Secret::fresh(), Secret::fresh());
        let header = sign(&[other.clone(), secret.clone()], "id", 7, b"{}");
        assert!(is_signed(&secret, &header, "id", "7", b"{}") && is_signed(&other, &header, "id", "7", b"{}"));
        for (id, timestamp, body) in [("ID", "7", "{}"), ("id", "8", "{}"), ("id", "7", "{ }")] {
            assert!(!is_signed(&secret, &header, id, timestamp, body.as_bytes()), "{id} {timestamp} {body}");
        }
        assert!(!is_signed(&Secret::fresh(), &header, "id", "7", b"{}"));
        assert!(["", "v1,", "v1,!!", "v2,AAAA"].iter().all(|odd| !is_signed(&secret, odd, "id", "7", b"{}")));
        assert!(is_shown(&secret, &secret.shown()) && !is_shown(&secret, &other.shown()) && !is_shown(&secret, ""));
    }

    #[test]
    fn each_secret_that_counts_signs() {
        let signed = sign(&[Secret::fresh(), Secret::fresh()], "id", 1, b"{}");
        assert_eq!(signed.split(' ').filter(|one| one.starts_with("v1,")).count(), 2);
        assert!(Secret::fresh().shown().starts_with("whsec_"));
    }
}
