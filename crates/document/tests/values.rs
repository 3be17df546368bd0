//! Values, look-ups, flattening and text against `serde_json::Value`.

mod random;

use proptest::prelude::*;
use quidditch_document::{Document, Lookup, Path, Value, encode, lookup_key};
use serde_json::Value as Expected;
use std::cell::Cell;
use std::ops::ControlFlow;

/// Whether a value reads as this one, through iteration and through direct access.
fn same(value: Value<'_>, expected: &Expected) -> bool {
    match (value, expected) {
        (Value::Null, Expected::Null) => true,
        (Value::Bool(value), Expected::Bool(expected)) => value == *expected,
        (Value::Number(value), Expected::Number(expected)) => {
            Some(value.to_f64()) == expected.as_f64()
                && expected
                    .as_i64()
                    .is_none_or(|integer| value.to_i64() == Some(integer))
        }
        (Value::String(value), Expected::String(expected)) => value == expected.as_bytes(),
        (Value::Array(array), Expected::Array(expected)) => {
            let (length, count) = (expected.len() as i64, array.iter().count());
            count == expected.len()
                && array.len() == expected.len()
                && [-length - 1, length]
                    .iter()
                    .all(|&index| matches!(array.get(index), Ok(None)))
                && expected
                    .iter()
                    .zip(array)
                    .zip(0..)
                    .all(|((expected, element), index)| {
                        [
                            element.unwrap(),
                            at(array, index),
                            at(array, index - length),
                        ]
                        .into_iter()
                        .all(|element| same(element, expected))
                    })
        }
        (Value::Object(object), Expected::Object(expected)) => {
            let guess = Cell::new(0);
            let keys: Vec<_> = object.iter().map(|pair| pair.unwrap().0).collect();
            keys.is_sorted_by(|a, b| (a.len(), a) < (b.len(), b))
                && object.len() == expected.len()
                && keys.len() == expected.len()
                && expected.iter().all(|(key, expected)| {
                    let found = object.get(key.as_bytes(), &guess).unwrap();
                    let again = object.get(key.as_bytes(), &guess).unwrap();
                    found.is_some_and(|found| same(found, expected))
                        && again
                            .is_some_and(|again| again.type_name() == found.unwrap().type_name())
                })
                && object
                    .iter()
                    .map(Result::unwrap)
                    .all(|(key, value)| same(value, &expected[std::str::from_utf8(key).unwrap()]))
        }
        _ => false,
    }
}

fn at<'a>(array: quidditch_document::Array<'a>, index: i64) -> Value<'a> {
    array.get(index).unwrap().unwrap()
}

#[derive(Clone, Debug)]
enum Step {
    Key(String),
    Index(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step =
        prop_oneof![3 => random::key().prop_map(Step::Key), 1 => (-4i64..4).prop_map(Step::Index)];
    prop::collection::vec(step, 1..5)
}

/// The path in its most explicit spelling.
fn spelled(steps: &[Step]) -> String {
    let step = |step: &Step| match step {
        Step::Key(key) => format!("[{}]", serde_json::to_string(key).unwrap()),
        Step::Index(index) => format!("[{index}]"),
    };
    steps.iter().map(step).collect()
}

fn element(elements: &[Expected], index: i64) -> Option<&Expected> {
    let index = if index < 0 {
        index + elements.len() as i64
    } else {
        index
    };
    usize::try_from(index)
        .ok()
        .and_then(|index| elements.get(index))
}

/// The getter's rules. `Err(())` is an array without an index.
fn lookup<'v>(value: &'v Expected, steps: &[Step]) -> Result<Option<&'v Expected>, ()> {
    let Some((step, rest)) = steps.split_first() else {
        return Ok(Some(value));
    };
    let next = match (step, value) {
        (Step::Key(_), Expected::Array(_)) => return Err(()),
        (Step::Key(key), Expected::Object(object)) => object.get(key),
        (Step::Index(index), Expected::Array(elements)) => element(elements, *index),
        _ => None,
    };
    next.map_or(Ok(None), |next| lookup(next, rest))
}

/// The clauses' rules.
fn flatten<'v>(value: &'v Expected, steps: &[Step], found: &mut Vec<&'v Expected>) {
    match (steps.split_first(), value) {
        (Some((Step::Index(index), rest)), Expected::Array(elements)) => {
            element(elements, *index)
                .into_iter()
                .for_each(|element| flatten(element, rest, found));
        }
        (_, Expected::Array(elements)) => elements
            .iter()
            .for_each(|element| flatten(element, steps, found)),
        (Some((Step::Key(key), rest)), Expected::Object(object)) => {
            object
                .get(key)
                .into_iter()
                .for_each(|value| flatten(value, rest, found));
        }
        (None, value) => found.push(value),
        _ => {}
    }
}

