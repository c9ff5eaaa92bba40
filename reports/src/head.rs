//! What every report begins with and has on every page: whose it is, what it is, and of which moment.

use crate::figures::{At, Count};
use chrono::{DateTime, Utc};
use serde::Serialize;

/// What stands on every page.
#[derive(Clone, Debug, Serialize)]
pub struct Head {
    pub company: String,
    pub title: String,
    /// What the report is about, beneath the title.
    pub about: String,
    /// Pages lie on their side.
    pub wide: bool,
    /// The company's colour, `#rrggbb`.
    pub accent: String,
    /// The position of the log that all figures reflect.
    pub position: i64,
    /// The instant for which they are valid.
    pub valid_at: String,
}

impl Head {
    pub fn new(company: String, title: &str, about: String, colour: &str, position: i64, now: DateTime<Utc>) -> Self {
        let valid_at = now.format("%Y-%m-%d %H:%M:%S UTC").to_string();
        Self { company, title: title.to_owned(), about, wide: false, accent: accent(colour), position, valid_at }
    }
}

impl Head {
    /// The same on pages that lie on their side.
    pub fn wide(self) -> Self {
        Self { wide: true, ..self }
    }
}

/// A colour that can be printed: what the settings say, if that is `#rgb` or `#rrggbb`.
fn accent(colour: &str) -> String {
    let digits = colour.strip_prefix('#').unwrap_or_default();
    let known = matches!(digits.len(), 3 | 6) && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    if known { colour.to_owned() } else { "#4D148C".to_owned() }
}

/// What a figure or a mark means, which is all that is shown by colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    #[default]
    Plain,
    Good,
    Warning,
    Bad,
    Quiet,
}

/// Something with a name: `Opened 2026-11-21 20:45`.
#[derive(Clone, Debug, Serialize)]
pub struct Fact {
    pub label: &'static str,
    pub value: String,
    pub tone: Tone,
}

impl Fact {
    pub fn new(label: &'static str, value: impl ToString) -> Self {
        Self { label, value: value.to_string(), tone: Tone::Plain }
    }

    /// What is not there is a dash.
    pub fn perhaps(label: &'static str, value: Option<impl ToString>) -> Self {
        Self::new(label, value.map_or_else(|| "–".to_owned(), |value| value.to_string()))
    }

    pub fn at(label: &'static str, at: Option<DateTime<Utc>>) -> Self {
        Self::perhaps(label, at.map(At))
    }

    pub fn tone(self, tone: Tone) -> Self {
        Self { tone, ..self }
    }
}

/// A bar of a chart.
#[derive(Clone, Debug, Serialize)]
pub struct Bar {
    pub label: String,
    pub count: i64,
    pub shown: Count,
    pub tone: Tone,
}

impl Bar {
    pub fn new(label: impl Into<String>, count: i64, tone: Tone) -> Self {
        Self { label: label.into(), count, shown: Count(count), tone }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_colour_becomes_the_accent() {
        assert_eq!((accent("#fa0").as_str(), accent("#12AB9f").as_str()), ("#fa0", "#12AB9f"));
        for colour in ["", "red", "#12345", "#12345g", "#ff0000\"); #read(\"/etc/passwd", "ff0000"] {
            assert_eq!(accent(colour), "#4D148C", "{colour}");
        }
    }
}
