//! The one route by which everything may be asked: a command, a list of them, or a stream of lines, each with its own answer.

pub(crate) mod forms;

use crate::auth::Caller;
use crate::error::{Details, Error, Kind};
use crate::extract::{self, Circumstances};
use crate::face::{Enveloped, Face};
use crate::{Answer, House};
use ::commands::{Ask, Envelope, MENU, On};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, Responder, web};
use domain::organization::role::Permission;
use eventlog::chaos::{Mutant, planted};
use serde::Serialize;
use serde_json::json;
use serde_json::value::RawValue;
use std::borrow::Cow;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

/// The most commands in one request.
const MOST: usize = 1000;
const NDJSON: &str = "application/x-ndjson";

/// A command with what goes with it.
pub struct Wish;

impl PartialSchema for Wish {
    fn schema() -> RefOr<Schema> {
        forms::envelopes()
    }
}

impl ToSchema for Wish {
    fn name() -> Cow<'static, str> {
        "CommandEnvelope".into()
    }
}

/// What a request may bring: one command, or a list in which anything may stand, because every item is answered by itself.
pub struct Wishes;

impl PartialSchema for Wishes {
    fn schema() -> RefOr<Schema> {
        let one = json!({"$ref": "#/components/schemas/CommandEnvelope"});
        let item = json!({"anyOf": [one, {"description": "Anything else is answered with its own error."}]});
        let several = json!({"type": "array", "maxItems": MOST, "items": item});
        serde_json::from_value(json!({"oneOf": [one, several]})).unwrap_or_else(|_| RefOr::T(Schema::default()))
    }
}

impl ToSchema for Wishes {
    fn name() -> Cow<'static, str> {
        "CommandEnvelopes".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((Wish::name().into(), Wish::schema()));
    }
}

/// What came of a command.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CommandOutcome)]
pub struct Outcome {
    /// What it was about.
    id: Uuid,
    /// The version of that (its ETag).
    version: i64,
    /// Where in the log it stands; `null` if nothing was recorded.
    position: Option<i64>,
    /// It was so already.
    unchanged: bool,
    /// The answer of an earlier time, given again.
    replayed: bool,
}

impl From<&::commands::Answer> for Outcome {
    fn from(done: &::commands::Answer) -> Self {
        let ::commands::Answer { id, version, position, unchanged, replayed } = *done;
        Self { id, version, position: position.map(eventlog::Position::to_i64), unchanged, replayed }
    }
}

/// What came of one command among several.
#[derive(Debug, Serialize, ToSchema)]
pub struct ItemOutcome {
    /// Its place in the request, from 0.
    index: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    key: Option<String>,
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    version: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    position: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    unchanged: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    replayed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    error: Option<ItemError>,
}

/// Why a command among several was not carried out.
#[derive(Debug, Serialize, ToSchema)]
pub struct ItemError {
    #[schema(example = "VALIDATION_ERROR")]
    code: String,
    #[schema(example = "data.name: must not be empty")]
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "data.name")]
    field: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "must not be empty")]
    rule: Option<String>,
    /// The state that forbids it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    state: Option<String>,
    /// What that state allows.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    allowed: Option<Vec<String>>,
    /// The status it would have had alone.
    #[schema(example = 422)]
    status: u16,
}

/// What came of one command or of several.
#[derive(ToSchema)]
#[schema(as = CommandOutcomes)]
#[serde(untagged)]
#[allow(dead_code)]
pub enum Outcomes {
    One(Outcome),
    Several(Vec<ItemOutcome>),
}

/// A command on the menu.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MenuItem)]
pub struct Dish {
    #[schema(example = "AddLocation")]
    name: &'static str,
    /// What one needs to be allowed.
    #[schema(value_type = String, example = "manage_locations")]
    permission: Permission,
    /// Whether you are.
    may: bool,
    /// `existing`: name it with `on`; `new`: `on` may bring its id; `tenant`: your company.
    #[schema(example = "new")]
    on: &'static str,
    /// An example of its data.
    #[schema(value_type = Object)]
    example: &'static RawValue,
}

