//! VACUUM: no row that it removes is in the index when it is told so, neither pending nor in a segment.

use std::ffi::c_void;

use pgrx::pg_sys;
use pgrx::prelude::*;
use quidditch_segment::RowId;

use crate::index::check;
use crate::index::definition;
use crate::index::maintain::Maintenance;
use crate::index::rows::item_pointer;
use crate::report::{OrRaise, Report};
use crate::storage::buffer::Relation;
use crate::storage::meta::Meta;

/// `ambulkdelete`
///
/// # Safety
/// Called by VACUUM, with a callback for its state.
#[pg_guard]
pub unsafe extern "C-unwind" fn ambulkdelete(
    info: *mut pg_sys::IndexVacuumInfo,
    result: *mut pg_sys::IndexBulkDeleteResult,
    callback: pg_sys::IndexBulkDeleteCallback,
    state: *mut c_void,
) -> *mut pg_sys::IndexBulkDeleteResult {
    // SAFETY: by the contract.
    unsafe {
        let relation = Relation::new((*info).index);
        let is_dead = |row: RowId| {
            let mut tid = item_pointer(row);
            // VACUUM's looks the row up; that of CREATE INDEX CONCURRENTLY sorts rows, and may raise an error.
            callback.is_some_and(|callback| {
                pg_sys::ffi::pg_guard_ffi_boundary(|| callback(&raw mut tid, state))
            })
        };
        let heap = Heap::of(info);
        let (removed, live) = bulk_delete(relation, heap.raw, is_dead).or_raise();
        let result = or_new(result);
        (*result).tuples_removed += removed as f64;
        (*result).num_index_tuples = live as f64;
        (*result).estimated_count = false;
        (*result).num_pages = relation.blocks();
        result
    }
}

fn bulk_delete(
    relation: Relation,
    heap: pg_sys::Relation,
    is_dead: impl FnMut(RowId) -> bool,
) -> Result<(u64, u64), Report> {
    let definition = definition::of(relation)?;
    let maintenance = Maintenance::begin(relation, heap);
    maintenance.reclaim(u32::MAX)?;
    // Rows that are dead now were inserted before, so what is pending from here on has none of them.
    maintenance.flush_all(&definition)?;
    maintenance.mark_dead(is_dead)
}

/// `amvacuumcleanup`
///
/// # Safety
/// Called by VACUUM and ANALYZE.
#[pg_guard]
pub unsafe extern "C-unwind" fn amvacuumcleanup(
    info: *mut pg_sys::IndexVacuumInfo,
    result: *mut pg_sys::IndexBulkDeleteResult,
) -> *mut pg_sys::IndexBulkDeleteResult {
    // SAFETY: by the contract.
    unsafe {
        let relation = Relation::new((*info).index);
        // Autovacuum's ANALYZE is the only one that comes to tables that are only inserted to.
        let is_worker = pg_sys::MyBackendType == pg_sys::BackendType::B_AUTOVAC_WORKER;
        if (*info).analyze_only && !is_worker {
            return result;
        }
        let heap = Heap::of(info);
        let strategy = (*info).strategy;
        let is_vacuum = !(*info).analyze_only;
        let freed = clean_up(relation, heap.raw, is_vacuum.then_some(strategy)).or_raise();
        let result = if result.is_null() {
            let result = or_new(result);
            (*result).num_index_tuples = documents(relation).or_raise();
            (*result).estimated_count = true;
            result
        } else {
            result
        };
        (*result).num_pages = relation.blocks();
        (*result).pages_free = freed;
        result
    }
}

/// Others may flush between the steps: each has the merge lock for itself.
fn clean_up(
    relation: Relation,
    heap: pg_sys::Relation,
    vacuum: Option<pg_sys::BufferAccessStrategy>,
) -> Result<u32, Report> {
    let definition = definition::of(relation)?;
    Maintenance::begin(relation, heap).flush(&definition)?;
    let Some(strategy) = vacuum else {
        return Ok(0);
    };
    while Maintenance::begin(relation, heap).drop_dead()? {}
    while Maintenance::begin(relation, heap).merge_tier(u32::MAX)? {}
    Maintenance::begin(relation, heap).reclaim(u32::MAX)?;
    check::sweep(relation, heap, strategy)
}

fn documents(relation: Relation) -> Result<f64, Report> {
    let segments = Meta::read(relation)?.segments;
    Ok(segments
        .iter()
        .map(|segment| f64::from(segment.live()))
        .sum())
}

/// # Safety
/// Null, or a result.
unsafe fn or_new(result: *mut pg_sys::IndexBulkDeleteResult) -> *mut pg_sys::IndexBulkDeleteResult {
    if !result.is_null() {
        return result;
    }
    // SAFETY: a new node of the current memory context, of zeros.
    unsafe { pg_sys::palloc0(size_of::<pg_sys::IndexBulkDeleteResult>()).cast() }
}

/// The index's table. Before 16 VACUUM doesn't tell which one it is, but has it locked.
struct Heap {
    raw: pg_sys::Relation,
}

impl Heap {
    /// # Safety
    /// VACUUM's info.
    unsafe fn of(info: *mut pg_sys::IndexVacuumInfo) -> Heap {
        // SAFETY: by the contract.
        unsafe {
            #[cfg(feature = "pg15")]
            let raw = {
                let table = pg_sys::IndexGetRelation((*(*info).index).rd_id, false);
                pg_sys::table_open(table, pg_sys::NoLock as i32)
            };
            #[cfg(not(feature = "pg15"))]
            let raw = (*info).heaprel;
            Heap { raw }
        }
    }
}

#[cfg(feature = "pg15")]
impl Drop for Heap {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            // SAFETY: opened once.
            unsafe { pg_sys::table_close(self.raw, pg_sys::NoLock as i32) };
        }
    }
}
