//! The score of a document. Clauses over text have one once they are [weighed](crate::statistics).
//!
//! Sums are taken in an order that everyone who wants the same score, to the last bit, has to follow: of a `bool`
//! first the scores of `must`, then those of `should` that match, both in the order of its [plan](crate::boolean::Plan),
//! which is not always that of the query. The boost multiplies the sum.

use crate::boolean::{Bool, Condition};
use crate::clause::{Clause, Query};
use crate::function::{Combined, FunctionScore, FunctionValue, as_score};
use crate::matches::{Guests, MatchError};
use crate::nested::{Nested, NestedScore};
use quidditch_document::{Document, Value};
use std::ops::ControlFlow;

impl Query {
    /// The document's score, `None` when it doesn't match.
    pub fn score<G: Guests>(
        &self,
        document: Document<'_>,
        guests: &mut G,
    ) -> Result<Option<f64>, MatchError<G::Error>> {
        let score = self.root.score(document.root()?, guests)?;
        Ok(score.map(as_score))
    }

    /// Whether the score of some clause depends on the statistics of an index, and it isn't [weighed](Query::weigh).
    pub fn needs_statistics(&self) -> bool {
        self.root.needs_statistics() || self.needs_statistics_to_match()
    }

    /// Whether a `min_score` asks for such a score, so that not even matching does without.
    pub fn needs_statistics_to_match(&self) -> bool {
        self.root.needs_statistics_to_match()
    }
}

impl Clause {
    pub(crate) fn needs_statistics(&self) -> bool {
        match self {
            Clause::Words(words) => words.needs_statistics(),
            Clause::Phrase(phrase) => phrase.needs_statistics(),
            Clause::EachField(fields) => fields.needs_statistics(),
            Clause::Text(text) => text.meaning.needs_statistics(),
            Clause::Bool(bool) => bool
                .must
                .iter()
                .chain(&bool.should)
                .any(Clause::needs_statistics),
            Clause::DisMax { queries, .. } => queries.iter().any(Clause::needs_statistics),
            Clause::Boosting { positive, .. } => positive.needs_statistics(),
            Clause::Nested(nested) => {
                nested.score_mode != NestedScore::None && nested.query.needs_statistics()
            }
            Clause::FunctionScore(function) => {
                function.uses_score() && function.query.needs_statistics()
            }
            _ => false,
        }
    }

    fn needs_statistics_to_match(&self) -> bool {
        match self {
            Clause::Bool(bool) => [&bool.must, &bool.filter, &bool.should, &bool.must_not]
                .into_iter()
                .flatten()
                .any(Clause::needs_statistics_to_match),
            Clause::ConstantScore { filter, .. } => filter.needs_statistics_to_match(),
            Clause::DisMax { queries, .. } => queries.iter().any(Clause::needs_statistics_to_match),
            Clause::Boosting {
                positive, negative, ..
            } => positive.needs_statistics_to_match() || negative.needs_statistics_to_match(),
            Clause::Nested(nested) => nested.query.needs_statistics_to_match(),
            Clause::FunctionScore(function) => {
                let filters = function.functions.iter().filter_map(|f| f.filter.as_ref());
                function.min_score.is_some() && self.needs_statistics()
                    || function.query.needs_statistics_to_match()
                    || filters.into_iter().any(Clause::needs_statistics_to_match)
            }
            _ => false,
        }
    }

    pub(crate) fn score<G: Guests>(
        &self,
        root: Value<'_>,
        guests: &mut G,
    ) -> Result<Option<f64>, MatchError<G::Error>> {
        match self {
            Clause::MatchAll { boost }
            | Clause::MatchNone { boost }
            | Clause::ConstantScore { boost, .. }
            | Clause::Udf { boost, .. } => Ok(self.matches(root, guests)?.then_some(boost.0)),
            Clause::Ids(ids) => Ok(self.matches(root, guests)?.then_some(ids.boost.0)),
            Clause::Expression(expr) => Ok(self.matches(root, guests)?.then_some(expr.boost.0)),
            Clause::Value(value) => Ok(value.matches(root)?.then_some(value.boost.0)),
            Clause::Bool(bool) => bool.score(root, guests),
            Clause::DisMax {
                queries,
                tie_breaker,
                boost,
            } => {
                let mut best: Option<f64> = None;
                let mut sum = 0.0;
                for query in queries {
                    if let Some(score) = query.score(root, guests)? {
                        sum += score;
                        best = Some(best.map_or(score, |best| best.max(score)));
                    }
                }
                Ok(best.map(|best| boost.0 * (best + tie_breaker * (sum - best))))
            }
            Clause::Boosting {
                positive,
                negative,
                negative_boost,
                boost,
            } => {
                let Some(score) = positive.score(root, guests)? else {
                    return Ok(None);
                };
                let factor = if negative.matches(root, guests)? {
                    *negative_boost
                } else {
                    1.0
                };
                Ok(Some(boost.0 * score * factor))
            }
            Clause::Nested(nested) => nested.score(root, guests),
            Clause::FunctionScore(function) => function.score(root, guests),
            Clause::Text(text) => text.meaning.score(root, guests),
            Clause::Words(_) | Clause::Phrase(_) | Clause::EachField(_)
                if self.needs_statistics() =>
            {
                Err(MatchError::NeedsStatistics)
            }
            Clause::Words(words) => Ok(words.score(root)?),
            Clause::Phrase(phrase) => Ok(phrase.score(root)?),
            Clause::EachField(fields) => {
                let mut best: Option<f64> = None;
                fields.each(root, |clause| {
                    let score = clause.score(root, guests)?;
                    best = best.into_iter().chain(score).reduce(f64::max);
                    Ok::<_, MatchError<G::Error>>(ControlFlow::Continue(()))
                })?;
                Ok(best.map(|best| fields.boost.0 * best))
            }
        }
    }
}

