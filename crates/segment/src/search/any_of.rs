//! Clauses of which some have to match: MAXSCORE within windows of documents in which each clause's scores are bounded
//! by its blocks.
//!
//! In a window the clauses are ordered by what they can score there. Those at the lower end that together can't reach
//! the floor needn't be walked: a document that only they have doesn't matter. They are asked for documents of the
//! others, and only while that can still make a difference.

use super::hits::{Hits, ROUNDED};
use crate::{END, Result};

/// How the scores of those that match become one. Zeros make no difference.
#[derive(Clone, Copy)]
pub(crate) enum Combine {
    Sum,
    /// The best, and so much of each other.
    Best(f64),
}

/// What is known of several scores, which is enough to combine them.
#[derive(Clone, Copy, Default)]
pub(super) struct Tally {
    sum: f64,
    best: f64,
}

impl Tally {
    fn of(scores: &[f64]) -> Tally {
        let none = Tally::default();
        scores.iter().fold(none, |tally, score| tally.with(*score))
    }

    #[inline]
    pub(super) fn with(self, score: f64) -> Tally {
        self.and(Tally {
            sum: score,
            best: score,
        })
    }

    #[inline]
    fn and(self, others: Tally) -> Tally {
        Tally {
            sum: self.sum + others.sum,
            best: self.best.max(others.best),
        }
    }
}

impl Combine {
    #[inline]
    fn of(self, scores: Tally) -> f64 {
        let Tally { sum, best } = scores;
        match self {
            Combine::Sum => sum,
            Combine::Best(tie_breaker) => best + tie_breaker * (sum - best),
        }
    }

    /// What none of the scores exceeds that come of scores with these bounds.
    fn bound(self, bounds: &[f64]) -> f64 {
        let bound = self.of(Tally::of(bounds));
        match self {
            // A rounded sum doesn't fall when what is summed rises.
            Combine::Sum => bound,
            // The difference from the best may, in the last bits.
            Combine::Best(_) => bound * ROUNDED,
        }
    }
}

/// Goes through the documents that some of the clauses have.
pub(crate) struct AnyOf<T> {
    pub(super) children: Vec<T>,
    combine: Combine,
    needed: usize,
    pub(super) document: u32,
    pub(super) floor: f64,
    /// The window's last document. Without a floor there is one window.
    pub(super) window_end: u32,
    total_bounds: Vec<f64>,
    /// What the children score at most in the window.
    bounds: Vec<f64>,
    /// The children by ascending bound.
    pub(super) order: Vec<usize>,
    /// By rank in this order: what the children up to there score at most together.
    open: Vec<Tally>,
    /// How many of these needn't be walked.
    pub(super) optional: usize,
    /// What a child's bound has to be added to for what it has to score, in a document that reaches the floor.
    missing: f64,
    /// Of the candidate, by child.
    pub(super) scores: Vec<f64>,
}

impl<T> AnyOf<T> {
    pub(crate) fn new<E>(
        mut children: Vec<T>,
        combine: Combine,
        needed: usize,
    ) -> Result<AnyOf<T>, E>
    where
        T: Hits<E>,
    {
        let document = children.iter().map(T::document).min().unwrap_or(END);
        let total_bounds = children.iter_mut().map(T::total_bound);
        let total_bounds = total_bounds.collect::<Result<Vec<_>, E>>()?;
        let mut any_of = AnyOf {
            combine,
            needed: needed.max(1),
            document,
            floor: f64::NEG_INFINITY,
            window_end: END - 1,
            bounds: total_bounds.clone(),
            total_bounds,
            order: (0..children.len()).collect(),
            open: vec![Tally::default(); children.len()],
            optional: 0,
            missing: f64::NEG_INFINITY,
            scores: vec![0.0; children.len()],
            children,
        };
        any_of.partition();
        Ok(any_of)
    }

    /// Orders the children by `bounds`, and finds those that needn't be walked.
    fn partition(&mut self) {
        let bounds = &self.bounds;
        self.order
            .sort_unstable_by(|left, right| bounds[*left].total_cmp(&bounds[*right]));
        let mut open = Tally::default();
        for (place, open_here) in self.order.iter().zip(&mut self.open) {
            open = open.with(bounds[*place]);
            *open_here = open;
        }
        self.optional = 0;
        self.apply_floor();
    }

    fn apply_floor(&mut self) {
        let open = self.open[self.optional..].iter();
        let cannot = |open: &&Tally| self.combine.of(**open) * ROUNDED < self.floor;
        self.optional += open.take_while(cannot).count();
        self.missing = match (self.combine, self.open.last()) {
            (Combine::Sum, Some(all)) => self.floor - all.sum * ROUNDED,
            _ => f64::NEG_INFINITY,
        };
    }

    /// Whether scores come to no more than their sum.
    pub(super) fn is_within_sum(&self) -> bool {
        match self.combine {
            Combine::Sum => true,
            Combine::Best(tie_breaker) => tie_breaker <= 1.0,
        }
    }

