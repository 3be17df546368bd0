//! Words, phrases, and fields under a pattern, with their weights.
//!
//! A word or phrase is scored by what the index has of it where that is what the query sees. Elsewhere, as in a single
//! element of an array, texts are shorter, and what stands for the score is what no score reaches.

use super::combine::{best_of, sum_of};
use super::{IndexScore, ScoredQuery};
use crate::each_field::EachField;
use crate::lower::combine::All;
use crate::lower::each_field::{is_about_keyword, wants_string};
use crate::lower::terms::TermSet;
use crate::lower::value::key_of;
use crate::lower::{Dictionary, IndexQuery, Lowering};
use crate::phrase::Phrase;
use crate::words::Words;
use quidditch_segment::{self as segment, Clause, TermKind, Weight};

impl<D: Dictionary> Lowering<'_, D> {
    pub(super) fn scored_words(&mut self, words: &Words) -> Result<ScoredQuery, D::Error> {
        if words.needed > words.groups.len() {
            return Ok(ScoredQuery::nothing());
        }
        if words.needs_statistics() {
            return Ok(ScoredQuery::unknown(self.words(words)?));
        }
        let tokens = self.tokens_of(&words.field, &words.analyzer);
        let Some((held, kind)) = self.held(&words.field).zip(tokens) else {
            return Ok(ScoredQuery::at_most(self.words(words)?, words.most()));
        };
        let mut groups = Vec::new();
        let mut place = 0;
        for group in words.groups.iter() {
            let mut alternatives = Vec::new();
            let mut weightless = Vec::new();
            for word in group {
                match words.weight(place) {
                    Some(weight) => {
                        let set = self.word(&held, kind, &[word])?;
                        alternatives.push(weighed(set, weight));
                    }
                    None => weightless.push(word),
                }
                place += 1;
            }
            let found = self.word(&held, kind, &weightless)?.into_query();
            alternatives.push(ScoredQuery::constant(found, words.boost.0));
            groups.push(best_of(alternatives, 0.0));
        }
        let found = sum_of(All::default(), Vec::new(), groups, words.needed);
        let Some(scalar) = &words.scalar else {
            return Ok(found);
        };
        let mut set = TermSet::new(held.exact);
        for field in &held.fields {
            set.add_key(&key_of(field, kind, scalar));
        }
        let scalar = ScoredQuery::constant(set.into_query(), words.boost.0);
        Ok(best_of(vec![scalar, found], 0.0))
    }

    pub(super) fn scored_phrase(&mut self, phrase: &Phrase) -> Result<ScoredQuery, D::Error> {
        let found = self.phrase(phrase)?;
        if phrase.needs_statistics() {
            return Ok(ScoredQuery::unknown(found));
        }
        let Some(weight) = phrase.weight() else {
            return Ok(ScoredQuery::constant(found, phrase.boost.0));
        };
        Ok(match found.clause {
            Clause::Phrase(placed) if found.exact => ScoredQuery {
                clause: Clause::Phrase(segment::Phrase {
                    weight: weight.clone(),
                    ..placed
                }),
                score: IndexScore::Exact,
            },
            _ => ScoredQuery::at_most(found, weight.limit()),
        })
    }

    pub(super) fn scored_each_field(&mut self, each: &EachField) -> Result<ScoredQuery, D::Error> {
        let fields = match self.nested {
            0 => self.fields_of(each)?,
            _ => None,
        };
        let Some(fields) = fields.filter(|fields| fields.unknown.keys.is_empty()) else {
            return Ok(ScoredQuery::unknown(IndexQuery::every(false)));
        };
        let best = best_of(self.scored_clauses(&fields.clauses)?, 0.0);
        // The whole values of `f` are looked at as `f.keyword` where a document has a string under that name, too.
        let is_plain = !fields.clauses.iter().any(is_about_keyword);
        let best = if is_plain && wants_string(each) {
            best
        } else {
            best.no_better_than(IndexScore::Most)
        };
        Ok(best.boosted(each.boost.0))
    }
}

/// The documents with a word, by how often they have it if the index can tell.
fn weighed(mut set: TermSet, weight: &Weight) -> ScoredQuery {
    let is_text = |key: &Vec<u8>| TermKind::of(key) == Some(TermKind::Text);
    if set.exact && set.keys.len() == 1 && set.keys.iter().all(is_text) {
        return ScoredQuery {
            clause: Clause::Word {
                key: set.keys.remove(0),
                weight: weight.clone(),
            },
            score: IndexScore::Exact,
        };
    }
    ScoredQuery::at_most(set.into_query(), weight.limit())
}
