//! Reading a whole index: to say what is wrong with it (`quidditch.check_index`), and in VACUUM to find the pages that
//! nobody knows, which a crash leaves behind when it comes between writing pages and publishing them.

use std::collections::{HashMap, HashSet};
use std::ffi::c_void;

use pgrx::pg_sys;
use pgrx::prelude::*;
use quidditch_segment::{RowId, Segment};

use crate::arguments::sql_function;
use crate::datum::Jsonb;
use crate::index::about::Opened;
use crate::index::build::{in_row_context, row_context, row_id};
use crate::index::definition::{self, Definition};
use crate::index::maintain::Maintenance;
use crate::index::pending::Reader;
use crate::index::view::View;
use crate::report::{self, Code, OrRaise, Report};
use crate::storage::buffer::Relation;
use crate::storage::meta::{Meta, NOWHERE, Retired};
use crate::storage::page::{Kind, Special, corrupted};
use crate::storage::segment::SegmentPages;
use crate::storage::space;

/// What the pages of a file are for.
#[derive(Clone, Debug, Default)]
pub struct Usage {
    pub free: Vec<u32>,
    /// Those that belong to nothing.
    pub orphans: Vec<u32>,
}

/// Looks at each page of the file. Under the merge lock, so that no segment is being written.
pub fn usage(relation: Relation, strategy: pg_sys::BufferAccessStrategy) -> Result<Usage, Report> {
    let meta = Meta::read(relation)?;
    let segments = meta.segments.iter().map(|segment| segment.generation);
    let retired = meta.retired.iter().map(|retired| retired.generation);
    let generations: HashSet<u64> = segments.chain(retired).collect();
    let mut usage = Usage::default();
    // Pending pages whose transaction is over: linked by now, or never to be.
    let mut pending = Vec::new();
    for block in 1..relation.blocks() {
        pgrx::check_for_interrupts!();
        // SAFETY: no buffer is locked.
        unsafe {
            #[cfg(not(feature = "pg18"))]
            pg_sys::vacuum_delay_point();
            #[cfg(feature = "pg18")]
            pg_sys::vacuum_delay_point(false);
        }
        let locked = relation.pin_with(block, strategy)?.shared();
        let page = locked.page();
        match page.special() {
            _ if page.is_new() => usage.free.push(block),
            None => return Err(corrupted(block, "a page that is none of an index")),
            Some(special) if special.is(Kind::Free) => usage.free.push(block),
            Some(special) if special.is(Kind::Pending) => {
                if !is_running(special.generation) {
                    pending.push(block);
                }
            }
            Some(special)
                if special.is_of_segment() && !generations.contains(&special.generation) =>
            {
                usage.orphans.push(block);
            }
            Some(_) => {}
        }
    }
    if !pending.is_empty() {
        let known = pending_blocks(relation)?;
        let unknown = pending.into_iter().filter(|block| !known.contains(block));
        usage.orphans.extend(unknown);
    }
    Ok(usage)
}

/// Whether the transaction may still link its pages.
fn is_running(transaction: u64) -> bool {
    // SAFETY: reads the next number, then the list of running transactions.
    unsafe {
        let next = pg_sys::ReadNextFullTransactionId().value;
        // None runs for as long as numbers take to come round.
        next.saturating_sub(transaction) < 1 << 31
            && pg_sys::TransactionIdIsInProgress((transaction as u32).into())
    }
}

/// The pages of the pending list, and of those that were retired.
fn pending_blocks(relation: Relation) -> Result<HashSet<u32>, Report> {
    let meta = Meta::read(relation)?;
    let retired = meta
        .retired
        .iter()
        .filter(|retired| retired.generation == 0);
    let chains = retired.map(|retired: &Retired| (retired.first, retired.last));
    let mut blocks = HashSet::new();
    for (first, last) in chains.chain([(meta.pending.head, NOWHERE)]) {
        let mut block = first;
        while block != NOWHERE && blocks.insert(block) {
            // What follows the last page of a retired chain may be free by now.
            if block == last {
                break;
            }
            let page = relation.pin(block)?.shared();
            let contents = page.page().contents(Kind::Pending, None)?;
            block = contents
                .first_chunk()
                .map_or(NOWHERE, |next| u32::from_le_bytes(*next));
        }
    }
    Ok(blocks)
}

