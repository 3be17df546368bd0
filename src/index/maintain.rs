//! Making segments: of the pending list, and of other segments. Under the merge lock, in whoever's transaction comes to
//! it: an INSERT that finds the pending list full does a bounded part, VACUUM the rest.
//!
//! A new segment is written aside, page by page, and then published by one change of the first page, which also retires
//! what it replaces. If the server crashes before, the index is as it was, and VACUUM finds the pages that nobody knows.

use std::collections::HashSet;

use pgrx::pg_sys;
use quidditch_segment::{
    Merge, POSTGRES_CAPACITY, Segment, SegmentWriter, WriterOptions, mark_dead,
};

use crate::index::definition::Definition;
use crate::index::pending::{self, Reader};
use crate::report::Report;
use crate::storage::buffer::{MergeLock, Relation};
use crate::storage::meta::{MOST_SEGMENTS, Meta, Retired, SegmentEntry};
use crate::storage::page::{CAPACITY, corrupted};
use crate::storage::segment::{NewSegment, SegmentPages};
use crate::storage::space;
use crate::storage::spill::SpillFile;

const _: () = assert!(CAPACITY == POSTGRES_CAPACITY);

/// An index whose segments may be changed.
pub struct Maintenance {
    pub relation: Relation,
    /// The table; null where it isn't known.
    heap: pg_sys::Relation,
    /// The right to.
    _lock: MergeLock,
}

/// So many segments of about the same size become one.
const MERGED: usize = 8;
/// Segments of fewer pages count as of one size.
const SMALL: u32 = 64;

/// How much an INSERT reclaims and merges, in pages.
pub const INSERT_PAGES: u32 = 4096;

impl Maintenance {
    /// Waits for others who are changing segments.
    pub fn begin(relation: Relation, heap: pg_sys::Relation) -> Maintenance {
        Maintenance {
            relation,
            heap,
            _lock: relation.lock_merge(),
        }
    }

    /// Unless somebody is changing segments.
    pub fn try_begin(relation: Relation, heap: pg_sys::Relation) -> Option<Maintenance> {
        Some(Maintenance {
            relation,
            heap,
            _lock: relation.try_lock_merge()?,
        })
    }

    /// Makes a segment of the pending documents. Those on the last page stay, which others may be appending to.
    pub fn flush(&self, definition: &Definition) -> Result<(), Report> {
        if Meta::read(self.relation)?.segments.len() >= MOST_SEGMENTS {
            self.merge_tiers(u32::MAX)?;
        }
        let list = Meta::read(self.relation)?.pending;
        if list.head == list.tail {
            return Ok(());
        }
        let options = WriterOptions {
            positions: definition.positions,
            memory: maintenance_memory(),
        };
        let mut writer = SegmentWriter::new(SpillFile::default(), options);
        let mut reader = Reader::new(list.head);
        let mut documents = 0;
        let mut last = list.head;
        while reader.block() != list.tail {
            last = reader.block();
            let goes_on = reader.page(self.relation, |row, terms| {
                documents += 1;
                Ok(writer.add_encoded(row, terms)?)
            })?;
            if !goes_on {
                return Err(corrupted(last, "a pending list that ends too soon"));
            }
        }
        let pages = reader.pages();
        let segment = match documents {
            0 => None,
            _ => Some(self.write(documents, |new| Ok(writer.finish(new)?))?),
        };
        Meta::update(self.relation, |meta| {
            meta.segments.extend(segment);
            meta.pending.head = list.tail;
            meta.pending.pages = meta.pending.pages.saturating_sub(pages);
            meta.pending.epoch += 1;
            meta.retire(Retired {
                first: list.head,
                last,
                pages,
                generation: 0,
                since: next_transaction(),
            });
            Ok(())
        })
    }

    /// All of them.
    pub fn flush_all(&self, definition: &Definition) -> Result<(), Report> {
        pending::seal(self.relation)?;
        self.flush(definition)
    }

    fn write(
        &self,
        documents: u32,
        finish: impl FnOnce(&mut NewSegment) -> Result<u32, Report>,
    ) -> Result<SegmentEntry, Report> {
        let generation = Meta::new_generation(self.relation)?;
        let mut new = NewSegment::new(self.relation, generation);
        let root = finish(&mut new)?;
        Ok(SegmentEntry {
            root,
            pages: new.pages(),
            documents,
            dead: 0,
            generation,
        })
    }

    /// Merges segments until those that are left differ in size, as far as each merge reads no more than so many pages.
    pub fn merge_tiers(&self, most_pages: u32) -> Result<(), Report> {
        while self.merge_tier(most_pages)? {}
        Ok(())
    }

    /// Merges some segments of about the same size, if there are enough of them.
    pub fn merge_tier(&self, most_pages: u32) -> Result<bool, Report> {
        let meta = Meta::read(self.relation)?;
        // A full directory has to shrink, whoever has to wait for it.
        let most_pages = match meta.segments.len() + MERGED > MOST_SEGMENTS {
            true => u32::MAX,
            false => most_pages,
        };
        match tier_to_merge(&meta.segments, most_pages) {
            Some(tier) => self.merge(&tier).map(|()| true),
            None => Ok(false),
        }
    }

