//! `@@@`'s restriction estimator: which part of a table a constant query lets through, by the counts of the column's
//! index if it has one.

use pgrx::pg_sys;

use crate::arguments::sql_function;
use crate::index::estimate;
use crate::nodes;
use crate::report::Report;
use crate::search::{column, support};

sql_function! {
    /// `matches_selectivity(root, operator, arguments, relation)`, as `CREATE OPERATOR … RESTRICT` wants it.
    fn quidditch_matches_selectivity(arguments) -> Result<Option<f64>, Report> {
        let (Some(root), Some(list)) = (arguments.datum(0), arguments.datum(2)) else {
            return Ok(Some(support::UNKNOWN));
        };
        // SAFETY: the planner calls this with a PlannerInfo and the operator's List of argument expressions
        // (`restriction_selectivity`, plancat.c).
        let selectivity = unsafe {
            let list = list.cast_mut_ptr::<pg_sys::List>();
            let root = root.cast_mut_ptr::<pg_sys::PlannerInfo>();
            let query = nodes::element(list, 1)
                .map(|query| pg_sys::estimate_expression_value(root, query))
                .and_then(|query| nodes::constant_query(query));
            let index = nodes::element(list, 0).and_then(|document| column::index_of(root, document));
            match (&query, index) {
                (None, _) => None,
                (Some(query), None) => support::estimate(query).map(|estimate| estimate.selectivity),
                (Some(query), Some(found)) => {
                    match estimate::of_table(root, found.table, found.index, query)? {
                        Some(estimate) => Some(estimate.fraction),
                        None => support::estimate(query).map(|estimate| estimate.selectivity),
                    }
                }
            }
        };
        Ok(Some(selectivity.unwrap_or(support::UNKNOWN)))
    }
}
