//! The pending list: what an INSERT writes. A chain of pages with documents whose terms are known already, so that nobody
//! has to look at the table again: by then VACUUM may have been there.
//!
//! A page's contents are `next u32`, the block of its successor; `skip u16`, how many of the following bytes belong to a
//! document that began on an earlier page; then documents. Each is `block u32`, `offset u16`, where its row is; `length
//! u32`; and so many bytes as [`Terms::encode`](quidditch_segment::Terms::encode) writes. Documents are appended to the
//! last page. One that doesn't fit on a page by itself gets pages of its own, which are written before they are linked.

use pgrx::pg_sys;
use quidditch_segment::RowId;

use crate::report::Report;
use crate::storage::buffer::Relation;
use crate::storage::log::Change;
use crate::storage::meta::{self, Meta, NOWHERE, PendingList};
use crate::storage::page::{CAPACITY, Kind, corrupted};
use crate::storage::space::{self, Claimed};

/// The bytes before a page's documents.
const PAGE_HEAD: usize = 6;
/// The bytes before a document's terms.
const RECORD_HEAD: usize = 10;
const ROOM: usize = CAPACITY - PAGE_HEAD;

/// Appends a document. If that took more pages, how many the list has now.
pub fn append(relation: Relation, row: RowId, terms: &[u8]) -> Result<Option<u32>, Report> {
    let mut record = Vec::with_capacity(RECORD_HEAD + terms.len());
    record.extend(row.block.to_le_bytes());
    record.extend(row.offset.to_le_bytes());
    record.extend((terms.len() as u32).to_le_bytes());
    record.extend(terms);
    if record.len() > ROOM {
        return append_pages(relation, &record).map(Some);
    }
    if append_to(relation, Meta::tail(relation)?, &record)? {
        return Ok(None);
    }
    // It was full, or isn't the last one any more. Finding a page may take a while, so that comes before the lock.
    let claimed = space::claim(relation)?;
    let first = relation.pin(meta::BLOCK)?.exclusive();
    let mut meta = Meta::of(&first)?;
    if meta.pending.tail == claimed.page.block() {
        return Err(corrupted(
            meta.pending.tail,
            "a free page is the last pending one",
        ));
    }
    if append_to(relation, meta.pending.tail, &record)? {
        drop(first);
        claimed.give_back(relation);
        return Ok(None);
    }
    let page = claimed.page;
    let tail = match meta.pending.tail {
        NOWHERE => None,
        tail => Some(relation.pin(tail)?.exclusive()),
    };
    let mut change = Change::start(relation);
    let mut image = change.new_page(&page);
    image.init(Kind::Pending, transaction());
    image.set_contents(&page_head(NOWHERE, 0));
    image.append(&record);
    if let Some(tail) = &tail {
        set_next(change.page(tail).contents(), page.block());
    }
    meta.pending.extend_by(page.block(), page.block(), 1);
    meta.write(&mut change.page(&first))?;
    change.finish();
    Ok(Some(meta.pending.pages))
}

impl PendingList {
    fn extend_by(&mut self, first: u32, last: u32, pages: u32) {
        if self.head == NOWHERE {
            self.head = first;
        }
        self.tail = last;
        self.pages += pages;
    }
}

/// The transaction that writes. As long as it runs, pages of it that aren't linked are no rubbish.
fn transaction() -> u64 {
    // SAFETY: a transaction is in progress.
    unsafe { pg_sys::GetTopFullTransactionId().value }
}

fn page_head(next: u32, skip: usize) -> [u8; PAGE_HEAD] {
    let mut head = [0; PAGE_HEAD];
    head[..4].copy_from_slice(&next.to_le_bytes());
    head[4..].copy_from_slice(&(skip as u16).to_le_bytes());
    head
}

fn set_next(contents: &mut [u8], next: u32) {
    if let Some(bytes) = contents.first_chunk_mut() {
        *bytes = next.to_le_bytes();
    }
}

/// Appends to a page if it is the last one and has room.
fn append_to(relation: Relation, block: u32, record: &[u8]) -> Result<bool, Report> {
    if block == NOWHERE {
        return Ok(false);
    }
    let page = relation.pin(block)?.exclusive();
    let contents = page.page().contents(Kind::Pending, None)?;
    let head = PageHead::of(block, contents)?;
    if head.next != NOWHERE || contents.len() + record.len() > CAPACITY {
        return Ok(false);
    }
    let mut change = Change::start(relation);
    change.page(&page).append(record);
    change.finish();
    Ok(true)
}

/// Appends a document on pages of its own. How many pages the list has now.
fn append_pages(relation: Relation, record: &[u8]) -> Result<u32, Report> {
    let (begin, rest) = record.split_at(ROOM);
    let parts = std::iter::once(begin).chain(rest.chunks(ROOM));
    let parts: Vec<&[u8]> = parts.collect();
    let mut next = NOWHERE;
    let mut last = NOWHERE;
    // From the end, for each has to know its successor.
    for (place, part) in parts.iter().enumerate().rev() {
        pgrx::check_for_interrupts!();
        let Claimed { page, .. } = space::claim(relation)?;
        let mut change = Change::start(relation);
        let mut image = change.new_page(&page);
        image.init(Kind::Pending, transaction());
        let skip = if place == 0 { 0 } else { part.len() };
        image.set_contents(&page_head(next, skip));
        image.append(part);
        change.finish();
        next = page.block();
        if last == NOWHERE {
            last = next;
        }
    }
    link(relation, next, last, parts.len() as u32)
}

