//! `document @@@ query`: one document against a query.
//!
//! The query is parsed, its UDFs are resolved and their parameters checked, when the first row comes;
//! all of it stays with the call site. A query that varies from row to row is parsed anew whenever its
//! bytes change.

use quidditch_query::{ErrorKind, MatchError, Query, QueryError};

use crate::arguments::{Arguments, sql_function};
use crate::callsite;
use crate::datum::Jsonb;
use crate::report::{Code, Report};
use crate::settings;
use crate::udf::Bound;

/// The most UDF clauses in a query.
const MOST_UDFS: usize = 100;

/// A query ready to be matched.
struct Prepared {
    query: Query,
    /// The query's UDFs, in its order.
    udfs: Vec<Bound>,
    /// The query's bytes, where the next row may bring another one.
    source: Option<Box<[u8]>>,
}

impl Prepared {
    fn new(source: &Jsonb, is_stable: bool) -> Result<Self, Report> {
        let query = Query::parse(source.document()?.root()?, &settings::query_limits())?;
        // Each may come to have an instance, with memory of its own.
        if query.udfs().len() > MOST_UDFS {
            let message = format!(
                "the query has {} wasm_udf clauses, more than {MOST_UDFS}",
                query.udfs().len()
            );
            return Err(Report::new(Code::ERRCODE_PROGRAM_LIMIT_EXCEEDED, message));
        }
        let bind = |clause: &quidditch_query::UdfClause| {
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
}

sql_function! {
    /// `matches(document, query)`, strict.
    fn quidditch_matches(arguments) -> Result<Option<bool>, Report> {
        // SAFETY: this function's own call site, whose state is always of this type.
        let site = unsafe { callsite::state(arguments.flinfo(), || None::<Prepared>) };
        let prepared = match site {
            Some(prepared) if prepared.is_for(arguments) => prepared,
            site => {
                let Some(query) = arguments.jsonb(1) else { return Ok(None) };
                site.insert(Prepared::new(&query, arguments.is_stable(1))?)
            }
        };
        let Some(document) = arguments.jsonb(0) else { return Ok(None) };
        let document = document.document()?;
        let Prepared { query, udfs, .. } = prepared;
        let matched = query.matches(document, &mut |i| udfs[i].filter(document));
        matched.map(Some).map_err(|error| match error {
            MatchError::Damaged(damaged) => damaged.into(),
            MatchError::Udf(report) => report,
        })
    }
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