/// Frees the pages that belong to nothing, and tells the free space map of all that are free. How many.
pub fn sweep(
    maintenance: &Maintenance,
    strategy: pg_sys::BufferAccessStrategy,
) -> Result<u32, Report> {
    let relation = maintenance.relation;
    let usage = usage(relation, strategy)?;
    let is_orphan = |special: Special| special.is_of_segment() || special.is(Kind::Pending);
    let freed = space::free(relation, &usage.orphans, is_orphan)?;
    for block in &usage.free {
        // SAFETY: the relation is open.
        unsafe { pg_sys::RecordFreeIndexPage(relation.raw(), *block) };
    }
    // SAFETY: the relation is open.
    unsafe { pg_sys::IndexFreeSpaceMapVacuum(relation.raw()) };
    Ok(freed + usage.free.len() as u32)
}

sql_function! {
    /// `check_index(index, heapallindexed)`
    fn quidditch_check_index(arguments) -> Result<Option<()>, Report> {
        let (Some(index), Some(all_indexed)) = (arguments.oid(0), arguments.bool(1)) else { return Ok(None) };
        let opened = Opened::new(index, pg_sys::ShareUpdateExclusiveLock as i32)?;
        check(&opened, all_indexed)?;
        Ok(None)
    }
}

/// What the documents of a row should be: how many terms, and the sum of their hashes.
type Digests = HashMap<RowId, (u32, u64)>;

fn check(opened: &Opened, all_indexed: bool) -> Result<(), Report> {
    let relation = opened.index;
    let definition = definition::of(relation)?;
    let lock = relation.lock_merge();
    let mut digests = Digests::new();
    // Before the index is looked at, so that whatever it sees is in there.
    let snapshot = all_indexed.then(Snapshot::take);
    check_segments(relation, &mut digests, all_indexed)?;
    if let Some(snapshot) = snapshot {
        check_rows(opened, &definition, &snapshot, &mut digests)?;
    }
    let usage = usage(relation, std::ptr::null_mut())?;
    drop(lock);
    if !usage.orphans.is_empty() {
        report::emit(
            PgLogLevel::NOTICE,
            &format!(
                "{} pages of index \"{}\" belong to nothing, as after a crash; VACUUM frees them",
                usage.orphans.len(),
                relation.name()
            ),
        );
    }
    Ok(())
}

fn check_segments(
    relation: Relation,
    digests: &mut Digests,
    all_indexed: bool,
) -> Result<(), Report> {
    let meta = Meta::read(relation)?;
    let mut owners: HashMap<u32, u64> = HashMap::new();
    for entry in &meta.segments {
        let pages = SegmentPages::new(relation, entry.generation);
        let segment = Segment::open(&pages, entry.root)?;
        let mut found = 0;
        let mut twice = None;
        segment.blocks(|block, _| {
            found += 1;
            if owners.insert(block, entry.generation).is_some() {
                twice = Some(block);
            }
        })?;
        if let Some(block) = twice {
            return Err(corrupted(block, "a page that two places have"));
        }
        if found != entry.pages || segment.documents() != entry.documents {
            let message = format!(
                "a segment of {} pages and {} documents that should have {} and {}",
                found,
                segment.documents(),
                entry.pages,
                entry.documents
            );
            return Err(corrupted(entry.root, &message));
        }
    }
    // What is pending is read on the way, and checked in memory.
    let view = View::of(relation)?;
    for segment in &view.open()?.segments {
        segment
            .check(|row, key| {
                quidditch_document::step(2);
                if all_indexed {
                    let digest = digests.entry(row).or_default();
                    digest.0 += 1;
                    digest.1 = digest.1.wrapping_add(hash(key));
                }
            })
            .map_err(|problem| corrupted(segment.block(), &problem.to_string()))?;
    }
    // And the list itself to its end.
    if meta.pending.head != NOWHERE {
        let mut reader = Reader::new(meta.pending.head);
        while reader.page(relation, |_, _| Ok(()))? {}
    }
    Ok(())
}

