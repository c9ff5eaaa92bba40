//! How an answer looks: three faces, one for each family of specifications that Docket keeps to the letter (K3).

use crate::error::{Error, Kind};
use crate::{route::Route, routes::routes};
use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use chrono::{SecondsFormat, Utc};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

/// The style of a route's bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Face {
    /// A, B, C and everything new: camelCase within `{success, data, message?}` or `{success: false, error, …}`.
    Envelope,
    /// D: bare camelCase, `{message}`, and `{errors: […]}` for invalid fields.
    Hub,
    /// E: bare snake_case, `{"detail": "…"}`.
    Bare,
}

/// A good answer in the envelope; `body = Enveloped<Case>` in the documentation of such a route.
#[derive(Serialize, ToSchema)]
pub struct Enveloped<T> {
    #[schema(example = true)]
    success: bool,
    data: T,
    /// A sentence for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    message: Option<String>,
}

impl Face {
    /// The face of a request that came to no route: that of the route nearest to it.
    pub fn of_unknown(path: &str) -> Face {
        let fixed = |route: &'static Route| route.path.split('{').next().unwrap_or_default();
        let near = routes().iter().filter(|route| path.starts_with(fixed(route))).max_by_key(|route| fixed(route).len());
        let usual = || if path.starts_with("/api/v1") { Face::Bare } else { Face::Envelope };
        near.map_or_else(usual, |route| route.face)
    }

    /// The bytes of a good answer.
    pub fn body<T: Serialize>(self, data: &T, message: Option<&str>) -> Result<Vec<u8>, serde_json::Error> {
        match self {
            Face::Envelope => serde_json::to_vec(&Enveloped { success: true, data, message: message.map(str::to_owned) }),
            Face::Hub | Face::Bare => serde_json::to_vec(data),
        }
    }

    /// The status by which this face says it.
    pub fn status(self, kind: Kind) -> StatusCode {
        match (self, kind) {
            (Face::Hub, Kind::Invalid) => StatusCode::BAD_REQUEST,
            _ => kind.status(),
        }
    }

    /// The body of an answer that is not what was asked for.
    pub fn error_body(self, error: &Error, request_id: &str) -> serde_json::Value {
        match self {
            Face::Envelope => {
                let mut inner = json!({ "code": error.code, "message": error.message });
                if let Some(details) = &error.details {
                    inner["details"] = json!(details);
                }
                let timestamp = Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true);
                json!({ "success": false, "error": inner, "timestamp": timestamp, "requestId": request_id })
            }
            Face::Hub if error.kind == Kind::Invalid => {
                let details = error.details.as_deref().cloned().unwrap_or_default();
                let rule = details.rule.as_ref().unwrap_or(&error.message);
                json!({ "errors": [{ "field": details.field.unwrap_or_default(), "message": rule }] })
            }
            Face::Hub => json!({ "message": error.message }),
            Face::Bare => json!({ "detail": error.message }),
        }
    }

    /// The whole response to it.
    pub fn error(self, error: &Error, request_id: &str) -> HttpResponse {
        let mut response = HttpResponse::build(self.status(error.kind));
        if error.kind == Kind::Unauthenticated {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        if let Some(seconds) = error.retry_after {
            response.insert_header((header::RETRY_AFTER, seconds.to_string()));
        }
        if let Some(allow) = &error.allow {
            response.insert_header((header::ALLOW, allow.as_str()));
        }
        response.json(self.error_body(error, request_id))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn without_time(mut body: serde_json::Value) -> String {
        if body.get("timestamp").is_some() {
            body["timestamp"] = json!("…");
        }
        body.to_string()
    }

    #[test]
    fn each_face_says_the_same_in_its_own_way() {
        let error = Error::invalid("name", "must not be empty");
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&without_time(Face::Envelope.error_body(&error, "req_1"))).unwrap(),
            json!({"success": false, "error": {"code": "VALIDATION_ERROR", "message": "name: must not be empty",
                "details": {"field": "name", "rule": "must not be empty", "message": "must not be empty"}},
                "timestamp": "…", "requestId": "req_1"})
        );
        assert_eq!(Face::Hub.error_body(&error, ""), json!({"errors": [{"field": "name", "message": "must not be empty"}]}));
        assert_eq!(Face::Hub.status(error.kind), StatusCode::BAD_REQUEST);
        assert_eq!(Face::Bare.error_body(&error, ""), json!({"detail": "name: must not be empty"}));
        assert_eq!(Face::Bare.status(error.kind), StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(Face::Hub.error_body(&Error::missing("user"), ""), json!({"message": "no such user"}));
    }

    #[test]
    fn a_stranger_gets_the_face_of_the_neighbours() {
        let faces =
            ["/api/users", "/api/users/%00", "/api/v1/nothing", "/api/v1/cases/x", "/api/locations", "/x"].map(Face::of_unknown);
        assert_eq!(faces, [Face::Hub, Face::Hub, Face::Bare, Face::Bare, Face::Envelope, Face::Envelope]);
    }

    #[test]
    fn good_answers_are_enveloped_or_bare() {
        let text = |face: Face, message| String::from_utf8(face.body(&json!({"a": 1}), message).unwrap()).unwrap();
        assert_eq!(text(Face::Envelope, None), r#"{"success":true,"data":{"a":1}}"#);
        assert_eq!(text(Face::Envelope, Some("Done")), r#"{"success":true,"data":{"a":1},"message":"Done"}"#);
        assert_eq!(text(Face::Hub, Some("Done")), r#"{"a":1}"#);
        assert_eq!(text(Face::Bare, None), r#"{"a":1}"#);
    }

    #[test]
    fn headers_come_with_the_kinds_that_need_them() {
        let has =
            |error: Error, name: &str| Face::Bare.error(&error, "").headers().get(name).map(|v| v.to_str().unwrap().to_owned());
        assert_eq!(has(Error::unauthenticated("no"), "www-authenticate").as_deref(), Some("Bearer"));
        assert_eq!(has(Error::throttled("slow", 7), "retry-after").as_deref(), Some("7"));
        assert_eq!(has(Error::method("GET, HEAD"), "allow").as_deref(), Some("GET, HEAD"));
    }
}
