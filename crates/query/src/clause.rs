//! The tree a query is parsed to.

use crate::field::Field;
use crate::minimum::Minimum;
use crate::scalar::{Scalar, ScalarSet};

/// A parsed query. Keep it from document to document: its paths remember where they found their keys.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    pub(crate) root: Clause,
    pub(crate) udfs: Box<[UdfClause]>,
}

impl Query {
    /// The `wasm_udf` clauses in the order in which the query has them. [`Query::matches`] names a clause by its
    /// place here.
    pub fn udfs(&self) -> &[UdfClause] {
        &self.udfs
    }
}

/// A `wasm_udf` clause: which function filters, and with what parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct UdfClause {
    /// The function's name.
    pub name: String,
    /// A version of it, if the query asks for one.
    pub version: Option<String>,
    /// The parameters by name, always an object. Numbers are i64 where they are whole and fit, else f64.
    pub parameters: serde_json::Value,
    /// Where the clause stands in the query, as in `query.bool.filter[0].wasm_udf`.
    pub path: String,
}

/// One clause.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Clause {
    MatchAll {
        boost: Boost,
    },
    MatchNone {
        boost: Boost,
    },
    Term {
        field: Field,
        value: Scalar,
        case_insensitive: bool,
        boost: Boost,
    },
    Terms {
        field: Field,
        values: ScalarSet,
        boost: Boost,
    },
    Range {
        field: Field,
        lower: Option<Bound>,
        upper: Option<Bound>,
        boost: Boost,
    },
    Exists {
        field: Field,
        boost: Boost,
    },
    Bool(Box<Bool>),
    Udf {
        /// In the query's UDF clauses.
        place: usize,
        boost: Boost,
    },
}

/// The factor of a clause's score; not negative.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Boost(pub(crate) f64);

impl Boost {
    pub(crate) const ONE: Boost = Boost(1.0);
}

/// One end of a range.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bound {
    pub(crate) value: Scalar,
    /// Whether the value itself is in the range (`gte`, `lte`).
    pub(crate) inclusive: bool,
}

/// A `bool` clause, as written, and the order in which to evaluate it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bool {
    pub(crate) must: Vec<Clause>,
    pub(crate) filter: Vec<Clause>,
    pub(crate) should: Vec<Clause>,
    pub(crate) must_not: Vec<Clause>,
    pub(crate) minimum_should_match: Option<Minimum>,
    pub(crate) boost: Boost,
    pub(crate) plan: Plan,
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

    fn cost(&self) -> u32 {
        [&self.must, &self.filter, &self.should, &self.must_not]
            .into_iter()
            .map(|clauses| total_cost(clauses))
            .fold(0, u32::saturating_add)
    }
}

/// What evaluating a guest's code costs, next to looking up a field.
const UDF_COST: u32 = 1_000 * 100;

impl Clause {
    /// What evaluating it costs, in steps of about 10 ns.
    fn cost(&self) -> u32 {
        match self {
            Clause::MatchAll { .. } | Clause::MatchNone { .. } => 0,
            Clause::Exists { .. } => 2,
            Clause::Term { .. } | Clause::Range { .. } => 3,
            Clause::Terms { .. } => 4,
            Clause::Bool(bool) => bool.cost(),
            Clause::Udf { .. } => UDF_COST,
        }
    }
}

fn total_cost(clauses: &[Clause]) -> u32 {
    clauses
        .iter()
        .map(Clause::cost)
        .fold(0, u32::saturating_add)
}