/// Makes pages that are written the last ones of the list. How many it has now.
fn link(relation: Relation, first: u32, last: u32, pages: u32) -> Result<u32, Report> {
    let locked = relation.pin(meta::BLOCK)?.exclusive();
    let mut meta = Meta::of(&locked)?;
    let tail = match meta.pending.tail {
        NOWHERE => None,
        tail => Some(relation.pin(tail)?.exclusive()),
    };
    let mut change = Change::start(relation);
    if let Some(tail) = &tail {
        set_next(change.page(tail).contents(), first);
    }
    meta.pending.extend_by(first, last, pages);
    meta.write(&mut change.page(&locked))?;
    change.finish();
    Ok(meta.pending.pages)
}

/// Begins a new page, so that all that is there now lies before it. Under the merge lock.
pub fn seal(relation: Relation) -> Result<(), Report> {
    let Claimed { page, .. } = space::claim(relation)?;
    let mut change = Change::start(relation);
    let mut image = change.new_page(&page);
    // VACUUM, which does this too, may be where no transaction number can be had; the merge lock protects the page.
    image.init(Kind::Pending, 0);
    image.set_contents(&page_head(NOWHERE, 0));
    change.finish();
    let block = page.block();
    drop(page);
    link(relation, block, block, 1)?;
    Ok(())
}

struct PageHead {
    next: u32,
    skip: usize,
}

impl PageHead {
    fn of(block: u32, contents: &[u8]) -> Result<PageHead, Report> {
        let Some([a, b, c, d, e, f]) = contents.first_chunk::<PAGE_HEAD>() else {
            return Err(corrupted(block, "a pending page without a beginning"));
        };
        Ok(PageHead {
            next: u32::from_le_bytes([*a, *b, *c, *d]),
            skip: usize::from(u16::from_le_bytes([*e, *f])),
        })
    }
}

/// Reads the list from somewhere on, and can go on later where it ended.
#[derive(Clone, Debug)]
pub struct Reader {
    /// The page to read from, and where in its contents.
    block: u32,
    /// `None` before the page was looked at.
    offset: Option<usize>,
    /// How many were left behind.
    pages: u32,
    /// The document that was read last.
    terms: Vec<u8>,
}

impl Reader {
    /// From the beginning of a page.
    pub fn new(block: u32) -> Reader {
        Reader {
            block,
            offset: None,
            pages: 0,
            terms: Vec::new(),
        }
    }

    /// The page that is read from.
    pub fn block(&self) -> u32 {
        self.block
    }

    /// How many pages were left behind.
    pub fn pages(&self) -> u32 {
        self.pages
    }

    /// Shows the documents that begin on what is left of the page, and goes on to the next page. Whether there is one.
    pub fn page(
        &mut self,
        relation: Relation,
        mut visit: impl FnMut(RowId, &[u8]) -> Result<(), Report>,
    ) -> Result<bool, Report> {
        pgrx::check_for_interrupts!();
        let contents = copy(relation, self.block)?;
        let head = PageHead::of(self.block, &contents)?;
        let mut offset = self.offset.unwrap_or(PAGE_HEAD + head.skip);
        while offset < contents.len() {
            let row = self.document(relation, &contents, &mut offset, head.next)?;
            visit(row, &self.terms)?;
        }
        if head.next == NOWHERE {
            self.offset = Some(offset);
            return Ok(false);
        }
        self.pages += 1;
        if self.pages > relation.blocks() {
            return Err(corrupted(self.block, "a pending list that never ends"));
        }
        self.block = head.next;
        self.offset = None;
        Ok(true)
    }

    /// Reads a document, from the following pages too if it is long. `offset` moves behind what this page has of it.
    fn document(
        &mut self,
        relation: Relation,
        contents: &[u8],
        offset: &mut usize,
        mut next: u32,
    ) -> Result<RowId, Report> {
        let damaged = || corrupted(self.block, "a pending document that is cut off");
        let rest = contents.get(*offset..).ok_or_else(damaged)?;
        let (head, rest) = rest
            .split_first_chunk::<RECORD_HEAD>()
            .ok_or_else(damaged)?;
        let [a, b, c, d, e, f, g, h, i, j] = *head;
        let row = RowId {
            block: u32::from_le_bytes([a, b, c, d]),
            offset: u16::from_le_bytes([e, f]),
        };
        let length = u32::from_le_bytes([g, h, i, j]) as usize;
        let here = length.min(rest.len());
        self.terms.clear();
        self.terms.extend(&rest[..here]);
        *offset += RECORD_HEAD + here;
        while self.terms.len() < length {
            pgrx::check_for_interrupts!();
            if next == NOWHERE {
                return Err(damaged());
            }
            let page = copy(relation, next)?;
            let head = PageHead::of(next, &page)?;
            let part = page.get(PAGE_HEAD..PAGE_HEAD + head.skip);
            let part = part.filter(|part| !part.is_empty()).ok_or_else(damaged)?;
            self.terms.extend(part);
            next = head.next;
        }
        if self.terms.len() > length {
            return Err(damaged());
        }
        Ok(row)
    }
}

fn copy(relation: Relation, block: u32) -> Result<Vec<u8>, Report> {
    let locked = relation.pin(block)?.shared();
    Ok(locked.page().contents(Kind::Pending, None)?.to_vec())
}