impl Bool {
    /// The sum of what matches among `must` and `should`.
    fn score<G: Guests>(
        &self,
        root: Value<'_>,
        guests: &mut G,
    ) -> Result<Option<f64>, MatchError<G::Error>> {
        let mut sum = 0.0;
        for condition in &self.plan.conditions {
            let holds = match *condition {
                Condition::Must(place) => match self.must[place as usize].score(root, guests)? {
                    Some(score) => {
                        sum += score;
                        true
                    }
                    None => false,
                },
                Condition::Filter(place) => self.filter[place as usize].matches(root, guests)?,
                Condition::MustNot(place) => {
                    !self.must_not[place as usize].matches(root, guests)?
                }
                // All of them count, so they come last.
                Condition::Should => true,
            };
            if !holds {
                return Ok(None);
            }
        }
        let mut matched = 0;
        for &place in &self.plan.should {
            if let Some(score) = self.should[place as usize].score(root, guests)? {
                matched += 1;
                sum += score;
            }
        }
        // Without a clause it is match_all.
        if self.plan.conditions.is_empty() && self.should.is_empty() {
            sum = 1.0;
        }
        Ok((matched >= self.plan.needed).then_some(self.boost.0 * sum))
    }
}

impl Nested {
    fn score<G: Guests>(
        &self,
        root: Value<'_>,
        guests: &mut G,
    ) -> Result<Option<f64>, MatchError<G::Error>> {
        let (mut sum, mut count) = (0.0, 0.0);
        let (mut least, mut most) = (f64::INFINITY, 0.0f64);
        self.visit(root, |element| {
            let score = if self.score_mode == NestedScore::None {
                self.query.matches(element, guests)?.then_some(0.0)
            } else {
                self.query.score(element, guests)?
            };
            if let Some(score) = score {
                sum += score;
                count += 1.0;
                least = least.min(score);
                most = most.max(score);
            }
            Ok::<_, MatchError<G::Error>>(ControlFlow::Continue(()))
        })?;
        let score = match self.score_mode {
            NestedScore::Average => sum / count,
            NestedScore::Sum => sum,
            NestedScore::Max => most,
            NestedScore::Min => least,
            NestedScore::None => 0.0,
        };
        Ok((count > 0.0).then_some(self.boost.0 * score))
    }
}

impl FunctionScore {
    /// Whether the query's own score matters.
    pub(crate) fn uses_score(&self) -> bool {
        let replaced = self.boost_mode == crate::function::Combine::Replace
            && self
                .functions
                .iter()
                .any(|function| function.filter.is_none());
        let asks = |function: &crate::function::Function| match &function.value {
            FunctionValue::Expression { expression, .. } => expression.uses_score(),
            // A guest may call get_score.
            FunctionValue::Udf { .. } => true,
            _ => false,
        };
        !replaced || self.functions.iter().any(asks)
    }

    fn score<G: Guests>(
        &self,
        root: Value<'_>,
        guests: &mut G,
    ) -> Result<Option<f64>, MatchError<G::Error>> {
        let score = if self.uses_score() {
            self.query.score(root, guests)?
        } else {
            self.query.matches(root, guests)?.then_some(0.0)
        };
        let Some(score) = score.map(|score| score * self.boost.0) else {
            return Ok(None);
        };
        let mut combined = Combined::new(self.score_mode);
        for function in &self.functions {
            if let Some(filter) = &function.filter
                && !filter.matches(root, guests)?
            {
                continue;
            }
            let value = match &function.value {
                FunctionValue::One => 1.0,
                FunctionValue::FieldValue(factor) => factor.value(root)?,
                FunctionValue::Decay(decay) => decay.value(root)?,
                FunctionValue::Expression { expression, .. } => {
                    as_score(expression.number(root, score)?.unwrap_or(0.0))
                }
                FunctionValue::Udf { place } => {
                    as_score(guests.score(*place, score).map_err(MatchError::Udf)?)
                }
            };
            if !combined.add(value, function.weight.unwrap_or(1.0)) {
                break;
            }
        }
        let score = if self.functions.is_empty() {
            score
        } else {
            // Where none applies, their value is 1.
            let value = combined.result().unwrap_or(1.0);
            let value = self.max_boost.map_or(value, |most| value.min(most));
            self.boost_mode.of_two(score, value)
        };
        Ok(Some(score).filter(|score| self.min_score.is_none_or(|least| *score >= least)))
    }
}
