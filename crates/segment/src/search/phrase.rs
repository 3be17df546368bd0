//! Phrases: candidates have all the words; positions are read only when the score could matter.
//!
//! What stands where is decided as the query language's row evaluator does: each occurrence is taken back by its
//! place's offset, and where the phrase stands literally, they all meet. With a slop they may lie that far apart. A
//! place whose words another place has too needs an occurrence of its own. The frequency of a phrase is how many
//! positions it stands at.

use super::clause::{Phrase, PhrasePlace};
use super::hits::Hits;
use crate::{END, Postings, ReadPages, Result, Segment, Weight};

/// A phrase at a candidate.
pub(crate) struct PhraseHits<'p, P: ReadPages> {
    places: Vec<Place<'p, P>>,
    slop: i64,
    weight: Weight,
    /// Whether an occurrence of the last place may be one of an earlier place, too.
    last_shares: bool,
    has_positions: bool,
    document: u32,
    chosen: Vec<i64>,
    starts: Vec<i64>,
}

struct Place<'p, P: ReadPages> {
    words: Vec<Postings<'p, P>>,
    offset: i64,
    /// An earlier place with the same words.
    same_as: Option<usize>,
    /// In the candidate, ascending.
    positions: Vec<u32>,
}

impl<P: ReadPages> Place<'_, P> {
    fn seek(&mut self, target: u32) -> Result<u32, P::Error> {
        let mut first = END;
        for word in &mut self.words {
            first = first.min(word.seek(target)?);
        }
        Ok(first)
    }
}

impl<'p, P: ReadPages> PhraseHits<'p, P> {
    pub(super) fn open(
        segment: &Segment<'p, P>,
        phrase: &Phrase,
    ) -> Result<Option<PhraseHits<'p, P>>, P::Error> {
        let mut places: Vec<Place<'p, P>> = Vec::new();
        for (at, place) in phrase.places.iter().enumerate() {
            let words = open_words(segment, place)?;
            if words.is_empty() {
                return Ok(None);
            }
            let same = |earlier: &usize| {
                let earlier = &phrase.places[*earlier];
                earlier.keys == place.keys && earlier.ranges == place.ranges
            };
            places.push(Place {
                words,
                offset: i64::from(place.offset),
                same_as: (0..at).rev().find(same),
                positions: Vec::new(),
            });
        }
        let Some((last, earlier)) = phrase.places.split_last() else {
            return Ok(None);
        };
        let mut earlier = earlier.iter().flat_map(|place| &place.keys);
        let last_shares = earlier.any(|key| last.ranges.iter().any(|prefix| prefix.contains(key)));
        let mut words = places.iter().flat_map(|place| &place.words);
        let mut hits = PhraseHits {
            has_positions: words.all(Postings::has_positions),
            slop: i64::from(phrase.slop),
            weight: phrase.weight.clone(),
            last_shares,
            document: END,
            chosen: vec![0; places.len()],
            starts: Vec::new(),
            places,
        };
        hits.document = hits.align(0)?;
        Ok(Some(hits))
    }

    fn align(&mut self, mut target: u32) -> Result<u32, P::Error> {
        loop {
            let before = target;
            for place in &mut self.places {
                target = place.seek(target)?;
                if target == END {
                    return Ok(END);
                }
            }
            if target == before {
                return Ok(target);
            }
        }
    }

    /// How often the phrase stands in the candidate.
    fn count(&mut self) -> Result<u32, P::Error> {
        for place in &mut self.places {
            place.positions.clear();
            for word in &mut place.words {
                if word.document() == self.document {
                    word.positions(&mut place.positions)?;
                }
            }
            // Several words, or several tokens in one position.
            place.positions.sort_unstable();
            place.positions.dedup();
        }
        // A literal phrase begins with its first word; with a slop, any of the words may come first.
        let beginnings = if self.slop == 0 { 1 } else { self.places.len() };
        let mut starts = std::mem::take(&mut self.starts);
        starts.clear();
        for place in &self.places[..beginnings] {
            let positions = place.positions.iter();
            starts.extend(positions.map(|position| i64::from(*position) - place.offset));
        }
        starts.sort_unstable();
        starts.dedup();
        let standing = starts.iter().filter(|start| self.stands_at(**start));
        let count = standing.count() as u32;
        self.starts = starts;
        Ok(count)
    }

    /// Whether each place has an occurrence of its own that, taken back by its offset, is at `start` or up to the slop
    /// after.
    fn stands_at(&mut self, start: i64) -> bool {
        let count = self.places.len();
        if !self.last_shares {
            return self.choose(count, None, start);
        }
        // The others need fewer occurrences than there are places, so one of as many is free if any is.
        let mut taken = start + self.places[count - 1].offset;
        let latest = taken + self.slop;
        for _ in 0..count {
            match next_from(&self.places[count - 1].positions, taken) {
                Some(position) if position <= latest => {
                    if self.choose(count - 1, Some(position), start) {
                        return true;
                    }
                    taken = position + 1;
                }
                _ => return false,
            }
        }
        false
    }

    /// Chooses occurrences for the first so many places, other than `taken`.
    fn choose(&mut self, count: usize, taken: Option<i64>, start: i64) -> bool {
        for (at, place) in self.places[..count].iter().enumerate() {
            let earliest = start + place.offset;
            // The same words' occurrences are taken in order, each once.
            let after = place.same_as.map_or(i64::MIN, |same| self.chosen[same] + 1);
            let mut found = next_from(&place.positions, earliest.max(after));
            if found.is_some() && found == taken {
                found = found.and_then(|position| next_from(&place.positions, position + 1));
            }
            match found {
                Some(position) if position <= earliest + self.slop => self.chosen[at] = position,
                _ => return false,
            }
        }
        true
    }
}

