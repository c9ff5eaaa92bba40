//! The one way in for records of calls, whether they came by webhook, over a socket, from a file or were fetched.
//!
//! What was taken is on record: `take` answers after the append, and what it did not say was taken may be brought again, because the
//! same record again changes nothing.

use base64::{Engine, prelude::BASE64_STANDARD};
use commands::calls::record::{HoldRecord, RecordCdr, held_id, read, target, text_of};
use commands::{Ask, Commands, Error, Principal};
use domain::calls::call::RecordShape;
use domain::calls::cdr::{Field, Layout};
use domain::calls::held_record::HeldRaw;
use domain::calls::source::Source;
use domain::{SourceId, TenantId, Text};
use eventlog::Position;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::HashMap;
use std::time::Instant;
use uuid::Uuid;

/// Takes records in. Cheap to clone.
#[derive(Clone)]
pub struct Intake {
    commands: Commands,
}

/// What came over a wire.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// A line, without its end.
    Line(Vec<u8>),
    Object(Map<String, Value>),
    /// What can be no record, and why.
    Torn {
        bytes: Vec<u8>,
        why: Cow<'static, str>,
    },
}

/// What became of the pieces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// They said something new of a call.
    pub recorded: usize,
    /// They were on record already.
    pub unchanged: usize,
    /// They are in quarantine.
    pub held: usize,
    /// Where in the log the last of them stands.
    pub position: Option<Position>,
}

impl Tally {
    pub fn add(&mut self, other: &Tally) {
        self.recorded += other.recorded;
        self.unchanged += other.unchanged;
        self.held += other.held;
        self.position = self.position.max(other.position);
    }

    /// How many there were.
    pub fn total(&self) -> usize {
        self.recorded + self.unchanged + self.held
    }
}

/// Why bytes that are no text cannot be a record.
const NO_TEXT: &str = "must be UTF-8";

impl Intake {
    pub fn new(commands: Commands) -> Self {
        Self { commands }
    }

    /// Whether a line can be understood.
    pub async fn reads(&self, tenant: TenantId, source: SourceId, line: &[u8]) -> Result<bool, Error> {
        let known = self.commands.recent::<Source>(tenant, source).await?;
        let layout = known.details()?.layout(source);
        Ok(std::str::from_utf8(line).is_ok_and(|line| layout.line(line.trim_end_matches('\r')).is_ok()))
    }

    /// Takes pieces from one telephone system. An error means that some of them may not be on record: bring all of them again.
    pub async fn take(&self, tenant: TenantId, source: SourceId, pieces: Vec<Piece>) -> Result<Tally, Error> {
        let began = Instant::now();
        let known = self.commands.recent::<Source>(tenant, source).await?;
        let layout = known.details()?.layout(source);
        let mut asks = vec![];
        let mut tally = Tally::default();
        // Telephone systems repeat themselves, often within one delivery: each record is asked for once.
        let mut seen: HashMap<Uuid, ()> = HashMap::new();
        let mut held = vec![];
        for piece in pieces {
            let Some(Wish { print, is_held, ask }) = wish(tenant, &layout, piece) else { continue };
            if seen.insert(print, ()).is_none() {
                asks.push(ask);
                held.push(is_held);
            } else if is_held {
                tally.held += 1;
            } else {
                tally.unchanged += 1;
            }
        }
        let who = Principal::process(tenant, "cdr");
        for (answer, is_held) in self.commands.execute_all(&who, asks).await.into_iter().zip(held) {
            let answer = answer?;
            tally.position = tally.position.max(answer.position);
            match (is_held, answer.unchanged) {
                (true, _) => tally.held += 1,
                (false, true) => tally.unchanged += 1,
                (false, false) => tally.recorded += 1,
            }
        }
        for (outcome, n) in [("recorded", tally.recorded), ("unchanged", tally.unchanged), ("held", tally.held)] {
            metrics::counter!("docket_cdr_records_total", "outcome" => outcome).increment(n as u64);
        }
        metrics::histogram!("docket_cdr_intake_seconds").record(began.elapsed().as_secs_f64());
        Ok(tally)
    }
}

struct Wish {
    /// By this two of the same are known to be the same.
    print: Uuid,
    is_held: bool,
    ask: Ask,
}

