//! What comes in: bodies, query strings, ids and headers, each read strictly and refused by field and rule.

use crate::error::{Error, Kind};
use actix_web::http::header::{self, HeaderMap};
use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, web::BytesMut};
use eventlog::Position;
use futures::{StreamExt, future::LocalBoxFuture};
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::future::{Ready, ready};
use std::time::Duration;
use uuid::Uuid;

/// The largest body that is read.
pub const LARGEST: usize = 1 << 20;
/// How long a body may take to come: less than an answer may, so that who is slow is told that it was they.
const COMING: Duration = Duration::from_secs(8);
/// The deepest nesting that is read.
pub const DEEPEST: usize = 64;

/// A JSON body. Unknown fields are refused where `T` says `deny_unknown_fields`, which every request type does.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let fits = is_json(request);
        let bytes = bytes(request, payload);
        Box::pin(async move {
            let bytes = bytes.await?;
            if !fits {
                return Err(Error::new(Kind::UnsupportedMedia, "the body must be application/json"));
            }
            object(&bytes).map(Body)
        })
    }
}

/// Whether the body is said to be JSON.
pub fn is_json(request: &HttpRequest) -> bool {
    let media = request.content_type().to_ascii_lowercase();
    media == "application/json" || media.starts_with("application/") && media.ends_with("+json")
}

/// The bytes of a body, at most 1 MiB; for the few routes whose body is not JSON.
pub fn bytes(request: &HttpRequest, payload: &mut Payload) -> LocalBoxFuture<'static, Result<BytesMut, Error>> {
    let too_large = || Error::new(Kind::TooLarge, "the body is larger than 1 MiB");
    let announced =
        request.headers().get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()).and_then(|v| v.parse::<usize>().ok());
    let mut payload = payload.take();
    let reading = async move {
        if announced.is_some_and(|length| length > LARGEST) {
            return Err(too_large());
        }
        let mut bytes = BytesMut::new();
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|error| Error::malformed(format!("the body cannot be read: {error}")))?;
            if bytes.len() + chunk.len() > LARGEST {
                return Err(too_large());
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    };
    let late = || Error::new(Kind::TooSlow, format!("the body did not come within {COMING:?}"));
    Box::pin(async move { tokio::time::timeout(COMING, reading).await.unwrap_or_else(|_| Err(late())) })
}

/// Reads a JSON object. serde would also take a list of the fields' values in their order, which nobody means.
pub fn object<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    match bytes.trim_ascii_start().first() {
        Some(b'[') => Err(json::<serde::de::IgnoredAny>(bytes).err().unwrap_or_else(|| Error::invalid("", "must be an object"))),
        _ => json(bytes),
    }
}

/// Reads JSON; what is wrong is named by field and rule.
pub fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    let text = std::str::from_utf8(bytes).map_err(|_| Error::malformed("the body is not valid UTF-8"))?;
    look_over(text)?;
    let text = &whole(text);
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let cause = error.into_inner();
        match cause.classify() {
            serde_json::error::Category::Data => invalid(&path, &cause.to_string()),
            // serde_json calls it a mistake in the syntax when a word from a list is wanted and something else stands there.
            _ if serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() => invalid(&path, "must be one of the known words"),
            _ => Error::malformed(format!("the body is not valid JSON: {cause}")),
        }
    })?;
    reader.end().map_err(|error| Error::malformed(format!("the body is not valid JSON: {error}")))?;
    Ok(value)
}

/// Refuses what is too deep and what PostgreSQL could not store, before anything is built from it.
fn look_over(text: &str) -> Result<(), Error> {
    let (mut depth, mut in_string) = (0usize, false);
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match (in_string, byte) {
            (true, b'\\') if bytes[at + 1..].starts_with(b"u0000") => {
                return Err(Error::invalid("", "the body must not contain the character U+0000"));
            }
            (true, b'\\') => at += 1,
            (_, b'"') => in_string = !in_string,
            (false, b'{' | b'[') => depth += 1,
            (false, b'}' | b']') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return Err(Error::malformed(format!("the body is nested deeper than {DEEPEST} levels")));
        }
        at += 1;
    }
    Ok(())
}

/// Writes `7.0` as `7`: in JSON both are the same whole number, to serde the first is none.
fn whole(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let (mut kept, mut from, mut at, mut in_string) = (String::new(), 0, 0, false);
    while let Some(byte) = bytes.get(at) {
        match (in_string, byte) {
            (true, b'\\') => at += 1,
            (_, b'"') => in_string = !in_string,
            (false, b'.') => {
                let after = bytes[at + 1..].iter().position(|b| *b != b'0').map_or(bytes.len(), |zeros| at + 1 + zeros);
                let ends = bytes.get(after).is_none_or(|b| !matches!(b, b'0'..=b'9' | b'e' | b'E' | b'.' | b'+' | b'-'));
                if after > at + 1 && ends && at > 0 && bytes[at - 1].is_ascii_digit() {
                    kept.push_str(&text[from..at]);
                    from = after;
                }
                at = after - 1;
            }
            _ => {}
        }
        at += 1;
    }
    if from == 0 { Cow::Borrowed(text) } else { Cow::Owned(kept + &text[from..]) }
}

