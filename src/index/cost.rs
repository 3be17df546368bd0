//! What the planner is told of a scan: `amcostestimate`.

use pgrx::pg_sys;
use pgrx::prelude::*;

use crate::index::estimate;
use crate::nodes;
use crate::report::OrRaise;
use crate::search::support;

/// `amcostestimate`
///
/// # Safety
/// Called by the planner.
#[pg_guard]
#[expect(clippy::too_many_arguments, reason = "the server's signature")]
pub unsafe extern "C-unwind" fn amcostestimate(
    root: *mut pg_sys::PlannerInfo,
    path: *mut pg_sys::IndexPath,
    loops: f64,
    startup_cost: *mut pg_sys::Cost,
    total_cost: *mut pg_sys::Cost,
    selectivity: *mut pg_sys::Selectivity,
    correlation: *mut f64,
    pages: *mut f64,
) {
    _ = loops;
    // SAFETY: by the contract; nodes are what their tags say.
    unsafe {
        let index = &*(*path).indexinfo;
        let table = (*index.rel).relid;
        let mut fraction = 1.0;
        let mut touched = 0.0;
        let clauses = (*path).indexclauses;
        let mut place = 0;
        while let Some(clause) = nodes::element(clauses, place) {
            place += 1;
            let clause = clause.cast::<pg_sys::IndexClause>();
            let query = nodes::element((*clause).indexquals, 0)
                .and_then(|rule| {
                    nodes::argument((*rule.cast::<pg_sys::RestrictInfo>()).clause.cast(), 1)
                })
                .and_then(|query| nodes::constant_query(query));
            let estimate = match query {
                Some(query) => estimate::of_table(root, table, index.indexoid, &query).or_raise(),
                None => None,
            };
            let share = estimate.map_or(support::UNKNOWN, |estimate| estimate.fraction);
            fraction *= share;
            touched += estimate.map_or(share * index.tuples, |estimate| estimate.postings);
        }
        let ordered = !(*path).indexorderbys.is_null();
        if ordered {
            let query = nodes::element((*path).indexorderbys, 0)
                .and_then(|call| nodes::argument(call, 1))
                .and_then(|query| nodes::constant_query(query));
            if let Some(query) = query
                && let Some(estimate) =
                    estimate::of_table(root, table, index.indexoid, &query).or_raise()
            {
                touched += estimate.postings;
            }
        }
        let rows = fraction * index.tuples;
        // Without a column of use to the query (`count(*)`) the planner takes any index for one that has them all. But
        // it remembers rows that VACUUM may have removed since, and only reading the table tells. What makes the plan
        // goes by the path's type, so it is made a scan that reads the table; that its cost lacks is added.
        let mut table = 0.0;
        if (*path).path.pathtype == pg_sys::NodeTag::T_IndexOnlyScan {
            (*path).path.pathtype = pg_sys::NodeTag::T_IndexScan;
            let relation = &*index.rel;
            table = f64::from(relation.pages).min(rows)
                * relation.allvisfrac
                * pg_sys::random_page_cost;
        }
        // A posting with its frequency and length takes about two bytes and a half, and far less work than a row.
        let read = (touched * 2.5 / f64::from(pg_sys::BLCKSZ)).ceil() + PAGES_PER_SEARCH;
        let read = read.min(f64::from(index.pages.max(1)));
        let search = read * PAGE * pg_sys::random_page_cost
            + touched * POSTING * pg_sys::cpu_operator_cost
            + SEARCH * pg_sys::cpu_operator_cost;
        *startup_cost = search;
        *total_cost = search + rows * pg_sys::cpu_index_tuple_cost + table;
        *selectivity = fraction;
        *correlation = 0.0;
        *pages = read;
    }
}

/// The upper nodes of dictionaries, row ids: pages that each search reads.
const PAGES_PER_SEARCH: f64 = 4.0;
/// What a page of the index costs, compared with one at random: lists lie together, and the nodes above are cached.
const PAGE: f64 = 0.25;
/// What a posting costs, in operators.
const POSTING: f64 = 0.1;
/// What it takes to begin, in operators.
const SEARCH: f64 = 1000.0;
