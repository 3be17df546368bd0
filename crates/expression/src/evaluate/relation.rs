//! Predicates that aren't a field against constants: both sides are computed for the row.

use super::test::is_present;
use super::{Computed, Row};
use crate::node::{Comparison, Node, Predicate, Relation, Scope};
use quidditch_document::{Damaged, Value};
use std::ops::ControlFlow;

impl Relation {
    pub(crate) fn holds(&self, row: &Row<'_>) -> Result<bool, Damaged> {
        let mark = row.scratch.mark();
        let holds = match self.scope {
            Scope::Subject => self.holds_for_field(row)?,
            Scope::Operands | Scope::Neither => self.holds_for_value(row)?,
        };
        row.scratch.release(mark);
        Ok(holds)
    }

    fn holds_for_value(&self, row: &Row<'_>) -> Result<bool, Damaged> {
        let subject = self.subject.value(row)?;
        if let Predicate::Null = self.predicate {
            return Ok(subject.is_none() != self.negated);
        }
        let Some(subject) = subject else {
            return Ok(false);
        };
        Ok(if self.negated {
            !self.satisfied(subject, row)? && self.operands_present(row)?
        } else {
            self.satisfied(subject, row)?
        })
    }

    /// The subject is a field, of which one value is enough; operands have no fields.
    fn holds_for_field(&self, row: &Row<'_>) -> Result<bool, Damaged> {
        let Node::Field(field) = &self.subject else {
            return Ok(false);
        };
        let mut present = false;
        let flow = row.field(*field).visit(row.root, &mut |value| {
            present |= is_present(value);
            let satisfied = Computed::scalar(value).map(|value| self.satisfied(value, row));
            match satisfied {
                None | Some(Ok(false)) => ControlFlow::Continue(()),
                Some(other) => ControlFlow::Break(other),
            }
        })?;
        let satisfied = flow.break_value().unwrap_or(Ok(false))?;
        Ok(if self.negated {
            !satisfied && present && self.operands_present(row)?
        } else {
            satisfied
        })
    }

    fn satisfied(&self, subject: Computed<'_>, row: &Row<'_>) -> Result<bool, Damaged> {
        Ok(match &self.predicate {
            Predicate::Compare(comparison, operand) => {
                self.compares(subject, *comparison, operand, row)?
            }
            Predicate::In(list) => {
                for operand in list {
                    if self.compares(subject, Comparison::Equal, operand, row)? {
                        return Ok(true);
                    }
                }
                false
            }
            Predicate::Between(bounds) => {
                let [low, high] = &**bounds;
                self.compares(subject, Comparison::GreaterOrEqual, low, row)?
                    && self.compares(subject, Comparison::LessOrEqual, high, row)?
            }
            Predicate::Like(pattern) => match subject {
                Computed::Text(text) => pattern.matches(&row.scratch.bytes(text)),
                _ => false,
            },
            Predicate::Null => false,
        })
    }

    fn compares(
        &self,
        subject: Computed<'_>,
        comparison: Comparison,
        operand: &Node,
        row: &Row<'_>,
    ) -> Result<bool, Damaged> {
        if let (Scope::Operands, Node::Field(field)) = (self.scope, operand) {
            return row.field(*field).any(row.root, |value| {
                Computed::scalar(value)
                    .is_some_and(|value| subject.compares(comparison, value, row.scratch))
            });
        }
        let mark = row.scratch.mark();
        let value = operand.value(row)?;
        let holds = value.is_some_and(|value| subject.compares(comparison, value, row.scratch));
        row.scratch.release(mark);
        Ok(holds)
    }

    fn operands_present(&self, row: &Row<'_>) -> Result<bool, Damaged> {
        for operand in self.predicate.operands() {
            let present = match operand {
                Node::Field(field) if self.scope == Scope::Operands => row
                    .field(*field)
                    .any(row.root, |value: Value<'_>| is_present(value))?,
                other => {
                    let mark = row.scratch.mark();
                    let present = other.value(row)?.is_some();
                    row.scratch.release(mark);
                    present
                }
            };
            if !present {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
