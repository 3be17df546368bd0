//! A query at one place of a statement: parsed, its UDFs resolved and their parameters checked, when the first
//! row comes. A query that varies from row to row is parsed anew whenever its bytes change.

use std::rc::Rc;

use quidditch_document::Document;
use quidditch_query::{ErrorKind, Guests, Mapping, MatchError, Query, QueryError, UdfClause};

use crate::arguments::Arguments;
use crate::datum::Jsonb;
use crate::index::statistics;
use crate::report::{Code, Report};
use crate::search::binding;
use crate::search::environment::environment;
use crate::udf::Bound;

/// The most UDF clauses in a query: each may come to have an instance, with memory of its own.
const MOST_UDFS: usize = 100;

/// Reads a query under the settings of this session.
pub fn parse(source: &Jsonb) -> Result<Query, Report> {
    parse_bound(source, None)
}

/// The same, bound to that mapping unless it brings one.
pub fn parse_bound(source: &Jsonb, mapping: Option<&Rc<Mapping>>) -> Result<Query, Report> {
    let query = try_parse_bound(source, mapping)?;
    match excess(&query) {
        Some(message) => Err(Report::new(Code::ERRCODE_PROGRAM_LIMIT_EXCEEDED, message)),
        None => Ok(query),
    }
}

/// What a query of the language has too much of for a server.
pub fn excess(query: &Query) -> Option<String> {
    let udfs = query.udfs().len();
    (udfs > MOST_UDFS)
        .then(|| format!("the query has {udfs} wasm_udf clauses, more than {MOST_UDFS}"))
}

/// The same with the error of the query language.
pub fn try_parse(source: &Jsonb) -> Result<Query, QueryError> {
    try_parse_bound(source, None)
}

/// The same, bound to that mapping unless it brings one.
pub fn try_parse_bound(source: &Jsonb, mapping: Option<&Rc<Mapping>>) -> Result<Query, QueryError> {
    Query::parse(source.document()?.root()?, &environment(mapping))
}

/// A query ready for rows.
pub struct Prepared {
    query: Query,
    /// The query's UDFs, in its order.
    udfs: Vec<Bound>,
    /// The query's bytes, where the next row may bring another one.
    source: Option<Box<[u8]>>,
}

/// What is made of documents.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Match,
    Score,
}

impl Prepared {
    fn new(source: &Jsonb, arguments: &Arguments, purpose: Purpose) -> Result<Self, Report> {
        let mut query = parse(source)?;
        let needs_statistics = match purpose {
            Purpose::Match => query.needs_statistics_to_match(),
            Purpose::Score => query.needs_statistics(),
        };
        if needs_statistics {
            let index = query.index().ok_or_else(needs_an_index)?;
            let index = statistics::named(index)?;
            if !binding::is_vetted(arguments) {
                statistics::check_rights(index)?;
            }
            statistics::weigh(&mut query, index)?;
        }
        let bind = |clause: &UdfClause| {
            Bound::filter_of(&clause.name, clause.version.as_deref(), &clause.parameters)
                .map_err(|report| report.at(&clause.path))
        };
        let udfs = query.udfs().iter().map(bind).collect::<Result<_, _>>()?;
        let source = (!arguments.is_stable(1)).then(|| source.bytes().into());
        Ok(Prepared {
            query,
            udfs,
            source,
        })
    }

    /// The query of this row: the one that is there, or made now. `None` when it is NULL.
    #[inline(always)]
    pub fn of<'s>(
        site: &'s mut Option<Prepared>,
        arguments: &Arguments,
        purpose: Purpose,
    ) -> Result<Option<&'s mut Prepared>, Report> {
        if !site
            .as_ref()
            .is_some_and(|prepared| prepared.is_for(arguments))
        {
            let Some(query) = arguments.jsonb(1) else {
                return Ok(None);
            };
            *site = Some(Prepared::new(&query, arguments, purpose)?);
        }
        Ok(site.as_mut())
    }

    /// Whether the row brings the same query.
    #[inline(always)]
    fn is_for(&self, arguments: &Arguments) -> bool {
        match &self.source {
            None => true,
            Some(source) => arguments
                .jsonb(1)
                .is_some_and(|query| **source == *query.bytes()),
        }
    }

    #[inline]
    pub fn matches(&mut self, document: Document<'_>) -> Result<bool, Report> {
        let udfs = &mut *self.udfs;
        Ok(self.query.matches(document, &mut Row { udfs, document })?)
    }

    /// `None` when the document doesn't match.
    pub fn score(&mut self, document: Document<'_>) -> Result<Option<f64>, Report> {
        let udfs = &mut *self.udfs;
        Ok(self.query.score(document, &mut Row { udfs, document })?)
    }
}

/// The UDFs of a query for one row.
struct Row<'r> {
    udfs: &'r mut [Bound],
    document: Document<'r>,
}

impl Guests for Row<'_> {
    type Error = Report;

    #[inline]
    fn filter(&mut self, place: usize) -> Result<bool, Report> {
        self.udfs[place].filter(self.document)
    }

    fn score(&mut self, place: usize, score: f64) -> Result<f64, Report> {
        self.udfs[place].score(self.document, score)
    }
}

impl From<MatchError<Report>> for Report {
    fn from(error: MatchError<Report>) -> Self {
        match error {
            MatchError::Damaged(damaged) => damaged.into(),
            MatchError::Udf(report) => report,
            MatchError::NeedsStatistics => needs_an_index(),
        }
    }
}

/// What is said where a score depends on how rare words are.
fn needs_an_index() -> Report {
    Report::new(
        Code::ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
        "the score of this query needs the statistics of an index",
    )
    .detail("Clauses over text are scored by how rare their words are in the column.")
    .hint("CREATE INDEX … USING quidditch on the column, or wrap such clauses in constant_score.")
}

impl From<QueryError> for Report {
    fn from(error: QueryError) -> Self {
        let code = match error.kind {
            ErrorKind::Invalid => Code::ERRCODE_INVALID_PARAMETER_VALUE,
            ErrorKind::NotSupported => Code::ERRCODE_FEATURE_NOT_SUPPORTED,
            ErrorKind::LimitExceeded => Code::ERRCODE_PROGRAM_LIMIT_EXCEEDED,
            ErrorKind::Damaged => Code::ERRCODE_DATA_CORRUPTED,
        };
        // What may have been meant is part of the message.
        let report = Report::new(code, error.to_string());
        match error.kind {
            ErrorKind::LimitExceeded => report.hint(
                "The limits are quidditch.max_query_depth, quidditch.max_query_clauses and quidditch.max_query_size.",
            ),
            _ => report,
        }
    }
}
