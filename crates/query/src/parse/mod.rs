//! JSON to the tree. One file per group of clauses; here is what they share.

mod boolean;
mod options;
mod place;
mod term;
mod udf;

use crate::clause::{Clause, Query, UdfClause};
use crate::error::{ErrorKind, QueryError};
use crate::limits::Limits;
use options::{Common, object};
use place::Place;
use quidditch_document::{Object, Value};
pub use udf::to_json;

impl Query {
    /// Reads a query.
    pub fn parse(query: Value<'_>, limits: &Limits) -> Result<Query, QueryError> {
        let at = Place::Root;
        if query.stored_len() > limits.bytes {
            return Err(at.error(
                ErrorKind::LimitExceeded,
                format!("larger than {} bytes", limits.bytes),
            ));
        }
        let mut parser = Parser {
            limits,
            clauses: 0,
            depth: 0,
            udfs: Vec::new(),
        };
        let root = parser.clause(&at, query)?;
        Ok(Query {
            root,
            udfs: parser.udfs.into(),
        })
    }
}

struct Parser<'l> {
    limits: &'l Limits,
    /// Clauses so far.
    clauses: usize,
    /// Clauses around the current one.
    depth: usize,
    udfs: Vec<UdfClause>,
}

/// The clauses there are.
const SUPPORTED: [&str; 8] = [
    "match_all",
    "match_none",
    "term",
    "terms",
    "range",
    "exists",
    "bool",
    "wasm_udf",
];

/// The clauses of the language that this version doesn't know how to evaluate.
const NOT_YET: [&str; 19] = [
    "ids",
    "prefix",
    "wildcard",
    "regexp",
    "fuzzy",
    "match",
    "match_phrase",
    "match_phrase_prefix",
    "match_bool_prefix",
    "multi_match",
    "simple_query_string",
    "query_string",
    "constant_score",
    "dis_max",
    "boosting",
    "nested",
    "function_score",
    "script_score",
    "expr",
];

impl Parser<'_> {
    /// `{"name": body}`
    fn clause(&mut self, at: &Place<'_>, value: Value<'_>) -> Result<Clause, QueryError> {
        self.clauses += 1;
        if self.clauses > self.limits.clauses {
            let message = format!("more than {} clauses", self.limits.clauses);
            return Err(at.error(ErrorKind::LimitExceeded, message));
        }
        if self.depth == self.limits.depth {
            let message = format!("clauses nested more than {} deep", self.limits.depth);
            return Err(at.error(ErrorKind::LimitExceeded, message));
        }
        self.depth += 1;
        let clause = self.only_clause(at, object(at, value)?)?;
        self.depth -= 1;
        Ok(clause)
    }

    fn only_clause(&mut self, at: &Place<'_>, query: Object<'_>) -> Result<Clause, QueryError> {
        let mut pairs = options::pairs(query);
        let (name, body) = pairs
            .next()
            .ok_or_else(|| at.invalid("empty query, expected a clause"))??;
        if name == "query" || name == "mapping" {
            return Err(at.error(
                ErrorKind::NotSupported,
                "a query bound to a mapping is not supported yet",
            ));
        }
        if let Some(other) = pairs.next() {
            let message = format!("expected one clause, found \"{name}\" and \"{}\"", other?.0);
            let hint = "combine clauses with \"bool\"".to_owned();
            return Err(QueryError {
                hint: Some(hint),
                ..at.invalid(message)
            });
        }
        self.body(&Place::Key(at, name), name, body)
    }

    fn body(&mut self, at: &Place<'_>, name: &str, body: Value<'_>) -> Result<Clause, QueryError> {
        match name {
            "match_all" => Ok(Clause::MatchAll {
                boost: Common::only(at, body)?.boost,
            }),
            "match_none" => Ok(Clause::MatchNone {
                boost: Common::only(at, body)?.boost,
            }),
            "term" => term::term(at, body),
            "terms" => term::terms(at, body),
            "range" => term::range(at, body),
            "exists" => term::exists(at, body),
            "bool" => self.bool(at, body),
            "wasm_udf" => self.udf(at, body),
            _ if NOT_YET.contains(&name) => Err(at.error(
                ErrorKind::NotSupported,
                format!("clause \"{name}\" is not supported yet"),
            )),
            _ => {
                let known = SUPPORTED.iter().chain(&NOT_YET).copied();
                Err(at
                    .parent()
                    .invalid(format!("unknown clause \"{name}\""))
                    .did_you_mean(name, known))
            }
        }
    }
}
