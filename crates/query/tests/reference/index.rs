//! What an index answers for random queries, against the queries themselves.

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
            let least = cursors.iter_mut().min_by(|left, right| {
                let last = |key: Option<&[u8]>| (key.is_none(), key.map(<[u8]>::to_vec));
                last(left.key()).cmp(&last(right.key()))
            });
            let Some(cursor) = least else { return Ok(()) };
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
        json!({"k".repeat(140): "fox", "b": {"": "fox"}}),
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
    let documents = documents(&mut random, 80);
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
