//! What all pages have in common: PostgreSQL's header, the contents from its end up to `pd_lower`, and a special area
//! that says what the page is and whose. So `pd_lower` is honest, which lets PostgreSQL leave out of its log what isn't
//! in use; and a page that was freed and used again is noticed by whoever still has its number.

use pgrx::pg_sys;
use quidditch_segment::PageKind;

use crate::report::{Code, Report};

/// What a page holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// The first page.
    Meta = 1,
    /// The mapping that the index was built with.
    Definition = 2,
    /// Documents that aren't in a segment yet.
    Pending = 3,
    /// Nothing: anybody may claim it.
    Free = 4,
    /// Claimed for a segment, and not written yet.
    Reserved = 5,
    /// Part of a segment; the other kinds are [`PageKind`]'s, from 16 on.
    Segment(PageKind) = 16,
}

impl Kind {
    fn code(self) -> u8 {
        match self {
            Kind::Meta => 1,
            Kind::Definition => 2,
            Kind::Pending => 3,
            Kind::Free => 4,
            Kind::Reserved => 5,
            Kind::Segment(kind) => 16 + kind as u8,
        }
    }

    /// The kind of a page of a segment, whatever it is.
    fn is_segment(code: u8) -> bool {
        code == Kind::Reserved.code() || (17..=24).contains(&code)
    }
}

/// The special area, 16 bytes at the end of each page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Special {
    magic: u16,
    kind: u8,
    /// Of the format.
    version: u8,
    unused: u32,
    /// Of a segment's page: which segment's. Of a pending page: the transaction that wrote it.
    pub generation: u64,
}

const MAGIC: u16 = u16::from_le_bytes(*b"Qd");
const VERSION: u8 = 1;
const SPECIAL: usize = size_of::<Special>();
const PAGE: usize = pg_sys::BLCKSZ as usize;
const HEADER: usize = std::mem::offset_of!(pg_sys::PageHeaderData, pd_linp);

/// How many bytes of contents a page has at most.
pub const CAPACITY: usize = PAGE - HEADER - SPECIAL;

const _: () = assert!(SPECIAL == 16 && HEADER == 24);

impl Special {
    pub fn is(self, kind: Kind) -> bool {
        self.kind == kind.code()
    }

    /// Whether a segment has it, or had.
    pub fn is_of_segment(self) -> bool {
        Kind::is_segment(self.kind)
    }
}

/// A page in memory, to be read.
#[derive(Clone, Copy)]
pub struct PageRef<'p> {
    page: &'p [u8; PAGE],
    block: u32,
}

impl<'p> PageRef<'p> {
    /// # Safety
    /// `page` is a page that stays readable for `'p` and doesn't change meanwhile: it is locked, or of a kind that
    /// never changes.
    #[inline]
    pub unsafe fn new(page: pg_sys::Page, block: u32) -> PageRef<'p> {
        // SAFETY: by the contract; pages have that size.
        let page = unsafe { &*page.cast::<[u8; PAGE]>() };
        PageRef { page, block }
    }

    #[inline]
    fn u16_at(self, offset: usize) -> usize {
        usize::from(u16::from_ne_bytes([
            self.page[offset],
            self.page[offset + 1],
        ]))
    }

    /// Whether nobody has written it yet, as after a crash between making room and writing.
    pub fn is_new(self) -> bool {
        self.u16_at(std::mem::offset_of!(pg_sys::PageHeaderData, pd_upper)) == 0
    }

    /// The special area, if the page is one of ours.
    #[inline]
    pub fn special(self) -> Option<Special> {
        let special = self.u16_at(std::mem::offset_of!(pg_sys::PageHeaderData, pd_special));
        if special != PAGE - SPECIAL {
            return None;
        }
        let bytes = self.page.last_chunk::<SPECIAL>()?;
        // SAFETY: plain numbers, of which any bits are some.
        let special = unsafe { std::mem::transmute::<[u8; SPECIAL], Special>(*bytes) };
        (special.magic == MAGIC && special.version == VERSION).then_some(special)
    }

    /// The contents, if it is a page of that kind and generation.
    #[inline]
    pub fn contents(self, kind: Kind, generation: Option<u64>) -> Result<&'p [u8], Report> {
        match self.special() {
            Some(special)
                if special.is(kind)
                    && generation.is_none_or(|generation| generation == special.generation) =>
            {
                let end = self.u16_at(std::mem::offset_of!(pg_sys::PageHeaderData, pd_lower));
                self.page[..PAGE - SPECIAL]
                    .get(HEADER..end)
                    .ok_or_else(|| self.corrupted("a page with an impossible header"))
            }
            Some(special) => Err(self.corrupted(&format!(
                "expected a page of kind {kind:?}{}, found kind {} of generation {}",
                generation.map_or(String::new(), |generation| format!(
                    " of generation {generation}"
                )),
                special.kind,
                special.generation
            ))),
            None if self.is_new() => Err(self.corrupted("an empty page")),
            None => Err(self.corrupted("a page that is none of an index of this version")),
        }
    }

    #[cold]
    fn corrupted(self, what: &str) -> Report {
        corrupted(self.block, what)
    }
}

