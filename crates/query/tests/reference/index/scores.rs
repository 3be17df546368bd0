//! What an index scores random queries, against the queries themselves.

use super::{Error, Index, Segments, documents, mappings};
use crate::queries::CLAUSES;
use crate::random::Random;
use crate::{parse, score};
use quidditch_document::{Document, encode};
use quidditch_query::{IndexScore, Query, ScoredQuery, Statistics};
use quidditch_segment::{Bm25, Clause, Field, FieldTotals, Hit, Matches, RowId, TermKind, TopHits};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

impl Statistics for Segments<'_> {
    type Error = Error;

    fn field_totals(&self, field: &Field) -> Result<FieldTotals, Error> {
        let mut totals = FieldTotals::default();
        for segment in &self.0 {
            let own = segment.field_totals(field)?;
            totals.documents += own.documents;
            totals.tokens += own.tokens;
        }
        Ok(totals)
    }

    fn document_frequency(&self, key: &[u8]) -> Result<u64, Error> {
        let frequencies = self.0.iter();
        let frequencies = frequencies.map(|segment| segment.document_frequency(key));
        frequencies.map(|frequency| frequency.map(u64::from)).sum()
    }

    fn text_fields(&self, visit: &mut dyn FnMut(&[u8]) -> ControlFlow<()>) -> Result<(), Error> {
        for segment in &self.0 {
            let mut terms = segment.terms(&[])?;
            while let Some(key) = terms.key() {
                let is_length = TermKind::of(key) == Some(TermKind::Length);
                if is_length && visit(&key[..key.len() - 1]).is_break() {
                    return Ok(());
                }
                terms.advance()?;
            }
        }
        Ok(())
    }
}

fn row(place: usize) -> RowId {
    RowId {
        block: place as u32,
        offset: 1,
    }
}

impl Index {
    fn lower_scored(&self, query: &Query) -> ScoredQuery {
        let segments = self.segments();
        let lowered = query.lower_scored(&self.mapping, self.positions, &segments);
        lowered.unwrap()
    }

    fn weighed(&self, written: &Value, bound: &Value) -> Option<Query> {
        // A text that a field of numbers can't have is refused, for one.
        let mut query = parse(&json!({"query": written, "mapping": bound})).ok()?;
        query.weigh(&Bm25::default(), &self.segments()).unwrap();
        Some(query)
    }

    /// All rows with their scores, in no order.
    fn hits(&self, clause: &Clause) -> Vec<Hit> {
        let mut hits = Vec::new();
        for segment in &self.segments().0 {
            let mut matches = Matches::new(segment, clause).unwrap();
            while let Some((row, score)) = matches.advance().unwrap() {
                hits.push(Hit { score, row });
            }
        }
        hits
    }

    /// The best hits, a few at a time.
    fn best(&self, clause: &Clause) -> Vec<Hit> {
        let mut hits: Vec<Hit> = Vec::new();
        loop {
            let mut top = TopHits::new(5, hits.last().copied());
            for segment in &self.segments().0 {
                top.search(segment, clause).unwrap();
            }
            let more = top.into_hits();
            let count = more.len();
            hits.extend(more);
            if count < 5 {
                return hits;
            }
        }
    }

    /// What the index knows, which holds.
    fn check_scores(&self, query: &Query, documents: &[Vec<u8>], written: &Value) -> IndexScore {
        let lowered = self.lower_scored(query);
        let scores = documents.iter().map(|bytes| score(query, bytes));
        let scores: Vec<_> = scores.collect();
        let mut found = self.hits(&lowered.clause);
        let fail = |place: usize, found: Option<f64>| {
            panic!(
                "{written} by an index of {} with positions {}: {:?}, not {found:?} on {:?}\n{lowered:?}",
                self.written,
                self.positions,
                scores[place],
                Document::new(&documents[place]).unwrap(),
            )
        };
        let by_row: BTreeMap<RowId, f64> = found.iter().map(|hit| (hit.row, hit.score)).collect();
        for (place, expected) in scores.iter().enumerate() {
            let hit = by_row.get(&row(place)).copied();
            let holds = match lowered.score {
                IndexScore::Exact => hit.map(f64::to_bits) == expected.map(f64::to_bits),
                IndexScore::Most => {
                    expected.is_none_or(|score| hit.is_some_and(|hit| hit >= score))
                }
                IndexScore::Unknown => expected.is_none() || hit.is_some(),
            };
            if !holds {
                fail(place, hit);
            }
        }
        found.sort_unstable();
        assert_eq!(self.best(&lowered.clause), found, "{written}: {lowered:?}");
        lowered.score
    }
}

