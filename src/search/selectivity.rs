//! `@@@`'s restriction estimator: which part of a table a constant query lets through.

use pgrx::pg_sys;

use crate::arguments::sql_function;
use crate::nodes;
use crate::report::Report;
use crate::search::support;

sql_function! {
    /// `matches_selectivity(root, operator, arguments, relation)`, as `CREATE OPERATOR … RESTRICT` wants it.
    fn quidditch_matches_selectivity(arguments) -> Result<Option<f64>, Report> {
        let (Some(root), Some(list)) = (arguments.datum(0), arguments.datum(2)) else {
            return Ok(Some(support::UNKNOWN));
        };
        // SAFETY: the planner calls this with a PlannerInfo and the operator's List of argument expressions
        // (`restriction_selectivity`, plancat.c).
        let estimate = unsafe {
            let list = list.cast_mut_ptr::<pg_sys::List>();
            nodes::element(list, 1)
                .map(|query| pg_sys::estimate_expression_value(root.cast_mut_ptr(), query))
                .and_then(|query| nodes::constant_query(query))
                .and_then(|query| support::estimate(&query))
        };
        Ok(Some(estimate.map_or(support::UNKNOWN, |estimate| estimate.selectivity)))
    }
}
