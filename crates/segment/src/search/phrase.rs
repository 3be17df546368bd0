//! Phrases: candidates have all the words; positions are read only when the score could matter.
//!
//! What stands where, and how often, is up to [`Standing`].

use super::clause::{Phrase, PhrasePlace};
use super::hits::Hits;
use crate::{END, Postings, ReadPages, Result, Segment, Standing, Weight};

/// A phrase at a candidate.
pub(crate) struct PhraseHits<'p, P: ReadPages> {
    places: Vec<Place<'p, P>>,
    standing: Standing,
    slop: u32,
    weight: Weight,
    has_positions: bool,
    document: u32,
}

struct Place<'p, P: ReadPages> {
    words: Vec<Postings<'p, P>>,
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
        for place in &phrase.places {
            let words = open_words(segment, place)?;
            if words.is_empty() {
                return Ok(None);
            }
            places.push(Place { words });
        }
        let offsets = phrase.places.iter().enumerate().map(|(at, place)| {
            let same = |earlier: &usize| {
                let earlier = &phrase.places[*earlier];
                earlier.keys == place.keys && earlier.ranges == place.ranges
            };
            (place.offset, (0..at).rev().find(same))
        });
        let Some((last, earlier)) = phrase.places.split_last() else {
            return Ok(None);
        };
        let mut earlier = earlier.iter().flat_map(|place| &place.keys);
        let last_shares = earlier.any(|key| last.ranges.iter().any(|prefix| prefix.contains(key)));
        let mut words = places.iter().flat_map(|place| &place.words);
        let mut hits = PhraseHits {
            has_positions: words.all(Postings::has_positions),
            standing: Standing::new(offsets, phrase.slop, last_shares),
            slop: phrase.slop,
            weight: phrase.weight.clone(),
            document: END,
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
    fn frequency(&mut self) -> Result<f64, P::Error> {
        self.standing.clear();
        for (at, place) in self.places.iter_mut().enumerate() {
            for word in &mut place.words {
                if word.document() == self.document {
                    word.positions(self.standing.positions(at))?;
                }
            }
        }
        Ok(self.standing.frequency())
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
        let frequency = if self.has_positions {
            self.frequency()?
        } else {
            1.0
        };
        let score = || self.weight.score_of(frequency, length);
        Ok((frequency > 0.0).then(score))
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
