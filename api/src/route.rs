//! What a route is: a handler, the face it shows, and who may come in. The door is kept here, never in a handler.

use crate::auth::{Caller, portal::Visitor};
use crate::calls::accesses;
use crate::http::places::{self, Place};
use crate::http::tags;
use crate::{error::Error, face::Face, house::House, http, live};
use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::{Next, from_fn};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, Resource, guard, web};
use domain::organization::role::Permission;
use std::collections::BTreeMap;
use std::time::Duration;
use utoipa::openapi::path::{HttpMethod, Operation};
use utoipa::openapi::{RefOr, Schema};

/// Who may come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Public,
    /// Anybody who signed in.
    SignedIn,
    /// Whoever has this permission.
    May(Permission),
    /// A debtor who signed in to the portal, and nobody else.
    Customer,
}

/// One entry of the table of contents; [`crate::route!`] makes it.
pub struct Route {
    /// Module and handler, which no other route has.
    pub name: &'static str,
    pub method: HttpMethod,
    pub path: String,
    pub face: Face,
    pub access: Access,
    /// What has no answer by then gets none but that.
    pub within: Duration,
    pub operation: fn() -> Operation,
    pub schemas: fn(&mut Vec<(String, RefOr<Schema>)>),
    pub handler: fn() -> actix_web::Route,
}

/// An entry of the table: `route!(cases::list, Face::Bare, Access::May(Permission::ReadCases))`.
///
/// Path, method and documentation come from the handler's `#[utoipa::path(…)]`.
#[macro_export]
macro_rules! route {
    ($module:ident :: $handler:ident, $face:expr, $access:expr) => {
        ::pastey::paste! {{
            use $module::[<__path_ $handler>] as Documented;
            $crate::route::Route {
                name: concat!(stringify!($module), "_", stringify!($handler)),
                method: <Documented as ::utoipa::Path>::methods().into_iter().next().unwrap_or(::utoipa::openapi::HttpMethod::Get),
                path: <Documented as ::utoipa::Path>::path(),
                face: $face,
                access: $access,
                within: $crate::http::places::ANSWER,
                operation: <Documented as ::utoipa::Path>::operation,
                schemas: <Documented as ::utoipa::__dev::SchemaReferences>::schemas,
                handler: || ::actix_web::web::route().to($module::$handler),
            }
        }}
    };
}

/// The route that a request came to, left in its extensions.
#[derive(Clone, Copy)]
pub struct Matched(pub &'static Route);

impl Route {
    /// The same where an answer may take longer.
    pub fn within(self, within: Duration) -> Self {
        Self { within, ..self }
    }

    /// The method's name.
    pub fn verb(&self) -> &'static str {
        match self.method {
            HttpMethod::Get => "GET",
            HttpMethod::Post => "POST",
            HttpMethod::Put => "PUT",
            HttpMethod::Delete => "DELETE",
            HttpMethod::Options => "OPTIONS",
            HttpMethod::Head => "HEAD",
            HttpMethod::Patch => "PATCH",
            HttpMethod::Trace => "TRACE",
        }
    }

    /// Whether it only shows.
    pub fn is_query(&self) -> bool {
        self.verb() == "GET"
    }

    /// Whether its answer goes on for as long as somebody listens. Browsers can set no header where they listen, so the token may
    /// stand in the address of these routes.
    pub fn streams(&self) -> bool {
        self.name.starts_with("live_")
    }

    /// The handler behind its door.
    fn guarded(&'static self) -> actix_web::Route {
        let handler = (self.handler)();
        let handler = match self.verb() {
            "GET" => handler.guard(guard::Any(guard::Get()).or(guard::Head())),
            "POST" => handler.guard(guard::Post()),
            "PUT" => handler.guard(guard::Put()),
            "DELETE" => handler.guard(guard::Delete()),
            "PATCH" => handler.guard(guard::Patch()),
            other => handler.guard(guard::fn_guard(move |request| request.head().method.as_str() == other)),
        };
        handler.wrap(from_fn(move |request, next| door(self, request, next)))
    }
}

