//! What is different between two JSON texts, as a merge patch (RFC 7386) says it.

use serde_json::{Map, Value};

/// The patch that makes `to` out of `from`; none if they are the same. Neither may hold a null: a patch says by it that something
/// is gone.
pub fn patch(from: &Value, to: &Value) -> Option<Value> {
    match (from, to) {
        _ if from == to => None,
        (Value::Object(from), Value::Object(to)) => {
            let gone = from.keys().filter(|name| !to.contains_key(*name)).map(|name| (name.clone(), Value::Null));
            let changed = to.iter().filter_map(|(name, value)| match from.get(name) {
                Some(known) => patch(known, value).map(|patch| (name.clone(), patch)),
                None => Some((name.clone(), value.clone())),
            });
            Some(Value::Object(gone.chain(changed).collect::<Map<_, _>>()))
        }
        _ => Some(to.clone()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};
    use serde_json::json;

    /// The algorithm of RFC 7386, section 2, to the letter.
    fn merged(target: Value, patch: &Value) -> Value {
        let Value::Object(patch) = patch else { return patch.clone() };
        let mut target = if let Value::Object(target) = target { target } else { Map::new() };
        for (name, value) in patch {
            if value.is_null() {
                target.remove(name);
            } else {
                let old = target.remove(name).unwrap_or(Value::Null);
                target.insert(name.clone(), merged(old, value));
            }
        }
        Value::Object(target)
    }

    #[test]
    fn only_what_differs_is_said() {
        let from = json!({"a": 1, "b": {"c": [1, 2], "d": "x"}, "e": {}});
        let to = json!({"a": 1, "b": {"c": [1], "f": {"g": 2.50}}, "e": {"h": true}});
        assert_eq!(patch(&from, &to).unwrap(), json!({"b": {"c": [1], "d": null, "f": {"g": 2.50}}, "e": {"h": true}}));
        assert_eq!(patch(&to, &to), None);
        assert_eq!(patch(&json!({"a": {}}), &json!({"a": 1})).unwrap(), json!({"a": 1}));
    }

    /// Something without a null in it.
    fn anything(dice: &mut StdRng, depth: u32) -> Value {
        match dice.random_range(0..if depth == 0 { 3 } else { 6 }) {
            0 => json!(dice.random_range(0..3)),
            1 => json!(["", "x"][dice.random_range(0..2)]),
            2 => json!([dice.random_range(0..2)]),
            _ => {
                let names = ["a", "b", "c", "a/b"].into_iter().filter(|_| dice.random_bool(0.6)).collect::<Vec<_>>();
                Value::Object(names.into_iter().map(|name| (name.to_owned(), anything(dice, depth - 1))).collect())
            }
        }
    }

    #[test]
    fn what_is_patched_is_what_was_meant() {
        let mut dice = StdRng::seed_from_u64(7386);
        let mut different = 0;
        for _ in 0..5_000 {
            let (from, to) = (anything(&mut dice, 4), anything(&mut dice, 4));
            match patch(&from, &to) {
                Some(patch) => {
                    assert_eq!(merged(from.clone(), &patch), to, "{from} by {patch}");
                    different += 1;
                }
                None => assert_eq!(from, to),
            }
        }
        assert!(different > 2_000, "{different}");
    }
}
