//! Rows of a table on their way to an index: their ids as PostgreSQL and as segments have them, the memory that reading a
//! document takes, and the scan that shows all of them.

use std::ffi::{CStr, c_void};

use pgrx::pg_sys;
use pgrx::prelude::*;
use quidditch_segment::RowId;

use crate::datum::Jsonb;
use crate::report::{OrRaise, Report};
use crate::storage::buffer::Relation;

/// # Safety
/// A tuple id.
pub unsafe fn row_id(tid: pg_sys::ItemPointer) -> RowId {
    // SAFETY: by the contract.
    let tid = unsafe { &*tid };
    RowId {
        block: u32::from(tid.ip_blkid.bi_hi) << 16 | u32::from(tid.ip_blkid.bi_lo),
        offset: tid.ip_posid,
    }
}

/// The row as PostgreSQL has it.
pub fn item_pointer(row: RowId) -> pg_sys::ItemPointerData {
    pg_sys::ItemPointerData {
        ip_blkid: pg_sys::BlockIdData {
            bi_hi: (row.block >> 16) as u16,
            bi_lo: row.block as u16,
        },
        ip_posid: row.offset,
    }
}

/// A memory context for what one row after the other leaves behind. Whoever made it deletes it; after an error the
/// context that it is in does.
#[derive(Clone, Copy)]
pub struct RowContext(pg_sys::MemoryContext);

impl RowContext {
    /// In the current context.
    pub fn new(name: &'static CStr) -> RowContext {
        // SAFETY: a child of the current context.
        RowContext(unsafe {
            pg_sys::AllocSetContextCreateInternal(
                pg_sys::CurrentMemoryContext,
                name.as_ptr(),
                pg_sys::ALLOCSET_DEFAULT_MINSIZE as usize,
                pg_sys::ALLOCSET_DEFAULT_INITSIZE as usize,
                pg_sys::ALLOCSET_DEFAULT_MAXSIZE as usize,
            )
        })
    }

    /// One that [`raw`](Self::raw) gave.
    ///
    /// # Safety
    /// It hasn't been deleted.
    pub unsafe fn from_raw(context: *mut c_void) -> RowContext {
        RowContext(context.cast())
    }

    pub fn raw(self) -> *mut c_void {
        self.0.cast()
    }

    /// Empties it, and runs with it as the current context.
    ///
    /// # Safety
    /// It hasn't been deleted, and nothing that was allocated in it is used any more.
    pub unsafe fn run<T>(self, run: impl FnOnce() -> Result<T, Report>) -> Result<T, Report> {
        // SAFETY: by the contract; an error that unwinds past this leaves restoring to PostgreSQL.
        unsafe {
            pg_sys::MemoryContextReset(self.0);
            let before = pg_sys::MemoryContextSwitchTo(self.0);
            let result = run();
            pg_sys::MemoryContextSwitchTo(before);
            result
        }
    }

    /// # Safety
    /// It hasn't been deleted, and nothing that was allocated in it is used any more.
    pub unsafe fn delete(self) {
        // SAFETY: by the contract.
        unsafe { pg_sys::MemoryContextDelete(self.0) };
    }
}

/// A table's rows as an index gets them: those of its predicate, with the value of its expression.
pub struct TableScan {
    pub heap: pg_sys::Relation,
    pub index: Relation,
    pub info: *mut pg_sys::IndexInfo,
    /// A scan of the whole table if it is null, else this one, which ends with it.
    pub scan: pg_sys::TableScanDesc,
    /// Whether the scan may share its pages with others, and so begin anywhere.
    pub may_synchronize: bool,
    pub shows_progress: bool,
}

/// Sees one row after the other; none, for the SQL NULL.
type Visit<'v> = dyn FnMut(RowId, Option<&Jsonb>) -> Result<(), Report> + 'v;

struct Visitor<'v> {
    context: RowContext,
    visit: &'v mut Visit<'v>,
}

impl TableScan {
    /// Shows each row; how many the table has.
    ///
    /// # Safety
    /// Open relations, the index's info, and a scan that was begun if there is one.
    pub unsafe fn each_row(&self, visit: &mut Visit<'_>) -> Result<f64, Report> {
        // SAFETY: by the contract; the visitor outlives the scan. The guard turns an error into a panic, as for functions
        // that pgrx declares.
        unsafe {
            let Some(scan) = (*(*self.heap).rd_tableam).index_build_range_scan else {
                return Err(Report::not_supported("the table can't be scanned"));
            };
            let context = RowContext::new(c"quidditch rows");
            let mut visitor = Visitor { context, visit };
            let rows = pg_sys::ffi::pg_guard_ffi_boundary(|| {
                scan(
                    self.heap,
                    self.index.raw(),
                    self.info,
                    self.may_synchronize,
                    false,
                    self.shows_progress,
                    0,
                    pg_sys::InvalidBlockNumber,
                    Some(visit_row),
                    (&raw mut visitor).cast(),
                    self.scan,
                )
            });
            context.delete();
            Ok(rows)
        }
    }
}

/// The table's callback for each row.
#[pg_guard]
unsafe extern "C-unwind" fn visit_row(
    _index: pg_sys::Relation,
    tid: pg_sys::ItemPointer,
    values: *mut pg_sys::Datum,
    is_null: *mut bool,
    _is_alive: bool,
    visitor: *mut c_void,
) {
    // SAFETY: the scan hands on the visitor that it got; an index has one column, so there is one value.
    unsafe {
        let visitor = &mut *visitor.cast::<Visitor>();
        let document = (!*is_null).then_some(*values);
        let row = row_id(tid);
        visitor
            .context
            .run(|| {
                let document = document.map(|datum| Jsonb::new(datum));
                (visitor.visit)(row, document.as_ref())
            })
            .or_raise();
    }
}
