//! Values that a source writes out, as defaults.

use serde_json::Value;

use crate::types::Type;

/// A literal.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Literal {
    Text(String),
    /// A Python `int`.
    Integer(i128),
    /// A Python `float`.
    Float(f64),
    /// A JavaScript number, whole or not.
    Number(f64),
    /// A JavaScript `BigInt`.
    BigInt(i128),
    Bool(bool),
    /// `None`, `null` or `undefined`.
    Nothing,
}

/// What a signature has as a parameter's default.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Default {
    Literal(Literal),
    /// Something that only the language can evaluate.
    Expression,
}

/// Whole numbers up to here are the same as float64 and as an integer.
const EXACT: f64 = (1u64 << 53) as f64;

impl Literal {
    /// The type of a parameter that has this default and no other type.
    pub(crate) fn ty(&self) -> Option<Type> {
        Some(match self {
            Literal::Text(_) => Type::String,
            Literal::Integer(_) | Literal::BigInt(_) => Type::I64,
            Literal::Float(_) | Literal::Number(_) => Type::F64,
            Literal::Bool(_) => Type::Bool,
            Literal::Nothing => return None,
        })
    }

    /// Whether it is a value of that type.
    pub(crate) fn fits(&self, ty: Type) -> bool {
        match (self, ty) {
            (Literal::Nothing, _) => true,
            (Literal::Text(_), Type::String) | (Literal::Bool(_), Type::Bool) => true,
            (Literal::Integer(i) | Literal::BigInt(i), Type::I32) => i32::try_from(*i).is_ok(),
            (Literal::Integer(i) | Literal::BigInt(i), Type::I64) => i64::try_from(*i).is_ok(),
            (Literal::Number(n), Type::I32) => {
                n.fract() == 0.0 && i32::try_from(*n as i128).is_ok()
            }
            (Literal::Number(n), Type::I64) => n.fract() == 0.0 && n.abs() <= EXACT,
            (Literal::Integer(i), Type::F32) => (*i as f32).is_finite(),
            (Literal::Float(n) | Literal::Number(n), Type::F32) => {
                !n.is_finite() || (*n as f32).is_finite()
            }
            (Literal::Integer(_) | Literal::Float(_) | Literal::Number(_), Type::F64) => true,
            _ => false,
        }
    }

    /// As a default of that type, which it [`fits`](Self::fits). None for what JSON has no notation for, and for
    /// nothing.
    pub(crate) fn json(&self, ty: Type) -> Option<Value> {
        match self {
            // jsonb has no U+0000.
            Literal::Text(text) if text.contains('\0') => None,
            Literal::Text(text) => Some(Value::from(text.as_str())),
            Literal::Integer(i) | Literal::BigInt(i) => match ty {
                Type::F32 | Type::F64 => number(*i as f64),
                _ => i64::try_from(*i).ok().map(Value::from),
            },
            Literal::Float(n) | Literal::Number(n) => number(*n),
            Literal::Bool(b) => Some(Value::from(*b)),
            Literal::Nothing => None,
        }
    }
}

/// A whole number without a fraction where that is exact, so that 2 stays 2.
fn number(n: f64) -> Option<Value> {
    let minus_zero = n == 0.0 && n.is_sign_negative();
    if n.fract() == 0.0 && n.abs() <= EXACT && !minus_zero {
        return Some(Value::from(n as i64));
    }
    n.is_finite().then(|| Value::from(n))
}
