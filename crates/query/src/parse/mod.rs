//! JSON to the tree. One file per group of clauses; here is what they share.

mod boolean;
mod compound;
mod fields;
mod function;
mod mapping;
mod options;
mod place;
mod query_string;
mod simple_query_string;
mod syntax;
mod term;
mod text;
mod udf;

use crate::clause::{Clause, Query, UdfClause};
use crate::environment::Environment;
use crate::error::{ErrorKind, QueryError};
use crate::mapping::Mapping;
use crate::pattern::{Pattern, Syntax};
use options::{Common, object};
use place::Place;
use quidditch_analysis::Analyzer;
use quidditch_document::{Object, Path, Value, step};
use std::collections::HashMap;
use std::rc::Rc;
pub use udf::to_json;

impl Query {
    /// Reads a query: a clause, or one bound to a mapping, an index or both, `{"query": {…}, "mapping": {…}, "index": "…"}`.
    pub fn parse(query: Value<'_>, environment: &Environment<'_>) -> Result<Query, QueryError> {
        let mut parser = Parser::new(environment);
        parser.check_size(&Place::Root, query)?;
        let root = parser.bound(&Place::Root, query)?;
        Ok(Query {
            root,
            udfs: parser.udfs.into(),
            mapping: parser.mapping,
            index: parser.index,
        })
    }
}

impl Mapping {
    /// Reads a mapping by itself, by the rules for that of a bound query.
    pub fn parse(value: Value<'_>, environment: &Environment<'_>) -> Result<Mapping, QueryError> {
        let parser = Parser::new(environment);
        parser.check_size(&Place::Mapping, value)?;
        parser.mapping(&Place::Mapping, value)
    }
}

struct Parser<'e> {
    environment: &'e Environment<'e>,
    mapping: Option<Rc<Mapping>>,
    index: Option<Box<str>>,
    /// Clauses so far.
    clauses: usize,
    /// Clauses around the current one.
    depth: usize,
    /// The paths of the `nested` clauses around it.
    nested: Vec<Path>,
    udfs: Vec<UdfClause>,
    /// The patterns so far, which several fields may share.
    patterns: HashMap<(Syntax, String, bool), Pattern>,
    /// What they take.
    pattern_bytes: usize,
}

/// What the patterns of a query may take, in bytes.
const MOST_PATTERN_BYTES: usize = 32 << 20;

/// The clauses there are.
const CLAUSES: [&str; 27] = [
    "match_all",
    "match_none",
    "term",
    "terms",
    "range",
    "exists",
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
    "bool",
    "constant_score",
    "dis_max",
    "boosting",
    "nested",
    "function_score",
    "script_score",
    "expr",
    "wasm_udf",
];

impl<'e> Parser<'e> {
    fn new(environment: &'e Environment<'e>) -> Parser<'e> {
        Parser {
            environment,
            mapping: environment.mapping.cloned(),
            index: None,
            clauses: 0,
            depth: 0,
            nested: Vec::new(),
            udfs: Vec::new(),
            patterns: HashMap::new(),
            pattern_bytes: 0,
        }
    }
}

