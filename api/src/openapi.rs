//! The description of the whole interface for programs, made from the table of routes: nothing in it can be out of date.

use crate::error::{Error, Kind};
use crate::face::Face;
use crate::http::tags;
use crate::route::{Access, Route};
use serde_json::{Map, Value, json};
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::path::{Operation, Parameter, Paths};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Components, Info, KnownFormat, OpenApi, OpenApiBuilder, RefOr, Response, Schema, SchemaFormat};

const ABOUT: &str = "Commands change things, queries show them.

**Signing in.** `POST /api/auth/login` or `POST /api/v1/auth/token` answers with a token for the header `Authorization: Bearer …`. \
Super admins act in another company with `Docket-Tenant: <its id>`.

**Commands.** `Idempotency-Key` (1 to 255 visible ASCII characters): the same key with the same body gives the first answer \
again, with another body 409. `If-Match` with the `ETag` of an earlier answer: 412 if the thing has changed since. Answers \
bear `Docket-Position`.

**Queries.** `Docket-Min-Position` with such a position waits up to 2 s until the answer reflects it; 412 if the log has not \
come that far, 503 if the answer has not. Lists and boards bear an `ETag` of their company's last position; sent back as \
`If-None-Match`, it is answered by 304 while nothing has changed. What depends on the instant of asking has another one every minute.

**Limits.** `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` count a minute; 429 comes with `Retry-After`. \
Bodies have at most 1 MiB and 64 levels. Every answer bears `X-Request-Id`.";

/// The document for these routes.
pub fn document(routes: &[Route]) -> OpenApi {
    let mut schemas = Vec::new();
    let mut paths = Paths::new();
    for route in routes {
        (route.schemas)(&mut schemas);
        paths.add_path_operation(documented_path(&route.path), vec![route.method.clone()], operation(route));
    }
    let mut components = Components::new();
    components.schemas.extend(schemas);
    for face in [Face::Envelope, Face::Hub, Face::Bare] {
        for (name, schema) in error_schemas(face) {
            if let Ok(schema) = serde_json::from_value::<RefOr<Schema>>(schema) {
                components.schemas.insert(name.to_owned(), schema);
            }
        }
    }
    let bearer = Http::builder().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    let mut info = Info::new("Docket", env!("CARGO_PKG_VERSION"));
    info.description = Some(ABOUT.into());
    OpenApiBuilder::new().info(info).paths(paths).components(Some(components)).build()
}

/// actix allows a pattern in a parameter; OpenAPI knows only its name.
fn documented_path(path: &str) -> String {
    path.replace(":.*}", "}")
}

fn operation(route: &Route) -> Operation {
    let mut operation = (route.operation)();
    operation.operation_id = Some(route.name.to_owned());
    let permission = match route.access {
        Access::Public => "public".into(),
        Access::SignedIn => "signed_in".into(),
        Access::Customer => "customer".into(),
        Access::May(permission) => json!(permission),
    };
    let mut extensions = operation.extensions.take().unwrap_or_default();
    extensions.merge(ExtensionsBuilder::new().add("x-permission", permission).build());
    operation.extensions = Some(extensions);
    operation.security = Some(match route.access {
        Access::Public => vec![SecurityRequirement::default()],
        _ => vec![SecurityRequirement::new("bearer", Vec::<String>::new())],
    });
    let parameters = operation.parameters.get_or_insert_default();
    parameters.iter_mut().for_each(hyphenated);
    parameters.extend(headers(route));
    if tags::bears(route) {
        let response = Response::new("nothing of the company has changed since the answer with this ETag");
        operation.responses.responses.insert("304".into(), response.into());
    }
    for (kind, example) in refusals(route, &operation) {
        let status = route.face.status(kind).as_str().to_owned();
        operation.responses.responses.entry(status).or_insert_with(|| response(route.face, kind, &example));
    }
    operation
}

/// A UUID in an address has its hyphens, which its format alone does not say.
fn hyphenated(parameter: &mut RefOr<Parameter>) {
    let RefOr::T(parameter) = parameter else { return };
    if let Some(RefOr::T(Schema::Object(schema))) = &mut parameter.schema
        && schema.format == Some(SchemaFormat::KnownFormat(KnownFormat::Uuid))
    {
        schema.pattern = Some("^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$".into());
    }
}