/// The error of a page that can't be what it is.
#[cold]
pub fn corrupted(block: u32, what: &str) -> Report {
    damaged(format!("{what} at block {block}"))
}

/// The error of a pending document that can't be what it is.
#[cold]
pub fn pending_damage(what: &str) -> Report {
    damaged(format!("{what} in a pending document"))
}

fn damaged(what: String) -> Report {
    let message = format!("damaged index: {what}");
    Report::new(Code::ERRCODE_INDEX_CORRUPTED, message).hint("REINDEX builds the index anew.")
}

/// A page that is being changed.
pub struct PageMut<'p> {
    page: &'p mut [u8; PAGE],
}

impl<'p> PageMut<'p> {
    /// # Safety
    /// `page` is a page's image that nobody else uses for `'p`.
    pub unsafe fn new(page: pg_sys::Page) -> PageMut<'p> {
        // SAFETY: by the contract; pages have that size.
        PageMut {
            page: unsafe { &mut *page.cast::<[u8; PAGE]>() },
        }
    }

    /// Makes it an empty page of that kind.
    pub fn init(&mut self, kind: Kind, generation: u64) {
        // SAFETY: the size is that of the image.
        unsafe { pg_sys::PageInit(self.page.as_mut_ptr().cast(), PAGE, SPECIAL) };
        let special = Special {
            magic: MAGIC,
            kind: kind.code(),
            version: VERSION,
            unused: 0,
            generation,
        };
        // SAFETY: plain numbers without padding.
        let bytes = unsafe { std::mem::transmute::<Special, [u8; SPECIAL]>(special) };
        self.page[PAGE - SPECIAL..].copy_from_slice(&bytes);
    }

    fn end(&self) -> usize {
        let at = std::mem::offset_of!(pg_sys::PageHeaderData, pd_lower);
        let end = usize::from(u16::from_ne_bytes([self.page[at], self.page[at + 1]]));
        end.clamp(HEADER, PAGE - SPECIAL)
    }

    fn set_end(&mut self, end: usize) {
        let at = std::mem::offset_of!(pg_sys::PageHeaderData, pd_lower);
        self.page[at..at + 2].copy_from_slice(&(end as u16).to_ne_bytes());
    }

    pub fn contents(&mut self) -> &mut [u8] {
        let end = self.end();
        &mut self.page[HEADER..end]
    }

    /// Replaces the contents, which fit.
    pub fn set_contents(&mut self, contents: &[u8]) {
        self.page[HEADER..HEADER + contents.len()].copy_from_slice(contents);
        self.set_end(HEADER + contents.len());
    }

    /// Appends to the contents what fits.
    pub fn append(&mut self, bytes: &[u8]) {
        let end = self.end();
        self.page[end..end + bytes.len()].copy_from_slice(bytes);
        self.set_end(end + bytes.len());
    }
}
