//! The best hits of several segments.

use super::clause::Clause;
use super::hits::Hits;
use super::open::open;
use crate::{END, ReadPages, Result, RowId, Segment};
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// A row that matches. The better of two is the one with the higher score, or with the same score the lower row; in
/// this order it is the *smaller* one, so that sorting puts the best first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// What it scores.
    pub score: f64,
    /// Where it is.
    pub row: RowId,
}

impl Eq for Hit {}

impl Ord for Hit {
    fn cmp(&self, other: &Hit) -> Ordering {
        let scores = other.score.total_cmp(&self.score);
        scores.then_with(|| self.row.cmp(&other.row))
    }
}

impl PartialOrd for Hit {
    fn partial_cmp(&self, other: &Hit) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Collects the best hits of one segment after the other.
///
/// To go on where one search ended, start another with its last hit: it finds those that come after it.
#[derive(Clone, Debug)]
pub struct TopHits {
    count: usize,
    after: Option<Hit>,
    /// The worst of them on top.
    hits: BinaryHeap<Hit>,
}

impl TopHits {
    /// Looks for so many hits, those after `after` if it is given.
    pub fn new(count: usize, after: Option<Hit>) -> TopHits {
        TopHits {
            count,
            after,
            hits: BinaryHeap::new(),
        }
    }

    /// The hits, best first. If there are fewer than were looked for, there are no more.
    pub fn into_hits(self) -> Vec<Hit> {
        self.hits.into_sorted_vec()
    }

    /// What a hit has to score at least if its row is greater than `row`.
    fn floor(&self, row: RowId) -> f64 {
        match self.hits.peek() {
            Some(worst) if self.hits.len() == self.count => {
                if row >= worst.row {
                    worst.score.next_up()
                } else {
                    worst.score
                }
            }
            _ => f64::NEG_INFINITY,
        }
    }

    /// Looks for better ones in a segment.
    pub fn search<P: ReadPages>(
        &mut self,
        segment: &Segment<'_, P>,
        clause: &Clause,
    ) -> Result<(), P::Error> {
        if self.count == 0 {
            return Ok(());
        }
        let Some(mut hits) = open(segment, clause)? else {
            return Ok(());
        };
        let (mut rows, mut liveness) = (segment.row_ids(), segment.liveness());
        let mut floor = self.floor(RowId::default());
        // Only some clauses leave out by themselves what is below the floor; others are bounded by windows.
        let mut prunes = floor > f64::NEG_INFINITY && hits.raise_floor(floor);
        let mut window: Option<(u32, f64)> = None;
        let mut document = hits.document();
        while document != END {
            if floor > f64::NEG_INFINITY && !prunes {
                let (end, bound) = match window {
                    Some(window) if document <= window.0 => window,
                    _ => {
                        let end = hits.bound_end(document)?;
                        *window.insert((end, hits.bound(document, end)?))
                    }
                };
                if bound < floor {
                    document = hits.seek(end + 1)?;
                    continue;
                }
            }
            if liveness.is_live(document)?
                && let Some(score) = hits.confirm(floor)?
                && score >= floor
            {
                let row = rows.get(document)?;
                let hit = Hit { score, row };
                if self.after.is_none_or(|after| hit > after) {
                    self.hits.push(hit);
                    if self.hits.len() > self.count {
                        self.hits.pop();
                    }
                }
                // Of those that follow, each has a greater row.
                let raised = self.floor(row);
                if raised > floor {
                    floor = raised;
                    prunes = hits.raise_floor(floor);
                }
            }
            // What follows the window is bounded before it is unpacked.
            let until = window.map_or(0, |(end, _)| end);
            document = hits.seek_scoring(document + 1, until, floor)?;
        }
        Ok(())
    }
}
