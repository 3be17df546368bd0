//! Whether a document matches: the row path. Nothing is allocated, and what is decided isn't looked at again.

use crate::clause::{Bool, Bound, Clause, Condition, Query};
use quidditch_document::{Damaged, Document, Value};
use std::cmp::Ordering;
use std::fmt;

/// Why a document could not be matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MatchError<E> {
    /// The document is damaged.
    Damaged(Damaged),
    /// The callback failed.
    Udf(E),
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
        }
    }
}

impl<E: std::error::Error> std::error::Error for MatchError<E> {}

impl Query {
    /// Whether the document matches. `udf` answers for the clause at this place of [`Query::udfs`]; it is asked
    /// only when cheaper clauses don't decide, and its first error ends the evaluation.
    pub fn matches<E>(
        &self,
        document: Document<'_>,
        udf: &mut impl FnMut(usize) -> Result<bool, E>,
    ) -> Result<bool, MatchError<E>> {
        self.root.matches(document.root()?, udf)
    }
}

impl Clause {
    fn matches<E>(
        &self,
        root: Value<'_>,
        udf: &mut impl FnMut(usize) -> Result<bool, E>,
    ) -> Result<bool, MatchError<E>> {
        Ok(match self {
            Clause::MatchAll { .. } => true,
            Clause::MatchNone { .. } => false,
            Clause::Term {
                field,
                value,
                case_insensitive: false,
                ..
            } => field.any(root, |found| value.equals(found))?,
            Clause::Term { field, value, .. } => {
                field.any(root, |found| value.equals_ignoring_case(found))?
            }
            Clause::Terms { field, values, .. } => {
                field.any(root, |found| values.contains(found))?
            }
            Clause::Range {
                field,
                lower: None,
                upper: None,
                ..
            } => field.any(root, is_value)?,
            Clause::Range {
                field,
                lower,
                upper,
                ..
            } => field.any(root, |found| {
                within(lower, Ordering::Greater, found) && within(upper, Ordering::Less, found)
            })?,
            Clause::Exists { field, .. } => field.any(root, is_value)?,
            Clause::Bool(bool) => bool.matches(root, udf)?,
            Clause::Udf { place, .. } => udf(*place).map_err(MatchError::Udf)?,
        })
    }
}

fn is_value(value: Value<'_>) -> bool {
    !matches!(value, Value::Null)
}

/// Whether `value` is on the side of the bound that `side` says, or on an inclusive bound itself.
#[inline]
fn within(bound: &Option<Bound>, side: Ordering, value: Value<'_>) -> bool {
    bound
        .as_ref()
        .is_none_or(|bound| match bound.value.order_of(value) {
            Some(Ordering::Equal) => bound.inclusive,
            order => order == Some(side),
        })
}

impl Bool {
    fn matches<E>(
        &self,
        root: Value<'_>,
        udf: &mut impl FnMut(usize) -> Result<bool, E>,
    ) -> Result<bool, MatchError<E>> {
        if self.plan.needed > self.should.len() {
            return Ok(false);
        }
        for condition in &self.plan.conditions {
            let holds = match *condition {
                Condition::Must(place) => self.must[place as usize].matches(root, udf)?,
                Condition::Filter(place) => self.filter[place as usize].matches(root, udf)?,
                Condition::MustNot(place) => !self.must_not[place as usize].matches(root, udf)?,
                Condition::Should => self.enough_should(root, udf)?,
            };
            if !holds {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn enough_should<E>(
        &self,
        root: Value<'_>,
        udf: &mut impl FnMut(usize) -> Result<bool, E>,
    ) -> Result<bool, MatchError<E>> {
        let mut needed = self.plan.needed;
        let mut left = self.plan.should.len();
        for &place in &self.plan.should {
            left -= 1;
            if self.should[place as usize].matches(root, udf)? {
                needed -= 1;
            }
            if needed == 0 || needed > left {
                break;
            }
        }
        Ok(needed == 0)
    }
}