    /// Makes one segment of these, without their dead.
    pub fn merge(&self, segments: &[SegmentEntry]) -> Result<(), Report> {
        let pages: Vec<SegmentPages> = segments
            .iter()
            .map(|segment| SegmentPages::new(self.relation, segment.generation))
            .collect();
        let opened = segments
            .iter()
            .zip(&pages)
            .map(|(segment, pages)| Segment::open(pages, segment.root));
        let opened = opened.collect::<Result<Vec<_>, _>>()?;
        let generation = Meta::new_generation(self.relation)?;
        let mut new = NewSegment::new(self.relation, generation);
        let mut merge = Merge::new(&opened, &mut new)?;
        while !merge.step(&mut new, STEP)? {
            delay();
        }
        let root = merge.finish(&mut new)?;
        drop(opened);
        let new_pages = SegmentPages::new(self.relation, generation);
        let documents = Segment::open(&new_pages, root)?.documents();
        let entry = SegmentEntry {
            root,
            pages: new.pages(),
            documents,
            dead: 0,
            generation,
        };
        let old: HashSet<u64> = segments.iter().map(|segment| segment.generation).collect();
        Meta::update(self.relation, |meta| {
            let since = next_transaction();
            let segments = std::mem::take(&mut meta.segments);
            let (replaced, kept): (Vec<_>, Vec<_>) = segments
                .into_iter()
                .partition(|segment| old.contains(&segment.generation));
            meta.segments = kept;
            // One without documents is of no use.
            let (new, empty) = match documents {
                0 => (None, Some(entry)),
                _ => (Some(entry), None),
            };
            meta.segments.extend(new);
            for segment in replaced.into_iter().chain(empty) {
                meta.retire(Retired {
                    first: segment.root,
                    last: segment.root,
                    pages: segment.pages,
                    generation: segment.generation,
                    since,
                });
            }
            Ok(())
        })
    }

    /// Marks the rows that VACUUM says are dead, in all segments. How many documents died, and how many live.
    pub fn mark_dead(
        &self,
        mut is_dead: impl FnMut(quidditch_segment::RowId) -> bool,
    ) -> Result<(u64, u64), Report> {
        let (mut removed, mut live) = (0, 0);
        for segment in Meta::read(self.relation)?.segments {
            let mut pages = SegmentPages::new(self.relation, segment.generation);
            let mut seen = 0u32;
            let marked = mark_dead(&mut pages, segment.root, |row| {
                seen += 1;
                if seen.is_multiple_of(ROWS_PER_DELAY) {
                    delay();
                }
                is_dead(row)
            })?;
            removed += u64::from(marked.removed);
            live += u64::from(marked.live);
            let dead = segment.documents - marked.live;
            if dead != segment.dead {
                Meta::update(self.relation, |meta| {
                    let same = |entry: &&mut SegmentEntry| entry.generation == segment.generation;
                    if let Some(entry) = meta.segments.iter_mut().find(same) {
                        entry.dead = dead;
                    }
                    Ok(())
                })?;
            }
            delay();
        }
        Ok((removed, live))
    }

    /// Writes a segment anew in which many are dead, if there is one.
    pub fn drop_dead(&self) -> Result<bool, Report> {
        let segments = Meta::read(self.relation)?.segments;
        let mostly_dead = |segment: &&SegmentEntry| segment.dead > segment.documents / 5;
        match segments.iter().find(mostly_dead) {
            Some(segment) => self.merge(&[*segment]).map(|()| true),
            None => Ok(false),
        }
    }

    /// Frees what nobody reads any more.
    pub fn reclaim(&self, most_pages: u32) -> Result<u32, Report> {
        space::reclaim(self.relation, self.heap, most_pages)
    }
}

/// How many postings are merged between two looks at whether VACUUM should pause.
const STEP: u64 = 50_000;
/// How many rows are looked at.
const ROWS_PER_DELAY: u32 = 10_000;

/// What VACUUM's cost limits ask for; nothing for others.
pub fn delay() {
    pgrx::check_for_interrupts!();
    // SAFETY: no buffer is locked.
    unsafe {
        #[cfg(not(feature = "pg18"))]
        pg_sys::vacuum_delay_point();
        #[cfg(feature = "pg18")]
        pg_sys::vacuum_delay_point(false);
    }
}

/// The next transaction's number: those that run now, and their snapshots, are older.
fn next_transaction() -> u64 {
    // SAFETY: reads a counter.
    unsafe { pg_sys::ReadNextFullTransactionId().value }
}

/// What building may use of memory, in bytes.
pub fn maintenance_memory() -> usize {
    // SAFETY: reads a variable.
    let kilobytes = unsafe { pg_sys::maintenance_work_mem };
    kilobytes as usize * 1024
}

/// Segments of about the same size, [`MERGED`] of them; the smallest such.
fn tier_to_merge(segments: &[SegmentEntry], most_pages: u32) -> Option<Vec<SegmentEntry>> {
    // Those of dead documents are as small as what lives in them.
    let size = |segment: &SegmentEntry| {
        let live = u64::from(segment.live()) * u64::from(segment.pages);
        (live / u64::from(segment.documents.max(1))) as u32
    };
    let mut sorted = segments.to_vec();
    sorted.sort_by_key(size);
    for tier in sorted.windows(MERGED) {
        let (least, most) = (size(&tier[0]).max(SMALL), size(&tier[MERGED - 1]));
        let pages: u64 = tier.iter().map(|segment| u64::from(segment.pages)).sum();
        let full = segments.len() + MERGED > MOST_SEGMENTS;
        if (u64::from(most) <= u64::from(least) * MERGED as u64 / 2 || full)
            && pages <= u64::from(most_pages)
        {
            return Some(tier.to_vec());
        }
    }
    None
}
