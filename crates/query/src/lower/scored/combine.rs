//! Scored clauses of an index put together.

use super::{IndexScore, ScoredQuery};
use crate::lower::IndexQuery;
use crate::lower::combine::{All, is_nothing};
use quidditch_segment::Clause;

/// Makes a bound of what rounding may have made less, in sums of no more than some millions.
pub(super) const ROUNDED: f64 = 1.0 + 1e-6;

impl ScoredQuery {
    pub(super) fn nothing() -> ScoredQuery {
        ScoredQuery::constant(IndexQuery::nothing(), 0.0)
    }

    /// What is found, all with one score.
    pub(super) fn constant(found: IndexQuery, score: f64) -> ScoredQuery {
        // A boost may be the other zero, which would come after this one.
        let score = score.abs();
        let clause = match found.clause {
            Clause::Every { .. } => Clause::Every { score },
            Clause::Terms { keys, ranges, .. } => Clause::Terms {
                keys,
                ranges,
                score,
            },
            clause => Clause::Constant {
                clause: Box::new(clause),
                score,
            },
        };
        ScoredQuery {
            clause,
            score: if found.exact {
                IndexScore::Exact
            } else {
                IndexScore::Most
            },
        }
    }

    /// What is found, none of it with more than that score.
    pub(super) fn at_most(found: IndexQuery, score: f64) -> ScoredQuery {
        ScoredQuery::constant(found, score).no_better_than(IndexScore::Most)
    }

    /// What is found, whatever its scores.
    pub(super) fn unknown(found: IndexQuery) -> ScoredQuery {
        ScoredQuery::constant(found, 0.0).no_better_than(IndexScore::Unknown)
    }

    /// The same with so many times the score.
    pub(super) fn boosted(mut self, boost: f64) -> ScoredQuery {
        let boost = boost.abs();
        match &mut self.clause {
            _ if boost == 1.0 => {}
            Clause::Every { score }
            | Clause::Terms { score, .. }
            | Clause::Constant { score, .. } => *score *= boost,
            _ => {
                let clause = Box::new(self.clause);
                self.clause = Clause::Boosted { clause, boost };
            }
        }
        self
    }

    /// The same, known no better than that. Where nothing is found, nothing is left to know.
    pub(super) fn no_better_than(mut self, score: IndexScore) -> ScoredQuery {
        if !is_nothing(&self.clause) {
            self.score = self.score.max(score);
        }
        self
    }
}

/// The best of those that match, and so much of the others.
pub(super) fn best_of(mut queries: Vec<ScoredQuery>, tie_breaker: f64) -> ScoredQuery {
    queries.retain(|query| !is_nothing(&query.clause));
    if queries.len() == 1 {
        return queries.remove(0);
    }
    let Some(score) = queries.iter().map(|query| query.score).max() else {
        return ScoredQuery::nothing();
    };
    let clause = Clause::DisMax {
        clauses: queries.into_iter().map(|query| query.clause).collect(),
        tie_breaker,
    };
    let best = ScoredQuery { clause, score };
    // What the others are more than the best may round to less when they rise.
    if tie_breaker > 0.0 && score == IndexScore::Most {
        best.boosted(ROUNDED)
    } else {
        best
    }
}

/// The sum of `must` and of those of `should` that match, so many at least, where `all` holds.
pub(super) fn sum_of(
    all: All,
    must: Vec<ScoredQuery>,
    mut should: Vec<ScoredQuery>,
    mut needed: usize,
) -> ScoredQuery {
    should.retain(|query| !is_nothing(&query.clause));
    let lacks = must.iter().any(|query| is_nothing(&query.clause));
    if lacks || all.is_nothing || should.len() < needed {
        return ScoredQuery::nothing();
    }
    let scores = must.iter().chain(&should).map(|query| query.score);
    let worst = scores.max().unwrap_or(IndexScore::Exact);
    let score = if all.exact {
        worst
    } else {
        worst.max(IndexScore::Most)
    };
    let clauses = |queries: Vec<ScoredQuery>| -> Vec<Clause> {
        queries.into_iter().map(|query| query.clause).collect()
    };
    let (mut must, mut should) = (clauses(must), clauses(should));
    if should.len() == needed {
        must.append(&mut should);
        needed = 0;
    }
    let (filter, must_not) = (all.required, all.excluded);
    if must.is_empty() && filter.is_empty() && needed == 0 {
        must.push(Clause::Every { score: 0.0 });
    }
    let is_one = must.len() == 1 && should.is_empty();
    let clause = if is_one && filter.is_empty() && must_not.is_empty() {
        must.remove(0)
    } else {
        Clause::Bool {
            must,
            filter,
            must_not,
            should,
            needed,
        }
    };
    ScoredQuery { clause, score }
}

/// What no document scores more than, nor any of its parts.
pub(super) fn most_of(clause: &Clause) -> f64 {
    let sum = |clauses: &[Clause]| clauses.iter().map(most_of).sum::<f64>();
    match clause {
        Clause::Every { score } | Clause::Terms { score, .. } | Clause::Constant { score, .. } => {
            *score
        }
        Clause::Word { weight, .. } => weight.limit(),
        Clause::Phrase(phrase) => phrase.weight.limit(),
        Clause::Bool { must, should, .. } => sum(must) + sum(should),
        Clause::DisMax {
            clauses,
            tie_breaker,
        } => (1.0 + tie_breaker) * sum(clauses),
        Clause::Boosted { clause, boost } => boost * most_of(clause),
    }
}
