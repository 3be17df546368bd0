//! Random documents for the property tests, and a seeded generator for the long runs.

use proptest::prelude::*;
use serde_json::{Number, Value};

/// Keys that meet often, some of which a path must quote.
pub fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => prop::sample::select(vec!["a", "b", "c", "aa", "ab", "é"]).prop_map(String::from),
        1 => prop::sample::select(vec!["", "a.b", "[0]", "\"", "\\", "\u{1}\n", "]"]).prop_map(String::from),
        1 => "\\PC{0,3}",
    ]
}

/// Integers, and decimals that every parser reads alike.
pub fn number() -> impl Strategy<Value = Number> {
    prop_oneof![
        any::<i64>().prop_map(Number::from),
        (-3i64..4).prop_map(Number::from),
        any::<i32>().prop_filter_map("finite", |n| Number::from_f64(f64::from(n) / 1000.0)),
    ]
}

pub fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        number().prop_map(Value::Number),
        ".{0,6}".prop_map(Value::String),
    ]
}

pub fn document() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(5, 80, 40, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
            prop::collection::vec(inner.clone(), 30..70).prop_map(Value::Array),
            prop::collection::vec((key(), inner.clone()), 0..8)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
            prop::collection::vec(("[a-d]{1,4}", inner), 30..70)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}
