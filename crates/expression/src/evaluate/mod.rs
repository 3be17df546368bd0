//! The row path: what an expression is for one document. There is a way in for each type that is wanted, so that
//! arithmetic and conditions don't pass through a common value.

mod computed;
mod relation;
mod test;
mod text;

use crate::constant::{Constant, NumberConstant};
use crate::field::Field;
use crate::function::Function;
use crate::node::{Arithmetic, Call, Node};
use crate::number::Number;
pub(crate) use computed::Computed;
use quidditch_document::{Damaged, Value};
use std::cmp::Ordering;
pub(crate) use text::{Scratch, Text};

/// What an expression is evaluated against.
pub(crate) struct Row<'v> {
    pub(crate) root: Value<'v>,
    pub(crate) score: f64,
    pub(crate) fields: &'v [Field],
    pub(crate) scratch: &'v Scratch,
}

/// The value of a node that depends neither on fields nor on the score, unless it is missing.
pub(crate) fn constant_value(node: &Node) -> Option<Constant> {
    if let Node::Constant(constant) = node {
        return Some(constant.clone());
    }
    if node.uses_score() || node.has_field() {
        return None;
    }
    let row = Row {
        root: Value::Null,
        score: 0.0,
        fields: &[],
        scratch: &Scratch::default(),
    };
    Some(match node.value(&row).ok()?? {
        Computed::Bool(bool) => Constant::Bool(bool),
        Computed::Text(text) => {
            let string = String::from_utf8(row.scratch.bytes(text).to_vec());
            Constant::String(string.ok()?.into())
        }
        Computed::Constant(number) => Constant::Number(number.clone().into()),
        Computed::Exact(number) => Constant::Number(NumberConstant::new(number.into()).ok()?),
        Computed::Number(number) => Constant::Number(NumberConstant::from_number(number).ok()?),
    })
}

impl<'v> Row<'v> {
    #[inline]
    fn field(&self, place: u32) -> &'v Field {
        &self.fields[place as usize]
    }
}

impl Node {
    /// As a condition.
    #[inline]
    pub(crate) fn truth(&self, row: &Row<'_>) -> Result<bool, Damaged> {
        match self {
            Node::Test(test) => test.holds(row),
            Node::All(nodes) => {
                for node in nodes {
                    if !node.truth(row)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            other => other.other_truth(row),
        }
    }

    fn other_truth(&self, row: &Row<'_>) -> Result<bool, Damaged> {
        Ok(match self {
            Node::Any(nodes) => {
                for node in nodes {
                    if node.truth(row)? {
                        return Ok(true);
                    }
                }
                false
            }
            Node::Not(inner) => !inner.truth(row)?,
            Node::Relation(relation) => relation.holds(row)?,
            Node::Field(field) => row
                .field(*field)
                .any(row.root, |value| matches!(value, Value::Bool(true)))?,
            Node::Choice(choice) if choice.condition.truth(row)? => choice.yes.truth(row)?,
            Node::Choice(choice) => choice.no.truth(row)?,
            Node::Test(_) | Node::All(_) => self.truth(row)?,
            _ => {
                let mark = row.scratch.mark();
                let value = self.value(row)?;
                row.scratch.release(mark);
                matches!(value, Some(Computed::Bool(true)))
            }
        })
    }

    /// As the number of a score.
    pub(crate) fn score(&self, row: &Row<'_>) -> Result<Option<f64>, Damaged> {
        let mark = row.scratch.mark();
        let value = self.value(row)?;
        row.scratch.release(mark);
        Ok(match value {
            Some(Computed::Bool(bool)) => Some(f64::from(u8::from(bool))),
            Some(number) => number.number().map(Number::to_f64),
            None => None,
        })
    }

    /// As an operand of arithmetic.
    pub(crate) fn number(&self, row: &Row<'_>) -> Result<Option<Number>, Damaged> {
        Ok(match self {
            Node::Constant(Constant::Number(number)) => Some(number.arithmetic),
            Node::Field(field) => match row.field(*field).first(row.root)? {
                Some(Value::Number(number)) => Number::from_numeric(number),
                _ => None,
            },
            Node::Score => Number::finite(row.score),
            Node::Negative(inner) => inner.number(row)?.map(Number::negative),
            Node::Arithmetic(chain) => chain.number(row)?,
            Node::Power(operands) => {
                let [base, exponent] = &**operands;
                match (base.number(row)?, exponent.number(row)?) {
                    (Some(base), Some(exponent)) => base.power(exponent),
                    _ => None,
                }
            }
            Node::Choice(choice) if choice.condition.truth(row)? => choice.yes.number(row)?,
            Node::Choice(choice) => choice.no.number(row)?,
            Node::Call(call) if call.function != Function::Coalesce => call.number(row)?,
            other => other.value(row)?.and_then(Computed::number),
        })
    }

    /// As an operand that may be of any type; `None` when missing.
    pub(crate) fn value<'v>(&'v self, row: &Row<'v>) -> Result<Option<Computed<'v>>, Damaged> {
        Ok(match self {
            Node::Null => None,
            Node::Constant(constant) => Some(constant.into()),
            Node::Field(field) => row
                .field(*field)
                .first(row.root)?
                .and_then(Computed::scalar),
            Node::Test(_) | Node::Relation(_) | Node::Not(_) | Node::All(_) | Node::Any(_) => {
                Some(Computed::Bool(self.truth(row)?))
            }
            Node::Score | Node::Negative(_) | Node::Arithmetic(_) | Node::Power(_) => {
                self.number(row)?.map(Computed::Number)
            }
            Node::Call(call) => call.value(row)?,
            Node::Choice(choice) if choice.condition.truth(row)? => choice.yes.value(row)?,
            Node::Choice(choice) => choice.no.value(row)?,
        })
    }

    /// As an operand of a string function.
    fn text<'v>(&'v self, row: &Row<'v>) -> Result<Option<Text<'v>>, Damaged> {
        Ok(match self.value(row)? {
            Some(Computed::Text(text)) => Some(text),
            _ => None,
        })
    }
}

impl Arithmetic {
    fn number(&self, row: &Row<'_>) -> Result<Option<Number>, Damaged> {
        let Some(mut left) = self.first.number(row)? else {
            return Ok(None);
        };
        for (operator, right) in &self.rest {
            match right
                .number(row)?
                .and_then(|right| operator.apply(left, right))
            {
                Some(result) => left = result,
                None => return Ok(None),
            }
        }
        Ok(Some(left))
    }
}

impl Call {
    fn value<'v>(&'v self, row: &Row<'v>) -> Result<Option<Computed<'v>>, Damaged> {
        Ok(match self.function {
            Function::Coalesce => {
                for argument in &self.arguments {
                    let value = argument.value(row)?;
                    if value.is_some() {
                        return Ok(value);
                    }
                }
                None
            }
            Function::Lower => self.mapped(row, char::to_lowercase)?,
            Function::Upper => self.mapped(row, char::to_uppercase)?,
            Function::Contains => self.compares(row, text::contains)?,
            Function::StartsWith => self.compares(row, <[u8]>::starts_with)?,
            Function::EndsWith => self.compares(row, <[u8]>::ends_with)?,
            _ => self.number(row)?.map(Computed::Number),
        })
    }

    fn mapped<'v, C: Iterator<Item = char>>(
        &'v self,
        row: &Row<'v>,
        map: impl Fn(char) -> C,
    ) -> Result<Option<Computed<'v>>, Damaged> {
        let text = self.arguments[0].text(row)?;
        Ok(text.map(|text| Computed::Text(row.scratch.map(text, map))))
    }

