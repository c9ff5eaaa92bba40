//! The table of contents: every path that Docket answers, who may come in, and which face it shows.
//!
//! actix's routes, the OpenAPI document and the permission tests are all made from this one list. Path and method stand with
//! the handler, in its `#[utoipa::path(…)]`.

use crate::face::Face::*;
use crate::route;
use crate::route::{Access::*, Route};
use crate::status;
use std::sync::LazyLock;

/// Every route.
pub fn routes() -> &'static [Route] {
    static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(table);
    &ROUTES
}

fn table() -> Vec<Route> {
    vec![
        // How Docket itself is doing.
        route!(status::health, Envelope, Public),
        route!(status::ready, Envelope, Public),
        route!(status::metrics, Envelope, Public),
        route!(status::openapi, Envelope, Public),
        route!(status::docs, Envelope, Public),
        route!(status::docs_file, Envelope, Public),
        route!(status::redoc, Envelope, Public),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_route_stands_twice_and_every_one_is_documented() {
        let mut seen = std::collections::BTreeSet::new();
        for route in routes() {
            assert!(seen.insert((route.path.clone(), route.verb())), "{} {}", route.verb(), route.path);
            let operation = (route.operation)();
            assert!(operation.summary.is_some(), "{} {} has no summary", route.verb(), route.path);
        }
    }
}
