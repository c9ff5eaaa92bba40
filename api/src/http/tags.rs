//! Polling costs little: a list says as of which position of the log it is, and whoever asks again with that hears at once whether
//! anything of their company has changed since. That somebody looked at something is no change.

use crate::auth::Caller;
use crate::house::House;
use crate::route::Route;
use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpResponse, web};
use domain::TenantId;
use projections::organization::audit_trail::{self, Reached};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// On what an answer depends besides the company's events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Besides {
    /// On nothing.
    Nothing,
    /// On the instant of asking: how old something is, whether it is overdue, what the last thirty days come to. Its tag is good
    /// for the minute.
    TheMinute,
    /// On who looked at what, which is no event of the company's business.
    Looks,
}

/// The routes whose answers bear a tag. One thing alone, and its history, bear its version, with which commands are sent; exports are
/// no polling.
/// Whatever shows several companies, or anything that is not on the log, must not stand here.
const TAGGED: [(&str, Besides); 11] = [
    ("locations_list", Besides::Nothing),
    ("agencies_list", Besides::TheMinute),
    ("agencies_score", Besides::TheMinute),
    ("agencies_explain", Besides::TheMinute),
    ("dashboard_stats", Besides::TheMinute),
    ("dashboard_recent_cases", Besides::TheMinute),
    ("dashboard_sla_board", Besides::TheMinute),
    ("settings_versions", Besides::Nothing),
    ("cases_list", Besides::TheMinute),
    ("cases_explain", Besides::TheMinute),
    ("audit_list", Besides::Looks),
];

fn besides(route: &Route) -> Option<Besides> {
    TAGGED.iter().find(|(name, _)| *name == route.name).map(|(_, besides)| *besides)
}

/// Whether its answers bear a tag of the position.
pub fn bears(route: &Route) -> bool {
    besides(route).is_some()
}

/// Answers 304 if the caller knows what they would be shown; otherwise lets the handler answer, and says as of when it is.
pub async fn pass(
    route: &Route,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let (reached, tag) = match besides(route) {
        None => (None, None),
        Some(besides) => look(besides, &request).await,
    };
    let known = |tag: &String| knows(request.headers(), tag);
    let mut response = match tag.as_ref().is_some_and(known) {
        true => request.into_response(HttpResponse::NotModified().finish()),
        false => next.call(request).await?.map_into_boxed_body(),
    };
    if let Some(reached) = reached
        && [200, 304].contains(&response.status().as_u16())
    {
        mark(response.headers_mut(), reached, tag);
    }
    Ok(response)
}

/// For how long it is taken as said that a company's screens are behind. While much is written they always are, a little, and asking
/// the log again for every page would cost more than the page's tag can save. Nobody is told that nothing has changed meanwhile.
const BEHIND: Duration = Duration::from_millis(50);

/// The companies whose screens were behind when somebody looked last.
#[derive(Default)]
pub struct Behind(Mutex<HashMap<TenantId, (Instant, Reached)>>);

impl Behind {
    fn just_now(&self, tenant: TenantId) -> Option<Reached> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&tenant).filter(|(seen, _)| seen.elapsed() < BEHIND).map(|(_, reached)| *reached)
    }

    fn saw(&self, tenant: TenantId, reached: Reached) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match reached.all_of_it {
            Some(_) => drop(known.remove(&tenant)),
            None => drop(known.insert(tenant, (Instant::now(), reached))),
        }
    }
}

/// How far the company's screens are, before the page is read; and its tag if they show all that happened in the company. While
/// they do not, a page may have changed where the last position that all have reached has not, and bears none.
async fn look(besides: Besides, request: &ServiceRequest) -> (Option<Reached>, Option<String>) {
    let caller = request.extensions().get::<Caller>().cloned();
    let (Some(house), Some(caller)) = (request.app_data::<web::Data<House>>(), caller) else { return (None, None) };
    let tenant = caller.tenant();
    if let Some(reached) = house.behind.just_now(tenant) {
        return (Some(reached), None);
    }
    let asked = house.reader.as_tenant(tenant, move |conn| Box::pin(audit_trail::reached(conn, tenant)));
    // If it cannot be said, the page itself says why, or comes without a tag.
    let Ok(reached) = asked.await else { return (None, None) };
    house.behind.saw(tenant, reached);
    let shown = if besides == Besides::Looks { reached.with_looks } else { reached.all_of_it };
    let tag = shown.map(|last| {
        let minute = if besides == Besides::TheMinute { house.commands.now().timestamp() / 60 } else { 0 };
        let asked = (request.path(), request.query_string());
        let whose = (tenant, caller.user, &caller.principal.permissions);
        let said = format!("{} {asked:?} {whose:?} {minute} {}", env!("CARGO_PKG_VERSION"), reached.generations);
        let hash = Sha256::digest(format!("{said} {last}"));
        let short = hash.iter().take(8).fold(0_u64, |short, byte| short << 8 | u64::from(*byte));
        format!("W/\"{last}-{short:016x}\"")
    });
    (Some(reached), tag)
}

/// Whether `If-None-Match` names it, weakly compared.
fn knows(headers: &HeaderMap, tag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let said = headers.get_all(header::IF_NONE_MATCH).filter_map(|value| value.to_str().ok());
    said.flat_map(|value| value.split(',')).any(|said| opaque(said) == opaque(tag))
}

fn mark(headers: &mut HeaderMap, reached: Reached, tag: Option<String>) {
    let position = HeaderName::from_static("docket-position");
    if !headers.contains_key(&position) {
        headers.insert(position, HeaderValue::from(reached.position.to_i64()));
    }
    if let Some(tag) = tag.and_then(|tag| HeaderValue::from_str(&tag).ok()) {
        headers.insert(header::ETAG, tag);
    }
    headers.append(header::VARY, HeaderValue::from_static("Authorization, Docket-Tenant"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::routes;
    use actix_web::test::TestRequest;

    #[test]
    fn every_tagged_route_is_a_query_of_the_table() {
        for (name, _) in TAGGED {
            assert!(routes().iter().any(|route| route.name == name && route.is_query()), "{name}");
        }
    }

    #[test]
    fn a_tag_is_known_among_several_and_in_either_strength() {
        let says = |text: &str| {
            let request = TestRequest::default().insert_header((header::IF_NONE_MATCH, text)).to_http_request();
            knows(request.headers(), "W/\"7-ab\"")
        };
        assert!(says("W/\"7-ab\"") && says("\"7-ab\"") && says("W/\"6-ab\", W/\"7-ab\""));
        assert!(!says("W/\"7-ac\"") && !says("*") && !says("7-ab") && !says(""));
    }
}
