//! Call detail records of 3CX: 27 values in a line or an object, understood by what their source says of itself.

use crate::calls::call::{Billing, Leg, Party};
use crate::{Personal, SourceId, Text};
use chrono::SecondsFormat;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

mod course;
mod field;
pub mod legs;
mod parties;
pub mod times;
mod values;

#[cfg(test)]
mod properties;

use course::Course;
pub use field::Field;
pub use values::Values;

/// How the records of one telephone system are read.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    pub source: SourceId,
    /// The order of the fields in a line.
    pub fields: Vec<Field>,
    /// The zone of clock times that name none.
    pub zone: Tz,
    pub key: KeyField,
}

/// Which field tells calls apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyField {
    #[default]
    #[serde(rename = "callid")]
    CallId,
    #[serde(rename = "historyid")]
    HistoryId,
}

/// Why a record cannot be understood: the field, and the rule it breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    pub field: String,
    pub rule: String,
}

impl Flaw {
    pub fn of(field: &str, rule: impl Into<String>) -> Self {
        Self { field: field.to_owned(), rule: rule.into() }
    }
}

/// A record that was understood: a leg, and the call it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct Cdr {
    pub call_key: Text<255>,
    pub leg: Leg,
}

/// A record has fewer characters than this; a longer one is no record.
pub const LONGEST: usize = 16_384;

impl Layout {
    /// Reads a line, or an object that was sent as one.
    pub fn line(&self, line: &str) -> Result<Cdr, Flaw> {
        if line.len() > LONGEST {
            return Err(Flaw::of("line", format!("must have at most {LONGEST} bytes, has {}", line.len())));
        }
        match line.trim_start().starts_with('{') {
            true => self.json(line),
            false => self.read(&Values::of_line(line, &self.fields)?),
        }
    }

    /// Reads the text of a JSON object.
    pub fn json(&self, text: &str) -> Result<Cdr, Flaw> {
        if text.len() > LONGEST {
            return Err(Flaw::of("record", format!("must have at most {LONGEST} bytes, has {}", text.len())));
        }
        match serde_json::from_str::<Value>(text) {
            Ok(Value::Object(object)) => self.read(&Values::of_object(&object)?),
            Ok(_) => Err(Flaw::of("record", "must be an object")),
            Err(_) => Err(Flaw::of("record", "must be JSON")),
        }
    }

    fn read(&self, values: &Values) -> Result<Cdr, Flaw> {
        let key = match self.key {
            KeyField::CallId => Field::CallId,
            KeyField::HistoryId => Field::HistoryId,
        };
        let call_key = text(values, key)?.ok_or_else(|| Flaw::of(key.word(), "must not be empty"))?;
        let Course { started_at, answered_at, ended_at, stated_seconds } = Course::read(values, self.zone)?;
        let times = [(Field::TimeStart, Some(started_at)), (Field::TimeAnswered, answered_at), (Field::TimeEnd, ended_at)];
        let canonical = |field: Field| match times.iter().find(|(of, _)| *of == field) {
            Some((_, at)) => at.map(|at| at.to_rfc3339_opts(SecondsFormat::Micros, true)).unwrap_or_default(),
            None if field == Field::Duration => stated_seconds.map(|n| n.to_string()).unwrap_or_default(),
            None => values.get(field).unwrap_or_default().to_owned(),
        };
        let leg = Leg {
            key: self.named("leg", IDENTIFYING.into_iter().map(canonical)),
            print: self.named("record", Field::ALL.into_iter().map(canonical)),
            history_id: text(values, Field::HistoryId)?,
            call_id: text(values, Field::CallId)?,
            started_at,
            answered_at,
            ended_at,
            stated_seconds,
            from: Party::read(values, Field::FromType, Field::FromDn, Field::FromNo, Field::FromDispname)?,
            to: Party::read(values, Field::ToType, Field::ToDn, Field::ToNo, Field::ToDispname)?,
            last: Party::read(values, Field::FinalType, Field::FinalDn, Field::FinalNumber, Field::FinalDispname)?,
            dialled: text(values, Field::DialNo)?.map(Personal::new),
            reason_terminated: text(values, Field::ReasonTerminated)?,
            reason_changed: text(values, Field::ReasonChanged)?,
            bill: Billing {
                code: text(values, Field::BillCode)?,
                rate: text(values, Field::BillRate)?,
                cost: text(values, Field::BillCost)?,
                name: text(values, Field::BillName)?,
            },
            chain: text(values, Field::Chain)?.map(Personal::new),
            polled: parties::polled(values.get(Field::MissedQueueCalls).unwrap_or_default()),
            filled: values.filled(),
        };
        Ok(Cdr { call_key, leg })
    }

    /// A name that follows from these values. They are joined by a character that no value may contain.
    fn named(&self, kind: &str, values: impl Iterator<Item = String>) -> Uuid {
        let joined: Vec<String> = std::iter::once(kind.to_owned()).chain(values).collect();
        Uuid::new_v5(&self.source.0, joined.join("\u{1f}").as_bytes())
    }
}

/// The fields that say which leg of which call a record is about.
const IDENTIFYING: [Field; 8] =
    [Field::HistoryId, Field::CallId, Field::TimeStart, Field::FromNo, Field::ToNo, Field::FromDn, Field::ToDn, Field::DialNo];

fn text<const MAX: usize>(values: &Values, field: Field) -> Result<Option<Text<MAX>>, Flaw> {
    let Some(text) = values.get(field) else { return Ok(None) };
    Text::try_from(text).map(Some).map_err(|rule| Flaw::of(field.word(), rule))
}

#[cfg(test)]
#[path = "cdr/tests.rs"]
mod tests;
