//! Which pages are free.
//!
//! What is retired, a merged segment or pending pages that are in a segment now, may still be read by whoever looked at
//! the first page before. All of them have a snapshot that is older than the transaction number which is kept with what
//! was retired; when no such snapshot is left ([`reclaim`]), the pages become [`Kind::Free`] and are told to the free
//! space map. On a standby there may be such snapshots still: a record that cancels their queries goes first.
//!
//! The map is neither logged nor exact, so the page itself says whether it is free, under its lock.

use pgrx::pg_sys;
use quidditch_segment::Segment;

use crate::report::Report;
use crate::storage::buffer::{Exclusive, Locked, Relation};
use crate::storage::log::{Change, MOST_PAGES};
use crate::storage::meta::{Meta, NOWHERE, Retired};
use crate::storage::page::Kind;
use crate::storage::segment::SegmentPages;

/// A page that nobody uses.
pub struct Claimed {
    pub page: Locked<Exclusive>,
    /// Whether nobody else can know of it. Of others, the map may have told somebody else, too, so they stay ours only
    /// once they say so themselves.
    pub is_fresh: bool,
}

impl Claimed {
    /// Makes it free again.
    pub fn give_back(self, relation: Relation) {
        let mut change = Change::start(relation);
        change.new_page(&self.page).init(Kind::Free, 0);
        change.finish();
        let block = self.page.block();
        drop(self.page);
        // SAFETY: the relation is open.
        unsafe { pg_sys::RecordFreeIndexPage(relation.raw(), block) };
    }
}

/// Finds a page that nobody uses, or makes one. It is free or, if it is fresh, all zeros. Pages of zeros that aren't
/// fresh may be somebody's who just made them.
pub fn claim(relation: Relation) -> Result<Claimed, Report> {
    loop {
        // SAFETY: the relation is open.
        let block = unsafe { pg_sys::GetFreeIndexPage(relation.raw()) };
        if block == NOWHERE {
            return Ok(Claimed {
                page: relation.extend(pg_sys::ForkNumber::MAIN_FORKNUM),
                is_fresh: true,
            });
        }
        // The map of a crashed server may know of pages that never were.
        if block == 0 || block >= relation.blocks() {
            continue;
        }
        if let Some(page) = relation.pin(block)?.try_exclusive() {
            let special = page.page().special();
            if special.is_some_and(|special| special.is(Kind::Free)) {
                return Ok(Claimed {
                    page,
                    is_fresh: false,
                });
            }
        }
    }
}

/// Whether nobody reads what was retired then.
pub fn is_past(relation: Relation, heap: pg_sys::Relation, since: u64) -> bool {
    // Of temporary tables it would be asked without regard to this session's own cursors.
    let heap = match relation.is_temporary() {
        true => std::ptr::null_mut(),
        false => heap,
    };
    let since = pg_sys::FullTransactionId { value: since };
    // SAFETY: the table's relation is open, or null, which asks about all of them.
    unsafe { pg_sys::GlobalVisCheckRemovableFullXid(heap, since) }
}

/// Makes standbys cancel the queries that may read what was retired then, before its pages are used again.
pub fn warn_standbys(relation: Relation, heap: pg_sys::Relation, block: u32, since: u64) {
    if relation.needs_wal() && standbys_may_read() {
        let since = pg_sys::FullTransactionId { value: since };
        log_reuse(relation, heap, block, since);
    }
}

/// Frees what was retired and nobody reads any more, of at most so many pages in all. Under the merge lock. How many
/// pages.
pub fn reclaim(relation: Relation, heap: pg_sys::Relation, most_pages: u32) -> Result<u32, Report> {
    let mut freed = 0;
    for retired in Meta::read(relation)?.retired {
        if retired.pages > most_pages - freed || !is_past(relation, heap, retired.since) {
            continue;
        }
        let blocks = blocks(relation, &retired)?;
        warn_standbys(relation, heap, retired.first, retired.since);
        // Forgotten first: pages that were freed may soon be somebody else's, and whoever came back to this entry after
        // a crash or an error would free them again. What isn't freed then is an orphan, which VACUUM finds.
        Meta::update(relation, |meta| {
            meta.retired.retain(|other| *other != retired);
            Ok(())
        })?;
        freed += free(relation, &blocks)?;
    }
    if freed > 0 {
        // SAFETY: the relation is open.
        unsafe { pg_sys::IndexFreeSpaceMapVacuum(relation.raw()) };
    }
    Ok(freed)
}

/// Whether a server that replays the log may answer queries.
fn standbys_may_read() -> bool {
    // SAFETY: reads a variable.
    unsafe { pg_sys::wal_level >= pg_sys::WalLevel::WAL_LEVEL_REPLICA as i32 }
}

