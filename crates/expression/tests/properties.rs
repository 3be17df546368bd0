//! Arbitrary text: no panic, and what parses prints as something that parses to the same.

use proptest::prelude::*;
use quidditch_document::Document;
use quidditch_document::encode::Json;
use quidditch_expression::{Expression, Limits, Place};

fn check(text: &str, documents: &[Vec<u8>]) -> Result<bool, TestCaseError> {
    let limits = Limits::default();
    match Expression::parse_text(text, &limits) {
        Ok(expression) => {
            let printed = expression.to_string();
            let again = Expression::parse_text(&printed, &limits);
            prop_assert_eq!(again.as_ref(), Ok(&expression), "{}", printed);
            for document in documents {
                let root = Document::new(document).unwrap().root().unwrap();
                prop_assert!(expression.matches(root, 1.0).is_ok());
                let number = expression.number(root, 1.0).unwrap();
                prop_assert!(number.is_none_or(f64::is_finite));
            }
            Ok(true)
        }
        Err(error) => {
            let Place::Text { offset, column } = error.place else {
                return Err(TestCaseError::fail("a place in a tree"));
            };
            prop_assert!(text.is_char_boundary(offset));
            prop_assert_eq!(text[..offset].chars().count() + 1, column);
            prop_assert!(!error.message.is_empty());
            Ok(false)
        }
    }
}

fn documents() -> Vec<Vec<u8>> {
    [
        r#"{"a": [1, {"b": "x"}, null], "b": "é", "c": 2.5}"#,
        r#"[[5, true], {"a": 1.50}]"#,
        "null",
        "{}",
    ]
    .iter()
    .map(|text| text.parse::<Json>().unwrap().encode())
    .collect()
}

/// Pieces of expressions, of which many rows mean something.
fn piece() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "a",
        "b",
        "c",
        "a.b",
        "a[0]",
        "[\"a\"]",
        "`b`",
        "_score",
        "1",
        "2.5",
        "1e300",
        "0",
        "'x'",
        "'%_x'",
        "\"é\"",
        "true",
        "null",
        "(",
        ")",
        ",",
        "?",
        ":",
        "+",
        "-",
        "*",
        "/",
        "%",
        "**",
        "=",
        "!=",
        "<",
        ">=",
        " AND ",
        " OR ",
        " NOT ",
        "!",
        " IN ",
        " BETWEEN ",
        " LIKE ",
        " IS NULL",
        " IS NOT NULL",
        "abs(",
        "min(",
        "lower(",
        "coalesce(",
        "contains(",
        "ß",
        "'",
        "\"",
        "[",
        ".",
        "\\",
    ];
    prop::sample::select(PIECES).prop_map(str::to_owned)
}

/// Text that parses more often than not.
fn sentence() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(
        &[
            "a",
            "b",
            "c",
            "a.b",
            "a[0]",
            "_score",
            "1",
            "2.5",
            "-3",
            "'x'",
            "''",
            "true",
            "9223372036854775807",
            "1e300",
        ][..],
    );
    leaf.prop_map(str::to_owned).prop_recursive(5, 40, 4, |inner| {
        let binary = prop::sample::select(
            &["+", "-", "*", "/", "%", "**", "=", "!=", "<", "<=", ">", ">=", "AND", "OR", "||", "&&"][..],
        );
        let function = prop::sample::select(&["abs", "sqrt", "round", "lower", "length", "coalesce", "exp"][..]);
        prop_oneof![
            4 => (inner.clone(), binary, inner.clone()).prop_map(|(left, operator, right)| format!("{left} {operator} {right}")),
            2 => inner.clone().prop_map(|inner| format!("({inner})")),
            1 => inner.clone().prop_map(|inner| format!("-{inner}")),
            1 => inner.clone().prop_map(|inner| format!("NOT {inner}")),
            1 => (function, inner.clone()).prop_map(|(function, inner)| format!("{function}({inner})")),
            1 => (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| format!("{a} ? {b} : {c}")),
            1 => (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| format!("{a} BETWEEN {b} AND {c}")),
            1 => (inner.clone(), prop::collection::vec(inner.clone(), 0..4)).prop_map(|(a, list)| format!("{a} NOT IN ({})", list.join(", "))),
            1 => inner.clone().prop_map(|inner| format!("{inner} LIKE '%_a'")),
            1 => inner.prop_map(|inner| format!("{inner} IS NOT NULL")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text(text in "\\PC{0,40}") {
        check(&text, &documents())?;
    }

    #[test]
    fn any_pieces(pieces in prop::collection::vec(piece(), 0..12)) {
        check(&pieces.concat(), &documents())?;
        check(&pieces.join(" "), &documents())?;
    }

    #[test]
    fn any_sentence(text in sentence()) {
        check(&text, &documents())?;
    }

    #[test]
    fn any_pattern(pattern in "[ab%_\\\\é]{0,12}", string in "[abé]{0,12}") {
        let text = format!("'{string}' LIKE '{pattern}'");
        check(&text, &documents())?;
    }
}
