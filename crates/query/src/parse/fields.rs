//! Names of fields, and patterns for them.

use super::{Parser, Place};
use crate::clause::{Boost, Clause};
use crate::each_field::{EachField, matches_pattern};
use crate::error::{ErrorKind, QueryError};
use crate::field::Field;
use quidditch_document::{Path, Step};

impl Parser<'_> {
    /// A field's name, given at `at`.
    pub(super) fn field(&self, at: &Place<'_>, name: &str) -> Result<Field, QueryError> {
        if is_pattern(name) {
            let message =
                format!("\"*\" in field \"{name}\": only clauses over text take patterns");
            return Err(at.invalid(message));
        }
        let path = self.path(at, name)?;
        self.field_at(at, path)
    }

    pub(super) fn path(&self, at: &Place<'_>, name: &str) -> Result<Path, QueryError> {
        if name.is_empty() {
            return Err(at.invalid("empty field"));
        }
        Path::parse(name).map_err(|error| at.invalid(format!("field \"{name}\": {error}")))
    }

    pub(super) fn field_at(&self, at: &Place<'_>, path: Path) -> Result<Field, QueryError> {
        let name = path.to_string();
        let field = match &self.mapping {
            Some(mapping) => mapping.field(path),
            None => Field::dynamic(path),
        };
        let Some(outer) = self.nested.last() else {
            return Ok(field);
        };
        field.below(outer).ok_or_else(|| {
            at.invalid(format!(
                "field \"{name}\" is not in the nested path \"{outer}\""
            ))
        })
    }

    /// Clauses for one field, or for all the fields of text that a pattern is for. `make` may leave fields out.
    pub(super) fn for_fields(
        &mut self,
        at: &Place<'_>,
        name: &str,
        make: &mut impl FnMut(&mut Self, Field) -> Result<Option<Clause>, QueryError>,
    ) -> Result<Vec<Clause>, QueryError> {
        if !is_pattern(name) {
            let field = self.field(at, name)?;
            return Ok(make(self, field)?.into_iter().collect());
        }
        if !self.nested.is_empty() {
            let message = format!("the pattern \"{name}\" inside a nested clause is not supported");
            return Err(at.error(ErrorKind::NotSupported, message));
        }
        let (text, others, dynamic) = match &self.mapping {
            Some(mapping) => {
                let (text, others) = mapping.leaves();
                (text, others, mapping.dynamic)
            }
            None => (vec![], vec![], true),
        };
        let mut clauses = Vec::new();
        for path in &text {
            if matches_pattern(name, &path.to_string()) {
                self.count(at, 1)?;
                let field = self.field_at(at, path.clone())?;
                clauses.extend(make(self, field)?);
            }
        }
        let some = match name.strip_suffix(".keyword") {
            Some(name) => Path::of_key(name).child("keyword"),
            None => Path::of_key(name),
        };
        if dynamic && let Some(template) = make(self, Field::dynamic(some))? {
            let except = text.into_iter().chain(others).collect();
            let each = EachField::new(name, template, except, Boost::ONE);
            clauses.push(Clause::EachField(Box::new(each)));
        }
        Ok(clauses)
    }
}

/// In quotes the character stands for itself.
pub(super) fn is_pattern(name: &str) -> bool {
    name.contains('*') && !name.contains('"')
}

/// Whether a path of keys alone: those of `nested` are.
pub(super) fn has_index(path: &Path) -> bool {
    path.steps()
        .iter()
        .any(|step| matches!(step, Step::Index(_)))
}

/// `title^3`: the field and its boost.
pub(super) fn weighted<'n>(at: &Place<'_>, name: &'n str) -> Result<(&'n str, Boost), QueryError> {
    let Some((field, boost)) = name.rsplit_once('^') else {
        return Ok((name, Boost::ONE));
    };
    match boost.parse::<f64>() {
        Ok(boost) if (0.0..f64::INFINITY).contains(&boost) => Ok((field, Boost(boost))),
        _ => Err(at.invalid(format!("\"{boost}\" is not a boost, as in \"title^3\""))),
    }
}
