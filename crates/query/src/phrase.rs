//! Words in an order, near each other: what `match_phrase` means. Whether they stand so is up to
//! [`quidditch_segment::Standing`].

use crate::clause::Boost;
use crate::field::{Field, until};
use crate::statistics::{Statistics, WeighError, Weighed, Weighing};
use crate::tokens::{self, Length, Scratch, Word};
use quidditch_analysis::Analyzer;
use quidditch_document::{Damaged, Value, step};
use quidditch_segment::{Standing, Weight};
use std::cell::RefCell;
use std::rc::Rc;

/// A phrase in one field's text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Phrase {
    pub(crate) field: Field,
    /// Makes the tokens of the documents.
    pub(crate) analyzer: Analyzer,
    pub(crate) places: Rc<[Place]>,
    pub(crate) slop: u32,
    pub(crate) boost: Boost,
    weight: Weighed<Weight>,
    standing: Scratch<Standing>,
}

/// A place in a phrase.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    /// From the first word on. Removed stop words leave gaps.
    pub(crate) offset: u32,
    pub(crate) words: Box<[Word]>,
}

impl Phrase {
    /// `places`: the offset of each and its words, by ascending offset.
    pub(crate) fn new(
        field: Field,
        analyzer: Analyzer,
        places: Vec<(u32, Box<[Word]>)>,
        slop: u32,
        boost: Boost,
    ) -> Phrase {
        let first = places.first().map_or(0, |(offset, _)| *offset);
        let places = places.into_iter().map(|(offset, words)| Place {
            offset: offset - first,
            words,
        });
        let places: Rc<[Place]> = places.collect();
        let last_shares = match places.split_last() {
            Some((last, earlier)) => earlier.iter().any(|place| last.covers(place)),
            None => false,
        };
        let same_as = |place: usize| {
            let mut earlier = (0..place).rev();
            earlier.find(|earlier| places[*earlier].words == places[place].words)
        };
        let offsets = places.iter().map(|place| place.offset);
        let offsets = offsets.zip((0..places.len()).map(same_as));
        let standing = Standing::new(offsets, slop, last_shares);
        Phrase {
            field,
            analyzer,
            places,
            slop,
            boost,
            weight: Weighed::default(),
            standing: Scratch(RefCell::new(standing)),
        }
    }

    pub(crate) fn matches(&self, root: Value<'_>) -> Result<bool, Damaged> {
        let standing = &mut *self.standing.0.borrow_mut();
        let first_is_enough = self.places.len() == 1;
        let (broke, _) = self.find(root, standing, first_is_enough)?;
        Ok(broke || standing.stands())
    }

    /// Finds where the words are, and how long the text is. Whether the first of them was enough.
    fn find(
        &self,
        root: Value<'_>,
        standing: &mut Standing,
        first_is_enough: bool,
    ) -> Result<(bool, Length), Damaged> {
        standing.clear();
        let mut length = Length::default();
        let broke = tokens::visit(&self.field, &self.analyzer, root, &mut |token, position| {
            step(self.places.len());
            length.add(position);
            for (at, place) in self.places.iter().enumerate() {
                if place.words.iter().any(|word| word.matches(token)) {
                    standing.positions(at).push(position);
                    if first_is_enough {
                        return until(true);
                    }
                }
            }
            until(false)
        })?;
        Ok((broke, length))
    }

    /// Whether its score is unknown until it is weighed.
    pub(crate) fn needs_statistics(&self) -> bool {
        self.weight.0.is_none() && self.has_weight()
    }

    /// Whether it has words to weigh.
    fn has_weight(&self) -> bool {
        let mut words = self.places.iter().flat_map(|place| &place.words);
        self.field.has_text() && words.any(|word| matches!(word, Word::Exact(_)))
    }

    pub(crate) fn weigh<S: Statistics>(
        &mut self,
        weighing: &mut Weighing<'_, S>,
    ) -> Result<(), WeighError<S::Error>> {
        if !self.has_weight() {
            return Ok(());
        }
        let field = self.field.key();
        let mut sum = 0.0;
        for place in self.places.iter() {
            for word in &place.words {
                if let Word::Exact(word) = word {
                    let rarity = weighing.rarity(&field, word)?;
                    if rarity.is_known || place.words.len() == 1 {
                        sum += rarity.idf;
                    }
                }
            }
        }
        self.weight = Weighed(Some(weighing.weight(&field, self.boost.0, sum)?));
        Ok(())
    }

    /// What it is worth by how often it stands; otherwise the boost.
    pub(crate) fn weight(&self) -> Option<&Weight> {
        self.weight.0.as_ref()
    }

    /// By how often the phrase stands. By then it is weighed.
    pub(crate) fn score(&self, root: Value<'_>) -> Result<Option<f64>, Damaged> {
        let standing = &mut *self.standing.0.borrow_mut();
        let (_, length) = self.find(root, standing, false)?;
        let frequency = standing.frequency();
        let score = || match self.weight() {
            Some(weight) => weight.score_of(frequency, length.code()),
            None => self.boost.0,
        };
        Ok((frequency > 0.0).then(score))
    }
}

impl Place {
    /// Whether a word of the other place begins with a prefix of this one.
    fn covers(&self, other: &Place) -> bool {
        self.words.iter().any(|word| match word {
            Word::Prefix(prefix) => other.words.iter().any(|word| match word {
                Word::Exact(word) => word.starts_with(&**prefix),
                _ => false,
            }),
            _ => false,
        })
    }
}
