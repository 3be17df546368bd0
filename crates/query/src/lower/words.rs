//! Words of a text.

use super::combine::any_of;
use super::held::Held;
use super::terms::TermSet;
use super::value::key_of;
use super::{Dictionary, IndexQuery, Lowering};
use crate::field::{Field, Kind};
use crate::tokens::Word;
use crate::words::Words;
use quidditch_analysis::Analyzer;
use quidditch_segment::TermKind;
use std::borrow::Borrow;

impl<D: Dictionary> Lowering<'_, D> {
    pub(super) fn words(&mut self, words: &Words) -> Result<IndexQuery, D::Error> {
        if words.needed > words.groups.len() {
            return Ok(IndexQuery::nothing());
        }
        if words.needed == 0 {
            return Ok(IndexQuery::every(self.nested == 0));
        }
        let tokens = self.tokens_of(&words.field, &words.analyzer);
        let Some((held, kind)) = self.held(&words.field).zip(tokens) else {
            return Ok(self.presence(&words.field));
        };
        let mut groups = Vec::new();
        for group in words.groups.iter() {
            groups.push(self.word(&held, kind, group)?.into_query());
        }
        let mut found = any_of(groups, words.needed);
        if let Some(scalar) = &words.scalar {
            let mut set = TermSet::new(held.exact);
            for field in &held.fields {
                set.add_key(&key_of(field, kind, scalar));
            }
            found = any_of(vec![set.into_query(), found], 1);
        }
        Ok(found)
    }

    /// The terms that an analyzer's tokens are in the index.
    pub(super) fn tokens_of(&self, field: &Field, analyzer: &Analyzer) -> Option<TermKind> {
        let whole = *analyzer == Analyzer::keyword();
        match &field.kind {
            Kind::Text { analyzer: own, .. } if analyzer == own => Some(TermKind::Text),
            Kind::Dynamic if *analyzer == self.index.default_analyzer() => Some(TermKind::Text),
            Kind::Dynamic | Kind::Keyword { .. } if whole => Some(TermKind::Keyword),
            _ => None,
        }
    }

    /// The terms that are one of these words.
    pub(super) fn word(
        &mut self,
        held: &Held,
        kind: TermKind,
        words: &[impl Borrow<Word>],
    ) -> Result<TermSet, D::Error> {
        let mut set = TermSet::new(held.exact);
        for field in &held.fields {
            for word in words.iter().map(Borrow::borrow) {
                let prefix = match word {
                    Word::Exact(word) => {
                        let string = word.as_bytes();
                        set.add_key(&match kind {
                            TermKind::Text => field.token(string),
                            _ => field.keyword(string),
                        });
                        continue;
                    }
                    Word::Prefix(prefix) => {
                        set.add_range(field.prefix(kind, prefix.as_bytes()));
                        continue;
                    }
                    Word::Fuzzy(fuzzy) if fuzzy.edits() > 0 => fuzzy.prefix().as_bytes(),
                    Word::Fuzzy(fuzzy) => fuzzy.word.as_bytes(),
                    Word::Pattern(pattern) => pattern.prefix(),
                };
                self.add_matching(&mut set, field, kind, prefix, &mut |token| {
                    std::str::from_utf8(token).is_ok_and(|token| word.matches(token))
                })?;
            }
        }
        Ok(set)
    }
}
