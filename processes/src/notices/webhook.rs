//! One attempt at telling a program: a signed POST to an address that was checked, and what its answer means.

use super::NotSetUp;
use super::addresses::{Addresses, Unfit};
use super::outcome::Outcome;
use super::signature::{Secret, sign};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(5);
/// How much of an answer is read, so that the connection can be used again. Nobody is shown it.
const ANSWER: usize = 4 * 1024;

/// Sends to programs.
#[derive(Clone)]
pub(crate) struct Webhooks {
    client: Client,
    addresses: Addresses,
}

/// What is sent, and by what it is known.
pub(crate) struct Parcel<'p> {
    pub id: String,
    /// Seconds since 1970.
    pub timestamp: i64,
    pub body: Vec<u8>,
    pub secrets: &'p [Secret],
}

impl Webhooks {
    pub fn new(addresses: Addresses, patience: Duration) -> Result<Self, NotSetUp> {
        Ok(Self { client: client(&addresses, patience)?, addresses })
    }

    pub async fn send(&self, url: &str, parcel: Parcel<'_>) -> Outcome {
        // Names are checked as they are looked up, digits need no looking up.
        let url = match self.addresses.read(url) {
            Ok(url) => url,
            Err(unfit) => return Outcome::later(format!("the address {unfit}")),
        };
        let Parcel { id, timestamp, body, secrets } = parcel;
        let signature = sign(secrets, &id, timestamp, &body);
        let request = self
            .client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signature)
            .body(body);
        match request.send().await {
            Ok(answer) => judge(answer).await,
            Err(error) => Outcome::later(reason(&error)),
        }
    }
}

/// A client that connects to nothing but fit addresses, follows nobody elsewhere and waits for nobody long.
pub(crate) fn client(addresses: &Addresses, patience: Duration) -> Result<Client, NotSetUp> {
    // For whoever else in this program makes a client of the same crate. An error means that one is there already.
    let _ = ring::default_provider().install_default();
    let refused = |error: &dyn Error| NotSetUp::Webhooks(error.to_string());
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.into() };
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| refused(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Client::builder()
        .tls_backend_preconfigured(tls)
        // A redirection could lead anywhere; a receiver that moved is told of by its owner.
        .redirect(Policy::none())
        .no_proxy()
        .dns_resolver(Arc::new(addresses.clone()))
        .connect_timeout(CONNECT.min(patience))
        .timeout(patience)
        .pool_idle_timeout(Duration::from_secs(20))
        .pool_max_idle_per_host(4)
        .referer(false)
        .user_agent(concat!("Docket/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| refused(&error))
}

async fn judge(mut answer: Response) -> Outcome {
    let status = answer.status();
    let asked = match status {
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => patience_asked(&answer),
        _ => None,
    };
    let mut read = 0;
    // The status alone decides: an answer that breaks off or goes on for ever is no other answer.
    while let Ok(Some(chunk)) = answer.chunk().await {
        read += chunk.len();
        if read > ANSWER {
            break;
        }
    }
    match status {
        status if status.is_success() => Outcome::Delivered,
        StatusCode::GONE => Outcome::Gone("it answered 410: it is gone".into()),
        status if status.is_redirection() => {
            Outcome::later(format!("it answered {}, and redirections are not followed", status.as_u16()))
        }
        status => Outcome::Later { why: format!("it answered {}", status.as_u16()), asked },
    }
}

/// `Retry-After` in seconds or as a date.
fn patience_asked(answer: &Response) -> Option<Duration> {
    let text = answer.headers().get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = chrono::DateTime::parse_from_rfc2822(text).ok()?;
    (until.to_utc() - chrono::Utc::now()).to_std().ok()
}

/// What went wrong, without telling what an inside network looks like.
pub(crate) fn reason(error: &reqwest::Error) -> String {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(inner) = cause {
        if let Some(unfit) = inner.downcast_ref::<Unfit>() {
            return format!("the address {unfit}");
        }
        let io = inner.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if io.is_some_and(|io| io.is::<rustls::Error>()) {
            return "its certificate is not one that is trusted, or it does not speak TLS".into();
        }
        cause = inner.source();
    }
    match error {
        error if error.is_timeout() => "it did not answer in time".into(),
        error if error.is_connect() => "it could not be connected to".into(),
        _ => "the connection broke before it answered".into(),
    }
}
