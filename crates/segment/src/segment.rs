//! An open segment: what its dictionary, lists and documents are reached by.

use crate::bytes::Bytes;
use crate::chain::next_page;
use crate::dictionary::TermCursor;
use crate::documents::array_block;
use crate::format::{Header, LIVENESS_HEADER, NOWHERE, ROW_ID, TermEntry};
use crate::{Error, Field, KeyRange, Liveness, PageKind, Postings, ReadPages, Result, RowIds};

/// A segment, open for reading. Of its pages only the header was read, and none is held.
pub struct Segment<'p, P: ReadPages> {
    pages: &'p P,
    block: u32,
    header: Header,
}

/// How much text a field has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FieldTotals {
    /// Documents with text there.
    pub documents: u64,
    /// Their tokens.
    pub tokens: u64,
}

impl<'p, P: ReadPages> Segment<'p, P> {
    /// Opens the segment whose header is in that block.
    pub fn open(pages: &'p P, block: u32) -> Result<Segment<'p, P>, P::Error> {
        let page = pages.page(block, PageKind::Header).map_err(Error::Pages)?;
        let header = Header::read(&page, block)?;
        Ok(Segment {
            pages,
            block,
            header,
        })
    }

    /// The block of its header.
    pub fn block(&self) -> u32 {
        self.block
    }

    /// How many documents it was written with; they have the numbers below.
    pub fn documents(&self) -> u32 {
        self.header.documents
    }

    /// How many terms it has.
    pub fn term_count(&self) -> u64 {
        self.header.terms
    }

    /// How many postings it has.
    pub fn posting_count(&self) -> u64 {
        self.header.postings
    }

    /// A cursor at the first term that is not less than `key`.
    pub fn terms(&self, key: &[u8]) -> Result<TermCursor<'p, P>, P::Error> {
        TermCursor::seek(self.pages, &self.header, key)
    }

    pub(crate) fn find(&self, key: &[u8]) -> Result<Option<TermEntry>, P::Error> {
        let cursor = self.terms(key)?;
        let found = cursor.key() == Some(key);
        Ok(cursor.entry().filter(|_| found).cloned())
    }

    /// How many documents have the term, dead ones too.
    pub fn document_frequency(&self, key: &[u8]) -> Result<u32, P::Error> {
        let entry = self.find(key)?;
        Ok(entry.map_or(0, |entry| entry.document_frequency))
    }

    /// How many postings the terms of a range have: no fewer than documents.
    pub fn range_frequency(&self, range: &KeyRange) -> Result<u64, P::Error> {
        let mut sum = 0;
        let mut terms = self.terms(&range.from)?;
        while terms.key().is_some_and(|key| *key < *range.until) {
            sum += u64::from(terms.document_frequency());
            terms.advance()?;
        }
        Ok(sum)
    }

    /// How much text the field has, dead documents included.
    pub fn field_totals(&self, field: &Field) -> Result<FieldTotals, P::Error> {
        let entry = self.find(field.length().as_bytes())?;
        Ok(entry.map_or(FieldTotals::default(), |entry| FieldTotals {
            documents: u64::from(entry.document_frequency),
            tokens: entry.total,
        }))
    }

    /// The documents that have the term, if there are any.
    pub fn postings(&self, key: &[u8]) -> Result<Option<Postings<'p, P>>, P::Error> {
        let entry = self.find(key)?;
        let open = |entry| Postings::new(self.pages, self.header.documents, &entry);
        entry.map(open).transpose()
    }

    /// The rows of the documents.
    pub fn row_ids(&self) -> RowIds<'_, P> {
        RowIds::new(self.pages, &self.header)
    }

    /// Which documents live.
    pub fn liveness(&self) -> Liveness<'_, P> {
        Liveness::new(self.pages, &self.header)
    }

    /// Shows each block of the segment, the header first: what is free once nobody reads the segment any more.
    pub fn blocks(&self, mut visit: impl FnMut(u32, PageKind)) -> Result<(), P::Error> {
        let Header {
            documents,
            capacity,
            ..
        } = self.header;
        visit(self.block, PageKind::Header);
        for (chain, kind) in self.header.chains.iter().zip(Header::CHAINS) {
            self.chain(*chain, kind, &mut visit)?;
        }
        // The leftmost node of each level begins the level's chain.
        let mut block = self.header.root;
        for level in (0..self.header.levels).rev() {
            self.chain(block, PageKind::Dictionary, &mut visit)?;
            if level > 0 {
                block = TermCursor::leftmost_child(self.pages, block)?;
            }
        }
        for (directories, kind, per_page) in [
            (
                &self.header.row_ids,
                PageKind::RowIds,
                usize::from(capacity) / ROW_ID,
            ),
            (
                &self.header.liveness,
                PageKind::Liveness,
                8 * (usize::from(capacity) - LIVENESS_HEADER),
            ),
        ] {
            directories
                .iter()
                .for_each(|block| visit(*block, PageKind::Directory));
            for ordinal in 0..(documents as usize).div_ceil(per_page) {
                visit(
                    array_block(self.pages, &self.header, directories, ordinal)?,
                    kind,
                );
            }
        }
        Ok(())
    }

    /// A liveness page whose count of the dead isn't that of its bits.
    pub(crate) fn miscounted_dead(&self) -> Result<Option<u32>, P::Error> {
        let mut found = None;
        let mut blocks = Vec::new();
        self.blocks(|block, kind| {
            if kind == PageKind::Liveness {
                blocks.push(block);
            }
        })?;
        for block in blocks {
            let page = self.pages.page(block, PageKind::Liveness);
            let page = page.map_err(Error::Pages)?;
            let dead = Bytes::new(&page, block, 4).u32()?;
            let bits = page.iter().skip(LIVENESS_HEADER);
            if bits.map(|byte| byte.count_ones()).sum::<u32>() != dead {
                found.get_or_insert(block);
            }
        }
        Ok(found)
    }

    fn chain(
        &self,
        first: u32,
        kind: PageKind,
        visit: &mut impl FnMut(u32, PageKind),
    ) -> Result<(), P::Error> {
        if first == NOWHERE {
            return Ok(());
        }
        let mut block = first;
        let mut page = self.pages.page(block, kind).map_err(Error::Pages)?;
        loop {
            visit(block, kind);
            match next_page(self.pages, kind, &page, block)? {
                Some(next) => (block, page) = next,
                None => return Ok(()),
            }
        }
    }
}
