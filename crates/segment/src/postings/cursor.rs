//! Walks a posting list.

use super::END;
use super::block::{Block, Scores};
use super::skips::Skips;
use crate::bytes::Bytes;
use crate::chain::ChainReader;
use crate::format::{BLOCK, CHAIN_HEADER, Features, Place, Pointer, Positions, TermEntry};
use crate::score::Weight;
use crate::{Error, PageKind, ReadPages, Result};

/// A place in a posting list: at a document, or at the end.
///
/// Blocks are skipped without being unpacked, frequencies and lengths are unpacked when asked for, positions are
/// read when asked for.
pub struct Postings<'p, P: ReadPages> {
    pages: &'p P,
    features: Features,
    document_frequency: u32,
    /// How many documents the segment has.
    documents: u32,
    skips: Option<Skips<P>>,
    /// What was unpacked.
    block: Box<Block>,
    at: usize,
    document: u32,
    /// Whether `block` is the one that `skips` is at.
    loaded: bool,
    /// Frequencies and lengths of `block` that aren't unpacked yet, and the page they are on.
    scores: Option<(u32, P::Page, Scores)>,
    positions: Positions,
    /// Where in the block's positions the reader is: before those of this one of its documents.
    reader: Option<(usize, ChainReader<P>)>,
}

/// Postings, column by column.
pub(crate) struct RestOfBlock<'b> {
    pub(crate) documents: &'b [u32],
    pub(crate) frequencies: &'b [u32],
    /// Their codes.
    pub(crate) lengths: &'b [u32],
}

