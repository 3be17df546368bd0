//! What an expression demands of the values of fields, for whoever has an index of these.

use crate::Expression;
use crate::constant::Constant;
use crate::field::Field;
use crate::node::{Comparison, Node, Predicate, Test};
use quidditch_document::{Path, Value};
use std::ops::Bound;

/// A condition on a document. A field's values are those that its path leads to, arrays flattened; `f.keyword` sees
/// the scalars of `f`, too.
#[derive(Clone, Debug)]
pub enum Condition<'e> {
    /// All of these hold.
    All(Vec<Condition<'e>>),
    /// One of these holds.
    Any(Vec<Condition<'e>>),
    /// A value of the field is one of these booleans, numbers and strings.
    OneOf {
        /// The field.
        field: &'e Path,
        /// What it may be.
        values: Vec<Value<'e>>,
    },
    /// A value of the field is of the same type as the bounds, of which there is one at least, and lies between them.
    Between {
        /// The field.
        field: &'e Path,
        /// The least.
        lower: Bound<Value<'e>>,
        /// The greatest.
        upper: Bound<Value<'e>>,
    },
    /// Something else.
    Other,
}

impl Condition<'_> {
    /// Whether it holds only for some documents, as far as can be said.
    pub fn says_something(&self) -> bool {
        match self {
            Condition::All(conditions) => conditions.iter().any(Condition::says_something),
            Condition::Any(conditions) => conditions.iter().all(Condition::says_something),
            Condition::OneOf { .. } | Condition::Between { .. } => true,
            Condition::Other => false,
        }
    }
}

impl Expression {
    /// When it is true.
    pub fn condition(&self) -> Condition<'_> {
        condition(&self.root, &self.fields)
    }
}

fn condition<'e>(node: &'e Node, fields: &'e [Field]) -> Condition<'e> {
    let conditions = |nodes: &'e [Node]| nodes.iter().map(|node| condition(node, fields)).collect();
    match node {
        Node::All(nodes) => Condition::All(conditions(nodes)),
        Node::Any(nodes) => Condition::Any(conditions(nodes)),
        Node::Test(test) => test.condition(&fields[test.field as usize].path),
        Node::Field(field) => Condition::OneOf {
            field: &fields[*field as usize].path,
            values: vec![Value::Bool(true)],
        },
        _ => Condition::Other,
    }
}

impl Test {
    fn condition<'e>(&'e self, field: &'e Path) -> Condition<'e> {
        if self.negated {
            return Condition::Other;
        }
        let one_of = |constants: &'e [Constant]| Condition::OneOf {
            field,
            values: constants.iter().map(Constant::as_value).collect(),
        };
        let between = |lower, upper| Condition::Between {
            field,
            lower,
            upper,
        };
        match &self.predicate {
            Predicate::Compare(Comparison::Equal, constant) => {
                one_of(std::slice::from_ref(constant))
            }
            Predicate::Compare(_, Constant::Bool(_)) => Condition::Other,
            Predicate::Compare(comparison, constant) => {
                let value = constant.as_value();
                match comparison {
                    Comparison::Less => between(Bound::Unbounded, Bound::Excluded(value)),
                    Comparison::LessOrEqual => between(Bound::Unbounded, Bound::Included(value)),
                    Comparison::Greater => between(Bound::Excluded(value), Bound::Unbounded),
                    _ => between(Bound::Included(value), Bound::Unbounded),
                }
            }
            Predicate::In(constants) => one_of(constants),
            Predicate::Between(bounds) => match &**bounds {
                [Constant::Bool(_), _] | [_, Constant::Bool(_)] => Condition::Other,
                [low, high] => between(
                    Bound::Included(low.as_value()),
                    Bound::Included(high.as_value()),
                ),
            },
            Predicate::Like(_) | Predicate::Null => Condition::Other,
        }
    }
}
