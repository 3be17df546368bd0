//! A build by several processes. They share a scan of the table, and each makes a segment of the rows that it gets, so
//! they have nothing to tell each other but where these are; merging them can wait for VACUUM.

use std::cell::UnsafeCell;
use std::ffi::c_void;

use pgrx::pg_sys;
use pgrx::prelude::*;

use crate::index::build::{FIRST_GENERATION, Part, build_part};
use crate::index::maintain::maintenance_memory;
use crate::report::{OrRaise, Report};
use crate::storage::buffer::Relation;

/// What the processes share, followed by nothing: it lies in dynamic shared memory, and holds no pointer.
#[repr(C)]
struct Shared {
    heap: pg_sys::Oid,
    index: pg_sys::Oid,
    is_concurrent: bool,
    /// Of memory, for each.
    memory: usize,
    /// Each process writes its own, the leader the first; the leader reads them when all have ended.
    parts: [UnsafeCell<Part>; MOST_PROCESSES],
}

const MOST_PROCESSES: usize = 17;

const KEY_SHARED: u64 = 1;
const KEY_SCAN: u64 = 2;

/// Builds in as many processes as `max_parallel_maintenance_workers` and `maintenance_work_mem` let it, as a btree does.
///
/// # Safety
/// Open relations, and the index's info.
pub unsafe fn build(
    relation: Relation,
    heap: pg_sys::Relation,
    info: *mut pg_sys::IndexInfo,
) -> Result<Vec<Part>, Report> {
    // SAFETY: by the contract.
    unsafe {
        // None for temporary tables.
        let workers = match pg_sys::IsInParallelMode() {
            true => 0,
            false => pg_sys::plan_create_index_workers((*heap).rd_id, relation.oid()),
        };
        let workers = (workers as usize).min(MOST_PROCESSES - 1);
        if workers > 0
            && let Some(parts) = build_with(relation, heap, info, workers)?
        {
            return Ok(parts);
        }
        let part = build_part(
            relation,
            heap,
            info,
            std::ptr::null_mut(),
            FIRST_GENERATION,
            maintenance_memory(),
        )?;
        Ok(vec![part])
    }
}

/// `None` when there is no shared memory or no worker to be had.
///
/// # Safety
/// As for [`build`].
unsafe fn build_with(
    relation: Relation,
    heap: pg_sys::Relation,
    info: *mut pg_sys::IndexInfo,
    workers: usize,
) -> Result<Option<Vec<Part>>, Report> {
    // SAFETY: the sequence of calls is that of `_bt_begin_parallel` and `_bt_end_parallel` (nbtsort.c). An error leaves
    // the context to PostgreSQL, which ends the workers.
    unsafe {
        let is_concurrent = (*info).ii_Concurrent;
        pg_sys::EnterParallelMode();
        let context = pg_sys::CreateParallelContext(
            c"$libdir/quidditch".as_ptr(),
            c"quidditch_build_worker".as_ptr(),
            workers as i32,
        );
        let snapshot = match is_concurrent {
            true => pg_sys::RegisterSnapshot(pg_sys::GetTransactionSnapshot()),
            false => &raw mut pg_sys::SnapshotAnyData,
        };
        let end = |context: *mut pg_sys::ParallelContext| {
            if is_concurrent {
                pg_sys::UnregisterSnapshot(snapshot);
            }
            pg_sys::DestroyParallelContext(context);
            pg_sys::ExitParallelMode();
        };
        let scan_size = pg_sys::table_parallelscan_estimate(heap, snapshot);
        for size in [size_of::<Shared>(), scan_size] {
            // `shm_toc_estimate_chunk` (shm_toc.h), which aligns to cache lines of 128 bytes at most.
            (*context).estimator.space_for_chunks += size.next_multiple_of(128);
            (*context).estimator.number_of_keys += 1;
        }
        pg_sys::InitializeParallelDSM(context);
        if (*context).seg.is_null() {
            end(context);
            return Ok(None);
        }
        let toc = (*context).toc;
        let shared = pg_sys::shm_toc_allocate(toc, size_of::<Shared>()).cast::<Shared>();
        shared.write(Shared {
            heap: (*heap).rd_id,
            index: relation.oid(),
            is_concurrent,
            memory: maintenance_memory() / (workers + 1),
            parts: Default::default(),
        });
        let scan = pg_sys::shm_toc_allocate(toc, scan_size);
        pg_sys::table_parallelscan_initialize(heap, scan.cast(), snapshot);
        pg_sys::shm_toc_insert(toc, KEY_SHARED, shared.cast());
        pg_sys::shm_toc_insert(toc, KEY_SCAN, scan);
        pg_sys::LaunchParallelWorkers(context);
        let launched = (*context).nworkers_launched as usize;
        if launched == 0 {
            end(context);
            return Ok(None);
        }
        take_part(&*shared, 0, relation, heap, info, scan)?;
        pg_sys::WaitForParallelWorkersToFinish(context);
        let parts = (*shared).parts.iter().take(launched + 1);
        let parts: Vec<Part> = parts.map(|part| *part.get()).collect();
        (*info).ii_BrokenHotChain |= parts.iter().any(|part| part.has_broken_chains);
        end(context);
        Ok(Some(parts))
    }
}

/// Builds this process's part.
///
/// # Safety
/// Open relations; shared memory as the leader made it; `place` is this process's alone.
unsafe fn take_part(
    shared: &Shared,
    place: usize,
    relation: Relation,
    heap: pg_sys::Relation,
    info: *mut pg_sys::IndexInfo,
    scan: *mut c_void,
) -> Result<(), Report> {
    // SAFETY: by the contract. The scan ends with the build.
    unsafe {
        (*info).ii_Concurrent = shared.is_concurrent;
        let scan = pg_sys::table_beginscan_parallel(heap, scan.cast());
        let generation = FIRST_GENERATION + place as u64;
        let part = build_part(relation, heap, info, scan, generation, shared.memory)?;
        *shared.parts[place].get() = part;
    }
    Ok(())
}

/// Where a worker begins.
///
/// # Safety
/// Called by the server in a parallel worker.
#[unsafe(no_mangle)]
#[pg_guard]
pub unsafe extern "C-unwind" fn quidditch_build_worker(
    _segment: *mut pg_sys::dsm_segment,
    toc: *mut pg_sys::shm_toc,
) {
    // SAFETY: the keys are those that the leader inserted; it holds the same locks.
    unsafe {
        let shared = &*pg_sys::shm_toc_lookup(toc, KEY_SHARED, false).cast::<Shared>();
        let scan = pg_sys::shm_toc_lookup(toc, KEY_SCAN, false);
        let (heap_lock, index_lock) = match shared.is_concurrent {
            true => (pg_sys::ShareUpdateExclusiveLock, pg_sys::RowExclusiveLock),
            false => (pg_sys::ShareLock, pg_sys::AccessExclusiveLock),
        };
        let heap = pg_sys::table_open(shared.heap, heap_lock as i32);
        let index = pg_sys::index_open(shared.index, index_lock as i32);
        let info = pg_sys::BuildIndexInfo(index);
        let place = pg_sys::ParallelWorkerNumber as usize + 1;
        take_part(shared, place, Relation::new(index), heap, info, scan).or_raise();
        pg_sys::index_close(index, index_lock as i32);
        pg_sys::table_close(heap, heap_lock as i32);
    }
}
