//! Rows that are written down for the first time, many at once, in the form in which PostgreSQL takes them fastest.

use super::error::Error;
use super::store::{Column, Statements};
use crate::table::Table;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use sqlx::PgConnection;
use std::fmt;

/// How much is sent at a time.
const CHUNK: usize = 1 << 20;

/// Stores the rows of a table that are not stored in any form.
pub async fn new_rows(conn: &mut PgConnection, table: &mut dyn Table, statements: &Statements) -> Result<(), Error> {
    let statement = format!("copy {} ({}) from stdin", statements.name, statements.all());
    let mut copy = conn.copy_in_raw(&statement).await?;
    let mut lines = Vec::with_capacity(CHUNK + CHUNK / 4);
    for row in table.new_rows() {
        line(&row?, &statements.columns, &mut lines)?;
        if lines.len() >= CHUNK {
            copy.send(lines.as_slice()).await?;
            lines.clear();
        }
    }
    copy.send(lines).await?;
    copy.finish().await?;
    table.new_are_stored();
    Ok(())
}

/// Writes a row, a JSON object, as a line of COPY's text format: what is absent or null is null, a column of JSON takes any value
/// as it stands, every other column takes strings by their characters.
pub fn line(row: &[u8], columns: &[Column], lines: &mut Vec<u8>) -> Result<(), serde_json::Error> {
    let Fields(fields) = serde_json::from_slice(row)?;
    for (nth, column) in columns.iter().enumerate() {
        if nth > 0 {
            lines.push(b'\t');
        }
        // Rows and tables nearly always name their columns in the same order.
        let expected = fields.get(nth).filter(|(name, _)| *name == column.name);
        let field = expected.or_else(|| fields.iter().find(|(name, _)| *name == column.name));
        match field.map_or("null", |(_, value)| value.get()) {
            "null" => lines.extend(b"\\N"),
            text if text.starts_with('"') && !column.json => match text.contains('\\') {
                true => escaped(&serde_json::from_str::<String>(text)?, lines),
                false => lines.extend(text.trim_matches('"').as_bytes()),
            },
            value => escaped(value, lines),
        }
    }
    lines.push(b'\n');
    Ok(())
}

fn escaped(text: &str, lines: &mut Vec<u8>) {
    for byte in text.bytes() {
        match byte {
            b'\\' => lines.extend(b"\\\\"),
            b'\n' => lines.extend(b"\\n"),
            b'\r' => lines.extend(b"\\r"),
            b'\t' => lines.extend(b"\\t"),
            other => lines.push(other),
        }
    }
}

/// The fields of a JSON object in their order, their values unread.
struct Fields<'r>(Vec<(&'r str, &'r RawValue)>);

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a row")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
                let mut fields = Vec::with_capacity(48);
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_becomes_a_line_whatever_it_holds() {
        let column = |name: &str, json| Column { name: name.to_owned(), json };
        let columns =
            [column("id", false), column("note", false), column("list", true), column("word", true), column("gone", false)];
        let row = r#"{"id":7.50,"note":"a\tb\\c\n\"ü\"","word":"x\ny","list":[{"k":"a\\b"}]}"#;
        let mut lines = Vec::new();
        line(row.as_bytes(), &columns, &mut lines).unwrap();
        assert_eq!(
            String::from_utf8(lines).unwrap(),
            concat!("7.50\ta\\tb\\\\c\\n\"ü\"\t", r#"[{"k":"a\\\\b"}]"#, "\t", r#""x\\ny""#, "\t\\N\n")
        );
    }
}
