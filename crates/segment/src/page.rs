//! The pages an index lives in, as two narrow traits, and pages in memory.
//!
//! A page is named by its block number; the pages of a segment need not be neighbours, since freed ones are used
//! again. What this crate calls a page is its *payload*: what lies between the storage's own header and trailer.
//!
//! Loops here read or write a page at least every few hundred postings, so an implementation that looks for
//! interrupts at each call, and answers with an error, makes all of them interruptible.

use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

/// What a page is part of. The storage keeps it with the page and refuses a page of another kind, which is how a
/// stale pointer into a page that was freed and used again is noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum PageKind {
    /// A segment's first page.
    Header = 1,
    /// A node of the term dictionary.
    Dictionary = 2,
    /// Blocks of postings.
    Postings = 3,
    /// Where the blocks of long posting lists are, and what they can score.
    Skips = 4,
    /// Positions of tokens.
    Positions = 5,
    /// Row ids by document number.
    RowIds = 6,
    /// Which documents are dead.
    Liveness = 7,
    /// Block numbers of row id and liveness pages.
    Directory = 8,
}

/// Reads pages.
pub trait ReadPages {
    /// A page's payload, kept from being evicted for as long as this lives, but not locked.
    type Page: Deref<Target = [u8]>;
    /// Why a page can't be had.
    type Error;

    /// The page of that block, as long as it was written.
    fn page(&self, block: u32, kind: PageKind) -> Result<Self::Page, Self::Error>;
}

/// Writes the pages of new segments.
pub trait WritePages {
    /// Why a page can't be written.
    type Error;

    /// How large a payload may be: at least [`MIN_CAPACITY`], at most 65,535.
    fn capacity(&self) -> usize;

    /// Takes a block that will be written later. A page points to its successor, so block numbers are needed early.
    fn reserve(&mut self) -> Result<u32, Self::Error>;

    /// Writes a reserved block, once.
    fn write(&mut self, block: u32, kind: PageKind, payload: &[u8]) -> Result<(), Self::Error>;
}

/// Changes a page in place, which happens to liveness pages alone.
pub trait UpdatePages: ReadPages {
    /// Applies the change under an exclusive lock, and logs it.
    fn update(
        &mut self,
        block: u32,
        kind: PageKind,
        change: impl FnOnce(&mut [u8]),
    ) -> Result<(), Self::Error>;
}

/// A posting block of numbers that don't compress at all has to fit in a page.
pub const MIN_CAPACITY: usize = 2000;

/// The payload of a PostgreSQL page of 8 kB: without its header of 24 bytes and a special area of 16.
pub const POSTGRES_CAPACITY: usize = 8192 - 24 - 16;

/// Pages in memory: for tests, for the pending documents of a backend, for runs that needn't be on disk.
#[derive(Clone, Debug)]
pub struct MemoryPages {
    capacity: usize,
    pages: Vec<Option<(PageKind, Rc<[u8]>)>>,
}

/// There is no such page of that kind in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSuchPage {
    /// Its block number.
    pub block: u32,
    /// What it should have been.
    pub kind: PageKind,
}

impl fmt::Display for NoSuchPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "block {} is no {:?} page", self.block, self.kind)
    }
}

impl std::error::Error for NoSuchPage {}

impl MemoryPages {
    /// No pages yet, of that capacity.
    pub fn new(capacity: usize) -> MemoryPages {
        assert!(
            (MIN_CAPACITY..=usize::from(u16::MAX)).contains(&capacity),
            "pages of {capacity} bytes"
        );
        MemoryPages {
            capacity,
            pages: Vec::new(),
        }
    }

    /// How many blocks there are.
    pub fn len(&self) -> usize {
        self.pages.len()
    }

    /// Whether there is no block.
    pub fn is_empty(&self) -> bool {
        self.pages.is_empty()
    }

    /// What was written, in bytes.
    pub fn bytes(&self) -> usize {
        self.pages
            .iter()
            .flatten()
            .map(|(_, page)| page.len())
            .sum()
    }

    /// Whatever is in that block, to be changed.
    pub fn contents(&mut self, block: u32) -> Option<&mut [u8]> {
        let (_, page) = self.pages.get_mut(block as usize)?.as_mut()?;
        Some(Rc::make_mut(page))
    }

    /// Leaves only the first bytes of what is in that block: how it looks when a file system lost some.
    pub fn truncate(&mut self, block: u32, bytes: usize) {
        if let Some(Some((_, page))) = self.pages.get_mut(block as usize) {
            *page = page[..bytes.min(page.len())].into();
        }
    }
}

impl ReadPages for MemoryPages {
    type Page = Rc<[u8]>;
    type Error = NoSuchPage;

    #[inline]
    fn page(&self, block: u32, kind: PageKind) -> Result<Rc<[u8]>, NoSuchPage> {
        match self.pages.get(block as usize) {
            Some(Some((found, page))) if *found == kind => Ok(page.clone()),
            _ => Err(NoSuchPage { block, kind }),
        }
    }
}

impl WritePages for MemoryPages {
    type Error = NoSuchPage;

    fn capacity(&self) -> usize {
        self.capacity
    }

    fn reserve(&mut self) -> Result<u32, NoSuchPage> {
        self.pages.push(None);
        Ok(self.pages.len() as u32 - 1)
    }

    fn write(&mut self, block: u32, kind: PageKind, payload: &[u8]) -> Result<(), NoSuchPage> {
        match self.pages.get_mut(block as usize) {
            Some(page @ None) if payload.len() <= self.capacity => {
                *page = Some((kind, payload.into()));
                Ok(())
            }
            _ => Err(NoSuchPage { block, kind }),
        }
    }
}

impl UpdatePages for MemoryPages {
    fn update(
        &mut self,
        block: u32,
        kind: PageKind,
        change: impl FnOnce(&mut [u8]),
    ) -> Result<(), NoSuchPage> {
        match self.pages.get_mut(block as usize) {
            Some(Some((found, page))) if *found == kind => {
                change(Rc::make_mut(page));
                Ok(())
            }
            _ => Err(NoSuchPage { block, kind }),
        }
    }
}
