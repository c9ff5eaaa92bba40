//! Telephone systems tell of their calls by themselves: signed, or with their secret (B.E8).
//!
//! Nobody is told that a record was taken before it is on record. What cannot be understood is kept in quarantine and taken for
//! that: to refuse it would only make the telephone system send it again and again.

use crate::error::Error;
use crate::extract::{self, Params};
use crate::face::Enveloped;
use crate::{Answer, House};
use actix_web::http::header::HeaderMap;
use actix_web::{HttpMessage, HttpRequest, web};
use commands::calls::record::items;
use domain::SourceId;
use processes::calls::intake::{Piece, Tally};
use processes::calls::secrets::{Proof, Proven};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// What every refusal says, so that nobody learns which sources there are.
const WRONG: &str =
    "sign the request (webhook-id, webhook-timestamp, webhook-signature) or send X-Webhook-Secret, and name the source";

/// From which telephone system it comes.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Sender {
    /// The source; the only one there is if it is not said.
    #[param(value_type = Option<Uuid>)]
    source: Option<Uuid>,
}

/// A record, a list of records, or `{"records": […]}`; each an object with 3CX's fields by their names in any spelling.
#[derive(ToSchema)]
#[schema(value_type = Object)]
#[allow(dead_code, reason = "it describes what is read by hand")]
pub struct CdrDelivery(Value);

/// What became of the records.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CdrsTaken)]
pub struct Taken {
    #[schema(example = 3)]
    received: usize,
    /// They said something new of a call.
    #[schema(example = 2)]
    recorded: usize,
    /// They were on record already.
    #[schema(example = 0)]
    unchanged: usize,
    /// They are in quarantine (`GET /api/3cx/quarantine`).
    #[schema(example = 1)]
    held: usize,
}

/// Take records of calls from a telephone system.
///
/// JSON, or lines as 3CX writes them (`text/plain` or `text/csv`). An answer of 200 means that all of it is on record: as parts of
/// calls, or in quarantine. The same record again changes nothing.
#[utoipa::path(post, path = "/api/3cx/cdr-webhook", tag = "3CX", params(Sender),
    request_body(content((CdrDelivery = "application/json", example = json!({"historyid": "Call 1244", "callid": "00000187C8F11A9F_187", "duration": "00:03:09",
    "time-start": "2024/03/02 14:05:09", "time-answered": "2024/03/02 14:05:21", "time-end": "2024/03/02 14:08:30",
    "reason-terminated": "TerminatedBySrc", "from-no": "+15551230001", "to-no": "800", "final-number": "Ext.101", "final-dn": "101",
    "from-type": "Line", "to-type": "Queue", "final-type": "Extension"})), (String = "text/plain"), (String = "text/csv"))),
    responses((status = 200, body = Enveloped<Taken>), (status = 401, description = "it does not prove that it is the source")))]
pub async fn cdr_webhook(
    house: web::Data<House>,
    request: HttpRequest,
    from: Params<Sender>,
    body: web::Payload,
) -> Result<Answer<Taken>, Error> {
    let proof = brought(&house, request.headers())?;
    let bytes = extract::bytes(&request, &mut body.into_inner()).await?;
    let Proven { tenant, source } = proven(&house, from.0.source.map(SourceId), &proof, &bytes).await?;
    let pieces = match request.content_type().to_ascii_lowercase().contains("json") {
        true => objects(&bytes),
        false => bytes.as_ref().split(|byte: &u8| *byte == b'\n').map(|line| Piece::Line(line.to_vec())).collect(),
    };
    let _place = house.limits.places.take(tenant).await?;
    let intake = house.telephony.intake.clone();
    let taken: Tally = house.finish(async move { Ok(intake.take(tenant, source, pieces).await?) }).await?;
    let Tally { recorded, unchanged, held, position } = taken.clone();
    let answer = Answer::ok(Taken { received: taken.total(), recorded, unchanged, held });
    Ok(match position {
        Some(position) => answer.position(position),
        None => answer,
    })
}

/// What a request proves itself with, if it brings anything that could still count: the body of whoever brings nothing need not be
/// read.
pub fn brought<'r>(house: &House, headers: &'r HeaderMap) -> Result<Proof<'r>, Error> {
    let proof = proof(headers).filter(|proof| proof.is_timely(house.commands.now()));
    proof.ok_or_else(|| Error::unauthenticated(WRONG))
}

/// Whose request it is.
pub async fn proven(house: &House, source: Option<SourceId>, proof: &Proof<'_>, body: &[u8]) -> Result<Proven, Error> {
    let proven = house.telephony.secrets.prove(source, proof, body).await?;
    proven.ok_or_else(|| Error::unauthenticated(WRONG))
}

fn proof(headers: &HeaderMap) -> Option<Proof<'_>> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let signed = (text("webhook-id"), text("webhook-timestamp"), text("webhook-signature"));
    match (signed, text("x-webhook-secret")) {
        ((Some(id), Some(timestamp), Some(signature)), _) => Some(Proof::Signed { id, timestamp, signature }),
        (_, Some(secret)) => Some(Proof::Shown(secret)),
        _ => None,
    }
}

/// The records of a JSON body; what is no JSON at all is one that cannot be understood, and can be replayed once it is mended.
fn objects(bytes: &[u8]) -> Vec<Piece> {
    let body = match serde_json::from_slice::<Value>(bytes) {
        Ok(body) => body,
        // It says where, and nothing of what stands there.
        Err(error) => return vec![Piece::Torn { bytes: bytes.to_vec(), why: format!("must be JSON: {error}").into() }],
    };
    let piece = |item: Value| match item {
        Value::Object(record) => Piece::Object(record),
        Value::String(line) => Piece::Line(line.into_bytes()),
        other => Piece::Torn { bytes: other.to_string().into_bytes(), why: "must be an object".into() },
    };
    items(body).into_iter().map(piece).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn records_come_alone_in_a_list_or_under_their_name() {
        let count = |text: &str| objects(text.as_bytes()).len();
        assert_eq!([count("{}"), count("[{}, {}]"), count(r#"{"records": [{}, "a,b", 7]}"#), count("[]")], [1, 2, 3, 0]);
        let torn = |text: &str| matches!(objects(text.as_bytes())[..], [Piece::Torn { .. }]);
        let odd = objects(b"[{},\n{\"callid\" 7}]");
        let Piece::Torn { why, .. } = &odd[0] else { panic!("it is no JSON") };
        assert_eq!(why, "must be JSON: expected `:` at line 2 column 11");
        assert!(torn("{") && torn("") && torn("7") && !torn(r#"{"records": 7}"#));
        assert!(torn(&format!("{}{}", "[".repeat(500), "]".repeat(500))));
    }
}
