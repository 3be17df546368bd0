//! Words in an order, near each other: what `match_phrase` means.
//!
//! Each word of the phrase has an offset. In a document its occurrences are taken back by that offset; where the
//! phrase stands literally, all of them then meet in one position. With a slop they may lie that far apart
//! (Lucene's `SloppyPhraseMatcher`), so words may have moved, or two have swapped, which costs two. A word that the
//! phrase has twice needs two occurrences.

use crate::clause::Boost;
use crate::field::{Field, until};
use crate::tokens::{self, Scratch, Word};
use quidditch_analysis::Analyzer;
use quidditch_document::{Damaged, Value};

/// A phrase in one field's text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Phrase {
    pub(crate) field: Field,
    /// Makes the tokens of the documents.
    pub(crate) analyzer: Analyzer,
    pub(crate) places: Box<[Place]>,
    pub(crate) slop: u32,
    pub(crate) boost: Boost,
    /// Positions of this document's occurrences and the places they are of.
    hits: Scratch<Vec<(u32, u32)>>,
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
        let places = places
            .into_iter()
            .zip(same_as)
            .map(|((offset, words), same_as)| Place {
                offset: offset - first,
                words,
                same_as,
            });
        Phrase {
            field,
            analyzer,
            places: places.collect(),
            slop,
            boost,
            hits: Scratch::default(),
        }
    }

    pub(crate) fn matches(&self, root: Value<'_>) -> Result<bool, Damaged> {
        let mut hits = self.hits.0.borrow_mut();
        hits.clear();
        let single = self.places.len() == 1;
        let broke = tokens::visit(&self.field, &self.analyzer, root, &mut |token, position| {
            for (place, part) in (0u32..).zip(&self.places) {
                if part.words.iter().any(|word| word.matches(token)) {
                    hits.push((position, place));
                    if single {
                        return until(true);
                    }
                }
            }
            until(false)
        })?;
        if broke {
            return Ok(true);
        }
        // An analyzer may give several tokens for one position.
        hits.sort_unstable();
        hits.dedup();
        Ok(hits.iter().any(|&(position, place)| {
            let start = i64::from(position) - i64::from(self.places[place as usize].offset);
            self.stands_at(&hits, start, place)
        }))
    }

    /// Whether each place has an occurrence that, taken back by its offset, is at `start` or up to the slop after;
    /// the one at `first` needn't be looked for below `start`, since it is there.
    fn stands_at(&self, hits: &[(u32, u32)], start: i64, first: u32) -> bool {
        // Only the phrase's own first word can begin a literal one.
        if self.slop == 0 && first != 0 {
            return false;
        }
        if self.slop == 0 {
            return (0u32..).zip(&self.places).all(|(place, part)| {
                u32::try_from(start + i64::from(part.offset))
                    .is_ok_and(|position| hits.binary_search(&(position, place)).is_ok())
            });
        }
        let mut chosen = vec![0i64; self.places.len()];
        (0u32..).zip(&self.places).all(|(place, part)| {
            let earliest = start + i64::from(part.offset);
            let latest = earliest + i64::from(self.slop);
            // The same word's occurrences are taken in order, each once.
            let after = part.same_as.map_or(i64::MIN, |same| chosen[same] + 1);
            let from = earliest.max(after).max(0);
            let next = hits.partition_point(|&(position, _)| i64::from(position) < from);
            let occurrence = hits[next..]
                .iter()
                .take_while(|(position, _)| i64::from(*position) <= latest)
                .find(|(_, of)| *of == place);
            match occurrence {
                Some((position, _)) => {
                    chosen[place as usize] = i64::from(*position);
                    true
                }
                None => false,
            }
        })
    }
}
