//! Literals as defaults, held against what the languages themselves make of them: `literals/make.py` and
//! `literals/make.js` wrote the tables.

use quidditch_script::{Language, describe};
use serde_json::Value;

/// Holds one line against the default of a parameter. `typed` writes a signature with a type, or without one.
fn check(language: Language, line: &str, typed: fn(&str, Option<&str>) -> String) {
    let (literal, expected) = line.split_once('\t').expect("two columns");
    let literal: String = serde_json::from_str(literal).expect("a JSON string");
    let default = |ty: Option<&str>| {
        let source = typed(&literal, ty);
        let found =
            describe(language, &source).map_err(|mistake| format!("{mistake}: {source}"))?;
        assert!(!found.parameters[0].required, "{source}");
        Ok::<_, String>((
            found.parameters[0].ty.name(),
            found.parameters[0].default.clone(),
        ))
    };
    match expected.split_once(' ') {
        Some(("int", digits)) => match digits.parse::<i64>() {
            Ok(value) => assert_eq!(
                default(None),
                Ok(("i64", Some(Value::from(value)))),
                "{literal}"
            ),
            Err(_) => {
                let found = default(None).expect_err(&literal);
                assert!(found.contains("the default of x is"), "{found}");
                let (_, value) = default(Some("float")).expect(&literal);
                assert_eq!(
                    value.and_then(|v| v.as_f64()),
                    digits.parse().ok(),
                    "{literal}"
                );
            }
        },
        Some(("float", digits)) => {
            let (ty, value) = default(None).expect(&literal);
            let value = value.and_then(|value| value.as_f64()).expect(&literal);
            let expected: f64 = digits.parse().expect(digits);
            assert_eq!(
                (ty, value.to_bits()),
                ("f64", expected.to_bits()),
                "{literal}"
            );
        }
        _ if expected == "none" => {
            assert_eq!(default(Some("string")), Ok(("string", None)), "{literal}");
        }
        _ if expected == "null" => {
            let found = default(None).expect_err(&literal);
            assert!(
                found.contains("the type of parameter x isn't said"),
                "{found}"
            );
            assert_eq!(default(Some("string")), Ok(("string", None)), "{literal}");
        }
        _ => match serde_json::from_str(expected).expect(expected) {
            // jsonb has no U+0000.
            Value::String(text) if text.contains('\0') => {
                assert_eq!(default(Some("string")), Ok(("string", None)), "{literal}");
            }
            Value::String(text) => {
                assert_eq!(
                    default(None),
                    Ok(("string", Some(Value::from(text)))),
                    "{literal}"
                );
            }
            value => assert_eq!(default(None), Ok(("bool", Some(value))), "{literal}"),
        },
    }
}

fn table(text: &str, least: usize) -> impl Iterator<Item = &str> {
    assert!(text.lines().count() >= least);
    text.lines()
}

#[test]
fn of_python() {
    for line in table(include_str!("literals/python.tsv"), 90) {
        check(Language::Python, line, |literal, ty| match ty {
            Some("float") => format!("def filter(x: float = {literal}): pass"),
            Some(_) => format!("def filter(x: str = {literal}): pass"),
            None => format!("def filter(x={literal}): pass"),
        });
    }
}

#[test]
fn of_javascript() {
    for line in table(include_str!("literals/javascript.tsv"), 70) {
        check(Language::JavaScript, line, |literal, ty| match ty {
            Some(_) => format!("/** @param {{string}} x */ function filter(x = {literal}) {{}}"),
            None => format!("function filter(x = {literal}) {{}}"),
        });
    }
}
