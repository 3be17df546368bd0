//! Opens clauses on a segment.

use super::all_of::AllOf;
use super::any_of::{AnyOf, Combine};
use super::any_word::AnyWord;
use super::clause::Clause;
use super::every::Every;
use super::hits::{BoxedHits, Hits, ROUNDED};
use super::phrase::PhraseHits;
use super::set::Set;
use super::term::{Term, Worth};
use crate::{END, KeyRange, ReadPages, Result, Segment};

/// An opened clause; `None` when no document of the segment matches.
type Opened<'p, E> = Result<Option<BoxedHits<'p, E>>, E>;

pub(super) fn open<'p, P: ReadPages>(
    segment: &Segment<'p, P>,
    clause: &Clause,
) -> Opened<'p, P::Error> {
    match clause {
        Clause::Every { score } => Ok(Some(every(segment, *score))),
        Clause::Terms {
            keys,
            ranges,
            score,
        } => terms(segment, keys, ranges, *score),
        Clause::Word { .. } => Ok(match word(segment, clause)? {
            Some(term) => Some(Box::new(term)),
            None => None,
        }),
        Clause::Phrase(phrase) => Ok(match PhraseHits::open(segment, phrase)? {
            Some(hits) => Some(Box::new(hits)),
            None => None,
        }),
        Clause::Bool {
            must,
            filter,
            must_not,
            should,
            needed,
        } => {
            let mut required = Vec::new();
            let scored = must.iter().map(|clause| (clause, true));
            for (clause, scored) in scored.chain(filter.iter().map(|clause| (clause, false))) {
                match open(segment, clause)? {
                    Some(hits) => required.push((hits, scored)),
                    None => return Ok(None),
                }
            }
            let mut optional = Vec::new();
            if required.is_empty() && *needed > 0 {
                match any_of(segment, should, Combine::Sum, *needed)? {
                    Some(hits) if must_not.is_empty() => return Ok(Some(hits)),
                    Some(hits) => required.push((hits, true)),
                    None => return Ok(None),
                }
            } else {
                for clause in should {
                    optional.extend(open(segment, clause)?);
                }
            }
            if optional.len() < *needed && required.is_empty() {
                return Ok(None);
            }
            let excluded = must_not.iter().map(|clause| open(segment, clause));
            let excluded = excluded.filter_map(Result::transpose);
            let excluded = excluded.collect::<Result<Vec<_>, P::Error>>()?;
            if required.is_empty() {
                let is_empty = must_not.is_empty() && should.is_empty();
                required.push((every(segment, f64::from(u8::from(is_empty))), true));
            }
            let needed = if must.is_empty() && filter.is_empty() {
                0
            } else {
                *needed
            };
            Ok(Some(Box::new(AllOf::new(
                required, optional, needed, excluded,
            )?)))
        }
        Clause::DisMax {
            clauses,
            tie_breaker,
        } => any_of(segment, clauses, Combine::Best(*tie_breaker), 1),
        Clause::Constant { clause, score } => {
            let hits = open(segment, clause)?;
            Ok(hits.map(|hits| rescored(hits, Rescore::Constant(*score))))
        }
        Clause::Boosted { clause, boost } => {
            let hits = open(segment, clause)?;
            Ok(hits.map(|hits| rescored(hits, Rescore::Times(*boost))))
        }
    }
}

fn every<'p, P: ReadPages>(segment: &Segment<'p, P>, score: f64) -> BoxedHits<'p, P::Error> {
    Box::new(Every::new(segment.documents(), score))
}

fn rescored<'p, E: 'p>(hits: BoxedHits<'p, E>, rescore: Rescore) -> BoxedHits<'p, E> {
    Box::new(Rescored { hits, rescore })
}

fn word<'p, P: ReadPages>(
    segment: &Segment<'p, P>,
    clause: &Clause,
) -> Result<Option<Term<'p, P>>, P::Error> {
    let Clause::Word { key, weight } = clause else {
        return Ok(None);
    };
    let postings = segment.postings(key)?;
    Ok(postings.map(|postings| Term::new(postings, Worth::Weight(weight.clone()))))
}

