//! A segment's pages in the index's file, as `quidditch_segment` reads, writes and updates them.

use std::ops::Deref;
use std::rc::Rc;

use quidditch_segment::{
    Damaged, Error, MemoryPages, NoSuchPage, PageKind, ReadPages, UpdatePages, WritePages,
};

use crate::report::Report;
use crate::storage::buffer::{Pin, Relation};
use crate::storage::log::Change;
use crate::storage::page::{CAPACITY, Kind, corrupted, pending_damage};
use crate::storage::space;

/// The pages of one segment.
#[derive(Clone, Copy)]
pub struct SegmentPages {
    relation: Relation,
    generation: u64,
}

impl SegmentPages {
    pub fn new(relation: Relation, generation: u64) -> SegmentPages {
        SegmentPages {
            relation,
            generation,
        }
    }
}

/// What a page holds.
pub struct Contents(Held);

enum Held {
    /// In shared memory, where nobody changes it.
    Pinned {
        contents: *const [u8],
        /// Keeps it there.
        _pin: Pin,
    },
    Copied(Box<[u8]>),
    /// Of a segment in memory.
    Memory(Rc<[u8]>),
}

impl Deref for Contents {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        match &self.0 {
            // SAFETY: points into the pinned page, which doesn't change.
            Held::Pinned { contents, .. } => unsafe { &**contents },
            Held::Copied(contents) => contents,
            Held::Memory(contents) => contents,
        }
    }
}

impl ReadPages for SegmentPages {
    type Page = Contents;
    type Error = Report;

    fn page(&self, block: u32, kind: PageKind) -> Result<Contents, Report> {
        pgrx::check_for_interrupts!();
        let pin = self.relation.pin(block)?;
        let (kind, generation) = (Kind::Segment(kind), Some(self.generation));
        if kind == Kind::Segment(PageKind::Liveness) {
            // VACUUM changes it.
            let locked = pin.shared();
            let contents = locked.page().contents(kind, generation)?;
            return Ok(Contents(Held::Copied(contents.into())));
        }
        // SAFETY: all other pages of segments are written once, before anybody gets to know of them.
        let contents: *const [u8] = unsafe { pin.page() }.contents(kind, generation)?;
        Ok(Contents(Held::Pinned {
            contents,
            _pin: pin,
        }))
    }
}

impl UpdatePages for SegmentPages {
    fn update(
        &mut self,
        block: u32,
        kind: PageKind,
        change: impl FnOnce(&mut [u8]),
    ) -> Result<(), Report> {
        let locked = self.relation.pin(block)?.exclusive();
        locked
            .page()
            .contents(Kind::Segment(kind), Some(self.generation))?;
        let mut record = Change::start(self.relation);
        change(record.page(&locked).contents());
        record.finish();
        Ok(())
    }
}

/// The pages of a segment that is searched: in the file, or in the backend's memory.
#[derive(Clone)]
pub enum SearchedPages {
    File(SegmentPages),
    Memory(Rc<MemoryPages>),
}

impl ReadPages for SearchedPages {
    type Page = Contents;
    type Error = Report;

    #[inline]
    fn page(&self, block: u32, kind: PageKind) -> Result<Contents, Report> {
        match self {
            SearchedPages::File(pages) => pages.page(block, kind),
            SearchedPages::Memory(pages) => {
                let contents = pages.page(block, kind)?;
                Ok(Contents(Held::Memory(contents)))
            }
        }
    }
}

/// A segment that is being written, which nobody knows of yet.
pub struct NewSegment {
    relation: Relation,
    generation: u64,
    pages: u32,
}

impl NewSegment {
    pub fn new(relation: Relation, generation: u64) -> NewSegment {
        NewSegment {
            relation,
            generation,
            pages: 0,
        }
    }

    /// How many pages it has so far.
    pub fn pages(&self) -> u32 {
        self.pages
    }
}

impl WritePages for NewSegment {
    type Error = Report;

    fn capacity(&self) -> usize {
        CAPACITY
    }

    fn reserve(&mut self) -> Result<u32, Report> {
        let claimed = space::claim(self.relation)?;
        if !claimed.is_fresh {
            let mut record = Change::start(self.relation);
            record
                .new_page(&claimed.page)
                .init(Kind::Reserved, self.generation);
            record.finish();
        }
        self.pages += 1;
        Ok(claimed.page.block())
    }

    fn write(&mut self, block: u32, kind: PageKind, payload: &[u8]) -> Result<(), Report> {
        pgrx::check_for_interrupts!();
        let locked = self.relation.pin(block)?.exclusive();
        let mut record = Change::start(self.relation);
        let mut page = record.new_page(&locked);
        page.init(Kind::Segment(kind), self.generation);
        page.set_contents(payload);
        record.finish();
        Ok(())
    }
}

impl From<Error<Report>> for Report {
    fn from(error: Error<Report>) -> Report {
        match error {
            Error::Pages(report) => report,
            Error::Damaged(damaged) => damage(damaged),
        }
    }
}

impl From<NoSuchPage> for Report {
    fn from(error: NoSuchPage) -> Report {
        Report::internal(format!("a segment in memory: {error}"))
    }
}

impl From<Error<NoSuchPage>> for Report {
    fn from(error: Error<NoSuchPage>) -> Report {
        match error {
            Error::Pages(error) => error.into(),
            Error::Damaged(damaged) => damage(damaged),
        }
    }
}

fn damage(damaged: Damaged) -> Report {
    let Damaged {
        block,
        offset,
        what,
    } = damaged;
    match block {
        // Of the terms of a document, which lie in memory.
        u32::MAX => pending_damage(what),
        block => corrupted(block, &format!("{what}, byte {offset} of the contents,")),
    }
}