/// What may be said in headers.
fn headers(route: &Route) -> Vec<RefOr<Parameter>> {
    let header = |(name, about, schema): (&str, &str, Value)| {
        let parameter = json!({"name": name, "in": "header", "required": false, "description": about, "schema": schema});
        serde_json::from_value(parameter).ok().map(RefOr::T)
    };
    let door = [
        ("Docket-Tenant", "The company to act in, for super admins.", json!({"type": "string", "format": "uuid"})),
        (
            "Docket-Min-Position",
            "Waits up to 2 s until the answer reflects this position of the log.",
            json!({"type": "integer", "format": "int64", "minimum": 0}),
        ),
    ];
    let circumstances = [
        (
            "Idempotency-Key",
            "The same key with the same body gives the first answer again.",
            json!({"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$"}),
        ),
        (
            "If-Match",
            "The ETag that was seen: 412 if the thing has changed since.",
            json!({"type": "string", "pattern": "^([*]|(W/)?(\"[0-9]{1,18}\"|[0-9]{1,18}))$", "examples": ["*"]}),
        ),
    ];
    let polling = (
        "If-None-Match",
        "The ETag of an earlier answer: 304 if nothing of the company has changed since.",
        json!({"type": "string", "maxLength": 1000}),
    );
    let polling = tags::bears(route).then_some(polling);
    let door = door.into_iter().filter(|_| !matches!(route.access, Access::Public | Access::Customer));
    // Only what is recorded in the log has a version and remembers a key.
    const NOT_RECORDED: [&str; 4] = ["sync_run", "signing_in_password", "endpoints_test", "notices_redeliver"];
    let recorded = !route.is_query() && route.access != Access::Public && !NOT_RECORDED.contains(&route.name);
    door.chain(polling).chain(circumstances.into_iter().filter(|_| recorded)).filter_map(header).collect()
}

/// What can go wrong on a route, from what it is.
fn refusals(route: &Route, operation: &Operation) -> Vec<(Kind, Error)> {
    let mut list = vec![
        Error::malformed("the address is not valid UTF-8"),
        Error::throttled("more than 60000 requests a minute; wait 3 s", 3),
    ];
    let signed_in = route.access != Access::Public;
    let command = !route.is_query();
    if signed_in {
        list.push(Error::unauthenticated("the token has expired; renew it or sign in again"));
        list.push(Error::forbidden("your role does not allow this"));
        list.push(Error::missing("company"));
        list.push(Error::stale("it is at version 4, not at 3 as you expected"));
        list.push(Error::invalid("Docket-Tenant", "must be a UUID such as 0193f0a2-6d3c-7c7e-8f42-1f6f4b0f2a11"));
        list.push(Error::unavailable("the log does not answer at the moment"));
    }
    if signed_in && command {
        list.push(Error { code: "KEY_REUSED".into(), ..Error::conflict("the key \"k-1\" was used for another command") });
    }
    if operation.request_body.is_some() {
        list.push(Error::new(Kind::TooLarge, "the body is larger than 1 MiB"));
        list.push(Error::new(Kind::TooSlow, "the body did not come within 8s"));
        list.push(Error::new(Kind::UnsupportedMedia, "the body must be application/json"));
    }
    if operation.request_body.is_some() || operation.parameters.as_ref().is_some_and(|parameters| !parameters.is_empty()) {
        list.push(Error::invalid("name", "must not be empty"));
    }
    if route.path.contains('{') {
        list.push(Error::missing("case"));
    }
    list.into_iter().map(|error| (error.kind, error)).collect()
}

fn response(face: Face, kind: Kind, example: &Error) -> RefOr<Response> {
    let description = kind.code().to_lowercase().replace('_', " ");
    let name = match face {
        Face::Envelope => "EnvelopeError",
        Face::Hub if kind == Kind::Invalid => "HubErrors",
        Face::Hub if kind == Kind::Malformed => "HubBadRequest",
        Face::Hub => "HubMessage",
        Face::Bare => "Detail",
    };
    let mut example = face.error_body(example, "req_0193f0a26d3c7c7e8f421f6f4b0f2a11");
    if example.get("timestamp").is_some() {
        example["timestamp"] = json!("2026-03-01T09:30:00.000Z");
    }
    let mut headers = Map::new();
    if kind == Kind::Throttled {
        headers.insert("Retry-After".into(), json!({"description": "Seconds to wait.", "schema": {"type": "integer"}}));
    }
    let body = json!({"description": description, "headers": headers, "content": {"application/json": {
        "schema": {"$ref": format!("#/components/schemas/{name}")}, "example": example}}});
    serde_json::from_value(body).map_or_else(|_| RefOr::T(Response::new(description)), RefOr::T)
}

fn error_schemas(face: Face) -> Vec<(&'static str, Value)> {
    let text = json!({"type": "string"});
    let message = json!({"type": "object", "required": ["message"], "properties": {"message": text}});
    let errors = json!({"type": "object", "required": ["errors"], "properties": {"errors": {"type": "array", "items": {
        "type": "object", "required": ["field", "message"], "properties": {"field": text, "message": text}}}}});
    match face {
        Face::Envelope => vec![(
            "EnvelopeError",
            json!({"type": "object", "required": ["success", "error", "timestamp", "requestId"], "properties": {
                "success": {"type": "boolean"},
                "error": {"type": "object", "required": ["code", "message"], "properties": {
                    "code": text, "message": text,
                    "details": {"type": "object", "properties": {"field": text, "rule": text, "message": text,
                        "state": text, "allowed": {"type": "array", "items": text}}}}},
                "timestamp": {"type": "string", "format": "date-time"}, "requestId": text}}),
        )],
        Face::Hub => vec![
            ("HubMessage", message.clone()),
            ("HubErrors", errors.clone()),
            // 400 says both: what cannot be read, and what is not valid.
            ("HubBadRequest", json!({"oneOf": [message, errors]})),
        ],
        Face::Bare => {
            vec![("Detail", json!({"type": "object", "required": ["detail"], "properties": {"detail": text}}))]
        }
    }
}
