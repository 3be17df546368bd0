//! Queries whose hits Apache Lucene computed; see `lucene/README.md`.

use quidditch_document::{Document, encode};
use quidditch_query::{Environment, Query};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::convert::Infallible;

/// Lucene looks up a prefix, or what is nearly a word, in its dictionary and stops after `max_expansions` words, so
/// it misses documents. We miss none: our hits contain Lucene's.
const CUT_SHORT: [&str; 12] = [
    "match_phrase_prefix-0",
    "match_phrase_prefix-2",
    "match_phrase_prefix-4",
    "match_phrase_prefix-6",
    "match_phrase_prefix-8",
    "match_phrase_prefix-10",
    "match_phrase_prefix-20",
    "match_phrase_prefix-30",
    "fuzzy-18",
    "fuzzy-42",
    "fuzzy-58",
    "bool-19",
];

/// Here an empty array was a value to `exists`. In Elasticsearch, and to us, it is none.
const EMPTY_ARRAYS: [&str; 3] = ["bool-17", "bool-47", "bool-89"];

/// Lucene's own parser takes `broa~` for two edits, Elasticsearch's and ours for `AUTO`.
const TWO_EDITS: &str = "query_string-39";

fn parse(query: &Value) -> Query {
    let bytes = encode::jsonb(query);
    let root = Document::new(&bytes).unwrap().root().unwrap();
    Query::parse(root, &Environment::default()).unwrap_or_else(|error| panic!("{error}: {query}"))
}

#[test]
fn hits_are_lucenes() {
    let cases: Value = serde_json::from_str(include_str!("lucene/cases.json")).unwrap();
    let properties: serde_json::Map<_, _> = cases["fields"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, kind)| (name.clone(), json!({"type": kind})))
        .collect();
    let mapping = json!({"properties": properties});
    let documents = cases["docs"].as_array().unwrap();
    // With something in the empty arrays.
    let filled = documents.iter().map(|document| {
        let mut document = document.clone();
        for (_, value) in document.as_object_mut().unwrap() {
            if value == &json!([]) {
                *value = json!([""]);
            }
        }
        document
    });
    let encoded = |document: &Value| {
        let id = document["_id"].as_str().unwrap().to_owned();
        (id, encode::jsonb(document))
    };
    let filled: Vec<_> = filled.map(|document| encoded(&document)).collect();
    let documents: Vec<_> = documents.iter().map(encoded).collect();
    let mut wrong = Vec::new();
    for case in cases["cases"].as_array().unwrap() {
        let mut written = case["query"].clone();
        // Lucene's parser was given this field.
        if let Some(query_string) = written.get_mut("query_string")
            && query_string.get("fields").is_none()
        {
            query_string["default_field"] = json!("text");
        }
        let id = case["id"].as_str().unwrap();
        if id == TWO_EDITS {
            written["query_string"]["query"] = json!("broa~2");
        }
        let documents = if EMPTY_ARRAYS.contains(&id) {
            &filled
        } else {
            &documents
        };
        let query = parse(&json!({"query": written, "mapping": mapping}));
        let again = parse(&serde_json::from_str(&query.to_string()).unwrap());
        assert_eq!(again.to_string(), query.to_string());
        let mut udf = |_: usize| Ok::<_, Infallible>(true);
        let hits: BTreeSet<&str> = documents
            .iter()
            .filter(|(_, bytes)| {
                let document = Document::new(bytes).unwrap();
                let matched = query.matches(document, &mut udf).unwrap();
                assert_eq!(matched, again.matches(document, &mut udf).unwrap());
                matched
            })
            .map(|(id, _)| &**id)
            .collect();
        let total = case["total"].as_u64().unwrap() as usize;
        // Those of long lists are not recorded, but for the first ten.
        let ids: BTreeSet<&str> = match case["ids"].as_array() {
            Some(ids) => ids.iter().map(|id| id.as_str().unwrap()).collect(),
            None => case["top10"]
                .as_array()
                .unwrap()
                .iter()
                .map(|hit| hit[0].as_str().unwrap())
                .collect(),
        };
        let cut = CUT_SHORT.contains(&id);
        let agree = if cut {
            ids.is_subset(&hits) && total < hits.len()
        } else {
            hits.len() == total && ids.is_subset(&hits)
        };
        if !agree {
            wrong.push(format!(
                "{id}: {} hits, Lucene has {total}; {} of its ids are missing\n  {}\n  {}",
                hits.len(),
                ids.difference(&hits).count(),
                case["query"],
                case["lucene"]
                    .as_str()
                    .unwrap()
                    .chars()
                    .take(200)
                    .collect::<String>(),
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} cases differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
