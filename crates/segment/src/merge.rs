//! Merges segments into one, without their dead documents.
//!
//! A merge goes in steps, so that its caller decides how long it works at a time. Documents get new numbers by their
//! rows, whichever segments they come from. Who died since the merge began still lives in the new segment; the caller
//! marks them there ([`mark_dead`](crate::mark_dead) again) before it replaces the old ones.

use crate::builder::SegmentBuilder;
use crate::dictionary::TermCursor;
use crate::format::Features;
use crate::postings::END;
use crate::{Error, Postings, ReadPages, Result, RowId, Segment, WritePages};

/// A merge under way.
pub struct Merge<'p, P: ReadPages> {
    sources: Vec<Source<'p, P>>,
    builder: SegmentBuilder,
    /// The term whose lists are being merged.
    key: Option<Vec<u8>>,
    /// Whether it has positions in all of them.
    has_positions: bool,
    positions: Vec<u8>,
}

struct Source<'p, P: ReadPages> {
    /// The new numbers of its documents, [`END`] for the dead. They ascend.
    numbers: Vec<u32>,
    terms: TermCursor<'p, P>,
    /// The current term's list, if it has one.
    list: Option<Postings<'p, P>>,
    /// The new number of the list's current document.
    number: u32,
}

impl<'p, P: ReadPages> Merge<'p, P> {
    /// Begins to merge. The segments' documents are numbered, and their rows written.
    pub fn new<W: WritePages<Error = P::Error>>(
        segments: &[Segment<'p, P>],
        pages: &mut W,
    ) -> Result<Merge<'p, P>, P::Error> {
        let mut live: Vec<(RowId, u32, u32)> = Vec::new();
        for (place, segment) in segments.iter().enumerate() {
            let (mut rows, mut liveness) = (segment.row_ids(), segment.liveness());
            for document in 0..segment.documents() {
                if liveness.is_live(document)? {
                    live.push((rows.get(document)?, place as u32, document));
                }
            }
        }
        // Segments are sorted already, so this finds a few long runs.
        live.sort();
        let mut sources = Vec::with_capacity(segments.len());
        for segment in segments {
            sources.push(Source {
                numbers: vec![END; segment.documents() as usize],
                terms: segment.terms(&[])?,
                list: None,
                number: END,
            });
        }
        for (number, (_, place, document)) in live.iter().enumerate() {
            sources[*place as usize].numbers[*document as usize] = number as u32;
        }
        let rows: Vec<RowId> = live.iter().map(|(row, ..)| *row).collect();
        Ok(Merge {
            sources,
            builder: SegmentBuilder::new(pages, &rows).map_err(Error::Pages)?,
            key: None,
            has_positions: false,
            positions: Vec::new(),
        })
    }

    /// Merges about so many postings more. Whether all is done.
    pub fn step<W: WritePages<Error = P::Error>>(
        &mut self,
        pages: &mut W,
        mut postings: u64,
    ) -> Result<bool, P::Error> {
        loop {
            if self.key.is_none() && !self.start_term()? {
                return Ok(true);
            }
            loop {
                if postings == 0 {
                    return Ok(false);
                }
                postings -= 1;
                let first = self.sources.iter_mut().min_by_key(|source| source.number);
                let Some(source) = first.filter(|source| source.number != END) else {
                    break;
                };
                let Some(list) = &mut source.list else {
                    break;
                };
                let (frequency, length) = list.frequency_and_length()?;
                self.positions.clear();
                if self.has_positions {
                    list.raw_positions(&mut self.positions)?;
                }
                let positions = &self.positions;
                self.builder
                    .add(pages, source.number, frequency, length, positions)
                    .map_err(Error::Pages)?;
                list.advance()?;
                source.find_number()?;
            }
            if let Some(key) = self.key.take() {
                self.builder.end_term(pages, &key).map_err(Error::Pages)?;
            }
        }
    }

    /// Opens the lists of the next term. Whether there is one.
    fn start_term(&mut self) -> Result<bool, P::Error> {
        let keys = self.sources.iter().filter_map(|source| source.terms.key());
        let Some(key) = keys.min().map(<[u8]>::to_vec) else {
            return Ok(false);
        };
        let mut features: Option<Features> = None;
        for source in &mut self.sources {
            source.list = None;
            source.number = END;
            let Some(entry) = source.terms.entry() else {
                continue;
            };
            if source.terms.key() != Some(&key) {
                continue;
            }
            let common = features.get_or_insert(entry.features);
            // The index may have been without positions for a while.
            common.positions &= entry.features.positions;
            source.list = source.terms.postings()?;
            source.find_number()?;
            source.terms.advance()?;
        }
        if let Some(features) = features {
            self.has_positions = features.positions;
            self.builder.start_term(features);
        }
        self.key = Some(key);
        Ok(true)
    }

    /// Writes what is left, once all steps are done. The block of the new segment's header.
    pub fn finish<W: WritePages<Error = P::Error>>(
        self,
        pages: &mut W,
    ) -> std::result::Result<u32, P::Error> {
        self.builder.finish(pages)
    }
}

impl<P: ReadPages> Source<'_, P> {
    /// Goes on to a document that lives.
    fn find_number(&mut self) -> Result<(), P::Error> {
        self.number = END;
        if let Some(list) = &mut self.list {
            while let Some(number) = self.numbers.get(list.document() as usize) {
                if *number != END {
                    self.number = *number;
                    break;
                }
                list.advance()?;
            }
        }
        Ok(())
    }
}
