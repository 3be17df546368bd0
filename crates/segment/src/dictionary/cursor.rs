//! Walks the terms of a segment in order.

use super::node::{NodeCursor, child_for};
use crate::bytes::Bytes;
use crate::chain::next_page;
use crate::format::{Header, TermEntry};
use crate::{Error, PageKind, Postings, ReadPages, Result};

/// A place in a dictionary: at a term, or after the last one.
pub struct TermCursor<'p, P: ReadPages> {
    pages: &'p P,
    documents: u32,
    /// The leaf and the place in it; `None` at the end.
    leaf: Option<(u32, P::Page, NodeCursor)>,
    /// Of the leaf, or of the last one.
    ordinal: u32,
    entry: Option<TermEntry>,
}

impl<'p, P: ReadPages> TermCursor<'p, P> {
    /// At the first term that is not less than `key`.
    pub(crate) fn seek(
        pages: &'p P,
        header: &Header,
        key: &[u8],
    ) -> Result<TermCursor<'p, P>, P::Error> {
        let mut cursor = TermCursor {
            pages,
            documents: header.documents,
            leaf: None,
            ordinal: 0,
            entry: None,
        };
        if header.levels == 0 {
            return Ok(cursor);
        }
        let mut block = header.root;
        for _ in 1..header.levels {
            let page = pages.page(block, PageKind::Dictionary);
            block = child_for(&page.map_err(Error::Pages)?, block, key)?;
        }
        let page = pages.page(block, PageKind::Dictionary);
        let page = page.map_err(Error::Pages)?;
        let mut node = NodeCursor::new(&page, block, Vec::new())?;
        node.seek_restart(&page, key)?;
        cursor.ordinal = Bytes::new(&page, block, 4).u32()?;
        cursor.leaf = Some((block, page, node));
        cursor.advance()?;
        while cursor.key().is_some_and(|found| found < key) {
            cursor.advance()?;
        }
        Ok(cursor)
    }

    pub(crate) fn leftmost_child(pages: &P, block: u32) -> Result<u32, P::Error> {
        let page = pages.page(block, PageKind::Dictionary);
        Ok(child_for(&page.map_err(Error::Pages)?, block, &[])?)
    }

    /// The term's key; `None` after the last term.
    pub fn key(&self) -> Option<&[u8]> {
        let (_, _, node) = self.leaf.as_ref()?;
        Some(&node.key)
    }

    /// How many documents have the term, dead ones too.
    pub fn document_frequency(&self) -> u32 {
        self.entry().map_or(0, |entry| entry.document_frequency)
    }

    /// Which leaf it is in, counted from the first; at the end the last one.
    pub(crate) fn leaf_ordinal(&self) -> u32 {
        self.ordinal
    }

    pub(crate) fn entry(&self) -> Option<&TermEntry> {
        self.entry.as_ref()
    }

    /// The documents of the term.
    pub fn postings(&self) -> Result<Option<Postings<'p, P>>, P::Error> {
        let postings = |entry| Postings::new(self.pages, self.documents, entry);
        self.entry.as_ref().map(postings).transpose()
    }

    /// To the next term.
    pub fn advance(&mut self) -> Result<(), P::Error> {
        self.entry = None;
        while let Some((block, page, node)) = &mut self.leaf {
            if let Some(mut value) = node.next(page)? {
                self.entry = Some(TermEntry::read(&mut value, self.documents)?);
                node.value_ends(&value);
                return Ok(());
            }
            let next = next_page(self.pages, PageKind::Dictionary, page, *block)?;
            let Some((next, page)) = next else {
                self.leaf = None;
                return Ok(());
            };
            let last_key = std::mem::take(&mut node.key);
            let follows = NodeCursor::new(&page, next, last_key)?;
            self.leaf = Some((next, page, follows));
            // Its page says so, or it wouldn't have been the next one.
            self.ordinal += 1;
        }
        Ok(())
    }
}