#[test]
fn an_index_scores_what_matches() {
    let mut random = Random::new(23);
    let documents = documents(&mut random, 80);
    let mappings = mappings();
    // By kind of clause, where the query is bound to what the index is made by: exact, bounded, and not known.
    let mut known: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    let mut pairs = 0;
    for (place, written) in mappings.iter().enumerate() {
        let index = Index::of(&documents, written, place % 3 < 2);
        for kind in CLAUSES {
            for round in 0..12 {
                let depth = 1 + random.below(3);
                let clause = random.clause(kind, depth);
                let bound = match round % 9 {
                    0 => &mappings[random.below(mappings.len())],
                    _ => written,
                };
                let Some(query) = index.weighed(&clause, bound) else {
                    continue;
                };
                let score = index.check_scores(&query, &documents, &clause);
                pairs += documents.len();
                if bound == written {
                    known.entry(kind).or_default()[score as usize] += 1;
                }
            }
        }
    }
    assert!(pairs > 100_000, "{pairs}");
    for (kind, [exact, most, unknown]) in known {
        let all = exact + most + unknown;
        let never = matches!(kind, "ids" | "nested" | "wasm_udf");
        // What guests and expressions make of a score has no limit.
        let unlimited = matches!(kind, "function_score" | "script_score");
        assert!(
            exact * 6 > all || never || unlimited,
            "{kind}: {exact} of {all}"
        );
        assert!(
            unknown * 5 < 3 * all || unlimited,
            "{kind}: {unknown} of {all}"
        );
    }
}

/// Texts in two fields, and a number.
fn texts() -> Vec<Vec<u8>> {
    let mut random = Random::new(3);
    let mut text = |most| random.words(most);
    let texts = (0..120).map(|n| json!({"t": text(9), "u": [text(4), {"v": text(3)}], "n": n % 7}));
    texts.map(|document| encode::jsonb(&document)).collect()
}

/// What an index of those with positions knows of the scores of each clause.
fn check_all(expected: IndexScore, clauses: &[Value]) {
    let (documents, written) = (texts(), json!({}));
    let index = Index::of(&documents, &written, true);
    for clause in clauses {
        let query = index.weighed(clause, &written).unwrap();
        let found = index.check_scores(&query, &documents, clause);
        let lowered = index.lower_scored(&query);
        assert_eq!(found, expected, "{clause}: {lowered:?}");
        assert!(!index.hits(&lowered.clause).is_empty(), "{clause}");
    }
}

