//! int64 and float64, and arithmetic on them. What has no finite result is `None`, which is missing.

use quidditch_document::Numeric;
use std::cmp::Ordering;

/// A number to compute with. A float is never infinite and never NaN.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    Int(i64),
    Float(f64),
}

/// The operators that chain from left to right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl Operator {
    pub(crate) fn from_symbol(symbol: &str) -> Option<Operator> {
        Some(match symbol {
            "+" => Operator::Add,
            "-" => Operator::Subtract,
            "*" => Operator::Multiply,
            "/" => Operator::Divide,
            "%" => Operator::Remainder,
            _ => return None,
        })
    }

    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Operator::Add => "+",
            Operator::Subtract => "-",
            Operator::Multiply => "*",
            Operator::Divide => "/",
            Operator::Remainder => "%",
        }
    }

    /// Whether it binds as `+` does, rather than as `*`.
    pub(crate) fn is_additive(self) -> bool {
        matches!(self, Operator::Add | Operator::Subtract)
    }

    #[inline]
    pub(crate) fn apply(self, left: Number, right: Number) -> Option<Number> {
        if let (Number::Int(left), Number::Int(right)) = (left, right) {
            let exact = match self {
                Operator::Add => left.checked_add(right),
                Operator::Subtract => left.checked_sub(right),
                Operator::Multiply => left.checked_mul(right),
                Operator::Remainder if right == 0 => return None,
                // i64::MIN % -1 alone wraps, to 0, which is the remainder.
                Operator::Remainder => Some(left.wrapping_rem(right)),
                Operator::Divide => None,
            };
            if let Some(exact) = exact {
                return Some(Number::Int(exact));
            }
        }
        let (left, right) = (left.to_f64(), right.to_f64());
        Number::finite(match self {
            Operator::Add => left + right,
            Operator::Subtract => left - right,
            Operator::Multiply => left * right,
            Operator::Divide => left / right,
            Operator::Remainder => left % right,
        })
    }
}

impl Number {
    #[inline]
    pub(crate) fn finite(float: f64) -> Option<Number> {
        float.is_finite().then_some(Number::Float(float))
    }

    /// What a number of a document is in arithmetic.
    #[inline]
    pub(crate) fn from_numeric(numeric: Numeric<'_>) -> Option<Number> {
        match numeric.to_i64() {
            Some(integer) => Some(Number::Int(integer)),
            None => Number::finite(numeric.to_f64()),
        }
    }

    #[inline]
    pub(crate) fn to_f64(self) -> f64 {
        match self {
            Number::Int(integer) => integer as f64,
            Number::Float(float) => float,
        }
    }

    pub(crate) fn negative(self) -> Number {
        match self {
            Number::Int(integer) => integer
                .checked_neg()
                .map_or(Number::Float(-(integer as f64)), Number::Int),
            Number::Float(float) => Number::Float(-float),
        }
    }

    pub(crate) fn abs(self) -> Number {
        match self {
            Number::Int(0..) => self,
            Number::Int(_) => self.negative(),
            Number::Float(float) => Number::Float(float.abs()),
        }
    }

    /// Applies a rounding function, which an integer doesn't need.
    pub(crate) fn rounded(self, round: fn(f64) -> f64) -> Number {
        match self {
            Number::Int(_) => self,
            Number::Float(float) => Number::Float(round(float)),
        }
    }

    pub(crate) fn power(self, exponent: Number) -> Option<Number> {
        if let (Number::Int(base), Number::Int(exponent)) = (self, exponent)
            && let Some(power) = integer_power(base, exponent)
        {
            return Some(Number::Int(power));
        }
        Number::finite(self.to_f64().powf(exponent.to_f64()))
    }

    /// By value, exactly.
    #[inline]
    pub(crate) fn order(self, other: Number) -> Ordering {
        match (self, other) {
            (Number::Int(left), Number::Int(right)) => left.cmp(&right),
            (Number::Int(left), Number::Float(right)) => order_mixed(left, right),
            (Number::Float(left), Number::Int(right)) => order_mixed(right, left).reverse(),
            // Zeros of either sign are equal.
            (Number::Float(left), Number::Float(right)) => (left + 0.0).total_cmp(&(right + 0.0)),
        }
    }
}

fn integer_power(base: i64, exponent: i64) -> Option<i64> {
    match base {
        0 | 1 if exponent > 0 => Some(base),
        -1 if exponent >= 0 => Some(if exponent % 2 == 0 { 1 } else { -1 }),
        _ => base.checked_pow(u32::try_from(exponent).ok()?),
    }
}

fn order_mixed(integer: i64, float: f64) -> Ordering {
    // 2^63, which no i64 reaches.
    const END: f64 = -(i64::MIN as f64);
    if float >= END {
        Ordering::Less
    } else if float < -END {
        Ordering::Greater
    } else {
        let whole = float.trunc();
        integer
            .cmp(&(whole as i64))
            .then_with(|| (whole + 0.0).total_cmp(&(float + 0.0)))
    }
}
