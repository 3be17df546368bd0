//! Patterns for the names of fields, as in `"fields": ["*"]` and `["title.*"]`: each field of text that a document
//! has under such a name is looked at by itself.
//!
//! What a document has is found out by walking it. A clause is made for each field once, and kept: the documents
//! of one table tend to have the same fields. Of those that an index knows it is made when the query is weighed.

use crate::clause::{Boost, Clause};
use crate::field::Field;
use crate::statistics::{Statistics, WeighError, Weighed, Weighing};
use crate::tokens::Scratch;
use quidditch_document::{Damaged, Path, Value, step};
use quidditch_segment::PATH_SEPARATOR;
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::rc::Rc;

/// A clause for each field under a pattern.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct EachField {
    pub(crate) pattern: Box<str>,
    /// A clause for some field, to be made one for others.
    pub(crate) template: Clause,
    /// Fields that the mapping describes; they have clauses of their own, or are no text.
    pub(crate) except: Box<[Path]>,
    pub(crate) boost: Boost,
    weighed: Weighed<Rc<WeighedFields>>,
    known: Scratch<Known>,
}

/// Clauses with weights.
#[derive(Debug)]
struct WeighedFields {
    /// By the keys on the way to the field.
    clauses: HashMap<Box<[u8]>, Clause>,
    /// The template for fields that the index doesn't know.
    template: Clause,
}

/// The fields seen so far.
#[derive(Clone, Debug, Default)]
struct Known {
    /// Their clauses by the keys on the way, with separators between; `None` for those that the pattern leaves out.
    clauses: HashMap<Box<[u8]>, Option<usize>>,
    made: Vec<Clause>,
    /// Those of the current document.
    present: Vec<usize>,
}

/// More fields are not remembered: documents whose keys are data have new ones all the time.
const MOST_KNOWN: usize = 2_000;

/// More fields are not weighed.
const MOST_WEIGHED: usize = 1_024;

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
            weighed: Weighed::default(),
            known: Scratch::default(),
        }
    }

    /// Whether its score is unknown until it is weighed.
    pub(crate) fn needs_statistics(&self) -> bool {
        self.weighed.0.is_none() && self.template.needs_statistics()
    }

    pub(crate) fn weigh<S: Statistics>(
        &mut self,
        weighing: &mut Weighing<'_, S>,
    ) -> Result<(), WeighError<S::Error>> {
        let mut template = self.template.clone();
        template.weigh(&mut weighing.of_nothing(), true)?;
        let mut found: HashMap<Box<[u8]>, Clause> = HashMap::new();
        if let (Some(statistics), true) = (weighing.statistics(), self.template.needs_statistics())
        {
            let mut visit = |path: &[u8]| {
                step(100);
                // A path that was cut is no field's name.
                let keys = path.split(|byte| *byte == PATH_SEPARATOR);
                let is_whole = quidditch_segment::Field::new(keys).as_bytes() == path;
                if let (true, Some(field)) = (is_whole, self.field_of(path)) {
                    found.insert(path.into(), self.template.for_field(&field));
                }
                crate::field::until(found.len() > MOST_WEIGHED)
            };
            let shown = statistics.text_fields(&mut visit);
            shown.map_err(WeighError::Statistics)?;
        }
        if found.len() > MOST_WEIGHED {
            return Err(WeighError::TooManyFields {
                pattern: self.pattern.to_string(),
                most: MOST_WEIGHED,
            });
        }
        for clause in found.values_mut() {
            clause.weigh(weighing, true)?;
        }
        self.known = Scratch::default();
        self.weighed = Weighed(Some(Rc::new(WeighedFields {
            clauses: found,
            template,
        })));
        Ok(())
    }

    /// Shows the clause of each field that the document has, until `see` breaks.
    pub(crate) fn each<E: From<Damaged>>(
        &self,
        root: Value<'_>,
        mut see: impl FnMut(&Clause) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        let known = &mut *self.known.0.borrow_mut();
        known.present.clear();
        if known.clauses.len() > MOST_KNOWN {
            *known = Known::default();
        }
        self.find(root, known)?;
        known.present.sort_unstable();
        known.present.dedup();
        for &place in &known.present {
            if see(&known.made[place])?.is_break() {
                break;
            }
        }
        Ok(())
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
                        // A separator comes before each key, the first one too.
                        Value::String(_) if !keys.is_empty() => self.see(&keys[1..], known),
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
                    keys.push(PATH_SEPARATOR);
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

    /// The clause for a field, unless the pattern leaves it out; a separator stands between the keys on the way.
    pub(crate) fn clause_for(&self, keys: &[u8]) -> Option<Clause> {
        let weighed = self.weighed.0.as_deref();
        if let Some(clause) = weighed.and_then(|weighed| weighed.clauses.get(keys)) {
            return Some(clause.clone());
        }
        let field = self.field_of(keys)?;
        // Whole values need no weights.
        let weighed = weighed.filter(|_| field.has_text());
        let template = weighed.map_or(&self.template, |weighed| &weighed.template);
        Some(template.for_field(&field))
    }

    /// The field at the end of these keys, if the pattern is for it.
    fn field_of(&self, keys: &[u8]) -> Option<Field> {
        let mut path: Option<Path> = None;
        // As users write it, dots or not.
        let mut name = String::new();
        for key in keys.split(|byte| *byte == PATH_SEPARATOR) {
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
        Some(Field::dynamic(field))
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
