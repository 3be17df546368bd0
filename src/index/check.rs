//! Reading a whole index: to say what is wrong with it (`quidditch.check_index`), and in VACUUM to find the pages that
//! nobody knows, which a crash leaves behind when it comes between writing pages and publishing them.

use std::collections::{HashMap, HashSet};

use pgrx::pg_sys;
use pgrx::prelude::*;
use quidditch_segment::{RowId, Segment};

use crate::arguments::sql_function;
use crate::datum::Jsonb;
use crate::index::about::Opened;
use crate::index::definition::{self, Definition};
use crate::index::maintain::delay;
use crate::index::pending::Reader;
use crate::index::rows::TableScan;
use crate::index::view::View;
use crate::report::{self, Code, Report};
use crate::storage::buffer::Relation;
use crate::storage::meta::{BLOCK, Meta, NOWHERE, Retired};
use crate::storage::page::{Kind, corrupted};
use crate::storage::segment::SegmentPages;
use crate::storage::space;

/// What a look at each page of a file finds.
#[derive(Default)]
pub struct Survey {
    free: Vec<u32>,
    /// Pages that nobody has written.
    zeros: Vec<u32>,
    /// Pages of segments that weren't known when the survey began: each with the segment's generation.
    unknown: Vec<(u32, u64)>,
    /// Pending pages whose transaction is over: linked by now, or never to be. Each with the transaction.
    pending: Vec<(u32, u64)>,
}

impl Survey {
    /// Looks at each page. That takes a while, so it locks nothing; what it finds is looked at again.
    pub fn of(
        relation: Relation,
        strategy: pg_sys::BufferAccessStrategy,
    ) -> Result<Survey, Report> {
        let known = generations(&Meta::read(relation)?);
        let mut survey = Survey::default();
        for block in 1..relation.blocks() {
            delay();
            let locked = relation.pin_with(block, strategy)?.shared();
            let page = locked.page();
            match page.special() {
                _ if page.is_new() => survey.zeros.push(block),
                None => return Err(corrupted(block, "a page that is none of an index")),
                Some(special) if special.is(Kind::Free) => survey.free.push(block),
                Some(special) if special.is(Kind::Pending) => {
                    if !is_running(special.generation) {
                        survey.pending.push((block, special.generation));
                    }
                }
                Some(special)
                    if special.is_of_segment() && !known.contains(&special.generation) =>
                {
                    survey.unknown.push((block, special.generation));
                }
                Some(_) => {}
            }
        }
        Ok(survey)
    }

    /// The pages that belong to nothing, and what they are stamped with. Under the merge lock: segments that were being
    /// written are known now.
    pub fn orphans(&self, relation: Relation) -> Result<Vec<(u32, u64)>, Report> {
        let known = generations(&Meta::read(relation)?);
        let linked = match self.pending.is_empty() {
            true => HashSet::new(),
            false => pending_blocks(relation)?,
        };
        let unknown = self.unknown.iter();
        let unknown = unknown.filter(|(_, generation)| !known.contains(generation));
        let pending = self.pending.iter();
        let pending = pending.filter(|(block, _)| !linked.contains(block));
        Ok(unknown.chain(pending).copied().collect())
    }
}

/// Those of the segments, and of those that were retired.
fn generations(meta: &Meta) -> HashSet<u64> {
    let segments = meta.segments.iter().map(|segment| segment.generation);
    let retired = meta.retired.iter().map(|retired| retired.generation);
    segments.chain(retired).collect()
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
    relation: Relation,
    heap: pg_sys::Relation,
    strategy: pg_sys::BufferAccessStrategy,
) -> Result<u32, Report> {
    let survey = Survey::of(relation, strategy)?;
    let mut freed = survey.free.len() as u32;
    {
        let _alone = relation.lock_merge();
        let orphans = survey.orphans(relation)?;
        let forgotten = Meta::read(relation)?.forgotten;
        // Some of them may be retired pages for which there was no place.
        if space::is_past(relation, heap, forgotten) {
            if forgotten > 0 {
                space::warn_standbys(relation, heap, BLOCK, forgotten);
                Meta::update(relation, |meta| {
                    meta.forgotten = 0;
                    Ok(())
                })?;
            }
            freed += space::free(relation, &orphans)?;
        }
        space::free_zeros(relation, &survey.zeros)?;
    }
    for block in &survey.free {
        // SAFETY: the relation is open. The map is only a hint.
        unsafe { pg_sys::RecordFreeIndexPage(relation.raw(), *block) };
    }
    // SAFETY: the relation is open.
    unsafe { pg_sys::IndexFreeSpaceMapVacuum(relation.raw()) };
    Ok(freed)
}

