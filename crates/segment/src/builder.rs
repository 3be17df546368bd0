//! Writes a segment from what is already in order: rows, terms, and documents within terms.

use crate::dictionary::{Dictionary, DictionaryWriter};
use crate::documents::write_documents;
use crate::format::{Features, Header};
use crate::postings::{Lists, PostingsWriter};
use crate::{PageKind, RowId, WritePages};

/// A segment that is being written.
pub(crate) struct SegmentBuilder {
    documents: u32,
    row_ids: Vec<u32>,
    liveness: Vec<u32>,
    dictionary: DictionaryWriter,
    lists: Lists,
    postings: PostingsWriter,
    terms: u64,
    posting_count: u64,
}

impl SegmentBuilder {
    /// Starts a segment of these rows, which ascend.
    pub(crate) fn new<W: WritePages>(
        pages: &mut W,
        rows: &[RowId],
    ) -> Result<SegmentBuilder, W::Error> {
        let (row_ids, liveness) = write_documents(pages, rows)?;
        Ok(SegmentBuilder {
            documents: rows.len() as u32,
            row_ids,
            liveness,
            dictionary: DictionaryWriter::default(),
            lists: Lists::new(),
            postings: PostingsWriter::new(),
            terms: 0,
            posting_count: 0,
        })
    }

    /// Starts a term, greater than all before.
    pub(crate) fn start_term(&mut self, features: Features) {
        self.postings.start(features);
    }

    /// Adds a document of the term, greater than all before.
    pub(crate) fn add<W: WritePages>(
        &mut self,
        pages: &mut W,
        document: u32,
        frequency: u32,
        length: u8,
        positions: &[u8],
    ) -> Result<(), W::Error> {
        self.posting_count += 1;
        let lists = &mut self.lists;
        self.postings
            .add(pages, lists, document, frequency, length, positions)
    }

    /// Ends the term; it isn't there if it has no document.
    pub(crate) fn end_term<W: WritePages>(
        &mut self,
        pages: &mut W,
        key: &[u8],
    ) -> Result<(), W::Error> {
        if let Some(entry) = self.postings.finish(pages, &mut self.lists)? {
            self.terms += 1;
            self.dictionary.add(pages, key, &entry)?;
        }
        Ok(())
    }

    /// Writes what is left, the header last. Its block.
    pub(crate) fn finish<W: WritePages>(self, pages: &mut W) -> Result<u32, W::Error> {
        let Dictionary { root, levels } = self.dictionary.finish(pages)?;
        let header = Header {
            documents: self.documents,
            terms: self.terms,
            postings: self.posting_count,
            root,
            levels,
            chains: self.lists.finish(pages)?,
            row_ids: self.row_ids,
            liveness: self.liveness,
            capacity: pages.capacity() as u16,
        };
        let block = pages.reserve()?;
        pages.write(block, PageKind::Header, &header.write())?;
        Ok(block)
    }
}
