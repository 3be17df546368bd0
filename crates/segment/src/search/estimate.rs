//! How many documents a clause is likely to match, for a planner: frequencies are exact, and what clauses have to do with
//! each other is anybody's guess, so they are taken for independent.

use super::clause::{Clause, PhrasePlace};
use crate::{KeyRange, ReadPages, Result, Segment};

/// So many terms of a range are looked at; what the others have is what these have.
const MOST_TERMS: usize = 4_096;

impl<P: ReadPages> Segment<'_, P> {
    /// About how many documents match, dead ones too.
    pub fn estimate(&self, clause: &Clause) -> Result<f64, P::Error> {
        Ok(f64::from(self.documents()) * self.share(clause)?)
    }

    /// The part of the documents that match: from 0 to 1.
    fn share(&self, clause: &Clause) -> Result<f64, P::Error> {
        match clause {
            Clause::Every { .. } => Ok(1.0),
            Clause::Terms { keys, ranges, .. } => self.share_of_terms(keys, ranges),
            Clause::Word { key, .. } => self.share_of_terms(std::slice::from_ref(key), &[]),
            Clause::Phrase(phrase) => {
                let places = phrase.places.iter();
                self.all(
                    places
                        .map(|PhrasePlace { keys, ranges, .. }| self.share_of_terms(keys, ranges)),
                )
            }
            Clause::Bool {
                must,
                filter,
                must_not,
                should,
                needed,
            } => {
                let required = must.iter().chain(filter);
                let required = self.all(required.map(|clause| self.share(clause)))?;
                let allowed = must_not.iter();
                let allowed = self.all(allowed.map(|clause| Ok(1.0 - self.share(clause)?)))?;
                Ok(required * allowed * self.share_of_some(should, *needed)?)
            }
            Clause::DisMax { clauses, .. } => self.share_of_some(clauses, 1),
            Clause::Constant { clause, .. } | Clause::Boosted { clause, .. } => self.share(clause),
        }
    }

    fn all(&self, shares: impl Iterator<Item = Result<f64, P::Error>>) -> Result<f64, P::Error> {
        let mut all = 1.0;
        for share in shares {
            all *= share?;
        }
        Ok(all)
    }

    /// Documents rarely have two of the terms: they are values of one field, as a rule.
    fn share_of_terms(&self, keys: &[Vec<u8>], ranges: &[KeyRange]) -> Result<f64, P::Error> {
        let mut postings = 0.0;
        for key in keys {
            postings += f64::from(self.document_frequency(key)?);
        }
        for range in ranges {
            postings += self.estimate_range(range)?;
        }
        // A segment without documents has no terms either.
        Ok((postings / f64::from(self.documents().max(1))).min(1.0))
    }

    /// About how many postings the terms of a range have: those of the first terms, and on how many more leaves of the
    /// dictionary there are others.
    fn estimate_range(&self, range: &KeyRange) -> Result<f64, P::Error> {
        let mut terms = self.terms(&range.from)?;
        let first = terms.leaf_ordinal();
        // The range may begin within the first leaf, so it is no measure of the others.
        let (mut on_first, mut on_others) = (0.0, 0.0);
        let mut seen = 0;
        let mut leaf = first;
        while terms.key().is_some_and(|key| *key < *range.until) {
            let next = terms.leaf_ordinal();
            if seen >= MOST_TERMS && next > leaf && leaf > first {
                let last = self.terms(&range.until)?.leaf_ordinal();
                let others = on_others / f64::from(leaf - first);
                let left = f64::from(last.saturating_sub(next)) + 0.5;
                return Ok(on_first + on_others + others * left);
            }
            leaf = next;
            let postings = f64::from(terms.document_frequency());
            *(if leaf == first {
                &mut on_first
            } else {
                &mut on_others
            }) += postings;
            seen += 1;
            terms.advance()?;
        }
        Ok(on_first + on_others)
    }

    /// That at least so many of the clauses match.
    fn share_of_some(&self, clauses: &[Clause], needed: usize) -> Result<f64, P::Error> {
        if needed > clauses.len() {
            return Ok(0.0);
        }
        // That exactly so many of the clauses so far match, for less than are needed.
        let mut exactly = vec![0.0; needed];
        if let Some(none) = exactly.first_mut() {
            *none = 1.0;
        }
        for clause in clauses {
            let share = self.share(clause)?;
            for count in (0..needed).rev() {
                let before = count.checked_sub(1).map_or(0.0, |before| exactly[before]);
                exactly[count] = exactly[count] * (1.0 - share) + before * share;
            }
        }
        Ok((1.0 - exactly.iter().sum::<f64>()).max(0.0))
    }
}
