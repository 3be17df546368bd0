//! Pages in shared memory: pinned, so that they stay there, and locked while somebody may change them.
//!
//! When an error of PostgreSQL unwinds, pins and locks are left to its own cleanup, which releases them all.

use std::marker::PhantomData;

use pgrx::pg_sys;

use crate::report::Report;
use crate::storage::page::{PageRef, corrupted};

/// An open relation that is an index of ours.
#[derive(Clone, Copy)]
pub struct Relation {
    raw: pg_sys::Relation,
}

/// The lock that a merge, a flush of the pending list and VACUUM exclude each other by, on the first page.
const MERGE_LOCK: i32 = pg_sys::ExclusiveLock as i32;

impl Relation {
    /// # Safety
    /// `raw` is open, and stays so while the value is used.
    #[inline]
    pub unsafe fn new(raw: pg_sys::Relation) -> Relation {
        Relation { raw }
    }

    #[inline]
    pub fn raw(self) -> pg_sys::Relation {
        self.raw
    }

    pub fn oid(self) -> pg_sys::Oid {
        // SAFETY: valid by `new`.
        unsafe { (*self.raw).rd_id }
    }

    /// The number of its file: another one after each rewrite.
    pub fn file_number(self) -> u32 {
        // SAFETY: valid by `new`.
        unsafe {
            #[cfg(feature = "pg15")]
            let number = (*self.raw).rd_node.relNode;
            #[cfg(not(feature = "pg15"))]
            let number = (*self.raw).rd_locator.relNumber;
            number.into()
        }
    }

    pub fn name(self) -> String {
        // SAFETY: valid by `new`; a name ends with a NUL.
        unsafe {
            let name = (*(*self.raw).rd_rel).relname.data.as_ptr();
            std::ffi::CStr::from_ptr(name)
                .to_string_lossy()
                .into_owned()
        }
    }

    /// Whether it has a file; partitioned indexes have none.
    pub fn has_contents(self) -> bool {
        // SAFETY: valid by `new`.
        unsafe { (*(*self.raw).rd_rel).relkind as u8 == pg_sys::RELKIND_INDEX }
    }

    /// How many pages its file has.
    pub fn blocks(self) -> u32 {
        // SAFETY: valid by `new`.
        unsafe {
            pg_sys::RelationGetNumberOfBlocksInFork(self.raw, pg_sys::ForkNumber::MAIN_FORKNUM)
        }
    }

    /// Whether its changes are logged (`RelationNeedsWAL`, rel.h).
    pub fn needs_wal(self) -> bool {
        // SAFETY: valid by `new`; reads variables.
        unsafe {
            let relation = &*self.raw;
            let is_permanent = (*relation.rd_rel).relpersistence
                == pg_sys::RELPERSISTENCE_PERMANENT as std::ffi::c_char;
            #[cfg(feature = "pg15")]
            let new_file = relation.rd_firstRelfilenodeSubid;
            #[cfg(not(feature = "pg15"))]
            let new_file = relation.rd_firstRelfilelocatorSubid;
            // 0 is no subtransaction.
            let is_new = relation.rd_createSubid != 0 || new_file != 0;
            is_permanent
                && (pg_sys::wal_level > pg_sys::WalLevel::WAL_LEVEL_MINIMAL as i32 || !is_new)
        }
    }

    /// Takes the lock on merging, waiting for it if need be.
    pub fn lock_merge(self) -> MergeLock {
        // SAFETY: valid by `new`.
        unsafe { pg_sys::LockPage(self.raw, 0, MERGE_LOCK) };
        MergeLock { relation: self }
    }

    /// Takes it if it is free.
    pub fn try_lock_merge(self) -> Option<MergeLock> {
        // SAFETY: valid by `new`.
        let taken = unsafe { pg_sys::ConditionalLockPage(self.raw, 0, MERGE_LOCK) };
        taken.then(|| MergeLock { relation: self })
    }

    /// Reads a page that should be there.
    #[inline]
    pub fn pin(self, block: u32) -> Result<Pin, Report> {
        self.pin_with(block, std::ptr::null_mut())
    }

    /// The same for somebody who reads the whole index, and has buffers of their own for it.
    pub fn pin_with(
        self,
        block: u32,
        strategy: pg_sys::BufferAccessStrategy,
    ) -> Result<Pin, Report> {
        // SAFETY: valid by `new`. What the number of blocks was last is remembered with the relation by the storage
        // manager, so that this doesn't ask the system for it each time.
        let buffer = unsafe {
            let smgr = (*self.raw).rd_smgr;
            let known = match smgr.is_null() {
                true => 0,
                false => (*smgr).smgr_cached_nblocks[0],
            };
            if (known == pg_sys::InvalidBlockNumber || block >= known) && block >= self.blocks() {
                return Err(corrupted(block, "a pointer beyond the end"));
            }
            pg_sys::ReadBufferExtended(
                self.raw,
                pg_sys::ForkNumber::MAIN_FORKNUM,
                block,
                pg_sys::ReadBufferMode::RBM_NORMAL,
                strategy,
            )
        };
        Ok(Pin { buffer, block })
    }