impl Parser<'_> {
    fn check_size(&self, at: &Place<'_>, value: Value<'_>) -> Result<(), QueryError> {
        let most = self.environment.limits.bytes;
        if value.stored_len() > most {
            let message = format!("larger than {most} bytes");
            return Err(at.error(ErrorKind::LimitExceeded, message));
        }
        Ok(())
    }

    /// The whole of it: a clause, or `query` and what it is bound to.
    fn bound(&mut self, at: &Place<'_>, value: Value<'_>) -> Result<Clause, QueryError> {
        let whole = object(at, value)?;
        let mut query = None;
        let (mut mapping, mut index) = (None, None);
        let mut other = None;
        for pair in options::pairs(whole) {
            let (key, value) = pair?;
            match key {
                "query" => query = Some(value),
                "mapping" => mapping = Some(value),
                "index" => index = Some(value),
                key => other = Some(key),
            }
        }
        match (query, mapping.or(index), other) {
            (None, None, _) => self.clause(at, value),
            (Some(query), _, None) => {
                if let Some(index) = index {
                    self.index = Some(options::string(&Place::Key(at, "index"), index)?.into());
                }
                if let Some(mapping) = mapping.filter(|mapping| !matches!(mapping, Value::Null)) {
                    self.mapping =
                        Some(Rc::new(self.mapping(&Place::Key(at, "mapping"), mapping)?));
                }
                self.clause(&Place::Key(at, "query"), query)
            }
            (None, Some(_), None) => {
                let beside = if mapping.is_some() {
                    "mapping"
                } else {
                    "index"
                };
                Err(at.invalid(format!("expected a \"query\" beside the \"{beside}\"")))
            }
            (_, _, Some(other)) => Err(at
                .invalid(format!("unknown option \"{other}\""))
                .did_you_mean(other, ["query", "mapping", "index"])),
        }
    }

    /// `{"name": body}`
    ///
    /// Parsing recurses, so what it recurses through isn't inlined: the frames of all clauses would add up.
    #[inline(never)]
    fn clause(&mut self, at: &Place<'_>, value: Value<'_>) -> Result<Clause, QueryError> {
        self.count(at, 1)?;
        let most = self.environment.limits.depth;
        if self.depth == most {
            let message = format!("clauses nested more than {most} deep");
            return Err(at.error(ErrorKind::LimitExceeded, message));
        }
        if (self.environment.stack_is_too_deep)() {
            let message = "clauses nested deeper than the stack allows";
            return Err(at.error(ErrorKind::LimitExceeded, message));
        }
        self.depth += 1;
        let clause = self.only_clause(at, object(at, value)?)?;
        self.depth -= 1;
        Ok(clause)
    }

    /// Counts clauses, and what is like clauses.
    fn count(&mut self, at: &Place<'_>, clauses: usize) -> Result<(), QueryError> {
        step(10 * clauses);
        self.clauses = self.clauses.saturating_add(clauses);
        let most = self.environment.limits.clauses;
        if self.clauses > most {
            let message = format!("more than {most} clauses");
            return Err(at.error(ErrorKind::LimitExceeded, message));
        }
        Ok(())
    }

    #[inline(never)]
    fn only_clause(&mut self, at: &Place<'_>, query: Object<'_>) -> Result<Clause, QueryError> {
        let mut pairs = options::pairs(query);
        let (name, body) = pairs
            .next()
            .ok_or_else(|| at.invalid("empty query, expected a clause"))??;
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

    #[inline(never)]
    fn body(&mut self, at: &Place<'_>, name: &str, body: Value<'_>) -> Result<Clause, QueryError> {
        match name {
            "match_all" => Ok(Clause::MatchAll {
                boost: Common::only(at, body)?.boost,
            }),
            "match_none" => Ok(Clause::MatchNone {
                boost: Common::only(at, body)?.boost,
            }),
            "term" => self.term(at, body),
            "terms" => self.terms(at, body),
            "range" => self.range(at, body),
            "exists" => self.exists(at, body),
            "ids" => self.ids(at, body),
            "prefix" => self.prefix(at, body),
            "wildcard" => self.wildcard(at, body),
            "regexp" => self.regexp(at, body),
            "fuzzy" => self.fuzzy(at, body),
            "match" => self.match_clause(at, body, "match", text::Shape::Words),
            "match_phrase" => self.match_clause(at, body, "match_phrase", text::Shape::Phrase),
            "match_phrase_prefix" => {
                self.match_clause(at, body, "match_phrase_prefix", text::Shape::PhrasePrefix)
            }
            "match_bool_prefix" => {
                self.match_clause(at, body, "match_bool_prefix", text::Shape::BoolPrefix)
            }
            "multi_match" => self.multi_match(at, body),
            "query_string" => self.query_string(at, body),
            "simple_query_string" => self.simple_query_string(at, body),
            "bool" => self.bool(at, body),
            "constant_score" => self.constant_score(at, body),
            "dis_max" => self.dis_max(at, body),
            "boosting" => self.boosting(at, body),
            "nested" => self.nested(at, body),
            "function_score" => self.function_score(at, body),
            "script_score" => self.script_score(at, body),
            "expr" => self.expr(at, body),
            "wasm_udf" => self.udf(at, body),
            _ => Err(at
                .parent()
                .invalid(format!("unknown clause \"{name}\""))
                .did_you_mean(name, CLAUSES)),
        }
    }

    /// A pattern, compiled once.
    fn pattern(
        &mut self,
        at: &Place<'_>,
        syntax: Syntax,
        source: &str,
        case_insensitive: bool,
    ) -> Result<Pattern, QueryError> {
        step(1000);
        let key = (syntax, source.to_owned(), case_insensitive);
        if let Some(pattern) = self.patterns.get(&key) {
            return Ok(pattern.clone());
        }
        let pattern = Pattern::new(syntax, source, case_insensitive)
            .map_err(|what| at.invalid(format!("\"{source}\": {what}")))?;
        self.pattern_bytes += pattern.bytes();
        if self.pattern_bytes > MOST_PATTERN_BYTES {
            return Err(at.error(ErrorKind::LimitExceeded, "too many or too large patterns"));
        }
        self.patterns.insert(key, pattern.clone());
        Ok(pattern)
    }

    /// What makes tokens of text where nothing says more.
    fn default_analyzer(&self) -> Analyzer {
        match &self.mapping {
            Some(mapping) => mapping.default_analyzer(),
            None => Analyzer::standard(),
        }
    }

    fn analyzer(&self, at: &Place<'_>, name: &str) -> Result<Analyzer, QueryError> {
        match name.strip_prefix("pg:") {
            Some(name) => (self.environment.external)(name).map_err(|what| at.invalid(what)),
            None => Analyzer::named(name).map_err(|error| {
                at.invalid(error.to_string())
                    .did_you_mean(name, quidditch_analysis::NAMES.iter().copied())
            }),
        }
    }
}
