//! Arbitrary expressions: a tree in a stored jsonb when the first byte is even, text when it is odd. What parses
//! prints as text that parses to the same, and both give the same answers.

#![no_main]

use libfuzzer_sys::fuzz_target;
use quidditch_document::encode::Json;
use quidditch_document::{Damaged, Document};
use quidditch_expression::{Expression, Limits};
use std::sync::LazyLock;

static DOCUMENTS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    [
        r#"{"a": [1, {"b": "x", "keyword": null}], "f": "éa", "t": true}"#,
        "[[5, true], {\"a\": 1.50}]",
        "null",
        "{}",
    ]
    .iter()
    .map(|text| text.parse::<Json>().expect("valid JSON").encode())
    .collect()
});

fn parse_tree(bytes: &[u8]) -> Option<Expression> {
    let root = Document::new(bytes)
        .and_then(|document| document.root())
        .ok()?;
    Expression::parse_tree(root, &Limits::default())
        .inspect_err(|error| drop(error.to_string()))
        .ok()
}

fn parse_text(text: &str) -> Option<Expression> {
    Expression::parse_text(text, &Limits::default())
        .inspect_err(|error| drop(error.to_string()))
        .ok()
}

fn answers(expression: &Expression) -> Vec<Result<(bool, Option<f64>), Damaged>> {
    let documents = DOCUMENTS.iter().map(|bytes| {
        Document::new(bytes)
            .and_then(|document| document.root())
            .expect("undamaged")
    });
    documents
        .map(|root| {
            Ok((
                expression.matches(root, 1.5)?,
                expression.number(root, 1.5)?,
            ))
        })
        .collect()
}

fuzz_target!(|bytes: &[u8]| {
    let Some((form, bytes)) = bytes.split_first() else {
        return;
    };
    let expression = if form % 2 == 0 {
        parse_tree(bytes)
    } else {
        std::str::from_utf8(bytes).ok().and_then(parse_text)
    };
    let Some(expression) = expression else { return };
    let printed = expression.to_string();
    let again = parse_text(&printed).unwrap_or_else(|| panic!("no expression: {printed}"));
    assert_eq!(again, expression, "{printed}");
    let found = answers(&expression);
    let finite = |answer: &Result<(_, Option<f64>), _>| matches!(answer, Ok((_, number)) if number.is_none_or(f64::is_finite));
    assert!(found.iter().all(finite), "{printed}");
    assert_eq!(answers(&again), found, "{printed}");
});
