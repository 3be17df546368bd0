//! Scores made by functions: what they are at most, where the functions have a limit.

use super::combine::{ROUNDED, sum_of};
use super::{IndexScore, ScoredQuery};
use crate::function::{Combine, Function, FunctionScore, FunctionValue};
use crate::lower::combine::All;
use crate::lower::{Dictionary, IndexQuery, Lowering};

impl<D: Dictionary> Lowering<'_, D> {
    pub(super) fn scored_function(
        &mut self,
        function: &FunctionScore,
    ) -> Result<ScoredQuery, D::Error> {
        let query = if function.uses_score() {
            self.scored_clause(&function.query)?
        } else {
            ScoredQuery::constant(self.clause(&function.query)?, 0.0)
        };
        let query = query.boosted(function.boost.0);
        let query = match function.min_score {
            None => query,
            Some(_) => query.no_better_than(IndexScore::Most),
        };
        Ok(if function.functions.is_empty() {
            query
        } else {
            let every = IndexQuery::every(self.nested == 0);
            by_functions(query, function, every).no_better_than(IndexScore::Most)
        })
    }
}

/// The most that becomes of the scores.
fn by_functions(query: ScoredQuery, function: &FunctionScore, every: IndexQuery) -> ScoredQuery {
    let mode = function.boost_mode;
    // The lesser of two.
    if mode == Combine::Min {
        return query;
    }
    let most = most_value(function);
    if !most.is_finite() {
        return query.no_better_than(IndexScore::Unknown);
    }
    match mode {
        Combine::Multiply => query.boosted(most),
        Combine::First | Combine::Replace => {
            let score = query.score;
            let found = IndexQuery {
                clause: query.clause,
                exact: score == IndexScore::Exact,
            };
            ScoredQuery::constant(found, most)
        }
        // The sum is more than the average and than the greater.
        Combine::Sum | Combine::Average | Combine::Max | Combine::Min => {
            let value = ScoredQuery::constant(every, most);
            sum_of(All::default(), vec![query, value], Vec::new(), 0)
        }
    }
}

/// What the functions' values make together at most. Each may not apply, and where none does they make 1.
fn most_value(function: &FunctionScore) -> f64 {
    let values = function.functions.iter().map(most_of_one);
    let most = match function.score_mode {
        Combine::Multiply => values.fold(1.0, |product, value| product * value.max(1.0)),
        Combine::Sum => values.sum::<f64>().max(1.0),
        // Also where the weights are too small to divide by.
        Combine::Average => values.fold(1.0, f64::max) * ROUNDED,
        Combine::First | Combine::Max | Combine::Min | Combine::Replace => {
            values.fold(1.0, f64::max)
        }
    };
    function.max_boost.map_or(most, |limit| most.min(limit))
}

fn most_of_one(function: &Function) -> f64 {
    let value = match function.value {
        // Decay is from 1 on.
        FunctionValue::One | FunctionValue::Decay(_) => 1.0,
        FunctionValue::FieldValue(_)
        | FunctionValue::Expression { .. }
        | FunctionValue::Udf { .. } => f64::INFINITY,
    };
    match function.weight {
        Some(0.0) => 0.0,
        weight => value * weight.unwrap_or(1.0),
    }
}
