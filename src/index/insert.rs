//! A row's INSERT: its document's terms go to the pending list. Whoever finds that list full makes a segment of it, and
//! merges a bounded number of small ones.

use pgrx::pg_sys;
use pgrx::prelude::*;

use crate::datum::Jsonb;
use crate::index::definition::{self, Definition};
use crate::index::maintain::{INSERT_PAGES, Maintenance};
use crate::index::rows::{RowContext, row_id};
use crate::index::{options, pending};
use crate::report::{OrRaise, Report};
use crate::storage::buffer::Relation;

/// `aminsert`
///
/// # Safety
/// Called by the server with one value, and open relations.
#[pg_guard]
#[expect(clippy::too_many_arguments, reason = "the server's signature")]
pub unsafe extern "C-unwind" fn aminsert(
    index: pg_sys::Relation,
    values: *mut pg_sys::Datum,
    is_null: *mut bool,
    tid: pg_sys::ItemPointer,
    heap: pg_sys::Relation,
    _unique: pg_sys::IndexUniqueCheck::Type,
    _unchanged: bool,
    info: *mut pg_sys::IndexInfo,
) -> bool {
    // SAFETY: by the contract.
    unsafe {
        let relation = Relation::new(index);
        let document = (!*is_null).then_some(*values);
        let context = statement_context(info);
        let insert = || -> Result<(), Report> {
            let definition = definition::of(relation)?;
            // All is read and analysed before a page is locked.
            let mut terms = Vec::new();
            let document = document.map(|datum| Jsonb::new(datum));
            definition.with_terms(document.as_ref(), |found| {
                found.encode(&mut terms);
                Ok(())
            })?;
            if let Some(pages) = pending::append(relation, row_id(tid), &terms)?
                && pages as usize * pg_sys::BLCKSZ as usize > options::pending_limit(relation)
            {
                tidy(relation, heap, &definition)?;
            }
            Ok(())
        };
        context.run(insert).or_raise();
    }
    false
}

/// Makes a segment of the pending list, unless somebody is doing that.
fn tidy(relation: Relation, heap: pg_sys::Relation, definition: &Definition) -> Result<(), Report> {
    let Some(maintenance) = Maintenance::try_begin(relation, heap) else {
        return Ok(());
    };
    maintenance.reclaim(INSERT_PAGES)?;
    maintenance.flush(definition)?;
    maintenance.merge_tiers(INSERT_PAGES)
}

/// A memory context that a statement uses for one row after the other.
///
/// # Safety
/// `info` is the statement's.
unsafe fn statement_context(info: *mut pg_sys::IndexInfo) -> RowContext {
    // SAFETY: the cache is for us, and lives as long as the info.
    unsafe {
        if (*info).ii_AmCache.is_null() {
            let before = pg_sys::MemoryContextSwitchTo((*info).ii_Context);
            (*info).ii_AmCache = RowContext::new(c"quidditch insert").raw();
            pg_sys::MemoryContextSwitchTo(before);
        }
        RowContext::from_raw((*info).ii_AmCache)
    }
}
