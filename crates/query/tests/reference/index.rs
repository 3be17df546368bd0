//! What an index answers for random queries, against the queries themselves.

mod scores;

use crate::queries::CLAUSES;
use crate::random::{self, Random};
use crate::{matches, parse};
use quidditch_document::{Document, encode};
use quidditch_query::{Dictionary, Environment, IndexQuery, Indexer, Mapping, Query};
use quidditch_segment::{
    KeyRange, Matches, MemoryPages, NoSuchPage, POSTGRES_CAPACITY, RowId, Segment, SegmentWriter,
    Terms, WriterOptions,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::rc::Rc;

type Error = quidditch_segment::Error<NoSuchPage>;

/// Documents in several segments.
struct Index {
    mapping: Rc<Mapping>,
    written: Value,
    positions: bool,
    pages: MemoryPages,
    roots: Vec<u32>,
}

struct Segments<'p>(Vec<Segment<'p, MemoryPages>>);

impl Dictionary for Segments<'_> {
    type Error = Error;

    fn terms(
        &self,
        range: &KeyRange,
        visit: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let cursors = self.0.iter().map(|segment| segment.terms(&range.from));
        let mut cursors = cursors.collect::<Result<Vec<_>, Error>>()?;
        loop {
            let least = (0..cursors.len())
                .filter(|place| cursors[*place].key().is_some())
                .min_by(|left, right| cursors[*left].key().cmp(&cursors[*right].key()));
            let Some(cursor) = least.map(|place| &mut cursors[place]) else {
                return Ok(());
            };
            match cursor.key().filter(|key| **key < *range.until) {
                Some(key) if visit(key).is_continue() => cursor.advance()?,
                _ => return Ok(()),
            }
        }
    }
}

fn mapping(json: &Value) -> Mapping {
    let bytes = encode::jsonb(json);
    let root = Document::new(&bytes).unwrap().root().unwrap();
    Mapping::parse(root, &Environment::default()).unwrap()
}

impl Index {
    fn of(documents: &[Vec<u8>], written: &Value, positions: bool) -> Index {
        let mapping = Rc::new(mapping(written));
        let mut indexer = Indexer::new(Rc::clone(&mapping));
        let mut pages = MemoryPages::new(POSTGRES_CAPACITY);
        let mut terms = Terms::default();
        let mut roots = Vec::new();
        let numbered: Vec<_> = (0..).zip(documents).collect();
        for part in numbered.chunks(documents.len().div_ceil(3)) {
            let options = WriterOptions {
                positions,
                memory: 30_000,
            };
            let mut writer = SegmentWriter::new(MemoryPages::new(POSTGRES_CAPACITY), options);
            for (number, bytes) in part {
                let root = Document::new(bytes).unwrap().root().unwrap();
                indexer.add(root, &mut terms).unwrap();
                let row = RowId {
                    block: *number,
                    offset: 1,
                };
                writer.add(row, &mut terms).unwrap();
            }
            roots.push(writer.finish(&mut pages).unwrap());
        }
        Index {
            mapping,
            written: written.clone(),
            positions,
            pages,
            roots,
        }
    }

    fn segments(&self) -> Segments<'_> {
        let roots = self.roots.iter();
        let segments = roots.map(|root| Segment::open(&self.pages, *root).unwrap());
        Segments(segments.collect())
    }

    fn lower(&self, query: &Query) -> IndexQuery {
        let segments = self.segments();
        query
            .lower(&self.mapping, self.positions, &segments)
            .unwrap()
    }

    fn find(&self, clause: &quidditch_segment::Clause) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        for segment in &self.segments().0 {
            let mut matches = Matches::new(segment, clause).unwrap();
            while let Some((row, _)) = matches.advance().unwrap() {
                assert!(found.insert(row.block as usize), "{row:?} twice");
            }
        }
        found
    }

    /// What the index finds has all documents that match, and only those if it says so. Whether it does.
    fn check(&self, query: &Query, documents: &[Vec<u8>], written: &Value) -> bool {
        let lowered = self.lower(query);
        let found = self.find(&lowered.clause);
        for (place, bytes) in documents.iter().enumerate() {
            let expected = matches(query, bytes);
            let wrong = if lowered.exact {
                found.contains(&place) != expected
            } else {
                expected && !found.contains(&place)
            };
            assert!(
                !wrong,
                "{written} by an index of {} with positions {}: {expected} on {:?}\nfound by {lowered:?}",
                self.written,
                self.positions,
                Document::new(bytes).unwrap(),
            );
        }
        lowered.exact
    }
}

