//! Elements of arrays: the index knows what is in all of them together, which is no less than in one.

use super::combine::ROUNDED;
use super::{IndexScore, ScoredQuery};
use crate::lower::{Dictionary, Lowering};
use crate::nested::{Nested, NestedScore};

impl<D: Dictionary> Lowering<'_, D> {
    pub(super) fn scored_nested(&mut self, nested: &Nested) -> Result<ScoredQuery, D::Error> {
        self.nested += 1;
        let element = match nested.score_mode {
            NestedScore::None => {
                let found = self.clause(&nested.query);
                found.map(|found| ScoredQuery::at_most(found, 0.0))
            }
            _ => self.scored_clause(&nested.query),
        };
        self.nested -= 1;
        let element = element?;
        let found = match nested.score_mode {
            // Nobody knows of how many.
            NestedScore::Sum => element.no_better_than(IndexScore::Unknown),
            NestedScore::Average => element.boosted(ROUNDED),
            NestedScore::Max | NestedScore::Min | NestedScore::None => element,
        };
        let most = found.no_better_than(IndexScore::Most);
        Ok(most.boosted(nested.boost.0))
    }
}
