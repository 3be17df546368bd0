//! The constants of a query, and how the values of a document compare to them: only to their own type.

use quidditch_document::{NumericBuf, Value, equal};
use std::cmp::Ordering;

/// A string, number or boolean of a query.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Scalar {
    Bool(bool),
    Number(NumericBuf),
    String(Box<str>),
}

impl Scalar {
    #[inline]
    pub(crate) fn equals(&self, value: Value<'_>) -> bool {
        match (self, value) {
            (Scalar::Bool(constant), Value::Bool(value)) => *constant == value,
            (Scalar::Number(constant), Value::Number(value)) => constant.as_numeric() == value,
            (Scalar::String(constant), Value::String(value)) => equal(constant.as_bytes(), value),
            _ => false,
        }
    }

    /// How `value` compares to the constant: numbers exactly, strings by code point, which in UTF-8 is by byte.
    #[inline]
    pub(crate) fn order_of(&self, value: Value<'_>) -> Option<Ordering> {
        match (self, value) {
            (Scalar::Number(constant), Value::Number(value)) => {
                Some(value.cmp(&constant.as_numeric()))
            }
            (Scalar::String(constant), Value::String(value)) => {
                Some(value.cmp(constant.as_bytes()))
            }
            _ => None,
        }
    }
}

/// The values of a `terms` clause, each type sorted for a binary search.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ScalarSet {
    pub(crate) has_false: bool,
    pub(crate) has_true: bool,
    pub(crate) numbers: Box<[NumericBuf]>,
    /// By length, then by bytes: most comparisons end at the length.
    pub(crate) strings: Box<[Box<str>]>,
}

impl FromIterator<Scalar> for ScalarSet {
    fn from_iter<I: IntoIterator<Item = Scalar>>(scalars: I) -> ScalarSet {
        let (mut has_false, mut has_true, mut numbers, mut strings) =
            (false, false, Vec::new(), Vec::new());
        for scalar in scalars {
            match scalar {
                Scalar::Bool(false) => has_false = true,
                Scalar::Bool(true) => has_true = true,
                Scalar::Number(number) => numbers.push(number),
                Scalar::String(string) => strings.push(string),
            }
        }
        numbers.sort();
        numbers.dedup();
        strings.sort_by(|a, b| compare_strings(a.as_bytes(), b.as_bytes()));
        strings.dedup();
        ScalarSet {
            has_false,
            has_true,
            numbers: numbers.into(),
            strings: strings.into(),
        }
    }
}

/// So many strings are compared one after the other faster than by halves.
const FEW: usize = 8;

impl ScalarSet {
    /// How many values there are.
    pub(crate) fn len(&self) -> usize {
        usize::from(self.has_false)
            + usize::from(self.has_true)
            + self.numbers.len()
            + self.strings.len()
    }

    pub(crate) fn contains(&self, value: Value<'_>) -> bool {
        match value {
            Value::Bool(false) => self.has_false,
            Value::Bool(true) => self.has_true,
            Value::Number(value) => self
                .numbers
                .binary_search_by(|number| number.as_numeric().cmp(&value))
                .is_ok(),
            Value::String(value) if self.strings.len() <= FEW => self
                .strings
                .iter()
                .any(|string| equal(string.as_bytes(), value)),
            Value::String(value) => self
                .strings
                .binary_search_by(|string| compare_strings(string.as_bytes(), value))
                .is_ok(),
            Value::Null | Value::Array(_) | Value::Object(_) => false,
        }
    }
}

fn compare_strings(left: &[u8], right: &[u8]) -> Ordering {
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}
