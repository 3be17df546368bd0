//! Whether a document matches: the row path. What is decided isn't looked at again.

use crate::boolean::{Bool, Condition};
use crate::clause::{Clause, Query};
use crate::field::until;
use quidditch_document::{Damaged, Document, Value};
use std::fmt;

/// Runs the `wasm_udf` clauses of a query. A closure that decides is enough where nothing is scored.
pub trait Guests {
    /// Why a guest can't answer.
    type Error;

    /// Whether the clause at this place of [`Query::udfs`] keeps the document.
    fn filter(&mut self, place: usize) -> Result<bool, Self::Error>;

    /// The number that the function at this place of [`Query::udfs`] makes of the document and its score so far.
    fn score(&mut self, place: usize, score: f64) -> Result<f64, Self::Error>;
}

impl<F: FnMut(usize) -> Result<bool, E>, E> Guests for F {
    type Error = E;

    fn filter(&mut self, place: usize) -> Result<bool, E> {
        self(place)
    }

    fn score(&mut self, place: usize, _: f64) -> Result<f64, E> {
        self(place).map(|kept| f64::from(u8::from(kept)))
    }
}

/// Why a document could not be matched or scored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MatchError<E> {
    /// The document is damaged.
    Damaged(Damaged),
    /// A guest failed.
    Udf(E),
    /// The score of a clause over text depends on how rare its words are, which an index knows: see
    /// [`Query::weigh`].
    NeedsStatistics,
}

impl<E> From<Damaged> for MatchError<E> {
    fn from(damaged: Damaged) -> MatchError<E> {
        MatchError::Damaged(damaged)
    }
}

impl<E: fmt::Display> fmt::Display for MatchError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MatchError::Damaged(damaged) => damaged.fmt(f),
            MatchError::Udf(error) => error.fmt(f),
            MatchError::NeedsStatistics => {
                f.write_str("the score needs the statistics of an index")
            }
        }
    }
}

impl<E: std::error::Error> std::error::Error for MatchError<E> {}

impl Query {
    /// Whether the document matches. Guests are asked only when cheaper clauses don't decide, and the first error
    /// of one ends the evaluation.
    #[inline]
    pub fn matches<G: Guests>(
        &self,
        document: Document<'_>,
        guests: &mut G,
    ) -> Result<bool, MatchError<G::Error>> {
        self.root.holds(document.root()?, guests)
    }
}

impl Clause {
    /// As [`Clause::matches`], without a call for the most common clauses.
    #[inline(always)]
    fn holds<G: Guests>(
        &self,
        root: Value<'_>,
        guests: &mut G,
    ) -> Result<bool, MatchError<G::Error>> {
        match self {
            Clause::Value(value) => Ok(value.matches(root)?),
            clause => clause.matches(root, guests),
        }
    }

    pub(crate) fn matches<G: Guests>(
        &self,
        root: Value<'_>,
        guests: &mut G,
    ) -> Result<bool, MatchError<G::Error>> {
        Ok(match self {
            Clause::Value(value) => value.matches(root)?,
            Clause::Bool(bool) => bool.matches(root, guests)?,
            Clause::MatchAll { .. } => true,
            Clause::MatchNone { .. } => false,
            Clause::Ids(ids) => crate::ids::matches(&ids.values, root)?,
            Clause::ConstantScore { filter, .. } => filter.matches(root, guests)?,
            Clause::DisMax { queries, .. } => {
                for query in queries {
                    if query.matches(root, guests)? {
                        return Ok(true);
                    }
                }
                false
            }
            Clause::Boosting { positive, .. } => positive.matches(root, guests)?,
            Clause::Nested(nested) => {
                let mut matched = false;
                nested.visit(root, |element| {
                    matched = nested.query.matches(element, guests)?;
                    Ok::<_, MatchError<G::Error>>(until(matched))
                })?;
                matched
            }
            Clause::FunctionScore(function) => match function.min_score {
                None => function.query.matches(root, guests)?,
                Some(_) => self.score(root, guests)?.is_some(),
            },
            Clause::Expression(expr) => expr.expression.matches(root, 0.0)?,
            Clause::Udf { place, .. } => guests.filter(*place).map_err(MatchError::Udf)?,
            Clause::Text(text) => text.meaning.matches(root, guests)?,
            Clause::Words(words) => words.matches(root)?,
            Clause::Phrase(phrase) => phrase.matches(root)?,
            Clause::EachField(fields) => {
                let mut matched = false;
                fields.each(root, |clause| {
                    matched = clause.matches(root, guests)?;
                    Ok::<_, MatchError<G::Error>>(until(matched))
                })?;
                matched
            }
        })
    }
}

impl Bool {
    fn matches<G: Guests>(
        &self,
        root: Value<'_>,
        guests: &mut G,
    ) -> Result<bool, MatchError<G::Error>> {
        if self.plan.needed > self.should.len() {
            return Ok(false);
        }
        for condition in &self.plan.conditions {
            let holds = match *condition {
                Condition::Must(place) => self.must[place as usize].holds(root, guests)?,
                Condition::Filter(place) => self.filter[place as usize].holds(root, guests)?,
                Condition::MustNot(place) => !self.must_not[place as usize].holds(root, guests)?,
                Condition::Should => self.enough_should(root, guests)?,
            };
            if !holds {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn enough_should<G: Guests>(
        &self,
        root: Value<'_>,
        guests: &mut G,
    ) -> Result<bool, MatchError<G::Error>> {
        let mut needed = self.plan.needed;
        let mut left = self.plan.should.len();
        for &place in &self.plan.should {
            left -= 1;
            if self.should[place as usize].holds(root, guests)? {
                needed -= 1;
            }
            if needed == 0 || needed > left {
                break;
            }
        }
        Ok(needed == 0)
    }
}
