//! What an index has of the values that a field of a query sees.

use super::terms::TermSet;
use super::{Dictionary, IndexQuery, Lowering};
use crate::field::{Field, Kind};
use crate::mapping::{At, keys};
use quidditch_document::{Path, Step};
use quidditch_segment as segment;
use std::ops::ControlFlow;

/// The fields of the index that together have a field's values, as what the query takes them for.
pub(super) struct Held {
    pub(super) fields: Vec<segment::Field>,
    /// Whether they have no others.
    pub(super) exact: bool,
}

/// The field of the index at a path.
fn field_at(path: &Path) -> segment::Field {
    segment::Field::new(keys(path).map(str::as_bytes))
}

fn has_index(path: &Path) -> bool {
    path.steps()
        .iter()
        .any(|step| matches!(step, Step::Index(_)))
}

/// The path in the documents at which the field's own values are.
fn values_of(field: &Field) -> Option<Path> {
    if field.is_sub_field {
        field.name.parent()
    } else {
        Some(field.name.clone())
    }
}

/// Whether the field is at a key below the values that it sees.
fn is_below_its_values(field: &Field) -> bool {
    field.is_sub_field && matches!(field.name.steps().last(), Some(Step::Key { .. }))
}

impl<D: Dictionary> Lowering<'_, D> {
    /// What the mapping of the index has at a path, unless the index has nothing.
    fn stored(&self, path: &Path) -> Option<At<'_>> {
        keys(path).next()?;
        let at = self.index.at(keys(path));
        self.index.has(&at).then_some(at)
    }

    /// The paths whose scalars a field sees besides its own values: `f`, where it is `f.keyword`.
    fn keyword_of(&self, field: &Field) -> Option<Path> {
        field.name.parent().filter(|_| field.is_keyword())
    }

    /// The fields of the index with the values of this one, if they are taken for the same there.
    pub(super) fn held(&self, field: &Field) -> Option<Held> {
        let is_same = |path: &Path, is_sub_field: bool| {
            self.stored(path).is_some_and(|at| {
                matches!(at, At::SubField(_)) == is_sub_field && at.kind().sees_as(&field.kind)
            })
        };
        let own = is_same(&field.name, field.is_sub_field)
            && field.is_sub_field == is_below_its_values(field);
        if !own {
            return None;
        }
        let mut fields = vec![field_at(&field.name)];
        if let Some(path) = self.keyword_of(field) {
            if !is_same(&path, false) {
                return None;
            }
            fields.push(field_at(&path));
        }
        Some(Held {
            fields,
            exact: self.nested == 0 && !has_index(&field.name),
        })
    }

    /// The field of the index that exists where there are values at a path.
    fn existing(&self, path: &Path) -> Option<segment::Field> {
        let at = self.stored(path)?;
        let own = !matches!(at, At::SubField(_)) && !at.kind().is_limited();
        own.then(|| field_at(path))
    }

    /// What a field needs for any clause to match it that wants a value: wider than the clause.
    pub(super) fn presence(&self, field: &Field) -> IndexQuery {
        let mut set = TermSet::new(false);
        let paths = values_of(field).into_iter().chain(self.keyword_of(field));
        for path in paths {
            match self.existing(&path) {
                Some(field) => set.add_key(&field.exists()),
                None => return IndexQuery::every(false),
            }
        }
        set.into_query()
    }

    /// Where the field has some value that isn't null, or with `scalars` one that is no object either.
    pub(super) fn exists(&self, field: &Field, scalars: bool) -> Result<IndexQuery, D::Error> {
        if field.kind.is_limited() && !scalars {
            let Some(held) = self.held(field) else {
                return Ok(self.presence(field));
            };
            let mut set = TermSet::new(held.exact);
            held.fields
                .iter()
                .for_each(|field| set.add_key(&field.exists()));
            return Ok(set.into_query());
        }
        let mut set = TermSet::new(self.nested == 0 && !has_index(&field.name));
        let own = values_of(field).map(|path| (path, scalars));
        let other = self.keyword_of(field).map(|path| (path, true));
        for (path, scalars) in own.into_iter().chain(other) {
            let Some(existing) = self.existing(&path).or_else(|| self.as_sub_field(field)) else {
                return Ok(IndexQuery::every(false));
            };
            set.add_key(&existing.exists());
            if scalars && !self.has_scalars_alone(&path)? {
                set.exact = false;
            }
        }
        Ok(set.into_query())
    }

    /// The field of the index that exists with its parent, though the index has no more of the parent.
    fn as_sub_field(&self, field: &Field) -> Option<segment::Field> {
        let at = self
            .stored(&field.name)
            .filter(|_| is_below_its_values(field))?;
        let all = matches!(at, At::SubField(_)) && !at.kind().is_limited();
        all.then(|| field_at(&field.name))
    }

    /// Whether no document has an object with something in it at the path.
    fn has_scalars_alone(&self, path: &Path) -> Result<bool, D::Error> {
        let below = field_at(path).below();
        let has_all = self.index.dynamic
            && match self.index.at(keys(path)) {
                At::Unmapped => true,
                At::Property(property) | At::SubField(property) => {
                    property.properties.is_empty() && property.fields.is_empty()
                }
            };
        let mut found = !has_all || !below.exact;
        if !found {
            self.dictionary.terms(&below, &mut |_| {
                found = true;
                ControlFlow::Break(())
            })?;
        }
        Ok(!found)
    }
}

/// The kind of terms that a field's strings are to term-like clauses.
pub(super) fn strings_of(kind: &Kind) -> segment::TermKind {
    match kind {
        Kind::Text { .. } => segment::TermKind::Text,
        _ => segment::TermKind::Keyword,
    }
}