/// Logs what makes a standby cancel queries that may read the page. It is GiST's record, whose redo does that and
/// nothing else, for any index.
fn log_reuse(
    relation: Relation,
    heap: pg_sys::Relation,
    block: u32,
    since: pg_sys::FullTransactionId,
) {
    unsafe extern "C-unwind" {
        #[cfg(feature = "pg15")]
        fn gistXLogPageReuse(
            rel: pg_sys::Relation,
            blkno: pg_sys::BlockNumber,
            deleteXid: pg_sys::FullTransactionId,
        );
        #[cfg(not(feature = "pg15"))]
        fn gistXLogPageReuse(
            rel: pg_sys::Relation,
            heaprel: pg_sys::Relation,
            blkno: pg_sys::BlockNumber,
            deleteXid: pg_sys::FullTransactionId,
        );
    }
    // SAFETY: declared as in gist_private.h; the guard turns an error into a panic, as for functions that pgrx declares.
    unsafe {
        pg_sys::ffi::pg_guard_ffi_boundary(|| {
            #[cfg(feature = "pg15")]
            {
                _ = heap;
                gistXLogPageReuse(relation.raw(), block, since);
            }
            #[cfg(not(feature = "pg15"))]
            gistXLogPageReuse(relation.raw(), heap, block, since);
        });
    }
}

/// The pages of what was retired and what they are stamped with, as far as they can be found: a crash may have stopped
/// somebody who was freeing them. Each once and in their order, whatever damaged pages say: who locks a page twice waits
/// for himself.
fn blocks(relation: Relation, retired: &Retired) -> Result<Vec<(u32, u64)>, Report> {
    let most = retired.pages.min(relation.blocks()) as usize;
    let mut blocks = Vec::with_capacity(most);
    if retired.generation > 0 {
        let pages = SegmentPages::new(relation, retired.generation);
        // What is found before an error is part of it; VACUUM finds the rest.
        let segment = Segment::open(&pages, retired.first);
        let mut add = |block| blocks.push((block, retired.generation));
        _ = segment.and_then(|segment| segment.blocks(|block, _| add(block)));
    } else {
        let mut block = retired.first;
        while block != NOWHERE && blocks.len() < most {
            pgrx::check_for_interrupts!();
            let locked = relation.pin(block)?.shared();
            let page = locked.page();
            let (Ok(contents), Some(special)) =
                (page.contents(Kind::Pending, None), page.special())
            else {
                break;
            };
            blocks.push((block, special.generation));
            if block == retired.last {
                break;
            }
            block = contents
                .first_chunk()
                .map_or(NOWHERE, |next| u32::from_le_bytes(*next));
        }
    }
    blocks.sort_unstable();
    blocks.dedup_by_key(|(block, _)| *block);
    Ok(blocks)
}

/// Makes pages of zeros free that nobody is making: what a crash leaves behind when it comes between making a page and
/// writing it. Under the merge lock, so that no segment is being written.
pub fn free_zeros(relation: Relation, blocks: &[u32]) -> Result<(), Report> {
    for block in blocks {
        let making = relation.lock_extension();
        let page = relation.pin(*block)?.exclusive();
        drop(making);
        // Whoever made it has it locked until it isn't zeros any more.
        if page.page().is_new() {
            Claimed {
                page,
                is_fresh: false,
            }
            .give_back(relation);
        }
    }
    Ok(())
}

/// Makes pages free that are still stamped so, and tells the map. How many. No page is there twice.
pub fn free(relation: Relation, blocks: &[(u32, u64)]) -> Result<u32, Report> {
    let mut freed = 0;
    for blocks in blocks.chunks(MOST_PAGES) {
        pgrx::check_for_interrupts!();
        let mut locked = Vec::with_capacity(MOST_PAGES);
        for (block, generation) in blocks {
            let page = relation.pin(*block)?.exclusive();
            let is_same = page.page().special().is_some_and(|special| {
                special.generation == *generation
                    && (special.is_of_segment() || special.is(Kind::Pending))
            });
            if is_same {
                locked.push(page);
            }
        }
        let mut record = Change::start(relation);
        for page in &locked {
            // An empty page is logged in few bytes; one with contents may have to be logged whole.
            record.new_page(page).init(Kind::Free, 0);
        }
        record.finish();
        for page in locked {
            let block = page.block();
            drop(page);
            // SAFETY: the relation is open.
            unsafe { pg_sys::RecordFreeIndexPage(relation.raw(), block) };
            freed += 1;
        }
    }
    Ok(freed)
}
