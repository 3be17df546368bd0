//! The first page: what the index consists of. It is locked to copy what it says, or to publish a change, and no longer.
//!
//! Contents, little-endian: `magic u32`; `next generation u64`; the block of the definition (`u32`); the pending list:
//! `head u32`, `tail u32`, `pages u32`, `epoch u64`; how many segments (`u16`), and for each: `root u32`, `pages u32`,
//! `documents u32`, `dead u32`, `generation u64`; how many retired chains and segments (`u16`), and for each: `first u32`,
//! `last u32`, `pages u32`, `generation u64` (0 of a pending list), `since u64`; `forgotten u64`.

use pgrx::pg_sys;

use crate::report::Report;
use crate::storage::buffer::{Exclusive, Locked, Relation};
use crate::storage::log::Change;
use crate::storage::page::{CAPACITY, Kind, PageMut, corrupted};

/// No block.
pub const NOWHERE: u32 = pg_sys::InvalidBlockNumber;

/// The block of the first page.
pub const BLOCK: u32 = 0;

const MAGIC: u32 = u32::from_le_bytes(*b"Qix1");

/// What the first page says.
#[derive(Clone, Debug, PartialEq)]
pub struct Meta {
    /// The next segment's generation. No two segments of a file ever have the same.
    pub next_generation: u64,
    /// The first page of the definition.
    pub definition: u32,
    pub pending: PendingList,
    pub segments: Vec<SegmentEntry>,
    pub retired: Vec<Retired>,
    /// When the last of those was retired for which there was no place among them: pages that nobody knows are free
    /// once that is long ago.
    pub forgotten: u64,
}

/// The chain of pages with documents that aren't in a segment yet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PendingList {
    /// The page that has the first of them, [`NOWHERE`] before there was any.
    pub head: u32,
    /// The page to append to. The chain may have grown since this was read; it never has a successor while locked.
    pub tail: u32,
    pub pages: u32,
    /// Another one whenever the head moves.
    pub epoch: u64,
}

/// A segment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SegmentEntry {
    /// Its header's block.
    pub root: u32,
    pub pages: u32,
    pub documents: u32,
    /// How many of them were dead when somebody counted last.
    pub dead: u32,
    pub generation: u64,
}

impl SegmentEntry {
    pub fn live(&self) -> u32 {
        self.documents.saturating_sub(self.dead)
    }
}

/// What nobody reads who begins now, but somebody may who began before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Retired {
    /// A segment's header; the first page of a chain of pending pages.
    pub first: u32,
    /// The last page of the chain.
    pub last: u32,
    pub pages: u32,
    /// The segment's; 0 says that these are pending pages.
    pub generation: u64,
    /// The next transaction at that time. Once all that run are younger, the pages are free.
    pub since: u64,
}

/// So many segments are never there: before, they are merged.
pub const MOST_SEGMENTS: usize = 128;
/// So many retired ones are known by name. A transaction that stays open for long keeps them all; of more, VACUUM finds
/// the pages.
pub const MOST_RETIRED: usize = 128;

const _: () = assert!(64 + 24 * MOST_SEGMENTS + 28 * MOST_RETIRED <= CAPACITY);

impl Meta {
    /// Reads the first page.
    pub fn read(relation: Relation) -> Result<Meta, Report> {
        Meta::of(&relation.pin(BLOCK)?.shared())
    }

    /// Where to append to the pending list, without a look at the rest.
    pub fn tail(relation: Relation) -> Result<u32, Report> {
        let locked = relation.pin(BLOCK)?.shared();
        let contents = locked.page().contents(Kind::Meta, None)?;
        // After the magic, the next generation, the definition and the head.
        let tail = contents.get(20..24).and_then(|bytes| bytes.first_chunk());
        tail.map(|tail| u32::from_le_bytes(*tail))
            .ok_or_else(|| corrupted(BLOCK, "an impossible first page"))
    }

    /// Reads it where it is locked.
    pub fn of<M>(locked: &Locked<M>) -> Result<Meta, Report> {
        let contents = locked.page().contents(Kind::Meta, None)?;
        Meta::parse(contents).ok_or_else(|| corrupted(BLOCK, "an impossible first page"))
    }

