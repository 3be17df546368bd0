//! `bool`: clauses combined, and the order in which they are evaluated.

use crate::clause::{Boost, Clause};
use crate::cost::total_cost;
use crate::minimum::Minimum;

/// A `bool` clause, as written, and the order in which to evaluate it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Bool {
    pub(crate) must: Vec<Clause>,
    pub(crate) filter: Vec<Clause>,
    pub(crate) should: Vec<Clause>,
    pub(crate) must_not: Vec<Clause>,
    pub(crate) minimum_should_match: Option<Minimum>,
    pub(crate) boost: Boost,
    pub(crate) plan: Plan,
}

impl Default for Boost {
    fn default() -> Boost {
        Boost::ONE
    }
}

/// In what order a `bool` evaluates its clauses: the cheapest first, and as written among equals.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Plan {
    /// What has to hold.
    pub(crate) conditions: Vec<Condition>,
    /// The `should` clauses, by place.
    pub(crate) should: Vec<u32>,
    /// How many of those have to match.
    pub(crate) needed: usize,
}

/// Something that has to hold for a `bool` to match. The numbers are places in its lists.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Condition {
    Must(u32),
    Filter(u32),
    MustNot(u32),
    /// As many `should` clauses as needed.
    Should,
}

impl Bool {
    /// Fills in the plan.
    pub(crate) fn planned(mut self) -> Bool {
        let required = !self.must.is_empty() || !self.filter.is_empty();
        let implied = usize::from(!required && !self.should.is_empty());
        let empty = !required && self.should.is_empty() && self.must_not.is_empty();
        // An empty bool is match_all, whatever its minimum_should_match says.
        let asked = self.minimum_should_match.as_ref().filter(|_| !empty);
        let needed = asked
            .map_or(0, |minimum| minimum.of(self.should.len()))
            .max(implied);

        let mut should: Vec<u32> = (0..self.should.len() as u32).collect();
        should.sort_by_key(|&place| self.should[place as usize].cost());

        let each = |clauses: &[Clause], condition: fn(u32) -> Condition| {
            let costs: Vec<_> = clauses.iter().map(Clause::cost).collect();
            costs
                .into_iter()
                .zip(0..)
                .map(move |(cost, place)| (cost, condition(place)))
        };
        let mut conditions: Vec<_> = each(&self.must, Condition::Must)
            .chain(each(&self.filter, Condition::Filter))
            .chain(each(&self.must_not, Condition::MustNot))
            .chain((needed > 0).then(|| (total_cost(&self.should), Condition::Should)))
            .collect();
        conditions.sort_by_key(|(cost, _)| *cost);
        let conditions = conditions
            .into_iter()
            .map(|(_, condition)| condition)
            .collect();
        self.plan = Plan {
            conditions,
            should,
            needed,
        };
        self
    }
}
