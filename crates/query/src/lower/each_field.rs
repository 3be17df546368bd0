//! Each field of text under a pattern: those that the dictionary has.

use super::combine::any_of;
use super::{Dictionary, IndexQuery, Lowering};
use crate::clause::Clause;
use crate::each_field::EachField;
use crate::mapping::{Properties, Type};
use quidditch_document::step;
use quidditch_segment::{Field, KeyRange, MAX_KEY, TermKind, path_of};
use std::ops::ControlFlow;

/// More fields aren't looked at one by one.
const MOST_FIELDS: usize = 1_024;

impl<D: Dictionary> Lowering<'_, D> {
    pub(super) fn each_field(&mut self, each: &EachField) -> Result<IndexQuery, D::Error> {
        let Some(fields) = self.clauses_for(each)? else {
            return Ok(IndexQuery::every(false));
        };
        let found = any_of(self.clauses(&fields)?, 1);
        // Others may match a field that has no string in a document, which isn't looked at then.
        let wants_string = match &each.template {
            Clause::Words(words) => words.scalar.is_none(),
            Clause::Phrase(_) => true,
            _ => false,
        };
        Ok(if wants_string { found } else { found.inexact() })
    }

    /// Its clauses for the fields in which some document has a string, unless there are too many or it can't be told.
    fn clauses_for(&self, each: &EachField) -> Result<Option<Vec<Clause>>, D::Error> {
        // Otherwise some of the fields may have other terms, or none.
        let has_all = self.index.dynamic && !hides_objects(&self.index.properties);
        if !has_all || self.index != self.query {
            return Ok(None);
        }
        let mut clauses = Vec::new();
        let mut from = Vec::new();
        let mut seen = 0;
        while let Some(key) = self.first_from(from)? {
            step(100);
            let Some(path) = path_of(&key) else {
                return Ok(None);
            };
            let field = Field::new(path);
            let strings = field.all(TermKind::Keyword);
            if self.first_in(&strings)?.is_some() {
                seen += 1;
                if seen > MOST_FIELDS {
                    return Ok(None);
                }
                clauses.extend(each.clause_for(field.as_bytes()));
            }
            // Past all of its own terms, to those of the fields below it.
            from = field.below().from;
        }
        Ok(Some(clauses))
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

/// Whether an index leaves out strings where the mapping says that objects are.
fn hides_objects(properties: &Properties) -> bool {
    properties.values().any(|property| {
        let object = matches!(property.kind, Type::Object | Type::Nested);
        object && !property.index || hides_objects(&property.properties)
    })
}
