//! The index of a column: planning binds the queries over a column to the mapping of its index, as if it were the
//! column's collation, so that they mean the same whether or not the index is used.

use pgrx::pg_sys::{self, NodeTag};

use crate::index::is_ours;
use crate::nodes;

/// An index, and the number of its table in the query.
#[derive(Clone, Copy)]
pub struct Found {
    pub index: pg_sys::Oid,
    pub table: u32,
}

/// The quidditch index over an expression of one table of the query. Of several it is the oldest, those of all rows
/// first.
///
/// # Safety
/// The planner's root, or null; an expression of its query.
pub unsafe fn index_of(
    root: *mut pg_sys::PlannerInfo,
    document: *mut pg_sys::Node,
) -> Option<Found> {
    // SAFETY: by the contract. The planner has locked the query's tables.
    unsafe {
        let parse = root.as_ref()?.parse;
        let number = table_number(root, document)?;
        let entry = (*parse).rtable;
        let entry = nodes::element(entry, number - 1)?.cast::<pg_sys::RangeTblEntry>();
        if (*entry).rtekind != pg_sys::RTEKind::RTE_RELATION {
            return None;
        }
        let table = pg_sys::table_open((*entry).relid, pg_sys::NoLock as i32);
        let list = pg_sys::RelationGetIndexList(table);
        let count = list.as_ref().map_or(0, |list| list.length);
        let mut found: Option<(bool, u32)> = None;
        for place in 0..count {
            let index = (*(*list).elements.add(place as usize)).oid_value;
            let index = pg_sys::index_open(index, pg_sys::AccessShareLock as i32);
            if is_ours(index) && (*(*index).rd_index).indisvalid && is_over(index, document, number)
            {
                let candidate = (is_partial(index), (*index).rd_id.to_u32());
                found = Some(found.map_or(candidate, |found| found.min(candidate)));
            }
            // The lock stays until the end, as for the indexes that the planner looks at itself.
            pg_sys::index_close(index, pg_sys::NoLock as i32);
        }
        pg_sys::list_free(list);
        pg_sys::table_close(table, pg_sys::NoLock as i32);
        found.map(|(_, oid)| Found {
            index: oid.into(),
            table: number as u32,
        })
    }
}

/// The only table of the query that the expression is about.
///
/// # Safety
/// As for [`index_of`].
unsafe fn table_number(root: *mut pg_sys::PlannerInfo, document: *mut pg_sys::Node) -> Option<i32> {
    unsafe extern "C-unwind" {
        fn pull_varnos(
            root: *mut pg_sys::PlannerInfo,
            node: *mut pg_sys::Node,
        ) -> *mut pg_sys::Bitmapset;
    }
    // SAFETY: by the contract; declared as in optimizer.h.
    unsafe {
        if (*document).type_ == NodeTag::T_Var {
            let var = &*document.cast::<pg_sys::Var>();
            let is_here = var.varlevelsup == 0 && var.varno > 0;
            return is_here.then_some(var.varno);
        }
        let numbers = pg_sys::ffi::pg_guard_ffi_boundary(|| pull_varnos(root, document));
        let mut number = 0;
        let is_one = pg_sys::bms_get_singleton_member(numbers, &mut number);
        (is_one && number > 0).then_some(number)
    }
}

/// Whether the index's only column is that expression.
///
/// # Safety
/// An open index.
unsafe fn is_over(index: pg_sys::Relation, document: *mut pg_sys::Node, number: i32) -> bool {
    // SAFETY: an index has at least one key; a zero says that it is an expression, whose table has the number 1.
    unsafe {
        let keys = &(*(*index).rd_index).indkey;
        match *keys.values.as_ptr() {
            0 => {
                let Some(expression) =
                    nodes::element(pg_sys::RelationGetIndexExpressions(index), 0)
                else {
                    return false;
                };
                if number != 1 {
                    pg_sys::ChangeVarNodes(expression, 1, number, 0);
                }
                pg_sys::equal(expression.cast(), document.cast())
            }
            attribute => {
                (*document).type_ == NodeTag::T_Var
                    && (*document.cast::<pg_sys::Var>()).varattno == attribute
            }
        }
    }
}

/// # Safety
/// An open index.
unsafe fn is_partial(index: pg_sys::Relation) -> bool {
    // SAFETY: by the contract; the list is cached with the relation.
    unsafe { !pg_sys::RelationGetIndexPredicate(index).is_null() }
}