fn any_of<'p, P: ReadPages>(
    segment: &Segment<'p, P>,
    clauses: &[Clause],
    combine: Combine,
    needed: usize,
) -> Opened<'p, P::Error> {
    // Words alone need no detour through a table of functions for each posting.
    if clauses
        .iter()
        .all(|clause| matches!(clause, Clause::Word { .. }))
    {
        let words = clauses.iter().map(|clause| word(segment, clause));
        let words = words.filter_map(Result::transpose);
        let words = words.collect::<Result<Vec<_>, P::Error>>()?;
        if words.len() < needed.max(1) {
            return Ok(None);
        }
        return Ok(Some(Box::new(AnyWord::new(words, combine, needed)?)));
    }
    let hits = clauses.iter().map(|clause| open(segment, clause));
    let hits = hits.filter_map(Result::transpose);
    let hits = hits.collect::<Result<Vec<_>, P::Error>>()?;
    if hits.len() < needed.max(1) {
        return Ok(None);
    }
    Ok(Some(Box::new(AnyOf::new(hits, combine, needed)?)))
}

fn terms<'p, P: ReadPages>(
    segment: &Segment<'p, P>,
    keys: &[Vec<u8>],
    ranges: &[KeyRange],
    score: f64,
) -> Opened<'p, P::Error> {
    if let ([key], []) = (keys, ranges) {
        let postings = segment.postings(key)?;
        return Ok(match postings {
            Some(postings) => Some(Box::new(Term::new(postings, Worth::Score(score)))),
            None => None,
        });
    }
    let mut count = 0;
    for key in keys {
        count += u64::from(segment.document_frequency(key)?);
    }
    for range in ranges {
        count += segment.range_frequency(range)?;
    }
    if count == 0 {
        return Ok(None);
    }
    let mut set = Set::new(segment.documents(), count, score);
    let mut add = |mut postings: crate::Postings<'p, P>| -> Result<(), P::Error> {
        let mut document = postings.document();
        while document != END {
            set.insert(document);
            document = postings.advance()?;
        }
        Ok(())
    };
    for key in keys {
        segment.postings(key)?.map_or(Ok(()), &mut add)?;
    }
    for range in ranges {
        let mut cursor = segment.terms(&range.from)?;
        while cursor.key().is_some_and(|key| *key < *range.until) {
            cursor.postings()?.map_or(Ok(()), &mut add)?;
            cursor.advance()?;
        }
    }
    Ok(Some(Box::new(set.start())))
}

/// A clause with other scores than its own.
struct Rescored<'p, E> {
    hits: BoxedHits<'p, E>,
    rescore: Rescore,
}

#[derive(Clone, Copy)]
enum Rescore {
    Constant(f64),
    Times(f64),
}

impl Rescore {
    fn of(self, score: f64) -> f64 {
        match self {
            Rescore::Constant(score) => score,
            Rescore::Times(boost) => boost * score,
        }
    }

    /// What the clause's own score has to be at least for that score.
    fn floor(self, floor: f64) -> f64 {
        match self {
            Rescore::Times(boost) if boost > 0.0 && floor > 0.0 => floor / boost / ROUNDED,
            _ => f64::NEG_INFINITY,
        }
    }
}

impl<E> Hits<E> for Rescored<'_, E> {
    fn document(&self) -> u32 {
        self.hits.document()
    }

    fn seek(&mut self, target: u32) -> Result<u32, E> {
        self.hits.seek(target)
    }

    fn confirm(&mut self, floor: f64) -> Result<Option<f64>, E> {
        let score = self.hits.confirm(self.rescore.floor(floor))?;
        Ok(score.map(|score| self.rescore.of(score)))
    }

    fn bound_end(&mut self, from: u32) -> Result<u32, E> {
        match self.rescore {
            Rescore::Constant(_) => Ok(END - 1),
            Rescore::Times(_) => self.hits.bound_end(from),
        }
    }

    fn bound(&mut self, from: u32, until: u32) -> Result<f64, E> {
        match self.rescore {
            Rescore::Constant(score) => Ok(score),
            Rescore::Times(_) => Ok(self.rescore.of(self.hits.bound(from, until)?)),
        }
    }

    fn total_bound(&mut self) -> Result<f64, E> {
        Ok(self.rescore.of(self.hits.total_bound()?))
    }

    fn cost(&self) -> u64 {
        self.hits.cost()
    }

    fn raise_floor(&mut self, floor: f64) -> bool {
        match self.rescore.floor(floor) {
            f64::NEG_INFINITY => false,
            floor => self.hits.raise_floor(floor),
        }
    }
}
