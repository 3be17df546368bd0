//! Queries to what an index answers.
//!
//! What comes out never leaves out a document that matches, and says whether it may let others through. A clause can be
//! exact when the index has what the clause sees: the same values, taken for the same, by the same analyzer. Otherwise
//! it is lowered to something wider: where its field has a value at all, or every document. What isn't exact can't be
//! excluded, so `must_not` of it says nothing.

mod combine;
mod each_field;
mod expression;
mod held;
mod phrase;
mod scored;
mod terms;
mod value;
mod words;

use crate::boolean::{Bool, Condition};
use crate::clause::{Clause, Query};
use crate::mapping::Mapping;
use combine::{All, any_of};
use quidditch_segment::{Bm25, KeyRange, Weight};
use std::ops::ControlFlow;

pub use scored::{IndexScore, ScoredQuery};

/// The terms of a column's index, over all its segments.
pub trait Dictionary {
    /// Why it can't be read.
    type Error;

    /// Shows the keys in the range, ascending, each at least once, until the visitor breaks.
    fn terms(
        &self,
        range: &KeyRange,
        visit: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<(), Self::Error>;
}

/// What the index does for a query.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexQuery {
    /// Finds all documents that match.
    pub clause: quidditch_segment::Clause,
    /// Whether it finds no others; otherwise rows have to be checked.
    pub exact: bool,
}

impl Query {
    /// Which documents an index finds for the query. Their scores mean nothing.
    ///
    /// `index`: what the index was made by; `positions`: whether it has those of tokens.
    pub fn lower<D: Dictionary>(
        &self,
        index: &Mapping,
        positions: bool,
        dictionary: &D,
    ) -> Result<IndexQuery, D::Error> {
        let own = Mapping::default();
        let query = self.mapping.as_deref().unwrap_or(&own);
        Lowering::new(index, query, positions, dictionary).clause(&self.root)
    }
}

/// Patterns and nearly equal words become no more keys than so many, of a whole query: they are in memory.
const MOST_KEYS: usize = 65_536;

/// A query on its way to an index.
struct Lowering<'l, D> {
    /// What the index was made by.
    index: &'l Mapping,
    /// What the query is bound to.
    query: &'l Mapping,
    positions: bool,
    dictionary: &'l D,
    /// How many keys may still come of looking through the dictionary.
    keys_left: usize,
    /// How many `nested` are around the clause. The index doesn't know which values are of one element.
    nested: usize,
    /// Of phrases that only have to match.
    weight: Weight,
}

impl<'l, D: Dictionary> Lowering<'l, D> {
    fn new(
        index: &'l Mapping,
        query: &'l Mapping,
        positions: bool,
        dictionary: &'l D,
    ) -> Lowering<'l, D> {
        let bm25 = Bm25::default();
        Lowering {
            index,
            query,
            positions,
            dictionary,
            keys_left: MOST_KEYS,
            nested: 0,
            weight: bm25.weight(1.0, 1.0, &bm25.length_factors(1, 1)),
        }
    }

    fn clause(&mut self, clause: &Clause) -> Result<IndexQuery, D::Error> {
        match clause {
            Clause::MatchAll { .. } => Ok(IndexQuery::every(self.nested == 0)),
            Clause::MatchNone { .. } => Ok(IndexQuery::nothing()),
            Clause::Value(value) => self.value(value),
            Clause::Ids(ids) => Ok(self.ids(ids)),
            Clause::Bool(bool) => self.bool(bool),
            Clause::ConstantScore { filter, .. } => self.clause(filter),
            Clause::DisMax { queries, .. } => Ok(any_of(self.clauses(queries)?, 1)),
            Clause::Boosting { positive, .. } => self.clause(positive),
            Clause::Nested(nested) => {
                self.nested += 1;
                let query = self.clause(&nested.query);
                self.nested -= 1;
                Ok(query?.inexact())
            }
            Clause::FunctionScore(function) => {
                let query = self.clause(&function.query)?;
                Ok(match function.min_score {
                    None => query,
                    Some(_) => query.inexact(),
                })
            }
            Clause::Expression(expression) => self.condition(expression.written.condition()),
            Clause::Udf { .. } => Ok(IndexQuery::every(false)),
            Clause::Text(text) => self.clause(&text.meaning),
            Clause::Words(words) => self.words(words),
            Clause::Phrase(phrase) => self.phrase(phrase),
            Clause::EachField(each) => self.each_field(each),
        }
    }

    fn clauses<'c>(
        &mut self,
        clauses: impl IntoIterator<Item = &'c Clause>,
    ) -> Result<Vec<IndexQuery>, D::Error> {
        let lowered = clauses.into_iter().map(|clause| self.clause(clause));
        lowered.collect()
    }

    fn bool(&mut self, bool: &Bool) -> Result<IndexQuery, D::Error> {
        if bool.plan.needed > bool.should.len() {
            return Ok(IndexQuery::nothing());
        }
        let mut all = All::default();
        for condition in &bool.plan.conditions {
            match *condition {
                Condition::Must(place) => all.require(self.clause(&bool.must[place as usize])?),
                Condition::Filter(place) => all.require(self.clause(&bool.filter[place as usize])?),
                Condition::MustNot(place) => {
                    all.exclude(self.clause(&bool.must_not[place as usize])?);
                }
                Condition::Should => {
                    let should = bool.plan.should.iter();
                    let should = should.map(|place| &bool.should[*place as usize]);
                    all.require(any_of(self.clauses(should)?, bool.plan.needed));
                }
            }
        }
        if self.nested > 0 && all.is_empty() {
            return Ok(IndexQuery::every(false));
        }
        Ok(all.finish())
    }
}
