//! How an event is written down: a stored name that never changes and a JSON body.
//!
//! Event enums are ordinary serde enums with a `rename` per variant. Serde writes such a value as `{"case.rejected":{…}}`;
//! the log keeps the name in one column and the inner object, byte for byte, in another.

use serde::{Serialize, de::DeserializeOwned};

/// An event as the log keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct Encoded {
    pub name: String,
    pub body: Vec<u8>,
}

/// Why stored bytes are not an event of the expected kind.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    #[error("no event is known by the name {0:?}")]
    UnknownName(String),
    #[error("the body of {name} cannot be read: {source}")]
    Body { name: String, source: serde_json::Error },
}

/// Writes an event down. Fails only for a type that is no event enum (a programming error caught by every round-trip test).
pub fn encode<E: Serialize>(event: &E) -> Result<Encoded, serde_json::Error> {
    let text = serde_json::to_string(event)?;
    let not_an_event = || serde::ser::Error::custom("an event is an enum of struct variants");
    let rest = text.strip_prefix("{\"").ok_or_else(not_an_event)?;
    let (name, rest) = rest.split_once("\":").ok_or_else(not_an_event)?;
    let body = rest.strip_suffix('}').ok_or_else(not_an_event)?;
    Ok(Encoded { name: name.to_owned(), body: body.as_bytes().to_vec() })
}

/// Reads an event back from its stored name and body.
pub fn decode<E: DeserializeOwned>(name: &str, body: &[u8]) -> Result<E, Unreadable> {
    let mut text = Vec::with_capacity(name.len() + body.len() + 6);
    text.extend_from_slice(b"{\"");
    text.extend_from_slice(name.as_bytes());
    text.extend_from_slice(b"\":");
    text.extend_from_slice(body);
    text.push(b'}');
    // An unknown value inside the body is another matter than an unknown event, though serde calls both a variant.
    let unknown = format!("unknown variant `{name}`");
    serde_json::from_slice(&text).map_err(|source| match source.to_string().starts_with(&unknown) {
        true => Unreadable::UnknownName(name.to_owned()),
        false => Unreadable::Body { name: name.to_owned(), source },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::case::CaseEvent;

    #[test]
    fn an_unknown_event_is_told_from_a_body_that_cannot_be_read() {
        let read = |name: &str, body: &str| decode::<CaseEvent>(name, body.as_bytes()).unwrap_err();
        assert!(matches!(read("case.vanished", "{}"), Unreadable::UnknownName(_)));
        assert!(matches!(read("case.accepted", "{}"), Unreadable::Body { .. }));
        assert!(matches!(read("case.priority_changed", r#"{"from":"P9"}"#), Unreadable::Body { .. }));
    }
}