    /// What the children that needn't be walked score at most together.
    pub(super) fn optional_bound(&self) -> f64 {
        match self.optional {
            0 => 0.0,
            optional => self.combine.of(self.open[optional - 1]) * ROUNDED,
        }
    }

    pub(super) fn open_window<E>(&mut self, from: u32) -> Result<(), E>
    where
        T: Hits<E>,
    {
        self.bounds.copy_from_slice(&self.total_bounds);
        self.partition();
        let mut end = END - 1;
        for place in &self.order[self.optional..] {
            end = end.min(self.children[*place].bound_end(from)?);
        }
        self.window_end = end;
        if self.optional < self.order.len() {
            for (child, bound) in self.children.iter_mut().zip(&mut self.bounds) {
                *bound = child.bound(from, end)?;
            }
            self.partition();
        }
        Ok(())
    }

    /// The first candidate from `target` on, which is in the window; perhaps one after the window.
    pub(super) fn seek_in_window<E>(&mut self, target: u32) -> Result<u32, E>
    where
        T: Hits<E>,
    {
        let mut first = END;
        for place in &self.order[self.optional..] {
            let child = &mut self.children[*place];
            let mut document = child.document();
            if document < target {
                let floor = self.missing + self.bounds[*place];
                document = child.seek_scoring(target, self.window_end, floor)?;
            }
            first = first.min(document);
        }
        Ok(first)
    }

    /// The candidate's score in one of the children.
    #[inline]
    fn confirm_child<E>(&mut self, place: usize) -> Result<Option<f64>, E>
    where
        T: Hits<E>,
    {
        let child = &mut self.children[place];
        if child.document() < self.document {
            child.seek(self.document)?;
        }
        if child.document() == self.document {
            child.confirm(f64::NEG_INFINITY)
        } else {
            Ok(None)
        }
    }

    /// Takes the candidate's scores in the children below that rank, as long as these can lift it above the floor
    /// from what is `known` of the others, or more than that. How many match.
    #[inline]
    pub(super) fn confirm_below<E>(
        &mut self,
        ranks: usize,
        mut known: Tally,
        floor: f64,
    ) -> Result<Option<usize>, E>
    where
        T: Hits<E>,
    {
        let floor = floor.max(self.floor);
        let mut matched = 0;
        for rank in (0..ranks).rev() {
            if self.combine.of(known.and(self.open[rank])) * ROUNDED < floor {
                return Ok(None);
            }
            let place = self.order[rank];
            let score = self.confirm_child(place)?;
            matched += usize::from(score.is_some());
            self.scores[place] = score.unwrap_or(0.0);
            known = known.with(self.scores[place]);
        }
        Ok(Some(matched))
    }

    /// The candidate's score when those in all children are there.
    #[inline]
    pub(super) fn combined(&self, matched: usize) -> Option<f64> {
        // In the order of the clauses, so that the same scores give the same sum wherever the floor is.
        (matched >= self.needed).then(|| self.combine.of(Tally::of(&self.scores)))
    }
}

impl<E, T: Hits<E>> Hits<E> for AnyOf<T> {
    #[inline]
    fn document(&self) -> u32 {
        self.document
    }

    fn seek(&mut self, mut target: u32) -> Result<u32, E> {
        if target <= self.document {
            return Ok(self.document);
        }
        loop {
            if target == END {
                self.document = END;
                return Ok(END);
            }
            if target > self.window_end {
                self.open_window(target)?;
            }
            let first = self.seek_in_window(target)?;
            if first <= self.window_end {
                self.document = first;
                return Ok(first);
            }
            target = self.window_end + 1;
        }
    }

    fn confirm(&mut self, floor: f64) -> Result<Option<f64>, E> {
        let (mut matched, mut known) = (0, Tally::default());
        for rank in self.optional..self.order.len() {
            let place = self.order[rank];
            let score = self.confirm_child(place)?;
            matched += usize::from(score.is_some());
            self.scores[place] = score.unwrap_or(0.0);
            known = known.with(self.scores[place]);
        }
        let below = self.confirm_below(self.optional, known, floor)?;
        Ok(below.and_then(|below| self.combined(matched + below)))
    }

    fn bound_end(&mut self, from: u32) -> Result<u32, E> {
        let mut end = END - 1;
        for child in &mut self.children {
            end = end.min(child.bound_end(from)?);
        }
        Ok(end)
    }

    fn bound(&mut self, from: u32, until: u32) -> Result<f64, E> {
        for (child, score) in self.children.iter_mut().zip(&mut self.scores) {
            *score = child.bound(from, until)?;
        }
        Ok(self.combine.bound(&self.scores))
    }

    fn total_bound(&mut self) -> Result<f64, E> {
        Ok(self.combine.bound(&self.total_bounds))
    }

    fn cost(&self) -> u64 {
        self.children.iter().map(T::cost).sum()
    }

    fn raise_floor(&mut self, floor: f64) -> bool {
        if self.floor == f64::NEG_INFINITY {
            // From here on in windows.
            self.window_end = self.document;
        }
        self.floor = floor;
        self.apply_floor();
        true
    }
}