/// A serde complaint as field and rule: unknown and missing fields are named by serde in the sentence, not in the path.
fn invalid(path: &str, complaint: &str) -> Error {
    let rule = complaint.rfind(" at line ").map_or(complaint, |end| &complaint[..end]);
    let path = if path == "." { "" } else { path };
    let named = |prefix: &str| rule.strip_prefix(prefix).and_then(|rest| rest.split('`').next());
    let join = |field: &str| match path {
        "" => field.to_owned(),
        _ if path == field || path.ends_with(&format!(".{field}")) => path.to_owned(),
        _ => format!("{path}.{field}"),
    };
    match (named("missing field `"), named("unknown field `"), named("duplicate field `")) {
        (Some(field), ..) => Error::invalid(join(field), "is required"),
        (_, Some(field), _) => {
            let known = rule.split_once(", ").map(|(_, known)| format!(" ({known})")).unwrap_or_default();
            Error::invalid(join(field), format!("is not known here{known}"))
        }
        (.., Some(field)) => Error::invalid(join(field), "is given twice"),
        _ => Error::invalid(path, rule),
    }
}

/// The query string, read as strictly as a body.
#[derive(Debug)]
pub struct Params<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Params<T> {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(params(request.query_string()).map(Params))
    }
}

/// Reads a query string or a form.
pub fn params<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    readable(text)?;
    let reader = serde_urlencoded::Deserializer::new(form_urlencoded::parse(text.as_bytes()));
    serde_path_to_error::deserialize(reader).map_err(|error| invalid(&error.path().to_string(), &error.inner().to_string()))
}

/// Refuses percent-encoded bytes that are no UTF-8, and NUL.
pub fn readable(encoded: &str) -> Result<(), Error> {
    match percent_encoding::percent_decode_str(encoded).decode_utf8() {
        Err(_) => Err(Error::malformed("the address is not valid UTF-8")),
        Ok(text) if text.contains('\0') => Err(Error::malformed("the address must not contain NUL bytes")),
        Ok(_) => Ok(()),
    }
}

/// The `{id}` of the path.
#[derive(Clone, Copy, Debug)]
pub struct Id(pub Uuid);

impl FromRequest for Id {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(uuid("id", request.match_info().query("id")).map(Id))
    }
}

/// A UUID in its hyphenated form.
pub fn uuid(field: &str, text: &str) -> Result<Uuid, Error> {
    match Uuid::try_parse(text) {
        Ok(id) if text.len() == 36 => Ok(id),
        _ => Err(Error::invalid(field, "must be a UUID such as 0193f0a2-6d3c-7c7e-8f42-1f6f4b0f2a11")),
    }
}

/// What a caller says beside a command: the version they saw, and the key by which a repetition is recognised.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Circumstances {
    /// `If-Match`: the version that was seen. `*` and no header at all both mean any.
    pub expected: Option<i64>,
    /// `Idempotency-Key`.
    pub key: Option<String>,
}

impl Circumstances {
    pub fn read(headers: &HeaderMap) -> Result<Self, Error> {
        Ok(Self { expected: if_match(headers)?, key: idempotency_key(headers)? })
    }

    /// The command with them.
    pub fn of(self, ask: commands::Ask) -> commands::Ask {
        commands::Ask { expected: self.expected, key: self.key, ..ask }
    }
}

impl FromRequest for Circumstances {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::read(request.headers()))
    }
}

fn only<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h str>, Error> {
    let mut values = headers.get_all(name);
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(_), Some(_)) => Err(Error::invalid(name, "must be given once")),
        (Some(value), None) => {
            value.to_str().map(|text| Some(text.trim())).map_err(|_| Error::invalid(name, "must be visible ASCII characters"))
        }
    }
}

fn if_match(headers: &HeaderMap) -> Result<Option<i64>, Error> {
    let Some(text) = only(headers, "If-Match")? else { return Ok(None) };
    let bare = text.strip_prefix("W/").unwrap_or(text);
    let bare = bare.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(bare);
    match digits(bare) {
        _ if text == "*" => Ok(None),
        Some(version) => Ok(Some(version)),
        None => Err(Error::invalid("If-Match", "must be * or the ETag that an earlier answer had, such as \"3\"")),
    }
}

/// A whole number without a sign.
fn digits(text: &str) -> Option<i64> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Error> {
    let Some(key) = only(headers, "Idempotency-Key")? else { return Ok(None) };
    match (1..=255).contains(&key.len()) && key.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        true => Ok(Some(key.to_owned())),
        false => Err(Error::invalid("Idempotency-Key", "must be 1 to 255 visible ASCII characters")),
    }
}

/// `Docket-Min-Position`: how far an answer must follow the log.
pub fn min_position(headers: &HeaderMap) -> Result<Option<Position>, Error> {
    only(headers, "Docket-Min-Position")?.map(|text| position("Docket-Min-Position", text)).transpose()
}

