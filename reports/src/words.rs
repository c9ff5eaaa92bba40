//! What people wrote, made fit for paper: a place to break every long word, and no sign that would turn the line round.

use serde_json::Value as Json;
use typst::foundations::{Array, Dict, Str, Value};

/// So many signs without a blank are let through; after as many there may be a break.
const LONGEST: usize = 24;
/// A break that nobody sees.
const BREAK: char = '\u{200b}';

/// The same values for the typesetter, every word in them fit for paper.
pub(crate) fn values(report: Json) -> Value {
    match report {
        Json::Null => Value::None,
        Json::Bool(yes) => Value::Bool(yes),
        Json::Number(number) => number.as_i64().map(Value::Int).or(number.as_f64().map(Value::Float)).unwrap_or_default(),
        Json::String(words) => Value::Str(Str::from(plain(&words))),
        Json::Array(values) => Value::Array(values.into_iter().map(self::values).collect::<Array>()),
        Json::Object(fields) => {
            let field = |(name, value): (String, Json)| (Str::from(name), self::values(value));
            Value::Dict(fields.into_iter().map(field).collect::<Dict>())
        }
    }
}

/// Without control characters and those that order a direction (a name must not turn the words beside it round), and with places
/// to break words that no line could hold.
fn plain(words: &str) -> String {
    let mut plain = String::with_capacity(words.len());
    let mut run = 0;
    for sign in words.chars() {
        match sign {
            '\r' | '\u{200b}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => continue,
            '\n' | '\u{2028}' | '\u{2029}' => (run, _) = (0, plain.push('\n')),
            sign if sign.is_control() || sign.is_whitespace() => (run, _) = (0, plain.push(' ')),
            sign => {
                run += 1;
                if run > LONGEST {
                    plain.push(BREAK);
                    run = 1;
                }
                plain.push(sign);
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_words() {
        assert_eq!(plain("#read(\"/etc/passwd\") $x$ *a* ]"), "#read(\"/etc/passwd\") $x$ *a* ]");
        assert_eq!(plain("a\u{202e}b\u{0}c\u{7}\td\r\ne"), "ab c  d\ne");
        assert_eq!(plain("Ωμέγα Жук Ł 😀"), "Ωμέγα Жук Ł 😀");
    }

    #[test]
    fn a_word_that_no_line_holds_can_be_broken() {
        let broken = plain(&"x".repeat(5000));
        assert_eq!(broken.chars().filter(|sign| *sign == 'x').count(), 5000);
        assert!(broken.split(BREAK).all(|part| part.chars().count() <= LONGEST));
        assert!(!plain("a word and another word of some length").contains(BREAK));
    }
}