fn visited<'a>(path: &Path, root: Value<'a>) -> Vec<Value<'a>> {
    let mut seen = Vec::new();
    let flow = path.visit(root, &mut |value| {
        seen.push(value);
        ControlFlow::<()>::Continue(())
    });
    assert!(flow.unwrap().is_continue());
    seen
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn documents_read_as_they_were_written(expected in random::document()) {
        let bytes = encode::jsonb(&expected);
        let root = Document::new(&bytes).unwrap().root().unwrap();
        prop_assert!(same(root, &expected));
        let mut text = String::new();
        root.write_json(&mut text).unwrap();
        prop_assert_eq!(serde_json::from_str::<Expected>(&text).unwrap(), expected);
    }

    #[test]
    fn paths_lead_where_they_should(expected in random::document(), paths in prop::collection::vec(steps(), 8)) {
        let bytes = encode::jsonb(&expected);
        let root = Document::new(&bytes).unwrap().root().unwrap();
        for steps in paths {
            let path = Path::parse(&spelled(&steps)).unwrap();
            match (path.lookup(root).unwrap(), lookup(&expected, &steps)) {
                (Lookup::Found(found), Ok(Some(expected))) => prop_assert!(same(found, expected)),
                (Lookup::Missing, Ok(None)) | (Lookup::ArrayWithoutIndex, Err(())) => {}
                (found, expected) => prop_assert!(false, "{found:?} {expected:?}"),
            }
            let mut flat = Vec::new();
            flatten(&expected, &steps, &mut flat);
            let seen = visited(&path, root);
            prop_assert_eq!(seen.len(), flat.len());
            prop_assert!(seen.iter().zip(flat).all(|(value, expected)| same(*value, expected)));
        }
    }

    #[test]
    fn paths_print_as_they_parse(steps in steps()) {
        let path = Path::parse(&spelled(&steps)).unwrap();
        let printed = path.to_string();
        prop_assert_eq!(Path::parse(&printed).unwrap(), path, "{}", printed);
    }

    #[test]
    fn any_text_is_a_path_or_not(text in "[a\\.\\[\\]\"\\\\u0-9-é]{0,12}") {
        match Path::parse(&text) {
            Ok(path) => prop_assert_eq!(Path::parse(&path.to_string()).unwrap(), path),
            Err(error) => prop_assert!(error.offset <= text.len()),
        }
    }
}

#[test]
fn arrays_in_arrays_are_flattened_at_any_depth() {
    for depth in [1, 2, 7, 8, 9, 10, 40] {
        let mut expected = serde_json::json!([{"a": [1, [2, [[3]]]]}, 4]);
        for level in 0..depth {
            expected = serde_json::json!([{"a": level}, expected, []]);
        }
        let bytes = encode::jsonb(&expected);
        let root = Document::new(&bytes).unwrap().root().unwrap();
        let steps = [Step::Key("a".into())];
        let mut flat = Vec::new();
        flatten(&expected, &steps, &mut flat);
        assert_eq!(flat.len(), depth + 3);
        let seen = visited(&Path::parse("a").unwrap(), root);
        assert!(
            seen.len() == flat.len()
                && seen
                    .iter()
                    .zip(flat)
                    .all(|(value, expected)| same(*value, expected))
        );
        // The visitor may stop, above and below the switch from recursion to the heap.
        let mut count = 0;
        let flow = Path::parse("a").unwrap().visit(root, &mut |_| {
            count += 1;
            if count == depth + 2 {
                ControlFlow::Break("enough")
            } else {
                ControlFlow::Continue(())
            }
        });
        assert_eq!(
            (flow.unwrap(), count),
            (ControlFlow::Break("enough"), depth + 2)
        );
    }
}

#[test]
fn paths_have_a_grammar() {
    for (text, canonical) in [
        ("a", "a"),
        ("a.b.c", "a.b.c"),
        ("a[0].b", "a[0].b"),
        ("a[-1]", "a[-1]"),
        ("[2]", "[2]"),
        ("a[\"b\"]", "a.b"),
        ("[\"a.b\"].c[\"\"]", "[\"a.b\"].c[\"\"]"),
        ("[\"a\\\"b\"]", "[\"a\\\"b\"]"),
        ("[\"\\u00e9\\ud83c\\udf89\"]", "é🎉"),
        ("ключ.ü-1 x", "ключ.ü-1 x"),
        ("a]b", "a]b"),
        ("[\"\\u0001\"]", "\u{1}"),
    ] {
        assert_eq!(Path::parse(text).unwrap().to_string(), canonical, "{text}");
    }
    for (text, offset) in [
        ("", 0),
        (".", 0),
        ("a.", 2),
        ("a..b", 2),
        (".a", 0),
        ("a.[0]", 2),
        ("a\"b", 1),
        ("a[", 2),
        ("a[]", 2),
        ("a[x]", 2),
        ("a[1", 3),
        ("a[1]b", 4),
        ("a[99999999999999999999]", 2),
        ("[\"a]", 4),
        ("[\"a\\x\"]", 3),
        ("[\"\\ud83c\"]", 2),
        ("[\"a\"", 4),
    ] {
        assert_eq!(Path::parse(text).unwrap_err().offset, offset, "{text}");
    }
}

#[test]
fn plain_keys_need_no_parsing() {
    for (text, plain) in [
        ("a", true),
        ("é x]", true),
        ("", false),
        ("a.b", false),
        ("[0]", false),
        ("\"", false),
    ] {
        assert_eq!(Path::is_plain_key(text.as_bytes()), plain, "{text}");
    }
    let bytes = encode::jsonb(&serde_json::json!({"a": 1, "b": null}));
    let root = Document::new(&bytes).unwrap().root().unwrap();
    let guess = Cell::new(9);
    assert!(matches!(
        lookup_key(root, b"b", &guess),
        Ok(Lookup::Found(Value::Null))
    ));
    assert_eq!(guess.get(), 1);
    assert!(matches!(
        lookup_key(root, b"c", &guess),
        Ok(Lookup::Missing)
    ));
    assert!(matches!(
        lookup_key(Value::Bool(true), b"c", &guess),
        Ok(Lookup::Missing)
    ));
}

#[test]
fn strings_that_are_not_utf8_are_read_but_not_written() {
    let bytes = encode::Json::Array(vec![encode::Json::String(b"\xE9".into())]).encode();
    let root = Document::new(&bytes).unwrap().root().unwrap();
    let seen = visited(&Path::parse("[0]").unwrap(), root);
    assert!(matches!(seen[..], [Value::String(b"\xE9")]));
    assert_eq!(
        root.write_json(&mut String::new()),
        Err(quidditch_document::WriteError::Encoding)
    );
}
