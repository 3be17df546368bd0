//! Clauses: a field's values against constants. Each kind of predicate gets a walk of its own, made for its type.

use super::Row;
use crate::constant::Constant;
use crate::node::{Comparison, Predicate, Test};
use quidditch_document::{Damaged, Value};
use std::cell::Cell;

impl Test {
    #[inline]
    pub(crate) fn holds(&self, row: &Row<'_>) -> Result<bool, Damaged> {
        match &self.predicate {
            Predicate::Compare(Comparison::Equal, Constant::String(constant)) => {
                let constant = constant.as_bytes();
                self.any(
                    row,
                    |value| matches!(value, Value::String(string) if string == constant),
                )
            }
            Predicate::Compare(comparison, Constant::Number(constant)) => {
                let constant = constant.exact();
                self.any(row, |value| {
                    matches!(value, Value::Number(number) if comparison.accepts(number.cmp(&constant)))
                })
            }
            Predicate::Compare(comparison, Constant::String(constant)) => {
                let constant = constant.as_bytes();
                self.any(row, |value| {
                    matches!(value, Value::String(string) if comparison.accepts(string.cmp(constant)))
                })
            }
            Predicate::Compare(_, Constant::Bool(constant)) => self.any(
                row,
                |value| matches!(value, Value::Bool(bool) if bool == *constant),
            ),
            Predicate::In(list) => self.any(row, |value| contains(list, value)),
            Predicate::Between(bounds) => {
                let [low, high] = &**bounds;
                self.any(row, |value| is_between(low, high, value))
            }
            Predicate::Like(pattern) => self.any(
                row,
                |value| matches!(value, Value::String(string) if pattern.matches(string)),
            ),
            Predicate::Null => {
                let some = row.field(self.field).any(row.root, is_present)?;
                Ok(some == self.negated)
            }
        }
    }

    /// Whether some value satisfies the predicate or, negated, whether there are values and none does.
    #[inline(always)]
    fn any(&self, row: &Row<'_>, satisfies: impl Fn(Value<'_>) -> bool) -> Result<bool, Damaged> {
        let field = row.field(self.field);
        if !self.negated {
            return field.any(row.root, satisfies);
        }
        let present = Cell::new(false);
        let satisfied = field.any(row.root, |value| {
            present.set(present.get() || is_present(value));
            satisfies(value)
        })?;
        Ok(present.get() && !satisfied)
    }
}

#[inline]
pub(super) fn is_present(value: Value<'_>) -> bool {
    !matches!(value, Value::Null)
}

fn contains(list: &[Constant], value: Value<'_>) -> bool {
    // Null and objects are in no list.
    let order = |constant: &Constant| constant.order_all(value).map(|order| order.reverse());
    let place = list.partition_point(|constant| order(constant).is_some_and(|order| order.is_lt()));
    list.get(place)
        .and_then(order)
        .is_some_and(|order| order.is_eq())
}

fn is_between(low: &Constant, high: &Constant, value: Value<'_>) -> bool {
    // The bounds are of one type, and a value of another is beyond both, on the same side.
    low.order_all(value).is_some_and(|order| order.is_ge())
        && high.order_all(value).is_some_and(|order| order.is_le())
}