impl<'p, P: ReadPages> Postings<'p, P> {
    /// At the first posting.
    pub(crate) fn new(
        pages: &'p P,
        documents: u32,
        entry: &TermEntry,
    ) -> Result<Postings<'p, P>, P::Error> {
        let mut postings = Postings {
            pages,
            features: entry.features,
            document_frequency: entry.document_frequency,
            documents,
            skips: None,
            block: Box::new(Block::new()),
            at: 0,
            document: END,
            loaded: false,
            scores: None,
            positions: Positions::None,
            reader: None,
        };
        match &entry.place {
            Place::Inline {
                document,
                frequency,
                length,
                positions,
            } => {
                postings.block.count = 1;
                postings.block.documents[0] = *document;
                postings.block.frequencies[0] = *frequency;
                postings.block.lengths[0] = u32::from(*length);
                postings.positions = positions.clone();
                postings.document = *document;
                postings.loaded = true;
            }
            Place::Block(pointer) => {
                let count = entry.document_frequency as usize;
                postings.load_block(*pointer, END, count)?;
                postings.document = postings.block.documents[0];
            }
            Place::Skips { first, impacts } => {
                let (df, scored) = (entry.document_frequency, entry.features.scored);
                postings.skips = Some(Skips::new(pages, *first, df, scored, *impacts)?);
                postings.load()?;
                postings.document = postings.block.documents[0];
            }
        }
        Ok(postings)
    }

    /// The current document, or [`END`].
    #[inline]
    pub fn document(&self) -> u32 {
        self.document
    }

    /// How many documents the list has.
    pub fn document_frequency(&self) -> u32 {
        self.document_frequency
    }

    pub(crate) fn has_positions(&self) -> bool {
        self.features.positions
    }

    /// To the next document.
    #[inline]
    pub fn advance(&mut self) -> Result<u32, P::Error> {
        if self.loaded && self.at + 1 < self.block.count {
            self.at += 1;
            self.document = self.block.documents[self.at];
            return Ok(self.document);
        }
        match self.document {
            END => Ok(END),
            document => self.seek(document + 1),
        }
    }

    /// To the first document from `target` on; stays if that is the current one or before it.
    pub fn seek(&mut self, target: u32) -> Result<u32, P::Error> {
        if target <= self.document {
            return Ok(self.document);
        }
        if !self.seek_block(target)? {
            self.at = self.block.count;
            self.document = END;
            return Ok(END);
        }
        if !self.loaded {
            self.load()?;
            self.at = 0;
        }
        let documents = &self.block.documents[self.at..self.block.count];
        self.at += match documents.first_chunk::<8>() {
            Some(near) if near[7] >= target => {
                near.iter().take_while(|near| **near < target).count()
            }
            _ => documents.partition_point(|document| *document < target),
        };
        self.document = match self.block.documents[..self.block.count].get(self.at) {
            Some(document) => *document,
            // Of a short list: blocks of others were chosen because they reach far enough.
            None => END,
        };
        Ok(self.document)
    }

    /// As [`Postings::seek`], but of the documents up to `until` only to one with a score that
    /// [reaches](Weight::reaches).
    pub(crate) fn seek_reaching(
        &mut self,
        target: u32,
        until: u32,
        weight: &Weight,
        reach: f64,
    ) -> Result<u32, P::Error> {
        let mut document = self.seek(target)?;
        while document <= until && document != END {
            let rest = self.rest_of_block()?;
            let (documents, frequencies) = (rest.documents, rest.frequencies);
            let mut postings = documents.iter().zip(frequencies.iter().zip(rest.lengths));
            let found = postings.position(|(document, (frequency, length))| {
                *document > until || weight.reaches(*frequency, *length as u8, reach)
            });
            if let Some(place) = found {
                self.at += place;
                self.document = self.block.documents[self.at];
                return Ok(self.document);
            }
            let next = documents[documents.len() - 1] + 1;
            document = self.seek(next)?;
        }
        Ok(document)
    }

    /// The postings from the current one to the end of its block.
    pub(crate) fn rest_of_block(&mut self) -> Result<RestOfBlock<'_>, P::Error> {
        self.read_scores()?;
        let (block, rest) = (&self.block, self.at..self.block.count);
        Ok(RestOfBlock {
            documents: &block.documents[rest.clone()],
            frequencies: &block.frequencies[rest.clone()],
            lengths: &block.lengths[rest],
        })
    }

    /// Finds the block where `target` would be, and no more. Whether there is one. The documents before that block
    /// are given up.
    pub(crate) fn seek_block(&mut self, target: u32) -> Result<bool, P::Error> {
        let Some(skips) = &mut self.skips else {
            return Ok(self.document != END
                && self.block.documents[..self.block.count]
                    .last()
                    .is_some_and(|last| *last >= target));
        };
        if skips.current.last < target {
            let found = skips.seek(self.pages, target)?;
            self.loaded = false;
            return Ok(found);
        }
        Ok(true)
    }

    /// The last document of the block found by [`Postings::seek_block`].
    pub(crate) fn block_end(&self) -> u32 {
        match &self.skips {
            Some(skips) if skips.is_last() => END - 1,
            Some(skips) => skips.current.last,
            None => END - 1,
        }
    }

    /// What no document scores more than, from that block to the one of `until`.
    pub(crate) fn bound(&mut self, until: u32, weight: &Weight) -> Result<f64, P::Error> {
        match &self.skips {
            Some(skips) => Ok(skips.bound(until, weight)),
            None => self.list_bound(weight),
        }
    }

    /// What no document of the list scores more than.
    pub(crate) fn list_bound(&mut self, weight: &Weight) -> Result<f64, P::Error> {
        if let Some(skips) = &self.skips {
            return Ok(weight.bound(&skips.list_impacts));
        }
        self.read_scores()?;
        let pairs = self.block.frequencies.iter().zip(&self.block.lengths);
        let scores = pairs.map(|(frequency, length)| weight.score(*frequency, *length as u8));
        Ok(scores.take(self.block.count).fold(0.0, f64::max))
    }

    fn load(&mut self) -> Result<(), P::Error> {
        let Some(skips) = &self.skips else {
            return Ok(());
        };
        let count = if skips.is_last() {
            (self.document_frequency as usize - 1) % BLOCK + 1
        } else {
            BLOCK
        };
        let (pointer, before, last) = (skips.current.postings, skips.before, skips.current.last);
        self.load_block(pointer, before, count)?;
        if self.block.documents[count - 1] != last {
            return Err(crate::Damaged {
                block: pointer.block,
                offset: usize::from(pointer.offset),
                what: "a block of postings that ends elsewhere than its skip entry says",
            }
            .into());
        }
        Ok(())
    }

    fn load_block(&mut self, pointer: Pointer, before: u32, count: usize) -> Result<(), P::Error> {
        let page = self.pages.page(pointer.block, PageKind::Postings);
        let page = page.map_err(Error::Pages)?;
        let offset = usize::from(pointer.offset);
        let bytes = Bytes::new(&page, pointer.block, offset);
        if offset < CHAIN_HEADER {
            return Err(bytes.damaged("a pointer into a page's header").into());
        }
        let (positions, scores) = self
            .block
            .read_documents(bytes, before, self.features, count)?;
        if self.block.documents[count - 1] >= self.documents {
            return Err(bytes.damaged("a document that isn't there").into());
        }
        self.positions = positions.map_or(Positions::None, Positions::At);
        self.scores = scores.map(|scores| (pointer.block, page, scores));
        self.reader = None;
        self.loaded = true;
        Ok(())
    }

    #[inline]
    fn read_scores(&mut self) -> Result<(), P::Error> {
        if let Some((block, page, scores)) = self.scores.take() {
            self.block.read_scores(scores, &page, block)?;
        }
        Ok(())
    }

    /// How often the current document has the term, and the code of its length; 1 and 0 where these aren't kept.
    #[inline]
    pub fn frequency_and_length(&mut self) -> Result<(u32, u8), P::Error> {
        self.read_scores()?;
        let (at, block) = (self.at % BLOCK, &self.block);
        Ok((block.frequencies[at], block.lengths[at] as u8))
    }

    /// Appends the positions in the current document, ascending.
    pub fn positions(&mut self, positions: &mut Vec<u32>) -> Result<(), P::Error> {
        let mut raw = Vec::new();
        self.raw_positions(&mut raw)?;
        let mut bytes = Bytes::new(&raw, 0, 0);
        let mut position = 0u32;
        while !bytes.at_end() {
            position = position.saturating_add(bytes.varint32()?);
            positions.push(position);
        }
        Ok(())
    }

    /// Appends their bytes, as they are in their chain.
    pub(crate) fn raw_positions(&mut self, raw: &mut Vec<u8>) -> Result<(), P::Error> {
        let pointer = match &self.positions {
            _ if self.document == END => return Ok(()),
            Positions::None => return Ok(()),
            Positions::Here(here) => {
                raw.extend_from_slice(here);
                return Ok(());
            }
            Positions::At(pointer) => *pointer,
        };
        self.read_scores()?;
        let (mut next, mut reader) = match self.reader.take() {
            Some((next, reader)) if next <= self.at => (next, reader),
            _ => (
                0,
                ChainReader::new(self.pages, PageKind::Positions, pointer)?,
            ),
        };
        let frequencies = &self.block.frequencies;
        let skipped = frequencies[next..self.at]
            .iter()
            .map(|count| u64::from(*count));
        reader.varints(self.pages, skipped.sum(), None)?;
        next = self.at + 1;
        reader.varints(self.pages, u64::from(frequencies[self.at]), Some(raw))?;
        self.reader = Some((next, reader));
        Ok(())
    }
}
