//! A value of any type on its way from one operation to the next.

use super::text::{Scratch, Text};
use crate::constant::{Constant, NumberConstant};
use crate::node::Comparison;
use crate::number::Number;
use quidditch_document::{Numeric, Value};
use std::cmp::Ordering;

#[derive(Clone, Copy)]
pub(crate) enum Computed<'v> {
    Bool(bool),
    /// The result of arithmetic.
    Number(Number),
    /// A number of the document.
    Exact(Numeric<'v>),
    Constant(&'v NumberConstant),
    Text(Text<'v>),
}

impl<'v> From<&'v Constant> for Computed<'v> {
    fn from(constant: &'v Constant) -> Computed<'v> {
        match constant {
            Constant::Bool(bool) => Computed::Bool(*bool),
            Constant::Number(number) => Computed::Constant(number),
            Constant::String(string) => Computed::Text(Text::Borrowed(string.as_bytes())),
        }
    }
}

impl<'v> Computed<'v> {
    #[inline]
    pub(crate) fn scalar(value: Value<'v>) -> Option<Computed<'v>> {
        match value {
            Value::Bool(bool) => Some(Computed::Bool(bool)),
            Value::Number(number) => Some(Computed::Exact(number)),
            Value::String(string) => Some(Computed::Text(Text::Borrowed(string))),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }

    pub(crate) fn number(self) -> Option<Number> {
        match self {
            Computed::Number(number) => Some(number),
            Computed::Exact(number) => Number::from_numeric(number),
            Computed::Constant(number) => Some(number.arithmetic),
            Computed::Bool(_) | Computed::Text(_) => None,
        }
    }

    fn exact(self) -> Option<Numeric<'v>> {
        match self {
            Computed::Exact(number) => Some(number),
            Computed::Constant(number) => Some(number.exact()),
            _ => None,
        }
    }

    /// Two numbers neither of which was computed compare exactly.
    fn order(self, other: Computed<'_>, scratch: &Scratch) -> Option<Ordering> {
        match (self, other) {
            (Computed::Text(left), Computed::Text(right)) => {
                Some(scratch.bytes(left).cmp(&scratch.bytes(right)))
            }
            (Computed::Bool(left), Computed::Bool(right)) => {
                (left == right).then_some(Ordering::Equal)
            }
            _ => match (self.exact(), other.exact()) {
                (Some(left), Some(right)) => Some(left.cmp(&right)),
                _ => Some(self.number()?.order(other.number()?)),
            },
        }
    }

    pub(crate) fn compares(
        self,
        comparison: Comparison,
        other: Computed<'_>,
        scratch: &Scratch,
    ) -> bool {
        let booleans = matches!(self, Computed::Bool(_)) && comparison != Comparison::Equal;
        !booleans
            && self
                .order(other, scratch)
                .is_some_and(|order| comparison.accepts(order))
    }
}

impl Comparison {
    #[inline]
    pub(super) fn accepts(self, order: Ordering) -> bool {
        match self {
            Comparison::Equal => order.is_eq(),
            Comparison::Less => order.is_lt(),
            Comparison::LessOrEqual => order.is_le(),
            Comparison::Greater => order.is_gt(),
            Comparison::GreaterOrEqual => order.is_ge(),
        }
    }
}