/// The command for a piece; none for what says nothing at all.
fn wish(tenant: TenantId, layout: &Layout, piece: Piece) -> Option<Wish> {
    let source = layout.source;
    match piece {
        Piece::Object(record) => {
            let cdr = read(layout, RecordShape::Json, &text_of(&record));
            let on = target(tenant, source, &cdr, &text_of(&record));
            let print = cdr.as_ref().map_or(on, |cdr| cdr.leg.print);
            let ask = Ask::new(RecordCdr { source, line: None, record: Some(record) }).on(on);
            Some(Wish { print, is_held: cdr.is_err(), ask })
        }
        Piece::Line(bytes) => match String::from_utf8(bytes) {
            Ok(line) => {
                let line = line.trim_start_matches('\u{feff}').trim_end_matches(['\r', '\n']).to_owned();
                if line.trim().is_empty() || is_heading(&line) {
                    return None;
                }
                let cdr = read(layout, RecordShape::Line, &line);
                let on = target(tenant, source, &cdr, &line);
                let print = cdr.as_ref().map_or(on, |cdr| cdr.leg.print);
                let ask = Ask::new(RecordCdr { source, line: Some(line), record: None }).on(on);
                Some(Wish { print, is_held: cdr.is_err(), ask })
            }
            Err(no_text) => Some(hold(tenant, source, no_text.into_bytes(), NO_TEXT)),
        },
        Piece::Torn { bytes, why } => Some(hold(tenant, source, bytes, &why)),
    }
}

fn hold(tenant: TenantId, source: SourceId, bytes: Vec<u8>, why: &str) -> Wish {
    let print = held_id(tenant, source, &bytes).0;
    let raw = match std::str::from_utf8(&bytes) {
        Ok(text) => HeldRaw::Text(text.to_owned()),
        Err(_) => HeldRaw::Base64(BASE64_STANDARD.encode(&bytes)),
    };
    let why = Text::try_from(why).unwrap_or_else(|_| unreachable!("a sentence of ours"));
    Wish { print, is_held: true, ask: Ask::new(HoldRecord::of(source, &bytes, raw, why)).on(print) }
}

/// Exports begin with a line of the fields' names.
fn is_heading(line: &str) -> bool {
    let mut names = line.split(',').map(|name| name.trim().trim_matches('"'));
    line.starts_with(|c: char| c.is_ascii_alphabetic() || c == '"')
        && names.all(|name| name.is_empty() || Field::named(name).is_some())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use domain::calls::cdr::KeyField;

    fn layout() -> Layout {
        let fields = vec![Field::CallId, Field::TimeStart];
        Layout { source: SourceId(Uuid::from_u128(1)), fields, zone: "UTC".parse().unwrap(), key: KeyField::CallId }
    }

    fn of(piece: Piece) -> Option<(Uuid, bool, &'static str)> {
        wish(TenantId::SYSTEM, &layout(), piece).map(|wish| (wish.print, wish.is_held, wish.ask.command.name()))
    }

    #[test]
    fn the_same_record_is_the_same_in_every_shape() {
        let line = of(Piece::Line(b"C1,2024-03-02 14:05:09\r\n".to_vec())).unwrap();
        let object = serde_json::from_str(r#"{"callId":"C1","timeStart":"2024-03-02T14:05:09Z"}"#).unwrap();
        assert_eq!(of(Piece::Object(object)).unwrap().0, line.0);
        assert_eq!((line.1, line.2), (false, "RecordCdr"));
    }

    #[test]
    fn what_is_no_record_is_held_and_what_says_nothing_is_left_out() {
        assert!([&b""[..], b" \r\n", b"callid,time-start\n"].iter().all(|line| of(Piece::Line(line.to_vec())).is_none()));
        assert!(of(Piece::Line(b"C1".to_vec())).unwrap().1);
        assert_eq!(of(Piece::Line(b"\xff\xfe".to_vec())).unwrap().2, "HoldRecord");
        let torn =
            |bytes: &[u8]| of(Piece::Torn { bytes: bytes.to_vec(), why: "the connection ended in this line".into() }).unwrap();
        assert_eq!(torn(b"C1,2024-03-02 14:05:09").2, "HoldRecord");
        assert_ne!(torn(b"a").0, torn(b"b").0);
    }
}
