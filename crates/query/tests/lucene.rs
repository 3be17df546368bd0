//! Queries whose hits and scores Apache Lucene computed; see `lucene/README.md`.

mod corpus;

use corpus::Corpus;
use quidditch_document::{Document, encode};
use quidditch_query::{Environment, Query};
use quidditch_segment::Bm25;
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

/// What Lucene was given, and what it found.
struct Recorded {
    cases: Value,
    mapping: Value,
    /// Their ids and bytes.
    documents: Vec<(String, Vec<u8>)>,
    /// The same with something in the empty arrays.
    filled: Vec<(String, Vec<u8>)>,
}

impl Recorded {
    fn read() -> Recorded {
        let cases: Value = serde_json::from_str(include_str!("lucene/cases.json")).unwrap();
        let properties: serde_json::Map<_, _> = cases["fields"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, kind)| (name.clone(), json!({"type": kind})))
            .collect();
        let documents = cases["docs"].as_array().unwrap();
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
        Recorded {
            mapping: json!({"properties": properties}),
            filled: filled.map(|document| encoded(&document)).collect(),
            documents: documents.iter().map(encoded).collect(),
            cases,
        }
    }

    fn cases(&self) -> impl Iterator<Item = &Value> {
        self.cases["cases"].as_array().unwrap().iter()
    }

    /// The query as it is meant here.
    fn query(&self, id: &str, written: &Value) -> Query {
        let mut written = written.clone();
        // Lucene's parser was given this field.
        if let Some(query_string) = written.get_mut("query_string")
            && query_string.get("fields").is_none()
        {
            query_string["default_field"] = json!("text");
        }
        if id == TWO_EDITS {
            written["query_string"]["query"] = json!("broa~2");
        }
        parse(&json!({"query": written, "mapping": self.mapping}))
    }

    fn documents(&self, id: &str) -> &[(String, Vec<u8>)] {
        if EMPTY_ARRAYS.contains(&id) {
            &self.filled
        } else {
            &self.documents
        }
    }
}