/// Objects for the most part, some of them with what is too long for a key.
fn documents(random: &mut Random, count: usize) -> Vec<Vec<u8>> {
    let mut documents: Vec<Value> = (0..count)
        .map(|place| {
            loop {
                let document = random.document(4);
                if document.is_object() || place % 20 == 0 {
                    break document;
                }
            }
        })
        .collect();
    documents.extend([
        json!({"a": "fox".repeat(100), "b": "fox ".repeat(80)}),
        json!({"a": "fox".repeat(101), "b": {"a": "box".repeat(90)}}),
        json!({"a": [{"b": "fox"}, {"b": ["quick", ["dog"]]}, "the fox"]}),
        json!({"b": {"": "fox"}}),
        json!({"b": {"raw": "fox", "ws": {"a": "fox"}, "c": {}}}),
        json!({"c": {"a": null}, "b": [], "a": {"keyword": {"a": "fox"}}}),
    ]);
    documents.iter().map(encode::jsonb).collect()
}

fn mappings() -> Vec<Value> {
    let mut mappings = random::mappings();
    mappings[0] = json!({});
    mappings.extend([
        json!({"analyzer": "english", "properties": {
            "b": {"type": "text"},
            "c": {"type": "text", "index": false, "fields": {"n": {"type": "long"}}},
            "d": {"type": "date", "index": false}}}),
        json!({"analyzer": "keyword", "properties": {
            "a": {"type": "object", "index": false},
            "b": {"type": "keyword", "ignore_above": 4, "fields": {"raw": {"type": "text"}}}}}),
    ]);
    mappings
}

#[test]
fn an_index_finds_what_matches() {
    let mut random = Random::new(11);
    let mut documents = documents(&mut random, 80);
    let long = "k".repeat(140);
    documents.push(encode::jsonb(
        &json!({long.clone(): "fox", "b": {long: ["box", {}]}}),
    ));
    let mappings = mappings();
    // By kind of clause, where the query is bound to what the index is made by.
    let mut exact: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut pairs = 0;
    for (place, written) in mappings.iter().enumerate() {
        let index = Index::of(&documents, written, place % 3 < 2);
        for kind in CLAUSES {
            for round in 0..27 {
                let depth = 1 + random.below(3);
                let clause = random.clause(kind, depth);
                let bound = match round % 9 {
                    0 => &mappings[random.below(mappings.len())],
                    _ => written,
                };
                // A text that a field of numbers can't have is refused, for one.
                let Ok(query) = parse(&json!({"query": clause, "mapping": bound})) else {
                    continue;
                };
                let is_exact = index.check(&query, &documents, &clause);
                pairs += documents.len();
                if bound == written {
                    let counts = exact.entry(kind).or_default();
                    counts.0 += usize::from(is_exact);
                    counts.1 += 1;
                }
            }
        }
    }
    assert!(pairs > 200_000, "{pairs}");
    for (kind, (exact, all)) in exact {
        let never = matches!(kind, "ids" | "nested" | "wasm_udf");
        assert!(exact * 6 > all || never, "{kind}: {exact} of {all}");
    }
}

