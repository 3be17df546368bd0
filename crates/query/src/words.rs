//! Words in any order, some or all of them: what `match` means.

use crate::clause::Boost;
use crate::field::{Field, until};
use crate::scalar::Scalar;
use crate::tokens::{self, Scratch, Word};
use quidditch_analysis::Analyzer;
use quidditch_document::{Damaged, Value, step};
use std::cell::RefCell;
use std::rc::Rc;

/// Words of one field's text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Words {
    pub(crate) field: Field,
    /// Makes the tokens of the documents.
    pub(crate) analyzer: Analyzer,
    /// A word, or the alternatives that one position of the text has.
    pub(crate) groups: Rc<[Box<[Word]>]>,
    /// How many of the groups have to be found.
    pub(crate) needed: usize,
    /// A value of the field that is this number or boolean is as good as all the words.
    pub(crate) scalar: Option<Scalar>,
    pub(crate) boost: Boost,
    index: Index,
    /// Which groups this document has, one bit each.
    found: Scratch<Box<[u64]>>,
}

/// The groups' exact words by their length and last byte, so that most tokens are done with at one look.
#[derive(Clone, Debug, PartialEq)]
struct Index {
    /// A bit for each length and last byte.
    lengths: u64,
    last_bytes: [u64; 4],
    /// Whether other words than exact ones are there.
    inexact: bool,
}

impl Words {
    pub(crate) fn new(
        field: Field,
        analyzer: Analyzer,
        groups: Vec<Box<[Word]>>,
        needed: usize,
        scalar: Option<Scalar>,
        boost: Boost,
    ) -> Words {
        let mut index = Index {
            lengths: 0,
            last_bytes: [0; 4],
            inexact: false,
        };
        for word in groups.iter().flatten() {
            match word {
                Word::Exact(word) => index.add(word),
                _ => index.inexact = true,
            }
        }
        let found = vec![0; groups.len().div_ceil(64)].into();
        Words {
            field,
            analyzer,
            groups: groups.into(),
            needed,
            scalar,
            boost,
            index,
            found: Scratch(RefCell::new(found)),
        }
    }

    pub(crate) fn matches(&self, root: Value<'_>) -> Result<bool, Damaged> {
        if self.needed > self.groups.len() {
            return Ok(false);
        }
        if let Some(scalar) = &self.scalar
            && self.field.any(root, |value| scalar.equals(value))?
        {
            return Ok(true);
        }
        let mut found = self.found.0.borrow_mut();
        found.fill(0);
        let mut missing = self.needed;
        let broke = tokens::visit(&self.field, &self.analyzer, root, &mut |token, _| {
            if !self.index.may_have(token) {
                return until(false);
            }
            step(self.groups.len());
            for (place, group) in self.groups.iter().enumerate() {
                let (block, bit) = (place / 64, 1u64 << (place % 64));
                if found[block] & bit == 0 && group.iter().any(|word| word.matches(token)) {
                    found[block] |= bit;
                    missing = missing.saturating_sub(1);
                }
            }
            until(missing == 0)
        })?;
        Ok(broke || missing == 0)
    }
}

impl Index {
    fn add(&mut self, word: &str) {
        let Some(last) = word.bytes().last() else {
            return;
        };
        self.lengths |= 1 << (word.len() % 64);
        self.last_bytes[usize::from(last) / 64] |= 1 << (last % 64);
    }

    #[inline]
    fn may_have(&self, token: &str) -> bool {
        let Some(last) = token.as_bytes().last() else {
            return true;
        };
        self.inexact
            || self.lengths >> (token.len() % 64) & 1 == 1
                && self.last_bytes[usize::from(*last) / 64] >> (last % 64) & 1 == 1
    }
}