fn open_words<'p, P: ReadPages>(
    segment: &Segment<'p, P>,
    place: &PhrasePlace,
) -> Result<Vec<Postings<'p, P>>, P::Error> {
    let mut words = Vec::new();
    for key in &place.keys {
        words.extend(segment.postings(key)?);
    }
    for range in &place.ranges {
        let mut terms = segment.terms(&range.from)?;
        while let Some(key) = terms.key().filter(|key| **key < *range.until) {
            if !place.keys.iter().any(|known| *known == key) {
                words.extend(terms.postings()?);
            }
            terms.advance()?;
        }
    }
    Ok(words)
}

/// The first of the positions from `from` on.
fn next_from(positions: &[u32], from: i64) -> Option<i64> {
    let next = positions.partition_point(|position| i64::from(*position) < from);
    positions.get(next).map(|position| i64::from(*position))
}

impl<P: ReadPages> Hits<P::Error> for PhraseHits<'_, P> {
    fn document(&self) -> u32 {
        self.document
    }

    fn seek(&mut self, target: u32) -> Result<u32, P::Error> {
        if target > self.document {
            self.document = self.align(target)?;
        }
        Ok(self.document)
    }

    fn confirm(&mut self, floor: f64) -> Result<Option<f64>, P::Error> {
        // It stands no more often than its rarest word; with a slop, than all its words together.
        let (mut least, mut sum, mut length) = (u32::MAX, 0u32, 0);
        for place in &mut self.places {
            let mut frequency = 0u32;
            for word in &mut place.words {
                if word.document() == self.document {
                    let (times, code) = word.frequency_and_length()?;
                    frequency = frequency.saturating_add(times);
                    length = code;
                }
            }
            least = least.min(frequency);
            sum = sum.saturating_add(frequency);
        }
        let most = if self.slop == 0 { least } else { sum };
        if self.weight.score(most, length) < floor {
            return Ok(None);
        }
        let frequency = if self.has_positions { self.count()? } else { 1 };
        Ok((frequency > 0).then(|| self.weight.score(frequency, length)))
    }

    fn bound_end(&mut self, from: u32) -> Result<u32, P::Error> {
        let mut end = END - 1;
        if self.slop == 0 {
            for place in &mut self.places {
                if let [word] = place.words.as_mut_slice()
                    && word.seek_block(from)?
                {
                    end = end.min(word.block_end());
                }
            }
        }
        Ok(end)
    }

    fn bound(&mut self, from: u32, until: u32) -> Result<f64, P::Error> {
        let mut bound = self.weight.limit();
        if self.slop == 0 {
            for place in &mut self.places {
                if let [word] = place.words.as_mut_slice() {
                    bound = bound.min(if word.seek_block(from)? {
                        word.bound(until, &self.weight)?
                    } else {
                        0.0
                    });
                }
            }
        }
        Ok(bound)
    }

    fn total_bound(&mut self) -> Result<f64, P::Error> {
        Ok(self.weight.limit())
    }

    fn cost(&self) -> u64 {
        let costs = self.places.iter().map(|place| {
            let words = place.words.iter();
            words.map(|word| u64::from(word.document_frequency())).sum()
        });
        costs.min().unwrap_or(0)
    }
}