    fn compares<'v>(
        &'v self,
        row: &Row<'v>,
        predicate: fn(&[u8], &[u8]) -> bool,
    ) -> Result<Option<Computed<'v>>, Damaged> {
        let mark = row.scratch.mark();
        let texts = (self.arguments[0].text(row)?, self.arguments[1].text(row)?);
        let result = match texts {
            (Some(text), Some(other)) => {
                let holds = predicate(&row.scratch.bytes(text), &row.scratch.bytes(other));
                Some(Computed::Bool(holds))
            }
            _ => None,
        };
        row.scratch.release(mark);
        Ok(result)
    }

    /// The functions whose result is a number.
    fn number(&self, row: &Row<'_>) -> Result<Option<Number>, Damaged> {
        match self.function {
            Function::Min => return self.extreme(row, Ordering::Less),
            Function::Max => return self.extreme(row, Ordering::Greater),
            Function::Length => {
                let mark = row.scratch.mark();
                let text = self.arguments[0].text(row)?;
                let length = text.map(|text| text::length(&row.scratch.bytes(text)));
                row.scratch.release(mark);
                return Ok(length.map(Number::Int));
            }
            _ => {}
        }
        let Some(number) = self.arguments[0].number(row)? else {
            return Ok(None);
        };
        let float = |function: fn(f64) -> f64| Number::finite(function(number.to_f64()));
        Ok(match self.function {
            Function::Abs => Some(number.abs()),
            Function::Floor => Some(number.rounded(f64::floor)),
            Function::Ceil => Some(number.rounded(f64::ceil)),
            Function::Round => Some(number.rounded(f64::round)),
            Function::Sqrt => float(f64::sqrt),
            Function::Ln => float(f64::ln),
            Function::Log10 => float(f64::log10),
            Function::Exp => float(f64::exp),
            Function::Sin => float(f64::sin),
            Function::Cos => float(f64::cos),
            Function::Tan => float(f64::tan),
            _ => None,
        })
    }

    /// The least or the greatest of the arguments that are numbers, the first of equals.
    fn extreme(&self, row: &Row<'_>, wanted: Ordering) -> Result<Option<Number>, Damaged> {
        let mut best: Option<Number> = None;
        for argument in &self.arguments {
            if let Some(number) = argument.number(row)?
                && best.is_none_or(|best| number.order(best) == wanted)
            {
                best = Some(number);
            }
        }
        Ok(best)
    }
}
