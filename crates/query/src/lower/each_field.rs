//! Each field of text under a pattern: those that the dictionary has.

use super::combine::any_of;
use super::terms::TermSet;
use super::{Dictionary, IndexQuery, Lowering, MOST_KEYS};
use crate::clause::Clause;
use crate::each_field::EachField;
use crate::mapping::{Properties, Type};
use quidditch_document::step;
use quidditch_segment::{Field, KeyRange, MAX_KEY, TermKind};
use std::ops::ControlFlow;

/// More fields aren't looked at one by one, and fewer with many words.
const MOST_FIELDS: usize = 1_024;

/// What a pattern may mean.
pub(super) struct Fields {
    /// The clauses for those that it is for.
    pub(super) clauses: Vec<Clause>,
    /// Those whose names were too long.
    pub(super) unknown: TermSet,
}

impl<D: Dictionary> Lowering<'_, D> {
    pub(super) fn each_field(&mut self, each: &EachField) -> Result<IndexQuery, D::Error> {
        let Some(fields) = self.fields_of(each)? else {
            return Ok(IndexQuery::every(false));
        };
        let mut some = self.clauses(&fields.clauses)?;
        some.push(fields.unknown.into_query());
        let found = any_of(some, 1);
        Ok(if wants_string(each) {
            found
        } else {
            found.inexact()
        })
    }

    /// The fields in which some document has a string, unless there are too many or it can't be told.
    pub(super) fn fields_of(&self, each: &EachField) -> Result<Option<Fields>, D::Error> {
        // Otherwise some of the fields may have other terms, or none.
        let has_all = self.index.dynamic && !hides_objects(&self.index.properties);
        if !has_all || self.index != self.query {
            return Ok(None);
        }
        let most = MOST_FIELDS.min(MOST_KEYS / words_in(&each.template));
        let mut fields = Fields {
            clauses: Vec::new(),
            unknown: TermSet::new(true),
        };
        let mut from = Vec::new();
        let mut seen = 0;
        while let Some(key) = self.first_from(from)? {
            step(100);
            // What no field made comes last.
            let Some(field) = Field::of_key(&key) else {
                break;
            };
            let strings = field.all(TermKind::Keyword);
            if self.first_in(&strings)?.is_some() {
                seen += 1;
                if seen > most {
                    return Ok(None);
                }
                if field.is_exact() {
                    fields.clauses.extend(each.clause_for(field.as_bytes()));
                } else {
                    fields.unknown.add_key(&field.exists());
                }
            }
            // Past all of its own terms, to those of the fields below it.
            from = field.below().from;
        }
        Ok(Some(fields))
    }

    fn first_from(&self, from: Vec<u8>) -> Result<Option<Vec<u8>>, D::Error> {
        self.first_in(&KeyRange {
            from,
            until: vec![u8::MAX; MAX_KEY],
            exact: true,
        })
    }

    fn first_in(&self, range: &KeyRange) -> Result<Option<Vec<u8>>, D::Error> {
        let mut first = None;
        self.dictionary.terms(range, &mut |key| {
            first = Some(key.to_vec());
            ControlFlow::Break(())
        })?;
        Ok(first)
    }
}

/// One at least.
fn words_in(clause: &Clause) -> usize {
    let words = match clause {
        Clause::Words(words) => words.groups.iter().map(|group| group.len()).sum(),
        Clause::Phrase(phrase) => phrase.places.iter().map(|place| place.words.len()).sum(),
        Clause::Bool(bool) => {
            let lists = [&bool.must, &bool.filter, &bool.should, &bool.must_not];
            lists.into_iter().flatten().map(words_in).sum()
        }
        _ => 1,
    };
    words.max(1)
}

/// Whether only strings match. Others may match a field that has no string in a document, which isn't looked at then.
pub(super) fn wants_string(each: &EachField) -> bool {
    match &each.template {
        Clause::Words(words) => words.scalar.is_none(),
        Clause::Phrase(_) => true,
        _ => false,
    }
}

/// Whether it is about the whole values of another field's strings.
pub(super) fn is_about_keyword(clause: &Clause) -> bool {
    match clause {
        Clause::Value(value) => value.field.is_keyword(),
        Clause::Words(words) => words.field.is_keyword(),
        Clause::Phrase(phrase) => phrase.field.is_keyword(),
        Clause::Bool(bool) => {
            let lists = [&bool.must, &bool.filter, &bool.should, &bool.must_not];
            lists.into_iter().flatten().any(is_about_keyword)
        }
        _ => false,
    }
}

/// Whether an index leaves out strings where the mapping says that objects are.
fn hides_objects(properties: &Properties) -> bool {
    properties.values().any(|property| {
        let object = matches!(property.kind, Type::Object | Type::Nested);
        object && !property.index || hides_objects(&property.properties)
    })
}
