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

impl Combine {
    fn of(self, scores: impl Iterator<Item = f64>) -> f64 {
        let (mut sum, mut best) = (0.0, 0.0f64);
        for score in scores {
            sum += score;
            best = best.max(score);
        }
        match self {
            Combine::Sum => sum,
            Combine::Best(tie_breaker) => best + tie_breaker * (sum - best),
        }
    }

    /// What none of the scores exceeds that come of scores with these bounds.
    fn bound(self, bounds: impl Iterator<Item = f64>) -> f64 {
        let bound = self.of(bounds);
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
    children: Vec<T>,
    combine: Combine,
    needed: usize,
    document: u32,
    floor: f64,
    /// The window's last document. Without a floor there is one window.
    window_end: u32,
    total_bounds: Vec<f64>,
    /// What the children score at most in the window.
    bounds: Vec<f64>,
    /// The children by ascending bound.
    order: Vec<usize>,
    /// How many of these needn't be walked.
    optional: usize,
    /// Of the candidate, by child.
    scores: Vec<f64>,
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
        Ok(AnyOf {
            combine,
            needed: needed.max(1),
            document,
            floor: f64::NEG_INFINITY,
            window_end: END - 1,
            bounds: total_bounds.clone(),
            total_bounds,
            order: (0..children.len()).collect(),
            optional: 0,
            scores: vec![0.0; children.len()],
            children,
        })
    }

    /// Orders the children by `bounds`, and finds those that needn't be walked.
    fn partition(&mut self) {
        let bounds = &self.bounds;
        self.order
            .sort_unstable_by(|left, right| bounds[*left].total_cmp(&bounds[*right]));
        self.optional = 0;
        self.extend_optional();
    }

    fn extend_optional(&mut self) {
        while self.optional < self.order.len() {
            let some = &self.order[..=self.optional];
            let bound = self
                .combine
                .of(some.iter().map(|place| self.bounds[*place]));
            if bound * ROUNDED >= self.floor {
                break;
            }
            self.optional += 1;
        }
    }

    fn open_window<E>(&mut self, from: u32) -> Result<(), E>
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
            let mut first = END;
            for place in &self.order[self.optional..] {
                let child = &mut self.children[*place];
                let mut document = child.document();
                if document < target {
                    document = child.seek(target)?;
                }
                first = first.min(document);
            }
            if first <= self.window_end {
                self.document = first;
                return Ok(first);
            }
            target = self.window_end + 1;
        }
    }

    fn confirm(&mut self, floor: f64) -> Result<Option<f64>, E> {
        let floor = floor.max(self.floor);
        let document = self.document;
        self.scores.fill(0.0);
        let mut matched = 0;
        for (rank, place) in self.order.iter().enumerate().rev() {
            if rank < self.optional {
                let open = self.order[..=rank].iter().map(|place| self.bounds[*place]);
                let scores = self.scores.iter().copied();
                if self.combine.of(scores.chain(open)) * ROUNDED < floor {
                    return Ok(None);
                }
            }
            let child = &mut self.children[*place];
            if child.document() < document {
                child.seek(document)?;
            }
            if child.document() == document
                && let Some(score) = child.confirm(f64::NEG_INFINITY)?
            {
                self.scores[*place] = score;
                matched += 1;
            }
        }
        let score = self.combine.of(self.scores.iter().copied());
        Ok((matched >= self.needed).then_some(score))
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
        Ok(self.combine.bound(self.scores.iter().copied()))
    }

    fn total_bound(&mut self) -> Result<f64, E> {
        Ok(self.combine.bound(self.total_bounds.iter().copied()))
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
        self.extend_optional();
        true
    }
}
