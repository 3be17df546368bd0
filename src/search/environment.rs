//! What a query is parsed in: the settings of this session, the time, and analyzers that are PostgreSQL's.

use std::rc::Rc;

use pgrx::pg_sys;
use quidditch_query::{Environment, Mapping};

use crate::search::analyzer;
use crate::settings;

/// The environment now. Queries that bring no mapping are bound to that one.
pub fn environment(mapping: Option<&Rc<Mapping>>) -> Environment<'_> {
    Environment {
        limits: settings::query_limits(),
        now: now(),
        external: &analyzer::named,
        mapping,
        // SAFETY: compares the stack pointer with the limit.
        stack_is_too_deep: || unsafe { pg_sys::stack_is_too_deep() },
    }
}

/// The start of the transaction in milliseconds since 1970: what `now()` is, too.
fn now() -> i64 {
    /// From 1970 to 2000, where PostgreSQL's time begins.
    const EPOCH: i64 = 946_684_800_000;
    // SAFETY: reads a variable.
    let start = unsafe { pg_sys::GetCurrentTransactionStartTimestamp() };
    start / 1000 + EPOCH
}
