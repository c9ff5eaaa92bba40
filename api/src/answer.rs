//! What a handler gives back when all went well: its data, and what the caller should know beside it.

use crate::calls::accesses::{Shown, facts::Told};
use crate::{error::Error, face::Face, route::Matched};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, Responder, body::BoxBody, http::StatusCode, http::header};
use domain::calls::access::Seen;
use eventlog::Position;
use serde::Serialize;
use uuid::Uuid;

/// Data on its way to the caller, dressed in the route's face.
#[derive(Debug)]
pub struct Answer<T> {
    status: StatusCode,
    data: T,
    message: Option<String>,
    position: Option<Position>,
    version: Option<i64>,
    shown: Shown,
}

impl<T: Serialize> Answer<T> {
    /// 200.
    pub fn ok(data: T) -> Self {
        Self { status: StatusCode::OK, data, message: None, position: None, version: None, shown: Shown::default() }
    }

    /// 201.
    pub fn created(data: T) -> Self {
        Self { status: StatusCode::CREATED, ..Self::ok(data) }
    }

    /// 202.
    pub fn accepted(data: T) -> Self {
        Self { status: StatusCode::ACCEPTED, ..Self::ok(data) }
    }

    /// The same with 200, whatever it was.
    pub fn ok_now(self) -> Self {
        Self { status: StatusCode::OK, ..self }
    }

    /// The same as 201.
    pub fn as_created(self) -> Self {
        Self { status: StatusCode::CREATED, ..self }
    }

    /// A sentence for people; only the envelope shows it.
    pub fn message(self, message: impl Into<String>) -> Self {
        Self { message: Some(message.into()), ..self }
    }

    /// It shows these things, which is put on record (B.R4): for whatever shows calls, journals or recordings.
    pub fn showing(mut self, what: Seen, ids: impl IntoIterator<Item = Uuid>) -> Self {
        self.shown.and(what, ids);
        self
    }

    /// It shows what some events tell of.
    pub fn telling_of(self, told: Told) -> Self {
        told.into_iter().fold(self, |answer, (what, ids)| answer.showing(what, ids))
    }

    /// Where in the log it stands (`Docket-Position`).
    pub fn position(self, position: Position) -> Self {
        Self { position: Some(position), ..self }
    }

    /// The version of the one thing shown (`ETag`, to be sent back as `If-Match`).
    pub fn version(self, version: i64) -> Self {
        Self { version: Some(version), ..self }
    }

    /// Position and version as a command left them.
    pub fn after(self, done: &commands::Answer) -> Self {
        Self { position: done.position.or(self.position), version: Some(done.version), ..self }
    }
}

impl<T: Serialize> Responder for Answer<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let face = request.extensions().get::<Matched>().map_or(Face::Envelope, |matched| matched.0.face);
        self.shown.leave(request);
        let mut response = HttpResponse::build(self.status);
        if let Some(position) = self.position {
            tracing::Span::current().record("position", position.to_i64());
            response.insert_header(("Docket-Position", position.to_string()));
        }
        if let Some(version) = self.version {
            response.insert_header((header::ETAG, format!("\"{version}\"")));
        }
        match face.body(&self.data, self.message.as_deref()) {
            Ok(body) => response.content_type("application/json").body(body),
            Err(error) => HttpResponse::from_error(Error::internal(error)),
        }
    }
}
