//! Words in an order, near each other: what `match_phrase` means.
//!
//! Each word of the phrase has an offset. In a document its occurrences are taken back by that offset; where the
//! phrase stands literally, all of them then meet in one position. With a slop they may lie that far apart
//! (Lucene's `SloppyPhraseMatcher`), so words may have moved, or two have swapped, which costs two. A word that the
//! phrase has twice needs two occurrences, and so do a word and a prefix of it.

use crate::clause::Boost;
use crate::field::{Field, until};
use crate::tokens::{self, Scratch, Word};
use quidditch_analysis::Analyzer;
use quidditch_document::{Damaged, Value, step};
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
    /// Whether an occurrence of the last place, a prefix, may be one of an earlier place, too.
    last_shares: bool,
    hits: Scratch<Hits>,
}

/// A document's occurrences.
#[derive(Clone, Debug, Default)]
struct Hits {
    /// The positions of each place's words, ascending.
    positions: Vec<Vec<u32>>,
    /// What is chosen for each place, while one way of standing is tried.
    chosen: Vec<i64>,
}

/// A place in a phrase.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    /// From the first word on. Removed stop words leave gaps.
    pub(crate) offset: u32,
    pub(crate) words: Box<[Word]>,
    /// An earlier place with the same words.
    same_as: Option<usize>,
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
        let same_as = |place: usize| {
            (0..place)
                .rev()
                .find(|&earlier| places[earlier].1 == places[place].1)
        };
        let same_as: Vec<_> = (0..places.len()).map(same_as).collect();
        let first = places.first().map_or(0, |(offset, _)| *offset);
        let places: Rc<[Place]> = places
            .into_iter()
            .zip(same_as)
            .map(|((offset, words), same_as)| Place {
                offset: offset - first,
                words,
                same_as,
            })
            .collect();
        let last_shares = match places.split_last() {
            Some((last, earlier)) => earlier.iter().any(|place| last.covers(place)),
            None => false,
        };
        let hits = Hits {
            positions: vec![Vec::new(); places.len()],
            chosen: vec![0; places.len()],
        };
        Phrase {
            field,
            analyzer,
            places,
            slop,
            boost,
            last_shares,
            hits: Scratch(RefCell::new(hits)),
        }
    }

    pub(crate) fn matches(&self, root: Value<'_>) -> Result<bool, Damaged> {
        let hits = &mut *self.hits.0.borrow_mut();
        hits.positions.iter_mut().for_each(Vec::clear);
        let single = self.places.len() == 1;
        let broke = tokens::visit(&self.field, &self.analyzer, root, &mut |token, position| {
            step(self.places.len());
            for (place, positions) in self.places.iter().zip(&mut hits.positions) {
                if place.words.iter().any(|word| word.matches(token)) {
                    positions.push(position);
                    if single {
                        return until(true);
                    }
                }
            }
            until(false)
        })?;
        if broke || hits.positions.iter().any(Vec::is_empty) {
            return Ok(broke);
        }
        // An analyzer may give several tokens for one position, or positions out of order.
        for positions in &mut hits.positions {
            positions.sort_unstable();
            positions.dedup();
        }
        // A literal phrase begins with its first word; with a slop, any of the words may come first.
        let beginnings = if self.slop == 0 { 1 } else { self.places.len() };
        let Hits { positions, chosen } = hits;
        let starts = positions.iter().zip(self.places.iter()).take(beginnings);
        Ok(starts
            .flat_map(|(positions, place)| {
                let offset = i64::from(place.offset);
                positions
                    .iter()
                    .map(move |position| i64::from(*position) - offset)
            })
            .any(|start| {
                step(10 * self.places.len());
                self.stands_at(positions, chosen, start)
            }))
    }

    /// Whether each place has an occurrence of its own that, taken back by its offset, is at `start` or up to the
    /// slop after.
    fn stands_at(&self, positions: &[Vec<u32>], chosen: &mut [i64], start: i64) -> bool {
        let count = self.places.len();
        if !self.last_shares {
            return self.choose(count, None, positions, chosen, start);
        }
        // The others need fewer occurrences than there are places, so one of as many is free if any is.
        let earliest = start + i64::from(self.places[count - 1].offset);
        let latest = earliest + i64::from(self.slop);
        let last = &positions[count - 1];
        let next = last.partition_point(|position| i64::from(*position) < earliest);
        let near = last[next..].iter().map(|position| i64::from(*position));
        near.take_while(|position| *position <= latest)
            .take(count)
            .any(|taken| self.choose(count - 1, Some(taken), positions, chosen, start))
    }

    /// Chooses occurrences for the first so many places, other than `taken`.
    fn choose(
        &self,
        count: usize,
        taken: Option<i64>,
        positions: &[Vec<u32>],
        chosen: &mut [i64],
        start: i64,
    ) -> bool {
        let places = self.places.iter().zip(positions).take(count).enumerate();
        places.into_iter().all(|(place, (part, positions))| {
            let earliest = start + i64::from(part.offset);
            let latest = earliest + i64::from(self.slop);
            // The same words' occurrences are taken in order, each once.
            let after = part.same_as.map_or(i64::MIN, |same| chosen[same] + 1);
            let from = earliest.max(after);
            let next = positions.partition_point(|position| i64::from(*position) < from);
            let mut rest = positions[next..]
                .iter()
                .map(|position| i64::from(*position));
            match rest.find(|position| Some(*position) != taken) {
                Some(position) if position <= latest => {
                    chosen[place] = position;
                    true
                }
                _ => false,
            }
        })
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
