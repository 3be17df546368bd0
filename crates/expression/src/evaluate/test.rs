//! Clauses: a field's values against constants.

use super::Row;
use crate::constant::Constant;
use crate::node::{Comparison, Predicate, Test};
use quidditch_document::{Damaged, Value, equal};
use std::cell::Cell;

impl Test {
    #[inline]
    pub(crate) fn holds(&self, row: &Row<'_>) -> Result<bool, Damaged> {
        let field = row.field(self.field);
        if let Predicate::Null = self.predicate {
            return Ok(field.any(row.root, is_present)? == self.negated);
        }
        if !self.negated {
            return field.any(row.root, |value| self.predicate.holds_for(value));
        }
        // There are values, and none satisfies it.
        let present = Cell::new(false);
        let satisfied = field.any(row.root, |value| {
            present.set(present.get() || is_present(value));
            self.predicate.holds_for(value)
        })?;
        Ok(present.get() && !satisfied)
    }
}

impl Predicate<Constant> {
    fn holds_for(&self, value: Value<'_>) -> bool {
        match (self, value) {
            (Predicate::Compare(comparison, Constant::Number(constant)), Value::Number(number)) => {
                comparison.accepts(number.cmp(&constant.exact()))
            }
            (
                Predicate::Compare(Comparison::Equal, Constant::String(constant)),
                Value::String(string),
            ) => equal(constant.as_bytes(), string),
            (Predicate::Compare(comparison, Constant::String(constant)), Value::String(string)) => {
                comparison.accepts(string.cmp(constant.as_bytes()))
            }
            (Predicate::Compare(_, Constant::Bool(constant)), Value::Bool(bool)) => {
                bool == *constant
            }
            (Predicate::Compare(..), _) => false,
            (Predicate::In(list), value) => contains(list, value),
            (Predicate::Between(bounds), value) => is_between(&bounds[0], &bounds[1], value),
            (Predicate::Like(pattern), Value::String(string)) => pattern.matches(string),
            (Predicate::Like(_), _) => false,
            (Predicate::Null, value) => !is_present(value),
        }
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