/// All routes as actix wants them: one resource for each path, the fixed paths before those with parameters.
pub fn resources(routes: &'static [Route]) -> Vec<Resource> {
    let mut paths: BTreeMap<(bool, &str), Vec<&'static Route>> = BTreeMap::new();
    for route in routes {
        paths.entry((route.path.contains('{'), &route.path)).or_default().push(route);
    }
    paths.into_iter().map(|((_, path), routes)| resource(path, routes)).collect()
}

fn resource(path: &str, routes: Vec<&'static Route>) -> Resource {
    let verbs = routes.iter().map(|route| if route.is_query() { "GET, HEAD" } else { route.verb() });
    let allow = verbs.collect::<Vec<_>>().join(", ");
    let first = routes.first().copied();
    let unknown_method = move |request: HttpRequest| {
        if let Some(route) = first {
            request.extensions_mut().insert(Matched(route));
        }
        std::future::ready(Err::<HttpResponse, Error>(Error::method(allow.clone())))
    };
    // FastAPI's clients end the path of a list with a slash, everybody else does not: both are found.
    let patterns = [Some(path), path.strip_suffix('/')].into_iter().flatten().collect::<Vec<_>>();
    let resource = routes.into_iter().fold(web::resource(patterns), |resource, route| resource.route(route.guarded()));
    resource.default_service(web::to(unknown_method))
}

async fn door(
    route: &'static Route,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    request.extensions_mut().insert(Matched(route));
    let asked = request.request().clone();
    let passing = async {
        match admit(route, &request).await {
            Ok(place) => {
                let answered = places::on(place, tags::pass(route, request, next)).await?;
                Ok(accesses::noted(route, answered).await.unwrap_or_else(|error| ServiceResponse::from_err(error, asked.clone())))
            }
            Err(error) => Ok(request.error_response(error)),
        }
    };
    let in_time = tokio::time::timeout(route.within, passing).await;
    in_time.unwrap_or_else(|_| {
        let late = "there is no answer yet; if you asked for a change it may still be made: ask again with the same key";
        Ok(ServiceResponse::from_err(Error::unavailable(late), asked))
    })
}

/// Who is it, not too often, may they, is what they want to see there yet, and is there a place for them?
async fn admit(route: &Route, request: &ServiceRequest) -> Result<Option<Place>, Error> {
    let Some(house) = request.app_data::<web::Data<House>>() else { return Err(Error::internal("the house is not open")) };
    let address = http::address(request.request(), house.config.behind_proxy);
    if route.access == Access::Public {
        let allowance = house.limits.of_address(&address);
        return http::limits::note(request.request(), allowance).map(|()| None);
    }
    if route.access == Access::Customer {
        http::limits::note(request.request(), house.limits.of_address(&address))?;
        let visitor = Visitor::recognise(house, request.headers()).await?;
        tracing::Span::current().record("tenant", tracing::field::display(visitor.tenant));
        let place = house.limits.places.take(visitor.tenant).await?;
        request.extensions_mut().insert(visitor);
        return Ok(Some(place));
    }
    let spare = route.streams().then(|| live::token(request.query_string())).flatten();
    let caller = match Caller::recognise(house, request.headers(), spare.as_deref()).await {
        Ok(caller) => caller,
        Err(error) => {
            // Only those who come without a good token are counted by address: many people share one.
            http::limits::note(request.request(), house.limits.of_address(&address))?;
            return Err(error);
        }
    };
    tracing::Span::current().record("tenant", tracing::field::display(caller.tenant()));
    http::limits::note(request.request(), house.limits.of_user(caller.user, caller.home))?;
    if let Access::May(permission) = route.access
        && !caller.may(permission)
    {
        return Err(Error::forbidden("your role does not allow this"));
    }
    if let Some(position) = crate::extract::min_position(request.headers())? {
        house.wait_for(position).await?;
    }
    let place = house.limits.places.take(caller.tenant()).await?;
    request.extensions_mut().insert(caller);
    Ok(Some(place))
}
