//! The form of what people type, as the OpenAPI document says it: exactly what the rules accept.

use utoipa::openapi::schema::{ArrayBuilder, Object, ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type};

/// Something besides white space, and no control characters other than line breaks and tabs.
const WORDS: &str = "^[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f]*[^\\s\\u0000-\\u001f\\u007f-\\u009f][^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f]*$";
const LINK: &str = "^https?://[^\\s\\u0000-\\u001f\\u007f-\\u009f]+$";

fn text(nullable: bool) -> ObjectBuilder {
    let kinds = if nullable { vec![Type::String, Type::Null] } else { vec![Type::String] };
    ObjectBuilder::new().schema_type(SchemaType::from_iter(kinds))
}

/// Words of at most `MAX` characters.
pub fn words<const MAX: usize>() -> Object {
    text(false).min_length(Some(1)).max_length(Some(MAX)).pattern(Some(WORDS)).build()
}

/// The same, or `null`.
pub fn words_or_null<const MAX: usize>() -> Object {
    text(true).min_length(Some(1)).max_length(Some(MAX)).pattern(Some(WORDS)).build()
}

/// An e-mail address, or `null`.
pub fn email_or_null() -> Object {
    let format = utoipa::openapi::SchemaFormat::KnownFormat(utoipa::openapi::KnownFormat::Email);
    text(true).max_length(Some(254)).format(Some(format)).build()
}

/// A web address.
fn link() -> Object {
    text(false).max_length(Some(2000)).pattern(Some(LINK)).build()
}

/// A web address, or `null`.
pub fn link_or_null() -> Object {
    text(true).max_length(Some(2000)).pattern(Some(LINK)).build()
}

/// Up to fifty web addresses.
pub fn links() -> Schema {
    Schema::Array(ArrayBuilder::new().items(link()).max_items(Some(50)).build())
}

/// An amount of money, to the cent.
pub fn amount() -> Schema {
    money(0.0)
}

/// An amount of money above 0, to the cent.
pub fn payment() -> Schema {
    money(0.01)
}

fn money(least: f64) -> Schema {
    let number = ObjectBuilder::new()
        .schema_type(Type::Number)
        .minimum(Some(least))
        .maximum(Some(9_999_999_999_999.99))
        .multiple_of(Some(0.01));
    let digits = if least > 0.0 {
        "^(0*[1-9][0-9]{0,12}([.][0-9]{1,2})?|0[.]([1-9][0-9]?|0[1-9]))$"
    } else {
        "^[0-9]{1,13}([.][0-9]{1,2})?$"
    };
    Schema::OneOf(OneOfBuilder::new().item(number).item(text(false).max_length(Some(16)).pattern(Some(digits))).build())
}

/// A currency by its three capital letters (ISO 4217).
pub fn currency() -> Object {
    text(false).pattern(Some("^[A-Z]{3}$")).max_length(Some(3)).build()
}

/// The same, or `null`.
pub fn currency_or_null() -> Object {
    text(true).pattern(Some("^[A-Z]{3}$")).max_length(Some(3)).build()
}

/// The age of a debt in days.
pub fn ageing_days() -> Object {
    ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).maximum(Some(36_500)).build()
}

/// `P1`, `P2` or `P3`.
pub fn priority() -> Object {
    text(false).enum_values(Some(["P1", "P2", "P3"])).build()
}
