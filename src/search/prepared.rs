//! A query at one place of a statement: parsed, its UDFs resolved and their parameters checked, when the first
//! row comes. A query that varies from row to row is parsed anew whenever its bytes change.

use quidditch_document::Document;
use quidditch_query::{Environment, ErrorKind, Guests, MatchError, Query, QueryError, UdfClause};

use crate::arguments::Arguments;
use crate::datum::Jsonb;
use crate::report::{Code, Report};
use crate::search::analyzer;
use crate::settings;
use crate::udf::Bound;

/// The most UDF clauses in a query: each may come to have an instance, with memory of its own.
const MOST_UDFS: usize = 100;

/// Reads a query under the settings of this session.
pub fn parse(source: &Jsonb) -> Result<Query, Report> {
    let query = try_parse(source)?;
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
    let environment = Environment {
        limits: settings::query_limits(),
        now: now(),
        external: &analyzer::named,
        // SAFETY: compares the stack pointer with the limit.
        stack_is_too_deep: || unsafe { pgrx::pg_sys::stack_is_too_deep() },
    };
    Query::parse(source.document()?.root()?, &environment)
}

/// The start of the transaction in milliseconds since 1970: what `now()` is, too.
fn now() -> i64 {
    /// From 1970 to 2000, where PostgreSQL's time begins.
    const EPOCH: i64 = 946_684_800_000;
    // SAFETY: reads a variable.
    let start = unsafe { pgrx::pg_sys::GetCurrentTransactionStartTimestamp() };
    start / 1000 + EPOCH
}

/// A query ready for rows.
pub struct Prepared {
    pub query: Query,
    /// The query's UDFs, in its order.
    udfs: Vec<Bound>,
    /// The query's bytes, where the next row may bring another one.
    source: Option<Box<[u8]>>,
}

impl Prepared {
    pub fn new(source: &Jsonb, is_stable: bool) -> Result<Self, Report> {
        let query = parse(source)?;
        if query.needs_statistics_to_match() {
            return Err(needs_statistics());
        }
        let bind = |clause: &UdfClause| {
            Bound::filter_of(&clause.name, clause.version.as_deref(), &clause.parameters)
                .map_err(|report| report.at(&clause.path))
        };
        let udfs = query.udfs().iter().map(bind).collect::<Result<_, _>>()?;
        let source = (!is_stable).then(|| source.bytes().into());
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
        check: impl FnOnce(&Prepared) -> Result<(), Report>,
    ) -> Result<Option<&'s mut Prepared>, Report> {
        if !site
            .as_ref()
            .is_some_and(|prepared| prepared.is_for(arguments))
        {
            let Some(query) = arguments.jsonb(1) else {
                return Ok(None);
            };
            let prepared = Prepared::new(&query, arguments.is_stable(1))?;
            check(&prepared)?;
            *site = Some(prepared);
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
            MatchError::NeedsStatistics => needs_statistics(),
        }
    }
}

/// What is said where a score depends on how rare words are.
pub fn needs_statistics() -> Report {
    Report::new(
        Code::ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
        "the score of this query needs the statistics of an index",
    )
    .detail("Clauses over text are scored by how rare their words are in the column.")
    .hint("Wrap them in constant_score, or filter by them with @@@ alone.")
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
