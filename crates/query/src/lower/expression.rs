//! What of an expression is a clause about the values of a field.

use super::combine::{All, any_of};
use super::{Dictionary, IndexQuery, Lowering};
use crate::clause::Boost;
use crate::field::Field;
use crate::scalar::Scalar;
use crate::value::{Bound, DateOptions, Test, ValueClause};
use quidditch_document::{Path, Value};
use quidditch_expression::Condition;
use std::ops;

impl<D: Dictionary> Lowering<'_, D> {
    pub(super) fn condition(&mut self, condition: Condition<'_>) -> Result<IndexQuery, D::Error> {
        match condition {
            Condition::All(conditions) => {
                let mut all = All::default();
                for condition in conditions {
                    all.require(self.condition(condition)?);
                }
                Ok(all.finish())
            }
            Condition::Any(conditions) => {
                let some = conditions.into_iter();
                let some = some.map(|condition| self.condition(condition));
                Ok(any_of(some.collect::<Result<_, _>>()?, 1))
            }
            Condition::OneOf { field, values } => {
                let values = values.into_iter().filter_map(scalar).collect();
                self.test(field, Test::OneOf(values))
            }
            Condition::Between {
                field,
                lower,
                upper,
            } => {
                let test = Test::Within {
                    lower: bound(lower),
                    upper: bound(upper),
                    options: DateOptions::default(),
                };
                self.test(field, test)
            }
            Condition::Other => Ok(IndexQuery::every(false)),
        }
    }

    /// Expressions see what documents have, whatever a mapping says.
    fn test(&mut self, field: &Path, test: Test) -> Result<IndexQuery, D::Error> {
        self.value(&ValueClause {
            field: Field::dynamic(field.clone()),
            test,
            dates: None,
            boost: Boost::ONE,
        })
    }
}

fn scalar(value: Value<'_>) -> Option<Scalar> {
    match value {
        Value::Bool(bool) => Some(Scalar::Bool(bool)),
        Value::Number(number) => Some(Scalar::Number(number.into())),
        Value::String(string) => {
            let text = std::str::from_utf8(string).ok()?;
            Some(Scalar::String(text.into()))
        }
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn bound(bound: ops::Bound<Value<'_>>) -> Option<Bound> {
    let (value, inclusive) = match bound {
        ops::Bound::Included(value) => (value, true),
        ops::Bound::Excluded(value) => (value, false),
        ops::Bound::Unbounded => return None,
    };
    scalar(value).map(|value| Bound { value, inclusive })
}
