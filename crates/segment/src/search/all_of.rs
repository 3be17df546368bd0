//! Clauses that all have to match, with some that may and some that must not: `bool`.

use super::hits::{BoxedHits, Hits};
use crate::{END, Result};

/// Goes through the documents that all required clauses have; the one with the fewest leads.
pub(crate) struct AllOf<'p, E> {
    /// In the order in which scores are summed.
    required: Vec<Required<'p, E>>,
    /// Places in `required`, by cost.
    by_cost: Vec<usize>,
    optional: Vec<BoxedHits<'p, E>>,
    /// How many of `optional` have to match.
    needed: usize,
    excluded: Vec<BoxedHits<'p, E>>,
    document: u32,
    total_bound: f64,
}

struct Required<'p, E> {
    hits: BoxedHits<'p, E>,
    scored: bool,
    total_bound: f64,
}

impl<'p, E> AllOf<'p, E> {
    /// `required`: with whether its score counts.
    pub(crate) fn new(
        required: Vec<(BoxedHits<'p, E>, bool)>,
        mut optional: Vec<BoxedHits<'p, E>>,
        needed: usize,
        excluded: Vec<BoxedHits<'p, E>>,
    ) -> Result<AllOf<'p, E>, E> {
        let mut total_bound = 0.0;
        let mut all = Vec::with_capacity(required.len());
        for (mut hits, scored) in required {
            let bound = if scored { hits.total_bound()? } else { 0.0 };
            total_bound += bound;
            all.push(Required {
                hits,
                scored,
                total_bound: bound,
            });
        }
        for hits in &mut optional {
            total_bound += hits.total_bound()?;
        }
        let mut by_cost: Vec<usize> = (0..all.len()).collect();
        by_cost.sort_by_key(|place| all[*place].hits.cost());
        let mut all_of = AllOf {
            required: all,
            by_cost,
            optional,
            needed,
            excluded,
            document: END,
            total_bound,
        };
        all_of.document = all_of.align(0)?;
        Ok(all_of)
    }

    /// The first document from `target` on that all of the required have.
    fn align(&mut self, mut target: u32) -> Result<u32, E> {
        'candidate: loop {
            for place in &self.by_cost {
                let document = self.required[*place].hits.seek(target)?;
                if document > target {
                    if document == END {
                        return Ok(END);
                    }
                    target = document;
                    // The leader itself just moved.
                    if *place != self.by_cost[0] {
                        continue 'candidate;
                    }
                }
            }
            return Ok(target);
        }
    }
}

impl<E> Hits<E> for AllOf<'_, E> {
    fn document(&self) -> u32 {
        self.document
    }

    fn seek(&mut self, target: u32) -> Result<u32, E> {
        if target > self.document {
            self.document = self.align(target)?;
        }
        Ok(self.document)
    }

    fn confirm(&mut self, floor: f64) -> Result<Option<f64>, E> {
        let document = self.document;
        for hits in &mut self.excluded {
            if hits.seek(document)? == document && hits.confirm(f64::NEG_INFINITY)?.is_some() {
                return Ok(None);
            }
        }
        let mut sum = 0.0;
        for required in &mut self.required {
            let floor = if required.scored {
                // What the others can't make up for; a little less, because sums are rounded.
                floor - (self.total_bound - required.total_bound) - 1e-9 * self.total_bound
            } else {
                f64::NEG_INFINITY
            };
            match required.hits.confirm(floor)? {
                Some(score) if required.scored => sum += score,
                Some(_) => {}
                None => return Ok(None),
            }
        }
        let mut matched = 0;
        for hits in &mut self.optional {
            if hits.seek(document)? == document
                && let Some(score) = hits.confirm(f64::NEG_INFINITY)?
            {
                matched += 1;
                sum += score;
            }
        }
        Ok((matched >= self.needed).then_some(sum))
    }

    fn bound_end(&mut self, from: u32) -> Result<u32, E> {
        let mut end = END - 1;
        for required in &mut self.required {
            if required.scored {
                end = end.min(required.hits.bound_end(from)?);
            }
        }
        for hits in &mut self.optional {
            end = end.min(hits.bound_end(from)?);
        }
        Ok(end)
    }

    fn bound(&mut self, from: u32, until: u32) -> Result<f64, E> {
        let mut sum = 0.0;
        for required in &mut self.required {
            if required.scored {
                sum += required.hits.bound(from, until)?;
            }
        }
        for hits in &mut self.optional {
            sum += hits.bound(from, until)?;
        }
        Ok(sum)
    }

    fn total_bound(&mut self) -> Result<f64, E> {
        Ok(self.total_bound)
    }

    fn cost(&self) -> u64 {
        self.by_cost
            .first()
            .map_or(0, |place| self.required[*place].hits.cost())
    }

    fn raise_floor(&mut self, floor: f64) -> bool {
        // Where one clause alone scores, its score is the sum.
        let mut scored = self.required.iter_mut().filter(|required| required.scored);
        match (scored.next(), scored.next()) {
            (Some(only), None) if self.optional.is_empty() => only.hits.raise_floor(floor),
            _ => false,
        }
    }
}
