//! The term-like clauses: a field, and a test that one of its values has to pass.

use crate::clause::Boost;
use crate::date::Span;
use crate::field::{Field, until};
use crate::fuzzy::Fuzzy;
use crate::pattern::Pattern;
use crate::scalar::{Scalar, ScalarSet};
use quidditch_document::{Damaged, Object, Reach, Value};
use std::cmp::Ordering;
use std::ops::ControlFlow;

/// A clause about the values of one field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ValueClause {
    pub(crate) field: Field,
    pub(crate) test: Test,
    /// What the test's constants mean in a field of dates; then the test itself is only for printing.
    pub(crate) dates: Option<Box<[Span]>>,
    pub(crate) boost: Boost,
}

/// What a value has to be.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Test {
    /// `exists`
    Exists,
    /// `term`
    Equals(Scalar),
    /// `term` that ignores the case of ASCII letters.
    EqualsIgnoringCase(Box<str>),
    /// `terms`
    OneOf(ScalarSet),
    /// `range`
    Within {
        lower: Option<Bound>,
        upper: Option<Bound>,
        /// What a date is written in.
        options: DateOptions,
    },
    /// `prefix`
    Prefix {
        prefix: Box<str>,
        case_insensitive: bool,
    },
    /// `wildcard`, `regexp`
    Pattern(Pattern),
    /// `fuzzy`
    Fuzzy(Fuzzy),
}

/// One end of a range.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bound {
    pub(crate) value: Scalar,
    /// Whether the value itself is in the range (`gte`, `lte`).
    pub(crate) inclusive: bool,
}

/// Options of `range` that only dates have.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct DateOptions {
    /// As written: `+01:00`.
    pub(crate) time_zone: Option<Box<str>>,
    pub(crate) format: Option<Box<str>>,
}

impl ValueClause {
    #[inline]
    pub(crate) fn matches(&self, root: Value<'_>) -> Result<bool, Damaged> {
        match self.field.plain(root)? {
            Reach::Nothing => Ok(false),
            Reach::Value(value) if self.dates.is_none() => self.test.holds(value),
            _ => self.matches_any(root),
        }
    }

    fn matches_any(&self, root: Value<'_>) -> Result<bool, Damaged> {
        if let Some(spans) = &self.dates {
            return self.field.any(root, |value| {
                crate::date::instant(value)
                    .is_some_and(|instant| spans.iter().any(|span| span.contains(instant)))
            });
        }
        let mut damaged = None;
        let mut holds = |value: Value<'_>| {
            self.test.holds(value).unwrap_or_else(|damage| {
                damaged = Some(damage);
                true
            })
        };
        let found = match self.test {
            // What is too long for the field isn't there.
            Test::Exists if self.field.kind.is_limited() => {
                self.field.any_term(root, &mut holds)?
            }
            // Of whatever kind.
            Test::Exists
            | Test::Within {
                lower: None,
                upper: None,
                ..
            } => self.field.any(root, holds)?,
            _ => self.field.any_term(root, &mut holds)?,
        };
        damaged.map_or(Ok(found), Err)
    }
}

impl Test {
    #[inline]
    pub(crate) fn holds(&self, value: Value<'_>) -> Result<bool, Damaged> {
        Ok(match (self, value) {
            (Test::Equals(wanted), value) => wanted.equals(value),
            (
                Test::Within {
                    lower: None,
                    upper: None,
                    ..
                },
                value,
            ) => !matches!(value, Value::Null | Value::Object(_)),
            (Test::Within { lower, upper, .. }, value) => {
                within(lower, Ordering::Greater, value) && within(upper, Ordering::Less, value)
            }
            (Test::Exists, Value::Object(object)) => return has_value(object),
            (Test::Exists, value) => !matches!(value, Value::Null),
            (Test::OneOf(set), value) => set.contains(value),
            (Test::EqualsIgnoringCase(wanted), Value::String(string)) => {
                wanted.as_bytes().eq_ignore_ascii_case(string)
            }
            (
                Test::Prefix {
                    prefix,
                    case_insensitive,
                },
                Value::String(string),
            ) => string.get(..prefix.len()).is_some_and(|start| {
                start == prefix.as_bytes()
                    || *case_insensitive && start.eq_ignore_ascii_case(prefix.as_bytes())
            }),
            (Test::Pattern(pattern), Value::String(string)) => pattern.matches(string),
            (Test::Fuzzy(fuzzy), Value::String(string)) => fuzzy.matches(string),
            _ => false,
        })
    }
}

/// Whether `value` is on the side of the bound that `side` says, or on an inclusive bound itself.
#[inline]
fn within(bound: &Option<Bound>, side: Ordering, value: Value<'_>) -> bool {
    bound
        .as_ref()
        .is_none_or(|bound| match bound.value.order_of(value) {
            Some(Ordering::Equal) => bound.inclusive,
            order => order == Some(side),
        })
}

/// Whether there is something in an object that isn't null.
fn has_value(object: Object<'_>) -> Result<bool, Damaged> {
    // On the heap, for documents may nest deeper than the stack should be trusted with.
    let mut objects = vec![object];
    while let Some(object) = objects.pop() {
        for pair in object {
            let (_, value) = pair?;
            let found = value.visit(&mut |value| match value {
                Value::Null => ControlFlow::Continue(()),
                Value::Object(object) => {
                    objects.push(object);
                    ControlFlow::Continue(())
                }
                _ => until(true),
            })?;
            if found.is_break() {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
