//! `term`, `terms`, `range`, `exists`, `prefix`, `wildcard`, `regexp`, `fuzzy`, `ids`.

use super::held::strings_of;
use super::terms::TermSet;
use super::{Dictionary, IndexQuery, Lowering};
use crate::clause::Ids;
use crate::field::{Field, Kind};
use crate::pattern::{Pattern, Syntax};
use crate::scalar::{Scalar, ScalarSet};
use crate::value::{Bound, Test, ValueClause};
use quidditch_document::{Numeric, NumericBuf, Path, Value};
use quidditch_segment::{self as segment, Key, TermKind};
use std::ops;

impl<D: Dictionary> Lowering<'_, D> {
    pub(super) fn value(&mut self, clause: &ValueClause) -> Result<IndexQuery, D::Error> {
        if clause.dates.is_none() {
            match clause.test {
                Test::Exists => return self.exists(&clause.field, false),
                Test::Within {
                    lower: None,
                    upper: None,
                    ..
                } => return self.exists(&clause.field, true),
                _ => {}
            }
        }
        let Some(held) = self.held(&clause.field) else {
            return Ok(self.presence(&clause.field));
        };
        let mut set = TermSet::new(held.exact);
        for field in &held.fields {
            match &clause.dates {
                Some(spans) => {
                    for span in spans {
                        let first = ops::Bound::Included(span.first);
                        set.add_range(field.dates(first, ops::Bound::Included(span.last)));
                    }
                }
                None => self.add_passing(&mut set, field, &clause.field.kind, &clause.test)?,
            }
        }
        Ok(set.into_query())
    }

    /// Adds the terms of a field that pass the test.
    fn add_passing(
        &mut self,
        set: &mut TermSet,
        field: &segment::Field,
        kind: &Kind,
        test: &Test,
    ) -> Result<(), D::Error> {
        let strings = strings_of(kind);
        let prefix = match test {
            Test::Equals(scalar) => {
                set.add_key(&key_of(field, strings, scalar));
                return Ok(());
            }
            Test::OneOf(scalars) => {
                add_scalars(set, field, strings, scalars);
                return Ok(());
            }
            Test::Within { lower, upper, .. } => {
                add_within(set, field, strings, lower.as_ref(), upper.as_ref());
                return Ok(());
            }
            Test::Prefix {
                prefix,
                case_insensitive: false,
            } => {
                set.add_range(field.prefix(strings, prefix.as_bytes()));
                return Ok(());
            }
            Test::Pattern(pattern) if let Some(prefix) = only_prefix(pattern) => {
                set.add_range(field.prefix(strings, prefix.as_bytes()));
                return Ok(());
            }
            Test::Fuzzy(fuzzy) if fuzzy.edits() == 0 => {
                set.add_key(&field_string(field, strings, fuzzy.word.as_bytes()));
                return Ok(());
            }
            Test::EqualsIgnoringCase(text) | Test::Prefix { prefix: text, .. } => {
                without_case(text)
            }
            Test::Pattern(pattern) => pattern.prefix(),
            Test::Fuzzy(fuzzy) => fuzzy.prefix().as_bytes(),
            Test::Exists => b"",
        };
        self.add_matching(set, field, strings, prefix, &mut |string| {
            test.holds(Value::String(string)).unwrap_or(true)
        })
    }

    pub(super) fn ids(&self, ids: &Ids) -> IndexQuery {
        if self.nested > 0 {
            // The ids are those of elements.
            return IndexQuery::every(false);
        }
        let mut set = TermSet::new(false);
        for name in ["_id", "id"] {
            let field = self.index.field(Path::of_key(name));
            let Some(held) = self.held(&field) else {
                return IndexQuery::every(false);
            };
            for own in &held.fields {
                if !add_ids(&mut set, own, &field, &ids.values) {
                    let present = self.presence(&field);
                    let segment::Clause::Terms { keys, .. } = present.clause else {
                        return IndexQuery::every(false);
                    };
                    set.keys.extend(keys);
                }
            }
        }
        set.into_query()
    }
}

