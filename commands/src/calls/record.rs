//! Records of calls come in: each becomes part of a call, or waits in quarantine with the reason.

use super::directory::Directory;
use crate::{Command, Error, On, Work};
use domain::calls::call::{Call, Leg, RawRecord, RecordShape};
use domain::calls::cdr::{Cdr, Flaw, Layout};
use domain::calls::centre::CallCentre;
use domain::calls::held_record::{HeldRaw, HeldRecord, HeldRecordRefusal};
use domain::calls::source::{Source, SourceDetails};
use domain::organization::role::Permission;
use domain::{CallId, HeldRecordId, Personal, SourceId, StreamId, TenantId, Text};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Takes in a record: a line, or an object with the fields by their names. The same record again changes nothing.
///
/// What it is about follows from the record. Whoever asks for many at once names it ([`target`]), so that all histories can be
/// fetched in one go.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordCdr {
    pub source: SourceId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<Map<String, Value>>,
}

impl RecordCdr {
    fn raw(&self) -> Result<(RecordShape, String), Error> {
        match (&self.line, &self.record) {
            (Some(line), None) => Ok((RecordShape::Line, line.clone())),
            (None, Some(record)) => Ok((RecordShape::Json, text_of(record))),
            _ => Err(Error::Invalid { field: "line".into(), rule: "or record is required, and only one of them".into() }),
        }
    }
}

/// An object as it is kept.
pub fn text_of(record: &Map<String, Value>) -> String {
    serde_json::to_string(record).unwrap_or_default()
}

/// Reads a record as its source writes them.
pub fn read(layout: &Layout, shape: RecordShape, text: &str) -> Result<Cdr, Flaw> {
    match shape {
        RecordShape::Line => layout.line(text),
        RecordShape::Json => layout.json(text),
    }
}

/// What a record is about: its call, or itself in quarantine.
pub fn target(tenant: TenantId, source: SourceId, read: &Result<Cdr, Flaw>, text: &str) -> Uuid {
    match read {
        Ok(cdr) => Call::id(tenant, source, cdr.call_key.as_str()).0,
        Err(_) => held_id(tenant, source, text.as_bytes()).0,
    }
}

/// The place in quarantine of these bytes.
pub fn held_id(tenant: TenantId, source: SourceId, bytes: &[u8]) -> HeldRecordId {
    HeldRecord::id(tenant, source, &hex(bytes))
}

impl Command for RecordCdr {
    const NAME: &'static str = "RecordCdr";
    const MAY: Permission = Permission::IngestCalls;
    const ON: On = On::New;
    // Records come when they come; their own times stand in them.
    const IN_ORDER: bool = false;
    const EXAMPLE: &'static str = r#"{"source":"0190a5d2-0000-7000-8000-000000000009","record":{"callid":"00000187C8F11A9F_187",
        "time-start":"2024-03-02T14:05:09Z","time-answered":"2024-03-02T14:05:21Z","time-end":"2024-03-02T14:08:30Z",
        "from-no":"+15551230001","from-type":"Line","to-no":"Ext.101","to-dn":"101","to-type":"Extension"}}"#;
    type Target = Call;

    fn reads(&self, tenant: TenantId, on: Uuid) -> Vec<StreamId> {
        vec![
            Self::stream(tenant, on),
            StreamId::of::<HeldRecord>(tenant, on),
            StreamId::of::<Source>(tenant, self.source),
            StreamId::of::<CallCentre>(tenant, tenant),
        ]
    }

    async fn decide(&self, _: Uuid, work: &mut Work) -> Result<(), Error> {
        let (shape, text) = self.raw()?;
        let details = work.load::<Source>(self.source).await?.details()?.clone();
        match read(&details.layout(self.source), shape, &text) {
            Ok(cdr) => {
                let call = take_in(self.source, &details, cdr, RawRecord { shape, text: Personal::new(text) }, work).await?;
                work.is_about(&StreamId::of::<Call>(work.stamp().tenant, call));
                Ok(())
            }
            Err(Flaw { field, rule }) => {
                let bytes = text.clone().into_bytes();
                hold(self.source, HeldRaw::Text(text), &bytes, field, rule, work).await
            }
        }
    }
}