#[test]
fn scores_of_plain_fields_are_exact() {
    check_all(
        IndexScore::Exact,
        &[
            json!({"match": {"t": "fox"}}),
            json!({"match": {"t": {"query": "quick fox box 5", "boost": 3}}}),
            json!({"match": {"t": {"query": "fox the dog", "operator": "and"}}}),
            json!({"match": {"t": {"query": "fox the dog quick", "minimum_should_match": 2}}}),
            json!({"match": {"t": {"query": "quikc fx", "fuzziness": 1}}}),
            json!({"match": {"n": "5"}}),
            json!({"match": {"t.keyword": "fox"}}),
            json!({"match_phrase": {"t": "fox"}}),
            json!({"match_phrase": {"t": {"query": "fox fox", "slop": 3, "boost": 2}}}),
            json!({"match_phrase_prefix": {"t": "quick fo"}}),
            json!({"match_bool_prefix": {"t": "qui f"}}),
            json!({"multi_match": {"query": "fox quick", "fields": ["t^3", "u"], "tie_breaker": 0.3}}),
            json!({"multi_match": {"query": "fox quick", "fields": ["t", "u.*"], "type": "most_fields"}}),
            json!({"multi_match": {"query": "fox quick", "fields": ["t", "u"], "type": "cross_fields"}}),
            json!({"multi_match": {"query": "fox quick"}}),
            json!({"query_string": {"query": "t:(quick AND fo?)^2 -n:5"}}),
            json!({"query_string": {"query": "+fox dog \"quick fox\"", "fields": ["t", "u"]}}),
            json!({"simple_query_string": {"query": "\"quick fox\" | box", "fields": ["t", "u.v"]}}),
            json!({"term": {"t": {"value": "fox", "boost": 0.5}}}),
            json!({"terms": {"n": [5, 6], "boost": 2}}),
            json!({"range": {"n": {"gte": 2, "boost": 3}}}),
            json!({"exists": {"field": "t"}}),
            json!({"prefix": {"t": "fo"}}),
            json!({"wildcard": {"t": "f*x"}}),
            json!({"regexp": {"t": "fo.*"}}),
            json!({"fuzzy": {"t": "fax"}}),
            json!({"bool": {}}),
            json!({"bool": {"must_not": {"term": {"n": 5}}}}),
            json!({"bool": {"filter": {"match": {"t": "fox"}}, "boost": 3}}),
            json!({"bool": {"filter": {"match_all": {}}, "should": {"match": {"t": "fox"}}}}),
            json!({"bool": {"must": [{"match": {"t": "fox"}}, {"match_all": {}}],
                            "should": [{"match": {"u": "fox"}}, {"range": {"n": {"lt": 3}}}],
                            "filter": {"range": {"n": {"gt": 1}}}, "must_not": {"term": {"n": 5}}, "boost": 0.3}}),
            json!({"bool": {"should": [{"match": {"u": "fox quick"}}, {"match": {"t": "fox"}}, {"term": {"n": 5}}],
                            "minimum_should_match": 2}}),
            json!({"bool": {"must": [{"match": {"t": "fox quick"}}, {"match": {"u": "fox"}}],
                            "should": [{"match": {"t": "dog the"}}, {"match": {"u": "the quick"}}],
                            "minimum_should_match": 2}}),
            json!({"constant_score": {"filter": {"match": {"t": "fox"}}, "boost": 2}}),
            json!({"dis_max": {"queries": [{"match": {"t": "fox quick"}}, {"match": {"u": "fox"}}, {"term": {"n": 5}}],
                               "tie_breaker": 0.7, "boost": 2}}),
            json!({"boosting": {"positive": {"match": {"t": "fox"}}, "negative": {"match_none": {}}, "negative_boost": 0.1}}),
            json!({"function_score": {"query": {"match": {"t": "fox"}}, "functions": [], "boost": 2}}),
            json!({"expr": "n > 2 AND n <= 5"}),
        ],
    );
}

#[test]
fn scores_with_a_limit_are_bounded() {
    check_all(
        IndexScore::Most,
        &[
            json!({"match": {"t": {"query": "fox", "analyzer": "whitespace"}}}),
            json!({"match_phrase": {"t": {"query": "quick fox", "analyzer": "english", "boost": 2}}}),
            json!({"match": {"u[0]": "fox"}}),
            json!({"bool": {"must": [{"match": {"t": "fox"}}, {"expr": "n + 1 > 2"}]}}),
            json!({"bool": {"should": [{"match": {"t": "fox"}}, {"wasm_udf": {"name": "no"}}]}}),
            json!({"bool": {"must": {"match": {"t": "fox"}}, "must_not": {"expr": "n + 1 > 2"}}}),
            json!({"boosting": {"positive": {"match": {"t": "fox"}}, "negative": {"term": {"n": 5}}, "negative_boost": 0.1}}),
            json!({"boosting": {"positive": {"match": {"t": "fox"}}, "negative": {"term": {"n": 5}}, "negative_boost": 3}}),
            json!({"nested": {"path": "u", "query": {"match": {"u.v": "fox quick"}}}}),
            json!({"nested": {"path": "u", "query": {"match_phrase": {"u.v": "fox fox"}}, "score_mode": "max", "boost": 2}}),
            json!({"function_score": {"query": {"match": {"t": "fox"}}, "min_score": 0.2}}),
            json!({"function_score": {"query": {"match": {"t": "fox"}}, "weight": 2}}),
            json!({"function_score": {"query": {"match": {"t": "fox"}}, "functions": [
                {"filter": {"term": {"n": 5}}, "weight": 3}, {"filter": {"match": {"u": "quick"}}, "weight": 0.5}]}}),
            json!({"function_score": {"query": {"match": {"t": "fox"}}, "gauss": {"n": {"origin": 0, "scale": 2}}}}),
            json!({"function_score": {"query": {"match": {"t": "fox"}}, "field_value_factor": {"field": "n"},
                                      "max_boost": 3, "boost_mode": "sum"}}),
        ],
    );
}