/// `Last-Event-ID`: what was heard of last. A browser that has heard of nothing yet may send it empty.
pub fn last_event_id(headers: &HeaderMap) -> Result<Option<Position>, Error> {
    let said = only(headers, "Last-Event-ID")?.filter(|text| !text.is_empty());
    said.map(|text| position("Last-Event-ID", text)).transpose()
}

/// A position, as an earlier answer gave it.
pub fn position(field: &str, text: &str) -> Result<Position, Error> {
    let rule = || Error::invalid(field, "must be a position that an earlier answer had");
    digits(text).map(Position::from_i64).ok_or_else(rule)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, dead_code)]
    use super::*;
    use actix_web::test::TestRequest;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Order {
        amount: rust_decimal::Decimal,
        #[serde(default)]
        items: Vec<Item>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Item {
        count: u8,
    }

    fn refusal(body: &str) -> (Kind, String, String) {
        let error = json::<Order>(body.as_bytes()).unwrap_err();
        let details = error.details.unwrap_or_default();
        (error.kind, details.field.unwrap_or_default(), details.rule.unwrap_or_default())
    }

    #[test]
    fn bodies_are_refused_by_field_and_rule() {
        assert_eq!(json::<Order>(br#"{"amount": 10.10}"#).unwrap().amount.to_string(), "10.10");
        assert_eq!(refusal("{").0, Kind::Malformed);
        assert_eq!(refusal("").0, Kind::Malformed);
        assert_eq!(refusal(r#"{"amount": 1} x"#).0, Kind::Malformed);
        assert_eq!(refusal(r#"{}"#), (Kind::Invalid, "amount".into(), "is required".into()));
        assert_eq!(refusal(r#"{"amount": 1, "colour": 2}"#).1, "colour");
        assert_eq!(refusal(r#"{"amount": 1, "items": [{"count": 1}, {"count": 300}]}"#).1, "items[1].count");
        assert_eq!(refusal(r#"{"amount": 1, "items": [{}]}"#).1, "items[0].count");
        assert_eq!(refusal(r#"{"amount": 1, "items": [{"count": 1, "colour": 2}]}"#).1, "items[0].colour");
        assert_eq!(refusal("{\"a\\u0000\": 1}").0, Kind::Invalid);
        assert_eq!(refusal(r#"{"a\\u0000": 1, "amount": 1}"#).1, r"a\u0000");
        assert!(json::<Order>(b"{\"a\": \"\xff\"}").unwrap_err().message.contains("UTF-8"));
        assert_eq!(object::<Order>(b" [10.10, []]").unwrap_err().kind, Kind::Invalid);
        assert_eq!(object::<Order>(b"[10.10").unwrap_err().kind, Kind::Malformed);
    }

    #[test]
    fn a_whole_number_may_have_zeros_after_its_point() {
        assert_eq!(
            whole(r#"{"a": 7.0, "b.0": "8.0\"9.0", "c": [1.000], "d": 1.0"#),
            r#"{"a": 7, "b.0": "8.0\"9.0", "c": [1], "d": 1"#
        );
        for same in ["1.05", "10.10", "1.0e3", "1.", ".0", "\"é\\u00e9.0\""] {
            assert_eq!(whole(same), same);
        }
        assert_eq!(json::<Item>(br#"{"count": 7.0}"#).unwrap().count, 7);
    }

    #[test]
    fn nesting_ends_at_64() {
        let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(json::<serde_json::Value>(nested(64).as_bytes()).is_ok());
        assert!(json::<serde_json::Value>(nested(65).as_bytes()).unwrap_err().message.contains("deeper"));
        assert!(json::<serde_json::Value>(format!("\"{}\"", "[".repeat(99)).as_bytes()).is_ok());
    }

    #[test]
    fn query_strings_are_as_strict() {
        assert_eq!(params::<Item>("count=7").unwrap().count, 7);
        assert_eq!(params::<Item>("count=x").unwrap_err().details.unwrap().field.as_deref(), Some("count"));
        assert_eq!(params::<Item>("").unwrap_err().details.unwrap().rule.as_deref(), Some("is required"));
        assert_eq!(params::<Item>("count=1&size=2").unwrap_err().details.unwrap().field.as_deref(), Some("size"));
        assert_eq!(params::<Item>("count=%ff").unwrap_err().kind, Kind::Malformed);
        assert_eq!(params::<Item>("count=%00").unwrap_err().kind, Kind::Malformed);
    }

    #[test]
    fn headers_are_read_strictly_too() {
        let read = |name: &'static str, value: &'static str| {
            Circumstances::read(TestRequest::default().insert_header((name, value)).to_http_request().headers())
        };
        assert_eq!(read("If-Match", "\"3\"").unwrap().expected, Some(3));
        assert_eq!(read("If-Match", "*").unwrap().expected, None);
        assert!(["three", "+3", "\"3", "-1"].iter().all(|odd| read("If-Match", odd).is_err()));
        assert_eq!(read("Idempotency-Key", "k-1").unwrap().key.as_deref(), Some("k-1"));
        assert!(read("Idempotency-Key", "").is_err());
        assert_eq!(uuid("id", "x").unwrap_err().kind, Kind::Invalid);
    }
}