/// Everything that may be asked.
#[utoipa::path(get, path = "/api/commands", tag = "commands", responses((status = 200, body = Enveloped<Vec<Dish>>)))]
pub async fn menu(caller: Caller) -> Result<Answer<Vec<Dish>>, Error> {
    let dish = |item: &'static ::commands::MenuItem| {
        let on = match item.on {
            On::Existing => "existing",
            On::New => "new",
            On::Tenant => "tenant",
        };
        let example = serde_json::from_str(item.example)?;
        Ok(Dish { name: item.name, permission: item.may, may: caller.may(item.may), on, example })
    };
    let dishes: Result<Vec<Dish>, serde_json::Error> = MENU.iter().map(dish).collect();
    Ok(Answer::ok(dishes.map_err(Error::internal)?))
}

/// Ask for one thing or for up to 1000.
///
/// One envelope is answered like any command, with `ETag` and `Docket-Position`; `Idempotency-Key` is its key and `If-Match`
/// the version it expects. A list or lines (NDJSON) are carried out in their order and answered one by one: a command that is
/// refused, or a line that cannot be read, stops no other.
#[utoipa::path(post, path = "/api/commands", tag = "commands",
    request_body(content((Wishes = "application/json"), (String = "application/x-ndjson"))),
    responses((status = 200, content((Enveloped<Outcomes> = "application/json"), (String = "application/x-ndjson")))))]
