//! From a line or a JSON object to the 27 values, still as text: what is empty is absent.

use super::{Field, Flaw};
use serde_json::{Map, Value};

/// The trimmed texts of the fields; what was empty is absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Values([Option<String>; 27]);

impl Values {
    pub fn get(&self, field: Field) -> Option<&str> {
        self.0[field.place()].as_deref()
    }

    /// How many are filled in.
    pub fn filled(&self) -> u8 {
        self.0.iter().flatten().count() as u8
    }

    fn set(&mut self, field: Field, text: &str) {
        let text = text.trim();
        self.0[field.place()] = (!text.is_empty()).then(|| text.to_owned());
    }

    /// A line: values in the order of `fields`, separated by commas; a value in quotes may hold commas and doubled quotes.
    pub fn of_line(line: &str, fields: &[Field]) -> Result<Values, Flaw> {
        let mut parts = split(line.trim_end_matches(['\r', '\n']))?;
        // Some versions end every line with a comma.
        if parts.len() == fields.len() + 1 && parts.last().is_some_and(|last| last.trim().is_empty()) {
            parts.pop();
        }
        if parts.len() != fields.len() {
            return Err(Flaw::of("line", format!("must have {} fields, has {}", fields.len(), parts.len())));
        }
        let mut values = Values::default();
        for (field, part) in fields.iter().zip(&parts) {
            values.set(*field, part);
        }
        Ok(values)
    }

    /// An object with the fields by their names in any spelling. Other names are of no interest.
    pub fn of_object(object: &Map<String, Value>) -> Result<Values, Flaw> {
        let mut values = Values::default();
        let mut given = [false; 27];
        for (name, value) in object {
            let Some(field) = Field::named(name) else { continue };
            if std::mem::replace(&mut given[field.place()], true) {
                return Err(Flaw::of(field.word(), "is given twice"));
            }
            let text = text_of(value).ok_or_else(|| Flaw::of(field.word(), "must be text or a number"))?;
            values.set(field, &text);
        }
        Ok(values)
    }
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Array(items) => {
            let plain = |item: &Value| match item {
                Value::String(text) => Some(text.clone()),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            };
            let texts: Option<Vec<String>> = items.iter().map(plain).collect();
            texts.map(|texts| texts.join(";"))
        }
        Value::Object(_) => None,
    }
}

fn split(line: &str) -> Result<Vec<String>, Flaw> {
    let mut parts = vec![];
    let mut rest = line;
    loop {
        let (part, after) = match rest.strip_prefix('"') {
            Some(quoted) => unquote(quoted)?,
            None => match rest.find(',') {
                Some(comma) => (rest[..comma].to_owned(), Some(&rest[comma + 1..])),
                None => (rest.to_owned(), None),
            },
        };
        parts.push(part);
        match after {
            Some(after) => rest = after,
            None => return Ok(parts),
        }
    }
}

/// The text up to the closing quote, and what follows the comma after it.
fn unquote(quoted: &str) -> Result<(String, Option<&str>), Flaw> {
    let mut text = String::new();
    let mut rest = quoted;
    loop {
        let Some(end) = rest.find('"') else { return Err(Flaw::of("line", "has a quote that is not closed")) };
        text.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        if let Some(after) = rest.strip_prefix('"') {
            text.push('"');
            rest = after;
        } else if rest.is_empty() {
            return Ok((text, None));
        } else if let Some(after) = rest.strip_prefix(',') {
            return Ok((text, Some(after)));
        } else {
            return Err(Flaw::of("line", "has text after a closing quote"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(line: &str) -> Vec<String> {
        split(line).unwrap()
    }

    #[test]
    fn quotes_hold_commas_and_quotes() {
        assert_eq!(parts("a,,b"), ["a", "", "b"]);
        assert_eq!(parts("\"a,\"\"b\"\"\",c"), ["a,\"b\"", "c"]);
        assert_eq!(parts(""), [""]);
        assert_eq!(parts("\"\""), [""]);
        assert_eq!(parts("a,"), ["a", ""]);
        for torn in ["\"a", "\"a\"b,c", "a,\"b"] {
            assert_eq!(split(torn).unwrap_err().field, "line", "{torn}");
        }
    }

    #[test]
    fn a_line_has_as_many_fields_as_its_source_says() {
        let two = [Field::CallId, Field::TimeStart];
        assert_eq!(Values::of_line("7, x ,", &two).unwrap().get(Field::TimeStart), Some("x"));
        let flaw = Values::of_line("7", &two).unwrap_err();
        assert_eq!((flaw.field.as_str(), flaw.rule.as_str()), ("line", "must have 2 fields, has 1"));
    }

    #[test]
    fn an_object_names_its_fields_once() {
        let read = |text: &str| Values::of_object(serde_json::from_str::<Value>(text).unwrap().as_object().unwrap());
        let values =
            read(r#"{"callId":12345678901234567890,"duration":3,"toDn":null,"missedQueueCalls":["101","102"],"x":{}}"#).unwrap();
        assert_eq!(values.get(Field::CallId), Some("12345678901234567890"));
        assert_eq!(values.get(Field::MissedQueueCalls), Some("101;102"));
        assert_eq!((values.get(Field::ToDn), values.filled()), (None, 3));
        let numbers = read(r#"{"missedQueueCalls":[101,"102"]}"#).unwrap();
        assert_eq!(numbers.get(Field::MissedQueueCalls), Some("101;102"));
        assert!(read(r#"{"missedQueueCalls":[[101]]}"#).is_err());
        assert_eq!(read(r#"{"callId":"1","call_id":"2"}"#).unwrap_err(), Flaw::of("callid", "is given twice"));
        assert_eq!(read(r#"{"callId":{}}"#).unwrap_err(), Flaw::of("callid", "must be text or a number"));
    }
}
