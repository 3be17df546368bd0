//! What clauses cost, and how many documents they let through, as far as can be told without looking: the
//! cheapest clause of a conjunction is evaluated first, and a planner wants both numbers.

use crate::boolean::Bool;
use crate::clause::{Clause, Query};
use crate::field::Kind;
use crate::value::{Test, ValueClause};
use quidditch_expression::ResultKind;

/// What evaluating a guest's code costs: more than looking at the document, since nobody knows.
const UDF: u32 = 1_000;

/// Taking a text of a few hundred characters apart.
const TEXT: u32 = 400;

impl Query {
    /// What evaluating it for one document costs, in steps of about 10 ns.
    pub fn cost(&self) -> u32 {
        self.root.cost()
    }

    /// Which part of the documents it lets through, guessed by the kind of its clauses: from 0 to 1.
    pub fn selectivity(&self) -> f64 {
        self.root.selectivity()
    }
}

impl Clause {
    pub(crate) fn cost(&self) -> u32 {
        match self {
            Clause::MatchAll { .. } | Clause::MatchNone { .. } => 0,
            Clause::Ids(_) => 3,
            Clause::Value(value) => value.cost(),
            Clause::Bool(bool) => bool.cost(),
            Clause::ConstantScore { filter, .. } => filter.cost(),
            Clause::DisMax { queries, .. } => total_cost(queries),
            Clause::Boosting { positive, .. } => positive.cost(),
            Clause::Nested(nested) => nested.query.cost().saturating_mul(4).saturating_add(4),
            Clause::FunctionScore(function) => {
                let functions = match function.min_score {
                    Some(_) => 20 * function.functions.len() as u32,
                    None => 0,
                };
                function.query.cost().saturating_add(functions)
            }
            Clause::Expression(expr) => expr.expression.cost(),
            Clause::Udf { .. } => UDF,
            Clause::Text(text) => text.meaning.cost(),
            Clause::Words(words) => TEXT + words.groups.len() as u32,
            Clause::Phrase(phrase) => TEXT + 2 * phrase.places.len() as u32,
            Clause::EachField(each) => each.template.cost().saturating_mul(4),
        }
    }

    fn selectivity(&self) -> f64 {
        match self {
            Clause::MatchAll { .. } => 1.0,
            Clause::MatchNone { .. } => 0.0,
            Clause::Ids(ids) => (0.0001 * ids.written.len() as f64).min(1.0),
            Clause::Value(value) => value.test.selectivity(),
            Clause::Bool(bool) => bool.selectivity(),
            Clause::ConstantScore { filter, .. } => filter.selectivity(),
            Clause::DisMax { queries, .. } => any_of(queries),
            Clause::Boosting { positive, .. } => positive.selectivity(),
            Clause::Nested(nested) => nested.query.selectivity(),
            Clause::FunctionScore(function) => function.query.selectivity(),
            Clause::Expression(expr) => match expr.expression.result() {
                ResultKind::Bool => 0.1,
                _ => 0.01,
            },
            Clause::Udf { .. } => 0.3,
            Clause::Text(text) => text.meaning.selectivity(),
            Clause::Words(words) => {
                let one: f64 = 0.01;
                match words.needed {
                    0 => 1.0,
                    1 => 1.0 - (1.0 - one).powi(words.groups.len() as i32),
                    needed => one.powi(needed.min(3) as i32),
                }
            }
            Clause::Phrase(_) => 0.0005,
            Clause::EachField(each) => (each.template.selectivity() * 2.0).min(1.0),
        }
    }
}

impl ValueClause {
    fn cost(&self) -> u32 {
        let value = match &self.test {
            Test::Exists => 2,
            Test::Pattern(_) => 12,
            Test::Fuzzy(_) => 20,
            Test::OneOf(_) => 4,
            _ => 3,
        };
        match &self.field.kind {
            Kind::Text { .. } => TEXT + value,
            Kind::Date => 6,
            _ => value,
        }
    }
}

impl Test {
    fn selectivity(&self) -> f64 {
        match self {
            Test::Exists => 0.9,
            Test::Equals(_) | Test::EqualsIgnoringCase(_) => 0.01,
            Test::OneOf(set) => (0.01 * set.len() as f64).min(0.5),
            Test::Within {
                lower: None,
                upper: None,
                ..
            } => 0.9,
            Test::Within {
                lower: Some(_),
                upper: Some(_),
                ..
            } => 0.05,
            Test::Within { .. } => 0.33,
            Test::Prefix { .. } | Test::Pattern(_) => 0.02,
            Test::Fuzzy(_) => 0.01,
        }
    }
}

impl Bool {
    fn cost(&self) -> u32 {
        [&self.must, &self.filter, &self.should, &self.must_not]
            .into_iter()
            .map(|clauses| total_cost(clauses))
            .fold(0, u32::saturating_add)
    }

    fn selectivity(&self) -> f64 {
        let all: f64 = self
            .must
            .iter()
            .chain(&self.filter)
            .map(Clause::selectivity)
            .product();
        let none: f64 = self
            .must_not
            .iter()
            .map(|clause| 1.0 - clause.selectivity())
            .product();
        let should = match self.plan.needed {
            0 => 1.0,
            1 => any_of(&self.should),
            // Each further one is less likely.
            needed => any_of(&self.should).powi(needed.min(4) as i32),
        };
        all * none * should
    }
}

/// As if the clauses had nothing to do with each other.
fn any_of(clauses: &[Clause]) -> f64 {
    let none: f64 = clauses
        .iter()
        .map(|clause| 1.0 - clause.selectivity())
        .product();
    1.0 - none
}

pub(crate) fn total_cost(clauses: &[Clause]) -> u32 {
    clauses
        .iter()
        .map(Clause::cost)
        .fold(0, u32::saturating_add)
}