/// Whether each of the queries is lowered exactly, and that the index finds the same as it.
fn check_exact(written: &Value, positions: bool, exact: bool, clauses: &[Value]) {
    let mut random = Random::new(5);
    let mut documents = documents(&mut random, 60);
    documents.extend([
        json!({"t": "The quick fox", "n": 5, "d": "2024-02-29", "o": {"k": "Fox"}, "f": true}),
        json!({"t": ["a fox", "quick"], "n": [1.5, "7"], "d": 1_709_202_030_000i64, "o": {"k": 7}}),
        json!({"t": "fix fax", "n": -5, "d": "2024", "o": [{"k": "f"}, {"k": "Box"}], "f": "true"}),
    ].iter().map(encode::jsonb));
    let index = Index::of(&documents, written, positions);
    for clause in clauses {
        let query = parse(&json!({"query": clause, "mapping": written})).unwrap();
        let found = index.check(&query, &documents, clause);
        assert_eq!(found, exact, "{clause}: {:?}", index.lower(&query));
        let found = index.find(&index.lower(&query).clause);
        assert!(found.len() < documents.len() || !exact, "{clause}");
        assert!(!found.is_empty(), "{clause}");
    }
}

#[test]
fn clauses_about_plain_fields_are_exact() {
    let plain = [
        json!({"term": {"t": "The quick fox"}}),
        json!({"term": {"n": 5}}),
        json!({"term": {"f": true}}),
        json!({"term": {"o.k": {"value": "fOX", "case_insensitive": true}}}),
        json!({"term": {"o.k.keyword": "Fox"}}),
        json!({"terms": {"n": [5, "7", true]}}),
        json!({"range": {"n": {"gte": -5, "lt": 5}}}),
        json!({"range": {"o.k": {"gt": "F", "lte": "f"}}}),
        json!({"range": {"n": {}}}),
        json!({"exists": {"field": "o"}}),
        json!({"exists": {"field": "t.keyword"}}),
        json!({"prefix": {"t": "The"}}),
        json!({"prefix": {"t": {"value": "tHE", "case_insensitive": true}}}),
        json!({"wildcard": {"t": "*quick*"}}),
        json!({"wildcard": {"t": "T*"}}),
        json!({"regexp": {"o.k": "[FB]ox"}}),
        json!({"fuzzy": {"o.k": "Foxx"}}),
        json!({"match": {"t": "FOX dog"}}),
        json!({"match": {"t": {"query": "quick fox", "operator": "and"}}}),
        json!({"match": {"t": {"query": "quikc fx", "fuzziness": 1}}}),
        json!({"match": {"n": "5"}}),
        json!({"match": {"t": {"query": "The quick fox", "analyzer": "keyword"}}}),
        json!({"match_phrase": {"t": "quick fox"}}),
        json!({"match_phrase": {"t": {"query": "fox quick", "slop": 2}}}),
        json!({"match_phrase_prefix": {"t": "quick fo"}}),
        json!({"match_bool_prefix": {"t": "qui f"}}),
        json!({"multi_match": {"query": "fox quick", "fields": ["t^2", "o.*"]}}),
        json!({"multi_match": {"query": "fox", "fields": ["*"]}}),
        json!({"query_string": {"query": "t:(quick AND fo?) -n:7"}}),
        json!({"simple_query_string": {"query": "\"quick fox\" | box", "fields": ["t", "o.k"]}}),
        json!({"bool": {"must": {"match": {"t": "fox"}}, "must_not": {"term": {"n": 5}}}}),
        json!({"bool": {"should": [{"term": {"n": 5}}, {"term": {"f": true}}, {"match": {"t": "fox"}}],
                        "minimum_should_match": 2}}),
        json!({"constant_score": {"filter": {"term": {"n": 5}}}}),
        json!({"dis_max": {"queries": [{"term": {"n": 5}}, {"term": {"o.k": 7}}]}}),
        json!({"boosting": {"positive": {"term": {"n": 5}}, "negative": {"match_all": {}}, "negative_boost": 0.1}}),
        json!({"function_score": {"query": {"term": {"n": 5}}, "weight": 3}}),
        json!({"expr": "n > 1 AND n <= 5 AND (f OR o.k IN ('Fox', 7))"}),
        json!({"expr": "n BETWEEN 1 AND 5"}),
    ];
    check_exact(&json!({}), true, true, &plain);
    check_exact(&json!({"analyzer": "whitespace"}), true, true, &plain[..17]);
    let mapped = json!({"properties": {
        "t": {"type": "text", "analyzer": "english", "fields": {"raw": {"type": "keyword", "ignore_above": 9}}},
        "n": {"type": "double"},
        "d": {"type": "date"},
        "f": {"type": "boolean"},
        "o": {"properties": {"k": {"type": "keyword"}}}}});
    let clauses = [
        json!({"term": {"t": "fox"}}),
        json!({"term": {"t.raw": "a fox"}}),
        json!({"exists": {"field": "t.raw"}}),
        json!({"exists": {"field": "t"}}),
        json!({"term": {"n": "7"}}),
        json!({"range": {"n": {"gt": 1}}}),
        json!({"term": {"d": "2024-02"}}),
        json!({"range": {"d": {"gte": "2024-02-29||/d", "lt": "2024-03-01"}}}),
        json!({"range": {"d": {}}}),
        json!({"term": {"f": true}}),
        json!({"term": {"o.k": 7}}),
        json!({"wildcard": {"o.k": "?o*"}}),
        json!({"match": {"t": "foxes"}}),
        json!({"match": {"o.k": "Fox"}}),
        json!({"match_phrase": {"t": "the quick foxes"}}),
        json!({"match": {"d": "2024-02-29"}}),
    ];
    check_exact(&mapped, true, true, &clauses);
}

