//! Changes of pages that happen as a whole or not at all, by PostgreSQL's generic log records. The pages are copied,
//! the copies changed, and [`Change::finish`] writes the record and puts them in place: it alone has a critical section,
//! and it is PostgreSQL's.

use std::marker::PhantomData;

use pgrx::pg_sys;

use crate::storage::buffer::{Exclusive, Locked, Relation};
use crate::storage::page::PageMut;

/// A change of up to [`MOST_PAGES`] pages.
pub struct Change<'l> {
    state: *mut pg_sys::GenericXLogState,
    /// The pages stay locked until it is done.
    locks: PhantomData<&'l ()>,
}

/// How many pages one record may change.
pub const MOST_PAGES: usize = pg_sys::MAX_GENERIC_XLOG_PAGES as usize;

impl<'l> Change<'l> {
    pub fn start(relation: Relation) -> Change<'l> {
        Change {
            // SAFETY: the relation is open.
            state: unsafe { pg_sys::GenericXLogStart(relation.raw()) },
            locks: PhantomData,
        }
    }

    /// A page as it is, to be changed. The record has the bytes that differ.
    pub fn page(&mut self, locked: &'l Locked<Exclusive>) -> PageMut<'l> {
        self.register(locked, 0)
    }

    /// A page to be written anew. The record has all of it.
    pub fn new_page(&mut self, locked: &'l Locked<Exclusive>) -> PageMut<'l> {
        self.register(locked, pg_sys::GENERIC_XLOG_FULL_IMAGE as i32)
    }

    fn register(&mut self, locked: &'l Locked<Exclusive>, flags: i32) -> PageMut<'l> {
        // SAFETY: the buffer is locked exclusively as long as the change lives. The image belongs to the state; each
        // buffer is registered once, so each image is given out once.
        unsafe {
            let image = pg_sys::GenericXLogRegisterBuffer(self.state, locked.buffer(), flags);
            PageMut::new(image)
        }
    }

    /// Logs the change and makes it.
    pub fn finish(self) {
        // SAFETY: started, and not finished yet.
        let _end = unsafe { pg_sys::GenericXLogFinish(self.state) };
        std::mem::forget(self);
        #[cfg(feature = "fault-points")]
        fault::after_record(_end);
    }
}

impl Drop for Change<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            // SAFETY: started, and not finished.
            unsafe { pg_sys::GenericXLogAbort(self.state) };
        }
    }
}

/// Fills a page of an unlogged relation's initial fork, which is logged all the same.
pub fn write_logged(locked: &Locked<Exclusive>, fill: impl FnOnce(&mut PageMut<'_>)) {
    // SAFETY: locked exclusively. In the critical section stand only PostgreSQL's functions that are made for it.
    unsafe {
        fill(&mut PageMut::new(pg_sys::BufferGetPage(locked.buffer())));
        pg_sys::CritSectionCount += 1;
        pg_sys::MarkBufferDirty(locked.buffer());
        pg_sys::log_newpage_buffer(locked.buffer(), true);
        pg_sys::CritSectionCount -= 1;
    }
}

/// Crashes on purpose, for tests of what a crash leaves behind.
#[cfg(feature = "fault-points")]
pub mod fault {
    use std::sync::atomic::{AtomicI32, Ordering};

    use pgrx::{GucContext, GucFlags, GucRegistry, GucSetting, pg_sys};

    static CRASH_AFTER: GucSetting<i32> = GucSetting::<i32>::new(0);
    static RECORDS: AtomicI32 = AtomicI32::new(0);

    pub fn define() {
        GucRegistry::define_int_guc(
            c"quidditch.crash_after_records",
            c"Kills this backend after so many of its log records, as a crash would.",
            c"Zero never does. Only in builds for tests.",
            &CRASH_AFTER,
            0,
            i32::MAX,
            GucContext::Userset,
            GucFlags::default(),
        );
    }

    pub fn after_record(end: pg_sys::XLogRecPtr) {
        let most = CRASH_AFTER.get();
        if most > 0 && RECORDS.fetch_add(1, Ordering::Relaxed) + 1 >= most {
            // SAFETY: what was logged has to survive, so it reaches the disk first; then this process dies as by a
            // crash, and the postmaster restarts all others.
            unsafe {
                if end > 0 {
                    pg_sys::XLogFlush(end);
                }
                raise(SIGKILL);
            }
        }
    }

    const SIGKILL: std::ffi::c_int = 9;

    unsafe extern "C" {
        fn raise(signal: std::ffi::c_int) -> std::ffi::c_int;
    }
}
