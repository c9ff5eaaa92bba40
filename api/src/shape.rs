//! What a field may look like, for the description of the interface: the same rules by which the field is read.

use rust_decimal::{Decimal, dec};
use serde_json::{Value, json};
use utoipa::openapi::{RefOr, Schema};

type Shape = RefOr<Schema>;

/// Words without control characters, at least one of them visible; see [`domain::Text`].
const WORDS: &str = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$";
const EMAIL: &str = r"^[^\s@\x00-\x1f\x7f-\x9f]+@([^\s@.\x00-\x1f\x7f-\x9f]+(\.[^\s@.\x00-\x1f\x7f-\x9f]+)+|localhost)$";
const LINK: &str = r"^https?://[^\s\x00-\x1f\x7f-\x9f]+$";

fn shape(value: Value) -> Shape {
    serde_json::from_value(value).unwrap_or_else(|_| RefOr::T(Schema::default()))
}

fn or_null(mut value: Value) -> Value {
    match value["type"].take() {
        Value::Array(mut types) => {
            types.push(json!("null"));
            value["type"] = Value::Array(types);
        }
        one => value["type"] = json!([one, "null"]),
    }
    value
}

fn words(most: usize) -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": most, "pattern": WORDS})
}

/// [`domain::Text`] of at most so many characters.
pub fn text<const MAX: usize>() -> Shape {
    shape(words(MAX))
}

/// The same, or `null`.
pub fn text_or_null<const MAX: usize>() -> Shape {
    shape(or_null(words(MAX)))
}

/// [`domain::Email`].
pub fn email() -> Shape {
    shape(json!({"type": "string", "minLength": 3, "maxLength": 254, "pattern": EMAIL, "examples": ["ada@example.com"]}))
}

/// [`domain::Email`] or `null`.
pub fn email_or_null() -> Shape {
    let email = json!({"type": "string", "minLength": 3, "maxLength": 254, "pattern": EMAIL, "examples": ["desk@swift.example"]});
    shape(or_null(email))
}

/// [`domain::Link`] or `null`.
pub fn link_or_null() -> Shape {
    let link = json!({"type": "string", "maxLength": 2000, "pattern": LINK, "examples": ["https://swift.example"]});
    shape(or_null(link))
}

/// A decimal from 0 to `most`, as a number or a string with its digits.
fn decimal(most: Decimal, digits: u32) -> Value {
    let whole = most.trunc().to_string().len();
    let pattern = format!("^[0-9]{{1,{whole}}}([.][0-9]{{1,{digits}}})?$");
    json!({"type": ["number", "string"], "minimum": 0, "maximum": most, "multipleOf": Decimal::new(1, digits), "pattern": pattern})
}

/// [`domain::Amount`] or `null`.
pub fn amount_or_null() -> Shape {
    let mut amount = decimal(domain::Amount::MAX, 2);
    amount["examples"] = json!([15000.00, "15000.00"]);
    shape(or_null(amount))
}

/// Points of a score: from 0 to 100 with at most four decimals.
pub fn points() -> Shape {
    let mut points = decimal(dec!(100), 4);
    points["pattern"] = json!("^(100|[0-9]{1,2}([.][0-9]{1,4})?)$");
    shape(or_null(points))
}

/// A part of something: above 0 and at most 1, with at most four decimals.
pub fn fraction() -> Shape {
    let mut fraction = decimal(dec!(1), 4);
    fraction["pattern"] = json!("^(1|0[.][0-9]{0,3}[1-9])$");
    fraction["minimum"] = json!(0.0001);
    shape(or_null(fraction))
}

/// A colour by its red, green and blue, or `null`.
pub fn color() -> Shape {
    shape(json!({"type": ["string", "null"], "pattern": "^#[0-9A-Fa-f]{6}$", "examples": ["#4D148C"]}))
}

/// The name of a time zone, or `null`.
pub fn time_zone() -> Shape {
    let mut names: Vec<Value> = chrono_tz::TZ_VARIANTS.iter().map(|zone| json!(zone.name())).collect();
    names.push(Value::Null);
    shape(json!({"type": ["string", "null"], "enum": names, "examples": ["Europe/Rome"]}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_keep_all_that_they_say() {
        let shown = |shape: Shape| json!(shape);
        assert_eq!(shown(text::<255>())["maxLength"], 255);
        assert_eq!(shown(text_or_null::<64>())["type"], json!(["string", "null"]));
        let amount = shown(amount_or_null());
        assert_eq!(amount["type"], json!(["number", "string", "null"]));
        assert_eq!(amount["pattern"], "^[0-9]{1,13}([.][0-9]{1,2})?$");
        assert_eq!(amount["multipleOf"].to_string(), "0.01");
        assert!(shown(time_zone())["enum"].as_array().is_some_and(|zones| zones.len() > 500));
        for (shape, field) in
            [(points(), "maximum"), (fraction(), "minimum"), (email_or_null(), "pattern"), (link_or_null(), "pattern")]
        {
            assert!(!shown(shape)[field].is_null(), "{field}");
        }
    }
}