#[test]
fn what_an_index_cannot_know_is_not_exact() {
    let clauses = [
        json!({"term": {"t[0]": "a fox"}}),
        json!({"bool": {"must": {"match": {"t": "fox"}}, "must_not": {"term": {"n[0]": 5}}}}),
        json!({"nested": {"path": "o", "query": {"term": {"o.k": "f"}}}}),
        json!({"nested": {"path": "o", "query": {"bool": {"must_not": {"term": {"o.k": "f"}}}}}}),
        json!({"match": {"t": {"query": "quick", "analyzer": "english"}}}),
        json!({"term": {"a": "fox".repeat(100)}}),
        json!({"multi_match": {"query": "5", "fields": ["*"]}}),
        json!({"match_phrase": {"t.keyword": {"query": "quick fox", "analyzer": "standard", "slop": 1}}}),
        json!({"expr": "n + 1 > 5"}),
        json!({"expr": "NOT (n = 5)"}),
        json!({"wasm_udf": {"name": "yes"}}),
        json!({"function_score": {"query": {"term": {"n": 5}}, "min_score": 0.5}}),
        json!({"ids": {"values": ["5", "x"]}}),
    ];
    check_exact(&json!({}), true, false, &clauses);
    let phrases = [
        json!({"match_phrase": {"t": "quick fox"}}),
        json!({"match_phrase_prefix": {"t": "quick fo"}}),
    ];
    check_exact(&json!({}), false, false, &phrases);
    let unmapped = [json!({"term": {"n": 5}}), json!({"exists": {"field": "t"}})];
    check_exact(&json!({"dynamic": false}), true, false, &unmapped);
}

