//! The constants of an expression, and how the values of a document compare to them: only to their own type.

use crate::error::Fault;
use crate::number::Number;
use quidditch_document::{Damaged, Numeric, NumericBuf, Value};
use std::cmp::Ordering;

/// A boolean, number or string of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Constant {
    Bool(bool),
    Number(Box<NumberConstant>),
    String(Box<str>),
}

/// A number as written, and what it is in arithmetic.
#[derive(Clone, Debug)]
pub(crate) struct NumberConstant {
    exact: NumericBuf,
    pub(crate) arithmetic: Number,
}

impl PartialEq for NumberConstant {
    fn eq(&self, other: &NumberConstant) -> bool {
        self.exact == other.exact
    }
}

impl NumberConstant {
    pub(crate) fn new(exact: NumericBuf) -> Result<Box<NumberConstant>, Fault> {
        let arithmetic = Number::from_numeric(exact.as_numeric())
            .ok_or_else(|| Fault::invalid("a number beyond the range of float64"))?;
        Ok(Box::new(NumberConstant { exact, arithmetic }))
    }

    pub(crate) fn from_decimal(text: &str) -> Result<Box<NumberConstant>, Fault> {
        let exact = text.parse();
        NumberConstant::new(exact.map_err(|error| Fault::invalid(format!("\"{text}\": {error}")))?)
    }

    /// The shortest decimal for a float.
    pub(crate) fn from_number(number: Number) -> Result<Box<NumberConstant>, Fault> {
        match number {
            Number::Int(integer) => NumberConstant::new(integer.into()),
            Number::Float(float) => NumberConstant::from_decimal(&format!("{float:e}")),
        }
    }

    pub(crate) fn negative(&self) -> Result<Box<NumberConstant>, Fault> {
        let text = self.exact.to_string();
        match text.strip_prefix('-') {
            Some(positive) => NumberConstant::from_decimal(positive),
            None => NumberConstant::from_decimal(&format!("-{text}")),
        }
    }

    #[inline]
    pub(crate) fn exact(&self) -> Numeric<'_> {
        self.exact.as_numeric()
    }
}

impl Constant {
    /// The type's place in the order of [`Constant::order_all`].
    fn rank(&self) -> u8 {
        match self {
            Constant::Bool(_) => 0,
            Constant::Number(_) => 1,
            Constant::String(_) => 2,
        }
    }

    /// The constant as the document would have it.
    pub(crate) fn as_value(&self) -> Value<'_> {
        match self {
            Constant::Bool(bool) => Value::Bool(*bool),
            Constant::Number(number) => Value::Number(number.exact()),
            Constant::String(string) => Value::String(string.as_bytes()),
        }
    }

    /// How `value` compares to the constant, in an order of all scalars: booleans, numbers exactly, strings by
    /// code point, which in UTF-8 is by byte. None for what is no scalar.
    #[inline]
    pub(crate) fn order_all(&self, value: Value<'_>) -> Option<Ordering> {
        let rank = match (self, value) {
            (Constant::Number(constant), Value::Number(value)) => {
                return Some(value.cmp(&constant.exact()));
            }
            (Constant::String(constant), Value::String(value)) => {
                return Some(value.cmp(constant.as_bytes()));
            }
            (Constant::Bool(constant), Value::Bool(value)) => return Some(value.cmp(constant)),
            (_, Value::Bool(_)) => 0,
            (_, Value::Number(_)) => 1,
            (_, Value::String(_)) => 2,
            (_, Value::Null | Value::Array(_) | Value::Object(_)) => return None,
        };
        Some(u8::cmp(&rank, &self.rank()))
    }
}

/// Reads a scalar of a tree; none for null and what is no scalar.
pub(crate) fn from_value(value: Value<'_>) -> Result<Option<Constant>, Fault> {
    Ok(Some(match value {
        Value::Bool(bool) => Constant::Bool(bool),
        Value::Number(number) => Constant::Number(NumberConstant::new(number.into())?),
        Value::String(string) => Constant::String(text(string)?.into()),
        Value::Null | Value::Array(_) | Value::Object(_) => return Ok(None),
    }))
}

pub(crate) fn text(string: &[u8]) -> Result<&str, Fault> {
    std::str::from_utf8(string).map_err(|_| Fault::invalid("a string that is not UTF-8"))
}

impl From<Damaged> for Fault {
    fn from(damaged: Damaged) -> Fault {
        Fault {
            kind: crate::ErrorKind::Damaged,
            ..Fault::invalid(damaged.to_string())
        }
    }
}
