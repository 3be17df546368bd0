//! Makes a segment of documents that come in any order, within a budget of memory.
//!
//! Documents are inverted in memory. When the budget is used up, what is there becomes a run: a segment of its own, in
//! pages that the caller provides for the purpose. At the end the runs are merged, as segments are.

use crate::inverted::Inverted;
use crate::terms::each_encoded;
use crate::{Error, Merge, ReadPages, Result, RowId, Segment, Terms, WritePages};
use std::convert::Infallible;

/// How to write segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WriterOptions {
    /// Whether positions are kept; without them a phrase is only as good as its words.
    pub positions: bool,
    /// About how many bytes of memory to use.
    pub memory: usize,
}

/// Collects documents. `S`: pages for runs.
pub struct SegmentWriter<S> {
    spill: S,
    memory: usize,
    inverted: Inverted,
    runs: Vec<u32>,
}

impl<S, E> SegmentWriter<S>
where
    S: ReadPages<Error = E> + WritePages<Error = E>,
{
    /// No documents yet. `spill` is only written to when the memory doesn't suffice.
    pub fn new(spill: S, options: WriterOptions) -> SegmentWriter<S> {
        SegmentWriter {
            spill,
            memory: options.memory,
            inverted: Inverted::new(options.positions),
            runs: Vec::new(),
        }
    }

    /// Adds a document. No other may have the same row.
    pub fn add(&mut self, row: RowId, terms: &mut Terms) -> std::result::Result<(), E> {
        self.make_room()?;
        self.inverted.start_document(row);
        let Ok(()) = terms.each(|term| -> std::result::Result<(), Infallible> {
            self.inverted.add(term);
            Ok(())
        });
        Ok(())
    }

    /// Adds a document whose terms were [encoded](Terms::encode).
    pub fn add_encoded(&mut self, row: RowId, terms: &[u8]) -> Result<(), E> {
        // Nothing of it is added if it is damaged.
        each_encoded(terms, |_| {})?;
        self.make_room().map_err(Error::Pages)?;
        self.inverted.start_document(row);
        each_encoded(terms, |term| self.inverted.add(term))?;
        Ok(())
    }

    fn make_room(&mut self) -> std::result::Result<(), E> {
        if self.inverted.memory() > self.memory {
            let run = self.inverted.write(&mut self.spill)?;
            self.runs.push(run);
        }
        Ok(())
    }

    /// How many runs were written.
    pub fn runs(&self) -> usize {
        self.runs.len()
    }

    /// Writes all of it as one segment. The block of its header.
    pub fn finish<W: WritePages<Error = E>>(mut self, pages: &mut W) -> Result<u32, E> {
        if self.runs.is_empty() {
            return self.inverted.write(pages).map_err(Error::Pages);
        }
        let last = self.inverted.write(&mut self.spill).map_err(Error::Pages)?;
        self.runs.push(last);
        let runs = self.runs.iter();
        let runs = runs.map(|run| Segment::open(&self.spill, *run));
        let runs = runs.collect::<Result<Vec<_>, E>>()?;
        let mut merge = Merge::new(&runs, pages)?;
        while !merge.step(pages, u64::MAX)? {}
        merge.finish(pages).map_err(Error::Pages)
    }
}
