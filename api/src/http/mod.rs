//! What happens around every request: a name for it, a line in the log, a measurement, and an answer in the right face.

pub mod limits;
pub mod places;
pub mod tags;
pub mod tickets;

use crate::route::Matched;
use crate::{error::Error, extract, face::Face};
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::{HttpMessage, HttpRequest, middleware::Next};
use std::time::{Duration, Instant};
use tracing::Instrument;
use uuid::Uuid;

/// An answer that takes longer has a line in the log.
const SLOW: Duration = Duration::from_secs(2);

/// The name of a request, in every answer and every log line about it.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

impl RequestId {
    /// The caller's own, if it is a sane one; otherwise a new one.
    fn of(headers: &HeaderMap) -> Self {
        let sane = |text: &&str| {
            (1..=100).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b))
        };
        let given = headers.get("x-request-id").and_then(|value| value.to_str().ok()).filter(sane);
        Self(given.map_or_else(|| format!("req_{}", Uuid::now_v7().simple()), str::to_owned))
    }
}

/// The caller's network address.
pub fn address(request: &HttpRequest, behind_proxy: bool) -> String {
    let peer = || request.peer_addr().map_or_else(String::new, |address| address.ip().to_string());
    if behind_proxy { request.connection_info().realip_remote_addr().map_or_else(peer, str::to_owned) } else { peer() }
}

/// The outermost layer.
pub async fn around(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let began = Instant::now();
    let id = RequestId::of(request.headers());
    let verb = request.method().clone();
    let span = tracing::info_span!(
        "request", id = %id.0, method = %verb, path = %request.path(),
        tenant = tracing::field::Empty, command = tracing::field::Empty, position = tracing::field::Empty,
    );
    request.extensions_mut().insert(id.clone());
    let unreadable = extract::readable(request.path()).and(extract::readable(request.query_string())).err();
    let response = match unreadable {
        Some(error) => request.error_response(error),
        None => next.call(request).instrument(span.clone()).await?.map_into_boxed_body(),
    };
    let matched = response.request().extensions().get::<Matched>().copied();
    let mut response = span.in_scope(|| dressed(response, matched, &id));
    mark(&mut response, &id);
    // It kept the compressor away from what is compressed already; aloud it says nothing.
    if response.headers().get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding == "identity") {
        response.headers_mut().remove(header::CONTENT_ENCODING);
    }

    let (route, status) = (matched.map_or("unmatched", |matched| matched.0.path.as_str()), response.status());
    let method = matched.map_or("any", |matched| matched.0.verb());
    let took = began.elapsed();
    metrics::histogram!("docket_http_request_seconds", "route" => route, "method" => method, "status" => status.as_str().to_owned())
        .record(took.as_secs_f64());
    let (ms, status) = (took.as_micros() as f64 / 1000.0, status.as_u16());
    // A line for every request would cost more than some requests do; DOCKET_LOG=debug shows them all.
    span.in_scope(|| match took < SLOW && status < 500 {
        true => tracing::debug!(route, status, ms, "answered"),
        false => tracing::warn!(route, status, ms, "answered"),
    });
    Ok(response)
}

/// An error in the face of its route; anything else as it is.
fn dressed(response: ServiceResponse, matched: Option<Matched>, id: &RequestId) -> ServiceResponse {
    let Some(error) = response.response().error() else { return response };
    let error = error.as_error::<Error>().cloned().unwrap_or_else(|| Error::foreign(error));
    let face = matched.map_or_else(|| Face::of_unknown(response.request().path()), |matched| matched.0.face);
    let mut dressed = face.error(&error, &id.0);
    // What other layers said in headers (CORS) stays.
    for (name, value) in response.headers() {
        if !dressed.headers().contains_key(name) && *name != header::CONTENT_LENGTH && *name != header::CONTENT_ENCODING {
            dressed.headers_mut().append(name.clone(), value.clone());
        }
    }
    response.into_response(dressed)
}

/// Headers that every answer has.
fn mark(response: &mut ServiceResponse, id: &RequestId) {
    let allowance = response.request().extensions().get::<limits::Allowance>().copied();
    let documents = response.request().path().starts_with("/docs");
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id.0) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    if let Some(allowance) = allowance {
        allowance.mark(headers);
    }
    // That is how a handler says that its answer shall stay as it is; to anybody else it says nothing.
    if headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding == "identity") {
        headers.remove(header::CONTENT_ENCODING);
    }
    let policy = match documents {
        true => "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
        false => "default-src 'none'; frame-ancestors 'none'",
    };
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, policy),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !documents && !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}