    fn parse(bytes: &[u8]) -> Option<Meta> {
        let bytes = &mut &*bytes;
        if u32(bytes)? != MAGIC {
            return None;
        }
        let mut meta = Meta {
            next_generation: u64(bytes)?,
            definition: u32(bytes)?,
            pending: PendingList {
                head: u32(bytes)?,
                tail: u32(bytes)?,
                pages: u32(bytes)?,
                epoch: u64(bytes)?,
            },
            segments: Vec::new(),
            retired: Vec::new(),
            forgotten: 0,
        };
        // Whoever appends has this page locked when he locks the last one.
        if [meta.pending.head, meta.pending.tail].contains(&BLOCK) {
            return None;
        }
        for _ in 0..u16(bytes)? {
            meta.segments.push(SegmentEntry {
                root: u32(bytes)?,
                pages: u32(bytes)?,
                documents: u32(bytes)?,
                dead: u32(bytes)?,
                generation: u64(bytes)?,
            });
        }
        for _ in 0..u16(bytes)? {
            meta.retired.push(Retired {
                first: u32(bytes)?,
                last: u32(bytes)?,
                pages: u32(bytes)?,
                generation: u64(bytes)?,
                since: u64(bytes)?,
            });
        }
        meta.forgotten = u64(bytes)?;
        Some(meta)
    }

    /// The contents of the first page.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_le_bytes().to_vec();
        bytes.extend(self.next_generation.to_le_bytes());
        bytes.extend(self.definition.to_le_bytes());
        let PendingList {
            head,
            tail,
            pages,
            epoch,
        } = self.pending;
        for number in [head, tail, pages] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(epoch.to_le_bytes());
        bytes.extend((self.segments.len() as u16).to_le_bytes());
        for segment in &self.segments {
            for number in [segment.root, segment.pages, segment.documents, segment.dead] {
                bytes.extend(number.to_le_bytes());
            }
            bytes.extend(segment.generation.to_le_bytes());
        }
        bytes.extend((self.retired.len() as u16).to_le_bytes());
        for retired in &self.retired {
            for number in [retired.first, retired.last, retired.pages] {
                bytes.extend(number.to_le_bytes());
            }
            bytes.extend(retired.generation.to_le_bytes());
            bytes.extend(retired.since.to_le_bytes());
        }
        bytes.extend(self.forgotten.to_le_bytes());
        bytes
    }

    /// Keeps what is no longer part of the index until nobody reads it.
    pub fn retire(&mut self, retired: Retired) {
        if self.retired.len() >= MOST_RETIRED {
            let oldest = self.retired.remove(0);
            self.forgotten = self.forgotten.max(oldest.since);
        }
        self.retired.push(retired);
    }

    /// Writes it into an image of the page.
    pub fn write(&self, page: &mut PageMut<'_>) -> Result<(), Report> {
        if self.segments.len() > MOST_SEGMENTS || self.retired.len() > MOST_RETIRED {
            return Err(Report::internal(
                "the first page has no room for its segments",
            ));
        }
        page.set_contents(&self.to_bytes());
        Ok(())
    }

    /// Changes what the first page says, and gives what `change` gives.
    pub fn update<T>(
        relation: Relation,
        change: impl FnOnce(&mut Meta) -> Result<T, Report>,
    ) -> Result<T, Report> {
        let locked = relation.pin(BLOCK)?.exclusive();
        let mut meta = Meta::of(&locked)?;
        let result = change(&mut meta)?;
        meta.publish(relation, &locked)?;
        Ok(result)
    }

    /// Makes it what the locked first page says.
    pub fn publish(&self, relation: Relation, locked: &Locked<Exclusive>) -> Result<(), Report> {
        let mut record = Change::start(relation);
        self.write(&mut record.page(locked))?;
        record.finish();
        Ok(())
    }

    /// A generation that no other segment has.
    pub fn new_generation(relation: Relation) -> Result<u64, Report> {
        Meta::update(relation, |meta| {
            meta.next_generation += 1;
            Ok(meta.next_generation - 1)
        })
    }
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*taken)
}

fn u16(bytes: &mut &[u8]) -> Option<u16> {
    take(bytes).map(u16::from_le_bytes)
}

fn u32(bytes: &mut &[u8]) -> Option<u32> {
    take(bytes).map(u32::from_le_bytes)
}

fn u64(bytes: &mut &[u8]) -> Option<u64> {
    take(bytes).map(u64::from_le_bytes)
}
