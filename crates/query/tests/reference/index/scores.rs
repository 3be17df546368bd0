//! What an index scores random queries, against the queries themselves.

use super::{Error, Index, Segments, documents, mappings};
use crate::queries::CLAUSES;
use crate::random::Random;
use crate::{parse, score};
use quidditch_document::Document;
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
    println!("{known:?}");
    assert!(pairs > 100_000, "{pairs}");
}