/// FNV-1a.
fn hash(key: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
    key.iter().fold(0xCBF2_9CE4_8422_2325, step)
}

/// A registered snapshot.
struct Snapshot(pg_sys::Snapshot);

impl Snapshot {
    fn take() -> Snapshot {
        // SAFETY: a transaction is in progress.
        Snapshot(unsafe { pg_sys::RegisterSnapshot(pg_sys::GetTransactionSnapshot()) })
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            // SAFETY: registered once.
            unsafe { pg_sys::UnregisterSnapshot(self.0) };
        }
    }
}

/// A comparison of rows with what the index has of them.
struct Comparison<'c> {
    definition: &'c Definition,
    digests: &'c mut Digests,
    row_context: pg_sys::MemoryContext,
    wrong: Option<RowId>,
}

/// Looks for each row's terms in the index, as amcheck's `heapallindexed` does for a btree.
fn check_rows(
    opened: &Opened,
    definition: &Definition,
    snapshot: &Snapshot,
    digests: &mut Digests,
) -> Result<(), Report> {
    let mut comparison = Comparison {
        definition,
        digests,
        row_context: row_context(c"quidditch check"),
        wrong: None,
    };
    // SAFETY: both relations are open. The scan ends with the call (`index_build_range_scan`, heapam_handler.c); as the
    // index were built concurrently, it sees what the snapshot sees.
    unsafe {
        let heap = opened.heap;
        let info = pg_sys::BuildIndexInfo(opened.index.raw());
        (*info).ii_Concurrent = true;
        (*info).ii_Unique = false;
        (*info).ii_ExclusionOps = std::ptr::null_mut();
        let routine = &*(*heap).rd_tableam;
        let (Some(begin), Some(build_scan)) = (routine.scan_begin, routine.index_build_range_scan)
        else {
            return Err(Report::not_supported("the table can't be scanned"));
        };
        let flags = pg_sys::ScanOptions::SO_TYPE_SEQSCAN | pg_sys::ScanOptions::SO_ALLOW_STRAT;
        pg_sys::ffi::pg_guard_ffi_boundary(|| {
            let scan = begin(
                heap,
                snapshot.0,
                0,
                std::ptr::null_mut(),
                std::ptr::null_mut(),
                flags,
            );
            build_scan(
                heap,
                opened.index.raw(),
                info,
                false,
                false,
                false,
                0,
                pg_sys::InvalidBlockNumber,
                Some(compare),
                (&raw mut comparison).cast(),
                scan,
            )
        });
    }
    match comparison.wrong {
        None => Ok(()),
        Some(row) => Err(Report::new(
            Code::ERRCODE_INDEX_CORRUPTED,
            format!(
                "damaged index: row ({},{}) isn't indexed by its terms",
                row.block, row.offset
            ),
        )
        .hint("REINDEX builds the index anew.")),
    }
}

/// The table's callback for each row.
#[pg_guard]
unsafe extern "C-unwind" fn compare(
    _index: pg_sys::Relation,
    tid: pg_sys::ItemPointer,
    values: *mut pg_sys::Datum,
    is_null: *mut bool,
    _is_alive: bool,
    state: *mut c_void,
) {
    // SAFETY: the state is the comparison's; an index has one column, so there is one value.
    unsafe {
        let comparison = &mut *state.cast::<Comparison>();
        let document = (!*is_null).then_some(*values);
        let (mut count, mut sum) = (0, 0u64);
        in_row_context(comparison.row_context, || {
            let document = document.map(|datum| Jsonb::new(datum));
            comparison
                .definition
                .with_terms(document.as_ref(), |terms| {
                    terms.each_key(|key| {
                        count += 1;
                        sum = sum.wrapping_add(hash(key));
                    });
                    Ok(())
                })
        })
        .or_raise();
        let row = row_id(tid);
        let found = comparison.digests.get(&row);
        // A document without terms leaves no trace among them.
        if found.copied().unwrap_or_default() != (count, sum) {
            comparison.wrong.get_or_insert(row);
        }
    }
}
