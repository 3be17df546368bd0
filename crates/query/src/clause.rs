//! The tree a query is parsed to.

use crate::boolean::Bool;
use crate::each_field::EachField;
use crate::function::FunctionScore;
use crate::mapping::Mapping;
use crate::nested::Nested;
use crate::phrase::Phrase;
use crate::scalar::ScalarSet;
use crate::value::ValueClause;
use crate::words::Words;
use quidditch_expression::Expression;
use std::rc::Rc;

/// A parsed query. Keep it from document to document: its paths remember where they found their keys, and its
/// text clauses have buffers.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    pub(crate) root: Clause,
    pub(crate) udfs: Box<[UdfClause]>,
    pub(crate) mapping: Option<Rc<Mapping>>,
    pub(crate) index: Option<Box<str>>,
}

impl Query {
    /// Whether it matches and scores as the other does, by whatever index.
    pub fn same_as(&self, other: &Query) -> bool {
        self.root == other.root && self.udfs == other.udfs && self.mapping == other.mapping
    }

    /// The `wasm_udf` clauses in the order in which the query has them. [`crate::Guests`] are told a clause's
    /// place here.
    pub fn udfs(&self) -> &[UdfClause] {
        &self.udfs
    }

    /// What it is bound to, if to anything.
    pub fn mapping(&self) -> Option<&Rc<Mapping>> {
        self.mapping.as_ref()
    }

    /// The index whose statistics it takes, by name.
    pub fn index(&self) -> Option<&str> {
        self.index.as_deref()
    }

    /// Names the index whose statistics it takes.
    pub fn set_index(&mut self, name: &str) {
        self.index = Some(name.into());
    }

    /// Whether it says more than a clause alone does.
    pub fn is_bound(&self) -> bool {
        self.mapping.is_some() || self.index.is_some()
    }
}

/// A `wasm_udf` clause: which function filters or scores, and with what parameters.
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

/// One clause. Small, since the parser has one on the stack for each that it is in.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Clause {
    MatchAll {
        boost: Boost,
    },
    MatchNone {
        boost: Boost,
    },
    /// `term`, `terms`, `range`, `exists`, `prefix`, `wildcard`, `regexp`, `fuzzy`.
    Value(Box<ValueClause>),
    Ids(Box<Ids>),
    Bool(Box<Bool>),
    ConstantScore {
        filter: Box<Clause>,
        boost: Boost,
    },
    DisMax {
        queries: Vec<Clause>,
        /// What the clauses other than the best one contribute.
        tie_breaker: f64,
        boost: Boost,
    },
    Boosting {
        positive: Box<Clause>,
        negative: Box<Clause>,
        negative_boost: f64,
        boost: Boost,
    },
    Nested(Box<Nested>),
    FunctionScore(Box<FunctionScore>),
    Expression(Box<ExpressionClause>),
    Udf {
        /// In the query's UDF clauses.
        place: usize,
        boost: Boost,
    },
    /// A clause over text, which is made of the clauses below: what the user wrote, and what it means.
    Text(Box<Text>),
    Words(Box<Words>),
    Phrase(Box<Phrase>),
    EachField(Box<EachField>),
}

/// `match` and its kin, `multi_match`, `query_string`, `simple_query_string`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Text {
    pub(crate) name: &'static str,
    /// The clause's body, for printing.
    pub(crate) body: serde_json::Value,
    pub(crate) meaning: Clause,
}

/// `ids`
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ids {
    /// As written, but numbers as text.
    pub(crate) written: Box<[Box<str>]>,
    /// With the numbers that the strings spell.
    pub(crate) values: ScalarSet,
    pub(crate) boost: Boost,
}

/// `expr`
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ExpressionClause {
    /// As written, its fields from the document's root on.
    pub(crate) written: Expression,
    /// Its fields below the path of the `nested` around it.
    pub(crate) expression: Expression,
    pub(crate) boost: Boost,
}

/// The factor of a clause's score; not negative.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Boost(pub(crate) f64);

impl Boost {
    pub(crate) const ONE: Boost = Boost(1.0);
}