/// Puts into quarantine what was no record to begin with: bytes that are no text, or a line that was cut off.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoldRecord {
    pub source: SourceId,
    pub raw: HeldRaw,
    /// SHA-256 of the bytes as they came, in hexadecimal digits.
    pub sha256: String,
    pub reason: Text<1000>,
}

impl HoldRecord {
    /// What was wrong with these bytes.
    pub fn of(source: SourceId, bytes: &[u8], raw: HeldRaw, reason: Text<1000>) -> Self {
        Self { source, raw, sha256: hex(bytes), reason }
    }
}

impl Command for HoldRecord {
    const NAME: &'static str = "HoldRecord";
    const MAY: Permission = Permission::IngestCalls;
    const ON: On = On::New;
    const IN_ORDER: bool = false;
    const EXAMPLE: &'static str = r#"{"source":"0190a5d2-0000-7000-8000-000000000009","raw":{"text":"Call 1244,0000"},
        "sha256":"2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae","reason":"the connection ended in this line"}"#;
    type Target = HeldRecord;

    async fn decide(&self, _: Uuid, work: &mut Work) -> Result<(), Error> {
        if self.sha256.len() != 64 || self.sha256.bytes().any(|b| !b.is_ascii_hexdigit()) {
            return Err(Error::Invalid { field: "sha256".into(), rule: "must be 64 hexadecimal digits".into() });
        }
        work.load::<Source>(self.source).await?.details()?;
        put(self.source, self.raw.clone(), self.sha256.to_lowercase(), "line".into(), self.reason.to_string(), work).await
    }
}

/// Reads a record in quarantine again, as it was or corrected. If it can be understood now, it becomes part of its call. A list of
/// records, or `{"records": […]}`, becomes part of its calls if all of it can be understood, and else stays as it is.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReplayHeldRecord {
    /// The record as it should have been.
    pub raw: Option<Text<1_048_576>>,
}

/// So many records can be replayed together: each may be another call, whose history has to be read.
const TOGETHER: usize = 1_000;

impl Command for ReplayHeldRecord {
    const NAME: &'static str = "ReplayHeldRecord";
    const MAY: Permission = Permission::IngestCalls;
    const EXAMPLE: &'static str = r#"{"raw":null}"#;
    type Target = HeldRecord;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let held = work.load::<HeldRecord>(on).await?;
        let (source, raw) = held.waiting()?;
        let corrected = self.raw.as_ref().map(|raw| raw.as_str().to_owned());
        let flawed = |rule: String| HeldRecordRefusal::StillFlawed { field: "raw".into(), rule };
        let text = match (&corrected, raw) {
            (Some(corrected), _) => corrected.clone(),
            (None, Some(HeldRaw::Text(text))) => text.clone(),
            (None, _) => return Err(flawed("must be given, because what came in is no text".into()).into()),
        };
        let details = work.load::<Source>(source).await?.details()?.clone();
        let (layout, tenant) = (details.layout(source), work.stamp().tenant);
        let texts = texts(text);
        if !(1..=TOGETHER).contains(&texts.len()) {
            return Err(flawed(format!("must be from 1 to {TOGETHER} records, is {}", texts.len())).into());
        }
        let (several, mut records) = (texts.len() > 1, vec![]);
        for (nth, text) in texts.into_iter().enumerate() {
            let flaw = |flaw: Flaw| {
                let which = if several { format!("record {}: ", nth + 1) } else { String::new() };
                HeldRecordRefusal::StillFlawed { rule: format!("{which}{} {}", flaw.field, flaw.rule), field: flaw.field }
            };
            let cdr = layout.line(&text).map_err(flaw)?;
            let shape = if text.trim_start().starts_with('{') { RecordShape::Json } else { RecordShape::Line };
            records.push((cdr, RawRecord { shape, text: Personal::new(text) }));
        }
        let mut calls: Vec<CallId> = vec![];
        for (cdr, _) in &records {
            let call = Call::id(tenant, source, cdr.call_key.as_str());
            if !calls.contains(&call) {
                calls.push(call);
            }
        }
        for call in &calls {
            // Taken in, it would vanish with the call, and what it holds would stay here.
            if work.load::<Call>(*call).await?.is_disposed() {
                return Err(HeldRecordRefusal::CallGone.into());
            }
        }
        let first = calls.remove(0);
        work.change::<HeldRecord>(on, |held, _| held.replay(first, calls, corrected)).await?;
        for (cdr, raw) in records {
            take_in(source, &details, cdr, raw, work).await?;
        }
        Ok(())
    }
}

