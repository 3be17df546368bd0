//! Queries and documents as text, for tests of what a query says.

#![allow(dead_code)]

use quidditch_document::Document;
use quidditch_document::encode::Json;
use quidditch_query::{Environment, Guests, Query, QueryError};
use std::convert::Infallible;

/// 2024-03-15T12:30:00Z, what `now` means in these tests.
pub const NOW: i64 = 1_710_505_800_000;

pub fn bytes(json: &str) -> Vec<u8> {
    json.parse::<Json>()
        .unwrap_or_else(|offset| panic!("not JSON at {offset}: {json}"))
        .encode()
}

pub fn parsed(query: &str) -> Result<Query, QueryError> {
    let bytes = bytes(query);
    let root = Document::new(&bytes).unwrap().root().unwrap();
    let environment = Environment {
        now: NOW,
        ..Environment::default()
    };
    Query::parse(root, &environment)
}

pub fn parse(query: &str) -> Query {
    parsed(query).unwrap_or_else(|error| panic!("{error}: {query}"))
}

/// Each guest doubles the score.
struct Doubling;

impl Guests for Doubling {
    type Error = Infallible;

    fn filter(&mut self, _: usize) -> Result<bool, Infallible> {
        Ok(true)
    }

    fn score(&mut self, _: usize, score: f64) -> Result<f64, Infallible> {
        Ok(score * 2.0)
    }
}

pub fn matches(query: &Query, document: &str) -> bool {
    let bytes = bytes(document);
    query
        .matches(Document::new(&bytes).unwrap(), &mut Doubling)
        .unwrap()
}

pub fn score(query: &str, document: &str) -> Option<f64> {
    let bytes = bytes(document);
    parse(query)
        .score(Document::new(&bytes).unwrap(), &mut Doubling)
        .unwrap()
}

/// Which of the documents match, and that the printed query says the same.
#[track_caller]
pub fn check(query: &str, cases: &[(&str, bool)]) {
    let written = parse(query);
    let printed = parse(&written.to_string());
    for (document, expected) in cases {
        assert_eq!(
            matches(&written, document),
            *expected,
            "{query} on {document}"
        );
        assert_eq!(
            matches(&printed, document),
            *expected,
            "{printed} on {document}"
        );
    }
}

/// A field's values in documents of that field alone: those that match and those that don't.
#[track_caller]
pub fn check_values(query: &str, hits: &[&str], misses: &[&str]) {
    let document = |value: &str| format!(r#"{{"f": {value}}}"#);
    for hit in hits {
        check(query, &[(&document(hit), true)]);
    }
    for miss in misses {
        check(query, &[(&document(miss), false)]);
    }
}

/// A score that is this number, but for rounding.
#[track_caller]
pub fn check_score(query: &str, document: &str, expected: f64) {
    let found = score(query, document);
    let near =
        found.is_some_and(|found| (found - expected).abs() <= 1e-9 * expected.abs().max(1e-3));
    assert!(near, "{found:?}, not {expected}: {query} on {document}");
}
