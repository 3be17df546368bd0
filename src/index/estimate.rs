//! How many rows a query will give, by the index's own counts: for the planner.

use std::cell::RefCell;
use std::collections::VecDeque;

use pgrx::pg_sys;

use crate::callsite;
use crate::datum::Jsonb;
use crate::index::statistics;
use crate::index::view::View;
use crate::report::Report;
use crate::search::prepared;

/// What the planner asks about a query, several times for each plan.
#[derive(Clone, Copy)]
pub struct Estimate {
    /// Of the documents in the index.
    pub fraction: f64,
    /// How many postings are read to find them.
    pub postings: f64,
}

/// As many are remembered, of queries of so many bytes, until the next statement.
const REMEMBERED: usize = 16;
const LONGEST_REMEMBERED: usize = 16 << 10;

struct Known {
    index: pg_sys::Oid,
    query: Box<[u8]>,
    at: pg_sys::TimestampTz,
    estimate: Option<Estimate>,
}

thread_local! {
    static KNOWN: RefCell<VecDeque<Known>> = RefCell::default();
}

/// Estimates a query over a table of the query that is being planned; `None` too when whoever reads the table for it
/// may not read all of its rows: EXPLAIN shows estimates, and these are exact.
///
/// # Safety
/// The planner's root, the table's number in its query, and an index of it.
pub unsafe fn of_table(
    root: *const pg_sys::PlannerInfo,
    number: u32,
    index: pg_sys::Oid,
    query: &Jsonb,
) -> Result<Option<Estimate>, Report> {
    // SAFETY: by the contract; the arrays have an element for each table of the query.
    unsafe {
        let root = &*root;
        if root.simple_rel_array.is_null() || number as i32 >= root.simple_rel_array_size {
            return Ok(None);
        }
        let Some(relation) = (*root.simple_rel_array.add(number as usize)).as_ref() else {
            return Ok(None);
        };
        // Rights on a partition are those on what the query names.
        let mut named = number as i32;
        if !relation.top_parent_relids.is_null() {
            pg_sys::bms_get_singleton_member(relation.top_parent_relids, &mut named);
        }
        let entry = &**root.simple_rte_array.add(number as usize);
        let named = &**root.simple_rte_array.add(named as usize);
        let user = match relation.userid {
            pg_sys::InvalidOid => pg_sys::GetUserId(),
            user => user,
        };
        if !entry.securityQuals.is_null() || !statistics::may_read(named.relid, user) {
            return Ok(None);
        }
    }
    of(index, query)
}

/// Estimates a query; `None` when it is none, which is somebody else's error, or the index can't tell.
fn of(index: pg_sys::Oid, query: &Jsonb) -> Result<Option<Estimate>, Report> {
    let now = callsite::message();
    let known = KNOWN.with_borrow(|known| {
        let same = |known: &&Known| {
            known.index == index && known.at == now && *known.query == *query.bytes()
        };
        known.iter().find(same).map(|known| known.estimate)
    });
    if let Some(estimate) = known {
        return Ok(estimate);
    }
    let estimate = estimate(index, query)?;
    if query.bytes().len() <= LONGEST_REMEMBERED {
        KNOWN.with_borrow_mut(|known| {
            known.truncate(REMEMBERED - 1);
            known.push_front(Known {
                index,
                query: query.bytes().into(),
                at: now,
                estimate,
            });
        });
    }
    Ok(estimate)
}

fn estimate(index: pg_sys::Oid, source: &Jsonb) -> Result<Option<Estimate>, Report> {
    let Ok(query) = prepared::try_parse(source) else {
        return Ok(None);
    };
    let opened = statistics::Open::new(index);
    let relation = opened.relation();
    if !relation.has_contents() {
        return Ok(None);
    }
    let view = View::of(relation)?;
    let open = view.open()?;
    let definition = &view.definition;
    let documents = open.documents();
    if documents == 0 {
        return Ok(Some(Estimate {
            fraction: 0.0,
            postings: 0.0,
        }));
    }
    let lowered = query.lower(&definition.mapping, definition.positions, &open)?;
    let matching = open.estimate(&lowered.clause)?;
    let share = (matching / documents as f64).clamp(0.0, 1.0);
    // What the index can't answer lets through as much as without it.
    let fraction = match lowered.exact {
        true => share,
        false => share.min(query.selectivity()),
    };
    Ok(Some(Estimate {
        fraction,
        postings: matching,
    }))
}