sql_function! {
    /// `check_index(index, heapallindexed)`
    fn quidditch_check_index(arguments) -> Result<Option<()>, Report> {
        let (Some(index), Some(all_indexed)) = (arguments.oid(0), arguments.bool(1)) else { return Ok(None) };
        let opened = Opened::new(index, pg_sys::ShareUpdateExclusiveLock as i32)?;
        check(&opened, all_indexed)?;
        Ok(Some(()))
    }
}

/// What the documents of a row should be: how many terms, and the sum of their hashes.
type Digests = HashMap<RowId, (u32, u64)>;

fn check(opened: &Opened, all_indexed: bool) -> Result<(), Report> {
    let relation = opened.index;
    let definition = definition::of(relation)?;
    let mut digests = Digests::new();
    let survey = Survey::of(relation, std::ptr::null_mut())?;
    let snapshot = {
        let _alone = relation.lock_merge();
        let orphans = survey.orphans(relation)?.len();
        // Otherwise there may be retired pages among them.
        let forgotten = Meta::read(relation)?.forgotten;
        if orphans > 0 && space::is_past(relation, opened.heap, forgotten) {
            report::emit(
                PgLogLevel::NOTICE,
                &format!(
                    "{orphans} pages of index \"{}\" belong to nothing, as after a crash; VACUUM frees them",
                    relation.name()
                ),
            );
        }
        // Before the index is looked at, so that whatever it sees is in there.
        let snapshot = all_indexed.then(Snapshot::take);
        check_segments(relation, &mut digests, all_indexed)?;
        snapshot
    };
    if let Some(snapshot) = snapshot {
        let _owner = AsOwner::of(opened.heap);
        check_rows(opened, &definition, &snapshot, &digests)?;
    }
    Ok(())
}

/// While it lives, the table's owner is who runs what the index's expressions call, and can't do much: the caller may
/// be a superuser, and the functions anybody's. As amcheck does.
struct AsOwner {
    user: pg_sys::Oid,
    context: i32,
    level: i32,
}

impl AsOwner {
    fn of(heap: pg_sys::Relation) -> AsOwner {
        // SAFETY: the relation is open.
        unsafe {
            let mut before = AsOwner {
                user: pg_sys::InvalidOid,
                context: 0,
                level: 0,
            };
            pg_sys::GetUserIdAndSecContext(&mut before.user, &mut before.context);
            let context = before.context | pg_sys::SECURITY_RESTRICTED_OPERATION as i32;
            pg_sys::SetUserIdAndSecContext((*(*heap).rd_rel).relowner, context);
            before.level = pg_sys::NewGUCNestLevel();
            #[cfg(any(feature = "pg17", feature = "pg18"))]
            pg_sys::RestrictSearchPath();
            before
        }
    }
}

impl Drop for AsOwner {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            // SAFETY: what there was before.
            unsafe {
                pg_sys::AtEOXact_GUC(false, self.level);
                pg_sys::SetUserIdAndSecContext(self.user, self.context);
            }
        }
    }
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
    let view = View::now(relation)?;
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

/// Looks for each row's terms in the index, as amcheck's `heapallindexed` does for a btree.
fn check_rows(
    opened: &Opened,
    definition: &Definition,
    snapshot: &Snapshot,
    digests: &Digests,
) -> Result<(), Report> {
    // SAFETY: both relations are open. The scan ends with `each_row` (`index_build_range_scan`, heapam_handler.c); as if
    // the index were built concurrently, it sees what the snapshot sees.
    let table = unsafe {
        let heap = opened.heap;
        let info = pg_sys::BuildIndexInfo(opened.index.raw());
        (*info).ii_Concurrent = true;
        (*info).ii_Unique = false;
        (*info).ii_ExclusionOps = std::ptr::null_mut();
        let Some(begin) = (*(*heap).rd_tableam).scan_begin else {
            return Err(Report::not_supported("the table can't be scanned"));
        };
        let flags = pg_sys::ScanOptions::SO_TYPE_SEQSCAN | pg_sys::ScanOptions::SO_ALLOW_STRAT;
        let none = std::ptr::null_mut();
        TableScan {
            heap,
            index: opened.index,
            info,
            scan: pg_sys::ffi::pg_guard_ffi_boundary(|| {
                begin(heap, snapshot.0, 0, none, none.cast(), flags)
            }),
            may_synchronize: false,
            shows_progress: false,
        }
    };
    let mut wrong = None;
    let mut compare = |row: RowId, document: Option<&Jsonb>| {
        let (mut count, mut sum) = (0, 0u64);
        definition.with_terms(document, |terms| {
            terms.each_key(|key| {
                count += 1;
                sum = sum.wrapping_add(hash(key));
            });
            Ok(())
        })?;
        // A document without terms leaves no trace among them.
        if digests.get(&row).copied().unwrap_or_default() != (count, sum) {
            wrong.get_or_insert(row);
        }
        Ok(())
    };
    // SAFETY: as above.
    unsafe { table.each_row(&mut compare)? };
    match wrong {
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