    /// Makes the fork a page longer, and locks that page. It is all zeros.
    pub fn extend(self, fork: pg_sys::ForkNumber::Type) -> Locked<Exclusive> {
        let making = self.lock_extension();
        // SAFETY: valid by `new`. Nobody else extends the file meanwhile.
        let locked = unsafe {
            let buffer = pg_sys::ReadBufferExtended(
                self.raw,
                fork,
                pg_sys::InvalidBlockNumber,
                pg_sys::ReadBufferMode::RBM_NORMAL,
                std::ptr::null_mut(),
            );
            let block = pg_sys::BufferGetBlockNumber(buffer);
            Pin { buffer, block }.exclusive()
        };
        drop(making);
        locked
    }

    /// Keeps others from making the file longer.
    pub fn lock_extension(self) -> ExtensionLock {
        // SAFETY: valid by `new`.
        unsafe { pg_sys::LockRelationForExtension(self.raw, EXTENSION_LOCK) };
        ExtensionLock { relation: self }
    }

    /// Whether only this session has it.
    pub fn is_temporary(self) -> bool {
        // SAFETY: valid by `new`.
        unsafe {
            (*(*self.raw).rd_rel).relpersistence == pg_sys::RELPERSISTENCE_TEMP as std::ffi::c_char
        }
    }
}

const EXTENSION_LOCK: i32 = pg_sys::ExclusiveLock as i32;

/// The right to make the file longer.
pub struct ExtensionLock {
    relation: Relation,
}

impl Drop for ExtensionLock {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            // SAFETY: the relation is still open, and this has the lock.
            unsafe { pg_sys::UnlockRelationForExtension(self.relation.raw, EXTENSION_LOCK) };
        }
    }
}

/// The right to merge, flush and vacuum.
pub struct MergeLock {
    relation: Relation,
}

impl Drop for MergeLock {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            // SAFETY: the relation is still open, and this has the lock.
            unsafe { pg_sys::UnlockPage(self.relation.raw, 0, MERGE_LOCK) };
        }
    }
}

/// A pinned page.
pub struct Pin {
    buffer: pg_sys::Buffer,
    block: u32,
}

impl Pin {
    /// Locks it against changes.
    pub fn shared(self) -> Locked<Shared> {
        // SAFETY: pinned.
        unsafe { pg_sys::LockBuffer(self.buffer, pg_sys::BUFFER_LOCK_SHARE as i32) };
        Locked {
            pin: self,
            mode: PhantomData,
        }
    }

    /// Locks it to change it.
    pub fn exclusive(self) -> Locked<Exclusive> {
        // SAFETY: pinned.
        unsafe { pg_sys::LockBuffer(self.buffer, pg_sys::BUFFER_LOCK_EXCLUSIVE as i32) };
        Locked {
            pin: self,
            mode: PhantomData,
        }
    }

    /// Locks it to change it, unless somebody has it locked.
    pub fn try_exclusive(self) -> Option<Locked<Exclusive>> {
        // SAFETY: pinned.
        let locked = unsafe { pg_sys::ConditionalLockBuffer(self.buffer) };
        locked.then(|| Locked {
            pin: self,
            mode: PhantomData,
        })
    }

    /// The page.
    ///
    /// # Safety
    /// Its kind is one that doesn't change as long as it is pinned.
    #[inline]
    pub unsafe fn page(&self) -> PageRef<'_> {
        // SAFETY: pinned, and unchanging by the contract.
        unsafe { PageRef::new(pg_sys::BufferGetPage(self.buffer), self.block) }
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            // SAFETY: this has the pin.
            unsafe { pg_sys::ReleaseBuffer(self.buffer) };
        }
    }
}

/// Locked against changes.
pub enum Shared {}
/// Locked against everybody.
pub enum Exclusive {}

/// A locked page.
pub struct Locked<M> {
    pin: Pin,
    mode: PhantomData<M>,
}

impl<M> Locked<M> {
    pub fn block(&self) -> u32 {
        self.pin.block
    }

    pub fn page(&self) -> PageRef<'_> {
        // SAFETY: locked, so nobody changes it.
        unsafe { self.pin.page() }
    }
}

impl Locked<Exclusive> {
    pub fn buffer(&self) -> pg_sys::Buffer {
        self.pin.buffer
    }
}

impl<M> Drop for Locked<M> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            // SAFETY: this has the lock.
            unsafe { pg_sys::LockBuffer(self.pin.buffer, pg_sys::BUFFER_LOCK_UNLOCK as i32) };
        }
    }
}
