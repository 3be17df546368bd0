//! Patterns for the names of fields, as in `"fields": ["*"]` and `["title.*"]`: each field of text that a document
//! has under such a name is looked at by itself.
//!
//! What a document has is found out by walking it. A clause is made for each field once, and kept: the documents
//! of one table tend to have the same fields.

use crate::clause::{Boost, Clause};
use crate::field::Field;
use crate::tokens::Scratch;
use quidditch_document::{Damaged, Path, Value, step};
use std::collections::HashMap;
use std::ops::ControlFlow;

/// A clause for each field under a pattern.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct EachField {
    pub(crate) pattern: Box<str>,
    /// A clause for some field, to be made one for others.
    pub(crate) template: Clause,
    /// Fields that the mapping describes; they have clauses of their own, or are no text.
    pub(crate) except: Box<[Path]>,
    pub(crate) boost: Boost,
    known: Scratch<Known>,
}

/// The fields seen so far.
#[derive(Clone, Debug, Default)]
struct Known {
    /// Their clauses by the keys on the way; `None` for those that the pattern leaves out.
    clauses: HashMap<Box<[u8]>, Option<usize>>,
    made: Vec<Clause>,
    /// Those of the current document.
    present: Vec<usize>,
}

/// More fields are not remembered: documents whose keys are data have new ones all the time.
const MOST_KNOWN: usize = 2_000;

/// Before each of the keys on the way to a field. No byte of UTF-8 text.
const SEPARATOR: u8 = 0xFF;

impl EachField {
    pub(crate) fn new(
        pattern: &str,
        template: Clause,
        except: Vec<Path>,
        boost: Boost,
    ) -> EachField {
        EachField {
            pattern: pattern.into(),
            template,
            except: except.into(),
            boost,
            known: Scratch::default(),
        }
    }

    /// Whether some field's clause matches by `matches`.
    pub(crate) fn any<E: From<Damaged>>(
        &self,
        root: Value<'_>,
        mut matches: impl FnMut(&Clause) -> Result<bool, E>,
    ) -> Result<bool, E> {
        let known = &mut *self.known.0.borrow_mut();
        known.present.clear();
        if known.clauses.len() > MOST_KNOWN {
            *known = Known::default();
        }
        self.find(root, known)?;
        known.present.sort_unstable();
        known.present.dedup();
        for &place in &known.present {
            if matches(&known.made[place])? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Walks the document, on the heap: documents may nest deeper than the stack should be trusted with.
    fn find(&self, root: Value<'_>, known: &mut Known) -> Result<(), Damaged> {
        // The keys on the way, and the objects that are open: how long the keys to each are, and what is left of it.
        let mut keys = Vec::new();
        let mut open = Vec::new();
        let mut next = Some(root);
        loop {
            if let Some(value) = next.take() {
                let _: ControlFlow<()> = value.visit(&mut |value| {
                    match value {
                        Value::Object(object) => open.push((keys.len(), object.iter())),
                        Value::String(_) if !keys.is_empty() => self.see(&keys, known),
                        _ => {}
                    }
                    ControlFlow::Continue(())
                })?;
            }
            let Some((length, pairs)) = open.last_mut() else {
                return Ok(());
            };
            match pairs.next() {
                Some(pair) => {
                    step(5);
                    let (key, value) = pair?;
                    keys.truncate(*length);
                    keys.push(SEPARATOR);
                    keys.extend_from_slice(key);
                    next = Some(value);
                }
                None => _ = open.pop(),
            }
        }
    }

    fn see(&self, keys: &[u8], known: &mut Known) {
        if let Some(place) = known.clauses.get(keys) {
            known.present.extend(place);
            return;
        }
        let place = self.clause_for(keys).map(|clause| {
            known.made.push(clause);
            known.made.len() - 1
        });
        known.clauses.insert(keys.into(), place);
        known.present.extend(place);
    }

    fn clause_for(&self, keys: &[u8]) -> Option<Clause> {
        let mut path: Option<Path> = None;
        // As users write it, dots or not.
        let mut name = String::new();
        for key in keys.split(|byte| *byte == SEPARATOR).skip(1) {
            let key = std::str::from_utf8(key).ok()?;
            if path.is_some() {
                name.push('.');
            }
            name.push_str(key);
            path = Some(match path {
                Some(path) => path.child(key),
                None => Path::of_key(key),
            });
        }
        let path = path?;
        if self.except.contains(&path) {
            return None;
        }
        let field = if matches_pattern(&self.pattern, &name) {
            path
        } else if self.pattern.ends_with(".keyword")
            && matches_pattern(&self.pattern, &(name + ".keyword"))
        {
            path.child("keyword")
        } else {
            return None;
        };
        Some(self.template.for_field(&Field::dynamic(field)))
    }
}

/// Whether a name is of a pattern whose `*` stand for any characters.
pub(crate) fn matches_pattern(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(mut name) = name.strip_prefix(start) else {
        return false;
    };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return name.ends_with(part);
        }
        match name.find(part) {
            Some(place) => name = &name[place + part.len()..],
            None => return false,
        }
    }
    true
}

impl Clause {
    /// The clause with another field in the place of its own.
    fn for_field(&self, field: &Field) -> Clause {
        let mut clause = self.clone();
        clause.set_field(field);
        clause
    }

    fn set_field(&mut self, field: &Field) {
        match self {
            Clause::Value(value) => value.field = field.clone(),
            Clause::Words(words) => words.field = field.clone(),
            Clause::Phrase(phrase) => phrase.field = field.clone(),
            Clause::Bool(bool) => {
                let lists = [
                    &mut bool.must,
                    &mut bool.filter,
                    &mut bool.should,
                    &mut bool.must_not,
                ];
                for clause in lists.into_iter().flatten() {
                    clause.set_field(field);
                }
            }
            _ => {}
        }
    }
}