#[test]
fn hits_are_lucenes() {
    let recorded = Recorded::read();
    let mut wrong = Vec::new();
    for case in recorded.cases() {
        let id = case["id"].as_str().unwrap();
        let documents = recorded.documents(id);
        let query = recorded.query(id, &case["query"]);
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

/// What is nearly a word scores its boost here, and in Lucene as a word does. The score of what was cut short is not
/// Lucene's own either.
fn has_other_scores(case: &Value) -> bool {
    let lucene = case["lucene"].as_str().unwrap().as_bytes();
    // `word~1`, not `"a phrase"~1` or `(several clauses)~1`.
    let nearly = |pair: &[u8]| pair[1] == b'~' && !matches!(pair[0], b'"' | b')');
    CUT_SHORT.contains(&case["id"].as_str().unwrap()) || lucene.windows(2).any(nearly)
}

/// BM25 has a factor `k1 + 1` in Elasticsearch, and none in Lucene.
const FACTOR: f64 = 2.2;

/// The query with boosts that make its scores those of Lucene.
///
/// Words are without the factor. A `term` clause scores by how rare its value is in Lucene, and its boost here, so
/// there is a clause in its place that scores as Lucene's does.
fn as_in_lucene(query: &Value, cases: &Value) -> Value {
    let (name, body) = match query {
        Value::Object(pairs) if pairs.len() == 1 => pairs.iter().next().unwrap(),
        Value::Object(pairs) => {
            let pairs = pairs.iter();
            return Value::Object(
                pairs
                    .map(|(key, value)| (key.clone(), as_in_lucene(value, cases)))
                    .collect(),
            );
        }
        Value::Array(queries) => {
            return queries
                .iter()
                .map(|query| as_in_lucene(query, cases))
                .collect();
        }
        other => return other.clone(),
    };
    let boost = |options: &Value| options["boost"].as_f64().unwrap_or(1.0);
    let with_boost = |options: &Value, boost: f64| {
        let mut options = options.clone();
        options["boost"] = json!(boost);
        options
    };
    match &**name {
        "term" => {
            let (field, value) = body.as_object().unwrap().iter().next().unwrap();
            let boost = boost(value);
            let value = value.get("value").unwrap_or(value);
            match cases["fields"][field].as_str().unwrap() {
                "text" => {
                    let options = json!({"query": value, "analyzer": "keyword", "boost": boost});
                    as_in_lucene(&json!({"match": {field: options}}), cases)
                }
                "keyword" => {
                    let score = boost * keyword_score(cases, field, value);
                    json!({"constant_score": {"filter": query, "boost": score}})
                }
                _ => query.clone(),
            }
        }
        "match" | "match_phrase" | "match_phrase_prefix" => {
            let (field, options) = body.as_object().unwrap().iter().next().unwrap();
            let options = match options {
                Value::Object(_) => options.clone(),
                text => json!({"query": text}),
            };
            let boost = boost(&options) / FACTOR;
            json!({name: {field: with_boost(&options, boost)}})
        }
        // The beginning of a word scores the same in both.
        "match_bool_prefix" => {
            let (field, options) = body.as_object().unwrap().iter().next().unwrap();
            let mut words: Vec<&str> = options["query"].as_str().unwrap().split(' ').collect();
            let last = words.pop().unwrap();
            let mut clauses = vec![json!({name: {field: last}})];
            for word in words.iter().rev() {
                clauses.insert(0, as_in_lucene(&json!({"match": {field: word}}), cases));
            }
            let all = options["operator"] == "and";
            json!({"bool": {if all { "must" } else { "should" }: clauses}})
        }
        "query_string" if body["query"].as_str().unwrap().contains(['*', '/']) => query.clone(),
        "multi_match" | "query_string" => json!({name: with_boost(body, boost(body) / FACTOR)}),
        _ => json!({name: as_in_lucene(body, cases)}),
    }
}

/// BM25 of a whole value: each document has it once, and is as long as one with a single value.
fn keyword_score(cases: &Value, field: &str, wanted: &Value) -> f64 {
    let (mut documents, mut values, mut having) = (0.0, 0.0, 0.0);
    for document in cases["docs"].as_array().unwrap() {
        let own = match &document[field] {
            Value::Null => vec![],
            Value::Array(values) => values.iter().collect(),
            value => vec![value],
        };
        documents += f64::from(u8::from(!own.is_empty()));
        values += own.len() as f64;
        having += f64::from(u8::from(own.contains(&wanted)));
    }
    let idf = (1.0f64 + (documents - having + 0.5) / (having + 0.5)).ln();
    idf / (1.0 + 1.2 * (0.25 + 0.75 / (values / documents)))
}

#[test]
fn scores_are_lucenes() {
    let recorded = Recorded::read();
    let corpus = Corpus::of(recorded.cases["docs"].as_array().unwrap());
    let mut wrong = Vec::new();
    let mut compared = 0;
    for case in recorded.cases().filter(|case| !has_other_scores(case)) {
        let id = case["id"].as_str().unwrap();
        let mut query = recorded.query(id, &as_in_lucene(&case["query"], &recorded.cases));
        query.weigh(&Bm25::default(), &corpus).unwrap();
        assert!(!query.needs_statistics());
        let mut udf = |_: usize| Ok::<_, Infallible>(true);
        let mut scores = Vec::new();
        for (document, bytes) in recorded.documents(id) {
            let bytes = Document::new(bytes).unwrap();
            let score = query.score(bytes, &mut udf).unwrap();
            let matched = query.matches(bytes, &mut udf).unwrap();
            assert_eq!(score.is_some(), matched, "{id}");
            scores.extend(score.map(|score| (&**document, score)));
        }
        scores.sort_by(|left, right| right.1.total_cmp(&left.1));
        let top = case["top10"].as_array().unwrap();
        // The weight of a phrase is that of its whole words here, and of all that its beginning of a word stands for
        // there. Apart from that factor the scores are the same.
        let factor = match (top.first(), scores.first()) {
            (Some(hit), Some(best)) if id.starts_with("match_phrase_prefix") => {
                best.1 / hit[1].as_f64().unwrap()
            }
            _ => 1.0,
        };
        let agree = scores.len() >= top.len()
            && top.iter().zip(&scores).all(|(hit, best)| {
                let expected = factor * hit[1].as_f64().unwrap();
                let near = |score: f64| (score - expected).abs() <= 1e-4 * expected;
                let own = scores.iter().find(|(document, _)| *document == hit[0]);
                near(best.1) && own.is_some_and(|(_, score)| near(*score))
            });
        compared += top.len();
        if !agree {
            wrong.push(format!(
                "{id}\n  {}\n  {}\n  {:?}\n  {:?}",
                case["query"],
                case["lucene"]
                    .as_str()
                    .unwrap()
                    .chars()
                    .take(200)
                    .collect::<String>(),
                &top[..top.len().min(4)],
                &scores[..scores.len().min(4)],
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} cases differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(compared > 2_000, "{compared}");
}