/// The records of a text, which may be a list of them; what is none is read as it stands.
fn texts(text: String) -> Vec<String> {
    let listed = text.trim_start().starts_with(['[', '{']);
    let body = if listed { serde_json::from_str::<Value>(&text).ok() } else { None };
    let is_list = body.as_ref().is_some_and(|body| body.is_array() || body["records"].is_array());
    match body.filter(|_| is_list) {
        Some(body) => {
            items(body).into_iter().map(|item| if let Value::String(line) = item { line } else { item.to_string() }).collect()
        }
        None => vec![text],
    }
}

/// The records of what was sent as JSON: one thing, a list, or a list under the name `records`.
pub fn items(body: Value) -> Vec<Value> {
    match body {
        Value::Array(items) => items,
        Value::Object(mut object) => match object.remove("records") {
            Some(Value::Array(items)) => items,
            Some(other) => {
                object.insert("records".to_owned(), other);
                vec![Value::Object(object)]
            }
            None => vec![Value::Object(object)],
        },
        other => vec![other],
    }
}

/// Says that a record in quarantine is of no use.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DismissHeldRecord {
    pub reason: Text<1000>,
}

impl Command for DismissHeldRecord {
    const NAME: &'static str = "DismissHeldRecord";
    const MAY: Permission = Permission::IngestCalls;
    const EXAMPLE: &'static str = r#"{"reason":"a test of the line"}"#;
    type Target = HeldRecord;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        work.change::<HeldRecord>(on, |held, _| held.dismiss(self.reason.clone())).await?;
        Ok(())
    }
}

/// Makes a record part of its call.
async fn take_in(source: SourceId, details: &SourceDetails, cdr: Cdr, raw: RawRecord, work: &mut Work) -> Result<CallId, Error> {
    let tenant = work.stamp().tenant;
    let id = Call::id(tenant, source, cdr.call_key.as_str());
    let stream = StreamId::of::<Call>(tenant, id);
    let call = work.load_stream::<Call>(stream.clone()).await?;
    if call.has_seen(cdr.leg.print) {
        work.settle(&stream);
        return Ok(id);
    }
    work.change::<Source>(source, |known, _| known.hear()).await?;
    let legs: Vec<&Leg> = call.legs().chain([&cdr.leg]).collect();
    let directory = Directory::of(&legs, work).await?;
    let Cdr { call_key, leg } = cdr;
    let reckon = |legs: &mut dyn Iterator<Item = &Leg>| directory.facts(legs, details);
    work.change_stream::<Call>(stream, |call, _| call.record(call_key, source, leg, raw, reckon)).await?;
    Ok(id)
}

async fn hold(source: SourceId, raw: HeldRaw, bytes: &[u8], field: String, rule: String, work: &mut Work) -> Result<(), Error> {
    put(source, raw, hex(bytes), field, rule, work).await
}

async fn put(source: SourceId, raw: HeldRaw, sha256: String, field: String, rule: String, work: &mut Work) -> Result<(), Error> {
    let tenant = work.stamp().tenant;
    let stream = StreamId::of::<HeldRecord>(tenant, HeldRecord::id(tenant, source, &sha256));
    if work.load_stream::<HeldRecord>(stream.clone()).await?.is_known() {
        work.settle(&stream);
        return Ok(());
    }
    work.change_stream::<HeldRecord>(stream, |held, _| held.hold(source, raw, sha256, field, rule)).await?;
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_one_record_or_a_list_of_them() {
        let count = |text: &str| texts(text.to_owned()).len();
        assert_eq!([count("a,b"), count("{\"callid\":\"1\"}"), count("{\"callid\":"), count("[7"), count("[]")], [1, 1, 1, 1, 0]);
        let list = texts(r#" {"records": [{"callid": "1"}, "a,b", 7]}"#.to_owned());
        assert_eq!(list, [r#"{"callid":"1"}"#, "a,b", "7"]);
        assert_eq!(texts(r#"[{"callid":"1"}]"#.to_owned()), [r#"{"callid":"1"}"#]);
        assert_eq!(count(r#"{"records": 7}"#), 1);
    }
}