pub async fn ask(
    house: web::Data<House>,
    caller: Caller,
    circumstances: Circumstances,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, Error> {
    let media = request.content_type().to_ascii_lowercase();
    let bytes = extract::bytes(&request, &mut body.into_inner()).await?;
    if planted(Mutant::CancellableBegin) {
        house.app.begin().await?.commit().await?;
    }
    match media.as_str() {
        "application/x-ndjson" | "application/ndjson" | "application/jsonl" => {
            let lines: Vec<&[u8]> =
                bytes.as_ref().split(|byte: &u8| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).collect();
            let outcomes = several(&house, &caller, &circumstances, lines).await?;
            let mut answer = Vec::new();
            for outcome in &outcomes {
                serde_json::to_writer(&mut answer, outcome).map_err(Error::internal)?;
                answer.push(b'\n');
            }
            Ok(HttpResponse::Ok().content_type(NDJSON).body(answer))
        }
        media if media == "application/json" || media.starts_with("application/") && media.ends_with("+json") => {
            if bytes.trim_ascii_start().first() != Some(&b'[') {
                let done = one(&house, &caller, circumstances, &bytes).await?;
                return Ok(Answer::ok(Outcome::from(&done)).after(&done).respond_to(&request));
            }
            let items: Vec<Box<RawValue>> = extract::json(&bytes)?;
            let items = items.iter().map(|item| item.get().as_bytes()).collect();
            Ok(Answer::ok(several(&house, &caller, &circumstances, items).await?).respond_to(&request))
        }
        _ => Err(Error::new(Kind::UnsupportedMedia, format!("the body must be application/json or {NDJSON}"))),
    }
}

async fn one(house: &House, caller: &Caller, circumstances: Circumstances, bytes: &[u8]) -> Result<::commands::Answer, Error> {
    let ask = house.commands.read(extract::object(bytes)?).map_err(refused)?;
    let key = match (ask.key.clone(), circumstances.key) {
        (Some(inner), Some(outer)) if inner != outer => {
            return Err(Error::invalid("key", "must be the same as Idempotency-Key, or only one of both given"));
        }
        (inner, outer) => inner.or(outer),
    };
    let ask = Ask { key, expected: circumstances.expected, ..ask };
    house.carry_out(&caller.principal, ask).await?.map_err(refused)
}

async fn several(
    house: &House,
    caller: &Caller,
    circumstances: &Circumstances,
    items: Vec<&[u8]>,
) -> Result<Vec<ItemOutcome>, Error> {
    if circumstances.key.is_some() {
        return Err(Error::invalid("Idempotency-Key", "is for a single command; give each of several its own key"));
    }
    if circumstances.expected.is_some() {
        return Err(Error::invalid("If-Match", "is for a single command"));
    }
    if items.len() > MOST {
        return Err(Error::new(Kind::TooLarge, format!("at most {MOST} commands at once, not {}", items.len())));
    }
    let (mut outcomes, mut asked, mut asks) = (Vec::with_capacity(items.len()), Vec::new(), Vec::new());
    for (index, item) in items.into_iter().enumerate() {
        let (key, read) = match extract::object::<Envelope>(item) {
            Ok(envelope) => (envelope.key.clone(), house.commands.read(envelope).map_err(refused)),
            Err(error) => (None, Err(error)),
        };
        match read {
            Ok(ask) => {
                asked.push((index, key));
                asks.push(ask);
            }
            Err(error) => outcomes.push(ItemOutcome::not(index, key, error)),
        }
    }
    let answers = house.execute_all(&caller.principal, asks).await?;
    for ((index, key), answer) in asked.into_iter().zip(answers) {
        outcomes.push(match answer {
            Ok(done) => ItemOutcome::done(index, key, &done),
            Err(error) => ItemOutcome::not(index, key, refused(error)),
        });
    }
    outcomes.sort_by_key(|outcome| outcome.index);
    Ok(outcomes)
}

/// The field of an envelope keeps its whole path (`data.name`): the caller sent it so.
fn refused(error: ::commands::Error) -> Error {
    match error {
        ::commands::Error::Invalid { field, rule } => Error::invalid(field, rule),
        other => other.into(),
    }
}

impl ItemOutcome {
    /// Its place among those that were asked, from 0.
    pub(crate) fn index(&self) -> usize {
        self.index
    }

    /// It was carried out.
    pub(crate) fn is_done(&self) -> bool {
        self.ok
    }

    pub(crate) fn done(index: usize, key: Option<String>, done: &::commands::Answer) -> Self {
        let Outcome { id, version, position, unchanged, replayed } = done.into();
        Self {
            index,
            key,
            ok: true,
            id: Some(id),
            version: Some(version),
            position,
            unchanged: Some(unchanged),
            replayed: Some(replayed),
            error: None,
        }
    }

    pub(crate) fn not(index: usize, key: Option<String>, error: Error) -> Self {
        let Details { field, rule, state, allowed, .. } = error.details.map(|details| *details).unwrap_or_default();
        let status = Face::Envelope.status(error.kind).as_u16();
        let error = ItemError { code: error.code.into_owned(), message: error.message, field, rule, state, allowed, status };
        Self {
            index,
            key,
            ok: false,
            id: None,
            version: None,
            position: None,
            unchanged: None,
            replayed: None,
            error: Some(error),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_envelope_is_read_with_its_data_as_it_was_sent() {
        let read: Envelope = extract::json(br#"{"command":"RecordPayment","key":"k","data":{"amount": 10.10}}"#).unwrap();
        assert_eq!((read.command.as_str(), read.data.unwrap().get()), ("RecordPayment", r#"{"amount": 10.10}"#));
        assert!(extract::json::<Envelope>(br#"{"command":"RecordPayment","colour":1}"#).is_err());
    }

    #[test]
    fn what_was_refused_names_field_rule_and_status() {
        let error = refused(::commands::Error::Invalid { field: "data.name".into(), rule: "must not be empty".into() });
        let shown = serde_json::to_value(ItemOutcome::not(3, Some("k".into()), error)).unwrap();
        assert_eq!((&shown["index"], &shown["ok"], &shown["key"]), (&3.into(), &false.into(), &"k".into()));
        assert_eq!((&shown["error"]["field"], &shown["error"]["status"]), (&"data.name".into(), &422.into()));
        assert!(shown.get("version").is_none() && shown["error"].get("state").is_none());
    }
}