#[test]
fn an_index_made_by_another_mapping_finds_enough() {
    let sub_field = |kind: &str| json!({"type": "text", "fields": {"raw": {"type": kind}}});
    let object = json!({"properties": {"raw": {"type": "keyword"}}});
    let limited = json!({"type": "keyword", "ignore_above": 3});
    let documents: Vec<_> = [
        json!({"a": "fox"}),
        json!({"a": {"raw": "fox"}}),
        json!({"a": [{"raw": [{"b": "fox"}]}, 5]}),
        json!({"a": "2024-02-29"}),
        json!({"a": "long fox"}),
        json!({"a": {}}),
        json!({"b": "fox"}),
    ]
    .iter()
    .map(encode::jsonb)
    .collect();
    let all = [
        json!({}),
        json!({"a": sub_field("keyword")}),
        json!({"a": sub_field("date")}),
        json!({"a": object}),
        json!({"a": limited}),
        json!({"a": {"type": "date"}}),
        json!({"a": {"type": "text", "index": false}}),
    ];
    let clauses = [
        json!({"term": {"a": "fox"}}),
        json!({"term": {"a.raw": "fox"}}),
        json!({"term": {"a.raw.b": "fox"}}),
        json!({"term": {"a.keyword": "fox"}}),
        json!({"exists": {"field": "a"}}),
        json!({"exists": {"field": "a.raw"}}),
        json!({"exists": {"field": "a.keyword"}}),
        json!({"range": {"a": {}}}),
        json!({"range": {"a": {"gte": "2024"}}}),
        json!({"match": {"a": "fox"}}),
        json!({"match": {"a": "2024-02-29"}}),
        json!({"match": {"a[0].raw": "fox"}}),
        json!({"term": {"a.raw[0]": "fox"}}),
        json!({"multi_match": {"query": "fox", "fields": ["*"]}}),
        json!({"expr": "a = 'fox'"}),
        json!({"expr": "a != 'fox'"}),
        json!({"nested": {"path": "a", "query": {"term": {"a.raw": "fox"}}}}),
    ];
    for made_by in &all {
        let index = Index::of(&documents, &json!({"properties": made_by}), true);
        for bound in &all {
            for clause in &clauses {
                let mapping = json!({"properties": bound});
                // Not every kind of field takes every clause.
                if let Ok(query) = parse(&json!({"query": clause, "mapping": mapping})) {
                    index.check(&query, &documents, clause);
                    let not = json!({"bool": {"must_not": clause}});
                    let not = parse(&json!({"query": not, "mapping": mapping})).unwrap();
                    index.check(&not, &documents, clause);
                }
            }
        }
    }
}

#[test]
fn more_strings_than_fit_in_memory_are_a_range() {
    let strings = |place: usize| (0..700).map(move |next| format!("s{}", 700 * place + next));
    let documents: Vec<_> = (0..100)
        .map(|place| {
            let all: Vec<_> = strings(place).collect();
            encode::jsonb(&json!({"a": {"keyword": all}, "b": ["s"]}))
        })
        .collect();
    let index = Index::of(&documents, &json!({}), false);
    for (pattern, exact) in [("s*", true), ("s*91?", true), ("s?*", false)] {
        let query = parse(&json!({"wildcard": {"a.keyword": pattern}})).unwrap();
        let lowered = index.lower(&query);
        assert_eq!(lowered.exact, exact, "{pattern}");
        let expected = documents
            .iter()
            .filter(|bytes| matches(&query, bytes))
            .count();
        assert_eq!(index.find(&lowered.clause).len(), expected, "{pattern}");
    }
}

#[test]
fn documents_may_nest_deeper_than_the_stack() {
    let depth = 20_000;
    let bytes = |open: &str, inside: &str, close: &str| {
        let json = open.repeat(depth) + inside + &close.repeat(depth);
        // Making them recurses.
        let made = std::thread::Builder::new().stack_size(1 << 30);
        let made = made.spawn(move || json.parse::<encode::Json>().unwrap().encode());
        made.unwrap().join().unwrap()
    };
    let documents = [
        bytes("{\"a\":", "\"fox\"", "}"),
        bytes("[", "{\"a\": \"fox\"}", "]"),
    ];
    let index = Index::of(&documents, &json!({}), true);
    for (clause, found) in [
        (json!({"exists": {"field": "a.a"}}), vec![0]),
        (json!({"match": {"a": "fox"}}), vec![1]),
    ] {
        let query = parse(&clause).unwrap();
        let lowered = index.lower(&query);
        assert!(
            index.find(&lowered.clause).into_iter().eq(found),
            "{clause}"
        );
    }
}
