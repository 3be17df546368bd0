//! Words in any order, some or all of them: what `match` means.

use crate::clause::Boost;
use crate::field::{Field, until};
use crate::scalar::Scalar;
use crate::statistics::{Statistics, WeighError, Weighed, Weighing};
use crate::tokens::{self, Length, Scratch, Word};
use quidditch_analysis::Analyzer;
use quidditch_document::{Damaged, Value, step};
use quidditch_segment::Weight;
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
    /// Of the exact words of text, by their place among all words of all groups.
    weights: Weighed<Rc<[Option<Weight>]>>,
    /// Which groups this document has, one bit each.
    found: Scratch<Box<[u64]>>,
    /// How often this document has each word.
    frequencies: Scratch<Box<[u32]>>,
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
        let frequencies = vec![0; groups.iter().flatten().count()].into();
        Words {
            field,
            analyzer,
            groups: groups.into(),
            needed,
            scalar,
            boost,
            index,
            weights: Weighed::default(),
            found: Scratch(RefCell::new(found)),
            frequencies: Scratch(RefCell::new(frequencies)),
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

impl Words {
    /// Whether its score is unknown until it is weighed.
    pub(crate) fn needs_statistics(&self) -> bool {
        let mut words = self.groups.iter().flatten();
        self.weights.0.is_none()
            && self.field.has_text()
            && words.any(|word| matches!(word, Word::Exact(_)))
    }

    pub(crate) fn weigh<S: Statistics>(
        &mut self,
        weighing: &mut Weighing<'_, S>,
    ) -> Result<(), WeighError<S::Error>> {
        if !self.field.has_text() {
            return Ok(());
        }
        let field = self.field.key();
        let weights = self.groups.iter().flatten().map(|word| match word {
            Word::Exact(word) => {
                let idf = weighing.rarity(&field, word)?.idf;
                weighing.weight(&field, self.boost.0, idf).map(Some)
            }
            _ => Ok(None),
        });
        self.weights = Weighed(Some(weights.collect::<Result<_, _>>()?));
        Ok(())
    }

    /// What the word at this place among all of all groups is worth by how often it is found; otherwise the boost.
    pub(crate) fn weight(&self, place: usize) -> Option<&Weight> {
        let weights = self.weights.0.as_deref();
        weights.and_then(|weights| weights.get(place)?.as_ref())
    }

    /// What it scores at most, if it is weighed: each group with its best word.
    pub(crate) fn most(&self) -> f64 {
        let mut places = 0..;
        let mut sum = 0.0;
        for group in self.groups.iter() {
            let places = places.by_ref().take(group.len());
            let most = places.map(|place| self.weight(place).map_or(self.boost.0, Weight::limit));
            sum += most.fold(0.0, f64::max);
        }
        let scalar = self.scalar.as_ref().map(|_| self.boost.0);
        scalar.map_or(sum, |scalar| scalar.max(sum))
    }

    /// The sum, in their order, of the groups that are found, of each its best word; or for a value that is the
    /// scalar, the boost if that is more. By then it is weighed.
    pub(crate) fn score(&self, root: Value<'_>) -> Result<Option<f64>, Damaged> {
        if self.needed > self.groups.len() {
            return Ok(None);
        }
        let is_scalar = match &self.scalar {
            Some(scalar) => self.field.any(root, |value| scalar.equals(value))?,
            None => false,
        };
        let frequencies = &mut *self.frequencies.0.borrow_mut();
        frequencies.fill(0);
        let mut length = Length::default();
        tokens::visit(&self.field, &self.analyzer, root, &mut |token, position| {
            length.add(position);
            if self.index.may_have(token) {
                step(frequencies.len());
                for (frequency, word) in frequencies.iter_mut().zip(self.groups.iter().flatten()) {
                    // How often counts for exact words alone, and those are quick to compare.
                    let is_known = *frequency > 0 && !matches!(word, Word::Exact(_));
                    *frequency += u32::from(!is_known && word.matches(token));
                }
            }
            until(false)
        })?;
        let mut words = frequencies.iter().enumerate();
        let (mut sum, mut matched) = (0.0, 0);
        for group in self.groups.iter() {
            let words = words.by_ref().take(group.len());
            let found = words.filter(|(_, frequency)| **frequency > 0);
            let scores = found.map(|(place, frequency)| match self.weight(place) {
                Some(weight) => weight.score(*frequency, length.code()),
                None => self.boost.0,
            });
            if let Some(best) = scores.reduce(f64::max) {
                sum += best;
                matched += 1;
            }
        }
        let words = (matched >= self.needed).then_some(sum);
        let scalar = is_scalar.then_some(self.boost.0);
        Ok(words.into_iter().chain(scalar).reduce(f64::max))
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
