//! Chains of pages: streams of bytes that are written once, front to back.

use crate::bytes::Bytes;
use crate::format::{CHAIN_HEADER, NOWHERE, Pointer};
use crate::{Damaged, Error, PageKind, ReadPages, Result, WritePages};

/// Writes a chain. A page is written when its successor is needed, because it has to name it.
pub(crate) struct ChainWriter {
    kind: PageKind,
    first: u32,
    /// Reserved for what is in `page`.
    block: u32,
    ordinal: u32,
    page: Vec<u8>,
}

impl ChainWriter {
    pub(crate) fn new(kind: PageKind) -> ChainWriter {
        ChainWriter {
            kind,
            first: NOWHERE,
            block: NOWHERE,
            ordinal: 0,
            page: Vec::new(),
        }
    }

    /// Makes room for so many bytes on one page.
    fn make_room<W: WritePages>(
        &mut self,
        pages: &mut W,
        bytes: usize,
    ) -> std::result::Result<(), W::Error> {
        if self.block == NOWHERE {
            self.first = pages.reserve()?;
            self.start(self.first);
        } else if self.page.len() + bytes > pages.capacity() {
            let next = pages.reserve()?;
            self.page[..4].copy_from_slice(&next.to_le_bytes());
            pages.write(self.block, self.kind, &self.page)?;
            self.ordinal += 1;
            self.start(next);
        }
        Ok(())
    }

    fn start(&mut self, block: u32) {
        self.block = block;
        self.page.clear();
        self.page.extend_from_slice(&NOWHERE.to_le_bytes());
        self.page.extend_from_slice(&self.ordinal.to_le_bytes());
    }

    fn end(&self) -> Pointer {
        Pointer {
            block: self.block,
            offset: self.page.len() as u16,
        }
    }

    /// Appends bytes that stay together on a page.
    pub(crate) fn append_whole<W: WritePages>(
        &mut self,
        pages: &mut W,
        bytes: &[u8],
    ) -> std::result::Result<Pointer, W::Error> {
        self.make_room(pages, bytes.len())?;
        let pointer = self.end();
        self.page.extend_from_slice(bytes);
        Ok(pointer)
    }

    /// Appends bytes that may run over the ends of pages.
    pub(crate) fn append<W: WritePages>(
        &mut self,
        pages: &mut W,
        mut bytes: &[u8],
    ) -> std::result::Result<Pointer, W::Error> {
        self.make_room(pages, 1)?;
        let pointer = self.end();
        loop {
            let room = pages.capacity() - self.page.len();
            let (fits, rest) = bytes.split_at(room.min(bytes.len()));
            self.page.extend_from_slice(fits);
            bytes = rest;
            if bytes.is_empty() {
                return Ok(pointer);
            }
            self.make_room(pages, 1)?;
        }
    }

    /// Writes the last page. The first one's block, if there is any.
    pub(crate) fn finish<W: WritePages>(self, pages: &mut W) -> std::result::Result<u32, W::Error> {
        if self.block != NOWHERE {
            pages.write(self.block, self.kind, &self.page)?;
        }
        Ok(self.first)
    }
}

/// A chain page's successor, which has to follow it.
pub(crate) fn next_page<P: ReadPages>(
    pages: &P,
    kind: PageKind,
    page: &[u8],
    block: u32,
) -> Result<Option<(u32, P::Page)>, P::Error> {
    let mut bytes = Bytes::new(page, block, 0);
    let (next, ordinal) = (bytes.u32()?, bytes.u32()?);
    if next == NOWHERE {
        return Ok(None);
    }
    let page = pages.page(next, kind).map_err(Error::Pages)?;
    let mut bytes = Bytes::new(&page, next, 4);
    if Some(bytes.u32()?) != ordinal.checked_add(1) {
        return Err(bytes
            .damaged("a page that doesn't follow the one before")
            .into());
    }
    Ok(Some((next, page)))
}

/// Reads a chain from some place on.
pub(crate) struct ChainReader<P: ReadPages> {
    kind: PageKind,
    block: u32,
    page: P::Page,
    offset: usize,
}

impl<P: ReadPages> ChainReader<P> {
    pub(crate) fn new(pages: &P, kind: PageKind, at: Pointer) -> Result<ChainReader<P>, P::Error> {
        let offset = usize::from(at.offset);
        let page = pages.page(at.block, kind).map_err(Error::Pages)?;
        if offset < CHAIN_HEADER {
            return Err(Bytes::new(&page, at.block, offset)
                .damaged("a pointer into a page's header")
                .into());
        }
        Ok(ChainReader {
            kind,
            block: at.block,
            page,
            offset,
        })
    }

    /// Goes over so many varints, and appends their bytes to `raw` if wanted.
    pub(crate) fn varints(
        &mut self,
        pages: &P,
        mut count: u64,
        mut raw: Option<&mut Vec<u8>>,
    ) -> Result<(), P::Error> {
        while count > 0 {
            let rest = self.page.get(self.offset..).unwrap_or_default();
            let mut taken = 0;
            for byte in rest {
                taken += 1;
                count -= u64::from(*byte < 0x80);
                if count == 0 {
                    break;
                }
            }
            if let Some(raw) = &mut raw {
                raw.extend_from_slice(&rest[..taken]);
            }
            self.offset += taken;
            if count > 0 {
                let next = next_page(pages, self.kind, &self.page, self.block)?;
                let Some((block, page)) = next else {
                    let what = "positions that end too early";
                    return Err(self.damaged(what).into());
                };
                (self.block, self.page, self.offset) = (block, page, CHAIN_HEADER);
            }
        }
        Ok(())
    }

    fn damaged(&self, what: &'static str) -> Damaged {
        Damaged {
            block: self.block,
            offset: self.offset,
            what,
        }
    }
}
