//! Sets of terms, and looking through the dictionary for those that pass a test.

use super::{Dictionary, IndexQuery, Lowering};
use quidditch_document::step;
use quidditch_segment::{Clause, Field, Key, KeyRange, TermKind, is_cut};
use std::ops::ControlFlow;

/// Terms of which a document needs one.
#[derive(Debug)]
pub(super) struct TermSet {
    pub(super) keys: Vec<Vec<u8>>,
    pub(super) ranges: Vec<KeyRange>,
    pub(super) exact: bool,
}

impl TermSet {
    /// No terms yet.
    pub(super) fn new(exact: bool) -> TermSet {
        TermSet {
            keys: Vec::new(),
            ranges: Vec::new(),
            exact,
        }
    }

    pub(super) fn add_key(&mut self, key: &Key) {
        self.exact &= key.is_exact();
        self.keys.push(key.as_bytes().to_vec());
    }

    pub(super) fn add_range(&mut self, range: KeyRange) {
        // An empty one may be empty only because its bounds were cut.
        self.exact &= range.exact;
        if range.from < range.until {
            self.ranges.push(range);
        }
    }

    pub(super) fn into_query(self) -> IndexQuery {
        let TermSet {
            keys,
            ranges,
            exact,
        } = self;
        let score = 0.0;
        let query = IndexQuery {
            clause: Clause::Terms {
                keys,
                ranges,
                score,
            },
            exact,
        };
        if exact { query } else { query.inexact() }
    }
}

impl<D: Dictionary> Lowering<'_, D> {
    /// Adds the strings or tokens with this beginning that pass the test; all of the beginning when they are too many.
    pub(super) fn add_matching(
        &mut self,
        set: &mut TermSet,
        field: &Field,
        kind: TermKind,
        prefix: &[u8],
        test: &mut dyn FnMut(&[u8]) -> bool,
    ) -> Result<(), D::Error> {
        let range = field.prefix(kind, prefix);
        let start = field.as_bytes().len() + 1;
        let before = set.keys.len();
        let mut exact = field.is_exact();
        let most = self.keys_left;
        self.dictionary.terms(&range, &mut |key| {
            step(20);
            let known = set.keys[before..].last().is_some_and(|last| last == key);
            if known {
                return ControlFlow::Continue(());
            }
            // Nobody knows what a cut one is.
            let cut = is_cut(key);
            if cut || test(&key[start..]) {
                exact &= !cut;
                set.keys.push(key.to_vec());
            }
            if set.keys.len() - before > most {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        })?;
        let found = set.keys.len() - before;
        if found > most {
            set.keys.truncate(before);
            set.ranges.push(range);
            set.exact = false;
        } else {
            self.keys_left -= found;
            set.exact &= exact;
        }
        Ok(())
    }
}
