//! Words in an order.

use super::combine::All;
use super::held::Held;
use super::{Dictionary, IndexQuery, Lowering};
use crate::phrase::Phrase;
use crate::tokens::Word;
use quidditch_segment::{self as segment, KeyRange, PhrasePlace, TermKind};
use std::ops::ControlFlow;

/// A beginning of more words is looked for wherever they stand: each would be read side by side with the others.
const MOST_WORDS: usize = 1_024;

impl<D: Dictionary> Lowering<'_, D> {
    pub(super) fn phrase(&mut self, phrase: &Phrase) -> Result<IndexQuery, D::Error> {
        let tokens = self.tokens_of(&phrase.field, &phrase.analyzer);
        let Some((held, kind)) = self.held(&phrase.field).zip(tokens) else {
            return Ok(self.presence(&phrase.field));
        };
        let in_order = match self.places(phrase, &held, kind)? {
            Some(places) => places,
            None => return self.in_any_order(phrase, &held, kind),
        };
        Ok(IndexQuery {
            clause: segment::Clause::Phrase(segment::Phrase {
                places: in_order,
                slop: phrase.slop,
                weight: self.weight.clone(),
            }),
            exact: held.exact,
        })
    }

    /// The documents that have the words, in whatever order.
    fn in_any_order(
        &mut self,
        phrase: &Phrase,
        held: &Held,
        kind: TermKind,
    ) -> Result<IndexQuery, D::Error> {
        let mut all = All::default();
        for place in phrase.places.iter() {
            all.require(self.word(held, kind, &place.words)?.into_query());
        }
        let found = all.finish();
        Ok(if phrase.places.len() == 1 {
            found
        } else {
            found.inexact()
        })
    }

    /// The phrase for an index that can tell its order, if it can.
    fn places(
        &mut self,
        phrase: &Phrase,
        held: &Held,
        kind: TermKind,
    ) -> Result<Option<Vec<PhrasePlace>>, D::Error> {
        // Positions run on through all that a field sees, and in the index through each of its fields.
        let has_order = self.positions && kind == TermKind::Text && held.fields.len() == 1;
        let plain = |word: &Word| matches!(word, Word::Exact(_) | Word::Prefix(_));
        let words = phrase.places.iter().flat_map(|place| &place.words);
        if !has_order || phrase.places.len() == 1 || !words.into_iter().all(plain) {
            return Ok(None);
        }
        let mut places = Vec::new();
        for place in phrase.places.iter() {
            let set = self.word(held, kind, &place.words)?;
            // Words that share a key for want of space aren't the same.
            let exact = set.exact == held.exact;
            if !exact || self.has_more(&set.ranges, MOST_WORDS)? {
                return Ok(None);
            }
            places.push(PhrasePlace {
                offset: place.offset,
                keys: set.keys,
                ranges: set.ranges,
            });
        }
        Ok(Some(places))
    }

    /// Whether there are more terms in the ranges than so many.
    fn has_more(&self, ranges: &[KeyRange], most: usize) -> Result<bool, D::Error> {
        let mut count = 0;
        for range in ranges {
            self.dictionary.terms(range, &mut |_| {
                count += 1;
                if count > most {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            })?;
        }
        Ok(count > most)
    }
}
