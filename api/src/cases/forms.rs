//! The form of amounts, links and priorities in requests about cases, as the OpenAPI document says it; see [`crate::shape`].

use serde_json::{Value, json};
use utoipa::openapi::{RefOr, Schema};

type Shape = RefOr<Schema>;

fn shape(value: Value) -> Shape {
    serde_json::from_value(value).unwrap_or_else(|_| RefOr::T(Schema::default()))
}

/// An amount of money, to the cent, as a number or a string with its digits.
pub fn amount() -> Shape {
    shape(json!({"type": ["number", "string"], "minimum": 0, "maximum": domain::Amount::MAX, "multipleOf": 0.01,
        "pattern": "^[0-9]{1,13}([.][0-9]{1,2})?$", "examples": [15000.00, "15000.00"]}))
}

/// The same above 0.
pub fn payment() -> Shape {
    shape(json!({"type": ["number", "string"], "minimum": 0.01, "maximum": domain::Amount::MAX, "multipleOf": 0.01,
        "pattern": "^([1-9][0-9]{0,12}([.][0-9]{1,2})?|0[.]([1-9][0-9]?|0[1-9]))$", "examples": [250.00, "250.00"]}))
}

/// A currency by its three capital letters (ISO 4217).
pub fn currency() -> Shape {
    shape(json!({"type": "string", "minLength": 3, "maxLength": 3, "pattern": "^[A-Z]{3}$", "examples": ["USD"]}))
}

/// The same, or `null`.
pub fn currency_or_null() -> Shape {
    shape(json!({"type": ["string", "null"], "minLength": 3, "maxLength": 3, "pattern": "^[A-Z]{3}$", "examples": ["USD"]}))
}

/// The age of a debt in days.
pub fn ageing_days() -> Shape {
    shape(json!({"type": "integer", "minimum": 0, "maximum": 36_500, "examples": [45]}))
}

/// How much more attention is wanted, or `null`.
pub fn level() -> Shape {
    shape(json!({"type": ["integer", "null"], "minimum": 1, "maximum": 9, "examples": [2]}))
}

/// How urgent a case is.
pub fn priority() -> Shape {
    shape(json!({"type": "string", "enum": ["P1", "P2", "P3"], "examples": ["P2"]}))
}

/// Up to fifty web addresses.
pub fn links() -> Shape {
    let mut link = json!(crate::shape::link_or_null());
    link["type"] = json!("string");
    shape(json!({"type": "array", "maxItems": 50, "items": link}))
}

/// An id, or `null`.
pub fn id_or_null() -> Shape {
    shape(json!({"type": ["string", "null"], "format": "uuid", "examples": ["0193f0a2-6d3c-7c7e-8f42-1f6f4b0f2a11"]}))
}
