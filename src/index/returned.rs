//! Scores of the rows that ordered scans have just returned.
//!
//! What orders a scan is part of its target list too, if only as a column that the executor drops in the end, and
//! computing it means analysing the document: for ten rows, more work than finding them. So whoever computes a score asks
//! here first. A scan answers for nothing but the value it means itself: that of its index's column, in the table's page
//! where the scan's own row lies, for the same query and snapshot.
//!
//! A portal that failed within a subtransaction keeps its scans, but neither their pages nor their relations
//! (`AtSubAbort_Portals`, portalmem.c). So the end of a failed subtransaction makes all scans forget their rows.

use std::cell::{Cell, RefCell};
use std::mem::offset_of;
use std::rc::Rc;
use std::sync::Once;

use pgrx::pg_sys;

use crate::datum;

/// A scan's last row, as long as the scan is open.
pub struct Returned(Rc<Entry>);

struct Entry {
    scan: pg_sys::IndexScanDesc,
    /// The ordering query. A copy: what the executor gives may be part of another scan's row, which goes on.
    query: RefCell<Option<Box<[u8]>>>,
    score: Cell<Option<Answer>>,
}

/// What a scan knows of its row.
#[derive(Clone, Copy)]
pub struct Answer {
    /// None of a row that doesn't match.
    pub score: Option<f64>,
    /// Whether an index that the query names tells the score: then it matters who named it.
    pub is_by_index: bool,
}

thread_local! {
    static OPEN: RefCell<Vec<Rc<Entry>>> = const { RefCell::new(Vec::new()) };
}

impl Returned {
    /// # Safety
    /// A scan that is open as long as the value lives, of one ordering key.
    pub unsafe fn new(scan: pg_sys::IndexScanDesc) -> Returned {
        static WATCHED: Once = Once::new();
        WATCHED.call_once(|| {
            // SAFETY: the callback is a function of the library, which stays loaded.
            unsafe {
                pg_sys::RegisterSubXactCallback(Some(subtransaction_ended), std::ptr::null_mut())
            };
        });
        let entry = Rc::new(Entry {
            scan,
            query: RefCell::new(None),
            score: Cell::new(None),
        });
        OPEN.with_borrow_mut(|open| open.push(entry.clone()));
        Returned(entry)
    }

    /// Begins anew, with that key.
    ///
    /// # Safety
    /// A key whose argument is a jsonb that may be read.
    pub unsafe fn begin(&self, key: &pg_sys::ScanKeyData) {
        self.set(None);
        let is_null = key.sk_flags as u32 & pg_sys::SK_ISNULL != 0;
        // SAFETY: by the contract.
        let query = (!is_null).then(|| unsafe { datum::stored_bytes(key.sk_argument) }.into());
        self.0.query.replace(query);
    }

    /// Says what is known of the row that the scan returns now, if it returns one.
    pub fn set(&self, answer: Option<Answer>) {
        self.0.score.set(answer);
    }
}

unsafe extern "C-unwind" fn subtransaction_ended(
    event: pg_sys::SubXactEvent::Type,
    _: pg_sys::SubTransactionId,
    _: pg_sys::SubTransactionId,
    _: *mut std::ffi::c_void,
) {
    if event == pg_sys::SubXactEvent::SUBXACT_EVENT_ABORT_SUB {
        _ = OPEN.try_with(|open| {
            if let Ok(open) = open.try_borrow() {
                open.iter().for_each(|entry| entry.score.set(None));
            }
        });
    }
}

impl Drop for Returned {
    fn drop(&mut self) {
        // At the process's end there may be no list any more.
        _ = OPEN.try_with(|open| {
            if let Ok(mut open) = open.try_borrow_mut() {
                open.retain(|entry| !Rc::ptr_eq(entry, &self.0));
            }
        });
    }
}

/// What a scan knows that has just returned the document, ordered by the query; `None` when no scan has.
///
/// # Safety
/// Arguments of a call: jsonb as it is in the row, a jsonb.
#[inline]
pub unsafe fn score(document: pg_sys::Datum, query: pg_sys::Datum) -> Option<Answer> {
    OPEN.with_borrow(|open| {
        let mut entries = open.iter().rev();
        // SAFETY: by the contract.
        entries.find_map(|entry| unsafe { entry.score(document, query) })
    })
}

impl Entry {
    /// # Safety
    /// As for [`score`].
    unsafe fn score(&self, document: pg_sys::Datum, query: pg_sys::Datum) -> Option<Answer> {
        let answer = self.score.get()?;
        // SAFETY: by the contract of `Returned::new`, with its arrays.
        unsafe {
            let scan = &*self.scan;
            let is_same = column_of_row(scan, document) == Some(document)
                && pg_sys::ActiveSnapshotSet()
                && scan.xs_snapshot == pg_sys::GetActiveSnapshot()
                && self.query.borrow().as_deref() == Some(datum::stored_bytes(query));
            is_same.then_some(answer)
        }
    }
}

/// Where the indexed column is of the scan's row, if a value lies in the page where that row does.
///
/// # Safety
/// An open scan, and a value that may be read.
unsafe fn column_of_row(
    scan: &pg_sys::IndexScanDescData,
    value: pg_sys::Datum,
) -> Option<pg_sys::Datum> {
    // SAFETY: the table's access method tells what its part of the scan is. A value in a page may be read because the page
    // is pinned, and what is visible in a pinned page stays where it is.
    unsafe {
        let attribute = *(*(*scan.indexRelation).rd_index).indkey.values.as_ptr();
        let heap = &*scan.heapRelation;
        if attribute <= 0 || heap.rd_tableam != pg_sys::GetHeapamTableAmRoutine() {
            return None;
        }
        let fetch = scan.xs_heapfetch.cast::<pg_sys::IndexFetchHeapData>();
        let buffer = fetch.as_ref()?.xs_cbuf;
        if buffer == pg_sys::InvalidBuffer as i32 {
            return None;
        }
        let page = pg_sys::BufferGetPage(buffer);
        let place = value.value().wrapping_sub(page.addr());
        if place >= pg_sys::BLCKSZ as usize {
            return None;
        }
        let offset = scan.xs_heaptid.ip_posid;
        let item = item(page, offset)?;
        let mut tuple = pg_sys::HeapTupleData {
            t_len: item.lp_len(),
            t_self: scan.xs_heaptid,
            t_tableOid: heap.rd_id,
            t_data: page.add(item.lp_off() as usize).cast(),
        };
        let mut is_null = false;
        let value =
            pg_sys::heap_getattr(&mut tuple, i32::from(attribute), heap.rd_att, &mut is_null);
        (!is_null).then_some(value)
    }
}

/// Where a tuple is in a page (`PageGetItemId`, bufpage.h).
///
/// # Safety
/// A page that may be read.
unsafe fn item(page: pg_sys::Page, offset: u16) -> Option<pg_sys::ItemIdData> {
    // SAFETY: the items lie one after the other from there to `pd_lower`.
    let item = unsafe {
        let header = page.cast::<pg_sys::PageHeaderData>();
        let before = offset_of!(pg_sys::PageHeaderData, pd_linp);
        let end = usize::from((*header).pd_lower);
        let place = before + usize::from(offset.checked_sub(1)?) * size_of::<pg_sys::ItemIdData>();
        (place < end).then(|| *page.add(place).cast::<pg_sys::ItemIdData>())?
    };
    (item.lp_flags() == pg_sys::LP_NORMAL).then_some(item)
}