/// Adds the terms that a field has for these ids. Whether there are such.
fn add_ids(set: &mut TermSet, own: &segment::Field, field: &Field, ids: &ScalarSet) -> bool {
    match &field.kind {
        Kind::Dynamic => add_scalars(set, own, TermKind::Keyword, ids),
        // A number may be written in several ways.
        Kind::Keyword { ignore_above: None } if ids.numbers.is_empty() => {
            add_scalars(set, own, TermKind::Keyword, ids);
        }
        Kind::Number => {
            let numbers = ids
                .strings
                .iter()
                .map(|text| text.trim().parse::<NumericBuf>());
            let Ok(numbers) = numbers.collect::<Result<Vec<_>, _>>() else {
                return false;
            };
            for number in numbers.iter().chain(&ids.numbers) {
                set.add_key(&own.number(&number.as_numeric()));
            }
        }
        _ => return false,
    }
    true
}

/// The key of a string or token.
fn field_string(field: &segment::Field, strings: TermKind, string: &[u8]) -> Key {
    match strings {
        TermKind::Text => field.token(string),
        _ => field.keyword(string),
    }
}

pub(super) fn key_of(field: &segment::Field, strings: TermKind, scalar: &Scalar) -> Key {
    match scalar {
        Scalar::Bool(bool) => field.boolean(*bool),
        Scalar::Number(number) => field.number(&number.as_numeric()),
        Scalar::String(string) => field_string(field, strings, string.as_bytes()),
    }
}

fn add_scalars(set: &mut TermSet, field: &segment::Field, strings: TermKind, scalars: &ScalarSet) {
    for (bool, has) in [(false, scalars.has_false), (true, scalars.has_true)] {
        if has {
            set.add_key(&field.boolean(bool));
        }
    }
    for number in &scalars.numbers {
        set.add_key(&field.number(&number.as_numeric()));
    }
    for string in &scalars.strings {
        set.add_key(&field_string(field, strings, string.as_bytes()));
    }
}

/// Values are in a range only with the bounds of their own type.
fn add_within(
    set: &mut TermSet,
    field: &segment::Field,
    strings: TermKind,
    lower: Option<&Bound>,
    upper: Option<&Bound>,
) {
    let (low, high) = (end(lower, number), end(upper, number));
    if let Some((low, high)) = low.zip(high) {
        set.add_range(field.numbers(low.as_ref(), high.as_ref()));
    }
    let (low, high) = (end(lower, string), end(upper, string));
    if let Some((low, high)) = low.zip(high) {
        set.add_range(field.strings(strings, low, high));
    }
}

fn number(scalar: &Scalar) -> Option<Numeric<'_>> {
    match scalar {
        Scalar::Number(number) => Some(number.as_numeric()),
        _ => None,
    }
}

fn string(scalar: &Scalar) -> Option<&[u8]> {
    match scalar {
        Scalar::String(string) => Some(string.as_bytes()),
        _ => None,
    }
}

/// The end of a range, `None` when it is of another type.
fn end<'b, T>(
    bound: Option<&'b Bound>,
    of_type: impl Fn(&'b Scalar) -> Option<T>,
) -> Option<ops::Bound<T>> {
    let Some(bound) = bound else {
        return Some(ops::Bound::Unbounded);
    };
    let value = of_type(&bound.value)?;
    Some(if bound.inclusive {
        ops::Bound::Included(value)
    } else {
        ops::Bound::Excluded(value)
    })
}

/// What a pattern asks for that asks for no more than a beginning.
fn only_prefix(pattern: &Pattern) -> Option<&str> {
    let prefix = pattern.source.strip_suffix('*')?;
    let plain = pattern.syntax == Syntax::Wildcard && !pattern.case_insensitive;
    (plain && !prefix.contains(['*', '?', '\\'])).then_some(prefix)
}

/// What of the beginning has no case.
fn without_case(text: &str) -> &[u8] {
    let cased = text.find(|character: char| character.is_ascii_alphabetic());
    &text.as_bytes()[..cased.unwrap_or(text.len())]
}