#[test]
fn scores_without_a_limit_are_unknown() {
    let large = 1e308;
    check_all(
        IndexScore::Unknown,
        &[
            json!({"nested": {"path": "u", "query": {"match": {"u.v": "fox"}}, "score_mode": "sum"}}),
            json!({"function_score": {"query": {"match": {"t": "fox"}}, "field_value_factor": {"field": "n"}}}),
            json!({"script_score": {"query": {"match": {"t": "fox"}}, "expr": "_score * n"}}),
            json!({"bool": {"should": [{"term": {"n": {"value": 5, "boost": large}}}, {"exists": {"field": "n", "boost": large}}]}}),
        ],
    );
}

#[test]
fn a_query_without_weights_has_no_scores() {
    let (documents, written) = (texts(), json!({}));
    let index = Index::of(&documents, &written, true);
    for clause in [
        json!({"match": {"t": "fox"}}),
        json!({"match_phrase": {"t": "quick fox"}}),
        json!({"bool": {"should": [{"match": {"t": "fox"}}, {"term": {"n": 5}}]}}),
    ] {
        let query = parse(&clause).unwrap();
        let lowered = index.lower_scored(&query);
        assert_eq!(lowered.score, IndexScore::Unknown);
        let found = index.hits(&lowered.clause).len();
        assert_eq!(found, index.find(&index.lower(&query).clause).len());
    }
}

/// What is one word, all of some words, and some of them is what a search is quickest at.
#[test]
fn words_are_not_wrapped() {
    let index = Index::of(&texts(), &json!({}), true);
    let lowered = |clause: Value| {
        let query = index.weighed(&clause, &json!({})).unwrap();
        index.lower_scored(&query).clause
    };
    let is_word = |clause: &Clause| matches!(clause, Clause::Word { .. });
    let words_of = |clause: &Clause| match clause {
        Clause::Bool {
            must,
            filter,
            must_not,
            should,
            needed,
        } if filter.is_empty() && must_not.is_empty() => {
            assert!(must.iter().chain(should).all(is_word), "{clause:?}");
            (must.len(), should.len(), *needed)
        }
        _ => panic!("{clause:?}"),
    };
    for one in [
        json!({"match": {"t": {"query": "fox", "boost": 2}}}),
        json!({"match_phrase": {"t": "fox"}}),
        json!({"multi_match": {"query": "fox", "fields": ["t"]}}),
        json!({"bool": {"should": {"query_string": {"query": "t:fox"}}}}),
    ] {
        let clause = lowered(one);
        assert!(is_word(&clause), "{clause:?}");
    }
    for (text, options, expected) in [
        ("fox dog quick", json!({}), (0, 3, 1)),
        ("fox dog quick", json!({"operator": "and"}), (3, 0, 0)),
        (
            "fox dog quick",
            json!({"minimum_should_match": 2}),
            (0, 3, 2),
        ),
    ] {
        let mut options = options;
        options["query"] = json!(text);
        assert_eq!(
            words_of(&lowered(json!({"match": {"t": options}}))),
            expected
        );
    }
    for (text, expected) in [("fox dog", (0, 2, 1)), ("+fox dog quick", (1, 2, 0))] {
        let query = json!({"query_string": {"query": text, "fields": ["t"]}});
        assert_eq!(words_of(&lowered(query)), expected, "{text}");
    }
    let best = lowered(json!({"multi_match": {"query": "fox dog", "fields": ["t", "u"]}}));
    let Clause::DisMax { clauses, .. } = &best else {
        panic!("{best:?}");
    };
    assert_eq!(
        clauses.iter().map(words_of).collect::<Vec<_>>(),
        [(0, 2, 1); 2]
    );
}
