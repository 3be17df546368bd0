//! Documents to the terms of an index.
//!
//! What a clause sees of a value decides what is stored of it; [`crate::lower`] relies on that. A value that isn't null
//! lets its path exist, and all paths on the way to it. For a field that no mapping describes it is stored as the boolean,
//! number or string that it is, and a string as its tokens, too. For a mapped field it is stored as what the field's
//! kind shows to term-like clauses. The other ways in which a mapping sees a field are fields of their own, below it by
//! their names.

mod paths;
mod target;

use crate::mapping::Mapping;
use paths::{Paths, ROOT};
use quidditch_document::{ArrayIter, Damaged, ObjectIter, Value, step};
use quidditch_segment::Terms;
use std::fmt;
use std::rc::Rc;

/// Makes the terms of documents, as a mapping says. Keep it from document to document: it knows the paths it has seen.
pub struct Indexer {
    paths: Paths,
    most_terms: usize,
}

/// One document can't have more terms, each occurrence of a token counted: they are in memory all at once.
const MOST_TERMS: usize = 8 << 20;

/// Why a document can't be indexed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexError {
    /// The document is damaged.
    Damaged(Damaged),
    /// It has more terms than an index takes.
    TooManyTerms {
        /// So many it takes.
        most: usize,
    },
}

impl From<Damaged> for IndexError {
    fn from(damaged: Damaged) -> IndexError {
        IndexError::Damaged(damaged)
    }
}

impl fmt::Display for IndexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IndexError::Damaged(damaged) => damaged.fmt(f),
            IndexError::TooManyTerms { most } => {
                write!(f, "a document of more than {most} terms can't be indexed")
            }
        }
    }
}

impl std::error::Error for IndexError {}

/// What is left of an object or array of the document, and the path to its values.
enum Open<'a> {
    Object {
        path: usize,
        pairs: ObjectIter<'a>,
        /// Where among the paths below the next key is likely to be.
        guess: usize,
    },
    Array {
        path: usize,
        elements: ArrayIter<'a>,
    },
}

impl Indexer {
    /// For documents of a column whose index has this mapping.
    pub fn new(mapping: Rc<Mapping>) -> Indexer {
        Indexer {
            paths: Paths::new(mapping),
            most_terms: MOST_TERMS,
        }
    }

    /// Replaces `terms` by those of the document.
    pub fn add(&mut self, root: Value<'_>, terms: &mut Terms) -> Result<(), IndexError> {
        terms.clear();
        self.paths.start_document();
        // On the heap, for documents may nest deeper than the stack should be trusted with; and in the document's
        // order, in which positions run.
        let mut open = Vec::new();
        let mut next = Some((ROOT, root));
        loop {
            match next.take() {
                Some((path, Value::Object(object))) => open.push(Open::Object {
                    path,
                    pairs: object.iter(),
                    guess: 0,
                }),
                Some((path, Value::Array(array))) => open.push(Open::Array {
                    path,
                    elements: array.iter(),
                }),
                Some((path, scalar)) => {
                    self.paths.add(path, scalar, terms, self.most_terms);
                    if terms.len() > self.most_terms {
                        let most = self.most_terms;
                        return Err(IndexError::TooManyTerms { most });
                    }
                }
                None => {}
            }
            step(5);
            match open.last_mut() {
                Some(Open::Object { path, pairs, guess }) => match pairs.next().transpose()? {
                    Some((_, Value::Null)) => {}
                    Some((key, value)) => {
                        next = Some((self.paths.child(*path, key, guess), value));
                    }
                    None => _ = open.pop(),
                },
                Some(Open::Array { path, elements }) => match elements.next().transpose()? {
                    Some(Value::Null) => {}
                    Some(value) => next = Some((*path, value)),
                    None => _ = open.pop(),
                },
                None => return Ok(()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quidditch_document::{Document, encode};
    use serde_json::json;

    #[test]
    fn documents_have_nothing_of_those_before() {
        let mapping = Rc::new(Mapping::default());
        let encoded = |indexer: &mut Indexer, json: serde_json::Value| {
            let bytes = encode::jsonb(&json);
            let root = Document::new(&bytes).and_then(|document| document.root());
            let mut terms = Terms::default();
            let added = indexer.add(root.expect("undamaged"), &mut terms);
            added.expect("few terms");
            let mut bytes = Vec::new();
            terms.encode(&mut bytes);
            bytes
        };
        let json = json!({"a": ["a fox", {"b": "the fox"}], "c": 5, "d": null});
        let alone = encoded(&mut Indexer::new(Rc::clone(&mapping)), json.clone());
        let mut indexer = Indexer::new(mapping);
        encoded(&mut indexer, json!({"a": "x", "b": [{"a": 5}], "c": 5}));
        for _ in 0..3 {
            assert_eq!(encoded(&mut indexer, json.clone()), alone);
        }
        // More paths than are kept.
        let many = (0..=10_000).map(|place| (format!("k{place}"), json!(place)));
        encoded(&mut indexer, many.collect());
        assert_eq!(encoded(&mut indexer, json), alone);
    }

    #[test]
    fn too_many_terms_are_refused_and_the_next_document_is_not() {
        let mut indexer = Indexer::new(Rc::default());
        indexer.most_terms = 100;
        let mut terms = Terms::default();
        let mut add = |json: serde_json::Value| {
            let bytes = encode::jsonb(&json);
            let root = Document::new(&bytes).and_then(|document| document.root());
            indexer.add(root.expect("undamaged"), &mut terms)?;
            Ok(terms.len())
        };
        let refused = Err(IndexError::TooManyTerms { most: 100 });
        assert_eq!(add(json!({"a": "word ".repeat(200)})), refused);
        assert_eq!(add(json!({"a": (0..200).collect::<Vec<_>>()})), refused);
        // It exists, as a string, and has a word.
        assert_eq!(add(json!({"a": "word"})), Ok(3));
        assert_eq!(add(json!({"a": vec![5; 99]})), Ok(100));
    }
}
