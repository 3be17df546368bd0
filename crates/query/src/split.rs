//! A conjunction taken apart, so that a planner can order its parts and an index answer some of them.

use crate::boolean::Bool;
use crate::clause::{Boost, Clause, Query};
use std::fmt;

/// A part of a query, as a query: all parts have to match.
pub struct Part<'q> {
    query: &'q Query,
    clause: Clause,
}

/// As JSON, bound to what the whole query is bound to.
impl fmt::Display for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.query.write_with(f, &self.clause)
    }
}

impl Query {
    /// The query as a conjunction: first one part with all that an index may answer, then one for each clause with
    /// code in it. A query that is no conjunction of these, or has only one part, gives no parts.
    pub fn parts(&self) -> Vec<Part<'_>> {
        let mut conditions = Vec::new();
        conjuncts(&self.root, &mut conditions);
        let (code, plain): (Vec<_>, Vec<_>) = conditions
            .into_iter()
            .partition(|condition| condition.has_code());
        if code.is_empty() || plain.is_empty() && code.len() == 1 {
            return Vec::new();
        }
        let part = |conditions: &[Condition<'_>]| Part {
            query: self,
            clause: match conditions {
                [Condition::Holds(clause)] => (*clause).clone(),
                conditions => {
                    let mut bool = Bool::default();
                    for condition in conditions {
                        condition.add_to(&mut bool);
                    }
                    Clause::Bool(Box::new(bool.planned()))
                }
            },
        };
        let together = (!plain.is_empty()).then(|| part(&plain));
        // Each part carries the mapping, so there are not too many: the rest stays in one.
        let (apart, rest) = code.split_at(code.len().min(MOST_PARTS));
        let apart = apart.iter().map(std::slice::from_ref);
        let apart = apart.chain((!rest.is_empty()).then_some(rest)).map(part);
        together.into_iter().chain(apart).collect()
    }
}

impl Query {
    /// Whether an index may leave out documents that don't match.
    pub fn is_narrowed_by_index(&self) -> bool {
        self.root.is_narrowed_by_index()
    }
}

impl Part<'_> {
    /// Whether an index may leave out documents that don't match.
    pub fn is_narrowed_by_index(&self) -> bool {
        self.clause.is_narrowed_by_index()
    }
}

/// So many pieces of code become parts of their own.
const MOST_PARTS: usize = 16;

/// Something that has to hold for a query to match.
#[derive(Clone, Copy)]
enum Condition<'q> {
    Holds(&'q Clause),
    HoldsNot(&'q Clause),
    /// As many of its `should` clauses as it says.
    Should(&'q Bool),
}

impl Condition<'_> {
    fn has_code(self) -> bool {
        match self {
            Condition::Holds(clause) | Condition::HoldsNot(clause) => clause.has_code(),
            Condition::Should(bool) => bool.should.iter().any(Clause::has_code),
        }
    }

    fn add_to(self, bool: &mut Bool) {
        match self {
            Condition::Holds(clause) => bool.filter.push(clause.clone()),
            Condition::HoldsNot(clause) => bool.must_not.push(clause.clone()),
            // Some of none never match, but by itself such a bool would be empty and match everything.
            Condition::Should(part) if part.should.is_empty() => {
                bool.filter.push(Clause::MatchNone { boost: Boost::ONE });
            }
            Condition::Should(part) => bool.filter.push(Clause::Bool(Box::new(
                Bool {
                    should: part.should.clone(),
                    minimum_should_match: part.minimum_should_match.clone(),
                    ..Bool::default()
                }
                .planned(),
            ))),
        }
    }
}

fn conjuncts<'q>(clause: &'q Clause, conditions: &mut Vec<Condition<'q>>) {
    match clause {
        Clause::ConstantScore { filter, .. } => conjuncts(filter, conditions),
        Clause::Bool(bool) if !bool.plan.conditions.is_empty() => {
            for clause in bool.must.iter().chain(&bool.filter) {
                conjuncts(clause, conditions);
            }
            conditions.extend(bool.must_not.iter().map(Condition::HoldsNot));
            if bool.plan.needed > 0 {
                conditions.push(Condition::Should(bool));
            }
        }
        clause => conditions.push(Condition::Holds(clause)),
    }
}

impl Clause {
    fn is_narrowed_by_index(&self) -> bool {
        match self {
            Clause::MatchAll { .. } | Clause::Udf { .. } => false,
            Clause::Expression(expr) => expr.expression.condition().says_something(),
            Clause::Bool(bool) => {
                let mut required = bool.must.iter().chain(&bool.filter);
                let should = || bool.should.iter().all(Clause::is_narrowed_by_index);
                required.any(Clause::is_narrowed_by_index)
                    || bool.plan.needed > 0 && should()
                    || bool.must_not.iter().any(|clause| !clause.has_code())
            }
            Clause::ConstantScore { filter, .. } => filter.is_narrowed_by_index(),
            Clause::DisMax { queries, .. } => queries.iter().all(Clause::is_narrowed_by_index),
            Clause::Boosting { positive, .. } => positive.is_narrowed_by_index(),
            Clause::Nested(nested) => nested.query.is_narrowed_by_index(),
            Clause::FunctionScore(function) => function.query.is_narrowed_by_index(),
            _ => true,
        }
    }

    /// Whether user code or an expression is in it.
    fn has_code(&self) -> bool {
        match self {
            Clause::Udf { .. } | Clause::Expression(_) => true,
            Clause::Bool(bool) => [&bool.must, &bool.filter, &bool.should, &bool.must_not]
                .into_iter()
                .flatten()
                .any(Clause::has_code),
            Clause::ConstantScore { filter, .. } => filter.has_code(),
            Clause::DisMax { queries, .. } => queries.iter().any(Clause::has_code),
            Clause::Boosting { positive, .. } => positive.has_code(),
            Clause::Nested(nested) => nested.query.has_code(),
            // Its score decides.
            Clause::FunctionScore(function) => {
                function.min_score.is_some() || function.query.has_code()
            }
            _ => false,
        }
    }
}
