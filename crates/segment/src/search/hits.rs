//! What all clauses have in common once they are opened: they go through candidates in ascending order.

use crate::Result;

/// A clause at a candidate. Finding candidates is cheap; whether one really matches, and its score, is asked only of
/// those that all the other clauses want.
pub(crate) trait Hits<E> {
    /// The candidate, or [`END`](crate::END).
    fn document(&self) -> u32;

    /// To the first candidate from `target` on; stays if that is the current one or before it.
    fn seek(&mut self, target: u32) -> Result<u32, E>;

    /// As [`Hits::seek`]. Of the candidates up to `until` it may leave out those that certainly score less than `floor`.
    fn seek_scoring(&mut self, target: u32, _until: u32, _floor: f64) -> Result<u32, E> {
        self.seek(target)
    }

    /// The candidate's score. `None` if it doesn't match, or if the score is certainly less than `floor`.
    fn confirm(&mut self, floor: f64) -> Result<Option<f64>, E>;

    /// How far from `from` on a bound is worth asking for. `from` isn't before the candidate and never declines, and
    /// candidates before it may be given up.
    fn bound_end(&mut self, from: u32) -> Result<u32, E>;

    /// What no document scores more than, from `from` to `until`; `from` as for [`Hits::bound_end`].
    fn bound(&mut self, from: u32, until: u32) -> Result<f64, E>;

    /// What no document scores more than.
    fn total_bound(&mut self) -> Result<f64, E>;

    /// About how many candidates there are.
    fn cost(&self) -> u64;

    /// Scores below `floor` don't matter any more. Whether it leaves them out by itself.
    fn raise_floor(&mut self, _floor: f64) -> bool {
        false
    }
}

/// An opened clause.
pub(crate) type BoxedHits<'p, E> = Box<dyn Hits<E> + 'p>;

impl<E> Hits<E> for BoxedHits<'_, E> {
    fn document(&self) -> u32 {
        (**self).document()
    }

    fn seek(&mut self, target: u32) -> Result<u32, E> {
        (**self).seek(target)
    }

    fn seek_scoring(&mut self, target: u32, until: u32, floor: f64) -> Result<u32, E> {
        (**self).seek_scoring(target, until, floor)
    }

    fn confirm(&mut self, floor: f64) -> Result<Option<f64>, E> {
        (**self).confirm(floor)
    }

    fn bound_end(&mut self, from: u32) -> Result<u32, E> {
        (**self).bound_end(from)
    }

    fn bound(&mut self, from: u32, until: u32) -> Result<f64, E> {
        (**self).bound(from, until)
    }

    fn total_bound(&mut self) -> Result<f64, E> {
        (**self).total_bound()
    }

    fn cost(&self) -> u64 {
        (**self).cost()
    }

    fn raise_floor(&mut self, floor: f64) -> bool {
        (**self).raise_floor(floor)
    }
}

/// Makes a bound of what was summed in another order than scores are, which differs in the last bits: a billionth is more
/// than ten thousand clauses can make of that.
pub(crate) const ROUNDED: f64 = 1.0 + 1e-9;
