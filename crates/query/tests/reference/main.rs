//! Random queries against random documents, and an evaluator written for clarity over `serde_json::Value`.

mod analysis;
#[path = "../corpus/mod.rs"]
mod corpus;
mod dates;
mod evaluate;
mod fields;
mod index;
mod queries;
mod random;
mod regexp;
#[path = "../../../document/tests/random/seeded.rs"]
mod seeded;
mod strings;
mod terms;
mod text;

use corpus::Corpus;
use evaluate::{Reference, guest};
use fields::At;
use queries::CLAUSES;
use quidditch_document::{Document, encode};
use quidditch_query::{Environment, ErrorKind, Guests, Query, QueryError};
use quidditch_segment::Bm25;
use random::Random;
use serde_json::{Value, json};
use std::convert::Infallible;

/// Guests that answer by their name.
struct Named<'q>(&'q Query);

impl Guests for Named<'_> {
    type Error = Infallible;

    fn filter(&mut self, place: usize) -> Result<bool, Infallible> {
        Ok(self.0.udfs()[place].name == "yes")
    }

    fn score(&mut self, place: usize, score: f64) -> Result<f64, Infallible> {
        Ok(guest(&self.0.udfs()[place].name, score))
    }
}

fn parse(query: &Value) -> Result<Query, QueryError> {
    let bytes = encode::jsonb(query);
    let root = Document::new(&bytes).unwrap().root().unwrap();
    Query::parse(root, &Environment::default())
}

fn reparse(printed: &str) -> Query {
    let json = serde_json::from_str(printed).expect("printed as JSON");
    parse(&json).unwrap_or_else(|error| panic!("{error}: {printed}"))
}

fn matches(query: &Query, document: &[u8]) -> bool {
    query
        .matches(Document::new(document).unwrap(), &mut Named(query))
        .unwrap()
}

fn score(query: &Query, document: &[u8]) -> Option<f64> {
    query
        .score(Document::new(document).unwrap(), &mut Named(query))
        .unwrap()
}

/// As near as the order of additions lets them be.
fn agree(left: Option<f64>, right: Option<f64>) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => {
            left == right || (left - right).abs() <= 1e-9 * left.abs().max(right.abs())
        }
        (left, right) => left == right,
    }
}

/// Whether there is a clause over text in it.
fn is_over_text(query: &Value) -> bool {
    match query {
        Value::Object(pairs) => pairs.iter().any(|(key, value)| {
            let named = key.ends_with("query_string") || key.contains("match");
            let counts = key == "minimum_should_match" || key == "match_all" || key == "match_none";
            named && !counts || is_over_text(value)
        }),
        Value::Array(values) => values.iter().any(is_over_text),
        _ => false,
    }
}

/// Compares queries of one kind of clause with the evaluator, and says how often they matched.
fn compare(
    kind: &str,
    random: &mut Random,
    documents: &[(Value, Vec<u8>)],
    corpus: &Corpus,
    mapping: &Value,
    queries: usize,
) -> (usize, usize) {
    let (mut matched, mut pairs, mut refused) = (0, 0, 0);
    for _ in 0..queries {
        let depth = 1 + random.below(3);
        let clause = random.clause(kind, depth);
        let written = match mapping {
            Value::Null => clause.clone(),
            mapping => json!({"query": clause, "mapping": mapping}),
        };
        let query = match parse(&written) {
            Ok(query) => query,
            // A text that a field of numbers can't have, for one.
            Err(error) if !mapping.is_null() && error.kind == ErrorKind::Invalid => {
                refused += 1;
                continue;
            }
            Err(error) => panic!("{error}: {written}"),
        };
        let mut weighed = query.clone();
        weighed.weigh(&Bm25::default(), corpus).unwrap();
        let printed = query.to_string();
        let again = reparse(&printed);
        assert_eq!(again.to_string(), printed, "{written}");
        let parts: Vec<_> = query
            .parts()
            .iter()
            .map(|part| reparse(&part.to_string()))
            .collect();
        for _ in 0..12 {
            let (document, bytes) = &documents[random.below(documents.len())];
            let reference = Reference {
                mapping,
                meanings: &random.meanings,
            };
            let expected = reference.score(
                At {
                    value: document,
                    outer: "",
                },
                &clause,
            );
            assert_eq!(
                matches(&query, bytes),
                expected.is_some(),
                "{written} on {document}"
            );
            assert_eq!(
                matches(&again, bytes),
                expected.is_some(),
                "{printed} on {document}"
            );
            if !parts.is_empty() {
                let together = parts.iter().all(|part| matches(part, bytes));
                assert_eq!(
                    together,
                    expected.is_some(),
                    "the parts of {written} on {document}"
                );
            }
            let found = score(&weighed, bytes);
            // How much a text scores is tested elsewhere.
            let alike = if is_over_text(&clause) {
                found.is_some_and(|score| score >= 0.0) == expected.is_some()
            } else {
                agree(found, expected) && score(&query, bytes) == found
            };
            assert!(
                alike,
                "{found:?}, not {expected:?}: {written} on {document}"
            );
            matched += usize::from(expected.is_some());
            pairs += 1;
        }
    }
    assert!(
        refused <= queries / 2,
        "{refused} of {queries} {kind} queries refused"
    );
    (matched, pairs)
}

#[test]
fn many_random_pairs_agree() {
    let mut random = Random::new(7);
    // Most of them objects, or most fields would be missing.
    let mut document = |place| loop {
        let document = random.document(4);
        if document.is_object() || place % 10 == 0 {
            break document;
        }
    };
    let documents: Vec<_> = (0..300).map(&mut document).collect();
    let documents: Vec<_> = documents
        .into_iter()
        .map(|document| {
            let bytes = encode::jsonb(&document);
            (document, bytes)
        })
        .collect();
    let corpus = Corpus::of(documents.iter().map(|(document, _)| document));
    let mut all = 0;
    for kind in CLAUSES {
        let (mut matched, mut pairs) = (0, 0);
        for (mapping, queries) in random::mappings().iter().zip([400, 100, 100]) {
            let (of, found) = compare(kind, &mut random, &documents, &corpus, mapping, queries);
            matched += of;
            pairs += found;
        }
        // Neither answer is rare.
        let rare = pairs / 60;
        let known = matches!(kind, "match_all" | "match_none");
        assert!(
            known || matched > rare && matched < pairs - rare,
            "{kind}: {matched} of {pairs}"
        );
        all += pairs;
    }
    assert!(all > 150_000, "{all}");
}
