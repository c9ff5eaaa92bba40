//! Data as it comes in: whatever somebody sends, it is read or refused with field and rule, never with a panic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use commands::{Error, MENU};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Value, json};

#[test]
fn data_says_nothing_the_command_does_not_know_and_nothing_twice() {
    for item in MENU {
        let open = item.example.trim_end_matches('}');
        let comma = if open == "{" { "" } else { "," };
        let code = |text: String| (item.read)(&text).map(|_| ()).map_err(|error| error.code());
        assert_eq!(code(format!(r#"{open}{comma}"nonsense":1}}"#)), Err("invalid"), "{}", item.name);
        assert_eq!(code(format!("{} {{}}", item.example)), Err("invalid"), "{}", item.name);
        if let Some((first, _)) = item.example.trim_start_matches('{').split_once(':') {
            assert_eq!(
                code(format!(r#"{{{first}:null,{}"#, item.example.trim_start_matches('{'))),
                Err("invalid"),
                "{}",
                item.name
            );
        }
    }
}

/// Field names of the examples, so that random data gets past the first check.
fn field() -> impl Strategy<Value = String> {
    let mut known: Vec<String> = MENU
        .iter()
        .flat_map(|item| serde_json::from_str::<serde_json::Map<String, Value>>(item.example).unwrap().into_iter())
        .map(|(name, _)| name)
        .collect();
    known.sort();
    known.dedup();
    prop_oneof![4 => proptest::sample::select(known), 1 => "\\PC{0,6}"]
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        proptest::sample::select(vec!["1e400", "-0", "0.1e-5", "99999999999999999999999999999999999999999"])
            .prop_map(|digits| serde_json::from_str(digits).unwrap()),
        "[\\PC\\x00-\\x1f]{0,12}".prop_map(Value::from),
        proptest::sample::select(vec!["P1", "EUR", "a@b.c", "https://x.y", "agent", "logged_in"]).prop_map(Value::from),
    ]
}

fn data() -> impl Strategy<Value = Value> {
    let value = leaf().prop_recursive(2, 12, 4, |inner| {
        prop_oneof![vec(inner.clone(), 0..4).prop_map(Value::from), btree_map(field(), inner, 0..4).prop_map(|map| json!(map))]
    });
    prop_oneof![1 => value.clone(), 6 => btree_map(field(), value, 0..6).prop_map(|map| json!(map))]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_data_makes_a_reader_panic(data in data(), garbage in "\\PC{0,40}") {
        for item in MENU {
            for text in [data.to_string(), garbage.clone()] {
                match (item.read)(&text) {
                    Ok(command) => prop_assert_eq!(command.name(), item.name),
                    Err(Error::Invalid { field, rule }) => prop_assert!(field.starts_with("data") && !rule.is_empty()),
                    Err(other) => prop_assert!(false, "{}: {other:?}", item.name),
                }
            }
        }
    }
}
