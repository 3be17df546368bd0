//! Queries to what an index scores.
//!
//! Which documents are found is up to the lowering for [matching](super); here the parts whose scores count are put
//! together so that the sums are those of [`Query::score`], in its order. What isn't exact about a clause makes its
//! scores bounds: the clause is wider, and in its place stands what it scores at most. Bounds stay bounds on the way
//! up, for sums and products of numbers that aren't negative never fall when one of them rises, rounded or not; where
//! that isn't so they are made a little more.

mod combine;
mod function;
mod nested;
mod text;

use super::combine::All;
use super::{Dictionary, IndexQuery, Lowering};
use crate::boolean::{Bool, Condition};
use crate::clause::{Clause, Query};
use crate::mapping::Mapping;
use combine::{best_of, most_of, sum_of};

/// What the index knows of a query's scores. The later, the less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum IndexScore {
    /// Those of [`Query::score`], to the last bit, and no documents but those that match.
    Exact,
    /// No less than those. Some documents may not match.
    Most,
    /// Nothing. Some documents may not match.
    Unknown,
}

/// What the index does for a query whose scores count.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoredQuery {
    /// Finds all documents that match.
    pub clause: quidditch_segment::Clause,
    /// What its scores are.
    pub score: IndexScore,
}

impl Query {
    /// Which documents an index finds for the query and what it knows of their scores, if the query is
    /// [weighed](Query::weigh).
    ///
    /// `index`: what the index was made by; `positions`: whether it has those of tokens.
    pub fn lower_scored<D: Dictionary>(
        &self,
        index: &Mapping,
        positions: bool,
        dictionary: &D,
    ) -> Result<ScoredQuery, D::Error> {
        let own = Mapping::default();
        let query = self.mapping.as_deref().unwrap_or(&own);
        let lowered =
            Lowering::new(index, query, positions, dictionary).scored_clause(&self.root)?;
        // Scores end where numbers do, which the index doesn't know.
        Ok(if most_of(&lowered.clause).is_finite() {
            lowered
        } else {
            lowered.no_better_than(IndexScore::Unknown)
        })
    }
}

impl<D: Dictionary> Lowering<'_, D> {
    fn scored_clause(&mut self, clause: &Clause) -> Result<ScoredQuery, D::Error> {
        let boost = match clause {
            Clause::Bool(bool) => return self.scored_bool(bool),
            Clause::DisMax {
                queries,
                tie_breaker,
                boost,
            } => {
                let queries = self.scored_clauses(queries)?;
                return Ok(best_of(queries, *tie_breaker).boosted(boost.0));
            }
            Clause::Boosting {
                positive,
                negative,
                negative_boost,
                boost,
            } => {
                let positive = self.scored_clause(positive)?.boosted(boost.0);
                if self.clause(negative)?.is_nothing() {
                    return Ok(positive);
                }
                let most = positive.no_better_than(IndexScore::Most);
                return Ok(most.boosted(negative_boost.max(1.0)));
            }
            Clause::Nested(nested) => return self.scored_nested(nested),
            Clause::FunctionScore(function) => return self.scored_function(function),
            Clause::Text(text) => return self.scored_clause(&text.meaning),
            Clause::Words(words) => return self.scored_words(words),
            Clause::Phrase(phrase) => return self.scored_phrase(phrase),
            Clause::EachField(each) => return self.scored_each_field(each),
            Clause::MatchAll { boost }
            | Clause::MatchNone { boost }
            | Clause::ConstantScore { boost, .. }
            | Clause::Udf { boost, .. } => boost,
            Clause::Value(value) => &value.boost,
            Clause::Ids(ids) => &ids.boost,
            Clause::Expression(expression) => &expression.boost,
        };
        Ok(ScoredQuery::constant(self.clause(clause)?, boost.0))
    }

    fn scored_clauses<'c>(
        &mut self,
        clauses: impl IntoIterator<Item = &'c Clause>,
    ) -> Result<Vec<ScoredQuery>, D::Error> {
        let lowered = clauses.into_iter().map(|clause| self.scored_clause(clause));
        lowered.collect()
    }

    fn scored_bool(&mut self, bool: &Bool) -> Result<ScoredQuery, D::Error> {
        let plan = &bool.plan;
        // Without a clause it is match_all.
        if plan.conditions.is_empty() && bool.should.is_empty() {
            let every = IndexQuery::every(self.nested == 0);
            return Ok(ScoredQuery::constant(every, bool.boost.0));
        }
        let (mut all, mut must) = (All::default(), Vec::new());
        for condition in &plan.conditions {
            match *condition {
                Condition::Must(place) => {
                    must.push(self.scored_clause(&bool.must[place as usize])?)
                }
                Condition::Filter(place) => all.require(self.clause(&bool.filter[place as usize])?),
                Condition::MustNot(place) => {
                    all.exclude(self.clause(&bool.must_not[place as usize])?);
                }
                Condition::Should => {}
            }
        }
        let should = plan.should.iter();
        let should = self.scored_clauses(should.map(|place| &bool.should[*place as usize]))?;
        Ok(sum_of(all, must, should, plan.needed).boosted(bool.boost.0))
    }
}
