//! What a query is parsed in: limits, the time, analyzers that live elsewhere, and what its fields are taken for.

use crate::mapping::Mapping;
use quidditch_analysis::Analyzer;
use std::rc::Rc;

/// Caps on a query; beyond one of them parsing fails with [`crate::ErrorKind::LimitExceeded`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Clauses inside each other, and containers inside each other in the parameters of a UDF.
    pub depth: usize,
    /// Clauses in all; a word of a text is one, too.
    pub clauses: usize,
    /// Bytes of the query, as binary jsonb.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            depth: 100,
            clauses: 10_000,
            bytes: 1 << 20,
        }
    }
}

/// What a query may refer to beyond itself.
#[derive(Clone, Copy)]
pub struct Environment<'e> {
    /// How large it may be.
    pub limits: Limits,
    /// What `now` means, in milliseconds since 1970.
    pub now: i64,
    /// Analyzers whose names begin with `pg:`, by what follows; else what to tell the user.
    pub external: &'e dyn Fn(&str) -> Result<Analyzer, String>,
    /// What a query without a mapping of its own is bound to.
    pub mapping: Option<&'e Rc<Mapping>>,
    /// Whether there is too little stack left for another clause in the clause.
    pub stack_is_too_deep: fn() -> bool,
}

impl Default for Environment<'_> {
    /// The default limits, 1970, no analyzers from elsewhere and no mapping.
    fn default() -> Self {
        Environment {
            limits: Limits::default(),
            now: 0,
            stack_is_too_deep: || false,
            mapping: None,
            external: &|name| Err(format!("unknown analyzer \"pg:{name}\"")),
        }
    }
}
